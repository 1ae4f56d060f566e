"""Section pages from visit to visit: further pages, what is learned, a changed layout; and what a sick sitemap leaves."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from command import Tuoben
from loopback import Host, Web
from stories import WORDS, page

PER_PAGE = 6


def listing(host: Host, numbers: list[int], path: str = "/a/{}.html") -> None:
    """Section pages that show these articles, so many on each, with a plain link to the next page."""
    pages = [numbers[start : start + PER_PAGE] for start in range(0, len(numbers), PER_PAGE)]
    for index, some in enumerate(pages):
        rows = "".join(f"<li><a href='{path.format(n)}'>{title(n)}</a></li>" for n in some)
        more = f"<a href='/list_{index + 2}.html'>下一页</a>" if index + 1 < len(pages) else ""
        text = f"<html><title>云岭新闻</title><body><ul class='list'>{rows}</ul><div class='pager'>{more}</div></body></html>"
        host.page("/" if index == 0 else f"/list_{index + 1}.html", text)
    for n in numbers:
        host.page(path.format(n), page(n, title(n)))


def title(number: int) -> str:
    """A headline."""
    return f"{WORDS[number % 20]}第{number}次通报：{WORDS[number * 3 % 20]}进展情况"


def row(tuoben: Tuoben, what: str) -> Any:
    """A field of the section's row."""
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows:
        return rows.execute(f"SELECT {what} FROM store_listing WHERE kind = 'section'").fetchone()[0]


def asked(web: Web, name: str, since: int = 0) -> list[str]:
    """The listing pages that were asked for."""
    return [hit.path for hit in web.hits(name)[since:] if hit.path == "/" or hit.path.startswith("/list_")]


@pytest.mark.slow
def test_next_pages_are_followed_as_far_as_the_scope_says(web: Web, tuoben: Tuoben) -> None:
    """Five pages on the first visit; afterwards the first alone, and more only while most of a page is new."""
    host = web.host("pages.test")
    numbers = list(range(100, 148))
    listing(host, numbers)
    tuoben.run("source", "add", host.url("/"))
    tally = tuoben.json("crawl", "--once")
    assert tally["articles"] == 5 * PER_PAGE and tally["listings"] == 5
    followed = ["/"] + [f"/list_{n}.html" for n in range(2, 6)]
    assert [path for path in asked(web, "pages.test") if path in followed][-5:] == followed

    before = len(web.hits("pages.test"))
    listing(host, [200, *numbers])
    assert tuoben.json("crawl", "--once")["articles"] == 1
    assert asked(web, "pages.test", before) == ["/"]

    before = len(web.hits("pages.test"))
    listing(host, [*range(300, 309), 200, *numbers])
    assert tuoben.json("crawl", "--once")["articles"] == 9
    assert asked(web, "pages.test", before) == ["/", "/list_2.html", "/list_3.html"]


@pytest.mark.slow
def test_a_changed_layout_is_named_and_kept_through_a_rebuild(web: Web, tuoben: Tuoben) -> None:
    """A section that shows nothing of what it used to show leaves a notice in its row, which goes when it is back."""
    host = web.host("layout.test")
    numbers = list(range(100, 106))
    listing(host, numbers)
    tuoben.run("source", "add", host.url("/"))
    tuoben.run("crawl", "--once")
    for n in range(4):
        listing(host, [n + 200, *numbers[:5]])
        tuoben.run("crawl", "--once")
    learned = json.loads(row(tuoben, "learned"))
    (form,) = learned["forms"]
    assert form["articles"] == 10 and learned["visits"] == 5 and row(tuoben, "notice") == ""

    host.page(
        "/", "<html><title>云岭新闻</title><body><div id='app'></div><p><a href='/about/'>关于</a></p></body></html>"
    )
    tuoben.run("crawl", "--once")
    assert "its layout may have changed" in row(tuoben, "notice") and row(tuoben, "error") == ""
    tuoben.run("rebuild", "--rows")
    assert "its layout may have changed" in row(tuoben, "notice")
    assert json.loads(row(tuoben, "learned"))["usual"] == json.loads(json.dumps(6 + 0.03 * (0 - 6)))

    listing(host, numbers)
    tuoben.run("crawl", "--once")
    assert row(tuoben, "notice") == ""


def test_a_sitemap_that_is_a_bomb_is_named_in_its_listing(web: Web, tuoben: Tuoben) -> None:
    """The error says what is wrong, and the other listings go on."""
    host = web.host("bomb.test")
    host.page("/a/1.html", page(1, title(1)))
    host.page("/sitemap.xml.gz", gzip.compress(b"<urlset>" + b" " * 60_000_000), content_type="application/gzip")
    host.page(
        "/",
        f"<html><title>n</title><link rel=alternate type=application/rss+xml href=/f.xml><body>{title(1)}</body></html>",
    )
    item = f"<item><title>{title(1)}</title><link>{host.url('/a/1.html')}</link></item>"
    host.page("/f.xml", f"<rss><channel>{item}</channel></rss>", content_type="application/rss+xml")
    host.robots(f"Sitemap: {host.url('/sitemap.xml.gz')}")
    tuoben.run("source", "add", host.url("/"))
    assert tuoben.json("crawl", "--once", code=(0, 1))["articles"] == 1
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows:
        (error,) = rows.execute("SELECT error FROM store_listing WHERE kind = 'sitemap'").fetchone()
    assert "inflates to more than 300 times its size" in error
