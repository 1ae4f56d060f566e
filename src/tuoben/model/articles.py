"""What is read from a page, where it belongs among the others, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from .pages import Capture, Link, Moment, Precision, State


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """Where one site keeps what general rules cannot find: CSS selectors, on some of its addresses, for some time."""

    name: str
    """Of the file it stands in."""
    host: str
    path: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    body: str = ""
    drop: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """(field, selector or selector@attribute)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a page before it is read; each may be empty."""

    link: Link | None = None
    source_name: str = ""
    category: str = ""
    """The operator's category for the source."""
    twins: tuple[str, ...] = ()
    """Host names on which the publisher shows the same works (SourceSettings.twins)."""
    rule: SiteRule | None = None
    """The site rule for this address at the time of its capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A person or outlet in a by-line. `role`: reporter, correspondent, photographer, editor, author, translator,
    video, outlet."""

    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of the body (or the lead image), as the page tells it. `url` is absolute."""

    url: str
    alt: str = ""
    caption: str = ""
    lead: bool = False
    alt_repeats_title: bool = False
    """The alt is nothing but the headline: shown to nobody, kept as told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the publisher asked for this item (law 5)."""

    noarchive: bool = False
    tdm_reserved: bool = False
    tdm_policy: str = ""
    """URL of the publisher's terms for text and data mining."""
    tdm_origin: str = ""
    """Where the reservation, or its absence, was said: "meta", "header", "well-known"; "" when nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says: the extracted content of an article, derived from the capture and never replacing it."""

    url: str
    state: State
    canonical: str = ""
    title: str = ""
    column: str = ""
    """栏目: the series that the headline stands in ("厅局长访谈｜…")."""
    published: Moment | None = None
    modified: Moment | None = None
    source: str = ""
    """来源: whom the page credits with the text."""
    publisher: str = ""
    """The site itself, as the page names it (og:site_name, JSON-LD publisher)."""
    category: str = ""
    """As the page tells it: breadcrumb, section meta, URL."""
    authors: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    reprinted_from: str = ""
    original_title: str = ""
    """原标题: the headline at the outlet it was reprinted from."""
    lang: str = ""
    """BCP 47: zh-Hans, zh-Hant, en, ja …; "" when unknown."""
    text: str = ""
    """The body as plain text, blocks separated by a blank line; no image alts, no captions."""
    places: tuple[str, ...] = ()
    """For each block of `text`, in order, where it stands in the capture: the CSS path of its element in the page as
    parsed ("html>body:nth-of-type(1)>…"). Empty when the body was read from data."""
    beside: str = ""
    """Digests of the blocks that stand around the story and are not in `text` (tuoben.beside): what was left out may
    be told from what was not there."""
    html: str = ""
    """The body as clean structured HTML from the same blocks. Not yet sanitised: the face does that (law 4)."""
    description: str = ""
    images: tuple[Image, ...] = ()
    requisites: tuple[str, ...] = ()
    """Absolute URLs of what the original look needs: style sheets and images; fonts come with the style sheets."""
    keywords: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    """Absolute URLs that the page names as itself in another dress: AMP, mobile, print, in full."""
    refresh: str = ""
    """Absolute URL to which the page sends every reader within seconds: a redirect in the guise of a page."""
    next_pages: tuple[str, ...] = ()
    """The further pages of a multi-page article, in order, as this page links them."""
    policy: Policy = Policy()
    flags: tuple[str, ...] = ()
    """What a reader of the record should know: "paywall", "charset-mislabelled", "body-from-json", …"""
    origins: dict[str, str] = field(default_factory=dict)
    """Field name → where its value was read: "json-ld", "meta", "markup", "text", "url", "listing", "header"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one page of a source gave, for the quality watch. `fields`: names of what it had, "article" among them when
    it gave one at all; `size`: letters of its body, 0 without one."""

    fields: frozenset[str]
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Keys by which copies of a text find each other: signed integers of 64 bits, as a row holds them."""

    exact: int | None = None
    """Of the normalised text; equal for the same text up to width, 简繁, spacing and punctuation. None without text."""
    passages: tuple[int, ...] = ()
    """Of passages chosen by what they say: two near copies share some of them with high probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A stored article that shares a key with the one to be placed."""

    id: str
    group: str
    """Its reprint group, "" when it stands alone."""
    title: str
    text: str
    captured: datetime


class CategoryOrigin(StrEnum):
    """Who says what category an article has, the one that counts most first."""

    DESK = "desk"
    """A person, of this article."""
    MAP = "map"
    """A person, of this section of its source."""
    SOURCE = "source"
    """The operator, of everything from its source."""
    PAGE = "page"
    LISTING = "listing"
    CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article belongs among those already stored, and what that changes for them."""

    category: str
    category_origin: str = ""
    """Who says so: CategoryOrigin.PAGE, LISTING or SOURCE; "" when nobody does."""
    section: str = ""
    """The word from which the category is read, as the page, else the listing, has it."""
    group: str = ""
    """Reprint group: the id of the article that first formed it; "" when the article stands alone."""
    joins: tuple[str, ...] = ()
    """Ids of stored articles that enter (or move to) `group` with this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A stored article as lists show it."""

    id: str
    url: str
    """As fetched."""
    canonical: str
    title: str
    column: str
    source: str
    """来源 as the page credits it, else the name of the site it was collected from."""
    site: str
    """Id (slug) of the source it was collected from: `/s/<site>/`."""
    site_name: str
    category: str
    """未分类 is stored as ""."""
    category_origin: str = ""
    """Who says so (CategoryOrigin)."""
    category_sure: float = 0.0
    """The classifier's probability, when it says so."""
    published: Moment | None
    captured: datetime
    """Snapshot time of the revision shown."""
    lang: str
    lead: str = ""
    """The first sentences of the body, plain text, at most 120 characters."""
    image: str = ""
    """Original URL of the lead image when a capture of it is held."""
    copies: int = 0
    """How many other articles are in its reprint group."""
    group: str = ""
    """The reprint group, "" when it stands alone."""

    @property
    def when(self) -> datetime:
        """The time that lists are ordered by: published if known and not later than the snapshot, else captured."""
        if self.published and self.published.precision is not Precision.DAY:
            return min(self.published.value, self.captured)
        return self.captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the reading page of one stored article needs."""

    card: Card
    article: Article
    capture: Capture
    first_captured: datetime
    revision: int
    """Number of the revision shown, counted from 1."""
    revisions: int
    gone_since: datetime | None = None
    """When the source was first seen to have removed it."""
    gone_why: str = ""
    """How that was seen (Outcome.gone)."""
    reprints: tuple[Card, ...] = ()
    held: frozenset[str] = frozenset()
    """Original URLs of the requisites that the archive holds."""
