"""After processes that ended in the middle of their work: what they fetched is taken in, then what they held is freed.

Each name is tidied up after by one process (`Home.heir`), and in this order: only when the tails of its segments are in
the rows are its hosts free again, so nothing that was stored is fetched a second time (law 2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from tuoben import pipeline
from tuoben.archive import manifest
from tuoben.archive.reading import Archive, Stored, writer_of
from tuoben.errors import ArchiveError, BeingWritten
from tuoben.home import Home
from tuoben.jobs import sequence
from tuoben.jobs.threads import within
from tuoben.model import Receipt
from tuoben.runner import Runner
from tuoben.store import commits, frontier, repository

log = logging.getLogger("tuoben.jobs")
BATCH = 64


@dataclass(frozen=True, slots=True)
class Tender:
    """Tidies up for the process `name`. `delay`: seconds that a freed host rests, at least."""

    home: Home
    archive: Archive
    runner: Runner
    plan: pipeline.Plan
    rules: commits.Rules
    name: str
    delay: float
    rows: Executor
    disk: Executor
    tell: Callable[[Receipt], None] = lambda receipt: None
    """Told of each capture that is taken in."""

    async def begin(self) -> None:
        """At a start: look after everything, also after processes that nobody knows by name any more."""
        with self.home.lock("tails") as ours:
            if ours:
                known = {*self.home.processes()} - {self.name}
                await self._take_in(lambda writer: writer not in known)
        await within(self.rows, frontier.recover, pipeline.utcnow(), self.delay, self.name)
        await self.tend()

    async def tend(self) -> None:
        """Look after the processes that ended, and free what was leased for too long."""
        for name in self.home.processes():
            if name == self.name or self.home.alive(name):
                continue
            with self.home.heir(name) as ours:
                if ours:
                    await self._take_in({name}.__contains__)
                    freed = await within(self.rows, frontier.recover, pipeline.utcnow(), self.delay, name)
                    log.info("%s ended: %d items that it held are free again", name, freed)
        dead = [name for name in self.home.processes() if not self.home.alive(name)]
        expired = await within(self.rows, frontier.expire, pipeline.utcnow(), self.delay, dead)
        if expired:
            log.warning("%d leases ran out, their holders stall", expired)

    async def _take_in(self, wanted: Callable[[str], bool]) -> None:
        """Commit what the segments of some writers hold and the rows do not know: it is not fetched again."""
        known = await within(self.rows, repository.segments)
        names = await within(self.disk, self.archive.segments)
        for name in names:
            if not wanted(writer_of(name)):
                continue
            tail = await within(self.disk, _read_tail, self.archive, name, known.get(name, 0))
            if tail:
                log.warning("%d captures at the end of %s are taken in", len(tail), name)
            for start in range(0, len(tail), BATCH):
                await self._commit(tail[start : start + BATCH], writer_of(name))
            await within(self.disk, self._seal, name)

    def _seal(self, name: str) -> None:
        """A segment that nobody goes on with gets its manifest."""
        path = self.archive.path(name)
        if path.exists() and not manifest.path_of(path).exists():
            manifest.seal(self.archive, name, sequence.signer(self.home))

    async def _commit(self, stored: Iterable[Stored], holder: str) -> None:
        outcomes = await pipeline.take_in(stored, self.runner, self.plan)
        for receipt in await within(self.rows, commits.commit_stored, outcomes, self.rules, holder):
            self.tell(receipt)


def _read_tail(archive: Archive, name: str, committed: int) -> list[Stored]:
    """The captures behind what the rows know, durable, after a torn end was cut off and laid beside."""
    if archive.length(name) == committed > 0:
        return []
    try:
        torn = archive.cut_torn(name, committed)
        if torn is not None:
            log.warning("%s was torn at %d: %d bytes lie in %s", name, torn.offset, torn.length, torn.path.name)
        return list(archive.tail(name, committed)) if archive.length(name) > committed else []
    except BeingWritten:
        return []
    except ArchiveError as error:
        log.error("%s (tuoben verify tells more)", error)
        return []
