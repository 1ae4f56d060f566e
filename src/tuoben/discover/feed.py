"""Feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, CDF's channel; JSON Feed goes to `jsonfeed`.

XML that is well-formed (or becomes so by certain mending) is read here; everything else goes to feedparser, whose
patience is unmatched, so that no entry is lost silently. Where the formats leave room, RFC 4287 and the RSS Advisory
Board's profile decide.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from tuoben import markup, url
from tuoben.discover import attribution, jsonfeed, loose, plain, xml
from tuoben.discover.attribution import Fields
from tuoben.discover.context import Context, absolute, unique
from tuoben.discover.records import Found
from tuoben.model import Link, Moment, Page

MOST_ENTRIES = 20_000
MOST_LOOSE = 3_000_000
MOST_LOOSE_MARKS = 30_000
MOST_JUDGED = 50
FULL_TEXT = 600
"""Characters of running text from which an RSS description with block markup counts as the article's body."""

_BLOCKS = re.compile(r"<(?:p|div|section|article|h[1-6]|br|table|ul|ol)\b", re.I)
_COMMENTS_TITLE = re.compile(
    r"^(?:comments (?:on|for):?\s|commentaires? (?:sur|pour)\s|kommentare (?:zu|für)\b|评论[:：])|的评论$",
    re.I,
)
_COMMENTS_PATH = re.compile(
    r"/comments/(?:feed|default|rss|atom)\b|/comments\.(?:rss|xml|atom)|[?&]feed=comments", re.I
)

_CORE = frozenset(
    (
        "",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/rss",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://cyber.law.harvard.edu/rss/rss.html",
    )
)
_PREFIXES = {address: prefix for prefix, address in xml.NAMESPACES.items()} | {
    "http://purl.org/atom/ns#": "atom",
    "https://www.w3.org/2005/atom": "atom",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://purl.org/syndication/history/1.0": "fh",
}
_PREFIXES = {address.lower().rstrip("/#"): prefix for address, prefix in _PREFIXES.items()}

TITLES = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
AUTHORS = ("author", "atom:author", "dc:creator", "itunes:author", "dc:author")
CATEGORIES = ("category", "atom:category", "dc:subject", "itunes:category", "media:category")
LANGS = ("dc:language", "language")
BODIES = ("content:encoded", "xhtml:body", "xhtml:div", "fullitem", "atom:content", "body")

PUBLISHED = ("atom:published", "published", "atom:issued", "issued", "pubdate", "dc:date", "dcterms:issued",
             "dcterms:created", "dcterms:date", "created", "atom:created", "date", "news:publication_date")  # fmt: skip
UPDATED = ("atom:updated", "updated", "atom:modified", "modified", "dcterms:modified", "lastmod", "lastbuilddate")


def links(page: Page) -> Found:
    """The entries of a feed in its order. Entries without an http(s) link are left out.

    Raises LimitExceeded for bombs and for more than MOST_ENTRIES entries' worth of nesting; anything that is no feed at
    all gives an empty Found.
    """
    body = markup.inflate(page.body, page.content_encoding)
    if body[:2] == b"\x1f\x8b":
        body = markup.inflate(body, "gzip")
    text = markup.decode(body, page.content_type).text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        found = jsonfeed.read(text, page, MOST_ENTRIES)
    else:
        root = xml.parse(text) if "<" in text[:4000] else None
        plainly = "xml:base" not in text and "xml:lang" not in text
        found = _tree(root, page, plainly=plainly) if root is not None else _loose(text, page)
    return replace(
        found,
        hubs=unique((*found.hubs, *plain.header_links(page, "hub"))),
        self_url=found.self_url or next(iter(plain.header_links(page, "self")), ""),
        next_page=found.next_page or next(iter(plain.header_links(page, "next")), ""),
        previous=found.previous or next(iter(plain.header_links(page, "prev-archive")), ""),
        comments=is_comments(found.title, found.self_url or page.url),
    )


def is_comments(title: str, address: str) -> bool:
    """Whether a feed is one of readers' comments, by its title or address."""
    return bool(_COMMENTS_TITLE.search(title) or _COMMENTS_PATH.search(address))


