"""What is due, and who does it: claims from the frontier, exchanges under way, the two batched ends of the pipeline.

Three loops share the work: `_feed` claims and fetches, `_store` appends exchanges to the WARC (one fsync for all that
wait), `_commit` writes the outcomes that are ready in one transaction and acknowledges them. What follows from that
(`jobs.chores`) is looked at now and then. Rows are touched by one thread alone, segments by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from tuoben import pipeline, planning, source_settings, url
from tuoben.archive.lately import Lately, apart
from tuoben.archive.marks import Marks
from tuoben.archive.reading import Stored
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.warc import Resolver
from tuoben.browse import Chromium, Limits
from tuoben.errors import ArchiveError, BadResponse, DiskFull, FetchError, TuobenError
from tuoben.fetch import LONGEST, fetch, permission, politeness
from tuoben.fetch.slots import OF_SITE, Slots
from tuoben.home import Home
from tuoben.jobs import storing
from tuoben.jobs.browsing import AFTER, Browsing
from tuoben.jobs.chores import Chores
from tuoben.jobs.outside import Outside
from tuoben.jobs.sequence import PERIOD
from tuoben.jobs.tally import Tally
from tuoben.jobs.tend import Tender
from tuoben.jobs.threads import within
from tuoben.jobs.timestamps import Stamper
from tuoben.model import Capture, Claim, Exchange, Kind, Outcome, Receipt, Verdict
from tuoben.net import Door
from tuoben.runner import Runner
from tuoben.store import commits, database, frontier, lots, repository, watch
from tuoben.turns import Turns

T = TypeVar("T")
log = logging.getLogger("tuoben.scheduler")

BATCH = 64
"""Exchanges stored, or outcomes committed, at once."""
BATCH_BYTES = 32 << 20
"""Bytes of bodies after which no further exchange joins the batch that is stored."""
LOOK = 2.0
"""Seconds between two looks at what follows from the commits."""
TEND = 1.0
"""Seconds between two looks after processes that ended."""
NO_BROWSER = timedelta(hours=1)
"""How long a page waits for a browser that is not installed."""
OUTLASTS = timedelta(seconds=LONGEST + 5.0)
"""A lease that has so much left outlasts every exchange."""
FINISH = 5.0
"""Seconds that exchanges under way get when the crawler is stopped; the rest is asked again at the next start."""


@dataclass
class Crawler:
    """One process that collects. `once`: stop when nothing is due any more; else go on until `stop()`."""

    home: Home
    door: Door
    segments: Segments
    runner: Runner
    plan: pipeline.Plan
    host_delay: float | None
    disk_floor: int
    once: bool = False
    source: str = ""
    """Only what this source's listings lead to."""
    history: bool = False
    """With the past of sources, in the turns that nothing else wants."""
    articles: set[str] = field(default_factory=set)
    """Only what belongs to these, when there are any."""
    app_url: str = ""
    """The public address of the pages, where hubs can reach us; "" when there is none."""
    stamp: Stamper | None = None
    """Has the log's checkpoints time-stamped."""
    chromium: Chromium = field(default_factory=Chromium)
    browser_limits: Limits = field(default_factory=Limits)
    acknowledge: Callable[[Receipt], None] = lambda receipt: None
    tally: Tally = field(default_factory=Tally)
    lease: timedelta = frontier.LEASE

    def __post_init__(self) -> None:
        self._rows = ThreadPoolExecutor(1, "rows")
        self._disk = ThreadPoolExecutor(1, "warc")
        self._index = ThreadPoolExecutor(1, "index")
        self._fetched: asyncio.Queue[tuple[Claim, Exchange]] = asyncio.Queue(BATCH * 2)
        self._outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = Slots()
        self._turns = Turns(self.runner)
        self._marks = Marks()
        self._lately = Lately()
        self._permits = permission.Permits()
        self._stopping = asyncio.Event()
        self._stirred = asyncio.Event()
        self.paused = ""
        self._started = pipeline.utcnow()
        self.rules = planning.rules(self.host_delay, self.plan.budget)
        self._chores = Chores(
            home=self.home, door=self.door, plan=self.plan, rules=self.rules, turns=self._turns, stored=self._stored,
            with_rows=self._with_rows, rows=self._rows, index=self._index, writer=self.segments.writer,
            host_delay=self.host_delay, app_url=self.app_url, stamp=self.stamp, once=self.once,
        )  # fmt: skip
        self._browsing = Browsing(
            chromium=self.chromium, limits=self.browser_limits, door=self.door, turns=self._turns, plan=self.plan,
            outside=Outside(partial(within, self._rows), self.segments.writer), with_rows=self._with_rows,
            append=self._append, lately=self._lately, host_delay=self.host_delay,
        )  # fmt: skip
        self._tender = Tender(
            home=self.home, archive=self.segments, runner=self.runner, plan=self.plan, rules=self.rules,
            name=self.segments.writer, delay=self.host_delay or politeness.DOCUMENT_DELAY,
            rows=self._rows, disk=self._disk, tell=self._tell,
        )  # fmt: skip

    def stop(self) -> None:
        """Claim nothing more; what is under way is finished and committed."""
        self._stopping.set()
        self._stirred.set()

    async def run(self) -> Tally:
        """Recover, then work until quiet (once) or stopped. Raises the first error that no item can be blamed for."""
        try:
            await within(self._rows, repository.say, "pause", {"why": ""}, self._started)
            await self._tender.begin()
            await self._watch_disk()
            chores = self._chores
            ours = (
                self._store(),
                self._commit(),
                _every(LOOK, chores.drain, partial(chores.enter, PERIOD)),
                _every(LOOK, self._keep_entries, chores.read_again, chores.sort),
                _every(LOOK, self._watch),
                _every(LOOK, chores.call_hubs),
                _every(TEND, self._tend),
            )
            loops = [asyncio.create_task(loop) for loop in ours]
            feed = asyncio.create_task(self._feed())
            done, _ = await asyncio.wait([feed, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in [feed, *loops]:
                task.cancel()
            await asyncio.gather(feed, *loops, return_exceptions=True)
            for task in done:
                task.result()
            await self._chores.read_again()
            await self._chores.finish(FINISH)
            if self.once:
                await within(self._rows, repository.say, "pause", {"why": ""}, pipeline.utcnow())
        finally:
            unfinished = list(self._tasks)
            for task in unfinished:
                task.cancel()
            if unfinished:  # a browser is ended, and the hosts that were asked for it are given back
                await asyncio.wait(unfinished, timeout=FINISH)
            for pool in (self._rows, self._disk, self._index):
                pool.submit(database.leave)
                pool.shutdown(wait=True)
        return self.tally

    async def _with_rows(self, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401
        """Work on the rows; while they cannot be had (no room, locked for long, no server), wait: nothing is lost."""
        while True:
            try:
                return await within(self._rows, function, *args)
            except database.BROKEN as error:
                if self._stopping.is_set():
                    raise
                await within(self._rows, database.renew)
                await self._pause(f"Collecting is paused: the rows cannot be read or written ({error}).")
                await asyncio.sleep(2.0)

    # --- claims and exchanges ---------------------------------------------------------------------------------------
    async def _feed(self) -> None:
        while not self._stopping.is_set():
            now = pipeline.utcnow()
            room = 0 if self.paused else self._slots.room(self._clock())
            claims = await self._with_rows(self._claim, now, room) if room > 0 else []
            for claim in claims:
                self._slots.ask((claim.host, claim.epoch), url.registrable(claim.host), self._clock())
                self._begin(self._ask(claim))
            for body, addresses in self._permits.take().items():
                self._begin(self._decide(body, addresses))
            if not claims and await self._idle(now):
                break
        last = self._clock() + FINISH
        while self._slots and self._clock() < last:
            await self._wait(0.05)

    def _claim(self, now: datetime, room: int) -> list[Claim]:
        name = self.segments.writer
        left = self._slots.left()
        self._permits.begin()
        return frontier.claim(
            now,
            room,
            self._permits,
            self.source,
            holder=name,
            lease=self.lease,
            room=left,
            of_site=OF_SITE,
            articles=self.articles,
            history=self.history,
        )

    async def _decide(self, body: bytes, addresses: Sequence[str]) -> None:
        """Have a child say what a laborious robots.txt allows, in its site's turn; the next claim goes by it."""
        reader = self._turns.of(url.registrable(url.authority(addresses[0])))
        try:
            for some in permission.portions(body, addresses):
                verdicts = await reader.run(permission.decide, body, some)
                await within(self._rows, self._permits.decided, body, verdicts)
        except TuobenError as error:  # the child's trouble: the claims ask again
            log.warning("The robots.txt of %s could not be matched: %s", url.authority(addresses[0]), error)
        finally:
            self._permits.finished(body)
        self._stirred.set()

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside the loops; it ends with them."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _idle(self, now: datetime) -> bool:
        """Sleep until something can be due; True when this run is over."""
        wake = await self._with_rows(frontier.next_wake, now)
        over = self.once and not self._slots
        if over and await self._keep_entries():
            return False
        if over and (self.paused or await self._quiet(now)):
            return True
        seconds = (wake - pipeline.utcnow()).total_seconds() if wake else 1.0
        # What was due before, and was not given, waits for a slot of its site: a commit stirs us then.
        await self._wait(0.25 if wake and wake <= now else min(max(seconds, 0.02), 1.0))
        return False

    async def _quiet(self, now: datetime) -> bool:
        done = partial(watch.quiet, history=self.history)
        return await self._with_rows(done, self._started, now, self.source, self.host_delay or 0.0)

    async def _wait(self, seconds: float) -> None:
        self._stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)

    async def _ask(self, claim: Claim) -> None:
        started = pipeline.utcnow()
        left = self._left(claim, started)
        if left < self.lease / 2:  # this process stood still: the request could come when the host is another's
            self._put_back(claim, started, "", timedelta())
            return
        if claim.kind is Kind.RENDERED:
            await self._open(claim, started, left - AFTER)
            return
        try:
            async with asyncio.timeout(left.total_seconds() if left < OUTLASTS else None):
                exchange = await fetch(
                    pipeline.request_for(claim),
                    self.door,
                    lenient_tls=source_settings.lenient(claim.settings, claim.source_url, claim.url),
                    proxy=claim.settings.proxy,
                )
        except TimeoutError:
            self._put_back(claim, started, "", timedelta())
        except FetchError as error:
            self._settle_failure(claim, started, error)
        except Exception as error:
            log.exception("asking for %s", claim.url)
            self._settle_failure(claim, started, _bug(error))
        else:
            self._slots.answered((claim.host, claim.epoch), len(exchange.body))
            await self._fetched.put((claim, exchange))

    async def _open(self, claim: Claim, started: datetime, left: timedelta) -> None:
        """Have a page opened in the browser. What comes of it is stored when this is done, and read."""
        if why := self._browsing.missing():
            self._put_back(claim, started, why, NO_BROWSER)
            return
        try:
            outcomes = await self._browsing.outcomes(claim, left.total_seconds())
        except DiskFull as error:
            await self._pause(str(error))
            self._put_back(claim, started, str(error))
        except ArchiveError as error:
            self._settle_failure(claim, started, BadResponse(str(error)))
        except FetchError as error:
            self._settle_failure(claim, started, error)
        except Exception as error:
            log.exception("opening %s", claim.url)
            self._settle_failure(claim, started, _bug(error))
        else:
            for outcome in outcomes:
                self._outcomes.put_nowait(outcome)

    async def _append(self, entries: Sequence[Entry]) -> list[Capture]:
        """Store what belongs together, at once."""
        captures = await within(self._disk, self.segments.append, entries)
        for capture in captures:
            self._marks.stored(capture)
        return captures

    def _left(self, claim: Claim, now: datetime) -> timedelta:
        """How long the lease of a claim lasts from now on."""
        return claim.until - now if claim.until is not None else self.lease

    def _settle_failure(self, claim: Claim, started: datetime, error: FetchError) -> None:
        base = Outcome(claim=claim, at=started, ended=pipeline.utcnow(), verdict=Verdict.FAILED)
        self._outcomes.put_nowait(pipeline.failed(base, error))

    # --- WARC first -------------------------------------------------------------------------------------------------
    async def _store(self) -> None:
        while True:
            await self._store_these([await self._fetched.get()])

    async def _store_these(self, batch: list[tuple[Claim, Exchange]]) -> None:
        """Store what waits. In a method of its own, so that no body is held while the loop waits for the next one."""
        size = len(batch[0][1].body)
        while len(batch) < BATCH and size < BATCH_BYTES and not self._fetched.empty():
            batch.append(self._fetched.get_nowait())
            size += len(batch[-1][1].body)
        waiting = self._in_time(batch)
        while waiting:
            batch, waiting = apart(waiting, [storing.of_requisite(claim, exchange) for claim, exchange in waiting])
            await self._store_at_once(batch)

    async def _store_at_once(self, batch: Sequence[tuple[Claim, Exchange]]) -> None:
        entries = await self._with_rows(storing.entries_of, batch, self._lately)
        try:
            captures: Sequence[Capture | None] = await within(self._disk, self.segments.append, entries)
        except DiskFull as error:
            await self._pause(str(error))
            for claim, exchange in batch:
                self._put_back(claim, exchange.requested_at, str(error))
            return
        except ArchiveError:
            captures = await self._store_one_by_one(batch, entries)
        for (claim, exchange), capture in zip(batch, captures, strict=True):
            if capture is not None:
                self._marks.stored(capture)
                if claim.kind is Kind.REQUISITE:
                    self._lately.stored(capture)
                self._begin(self._read(claim, exchange, capture))

    def _in_time(self, batch: Sequence[tuple[Claim, Exchange]]) -> list[tuple[Claim, Exchange]]:
        """Without what another process may be asking for by now: its answer is the one that counts."""
        now, kept = pipeline.utcnow(), []
        for claim, exchange in batch:
            if self._left(claim, now) > timedelta():
                kept.append((claim, exchange))
            else:
                self._put_back(claim, exchange.requested_at, "", timedelta())
        return kept

    async def _store_one_by_one(
        self, batch: Sequence[tuple[Claim, Exchange]], entries: Sequence[Entry]
    ) -> list[Capture | None]:
        """When a batch cannot be written: each alone, so that one exchange that no WARC can hold fails by itself."""
        captures: list[Capture | None] = []
        for (claim, exchange), entry in zip(batch, entries, strict=True):
            try:
                captures += await within(self._disk, self.segments.append, [entry])
            except DiskFull as error:
                captures.append(None)
                await self._pause(str(error))
                self._put_back(claim, exchange.requested_at, str(error))
            except ArchiveError as error:
                captures.append(None)
                self._settle_failure(claim, exchange.requested_at, BadResponse(str(error)))
        return captures

    async def _read(self, claim: Claim, exchange: Exchange, capture: Capture) -> None:
        reader = self._turns.of(url.registrable(claim.host))
        outcome = await pipeline.carry(claim, exchange, capture, reader, self.plan)
        with suppress(*database.BROKEN):  # we are stopped while the rows cannot be had
            while lots.many(outcome):  # what others have to commit comes between
                outcome = await self._with_rows(lots.ahead, outcome)
        self._outcomes.put_nowait(outcome)

    def _put_back(self, claim: Claim, started: datetime, why: str, wait: timedelta = timedelta(minutes=1)) -> None:
        """Let an item be asked for again; it is not its fault. When its lease was lost, this changes nothing."""
        now = pipeline.utcnow()
        due = now + wait
        self._outcomes.put_nowait(
            Outcome(claim=claim, at=started, ended=now, verdict=Verdict.RETRY, error=why, due_at=due, counts=False)
        )

    # --- one transaction, then the acknowledgement --------------------------------------------------------------------
    async def _commit(self) -> None:
        while True:
            ready = [await self._outcomes.get()]
            while len(ready) < BATCH and not self._outcomes.empty():
                ready.append(self._outcomes.get_nowait())
            for outcomes in lots.portions(sorted(ready, key=_place_in_warc)):
                for receipt in await self._commit_these(outcomes):
                    self._tell(receipt)
                for outcome in outcomes:
                    self._slots.settled((outcome.claim.host, outcome.claim.epoch))
                self._stirred.set()

    async def _commit_these(self, outcomes: Sequence[Outcome]) -> list[Receipt]:
        marks = self._marks.committed(outcome.capture for outcome in outcomes if outcome.capture is not None)
        done: dict[int, Receipt] = {}
        return await self._with_rows(commits.commit, outcomes, self.rules, marks, done)

    # --- what follows -------------------------------------------------------------------------------------------------
    async def _keep_entries(self) -> int:
        looked, made = await self._chores.keep_entries()
        self.tally.articles += made
        return looked

    async def _stored(self, capture: Capture, resolve: Resolver | None = None) -> Stored:
        return await within(self._disk, partial(self.segments.read, resolve=resolve), capture)

    async def _watch(self) -> None:
        await self._watch_disk()
        await within(self._disk, self.segments.roll)
        with suppress(*database.BROKEN):
            await within(self._rows, self._say)

    def _say(self) -> None:
        """The state of all that collect."""
        alive = [name for name in self.home.processes() if self.home.alive(name)]
        status: dict[str, object] = {"under_way": frontier.under_way(), "workers": len(alive)}
        repository.say("worker", status, pipeline.utcnow())

    async def _tend(self) -> None:
        try:
            await self._tender.tend()
        except (TuobenError, *database.BROKEN, OSError) as error:
            log.warning("After processes that ended it is not tidied up yet: %s", error)
            await within(self._rows, database.renew)

    def _tell(self, receipt: Receipt) -> None:
        self.tally.count(receipt)
        self.acknowledge(receipt)

    async def _watch_disk(self) -> None:
        free = self.home.free()
        if free < self.disk_floor:
            await self._pause(
                f"Collecting is paused: {free >> 20} MiB are free on the disk, the floor is {self.disk_floor >> 20} "
                "MiB; make room, or set TUOBEN_DISK_FLOOR (bytes) lower."
            )
        elif self.paused:
            await self._pause("")

    async def _pause(self, why: str) -> None:
        if why != self.paused:
            log.warning(why or "Collecting goes on.")
            self.paused = why
            with suppress(*database.BROKEN):
                await within(self._rows, repository.say, "pause", {"why": why}, pipeline.utcnow())


async def _every(seconds: float, *works: Callable[[], Awaitable[object]]) -> None:
    """Do some work now and then, for ever."""
    while True:
        await asyncio.sleep(seconds)
        for work in works:
            await work()


def _place_in_warc(outcome: Outcome) -> tuple[str, int]:
    """Where a capture lies; what brought none comes first."""
    return (outcome.capture.segment, outcome.capture.offset) if outcome.capture is not None else ("", 0)


def _bug(error: Exception) -> FetchError:
    return FetchError(f"An unexpected {type(error).__name__} stopped this item; the log of the worker has the details.")
