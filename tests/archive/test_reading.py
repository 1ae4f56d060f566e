"""Reading segments: by place, by tail, and what is done with a torn or damaged one."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuoben.archive.members import Damaged, Member, Stream, frame
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.verify import verify_segment
from tuoben.errors import ArchiveError, LimitExceeded
from tuoben.model import Capture
from warcs import entry, exchange


@pytest.fixture
def written(tmp_path: Path) -> tuple[Segments, list[Capture]]:
    """A closed segment with three captures."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append([entry({"n": n}, url=f"http://news.test/{n}") for n in range(3)])
    return segments, captures


def test_tail_gives_what_lies_behind_an_offset(written: tuple[Segments, list[Capture]]) -> None:
    """The tail behind a capture's end is the captures after it, with their notes."""
    segments, captures = written
    name = captures[0].segment
    assert [stored.capture for stored in segments.captures(name)] == captures
    assert [stored.note for stored in segments.tail(name, captures[0].end)] == [{"n": 1}, {"n": 2}]
    assert list(segments.tail(name, captures[-1].end)) == []


def test_one_capture_is_read_without_the_rest_of_the_file(written: tuple[Segments, list[Capture]]) -> None:
    """All other bytes of the segment may be garbage."""
    segments, captures = written
    path = segments.path(captures[1].segment)
    data = bytearray(path.read_bytes())
    data[: captures[0].end] = os.urandom(captures[0].end)
    data[captures[1].end :] = b"\0" * (len(data) - captures[1].end)
    path.write_bytes(data)
    assert segments.read(captures[1]).exchange == exchange(url="http://news.test/1")


def test_wrong_place_is_told(written: tuple[Segments, list[Capture]]) -> None:
    """A place that holds nothing, another record, or no file gives an error that names segment and offset."""
    segments, captures = written
    name = captures[0].segment
    with pytest.raises(ArchiveError, match=f"{name}, offset 3: "):
        segments.read((name, 3))
    with pytest.raises(ArchiveError, match=f"{name}, offset {captures[-1].end}: "):
        segments.read((name, captures[-1].end))
    with pytest.raises(ArchiveError, match="2026/none"):
        segments.read(("2026/none.warc.gz", 0))
    moved = Capture(**{field: getattr(captures[0], field) for field in Capture.__slots__} | {"record_id": "urn:x"})
    with pytest.raises(ArchiveError, match="another record"):
        segments.read(moved)
    with pytest.raises(ArchiveError):
        segments.read((name, 0))


def test_record_over_the_limit_is_not_inflated(tmp_path: Path) -> None:
    """A member that inflates beyond the limit stops there."""
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([entry(body=b"\0" * 5_000_000)])
        with pytest.raises(LimitExceeded):
            segments.read(capture, limit=1_000_000)
        assert segments.read(capture).exchange.body == b"\0" * 5_000_000


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of fsyncs on a disk take their time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def test_tail_torn_at_every_byte_of_the_last_capture(in_memory: Path) -> None:
    """Cut anywhere in its last capture, a segment is cut back to the capture before, and the tail is kept beside it."""
    with Segments(in_memory, writer="t") as segments:
        captures = segments.append([entry({"n": n}) for n in range(3)])
    name, path = captures[0].segment, segments.path(captures[0].segment)
    whole, good = path.read_bytes(), captures[1].end
    for size in range(good + 1, len(whole)):
        path.write_bytes(whole[:size])
        assert [stored.capture for stored in segments.tail(name, captures[0].end)] == [captures[1]]
        torn = segments.cut_torn(name, captures[0].end)
        assert torn is not None
        assert (torn.offset, torn.length) == (good, size - good)
        assert torn.path.read_bytes() == whole[good:size]
        assert torn.path.name == f"{path.name}.torn-{good}"
        assert path.read_bytes() == whole[:good]
        assert segments.cut_torn(name, captures[0].end) is None


def test_segment_torn_in_its_first_capture_goes(written: tuple[Segments, list[Capture]]) -> None:
    """What never held anything whole does not stay as an empty file; a warcinfo record alone does."""
    segments, captures = written
    name, path = captures[0].segment, segments.path(captures[0].segment)
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    torn = segments.cut_torn(name, 0)
    assert torn is not None and torn.path.read_bytes() == whole[:40]
    assert segments.segments() == []
    path.write_bytes(whole[: captures[0].offset])
    torn = segments.cut_torn(name, 0)
    assert torn is not None and torn.why == "records without their response"
    assert [problem.why for problem in verify_segment(path)] == []
    path.write_bytes(b"")
    segments.cut_torn(name, 0)
    assert segments.segments() == []


def test_zeros_behind_the_end_are_cut(written: tuple[Segments, list[Capture]]) -> None:
    """A file that grew without its bytes (power loss) is cut back too."""
    segments, captures = written
    path = segments.path(captures[0].segment)
    with path.open("ab") as file:
        file.write(b"\0" * 5000)
    torn = segments.cut_torn(captures[0].segment, captures[-1].end)
    assert torn is not None and torn.length == 5000
    assert path.stat().st_size == captures[-1].end


