"""Discovery: which links a listing announces, and which listings a site has. Pure: pages in, records out.

The functions meet hostile bytes, so they run in the runner's children; each raises LimitExceeded for what goes over the
limits of markup and gives an empty result for what is not of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tuoben import markup
from tuoben.discover import feed, section, sitemap, xml
from tuoben.discover.announce import alternates, site_name, usual_groups, usual_places
from tuoben.discover.records import Announced, Found
from tuoben.model import Page

__all__ = (
    "KINDS",
    "Announced",
    "Found",
    "alternates",
    "links",
    "site_name",
    "sniff",
    "usual_groups",
    "usual_places",
)

KINDS: Mapping[str, Callable[[Page], Found]] = MappingProxyType(
    {"feed": feed.links, "sitemap": sitemap.links, "section": section.links}
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


def sniff(page: Page) -> str:
    """Which kind of listing a page is by its bytes: "feed", "sitemap", "section" (any HTML page), or "" for none."""
    body = markup.inflate(page.body, page.content_encoding, sitemap.LIMITS)
    if body[:2] == b"\x1f\x8b":
        body = markup.inflate(body, "gzip", sitemap.LIMITS)
    text = markup.decode(body[:_LOOK], page.content_type).text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return "feed" if "jsonfeed.org/version" in text or re.search(r'"items"\s*:\s*\[', text) else ""
    if not text.startswith("<"):
        lines = [line.strip() for line in text.splitlines()[:20] if line.strip()]
        addresses = [line for line in lines if re.match(r"https?://\S+$", line, re.I)]
        return "sitemap" if lines and len(addresses) >= max(1, len(lines) - 1) else _html(text)
    return _ROOTS.get(xml.root_name(text), "") or _html(text)


def _html(text: str) -> str:
    return "section" if re.search(r"<(?:!doctype\s+html|html|head|body|title|meta|div|a)\b", text, re.I) else ""
