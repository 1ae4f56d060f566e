"""The further pages of a divided article."""

from __future__ import annotations

import pytest

from tuoben.extract import extract
from tuoben.model import Page

BODY = "<h1>岚溪县公布明年八项重点任务</h1><p>县委经济工作会议昨日召开，会议公布了明年的八项重点任务，要求逐项落实到人。</p>"
BASE = "http://lanxi.example.cn/zw/"


def pages(own: str, links: str, head: str = "") -> list[str]:
    """The further pages that a page at `own` announces, without the common beginning of their URLs."""
    body = f"<html><head>{head}</head><body>{BODY}<div class='pages'>{links}</div></body></html>"
    return [url.removeprefix(BASE) for url in extract(Page(url=BASE + own, body=body.encode())).next_pages]


@pytest.mark.parametrize(
    ("own", "links", "expected"),
    [
        ("t1_3017.html", '<b>1</b> <a href="t1_3017_1.html">2</a> <a href="t1_3017_2.html">3</a> <a href="t1_3017_1.html">下一页</a>', ["t1_3017_1.html", "t1_3017_2.html"]),
        ("c1.html", '<b>1</b> <a href="c1_2.html">2</a> <a href="c1_3.html">3</a>', ["c1_2.html", "c1_3.html"]),
        ("c1.html", '<a href="c1_1.html">1</a> <a href="c1_2.html">2</a>', ["c1_2.html"]),
        ("c1_2.html", '<a href="c1.html">上一页</a> <a href="c1_3.html">下一页</a>', ["c1_3.html"]),
        ("story/", '<a href="story/page/2/">2</a>', []),
        ("story", '<a href="/zw/story/2">2</a> <a href="/zw/story/3">Next</a>', ["story/2", "story/3"]),
        ("a?id=7", '<a href="?id=7&amp;page=2">2</a>', ["a?id=7&page=2"]),
        ("news-12.html", '<a href="news-13.html">另一条新闻的标题写在这里</a>', []),
        ("c1.html", '<a href="c2.html">下一篇</a> <a href="d1_2.html">2</a>', []),
        ("c1.html", '<a href="http://other.example.cn/zw/c1_2.html">2</a>', []),
    ],
)  # fmt: skip
def test_pages_are_found_in_order(own: str, links: str, expected: list[str]) -> None:
    """Numbers from 1 or from 2 behind the page's own name are its further pages; other stories' ids are not."""
    assert pages(own, links) == expected


def test_the_head_may_announce_the_next_page() -> None:
    """rel=next to a numbered variant is the next page."""
    assert pages("c1.html", "", '<link rel="next" href="c1_1.html">') == ["c1_1.html"]
