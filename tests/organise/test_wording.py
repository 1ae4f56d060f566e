"""A text made ready: its shingles that another text lacks, found without making the sets of both."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.organise.place import is_copy
from tuoben.organise.wording import wording

HAN = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


def prose(seed: int, length: int) -> str:
    """A text of its own for each seed."""
    rng = random.Random(seed)
    return "".join(rng.choice(HAN) for _ in range(length))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(30, 400), st.floats(0, 0.3))
def test_missing_is_the_difference(seed: int, length: int, changed: float) -> None:
    """What is missing are the shingles of the one set that are not in the other, wherever the texts differ."""
    rng = random.Random(seed)
    own = prose(seed, length)
    other = "".join(c if rng.random() > changed else "的" for c in own)
    one, two = wording(own), wording(other)
    assert set(one.missing(two, len(own))) == one.shingles - two.shingles
    assert one.count == len(own) - 4


def test_missing_stops_early() -> None:
    """Of strangers no more is looked at than tells that they are."""
    assert 30 < len(wording(prose(1, 4000)).missing(wording(prose(2, 4000)), 30)) < 60


def test_spaced_texts_lack_runs_of_words() -> None:
    """Where words are spaced, shingles are three words."""
    one, two = wording("The cat sat on the mat today."), wording("The cat sat on a mat today.")
    assert set(one.missing(two, 99)) == {"sat on the", "on the mat", "the mat today"}


def test_long_texts_are_compared_too() -> None:
    """A long text of which a third was cut out is a copy; one that shares a seventh of it is none."""
    whole = prose(3, 9000)
    assert is_copy(whole, whole[:3000] + whole[6000:])
    assert not is_copy(whole, whole[:1300] + prose(4, 7700))
