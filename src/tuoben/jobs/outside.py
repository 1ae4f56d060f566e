"""Requests that no item of the frontier asks for, in the turn of their host like all others.

Surveys of a site, subscriptions at hubs and pages in a browser lease the host, wait until it may be asked, and say when
it may be asked again: collecting keeps out of their way, and they keep out of its.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tuoben.errors import NotNow
from tuoben.fetch import LIMITS, politeness
from tuoben.model import Kind
from tuoben.pipeline import utcnow
from tuoben.store import leases

InRows = Callable[..., Awaitable[Any]]
"""Runs a function on the thread that touches rows."""
LATE = 45.0
"""Seconds that a turn may begin late: when we stood still for longer, it is given up."""
HOLD = LATE + max(limits.total for limits in LIMITS.values()) + 45.0
"""Seconds, longer than an exchange that begins late may last: so long a host is kept, should we die while we ask it."""
LOOK = 0.1
"""Seconds between two looks at a host that is being asked already."""


@dataclass(slots=True)
class Turn:
    """One request's turn at a host: what is learned in it says when the host may be asked again."""

    host_delay: float | None
    """Seconds between two requests that the operator, or the source, wants."""
    crawl_delay: float | None
    strikes: int
    rests: float = 0.0
    kind: Kind = Kind.PAGE

    @property
    def delay(self) -> float:
        """Seconds between two requests to this host."""
        return politeness.pace(self.kind, crawl_delay=self.crawl_delay, host_delay=self.host_delay).seconds

    def slower(self, crawl_delay: float | None) -> None:
        """A robots.txt asks for this delay."""
        self.crawl_delay = max(self.crawl_delay or 0.0, crawl_delay or 0.0) or None

    def answered(self, status: int, retry_after: str) -> None:
        """The host answered; it may want to be left alone."""
        overloaded = status in politeness.OVERLOADED
        named = politeness.parse_retry_after(retry_after, utcnow())
        self.rests = politeness.rest(status, retry_after, utcnow())
        if overloaded and named is None:
            self.rests = politeness.back_off(self.rests, self.strikes)
        self.strikes = min(self.strikes + 1, politeness.MOST_STRIKES) if overloaded else 0


@dataclass(frozen=True, slots=True)
class Outside:
    """The turns of one process. `name`: of it (home.process), hosts are leased under it."""

    in_rows: InRows
    name: str = ""

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        host_delay: float | None,
        patience: float,
        *,
        through_delay: bool = False,
        kind: Kind = Kind.PAGE,
    ) -> AsyncIterator[Turn]:
        """Wait until a host may be asked, and keep everybody else from asking it until its delay is over.

        `patience`: seconds to wait at most, `through_delay`: besides the host's own delay. Raises NotNow when it is to
        be left alone for longer.
        """
        leased, turn = await self._lease(host, host_delay, patience, kind, through_delay=through_delay)
        assert leased.epoch is not None
        try:
            await asyncio.sleep(max((leased.at - utcnow()).total_seconds(), 0.0))
            if utcnow() > leased.at + timedelta(
                seconds=LATE
            ):  # we stood still: it would be another's before we are done
                raise NotNow(host, utcnow())
            yield turn
        finally:
            ready = utcnow() + timedelta(seconds=max(turn.delay, turn.rests))
            await self.in_rows(leases.end, host, leased.epoch, ready, turn.strikes)

    async def _lease(
        self, host: str, host_delay: float | None, patience: float, kind: Kind, *, through_delay: bool
    ) -> tuple[leases.Leased, Turn]:
        began = utcnow()
        latest = began + timedelta(seconds=patience)
        while True:
            leased = await self.in_rows(leases.lease, host, utcnow(), latest, HOLD, self.name, kind is Kind.REQUISITE)
            turn = Turn(host_delay, leased.crawl_delay, leased.strikes, kind=kind)
            if leased.epoch is not None:
                return leased, turn
            longer = began + timedelta(seconds=patience + turn.delay) if through_delay else latest
            if leased.at > longer or utcnow() > longer:
                raise NotNow(host, leased.at)
            if longer > latest:
                latest = longer
            else:
                await asyncio.sleep(LOOK)
