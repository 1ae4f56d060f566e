"""What an import reads from one file: its records, or those of each WARC file in a WACZ. Each piece is known again by
itself, so that an import of many goes on in the one where it was stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tuoben.archive import foreign
from tuoben.archive.unpacking import Member, Parcel, is_zip

_ENDS = 1024 * 1024
"""Bytes of a file's beginning, and of its end, by which it is known again."""
NAME = 200
"""Characters of a name that are kept."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of records: its name, what it is known again by, its size, and its records from a place on."""

    name: str
    key: str
    size: int
    records: Callable[[int, int], Iterator[foreign.Item]]
    copied: int = 0
    """Bytes of the copy on disk that is made to read it."""


@contextmanager
def pieces(path: Path, spare: Path) -> Iterator[tuple[list[Piece], list[str]]]:
    """The pieces of a file, and what is not as a WACZ says of itself. Raises DataError, OSError.

    `spare`: the folder for copies of what lies deflated in a ZIP.
    """
    key, size = file_key(path), path.stat().st_size
    if not size or not is_zip(path):
        yield [Piece(path.name[:NAME], key, size, lambda offset, index: foreign.records(path, offset, index))], []
        return
    with Parcel(path, spare) as parcel:
        yield [_of_package(path, key, member) for member in parcel.warcs], list(parcel.faults())


def _of_package(path: Path, key: str, member: Member) -> Piece:
    name = f"{path.name}/{member.name}"

    def records(offset: int, index: int) -> Iterator[foreign.Item]:
        with member.opened() as file:
            yield from foreign.records_in(file, name, offset, index)

    own = hashlib.sha256(f"{key} {member.name}".encode("utf-8", "surrogateescape")).hexdigest()
    return Piece(name[-NAME:], f"{member.size}-{own}", member.size, records, member.copied)


def file_key(path: Path) -> str:
    """By what a file is known again, whatever it is called: its size, beginning and end."""
    size = path.stat().st_size
    found = hashlib.sha256()
    with path.open("rb") as file:
        found.update(file.read(_ENDS))
        file.seek(max(size - _ENDS, 0))
        found.update(file.read(_ENDS))
    return f"{size}-{found.hexdigest()}"
