"""Sitemaps (sitemaps.org 0.9), news sitemaps, index files, URL lists as text; also gzipped, and feeds in their stead.

Read as a stream and leniently: names count, namespaces do not, and what cannot be read is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import lru_cache
from heapq import heappush, heappushpop
from itertools import chain

from tuoben import markup, url
from tuoben.discover import dates, feed, plain, urlshape, xml
from tuoben.discover.records import Found
from tuoben.model import Link, Moment, Page

LIMITS = replace(markup.DEFAULT, size=256 * markup.MiB)
"""Five times what sitemaps.org allows; it is read in pieces, so the memory does not grow with it."""
MOST_LINKS = 5_000
"""The newest so many are given; sitemaps.org allows ten times as many in one file."""
MOST_LOOKED_AT = 20_000
"""The newest so many are looked at closely: some of them are pages that are no articles."""
MOST_OF_THE_PAST = 50_000
"""Of a site's past all are given: as many as sitemaps.org allows in one file."""
MOST_SITEMAPS = 50_000
FEED_ROOTS = frozenset(("rss", "feed", "rdf"))
_ENTRIES = frozenset(("url", "sitemap"))
_ISO = re.compile(r"\d{4}-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)?", re.A)
_LATER_KINDS = re.compile(
    r"(?:image|video|author|user|people|tag|categor|cat|taxonom|topic|section|page|product|static|gallery)s?"
    r"(?=[-_.\d]|sitemap|$)",
    re.I,
)


@dataclass(slots=True)
class _Newest:
    """The newest entries that went by, whatever their number; undated ones count as older, the first as the newest."""

    most: int = MOST_LINKS
    looked_at: int = MOST_LOOKED_AT
    heap: list[tuple[str, int, str, str, Link | None]] = field(default_factory=list)
    count: int = 0

    def add(self, address: str, when: str = "", link: Link | None = None) -> None:
        """An address with its lastmod as told; a news sitemap's entry comes as a link."""
        self.count += 1
        told = link.published.value.astimezone(UTC).isoformat() if link is not None and link.published else when
        one = (_sortable(told), -self.count, address, when, link)
        if len(self.heap) < self.looked_at:
            heappush(self.heap, one)
        else:
            heappushpop(self.heap, one)

    def links(self, page: Page) -> tuple[Link, ...]:
        """Each URL once, without what is surely no article, newest first; undated ones keep their order at the end."""
        found: dict[str, Link] = {}
        for _, _, address, when, link in sorted(self.heap, reverse=True):
            link = link or _plain_link(address, when, page)
            if link is not None and link.likelihood > 0:
                found.setdefault(link.url, link)
            if len(found) >= self.most:
                break
        return tuple(sorted(found.values(), key=_time_of, reverse=True))


def past(page: Page) -> Found:
    """The same with all URLs of a sitemap."""
    return links(page, MOST_OF_THE_PAST)


def links(page: Page, most: int = MOST_LINKS) -> Found:
    """The newest URLs of a sitemap, newest first where it tells times, or the sitemaps of an index.

    A plain sitemap names every page of a site: what is surely no article is left out, the rest carries `likelihood`.
    Raises LimitExceeded for bombs.
    """
    texts = markup.decoding(markup.inflating(page.body, page.content_encoding, LIMITS), page.content_type)
    start = next(texts, "").lstrip("\ufeff \t\r\n")
    while not start and (more := next(texts, None)) is not None:
        start = more.lstrip("\ufeff \t\r\n")
    whole = chain([start], texts)
    if not start.startswith("<"):
        return _listed(whole, page, _Newest(most, max(most, MOST_LOOKED_AT)))
    if xml.root_name(start) in FEED_ROOTS:
        text = "".join(whole)
        return feed.links(replace(page, body=text.encode("utf-8", "replace"), content_encoding="", content_type=""))
    return _read(whole, page, _Newest(most, max(most, MOST_LOOKED_AT)))


def head(page: Page) -> bytes:
    """The first bytes of a document that may be a long one, inflated. Raises LimitExceeded."""
    return next(markup.inflating(page.body, page.content_encoding, LIMITS), b"")


def _listed(texts: Iterable[str], page: Page, newest: _Newest) -> Found:
    """One URL on each line."""
    rest = ""
    for text in chain(texts, ["\n"]):
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            line = line.strip("\ufeff \t\0\r")
            if line[:8].lower().startswith(("http://", "https://")):
                newest.add(line)
        rest = rest[-8192:]
    return Found(links=newest.links(page))


