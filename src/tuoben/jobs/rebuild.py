"""Rows made anew from the WARCs: in a database beside the old rows, taken over in one transaction when all is read
(law 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError

from tuoben import pipeline
from tuoben.archive.reading import Archive, Stored
from tuoben.errors import ArchiveError, DataError
from tuoben.home import Home
from tuoben.runner import Runner
from tuoben.store import checks, commits, repository

BATCH = 64
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
        _remove(new)
        checks.use_database(new)
        call_command("migrate", verbosity=0, interactive=False)
        for name in archive.segments():
            _read_segment(archive, name, known.get(name, 0), reading, found)
        repository.reindex_all()
        checks.write_out()
        checks.use_database(home.database)
        if readable:
            checks.take_over(new, pipeline.utcnow())
        else:
            _replace(new, home, found)
        _remove(new)
    return found


def _read_segment(archive: Archive, name: str, committed: int, reading: Reading, found: Rebuilt) -> None:
    """Commit the captures of one segment. Its end, when it was never acknowledged and is torn, is cut off."""
    damage: list[tuple[int, str]] = []
    end = 0
    for batch in _batches(archive.captures(name, damaged=lambda offset, why: damage.append((offset, why)))):
        end = batch[-1].capture.end
        outcomes = asyncio.run(pipeline.take_in(batch, reading.runner, reading.plan))
        commits.commit_stored(outcomes, reading.rules)
        found.captures += len(batch)
        reading.progress(name, found.captures)
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


def _batches(stored: Iterable[Stored]) -> Iterator[list[Stored]]:
    items = iter(stored)
    while batch := list(islice(items, BATCH)):
        yield batch


def _readable(home: Home) -> bool:
    """Whether there are old rows, brought up to date, that the new ones can be put in the place of: not empty ones."""
    if not home.database.is_file():
        return False
    try:
        if not checks.sound():
            return False
        if checks.needs_migration():
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        if not checks.is_damage(error):
            raise
        return False
    return checks.in_use()


def _replace(new: Path, home: Home, found: Rebuilt) -> None:
    """Where there are no rows, or broken ones: those are moved aside, and what can be read of their desk is kept."""
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


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