# XML


@lru_cache(maxsize=512)
def _name(tag: str, core: str) -> str:
    """The name as "prefix:name" with this module's prefixes, or bare and lower-case in the feed's own vocabulary."""
    space, _, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    name = name.lower()
    if space == core or space in _CORE:
        return name
    return f"{_PREFIXES.get(space.lower().rstrip('/#'), '?')}:{name}"


def _fields(element: xml.Element, core: str) -> Fields:
    fields: Fields = {}
    for child in element:  # no comments and no instructions: the parser leaves them out
        name = _name(child.tag, core)
        if name in fields:
            fields[name].append(child)
        else:
            fields[name] = [child]
    return fields


def _tree(root: xml.Element, page: Page, *, plainly: bool = False) -> Found:
    kind = xml.local(root)
    if kind in ("rss", "rdf"):
        channel = next((child for child in root if xml.local(child) == "channel"), root)
        core = xml.namespace(channel)
        items = _items(channel, "item") or _items(root, "item")
    elif kind in ("feed", "channel"):
        channel, core = root, xml.namespace(root)
        items = _items(root, "entry") or _items(root, "item")
    else:
        return Found()
    base = _base(channel, _base(root, page.url)) if root is not channel else _base(root, page.url)
    fields = _fields(channel, core)
    lang = _language(channel, root, fields)
    context = Context.of(page, lang, base, plain=plainly)
    read = _atom_entry if kind == "feed" else _rss_item
    links = (read(item, xml.namespace(item) if kind == "feed" else core, context) for item in items[:MOST_ENTRIES])
    relations = _relations(fields, base)
    return Found(
        links=tuple(link for link in links if link),
        title=_title(fields),
        hubs=tuple(relations.get("hub", ())),
        next_page=next(iter(relations.get("next", ())), ""),
        previous=next(iter(relations.get("prev-archive", ())), ""),
        archived="fh:archive" in fields,
        complete="fh:complete" in fields,
        generator=_first(fields, ("generator", "atom:generator"))[:200],
        self_url=next(iter(relations.get("self", ())), ""),
        lang=lang,
        podcast=_is_podcast(items[:MOST_JUDGED]),
    )


def _is_podcast(items: list[xml.Element]) -> bool:
    """Nearly all items are recordings, and described as episodes are (an article may have a spoken version, too)."""
    episodes = 0
    for item in items:
        names = {xml.local(child): child for child in item}
        sound = names.get("enclosure")
        episodes += (
            sound is not None
            and str(sound.get("type", "")).lower().startswith(("audio/", "video/"))
            and bool({"duration", "episode", "episodetype"} & names.keys())
        )
    return episodes > 0.8 * len(items) > 0


class _Told(NamedTuple):
    """The names that an entry uses for each thing, best first."""

    titles: tuple[str, ...]
    published: tuple[str, ...]
    updated: tuple[str, ...]
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    bodies: tuple[str, ...]
    langs: tuple[str, ...]


@lru_cache(maxsize=1024)
def _told(names: tuple[str, ...]) -> _Told:
    """Kept by the names of all fields, which are the same for most entries of a feed."""
    wanted = (TITLES, PUBLISHED, UPDATED, AUTHORS, CATEGORIES, BODIES, LANGS)
    return _Told(*(tuple(name for name in group if name in names) for group in wanted))


def _items(parent: xml.Element, name: str) -> list[xml.Element]:
    return [child for child in parent if xml.local(child) == name]


def _language(channel: xml.Element, root: xml.Element, fields: Fields) -> str:
    told = channel.get(xml.XML_LANG) or root.get(xml.XML_LANG) or ""
    return plain.line(_first(fields, ("language", "dc:language")) or str(told))[:35]


def _base(element: xml.Element, base: str) -> str:
    told = element.get(xml.XML_BASE)
    return (url.resolve(base, str(told).strip()) or base) if told else base


