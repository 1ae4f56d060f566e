"""Categories of headlines, learnt from 6,000 and judged on 6,000 others; kept in categories.json. Skipped when the bench
is not there. The headlines are for research only: nothing that is learnt from them is kept or shipped."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tuoben.organise import training
from tuoben.organise.training import Example

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
BENCH = SHARED / "bench" / "text" / "thucnews_titles.jsonl.gz"
FLOORS = json.loads(Path(__file__).with_name("categories.json").read_text())

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BENCH.exists(), reason=f"{BENCH.name} is not there"),
]


@pytest.fixture(scope="module")
def halves() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The development half and the other one."""
    with gzip.open(BENCH, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["split"] == "dev"], [row for row in rows if row["split"] != "dev"]


def test_headlines(halves) -> None:
    """Accuracy without a threshold, precision and share of what is given, and the time of one."""
    dev, test = halves
    found = training.train([Example(row["title"], "", row["label"]) for row in dev]).classifier
    began = time.process_time()
    guesses = [found.guess(row["title"]) for row in test]
    each = (time.process_time() - began) / len(test)
    plain = replace(found, least=0.0)
    accuracy = sum(plain.guess(row["title"]).category == row["label"] for row in test) / len(test)
    given = [guess.category == row["label"] for guess, row in zip(guesses, test, strict=True) if guess.category]
    precision, share = sum(given) / len(given), len(given) / len(test)
    print(f"accuracy {accuracy:.4f}; given {share:.3f} of them, precision {precision:.4f}; {1000 * each:.2f} ms each")
    assert accuracy >= FLOORS["accuracy"]
    assert precision >= FLOORS["precision"]
    assert share >= FLOORS["given"]
    assert each < FLOORS["seconds"]


@pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="scikit-learn (bench) is not installed")
def test_the_peer(halves) -> None:
    """The usual way, tf–idf of runs of one to three characters and a linear support vector machine, is not better."""
    text = pytest.importorskip("sklearn.feature_extraction.text")
    svm = pytest.importorskip("sklearn.svm")
    dev, test = halves
    runs = text.TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    machine = svm.LinearSVC().fit(runs.fit_transform(row["title"] for row in dev), [row["label"] for row in dev])
    told = machine.predict(runs.transform(row["title"] for row in test))
    accuracy = sum(one == row["label"] for one, row in zip(told, test, strict=True)) / len(test)
    print(f"peer: accuracy {accuracy:.4f}")
    assert accuracy < FLOORS["accuracy"]
