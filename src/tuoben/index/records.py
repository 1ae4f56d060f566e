"""What goes into the index and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An article as it is indexed. Nothing of it is kept in readable form but `id`."""

    id: str
    title: str
    text: str
    published: datetime
    """The time lists are ordered by and bounded with (`Card.when`); aware."""
    captured: datetime
    """When the archive first held it; aware. Bounds `as_of`."""
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


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. Scores compare only within one search."""

    id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search found: `total` in all, `hits` the part asked for; `loosened` as in `query.Query.loosened`."""

    total: int = 0
    hits: tuple[Hit, ...] = ()
    loosened: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in order."""
        return tuple(hit.id for hit in self.hits)
