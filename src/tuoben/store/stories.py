"""Stories: which article is in which. Reads leave out what is hidden; a story shows from two distinct articles on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from tuoben import model
from tuoben.store import queries
from tuoben.store.models import Article, StoryMember

RECENT = timedelta(days=30)
"""Stories without a report for so long are not in the list."""
LEAST = 2
"""Distinct articles from which there is a story to show."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What the decision on stories is told of a shown article beside its text."""

    id: str
    title: str
    when: datetime
    group: str
    story: str


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story in a list: its first report, how many distinct articles and sources, and when the last appeared."""

    id: str
    card: model.Card
    articles: int
    sources: int
    newest: datetime


def filed(ids: Iterable[str]) -> dict[str, Filed]:
    """The shown articles among `ids` as they are weighed."""
    rows = Article.objects.filter(pk__in=list(ids), hidden_at=None).values_list(
        "pk", "title", "sort_at", "group", "membership__story"
    )
    return {pk: Filed(pk, title, at, group, story or "") for pk, title, at, group, story in rows}


def members(story: str) -> list[str]:
    """The ids of the shown articles of a story, the earliest first."""
    rows = StoryMember.objects.filter(story=story, article__hidden_at=None)
    return list(rows.order_by("article__sort_at", "article_id").values_list("article_id", flat=True))


def copies(groups: Iterable[str]) -> dict[str, str]:
    """Article → its reprint group, of the shown articles of some groups."""
    wanted = {group for group in groups if group}
    return dict(Article.objects.filter(group__in=wanted, hidden_at=None).values_list("pk", "group"))


def enter(story: str, entering: Mapping[str, tuple[str, float]], merged: Sequence[str] = ()) -> None:
    """Put articles (id → origin, score) in a story, and the members of merged stories with them."""
    with transaction.atomic():
        StoryMember.objects.filter(story__in=merged).update(story=story, origin="merged")
        rows = [
            StoryMember(article_id=id, story=story, origin=how, score=score) for id, (how, score) in entering.items()
        ]
        StoryMember.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["article"], update_fields=["story", "origin", "score"]
        )


def leave(ids: Iterable[str]) -> set[str]:
    """Take articles out of their stories; the stories that they were in."""
    rows = StoryMember.objects.filter(article__in=list(ids))
    left = set(rows.values_list("story", flat=True))
    rows.delete()
    return left


def split(parts: Sequence[Sequence[str]], story: str) -> None:
    """Divide a story: the first part keeps the id, each other one of two articles or more is named by its first."""
    with transaction.atomic():
        for part in parts[1:]:
            rows = StoryMember.objects.filter(story=story, article__in=part)
            if len(part) < LEAST:
                rows.delete()
            else:
                rows.update(story=part[0], origin="split")


# --- what the pages ask ---------------------------------------------------------------------------------------------
def resolve(id: str) -> str:
    """The story that an id leads to: itself, or the one that the article of that id is in now; "" for none."""
    if StoryMember.objects.filter(story=id).exists():
        return id
    return StoryMember.objects.filter(article=id).values_list("story", flat=True).first() or ""


def of_article(id: str) -> tuple[str, int]:
    """The story of an article and how many distinct articles it has; ("", 0) when there is none to show."""
    story = StoryMember.objects.filter(article=id).values_list("story", flat=True).first() or ""
    counts = _counted().filter(story=story).order_by("story").values_list("articles", flat=True)
    count = counts.first() if story else None
    return (story, count) if count is not None and count >= LEAST else ("", 0)


def recent(limit: int) -> list[StoryRow]:
    """The stories with the most distinct articles among those of the last RECENT days before the newest article."""
    newest = Article.objects.filter(hidden_at=None).aggregate(at=Max("sort_at"))["at"]
    if newest is None:
        return []
    rows = list(
        _counted().filter(articles__gte=LEAST, newest__gte=newest - RECENT).order_by("-articles", "story")[:limit]
    )
    first = {row["story"]: ids[0] for row in rows if (ids := members(row["story"]))}
    cards = queries.cards(first.values())
    return [
        StoryRow(row["story"], cards[first[row["story"]]], row["articles"], row["sources"], row["newest"])
        for row in rows
        if first.get(row["story"]) in cards
    ]


def _counted() -> QuerySet[Any, Any]:
    distinct = Coalesce(NullIf(F("article__group"), Value("")), F("article_id"))
    shown = StoryMember.objects.filter(article__hidden_at=None).values("story")
    return shown.annotate(
        articles=Count(distinct, distinct=True),
        sources=Count("article__site", distinct=True),
        newest=Max("article__sort_at"),
    )
