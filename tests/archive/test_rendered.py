"""What a browser made of a page, in the WARC: resource records beside the captures of what it loaded."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tuoben.archive import cdxj, warc
from tuoben.archive.members import Damaged
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.verify import verify_capture, verify_segment
from tuoben.model import Capture, Exchange, Kind
from warcs import entry, exchange

ADDRESS = "http://news.test/a?x=1"
DOM, PNG = "<!DOCTYPE html><p>拓本</p>".encode(), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def made(kind: Kind, body: bytes, mime: str) -> Exchange:
    """What a browser made, as an exchange that nobody sent."""
    return exchange(
        kind=kind, body=body, headers=((b"Content-Type", mime.encode()),), request_head=b"", http_version="", ip="",
        reason="",
    )  # fmt: skip


def one_event() -> list[Entry]:
    """A document as it was loaded, the picture, and the DOM, each with the note of its own."""
    document, picture, dom = warc.new_id(), warc.new_id(), warc.new_id()
    return [
        dataclasses.replace(entry({"n": 1}), record_id=document),
        Entry(
            exchange=made(Kind.SCREENSHOT, PNG, "image/png"), note={"n": 2}, record_id=picture, beside=(document, dom)
        ),
        Entry(
            exchange=made(Kind.RENDERED, DOM, "text/html; charset=utf-8"), note={"n": 3}, record_id=dom,
            beside=(document, picture),
        ),
    ]  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> tuple[Segments, list[Capture], Path]:
    """A closed segment with the records of one rendering."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append(one_event())
    return segments, captures, segments.path(captures[0].segment)


def test_what_a_browser_made_is_read_back_as_it_was_stored(written: tuple[Segments, list[Capture], Path]) -> None:
    """By its place and in the order of the file, with its URL, its kind, its note and its entry of the log."""
    segments, captures, _ = written
    stored = [segments.read(capture) for capture in captures]
    assert [item.exchange.body for item in stored[1:]] == [PNG, DOM]
    assert [item.exchange for item in stored[1:]] == [entry.exchange for entry in one_event()[1:]]
    assert [item.exchange.url for item in stored] == [ADDRESS] * 3
    assert [item.note for item in stored] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert list(segments.captures(captures[0].segment)) == stored
    assert [item.capture.leaf for item in stored] == [capture.leaf for capture in captures]
    assert all(capture.leaf for capture in captures)


def test_the_records_are_those_of_the_standard(written: tuple[Segments, list[Capture], Path]) -> None:
    """Resources under URNs around the page's URL, which name each other and the document, and refer to nothing."""
    _, captures, path = written
    with path.open("rb") as file:
        records = [
            (record.rec_type, record.rec_headers, record.content_stream().read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, _, _ in records] == [
        *("warcinfo", "request", "metadata", "response", "metadata", "resource", "metadata", "resource"),
    ]
    shot, dom = records[5], records[7]
    assert (shot[2], dom[2]) == (PNG, DOM)
    assert shot[1].get_header("WARC-Target-URI") == f"urn:view:{ADDRESS}"
    assert dom[1].get_header("WARC-Target-URI") == f"urn:dom:{ADDRESS}"
    assert dom[1].get_header("Content-Type") == "text/html; charset=utf-8"
    assert dom[1].get_header("WARC-Refers-To") is None
    named = [value for name, value in dom[1].headers if name == "WARC-Concurrent-To"]
    assert named[1:] == [f"<{captures[0].record_id}>", f"<{captures[1].record_id}>"]
    assert named[0] == records[6][1].get_header("WARC-Record-ID")


def test_a_rendering_verifies_and_every_change_in_it_is_found(
    written: tuple[Segments, list[Capture], Path],
) -> None:
    """The segment, and each capture by itself, are clean; any byte of the resources that is flipped is named."""
    segments, captures, path = written
    check = verify_segment(path, expect_end=captures[-1].end)
    assert list(check) == []
    assert (check.records, check.captures) == (8, 3)
    for capture in captures:
        assert verify_capture(segments, capture) == []
    whole = path.read_bytes()
    for at in range(captures[0].end, len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x10
        path.write_bytes(changed)
        assert len(list(verify_segment(path, expect_end=captures[-1].end))) == 1, at
    path.write_bytes(whole)
    [problem] = verify_capture(segments, dataclasses.replace(captures[2], url="http://news.test/b"))
    assert "WARC-Target-URI" in problem.why


def test_indexes_tell_of_them_apart_from_the_page(written: tuple[Segments, list[Capture], Path]) -> None:
    """A reader that looks a page up by its URL is never led to what a browser made of it."""
    segments, captures, _ = written
    lines = list(cdxj.segment_lines(segments, captures[0].segment))
    assert [line.partition(" ")[0] for line in lines] == [
        "test,news)/a?x=1", f"urn:dom:{ADDRESS}", f"urn:view:{ADDRESS}",
    ]  # fmt: skip


def test_a_resource_of_another_make_is_damage(tmp_path: Path) -> None:
    """In a segment of ours a resource that is neither DOM nor picture is not taken for one."""
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append(one_event()[2:])
    record = next(iter(segments.captures(capture.segment)))
    fields = [(name, "urn:other:x" if name == "WARC-Target-URI" else value) for name, value in record.fields]
    with pytest.raises(Damaged):
        warc.resource_of(warc.Record(fields=tuple(fields), block=DOM), {})
