"""What names in class and id speak of: the quick ways say what the patterns say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.extract import words

BEGINNINGS = sorted(
    {part for _, names in words._NOISE for part in names.replace("(?:", "|").split("|") if part.isalpha()}
)
PARTS = st.one_of(
    st.sampled_from([*BEGINNINGS, *words._CAPTIONED, "consent", "body", "content", "article", "hidden", "x", "q2", ""]),
    st.text("abdeimnorstuv013é\u4e00", max_size=4),
)
TOKENS = st.lists(st.tuples(PARTS, st.sampled_from(["-", "_", "--", "__", "-_", ""])), min_size=1, max_size=5).map(
    lambda pairs: "".join(part + joint for part, joint in pairs)
)


@given(TOKENS)
def test_no_name_of_furniture_is_passed_over(token: str) -> None:
    """A name that one of the patterns of furniture knows is asked for all of them."""
    if any(pattern.search(token) for _, pattern in words._NOISE_RE):
        assert words._may_be_noise(token)


@given(st.lists(TOKENS, min_size=1, max_size=4))
def test_captions_are_named_by_one_name(tokens: list[str]) -> None:
    """An "id class" text names a caption when one of its names does: the pattern never reaches over a space."""
    hint = " ".join(tokens)
    assert words.spoken(hint)[1] == (words.CAPTION.search(hint) is not None)
