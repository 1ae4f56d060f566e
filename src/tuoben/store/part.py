"""A part of the frontier: what a crawl is kept to, as conditions of its queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from tuoben.model import Kind
from tuoben.store.hosts import HISTORY

_QUEUED = "SELECT host FROM store_item WHERE {} AND state = 'queued' AND due_at <= %s"
_ROBOTS = "SELECT host FROM store_item WHERE rank = 0 AND state = 'queued' AND for_host IN ({})"


@dataclass(frozen=True, slots=True)
class Part:
    """What the listings of a source led to, or what belongs to some articles; everything when both are empty."""

    source: str = ""
    articles: tuple[str, ...] = ()
    history: bool = True
    """With the past of sources."""

    def hosts(self, now: Any) -> tuple[str, list[Any]]:  # noqa: ANN401 a time as the database takes it
        """A condition on hosts, with a place for each value: those that have something of it that is due."""
        if self.source:
            return f" AND authority IN ({_QUEUED.format('source_id = %s')})", [self.source, now]
        if not self.articles:
            return "", []
        own = _QUEUED.format(self._named())
        values = [*self.articles, now]  # robots.txt may lie on another host, by a redirect
        return f" AND (authority IN ({own}) OR authority IN ({_ROBOTS.format(own)}))", [*values, *values]

    def items(self) -> tuple[str, list[str]]:
        """A condition on items; robots.txt, which comes before all else, belongs to every part."""
        new = "" if self.history else f" AND rank < {HISTORY}"
        if self.source:
            return f"{new} AND (source_id = %s OR rank = 0)", [self.source]
        return (f"{new} AND ({self._named()} OR rank = 0)", list(self.articles)) if self.articles else (new, [])

    def query(self) -> Q:
        """The same for Django."""
        new = Q() if self.history else Q(rank__lt=HISTORY)
        if self.source:
            return new & (Q(source=self.source) | Q(kind=Kind.ROBOTS))
        return new & (Q(article__in=self.articles) | Q(kind=Kind.ROBOTS)) if self.articles else new

    def _named(self) -> str:
        return f"article IN ({', '.join(['%s'] * len(self.articles))})"
