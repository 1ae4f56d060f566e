"""What shows a stranger that a record was held unchanged: the record itself, its entry in the log, the way from there
to a signed checkpoint, time stamps on that, and a program of one file that checks it all without network.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from tuoben.archive import leaves, log
from tuoben.archive.logbook import Logbook
from tuoben.archive.reading import Archive
from tuoben.archive.verify import verify_capture
from tuoben.errors import ArchiveError, UsageError
from tuoben.home import Home
from tuoben.jobs import timestamps
from tuoben.jobs.sequence import book
from tuoben.model import Capture
from tuoben.store import logged, queries

STRANGER = "tuoben.archive.stranger"
FOUND_IN_ZIP = (1980, 1, 1, 0, 0, 0)


class NotYet(ArchiveError):
    """The record waits for the log."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The files by their paths, and what they prove: entry `number` of a log of `size`; `since`: the oldest stamp."""

    files: Mapping[str, bytes]
    number: int
    size: int
    since: datetime | None

    def zipped(self, folder: str) -> bytes:
        """All in one archive, below a folder; the same bytes each time."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, data in sorted(self.files.items()):
                archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", FOUND_IN_ZIP), data)
        return out.getvalue()


def proof(home: Home, capture: Capture, known: str = "") -> Proof:
    """The proof of a capture; of a revisit also that of the record with its payload.

    `known`: a checkpoint that somebody kept; the proof then shows that the log extends it. Raises NotYet while the
    capture waits for the log, ArchiveError when what is kept does not hold itself, UsageError for a foreign checkpoint.
    """
    captures = [capture]
    if capture.revisit_of:
        original = queries.archived(capture.revisit_of)
        if original is None:
            raise ArchiveError(f"The record {capture.revisit_of} that holds the payload is not in the archive.")
        captures.append(original)
    numbers = [_number(one) for one in captures]
    found = book(home)
    size, note, stamps = _checkpoint(home, found, max(numbers))
    files = {"checkpoint": note, "key": f"{found.key.written}\n".encode(), "key.pem": found.key.pem().encode()}
    for folder, one, number in zip(("", "original/"), captures, numbers, strict=False):
        files |= {folder + name: data for name, data in _record(home, found, one, (number, size)).items()}
    times = []
    for stamp in stamps:
        times.append(stamp.verify(note))
        files |= {f"timestamps/{stamp.by}{suffix}": stamp.part(suffix) for suffix in (".tsr", ".tsq", ".pem")}
    if known:
        files["consistency.json"] = _consistency(found, known, size)
    for name in ("verify.py", "README.md"):
        files[name] = resources.files(STRANGER).joinpath(name).read_bytes()
    return Proof(files, numbers[0], size, min(times, default=None))


def _number(capture: Capture) -> int:
    number, pending = logged.places([capture.record_id]).get(capture.record_id, (None, ""))
    if number is not None:
        return number
    if pending:
        raise NotYet("This record waits to be entered in the log; that takes about a minute.")
    raise ArchiveError(
        f"The log does not know {capture.record_id}: run `tuoben rebuild --rows`. If it says so again, the capture was "
        "made before this archive had a log, and nothing proves its time."
    )


def _checkpoint(home: Home, found: Logbook, number: int) -> tuple[int, bytes, list[timestamps.Stamp]]:
    """The first time-stamped checkpoint that covers an entry, else the newest one: its size, itself, its stamps."""
    kept = [stamp for stamp in timestamps.kept(home) if stamp.size > number]
    size = min((stamp.size for stamp in kept), default=found.checkpoint().size)
    if size <= number:
        raise ArchiveError("The log has fewer entries than the rows know of; run `tuoben verify`.")
    try:
        note = (found.root / "checkpoints" / f"{size:012}").read_bytes()
    except OSError as error:
        raise ArchiveError(f"The checkpoint {size} of the log cannot be read ({error.strerror}).") from error
    found.key.checkpoint(note.decode())
    return size, note, [stamp for stamp in kept if stamp.size == size]


def _record(home: Home, found: Logbook, capture: Capture, place: tuple[int, int]) -> dict[str, bytes]:
    """The record, its entry, and the way from there to the root. Checked before it is given away."""
    archive, (number, size) = Archive(home.archive), place
    for problem in verify_capture(archive, capture):
        raise ArchiveError(f"{problem.segment} at {problem.offset} is damaged ({problem.why}); run `tuoben verify`.")
    entry = next(found.entries(number, number + 1))
    if leaves.read(entry).get("record") != capture.record_id:
        raise ArchiveError(f"Entry {number} of the log speaks of another record; run `tuoben verify`.")
    path = log.inclusion(found.reader(), number, size)
    way = {"index": number, "size": size, "path": [step.hex() for step in path]}
    return {
        "record.warc.gz": archive.verbatim(capture),
        "entry.json": entry,
        "inclusion.json": json.dumps(way, indent=1).encode(),
    }


def _consistency(found: Logbook, known: str, size: int) -> bytes:
    try:
        old = found.key.checkpoint(known)
    except ArchiveError as error:
        raise UsageError(f"The checkpoint that you name is not one of this log: {error}") from error
    if not 0 < old.size <= size:
        raise UsageError(f"The checkpoint that you name has {old.size} entries, the one of this proof {size}.")
    path = log.consistency(found.reader(), old.size, size)
    return json.dumps({"from": old.size, "path": [step.hex() for step in path]}, indent=1).encode()
