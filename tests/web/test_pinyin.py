"""Names by pinyin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.web import pinyin


@pytest.mark.parametrize(
    ("typed", "name", "found"),
    [
        ("xhs", "新华社", True),
        ("XinHua", "新华社", True),
        ("xin hua she", "新华社", True),
        ("hs", "新华社", True),
        ("xinhs", "新华社", True),
        ("新華", "新华社", True),
        ("cqcb", "重庆晨报", True),
        ("chongqing", "重庆晨报", True),
        ("bbc", "BBC 中文", True),
        ("bbczw", "BBC中文", True),
        ("xhs", "人民日报", False),
        ("uah", "新华社", False),
        ("", "新华社", True),
    ],
)
def test_finds(typed: str, name: str, found: bool) -> None:
    """Characters, pinyin and initials find a name from any of its characters on."""
    assert pinyin.finds(typed, name) is found


@given(st.text(max_size=30), st.text(max_size=30))
def test_anything_may_be_typed(typed: str, name: str) -> None:
    """No text is refused, and a name is found by itself."""
    pinyin.finds(typed, name)
    assert pinyin.finds(name, name)
