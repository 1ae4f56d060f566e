"""The rows of hosts, as one transaction holds them, and when each of them has something that may be asked for.

Whoever changes a host, or the items of a host, holds its row until the end of the transaction, several in the order of
their names: with SQLite there is one writer anyway, with PostgreSQL this is what keeps claims and completions of many
processes apart without a deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from tuoben import url
from tuoben.store.database import rows_of, save_all
from tuoben.store.models import Host

TIMES = (
    "wake_at", "page_ready_at", "requisite_ready_at", "leased_until", "holder", "epoch", "robots_waiting", "strikes",
    "listed",
)  # fmt: skip
_MINIMUM = "(SELECT min(due_at) FROM store_item WHERE host = authority AND state = 'queued' AND rank = {})"
EARLIEST = f"SELECT authority, {', '.join(_MINIMUM.format(rank) for rank in range(6))} FROM wanted"
"""One look into the index for each rank, however many items are queued."""
HISTORY = 5
"""Rank of a source's past, its pages and its articles: it gets the turns that nothing else of a host wants."""
AT_ONCE = 500
"""Hosts that one query names."""


class Hosts:
    """The rows of hosts that one transaction holds. Those that were stirred are saved together at its end."""

    def __init__(self, now: datetime, authorities: Iterable[str] = ()) -> None:
        self._now = now
        self._rows: dict[str, Host] = {}
        self._stirred: dict[str, Host] = {}
        self.hold(authorities)

    def hold(self, authorities: Iterable[str]) -> None:
        """Take further hosts in; those that are new get a row."""
        wanted = sorted({authority for authority in authorities if authority not in self._rows})
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
        if authority not in self._rows:
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
        for authority, *due in of_hosts(EARLIEST, {one: 0 for one in self._stirred}):
            host = self._stirred[authority]
            host.wake_at = _wake_at(host, *(aware(value) for value in due))
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


def of_hosts(query: str, hosts: Mapping[str, int], *values: str | datetime) -> Iterator[tuple[Any, ...]]:
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
    host: Host,
    robots: datetime | None,
    listing: datetime | None,
    page: datetime | None,
    recheck: datetime | None,
    requisite: datetime | None,
    history: datetime | None,
) -> datetime | None:
    times = []
    if robots:
        times.append(max(robots, host.page_ready_at))
    if not host.robots_waiting:
        times += [max(at, host.page_ready_at) for at in (listing, page, recheck) if at is not None]
        if requisite:
            times.append(_requisite_time(host, requisite))
        if history:
            times.append(max(history, host.page_ready_at))
    return min(times, default=None)


def _requisite_time(host: Host, due_at: datetime) -> datetime:
    """When a requisite may be asked for: behind robots.txt when that is not known, which waits as pages do."""
    at = max(due_at, host.requisite_ready_at)
    return at if robots_known(host, at) else max(at, host.page_ready_at)


def aware(value: object) -> datetime | None:
    """A time as a raw query gives it: text on SQLite, a datetime elsewhere."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert found is None or isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def robots_known(host: Host, now: datetime) -> bool:
    """Whether what its robots.txt said is known, and not too old."""
    return bool(host.robots_verdict) and host.robots_until is not None and host.robots_until > now
