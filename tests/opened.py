"""A story that a page's own program writes: what the tests of pages in a browser are made of."""

from __future__ import annotations

import json

from loopback import Host

TITLE = "云岭县新桥建成通车"
PARAGRAPHS = [
    f"第{number}段：新桥全长三百二十米，连接两岸的集镇和学校，通车以后居民过河不再绕行二十公里。"
    for number in "一二三四五"
]


STORY = json.dumps({"title": TITLE, "paragraphs": PARAGRAPHS}, ensure_ascii=False)
APP = """fetch("/api/story.json", {headers: {"X-Requested-With": "app"}}).then(r => r.json()).then(story => {
  document.title = story.title + "_云岭新闻";
  const article = document.createElement("article");
  article.innerHTML = "<h1>" + story.title + "</h1><time datetime='2026-11-20T08:00:00+08:00'>2026-11-20 08:00</time>" +
    story.paragraphs.map(text => "<p>" + text + "</p>").join("") + "<img src='/bridge.png' width=640 height=480>";
  document.getElementById("app").appendChild(article);
});"""


def announce(host: Host, *paths: str) -> None:
    """A feed of these pages, on the front page's word."""
    items = "".join(f"<item><title>{TITLE}</title><link>{host.url(path)}</link></item>" for path in paths)
    rss = f'<rss version="2.0"><channel><title>云岭新闻</title><link>{host.url("/")}</link>{items}</channel></rss>'
    host.page("/feed.xml", rss, content_type="application/rss+xml")
    host.page("/", '<title>云岭新闻</title><link rel="alternate" type="application/rss+xml" href="/feed.xml">')