def _read(texts: Iterable[str], page: Page, newest: _Newest) -> Found:
    sitemaps: list[tuple[str, Moment | None]] = []
    name = ""
    for element in xml.stream(texts, _ENTRIES):
        address, when, news = _told(element)
        if not address:
            continue
        if xml.local(element) == "sitemap":
            if len(sitemaps) < MOST_SITEMAPS and (absolute := url.resolve(page.url, address)):
                sitemaps.append((absolute, _moment(when, page)))
        elif news is None:
            newest.add(address, when)
        else:
            link, publication = _news(news, address, when, page)
            name = name or publication
            if link is not None:
                newest.add(address, when, link)
    return Found(links=newest.links(page), title=name, sitemaps=_ordered(sitemaps))


def _told(element: xml.Element) -> tuple[str, str, xml.Element | None]:
    """<loc> (or the element's own text where <loc> was forgotten), <lastmod> and <news:news>."""
    address, when, news = "", "", None
    for child in element:
        name = _local(child.tag)
        if name == "loc":
            address = address or xml.text(child)
        elif name == "lastmod":
            when = xml.text(child)
        elif name == "news":
            news = child
    return address or (element.text or "").strip(), when[:60], news


@lru_cache(maxsize=256)
def _local(tag: str) -> str:
    return re.split(r"[}:]", tag)[-1].lower()


def _sortable(told: str) -> str:
    """A time as told, so that a later one is a greater text: to the day for certain, which is enough to choose by."""
    if not told or _ISO.match(told):
        return told[:19]
    found = dates.moment(told)
    return found.value.isoformat()[:19] if found else ""


def _moment(told: str, page: Page, lang: str = "") -> Moment | None:
    parsed = url.parse(page.url) if told else None
    zone = dates.usual_zone(lang, parsed.hostname) if parsed else UTC
    return dates.moment(told, zone=zone, now=page.fetched_at) if told else None


def _plain_link(address: str, when: str, page: Page) -> Link | None:
    absolute = url.resolve(page.url, address)
    if not absolute or not (likelihood := urlshape.likelihood(absolute)):
        return None
    return Link(url=absolute, modified=_moment(when, page), likelihood=likelihood)


def _news(news: xml.Element, address: str, when: str, page: Page) -> tuple[Link | None, str]:
    """An entry of a news sitemap, and the name of the publication that it gives."""
    absolute = url.resolve(page.url, address)
    if not absolute:
        return None, ""
    told = {_local(child.tag): xml.text(child) for child in news}
    publication = next((child for child in news if _local(child.tag) == "publication"), None)
    inside = {_local(child.tag): xml.text(child) for child in publication} if publication is not None else {}
    lang = inside.get("language", "")[:35]
    keywords = (plain.title(word) for word in re.split(r"[,，、;；]", told.get("keywords", "")[:4000]))
    link = Link(
        url=absolute,
        title=plain.title(told.get("title", "")),
        published=_moment(told.get("publication_date", ""), page, lang),
        modified=_moment(when, page),
        categories=tuple(dict.fromkeys(word for word in keywords if word))[:100],
        lang=lang,
    )
    return link, plain.title(inside.get("name", ""))


def _time_of(link: Link) -> float:
    moment = link.published or link.modified
    return moment.value.timestamp() if moment else float("-inf")


def _ordered(sitemaps: list[tuple[str, Moment | None]]) -> tuple[str, ...]:
    """The sitemaps of an index, those that are most likely to name new articles first.

    By their times; undated ones by the numbers in their names (2026-11 before 2026-10, 42 before 41, the one without a
    number before them). Those of images, authors, tags and the like come last.
    """

    def rank(one: tuple[str, Moment | None]) -> tuple[bool, float, bool, tuple[int, ...]]:
        address, moment = one
        name = _name(address)
        numbers = tuple(int(part) for part in re.findall(r"\d{1,12}", name))
        return (
            not _LATER_KINDS.search(name),
            moment.value.timestamp() if moment else float("-inf"),
            not numbers,
            numbers,
        )

    return tuple(dict.fromkeys(address for address, _ in sorted(sitemaps, key=rank, reverse=True)))


def _name(address: str) -> str:
    """What of a sitemap's address tells it from the others: the file's name and the query."""
    parsed = url.parse(address)
    return f"{parsed.path.rpartition('/')[2]}?{parsed.query}" if parsed else ""
