"""What a server sends is what the WARC holds: header names, order, case, duplicates and values, and the payload, of
responses such as servers on the web send; through `tuoben crawl`, and two other programs read the segments."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

from command import Tuoben, warcio_check
from loopback import Web
from stories import feed, page

PAGE = page(1, "供水管网改造完工").encode()
GZIP = gzip.compress(PAGE, mtime=0)
OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def sized(payload: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(payload)


def chunks(payload: bytes, size: int, extension: bytes = b"") -> bytes:
    parts = [payload[at : at + size] for at in range(0, len(payload), size)]
    return b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)


def whole(head: bytes, payload: bytes = PAGE) -> tuple[bytes, bytes, bytes]:
    """(what is sent, the head that is to be kept, the payload that is to be kept) of a response with a length."""
    head += sized(payload) + b"\r\n"
    return head + payload, head, payload


def chunked(head: bytes, coded: bytes, payload: bytes = PAGE) -> tuple[bytes, bytes, bytes]:
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    return head + coded, head, payload


def closed(head: bytes, payload: bytes = PAGE) -> tuple[bytes, bytes, bytes]:
    return head + b"\r\n" + payload, head + b"\r\n", payload


SENT = {
    "odd-case-and-order": whole(OK + b"x-oDD: 1\r\nSERVER: a\r\nconTENT-tyPE: text/html\r\nX-Odd: 2\r\nserver: b\r\n"),
    "duplicates": whole(OK + HTML + b"Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\nSet-Cookie: a=1\r\nVary: A\r\nVary: A\r\n"),
    "spaces-around-values": whole(OK + HTML + b"X-A:no-space\r\nX-B:   three\r\nX-C: behind  \t\r\nX-D:\r\nX-E: \r\n"),
    "latin-1": whole(OK + HTML + b"X-Lieu: Orl\xe9ans \xa9\r\nX-High: \x80\xff\r\n"),
    "utf-8": whole(OK + HTML + "X-Place: 吉林\r\n".encode()),
    "fold": whole(OK + HTML + b"X-Folded: one\r\n two\r\n\tthree\r\n"),
    "no-reason": whole(b"HTTP/1.1 200\r\n" + HTML),
    "no-reason-but-a-space": whole(b"HTTP/1.1 200 \r\n" + HTML),
    "odd-reason": whole(b"HTTP/1.1 200 Alles \xfcber Gut!\r\n" + HTML),
    "http-1.0": closed(b"HTTP/1.0 200 OK\r\n" + HTML),
    "until-it-closes": closed(OK + HTML + b"Connection: close\r\n"),
    "gzip": whole(OK + HTML + b"Content-Encoding: gzip\r\n", GZIP),
    "gzip-unasked-name": whole(OK + HTML + b"Content-Encoding: X-GZip\r\n", GZIP),
    "br": whole(OK + HTML + b"Content-Encoding: br\r\n", brotli.compress(PAGE)),
    "zstd": whole(OK + HTML + b"Content-Encoding: zstd\r\n", zstandard.ZstdCompressor().compress(PAGE)),
    "deflate": whole(OK + HTML + b"Content-Encoding: deflate\r\n", zlib.compress(PAGE)),
    "gzip-twice": whole(OK + HTML + b"Content-Encoding: gzip, gzip\r\n", gzip.compress(GZIP, mtime=0)),
    "gzip-that-is-none": whole(OK + HTML + b"Content-Encoding: gzip\r\n"),
    "chunked": chunked(OK + HTML, chunks(PAGE, 700) + b"0\r\n\r\n"),
    "chunked-extensions": chunked(OK + HTML, chunks(PAGE, 500, b";a=b;c") + b"0;last\r\n\r\n"),
    "chunked-gzip": chunked(OK + HTML + b"Content-Encoding: gzip\r\n", chunks(GZIP, 99) + b"0\r\n\r\n", GZIP),
    "trailers": chunked(OK + HTML + b"Trailer: X-Sum\r\n", chunks(PAGE, 900) + b"0\r\nX-Sum: 1\r\nx-more: 2\r\n\r\n"),
    "empty": whole(OK + HTML, b""),
    "empty-chunked": chunked(OK + HTML, b"0\r\n\r\n", b""),
    "204": (b"HTTP/1.1 204 No Content\r\nX-Why: none\r\n\r\n", b"HTTP/1.1 204 No Content\r\nX-Why: none\r\n\r\n", b""),
    "304": (b"HTTP/1.1 304 Not Modified\r\nETag: W/\"x\"\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\nETag: W/\"x\"\r\n\r\n", b""),
    "404": whole(b"HTTP/1.1 404 Nicht Da\r\n" + HTML, b"<h1>weg</h1>"),
    "a-hint-before": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </site.css>; rel=preload\r\n\r\n" + whole(OK + HTML)[0], *whole(OK + HTML)[1:],
    ),
    "many-headers": whole(OK + HTML + b"".join(b"X-%d: %d\r\n" % (n % 7, n) for n in range(90))),
    "long-value": whole(OK + HTML + b"Content-Security-Policy: " + b"img-src https://a.example; " * 200 + b"\r\n"),
    "nul-and-controls-in-the-payload": whole(OK + b"Content-Type: application/octet-stream\r\n", bytes(range(256)) * 8),
}  # fmt: skip


@pytest.fixture
def crawled(web: Web, tuoben: Tuoben) -> Tuoben:
    """All of them announced by one feed, and collected."""
    host = web.host("sent.test")
    for name, (sent, _, _) in SENT.items():
        host.raw(f"/{name}.html", sent)
    titles = {f"/{name}.html": f"第{number}号通报标题" for number, name in enumerate(SENT)}
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    tuoben.run("source", "add", "http://sent.test/feed.xml")
    tuoben.json("crawl", "--once", code=(0, 1))
    return tuoben


def stored(tuoben: Tuoben) -> dict[str, list[tuple[str, bytes]]]:
    """URL → (type of the record, its block) of what was answered, in the order of the file."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    kinds = WarcRecordType.response | WarcRecordType.revisit
    for path in tuoben.segments():
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=kinds, parse_http=False):
                address = record.headers["WARC-Target-URI"].removeprefix("http://sent.test/")
                found.setdefault(address, []).append((record.headers["WARC-Type"], record.reader.read()))
    return found


