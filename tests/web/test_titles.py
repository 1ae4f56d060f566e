"""The <title> of pages."""

from __future__ import annotations

from html import unescape

from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from tuoben.web.templatetags.tuoben import TITLE_LENGTH, titled


@given(st.text(max_size=300), st.sampled_from(["拓本", "A & B <News>"]))
def test_titles_are_short_safe_and_true(headline: str, site: str) -> None:
    """However long or strange the headline: at most 70 characters, escaped once, beginning as the headline begins."""
    shown = titled(escape(headline), site)
    assert len(shown) <= TITLE_LENGTH and "<" not in shown
    told, _, name = unescape(shown).rpartition(" · ")
    assert name == site
    whole = unescape(escape(headline)).strip()
    assert told == whole or whole.startswith(told.removesuffix("…"))
