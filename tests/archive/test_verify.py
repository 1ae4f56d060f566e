"""Verifying: whatever was changed, cut, added or lost is found, and named by record and offset."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tuoben.archive import warc
from tuoben.archive.members import frame
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.verify import Problem, verify_capture, verify_segment
from tuoben.model import Capture
from warcs import entry, exchange

Written = tuple[Segments, list[Capture], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A closed segment with two captures, the second a revisit."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append([entry({"n": 1})])
        captures += segments.append([Entry(exchange=exchange(), note={"n": 2}, revisit_of=captures[0])])
    return segments, captures, segments.path(captures[0].segment)


def found(path: Path, **options: object) -> list[Problem]:
    """All problems of a file."""
    return list(verify_segment(path, **options))


def inflated(path: Path, start: int, end: int) -> bytes:
    """The record in one member."""
    return zlib.decompress(path.read_bytes()[start:end], 31)


def test_clean_segment_has_no_problem(written: Written) -> None:
    """A segment as written is clean, its records and captures are counted, and progress reaches the end."""
    _, captures, path = written
    told: list[tuple[int, int]] = []
    check = verify_segment(path, expect_end=captures[-1].end, progress=lambda done, total: told.append((done, total)))
    assert list(check) == []
    assert (check.records, check.captures, check.size) == (7, 2, captures[-1].end)
    assert told[-1] == (captures[-1].end, captures[-1].end)


def test_every_flipped_byte_is_found(written: Written) -> None:
    """Whichever byte of a segment is changed, in whichever bits, one problem names a member at or before it."""
    _, captures, path = written
    whole = path.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8 if at % 2 else 0xFF
        path.write_bytes(changed)
        [problem] = found(path, expect_end=captures[-1].end)
        assert problem.offset <= at
        assert problem.segment == path.name


def test_flipped_byte_names_its_record(written: Written) -> None:
    """A change behind the record's header leaves its id readable, and so does one in the gzip header."""
    _, captures, path = written
    whole = path.read_bytes()
    for at in (captures[0].end - 1, captures[0].offset + 4):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        [problem] = found(path)
        assert (problem.record, problem.offset) == (captures[0].record_id, captures[0].offset)


def test_every_cut_tail_is_found(written: Written) -> None:
    """A segment that ends early anywhere is found out, even between two captures when its length is known."""
    _, captures, path = written
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        problems = found(path, expect_end=captures[-1].end)
        assert problems[-1].why.startswith("the tail was cut"), size
        between = size in (captures[0].end, warcinfo_end(whole))
        assert len(problems) == (1 if between else 2), problems


def warcinfo_end(data: bytes) -> int:
    """Where the first member ends."""
    inflater = zlib.decompressobj(31)
    inflater.decompress(data)
    return len(data) - len(inflater.unused_data)


@pytest.mark.parametrize(
    "extra",
    [b"x", b"\0" * 600, gzip.compress(b"hello", mtime=0), b"\x1f\x8b\x08" + b"\0" * 30],
    ids=["a letter", "zeros", "another program's member", "a broken member"],
)
def test_trailing_garbage_is_found(written: Written, extra: bytes) -> None:
    """Bytes behind the last record are a problem at their offset."""
    _, captures, path = written
    path.write_bytes(path.read_bytes() + extra)
    problems = found(path)
    assert problems[0].offset == captures[-1].end


def test_damage_hides_no_other_damage(written: Written) -> None:
    """Two damaged places are two problems."""
    _, captures, path = written
    changed = bytearray(path.read_bytes())
    for capture in captures:
        changed[capture.offset + 60] ^= 0x55
    path.write_bytes(changed)
    assert [problem.offset for problem in found(path)] == [capture.offset for capture in captures]


def test_wholly_damaged_file_is_one_problem(written: Written) -> None:
    """A file of noise, an empty one and a missing one are each told in a sentence."""
    _, _, path = written
    path.write_bytes(os.urandom(3_000_000))
    assert [(problem.offset, problem.record) for problem in found(path)] == [(0, "")]
    path.write_bytes(b"")
    assert [problem.why for problem in found(path)] == ["the segment is empty"]
    path.unlink()
    assert [problem.why for problem in found(path, segment="a/b")] == ["the segment is missing"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda record: record.replace(b"HTTP/1.1 200", b"HTTP/1.1 404"), "WARC-Block-Digest"),
        (lambda record: record.replace(b"WARC-Date: 2026", b"WARC-Date: soon"), "WARC-Date"),
        (lambda record: record.replace(b"WARC-Type: response\r\n", b""), "no WARC-Type"),
        (lambda record: record.replace(b"Tuoben-Lead: ", b"Tuoben-Lead: 1"), "Tuoben-Lead"),
        (lambda record: record.replace(b"WARC-Concurrent-To", b"X-Concurrent-To"), "WARC-Concurrent-To"),
        (lambda record: record.replace(b"Content-Length: ", b"Content-Length: 1"), "shorter than its Content-Length"),
        (lambda record: record.replace(b"Content-Length: 1", b"Content-Length: "), "does not end where"),
        (lambda record: record.replace(b"Content-Length: ", b"Content-Length: x"), "no proper Content-Length"),
        (lambda record: record.replace(b"WARC/1.1", b"CRAW/1.1"), "WARC version"),
        (lambda record: record + record, "several records"),
        (lambda record: record.replace(b"Payload-Digest: sha256:", b"Payload-Digest: sha256:A"), "Payload-Digest"),
    ],
)
def test_well_framed_lies_are_found(written: Written, change: Callable[[bytes], bytes], why: str) -> None:
    """Somebody who writes a changed record with a good gzip frame is found out by what the record says."""
    _, captures, path = written
    capture, whole = captures[0], path.read_bytes()
    record = inflated(path, capture.offset, capture.end)
    assert change(record) != record
    path.write_bytes(whole[: capture.offset] + frame(change(record), 6) + whole[capture.end :])
    problems = found(path)
    assert any(why in problem.why and problem.offset == capture.offset for problem in problems), problems


