"""What names in class and id speak of: the quick ways say what the patterns say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.extract import words

OF_NOISE = st.one_of([st.from_regex(rf"\\A(?:{names})\\Z") for _, names in words._NOISE])
OF_PICTURES = st.one_of([st.from_regex(pattern) for pattern in (words.CAPTION, words.BREADCRUMB)])
PARTS = st.one_of(
    OF_NOISE,
    OF_PICTURES,
    st.sampled_from(["consent", "body", "content", "article", "main", "hidden", "caption", "x", "q2", ""]),
    st.text("abdeimnorstuv013é\u4e00", max_size=4),
)
TOKENS = (
    st.lists(st.tuples(PARTS, st.sampled_from(["-", "_", "--", "__", "-_", ""])), min_size=1, max_size=5)
    .map(lambda pairs: "".join(part + joint for part, joint in pairs).lower())
    .filter(lambda token: token.split() == [token])
)


@given(TOKENS)
def test_kinds_of_furniture_are_found_as_their_patterns_tell(token: str) -> None:
    """A name is of the first kind whose pattern knows it; one of many hyphens is a headline's words."""
    if token.count("-") < words.SLUG:
        assert words._kind(token) == words._kind_alone(token)


@given(st.lists(TOKENS, min_size=1, max_size=4))
def test_captions_and_crumbs_are_named_by_one_name(tokens: list[str]) -> None:
    """An "id class" text names a caption, or the way to the page, when one of its names does: the patterns never reach
    over a space."""
    hint = " ".join(tokens)
    _, captions, crumbs = words.spoken(hint)
    assert captions == (words.CAPTION.search(hint) is not None)
    assert crumbs == (words.BREADCRUMB.search(hint) is not None)
