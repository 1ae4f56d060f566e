"""What was stored, read back: the exchange that holds the content of a capture."""

from __future__ import annotations

from tuoben.archive.reading import Archive
from tuoben.errors import ArchiveError
from tuoben.home import Home
from tuoben.model import Capture, Exchange
from tuoben.store import queries


def exchange(home: Home, capture: Capture) -> tuple[Capture, Exchange]:
    """The exchange of a capture, and the capture it lies in: for a 304 the one that holds what had not changed.

    Raises ArchiveError when it cannot be read.
    """
    if capture.status == 304:
        original = queries.archived(capture.revisit_of)
        if original is None:
            raise ArchiveError(f"{capture.record_id} says “not modified”, and what it refers to is not held.")
        capture = original
    return capture, Archive(home.archive).read(capture, resolve=_place).exchange


def _place(record_id: str) -> tuple[str, int] | None:
    found = queries.archived(record_id)
    return (found.segment, found.offset) if found else None
