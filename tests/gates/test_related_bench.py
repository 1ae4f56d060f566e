"""Gate: which article reports the same event? Pairs pooled from five methods and judged twice, ours beside baselines.

`related_pairs.jsonl` holds ids of the text bench in ../shared and two labels each (2 the same event, 1 the same running
story, 0 other); its text stays there. The pairs of 56 articles were pooled from the first ranks of our likeness, tf-idf,
BM25 and headlines within twelve days and of tf-idf beyond, shuffled, and read twice by a language model, each time
without ranks and without the other reading: the two agree more than two people would. Pairs on which they differ about "the same event" are left out of the figures.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from tuoben.organise.likeness import Scale, Words, likeness
from tuoben.text import tokens

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
BENCH = SHARED / "bench" / "text"
FLOORS = json.loads((HERE / "related.json").read_text())
SAMPLES = 1000

pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason=f"no text bench at {BENCH} (set TUOBEN_SHARED)")
Score = Callable[[str, str], float]


class Corpus:
    """The articles of the bench, and what the methods know of them."""

    def __init__(self) -> None:
        with gzip.open(BENCH / "cctv_docs.jsonl.gz", "rt", encoding="utf8") as lines:
            self.rows = {row["id"]: row for row in map(json.loads, lines)}
        self.terms = {
            id_: Counter((*tokens(row["title"]), *tokens(row["body"]))) for id_, row in self.rows.items()
        }  # fmt: skip
        df: Counter[str] = Counter()
        for found in self.terms.values():
            df.update(found.keys())
        self.idf = {term: math.log(len(self.rows) / number) for term, number in df.items()}
        self.scale = Scale(df, len(self.rows))
        self.mean = sum(found.total() for found in self.terms.values()) / len(self.terms)

    def ours(self, a: str, b: str) -> float:
        """Likeness with the decay in time that related articles have."""
        left, right = (self.scale.weights(Words(self.rows[i]["title"], self.rows[i]["body"])) for i in (a, b))
        first, second = (date.fromisoformat(self._day(i)) for i in (a, b))
        return likeness(left, right) * (0.4 + 0.6 * math.exp(-abs((first - second).days) / 10))

    def tfidf(self, a: str, b: str) -> float:
        """Cosine of tf-idf over our tokens."""
        left, right = (self._vector(i) for i in (a, b))
        return sum(value * right.get(term, 0.0) for term, value in left.items())

    def bm25(self, a: str, b: str) -> float:
        """BM25 of one article for the 25 weightiest terms of the other, both ways."""
        return self._bm25(a, b) + self._bm25(b, a)

    def headlines(self, a: str, b: str) -> float:
        """Jaccard of the headlines' tokens."""
        left, right = (set(tokens(self.rows[i]["title"])) for i in (a, b))
        return len(left & right) / (len(left | right) or 1)

    def _day(self, id_: str) -> str:
        digits = str(self.rows[id_]["date"]).replace("-", "")
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"

    def _vector(self, id_: str) -> dict[str, float]:
        raw = {term: (1 + math.log(number)) * self.idf[term] for term, number in self.terms[id_].items()}
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {term: value / norm for term, value in raw.items()}

    def _bm25(self, asked: str, told: str) -> float:
        vector, found = self._vector(asked), self.terms[told]
        length = 1.2 * (0.25 + 0.75 * found.total() / self.mean)
        words = sorted(vector, key=lambda term: -vector[term])[:25]
        return sum(self.idf[term] * found[term] * 2.2 / (found[term] + length) for term in words if term in found)


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The share of pairs (one of each) that stand in the right order."""
    return sum((a > b) + 0.5 * (a == b) for a in high for b in low) / (len(high) * len(low))


def interval(scored: list[tuple[float, bool]]) -> tuple[float, float, float]:
    """AUC, and the 95 % interval over pairs drawn again."""
    chance = random.Random(1)

    def of(some: list[tuple[float, bool]]) -> float:
        return auc([score for score, same in some if same], [score for score, same in some if not same])

    drawn = sorted(of(chance.choices(scored, k=len(scored))) for _ in range(SAMPLES // 5))
    return of(scored), drawn[len(drawn) // 40], drawn[-1 - len(drawn) // 40]


def test_the_same_event_is_told_from_others() -> None:
    """Our likeness orders pairs on the same event before others at least as well as its floor, and as tf-idf does."""
    pairs = [json.loads(line) for line in (HERE / "related_pairs.jsonl").read_text().splitlines()]
    agreed = [pair for pair in pairs if len({label == 2 for label in pair["labels"]}) == 1]
    exact = sum(len(set(pair["labels"])) == 1 for pair in pairs) / len(pairs)
    same = sum(pair["labels"][0] == 2 for pair in agreed)
    print(
        f"\n{len(pairs)} pairs, the judges' labels equal in {exact:.2f}; {same} on the same event of {len(agreed)} agreed"
    )
    corpus = Corpus()
    found = {}
    for method in (corpus.ours, corpus.tfidf, corpus.bm25, corpus.headlines):
        scored = [(method(pair["a"], pair["b"]), pair["labels"][0] == 2) for pair in agreed]
        found[method.__name__], low, high = interval(scored)
        print(f"same event, {method.__name__:10} AUC {found[method.__name__]:.3f} [{low:.3f}, {high:.3f}]")
    assert found["ours"] >= FLOORS["same_event_auc"]
    assert found["ours"] >= found["tfidf"]
