"""The WARC format: exchanges come back byte for byte, and other programs read what we write."""

from __future__ import annotations

import contextlib
import gzip
import math
import subprocess
import sys
import tempfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from tuoben.archive import warc, writing
from tuoben.archive.members import Damaged
from tuoben.archive.segments import Entry, Segments
from tuoben.errors import ArchiveError
from tuoben.model import Exchange, Kind
from warcs import entry, exchange

PAGE = "<p>新篇章</p>".encode() * 50
HOSTILE = {
    "odd case, order and duplicates": {
        "headers": ((b"sEt-CooKie", b"a=1"), (b"X", b""), (b"Set-Cookie", b"b=2"), (b"set-cookie", b"a=1"))
    },
    "latin-1 and control bytes": {
        "headers": ((b"X-N\xe4me", b"\xff\xfe \x01 caf\xe9"), (b"Server", b"\xd6\xd0\xce\xc4"))
    },
    "spaces around values": {"headers": ((b"A", b"  two before"), (b"B ", b"after \t"), (b"C", b" "))},
    "colons and bare line feeds": {"headers": ((b"A", b"::a: b:"), (b"B", b"a\nb: c"), (b"C", b"a\rb"))},
    "nameless and ending in carriage returns": {"headers": ((b"", b"x\r"), (b"A", b"\r"), (b"B\r", b"\r\r"))},
    "reason ending in a carriage return": {"reason": "OK\r", "headers": ()},
    "no headers": {"headers": ()},
    "empty body": {"body": b""},
    "204": {"status": 204, "reason": "No Content", "body": b""},
    "304 on its own": {"status": 304, "reason": "Not Modified", "body": b"", "headers": ((b"ETag", b'"x"'),)},
    "no reason": {"reason": ""},
    "reason in UTF-8 and stray bytes": {"reason": b"\xe5\xa5\xbd \xff ok".decode("utf-8", "surrogateescape")},
    "HTTP/1.0": {"http_version": "HTTP/1.0"},
    "chunked said, coding undone": {"headers": ((b"transfer-ENCODING", b"chunked"),), "body": PAGE},
    "chunked said, body looks chunked": {
        "headers": ((b"Transfer-Encoding", b"chunked"),),
        "body": b"5\r\nhello\r\n0\r\n\r\n",
    },
    "body begins with a line end": {"body": b"\r\n\r\n\r\nHTTP/1.1 500 no\r\n\r\n"},
    "body holds a WARC": {"body": b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n" + gzip.compress(b"WARC/1.1\r\n")},
    "gzip": {"headers": ((b"Content-Encoding", b"gzip"),), "body": gzip.compress(PAGE)},
    "br": {"headers": ((b"Content-Encoding", b"br"),), "body": brotli.compress(PAGE)},
    "zstd": {"headers": ((b"content-encoding", b"zstd"),), "body": zstandard.compress(PAGE)},
    "broken gzip": {"headers": ((b"Content-Encoding", b"gzip"),), "body": gzip.compress(PAGE)[:-9]},
    "cut": {"truncated": "length", "body": PAGE[:-1]},
    "IPv6 and TLS": {"ip": "2001:db8::1", "url": "https://[2001:db8::1]/", "tls_certificate": "ab" * 32},
    "requisite": {"kind": Kind.REQUISITE, "elapsed": 1e-7},
}


def warcio_check(path: Path) -> subprocess.CompletedProcess[str]:
    """Runs `warcio check -v`, without brotli: warcio 1.8 fails on any brotli body when brotli ≥ 1.2 is installed."""
    code = "import sys; sys.modules['brotli'] = None; from warcio.cli import main; main(['check', '-v', sys.argv[1]])"
    return subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=120, check=False
    )


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a console program that is installed beside this Python."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_exchange_comes_back_as_it_was(tmp_path: Path, changes: dict) -> None:
    """Whatever a server sends is read back byte for byte, and its block is in the file as sent."""
    given = entry({"article": "7", "link": {"title": "标题"}}, **changes)
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([given])
        stored = segments.read(capture)
    assert stored.exchange == given.exchange
    assert stored.note == given.note
    assert stored.capture == capture
    assert stored.whole
    member = (tmp_path / capture.segment).read_bytes()[capture.offset : capture.end]
    assert zlib.decompress(member, 31).endswith(
        b"\r\n\r\n" + writing.response_head(given.exchange) + given.exchange.body + b"\r\n\r\n"
    )


def test_the_head_is_stored_byte_for_byte(tmp_path: Path) -> None:
    """Spacing, folded lines and lines without a colon are in the block as the server sent them."""
    head = b"HTTP/1.1 200  Fine\r\nx-ODD:1\r\nX-Folded: a\r\n\t b\r\nno colon\r\nSet-Cookie:  a=1 \r\n\r\n"
    told = ((b"x-ODD", b"1"), (b"X-Folded", b"a b"), (b"Set-Cookie", b"a=1"))
    given = entry({}, response_head=head, headers=told, reason=" Fine", body=b"b\r\n\r\nc")
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([given])
        assert segments.read(capture).exchange == given.exchange
    member = (tmp_path / capture.segment).read_bytes()[capture.offset : capture.end]
    assert zlib.decompress(member, 31).endswith(head + b"b\r\n\r\nc\r\n\r\n")


