"""The frontier: what is to be asked for, host by host, under leases.

A host is leased from the claim of one of its items until the completion of that item; completion sets when the host
may be asked again. So a host never has two requests under way, and no delay is cut short when a process dies
(reference: scale, design B). Each lease raises the host's epoch; a completion with an older epoch changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Q

from tuoben import shape, url
from tuoben.model import Claim, Kind, Link
from tuoben.store.models import Host, Item, Listing, Source

LEASE = timedelta(seconds=180)
"""Longer than any exchange may last with its reading and commit."""
RANK = {Kind.ROBOTS: 0, Kind.LISTING: 1, Kind.PAGE: 2, Kind.REQUISITE: 3}
REQUISITE_RANK = RANK[Kind.REQUISITE]
LONGEST_DELAY = 60.0
"""Seconds: a longer crawl-delay is not kept to (fetch.politeness)."""
REFUSED_FOR = timedelta(days=1)
LOOK = 4
"""Items of a host that are looked at in one query: most often the first is taken."""
MOST_REFUSED = 400
"""Items refused in one claim of a host, before the others get their turn."""
TIMES = ["wake_at", "page_ready_at", "requisite_ready_at", "leased_until"]
_MINIMUM = "(SELECT min(due_at) FROM store_item WHERE host = %s AND state = 'queued' AND rank = {})"
EARLIEST = f"SELECT {', '.join(_MINIMUM.format(rank) for rank in range(4))}"
"""One look into the index for each rank, however many items are queued."""

Permits = Callable[[bytes, str, str], bool]
"""(robots.txt bytes, verdict, URL) → may we ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a host may be asked again, by class of request."""

    page: datetime
    requisite: datetime


def host_of(authority: str, now: datetime) -> Host:
    """The row of a host, made when it is new."""
    return Host.objects.get_or_create(
        authority=authority, defaults={"page_ready_at": now, "requisite_ready_at": now, "wake_at": None}
    )[0]


def wake(host: Host) -> None:
    """Set (and save) when the host has something that may be asked for."""
    with connection.cursor() as cursor:
        cursor.execute(EARLIEST, [host.authority] * 4)
        robots, listing, page, requisite = (_aware(value) for value in cursor.fetchone())
    page = min((at for at in (listing, page) if at is not None), default=None)
    times = []
    if robots:
        times.append(max(robots, host.page_ready_at))
    if not host.robots_waiting:
        if page:
            times.append(max(page, host.page_ready_at))
        if requisite:
            times.append(_requisite_time(host, requisite))
    host.wake_at = min(times, default=None)
    host.save(update_fields=TIMES)


def _requisite_time(host: Host, due_at: datetime) -> datetime:
    """When a requisite may be asked for: behind robots.txt when that is not known, which waits as pages do."""
    at = max(due_at, host.requisite_ready_at)
    return at if _robots_known(host, at) else max(at, host.page_ready_at)


def _aware(value: object) -> datetime | None:
    """A time as a raw query gives it: text on SQLite, a datetime elsewhere."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert found is None or isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def item_of(claim: Claim, due_at: datetime) -> Item:
    """A new item for what a claim tells."""
    via = f" via {claim.url}" if claim.via else ""
    page = url.canonical(claim.url)
    if claim.via and url.canonical(claim.via[-1]) == page:
        page += f" via {claim.via[-1]}"  # http → https and the like: the same work, and yet another address to ask for
    key = {
        Kind.ROBOTS: f"robots {claim.for_host}{via}",
        Kind.LISTING: f"listing {claim.listing}{via}",
        Kind.PAGE: f"page {page}",
        Kind.REQUISITE: f"requisite {claim.url}",
    }[claim.kind]
    return Item(
        kind=claim.kind,
        url=claim.url,
        key=key,
        due_at=due_at,
        source_id=claim.source or None,
        listing_id=claim.listing or None,
        article=claim.article,
        part=claim.part,
        for_host=claim.for_host,
        referer=claim.referer,
        hints=shape.dump(claim.link) if claim.link else {},
        via=list(claim.via),
    )