def test_segment_shorter_than_what_was_stored_is_not_touched(written: tuple[Segments, list[Capture]]) -> None:
    """Durable bytes that are gone are an error to be told, not a tail to be cut."""
    segments, captures = written
    path = segments.path(captures[0].segment)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArchiveError, match="were stored"):
        segments.cut_torn(captures[0].segment, captures[-1].end)
    assert path.stat().st_size == captures[-1].end - 1


def test_rebuild_reads_round_a_damaged_place(written: tuple[Segments, list[Capture]]) -> None:
    """Damage in the middle raises, or is told and stepped over when asked."""
    segments, captures = written
    name, path = captures[0].segment, segments.path(captures[0].segment)
    data = bytearray(path.read_bytes())
    data[captures[1].offset + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match=f"{name}, offset {captures[1].offset}"):
        list(segments.captures(name))
    told: list[tuple[int, str]] = []
    found = list(segments.captures(name, damaged=lambda offset, why: told.append((offset, why))))
    assert [stored.capture for stored in found] == [captures[0], captures[2]]
    assert [offset for offset, _ in told] == [captures[1].offset]


def test_revisit_without_its_original(tmp_path: Path) -> None:
    """A revisit whose payload is gone says so when read; in a rebuild it comes as not whole; a resolver can help."""
    with Segments(tmp_path, writer="t", roll_size=1) as segments:
        [first] = segments.append([entry()])
        [second] = segments.append([Entry(exchange=exchange(), note={}, revisit_of=first)])
    moved = "2026/01/01/moved.warc.gz"
    (tmp_path / "2026/01/01").mkdir(parents=True)
    segments.path(first.segment).rename(tmp_path / moved)
    with pytest.raises(ArchiveError, match=first.record_id):
        segments.read(second)
    [stored] = segments.captures(second.segment)
    assert (stored.whole, stored.exchange.body) == (False, b"")
    found = segments.read(second, resolve=lambda record: (moved, first.offset) if record == first.record_id else None)
    assert found.exchange == exchange()


def test_hostile_hints_in_a_foreign_segment_are_harmless(tmp_path: Path) -> None:
    """Places and numbers in records that we did not write are looked at with care."""
    response = (
        b"WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:x:1>\r\nWARC-Date: 2026-11-22T12:00:00Z\r\n"
        b"WARC-Target-URI: http://news.test/\r\nTuoben-Lead: 99999999999999999999\r\nWARC-Concurrent-To: <urn:x:0>\r\n"
        b"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n"
        b"Content-Type: application/http;msgtype=response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
    )
    note = b'{"kind": ["page"], "elapsed": "soon", "refers_to": {"segment": "../../etc/passwd", "offset": -1}}'
    metadata = (
        b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:x:0>\r\nWARC-Date: 2026-11-22T12:00:00Z\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(note), note)
    )
    folder = tmp_path / "2026/11/22"
    folder.mkdir(parents=True)
    (folder / "x.warc.gz").write_bytes(gzip.compress(metadata) + gzip.compress(response % b"revisit"))
    [stored] = Segments(tmp_path, writer="t").captures("2026/11/22/x.warc.gz")
    assert not stored.whole
    assert stored.exchange.elapsed == 0.0


def test_member_of_another_gzip_is_read() -> None:
    """Members with a name, a comment and a header checksum are members."""
    plain = gzip.compress(b"hello", mtime=0)
    odd = plain[:3] + bytes([2 | 4 | 8 | 16]) + plain[4:10] + b"\x03\x00abcname\0comment\0\x12\x34" + plain[10:]
    member = Member(io.BytesIO(b"??" + odd + b"rest"), 2)
    assert Stream(member).exactly(100) == b"hello"
    assert member.end == 2 + len(odd)
    with pytest.raises(Damaged):
        Member(io.BytesIO(odd), 0, sealed=True)


def test_member_is_sealed_to_the_last_bit() -> None:
    """Any single flipped bit of one of our members is found, whatever it inflates to."""
    for data in (b"", b"a" * 300, os.urandom(50)):
        whole = frame(data, 6)
        for bit in range(len(whole) * 8):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Damaged):
                Stream(Member(io.BytesIO(bytes(changed) + bytes(70000)), 0, sealed=True)).exactly(1000)
        assert gzip.decompress(whole) == data


def test_bomb_is_inflated_only_as_far_as_it_is_read() -> None:
    """Reading a little of a member that would fill the memory costs a little."""
    bomb = frame(b"\0" * 50_000_000, 9)
    assert len(Member(io.BytesIO(bomb), 0).read(1000)) == 1000
    with pytest.raises(LimitExceeded):
        Stream(Member(io.BytesIO(bomb), 0, limit=100_000)).exactly(10_000_000)
