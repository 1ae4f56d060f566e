"""The frontier: what is to be asked for, host by host, under leases.

A host is leased from the claim of one of its items until the completion of that item; completion sets when the host
may be asked again. So a host never has two requests under way, and no delay is cut short when a process dies
(reference: scale, design B). Each lease raises the host's epoch; a completion with an older epoch changes nothing.

Whoever changes a host, or the items of a host, holds its row until the end of the transaction, several in the order of
their names: with SQLite there is one writer anyway, with PostgreSQL this is what keeps claims and completions of many
processes apart without a deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from tuoben import shape, source_settings, url
from tuoben.model import Claim, Kind, Learned, Link
from tuoben.store.database import insert_all, rows_of, save_all
from tuoben.store.models import Host, Item, Listing, Outbox, Source

LEASE = timedelta(seconds=180)
"""Longer than any exchange may last with its reading and commit."""
RANK = {Kind.ROBOTS: 0, Kind.LISTING: 1, Kind.PAGE: 2, Kind.REQUISITE: 3, Kind.POLICY: 3}
REQUISITE_RANK = RANK[Kind.REQUISITE]
LONGEST_DELAY = 60.0
"""Seconds: a longer crawl-delay is not kept to (fetch.politeness)."""
REFUSED_FOR = timedelta(days=1)
ENTRY = "entry"
"""Topic of the outbox: a link whose page is not to be had and whose text stands in its listing."""
LOOK = 4
"""Items of a host that are looked at in one query, when the first was refused; hosts that are looked at for each that
is to be leased, when some may belong to one site.
"""
MOST_REFUSED = 400
"""Items refused in one claim of a host, before the others get their turn."""
TIMES = ("wake_at", "page_ready_at", "requisite_ready_at", "leased_until", "holder", "epoch", "robots_waiting")
_MINIMUM = "(SELECT min(due_at) FROM store_item WHERE host = authority AND state = 'queued' AND rank = {})"
EARLIEST = f"SELECT authority, {', '.join(_MINIMUM.format(rank) for rank in range(4))} FROM wanted"
"""One look into the index for each rank, however many items are queued."""
FIRST = """SELECT authority, (SELECT id FROM store_item WHERE host = authority AND state = 'queued' AND rank >= least
AND due_at <= %s{} ORDER BY rank, due_at, id LIMIT 1) FROM wanted"""
HOSTS_OF_SOURCE = "SELECT host FROM store_item WHERE source_id = %s AND state = 'queued' AND due_at <= %s"
OF_SOURCE = " AND (source_id = %s OR rank = 0)"
AT_ONCE = 500
"""Hosts that one query names."""
UNREAD = ("tdm", "tdm_until")
"""Fields of a host that a claim does not look at."""
NAMELESS = tuple(field.name for field in Host._meta.concrete_fields if not field.primary_key)
"""All fields of a host but its name."""

Permits = Callable[[bytes, str, str], bool]
"""(robots.txt bytes, verdict, URL) → may we ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a host may be asked again, by class of request."""

    page: datetime
    requisite: datetime


class Hosts:
    """The rows of hosts that one transaction holds. Those that were stirred are saved together at its end."""

    def __init__(self, now: datetime, authorities: Iterable[str] = ()) -> None:
        self._now = now
        self._rows: dict[str, Host] = {}
        self._stirred: dict[str, Host] = {}
        self.hold(authorities)

    def hold(self, authorities: Iterable[str]) -> None:
        """Take further hosts in; those that are new get a row."""
        wanted = sorted(set(authorities).difference(self._rows))
        if not wanted:
            return
        found = self._lock(wanted)
        new = [authority for authority in wanted if authority not in found]
        if new:
            ready = {"page_ready_at": self._now, "requisite_ready_at": self._now}
            Host.objects.bulk_create(
                [Host(authority=one, site=url.registrable(one), **ready) for one in new], ignore_conflicts=True
            )
            found |= self._lock(new)
        self._rows |= found

    def _lock(self, authorities: Collection[str]) -> dict[str, Host]:
        found: dict[str, Host] = {}
        names = list(authorities)
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            rows = rows_of(Host, f"authority IN ({{}}) ORDER BY authority{lock}", [some], ("robots",))
            found |= {row.authority: row for row in rows}
        return found

    def __getitem__(self, authority: str) -> Host:
        self.hold([authority])
        return self._rows[authority]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._rows))

    def stir(self, host: Host) -> None:
        """Its times, or its items, changed."""
        self._stirred[host.authority] = host

    def save(self) -> None:
        """Write what was stirred, each host with the time at which it has something that may be asked for."""
        if not self._stirred:
            return
        for authority, *due in _of_hosts(EARLIEST, {one: 0 for one in self._stirred}):
            host = self._stirred[authority]
            host.wake_at = _wake_at(host, *(_aware(value) for value in due))
        save_all(self._stirred.values(), TIMES)
        self._stirred.clear()


@contextmanager
def held(now: datetime, hosts: Hosts | None = None, authorities: Iterable[str] = ()) -> Iterator[Hosts]:
    """The hosts of the transaction that goes on; without one, in a transaction of their own."""
    if hosts is not None:
        hosts.hold(authorities)
        yield hosts
        return
    with transaction.atomic():
        hosts = Hosts(now, authorities)
        yield hosts
        hosts.save()


def _of_hosts(query: str, hosts: Mapping[str, int], *values: str | datetime) -> Iterator[tuple[Any, ...]]:
    """The rows of a query over the table `wanted (authority, least)`, least being a rank."""
    names = list(hosts)
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        rows = ", ".join(["(%s, %s)"] * len(some))
        told: list[Any] = [value for name in some for value in (name, hosts[name])]
        with connection.cursor() as cursor:
            cursor.execute(f"WITH wanted (authority, least) AS (VALUES {rows}) {query}", [*told, *values])
            yield from cursor.fetchall()


def _wake_at(
    host: Host, robots: datetime | None, listing: datetime | None, page: datetime | None, requisite: datetime | None
) -> datetime | None:
    times = []
    if robots:
        times.append(max(robots, host.page_ready_at))
    if not host.robots_waiting:
        times += [max(at, host.page_ready_at) for at in (listing, page) if at is not None]
        if requisite:
            times.append(_requisite_time(host, requisite))
    return min(times, default=None)


def _requisite_time(host: Host, due_at: datetime) -> datetime:
    """When a requisite may be asked for: behind robots.txt when that is not known, which waits as pages do."""
    at = max(due_at, host.requisite_ready_at)
    return at if _robots_known(host, at) else max(at, host.page_ready_at)


def _aware(value: object) -> datetime | None:
    """A time as a raw query gives it: text on SQLite, a datetime elsewhere."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert found is None or isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def holder_of(authority: str) -> str:
    """The process that has leased a host, "" when nobody has."""
    return Host.objects.filter(authority=authority).values_list("holder", flat=True).first() or ""


