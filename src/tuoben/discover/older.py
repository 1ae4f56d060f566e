"""The page behind a page of a listing: RFC 5005's archives and pages, JSON Feed's next_url, WordPress's count."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tuoben.discover.records import Found
from tuoben.model import Page

_WORDPRESS = re.compile(r"\bwordpress\b", re.I)
_ITS_FEEDS = re.compile(r"/feed/?(?:(?:rss2?|atom|rdf)/?)?(?=$|\?)|[?&]feed=(?:rss2?|atom|rdf)\b", re.I)


def page_behind(found: Found, page: Page, kind: str) -> str:
    """Where the past goes on behind a page; "" where it says that it ends, or says nothing.

    An archive comes before a next page: pages move while one reads them, archives stand still (RFC 5005, 3 and 4).
    """
    if found.complete:
        return ""
    told = found.previous or found.next_page
    if told or kind != "feed" or not found.links:
        return told
    return _counted(page.url) if _WORDPRESS.search(found.generator) or _ITS_FEEDS.search(page.url) else ""


def _counted(address: str) -> str:
    """The next of WordPress's pages of a feed. Whether there is one is seen when it is asked for: it is no feed, or
    shows again what the page before it showed, when there is none."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    told = dict(query).get("paged", "1")
    number = int(told) + 1 if re.fullmatch(r"[0-9]{1,6}", told) else 2
    query = [(name, value) for name, value in query if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(number))]), fragment=""))
