"""Checkpoints of the log, time-stamped by authorities that the operator names (RFC 3161): at most one a day.

log/timestamps/<size, 12 digits>.<n>.tsr    the answer of authority n (from 1) over checkpoints/<size>
                                   .tsq    what it was asked
                                   .pem    its certificates, the pinned one first
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuoben import fetch
from tuoben.archive import timestamps
from tuoben.archive.log import NotProven
from tuoben.archive.logbook import Logbook
from tuoben.errors import ArchiveError, FetchError, UsageError
from tuoben.home import Home
from tuoben.net import Door

log = logging.getLogger("tuoben.jobs")
AGAIN = 600.0
"""Seconds until an authority that gave none is asked again."""
EVERY = 24 * 3600.0
"""Seconds between two stamps of one authority."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to ask, and its certificates (PEM, the pinned one first)."""

    url: str
    certificates: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that is kept: over the checkpoint of `size` entries, by authority `by` (from 1)."""

    path: Path
    size: int
    by: int

    def part(self, suffix: str) -> bytes:
        """The answer (".tsr"), the query (".tsq") or the certificates (".pem")."""
        return self.path.with_suffix(suffix).read_bytes()

    def verify(self, checkpoint: bytes) -> datetime:
        """When the checkpoint was stamped. Raises NotProven."""
        try:
            return timestamps.verify(self.part(".tsr"), self.part(".pem"), data=checkpoint, asked=self.part(".tsq"))
        except OSError as error:
            raise NotProven(f"A file of the time stamp {self.path.name} cannot be read ({error.strerror}).") from error


def authorities(urls: str, files: str) -> tuple[Authority, ...]:
    """The authorities of TUOBEN_TIMESTAMP and TUOBEN_TIMESTAMP_CA. Raises UsageError."""
    named = [part.strip() for part in urls.split(",") if part.strip()]
    paths = [part.strip() for part in files.split(",") if part.strip()]
    if len(named) != len(paths):
        raise UsageError(
            "TUOBEN_TIMESTAMP_CA must name a PEM file for each authority of TUOBEN_TIMESTAMP, its certificate first."
        )
    found = []
    for address, path in zip(named, paths, strict=True):
        try:
            found.append(Authority(address, Path(path).read_bytes()))
        except OSError as error:
            raise UsageError(f"TUOBEN_TIMESTAMP_CA: {path} cannot be read ({error.strerror}).") from error
    return tuple(found)


def kept(home: Home) -> list[Stamp]:
    """The stamps that are kept, by size."""
    found = []
    for path in sorted((home.log / "timestamps").glob("*.tsr")):
        size, _, by = path.stem.partition(".")
        if size.isdigit() and by.isdigit():
            found.append(Stamp(path, int(size), int(by)))
    return found


async def stamp(home: Home, asked: Sequence[Authority], door: Door) -> int:
    """Ask each authority whose last stamp is a day old for one over the newest checkpoint; how many were kept.

    Raises FetchError, ArchiveError: for the first that gives none, after all were asked.
    """
    last = {one.by: (one.path.stat().st_mtime, one.size) for one in kept(home)}
    due = [
        (by, authority)
        for by, authority in enumerate(asked, start=1)
        if by not in last or time.time() - last[by][0] > EVERY
    ]
    if not due or not (home.log / "checkpoint").exists():
        return 0
    checkpoint = (home.log / "checkpoint").read_bytes()
    size = int(checkpoint.split(b"\n")[1])
    failed: list[FetchError | ArchiveError] = []
    done = 0
    for by, authority in due:
        if by in last and last[by][1] == size:
            continue  # nothing was entered since
        try:
            await _one(home, (size, by), authority, checkpoint, door)
            done += 1
        except (FetchError, ArchiveError) as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return done


class Stamper:
    """Has checkpoints stamped while collecting goes on; one that fails is tried again after a while."""

    def __init__(self, home: Home, asked: Sequence[Authority], door: Door) -> None:
        self._home, self._asked, self._door = home, asked, door
        self._next = 0.0

    async def __call__(self) -> None:
        """Do what is due."""
        if not self._asked or time.monotonic() < self._next:
            return
        try:
            async with self._door:
                await stamp(self._home, self._asked, self._door)
        except (FetchError, ArchiveError, OSError) as error:
            self._next = time.monotonic() + AGAIN
            log.warning("The log has no new time stamp: %s", error)


async def _one(home: Home, place: tuple[int, int], authority: Authority, checkpoint: bytes, door: Door) -> None:
    query = await asyncio.to_thread(timestamps.query, checkpoint)
    kind = "application/timestamp-query"
    status, answer = await fetch.post_bytes(authority.url, query, kind, door, limit=timestamps.LIMIT)
    if status != 200:
        raise ArchiveError(f"The time-stamp authority {authority.url} answered {status}.")
    await asyncio.to_thread(timestamps.verify, answer, authority.certificates, data=checkpoint, asked=query)
    folder = home.log / "timestamps"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{place[0]:012}.{place[1]}.tsr"
    for suffix, data in ((".pem", authority.certificates), (".tsq", query), (".tsr", answer)):
        draft = path.with_suffix(".new")
        draft.write_bytes(data)
        draft.replace(path.with_suffix(suffix))


def check(home: Home, book: Logbook) -> Iterator[str]:
    """What is wrong with the stamps that are kept, in words."""
    for one in kept(home):
        try:
            one.verify((book.root / "checkpoints" / f"{one.size:012}").read_bytes())
        except FileNotFoundError:
            yield f"The checkpoint {one.size} that {one.path.name} stamps is missing."
        except ArchiveError as error:
            yield f"{one.path.name}: {error}"
