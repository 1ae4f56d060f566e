"""Sitemaps, news sitemaps, indexes, lists."""

from __future__ import annotations

import contextlib
import gzip

import pytest

from tuoben import discover
from tuoben.discover import sitemap
from tuoben.errors import LimitExceeded
from tuoben.model import Page, Precision

URL = "https://www.example.com/sitemap.xml"


def read(body, **more):
    return sitemap.links(Page(url=URL, body=body if isinstance(body, bytes) else body.encode(), **more))


def urlset(*entries):
    inside = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</urlset>'


def test_links_come_newest_first_and_undated_last():
    """lastmod orders the links; it is when the page changed, not when it was published."""
    found = read(
        urlset(
            "<loc>https://www.example.com/2026/11/01/a</loc><lastmod>2026-11-01</lastmod>",
            "<loc>https://www.example.com/story/undated-story-of-ours</loc>",
            "<loc>https://www.example.com/2026/11/02/b</loc><lastmod>2026-11-02T10:00:00+08:00</lastmod>",
        )
    )
    assert [link.url[-1] for link in found.links] == ["b", "a", "s"]
    assert found.links[0].published is None
    assert found.links[1].modified.precision is Precision.DAY


def test_a_news_sitemap_is_read_whole():
    """Title, publication date, keywords, name and language of a news sitemap."""
    found = read(
        '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://www.example.com/x</loc>'
        "<n:news><n:publication><n:name>晨报</n:name><n:language>zh-cn</n:language></n:publication>"
        "<n:publication_date>2026-11-20T18:26+08:00</n:publication_date><n:title>A &amp; B</n:title>"
        "<n:keywords>山, 桥</n:keywords></n:news></url></urlset>"
    )
    link = found.links[0]
    assert (link.title, link.lang, link.categories) == ("A & B", "zh-cn", ("山", "桥"))
    assert link.published.iso() == "2026-11-20T18:26:00+08:00"
    assert found.title == "晨报"


def test_an_index_names_sitemaps_newest_first():
    """An index gives sitemaps and no links."""
    found = read(
        "<sitemapindex><sitemap><loc>https://www.example.com/1.xml</loc><lastmod>2026-01-01</lastmod></sitemap>"
        "<sitemap><loc>https://www.example.com/2.xml</loc><lastmod>2026-02-01</lastmod></sitemap></sitemapindex>"
    )
    assert found.sitemaps == ("https://www.example.com/2.xml", "https://www.example.com/1.xml")
    assert found.links == ()


def test_what_is_no_article_is_left_out_and_doubt_is_told():
    """The home page and tag pages go; a section-like URL stays with a low likelihood; an article's is high."""
    found = read(
        urlset(
            *(
                f"<loc>https://www.example.com{path}</loc>"
                for path in ("/", "/tag/x", "/about", "/world", "/2026/11/22/a-long-slug")
            )
        )
    )
    assert {link.url.removeprefix("https://www.example.com"): link.likelihood > 0.5 for link in found.links} == {
        "/world": False,
        "/2026/11/22/a-long-slug": True,
    }


@pytest.mark.parametrize(
    "body",
    [
        "\n\n \ufeff" + urlset("<loc>https://www.example.com/a/12345?a=1&b=2</loc>"),
        urlset("<loc>\n https://www.example.com/a/12345?a=1&amp;b=2 \n</loc>").replace("sitemaps.org", "wrong.example"),
        urlset("<loc><![CDATA[https://www.example.com/a/12345?a=1&b=2]]></loc>").replace(' xmlns="', ' xmlns:x="'),
        urlset("<loc>https://www.example.com/a/12345?a=1&b=2</loc>").removesuffix("</urlset>"),
        "https://www.example.com/a/12345?a=1&b=2\r\n# note\r\n",
        "<rss><channel><item><link>https://www.example.com/a/12345?a=1&amp;b=2</link></item></channel></rss>",
    ],
    ids=["bom", "namespace", "cdata", "cut", "text", "rss"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_lenient_forms_are_read(body, packed):
    """Leading blanks, bare ampersands, wrong namespaces, cut ends, lists as text and feeds all give the URL."""
    data = gzip.compress(body.encode()) if packed else body.encode()
    assert [link.url for link in read(data).links] == ["https://www.example.com/a/12345?a=1&b=2"]


def test_images_are_no_links():
    """The <loc> of an image or video extension is not a page."""
    found = read(
        '<urlset xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"><url><i:image><i:loc>https://www.example.com/1.jpg'
        "</i:loc></i:image><loc>https://www.example.com/a/123456</loc></url></urlset>"
    )
    assert [link.url for link in found.links] == ["https://www.example.com/a/123456"]


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset>" + b"<url>" * 40_000,
        gzip.compress(b"<urlset>" + b" " * 150_000_000),
        b"<urlset " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>",
        b"\x1f\x8b broken",
    ],
    ids=["depth", "bomb", "attributes", "broken gzip"],
)
def test_hostile_sitemaps_end(body):
    """Bombs give nothing or LimitExceeded."""
    with contextlib.suppress(LimitExceeded):
        assert read(body).links == ()


def test_a_sitemap_is_sniffed():
    """urlset, sitemapindex, gzip of them and a list of URLs are sitemaps."""
    for body in (
        urlset().encode(),
        b"<sitemapindex/>",
        gzip.compress(b"<urlset/>"),
        b"https://a.example/1\nhttps://a.example/2\n",
    ):
        assert discover.sniff(Page(url=URL, body=body)) == "sitemap"
