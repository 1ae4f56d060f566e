"""Reading HTTP/1.x responses (RFC 9112) as browsers do: strict where bodies end, lenient in what heads look like.

aiohttp's own parser refuses heads that browsers read (a space before the colon, a repeated Content-Length), and loses
a whole response when anything wrong follows in the same packet. An archive wants what came: this parser keeps the
head byte for byte, gives the body as far as it is sound, and says where it stopped.
"""

from __future__ import annotations

import asyncio
import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import BaseTimerContext, set_exception
from aiohttp.http import HttpVersion, RawResponseMessage
from aiohttp.http_exceptions import BadHttpMessage, PayloadEncodingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from multidict import CIMultiDict, CIMultiDictProxy

HEAD_LIMIT = 256 * 1024
"""Bytes of one head."""
CHUNK_LINE_LIMIT = 8192
TRAILER_LIMIT = 65_536
INTERIM_LIMIT = 32
"""1xx responses before the final one."""
EMPTY_LINES = 4096
"""Bytes of line ends before status lines."""
CHUNKS_LIMIT = 1 << 16
SMALL_CHUNKS = 128
"""A body of more chunks than that, which bring fewer bytes each, is no body but work: it counts as broken."""

_STATUS = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+([1-9]\d\d)(?:[ \t]+(.*))?", re.DOTALL)
_HEAD_END = re.compile(rb"\n\r?\n")
_SPACE = b" \t\r"
"""Stripped around names and values; a stray carriage return is no part of them."""
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?")


class _Body(Enum):
    """What the parser is reading."""

    HEAD = auto()
    LENGTH = auto()
    UNTIL_CLOSE = auto()
    CHUNK_SIZE = auto()
    CHUNK = auto()
    CHUNK_END = auto()
    TRAILER = auto()
    DONE = auto()


class Limits(NamedTuple):
    """Bytes of one header line, and number of header lines."""

    line: int
    lines: int


