"""Reading WARC and ARC files of other programs, record by record, each with its very bytes.

Gzip with a member for each record (RFC 1952, WARC annex D) or one member for many, zstd as the warc-zstd draft has it
(frames, a dictionary in a skippable frame in front), and plain files. ARC 1.0 and 2.0 records become WARC records: the
block stays, the header line becomes header fields. What cannot be read is told of with its offset, and reading goes on
behind it.
"""

from __future__ import annotations

import io
import os
import re
import struct
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from tuoben import markup
from tuoben.archive import warc
from tuoben.archive.members import MAGIC, Damaged, Member, Stream, next_member
from tuoben.archive.warc import Fields
from tuoben.errors import DataError, LimitExceeded

ZSTD = b"\x28\xb5\x2f\xfd"
DICTIONARY = b"\x5d\x2a\x4d\x18"
"""Of the skippable frame that holds the dictionary of a warc-zstd file."""
FRAME_LIMIT = 64 * 1024 * 1024
"""Compressed bytes of one zstd frame."""
_STEP = 1024 * 1024
_BEGINNING = re.compile(rb"(?:\A|\n)(WARC/[01]\.\d+\r?\n)")
_NAMESPACE = uuid.UUID("8d0f8f3b-7a35-5d0e-9f0f-4c1f6a3b1f52")


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A record of another program's file."""

    offset: int
    """Of the member, frame or (in a plain file) record."""
    index: int
    """How many records lie before it in the same member or frame."""
    end: int
    """Where reading goes on in the file, when `index` is the last of its member."""
    data: bytes
    """The whole record: header, block and the two line ends. Of an ARC record: the WARC record that it became."""
    fields: Fields
    block: bytes
    deflated: bytes = b""
    """What lies behind the header of a gzip member that holds this record alone."""
    converted: str = ""
    """"arc" when `data` is not what lies in the file."""

    def get(self, name: str) -> str:
        """The first value of a header field, by case-insensitive name; "" when absent."""
        return warc.first_of(self.fields, name)

    @property
    def told_id(self) -> str:
        """The id that it gives itself."""
        return warc.bare_id(self.get("WARC-Record-ID"))

    @cached_property
    def block_digest(self) -> str:
        """The digest of the block."""
        return warc.digest(self.block)

    @cached_property
    def identity(self) -> str:
        """A record id of our own, the same for the same record wherever it is met: foreign ids need not be unique."""
        told = "\n".join(
            (self.get("WARC-Record-ID"), self.get("WARC-Date"), self.get("WARC-Target-URI"), self.block_digest)
        )
        return uuid.uuid5(_NAMESPACE, told.encode("utf-8", "replace").decode()).urn


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A place that cannot be read, why, and where reading goes on."""

    offset: int
    why: str
    end: int


Item = Foreign | Broken


def records(path: Path, offset: int = 0, index: int = 0) -> Iterator[Item]:
    """The records of a file from a place on: that of a member, frame or plain record, and the count inside it.

    Raises DataError when the file is neither WARC nor ARC, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from records_in(file, str(path), offset, index)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def records_in(file: BinaryIO, name: str, offset: int = 0, index: int = 0) -> Iterator[Item]:
    """The same of an open file, of which errors speak by a name."""
    yield from _skipped(_units(file, name, offset), offset, index)


def _skipped(found: Iterator[Item], offset: int, index: int) -> Iterator[Item]:
    for item in found:
        if isinstance(item, Foreign) and item.offset == offset and item.index < index:
            continue
        yield item


def _units(file: BinaryIO, name: str, offset: int) -> Iterator[Item]:
    head = file.read(4)
    if not head:
        raise DataError(f"{name} is empty; give a WARC or ARC file.")
    if head[:3] == MAGIC:
        return _Gzip(file).read(offset)
    if head == ZSTD or (head[1:] == DICTIONARY[1:] and head[0] & 0xF0 == 0x50):
        return _Zstd(file).read(offset)
    file.seek(0)
    start = file.read(64)
    if _BEGINNING.match(start) or start.startswith(b"filedesc:"):
        return _plain(file, offset, _arc(start, file))
    raise DataError(f"{name} is neither a WARC nor an ARC file (plain, gzip or zstd).")


# --- one record out of a stream ---------------------------------------------------------------------------------------
Reader = Callable[[Stream], tuple[bytes, Fields, bytes, str]]
"""The next record of a stream: its bytes, fields, block, and what it was converted from."""


