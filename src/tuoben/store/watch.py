"""What a running worker is doing, read from the rows by another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tuoben.model import Kind
from tuoben.store import models
from tuoben.store.hosts import HISTORY

SOON = timedelta(seconds=15)
"""What falls due within this time is waited for: short delays and second tries."""
RESTING = timedelta(seconds=90)
"""A host that asked to be left alone for longer is not waited for, be it by Retry-After or by a Crawl-delay: the next
run goes on there. A longer delay of the operator's own is waited for, and so much more.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A capture that was committed. `place`: its row's number, to go on from."""

    place: int
    line: dict[str, Any]
    status: int
    revisit: bool
    new_article: bool

    @property
    def failed(self) -> bool:
        """A page that was asked for in vain."""
        return bool(self.line["kind"] == Kind.PAGE and self.status >= 400)


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


def count(seen: Seen, tally: Any) -> None:  # noqa: ANN401 jobs.tally.Tally, which is above us
    """Add a capture to the counts."""
    kind = seen.line["kind"]
    tally.captured += 1
    tally.unchanged += seen.revisit
    tally.articles += seen.new_article
    tally.listings += kind == Kind.LISTING and seen.status in (200, 304)
    tally.requisites += kind == Kind.REQUISITE and seen.status == 200
    tally.failed += seen.failed


def quiet(since: datetime, now: datetime, source: str = "", delay: float = 0.0, *, history: bool = False) -> bool:
    """Whether all that was due at `since` is done, with what followed from it (of one source, when given).

    Later visits of what is done come round for ever and are not waited for; nor is what a host's robots.txt holds up,
    what is at a host that asked for a long rest (Retry-After), or what is of a paused source. `delay`: the operator's
    seconds between two requests to a host; those that a source has of its own are waited for, too. `history`: the
    past of sources is waited for.
    """
    items = models.Item.objects.filter(source=source) if source else models.Item.objects.all()
    items = items if history else items.exclude(rank=HISTORY)
    ours = items.filter(Q(due_at__lte=since) | Q(visits=0) | Q(attempts__gt=0)).exclude(source__state="paused")
    states = models.Item.State
    if ours.filter(state=states.LEASED).exists():
        return False
    soon = models.Item.objects.filter(state__in=(states.QUEUED, states.LEASED), due_at__lte=now + SOON)
    robots_soon = soon.filter(kind=Kind.ROBOTS).values("for_host")
    held_up = models.Host.objects.filter(robots_waiting=True).exclude(authority__in=robots_soon).values("authority")
    waiting = ours.filter(state=states.QUEUED, due_at__lte=now + SOON).exclude(host__in=held_up)
    longer = delay + RESTING.total_seconds() / 2
    slow = models.Source.objects.filter(settings__delay__gt=longer).values_list("pk", "settings__delay")
    awake = [waiting.exclude(host__in=_resting(now, delay))]
    awake += [waiting.filter(source=pk).exclude(host__in=_resting(now, own)) for pk, own in slow]
    return not any(items.exists() for items in awake)


def _resting(now: datetime, delay: float) -> QuerySet[models.Host, Any]:
    """Names of the hosts that are to be left alone for longer than a delay of so many seconds explains."""
    until = now + RESTING + timedelta(seconds=delay)
    return models.Host.objects.filter(page_ready_at__gt=until).values("authority")
