"""What publishers ask not to archive (law 5): it is stored, it is found by its headline, and no read gives its words.

The words of a revision are kept back where its own page asked for that, and where the newest one does: what a publisher
allows today holds for every revision, and what was not allowed then is not given later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from tuoben.model import Article
from tuoben.store.articles import withholds
from tuoben.store.database import rows_of
from tuoben.store.models import Revision

Spans = Mapping[str, list[tuple[datetime, datetime | None]]]
"""Article → from when until before when what it said is kept back, in order; the end is None where it still is."""


def bare(article: Article) -> Article:
    """An article without its words and pictures, as it may be given to anybody."""
    return replace(
        article, text="", html="", description="", images=(), requisites=(), places=(), beside="",
        policy=replace(article.policy, noarchive=True),
    )  # fmt: skip


def spans(ids: Iterable[str]) -> Spans:
    """The times of those of the articles of which some revision says noarchive."""
    wanted = list(ids)
    said = rows_of(Revision, "article_id IN ({}) AND withheld IS NOT FALSE", [wanted]) if wanted else []
    closing = {row.pk for row in said if withholds(row.content)}
    if not closing:
        return {}
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    owners = sorted({row.article_id for row in said if row.pk in closing})
    rows = Revision.objects.filter(article__in=owners).order_by("article_id", "number")
    told = [*rows.values_list("article_id", "pk", "captured_at")]
    for at, (article, pk, since) in enumerate(told):
        if pk in closing:
            last = at + 1 == len(told) or told[at + 1][0] != article
            found.setdefault(article, []).append((since, None if last else told[at + 1][2]))
    return found


def kept_back(spans: Spans, article: str, time: datetime) -> bool:
    """Whether what an article said at a time is kept back."""
    times = spans.get(article, [])
    return any(until is None or since <= time < until for since, until in times)
