"""The re-encoded pages of the extraction bench are decoded as they were encoded."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from tuoben import charsets

ROOT = Path(__file__).resolve().parents[2]
SET = Path(os.environ.get("TUOBEN_SHARED", ROOT.parent / "shared")) / "bench" / "extraction" / "charset"
FLOOR = 0.98


@pytest.mark.skipif(not SET.exists(), reason="the extraction bench is not beside the repository")
def test_pages_are_read_in_their_true_encoding() -> None:
    """At least 98 of 100 pages give the very text of their true encoding, whatever they declare."""
    right = []
    for line in (SET / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = gzip.decompress((SET / "pages" / f"{row['id']}.html.gz").read_bytes())
        right.append(charsets.decode(body).text == body.decode(row["bytes"].replace("utf8", "utf-8-sig"), "replace"))
    assert sum(right) >= FLOOR * len(right)
