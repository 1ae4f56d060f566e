"""Discovery: which links a listing announces, and which listings a site has. Pure: pages in, records out.

The functions meet hostile bytes, so they run in the runner's children; each raises LimitExceeded for what goes over the
limits of markup and gives an empty result for what is not of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tuoben import markup
from tuoben.discover import entries, feed, learned, older, section, sitemap, xml
from tuoben.discover.announce import alternates, site_name, usual_groups, usual_places, worth_reading
from tuoben.discover.entries import FULL, document
from tuoben.discover.records import Announced, Found
from tuoben.discover.urlshape import pattern as form
from tuoben.model import Learned, Page

__all__ = (
    "FULL",
    "KINDS",
    "Announced",
    "Found",
    "alternates",
    "announced",
    "before",
    "bodies",
    "document",
    "form",
    "links",
    "site_name",
    "sniff",
    "usual_groups",
    "usual_places",
    "worth_reading",
)


def _dated(page: Page) -> Found:
    """A page of a date archive: a feed, a sitemap or, most often, a section page."""
    kind = sniff(page) or "section"
    return sitemap.past(page) if kind == "sitemap" else KINDS[kind](page)


KINDS: Mapping[str, Callable[[Page], Found]] = MappingProxyType(
    {"feed": feed.links, "sitemap": sitemap.links, "section": section.links, "dates": _dated}
)
"""The kinds of listing, each with its reader."""

_LOOK = 64 * 1024
_ROOTS = {
    "rss": "feed", "feed": "feed", "rdf": "feed", "channel": "feed",
    "urlset": "sitemap", "sitemapindex": "sitemap",
}  # fmt: skip


def links(kind: str, page: Page) -> Found:
    """What a listing of a kind in KINDS announces. Raises LimitExceeded; KeyError for another kind."""
    return KINDS[kind](page)


def announced(kind: str, page: Page, known: Learned | None = None) -> tuple[Found, Learned | None]:
    """What a listing announces in the light of earlier visits, and what is known of it after this one.

    The links carry the measure of a full text, not the text: `bodies` takes it out of the same page again.
    """
    found = links(kind, page)
    if kind != "section":
        return entries.measured(found), None
    found = learned.choose(found, known or Learned())
    return found, learned.visited(known or Learned(), found)


def before(kind: str, page: Page) -> tuple[Found, str]:
    """What a page of a listing's past announces, and the page behind it ("" for none): read for what it says alone."""
    found = sitemap.past(page) if kind == "sitemap" else links(kind, page)
    return entries.measured(found), older.page_behind(found, page, kind)


def bodies(kind: str, page: Page, addresses: tuple[str, ...]) -> dict[str, str]:
    """The full texts that a listing carries for some of its links: address as announced → HTML, hostile."""
    return entries.bodies(KINDS[kind], page, addresses)


def sniff(page: Page) -> str:
    """Which kind of listing a page is by its bytes: "feed", "sitemap", "section" (any HTML page), or "" for none."""
    text = markup.decode(sitemap.head(page)[:_LOOK], page.content_type).text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return "feed" if "jsonfeed.org/version" in text or re.search(r'"items"\s*:\s*\[', text) else ""
    if not text.startswith("<"):
        lines = [line.strip() for line in text.splitlines()[:20] if line.strip()]
        addresses = [line for line in lines if re.match(r"https?://\S+$", line, re.I)]
        return "sitemap" if lines and len(addresses) >= max(1, len(lines) - 1) else _html(text)
    return _ROOTS.get(xml.root_name(text), "") or _html(text)


def _html(text: str) -> str:
    return "section" if re.search(r"<(?:!doctype\s+html|html|head|body|title|meta|div|a)\b", text, re.I) else ""
