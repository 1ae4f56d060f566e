"""Sealed segments: beside each one that is closed for good lies `<name>.manifest`, a signed note (C2SP signed-note):

tuoben segment 1
2026/11/22/20261122190000-w1-00000.warc.gz
length 1048576
records 310
sha256 6f1e…
(an empty line, then the signature)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from tuoben.archive import warc
from tuoben.archive.log import NotProven
from tuoben.archive.members import Damaged, Member
from tuoben.archive.reading import Archive, sync_directory
from tuoben.archive.signing import Key, Signer
from tuoben.errors import ArchiveError, LimitExceeded

SUFFIX = ".manifest"
TITLE = "tuoben segment 1"
_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a segment is once nothing is appended any more."""

    segment: str
    length: int
    records: int
    sha256: str
    """Of the whole file, in hexadecimal digits."""

    def text(self) -> str:
        """The text that is signed."""
        told = f"length {self.length}\nrecords {self.records}\nsha256 {self.sha256}\n"
        return f"{TITLE}\n{self.segment}\n{told}"


def path_of(segment: Path) -> Path:
    """Where the manifest of a segment lies."""
    return segment.with_name(segment.name + SUFFIX)


def write(segment: Path, manifest: Manifest, signer: Signer) -> None:
    """Lay a manifest beside its segment, durable. Raises OSError."""
    path = path_of(segment)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(signer.note(manifest.text()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def read(segment: Path, key: Key) -> Manifest | None:
    """The manifest beside a segment; None when there is none. Raises NotProven for one that is not ours."""
    try:
        lines = key.text(path_of(segment).read_text(encoding="utf-8")).split("\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise NotProven("The manifest is no signed note.") from error
    told = dict(line.split(" ", 1) for line in lines[2:] if " " in line)
    length, records = warc.number(told.get("length", "")), warc.number(told.get("records", ""))
    if lines[0] != TITLE or length is None or records is None:
        raise NotProven("The signed note is no manifest.")
    return Manifest(segment=lines[1], length=length, records=records, sha256=told.get("sha256", ""))


def check(archive: Archive, segment: str, records: int, key: Key) -> list[str]:
    """What is wrong between a segment, in which so many records were read, and its manifest, in words."""
    path = archive.path(segment)
    try:
        told = read(path, key)
    except ArchiveError as error:
        return [f"the manifest is not ours: {error}"]
    if told is None:
        return []
    faults = []
    if told.segment != segment:
        faults.append(f"the manifest beside it is that of another segment, {told.segment[:120]}")
    if told.length != archive.length(segment):
        faults.append(f"the segment is {archive.length(segment)} bytes long, its manifest says {told.length}")
    if told.records != records:
        faults.append(f"the segment holds {records} records, its manifest says {told.records}")
    if told.sha256 != _sha256(path):
        faults.append("the segment has another SHA-256 than its manifest")
    return faults


def seal(archive: Archive, segment: str, signer: Signer) -> bool:
    """Seal a segment whose writer ended without doing so. False: sealed already, still being written, or damaged."""
    path = archive.path(segment)
    if path_of(path).exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        end, records = 0, 0
        size = file.seek(0, os.SEEK_END)
        try:
            while end < size:
                member = Member(file, end)
                while member.read(_STEP):
                    pass
                end, records = member.end, records + 1
        except (Damaged, LimitExceeded):
            return False  # verify tells where
        manifest = Manifest(segment=segment, length=size, records=records, sha256=_sha256(path))
        if size:
            write(path, manifest, signer)
    return bool(size)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
