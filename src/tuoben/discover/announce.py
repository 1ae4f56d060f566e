"""Where a site keeps its listings, and what it calls itself: told by its pages, else by custom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tuoben import markup, url
from tuoben.discover import feed, plain, xml
from tuoben.discover.outline import Tree, base_of
from tuoben.discover.records import Announced, Found
from tuoben.model import Page

_FEED_TYPES_TEXT = """
application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/x-rss+xml
application/x.atom+xml application/x-atom+xml text/rss+xml text/atom+xml application/rss application/atom
text/rss
"""
FEED_TYPES = frozenset(_FEED_TYPES_TEXT.split())
_MAYBE_TYPES = frozenset(("application/json", "application/xml", "text/xml"))
_NOT_A_FEED = re.compile(r"/wp-json/|oembed|opensearch|manifest|/xmlrpc", re.I)
_FEED_ADDRESS = re.compile(
    r"(?:/(?:rss|atom|feed|feeds|index|news|rss2|all|latest)\.(?:xml|rss|atom|rdf|json)"
    r"|/[\w-]*(?:rss|feed|atom)[\w-]*\.(?:xml|json|rdf)"
    r"|\.(?:rss|atom|rdf)|/(?:feed|rss|atom)/?|[?&]feed=(?:rss2?|atom)|/(?:rss|feeds?)/[\w/-]{1,60}(?:\.xml)?)$",
    re.I,
)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feed)\b|订阅源|訂閱", re.I)
MOST = 200

# What each group gives is the same, so the first hit of a group is enough; groups in the order worth asking.
_TAG_FEED = re.compile(r"/(?:tags?|authors?|label|user)/", re.I)
USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")
USUAL_NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap_news.xml")
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml")

_SEPARATORS = re.compile(
    r"\s+[-–—|·•»:]\s+|\s*[|_｜丨]\s*|\s*[-–—]{1,2}(?=[一-鿿]{2,12}$)|(?<=[一-鿿])\s*[-–—]{1,2}\s*"
)
_HOME = re.compile(r"^(?:home(?:page)?|首页|首頁|官网|官方网站|welcome|index|news|latest|headlines)$", re.I)


def alternates(page: Page) -> tuple[Announced, ...]:
    """The feeds that an HTML page announces, by rel=alternate and then by links that readers see; the page's order.

    Feeds of comments are left out. Raises LimitExceeded.
    """
    _, tree = markup.document(page)
    base = base_of(tree, page.url)
    found: dict[str, Announced] = {}
    for address, title in (*_declared(tree, base), *_visible(tree, base)):
        if not feed.is_comments(title, address):
            found.setdefault(address, Announced(url=address, kind="feed", title=title))
    return tuple(found.values())[:MOST]


def _declared(tree: Tree, base: str) -> Iterator[tuple[str, str]]:
    for node in tree.css("link[rel][href]"):
        attributes = node.attributes
        relations = (attributes.get("rel") or "").lower().split()
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        href = (attributes.get("href") or "").strip()
        if not href or "stylesheet" in relations or not {"alternate", "feed"} & set(relations):
            continue
        sure = kind in FEED_TYPES or "feed" in relations
        if not sure and not (kind in _MAYBE_TYPES and _FEED_ADDRESS.search(href)):
            continue
        address = url.resolve(base, href)
        if address and not _NOT_A_FEED.search(address):
            yield address, plain.line(attributes.get("title") or "")[:200]


def _visible(tree: Tree, base: str) -> Iterator[tuple[str, str]]:
    """Links whose address looks like a feed's; a vague address needs a word that says so."""
    home = url.parse(base)
    site = url.registrable(home.hostname) if home else ""
    for node in tree.css("a[href]"):
        href = (node.attributes.get("href") or "").strip()
        if len(href) > 2000 or not _FEED_ADDRESS.search(href.partition("#")[0]):
            continue
        address = url.resolve(base, href)
        parsed = url.parse(address) if address else None
        if not address or not parsed or url.registrable(parsed.hostname) != site or _NOT_A_FEED.search(address):
            continue
        shown = plain.line(node.text()[:400])[:200]
        vague = not re.search(r"rss|atom|feed|\.rdf", href, re.I)
        if not vague or _FEED_WORDS.search(shown):
            yield address, "" if _FEED_WORDS.fullmatch(shown) else shown


