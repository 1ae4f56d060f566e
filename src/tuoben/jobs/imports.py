"""WARC, ARC and WACZ files of any origin, taken in: read, kept verbatim in segments of ours, then the pipeline as ever.

Kept are pages (HTML, redirects) and what they show (images, style sheets, fonts); other records are counted as skipped.
How far a file is stands in the rows, written with what was read from it, so that a run that was killed goes on there;
what it had appended and not yet committed is taken in first. A record that is held already is not stored twice.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tuoben import pipeline, url
from tuoben.archive import foreign, imported, warc
from tuoben.archive.foreign import Broken, Foreign
from tuoben.archive.imported import ForeignEntry
from tuoben.archive.segments import Segments
from tuoben.errors import ArchiveError, DataError, DiskFull
from tuoben.home import Home
from tuoben.jobs import pieces, sequence
from tuoben.jobs.belonging import Sites, kind_of
from tuoben.jobs.drain import drain
from tuoben.jobs.pieces import Piece
from tuoben.jobs.threads import within
from tuoben.model import Capture, Claim, Exchange, Kind, Outcome, Receipt, Verdict
from tuoben.runner import Runner
from tuoben.store import commits, database, imports, repository

WRITER = "import"
"""In the names of the segments that hold imported records."""
BATCH = 128
"""Records stored, and committed, at once."""
BATCH_BYTES = 48 * 1024 * 1024
AHEAD = 2
"""Batches that are being read while another one is committed."""
DRAIN_EVERY = 24
"""Batches between two visits of the index."""


@dataclass(slots=True)
class Counts:
    """The summary of `tuoben import`."""

    files: int = 0
    records: int = 0
    captured: int = 0
    articles: int = 0
    unchanged: int = 0
    """Records that are held already, and pages with the payload that an article was read from before."""
    skipped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be taken in: the file, the offset in it, and one plain sentence."""

    file: str
    offset: int
    why: str


@dataclass(frozen=True, slots=True)
class Work:
    """With what an import works, and who is told how far it is (name, bytes done, bytes in all)."""

    home: Home
    runner: Runner
    rules: commits.Rules
    plan: pipeline.Plan
    disk_floor: int = 0
    progress: Callable[[str, int, int], None] = lambda name, done, total: None


@dataclass(slots=True)
class Result:
    """What was done so far."""

    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)


_Item = tuple[ForeignEntry, Exchange, Claim]


@dataclass(slots=True)
class _Batch:
    """Records of a file on their way: those kept, and where the file is behind them."""

    entries: list[_Item] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    place: tuple[int, int] = (0, 0)
    size: int = 0
    seen: int = 0
    last: bool = False
    captures: dict[tuple[str, datetime], Capture] = field(default_factory=dict)
    """Those stored, by canonical URL and time."""
    payloads: dict[tuple[str, str], str] = field(default_factory=dict)
    """(canonical URL, payload digest) of its pages → article."""
    reading: list[asyncio.Task[Outcome]] = field(default_factory=list)


def take_in_files(paths: Sequence[Path], work: Work, result: Result) -> None:
    """Import files one after another. `result` grows as it goes on; a file that cannot be read is told of there.

    Raises DataError when another import runs, DiskFull when there is no room.
    """
    with work.home.lock("import") as ours:
        if not ours:
            raise DataError("Another import into this data directory is running; wait until it is done.")
        with Segments(work.home.archive, writer=WRITER, signer=sequence.signer(work.home)) as segments:
            asyncio.run(_Import(work, segments, result).run(paths))


