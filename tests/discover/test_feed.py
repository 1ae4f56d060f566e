"""Feeds of every kind, clean and broken."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from tuoben import discover
from tuoben.discover import feed
from tuoben.errors import LimitExceeded
from tuoben.model import Page, Precision

URL = "https://www.example.com/feed.xml"


def read(body, **more):
    return feed.links(Page(url=URL, body=body if isinstance(body, bytes) else body.encode(), **more))


def rss(item, channel="", root=""):
    return f'<?xml version="1.0"?><rss version="2.0" {root}><channel><title>T</title>{channel}<item>{item}</item></channel></rss>'


def atom(entry, feed=""):
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{feed}<entry>{entry}</entry></feed>'


def one(body, **more):
    links = read(body, **more).links
    assert len(links) == 1
    return links[0]


def test_an_rss_item_is_read_whole():
    """Link, title, date with zone, author, categories, summary and full text of an RSS 2.0 item."""
    link = one(
        rss(
            "<title>山洪&amp;桥</title><link>/2026/11/20/1.html</link><pubDate>Fri, 20 Nov 2026 18:26:05 +0800</pubDate>"
            "<dc:creator>郭甲</dc:creator><category>国内</category><category>交通</category>"
            "<description>&lt;p&gt;短&lt;/p&gt;</description><content:encoded><![CDATA[<p>长</p>]]></content:encoded>",
            "<language>zh-cn</language>",
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
        )
    )
    assert link.url == "https://www.example.com/2026/11/20/1.html"
    assert link.title == "山洪&桥"
    assert link.published.iso() == "2026-11-20T18:26:05+08:00"
    assert link.published.zone_known
    assert link.authors == ("郭甲",)
    assert link.categories == ("国内", "交通")
    assert link.summary == "短"
    assert link.body_html == "<p>长</p>"
    assert link.lang == "zh-cn"


def test_an_atom_entry_is_read_whole():
    """Alternate link, title, times, authors, categories, summary and xhtml content of an Atom entry."""
    link = one(
        atom(
            '<title type="html">A &amp;lt;b&amp;gt; &lt;em&gt;c&lt;/em&gt;</title><link rel="edit" href="/edit"/>'
            '<link href="one" type="text/html"/><published>2026-11-20T10:00:00Z</published>'
            '<updated>2026-11-21T10:00:00Z</updated><author><name>Jo</name></author><category term="x" label="X"/>'
            '<summary>S</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Hi</p></div></content>',
            '<link rel="hub" href="https://hub.example.net/"/><link rel="self" href="/feed.xml"/>'
            '<link rel="next" href="/feed.xml?page=2"/>',
        ).replace("<entry>", '<entry xml:base="/blog/">')
    )
    assert link.url == "https://www.example.com/blog/one"
    assert link.title == "A <b> c"
    assert link.published.value == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert link.modified.value == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert (link.authors, link.categories, link.summary) == (("Jo",), ("X",), "S")
    assert "<p>Hi</p>" in link.body_html


def test_hub_self_and_next_are_read():
    """WebSub hub, self and RFC 5005 next of a feed, from the feed and from the Link header."""
    found = read(
        rss("<link>/1</link>", '<a:link rel="hub" href="https://hub.example.net/"/><a:link rel="self" href="/feed.xml"/>'
            '<a:link rel="next" href="?p=2"/>', 'xmlns:a="http://www.w3.org/2005/Atom"'),
        headers=(("Link", '<https://hub2.example.net/>; rel="hub", <https://x.example.net/>; rel=self'),),
    )  # fmt: skip
    assert found.hubs == ("https://hub.example.net/", "https://hub2.example.net/")
    assert found.self_url == URL
    assert found.next_page == URL + "?p=2"


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ("<guid>https://www.example.com/g</guid>", "https://www.example.com/g"),
        ("<link>/l</link><guid>https://www.example.com/g</guid>", "https://www.example.com/l"),
        ("<link/><guid isPermaLink='false'>https://www.example.com/?p=1</guid>", "https://www.example.com/?p=1"),
        ("<link>javascript:alert(1)</link><guid>https://www.example.com/g</guid>", "https://www.example.com/g"),
        ("<link> \n/l?a=1&amp;b=2\n </link>", "https://www.example.com/l?a=1&b=2"),
        ("<link>/l?a=1&b=2&copy=3</link>", "https://www.example.com/l?a=1&b=2&copy=3"),
        ("<link><![CDATA[https://www.example.com/l?a&b]]></link>", "https://www.example.com/l?a&b"),
        ("<link href='/h'/>", "https://www.example.com/h"),
        ("<feedburner:origLink>https://www.example.com/o</feedburner:origLink>", "https://www.example.com/o"),
        (
            "<link>/l</link><feedburner:origLink>https://www.example.com/o</feedburner:origLink>",
            "https://www.example.com/l",
        ),
    ],
)
def test_the_link_of_an_rss_item(item, wanted):
    """<link> before guid, a permalink guid before others, feedburner:origLink at last; ampersands survive."""
    assert one(rss(item)).url == wanted


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "", "x" * 100_000 + "://"])
def test_entries_without_a_usable_link_are_left_out(address):
    """An entry that links to nothing that can be fetched is no link."""
    assert all(link.url.startswith("https://") for link in read(rss(f"<title>t</title><link>{address}</link>")).links)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("R&amp;D", "R&D"),
        ("R&D spending", "R&D spending"),
        ("x&nbsp;y", "x y"),
        ("<![CDATA[A &amp; <b>B</b>]]>", "A & B"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("5 &lt; 6 and 7 &gt; 2", "5 < 6 and 7 > 2"),
        ("a\n  b\t c", "a b c"),
        ("R&#38;D &#x4E2D;", "R&D 中"),
        ("a\0b", "ab"),
    ],
)
def test_titles_become_plain_text(told, wanted):
    """Entities, CDATA and inline markup of titles are resolved; what is not markup stays."""
    assert one(rss(f"<title>{told}</title><link>/1</link>")).title == wanted


@pytest.mark.parametrize("declared", ["gb2312", "gbk", "utf-8", ""])
def test_gb18030_is_read_whatever_it_is_declared(declared):
    """Characters beyond GB 2312 survive under every wrong label, and so does the link."""
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (
        head
        + "<rss><channel><item><title>朱镕基总理考察时的讲话全文在此公布</title><link>https://www.example.com/1</link></item></channel></rss>"
    )
    link = one(body.encode("gb18030"))
    assert link.title == "朱镕基总理考察时的讲话全文在此公布"


def test_a_summary_is_running_text():
    """Formatting inside a word leaves no blank, line breaks do; tables and the like are read too."""
    assert (
        one(rss("<link>/1</link><description><![CDATA[<p>新<b>华</b>门</p>a<br>b]]></description>")).summary
        == "新华门 a b"
    )
    assert (
        one(rss("<link>/1</link><description><![CDATA[<table><td>x</td><td>y</table>]]></description>")).summary
        == "x y"
    )


def test_rdf_is_read():
    """RSS 1.0 has its items beside the channel."""
    found = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>C</title></channel>'
        '<item rdf:about="https://www.example.com/1"><title>I</title><dc:date>2026-11-20</dc:date></item></rdf:RDF>'
    )
    assert found.title == "C"
    assert found.links[0].url == "https://www.example.com/1"
    assert found.links[0].published.precision is Precision.DAY


def test_json_feed_is_read():
    """JSON Feed 1.1: items, authors, tags, hubs, next page."""
    found = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "J",
                "hubs": [{"type": "WebSub", "url": "https://hub.example.net/"}],
                "next_url": "?page=2",
                "items": [
                    {"id": 1, "url": "/1", "title": "A <b> c", "content_html": "<p>x</p>", "tags": ["t"],
                     "authors": [{"name": "Jo"}], "date_published": "2026-11-20T10:00:00+08:00"},
                    {"id": "https://www.example.com/2", "content_text": "text"},
                    "nonsense",
                ],
            }
        )
    )  # fmt: skip
    assert [link.url for link in found.links] == ["https://www.example.com/1", "https://www.example.com/2"]
    assert found.links[0].title == "A <b> c"
    assert found.links[0].authors == ("Jo",)
    assert found.hubs == ("https://hub.example.net/",)
    assert found.next_page == URL + "?page=2"


def test_broken_xml_loses_nothing():
    """Mismatched tags, undeclared prefixes and a cut end still give every entry."""
    body = (
        "<rss><channel><title>B</title><item><title>one & <b>two</title><link>https://www.example.com/1</link></item>"
        "<item><dc:creator>Jo</dc:creator><title>three</title><link>https://www.example.com/2</link></item>"
        "<item><title>four</title><link>https://www.example.com/3</link>"
    )
    found = read(body)
    assert [link.url for link in found.links] == [f"https://www.example.com/{n}" for n in (1, 2, 3)]
    assert found.links[0].title == "one & two"


@pytest.mark.parametrize("year", ["9999", "1970"])
def test_impossible_years_are_no_date(year):
    """An unset or absurd clock gives no date."""
    assert one(rss(f"<link>/1</link><pubDate>Thu, 01 Jan {year} 00:00:00 GMT</pubDate>")).published is None


def test_a_future_date_is_no_date():
    """A time more than a day after the fetch is refused."""
    body = rss("<link>/1</link><pubDate>Thu, 31 Dec 2026 00:00:00 GMT</pubDate>")
    assert one(body, fetched_at=datetime(2026, 11, 22, tzinfo=UTC)).published is None


def test_a_time_without_zone_is_read_in_the_publishers():
    """Chinese feeds mean Beijing time, and the record says that this was inferred."""
    published = one(
        rss("<link>/1</link><pubDate>2026年11月20日 18:26</pubDate>", "<language>zh-CN</language>")
    ).published
    assert published.value.utcoffset() == timedelta(hours=8)
    assert not published.zone_known
    assert published.iso() == "2026-11-20T18:26:00"


@pytest.mark.parametrize(
    ("title", "address", "comments"),
    [
        ("Comments on: A story", URL, True),
        ("Comments for The Marsh", "https://www.example.com/comments/feed/", True),
        ("The Marsh", "https://www.example.com/a-story/comments/feed/", True),
        ("The Marsh", "https://www.example.com/feed/", False),
        ("Commentary", "https://www.example.com/comment-is-free/rss", False),
    ],
)
def test_feeds_of_comments_are_recognised(title, address, comments):
    """Feeds of comments are told from feeds of articles."""
    assert feed.is_comments(title, address) is comments


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><rss><channel><item><title>&b;</title><link>/1</link></item></channel></rss>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel><item><title>&x;</title><link>/1</link></item></channel></rss>',
    ],
)
def test_entities_are_never_expanded(body):
    """A document type's entities stay as text; no file is read."""
    assert one(body).title in ("&b;", "&x;")


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<a>" * 40_000,
        b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/></channel></rss>",
        b"<rss><channel><item><title>" + b"x" * 12_000_000 + b"</title></item></channel></rss>",
        b'{"items":' + b"[" * 200_000,
        b"<!DOCTYPE x [ " * 100_000,
        b"<" * 500_000,
        b"/etc/hostname",
        b"http://127.0.0.1:1/",
        b"",
    ],
    ids=["depth", "attributes", "text", "json", "doctypes", "open", "path", "url", "empty"],
)
def test_hostile_feeds_end(body):
    """Hostile bytes give a result or LimitExceeded; a body that looks like a path or a URL is not opened."""
    with contextlib.suppress(LimitExceeded):
        assert read(body).links == ()


def test_a_feed_is_sniffed_by_its_root():
    """The root element tells, whatever stands before it and whatever the content type says."""
    assert (
        discover.sniff(Page(url=URL, body=b"\n<!-- <html> --><?xml version='1.0'?><rss/>", content_type="text/html"))
        == "feed"
    )
    assert discover.sniff(Page(url=URL, body=b'{"version":"https://jsonfeed.org/version/1","items":[]}')) == "feed"
    assert discover.sniff(Page(url=URL, body=b"<!DOCTYPE html><html><body>rss</body></html>")) == "section"
    assert discover.sniff(Page(url=URL, body=b"\x89PNG\r\n")) == ""