def worth_reading(start: str, feeds: Sequence[tuple[str, Found]]) -> tuple[str, ...]:
    """Of the feeds that the page at `start` announces, as they were read, those that a source needs; the page's order.

    Comments and podcasts are none. The feeds below a section's own address stand for that section alone. A feed of a
    tag or an author is left out beside others, and so is one that brings nothing that another does not: the same
    articles as RSS and as Atom, say, of which the one with the full texts is kept.
    """
    left = [(address, found) for address, found in feeds if not found.comments and not found.podcast]
    parsed = url.parse(start)
    folder = parsed.path.rstrip("/") + "/" if parsed else "/"
    below = [one for one in left if folder != "/" and (at := url.parse(one[0])) and at.path.startswith(folder)]
    if not below:
        below = [one for one in left if not _TAG_FEED.search(one[0])] or left
    best_first = sorted(below, key=lambda one: -_fullness(one[1]))
    kept: dict[str, set[str]] = {}
    for address, found in sorted(best_first, key=lambda one: -len(one[1].links) // 5):
        links = {url.canonical(link.url) for link in found.links}
        if not any(len(links - others) <= 0.2 * len(links) for others in kept.values()):
            kept[address] = links
    return tuple(address for address, _ in below if address in kept)


def _fullness(found: Found) -> int:
    """How many of the first entries carry their full text."""
    return sum(bool(link.body_html or link.length) for link in found.links[:20])


def usual_places(address: str) -> tuple[str, ...]:
    """Where feeds and sitemaps usually lie on the site of `address`, best first: a short list, asked one by one.

    Feeds below the address's own folder come first when it is not the root; then the groups of `usual_groups`.
    """
    return tuple(place for group in usual_groups(address) for place in group)


def usual_groups(address: str) -> tuple[tuple[str, ...], ...]:
    """The same in groups of places that would give the same thing: after a hit, the rest of its group is not asked."""
    parsed = url.parse(address)
    if parsed is None:
        return ()
    folder = parsed.path if parsed.path.endswith("/") else parsed.path.rpartition("/")[0] + "/"
    if not parsed.path.endswith("/") and "." not in parsed.path.rpartition("/")[2]:
        folder = parsed.path + "/"
    near = (f"{folder}feed", f"{folder}rss.xml", f"{folder}feed.xml") if folder != "/" and len(folder) < 200 else ()
    groups = (near + USUAL_FEEDS, USUAL_NEWS_SITEMAPS, USUAL_SITEMAPS)
    return tuple(tuple(parsed.origin + path for path in group) for group in groups)


def site_name(page: Page) -> str:
    """What a site calls itself: og:site_name, JSON-LD, application-name, the site's part of the title; a feed's title.

    "" when the page does not say. Raises LimitExceeded.
    """
    decoded = markup.decode(markup.inflate(page.body, page.content_encoding), page.content_type)
    start = decoded.text[:4000].lstrip("\ufeff \t\r\n")
    if start.startswith("{") or xml.root_name(start) in ("rss", "feed", "rdf"):
        return feed.links(page).title
    tree = markup.parse(decoded.text)
    for selector in ('meta[property="og:site_name"]', 'meta[name="og:site_name"]'):
        if told := _meta(tree, selector):
            return told
    if told := _structured(tree):
        return told
    if told := _meta(tree, 'meta[name="application-name"]') or _meta(tree, 'meta[name="apple-mobile-web-app-title"]'):
        return told
    return _of_title(tree)


def _meta(tree: Tree, selector: str) -> str:
    node = tree.css_first(selector)
    return plain.title(node.attributes.get("content") or "")[:100] if node else ""


def _structured(tree: Tree) -> str:
    """The name of a WebSite, else of a publisher or news organisation, in JSON-LD."""
    names: dict[str, str] = {}
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        try:
            data = json.loads(node.text(), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(data):
            kinds = thing.get("@type")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                name = thing.get("name")
                if isinstance(kind, str) and isinstance(name, str) and name.strip():
                    names.setdefault(kind, plain.title(name)[:100])
    return next((names[kind] for kind in ("WebSite", "NewsMediaOrganization", "Organization") if kind in names), "")


def _things(data: object) -> Iterator[dict[str, Any]]:
    waiting = [data]
    seen = 0
    while waiting and seen < 2000:
        one = waiting.pop()
        seen += 1
        if isinstance(one, dict):
            yield one
            waiting.extend(one[key] for key in ("@graph", "publisher", "isPartOf", "mainEntity") if key in one)
        elif isinstance(one, list):
            waiting.extend(one[:200])


def _of_title(tree: Tree) -> str:
    node = tree.css_first("title")
    told = plain.title(node.text()) if node else ""
    parts = [part for part in _SEPARATORS.split(told) if part and not _HOME.match(part)]
    if not parts:
        return told[:100]
    # "Headline - Site", "Site | slogan": of two parts the shorter is the name, of more the last.
    first, last = parts[0].strip(), parts[-1].strip()
    return (first if len(first) <= len(last) and len(parts) == 2 else last)[:100]
