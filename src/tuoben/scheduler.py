"""What is due, and who does it: claims from the frontier, exchanges under way, the two batched ends of the pipeline.

Four loops share the work: `_feed` claims and fetches, `_store` appends exchanges to the WARC (one fsync for all that
wait), `_commit` writes outcomes in the order of the WARC (one transaction for all that are ready) and acknowledges,
`_follow` drains the outbox and watches the disk. Rows are touched by one thread alone, segments by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import OperationalError

from tuoben import organise, pipeline, text
from tuoben.archive.reading import Stored
from tuoben.archive.segments import Entry, Segments, payload_digest
from tuoben.errors import ArchiveError, BadResponse, DiskFull, FetchError, TuobenError
from tuoben.fetch import fetch, politeness
from tuoben.home import Home
from tuoben.jobs.drain import drain
from tuoben.model import (
    Article,
    Capture,
    Claim,
    Exchange,
    Hints,
    Kind,
    Neighbour,
    Outcome,
    Placement,
    Receipt,
    Verdict,
)
from tuoben.net import Door
from tuoben.runner import Runner
from tuoben.store import commits, frontier, repository, watch
from tuoben.store.articles import Decisions
from tuoben.store.commits import Rules

T = TypeVar("T")
log = logging.getLogger("tuoben.scheduler")

UNDER_WAY = 96
"""Exchanges at the same time, each on another host."""
UNSETTLED = 256
"""Exchanges that may wait to be read and committed: a bound on the memory they hold."""
BATCH = 64
"""Exchanges stored, or outcomes committed, at once."""
FINISH = 5.0
"""Seconds that exchanges under way get when the crawler is stopped; the rest is asked again at the next start."""


@dataclass(slots=True)
class Tally:
    """Counts of one run: the summary of `tuoben crawl --once`."""

    listings: int = 0
    links: int = 0
    captured: int = 0
    unchanged: int = 0
    failed: int = 0
    articles: int = 0
    requisites: int = 0

    def count(self, receipt: Receipt) -> None:
        """Add what one commit did."""
        outcome = receipt.outcome
        kind = outcome.claim.kind
        self.links += receipt.new_links
        self.articles += receipt.new_article
        self.captured += outcome.capture is not None
        self.unchanged += outcome.unchanged
        self.failed += kind is Kind.PAGE and outcome.verdict is Verdict.FAILED
        answered = outcome.capture is not None and outcome.verdict is Verdict.DONE and not outcome.redirect
        self.listings += kind is Kind.LISTING and answered
        self.requisites += kind is Kind.REQUISITE and answered


@lru_cache(maxsize=512)
def _robots(body: bytes) -> politeness.Robots:
    return politeness.Robots.parse(body)


def permits(body: bytes, verdict: str, address: str) -> bool:
    """Whether a host's robots.txt lets us ask for an address."""
    if verdict == "use":
        return _robots(body).allowed(politeness.AGENT, address)
    return verdict == "allow-all"


def ready(host_delay: float | None, outcome: Outcome, crawl_delay: float | None) -> frontier.Timing:
    """When the host of an outcome may be asked again. `host_delay`: the operator's TUOBEN_HOST_DELAY."""
    page = politeness.pace(Kind.PAGE, crawl_delay=crawl_delay, host_delay=host_delay).seconds
    requisite = politeness.pace(Kind.REQUISITE, crawl_delay=crawl_delay, host_delay=host_delay).seconds
    spent = requisite if outcome.claim.kind is Kind.REQUISITE else page
    rested = outcome.host_rests_until or outcome.ended
    return frontier.Timing(
        page=max(rested, outcome.ended + timedelta(seconds=spent)),
        requisite=max(rested, outcome.ended + timedelta(seconds=requisite)),
    )


def rules(host_delay: float | None, period: timedelta = pipeline.LISTING_PERIOD) -> Rules:
    """The pure decisions that a commit asks the stages for."""
    decisions = Decisions(place=_place, changed=organise.changed, same=_same_work)
    return Rules(articles=decisions, period=period, ready=partial(ready, host_delay))


def _place(article: Article, article_id: str, neighbours: Sequence[Neighbour], hints: Hints) -> Placement:
    return organise.place(article, article_id, neighbours, hints=hints)


