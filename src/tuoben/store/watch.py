"""What a running worker is doing, read from the rows by another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tuoben.model import Kind
from tuoben.store import frontier, models

QUIET = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Seen:
    """A capture that was committed. `place`: its row's number, to go on from."""

    place: int
    line: dict[str, Any]
    status: int
    revisit: bool
    new_article: bool


def newest_capture() -> int:
    """Where to go on from: the number of the newest row."""
    newest = models.Capture.objects.order_by("-pk").first()
    return newest.pk if newest is not None else 0


def captures_since(place: int) -> Iterator[Seen]:
    """Captures committed after `place`, oldest first."""
    for row in models.Capture.objects.filter(pk__gt=place).order_by("pk"):
        article = models.Article.objects.filter(pk=row.article).first() if row.article else None
        yield Seen(
            place=row.pk,
            line={
                "url": row.url,
                "kind": row.kind,
                "segment": row.segment,
                "offset": row.offset,
                "id": row.article,
                "record": row.record_id,
            },
            status=row.status,
            revisit=bool(row.revisit_of),
            new_article=article is not None and article.first_captured_at == row.time,
        )


def count(seen: Seen, tally: Any) -> None:  # noqa: ANN401 scheduler.Tally, which is above us
    """Add a capture to the counts."""
    kind = seen.line["kind"]
    tally.captured += 1
    tally.unchanged += seen.revisit
    tally.articles += seen.new_article
    tally.listings += kind == Kind.LISTING and seen.status in (200, 304)
    tally.requisites += kind == Kind.REQUISITE and seen.status == 200
    tally.failed += kind == Kind.PAGE and seen.status >= 400


def quiet(now: datetime) -> bool:
    """Nothing is under way, and nothing falls due soon."""
    return not frontier.pending(now + QUIET)
