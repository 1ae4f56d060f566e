"""What the newest pages of a source gave, for the quality watch."""

from __future__ import annotations

from collections.abc import Sequence

from tuoben.model import Kind, Precision, Sample
from tuoben.store.models import Article, Item, Revision


def samples(source: str, count: int) -> tuple[Sample, ...]:
    """The newest `count` pages of a source that were asked for and answered, the newest first."""
    asked = Item.objects.filter(source=source, kind=Kind.PAGE, part=0, alias_of=None).exclude(
        payload_digest="", error=""
    )
    rows = list(asked.order_by("-id").values_list("article", "error")[:count])
    given = _given([article for article, error in rows if article])
    nothing = Sample(fields=frozenset())
    return tuple(given.get(article, nothing) for article, _ in rows)


def _given(ids: Sequence[str]) -> dict[str, Sample]:
    """By article: what its newest revision has."""
    revisions = Revision.objects.filter(article__in=ids).order_by("number")
    rows = revisions.values_list("article_id", "content")
    told = {id: (len(content.get("text", "")), bool(content.get("authors"))) for id, content in rows.iterator()}
    return {row.pk: _sample(row, *told.get(row.pk, (0, False))) for row in Article.objects.filter(pk__in=ids)}


def _sample(row: Article, size: int, signed: bool) -> Sample:
    has = {
        "article": True,
        "title": bool(row.title),
        "time": bool(row.published) and row.published_precision != Precision.DAY,
        "source": bool(row.credited),
        "authors": signed,
        "category": bool(row.category),
        "image": bool(row.image),
    }
    return Sample(fields=frozenset(name for name, there in has.items() if there), size=size)