class _Import:
    def __init__(self, work: Work, segments: Segments, result: Result) -> None:
        self._work = work
        self._segments = segments
        self._result = result
        self._rows = ThreadPoolExecutor(1, "rows")
        self._disk = ThreadPoolExecutor(1, "warc")
        self._under_way: deque[_Batch] = deque()
        self._batches = 0
        self._sites = Sites([])

    async def run(self, paths: Sequence[Path]) -> None:
        try:
            await self._take_in_tails()
            self._sites = Sites(await within(self._rows, imports.sources))
            for path in paths:
                self._result.counts.files += 1
                try:
                    await self._file(path)
                except OSError as error:
                    self._fail(path.name, 0, f"It cannot be read: {error.strerror or error}.")
                except DiskFull:
                    raise
                except DataError as error:
                    self._fail(path.name, 0, str(error))
            await within(self._rows, drain, self._work.home)
            await within(self._rows, sequence.sequence, self._work.home)
        finally:
            for pool in (self._rows, self._disk):
                pool.submit(database.leave)
                pool.shutdown(wait=True)

    def _fail(self, file: str, offset: int, why: str) -> None:
        self._result.problems.append(Problem(file, offset, why))
        self._result.counts.failed += 1

    async def _file(self, path: Path) -> None:
        with pieces.pieces(path, self._work.home.root) as (found, faults):
            for why in faults:
                self._fail(path.name, 0, why)
            for piece in found:
                await self._piece(piece)

    async def _piece(self, piece: Piece) -> None:
        offset, index, counts, done = await within(self._rows, imports.begun, piece.key)
        before = Counts(**counts)
        self._result.counts.records += before.records
        self._result.counts.unchanged += before.captured + before.unchanged
        self._result.counts.skipped += before.skipped
        if done and not before.failed:
            return
        if done:  # what was broken may be broken still: say so again
            offset, index, before = 0, 0, Counts()
            self._result.counts.records -= counts["records"]
            self._result.counts.unchanged -= counts["captured"] + counts["unchanged"]
            self._result.counts.skipped -= counts["skipped"]
        self._check_room(piece.copied)
        items = piece.records(offset, index)
        told = _File(piece.name, piece.key, before)
        while True:
            self._check_room()
            try:
                batch = await within(self._disk, self._next, piece.name, items)
            except DiskFull:  # the end of this import: the next one takes in what is stored
                raise
            except (OSError, DataError):  # other files come: what is stored of this one counts as its own
                await self._settle_all(told, 0)
                raise
            await self._start(batch)
            self._under_way.append(batch)
            await self._settle_all(told, 0 if batch.last else AHEAD)
            self._work.progress(piece.name, batch.place[0], piece.size)
            if batch.last:
                return

    def _check_room(self, wanted: int = 0) -> None:
        free = self._work.home.free() - wanted
        if free < self._work.disk_floor:
            raise DiskFull(
                f"The import stopped: {free >> 20} MiB are free on the disk, the floor is "
                f"{self._work.disk_floor >> 20} MiB; make room and run it again, it goes on where it was."
            )

    # --- out of the file ----------------------------------------------------------------------------------------------
    def _next(self, name: str, items: Iterator[foreign.Item]) -> _Batch:
        """The next records of a file, as far as they are to be kept."""
        batch = _Batch(last=True)
        for item in items:
            batch.seen += 1
            if isinstance(item, Broken):
                batch.counts.failed += 1
                batch.place = (item.end, 0) if item.end > item.offset else batch.place
                self._result.problems.append(Problem(name, item.offset, _sentence(item.why)))
            else:
                batch.counts.records += 1
                batch.place = (item.end, 0) if item.end != item.offset else (item.offset, item.index + 1)
                self._consider(item, name, batch)
            if len(batch.entries) >= BATCH or batch.size >= BATCH_BYTES or batch.seen >= 20 * BATCH:
                batch.last = False
                break
        return batch

    def _consider(self, record: Foreign, name: str, batch: _Batch) -> None:
        if record.get("WARC-Type") not in imported.ANSWERS:
            batch.counts.skipped += 1
            return
        address = imported.address_of(record.get("WARC-Target-URI"))
        parsed = url.parse(address) if len(address) < 8000 else None
        if parsed is None or parsed.scheme not in ("http", "https"):
            batch.counts.skipped += 1
            return
        try:
            if record.get("WARC-Segment-Number"):
                raise ArchiveError("the record is one of several segments, which are not put together")
            exchange = imported.exchange_of(warc.Record(fields=record.fields, block=record.block), {})
        except ArchiveError as error:
            batch.counts.failed += 1
            self._result.problems.append(Problem(name, record.offset, _sentence(str(error))))
            return
        kind = kind_of(exchange)
        if kind is None or exchange.status == 304:
            batch.counts.skipped += 1
            return
        claim = self._sites.claim(exchange.url, kind)
        entry = ForeignEntry(
            record=record, file=name, kind=kind, note={}, imported_at=pipeline.utcnow(), exchange=exchange
        )
        batch.entries.append((entry, exchange, claim))
        batch.size += len(record.data)

    # --- WARC first ---------------------------------------------------------------------------------------------------
    async def _start(self, batch: _Batch) -> None:
        """Store what is new of a batch, and begin to read it. Revisits come last: they may refer to the others."""
        fresh = await within(self._rows, self._fresh, batch)
        await self._store(batch, [item for item in fresh if not _refers(item)])
        later = [await within(self._rows, self._whole, item, batch) for item in fresh if _refers(item)]
        await self._store(batch, [item for item in later if item is not None])

    async def _store(self, batch: _Batch, items: Sequence[_Item]) -> None:
        items = await within(self._rows, self._noted, items, batch)
        captures = await within(self._disk, self._segments.append, [entry for entry, _, _ in items])
        for (_, exchange, claim), capture in zip(items, captures, strict=True):
            batch.captures[url.canonical(capture.url), capture.time] = capture
            work = pipeline.carry(claim, exchange, capture, self._work.runner, self._work.plan)
            batch.reading.append(asyncio.ensure_future(work))

    def _fresh(self, batch: _Batch) -> list[_Item]:
        """The entries that are not held yet."""
        identities = [entry.record.identity for entry, _, _ in batch.entries]
        known = imports.known(identities)
        own = imports.own([entry.record.told_id for entry, _, _ in batch.entries])
        known |= {capture.record_id for other in self._under_way for capture in other.captures.values()}
        fresh = []
        for identity, item in zip(identities, batch.entries, strict=True):
            if identity in known or _is_ours(item, own):
                batch.counts.unchanged += 1
            else:
                known.add(identity)
                fresh.append(item)
        return fresh

    def _noted(self, items: Sequence[_Item], batch: _Batch) -> list[_Item]:
        """The entries with their claims as notes; pages whose very payload was read before say so."""
        pairs = [(url.key(exchange.url), warc.digest(exchange.body)) for _, exchange, _ in items]
        held = imports.held(pairs)
        for one in (*self._under_way, batch):
            held |= one.payloads
        out = []
        for pair, (entry, exchange, claim) in zip(pairs, items, strict=True):
            if claim.kind is Kind.PAGE and pair in held:
                claim = replace(claim, article=held[pair], payload_digest=pair[1])
            elif claim.kind is Kind.PAGE:
                held[pair] = batch.payloads[pair] = claim.article
            noted = replace(entry, note=pipeline.note_for(claim), payload_digest=pair[1])
            out.append((noted, exchange, claim))
        return out

    def _whole(self, item: _Item, batch: _Batch) -> _Item | None:
        """A revisit with the payload that it refers to; None when that is not held, or cannot be read."""
        entry, exchange, claim = item
        original = self._original(entry.record, batch)
        why = "The revisit refers to a payload that is not in the archive; import the file that holds it first."
        try:
            body = self._segments.read(original).exchange.body if original is not None else b""
        except ArchiveError as error:
            original, why = None, f"The revisit refers to a payload that cannot be read: {error}"
        if original is None:
            batch.counts.failed += 1
            self._result.problems.append(Problem(entry.file, entry.record.offset, why))
            return None
        place = (original.segment, original.offset)
        entry = replace(entry, original=place, revisit_of=original.record_id, payload=body)
        return entry, replace(exchange, body=body), claim

    def _original(self, record: Foreign, batch: _Batch) -> Capture | None:
        address = imported.address_of(record.get("WARC-Refers-To-Target-URI") or record.get("WARC-Target-URI"))
        try:
            time = warc.parse_stamp(record.get("WARC-Refers-To-Date"))
        except ArchiveError:
            return None
        place = (url.canonical(address), time)
        for one in (batch, *self._under_way):
            if place in one.captures:
                return one.captures[place]
        return imports.original(address, time)

    # --- one transaction ----------------------------------------------------------------------------------------------
    async def _settle_all(self, told: _File, but: int) -> None:
        while len(self._under_way) > but:
            await self._settle(self._under_way.popleft(), told)

    async def _settle(self, batch: _Batch, told: _File) -> None:
        outcomes = await asyncio.gather(*batch.reading)
        receipts = await within(self._rows, self._commit, batch, outcomes, told)
        _add(self._result.counts, batch.counts)
        for outcome in (receipt.outcome for receipt in receipts):
            if outcome.verdict is Verdict.FAILED and outcome.capture is not None:
                where = (
                    f"{outcome.claim.url} ({outcome.capture.segment}, offset {outcome.capture.offset} of the archive)"
                )
                self._result.problems.append(Problem(told.name, 0, f"{where}: {outcome.error}"))
        self._batches += 1
        if self._batches % DRAIN_EVERY == 0:
            await within(self._rows, drain, self._work.home)

    def _commit(self, batch: _Batch, outcomes: Sequence[Outcome], told: _File) -> list[Receipt]:
        batch.counts.failed += sum(outcome.verdict is Verdict.FAILED for outcome in outcomes)
        batch.counts.unchanged += sum(outcome.unchanged for outcome in outcomes)
        batch.counts.captured += len(outcomes)
        _add(told.counts, batch.counts)

        def after() -> None:
            imports.mark(told.key, told.name, batch.place, asdict(told.counts), pipeline.utcnow(), done=batch.last)

        receipts = imports.commit(outcomes, self._work.rules.articles, after)
        batch.counts.articles += sum(receipt.new_article for receipt in receipts)
        return receipts

    # --- after a crash ------------------------------------------------------------------------------------------------
    async def _take_in_tails(self) -> None:
        """Commit what an earlier run stored and could not commit any more."""
        known = await within(self._rows, repository.segments)
        for name in self._segments.segments():
            committed = known.get(name, 0)
            if f"-{WRITER}-" not in name or self._segments.length(name) == committed:
                continue
            self._segments.cut_torn(name, committed)
            if self._segments.length(name) <= committed:
                continue
            with self._segments.path(name).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # nobody else takes it in meanwhile
                tail = list(self._segments.tail(name, committed))
                for start in range(0, len(tail), BATCH):
                    part = tail[start : start + BATCH]
                    outcomes = await pipeline.take_in(part, self._work.runner, self._work.plan)
                    await within(self._rows, imports.commit, outcomes, self._work.rules.articles)


@dataclass(slots=True)
class _File:
    """The file at hand: its name, what it is known by, and what was counted in it, earlier runs included."""

    name: str
    key: str
    counts: Counts


def _add(total: Counts, part: Counts) -> None:
    for name, value in asdict(part).items():
        setattr(total, name, getattr(total, name) + value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _is_ours(item: _Item, own: Mapping[str, Capture]) -> bool:
    """Whether a record is one that we made and hold: the same id, address, time and block."""
    entry, exchange, _ = item
    found = own.get(entry.record.told_id)
    told = (exchange.url, exchange.requested_at, entry.record.block_digest)
    return found is not None and (found.url, found.time, found.block_digest) == told


def _refers(item: _Item) -> bool:
    entry, exchange, _ = item
    return entry.record.get("WARC-Type") == "revisit" and not exchange.body