def _warc(stream: Stream) -> tuple[bytes, Fields, bytes, str]:
    head = stream.until(b"\r\n\r\n", warc.HEAD_LIMIT)
    fields = warc.parse_fields(head.lstrip(b"\r\n"))
    size = warc.content_length(fields)
    if size > warc.RECORD_LIMIT:
        raise LimitExceeded(f"the record says that it holds {size} bytes, more than {warc.RECORD_LIMIT}")
    block = stream.exactly(size)
    if len(block) < size:
        raise Damaged("the record is shorter than its Content-Length", torn=stream.plain)
    ending = stream.exactly(4)
    if ending != b"\r\n\r\n":
        raise Damaged("the record does not end where its Content-Length says", torn=not ending)
    return b"".join((head.lstrip(b"\r\n"), block, ending)), fields, block, ""


def _arc(start: bytes, file: BinaryIO) -> Reader:
    """The reader for a file that begins with these bytes: WARC's, or that of its ARC version."""
    if not start.startswith(b"filedesc:"):
        return _warc
    file.seek(0)
    return _arc_reader(file.read(1024))


def _arc_reader(start: bytes) -> Reader:
    lines = start.split(b"\n", 3)
    count = 10 if len(lines) > 1 and lines[1][:1] == b"2" else 5
    return lambda stream: _arc_record(stream, count)


