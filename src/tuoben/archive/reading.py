"""Reading segments: one capture by its place, all captures behind an offset, and what to do with a torn tail."""

from __future__ import annotations

import dataclasses
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from tuoben.archive import imported, leaves, warc
from tuoben.archive.members import Damaged, Member, Stream, next_member
from tuoben.archive.warc import IDENTICAL, LEAD, Place, Record, Resolver
from tuoben.errors import ArchiveError, BeingWritten, LimitExceeded
from tuoben.model import Capture, Exchange

OnDamage = Callable[[int, str], None]
"""Told of each damaged place: its offset and a plain sentence."""
_ANSWERS = ("response", "revisit", "resource")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A capture as it was read back. `note` is what the writer was given beside the exchange."""

    capture: Capture
    exchange: Exchange
    note: dict[str, Any]
    fields: warc.Fields
    """The WARC header fields of the response or revisit record."""
    whole: bool = True
    """False when this is a revisit and the record with its payload was not to be read; the body is then empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """A tail that was cut from a segment: where it began, its length, where it lies now, and why it was cut."""

    segment: str
    offset: int
    length: int
    path: Path
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A record with the place of its member in a file."""

    record: Record
    offset: int
    end: int


def writer_of(segment: str) -> str:
    """The name of the process that wrote a segment, "" when its name does not say."""
    parts = PurePosixPath(segment).name.split("-")
    return parts[1] if len(parts) == 3 else ""


class Archive:
    """The segments below one root, for reading. Places are (segment, offset of the response or revisit member)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, segment: str) -> Path:
        """The file of a segment. Raises ArchiveError when the name does not stay below the root."""
        parts = PurePosixPath(segment).parts
        if not parts or segment.startswith("/") or ".." in parts or "\0" in segment or "\\" in segment:
            raise ArchiveError(f"This is not the name of a segment: {segment[:80]!r}.")
        return self.root / segment

    def segments(self) -> list[str]:
        """The names of all segments, oldest first as their names go."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob("*/*/*/*.warc.gz"))

    def length(self, segment: str) -> int:
        """The present length of a segment's file in bytes; 0 when there is none."""
        try:
            return self.path(segment).stat().st_size
        except FileNotFoundError:
            return 0

    def read(
        self, where: Capture | Place, *, resolve: Resolver | None = None, limit: int = warc.RECORD_LIMIT
    ) -> Stored:
        """One capture, its exchange as it was given to `append`.

        A revisit's payload is read from the record it refers to: at the place written beside it, else where `resolve`
        says. Raises ArchiveError when anything cannot be read, LimitExceeded for a record over `limit` bytes.
        """
        segment, offset = (where.segment, where.offset) if isinstance(where, Capture) else where
        with self._open(segment) as file, _named(segment, offset):
            answer = read_at(file, offset, limit)
            known = where if isinstance(where, Capture) else None
            stored = self._stored(segment, _lead(file, answer, limit), answer, resolve, limit, known)
        if isinstance(where, Capture) and where.record_id != stored.capture.record_id:
            raise ArchiveError(f"{segment} holds another record at offset {offset} than the one asked for.")
        if not stored.whole:
            original = warc.bare_id(answer.record.get("WARC-Refers-To"))
            raise ArchiveError(f"The record {original} that {segment} refers to at offset {offset} cannot be read.")
        return stored

    def verbatim(self, capture: Capture) -> bytes:
        """The gzip members of one capture as they lie in the file. Raises ArchiveError, LimitExceeded."""
        with self._open(capture.segment) as file, _named(capture.segment, capture.offset):
            answer = read_at(file, capture.offset, warc.RECORD_LIMIT)
            length = warc.number(answer.record.get(LEAD)) or 0
            if capture.origin:
                lead = imported.find_lead(file, capture.offset)
                length = capture.offset - lead[0] if lead else 0
            start = max(capture.offset - length, 0)
            file.seek(start)
            return file.read(answer.end - start)

    def tail(
        self,
        segment: str,
        offset: int,
        *,
        resolve: Resolver | None = None,
        damaged: OnDamage | None = None,
        limit: int = warc.RECORD_LIMIT,
    ) -> Iterator[Stored]:
        """The captures behind an offset, in the order of the file; `offset` is a member's, such as `Capture.end`.

        A torn tail ends it silently (`cut_torn` reports it). Other damage raises ArchiveError, unless `damaged` is
        given: it is then told, and reading goes on at the next member that can be read. Revisits whose payload is not
        to be had come with whole=False.
        """
        group: list[Record] = []
        with self._open(segment) as file:
            for located in members(file, offset, segment=segment, damaged=damaged, limit=limit):
                answers = imported.ANSWERS if imported.lead_of(group) else _ANSWERS
                if located.record.get("WARC-Type") not in answers:
                    group.append(located.record)
                    continue
                lead, group = group, []
                with _named(segment, located.offset):
                    try:
                        yield self._stored(segment, lead, located, resolve, limit)
                    except Damaged as error:
                        if damaged is None:
                            raise
                        damaged(located.offset, str(error))

    def captures(
        self,
        segment: str,
        *,
        resolve: Resolver | None = None,
        damaged: OnDamage | None = None,
        limit: int = warc.RECORD_LIMIT,
    ) -> Iterator[Stored]:
        """All captures of a segment, for a rebuild; as `tail` from its beginning."""
        return self.tail(segment, 0, resolve=resolve, damaged=damaged, limit=limit)

    def cut_torn(self, segment: str, offset: int) -> Torn | None:
        """Cuts a segment back to its last whole capture, if anything else lies behind it.

        `offset` is where the last acknowledged capture ends (0 for none): nothing before it is looked at. All that
        cannot be read behind it is moved to `<name>.torn-<offset>` beside the file, records without their response too.
        Durable when it returns. Raises BeingWritten when another process has the segment open, ArchiveError when it is
        shorter than `offset`: then bytes are gone that were durable, and nothing is changed.
        """
        path = self.path(segment)
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BeingWritten(f"{segment} is still being written by another process.") from error
            size = file.seek(0, os.SEEK_END)
            if size < offset:
                raise ArchiveError(
                    f"{segment} is only {size} bytes long, but {offset} were stored in it; run `tuoben verify`."
                )
            if not size:  # opened, and never written
                path.unlink()
                sync_directory(path.parent)
                return None
            good, why = _last_good(file, offset)
            if good == size:
                os.fsync(file.fileno())  # whoever wrote it may have ended before that
                return None
            torn = path.with_name(f"{path.name}.torn-{good}")
            _copy_tail(file, good, torn)
            if good:
                file.truncate(good)
                os.fsync(file.fileno())
            else:
                path.unlink()
            sync_directory(path.parent)
        return Torn(segment=segment, offset=good, length=size - good, path=torn, why=why)

    @contextmanager
    def _open(self, segment: str) -> Iterator[BinaryIO]:
        try:
            file = self.path(segment).open("rb")
        except OSError as error:
            raise ArchiveError(f"The segment {segment} cannot be opened: {error.strerror}.") from error
        with file:
            try:
                yield file
            except OSError as error:
                raise ArchiveError(f"The segment {segment} cannot be read: {error.strerror}.") from error

    def _stored(
        self,
        segment: str,
        lead: list[Record],
        answer: Located,
        resolve: Resolver | None,
        limit: int,
        known: Capture | None = None,
    ) -> Stored:
        record = answer.record
        if (metadata := imported.lead_of(lead)) is not None:
            return self._imported(segment, metadata, answer, resolve, limit, known)
        wanted = {warc.bare_id(value) for value in record.all("WARC-Concurrent-To")}
        group = {item.get("WARC-Type"): item for item in lead if warc.bare_id(item.get("WARC-Record-ID")) in wanted}
        note = warc.parse_note(group["metadata"].block) if "metadata" in group else {}
        if record.get("WARC-Type") == "resource":
            exchange = warc.resource_of(record, note)
        else:
            exchange = warc.exchange_of(record, group.get("request"), note)
        whole = True
        if record.get("WARC-Profile") == IDENTICAL:
            body = self._original(record, note, resolve, limit)
            whole = body is not None
            exchange = dataclasses.replace(exchange, body=body or b"")
        told = [item.fields for item in lead if warc.bare_id(item.get("WARC-Record-ID")) in wanted]
        leaf = leaves.of_capture([*told, record.fields], leaves.salt_of(note))
        capture = dataclasses.replace(_capture(segment, answer, exchange), leaf=leaf)
        return Stored(
            capture=capture, exchange=exchange, note=warc.public_note(note), fields=record.fields, whole=whole
        )

    def _imported(
        self,
        segment: str,
        metadata: Record,
        answer: Located,
        resolve: Resolver | None,
        limit: int,
        known: Capture | None,
    ) -> Stored:
        """A record of another program, told of by ours before it. Digests that are `known` are not made again."""
        record, note = answer.record, warc.parse_note(metadata.block)
        exchange, whole, earlier = imported.exchange_of(record, note), True, ""
        if record.get("WARC-Type") == "revisit" and not exchange.body and exchange.status == 200:
            hint = note.get("refers_to")
            earlier = str(hint.get("record", "")) if isinstance(hint, dict) else ""
            place = resolve(earlier) if resolve is not None and earlier else None
            if place is None and isinstance(hint, dict) and isinstance(hint.get("offset"), int):
                place = str(hint.get("segment")), hint["offset"]
            body = self._payload_at(place, limit) if place else None
            whole = body is not None
            exchange = dataclasses.replace(exchange, body=body or b"")
        capture = dataclasses.replace(
            _capture(segment, answer, exchange, known),
            record_id=warc.bare_id(metadata.get("WARC-Record-ID")),
            block_digest=known.block_digest if known else warc.digest(record.block),
            payload_digest=known.payload_digest if known else warc.digest(exchange.body),
            revisit_of=earlier,
            origin=imported.file_of(note),
            leaf=leaves.of_import(metadata.fields, leaves.salt_of(note)),
        )
        return Stored(
            capture=capture, exchange=exchange, note=warc.public_note(note), fields=record.fields, whole=whole
        )

    def _payload_at(self, place: Place, limit: int) -> bytes | None:
        try:
            return self.read(place, limit=limit).exchange.body
        except (ArchiveError, LimitExceeded):
            return None

    def _original(self, record: Record, note: dict[str, Any], resolve: Resolver | None, limit: int) -> bytes | None:
        """The payload that a revisit refers to; None when it is nowhere to be read."""
        wanted = warc.bare_id(record.get("WARC-Refers-To"))
        hint = note.get("refers_to")
        places: list[Place] = []
        if isinstance(hint, dict) and isinstance(hint.get("offset"), int) and isinstance(hint.get("segment"), str):
            places.append((hint["segment"], hint["offset"]))
        if resolve is not None and (found := resolve(wanted)) is not None:
            places.append(found)
        for segment, offset in places:
            try:
                with self._open(segment) as file:
                    original = read_at(file, offset, limit).record
                body = warc.parse_response(original.block)[4]
            except (ArchiveError, LimitExceeded, ValueError):
                continue
            if warc.bare_id(original.get("WARC-Record-ID")) == wanted and original.get("WARC-Type") == "response":
                return body
        return None


