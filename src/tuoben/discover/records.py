"""What discovery gives back."""

from __future__ import annotations

from dataclasses import dataclass

from tuoben.model import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one listing announces. All URLs are absolute."""

    links: tuple[Link, ...] = ()
    """Feeds and section pages: in the order of the listing. Sitemaps: newest first, undated ones last."""
    doubtful: tuple[Link, ...] = ()
    """Section pages: further links, which are articles' only if what is known of the page says so."""
    title: str = ""
    """The listing's or publication's name, plain text."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs (feeds)."""
    sitemaps: tuple[str, ...] = ()
    """Of a sitemap index: the sitemaps it names, the most recently changed first."""
    next_page: str = ""
    """RFC 5005 next page or previous archive of a feed; the following page of a section. "" when there is none."""
    self_url: str = ""
    """The feed's own URL as it says (rel=self): the WebSub topic."""
    lang: str = ""
    comments: bool = False
    """A feed of readers' comments, not of articles: no listing of a source."""
    podcast: bool = False
    """A feed of sound recordings: no listing of a source either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A listing that an HTML page tells of."""

    url: str
    kind: str
    """"feed" or "sitemap"."""
    title: str = ""