def add(items: Iterable[Item], now: datetime) -> list[Item]:
    """Put new items in and wake their hosts; known keys are passed over. Those that are new."""
    by_key = {item.key: item for item in items}
    for known in Item.objects.filter(key__in=list(by_key)).values_list("key", flat=True):
        del by_key[known]
    fresh = list(by_key.values())
    for item in fresh:
        item.rank = RANK[Kind(item.kind)]
        item.host = url.authority(item.url)
    Item.objects.bulk_create(fresh)
    earliest: dict[tuple[str, int], datetime] = {}
    for item in fresh:
        place = (item.host, item.rank)
        earliest[place] = min(item.due_at, earliest.get(place, item.due_at))
    for (authority, rank), due_at in earliest.items():
        touch(authority, due_at, rank, now)
    return fresh


def touch(authority: str, due_at: datetime, rank: int, now: datetime) -> None:
    """Let a host wake for an item that has just been queued."""
    host = host_of(authority, now)
    if host.robots_waiting and rank != RANK[Kind.ROBOTS]:
        return
    at = _requisite_time(host, due_at) if rank == REQUISITE_RANK else max(due_at, host.page_ready_at)
    if host.wake_at is None or at < host.wake_at:
        host.wake_at = at
        host.save(update_fields=["wake_at"])


@transaction.atomic
def claim(now: datetime, limit: int, permits: Permits, source: str = "") -> list[Claim]:
    """Lease up to `limit` hosts that have something due and take one item from each.

    An item that robots.txt forbids is refused here, and the next one looked at. A host whose robots.txt is not known,
    or is out of date, gives its robots.txt first. `source`: only what this source's listings led to.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    ready = Host.objects.filter(free, wake_at__lte=now).order_by("wake_at").defer("robots")[:limit]
    if source:
        own = Item.objects.filter(source=source, state=Item.State.QUEUED, due_at__lte=now)
        ready = Host.objects.filter(free, wake_at__lte=now, authority__in=own.values("host")).defer("robots")[:limit]
    resting = set(Source.objects.exclude(state="active").values_list("pk", flat=True))
    items = []
    for host in ready:
        if host.leased_until is not None:  # its holder stalled: whatever it still says is fenced off by the epoch
            Item.objects.filter(host=host.authority, state=Item.State.LEASED).update(state=Item.State.QUEUED)
        item = _next(host, now, permits, resting, source)
        if item is None:
            wake(host)
            continue
        host.epoch += 1
        host.leased_until = now + LEASE
        host.save(update_fields=["epoch", "leased_until", "robots_waiting"])
        item.state, item.epoch = Item.State.LEASED, host.epoch
        item.save(update_fields=["state", "epoch"])
        items.append(item)
    sources = Source.objects.in_bulk({item.source_id for item in items if item.source_id})
    listings = Listing.objects.in_bulk({item.listing_id for item in items if item.listing_id})
    return [_claim(item, sources.get(item.source_id or ""), listings.get(item.listing_id or 0)) for item in items]


def _next(host: Host, now: datetime, permits: Permits, resting: Collection[str], source: str) -> Item | None:
    pages, requisites = host.page_ready_at <= now, host.requisite_ready_at <= now
    for item in _due(host, now, pages, source):
        if item.rank == RANK[Kind.ROBOTS]:
            return item
        if item.source_id in resting:
            item.state, item.error = Item.State.DONE, "paused"
            item.save(update_fields=["state", "error"])
            continue
        if host.robots_waiting:
            return None
        if not _robots_known(host, now):
            return _ask_robots(host, item, now) if pages else None
        if host.robots_verdict == "disallow-all":  # for now: it could not be read
            item.due_at = host.robots_until or now + LEASE
            item.save(update_fields=["due_at"])
        elif not permits(bytes(host.robots or b""), host.robots_verdict, item.url):
            refuse(item, "robots.txt of the host does not allow it.", now)
        elif pages if item.rank < REQUISITE_RANK else requisites:
            return item
    return None


def _due(host: Host, now: datetime, pages: bool, source: str) -> Iterator[Item]:
    """Due items of a host in their order; while no page may be asked for, its requisites alone."""
    due = Item.objects.filter(host=host.authority, state=Item.State.QUEUED, due_at__lte=now)
    if source:
        due = due.filter(Q(source=source) | Q(rank=RANK[Kind.ROBOTS]))
    if not pages:
        due = due.filter(rank=REQUISITE_RANK)
    due = due.order_by("rank", "due_at", "id")
    seen = 0
    while found := list(due[:LOOK]):  # refused ones leave the query, so the next look starts at the next ones
        yield from found
        seen += len(found)
        if len(found) < LOOK or seen > MOST_REFUSED:
            return


def refuse(item: Item, why: str, now: datetime) -> None:
    """Close an item that must not be asked for. A listing is looked at again when its robots.txt may have changed."""
    if item.kind == Kind.LISTING:
        item.due_at, item.error = now + REFUSED_FOR, why
        item.save(update_fields=["due_at", "error"])
        Listing.objects.filter(pk=item.listing_id or 0).update(error=why)
        return
    item.state, item.error = Item.State.REFUSED, why
    item.save(update_fields=["state", "error"])


def _robots_known(host: Host, now: datetime) -> bool:
    return bool(host.robots_verdict) and host.robots_until is not None and host.robots_until > now


def _ask_robots(host: Host, for_item: Item, now: datetime) -> Item:
    host.robots_waiting = True
    address = url.resolve(for_item.url, "/robots.txt") or for_item.url
    item, _ = Item.objects.update_or_create(
        key=f"robots {host.authority}",
        defaults={
            "kind": Kind.ROBOTS,
            "rank": RANK[Kind.ROBOTS],
            "url": address,
            "host": host.authority,
            "state": Item.State.QUEUED,
            "due_at": now,
            "attempts": 0,
            "for_host": host.authority,
            "source_id": for_item.source_id,
        },
    )
    return item


def _claim(item: Item, source: Source | None, listing: Listing | None) -> Claim:
    return Claim(
        item=item.pk,
        epoch=item.epoch,
        kind=Kind(item.kind),
        url=item.url,
        host=item.host,
        source=source.pk if source else "",
        source_url=source.url if source else "",
        source_name=source.name if source else "",
        source_category=source.category if source else "",
        listing=listing.pk if listing else 0,
        listing_url=listing.url if listing else "",
        listing_kind=listing.kind if listing else "",
        article=item.article,
        part=item.part,
        for_host=item.for_host,
        referer=item.referer,
        link=shape.load(Link, item.hints) if item.hints else None,
        via=tuple(item.via),
        etag=item.etag,
        last_modified=item.last_modified,
        payload_digest=item.payload_digest,
        attempts=item.attempts,
        visits=item.visits,
    )


def release(claim: Claim, timing: Timing) -> None:
    """End the lease of a claim's host and say when it may be asked again. A stale epoch changes nothing."""
    host = Host.objects.filter(authority=claim.host, epoch=claim.epoch).defer("robots").first()
    if host is not None:
        host.leased_until = None
        host.page_ready_at = max(timing.page, host.page_ready_at)
        host.requisite_ready_at = max(timing.requisite, host.requisite_ready_at)
        wake(host)


