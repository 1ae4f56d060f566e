"""Ten thousand broken and hostile pages, made of the bench's at run time: each is read, and quickly."""

import gzip
import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from hostilepages import cost, mutated
from tuoben.model import Page

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("TUOBEN_SHARED", ROOT.parent / "shared")) / "bench" / "extraction"
COUNT = int(os.environ.get("TUOBEN_TEST_MUTATIONS", "10000"))
SECONDS = 5.0
"""CPU that one page may take."""
BATCH = 50
EVERY = 5
"""Each of how many development pages is mutated."""


def _pages() -> list[Page]:
    rows = [
        (gold.parent, json.loads(line))
        for gold in sorted(BENCH.glob("*/gold.jsonl"))
        for line in gold.read_text(encoding="utf-8").splitlines()
    ]
    return [
        Page(url=row["url"], body=gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes()))
        for folder, row in rows[::EVERY]
    ]


def _costs(pages: list[Page], start: int) -> tuple[float, int, str]:
    """The dearest of BATCH pages: CPU seconds, seed, how it was mutated."""
    worst = (0.0, start, "")
    for seed in range(start, min(start + BATCH, COUNT)):
        name, page = mutated(pages, seed)
        try:
            worst = max(worst, (cost(page), seed, name))
        except Exception as error:
            raise AssertionError(f"seed {seed} ({name}): {error!r}") from error
    return worst


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="the extraction bench is not beside the repository")
def test_ten_thousand_mutated_pages():
    """No mutated page raises anything but LimitExceeded, and none takes more than five seconds of CPU."""
    pages = _pages()
    starts = range(0, COUNT, BATCH)
    with ProcessPoolExecutor(2) as pool:
        worst = max(pool.map(_costs, [pages] * len(starts), starts))
    print(f"{COUNT} pages, the dearest: {worst[0]:.2f} s, seed {worst[1]} ({worst[2]})")
    assert worst[0] <= SECONDS, worst
