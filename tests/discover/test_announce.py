"""Where a site keeps its feeds, and what it calls itself."""

from __future__ import annotations

import pytest

from tuoben import discover
from tuoben.model import Page


def page(body, address="https://www.example.com/"):
    return Page(url=address, body=body.encode())


def test_announced_feeds_are_found_and_comments_left_out():
    """rel=alternate feeds with their titles, resolved; comment feeds, style sheets and oEmbed dropped."""
    found = discover.alternates(
        page(
            '<base href="https://www.example.com/blog/"><link rel="alternate" type="application/rss+xml" title="All" href="rss">'
            '<link rel=alternate type="application/atom+xml; charset=utf-8" href="/atom.xml">'
            '<link rel=alternate type="application/feed+json" href="/feed.json">'
            '<link rel=alternate type="application/rss+xml" title="Comments Feed" href="/comments/feed/">'
            '<link rel="alternate" type="application/json+oembed" href="/oembed"><link rel=alternate hreflang=en href=/en/>'
            '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'
        )
    )
    assert [(one.url, one.title) for one in found] == [
        ("https://www.example.com/blog/rss", "All"),
        ("https://www.example.com/atom.xml", ""),
        ("https://www.example.com/feed.json", ""),
    ]
    assert {one.kind for one in found} == {"feed"}


def test_visible_links_to_feeds_are_found():
    """Links of the site's own that look like feeds, each once."""
    found = discover.alternates(
        page(
            "<a href=/rss/guonei.xml>国内</a><a href=/feed>RSS</a><a href=/feed>RSS</a><a href=//other.example.net/rss>x</a><a href=/index.xml>Start</a>"
        )
    )
    assert [one.url for one in found] == ["https://www.example.com/rss/guonei.xml", "https://www.example.com/feed"]


def test_usual_places_are_few_and_grouped():
    """Feeds first, then news sitemaps, then sitemaps; below the given folder first; all on its origin."""
    places = discover.usual_places("https://www.example.com:8443/blog/")
    assert places[0] == "https://www.example.com:8443/blog/feed"
    assert all(place.startswith("https://www.example.com:8443/") for place in places)
    assert len(discover.usual_places("https://www.example.com/")) <= 12
    assert [len(group) > 0 for group in discover.usual_groups("https://www.example.com/")] == [True, True, True]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('<meta property="og:site_name" content="青山网"><title>x</title>', "青山网"),
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"The Tern"}]}</script><title>y</title>',
            "The Tern",
        ),
        ("<title>国内新闻_青山网</title>", "青山网"),
        ("<title>News | The Harbour Post</title>", "The Harbour Post"),
        ("<title>The Tern</title>", "The Tern"),
        ("<title>首页 - 青山网</title>", "青山网"),
        ("<rss><channel><title>Feed of it</title></channel></rss>", "Feed of it"),
        ("<p>nothing</p>", ""),
    ],
)
def test_the_name_of_a_site(body, name):
    """og:site_name, JSON-LD, the site's part of the title, a feed's title."""
    assert discover.site_name(page(body)) == name
