"""Full texts that feeds carry: kept when the page is not to be had, without blowing up rows or WARC notes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from command import Tuoben
from loopback import Host, Web
from stories import body, page

TITLE = "西城片区供水管网改造第{}号通报"


def full_feed(host: Host, numbers: range) -> str:
    """RSS with the whole text of each article."""
    items = "".join(
        f"<item><title>{TITLE.format(n)}</title><link>{host.url(f'/a/{n}.html')}</link><author>林甲</author>"
        f"<pubDate>Fri, 20 Nov 2026 0{n}:00:00 +0800</pubDate><content:encoded><![CDATA[{body(n)}"
        f"<p><img src='/pic/{n}.png' alt=''></p>]]></content:encoded></item>"
        for n in numbers
    )
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return (
        f'<rss version="2.0" {space}><channel><title>云岭新闻</title><language>zh-cn</language>{items}</channel></rss>'
    )


def publish(web: Web, name: str = "full.test") -> Host:
    """A host whose feed holds six whole articles, and whose pages mostly cannot be had."""
    host = web.host(name)
    host.page("/feed.xml", full_feed(host, range(1, 7)), content_type="application/rss+xml")
    host.page("/a/1.html", page(1, TITLE.format(1)))
    host.robots("User-agent: *\nDisallow: /a/3.html\n")  # 2 is 404
    host.page(
        "/a/4.html", "<html><title>安全验证</title><body><h1>安全验证</h1><p>请完成验证后继续访问</p></body></html>"
    )
    host.page("/a/5.html", "<html><title>x</title><body></body></html>")
    teaser = f"<article><h1>{TITLE.format(6)}</h1><p>据第6号现场通报，检查已经展开。全文仅供订阅者阅读。</p></article>"
    host.page("/a/6.html", f"<html lang='zh'><title>{TITLE.format(6)}</title><body>{teaser}</body></html>")
    return host


def shown(tuoben: Tuoben, host: Host) -> dict[int, dict[str, object]]:
    """Number → the article's JSON."""
    return {n: tuoben.json("show", host.url(f"/a/{n}.html")) for n in range(1, 7)}


pytestmark = pytest.mark.slow


@pytest.fixture
def collected(web: Web, tuoben: Tuoben) -> tuple[Host, Tuoben]:
    """The host, collected once."""
    host = publish(web)
    tuoben.run("source", "add", host.url("/feed.xml"))
    tally = tuoben.json("crawl", "--once", code=1)
    assert tally["articles"] == 6
    return host, tuoben


def test_the_entry_stands_for_a_page_that_cannot_be_had(collected: tuple[Host, Tuoben], web: Web) -> None:
    """404, robots.txt, a bot check, an empty page and a teaser leave the article that the feed holds, marked as such."""
    host, tuoben = collected
    articles = shown(tuoben, host)
    assert "from-listing" not in articles[1].get("flags", [])
    for number in range(2, 7):
        article = articles[number]
        assert "from-listing" in article["flags"], number
        assert article["title"] == TITLE.format(number) and len(article["text"]) > 200
        assert article["published"] == f"2026-11-20T0{number}:00:00+08:00"
        assert article["authors"] == ["林甲"]
    assert "page-refused" in articles[3]["flags"]
    assert not web.hits("full.test", "/a/3.html")
    assert web.hits("full.test", "/pic/3.png"), "images of the entry are requisites like any others"
    assert tuoben.json("verify")["bad"] == []
    assert tuoben.json("search", TITLE.format(4))["hits"][0]["url"] == host.url("/a/4.html")


def test_a_rebuild_gives_the_same_articles(collected: tuple[Host, Tuoben]) -> None:
    """All six come back from the WARCs with their ids, those that no page was ever captured of too."""
    host, tuoben = collected
    before = shown(tuoben, host)
    tuoben.run("rebuild", "--rows")
    after = shown(tuoben, host)
    for number, article in before.items():
        assert (after[number]["id"], after[number]["text"]) == (article["id"], article["text"])


def test_the_page_becomes_a_revision_when_it_comes(collected: tuple[Host, Tuoben], tmp_path: Path) -> None:
    """The page that can be had later is a new revision, though its text is that of the entry."""
    host, tuoben = collected
    host.page("/a/2.html", page(2, TITLE.format(2)))
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows, rows:
        rows.execute("UPDATE store_item SET due_at = '2026-01-01' WHERE url LIKE '%/a/2.html'")
        rows.execute("UPDATE store_host SET wake_at = '2026-01-01' WHERE authority = 'full.test'")
    tuoben.run("crawl", "--once", code=(0, 1))
    article = tuoben.json("show", host.url("/a/2.html"))
    assert "from-listing" not in article.get("flags", [])
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows:
        count = "SELECT count(*) FROM store_revision WHERE article_id = ?"
        assert rows.execute(count, [article["id"]]).fetchone() == (2,)


def test_full_texts_are_neither_in_rows_nor_in_notes(collected: tuple[Host, Tuoben]) -> None:
    """Hints and WARC notes hold what identifies the entry, a few hundred bytes, and not its text."""
    _, tuoben = collected
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows:
        hints = [row[0] for row in rows.execute("SELECT hints FROM store_item WHERE kind = 'page'")]
    assert hints and max(len(text) for text in hints) < 1000
    for segment in tuoben.segments():
        with segment.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.metadata, parse_http=False):
                note = record.reader.read()
                assert len(note) < 3000 and b"body_html" not in note
