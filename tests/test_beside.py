"""Digests of what stands beside a story."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from tuoben import beside


@given(some.lists(some.text(max_size=40), max_size=30), some.text(max_size=40))
def test_what_was_packed_stands_there(texts: list[str], other: str) -> None:
    """Each packed block is found again, however it is spaced; one that was not packed is not, but by rare chance."""
    digests = beside.unpack(beside.pack(texts))
    assert all(beside.stands(f" {text}\n", digests) for text in texts)
    assert len(digests) <= len(set(texts))
    assert not beside.stands(other, beside.unpack(""))


def test_the_order_of_blocks_says_nothing() -> None:
    """The same blocks give the same bytes."""
    assert beside.pack(["甲", "乙", "甲"]) == beside.pack(["乙", "甲"]) and beside.pack([]) == ""
