"""Values made lately are kept within a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.web.recent import Recent

MOST = 100


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40), st.booleans()), max_size=60))
def test_recent_is_bounded_and_true(steps: list[tuple[str, int, bool]]) -> None:
    """What is given back is what was put last; what is held is never over the bound, and the newest is held."""
    recent: Recent[int] = Recent(MOST)
    last: dict[str, int] = {}
    for key, size, put in steps:
        if put:
            recent.put(key, size, size)
            last[key] = size if size <= MOST // 4 else last.get(key, size)
            assert recent.get(key) == size or size > MOST // 4
        assert recent.get(key) in (None, last.get(key))
        held = {one: found for one in "abcdef" if (found := recent.get(one)) is not None}
        assert sum(held.values()) <= MOST


def test_what_was_not_asked_for_goes_first() -> None:
    """The value that was asked for last stays."""
    recent: Recent[str] = Recent(MOST)
    for key in "abcd":
        recent.put(key, key, 25)
    assert recent.get("a") == "a"
    recent.put("e", "e", 25)
    assert [recent.get(key) for key in "abcde"] == ["a", None, "c", "d", "e"]
