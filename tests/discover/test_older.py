"""The page behind a page of a listing's past."""

from __future__ import annotations

import json

import pytest

from tuoben import discover
from tuoben.model import Page

FH = 'xmlns:fh="http://purl.org/syndication/history/1.0" xmlns:a="http://www.w3.org/2005/Atom"'
ITEM = "<item><title>一</title><link>https://n.test/1</link></item>"


def rss(
    inside: str, address: str = "https://n.test/rss.xml", headers: tuple[tuple[str, str], ...] = ()
) -> tuple[bool, str]:
    """(is an archive document, the page behind it) of an RSS feed."""
    body = f'<rss version="2.0" {FH}><channel><title>新闻</title>{inside}{ITEM}</channel></rss>'.encode()
    page = Page(url=address, body=body, content_type="application/rss+xml", headers=headers)
    found, behind = discover.before("feed", page)
    return found.archived, behind


def test_rfc_5005_in_rss() -> None:
    """Archives come before pages; a complete feed has nothing behind it; fh:archive marks what never changes."""
    archive = '<a:link rel="prev-archive" href="/2024-01.xml"/>'
    paged = '<a:link rel="next" href="rss.xml?p=2"/>'
    assert rss(archive + paged) == (False, "https://n.test/2024-01.xml")
    assert rss("<fh:archive/>" + archive) == (True, "https://n.test/2024-01.xml")
    assert rss(paged) == (False, "https://n.test/rss.xml?p=2")
    assert rss("<fh:complete/>" + paged) == (False, "")
    assert rss("") == (False, "")


def test_link_headers() -> None:
    """The Link header (RFC 8288) says it as well."""
    assert rss("", headers=(("link", '<https://n.test/old.xml>; rel="prev-archive"'),))[1] == "https://n.test/old.xml"


@pytest.mark.parametrize(
    ("address", "behind"),
    [
        ("https://n.test/feed/", "https://n.test/feed/?paged=2"),
        ("https://n.test/feed/?paged=7", "https://n.test/feed/?paged=8"),
        ("https://n.test/?feed=rss2", "https://n.test/?feed=rss2&paged=2"),
        ("https://n.test/news/feed/atom/", "https://n.test/news/feed/atom/?paged=2"),
        ("https://n.test/feeds.xml", ""),
        ("https://n.test/feed/?paged=x", "https://n.test/feed/?paged=2"),
    ],
)
def test_wordpress(address: str, behind: str) -> None:
    """Feeds at WordPress's places are counted on; others are not."""
    assert rss("", address)[1] == behind


def test_the_generator_tells() -> None:
    """A feed elsewhere that says who made it is counted on, too."""
    assert rss("<generator>https://wordpress.org/?v=6.4</generator>")[1] == "https://n.test/rss.xml?paged=2"


def test_json_feed() -> None:
    """next_url."""
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "新闻", "next_url": "/feed.json?page=2"}
    body = json.dumps(told | {"items": [{"id": "1", "url": "https://n.test/1"}]}).encode()
    page = Page(url="https://n.test/feed.json", body=body, content_type="application/feed+json")
    assert discover.before("feed", page)[1] == "https://n.test/feed.json?page=2"


def test_sitemaps_give_all() -> None:
    """Of a sitemap of the past no entry is left out, where a visit for news takes the newest 5,000."""
    rows = "".join(f"<url><loc>https://n.test/2024/01/02/t2024{n:06}.html</loc></url>" for n in range(12_000))
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()
    page = Page(url="https://n.test/sitemap.xml", body=body, content_type="application/xml")
    assert len(discover.before("sitemap", page)[0].links) == 12_000
    assert len(discover.links("sitemap", page).links) == 5_000
    assert len(discover.before("dates", page)[0].links) == 12_000
