"""What the index is told of articles: as they are, and as they were."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tuoben.store import articles, models


@dataclass(frozen=True, slots=True, kw_only=True)
class FindableThen:
    """What the index is told of a revision that was replaced: what was held from `since` until before `until`."""

    number: int
    since: datetime
    until: datetime
    title: str
    column: str
    text: str
    source: str
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """What the index is told of a shown article."""

    id: str
    title: str
    announced_title: str
    column: str
    text: str
    """"" when the publisher asked not to archive: such an article is findable by its headline alone (law 5)."""
    source: str
    site: str
    category: str
    lang: str
    authors: tuple[str, ...]
    when: datetime
    captured: datetime
    """Since when the archive holds it as it is."""
    url: str
    canonical: str
    older: tuple[FindableThen, ...]


MOST_OLDER = 100
"""Replaced revisions of one article that a search as of a day looks in, the latest ones: a ticker has thousands."""


def findable(ids: Sequence[str]) -> list[Findable]:
    """The shown articles among `ids`; those that are hidden, or not there, are left out."""
    rows = models.Article.objects.filter(pk__in=ids, hidden_at=None).select_related("site")
    held: dict[str, deque[models.Revision]] = {}
    for revision in models.Revision.objects.filter(article__in=list(ids)).order_by("number").iterator(200):
        held.setdefault(revision.article_id, deque(maxlen=MOST_OLDER + 1)).append(revision)
    return [_findable(row, tuple(held.get(row.pk, ()))) for row in rows]


def _findable(row: models.Article, revisions: Sequence[models.Revision]) -> Findable:
    """What the publisher allows today holds for every revision."""
    content = revisions[-1].content if revisions else {}
    withheld = articles.withholds(content)
    return Findable(
        id=row.pk,
        title=row.title,
        announced_title=row.announced_title,
        column=row.column,
        text="" if withheld else content.get("text", ""),
        source=row.credited or (row.site.name if row.site else ""),
        site=row.site_id or "",
        category=row.category,
        lang=row.lang,
        authors=tuple(content.get("authors", ())),
        when=row.sort_at,
        captured=_since(row, revisions[-1]) if revisions else row.first_captured_at,
        url=row.url,
        canonical=row.canonical,
        older=tuple(_then(row, one, following, withheld) for one, following in pairwise(revisions)),
    )


def _since(row: models.Article, revision: models.Revision) -> datetime:
    """The first state may have been seen before the capture that it is read from."""
    return row.first_captured_at if revision.number == 1 else revision.captured_at


def _then(row: models.Article, revision: models.Revision, following: models.Revision, withheld: bool) -> FindableThen:
    content = revision.content
    return FindableThen(
        number=revision.number,
        since=_since(row, revision),
        until=following.captured_at,
        title=content.get("title", "") or row.announced_title or row.url,
        column=content.get("column", ""),
        text="" if withheld or articles.withholds(content) else content.get("text", ""),
        source=content.get("source", "") or (row.site.name if row.site else ""),
        authors=tuple(content.get("authors", ())),
    )
