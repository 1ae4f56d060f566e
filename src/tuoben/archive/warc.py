"""WARC/1.1 records (ISO 28500:2017): what they are made of, and how they are read (`writing` makes them).

A capture is three records in this order: request, metadata, and last the response (or revisit), so that a whole
response means a whole capture. What a browser made of a page is two: metadata, and last a resource. The metadata record
is JSON: what no response holds. The response block is the status line and the headers as received, then the body after
transfer coding with its content coding kept; a `Transfer-Encoding` line stays as sent although its coding is undone
(design, law 1).

Beyond the standard's fields the response record has `Tuoben-Lead`: how many bytes of the same capture lie directly
before its member, so that one exchange is read back without reading anything else of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time_ns
from typing import Any

from tuoben.archive import leaves
from tuoben.archive.members import Damaged, Stream
from tuoben.errors import LimitExceeded
from tuoben.model import Exchange, Kind

VERSION = "WARC/1.1"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
LEAD = "Tuoben-Lead"
NOTE = "urn:tuoben:note:"
"""Begins the WARC-Target-URI of metadata records: indexers would else list them as further captures of the page."""
WITHIN = {Kind.RENDERED: "urn:dom:", Kind.SCREENSHOT: "urn:view:"}
"""What begins the WARC-Target-URI of `resource` records of ours, before the page's URL: not what its server sent."""
RECORD_LIMIT = 256 * 1024 * 1024
"""The most bytes that one record may inflate to when it is read whole."""
HEAD_LIMIT = 64 * 1024
_OWN_FIELDS = (
    "kind",
    "headers",
    "elapsed",
    "http_version",
    "tls_certificate",
    "refers_to",
    "head",
    "imported",
    leaves.SALT,
)

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [one + other for one in _BASE32 for other in _BASE32]
_SHIFTS = range(250, -1, -10)
"""Base 32 (RFC 4648) of a SHA-256, two letters at a time: four digests for each capture, and base64's take longer."""

Place = tuple[str, int]
"""Where a record lies: the segment's path below archive/, and the offset of its member."""
Resolver = Callable[[str], Place | None]
"""Record id → where that record lies, None when unknown."""
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its WARC header fields in order, and its block."""

    fields: Fields
    block: bytes

    def get(self, name: str) -> str:
        """The first value of a field, by case-insensitive name; "" when absent."""
        return first_of(self.fields, name)

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field."""
        return tuple(value for key, value in self.fields if key.lower() == name.lower())


def first_of(fields: Fields, name: str) -> str:
    """The first value of a field, by case-insensitive name; "" when absent."""
    wanted = name.lower()
    for key, value in fields:
        if key == name or key.lower() == wanted:
            return value
    return ""


def digest(data: bytes, more: bytes = b"") -> str:
    """The digest of the house over `data` and then `more`: "sha256:" and base32, as WARC header fields have it."""
    found = hashlib.sha256(data)
    if more:
        found.update(more)
    bits = int.from_bytes(found.digest(), "big") << 4
    return f"sha256:{''.join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])}===="


payload_digest = digest


def stamp(time: datetime) -> str:
    """An aware time as WARC-Date, to the microsecond."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def parse_stamp(text: str) -> datetime:
    """A WARC-Date of any precision; Damaged when it is none."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Damaged(f"WARC-Date is not a date: {text[:40]!r}") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def new_id() -> str:
    """A fresh record id, without angle brackets."""
    # RFC 9562, version 7: it begins with the time, so that the indexes of record ids grow at their ends alone.
    told = f"{time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
    return f"urn:uuid:{told[:8]}-{told[8:12]}-7{told[13:16]}-{'89ab'[int(told[16], 16) & 3]}{told[17:20]}-{told[20:]}"


