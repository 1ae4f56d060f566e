"""A source's proxy: tunnels to checked addresses."""

from __future__ import annotations

import asyncio

import pytest

from loopback import Web
from tunnelling import Proxy
from tuoben.errors import ConnectError, RefusedAddress, TlsError
from tuoben.fetch import fetch
from tuoben.model import Exchange, Kind, Request
from tuoben.net import Door, Route


def ask(door: Door, address: str, proxy: str) -> Exchange:
    """One exchange through the door."""

    async def run() -> Exchange:
        async with door:
            return await fetch(Request(url=address, kind=Kind.PAGE), door, proxy=proxy)

    return asyncio.run(run())


@pytest.mark.parametrize("tls", [False, True])
def test_a_tunnel_changes_nothing(web: Web, tls: bool) -> None:
    """Through a proxy the same bytes come back, the server sees the same request, and the archive its own address."""
    host = web.host("far.test")
    host.page("/a?x=1", "<p>远</p>")
    with Proxy() as proxy:
        far = ask(web.door(), host.url("/a?x=1", tls=tls), proxy.url)
        port = web.tls_port if tls else web.port
        assert proxy.asked == [f"CONNECT 127.0.0.1:{port} HTTP/1.1"]
    near = ask(web.door(), host.url("/a?x=1", tls=tls), "")
    assert (far.status, far.body, far.ip, far.tls_certificate) == (200, near.body, "127.0.0.1", near.tls_certificate)
    assert far.request_head == near.request_head == web.hits("far.test")[0].head
    assert b"X-Proxy" not in far.response_head


def test_a_proxy_opens_no_way_to_refused_addresses() -> None:
    """What the door refuses is refused with a proxy, too, before the proxy is told of it; the proxy itself is exempt."""
    door = Door()
    with Proxy() as proxy:
        for address in ("http://127.0.0.1/", "http://[::1]/", "https://169.254.169.254/latest/", "http://localhost/"):
            with pytest.raises(RefusedAddress):
                ask(door, address, proxy.url)
        with pytest.raises(RefusedAddress):
            ask(Door(connect_to=(Route("", 0, "10.0.0.7", 0),)), "http://news.test/", proxy.url)
        assert proxy.asked == []


def test_a_proxy_is_given_a_checked_address_and_never_a_name() -> None:
    """A public address is passed on as the number that was checked, so the proxy's own look-up cannot lead elsewhere."""
    with Proxy(refuse="502 Bad Gateway") as proxy:
        with pytest.raises(ConnectError, match=r"refused the tunnel to 93\.184\.216\.34:80: 502"):
            ask(Door(connect_to=(Route("news.test", 0, "93.184.216.34", 0),)), "http://news.test/", proxy.url)
        assert proxy.asked == ["CONNECT 93.184.216.34:80 HTTP/1.1"]


def test_a_proxy_that_is_none(web: Web) -> None:
    """A dead proxy, one that is a web server, and a certificate that is bad behind a good one: each says what it is."""
    web.host("far.test").tls = "wrong-name"
    with pytest.raises(ConnectError, match=r"proxy 127\.0\.0\.1:9 cannot be reached"):
        ask(web.door(), "http://far.test/", "http://127.0.0.1:9")
    with pytest.raises(ConnectError, match="refused the tunnel"):
        ask(web.door(), "http://far.test/", f"http://127.0.0.1:{web.port}")
    with Proxy() as proxy, pytest.raises(TlsError):
        ask(web.door(), "https://far.test/", proxy.url)


def test_connections_with_and_without_a_proxy_are_kept_apart(web: Web) -> None:
    """A kept connection of one way is never used for the other."""
    web.host("far.test").page("/", "x")

    async def run(proxies: list[str]) -> None:
        async with web.door() as door:
            for proxy in proxies:
                await fetch(Request(url="http://far.test/", kind=Kind.PAGE), door, proxy=proxy)

    with Proxy() as proxy:
        asyncio.run(run(["", proxy.url, "", proxy.url]))
        assert len(proxy.asked) == 1
    first, second, third, fourth = (hit.connection for hit in web.hits("far.test"))
    assert first == third != second == fourth
