"""From the rows to the log: entries that wait get their numbers, in the order of their rows, by one process at a time.

The log is written before the rows are told. After a crash in between, and after the rows were lost, the numbers come
from the log itself, where each entry names its record; so nothing is ever entered twice.
"""

from __future__ import annotations

import time
from itertools import islice

from tuoben.archive import leaves, log, signing
from tuoben.archive.logbook import Logbook
from tuoben.archive.signing import Signer
from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.store import database, logged

BATCH = 8192
"""Entries of one checkpoint at most."""
RECENT = 1000
"""Checkpoints that are kept, however many there were that day."""
PERIOD = 60.0
"""Seconds between two checkpoints while collecting goes on."""


def signer(home: Home) -> Signer:
    """The archive's key, made at its first use. Raises DataError when the log was begun under a key that is gone."""
    with home.lock("keys", wait=10.0):
        if (home.log / "checkpoint").exists() and not (home.keys / signing.FILE).exists():
            raise DataError(
                f"The key that the log was begun with is gone from {home.keys}; put {signing.FILE} and {signing.NAME} "
                f"back from a backup (or move {home.log} away: a new log then begins, and old proofs stay as they are)."
            )
        return signing.prepare(home.keys)


def book(home: Home) -> Logbook:
    """The log of the data directory."""
    return Logbook(home.log, signer(home).key)


def sequence(home: Home, *, period: float = 0.0) -> int:
    """Enter what waits; how many entries. 0: nothing waits, another process is at it, or the last checkpoint is not
    `period` seconds old yet. Raises ArchiveError, DataError when the log cannot be written or is not ours."""
    if not logged.waits() or _age(home) < period:
        return 0
    with home.lock("log") as here, database.sole("log") as alone:
        if not (here and alone):
            return 0
        key = signer(home)
        found = Logbook(home.log, key.key)
        recover(found)
        done = 0
        while waiting := logged.pending(BATCH):
            start = found.checkpoint().size
            if start < logged.size():
                raise DataError(
                    f"The log in {home.log} has {start} entries, the rows know of {logged.size()}: put it back from a "
                    "backup; or `tuoben rebuild --rows`, then what is stored is entered anew."
                )
            found.append([entry.encode() for _, entry in waiting], key)
            logged.number({record: (start + i, "") for i, (record, _) in enumerate(waiting)})
            done += len(waiting)
        _thin(home)
        return done


def recover(found: Logbook) -> int:
    """Numbers that the log knows and the rows do not; how many."""
    size = found.checkpoint().size
    first = logged.size() if logged.whole() else 0
    done, entries = 0, enumerate(found.entries(first), first)
    while part := list(islice(entries, log.WIDTH)):
        told = {said["record"]: (at, said["type"]) for at, entry in part if (said := leaves.read(entry))}
        logged.number(told)
        done += len(part)
    return done if first < size else 0


def _thin(home: Home) -> None:
    """Of old checkpoints keep the last of each day, and those that are time-stamped."""
    paths = sorted((home.log / "checkpoints").glob("*"))
    if len(paths) < 2 * RECENT:
        return
    stamped = {path.name.partition(".")[0] for path in (home.log / "timestamps").glob("*.tsr")}
    days = [int(path.stat().st_mtime // 86400) for path in paths]
    for path, day, after in zip(paths[:-RECENT], days, days[1:], strict=False):
        if day == after and path.name not in stamped:
            path.unlink(missing_ok=True)


def _age(home: Home) -> float:
    try:
        return time.time() - (home.log / "checkpoint").stat().st_mtime
    except FileNotFoundError:
        return float("inf")
