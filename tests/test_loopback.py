"""The loopback web itself, asked through the real door."""

from __future__ import annotations

import asyncio

import pytest

from loopback import KEEP, Web, page_bytes
from tuoben.errors import TlsError
from tuoben.fetch import fetch
from tuoben.model import Exchange, Kind, Request


def get(web: Web, *urls: str, headers: tuple[tuple[str, str], ...] = ()) -> list[Exchange]:
    async def run() -> list[Exchange]:
        async with web.door() as door:
            return [await fetch(Request(url=url, kind=Kind.PAGE, headers=headers), door) for url in urls]

    return asyncio.run(run())


def test_many_hosts_share_one_port_over_http_and_https():
    """Each host answers with its own pages, with and without TLS, and for an IP address too."""
    with Web() as web:
        for name in ("a.test", "b.test", "93.184.216.34"):
            web.host(name).page("/", f"<p>{name}")
        urls = ["http://a.test/", "https://b.test/", "http://93.184.216.34/", "https://a.test/", "http://b.test:8081/"]
        bodies = [exchange.body.decode() for exchange in get(web, *urls)]
        assert bodies == ["<p>a.test", "<p>b.test", "<p>93.184.216.34", "<p>a.test", "<p>b.test"]
        assert [hit.tls for hit in web.log] == [False, True, False, True, False]


def test_unchanged_pages_answer_304_and_changed_ones_200():
    """A page answers 304 to its own validators until its content changes."""
    with Web() as web:
        host = web.host("news.test")
        host.page("/a", "one")
        first = get(web, host.url("/a"))[0]
        again = get(web, host.url("/a"), headers=(("If-None-Match", first.header("ETag")),))[0]
        host.page("/a", "two")
        changed = get(web, host.url("/a"), headers=(("If-None-Match", first.header("ETag")),))[0]
        dated = get(web, host.url("/a"), headers=(("If-Modified-Since", changed.header("Last-Modified")),))[0]
        assert [first.status, again.status, changed.status, dated.status] == [200, 304, 200, 304]
        assert changed.body == b"two" and again.body == b""


def test_answers_can_fail_some_times_and_be_removed():
    """`times` lets the first requests fail; remove() makes a 404."""
    with Web() as web:
        host = web.host("news.test")
        host.page("/a", "fine")
        host.answer("/a", 503, times=2)
        url = host.url("/a")
        assert [exchange.status for exchange in get(web, url, url, url)] == [503, 503, 200]
        host.remove("/a")
        assert [exchange.status for exchange in get(web, url, "http://never-named.test/")] == [404, 404]
        assert len(web.hits("news.test", "/a")) == 4


def test_handlers_and_raw_answers_send_their_exact_bytes():
    """handle() and raw() answer with what they are given, and the query chooses when it is known."""
    with Web() as web:
        host = web.host("news.test")
        host.handle("/echo", lambda hit: page_bytes(hit.path))
        host.page("/q?a=1", "with query")
        host.page("/q", "without")
        host.raw("/raw", b"HTTP/1.1 299 Odd one\r\nX: 1\r\nContent-Length: 2\r\n\r\n", 0.01, b"ok", KEEP)
        got = get(web, *(host.url(path) for path in ("/echo?x", "/q?a=1", "/q?a=2", "/raw")))
        assert [exchange.body for exchange in got] == [b"/echo?x", b"with query", b"without", b"ok"]
        assert (got[3].status, got[3].reason) == (299, "Odd one")
        assert len({hit.connection for hit in web.log}) == 1


@pytest.mark.parametrize("flaw", ["untrusted", "expired", "wrong-name"])
def test_bad_certificates_are_bad(flaw: str):
    """A host with a flawed certificate cannot be fetched from over TLS."""
    with Web() as web:
        web.host("news.test").tls = flaw
        with pytest.raises(TlsError):
            get(web, "https://news.test/")