def parse_head(lines: list[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Names and values of header lines as received: folded lines joined, spaces around values dropped (RFC 9112 5)."""
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            name, value = headers[-1]
            headers[-1] = name, (value + b" " + line.strip(b" \t")).strip(b" \t")
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip(b" \t"):
            headers.append((name.strip(b" \t"), value.strip(b" \t")))
    return tuple(headers)


def parse_response(block: bytes) -> tuple[str, int, str, tuple[tuple[bytes, bytes], ...], bytes]:
    """(HTTP version, status, reason, headers, body) of a response block; exactly what `response_head` was given.

    Blocks of other writers are read too: bare line feeds and lines without a colon do not stop it.
    """
    end = "\r\n"
    head, found, body = block.partition(b"\r\n\r\n")
    if not found:
        head, found, body = block.partition(b"\n\n")
        end = "\n"
    lines = head.split(end.encode())
    parts = lines[0].decode("utf-8", "surrogateescape").split(" ", 2)
    if len(parts) < 2 or (status := number(parts[1])) is None:
        raise Damaged("the response does not begin with an HTTP status line")
    headers: list[tuple[bytes, bytes]] = []
    for line in filter(None, lines[1:]):
        name, colon, value = line.partition(b":")
        if colon:
            headers.append((name, value.removeprefix(b" ")))
    return parts[0], status, parts[2] if len(parts) > 2 else "", tuple(headers), body


def parse_note(block: bytes) -> dict[str, Any]:
    """The JSON object of a metadata record; {} when it is another kind of metadata."""
    try:
        value = json.loads(block)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def public_note(note: dict[str, Any]) -> dict[str, Any]:
    """The note as the caller gave it: without the fields that belong to the exchange itself."""
    return {key: value for key, value in note.items() if key not in _OWN_FIELDS}


def parse_fields(head: bytes) -> Fields:
    """The fields of a record header, from the version line to the empty line. Raises Damaged when it is none."""
    lines = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    if not lines[0].startswith("WARC/"):
        raise Damaged("the record does not begin with a WARC version")
    fields: list[tuple[str, str]] = []
    for line in filter(None, lines[1:]):
        if line[0] in " \t" and fields:  # a folded line goes on with the value before
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Damaged("the record header has a line without a name")
        fields.append((name.strip(), value.strip()))
    return tuple(fields)


def content_length(fields: Fields) -> int:
    """The Content-Length of a record. Raises Damaged when it is absent or no number."""
    values = [value for name, value in fields if name.lower() == "content-length"]
    size = number(values[0]) if len(values) == 1 else None
    if size is None:
        raise Damaged("the record has no proper Content-Length")
    return size


def dechunk(body: bytes) -> bytes | None:
    """A body without its chunked transfer coding (RFC 9112 section 7.1); None when it is not wholly so coded."""
    parts: list[bytes] = []
    at = 0
    while (end := body.find(b"\r\n", at, at + 1024)) >= 0:
        size = body[at:end].partition(b";")[0].strip()
        if not size or len(size) > 15 or set(size.lower()) - set(b"0123456789abcdef"):
            return None
        length = int(size, 16)
        if length == 0:
            rest = body[end + 2 :]
            return b"".join(parts) if rest == b"\r\n" or rest.endswith(b"\r\n\r\n") else None
        parts.append(body[end + 2 : end + 2 + length])
        at = end + 2 + length
        if body[at : at + 2] != b"\r\n":
            return None
        at += 2
    return None


def number(text: str) -> int | None:
    """A decimal number of at most 18 digits; None when it is anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def read_record(stream: Stream, *, limit: int = RECORD_LIMIT) -> Record:
    """The next record of a stream, whole. Raises Damaged, LimitExceeded."""
    fields = parse_fields(stream.until(b"\r\n\r\n", HEAD_LIMIT))
    size = content_length(fields)
    if size > limit:
        raise LimitExceeded(f"A record says that it holds {size} bytes, more than {limit}.")
    block = stream.exactly(size)
    if len(block) < size:
        raise Damaged("the record is shorter than its Content-Length", torn=stream.plain)
    if stream.exactly(4) != b"\r\n\r\n":
        raise Damaged("the record does not end where its Content-Length says")
    return Record(fields=fields, block=block)


def bare_id(value: str) -> str:
    """A record id without its angle brackets."""
    return value.strip().removeprefix("<").removesuffix(">")


def media_type(exchange: Exchange) -> str:
    """The media type that the response names, lower case, without parameters."""
    return exchange.header("content-type").partition(";")[0].strip().lower()


def target_uri(kind: Kind, url: str) -> str:
    """The WARC-Target-URI of the last record of a capture."""
    return WITHIN.get(kind, "") + url


def resource_of(resource: Record, note: dict[str, Any]) -> Exchange:
    """What a `resource` record of ours holds, as an exchange that nobody sent. Raises Damaged when it is none."""
    uri = bare_id(resource.get("WARC-Target-URI"))
    kind = next((kind for kind, prefix in WITHIN.items() if uri.startswith(prefix)), None)
    if kind is None:
        raise Damaged("this resource record is neither a page as a browser built it nor a picture of one")
    elapsed = note.get("elapsed")
    return Exchange(
        url=uri.removeprefix(WITHIN[kind]),
        kind=kind,
        requested_at=parse_stamp(resource.get("WARC-Date")),
        status=200,
        reason="",
        http_version="",
        request_head=b"",
        headers=((b"Content-Type", resource.get("Content-Type").encode("utf-8", "surrogateescape")), *_headers(note)),
        body=resource.block,
        elapsed=float(elapsed) if isinstance(elapsed, (int, float)) else 0.0,
        truncated=resource.get("WARC-Truncated"),
    )


def _headers(note: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Header lines that the note of a resource keeps: those by which the page's server told of the page."""
    told = note.get("headers")
    pairs = [one for one in told if isinstance(one, list) and len(one) == 2] if isinstance(told, list) else []
    return [(str(name).encode("latin-1", "replace"), str(value).encode("latin-1", "replace")) for name, value in pairs]


def exchange_of(response: Record, request: Record | None, note: dict[str, Any]) -> Exchange:
    """The exchange that three records tell of; the body is what the response block holds (none in a revisit).

    Raises Damaged when the response is none.
    """
    version, status, reason, headers, body = parse_response(response.block)
    head = b""
    if note.get("head") == "verbatim":
        head = response.block[: response.block.index(b"\r\n\r\n") + 4]
        headers = parse_head(head.split(b"\r\n")[1:-2])
    kind = note.get("kind")
    elapsed = note.get("elapsed")
    return Exchange(
        url=bare_id(response.get("WARC-Target-URI")),
        kind=Kind(kind) if isinstance(kind, str) and kind in set(Kind) else Kind.PAGE,
        requested_at=parse_stamp(response.get("WARC-Date")),
        status=status,
        reason=reason,
        http_version=version,
        request_head=request.block if request else b"",
        headers=headers,
        body=body,
        response_head=head,
        ip=response.get("WARC-IP-Address"),
        elapsed=float(elapsed) if isinstance(elapsed, (int, float)) else 0.0,
        truncated=response.get("WARC-Truncated"),
        tls_certificate=str(note.get("tls_certificate", "")),
    )