def test_member_of_another_program_in_our_segment_is_found(written: Written) -> None:
    """The same record in somebody else's gzip frame is a change."""
    _, captures, path = written
    whole = path.read_bytes()
    record = inflated(path, captures[0].offset, captures[0].end)
    path.write_bytes(whole[: captures[0].offset] + gzip.compress(record) + whole[captures[0].end :])
    assert found(path)
    assert found(path, ours=False) == []


def test_lost_request_is_found(written: Written) -> None:
    """A capture that lost one of its records is not whole."""
    _, captures, path = written
    whole = path.read_bytes()
    first = warcinfo_end(whole)
    second = first + warcinfo_end(whole[first:])
    path.write_bytes(whole[:first] + whole[second:])
    [problem] = found(path)
    assert problem.record == captures[0].record_id
    assert "WARC-Concurrent-To" in problem.why
    path.write_bytes(whole[first:])
    assert any("warcinfo" in problem.why for problem in found(path))


def test_segment_being_written_may_end_in_mid_record(tmp_path: Path) -> None:
    """Behind what was acknowledged a growing segment is not judged; before it, it is."""
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([entry()])
        path = segments.path(capture.segment)
        with path.open("ab") as file:
            file.write(frame(b"WARC/1.1\r\n" + os.urandom(500), 6)[:200])
        assert found(path, expect_end=capture.end) == []
        assert found(path, expect_end=capture.end + 1)
    assert found(path, expect_end=capture.end)


def test_one_capture_is_verified_alone(written: Written) -> None:
    """Only the members of the capture asked for are looked at, and they must be the ones that were noted."""
    segments, captures, path = written
    whole = path.read_bytes()
    assert [verify_capture(segments, capture) for capture in captures] == [[], []]
    changed = bytearray(whole)
    changed[captures[0].offset - 3] ^= 1
    path.write_bytes(changed)
    [problem] = verify_capture(segments, captures[0])
    assert problem.offset < captures[0].offset
    assert verify_capture(segments, captures[1]) == []
    path.write_bytes(whole[: captures[1].end - 1])
    assert "cut" in verify_capture(segments, captures[1])[0].why
    other = frame(inflated(path, captures[0].offset, captures[0].end).replace(b"urn:uuid:", b"urn:uuiD:"), 6)
    path.write_bytes(whole[: captures[0].offset] + other + whole[captures[0].end :])
    assert verify_capture(segments, captures[0])
    path.unlink()
    assert [problem.why for problem in verify_capture(segments, captures[0])] == ["the segment is missing"]


@pytest.mark.parametrize("packed", [False, True])
def test_foreign_file_is_held_to_the_standard_only(tmp_path: Path, packed: bool) -> None:
    """Plain or packed WARC/1.0 with sha1 digests, kept chunked bodies and no groups is clean, until a byte changes."""
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    record = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:%d>\r\nWARC-Date: 2026-11-22T12:00:00Z\r\n"
        b"WARC-Target-URI: <http://news.test/>\r\nContent-Type: application/http; msgtype=response\r\n"
        b"WARC-Payload-Digest: sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    )
    path = tmp_path / "foreign.warc"
    records = [record % (number, len(body), body) for number in range(3)]
    path.write_bytes(b"".join(map(gzip.compress, records) if packed else records))
    check = verify_segment(path, ours=False)
    assert list(check) == []
    assert (check.records, check.captures) == (3, 3)
    if not packed:
        path.write_bytes(path.read_bytes().replace(b"hello", b"hallo", 1))
        [problem] = found(path, ours=False)
        assert problem.record == "urn:uuid:0"
        path.write_bytes(path.read_bytes()[:-30])
        assert len(found(path, ours=False)) == 2


def test_digest_labels_of_the_house() -> None:
    """A digest is sha256 in base32, as WARC readers know it."""
    assert warc.digest(b"") == "sha256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ===="
