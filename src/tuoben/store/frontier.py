"""The frontier: what is to be asked for, host by host, under leases.

A host is leased from the claim of one of its items until the completion of that item; completion sets when the host
may be asked again. So a host never has two requests under way, and no delay is cut short when a process dies
(reference: scale, design B). Each lease raises the host's epoch; a completion with an older epoch changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from tuoben import shape, source_settings, url
from tuoben.model import Claim, Kind
from tuoben.store.database import column_of, insert_all, new, rows_of, save_all
from tuoben.store.hosts import HISTORY, TIMES, Hosts, aware, held, of_hosts, robots_known
from tuoben.store.models import Host, Item, Outbox, Source
from tuoben.store.part import Part
from tuoben.store.passed import Passed
from tuoben.store.told import Told

LEASE = timedelta(seconds=180)
"""Longer than any exchange may last with its reading and commit."""
RANK = {Kind.ROBOTS: 0, Kind.LISTING: 1, Kind.PAGE: 2, Kind.RENDERED: 2, Kind.REQUISITE: 4, Kind.POLICY: 4}
OF_THE_PAST = (Kind.LISTING, Kind.PAGE, Kind.RENDERED)
"""What waits behind all else when it belongs to a source's past."""
LANE = "browser:"
"""A host that no address has: its items are pages to be opened in a browser, its lease is that of the one browser."""
RECHECK = 3
"""Rank of a page that was read before: new ones come first."""
REQUISITE_RANK = RANK[Kind.REQUISITE]
ENTRY = "entry"
"""Topic of the outbox: a link whose page is not to be had and whose text stands in its listing."""
AHEAD = timedelta(days=36_525)
"""What a person waits for is due so much earlier than it was asked for: before all that waits, in its own order."""
TOGETHER = 500
"""Keys in one look-up: a sitemap has fifty thousand, and no database takes so many values at once."""
LOOK = 4
"""Items of a host that are looked at in one query, when the first was refused; hosts that are looked at for each that
is to be leased, when some may belong to one site.
"""
MOST_REFUSED = 400
"""Items refused in one claim of a host, before the others get their turn."""
UNDECIDED = timedelta(seconds=1)
"""How long a host waits for the verdicts of its robots.txt that could not be had within a claim."""
FIRST = f"""SELECT authority, (SELECT id FROM store_item WHERE host = authority AND state = 'queued' AND rank >= least
AND rank <= CASE least WHEN 0 THEN {HISTORY} ELSE least END AND due_at <= %s{{}}
ORDER BY rank, due_at, id LIMIT 1) FROM wanted"""
UNREAD = ("tdm", "tdm_until")
"""Fields of a host that a claim does not look at."""
NAMELESS = tuple(field.name for field in Host._meta.concrete_fields if not field.primary_key)
"""All fields of a host but its name."""

Permits = Callable[[bytes, str, str], bool | None]
"""(robots.txt bytes, verdict, URL) → may we ask for it; None: not decided yet, so nobody asks for it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a host may be asked again, by class of request."""

    page: datetime
    requisite: datetime
    strikes: int = 0
    """Answers in a row by which it said that it is asked too much, this one included."""


def holder_of(authority: str) -> str:
    """The process that has leased a host, "" when nobody has."""
    return Host.objects.filter(authority=authority).values_list("holder", flat=True).first() or ""


def first(now: datetime) -> datetime:
    """The time at which an item is due that goes before all others of its rank."""
    return now - AHEAD


def is_first(due_at: datetime) -> bool:
    """Whether that is what a time means."""
    return due_at.year < 1970


def item_of(claim: Claim, due_at: datetime, address: str = "") -> Item:
    """A new item for what a claim tells; with `address`, the same at another one."""
    address = address or claim.url
    return new(
        Item,
        kind=claim.kind,
        url=address,
        key=_key(claim, address),
        due_at=due_at,
        source_id=claim.source or None,
        listing_id=claim.listing or None,
        article=claim.article,
        rank=HISTORY if claim.past and claim.kind in OF_THE_PAST else RANK[claim.kind],
        part=claim.part,
        for_host=claim.for_host,
        referer=claim.referer,
        hints=shape.dump(claim.link) if claim.link else {},
        via=list(claim.via),
    )


def _key(claim: Claim, address: str) -> str:
    """What makes an item the same item."""
    via = f" via {url.fit(address)}" if claim.via else ""
    match claim.kind:
        case Kind.PAGE:
            page = url.canonical(address)
            if claim.via and url.canonical(claim.via[-1]) == page:
                page += f" via {claim.via[-1]}"  # http → https and the like: the same work, yet another address to ask
            return f"page {url.fit(page)}"
        case Kind.ROBOTS:
            return f"robots {claim.for_host}{via}"
        case Kind.LISTING if claim.past:
            return f"listing {claim.listing} past {url.fit(address)}{via}"
        case Kind.LISTING:
            return f"listing {claim.listing}{f' page {claim.part}' if claim.part > 1 else ''}{via}"
    return f"{claim.kind} {url.fit(address)}"


