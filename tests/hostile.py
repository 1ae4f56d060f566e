"""Hostile and sick servers, one for each way of being so: what they send, and what must become of it.

`CASES` is used one by one (tests/fetch/test_hostile_servers.py), all together in one crawl (tests/test_hostile_crawl.py)
and beside good servers (tests/gates/test_fair.py). `install` puts one on a host of the loopback web.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import brotli
import zstandard

from loopback import ENDLESS, KEEP, RESET, Host, Part, page_bytes

MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HTML = b"<html><title>t</title><p>" + b"a word or two " * 40


@dataclass(frozen=True)
class Case:
    """One way of being hostile: it answers with `parts`. `error`: the class of fetch's error, "" when there is a
    response to store; then `truncated` is its WARC-Truncated reason. `why`: in a crawl, part of the item's error.
    """

    name: str
    parts: tuple[Part, ...]
    error: str = ""
    truncated: str = ""
    why: str = ""
    slow: bool = False
    """It takes until a time limit."""


def coded(coding: str, body: bytes) -> tuple[Part, ...]:
    """A whole answer in a content coding."""
    return page_bytes(body, 200, {"Content-Encoding": coding, "Content-Type": "text/html"}), KEEP


def zeros(size: int = 64) -> Iterator[bytes]:
    """So many MiB of nothing, for bombs."""
    return (bytes(MIB) for _ in range(size))


def gzip_bomb() -> bytes:
    """64 MiB in 64 KiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(block) for block in zeros()), packer.flush()])