def _relations(fields: Fields, base: str) -> dict[str, list[str]]:
    """Atom links of a channel: relation → absolute addresses."""
    found: dict[str, list[str]] = {}
    for element in (*fields.get("atom:link", ()), *fields.get("link", ())):
        href = url.resolve(_base(element, base), str(element.get("href", "")).strip()) if element.get("href") else None
        for relation in str(element.get("rel", "alternate")).lower().split():
            if href:
                found.setdefault(relation, []).append(href)
    return found


def _first(fields: Fields, names: Iterable[str]) -> str:
    """The text of the first field with one that is not empty."""
    for name in names:
        for element in fields.get(name, ()):
            if found := xml.text(element):
                return found
    return ""


def _title(fields: Fields) -> str:
    for name in _told(tuple(fields)).titles:
        for element in fields[name]:
            if found := _construct(element):
                return found
    return ""


def _construct(element: xml.Element) -> str:
    """An Atom text construct, or an RSS text, as one plain line."""
    if not element.keys():
        return plain.title(xml.text(element))
    kind = str(element.get("type", "")).lower()
    if kind in ("xhtml", "application/xhtml+xml"):
        return plain.line(xml.text(element))
    if kind in ("html", "text/html") or element.get("mode") or _in_base64(element):
        return plain.summary(_decoded(element))[: plain.LONGEST_TITLE]
    # Atom's text is literal, but many feeds say so by mere omission and escape twice: only the explicit word counts.
    return plain.title(xml.text(element), literal=kind in ("text", "text/plain"))


def _time(fields: Fields, names: tuple[str, ...], context: Context) -> Moment | None:
    for name in names:
        for element in fields[name]:
            if found := context.time(xml.text(element)):
                return found
    return None


def _link(item: xml.Element, fields: Fields, context: Context, *, address: str, summary: str, body: str) -> Link:
    """What RSS and Atom entries have in common, with what they tell in ways of their own."""
    told = _told(tuple(fields))
    modified = _time(fields, told.updated, context) if told.updated else None
    lang = (not context.plain and item.get(xml.XML_LANG)) or (told.langs and _first(fields, told.langs)) or context.lang
    return Link(
        url=address,
        title=_title(fields),
        summary=summary,
        body_html=body,
        published=_time(fields, told.published, context) or modified,
        modified=modified,
        authors=attribution.authors(fields, told.authors) if told.authors else (),
        categories=attribution.categories(fields, told.categories) if told.categories else (),
        lang=str(lang)[:35],
    )


def _atom_entry(entry: xml.Element, core: str, context: Context) -> Link | None:
    fields = _fields(entry, core)
    base = _base(entry, context.base)
    address = _atom_address(fields, base)
    if not address:
        return None
    body, summary = "", ""
    for element in fields.get("content", ()):
        body = body or _content(element)
    for name in ("summary", "subtitle", "media:description"):
        for element in fields.get(name, ()):
            summary = summary or plain.summary(_content(element))
    if not summary and not body:
        groups = [_fields(group, core) for group in fields.get("media:group", ())]
        summary = next((plain.summary(text) for group in groups if (text := _first(group, ("media:description",)))), "")
    return _link(entry, fields, context, address=address, summary=summary, body=body)


def _atom_address(fields: Fields, base: str) -> str:
    """rel=alternate, HTML before other types; else the content's or the entry's own address."""
    best, rank = "", 9
    for element in (*fields.get("link", ()), *fields.get("atom:link", ())):
        href = str(element.get("href") or xml.text(element)).strip()
        relation = str(element.get("rel", "alternate")).strip().lower().rpartition("/")[2] or "alternate"
        kind = str(element.get("type", "text/html")).lower()
        order = 0 if "html" in kind else 1
        if relation != "alternate" or order >= rank or not href:
            continue
        if resolved := url.resolve(_base(element, base), href):
            best, rank = resolved, order
    if best:
        return best
    others = [str(element.get("src", "")) for element in fields.get("content", ())]
    others += [xml.text(element) for name in ("feedburner:origlink", "id") for element in fields.get(name, ())]
    return next((found for text in others if (found := absolute(text))), "")


