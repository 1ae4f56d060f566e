"""The extraction bench beside the repository: our scores stay above the floors in extraction.json."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuoben.extract import extract
from tuoben.model import Page

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("TUOBEN_SHARED", ROOT.parent / "shared")) / "bench" / "extraction"
FLOORS = json.loads((Path(__file__).parent / "extraction.json").read_text())


def predictions(target: Path) -> None:
    """Extract every page of the bench into one JSON line each."""
    with target.open("w", encoding="utf-8") as out:
        for gold in sorted(BENCH.glob("*/gold.jsonl")):
            for line in gold.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                body = gzip.decompress((gold.parent / "pages" / f"{row['id']}.html.gz").read_bytes())
                article = extract(Page(url=row["url"], body=body))
                told = {
                    "id": row["id"],
                    "title": article.title,
                    "authors": list(article.authors),
                    "published": article.published.iso() if article.published else None,
                    "source": article.source,
                    "text": article.text,
                }
                out.write(json.dumps(told, ensure_ascii=False) + "\n")


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="the extraction bench is not beside the repository")
def test_scores_stay_above_the_floors(tmp_path):
    """On the development pages each measure of each language group is at or above its floor."""
    target = tmp_path / "predictions.jsonl"
    predictions(target)
    command = [sys.executable, str(BENCH / "score.py"), str(BENCH), str(target), "--json", "--boot", "0"]
    scores = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    below = {
        f"{group} {name}": (round(scores[f"group {group}"]["mean"][name], 3), floor)
        for group, floors in FLOORS.items()
        for name, floor in floors.items()
        if scores[f"group {group}"]["mean"][name] < floor
    }
    assert not below
