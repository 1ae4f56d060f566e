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
    assert took(80_000) < 2.0
