"""What a crawler does beside fetching: full texts that listings hold, articles to be read again, categories, hubs, and
what follows from the outbox. Each waits its turn; none of them stops the crawl.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tuoben import url
from tuoben.errors import TuobenError
from tuoben.home import Home
from tuoben.jobs import entries as kept
from tuoben.jobs import hubs, reextract
from tuoben.jobs.categorising import Sorter
from tuoben.jobs.drain import drain
from tuoben.jobs.outside import Outside
from tuoben.jobs.sequence import sequence
from tuoben.jobs.threads import within
from tuoben.jobs.timestamps import Stamper
from tuoben.net import Door
from tuoben.pipeline import Plan
from tuoben.store import database, entries, repository, rereading
from tuoben.store.commits import Rules
from tuoben.turns import Reader, Turns

log = logging.getLogger("tuoben.scheduler")

ENTRIES = 8
"""Full texts of listings that are looked at in one go: each may cost a child its whole time."""


@dataclass
class Chores:
    """The chores of one crawler. `rows`, `index`: its threads; `with_rows`: work in the first of them that is waited
    with while the rows cannot be had.
    """

    home: Home
    door: Door
    plan: Plan
    rules: Rules
    turns: Turns
    stored: reextract.Opener
    with_rows: Callable[..., Awaitable[Any]]
    rows: ThreadPoolExecutor
    index: ThreadPoolExecutor
    writer: str
    """The name of this process."""
    host_delay: float | None
    app_url: str = ""
    stamp: Stamper | None = None
    """Has the log's checkpoints time-stamped."""
    once: bool = False

    def __post_init__(self) -> None:
        self._sorter = Sorter(self.home)

    @asynccontextmanager
    async def _bearing(self, pool: ThreadPoolExecutor, what: str) -> AsyncIterator[None]:
        """Work that may fail for now: the log says `what` that means, and the rows are reached for anew."""
        try:
            yield
        except (TuobenError, *database.BROKEN, OSError) as error:
            log.warning("%s: %s", what, error)
            await within(pool, database.renew)

    async def keep_entries(self) -> tuple[int, int]:
        """Make articles of the full texts that listings hold of pages that cannot be had; how many were looked at, and
        how many articles that made."""
        waiting = await self.with_rows(entries.waiting, ENTRIES)
        made = 0

        def reader(host: str) -> Reader:
            return self.turns.of(url.registrable(host))

        for row, outcome in await kept.read(waiting, self.stored, reader, self.plan):
            try:
                receipt = await self.with_rows(entries.keep, row, outcome, self.rules)
            except database.BROKEN:
                raise
            except Exception:
                log.exception("keeping the text of %s", outcome.claim.url if outcome else row)
                receipt = await self.with_rows(entries.keep, row, None, self.rules)
            made += receipt is not None and receipt.new_article
        return len(waiting), made

    async def sort(self) -> None:
        """Give articles that nothing sorted the category that the classifier is sure of, some at a time."""
        async with self._bearing(self.rows, "Articles without a category are not sorted"):
            await within(self.rows, self._sorter.sort)

    async def read_again(self) -> None:
        """Read articles again whose last two states two extractors read: what differs may not be the publisher's."""
        for article in await self.with_rows(rereading.queued):
            held = await self.with_rows(rereading.held, article)
            site = url.registrable(url.authority(held.captures[-1].url)) if held and held.captures else ""
            try:
                found = await reextract.outcomes(held, self.stored, self.turns.of(site), self.plan) if held else None
                if held and isinstance(found, list):
                    made = await self.with_rows(partial(rereading.reread, keep=True), held, found, self.rules)
                    if made.why == rereading.LATER:
                        continue
            except database.BROKEN:
                raise
            except Exception:
                log.exception("reading %s again", article)
            await self.with_rows(rereading.done, article)

    async def call_hubs(self) -> None:
        """Ask the hubs of the listings to tell us of news; one of the workers is enough."""
        if not self.app_url or self.once:
            return
        with self.home.lock("hubs") as ours:
            if not ours:
                return
            try:
                outside = Outside(partial(within, self.rows), self.writer)
                await hubs.ask(self.door, self.app_url, outside, self.host_delay)
            except (TuobenError, *database.BROKEN, OSError) as error:
                log.warning("Hubs could not be asked: %s", error)

    async def drain(self) -> None:
        """Work off the outbox."""
        async with self._bearing(self.index, "The index is behind"):
            await within(self.index, drain, self.home)

    async def enter(self, period: float) -> None:
        """Enter in the log what waits. `period`: seconds between two checkpoints."""
        async with self._bearing(self.index, "The log is behind"):
            await within(self.index, partial(sequence, self.home, period=period))
            if self.stamp is not None and not (self.once and period):  # once: when all is entered
                await self.stamp()

    async def finish(self, patience: float) -> None:
        """At the end: all of it, and so many seconds are waited for another process that is at it."""
        await self.enter(0.0)
        await within(self.index, drain, self.home)
        loop = asyncio.get_running_loop()
        last = loop.time() + patience
        while await within(self.index, repository.outbox, 1) and loop.time() < last:
            await asyncio.sleep(0.2)
            await self.drain()
