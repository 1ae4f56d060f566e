"""What a page allows: noarchive and the reservation of text and data mining, from its head and its headers (law 5)."""

from __future__ import annotations

import re
from typing import Final

from tuoben import tdm
from tuoben import url as urls
from tuoben.extract.metadata import Meta
from tuoben.model import Page, Policy

AGENTS: Final = frozenset({"*", "tuoben"})
"""To whom a directive that names its agent must be said to concern us."""
CLOSED: Final = frozenset({"noarchive", "nocache", "none"})
"""`nocache` is another engine's word for it; `none` asks for nothing at all to be shown, so it is taken for it, too."""
VALUED: Final = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview", "googleon"})
"""Directives that have a value behind a colon: what stands before it is no agent."""
_DIRECTIVE: Final = re.compile(r"[\s,;]+")


def policy(page: Page, meta: Meta) -> Policy:
    """The policy that a page declares. X-Robots-Tag may name an agent ("tuoben: noarchive"): those of others are not
    ours. What is said in the page goes before what is said in a header, which goes before the host's file (TDMRep)."""
    closed = any(
        CLOSED & set(_DIRECTIVE.split(value.lower()))
        for name in ("robots", *AGENTS)
        for value in meta.lists.get(name, [])
    )
    closed = closed or any(CLOSED & _for_us(value) for name, value in page.headers if name.lower() == "x-robots-tag")
    told = (
        ("meta", meta.first("tdm-reservation"), meta.first("tdm-policy")),
        ("header", page.header("tdm-reservation"), page.header("tdm-policy")),
    )
    for origin, value, terms in told:
        reserved = tdm.reservation(value)
        if reserved is not None:
            address = urls.resolve(page.url, terms) if terms.strip() else None
            return Policy(noarchive=closed, tdm_reserved=reserved, tdm_policy=address or "", tdm_origin=origin)
    return Policy(noarchive=closed)


def _for_us(value: str) -> set[str]:
    """The directives of one X-Robots-Tag that are said to everybody or to us; an agent holds until the next one."""
    ours = True
    found: set[str] = set()
    for part in value.lower().split(","):
        head, colon, rest = part.partition(":")
        if colon and head.strip() not in VALUED:
            ours, part = head.strip() in AGENTS, rest
        if ours:
            found.update(word for word in _DIRECTIVE.split(part) if word)
    return found