def _same_work(one: Article, other: Article) -> bool:
    """Two pages under one canonical URL: the same headline, or copies of one text."""
    return text.letters(one.title) == text.letters(other.title) or organise.is_copy(one.text, other.text)


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
    acknowledge: Callable[[Receipt], None] = lambda receipt: None
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._rows = ThreadPoolExecutor(1, "rows")
        self._disk = ThreadPoolExecutor(1, "warc")
        self._index = ThreadPoolExecutor(1, "index")
        self._fetched: asyncio.Queue[tuple[Claim, Exchange]] = asyncio.Queue(BATCH * 2)
        self._outcomes: asyncio.Queue[asyncio.Future[Outcome]] = asyncio.Queue()
        self._under_way: set[asyncio.Task[None]] = set()
        self._unsettled = 0
        self._stopping = asyncio.Event()
        self._stirred = asyncio.Event()
        self.paused = ""
        self._started = pipeline.utcnow()
        self.rules = rules(self.host_delay, self.plan.period)

    def stop(self) -> None:
        """Claim nothing more; what is under way is finished and committed."""
        self._stopping.set()
        self._stirred.set()

    async def run(self) -> Tally:
        """Recover, then work until quiet (once) or stopped. Raises the first error that no item can be blamed for."""
        try:
            await self._in(self._rows, repository.say, "pause", {"why": ""}, self._started)
            await self._in(
                self._rows, frontier.recover, pipeline.utcnow(), self.host_delay or politeness.DOCUMENT_DELAY
            )
            await self._take_in_tails()
            await self._watch_disk()
            loops = [asyncio.create_task(loop()) for loop in (self._store, self._commit, self._follow, self._watch)]
            feed = asyncio.create_task(self._feed())
            done, _ = await asyncio.wait([feed, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in [feed, *loops]:
                task.cancel()
            await asyncio.gather(feed, *loops, return_exceptions=True)
            for task in done:
                task.result()
            await self._in(self._index, drain, self.home)
            if self.once:
                await self._in(self._rows, repository.say, "pause", {"why": ""}, pipeline.utcnow())
        finally:
            for task in self._under_way:
                task.cancel()
            for pool in (self._rows, self._disk, self._index):
                pool.shutdown(wait=True)
        return self.tally

    async def _in(self, pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401
        return await asyncio.get_running_loop().run_in_executor(pool, partial(function, *args))

    # --- claims and exchanges ---------------------------------------------------------------------------------------
    async def _feed(self) -> None:
        while not self._stopping.is_set():
            now = pipeline.utcnow()
            room = 0 if self.paused else min(UNDER_WAY - len(self._under_way), UNSETTLED - self._unsettled)
            claims = await self._in(self._rows, frontier.claim, now, room, permits, self.source) if room > 0 else []
            for claim in claims:
                self._unsettled += 1
                task = asyncio.create_task(self._ask(claim))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            if not claims and await self._idle(now):
                break
        last = asyncio.get_running_loop().time() + FINISH
        while self._unsettled and asyncio.get_running_loop().time() < last:
            await self._wait(0.05)

    async def _idle(self, now: datetime) -> bool:
        """Sleep until something can be due; True when this run is over."""
        wake = await self._in(self._rows, frontier.next_wake, now)
        over = self.once and not self._unsettled
        if over and (self.paused or await self._in(self._rows, watch.quiet, self._started, now, self.source)):
            return True
        seconds = (wake - pipeline.utcnow()).total_seconds() if wake else 1.0
        await self._wait(min(max(seconds, 0.02), 1.0))
        return False

    async def _wait(self, seconds: float) -> None:
        self._stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)

    async def _ask(self, claim: Claim) -> None:
        started = pipeline.utcnow()
        try:
            exchange = await fetch(pipeline.request_for(claim), self.door)
        except FetchError as error:
            self._settle_failure(claim, started, error)
        except Exception as error:
            log.exception("asking for %s", claim.url)
            self._settle_failure(claim, started, _bug(error))
        else:
            await self._fetched.put((claim, exchange))

    def _settle_failure(self, claim: Claim, started: datetime, error: FetchError) -> None:
        base = Outcome(claim=claim, at=started, ended=pipeline.utcnow(), verdict=Verdict.FAILED)
        self._settle(pipeline.failed(base, error, self.plan))

    def _settle(self, outcome: Outcome) -> None:
        """Queue what needs no reading for the commit."""
        settled: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        settled.set_result(outcome)
        self._outcomes.put_nowait(settled)

    # --- WARC first -------------------------------------------------------------------------------------------------
    async def _store(self) -> None:
        while True:
            batch = [await self._fetched.get()]
            while len(batch) < BATCH and not self._fetched.empty():
                batch.append(self._fetched.get_nowait())
            entries = await self._in(self._rows, _entries, batch)
            try:
                captures: Sequence[Capture | None] = await self._in(self._disk, self.segments.append, entries)
            except DiskFull as error:
                await self._pause(str(error))
                for claim, exchange in batch:
                    self._put_back(claim, exchange.requested_at, str(error))
                continue
            except ArchiveError:
                captures = await self._store_one_by_one(batch, entries)
            for (claim, exchange), capture in zip(batch, captures, strict=True):
                if capture is not None:
                    self._outcomes.put_nowait(asyncio.ensure_future(self._read(claim, exchange, capture)))

    async def _store_one_by_one(
        self, batch: Sequence[tuple[Claim, Exchange]], entries: Sequence[Entry]
    ) -> list[Capture | None]:
        """When a batch cannot be written: each alone, so that one exchange that no WARC can hold fails by itself."""
        captures: list[Capture | None] = []
        for (claim, exchange), entry in zip(batch, entries, strict=True):
            try:
                captures += await self._in(self._disk, self.segments.append, [entry])
            except DiskFull as error:
                captures.append(None)
                await self._pause(str(error))
                self._put_back(claim, exchange.requested_at, str(error))
            except ArchiveError as error:
                captures.append(None)
                self._settle_failure(claim, exchange.requested_at, BadResponse(str(error)))
        return captures

    def _read(self, claim: Claim, exchange: Exchange, capture: Capture) -> Coroutine[Any, Any, Outcome]:
        return pipeline.carry(claim, exchange, capture, self.runner, self.plan)

    def _put_back(self, claim: Claim, started: datetime, why: str) -> None:
        now = pipeline.utcnow()
        due = now + timedelta(minutes=1)
        self._settle(
            Outcome(claim=claim, at=started, ended=now, verdict=Verdict.RETRY, error=why, due_at=due, counts=False)
        )

    # --- one transaction, then the acknowledgement --------------------------------------------------------------------
    async def _commit(self) -> None:
        waiting: asyncio.Future[Outcome] | None = None
        while True:
            first = waiting or await self._outcomes.get()
            outcomes, waiting = [await first], None
            while len(outcomes) < BATCH and not self._outcomes.empty():
                waiting = self._outcomes.get_nowait()
                if not waiting.done():
                    break
                outcomes.append(waiting.result())
                waiting = None
            for receipt in await self._commit_these(outcomes):
                self.tally.count(receipt)
                self.acknowledge(receipt)
            self._unsettled -= len(outcomes)
            self._stirred.set()

    async def _commit_these(self, outcomes: Sequence[Outcome]) -> list[Receipt]:
        """Commit; while the database cannot be written (full, or locked for long), wait: nothing is given up."""
        while True:
            try:
                return await self._in(self._rows, commits.commit, outcomes, self.rules)
            except OperationalError as error:
                if self._stopping.is_set():
                    raise
                await self._pause(f"Collecting is paused: the rows cannot be written ({error}).")
                await asyncio.sleep(2.0)

    # --- what follows -------------------------------------------------------------------------------------------------
    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(2.0)
            try:
                await self._in(self._index, drain, self.home)
            except (TuobenError, OperationalError, OSError) as error:
                log.warning("The index is behind: %s", error)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(2.0)
            await self._watch_disk()
            with suppress(OperationalError):
                status = {"under_way": len(self._under_way)}
                await self._in(self._rows, repository.say, "worker", status, pipeline.utcnow())

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
            with suppress(OperationalError):
                await self._in(self._rows, repository.say, "pause", {"why": why}, pipeline.utcnow())

    # --- after a crash ----------------------------------------------------------------------------------------------
    async def _take_in_tails(self) -> None:
        """Commit what the WARCs hold and the rows do not know: it was fetched, and is not fetched again."""
        known = await self._in(self._rows, repository.segments)
        for name in await self._in(self._disk, self.segments.segments):
            if self._stopping.is_set():
                return
            tail = await self._in(self._disk, _read_tail, self.segments, name, known.get(name, 0))
            if tail:
                log.warning("%d captures of %s were not in the rows and are taken in", len(tail), name)
            for start in range(0, len(tail), BATCH):
                outcomes = await pipeline.take_in(tail[start : start + BATCH], self.runner, self.plan)
                for receipt in await self._in(self._rows, commits.commit_stored, outcomes, self.rules):
                    self.tally.count(receipt)
                    self.acknowledge(receipt)


def _read_tail(segments: Segments, name: str, committed: int) -> list[Stored]:
    """The captures behind what the rows know, after a torn end was cut off and laid beside."""
    if segments.length(name) == committed:
        return []
    try:
        torn = segments.cut_torn(name, committed)
        if torn is not None:
            log.warning("%s was torn at %d: %d bytes lie in %s", name, torn.offset, torn.length, torn.path.name)
        return list(segments.tail(name, committed)) if segments.length(name) > committed else []
    except ArchiveError as error:
        log.error("%s (tuoben verify tells more)", error)
        return []


def _entries(batch: Sequence[tuple[Claim, Exchange]]) -> list[Entry]:
    """What goes to the WARC: an exchange whose payload is held already becomes a revisit."""
    entries = []
    for claim, exchange in batch:
        earlier = None
        if exchange.status == 304:
            earlier = repository.last_capture(exchange.url)
        elif exchange.status == 200 and exchange.body and not exchange.truncated:
            earlier = repository.same_payload(payload_digest(exchange.body), exchange.url, claim.kind)
        entries.append(Entry(exchange=exchange, note=pipeline.note_for(claim), revisit_of=earlier))
    return entries


def _bug(error: Exception) -> FetchError:
    return FetchError(f"An unexpected {type(error).__name__} stopped this item; the log of the worker has the details.")
