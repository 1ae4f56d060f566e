"""Rows made anew from the WARCs: beside the old ones, put in their place when all is read (law 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.core.management import call_command

from tuoben import pipeline
from tuoben.archive.reading import Archive, Stored
from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.runner import Runner
from tuoben.store import checks, repository

BATCH = 64


def rebuild_rows(
    home: Home, runner: Runner, rules: repository.Rules, plan: pipeline.Plan, progress: Callable[[str, int], None]
) -> int:
    """Read every capture again, without fetching anything; how many there were. Desk decisions are carried over.

    Raises DataError when a worker is collecting. When it is stopped half-way, the old rows stay as they were.
    """
    with home.lock("crawl") as ours:
        if not ours:
            raise DataError("A worker is collecting into this data directory; stop it before the rows are rebuilt.")
        desk = checks.desk()
        new = home.root / "rebuild.sqlite3"
        _remove(new)
        checks.use_database(new)
        call_command("migrate", verbosity=0, interactive=False)
        done = 0
        archive = Archive(home.archive)
        for name in archive.segments():
            for batch in _batches(archive.captures(name, damaged=lambda offset, why: None)):
                outcomes = asyncio.run(pipeline.take_in(batch, runner, plan))
                repository.commit_stored(outcomes, rules)
                done += len(batch)
                progress(name, done)
            repository.set_committed(name, archive.length(name))
        checks.restore_desk(desk, pipeline.utcnow())
        repository.reindex_all()
        _replace(new, home)
    return done


def _batches(stored: Iterable[Stored]) -> Iterator[list[Stored]]:
    items = iter(stored)
    while batch := list(islice(items, BATCH)):
        yield batch


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _remove_journal(database)


def _replace(new: Path, home: Home) -> None:
    """Put the new rows in the place of the old: one rename, after the journals of both are written out."""
    for database in (new, home.database):
        checks.use_database(database)
        checks.write_out()
    checks.use_database(home.database)
    _remove_journal(home.database)
    new.replace(home.database)
    _remove_journal(new)


def _remove_journal(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