def item_of(claim: Claim, due_at: datetime) -> Item:
    """A new item for what a claim tells."""
    via = f" via {url.fit(claim.url)}" if claim.via else ""
    page = url.canonical(claim.url)
    if claim.via and url.canonical(claim.via[-1]) == page:
        page += f" via {claim.via[-1]}"  # http → https and the like: the same work, and yet another address to ask for
    key = {
        Kind.ROBOTS: f"robots {claim.for_host}{via}",
        Kind.LISTING: f"listing {claim.listing}{f' page {claim.part}' if claim.part > 1 else ''}{via}",
        Kind.PAGE: f"page {url.fit(page)}",
        Kind.REQUISITE: f"requisite {url.fit(claim.url)}",
        Kind.POLICY: f"policy {url.fit(claim.url)}",
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


def add(items: Iterable[Item], now: datetime, hosts: Hosts | None = None) -> list[Item]:
    """Put new items in and wake their hosts; known keys are passed over. Those that are new."""
    by_key = {item.key: item for item in items}
    for item in by_key.values():
        item.rank = RANK[Kind(item.kind)]
        item.host = url.authority(item.url)
    if not by_key:
        return []
    with held(now, hosts, {item.host for item in by_key.values()}) as hosts:
        for known in Item.objects.filter(key__in=list(by_key)).values_list("key", flat=True):
            del by_key[known]
        fresh = list(by_key.values())
        insert_all(fresh)
        for authority in {item.host for item in fresh}:
            hosts.stir(hosts[authority])
    return fresh


def claim(
    now: datetime,
    limit: int,
    permits: Permits,
    source: str = "",
    *,
    holder: str = "",
    lease: timedelta = LEASE,
    room: Mapping[str, int] | None = None,
    of_site: int = 0,
) -> list[Claim]:
    """Lease up to `limit` hosts that have something due, to the process `holder`, and take one item from each.

    An item that robots.txt forbids is refused here, and the next one looked at. A host whose robots.txt is not known,
    or is out of date, gives its robots.txt first. `source`: only what this source's listings led to. `of_site`: no more
    of one site at once, of which `room` tells how many there still are for those that have some (0: any number).
    """
    room = room or {}
    ready = "leased_until IS NULL AND wake_at <= %s"
    values: list[Any] = [connection.ops.adapt_datetimefield_value(now)]
    if source:
        ready += f" AND authority IN ({HOSTS_OF_SOURCE})"
        values += [source, values[0]]
    if full := [site for site, left in room.items() if left <= 0]:
        ready += " AND site NOT IN ({})"
        values.append(full)
    if not rows_of(Host, f"{ready} LIMIT 1", values, NAMELESS):  # most often: then nobody else is kept from writing
        return []
    lock = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with transaction.atomic():
        look = limit * LOOK if of_site else limit
        free = rows_of(Host, f"{ready} ORDER BY wake_at LIMIT %s{lock}", [*values, look], UNREAD)
        items = _lease(_fair(free, limit, room, of_site), now, permits, source, holder, now + lease)
        told = _Told(items)
    return [_claim(item, told, now + lease) for item in items]


class _Told:
    """What claims tell of the sources and listings of their items, as keywords of Claim."""

    def __init__(self, items: Iterable[Item]) -> None:
        of_sources = {item.source_id for item in items if item.source_id}
        of_listings = {item.listing_id for item in items if item.listing_id}
        asked = {item.listing_id for item in items if item.rank == RANK[Kind.LISTING] and item.listing_id}
        sources = Source.objects.filter(pk__in=of_sources) if of_sources else Source.objects.none()
        listings = Listing.objects.filter(pk__in=of_listings) if of_listings else Listing.objects.none()
        learned = Listing.objects.filter(pk__in=asked) if asked else Listing.objects.none()
        self.sources: dict[str | None, dict[str, Any]] = {
            pk: {
                "source": pk,
                "source_url": address,
                "source_name": name,
                "source_category": category,
                "settings": source_settings.load(settings),
            }
            for pk, address, name, category, settings in sources.values_list(
                "pk", "url", "name", "category", "settings"
            )
        }
        self.listings: dict[int | None, dict[str, Any]] = {
            pk: {"listing": pk, "listing_url": address, "listing_kind": kind}
            for pk, address, kind in listings.values_list("pk", "url", "kind")
        }
        self.learned: dict[int | None, Learned] = {
            pk: shape.load(Learned, value) for pk, value in learned.values_list("pk", "learned")
        }


def _fair(hosts: Iterable[Host], limit: int, room: Mapping[str, int], of_site: int) -> list[Host]:
    """The first hosts of which no more than `of_site` belong to one site."""
    left: dict[str, int] = {}
    found: list[Host] = []
    for host in hosts:
        site = host.site or url.registrable(host.authority)
        left.setdefault(site, room.get(site, of_site))
        if len(found) < limit and (not of_site or left[site] > 0):
            left[site] -= 1
            found.append(host)
    return found


def _lease(free: list[Host], now: datetime, permits: Permits, source: str, holder: str, until: datetime) -> list[Item]:
    """One item for each of the hosts that may be asked for something."""
    resting = set(Source.objects.exclude(state="active").values_list("pk", flat=True))
    least = {host.authority: 0 if host.page_ready_at <= now else REQUISITE_RANK for host in free}
    when = connection.ops.adapt_datetimefield_value(now)
    only, named = (OF_SOURCE, [source]) if source else ("", [])
    firsts: dict[str, int | None] = dict(_of_hosts(FIRST.format(only), least, str(when), *named))
    first = [pk for pk in firsts.values() if pk]
    rows = {row.pk: row for row in rows_of(Item, "id IN ({})", [first])} if first else {}
    items, leased, idle = [], [], Hosts(now)
    for host in free:
        item = _next(host, rows.get(firsts.get(host.authority) or 0), now, permits, resting, source)
        if item is None:
            idle.stir(host)
            continue
        host.epoch += 1
        host.leased_until, host.holder = until, holder
        item.state, item.epoch = Item.State.LEASED, host.epoch
        items.append(item)
        leased.append(host)
    idle.save()
    save_all(leased, TIMES)
    save_all(items, ("state", "epoch"))
    return items


def _next(
    host: Host, first: Item | None, now: datetime, permits: Permits, resting: Collection[str], source: str
) -> Item | None:
    pages, requisites = host.page_ready_at <= now, host.requisite_ready_at <= now
    for item in _due(host, first, now, pages, source):
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
        else:
            return None
    return None


def _due(host: Host, first: Item | None, now: datetime, pages: bool, source: str) -> Iterator[Item]:
    """Due items of a host in their order; while no page may be asked for, its requisites alone."""
    if first is None:
        return
    yield first
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
    if item.kind == Kind.LISTING and item.part < 2:
        item.due_at, item.error = now + REFUSED_FOR, why
        item.save(update_fields=["due_at", "error"])
        Listing.objects.filter(pk=item.listing_id or 0).update(error=why)
        return
    item.state, item.error = Item.State.REFUSED, why
    item.save(update_fields=["state", "error"])
    if item.hints.get("entry"):
        want_entry(item.article)


def want_entry(article: str) -> None:
    """A page is not to be had, and its listing holds the full text: an article is to be made of that."""
    Outbox.objects.create(topic=ENTRY, article=article)


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


def _claim(item: Item, told: _Told, until: datetime) -> Claim:
    return Claim(
        item=item.pk,
        epoch=item.epoch,
        kind=Kind(item.kind),
        url=item.url,
        host=item.host,
        **told.sources.get(item.source_id, {}),
        **told.listings.get(item.listing_id, {}),
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
        learned=told.learned.get(item.listing_id) if item.rank == RANK[Kind.LISTING] else None,
        until=until,
    )


def release(claim: Claim, timing: Timing, hosts: Hosts | None = None) -> None:
    """End the lease of a claim's host and say when it may be asked again. A stale epoch changes nothing."""
    with held(timing.page, hosts, [claim.host]) as hosts:
        host = hosts[claim.host]
        if host.epoch == claim.epoch:
            host.leased_until, host.holder = None, ""
            host.page_ready_at = max(timing.page, host.page_ready_at)
            host.requisite_ready_at = max(timing.requisite, host.requisite_ready_at)
            hosts.stir(host)


def recover(now: datetime, delay: float, holder: str) -> int:
    """Free what a process that ended had leased. Count of items freed.

    It may have asked a leased host a moment ago, so each waits its full delay (seconds) from now.
    """
    return _free(Q(holder=holder), now, delay)


def expire(now: datetime, delay: float, spared: Collection[str]) -> int:
    """Free what was leased for too long: its holder stalls, or ended on another machine. Count of items freed.

    What the stalled one still says is taken in as long as nobody else has the item. `spared`: processes that ended
    and are not tidied up after yet; what they fetched has to be taken in first.
    """
    return _free(Q(leased_until__lt=now) & ~Q(holder__in=spared), now, delay)


def _free(which: Q, now: datetime, delay: float) -> int:
    leased = Host.objects.filter(which, leased_until__isnull=False)
    names = list(leased.values_list("authority", flat=True))
    if not names:
        return 0
    freed = 0
    with held(now, None, names) as hosts:
        for host in leased.filter(authority__in=names).defer("robots").order_by("authority"):
            under_way = Item.objects.filter(host=host.authority, state=Item.State.LEASED)
            told = min(host.crawl_delay or 0.0, LONGEST_DELAY)
            wait = now + timedelta(seconds=max(delay, told, _own_delay(under_way)))
            host.leased_until, host.holder = None, ""
            host.page_ready_at = max(host.page_ready_at, wait)
            host.requisite_ready_at = max(host.requisite_ready_at, wait)
            freed += under_way.update(state=Item.State.QUEUED)
            hosts.stir(host)
    return freed


def _own_delay(items: QuerySet[Item]) -> float:
    """The longest delay that the sources of some items set for themselves."""
    told = items.exclude(source=None).values_list("source__settings", flat=True)
    return max((source_settings.load(settings).delay or 0.0 for settings in told), default=0.0)


def make_due(listing_ids: Iterable[int], now: datetime) -> int:
    """Ask for these listings now; count of those that were not due already."""
    changed = 0
    wanted = Item.objects.filter(listing__in=list(listing_ids), kind=Kind.LISTING, via=[], part__lte=1)
    with held(now, None, wanted.values_list("host", flat=True)) as hosts:
        for item in wanted:
            if item.state not in (Item.State.QUEUED, Item.State.LEASED) or item.due_at > now:
                changed += 1
                if item.state != Item.State.LEASED:
                    item.state = Item.State.QUEUED
                item.due_at, item.attempts = now, 0
                item.save(update_fields=["state", "due_at", "attempts"])
                hosts.stir(hosts[item.host])
    return changed


def next_wake(now: datetime) -> datetime | None:
    """The earliest time at which some free host has something to ask for; None when the frontier is idle."""
    found: datetime | None = Host.objects.filter(leased_until__isnull=True).aggregate(at=Min("wake_at"))["at"]
    return found


def under_way() -> int:
    """Hosts that are leased: requests on their way, of all processes."""
    return Host.objects.filter(leased_until__isnull=False).count()