def add(items: Iterable[Item], now: datetime, hosts: Hosts | None = None) -> list[Item]:
    """Put new items in and wake their hosts; known keys are passed over. Those that are new."""
    by_key = {item.key: item for item in items}
    for item in by_key.values():
        item.rank = HISTORY if item.rank == HISTORY else RANK[Kind(item.kind)]
        item.host = LANE if item.kind == Kind.RENDERED else url.authority(item.url)
    if not by_key:
        return []
    with held(now, hosts, {item.host for item in by_key.values()}) as hosts:
        keys = list(by_key)
        for start in range(0, len(keys), TOGETHER):
            for known in column_of(Item, "key", "key IN ({})", [keys[start : start + TOGETHER]]):
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
    articles: Collection[str] = (),
    history: bool = True,
) -> list[Claim]:
    """Lease up to `limit` hosts that have something due, to the process `holder`, and take one item from each.

    An item that robots.txt forbids is refused here, and the next one looked at. A host whose robots.txt is not known,
    or is out of date, gives its robots.txt first. `source`: only what this source's listings led to; `articles`: only
    what belongs to these; `history`: the past of sources, too. `of_site`: no more of one site at once, of which `room`
    tells how many there still are for those that have some (0: any number).
    """
    room, part = room or {}, Part(source, tuple(articles), history)
    ready = "leased_until IS NULL AND wake_at <= %s"
    values: list[Any] = [connection.ops.adapt_datetimefield_value(now)]
    more, told_of = part.hosts(values[0])
    ready += more
    values += told_of
    if full := [site for site, left in room.items() if left <= 0]:
        ready += " AND site NOT IN ({})"
        values.append(full)
    if not rows_of(Host, f"{ready} LIMIT 1", values, NAMELESS):  # most often: then nobody else is kept from writing
        return []
    lock = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with transaction.atomic():
        look = limit * LOOK if of_site else limit
        free = rows_of(Host, f"{ready} ORDER BY wake_at LIMIT %s{lock}", [*values, look], UNREAD)
        items = _lease(_fair(free, limit, room, of_site), now, permits, part, holder, now + lease)
        told = Told(items)
    return [told.claim(item, now + lease) for item in items]


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


def _lease(free: list[Host], now: datetime, permits: Permits, part: Part, holder: str, until: datetime) -> list[Item]:
    """One item for each of the hosts that may be asked for something."""
    resting = set(column_of(Source, "id", "state <> 'active'", []))
    least = {host.authority: 0 if host.page_ready_at <= now else REQUISITE_RANK for host in free}
    when = connection.ops.adapt_datetimefield_value(now)
    only, named = part.items()
    firsts: dict[str, int | None] = dict(of_hosts(FIRST.format(only), least, str(when), *named))
    rows = _rows_of(firsts.values())
    again = [host.authority for host in free if host.listed and _is_listing(rows.get(firsts.get(host.authority) or 0))]
    if again:  # when we are slow, all turns would go to listings that are due again
        query = FIRST.format(f"{only} AND rank = {RANK[Kind.PAGE]}")
        pages = dict(of_hosts(query, dict.fromkeys(again, 0), str(when), *named))
        firsts |= {authority: pk for authority, pk in pages.items() if pk}
        rows |= _rows_of(pages.values())
    items, leased, idle, passed = [], [], Hosts(now), Passed(now)
    for host in free:
        due = _due(host, rows.get(firsts.get(host.authority) or 0), now, part)
        item = _next(host, due, now, permits, resting, passed)
        if item is None:
            idle.stir(host)
            continue
        host.epoch += 1
        host.leased_until, host.holder = until, holder
        item.state, item.epoch = Item.State.LEASED, host.epoch
        items.append(item)
        leased.append(host)
    passed.save()
    for article in passed.entries:
        want_entry(article)
    idle.save()
    save_all(leased, TIMES)
    save_all(items, ("state", "epoch"))
    return items


def _rows_of(items: Iterable[int | None]) -> dict[int, Item]:
    found = [pk for pk in items if pk]
    return {row.pk: row for row in rows_of(Item, "id IN ({})", [found])} if found else {}


def _is_listing(item: Item | None) -> bool:
    return item is not None and item.rank == RANK[Kind.LISTING]


