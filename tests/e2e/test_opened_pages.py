"""Pages that need a browser, from the listing to the reader: collected by the real commands with the real Chromium."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command import Tuoben, payloads, warcio_check
from loopback import Host, Web

pytestmark = pytest.mark.e2e

TITLE = "云岭县新桥建成通车"
PARAGRAPHS = [
    f"第{number}段：新桥全长三百二十米，连接两岸的集镇和学校，通车以后居民过河不再绕行二十公里。"
    for number in "一二三四五"
]


def shell(host: Host, path: str = "/a/1.html", *, charset: str = "utf-8") -> None:
    """A page that holds nothing by itself: its program asks for the story, and for a picture."""
    story = {"title": TITLE, "paragraphs": PARAGRAPHS}
    html = f"""<!DOCTYPE html><html lang="zh"><head><meta charset="{charset}"><title>云岭新闻</title>
<link rel="stylesheet" href="/look.css"></head><body><div id="app"></div><script src="/app.js"></script></body></html>"""
    host.page(path, html.encode(charset), content_type=f"text/html; charset={charset}")
    host.page("/look.css", "body { color: #123 }", content_type="text/css")
    host.page("/bridge.png", b"\x89PNG\r\n\x1a\n" + bytes(64), content_type="image/png")
    host.page("/api/story.json", json.dumps(story, ensure_ascii=False), content_type="application/json")
    host.page(
        "/app.js",
        """fetch("/api/story.json", {headers: {"X-Requested-With": "app"}}).then(r => r.json()).then(story => {
  document.title = story.title + "_云岭新闻";
  const article = document.createElement("article");
  article.innerHTML = "<h1>" + story.title + "</h1><time datetime='2026-11-20T08:00:00+08:00'>2026-11-20 08:00</time>" +
    story.paragraphs.map(text => "<p>" + text + "</p>").join("") + "<img src='/bridge.png' width=640 height=480>";
  document.getElementById("app").appendChild(article);
});""",
        content_type="text/javascript",
    )


def announce(host: Host, *paths: str) -> None:
    """A feed of these pages, on the front page's word."""
    items = "".join(f"<item><title>{TITLE}</title><link>{host.url(path)}</link></item>" for path in paths)
    rss = f'<rss version="2.0"><channel><title>云岭新闻</title><link>{host.url("/")}</link>{items}</channel></rss>'
    host.page("/feed.xml", rss, content_type="application/rss+xml")
    host.page("/", '<title>云岭新闻</title><link rel="alternate" type="application/rss+xml" href="/feed.xml">')


@pytest.fixture
def opening(web: Web, tmp_path: Path) -> Tuoben:
    """A tuoben that may run Chromium as whoever runs the tests."""
    sandbox = {"TUOBEN_CHROMIUM_SANDBOX": "no"} if os.geteuid() == 0 else {}
    return Tuoben(tmp_path / "data", web.env() | sandbox)


def test_a_page_that_its_program_writes_becomes_an_article(web: Web, opening: Tuoben) -> None:
    """With browser=needed the plain page is kept, the browser's is read, and all that it loaded lies in the WARC."""
    host = web.host("yunling.test")
    host.robots("User-agent: *\nDisallow: /private/")
    shell(host)
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/")
    opening.run("source", "set", "yunling.test", "browser=needed")
    tally = opening.json("crawl", "--once")
    assert (tally["articles"], tally["failed"]) == (1, 0)

    shown = opening.json("show", host.url("/a/1.html"))
    assert shown["title"] == TITLE
    assert shown["published"] == "2026-11-20T08:00:00+08:00"
    assert all(text in shown["text"] for text in PARAGRAPHS)
    stored = payloads(opening)
    assert {"/app.js", "/api/story.json", "/look.css", "/bridge.png", "/a/1.html"} <= {
        url.removeprefix("http://yunling.test") for url in stored
    }
    for path in ("/app.js", "/api/story.json", "/look.css", "/bridge.png"):
        assert len(web.hits("yunling.test", path)) == 1, path
    assert web.hits("yunling.test", "/api/story.json")[0].header("x-requested-with") == "app"
    assert all(hit.header("user-agent").startswith("tuoben/") for hit in web.hits("yunling.test"))
    kinds = dict(opening.sql("SELECT kind, count(*) FROM store_capture GROUP BY kind"))
    assert kinds["rendered"] == kinds["screenshot"] == 1 and kinds["page"] == 2
    for segment in opening.segments():
        warcio_check(segment)
    assert opening.json("verify")["bad"] == []