def test_what_is_sent_is_stored(crawled: Tuoben) -> None:
    """Each head is stored as it was sent, byte for byte, and behind it the payload without its transfer coding."""
    held = stored(crawled)
    for name, (_, head, payload) in SENT.items():
        (kind, block), *_ = held[f"{name}.html"]
        assert block.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" == head, name
        assert kind == "response" and block == head + payload, name


def test_other_programs_find_nothing_wrong(crawled: Tuoben) -> None:
    """`warcio check`, `fastwarc check -p` and `tuoben verify` are content with every segment."""
    assert crawled.json("verify")["bad"] == []
    for segment in crawled.segments():
        warcio_check(segment)
        fastwarc_check(segment)


def fastwarc_check(segment: Path) -> None:
    """`fastwarc check`, digests of payloads too, has nothing to say."""
    command = [str(Path(sys.executable).with_name("fastwarc")), "check", "-p", "-q", str(segment)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "FAIL" not in done.stdout, done.stdout + done.stderr


def test_articles_come_of_them(crawled: Tuoben) -> None:
    """What is stored untouched is read all the same: codings are undone, odd heads do not hinder."""
    for name in (
        "odd-case-and-order",
        "fold",
        "no-reason",
        "http-1.0",
        "gzip",
        "br",
        "zstd",
        "deflate",
        "chunked-gzip",
    ):
        said = crawled.json("show", f"http://sent.test/{name}.html")
        assert said["title"] == "供水管网改造完工", name
