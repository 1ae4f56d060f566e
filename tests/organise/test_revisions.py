"""When a page became another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tuoben import beside
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
        {"published": replace(TIME, value=TIME.value.astimezone(timezone(timedelta(hours=8))))},
        {"images": (Image(url="https://i.test/1.jpg?t=1", caption="图"), Image(url="https://i.test/1.jpg"))},
        {"category": "体育", "origins": {"category": "markup"}},
        {"authors": ("乙",), "origins": {"authors": "text"}},
        {"published": replace(TIME, value=datetime(2024, 3, 6, tzinfo=UTC)), "origins": {"published": "text"}},
    ],
)
def test_not_a_revision(difference: dict[str, object]) -> None:
    """White space, image tokens, zones, the page's furniture and what had to be guessed are no change."""
    assert not changed(ARTICLE, replace(ARTICLE, **difference))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "difference",
    [
        {"text": "一段。\n\n二段！"},
        {"title": "题目改"},
        {"images": ()},
        {"authors": ("乙",)},
        {"source": "别报"},
        {"category": "体育", "origins": {"category": "meta"}},
        {"text": "二段。\n\n一段。"},
        {"text": "一段。\n\n二段。\n\n三段。"},
        {"published": replace(TIME, value=datetime(2024, 3, 6, tzinfo=UTC))},
    ],
)
def test_a_revision(difference: dict[str, object]) -> None:
    """Words, images, people and the time of publication are."""
    assert changed(ARTICLE, replace(ARTICLE, **difference))  # type: ignore[arg-type]


def test_a_block_that_the_page_showed_both_times() -> None:
    """What one reading took for the story and the other left beside it was not changed by the publisher; what stands
    nowhere on the other page was."""
    more = replace(ARTICLE, text="一段。\n\n二段。\n\n小标题", beside=beside.pack(["导航", "页脚"]))
    less = replace(ARTICLE, beside=beside.pack(["导航", " 小标题 "]))
    assert not changed(more, less) and not changed(less, more)
    gone = replace(ARTICLE, beside=beside.pack(["导航"]))
    assert changed(more, gone) and changed(gone, more)
    assert changed(less, replace(more, text="一段。\n\n二段改。\n\n小标题"))
    assert changed(less, replace(more, text="二段。\n\n一段。\n\n小标题"))
