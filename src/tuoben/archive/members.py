"""Gzip members (RFC 1952): the frame around each WARC record, written and read one at a time.

Our members carry an extra field "Tb" with the CRC-32 of everything that follows it, the compressed bytes and the
trailer. Deflate has spare bits and more than one way to say the same bytes, so the CRC of the content alone misses some
flipped bits; this one finds every burst of up to 32 bits, and the rest of the header is always the same. Readers that
do not know the field skip it, as the RFC asks.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from tuoben.errors import ArchiveError, LimitExceeded

MAGIC = b"\x1f\x8b\x08"
_FIXED = MAGIC + b"\x04" + bytes(4) + b"\x00\xff" + struct.pack("<H2sH", 8, b"Tb", 4)
_SEALED = len(_FIXED) + 4
_CHUNK = 64 * 1024
_MUCH = 1024 * 1024
"""Bytes that are asked for at once where more of a record is known to come."""
_BLOCK = 0xFFFF
"""Bytes of a stored block at most."""
_EXTRA, _NAME, _COMMENT, _HEADER_CRC, _RESERVED = 4, 8, 16, 2, 0xE0


class Damaged(ArchiveError):
    """A member or record does not hold what it should. `torn`: the file ends too early, nothing else is wrong."""

    def __init__(self, why: str, *, torn: bool = False) -> None:
        super().__init__(why)
        self.torn = torn


def frame(data: bytes, level: int, packed: bytes = b"") -> bytes:
    """One whole gzip member that holds `data` and then `packed`, sealed with our extra field. `level` is zlib's.

    `packed` is known to be compressed already, so it lies in stored blocks (RFC 1951 3.2.4): to deflate it again costs
    more than all the rest of storing it, and gains nothing.
    """
    window, memory = (13, 6) if len(data) <= 1 << 13 else (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)  # small is set up faster
    deflater = zlib.compressobj(level, zlib.DEFLATED, -window, memory)
    parts = [deflater.compress(data), deflater.flush(zlib.Z_SYNC_FLUSH if packed else zlib.Z_FINISH), *_stored(packed)]
    crc = zlib.crc32(packed, zlib.crc32(data))
    return sealed(b"".join((*parts, struct.pack("<II", crc, len(data) + len(packed) & 0xFFFFFFFF))))


def _stored(data: bytes) -> Iterator[bytes]:
    """Stored blocks of deflate, the last one marked as such."""
    for start in range(0, len(data), _BLOCK):
        size = min(_BLOCK, len(data) - start)
        yield struct.pack("<BHH", start + size == len(data), size, size ^ 0xFFFF)
        yield data[start : start + size]


def sealed(rest: bytes) -> bytes:
    """A member of ours around what a gzip member has behind its header: the deflated bytes and the trailer."""
    return b"".join((_FIXED, struct.pack("<I", zlib.crc32(rest)), rest))


class Member:
    """One gzip member of an open file, inflated as it is read; nothing behind the member is needed.

    `read` gives b"" at the end, once header, content and trailer proved right; then `end` is the offset behind the
    member. Raises Damaged, or LimitExceeded when more than `limit` bytes come out. With `sealed`, the member must be
    one of ours to the last bit; `lenient` takes a member of ours without looking at its gzip header.
    """

    def __init__(
        self, file: BinaryIO, offset: int, *, limit: int | None = None, sealed: bool = False, lenient: bool = False
    ) -> None:
        self._file = file
        self.offset = offset
        self.start = offset
        """Where the compressed bytes begin, behind the gzip header."""
        self.end = offset
        self._limit = limit
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc = 0
        self._size = 0
        self._seal: int | None = None
        self._sealed = 0
        self._done = False
        file.seek(offset + _SEALED if lenient else offset)
        self._pending = b""
        if not lenient:
            self._header(sealed)

    def read(self, size: int = _CHUNK) -> bytes:
        """Up to `size` inflated bytes; b"" at the proved end of the member."""
        while not self._done:
            if self._inflater.eof:
                self._trailer()
                break
            if not self._pending:
                self._pending = self._more()
            try:
                out = self._inflater.decompress(self._pending, max(size, 1))
            except zlib.error as error:
                raise Damaged("the compressed data is damaged") from error
            rest = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self._count(self._pending[: len(self._pending) - len(rest)])
            self._pending = rest
            if out:
                self._crc = zlib.crc32(out, self._crc)
                self._size += len(out)
                if self._limit is not None and self._size > self._limit:
                    raise LimitExceeded(
                        f"The record at offset {self.offset} inflates to more than {self._limit} bytes."
                    )
                return out
        return b""

    def _count(self, raw: bytes) -> None:
        self.end += len(raw)
        if self._seal is not None:
            self._sealed = zlib.crc32(raw, self._sealed)

    def _more(self) -> bytes:
        data = self._file.read(_CHUNK)
        if not data:
            raise Damaged("the file ends inside a record", torn=True)
        return data

    def _take(self, size: int) -> bytes:
        while len(self._pending) < size:
            self._pending += self._more()
        out, self._pending = self._pending[:size], self._pending[size:]
        return out

    def _header(self, sealed: bool) -> None:
        start = self._take(10)
        if start[:3] != MAGIC or start[3] & _RESERVED:
            raise Damaged("not the beginning of a gzip member")
        head = start
        if start[3] & _EXTRA:
            size = self._take(2)
            extra = self._take(int.from_bytes(size, "little"))
            head += size + extra
            if head[:-4] == _FIXED:
                self._seal = int.from_bytes(extra[-4:], "little")
        if sealed and self._seal is None:
            raise Damaged("the gzip header is not one that this program writes")
        for flag in (_NAME, _COMMENT):
            if start[3] & flag:
                head += self._text(65536)
        if start[3] & _HEADER_CRC:
            head += self._take(2)
        self.end += len(head)
        self.start = self.end

    def _text(self, limit: int) -> bytes:
        out = bytearray()
        while not out.endswith(b"\0"):
            out += self._take(1)
            if len(out) > limit:
                raise Damaged("the gzip header does not end")
        return bytes(out)

    def _trailer(self) -> None:
        trailer = self._take(8)
        self._count(trailer)
        if trailer != struct.pack("<II", self._crc, self._size & 0xFFFFFFFF):
            raise Damaged("the gzip checksum does not fit the content")
        if self._seal is not None and self._seal != self._sealed:
            raise Damaged("the compressed bytes were changed")
        self._done = True


class Stream:
    """Buffered reading of records from a member, or from any `read(size)` that gives b"" at the end."""

    def __init__(self, source: Member | BinaryIO) -> None:
        self._source = source
        self._buffer = b""
        self.plain = not isinstance(source, Member)
        self.taken = 0
        """How many bytes were taken so far."""

    def until(self, mark: bytes, limit: int) -> bytes:
        """All bytes up to and including `mark`; Damaged when it does not come within `limit` bytes."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit:
                raise Damaged("the record header does not end")
            more = self._source.read(_CHUNK)
            if not more:
                raise Damaged("the record header is cut short", torn=self.plain)
            self._buffer += more
        return self.take(at + len(mark))

    def take(self, size: int) -> bytes:
        """Up to `size` bytes, at least one unless the end is reached."""
        if not self._buffer:
            self._buffer = self._source.read(_CHUNK)
        out, self._buffer = self._buffer[:size], self._buffer[size:]
        self.taken += len(out)
        return out

    def exactly(self, size: int) -> bytes:
        """`size` bytes; fewer only at the end."""
        parts = [self.take(size)] if self._buffer else []
        missing = size - sum(map(len, parts))
        while missing > 0 and (part := self._source.read(min(missing, _MUCH))):
            parts.append(part)
            missing -= len(part)
            self.taken += len(part)
        return b"".join(parts)

    def ended(self) -> bool:
        """Whether nothing is left; at the end of a member its checksums are proved by this."""
        if not self._buffer:
            self._buffer = self._source.read(_CHUNK)
        return not self._buffer

    def blanks(self) -> None:
        """Take the line ends that come next."""
        while not self.ended():
            rest = self._buffer.lstrip(b"\r\n")
            self.taken += len(self._buffer) - len(rest)
            self._buffer = rest
            if rest:
                return

    def skip_to(self, mark: bytes) -> bool:
        """Drop what comes before the next line that begins as `mark` does behind its line end; False: none does."""
        while (at := self._buffer.find(mark)) < 0:
            kept = self._buffer[-len(mark) :]
            self.taken += len(self._buffer) - len(kept)
            more = self._source.read(_CHUNK)
            if not more:
                return False
            self._buffer = kept + more
        self.take(at + 1)
        return True


def next_member(file: BinaryIO, offset: int) -> int:
    """The offset of the next gzip member that begins a WARC record, from an offset on; the file's size when none."""
    size = file.seek(0, os.SEEK_END)
    block = 1024 * 1024
    while offset < size:
        file.seek(offset)
        data = file.read(block)
        at = data.find(MAGIC)
        while at >= 0:
            try:
                if Stream(Member(file, offset + at)).exactly(5) == b"WARC/":
                    return offset + at
            except Damaged:
                pass
            at = data.find(MAGIC, at + 1)
        offset += max(len(data) - len(MAGIC) + 1, 1)
    return size
