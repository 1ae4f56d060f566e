"""The response parser: the same answer however the bytes are cut up."""

from __future__ import annotations

import asyncio
import itertools
import time

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.net.wire import Handler

WHOLE = [
    b"HTTP/1.1 200 OK\r\nX: a\r\nContent-Length: 6\r\n\r\nabcdef",
    b"HTTP/1.1 103 Hm\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\nX: a\nContent-Length: 6\n\nabcdef",
    b"\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n4\r\ncdef\r\n0\r\nT: r\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nabcdef",
    b"HTTP/1.1 204 OK\r\n\r\n",
]


def read(pieces: list[bytes]):
    """(status, raw headers, body so far, error) of a response that arrives in these pieces, then the end."""

    async def run():
        handler = Handler(asyncio.get_running_loop())
        handler.set_response_params(max_field_size=2000, max_headers=50)
        for piece in pieces:
            handler.data_received(piece)
        handler.connection_lost(None)
        try:
            message, payload = await handler.read()
        except (aiohttp.ClientError, HttpProcessingError) as error:
            return None, (), b"", type(error).__name__
        error = payload.exception()
        body = b"".join(getattr(payload, "_buffer", ()))
        return message.code, message.raw_headers, body, type(error).__name__ if error else ""

    return asyncio.run(run())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WHOLE), st.lists(st.integers(0, 120), max_size=12))
def test_the_way_the_bytes_are_cut_does_not_matter(whole: bytes, cuts: list[int]):
    """Any division of the bytes into packets gives the same status, headers and body."""
    marks = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})
    pieces = [whole[start:end] for start, end in itertools.pairwise(marks)]
    assert read(pieces) == read([whole])
    assert read([whole])[2:] in ((b"abcdef", ""), (b"", ""))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.integers(0, 200), st.binary(max_size=8))
def test_no_bytes_make_it_fail(whole: bytes, at: int, change: bytes):
    """Whatever is changed, the parser gives a response, a response with an error in its body, or an HTTP error."""
    at %= len(whole)
    code, _, _, error = read([whole[:at] + change + whole[at + len(change) :]])
    assert code is None or 100 <= code <= 999
    assert error in ("", "ClientPayloadError", "HttpProcessingError", "ServerDisconnectedError")


def test_tiny_chunks_stay_linear():
    """A block of one-byte chunks is parsed in time that grows with its length only."""

    def took(number: int) -> float:
        block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * number + b"0\r\n\r\n"
        started = time.perf_counter()
        assert read([block])[2] == b"x" * number
        return time.perf_counter() - started

    took(1000)
    assert took(60_000) < 2.0


def test_endless_tiny_chunks_are_broken_off():
    """A body of one-byte chunks without end counts as broken after 65,536 of them; large chunks go on."""
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    _, _, body, error = read([start + b"1\r\nx\r\n" * 70_000 + b"0\r\n\r\n"])
    assert len(body) == 1 << 16 and error == "ClientPayloadError"
    large = b"c8\r\n" + b"x" * 200 + b"\r\n"
    assert read([start + large * 70_000 + b"0\r\n\r\n"])[3] == ""


def test_a_head_in_single_bytes_stays_linear():
    """A head that arrives byte by byte is searched once, not from its beginning each time."""
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1900) for n in range(45)) + b"\r\n"
    started = time.perf_counter()
    code, headers, _, _ = read([head[i : i + 1] for i in range(len(head))])
    assert (code, len(headers)) == (200, 45)
    assert time.perf_counter() - started < 3.0


def test_interim_responses_in_packets_of_their_own_are_counted():
    """A flood of 1xx responses ends, however it is cut into packets."""
    assert read([b"HTTP/1.1 102 X\r\n\r\n"] * 40 + [WHOLE[0]])[0] is None
    assert read([b"HTTP/1.1 102 X\r\n\r\n"] * 20 + [WHOLE[0]])[0] == 200


def test_a_flood_of_empty_lines_ends():
    """Line ends before a status line are passed over, but not for ever."""
    assert read([b"\r\n" * 10 + WHOLE[0]])[0] == 200
    assert read([b"\r\n" * 2000] * 40)[0] is None
