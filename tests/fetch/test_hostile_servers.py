"""One exchange with each hostile server: the named error, or what is kept and why it ends; in time, and in memory."""

from __future__ import annotations

import asyncio
import time

import pytest

from hostile import CASES, Case, install
from loopback import Web
from tuoben import errors
from tuoben.fetch import LIMITS, FetchLimits, fetch
from tuoben.model import Exchange, Kind, Request
from tuoben.net import Door

SHORT = FetchLimits(total=2.0, connect=1.0, first_byte=1.0, stall=0.8, body=4 << 20)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_server_gets_its_answer(case: Case):
    """Each hostile server ends in its named error, or in an exchange with its reason of WARC-Truncated."""

    async def run(web: Web) -> Exchange | errors.FetchError:
        async with web.door() as door:
            try:
                return await fetch(Request(url="http://bad.test/x.html", kind=Kind.PAGE), door, limits=SHORT)
            except errors.FetchError as error:
                return error

    with Web() as web:
        install(web.host("bad.test"), case)
        started = time.monotonic()
        found = asyncio.run(run(web))
        assert time.monotonic() - started < 4.0
    if case.error:
        assert type(found).__name__ == case.error
        assert str(found).endswith(".") and len(str(found)) < 400
    else:
        assert isinstance(found, Exchange), found
        assert found.truncated == case.truncated
        assert len(found.body) <= SHORT.body


def test_what_follows_a_lie_is_not_the_next_answer():
    """After an answer longer than it said, the next request on that host gets a connection of its own."""

    async def run(web: Web) -> list[bytes]:
        async with web.door() as door:
            urls = ["http://bad.test/x.html", "http://bad.test/good.html"]
            return [(await fetch(Request(url=url, kind=Kind.PAGE), door)).body for url in urls]

    with Web() as web:
        install(web.host("bad.test"), next(case for case in CASES if case.name == "second-answer"))
        web.host("bad.test").page("/good.html", "<p>good")
        assert asyncio.run(run(web)) == [b"abcd", b"<p>good"]
        assert [hit.connection for hit in web.log] == [1, 2]


@pytest.mark.parametrize(("tls", "said"), [("expired", "certificate"), ("wrong-name", "certificate"), ("untrusted", "certificate")])  # fmt: skip
def test_bad_certificates_are_named(tls: str, said: str):
    """An expired, a stranger's and a self-made certificate are TLS errors that say so."""

    async def run(web: Web) -> None:
        async with web.door() as door:
            await fetch(Request(url="https://bad.test/", kind=Kind.PAGE), door, limits=SHORT)

    with Web() as web:
        web.host("bad.test").tls = tls
        with pytest.raises(errors.TlsError, match=said):
            asyncio.run(run(web))


def test_robots_txt_is_read_as_far_as_it_counts():
    """An endless robots.txt is cut at a MiB: more than its first 500 KiB is never looked at."""

    async def run(door: Door) -> Exchange:
        async with door:
            return await fetch(Request(url="http://bad.test/robots.txt", kind=Kind.ROBOTS), door)

    with Web() as web:
        install(web.host("bad.test"), next(case for case in CASES if case.name == "endless-body"), "/robots.txt")
        exchange = asyncio.run(run(web.door()))
        assert exchange.truncated == "length" and len(exchange.body) == LIMITS[Kind.ROBOTS].body == 1 << 20


def test_large_bodies_take_turns():
    """Bodies of one site that grow large take turns with the memory that is meant for them, and all arrive whole."""
    body = b"x" * (5 << 20)

    async def size(url: str, door: Door) -> tuple[int, str]:
        exchange = await fetch(Request(url=url, kind=Kind.PAGE), door)
        assert 0 < door.ballast.taken <= 4 * LIMITS[Kind.PAGE].body
        return len(exchange.body), exchange.truncated

    async def run(door: Door) -> list[tuple[int, str]]:
        async with door:
            found = await asyncio.gather(*(size(f"http://h{n}.large.test/", door) for n in range(9)))
            assert door.ballast.taken == 0
            return found

    with Web() as web:
        for number in range(9):
            web.host(f"h{number}.large.test").page("/", body)
        assert asyncio.run(run(web.door())) == [(len(body), "")] * 9


def test_a_body_without_memory_ends_in_time():
    """While the memory is taken by others, a large body waits unread, and ends with the time limit."""

    async def run(door: Door) -> Exchange:
        async with door:
            await door.ballast.take("large.test", 200 << 20)
            found = await fetch(Request(url="http://large.test/", kind=Kind.PAGE), door, limits=SHORT)
            door.ballast.give("large.test", 200 << 20)
            return found

    with Web() as web:
        web.host("large.test").page("/", b"x" * (3 << 20))
        exchange = asyncio.run(run(web.door()))
    assert exchange.truncated == "time" and 1 << 20 < len(exchange.body) < 3 << 20
