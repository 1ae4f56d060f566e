"""Leases of hosts for requests outside the frontier: surveys of a site, hubs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tuoben.store.hosts import held


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """What is to be known for one request to a host."""

    at: datetime
    """When it may be made, at the earliest."""
    epoch: int | None
    """Of the lease; None: it was not given, because another request is under way, or because it is too early."""
    crawl_delay: float | None = None
    """What the host's robots.txt asks for, as far as it is known."""
    strikes: int = 0
    """Times in a row that the host said that it is asked too much."""


def lease(
    authority: str, now: datetime, latest: datetime, seconds: float, holder: str = "", requisite: bool = False
) -> Leased:
    """Lease a host to a process for one request, when that may be made before `latest`.

    The lease lasts so many seconds behind the time of the request, or until `end`. `requisite`: the request is for what
    a page needs, which waits less long than a page.
    """
    with held(now, None, [authority]) as hosts:
        host = hosts[authority]
        at = max(host.requisite_ready_at if requisite else host.page_ready_at, now)
        refused = Leased(at=at, epoch=None, crawl_delay=host.crawl_delay, strikes=host.strikes)
        if host.leased_until is not None or at > latest:
            return refused
        host.epoch += 1
        host.leased_until, host.holder = at + timedelta(seconds=seconds), holder
        hosts.stir(host)
        return replace(refused, epoch=host.epoch)


def end(authority: str, epoch: int, ready: datetime, strikes: int = 0) -> None:
    """After the request: when the host may be asked again. A stale epoch changes nothing."""
    with held(ready, None, [authority]) as hosts:
        host = hosts[authority]
        if host.epoch == epoch:
            host.leased_until, host.holder, host.strikes = None, "", strikes
            host.page_ready_at = max(host.page_ready_at, ready)
            host.requisite_ready_at = max(host.requisite_ready_at, ready)
            hosts.stir(host)


def rest(authority: str, ready: datetime) -> None:
    """Let a host rest until a time, without having asked it."""
    with held(ready, None, [authority]) as hosts:
        host = hosts[authority]
        host.page_ready_at = max(host.page_ready_at, ready)
        host.requisite_ready_at = max(host.requisite_ready_at, ready)
        hosts.stir(host)
