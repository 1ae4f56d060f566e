"""Records of other programs kept in our segments: byte for byte, behind a metadata record of ours that says so.

The pair is a capture. Its id is that of the metadata record, derived from the foreign record, so that the same record
is the same capture from whatever file it comes. The metadata record's header has `Tuoben-Record-Digest` (sha256 of the
whole foreign record); its JSON has the claim that every note has, and under "imported" the file, the offset and what
the record was converted from. Such a capture is never taken for one of our own: its `origin` names the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from tuoben.archive import leaves, warc
from tuoben.archive.foreign import Foreign
from tuoben.archive.members import Damaged, Member, Stream, frame, sealed
from tuoben.archive.warc import Place, Record
from tuoben.archive.writing import Encoded, member, note_bytes, placed
from tuoben.errors import LimitExceeded
from tuoben.model import Exchange, Kind

DIGEST = "Tuoben-Record-Digest"
ANSWERS = ("response", "revisit", "resource")
"""Types of records that hold a capture."""
_STATUS_LINE = re.compile(rb"(HTTP/\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?[ \t]*\Z", re.IGNORECASE)
_BLANKS = re.compile("[\x00- \x7f]+")
_LOOK = 8 * 1024
"""Bytes in front of a foreign record in which its metadata record is looked for first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEntry:
    """A record to be kept. `note` as in `writing.Entry`; `file` is the name of the file that it comes from."""

    record: Foreign
    file: str
    kind: Kind
    note: dict[str, Any]
    imported_at: datetime
    original: Place | None = None
    """Where the capture lies that a revisit refers to."""
    revisit_of: str = ""
    """Its record id."""
    payload: bytes | None = None
    """What it holds."""
    payload_digest: str = ""
    """Of the payload, where it is known already."""
    exchange: Exchange | None = None
    """What the record tells of, where it is read already."""


def encode(entry: ForeignEntry, *, segment: str, warcinfo_id: str) -> Encoded:
    """The two members: our metadata record, and the record as it is (deflated as it was, where it stood alone)."""
    record = entry.record
    identity, told = record.identity, warc.bare_id(record.get("WARC-Record-ID"))
    digest = warc.digest(record.data)
    note: dict[str, Any] = dict(entry.note)
    salt = leaves.new_salt()
    note |= {leaves.SALT: salt, "kind": entry.kind.value}
    note["imported"] = {"file": entry.file, "offset": record.offset, "index": record.index, "record": told}
    if record.converted:
        note["imported"]["converted"] = record.converted
    if entry.original:
        note["refers_to"] = {"segment": entry.original[0], "offset": entry.original[1], "record": entry.revisit_of}
    fields = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", f"<{identity}>"),
        ("WARC-Target-URI", warc.NOTE + (_one_word(record.get("WARC-Target-URI")) or "unknown")),
        ("WARC-Date", warc.stamp(entry.imported_at)),
        ("WARC-Warcinfo-ID", f"<{warcinfo_id}>"),
        (DIGEST, digest),
        ("Content-Type", "application/json"),
    ]
    if _one_word(told) == told and told:
        fields.append(("WARC-Refers-To", f"<{told}>"))
    block = note_bytes(note)
    fields.append(("WARC-Block-Digest", warc.digest(block)))
    lead = member(fields, block)
    last = sealed(record.deflated) if record.deflated else frame(record.data, 1)
    exchange = entry.exchange or exchange_of(Record(fields=record.fields, block=record.block), note)
    payload = exchange.body if entry.payload is None else entry.payload
    return placed(
        exchange,
        lead,
        last,
        segment=segment,
        record_id=identity,
        kind=entry.kind,
        block_digest=record.block_digest,
        payload_digest=entry.payload_digest or warc.digest(payload),
        payload_length=len(payload),
        revisit_of=entry.revisit_of,
        origin=entry.file,
        leaf=leaves.of_import(fields, salt),
    )


def _one_word(value: str) -> str:
    return _BLANKS.sub("", value).encode("utf-8", "replace").decode()


def exchange_of(record: Record, note: dict[str, Any]) -> Exchange:
    """The exchange that a foreign record tells of; chunks that were left in the block are undone in its body.

    Raises Damaged when the record holds no HTTP response (and is no `resource`), or no proper date.
    """
    kind = note.get("kind")
    version, status, reason = "", 200, ""
    content_type = record.get("Content-Type")
    headers: tuple[tuple[bytes, bytes], ...] = ((b"Content-Type", content_type.encode("utf-8", "replace")),)
    body, head = record.block, b""
    if content_type.lower().startswith("application/http") or record.block[:5] == b"HTTP/":
        version, status, reason, headers, head, body = _response(record.block)
        if any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers):
            whole = warc.dechunk(body)
            body = body if whole is None else whole
    elif record.get("WARC-Type") == "response":
        raise Damaged("the response is not one of HTTP")
    return Exchange(
        url=address_of(record.get("WARC-Target-URI")),
        kind=Kind(kind) if isinstance(kind, str) and kind in set(Kind) else Kind.PAGE,
        requested_at=warc.parse_stamp(record.get("WARC-Date")),
        status=status,
        reason=reason,
        http_version=version,
        request_head=b"",
        headers=headers,
        body=body,
        response_head=head,
        ip=record.get("WARC-IP-Address"),
        truncated=record.get("WARC-Truncated")[:20],
    )


def address_of(uri: str) -> str:
    """A WARC-Target-URI as an address: without the angle brackets that some writers put, its blanks escaped."""
    return warc.bare_id(uri).replace(" ", "%20")


def _response(block: bytes) -> tuple[str, int, str, tuple[tuple[bytes, bytes], ...], bytes, bytes]:
    """(version, status, reason, headers, head, body) of a response that any program wrote."""
    at, width = block.find(b"\r\n\r\n"), 4
    if at < 0:
        at, width = len(block), 0
    if (bare := block.find(b"\n\n", 0, at)) >= 0:
        at, width = bare, 2
    head, body = block[: at + width], block[at + width :]
    lines = head.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    match = _STATUS_LINE.match(lines[0].rstrip())
    if match is None:
        raise Damaged("the response does not begin with an HTTP status line")
    reason = (match[3] or b"").decode("utf-8", "surrogateescape")
    return match[1].decode().upper(), int(match[2]), reason, warc.parse_head(lines[1:]), head, body


def file_of(note: dict[str, Any]) -> str:
    """The name of the file that a capture was imported from."""
    told = note.get("imported")
    return str(told.get("file", ""))[:200] if isinstance(told, dict) else ""


def lead_of(lead: Sequence[Record]) -> Record | None:
    """The metadata record that says that the record behind it was imported; None when the last of `lead` does not."""
    return lead[-1] if lead and lead[-1].get("WARC-Type") == "metadata" and lead[-1].get(DIGEST) else None


def find_lead(file: BinaryIO, offset: int) -> tuple[int, Record] | None:
    """The place of the metadata record whose member ends where that of a foreign record begins, and itself."""
    for look in (_LOOK, 64 * _LOOK):
        start = max(offset - look, 0)
        file.seek(start)
        data = file.read(offset - start)
        at = len(data)
        while (at := data.rfind(b"\x1f\x8b\x08\x04", 0, at)) >= 0:
            try:
                member = Member(file, start + at, limit=warc.HEAD_LIMIT * 64, sealed=True)
                stream = Stream(member)
                record = warc.read_record(stream)
                whole = stream.ended()
            except (Damaged, LimitExceeded):
                continue
            if whole and member.end == offset:
                return (start + at, record) if lead_of([record]) else None
    return None
