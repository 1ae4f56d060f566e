"""The quality watch: it tells a changed layout, and is silent while nothing changes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tuoben.extract import quality
from tuoben.extract.quality import FIELDS, coverage, drift, tail
from tuoben.model import Sample

USUAL = {"article": 0.97, "title": 1.0, "time": 0.95, "source": 0.8, "authors": 0.6, "category": 0.5, "image": 0.7}


def samples(chance: random.Random, count: int, size: int = 900, **shares: float) -> list[Sample]:
    made = []
    for _ in range(count):
        fields = frozenset(field for field in FIELDS if chance.random() < (USUAL | shares)[field])
        fields = fields if "article" in fields else frozenset()
        made.append(Sample(fields=fields, size=int(size * chance.lognormvariate(0, 0.6)) if fields else 0))
    return made


def test_a_field_that_vanishes_is_told() -> None:
    """When by-lines are gone from one day on, twenty pages later the authors are named, and nothing else."""
    chance = random.Random(1)
    found = 0
    for _ in range(100):
        told = drift(samples(chance, 20, authors=0.0) + samples(chance, 150))
        found += [change.what for change in told] == ["authors"]
    assert found >= 98


def test_bodies_that_shrink_are_told() -> None:
    """When only teasers are read any more, the size is named."""
    chance = random.Random(2)
    assert all(
        "size" in {change.what for change in drift(samples(chance, 20, size=90) + samples(chance, 100))}
        for _ in range(100)
    )


def test_pages_that_give_no_article_are_told() -> None:
    """When most pages give no article any more, that is named."""
    chance = random.Random(3)
    told = drift(samples(chance, 20, article=0.2) + samples(chance, 100))
    assert "article" in {change.what for change in told}


def test_a_steady_source_is_left_alone() -> None:
    """Of a thousand looks at sources that do not change, at most five tell something."""
    chance = random.Random(4)
    assert sum(bool(drift(samples(chance, 20 + chance.randrange(200)))) for _ in range(1000)) <= 5


def test_few_pages_tell_nothing() -> None:
    """Below forty pages there is nothing to compare."""
    chance = random.Random(5)
    assert drift(samples(chance, 19, authors=0.0) + samples(chance, 20)) == ()
    assert drift([]) == ()


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0, 1))
def test_the_tail_is_a_probability(have: int, more: int, share: float) -> None:
    """It lies between 0 and 1, and grows with what is had."""
    among = have + more
    assert -1e-9 <= tail(have, among, share) <= 1 + 1e-9
    assert tail(have, among, share) <= tail(min(have + 1, among), among, share) + 1e-9


def test_coverage_counts_fields_of_articles_alone() -> None:
    """A page without an article lowers the yield, not the coverage of the fields."""
    told = coverage([Sample(fields=frozenset({"article", "time"}), size=10), Sample(fields=frozenset())])
    assert (told.pages, dict(told.shares)["article"], dict(told.shares)["time"], told.size) == (2, 0.5, 1.0, 10)
    assert quality.coverage([]).pages == 0
