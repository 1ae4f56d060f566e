"""The other writes: sources, the desk, the outbox, what processes say of themselves; and look-ups for the writers."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, QuerySet
from django.utils import timezone

from tuoben import url
from tuoben.model import Capture, Claim, Kind
from tuoben.store import frontier, logged, models
from tuoben.store.database import new, rows_of
from tuoben.store.hosts import Hosts, held
from tuoben.store.logged import Leaf

log = logging.getLogger("tuoben.store")
Payload = tuple[str, str, Kind]
"""(digest, URL, kind)"""


def same_payloads(wanted: Iterable[Payload]) -> dict[Payload, Capture]:
    """Earlier captures that hold these very payloads: of the same URL, or for requisites of any. The oldest of each."""
    places = {payload: _place_of(*payload) for payload in wanted}
    if not places:
        return {}
    digests = list({digest for digest, _, _ in places})
    keys = [url.key(address) for _, address, _ in places.values() if address]
    condition = "payload_digest IN ({}) AND revisit_of = '' AND truncated = '' AND (kind = %s"
    condition += " OR key IN ({})) ORDER BY time" if keys else ") ORDER BY time"
    rows = rows_of(models.Capture, condition, [digests, Kind.REQUISITE.value, *([keys] if keys else [])])
    oldest: dict[Payload, models.Capture] = {}
    for row in rows:
        oldest.setdefault(_place_of(row.payload_digest, row.url, Kind(row.kind)), row)
    return {payload: capture_record(oldest[place]) for payload, place in places.items() if place in oldest}


def _place_of(digest: str, address: str, kind: Kind) -> Payload:
    return digest, "" if kind is Kind.REQUISITE else address, kind


def last_capture(address: str) -> Capture | None:
    """The newest capture of a URL that holds a payload: what a 304 refers to."""
    rows = models.Capture.objects.filter(key=url.key(address), url=address, revisit_of="", status=200)
    row = rows.order_by("-time").first()
    return capture_record(row) if row is not None else None


def capture_record(row: models.Capture) -> Capture:
    """A row as the record that travels."""
    return Capture(
        record_id=row.record_id,
        url=row.url,
        kind=Kind(row.kind),
        time=row.time,
        segment=row.segment,
        offset=row.offset,
        length=row.length,
        end=row.end,
        status=row.status,
        mime=row.mime,
        block_digest=row.block_digest,
        payload_digest=row.payload_digest,
        payload_length=row.payload_length,
        revisit_of=row.revisit_of,
        truncated=row.truncated,
        origin=row.origin,
    )


def capture_row(capture: Capture, article: str = "") -> models.Capture:
    """The row of a capture that is not held yet."""
    return new(
        models.Capture,
        record_id=capture.record_id,
        url=capture.url,
        key=url.key(capture.url),
        kind=capture.kind,
        time=capture.time,
        segment=capture.segment,
        offset=capture.offset,
        length=capture.length,
        end=capture.end,
        status=capture.status,
        mime=capture.mime[:200],
        block_digest=capture.block_digest,
        payload_digest=capture.payload_digest,
        payload_length=capture.payload_length,
        revisit_of=capture.revisit_of,
        truncated=capture.truncated,
        origin=capture.origin,
        article=article,
    )


# --- sources ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_source(
    address: str, name: str, category: str, listings: Sequence[tuple[str, str]], now: datetime, why: str = ""
) -> str:
    """Add (or complete) a source with its listings, each (url, kind); its id."""
    known = models.Source.objects.filter(url=address).first()
    if known is None:
        known = models.Source.objects.create(
            id=_slug(url.authority(address)), url=address, name=name, category=category, why=why, added_at=now
        )
    else:
        known.name, known.category, known.state, known.why = (
            name or known.name,
            category or known.category,
            "active",
            why,
        )
        known.save()
    set_source_state(known.pk, "active", why)
    for listing_url, kind in listings:
        add_listing(known, listing_url, kind, now)
    return known.pk


def add_listing(source: models.Source, address: str, kind: str, now: datetime, hosts: Hosts | None = None) -> None:
    """Add a listing of a source, due now, unless it is there; none whose address fits no index."""
    if url.fit(address) != address:
        log.warning("%s… is too long for the address of a listing", address[:200])
        return
    listing, is_new = models.Listing.objects.get_or_create(source=source, url=address, defaults={"kind": kind})
    if is_new:
        claim = Claim(
            item=0,
            epoch=0,
            kind=Kind.LISTING,
            url=address,
            host="",
            source=source.pk,
            listing=listing.pk,
            listing_url=address,
        )
        frontier.add([frontier.item_of(claim, now)], now, hosts)


def _slug(authority: str) -> str:
    base = authority.removeprefix("www.").replace(":", "-").strip("[]").replace("[", "").replace("]", "")
    slug, number = base, 2
    while models.Source.objects.filter(pk=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def set_source_state(source: str, state: str, why: str) -> bool:
    """Pause or resume a source: its queued items rest, or are due again."""
    row = models.Source.objects.filter(pk=source).first()
    if row is None:
        return False
    row.state, row.why = state, why
    row.save()
    items = models.Item.objects.filter(source=row).exclude(kind=Kind.ROBOTS)
    with _held_for(items) as hosts:
        if state == "paused":
            items.filter(state=models.Item.State.QUEUED).update(state=models.Item.State.DONE, error="paused")
        else:
            items.filter(error="paused").update(state=models.Item.State.QUEUED, error="")
        for authority in hosts:
            hosts.stir(hosts[authority])
    return True


def _held_for(items: QuerySet[models.Item]) -> AbstractContextManager[Hosts]:
    """The hosts of some items, held while these change."""
    authorities = set(items.order_by().values_list("host", flat=True).distinct())
    return held(timezone.now(), None, authorities)


@transaction.atomic
def remove_source(source: str) -> bool:
    """Stop collecting from a source and forget its listings; what was collected stays."""
    items = models.Item.objects.filter(source=source).exclude(kind=Kind.ROBOTS)
    with _held_for(items):
        items.filter(kind=Kind.LISTING).delete()
        items.filter(visits=0).exclude(state=models.Item.State.LEASED).delete()  # added again, they are collected
        items.exclude(state=models.Item.State.LEASED).update(state=models.Item.State.DONE, error="source removed")
    return bool(models.Source.objects.filter(pk=source).delete()[0])


# --- the desk ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def hide(article: str, reason: str, now: datetime, leaf: Leaf | None = None) -> bool:
    """Show an article nowhere any more; its bytes stay, and the log is told (`leaf`). False when there is none."""
    row = models.Article.objects.filter(pk=article).first()
    if row is None:
        return False
    if leaf is not None:
        logged.decided([leaf])
    row.hidden_at, row.hidden_reason = row.hidden_at or now, reason
    row.save(update_fields=["hidden_at", "hidden_reason"])
    models.Outbox.objects.create(topic="index", article=article)
    return True


# --- outbox and status ------------------------------------------------------------------------------------------------
def outbox(limit: int = 500, *, after: int = 0) -> list[tuple[int, str]]:
    """The oldest entries behind a row, as (row, article)."""
    waiting = models.Outbox.objects.filter(topic="index", pk__gt=after)
    return list(waiting.order_by("pk").values_list("pk", "article")[:limit])


def outbox_sample(most: int) -> list[str]:
    """Up to so many of the articles that wait, evenly from the first to the last."""
    waiting = models.Outbox.objects.filter(topic="index")
    ends = waiting.aggregate(first=Min("pk"), last=Max("pk"), count=Count("pk"))
    if not ends["count"]:
        return []
    step = -(-(ends["last"] - ends["first"] + 1) // most)
    every = waiting.annotate(place=(F("pk") - ends["first"]) % step).filter(place=0)
    return list(every.order_by("pk").values_list("article", flat=True)[:most])


def drained(rows: Iterable[int]) -> None:
    """Forget entries whose work is done and durable."""
    models.Outbox.objects.filter(pk__in=list(rows)).delete()


def reindex_all() -> int:
    """Ask for every article to be indexed again; how many."""
    with transaction.atomic():
        models.Outbox.objects.filter(topic="index", article__in=models.Article.objects.values("pk")).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO store_outbox (topic, article) SELECT 'index', id FROM store_article ORDER BY sort_at"
            )
            return int(cursor.rowcount)


def say(name: str, value: dict[str, object], now: datetime) -> None:
    """Keep what a process says of itself (worker, pause)."""
    models.Status.objects.update_or_create(name=name, defaults={"value": value, "at": now})


def segments() -> dict[str, int]:
    """Name of each known segment → bytes that the rows know of."""
    return dict(models.Segment.objects.values_list("name", "committed"))


def set_committed(segment: str, end: int) -> None:
    """What is known of a segment, when nothing of its tail was taken in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_segment (name, committed) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET committed = excluded.committed",
            [segment, end],
        )
