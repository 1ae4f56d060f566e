"""When a page became another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tuoben.model import Article, Image, Moment, Precision, State
from tuoben.organise import changed

TIME = Moment(value=datetime(2024, 3, 5, tzinfo=UTC), precision=Precision.MINUTE, zone_known=True, origin="meta")
ARTICLE = Article(
    url="https://a.test/", state=State.ARTICLE, title="题 目", text="一段。\n\n二段。", published=TIME,
    authors=("甲",), images=(Image(url="https://i.test/1.jpg?t=1", caption="图"),),
)  # fmt: skip


@pytest.mark.parametrize(
    "difference",
    [
        {"text": "一段。\n二段。 "},
        {"title": "题\u00a0目"},
        {"images": (Image(url="https://i.test/1.jpg?t=2", caption="图", alt="x"),)},
        {"modified": TIME},
        {"published": replace(TIME, origin="text")},
        {"requisites": ("https://i.test/a.css",)},
        {"description": "x", "keywords": ("x",), "origins": {"title": "meta"}},
    ],
)
def test_not_a_revision(difference: dict[str, object]) -> None:
    """White space, image tokens and the page's furniture are no change."""
    assert not changed(ARTICLE, replace(ARTICLE, **difference))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "difference",
    [
        {"text": "一段。\n\n二段！"},
        {"title": "题目改"},
        {"images": ()},
        {"authors": ("乙",)},
        {"source": "别报"},
        {"published": replace(TIME, value=datetime(2024, 3, 6, tzinfo=UTC))},
    ],
)
def test_a_revision(difference: dict[str, object]) -> None:
    """Words, images, people and the time of publication are."""
    assert changed(ARTICLE, replace(ARTICLE, **difference))  # type: ignore[arg-type]
