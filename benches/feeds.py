"""Reading clean feeds: `tuoben.discover` beside feedparser, in turns, so that a busy machine hurts both alike.

An RSS feed of 300 items and an Atom feed of 100 whole articles, of invented news. Prints milliseconds a feed (median of
the rounds) and the ratio (median of the rounds' ratios).
"""

from __future__ import annotations

import html
import io
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import feedparser

from tuoben import discover
from tuoben.model import Page

ROUNDS = 15
SENTENCE = "据现场通报，青川市水务局对西城片区供水管网进行检查，<b>改造工程</b>预计于十日完成。"


def rss(count: int) -> bytes:
    """RSS 2.0 with a summary for each item."""
    items = "".join(
        f"<item><title>西城片区第{n}号通报 &amp; 进展</title><link>https://news.test/2026/11/{n}.html</link>"
        f'<guid isPermaLink="true">https://news.test/2026/11/{n}.html</guid>'
        f"<pubDate>Fri, 20 Nov 2026 {n % 24:02}:{n % 60:02}:00 +0800</pubDate><dc:creator>林{n % 12}</dc:creator>"
        f"<category>本地</category><description>{html.escape(f'<p>{SENTENCE}</p>')}</description></item>"
        for n in range(count)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    return f"{head}<channel><title>云岭</title><language>zh-cn</language>{items}</channel></rss>".encode()


def atom(count: int) -> bytes:
    """Atom with the whole text of each entry."""
    body = html.escape(f"<p>{SENTENCE}</p>" * 12)
    entries = "".join(
        f"<entry><id>tag:news.test,2026:{n}</id><title>第{n}号通报</title>"
        f'<link rel="alternate" type="text/html" href="https://news.test/a/{n}.html"/>'
        f"<published>2026-11-20T{n % 24:02}:00:00+08:00</published>"
        f"<updated>2026-11-20T{n % 24:02}:10:00+08:00</updated>"
        f'<author><name>林{n % 12}</name></author><content type="html">{body}</content></entry>'
        for n in range(count)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>云岭</title>'
    return f"{head}<id>urn:news</id><updated>2026-11-20T00:00:00Z</updated>{entries}</feed>".encode()


def ours(body: bytes) -> int:
    """How many entries tuoben reads."""
    page = Page(url="https://news.test/feed.xml", body=body, fetched_at=datetime(2026, 11, 22, tzinfo=UTC))
    return len(discover.links("feed", page).links)


def theirs(body: bytes) -> int:
    """How many entries feedparser reads."""
    return len(feedparser.parse(io.BytesIO(body)).entries)


def seconds(reader: Callable[[bytes], int], body: bytes, count: int) -> float:
    """How long one reading takes."""
    started = time.perf_counter()
    assert reader(body) == count
    return time.perf_counter() - started


def main() -> None:
    """Run the rounds and print the table."""
    print(f"\nClean feeds, {ROUNDS} rounds, Python {sys.version.split()[0]}, feedparser {feedparser.__version__}")
    for name, body, count in (("RSS, 300 items", rss(300), 300), ("Atom, 100 full texts", atom(100), 100)):
        pairs = [(seconds(ours, body, count), seconds(theirs, body, count)) for _ in range(ROUNDS)]
        one, other = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{name:22} tuoben {one:7.1f} ms   feedparser {other:7.1f} ms   ratio {ratio:5.1f}")


if __name__ == "__main__":
    main()