def raw_deflate(body: bytes) -> bytes:
    """Deflate without the zlib frame, as some servers send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


LIMIT = "within the limits"
CASES = (
    # heads
    Case("silent", (90.0,), error="TimedOut", slow=True),
    Case("slow-head", (OK, *[b"X", 0.2, b": y\r\n", 0.2] * 200), error="TimedOut", slow=True),
    Case("endless-head", (OK, *[b"X: " + b"y" * 8000 + b"\r\n"] * 2000), error="BadResponse"),
    Case("many-headers", (OK + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\nabc",), error="BadResponse"),
    Case("giant-header", (OK + b"X: " + b"y" * MIB + b"\r\n\r\nabc",), error="BadResponse"),
    Case("giant-status", (b"HTTP/1.1 200 " + b"O" * MIB + b"\r\n\r\nabc",), error="BadResponse"),
    Case("interim-flood", (*[b"HTTP/1.1 102 Processing\r\n\r\n", 0.0] * 500,), error="BadResponse"),
    Case("empty-lines", (b"\r\n" * 300_000,), error="BadResponse"),
    Case("http-0.9", (HTML,), error="BadResponse"),
    Case("garbage", (bytes(range(256)) * 100,), error="BadResponse"),
    Case("other-protocol", (b"SSH-2.0-OpenSSH_9.2\r\n", 0.1), error="BadResponse"),
    Case("two-lengths", (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",), error="BadResponse"),
    Case("huge-length", (OK + b"Content-Length: 99999999999999999999999\r\n\r\n" + HTML,)),
    Case("negative-length", (OK + b"Content-Length: -5\r\n\r\n" + HTML,)),
    # resets at each stage
    Case("reset-at-once", (RESET,), error="ConnectError"),
    Case("closed-at-once", (), error="ConnectError"),
    Case("reset-in-head", (OK + b"X: cut", RESET), error="ConnectError"),
    Case("reset-before-body", (OK + b"Content-Length: 900\r\n\r\n", RESET), truncated="disconnect"),
    Case("reset-in-body", (OK + b"Content-Length: 900\r\n\r\n" + HTML[:99], RESET), truncated="disconnect"),
    Case("reset-in-chunk", (CHUNKED + b"ff\r\nabc", RESET), truncated="disconnect"),
    # bodies
    Case("slow-body", (OK + b"Content-Length: 9999\r\n\r\n", *[b"x", 0.3] * 200), truncated="time", slow=True),
    Case("stalled-body", (OK + b"Content-Length: 9999\r\n\r\n" + HTML, 90.0), truncated="time", slow=True),
    Case("endless-body", (OK + b"\r\n", ENDLESS), truncated="length"),
    Case("endless-chunks", (CHUNKED, *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 2000), truncated="length"),
    Case("tiny-chunks", (CHUNKED, *[b"1\r\nx\r\n" * 4096] * 64), truncated="disconnect"),
    Case("length-too-long", (OK + b"Content-Length: 90000\r\n\r\n" + HTML,), truncated="disconnect"),
    Case("length-too-short", (OK + b"Content-Length: 40\r\n\r\n" + HTML, KEEP)),
    Case("second-answer", (OK + b"Content-Length: 4\r\n\r\nabcd" + page_bytes("<p>smuggled"), KEEP)),
    Case("both-lengths", (OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", KEEP)),
    Case("chunk-overflow", (CHUNKED + b"ffffffffffffffffff\r\nabc",), truncated="disconnect"),
    Case("chunk-of-exabytes", (CHUNKED + b"fffffffffffffff\r\nabc",), truncated="disconnect"),
    Case("chunk-without-size", (CHUNKED + b"\r\n\r\nabc",), truncated="disconnect"),
    Case("chunk-too-long", (CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",), truncated="disconnect"),
    Case("chunk-extension", (CHUNKED + b"3;" + b"a" * MIB + b"\r\nabc\r\n0\r\n\r\n",), truncated="disconnect"),
    Case("endless-trailer", (CHUNKED + b"3\r\nabc\r\n0\r\n", *[b"X: y\r\n" * 1000] * 50), truncated="disconnect"),
    Case("no-content-with-body", (b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", KEEP), why="204"),
    Case("not-modified-with-body", (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc", KEEP)),
    Case("switching", (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nabc",), why="101"),
    # bombs
    Case("gzip-bomb", coded("gzip", gzip_bomb()), why=LIMIT),
    Case("gzip-twice", coded("gzip, gzip", gzip.compress(gzip_bomb())), why=LIMIT),
    Case("deflate-bomb", coded("deflate", raw_deflate(b"".join(zeros()))), why=LIMIT),
    Case("brotli-bomb", coded("br", brotli.compress(b"".join(zeros()), quality=5)), why=LIMIT),
    Case("zstd-bomb", coded("zstd", zstandard.compress(b"".join(zeros()), 3)), why=LIMIT),
    Case("codings-bomb", coded(", ".join(["gzip"] * 500), gzip.compress(HTML))),
    Case("not-gzip", coded("gzip", b"this is no gzip at all")),
    Case("deep", (page_bytes(b"<div>" * 40_000),), why=LIMIT),
    Case("attributes", (page_bytes(b"<p " + b" ".join(b"a%d=1" % n for n in range(40_000)) + b">x"),), why=LIMIT),
    # character sets
    Case("codec-zlib", (page_bytes(HTML, content_type="text/html; charset=zlib_codec"), KEEP)),
    Case("codec-escape", (page_bytes(b"\\x41\\N{DIGIT ONE}" + HTML, content_type="text/html; charset=unicode_escape"),)),
    Case("codec-utf7", (page_bytes(b"+ADw-script+AD4-" + HTML, content_type="text/html; charset=utf-7"), KEEP)),
    Case("codec-undefined", (page_bytes(HTML, content_type="text/html; charset=undefined"), KEEP)),
    Case("codec-long", (page_bytes(HTML, content_type="text/html; charset=" + "x" * 60_000), KEEP)),
    Case("codec-half", (page_bytes(HTML.decode().encode("utf-16-le") + b"\xd8", content_type="text/html"), KEEP)),
    # redirects
    Case("redirect-to-itself", (page_bytes("", 302, {"Location": "/x.html"}), KEEP), why="redirects in a circle"),
    Case("redirect-to-file", (page_bytes("", 302, {"Location": "file:///etc/passwd"}), KEEP), why="302"),
    Case("redirect-to-script", (page_bytes("", 302, {"Location": "javascript:alert(1)"}), KEEP), why="302"),
    Case("redirect-to-nothing", (page_bytes("", 302, {"Location": "http://["}), KEEP), why="302"),
    Case("redirect-without-place", (page_bytes("", 301), KEEP), why="301"),
    Case("redirect-with-password", (page_bytes("", 302, {"Location": "http://a:b@10.0.0.1:99999/"}), KEEP), why="302"),
    # asked to wait
    Case("busy", (page_bytes("", 503, {"Retry-After": "7"}), KEEP), why="503"),
    Case("busy-date", (page_bytes("", 429, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}), KEEP), why="429"),
    Case("busy-absurd", (page_bytes("", 429, {"Retry-After": "9" * 400}), KEEP), why="429"),
    Case("busy-nonsense", (page_bytes("", 503, {"Retry-After": "soon, -5"}), KEEP), why="503"),
)  # fmt: skip
NAMES = {case.name: case for case in CASES}


def install(host: Host, case: Case, path: str = "/x.html") -> None:
    """Let a host be hostile at one path."""
    host.raw(path, *case.parts)