@transaction.atomic
def recover(now: datetime, delay: float) -> int:
    """After a start with the crawl lock held: nobody works on what is leased. Count of items freed.

    The dead process may have asked a leased host a moment ago, so each waits its full delay from now.
    """
    freed = Item.objects.filter(state=Item.State.LEASED).update(state=Item.State.QUEUED)
    for host in Host.objects.filter(leased_until__isnull=False):
        wait = now + timedelta(seconds=max(delay, min(host.crawl_delay or 0.0, LONGEST_DELAY)))
        host.leased_until = None
        host.page_ready_at, host.requisite_ready_at = max(host.page_ready_at, wait), max(host.requisite_ready_at, wait)
        wake(host)
    return freed


def make_due(listing_ids: Iterable[int], now: datetime) -> int:
    """Ask for these listings now; count of those that were not due already."""
    changed = 0
    with transaction.atomic():
        for item in Item.objects.filter(listing__in=list(listing_ids), kind=Kind.LISTING, via=[]):
            if item.state not in (Item.State.QUEUED, Item.State.LEASED) or item.due_at > now:
                changed += 1
                if item.state != Item.State.LEASED:
                    item.state = Item.State.QUEUED
                item.due_at, item.attempts = now, 0
                item.save(update_fields=["state", "due_at", "attempts"])
                touch(item.host, now, item.rank, now)
    return changed


def next_wake(now: datetime) -> datetime | None:
    """The earliest time at which some free host has something to ask for; None when the frontier is idle."""
    found: datetime | None = Host.objects.filter(leased_until__isnull=True).aggregate(at=Min("wake_at"))["at"]
    return found