class ResponseParser:
    """Parses one response of a connection; aiohttp's protocol feeds it (same shape as aiohttp's own parser)."""

    def __init__(
        self,
        protocol: ResponseHandler,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        *,
        bodiless: bool,
        buffer: int,
        timer: BaseTimerContext | None,
    ) -> None:
        self.head = b""
        """The final response's status line and headers, byte for byte, the empty line included."""
        self.broken = False
        """Set when the connection ended by an error rather than in order."""
        self._protocol = protocol
        self._loop = loop
        self._limits = limits
        self._bodiless = bodiless
        self._buffer = buffer
        self._timer = timer
        self._state = _Body.HEAD
        self._pending = b""
        self._head = bytearray()
        self._searched = 0
        """Bytes of a head that comes in pieces, and how far its end was looked for."""
        self._interim = 0
        self._skipped = 0
        self._left = 0
        self._trailer = 0
        self._chunks = 0
        self._chunked = 0
        self._payload: StreamReader = EMPTY_PAYLOAD

    def pause_reading(self) -> None:
        """Flow control is the transport's; what has arrived is parsed at once."""

    def feed_data(self, data: bytes) -> tuple[list[tuple[RawResponseMessage, StreamReader]], bool, bytes]:
        """Take bytes from the connection. Raises BadHttpMessage when a head cannot be read."""
        messages: list[tuple[RawResponseMessage, StreamReader]] = []
        if self._state is _Body.HEAD:
            self._head += data
            try:
                message = self._read_head()
            except BadHttpMessage:
                self._state = _Body.DONE
                raise
            if message is None:
                return messages, False, b""
            messages.append((message, self._payload))
            self._pending = bytes(self._head)
            self._head.clear()
        else:
            self._pending += data
        try:
            self._read_body()
        except PayloadEncodingError as error:
            self._fail(error)
        return messages, False, b""

    def feed_eof(self) -> None:
        """The connection ended. Raises PayloadEncodingError when the body had not."""
        if self._state in (_Body.HEAD, _Body.DONE):
            return
        if self._state is _Body.UNTIL_CLOSE and not self.broken:
            self._end()
            return
        self._state = _Body.DONE
        raise PayloadEncodingError("The connection ended within the body.")

    def _read_head(self) -> RawResponseMessage | None:
        """The final response's head, when all of it is here; interim responses are passed over.

        Each byte is looked at once, however small the pieces are that it comes in.
        """
        while True:
            if not self._searched:
                self._skip_empty_lines()
            end = _HEAD_END.search(self._head, max(0, self._searched - 3))
            if end is None:
                self._searched = len(self._head)
                self._check_size()
                return None
            head = bytes(self._head[: end.end()])
            del self._head[: end.end()]
            self._searched = 0
            message = self._message(head)
            if message.code >= 200 or message.code == 101:
                self.head = head
                return message
            self._interim += 1
            if self._interim >= INTERIM_LIMIT:
                raise BadHttpMessage("it has too many interim responses")

    def _skip_empty_lines(self) -> None:
        """Drop what may lie before a status line. Raises BadHttpMessage when what follows is none."""
        start = len(self._head) - len(self._head.lstrip(b"\r\n"))
        del self._head[:start]
        self._skipped += start
        if self._skipped > EMPTY_LINES or not self._head.startswith(b"HTTP/"[: len(self._head)]):
            raise BadHttpMessage(f"it begins with {bytes(self._head[:20])!r}")

    def _check_size(self) -> None:
        """Refuse a head that is too large, before it is whole."""
        line = len(self._head) - (self._head.rfind(b"\n") + 1)
        if len(self._head) > HEAD_LIMIT or line > self._limits.line:
            raise BadHttpMessage("its header lines are too long or too many")

    def _message(self, head: bytes) -> RawResponseMessage:
        ends = head.count(b"\r\n")
        first, *lines = (
            head.split(b"\r\n")
            if ends == head.count(b"\n")
            else [line.removesuffix(b"\r") for line in head.split(b"\n")]
        )
        status = _STATUS.fullmatch(first)
        if status is None:
            raise BadHttpMessage(f"its status line is {first[:60]!r}")
        if len(head) > HEAD_LIMIT or len(lines) > self._limits.lines + 2 or max(map(len, lines)) > self._limits.line:
            raise BadHttpMessage("its header lines are too long or too many")
        raw = _fields(lines)
        headers: CIMultiDict[str] = CIMultiDict(
            [(_name(name), value.decode("utf-8", "surrogateescape")) for name, value in raw]
        )
        version = HttpVersion(int(status[1]), int(status[2] or 0))
        code = int(status[3])
        chunked = self._frame(code, headers)
        options = {option.strip().lower() for value in headers.getall("Connection", ()) for option in value.split(",")}
        kept = "keep-alive" in options if version < HttpVersion(1, 1) else "close" not in options
        lied = "Transfer-Encoding" in headers and "Content-Length" in headers
        return RawResponseMessage(
            version,
            code,
            (status[4] or b"").strip(_SPACE).decode("utf-8", "surrogateescape"),
            CIMultiDictProxy(headers),
            tuple(raw),
            not kept or lied or code == 101 or self._state is _Body.UNTIL_CLOSE,
            None,
            False,
            chunked,
        )

    def _frame(self, code: int, headers: CIMultiDict[str]) -> bool:
        """Decide how the body ends (RFC 9112 6.3); whether it comes in chunks."""
        self._payload = EMPTY_PAYLOAD
        if code < 200:
            self._state = _Body.DONE if code == 101 else _Body.HEAD
            return False
        if self._bodiless or code in (204, 304):
            self._state = _Body.DONE
            return False
        codings = [
            part.strip().lower() for value in headers.getall("Transfer-Encoding", ()) for part in value.split(",")
        ]
        codings = [coding for coding in codings if coding not in ("", "identity")]
        length = None if codings else _length(headers.getall("Content-Length", ()))
        if length == 0:
            self._state = _Body.DONE
            return False
        self._payload = StreamReader(self._protocol, self._buffer, timer=self._timer, loop=self._loop)
        if codings and codings[-1] == "chunked":
            self._state = _Body.CHUNK_SIZE
            return True
        self._state = _Body.UNTIL_CLOSE if length is None else _Body.LENGTH
        self._left = length or 0
        return False

    def _read_body(self) -> None:
        """Pass on what is pending, as far as it goes. Raises PayloadEncodingError on broken chunks."""
        # An offset moves through the block, and the rest is cut off once: a body of tiny chunks stays linear.
        block, at = self._pending, 0
        while at < len(block) and self._state is not _Body.DONE:
            if self._state is _Body.UNTIL_CLOSE:
                self._payload.feed_data(block[at:])
                at = len(block)
            elif self._state in (_Body.LENGTH, _Body.CHUNK):
                data = block[at : at + self._left]
                at += len(data)
                self._pass_on(data)
            else:
                end = block.find(b"\n", at, at + CHUNK_LINE_LIMIT)
                if end < 0:
                    break
                self._read_line(block[at:end])
                at = end + 1
        self._pending = block[at:]
        if self._state is _Body.DONE and self._pending:
            # More than was announced: not part of this response, and no place for the next one to begin.
            self._pending = b""
            self._protocol.force_close()
        elif len(self._pending) >= CHUNK_LINE_LIMIT:
            raise PayloadEncodingError("A chunk's line is too long.")

    def _pass_on(self, data: bytes) -> None:
        self._left -= len(data)
        self._payload.feed_data(data)
        if self._left == 0:
            if self._state is _Body.LENGTH:
                self._end()
            else:
                self._state = _Body.CHUNK_END

    def _read_line(self, line: bytes) -> None:
        """Read one line of the chunked coding."""
        if self._state is _Body.CHUNK_SIZE:
            size = _CHUNK.fullmatch(line)
            if size is None:
                raise PayloadEncodingError("A chunk's size cannot be read.")
            self._left = int(size[1], 16)
            self._state = _Body.CHUNK if self._left else _Body.TRAILER
            self._chunks += 1
            self._chunked += self._left
            if self._chunks > CHUNKS_LIMIT and self._chunked < self._chunks * SMALL_CHUNKS:
                raise PayloadEncodingError("The body comes in too many small chunks.")
        elif self._state is _Body.CHUNK_END:
            if line not in (b"", b"\r"):
                raise PayloadEncodingError("A chunk is longer than its size.")
            self._state = _Body.CHUNK_SIZE
        else:
            self._trailer += len(line) + 1
            if self._trailer > TRAILER_LIMIT:
                raise PayloadEncodingError("The trailer is too long.")
            if line in (b"", b"\r"):
                self._end()

    def _end(self) -> None:
        self._state = _Body.DONE
        self._payload.feed_eof()

    def _fail(self, error: PayloadEncodingError) -> None:
        """Nothing behind broken chunks can be read: the body ends here, flagged, and so does the connection."""
        self._state = _Body.DONE
        self._pending = b""
        set_exception(self._payload, ClientPayloadError(str(error)), error)
        self._protocol.force_close()
        if self._protocol.transport is not None:
            self._protocol.transport.close()


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Names and values of header lines: folded lines joined, spaces around values dropped, lines without colon too."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = name, (value + b" " + line.strip(_SPACE)).strip(_SPACE)
            continue
        name, colon, value = line.partition(b":")
        name = name.strip(_SPACE)
        if colon and name:
            fields.append((name, value.strip(_SPACE)))
    return fields


@lru_cache(maxsize=512)
def _name(raw: bytes) -> str:
    """A header's name as text: servers use the same few."""
    return raw.decode("utf-8", "surrogateescape")


def _length(values: list[str] | tuple[str, ...]) -> int | None:
    """The body's length by Content-Length; None when none is readable. Raises BadHttpMessage when they disagree."""
    told = {part.strip() for value in values for part in value.split(",")}
    numbers = {int(part) for part in told if part.isascii() and part.isdigit() and len(part) <= 18}
    if len(numbers) > 1:
        raise BadHttpMessage("it has two lengths")
    return numbers.pop() if numbers else None
