"""Stored pages and style sheets turned to the replay origin's addresses. Pure, without Django: it runs in a child."""

from __future__ import annotations

import re

from tuoben import markup
from tuoben.archive.replay import rewrite_css, rewrite_html
from tuoben.web import addresses

MODES = {"page": "", "image": "im_", "style": "cs_", "font": "oe_"}
"""What a reference is used as → the mark in its replay address (pywb's)."""

OUTSIDE = (
    '<style>a[data-outside]::after{content:"\\2197";font:.7em/1 sans-serif;vertical-align:super;opacity:.7}</style>'
)
"""The mark of a link that leaves the archive."""


def page(body: bytes, coding: str, content_type: str, base: str, stamp: str) -> tuple[bytes, tuple[str, ...]]:
    """A stored page without anything that acts, and the URLs that it links to.

    Every link is written as if the archive held it; `settle` afterwards gives back the others. Raises LimitExceeded.
    """
    linked: dict[str, None] = {}

    def link(url: str, role: str) -> str:
        if role == "page":
            linked[url] = None
        return addresses.replay_path(stamp, url, MODES.get(role, "oe_"))

    text = markup.decode(markup.inflate(body, coding), content_type).text
    return rewrite_html(text, base, link=link), tuple(linked)


def sheet(body: bytes, coding: str, content_type: str, base: str, stamp: str) -> bytes:
    """A stored style sheet, as UTF-8. Raises LimitExceeded."""
    text = markup.decode(markup.inflate(body, coding), content_type).text

    def link(url: str, role: str) -> str:
        return addresses.replay_path(stamp, url, MODES.get(role, "oe_"))

    return rewrite_css(text, base, link=link).encode("utf-8", "replace")


def settle(html: bytes, stamp: str, outside: dict[str, str]) -> bytes:
    """The page with the links that leave the archive put back and marked. `outside`: escaped replay path → URL."""
    pattern = re.compile(rb'href="(/web/' + stamp.encode() + rb'/[^"]*)" target="_top"')

    def place(match: re.Match[bytes]) -> bytes:
        url = outside.get(match[1].decode())
        if url is None:
            return match[0]
        return b'href="' + url.encode() + b'" target="_top" rel="nofollow noreferrer" data-outside=""'

    settled = pattern.sub(place, html)
    head, found, rest = settled.partition(b'<head><meta charset="utf-8">')
    return head + found + OUTSIDE.encode() + rest if found and outside else settled
