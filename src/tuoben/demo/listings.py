"""The feeds and sitemaps of the fictional sites, as their various programs would write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tuoben.demo.content import Listing, Publisher
from tuoben.demo.newsroom import Newsroom, Story
from tuoben.demo.pages import body_html

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(room: Newsroom, publisher: Publisher, listing: Listing) -> tuple[bytes, str]:
    """The body and the content type of a feed or sitemap."""
    function, content_type = _KINDS[listing.kind]
    return function(room, publisher, listing).encode(), content_type


def _url(room: Newsroom, story: Story) -> str:
    return room.origin(story.publisher) + story.path()


def _rss(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    items = []
    for story in room.stories(publisher.name):
        full = f"<content:encoded><![CDATA[{body_html(room, story)}]]></content:encoded>" if listing.full else ""
        authors = "".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in story.entry.authors)
        items.append(
            f"<item><title>{escape(story.headline)}</title><link>{_url(room, story)}</link>"
            f'<guid isPermaLink="true">{_url(room, story)}</guid><pubDate>{format_datetime(story.published)}</pubDate>'
            f"<category>{escape(publisher.categories[story.entry.category])}</category>{authors}"
            f"<description>{escape(story.summary)}</description>{full}</item>\n"
        )
    return (
        f'{_XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:content="http://purl.org/rss/1.0/modules/content/">\n<channel><title>{escape(publisher.title)}</title>'
        f"<link>{room.origin(publisher)}/</link><description>{escape(publisher.tagline)}</description>"
        f"<language>{publisher.lang}</language>\n{''.join(items)}</channel></rss>\n"
    )


def _rdf(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    stories = room.stories(publisher.name)
    order = "".join(f'<rdf:li rdf:resource="{_url(room, story)}"/>' for story in stories)
    items = "".join(
        f'<item rdf:about="{_url(room, story)}"><title>{escape(story.headline)}</title>'
        f"<link>{_url(room, story)}</link><description>{escape(story.summary)}</description>"
        f"<dc:date>{story.published.isoformat()}</dc:date></item>\n"
        for story in stories
    )
    return (
        f'{_XML}<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel rdf:about="{room.origin(publisher)}/">'
        f"<title>{escape(publisher.title)}</title><link>{room.origin(publisher)}/</link>"
        f"<description>{escape(publisher.tagline)}</description><items><rdf:Seq>{order}</rdf:Seq></items></channel>\n"
        f"{items}</rdf:RDF>\n"
    )


def _atom(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    stories = room.stories(publisher.name)
    entries = []
    for story in stories:
        content = f'<content type="html">{escape(body_html(room, story))}</content>' if listing.full else ""
        authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in story.entry.authors)
        entries.append(
            f'<entry><id>tag:{publisher.name}.localhost,2020:{story.entry.id}</id><title type="html">'
            f'{escape(escape(story.headline))}</title><link rel="alternate" href="{_url(room, story)}"/>'
            f"<published>{story.published.isoformat()}</published>"
            f"<updated>{(story.modified or story.published).isoformat()}</updated>{authors}"
            f'<category term="{escape(publisher.categories[story.entry.category])}"/>'
            f'<summary type="text">{escape(story.summary)}</summary>{content}</entry>\n'
        )
    newest = max((story.modified or story.published for story in stories), default=None)
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{publisher.lang}">\n'
        f"<id>{room.origin(publisher)}/</id><title>{escape(publisher.title)}</title>"
        f"<updated>{newest.isoformat() if newest else ''}</updated>"
        f'<link rel="alternate" href="{room.origin(publisher)}/"/>'
        f'<link rel="self" href="{room.origin(publisher)}{listing.path}"/>\n{"".join(entries)}</feed>\n'
    )


def _json(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    items = [
        {
            "id": str(story.entry.id),
            "url": _url(room, story),
            "title": story.headline,
            "date_published": story.published.isoformat(),
            "authors": [{"name": name} for name in story.entry.authors],
            "tags": [publisher.categories[story.entry.category]],
            "summary": story.summary,
        }
        | ({"content_html": body_html(room, story)} if listing.full else {"content_text": story.summary})
        for story in room.stories(publisher.name)
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.title,
        "home_page_url": f"{room.origin(publisher)}/",
        "feed_url": f"{room.origin(publisher)}{listing.path}",
        "language": publisher.lang,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _index(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    maps = "".join(
        f"<sitemap><loc>{room.origin(publisher)}{other.path}</loc></sitemap>"
        for other in publisher.listings
        if other.kind in ("sitemap", "news")
    )
    return f'{_XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>\n'


def _sitemap(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    urls = "".join(
        f"<url><loc>{escape(_url(room, story))}</loc>"
        f"<lastmod>{(story.modified or story.published).isoformat()}</lastmod></url>\n"
        for story in room.stories(publisher.name)
    )
    return f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'


def _news(room: Newsroom, publisher: Publisher, listing: Listing) -> str:
    newest = room.stories(publisher.name)[:6]
    urls = "".join(
        f"<url><loc>{escape(_url(room, story))}</loc><news:news><news:publication><news:name>"
        f"{escape(publisher.title)}</news:name><news:language>{publisher.lang.lower()}</news:language>"
        f"</news:publication><news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.headline)}</news:title></news:news></url>\n"
        for story in newest
    )
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    )


_KINDS: dict[str, tuple[Callable[[Newsroom, Publisher, Listing], str], str]] = {
    "rss": (_rss, "application/rss+xml; charset=utf-8"),
    "rdf": (_rdf, "text/xml"),
    "atom": (_atom, "application/atom+xml; charset=utf-8"),
    "json": (_json, "application/feed+json"),
    "index": (_index, "application/xml"),
    "sitemap": (_sitemap, "application/xml"),
    "news": (_news, "application/xml"),
}
