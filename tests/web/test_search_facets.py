"""The search page's counts, chart and folded copies."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

import rows


@pytest.fixture
def many(db, index):
    """Forty articles over eighty days: two sources, three categories, two languages; three of them copies of one text."""
    other = rows.source("liming", "黎明晚报")
    for number in range(40):
        day = rows.NOON - timedelta(days=2 * number)
        said = rows.content(
            f"https://x.example/{number}", title=f"渡口消息 {number}", text=f"渡口第{number}号消息。",
            category=("本地", "财经", "")[number % 3], lang="en" if number % 5 == 0 else "zh-Hans",
        )  # fmt: skip
        rows.article(f"m{number:02}", said=said, captured=day, site=other if number % 4 == 0 else rows.source(),
                     group="g1" if number in (1, 2, 3) else "")  # fmt: skip
    index()


def test_facets_count_all_that_was_found(app, many) -> None:
    """Each value stands with its count and leads to the search limited to it; a chosen one is offered no more."""
    page = app.get("/search?q=渡口").content.decode()
    assert "找到 40 篇" in page
    told = dict(re.findall(r'<bdi>([^<]+)</bdi></a> <span class="count">(\d+)</span>', page))
    assert told == {
        "本地": "14",
        "财经": "13",
        "未分类": "13",
        "吉林新闻网": "30",
        "黎明晚报": "10",
        "简体中文": "32",
        "English": "8",
    }
    href = re.search(r'<a href="([^"]+)"><bdi>财经</bdi>', page)
    assert href is not None
    narrowed = app.get(href[1].replace("&amp;", "&")).content.decode()
    assert "找到 13 篇" in narrowed
    assert "<bdi>本地</bdi>" not in narrowed


def test_articles_without_a_category_can_be_asked_for(app, many) -> None:
    """未分类 is a choice like any other, by filter and by the grammar."""
    assert "找到 13 篇" in app.get("/search?q=渡口&category=未分类").content.decode()
    assert "找到 13 篇" in app.get("/search?q=渡口 类别:未分类").content.decode()


def test_the_chart_shows_the_time(app, many) -> None:
    """Eighty days are shown by month; each bar leads to its month and says its count; together they are all."""
    page = app.get("/search?q=渡口").content.decode()
    bars = re.findall(r"<title>(\d{4}-\d\d)：(\d+)</title>", page)
    assert [label for label, _ in bars] == ["2023-10", "2023-11", "2023-12"]
    assert sum(int(count) for _, count in bars) == 40
    href = re.search(r'<a href="([^"]+)"><title>2023-11', page)
    assert href is not None
    month = app.get(href[1].replace("&amp;", "&")).content.decode()
    assert f"找到 {dict(bars)['2023-11']} 篇" in month
    assert "2023-11-01" in month


def test_copies_are_folded(app, many) -> None:
    """Of three copies the first alone stands in the list and says that there are two others; feeds hold them all."""
    page = app.get("/search?q=渡口&sort=newest").content.decode()
    assert "/a/m01/" in page
    assert "/a/m02/" not in page
    assert "另有 2 家转载" in page
    assert "/a/m02/" in app.get("/search.atom?q=渡口&limit=100").content.decode()
    pages = "".join(app.get(f"/search?q=渡口&sort=newest&page={number}").content.decode() for number in (1, 2))
    assert len(set(re.findall(r"/a/m\d\d/", pages))) == 38
