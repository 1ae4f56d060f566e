"""Checking stored segments byte by byte, because WARC readers are silent on a cut tail and on much else.

For segments of ours every byte counts: members are contiguous, each carries a checksum over its compressed bytes
(`members`), each record parses and says its length and digests truly, and each capture is whole and in order. For WARC
files of other programs only what the standard asks is held against them, plain files and several records in one gzip
member included.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tuoben.archive import imported, leaves, warc
from tuoben.archive.digests import ForeignSum, Sums
from tuoben.archive.members import Damaged, Member, Stream, next_member
from tuoben.archive.reading import Archive, read_at
from tuoben.archive.warc import LEAD, Fields
from tuoben.errors import ArchiveError, LimitExceeded
from tuoben.model import Capture

Progress = Callable[[int, int], None]
"""Told (bytes checked, bytes in all) now and then."""

OnCapture = Callable[[str, int, str], None]
"""Told of each capture: record id, offset, and the entry that the log should have of it ("" when none)."""

_STEP = 1024 * 1024
ANSWERS = ("response", "revisit", "resource")
"""Types of the last record of a capture."""
_MANDATORY = ("WARC-Type", "WARC-Record-ID", "WARC-Date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in a segment. `record` is the record's id where it can still be read, else ""."""

    segment: str
    record: str
    offset: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A record that was checked: its fields and the place of its member (or of itself in a plain file)."""

    fields: Fields
    offset: int

    def get(self, name: str) -> str:
        return next((value for key, value in self.fields if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def id(self) -> str:
        text = warc.bare_id(self.get("WARC-Record-ID"))
        return text.encode("utf-8", "replace").decode()  # the header may be damaged itself


class SegmentCheck(Iterator[Problem]):
    """The check of one file, done while it is iterated: gives the problems found, and counts what it saw.

    `records`, `captures` (responses and revisits) and `size` (bytes looked at) are final when the iteration is.
    """

    def __init__(
        self,
        path: Path,
        *,
        segment: str,
        expect_end: int | None,
        ours: bool,
        progress: Progress | None,
        captured: OnCapture | None = None,
    ) -> None:
        self.records = 0
        self.captures = 0
        self.size = 0
        self._path = path
        self._segment = segment
        self._expect_end = expect_end
        self._ours = ours
        self._progress = progress
        self._captured = captured
        self._salt = ""
        self._told = 0
        self._ids: set[str] = set()
        self._lead: list[_Seen] = []
        self._broken = False
        self._problems = self._run()

    def __iter__(self) -> Iterator[Problem]:
        return self

    def __next__(self) -> Problem:
        return next(self._problems)

    def _problem(self, offset: int, why: str, record: str = "") -> Problem:
        return Problem(segment=self._segment, record=record, offset=offset, why=why)

    def _run(self) -> Iterator[Problem]:
        try:
            with self._path.open("rb") as file:
                yield from self._file(file)
        except FileNotFoundError:
            yield self._problem(0, "the segment is missing")
        except OSError as error:
            yield self._problem(self.size, f"the segment cannot be read: {error.strerror}")

    def _file(self, file: BinaryIO) -> Iterator[Problem]:
        growing = _being_written(file)
        total = file.seek(0, os.SEEK_END)
        file.seek(0)
        plain = file.read(5) == b"WARC/" and not self._ours
        if total == 0 and not growing:
            yield self._problem(0, "the segment is empty")
        yield from self._plain(file, total) if plain else self.span(file, 0, total, growing=growing)
        if self._ours and self._lead and not growing and not self._broken:
            why = "the file ends before the response of this request: its tail was cut"
            yield self._problem(self._lead[0].offset, why, self._lead[0].id)
        if self._expect_end is not None and total < self._expect_end:
            why = f"the tail was cut: the file is {total} bytes long, {self._expect_end} were stored in it"
            yield self._problem(total, why)
        if self._progress:
            self._progress(total, total)

    def span(self, file: BinaryIO, offset: int, end: int, *, growing: bool = False) -> Iterator[Problem]:
        """Checks the gzip members from one offset to another."""
        while offset < end:
            start, found = offset, _Named()
            try:
                member = Member(file, start, sealed=self._ours)
                yield from self._member(member, found)
                offset = member.end
            except Damaged as error:
                if error.torn and growing and (self._expect_end is None or start >= self._expect_end):
                    self._lead = []
                    return
                self._broken = True
                yield self._problem(start, str(error), found.id or _guess_id(file, start))
                offset = next_member(file, start + 1)
            self._tell(offset, end)

    def _member(self, member: Member, found: _Named) -> list[Problem]:
        """What the records of a member have wrong; Damaged, and nothing else, when the member itself is."""
        stream = Stream(member)
        problems = list(self._record(stream, member.offset, found))
        if not stream.ended():
            why = "a gzip member holds several records, they cannot be read one by one"
            problems.append(self._problem(member.offset, why, found.id))
        while not stream.ended():
            problems += self._record(stream, member.offset, found)
        return problems

    def _plain(self, file: BinaryIO, total: int) -> Iterator[Problem]:
        offset = 0
        while offset < total:
            found = _Named()
            file.seek(offset)
            stream = Stream(file)
            try:
                yield from self._record(stream, offset, found)
                offset += stream.taken
            except Damaged as error:
                yield self._problem(offset, str(error), found.id)
                offset = _next_plain(file, offset + 1, total)
            self._tell(offset, total)

    def _record(self, stream: Stream, offset: int, found: _Named) -> Iterator[Problem]:
        head = stream.until(b"\r\n\r\n", warc.HEAD_LIMIT)
        fields = warc.parse_fields(head)
        seen = _Seen(fields=fields, offset=offset)
        found.id = seen.id
        size = warc.content_length(fields)
        foreign = self._lead[-1].get(imported.DIGEST) if self._ours and self._lead else ""
        sums = ForeignSum(foreign, head) if foreign else Sums(seen.get, keep=not self._ours)
        note = bytearray() if self._captured and seen.get("WARC-Type") == "metadata" else None
        left = size
        while left and (part := stream.take(min(left, 65536))):
            sums.add(part)
            if note is not None:
                note += part
            left -= len(part)
        if left:
            raise Damaged("the record is shorter than its Content-Length", torn=stream.plain)
        if stream.exactly(4) != b"\r\n\r\n":
            raise Damaged("the record does not end where its Content-Length says", torn=stream.plain)
        self.records += 1
        if note is not None:
            self._salt = leaves.salt_of(warc.parse_note(bytes(note)))
        if foreign:
            self.captures += 1
            yield from (self._problem(offset, why, self._lead[-1].id) for why in sums.faults())
            self._capture(self._lead[-1].id, offset, leaves.of_import(self._lead[-1].fields, self._salt))
            self._lead, self._broken = [], False
            return
        for why in (*_field_faults(seen), *sums.faults(), *self._place_faults(seen)):
            yield self._problem(offset, why, seen.id)

    def _place_faults(self, seen: _Seen) -> list[str]:
        """What is wrong with a record among its neighbours; keeps the count of captures."""
        faults = []
        kind = seen.get("WARC-Type")
        if seen.id in self._ids:
            faults.append("another record of this file has the same WARC-Record-ID")
        self._ids.add(seen.id)
        self.captures += kind in ANSWERS
        if not self._ours:
            return faults
        if self.records == 1 and not self._broken and kind != "warcinfo":
            faults.append("the segment does not begin with a warcinfo record")
        if kind in ("request", "metadata"):
            self._lead.append(seen)
        elif kind in ANSWERS:
            if not self._broken:
                faults += _group_faults(self._lead, seen)
            told = [*(item.fields for item in self._lead), seen.fields]
            self._capture(seen.id, seen.offset, leaves.of_capture(told, self._salt))
            self._lead, self._broken = [], False
        return faults

    def _capture(self, record: str, offset: int, entry: str) -> None:
        self._salt = ""
        if self._captured is not None:
            self._captured(record, offset, entry)

    def _tell(self, done: int, total: int) -> None:
        self.size = done
        if self._progress and done - self._told >= _STEP:
            self._told = done
            self._progress(done, total)


@dataclass(slots=True)
class _Named:
    """The id of the record being read, as soon as its header was."""

    id: str = ""


def verify_segment(
    path: Path,
    *,
    expect_end: int | None = None,
    segment: str = "",
    ours: bool = True,
    progress: Progress | None = None,
    captured: OnCapture | None = None,
) -> SegmentCheck:
    """Checks a whole file; iterate over the answer for its problems, then read its counts.

    `expect_end` is how far the segment is known to reach (the last acknowledged `Capture.end`); without it a tail
    that was cut exactly between two captures cannot be seen. `segment` names the file in problems (by default its own
    name). `ours=False` holds against a file only what the standard asks. A segment that a process still writes may end
    in mid-record behind `expect_end`. `captured` is told of each capture that was read.
    """
    return SegmentCheck(
        path, segment=segment or path.name, expect_end=expect_end, ours=ours, progress=progress, captured=captured
    )


def verify_capture(archive: Archive, capture: Capture) -> list[Problem]:
    """Checks the members of one capture, and that they are the ones that `capture` tells of."""
    path = archive.path(capture.segment)
    check = SegmentCheck(path, segment=capture.segment, expect_end=None, ours=True, progress=None)
    check.records = 1  # its first member is not the segment's
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < capture.end:
                return [_of(capture, "the tail was cut: the segment ends before the end of this capture")]
            found = read_at(file, capture.offset, warc.RECORD_LIMIT)
            if capture.origin:
                return _verify_imported(check, file, capture, found.record)
            lead = warc.number(found.record.get(LEAD)) or 0
            problems = list(check.span(file, max(capture.offset - lead, 0), capture.end))
    except FileNotFoundError:
        return [_of(capture, "the segment is missing")]
    except (ArchiveError, LimitExceeded, OSError) as error:
        return [_of(capture, str(error))]
    told = {
        "WARC-Record-ID": f"<{capture.record_id}>",
        "WARC-Target-URI": warc.target_uri(capture.kind, capture.url),
        "WARC-Date": warc.stamp(capture.time),
        "WARC-Block-Digest": capture.block_digest,
    }
    problems += [
        _of(capture, f"the record has another {name} than the one that was noted")
        for name, value in told.items()
        if found.record.get(name) != value
    ]
    return problems


def _verify_imported(check: SegmentCheck, file: BinaryIO, capture: Capture, record: warc.Record) -> list[Problem]:
    lead = imported.find_lead(file, capture.offset)
    if lead is None:
        return [_of(capture, "the metadata record that tells of the import is not before it")]
    problems = list(check.span(file, lead[0], capture.end))
    if warc.bare_id(lead[1].get("WARC-Record-ID")) != capture.record_id:
        problems.append(_of(capture, "the record has another WARC-Record-ID than the one that was noted"))
    if warc.digest(record.block) != capture.block_digest:
        problems.append(_of(capture, "the record has another WARC-Block-Digest than the one that was noted"))
    return problems


def _of(capture: Capture, why: str) -> Problem:
    return Problem(segment=capture.segment, record=capture.record_id, offset=capture.offset, why=why)


def _field_faults(seen: _Seen) -> list[str]:
    faults = [f"the record has no {name}" for name in _MANDATORY if not seen.get(name)]
    if date := seen.get("WARC-Date"):
        try:
            warc.parse_stamp(date)
        except Damaged as error:
            faults.append(str(error))
    return faults


def _group_faults(lead: list[_Seen], answer: _Seen) -> list[str]:
    wanted = {warc.bare_id(value) for value in answer.all("WARC-Concurrent-To")}
    before = {item.id for item in lead}
    if before != wanted and not (answer.get("WARC-Type") == "resource" and before < wanted):  # its event has others
        return ["the records of the same capture (WARC-Concurrent-To) are not all before it"]
    if any(answer.id not in map(warc.bare_id, item.all("WARC-Concurrent-To")) for item in lead):
        return ["a record before it belongs to another capture (WARC-Concurrent-To)"]
    start = lead[0].offset if lead else answer.offset
    return [] if warc.number(answer.get(LEAD)) == answer.offset - start else [f"{LEAD} does not tell where it begins"]


def _guess_id(file: BinaryIO, offset: int) -> str:
    """The id of a record whose member is damaged, if its header can still be read."""
    try:
        head = Stream(Member(file, offset, lenient=True)).until(b"\r\n\r\n", warc.HEAD_LIMIT)
        return _Seen(fields=warc.parse_fields(head), offset=offset).id
    except Damaged:
        return ""


def _next_plain(file: BinaryIO, offset: int, total: int) -> int:
    """Where the next record of a plain WARC file begins."""
    mark = b"\nWARC/1."
    while offset < total:
        file.seek(offset)
        data = file.read(_STEP)
        at = data.find(mark)
        if at >= 0:
            return offset + at + 1
        offset += max(len(data) - len(mark) + 1, 1)
    return total


def _being_written(file: BinaryIO) -> bool:
    """Whether the process that writes this segment still holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