def test_other_programs_find_nothing_wrong(tmp_path: Path) -> None:
    """`warcio check` and `fastwarc check -p` find nothing in all hostile exchanges, nor in revisits of them."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append([entry({}, **changes) for changes in HOSTILE.values()])
        path = tmp_path / captures[0].segment
        payloads = tool("fastwarc", "check", "-p", str(path))
        segments.append(
            [
                Entry(exchange=exchange(), note={}, revisit_of=captures[0]),
                Entry(exchange=exchange(status=304, body=b""), note={}, revisit_of=captures[0]),
                Entry(exchange=exchange(headers=(), body=b""), note={}, revisit_of=captures[7]),
            ]
        )
    assert payloads.returncode == 0, payloads.stdout
    assert f"{3 * len(HOSTILE) + 1} records were verified successfully" in payloads.stdout
    check = warcio_check(path)
    assert check.returncode == 0, check.stdout + check.stderr
    assert check.stdout.count("WARC-Record-ID") == 1 + 3 * (len(HOSTILE) + 3)
    assert "fail" not in check.stdout
    blocks = tool("fastwarc", "check", str(path))
    assert blocks.returncode == 0, blocks.stdout


def test_capture_is_three_records_that_name_each_other(tmp_path: Path) -> None:
    """A capture is request, metadata and response in this order, with the fields that the standard has for them."""
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([entry({"via": "http://news.test/feed"}, truncated="time")])
    with (tmp_path / capture.segment).open("rb") as file:
        records = [(record.rec_headers, record.raw_stream.read()) for record in ArchiveIterator(file)]
    assert [fields.get_header("WARC-Type") for fields, _ in records] == ["warcinfo", "request", "metadata", "response"]
    info, request, metadata, response = [fields for fields, _ in records]
    ids = [fields.get_header("WARC-Record-ID") for fields, _ in records]
    assert [request.get_header("WARC-Concurrent-To"), metadata.get_header("WARC-Concurrent-To")] == [ids[3], ids[3]]
    assert [value for name, value in response.headers if name == "WARC-Concurrent-To"] == ids[1:3]
    for fields in (request, metadata, response):
        assert fields.get_header("WARC-Date") == "2026-11-22T19:00:00.123456Z"
        note = "urn:tuoben:note:" if fields is metadata else ""
        assert fields.get_header("WARC-Target-URI") == note + "http://news.test/a?x=1"
        assert fields.get_header("WARC-IP-Address") == "192.0.2.7"
        assert fields.get_header("WARC-Warcinfo-ID") == ids[0]
        assert fields.get_header("WARC-Protocol") == "http/1.1"
        assert fields.get_header("WARC-Block-Digest").startswith("sha256:")
    assert response.get_header("WARC-Payload-Digest") == warc.payload_digest(entry().exchange.body)
    assert response.get_header("WARC-Truncated") == "time"
    assert info.get_header("WARC-Filename") == Path(capture.segment).name
    assert warc.parse_note(records[2][1])["via"] == "http://news.test/feed"


def test_revisit_of_an_identical_payload(tmp_path: Path) -> None:
    """An equal payload is stored once; the later capture keeps its own headers and reads back whole."""
    again = exchange(requested_at=datetime(2026, 11, 23, tzinfo=UTC), headers=((b"Date", b"later"),))
    with Segments(tmp_path, writer="t") as segments:
        [first] = segments.append([entry()])
        [second] = segments.append([Entry(exchange=again, note={"article": "7"}, revisit_of=first)])
        stored = segments.read(second)
    assert second.revisit_of == first.record_id
    assert stored.exchange == again
    assert stored.note == {"article": "7"}
    assert stored.capture == second
    fields = dict(stored.fields)
    assert fields["WARC-Profile"] == warc.IDENTICAL
    assert fields["WARC-Refers-To"] == f"<{first.record_id}>"
    assert fields["WARC-Refers-To-Target-URI"] == first.url
    assert fields["WARC-Refers-To-Date"] == "2026-11-22T19:00:00.123456Z"


def test_revisit_of_a_page_that_was_not_modified(tmp_path: Path) -> None:
    """A 304 refers to the capture that it confirms, and comes back as the empty answer it was."""
    confirmed = exchange(status=304, reason="Not Modified", body=b"", headers=((b"ETag", b'"1"'),))
    with Segments(tmp_path, writer="t") as segments:
        [first] = segments.append([entry()])
        [second] = segments.append([Entry(exchange=confirmed, note={}, revisit_of=first)])
        stored = segments.read(second)
    assert stored.exchange == confirmed
    assert stored.capture == second
    assert second.revisit_of == first.record_id
    assert dict(stored.fields)["WARC-Profile"] == warc.NOT_MODIFIED


def test_payload_that_differs_is_never_lost(tmp_path: Path) -> None:
    """A revisit whose payload is another one after all is stored in full."""
    with Segments(tmp_path, writer="t") as segments:
        [first] = segments.append([entry()])
        [second] = segments.append([Entry(exchange=exchange(body=b"new"), note={}, revisit_of=first)])
        assert segments.read(second).exchange.body == b"new"
    assert second.revisit_of == ""


def test_revisit_of_a_revisit_is_refused(tmp_path: Path) -> None:
    """A revisit refers to the record that holds the payload."""
    with Segments(tmp_path, writer="t") as segments:
        [first] = segments.append([entry()])
        [second] = segments.append([Entry(exchange=exchange(), note={}, revisit_of=first)])
        with pytest.raises(ArchiveError, match="holds the payload"):
            segments.append([Entry(exchange=exchange(), note={}, revisit_of=second)])


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": ((b"A", b"x\r\nB: y"),)},
        {"headers": ((b"A\r\nB", b"x"),)},
        {"reason": "OK\r\nX: y"},
        {"url": "http://a.test/\r\nWARC-Type: warcinfo"},
        {"url": ""},
    ],
)
def test_what_no_message_can_hold_is_refused(tmp_path: Path, changes: dict) -> None:
    """Line ends cannot be smuggled into a header, and nothing is left in the archive by the try."""
    with Segments(tmp_path, writer="t") as segments, pytest.raises(ArchiveError):
        segments.append([entry(), entry({}, **changes)])
    assert segments.segments() == []


values = st.binary(max_size=60).filter(lambda value: b"\r\n" not in value)
names = st.binary(max_size=20).filter(lambda name: b":" not in name and b"\r\n" not in name)
ascii_word = st.text("abcXYZ012-._~", min_size=1, max_size=12)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
exchanges = st.builds(
    Exchange,
    url=ascii_word.map(lambda word: f"https://news.test/{word}"),
    kind=st.sampled_from([kind for kind in Kind if kind not in warc.WITHIN]),
    requested_at=st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    status=st.integers(100, 999),
    reason=st.binary(max_size=20)
    .filter(lambda text: b"\r\n" not in text)
    .map(lambda text: text.decode("utf-8", "surrogateescape")),
    http_version=st.sampled_from(["HTTP/1.0", "HTTP/1.1"]),
    request_head=st.binary(max_size=80),
    headers=st.lists(st.tuples(names, values), max_size=6).map(tuple),
    body=st.binary(max_size=300),
    ip=st.sampled_from(["", "192.0.2.1", "2001:db8::7"]),
    elapsed=st.floats(0, 1000).filter(lambda value: not math.isnan(value)),
    truncated=st.sampled_from(["", "length", "time", "disconnect"]),
    tls_certificate=st.sampled_from(["", "0f" * 32]),
)
notes = st.dictionaries(ascii_word, json_values, max_size=4)


@settings(max_examples=150, deadline=None)
@given(batch=st.lists(st.tuples(exchanges, notes), min_size=1, max_size=3))
def test_any_exchange_survives_the_archive(batch: list) -> None:
    """Exchange → WARC → exchange is the identity, by place and in file order."""
    entries = [Entry(exchange=item, note=note) for item, note in batch]
    with tempfile.TemporaryDirectory() as folder, Segments(Path(folder), writer="t") as segments:
        captures = segments.append(entries)
        read = [segments.read(capture) for capture in captures]
        assert [(stored.exchange, stored.note) for stored in read] == [(item.exchange, item.note) for item in entries]
        assert list(segments.captures(captures[0].segment)) == read


@given(st.binary(max_size=400))
def test_any_block_is_read_or_refused(block: bytes) -> None:
    """A response block of any bytes is parsed or refused with our own error."""
    with contextlib.suppress(Damaged):
        warc.parse_response(b"HTTP/1.1 " + block)


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=5))
def test_dechunk_undoes_chunking(body: bytes, sizes: list[int]) -> None:
    """Any cutting into chunks is undone."""
    out, at = b"", 0
    for size in [*sizes, len(body) or 1]:
        if part := body[at : at + size]:
            out += b"%x;ext\r\n%s\r\n" % (len(part), part)
        at += size
    assert warc.dechunk(out + b"0\r\n\r\n") == body
    assert warc.dechunk(out + b"0\r\nTrailer: x\r\n\r\n") == body
    assert warc.dechunk(out) is None


def test_bodies_that_are_not_chunked_are_told() -> None:
    """Plain text, cut chunks and absurd sizes are no chunked coding."""
    for body in (b"", b"<html>", b"5\r\nhel", b"zz\r\nhello\r\n0\r\n\r\n", b"f" * 20 + b"\r\n", b"-1\r\n\r\n"):
        assert warc.dechunk(body) is None


def test_dates_of_any_precision_are_read() -> None:
    """WARC-Date is read from the year's second to the nanosecond-free microsecond; nonsense is refused."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert warc.parse_stamp("2026-11-22T12:00:00Z") == noon
    assert warc.parse_stamp("2026-11-22T12:00:00.5Z") == noon + timedelta(seconds=0.5)
    assert warc.parse_stamp(warc.stamp(noon)) == noon
    with pytest.raises(Damaged):
        warc.parse_stamp("yesterday")
