"""Rows made anew from the WARCs: in a database beside the old rows, taken over in one transaction when all is read
(law 2)."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path, PurePosixPath

from django.core.management import call_command
from django.db import DatabaseError

from tuoben import pipeline
from tuoben.archive.reading import Archive, Stored
from tuoben.errors import ArchiveError, DataError
from tuoben.home import Home
from tuoben.jobs import entries as kept
from tuoben.model import Capture
from tuoben.runner import Runner
from tuoben.store import checks, commits, entries, repository
from tuoben.store.upgrade import upgrade

BATCH = 64
BESIDE = timedelta(minutes=5)
"""A segment may begin with an exchange that was asked for so long before it was opened."""
NO_DESK = (
    "The rows that were there {what}, so it is not known which articles were hidden and which sources were paused or "
    "removed: look at `tuoben source list`, and hide again what must not be shown."
)


@dataclass(slots=True)
class Rebuilt:
    """What was read. `damage`: a sentence for each place that cannot be read; `notes`: what else is to be known."""

    captures: int = 0
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """How segments are read: by whose children, under which rules, and who is told how far it is."""

    runner: Runner
    rules: commits.Rules
    plan: pipeline.Plan
    progress: Callable[[str, int], None]


def rebuild_rows(home: Home, reading: Reading) -> Rebuilt:
    """Read every capture again, without fetching anything; the decisions of the desk are kept.

    When it is stopped half-way, the old rows stay as they were. A database that cannot be read is moved aside. Raises
    DataError when a worker is collecting.
    """
    with home.lock("crawl", wait=1.0) as ours:
        if not ours:
            raise DataError("A worker is collecting into this data directory; stop it before the rows are rebuilt.")
        found = Rebuilt()
        readable = _readable(home)
        known = repository.segments() if readable else {}
        archive = Archive(home.archive)
        gone = sorted(set(known).difference(archive.segments()))
        found.damage += [f"the segment {name} is missing" for name in gone]
        new = home.root / "rebuild.sqlite3"
        checks.drop_database(new)
        checks.use_database(new)
        call_command("migrate", verbosity=0, interactive=False)
        segments = [_Segment(name) for name in archive.segments()]
        _read(archive, segments, reading, found)
        for segment in segments:
            _finish(archive, segment, known.get(segment.name, 0), found)
        entries.want_all()
        _keep_entries(archive, reading)
        repository.reindex_all()
        checks.write_out()
        checks.use_database(home.database)
        if readable:
            checks.take_over(new, pipeline.utcnow())
        else:
            _replace(new, home, found)
        checks.drop_database(new)
    return found


@dataclass(slots=True)
class _Segment:
    """A segment that is read: how far, and what is wrong in it."""

    name: str
    end: int = 0
    damage: list[tuple[int, str]] = field(default_factory=list)

    def captures(self, archive: Archive) -> Iterator[Stored]:
        for stored in archive.captures(self.name, damaged=lambda offset, why: self.damage.append((offset, why))):
            self.end = stored.capture.end
            yield stored

    @property
    def begun(self) -> datetime:
        """When it was opened, as its name says; long ago when the name says nothing."""
        try:
            return datetime.strptime(PurePosixPath(self.name).name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)


def _read(archive: Archive, segments: Sequence[_Segment], reading: Reading, found: Rebuilt) -> None:
    """Commit the captures of all segments."""
    for batch in _batches(_in_order(archive, segments)):
        outcomes = asyncio.run(pipeline.take_in(batch, reading.runner, reading.plan))
        commits.commit_stored(outcomes, reading.rules)
        _keep_entries(archive, reading)
        found.captures += len(batch)
        reading.progress(batch[-1].capture.segment, found.captures)


def _in_order(archive: Archive, segments: Sequence[_Segment]) -> Iterator[Stored]:
    """The captures in the order of their times: what several processes wrote side by side is read side by side."""
    waiting = deque(sorted(segments, key=lambda segment: (segment.begun, segment.name)))
    heads: list[tuple[datetime, str, Stored, Iterator[Stored], _Segment]] = []

    def push(stream: Iterator[Stored], segment: _Segment) -> None:
        stored = next(stream, None)
        if stored is not None:  # what was imported is older than its segment, and comes in when that was written
            heapq.heappush(heads, (max(stored.capture.time, segment.begun), segment.name, stored, stream, segment))

    while waiting or heads:
        while waiting and (not heads or waiting[0].begun - BESIDE <= heads[0][0]):
            segment = waiting.popleft()
            push(segment.captures(archive), segment)
        if heads:
            _, _, stored, stream, segment = heapq.heappop(heads)
            yield stored
            push(stream, segment)


def _finish(archive: Archive, segment: _Segment, committed: int, found: Rebuilt) -> None:
    """After a segment was read: its end, when it was never acknowledged and is torn, is cut off."""
    name, end, damage = segment.name, segment.end, segment.damage
    if archive.length(name) < committed:
        damage.append((archive.length(name), f"it ends here, but {committed} bytes were stored in it"))
    elif end >= committed:
        try:
            torn = archive.cut_torn(name, end)
        except ArchiveError as error:
            damage.append((end, str(error)))
        else:
            damage = [place for place in damage if place[0] < end]
            if torn is not None:
                found.notes.append(f"{name} was torn at {torn.offset}; {torn.length} bytes lie in {torn.path.name}.")
    found.damage += [f"{name} at {offset}: {why}" for offset, why in damage]
    if archive.length(name):
        repository.set_committed(name, archive.length(name))


def _keep_entries(archive: Archive, reading: Reading) -> None:
    """Articles of full texts that listings hold of pages that were not to be had."""

    async def stored(capture: Capture) -> Stored:
        return archive.read(capture)

    while waiting := entries.waiting():
        for row, outcome in asyncio.run(kept.read(waiting, stored, lambda host: reading.runner, reading.plan)):
            entries.keep(row, outcome, reading.rules)


def _batches(stored: Iterable[Stored]) -> Iterator[list[Stored]]:
    """At most BATCH at a time; what was imported stays by itself."""
    for _, same in groupby(stored, lambda one: bool(one.capture.origin)):
        while batch := list(islice(same, BATCH)):
            yield batch


def _readable(home: Home) -> bool:
    """Whether there are old rows, brought up to date, that the new ones can be put in the place of: not empty ones."""
    if not checks.on_server() and not home.database.is_file():
        return False
    try:
        if not checks.sound():
            return False
        upgrade(home)
    except DatabaseError as error:
        if not checks.is_damage(error):
            raise
        return False
    return checks.in_use()


def _replace(new: Path, home: Home, found: Rebuilt) -> None:
    """Where there are no rows, or broken ones: those are moved aside, and what can be read of their desk is kept."""
    if checks.on_server():
        found.notes.append(NO_DESK.format(what="were empty"))
        checks.take_over(new, pipeline.utcnow(), keep_desk=False)
        return
    if not home.database.exists():
        found.notes.append(NO_DESK.format(what="are gone"))
    else:
        _save_desk(new, home, found)
    checks.use_database(home.database)
    for suffix in ("", "-wal", "-shm"):
        old = home.database.with_name(home.database.name + suffix)
        if old.exists():
            old.replace(home.root / f"{home.database.stem}.damaged-{pipeline.utcnow():%Y%m%d%H%M%S}.sqlite3{suffix}")
    new.replace(home.database)


def _save_desk(new: Path, home: Home, found: Rebuilt) -> None:
    try:
        decided = checks.desk() if home.database.is_file() else None
    except DatabaseError:
        decided = None
    if decided is None or not decided.sources:
        what = "were empty" if decided is not None else "cannot be read and were moved aside"
        found.notes.append(NO_DESK.format(what=what))
        return
    checks.use_database(new)
    checks.restore_desk(decided, pipeline.utcnow())
    checks.write_out()
    found.notes.append(
        "The old rows were damaged and moved aside; hidden articles and sources could be read from them."
    )
