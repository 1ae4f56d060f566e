"""Full texts that listings carry: measured when a listing is read, taken out again when the page is not to be had.

A feed may hold the whole article. The text stays where it was captured, in the feed's record; a link that travels says
only how long it is and in which record it stands (`Link.length`, `Link.entry`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from dataclasses import replace

from tuoben import url
from tuoben.discover import headline, plain
from tuoben.discover.records import Found
from tuoben.model import Link, Page

FULL = 400
"""Characters (an East Asian one counts twice) from which the text of an entry is taken for the article's."""
LONGEST_SUMMARY = 1000
LONGEST_ENTRY = 2_000_000
_TAG = re.compile(r"<[^<>]{0,4000}>")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_MORE = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|(?:continue |keep )?read(?:ing)? (?:more|the rest)\W*|阅读(?:全文|更多|原文)\W*"
    r"|查看全文\W*)$",
    re.I,
)


def length(body: str) -> int:
    """How much running text a piece of HTML holds; 0 for an excerpt that says that it is one."""
    if len(body) < FULL // 2:
        return 0
    shown = plain.line(html.unescape(_TAG.sub(" ", body[:LONGEST_ENTRY])))
    if _MORE.search(shown[-60:]) or headline.is_cut(shown[-20:]):
        return 0
    return len(shown) + len(_WIDE.findall(shown))


def measured(found: Found) -> Found:
    """The same without full texts and with short summaries: what is kept of each link, in rows and in the WARC."""
    return replace(found, links=tuple(_measured(link) for link in found.links))


def _measured(link: Link) -> Link:
    if not link.body_html and len(link.summary) <= LONGEST_SUMMARY:
        return link
    return replace(link, body_html="", summary=link.summary[:LONGEST_SUMMARY], length=length(link.body_html))


def bodies(read: Callable[[Page], Found], page: Page, addresses: Collection[str]) -> dict[str, str]:
    """Of a listing as it was captured: address as announced → the HTML that its entry holds."""
    wanted = {url.canonical(address): address for address in addresses}
    found = {}
    for link in read(page).links:
        address = wanted.get(url.canonical(link.url))
        if address and address not in found and link.body_html:
            found[address] = link.body_html[:LONGEST_ENTRY]
    return found


def document(link: Link, body: str, listing: Page) -> Page:
    """An entry as a page that can be read like any other: its headline and its text, nothing else.

    The headers that tell what the publisher asks for (noarchive, TDM) are those of the listing.
    """
    lang = f' lang="{html.escape(link.lang)}"' if link.lang else ""
    title = html.escape(link.title)
    text = (
        f'<!doctype html><html{lang}><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )
    return Page(
        url=link.url,
        body=text.encode("utf-8", "replace"),
        content_type="text/html; charset=utf-8",
        headers=listing.headers,
        fetched_at=listing.fetched_at,
    )