def read_at(file: BinaryIO, offset: int, limit: int) -> Located:
    """The record in the gzip member at an offset, the member proved whole. Raises Damaged, LimitExceeded."""
    member = Member(file, offset, limit=limit)
    stream = Stream(member)
    record = warc.read_record(stream, limit=limit)
    if not stream.ended():
        raise Damaged("a gzip member holds more than one record")
    return Located(record=record, offset=offset, end=member.end)


def members(
    file: BinaryIO, offset: int, *, segment: str, damaged: OnDamage | None, limit: int = warc.RECORD_LIMIT
) -> Iterator[Located]:
    """The records of a file, one per gzip member, from an offset on; damage and a torn tail as in `Archive.tail`."""
    size = file.seek(0, os.SEEK_END)
    while offset < size:
        try:
            with _named(segment, offset):
                located = read_at(file, offset, limit)
        except (Damaged, LimitExceeded) as error:
            torn = isinstance(error, Damaged) and error.torn
            if damaged is None:
                if torn:
                    return
                raise
            damaged(offset, str(error))
            offset = next_member(file, offset + 1)
            continue
        yield located
        offset = located.end


def sync_directory(path: Path) -> None:
    """Makes the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lead(file: BinaryIO, answer: Located, limit: int) -> list[Record]:
    """The request and metadata records directly before a response, as its Tuoben-Lead field says; [] without one."""
    length = warc.number(answer.record.get(LEAD))
    if length is None or length > answer.offset:
        found_lead = imported.find_lead(file, answer.offset)
        return [found_lead[1]] if found_lead else []
    offset, found = answer.offset - length, []
    while offset < answer.offset:
        located = read_at(file, offset, limit)
        found.append(located.record)
        offset = located.end
    return found


def _capture(segment: str, answer: Located, exchange: Exchange, known: Capture | None = None) -> Capture:
    record = answer.record
    revisit = record.get("WARC-Type") == "revisit"
    block = known.block_digest if known else record.get("WARC-Block-Digest")
    payload = known.payload_digest if known else record.get("WARC-Payload-Digest")
    return Capture(
        record_id=warc.bare_id(record.get("WARC-Record-ID")),
        url=exchange.url,
        kind=exchange.kind,
        time=exchange.requested_at,
        segment=segment,
        offset=answer.offset,
        length=answer.end - answer.offset,
        end=answer.end,
        status=exchange.status,
        mime=warc.media_type(exchange),
        block_digest=block or warc.digest(record.block),
        payload_digest=payload or warc.digest(exchange.body),
        payload_length=len(exchange.body),
        revisit_of=warc.bare_id(record.get("WARC-Refers-To")) if revisit else "",
        truncated=exchange.truncated,
    )


def _last_good(file: BinaryIO, offset: int) -> tuple[int, str]:
    """The end of the last whole capture behind an offset, and why what follows is none."""
    good, why = offset, "records without their response"
    found = members(file, offset, segment="", damaged=None)
    while True:
        try:
            located = next(found)
        except StopIteration:
            return good, why
        except (Damaged, LimitExceeded) as error:
            return good, str(error)
        if located.record.get("WARC-Type") not in ("request", "metadata"):
            good, why = located.end, "records without their response"


def _copy_tail(file: BinaryIO, offset: int, target: Path) -> None:
    file.seek(offset)
    with target.open("wb") as copy:
        while data := file.read(1024 * 1024):
            copy.write(data)
        copy.flush()
        os.fsync(copy.fileno())
    sync_directory(target.parent)


@contextmanager
def _named(segment: str, offset: int) -> Iterator[None]:
    """Says the segment and offset in whatever is wrong within."""
    try:
        yield
    except Damaged as error:
        if not segment or str(error).startswith(segment):
            raise
        raise Damaged(f"{segment}, offset {offset}: {error}.", torn=error.torn) from error
