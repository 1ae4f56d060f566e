"""Writing segments: `YYYY/MM/DD/<utc time>-<writer>-<n>.warc.gz` below one root, a file of its own for each process.

The WARC is the journal (design, law 2): what `append` returned is durable; when it raises, nothing is in the file. A
failed write or fsync ends the segment, because after a failed fsync the kernel may have forgotten the pages; the next
append opens a new one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import tuoben
from tuoben.archive import imported, manifest, warc, writing
from tuoben.archive.imported import ForeignEntry
from tuoben.archive.manifest import Manifest
from tuoben.archive.reading import Archive, Stored, Torn, sync_directory
from tuoben.archive.signing import Signer
from tuoben.archive.warc import Place, Resolver, payload_digest
from tuoben.archive.writing import Entry
from tuoben.errors import ArchiveError, DiskFull, UsageError
from tuoben.model import Capture

__all__ = ["Archive", "Entry", "Place", "Resolver", "Segments", "Stored", "Torn", "payload_digest"]

ROLL_SIZE = 512 * 1024 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclasses.dataclass(slots=True)
class _Open:
    """The segment being written. `durable` is how much of it survives anything."""

    name: str
    path: Path
    handle: int
    day: date
    warcinfo_id: str
    durable: int = 0
    records: int = 0
    sha256: hashlib._Hash = dataclasses.field(default_factory=hashlib.sha256)


class Segments(Archive):
    """The segments below `root`, for one writing process (and for reading, as `Archive`).

    `writer` names the process in its files' names: letters, digits, "_" and ".". `clock` gives the time that names
    segments and rolls them at midnight UTC, or when they are `roll_size` long. With `signer` a segment that is closed
    for good is sealed by a manifest. Safe to use from several threads. No file is made before the first append.
    """

    def __init__(
        self,
        root: Path,
        *,
        writer: str,
        roll_size: int = ROLL_SIZE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        software: str = f"tuoben/{tuoben.__version__}",
        signer: Signer | None = None,
    ) -> None:
        super().__init__(root)
        if not re.fullmatch(r"[A-Za-z0-9_.]{1,64}", writer):
            raise UsageError(f"A writer's name is letters, digits, '_' and '.', not {writer[:80]!r}.")
        self._writer = writer
        self._roll_size = roll_size
        self._clock = clock
        self._software = software
        self._signer = signer
        self._count = 0
        self._open_segment: _Open | None = None
        self._lock = threading.Lock()

    def append(self, entries: Sequence[Entry | ForeignEntry]) -> list[Capture]:
        """Writes captures and makes them durable with one fsync; their places, in the order given.

        All or nothing: when it raises, none of them is stored. Raises DiskFull when there is no room, ArchiveError when
        the disk fails or an exchange cannot be written as WARC. In one call an entry cannot be a revisit of another.
        """
        if not entries:
            return []
        with self._lock:
            try:
                segment = self._segment()
            except OSError as error:
                raise _failure("A new segment cannot be made", error) from error
            encoded = [_encoded(entry, segment) for entry in entries]
            start = self._write(segment, [item.data for item in encoded])
            segment.records += sum(map(_records, entries))
        captures = []
        for item in encoded:
            captures.append(
                dataclasses.replace(item.capture, offset=start + item.capture.offset, end=start + item.capture.end)
            )
            start += len(item.data)
        return captures

    def close(self) -> None:
        """Seals the open segment; the next append begins another. Nothing is left to be written by this."""
        with self._lock:
            self._close()

    def roll(self) -> None:
        """Seals the open segment when its day is over, though nothing is appended any more."""
        with self._lock:
            if self._open_segment and self._open_segment.day != self._clock().astimezone(UTC).date():
                self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def writer(self) -> str:
        """The name of the writing process."""
        return self._writer

    @property
    def current(self) -> str:
        """The name of the segment being written, "" when none is open."""
        return self._open_segment.name if self._open_segment else ""

    def _segment(self) -> _Open:
        now = self._clock().astimezone(UTC)
        current = self._open_segment
        if current and (current.durable >= self._roll_size or current.day != now.date()):
            self._close()
        if self._open_segment is None:
            self._open_segment = self._begin(now)
        return self._open_segment

    def _begin(self, now: datetime) -> _Open:
        folder = self.root / now.strftime("%Y/%m/%d")
        _make_durable(folder)
        while True:
            path = folder / f"{now:%Y%m%d%H%M%S}-{self._writer}-{self._count:05}.warc.gz"
            self._count += 1
            if (handle := _create(path)) is not None:
                break
        return _Open(
            name=path.relative_to(self.root).as_posix(),
            path=path,
            handle=handle,
            day=now.date(),
            warcinfo_id=warc.new_id(),
        )

    def _write(self, segment: _Open, parts: list[bytes]) -> int:
        """Appends and syncs; the offset at which the first part begins."""
        start, data = segment.durable, b"".join(parts)
        if start == 0:
            opening = writing.encode_warcinfo(
                filename=segment.path.name,
                time=self._clock(),
                software=self._software,
                record_id=segment.warcinfo_id,
            )
            start, data, segment.records = len(opening), opening + data, 1
        try:
            _write_all(segment.handle, data)
        except OSError as error:
            self._abandon(segment, sync=True)
            raise _failure(f"{segment.name} cannot be written", error) from error
        try:
            os.fsync(segment.handle)
        except OSError as error:
            self._abandon(segment, sync=False)
            raise _failure(f"{segment.name} cannot be made durable", error) from error
        segment.durable += len(data)
        segment.sha256.update(data)
        return start

    def _abandon(self, segment: _Open, *, sync: bool) -> None:
        """Cuts a segment back to what is durable and gives it up; what does not succeed, start-up does again."""
        with contextlib.suppress(OSError):
            os.ftruncate(segment.handle, segment.durable)
            if segment.durable == 0:
                segment.path.unlink()
                sync_directory(segment.path.parent)
            elif sync:
                os.fsync(segment.handle)
        self._close(seal=False)

    def _close(self, *, seal: bool = True) -> None:
        if self._open_segment is not None:
            segment, self._open_segment = self._open_segment, None
            if seal and self._signer and segment.durable:
                told = Manifest(
                    segment=segment.name,
                    length=segment.durable,
                    records=segment.records,
                    sha256=segment.sha256.hexdigest(),
                )
                with contextlib.suppress(OSError):  # whoever starts next does it then
                    manifest.write(segment.path, told, self._signer)
            if segment.durable == 0:  # opened, but what should have been the first capture could not be encoded
                segment.path.unlink(missing_ok=True)
            fcntl.flock(segment.handle, fcntl.LOCK_UN)  # a forked child may still have the file open
            os.close(segment.handle)


def _records(entry: Entry | ForeignEntry) -> int:
    """How many records a capture is."""
    return 2 if isinstance(entry, ForeignEntry) or entry.exchange.kind in warc.WITHIN else 3


def _encoded(entry: Entry | ForeignEntry, segment: _Open) -> writing.Encoded:
    if isinstance(entry, ForeignEntry):
        return imported.encode(entry, segment=segment.name, warcinfo_id=segment.warcinfo_id)
    original = _place(entry.revisit_of)
    return writing.encode(entry, segment=segment.name, warcinfo_id=segment.warcinfo_id, original=original)


def _place(capture: Capture | None) -> Place | None:
    return (capture.segment, capture.offset) if capture else None


def _create(path: Path) -> int | None:
    """A new file, locked and durable by name; None when the name is taken.

    The lock tells `cut_torn` and `verify` that the tail is not torn but growing. Another process that starts may meet
    the file before it is locked, and take it away as an empty one: then it is not used.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
    except FileExistsError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            sync_directory(path.parent)
            return handle
    except BlockingIOError:
        path.unlink(missing_ok=True)
    except OSError:
        os.close(handle)
        path.unlink(missing_ok=True)
        raise
    os.close(handle)
    return None


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _make_durable(folder: Path) -> None:
    """Makes a folder and those above it, each name durable in the one above."""
    if folder.is_dir():
        return
    _make_durable(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_directory(folder.parent)


def _failure(what: str, error: OSError) -> ArchiveError | DiskFull:
    if error.errno in _NO_ROOM:
        return DiskFull(f"{what}: there is no room left on the disk.")
    return ArchiveError(f"{what}: {error.strerror or error}.")