def _next(
    host: Host, due: Iterable[Item], now: datetime, permits: Permits, resting: Collection[str], passed: Passed
) -> Item | None:
    pages, requisites = host.page_ready_at <= now, host.requisite_ready_at <= now
    robots = bytes(host.robots or b"")
    undecided = False
    for item in due:
        if item.rank == RANK[Kind.ROBOTS]:
            return item
        if item.source_id in resting:
            passed.close(item, Item.State.DONE, "paused")
        elif item.kind == Kind.RENDERED:  # each of its requests asks for the turn, and the robots.txt, of its host
            return item if pages else None
        elif host.robots_waiting:
            return None
        elif not robots_known(host, now):
            return _ask_robots(host, item, now) if pages else None
        elif host.robots_verdict == "disallow-all":  # for now: it could not be read
            passed.put_off(item, host.robots_until or now + LEASE)
        elif (allowed := permits(robots, host.robots_verdict, item.url)) is None:
            undecided = True  # those behind it are asked about too, so that all are decided together
        elif not allowed:
            passed.refuse(item, "robots.txt of the host does not allow it.")
        elif requisites if item.rank == REQUISITE_RANK else pages:
            return item
        else:
            break
    if undecided:
        host.page_ready_at = max(host.page_ready_at, now + UNDECIDED)
        host.requisite_ready_at = max(host.requisite_ready_at, now + UNDECIDED)
    return None


def _due(host: Host, first: Item | None, now: datetime, part: Part) -> Iterator[Item]:
    """Due items of a host in their order; while no page may be asked for, its requisites alone."""
    if first is None:
        return
    yield first
    due = Item.objects.filter(part.query(), host=host.authority, state=Item.State.QUEUED, due_at__lte=now)
    if host.page_ready_at > now:
        due = due.filter(rank=REQUISITE_RANK)
    due = due.order_by("rank", "due_at", "id")
    seen, look = 0, LOOK
    while seen < MOST_REFUSED:  # what is passed over is written at the end of the claim, so places stay as they are
        found = list(due[seen : seen + look])
        yield from (item for item in found if item.pk != first.pk)
        if len(found) < look:
            return
        seen, look = seen + look, look * 4


def want_entry(article: str) -> None:
    """A page is not to be had, and its listing holds the full text: an article is to be made of that."""
    Outbox.objects.create(topic=ENTRY, article=article)


def want_robots(address: str, claim: Claim, now: datetime) -> tuple[bytes, str] | None:
    """(robots.txt, what its status meant) of the host of an address, for something that no item asks for; None: it is
    asked for now, as everything is."""
    authority = url.authority(address)
    with held(now, None, [authority]) as hosts:
        host = hosts[authority]
        if robots_known(host, now):
            return bytes(column_of(Host, "robots", "authority = %s", [authority])[0] or b""), host.robots_verdict
        if not host.robots_waiting:
            _ask_robots(host, new(Item, url=address, source_id=claim.source or None), now, claim.article)
            hosts.stir(host)
    return None


def _ask_robots(host: Host, for_item: Item, now: datetime, article: str = "") -> Item:
    host.robots_waiting = True
    key = f"robots {host.authority}"
    fresh = new(
        Item,
        key=key,
        kind=Kind.ROBOTS.value,
        rank=RANK[Kind.ROBOTS],
        url=url.resolve(for_item.url, "/robots.txt") or for_item.url,
        host=host.authority,
        due_at=now,
        for_host=host.authority,
        source_id=for_item.source_id,
        article=article,
    )
    if known := column_of(Item, "id", "key = %s", [key]):
        fresh.pk = known[0]
        save_all([fresh], ("url", "source", "state", "due_at", "attempts", "article"))
    else:
        insert_all([fresh])
    return rows_of(Item, "key = %s", [key])[0]


def release(claim: Claim, timing: Timing, hosts: Hosts | None = None) -> None:
    """End the lease of a claim's host and say when it may be asked again. A stale epoch changes nothing."""
    with held(timing.page, hosts, [claim.host]) as hosts:
        host = hosts[claim.host]
        if host.epoch == claim.epoch:
            host.leased_until, host.holder = None, ""
            host.page_ready_at = max(timing.page, host.page_ready_at)
            host.requisite_ready_at = max(timing.requisite, host.requisite_ready_at)
            host.strikes, host.listed = timing.strikes, claim.kind is Kind.LISTING
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
            told = min(host.crawl_delay or 0.0, source_settings.LONGEST_DELAY)
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
    wanted = wanted.exclude(rank=HISTORY)
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


def rank_anew() -> None:
    """Give the items that an older version put in the ranks of this one."""
    later = [kind for kind, rank in RANK.items() if rank > RECHECK]
    Item.objects.filter(kind__in=later).exclude(rank=REQUISITE_RANK).update(rank=REQUISITE_RANK)
    Item.objects.filter(kind=Kind.PAGE, visits__gt=0).exclude(rank=RECHECK).update(rank=RECHECK)


def next_wake(now: datetime) -> datetime | None:
    """The earliest time at which some free host has something to ask for; None when the frontier is idle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(wake_at) FROM store_host WHERE leased_until IS NULL")
        return aware(cursor.fetchone()[0])


def under_way() -> int:
    """Hosts that are leased: requests on their way, of all processes."""
    return Host.objects.filter(leased_until__isnull=False).count()
