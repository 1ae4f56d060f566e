"""Exchanges as WARC/1.1 records (ISO 28500:2017), byte by byte; `warc` says what they are made of, and reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuoben.archive import leaves, warc
from tuoben.archive.members import frame
from tuoben.archive.warc import CONFORMS_TO, IDENTICAL, LEAD, NOT_MODIFIED, NOTE, VERSION, Place, digest, stamp
from tuoben.errors import ArchiveError
from tuoben.model import Capture, Exchange

LEVEL = 6
"""zlib's, for all that is not compressed already."""

_HTTP = "application/http;msgtype="
_END = b"\r\n\r\n"
_PACKED_TYPES = ("image/", "video/", "audio/", "font/", "application/zip", "application/pdf", "application/gzip")
_UNFIT = re.compile("[\x00- \x7f]")
"""What no URL in a record's header holds."""
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Field = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An exchange to be stored. `note` is what no response holds (article id, listing hints, referer …), JSON-able.

    `revisit_of` is an earlier capture that holds the payload: a 304 then becomes a server-not-modified revisit, an
    equal payload an identical-payload-digest revisit; when the payloads differ, the response is stored in full.
    """

    exchange: Exchange
    note: dict[str, Any]
    revisit_of: Capture | None = None
    payload_digest: str = ""
    """`payload_digest(exchange.body)` when the caller has computed it already."""
    record_id: str = ""
    """Of the last record, when others of the same event have to name it; made here else."""
    beside: tuple[str, ...] = ()
    """Of a resource: ids of the other records of its event (WARC-Concurrent-To)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A capture as bytes, ready to be appended; the offsets of `capture` count from the first of them."""

    data: bytes
    capture: Capture


def encode_warcinfo(*, filename: str, time: datetime, software: str, record_id: str) -> bytes:
    """The member of the warcinfo record that opens each segment."""
    lines = (
        f"software: {software}",
        "format: WARC File Format 1.1",
        f"conformsTo: {CONFORMS_TO}",
        "robots: obeyed (RFC 9309)",
    )
    block = "".join(line + "\r\n" for line in lines).encode()
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", f"<{record_id}>"),
        ("WARC-Date", stamp(time)),
        ("WARC-Filename", filename),
        ("Content-Type", "application/warc-fields"),
        ("WARC-Block-Digest", digest(block)),
    ]
    return member(fields, block)


def encode(entry: Entry, *, segment: str, warcinfo_id: str, original: Place | None = None) -> Encoded:
    """The three members of one capture. `original`: where the record lies that `revisit_of` tells of, kept as a hint.

    Raises ArchiveError when a header or URL cannot be written as a WARC holds it.
    """
    if entry.exchange.kind in warc.WITHIN:
        return _resource(entry, warcinfo_id, segment)
    exchange, earlier = entry.exchange, entry.revisit_of
    payload = entry.payload_digest or digest(exchange.body)
    profile = _profile(exchange, earlier, payload)
    told = _Told.of(exchange, warcinfo_id, entry.record_id)
    salt = leaves.new_salt()

    note = _note(entry, original if profile else None, salt)
    request = told.request(digest(exchange.request_head))
    metadata = told.metadata(digest(note))
    lead = member(request, exchange.request_head) + member(metadata, note)

    head, body = response_head(exchange), b"" if profile else exchange.body
    block_digest = digest(head, body)
    response = told.response(exchange, payload, profile, earlier)
    response += [("Content-Type", _HTTP + "response"), (LEAD, str(len(lead))), ("WARC-Block-Digest", block_digest)]
    last = member(response, head, body) if _packed(exchange) else member(response, head + body)
    return placed(
        exchange,
        lead,
        last,
        segment=segment,
        record_id=told.ids[2],
        kind=exchange.kind,
        block_digest=block_digest,
        payload_digest=payload,
        payload_length=len(exchange.body),
        revisit_of=earlier.record_id if profile and earlier else "",
        leaf=leaves.of_capture((request, metadata, response), salt),
    )


def _resource(entry: Entry, warcinfo_id: str, segment: str) -> Encoded:
    """The two members of what a browser made: the metadata record, and a resource that is no answer of any server.

    ISO 28500 has WARC-Refers-To for what describes or is made of one record; a DOM is made of all that was loaded, in
    one event: WARC-Concurrent-To.
    """
    exchange = entry.exchange
    told, salt = _Told.of(exchange, warcinfo_id, entry.record_id), leaves.new_salt()
    note = _note(entry, None, salt)
    metadata = told.metadata(digest(note))
    lead = member(metadata, note)
    payload = digest(exchange.body)
    fields = told.first("resource", 2, warc.target_uri(exchange.kind, told.uri))
    fields += [("WARC-Concurrent-To", f"<{one}>") for one in (told.ids[1], *entry.beside)]
    if exchange.truncated:
        fields.append(("WARC-Truncated", exchange.truncated))
    fields += [
        ("WARC-Payload-Digest", payload),
        ("Content-Type", exchange.header("content-type")),
        (LEAD, str(len(lead))),
        ("WARC-Block-Digest", payload),
    ]
    last = member(fields, b"", exchange.body) if _packed(exchange) else member(fields, exchange.body)
    return placed(
        exchange,
        lead,
        last,
        segment=segment,
        record_id=told.ids[2],
        kind=exchange.kind,
        block_digest=payload,
        payload_digest=payload,
        payload_length=len(exchange.body),
        leaf=leaves.of_capture((metadata, fields), salt),
    )


def placed(exchange: Exchange, lead: bytes, last: bytes, **told: Any) -> Encoded:  # noqa: ANN401
    """A capture whose last member is `last`, behind `lead`. `told`: the fields of Capture that no place and no exchange
    tells."""
    capture = Capture(
        url=exchange.url,
        time=exchange.requested_at,
        offset=len(lead),
        length=len(last),
        end=len(lead) + len(last),
        status=exchange.status,
        mime=warc.media_type(exchange),
        truncated=exchange.truncated,
        **told,
    )
    return Encoded(data=lead + last, capture=capture)


@dataclass(frozen=True, slots=True)
class _Told:
    """The header fields that the three records of a capture begin with."""

    ids: tuple[str, str, str]
    """Of request, metadata and response."""
    uri: str
    common: tuple[Field, ...]

    @classmethod
    def of(cls, exchange: Exchange, warcinfo_id: str, last: str = "") -> _Told:
        common = [("WARC-Date", stamp(exchange.requested_at)), ("WARC-Warcinfo-ID", f"<{warcinfo_id}>")]
        if exchange.ip:
            common.append(("WARC-IP-Address", exchange.ip))
        if exchange.http_version:
            common.append(("WARC-Protocol", exchange.http_version.lower()))
        return cls((warc.new_id(), warc.new_id(), last or warc.new_id()), _uri(exchange.url), tuple(common))

    def first(self, kind: str, number: int, uri: str) -> list[Field]:
        """The fields that the record of that number begins with."""
        return [
            ("WARC-Type", kind),
            ("WARC-Record-ID", f"<{self.ids[number]}>"),
            ("WARC-Target-URI", uri),
            *self.common,
        ]

    def request(self, block: str) -> list[Field]:
        return [
            *self.first("request", 0, self.uri),
            ("WARC-Concurrent-To", f"<{self.ids[2]}>"),
            ("Content-Type", _HTTP + "request"),
            ("WARC-Block-Digest", block),
        ]

    def metadata(self, block: str) -> list[Field]:
        return [
            *self.first("metadata", 1, NOTE + self.uri),
            ("WARC-Concurrent-To", f"<{self.ids[2]}>"),
            ("Content-Type", "application/json"),
            ("WARC-Block-Digest", block),
        ]

    def response(self, exchange: Exchange, payload: str, profile: str, earlier: Capture | None) -> list[Field]:
        fields = self.first("revisit" if profile else "response", 2, self.uri)
        fields += [("WARC-Concurrent-To", f"<{self.ids[0]}>"), ("WARC-Concurrent-To", f"<{self.ids[1]}>")]
        if profile and earlier:
            fields += [
                ("WARC-Profile", profile),
                ("WARC-Refers-To", f"<{earlier.record_id}>"),
                ("WARC-Refers-To-Target-URI", _uri(earlier.url)),
                ("WARC-Refers-To-Date", stamp(earlier.time)),
            ]
        if exchange.truncated:
            fields.append(("WARC-Truncated", exchange.truncated))
        if profile != NOT_MODIFIED:
            fields.append(("WARC-Payload-Digest", payload))
        return fields


def response_head(exchange: Exchange) -> bytes:
    """Status line and headers as received, the empty line included: byte for byte when that was kept and it is framed
    by CRLF, else put together again from what was read.

    The reason phrase is UTF-8 with surrogate escapes for other bytes. Raises ArchiveError for a line end inside a line,
    which no HTTP/1.1 message can hold.
    """
    if verbatim(exchange):
        return exchange.response_head
    start = f"{exchange.http_version} {exchange.status:03d} {exchange.reason}".encode("utf-8", "surrogateescape")
    lines = [start, *(name + b": " + value for name, value in exchange.headers)]
    if any(b"\r\n" in line for line in lines):
        raise ArchiveError(f"The response of {exchange.url} has a line end inside a header.")
    return b"\r\n".join((*lines, b"", b""))


def verbatim(exchange: Exchange) -> bool:
    """Whether the head can be stored as it was received: readers find its end at the first empty line."""
    head = exchange.response_head
    return head.endswith(b"\r\n\r\n") and head.find(b"\r\n\r\n") == len(head) - 4 and b"\n\n" not in head


def _profile(exchange: Exchange, earlier: Capture | None, payload: str) -> str:
    if earlier is None:
        return ""
    if earlier.revisit_of:
        raise ArchiveError("A revisit has to tell of the capture that holds the payload, not of another revisit.")
    if exchange.status == 304 and not exchange.body:
        return NOT_MODIFIED
    return IDENTICAL if payload == earlier.payload_digest else ""


def _uri(url: str) -> str:
    if not url or _UNFIT.search(url):
        raise ArchiveError(f"This is not a URL that a WARC can hold: {url[:80]!r}.")
    return url


def _note(entry: Entry, original: Place | None, salt: str) -> bytes:
    exchange = entry.exchange
    note: dict[str, Any] = dict(entry.note)
    note |= {leaves.SALT: salt, "kind": exchange.kind.value}
    note |= {"elapsed": exchange.elapsed, "http_version": exchange.http_version}
    if exchange.tls_certificate:
        note["tls_certificate"] = exchange.tls_certificate
    if original:
        note["refers_to"] = {"segment": original[0], "offset": original[1]}
    if verbatim(exchange):
        note["head"] = "verbatim"
    if exchange.kind in warc.WITHIN and len(exchange.headers) > 1:
        note["headers"] = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in exchange.headers[1:]]
    return note_bytes(note)


def note_bytes(note: dict[str, Any]) -> bytes:
    """A note as the block of a metadata record."""
    try:
        return _json(note).encode()
    except UnicodeEncodeError:  # a lone surrogate from a hostile listing
        return json.dumps(note, separators=(",", ":")).encode()


def _packed(exchange: Exchange) -> bool:
    """Whether the body is compressed already."""
    mime, coding = warc.media_type(exchange), exchange.header("content-encoding").lower()
    return mime != "image/svg+xml" and (coding not in ("", "identity") or mime.startswith(_PACKED_TYPES))


def member(fields: Sequence[tuple[str, str]], block: bytes, packed: bytes = b"") -> bytes:
    """The member of a record whose block is `block` and then `packed`, which is not worth compressing. The digest of
    the block is among `fields`."""
    head = "\r\n".join([VERSION, *map(": ".join, fields), f"Content-Length: {len(block) + len(packed)}\r\n\r\n"])
    start = head.encode("utf-8", "surrogateescape") + block
    return frame(start, LEVEL, packed + _END) if packed else frame(start + _END, LEVEL)