def _in_base64(element: xml.Element) -> bool:
    """Atom 0.3 says it by the mode; Atom 1.0 by any type that is neither text nor XML (RFC 4287 4.1.3.3)."""
    kind = str(element.get("type", "")).partition(";")[0].strip().lower()
    other = "/" in kind and not kind.startswith("text/") and not kind.endswith(("/xml", "+xml", "/xhtml"))
    return (other and not len(element)) or str(element.get("mode", "")).lower() == "base64"


def _decoded(element: xml.Element) -> str:
    """The text of an element, out of base64 where it is in that."""
    found = xml.text(element)
    if not _in_base64(element):
        return found
    try:
        return base64.b64decode("".join(found.split()), validate=True).decode("utf-8")
    except ValueError:
        return ""


def _content(element: xml.Element) -> str:
    """Content or summary as HTML markup; "" for types that are not text."""
    if _in_base64(element):
        return _decoded(element)
    kind = str(element.get("type", "text")).lower()
    mode = str(element.get("mode", "")).lower()
    if kind in ("xhtml", "application/xhtml+xml") or mode == "xml" or len(element):
        return xml.inner(element)
    if kind in ("text", "text/plain") and "<" in (found := xml.text(element)):
        # Declared (or defaulted) plain, yet with markup: Atom 0.3 and careless feeds. Escaped only without tags.
        return found if plain.has_markup(found) else plain.escape(found)
    return xml.text(element) if kind in ("text", "html") or kind.startswith("text/") else ""


def _rss_item(item: xml.Element, core: str, context: Context) -> Link | None:
    fields = _fields(item, core)
    address = _rss_address(item, fields, context)
    if not address:
        return None
    described, body = "", ""
    for element in fields.get("description", ()):
        described = described or _markup(element)
    for name in _told(tuple(fields)).bodies:
        for element in fields[name]:
            body = body or _markup(element)
    summary = plain.summary(
        described or _first(fields, ("dc:description", "atom:summary", "itunes:summary", "media:description"))
    )
    if not body and len(summary) >= FULL_TEXT and _BLOCKS.search(described):
        body = described
    return _link(item, fields, context, address=address, summary=summary, body=body)


def _markup(element: xml.Element) -> str:
    return xml.inner(element) if len(element) else xml.text(element)


def _rss_address(item: xml.Element, fields: Fields, context: Context) -> str:
    """<link>; else a permalink guid, atom:link, rdf:about; at last feedburner's, or any guid that is a URL."""
    base = context.base if context.plain else _base(item, context.base)
    for element in fields.get("link", ()):
        told = xml.text(element) or str(element.get("href", ""))
        if told and (found := url.resolve(base if context.plain else _base(element, base), told)):
            return found
    guids = fields.get("guid", ())
    for guid in guids:
        if str(guid.get("isPermaLink", "true")).strip().lower() == "true" and (found := absolute(xml.text(guid))):
            return found
    if found := _atom_address({"atom:link": fields.get("atom:link", [])}, base):
        return found
    # Asked by name: lxml walks the list of attributes in quadratic time.
    for name in (f"{{{xml.NAMESPACES['rdf']}}}about", "about", "href", "HREF"):
        if (named := item.get(name)) and (about := url.resolve(base, str(named))):
            return about
    others = [xml.text(element) for name in ("feedburner:origlink", "guid") for element in fields.get(name, ())]
    return next((found for text in others if (found := absolute(text))), "")


# Everything else


def _loose(text: str, page: Page) -> Found:
    """What is no XML any more: to feedparser while it is small enough for it (it is quadratic), else to libxml2."""
    if len(text) > MOST_LOOSE or text.count("&") + text.count("<") > MOST_LOOSE_MARKS:
        root = xml.recovered(text)
        return _tree(root, page) if root is not None else Found()
    markup.check(text)

    def time_of(lang: str) -> Callable[[str], Moment | None]:
        return Context.of(page, lang).time

    return loose.read(xml.mended(xml.bare(text)), page.url, time_of, MOST_ENTRIES)
