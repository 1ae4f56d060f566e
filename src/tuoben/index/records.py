"""What goes into the index and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """A revision that was replaced: found only as of a time from `since` until before `until`; both aware."""

    number: int
    since: datetime
    until: datetime
    title: str
    text: str
    column: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An article as it is indexed. Nothing of it is kept in readable form but `id`."""

    id: str
    title: str
    text: str
    published: datetime
    """The time lists are ordered by and bounded with (`Card.when`); aware."""
    captured: datetime
    """Since when the archive has held it as it is; aware. Bounds `as_of`."""
    announced_title: str = ""
    """The headline as a listing announced it."""
    column: str = ""
    source: str = ""
    """来源: whom the page credits."""
    site: str = ""
    """Slug of the source it was collected from."""
    category: str = ""
    lang: str = ""
    authors: tuple[str, ...] = ()
    url: str = ""
    canonical: str = ""
    older: tuple[Older, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a search is limited to. `category`, `site`, `lang` and `source` (来源 or site) are compared whole, width and
    case apart; `since` is included, `until` is not; `as_of` looks in what the archive held then, old revisions too."""

    category: str = ""
    source: str = ""
    site: str = ""
    lang: str = ""
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the articles found have a value; `key` is normalised, "" stands for those without one."""

    key: str
    articles: int


@dataclass(frozen=True, slots=True)
class Bar:
    """How many of the articles found are of a time: `start` is included, `end` is not; both in the zone asked for."""

    start: datetime
    end: datetime
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """All that was found, counted: by category, site and language, most first; and over time, without gaps.

    `unit`: "day", "month" or "year", whatever shows the whole in at most some sixty bars.
    """

    categories: tuple[Count, ...] = ()
    sites: tuple[Count, ...] = ()
    langs: tuple[Count, ...] = ()
    bars: tuple[Bar, ...] = ()
    unit: str = "day"


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. Scores compare only within one search. `revision`: number of an old one, 0 for the newest."""

    id: str
    score: float
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search found: `total` in all, `hits` the part asked for; `loosened` as in `query.Query.loosened`."""

    total: int = 0
    hits: tuple[Hit, ...] = ()
    loosened: str = ""
    facets: Facets = Facets()
    """Counts over all that was found, when they were asked for."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in order."""
        return tuple(hit.id for hit in self.hits)
