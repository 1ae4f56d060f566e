"""Sitemaps (sitemaps.org 0.9), news sitemaps, index files, URL lists as text; also gzipped, and feeds in their stead.

Read as a stream and leniently: names count, namespaces do not, and what cannot be read is skipped.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import tzinfo

from tuoben import markup, url
from tuoben.discover import dates, feed, plain, urlshape, xml
from tuoben.discover.records import Found
from tuoben.model import Link, Moment, Page

LIMITS = replace(markup.DEFAULT, size=64 * markup.MiB)
MOST_LINKS = 100_000
"""Twice what sitemaps.org allows in one file."""
MOST_SITEMAPS = 50_000
FEED_ROOTS = frozenset(("rss", "feed", "rdf"))
_ENTRIES = frozenset(("url", "sitemap"))


def links(page: Page) -> Found:
    """The URLs of a sitemap, newest first where it tells times, or the sitemaps of an index.

    A plain sitemap names every page of a site: what is surely no article is left out, the rest carries `likelihood`.
    Raises LimitExceeded for bombs.
    """
    body = markup.inflate(page.body, page.content_encoding, LIMITS)
    for _ in range(2):
        if body[:2] == b"\x1f\x8b":
            body = markup.inflate(body, "gzip", LIMITS)
    text = markup.decode(body, page.content_type).text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _listed(text, page)
    if xml.root_name(text) in FEED_ROOTS:
        return feed.links(replace(page, body=text.encode("utf-8", "replace"), content_encoding="", content_type=""))
    return _read(text, page)


def _listed(text: str, page: Page) -> Found:
    """One URL on each line."""
    found = []
    for line in text.splitlines()[:MOST_LINKS]:
        line = line.strip("\ufeff \t\0")
        if line[:8].lower().startswith(("http://", "https://")) and (address := url.resolve(page.url, line)):
            found.append(Link(url=address, likelihood=urlshape.likelihood(address)))
    return Found(links=_chosen(found))


def _read(text: str, page: Page) -> Found:
    found: list[Link] = []
    sitemaps: list[tuple[str, Moment | None]] = []
    name = ""
    for element in xml.stream(text, _ENTRIES):
        address = _address(element, page.url)
        if not address:
            continue
        if xml.local(element) == "sitemap":
            sitemaps.append((address, _time(element, "lastmod", page)))
        else:
            link, publication = _entry(element, address, page)
            found.append(link)
            name = name or publication
        if len(found) >= MOST_LINKS or len(sitemaps) >= MOST_SITEMAPS:
            break
    sitemaps.sort(key=lambda one: _sortable(one[1]), reverse=True)
    return Found(links=_chosen(found), title=name, sitemaps=tuple(dict.fromkeys(address for address, _ in sitemaps)))


def _address(element: xml.Element, base: str) -> str:
    """<loc>, or the element's own text where <loc> was forgotten."""
    told = next((xml.text(child) for child in element if xml.local(child) == "loc"), (element.text or "").strip())
    return (url.resolve(base, told) or "") if told else ""


def _time(element: xml.Element, name: str, page: Page) -> Moment | None:
    for child in element:
        if xml.local(child) == name:
            return dates.moment(xml.text(child), zone=_zone("", page), now=page.fetched_at)
    return None


def _zone(lang: str, page: Page) -> tzinfo:
    parsed = url.parse(page.url)
    return dates.usual_zone(lang, parsed.hostname if parsed else "")


def _entry(element: xml.Element, address: str, page: Page) -> tuple[Link, str]:
    """One <url>, and the name of the publication that a news sitemap gives with it."""
    modified = _time(element, "lastmod", page)
    news = next((child for child in element if xml.local(child) == "news"), None)
    if news is None:
        return Link(url=address, modified=modified, likelihood=urlshape.likelihood(address)), ""
    told = {xml.local(child): xml.text(child) for child in news}
    publication = next((child for child in news if xml.local(child) == "publication"), None)
    inside = {xml.local(child): xml.text(child) for child in publication} if publication is not None else {}
    lang = inside.get("language", "")[:35]
    keywords = (plain.title(word) for word in re.split(r"[,，、;；]", told.get("keywords", "")[:4000]))
    link = Link(
        url=address,
        title=plain.title(told.get("title", "")),
        published=dates.moment(told.get("publication_date", ""), zone=_zone(lang, page), now=page.fetched_at),
        modified=modified,
        categories=tuple(dict.fromkeys(word for word in keywords if word))[:100],
        lang=lang,
    )
    return link, plain.title(inside.get("name", ""))


def _sortable(moment: Moment | None) -> float:
    return moment.value.timestamp() if moment else float("-inf")


def _chosen(found: list[Link]) -> tuple[Link, ...]:
    """Each URL once, without what is surely no article, newest first; undated ones keep their order at the end."""
    unique: dict[str, Link] = {}
    for link in found:
        if link.likelihood > 0:
            unique.setdefault(link.url, link)
    return tuple(sorted(unique.values(), key=lambda link: _sortable(link.published or link.modified), reverse=True))
