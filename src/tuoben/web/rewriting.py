"""Stored pages and style sheets turned to the replay origin's addresses. Pure, without Django: it runs in a child."""

from __future__ import annotations

import html
from collections.abc import Container
from typing import NamedTuple

from tuoben import markup
from tuoben import url as urls
from tuoben.archive.replay import rewrite_css, rewrite_html
from tuoben.web import addresses

MODES = {"page": "", "image": "im_", "style": "cs_", "font": "oe_"}
"""What a reference is used as → the mark in its replay address (pywb's)."""

_HEAD = b'<head><meta charset="utf-8">'
_OUTSIDE = (
    b'<style>a[data-outside]::after{content:"\\2197";font:.7em/1 sans-serif;vertical-align:super;opacity:.7}</style>'
)
"""The mark of a link that leaves the archive."""
_LEAVING = b'" data-outside="" rel="nofollow noreferrer'
"""What such a link says behind its address."""


Leading = tuple[str, bytes, bytes]
"""A link of a page: the key (`url.key`) of the address that it leads to, that address as a part of one of ours, for
when the archive holds it, and as it is; both are escaped."""


class Written(NamedTuple):
    """A page without anything that acts: pieces of text, and between each two of them the link of that number."""

    pieces: list[bytes]
    order: list[int]
    links: list[Leading]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return sum(map(len, self.pieces)) + 50 * len(self.order) + 300 * len(self.links)


def page(body: bytes, coding: str, content_type: str, base: str, stamp: str) -> Written:
    """A stored page without anything that acts. Which of its links stay in the archive, `settled` says.

    Raises LimitExceeded.
    """
    numbers: dict[str, int] = {}

    def link(url: str, role: str) -> str:
        if role == "page":  # its number, between signs that no page has
            return f"\0{numbers.setdefault(url, len(numbers))}\0"
        return addresses.replay_path(stamp, url, MODES[role])

    written = rewrite_html(markup.inflate(body, coding), base, link=link, content_type=content_type)
    found = written.split(b"\0")
    pieces, order, links = found[::2], [int(number) for number in found[1::2]], [_leading(url) for url in numbers]
    for at, number in enumerate(order):
        if pieces[at + 1].startswith(b"#"):
            fragment, sign, rest = pieces[at + 1].partition(b'"')
            key, within, outside = links[number]
            pieces[at + 1], order[at] = sign + rest, len(links)
            links.append((key, within + fragment, outside + fragment))
    return Written(pieces, order, links)


def _leading(url: str) -> Leading:
    outside = html.escape(url).encode()
    quoted = addresses.inside(url)
    return urls.key(url), outside if quoted == url else html.escape(quoted).encode(), outside


def settled(page: Written, stamp: str, held: Container[str]) -> bytes:
    """The page, its links that leave the archive as they were, and marked. `held`: the keys of those that stay."""
    before = addresses.replay_path(stamp, "").encode()
    links = [before + within if key in held else outside + _LEAVING for key, within, outside in page.links]
    parts = [b""] * (len(page.pieces) + len(page.order))
    parts[::2] = page.pieces
    parts[1::2] = [links[number] for number in page.order]
    if any(key not in held for key, _, _ in page.links):
        parts[0] = parts[0].replace(_HEAD, _HEAD + _OUTSIDE, 1)
    return b"".join(parts)


def sheet(body: bytes, coding: str, content_type: str, base: str, stamp: str) -> bytes:
    """A stored style sheet, as UTF-8. Raises LimitExceeded."""
    text = markup.decode(markup.inflate(body, coding), content_type).text

    def link(url: str, role: str) -> str:
        return addresses.replay_path(stamp, url, MODES[role])

    return rewrite_css(text, base, link=link).encode("utf-8", "replace")
