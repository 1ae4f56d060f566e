"""How far the rows know a segment when captures are committed in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outcomes import capture
from tuoben.archive.marks import Marks


@given(st.permutations(range(12)), st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_the_mark_rises_over_what_is_committed(order: list[int], sizes: list[int]) -> None:
    """In whatever order and batches captures are committed, the mark never passes one that is not, and reaches the end."""
    captures = [capture(f"http://a.test/{n}", segment="s", offset=n * 10, end=n * 10 + 10) for n in range(12)]
    marks, done, known = Marks(), set(), 0
    for one in captures:
        marks.stored(one)
    while order:
        size = sizes[len(done) % len(sizes)]
        batch, order = order[:size], order[size:]
        done |= set(batch)
        known = marks.committed(captures[n] for n in batch).get("s", known)
        first_open = next((n for n in range(12) if n not in done), 12)
        assert known == first_open * 10
    assert known == 120


def test_what_was_not_stored_here_has_no_mark() -> None:
    """Captures of another process's segments raise nothing."""
    assert Marks().committed([capture("http://a.test/")]) == {}
