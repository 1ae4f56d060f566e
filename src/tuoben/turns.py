"""Turns at the children of a `Runner`: pages of one site that are slow to read never keep those of others waiting.

Fair queueing by what each site cost lately: whoever cost least goes first, no site has more than half of the children
at once, and so a child is left for the others even while one site's pages run into the time limit one after another.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

from tuoben.runner import Runner

P = ParamSpec("P")
T = TypeVar("T")

HALF_LIFE = 60.0
"""Seconds after which half of what a site cost is forgotten."""
FEW = 64
"""Sites that are remembered before any is forgotten."""
PATIENCE = 60.0
"""Seconds after which a call goes before all others, whatever its site cost."""


class Reader(Protocol):
    """Who calls functions on foreign bytes: a `Runner`, or one site's share of it."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a child and await its result."""
        ...


@dataclass(slots=True)
class _Site:
    """What one site has at the children. `cost`: seconds it used them, decayed to the time `at`."""

    cost: float = 0.0
    at: float = 0.0
    running: int = 0
    waiting: deque[tuple[float, asyncio.Future[None]]] = field(default_factory=deque)

    def owes(self, now: float) -> float:
        """What it cost lately."""
        return self.cost * math.exp2((self.at - now) / HALF_LIFE)


class Turns:
    """The turns at one runner, for one event loop."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._free = runner.workers
        self._most = max(1, runner.workers // 2)
        self._sites: dict[str, _Site] = {}
        self._asking: dict[str, None] = {}
        """Sites of which something waits."""
        self._many = FEW

    def of(self, site: str) -> Reader:
        """The share of one site."""
        return _Share(self, site)

    async def run(self, site: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`Runner.run` when it is the site's turn; what it took is put to its account."""
        loop = asyncio.get_running_loop()
        if len(self._sites) > self._many:
            self._forget(loop.time())
        mine = self._sites.setdefault(site, _Site(at=loop.time()))
        turn = loop.create_future()
        mine.waiting.append((loop.time(), turn))
        self._asking[site] = None
        self._next(loop.time())
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._next(loop.time())
            else:  # it had just been given
                self._give_back(mine, loop.time(), 0.0)
            raise
        started = loop.time()
        try:
            return await self._runner.run(function, *args, **kwargs)
        finally:
            self._give_back(mine, loop.time(), loop.time() - started)

    def _forget(self, now: float) -> None:
        """Forget sites that ask for nothing and owe nothing; not again before there are twice as many as stay."""
        for name, site in list(self._sites.items()):
            if not site.waiting and not site.running and site.owes(now) < 0.001:
                del self._sites[name]
        self._many = max(FEW, 2 * len(self._sites))

    def _give_back(self, site: _Site, now: float, took: float) -> None:
        site.cost, site.at = site.owes(now) + took, now
        site.running -= 1
        self._free += 1
        self._next(now)

    def _next(self, now: float) -> None:
        """Give the free children to those whose turn it is."""
        while self._free and (site := self._first(now)) is not None:
            site.running += 1
            self._free -= 1
            site.waiting.popleft()[1].set_result(None)

    def _first(self, now: float) -> _Site | None:
        best: tuple[bool, float] | None = None
        found = None
        for name in list(self._asking):
            site = self._sites[name]
            while site.waiting and site.waiting[0][1].done():  # its caller was cancelled
                site.waiting.popleft()
            if not site.waiting:
                del self._asking[name]
                continue
            if site.running >= self._most:
                continue
            since = site.waiting[0][0]
            rank = (now - since < PATIENCE, site.owes(now) if now - since < PATIENCE else since)
            if best is None or rank < best:
                best, found = rank, site
        return found


@dataclass(frozen=True, slots=True)
class _Share:
    """One site's view of the runner."""

    turns: Turns
    site: str

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.turns.run(self.site, function, *args, **kwargs)
