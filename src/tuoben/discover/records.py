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
    """The following page of a paged feed (RFC 5005 section 3, JSON Feed's next_url) or of a section; "" for none."""
    previous: str = ""
    """The archive document before this feed (RFC 5005 section 4, rel=prev-archive)."""
    archived: bool = False
    """This is such a document (fh:archive): it never changes."""
    complete: bool = False
    """The feed holds all its entries (fh:complete, RFC 5005 section 2)."""
    generator: str = ""
    """The program that made a feed, as it says."""
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