def _arc_record(stream: Stream, count: int) -> tuple[bytes, Fields, bytes, str]:
    line = b"\n"
    while not line.strip():
        line = stream.until(b"\n", warc.HEAD_LIMIT)
    parts = line.strip().decode("utf-8", "replace").rsplit(" ", count - 1)
    size = warc.number(parts[-1])
    if len(parts) != count or size is None:
        raise Damaged("this is not the header line of an ARC record with a proper length")
    if size > warc.RECORD_LIMIT:
        raise LimitExceeded(f"the record says that it holds {size} bytes, more than {warc.RECORD_LIMIT}")
    block = stream.exactly(size)
    if len(block) < size:
        raise Damaged("the record is shorter than its header line says", torn=stream.plain)
    try:
        date = datetime.strptime(parts[2][:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Damaged(f"the ARC record has no proper date: {parts[2][:20]!r}") from error
    http = block.startswith(b"HTTP/")
    kind = "warcinfo" if parts[0].startswith("filedesc:") else "response" if http else "resource"
    told = uuid.uuid5(_NAMESPACE, line.decode("utf-8", "replace") + warc.digest(block)).urn
    fields = (
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<{told}>"),
        ("WARC-Date", date.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("WARC-Target-URI", parts[0].replace(" ", "%20")),
        ("WARC-IP-Address", parts[1]),
        ("Content-Type", "application/http; msgtype=response" if http else parts[3]),
        ("Content-Length", str(size)),
    )
    head = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
    return head.encode() + block + b"\r\n\r\n", fields, block, "arc"


def _in_unit(stream: Stream, reader: Reader, offset: int) -> Iterator[Item]:
    """The records of one member or frame; behind a damaged one it goes on where the next one begins.

    The last record comes when the end of the unit, with its checksum, was reached: it alone has another `end`.
    """
    last: Foreign | None = None
    index = 0
    while not stream.ended():
        if last is not None:
            yield last
            last = None
        try:
            data, fields, block, converted = reader(stream)
        except (Damaged, LimitExceeded) as error:
            more = stream.skip_to(b"\nWARC/1.")  # raises when the compressed data is what is damaged
            yield Broken(offset=offset, why=str(error), end=offset)
            if not more:
                return
        else:
            if converted:
                stream.blanks()
            last = Foreign(
                offset=offset, index=index, end=offset, data=data, fields=fields, block=block, converted=converted
            )
        index += 1
    if last is not None:
        yield replace(last, end=offset + 1)


# --- gzip -------------------------------------------------------------------------------------------------------------
class _Gzip:
    """A file of gzip members. One at a time is held, inflated as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self._reader: Reader = _warc
        start = b""
        with suppress(Damaged):
            start = Stream(Member(file, 0)).exactly(1024)
        if start.startswith(b"filedesc:"):
            self._reader = _arc_reader(start)

    def read(self, offset: int) -> Iterator[Item]:
        while offset < self._size:
            member: Member | None = None
            try:
                member = Member(self._file, offset)
                yield from self._member(member, offset)
                offset = member.end
            except (Damaged, LimitExceeded) as error:
                end = next_member(self._file, offset + 1)
                yield Broken(offset=offset, why=str(error), end=end)
                offset = end

    def _member(self, member: Member, offset: int) -> Iterator[Item]:
        for item in _in_unit(Stream(member), self._reader, offset):
            if not isinstance(item, Foreign) or item.end == offset:
                yield item
                continue
            deflated = b""
            if item.index == 0 and not item.converted:
                self._file.seek(member.start)
                deflated = self._file.read(member.end - member.start)
            yield replace(item, end=member.end, deflated=deflated)


# --- zstd -------------------------------------------------------------------------------------------------------------
class _Zstd:
    """A file of zstd frames (RFC 8878), their extents found by their block headers."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self._dictionary = self._held_dictionary()

    def _held_dictionary(self) -> bytes:
        """The dictionary of the first, skippable frame; it may be a zstd frame itself."""
        self._file.seek(0)
        magic, size = self._file.read(4), self._file.read(4)
        if magic != DICTIONARY or len(size) < 4:
            return b""
        held = self._file.read(min(int.from_bytes(size, "little"), FRAME_LIMIT))
        return markup.zstd_reader(io.BytesIO(held)).read(FRAME_LIMIT) if held.startswith(ZSTD) else held

    def read(self, offset: int) -> Iterator[Item]:
        while offset < self._size:
            try:
                end, skip = self._extent(offset)
                if not skip:
                    yield from self._frame(offset, end)
            except (Damaged, markup.ZstdError) as error:
                end = self._next(offset + 1)
                why = str(error) if isinstance(error, Damaged) else "the compressed data is damaged"
                yield Broken(offset=offset, why=why, end=end)
            offset = end

    def _frame(self, offset: int, end: int) -> Iterator[Item]:
        self._file.seek(offset)
        source = markup.zstd_reader(io.BytesIO(self._file.read(end - offset)), self._dictionary)
        for item in _in_unit(Stream(source), _warc, offset):
            yield replace(item, end=end) if item.end != offset else item

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise Damaged("the file ends inside a record", torn=True)
        return data

    def _extent(self, offset: int) -> tuple[int, bool]:
        """(end of the frame, whether it is a skippable one). RFC 8878, 3.1."""
        self._file.seek(offset)
        magic = self._take(4)
        if magic[1:] == DICTIONARY[1:] and magic[0] & 0xF0 == 0x50:
            return offset + 8 + int.from_bytes(self._take(4), "little"), True
        if magic != ZSTD:
            raise Damaged("not the beginning of a zstd frame")
        descriptor = self._take(1)[0]
        single = bool(descriptor & 0x20)
        size = (0 if not single else 1, 2, 4, 8)[descriptor >> 6]
        self._take((0 if single else 1) + (0, 1, 2, 4)[descriptor & 3] + size)
        last = False
        while not last:
            (header,) = struct.unpack("<I", self._take(3) + b"\0")
            last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
            if kind == 3:
                raise Damaged("the zstd frame has a block of no known kind")
            self._file.seek(1 if kind == 1 else length, os.SEEK_CUR)
            if self._file.tell() - offset > FRAME_LIMIT:
                raise Damaged(f"the zstd frame is larger than {FRAME_LIMIT} bytes")
        end = self._file.tell() + (4 if descriptor & 4 else 0)
        if end > self._size:
            raise Damaged("the file ends inside a record", torn=True)
        return end, False

    def _next(self, offset: int) -> int:
        """Where the next frame that begins a record may lie."""
        while offset < self._size:
            self._file.seek(offset)
            data = self._file.read(_STEP)
            at = data.find(ZSTD)
            if at >= 0:
                return offset + at
            offset += max(len(data) - 3, 1)
        return self._size


# --- plain ------------------------------------------------------------------------------------------------------------
def _plain(file: BinaryIO, offset: int, reader: Reader) -> Iterator[Item]:
    size = file.seek(0, os.SEEK_END)
    while offset < size:
        file.seek(offset)
        stream = Stream(file)
        try:
            stream.blanks()
            if stream.ended():
                return
            data, fields, block, converted = reader(stream)
        except (Damaged, LimitExceeded) as error:
            end = _next_plain(file, offset + 1, size) if reader is _warc else size
            yield Broken(offset=offset, why=str(error), end=end)
            offset = end
            continue
        end = offset + stream.taken
        yield Foreign(offset=offset, index=0, end=end, data=data, fields=fields, block=block, converted=converted)
        offset = end


def _next_plain(file: BinaryIO, offset: int, size: int) -> int:
    """Where the next record of a plain WARC file begins."""
    while offset < size:
        file.seek(offset)
        data = file.read(_STEP)
        found = _BEGINNING.search(data) if offset == 0 else re.search(rb"\n(WARC/[01]\.\d)", data)
        if found:
            return offset + found.start(1)
        offset += max(len(data) - 16, 1)
    return size
