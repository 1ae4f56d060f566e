"""The one door: what it refuses, where it leads, and that nothing passes by it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback import Web
from tuoben.errors import BadUrl, DnsError, RefusedAddress, UsageError
from tuoben.fetch import fetch
from tuoben.model import Kind, Request
from tuoben.net import Door, Route, parse_networks, parse_ports, parse_routes, refused, user_agent

INSIDE = st.sampled_from(
    ["10.0.0.0/8", "127.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8"]
).flatmap(lambda net: st.ip_addresses(v=4, network=net))

CARRIERS = {
    "mapped": lambda v4: (0xFFFF << 32) | v4,
    "compatible": lambda v4: v4,
    "translated": lambda v4: (0xFFFF << 48) | v4,
    "nat64": lambda v4: (0x64FF9B << 96) | v4,
    "6to4": lambda v4: (0x2002 << 112) | (v4 << 80) | 1,
    "teredo": lambda v4: (0x20010000 << 96) | (v4 ^ 0xFFFFFFFF),
    "isatap": lambda v4: (0x2A00 << 112) | (0x5EFE << 32) | v4,
}


@given(INSIDE, st.sampled_from(sorted(CARRIERS)))
def test_an_inside_address_is_refused_in_every_dress(address: ipaddress.IPv4Address, carrier: str):
    """A private IPv4 address is refused by itself and inside every IPv6 form that carries it."""
    assert refused(str(address))
    assert refused(str(ipaddress.IPv6Address(CARRIERS[carrier](int(address)))))


@given(st.ip_addresses(v=6))
def test_only_global_unicast_passes(address: ipaddress.IPv6Address):
    """An IPv6 address passes only from 2000::/3, mapped public IPv4 or NAT64 of it."""
    if not refused(str(address)):
        known = address in ipaddress.ip_network("2000::/3") or address in ipaddress.ip_network("64:ff9b::/96")
        assert known or address.ipv4_mapped is not None


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_addresses_pass(ip: str):
    """Ordinary public addresses are not refused."""
    assert refused(ip) == ""


@pytest.mark.parametrize(
    "ip", ["", "localhost", "127.1", "fe80::1%eth0", "2606:2800::1%1", "168.63.129.16", "192.0.0.192"]
)
def test_what_is_no_plain_public_address_is_refused(ip: str):
    """Text that is no address, scoped addresses and clouds' metadata services are refused."""
    assert refused(ip)


def test_routes_are_read_as_curl_reads_them():
    """HOST:PORT:HOST2:PORT2 with wildcards, empty parts and IPv6 in brackets; the first match wins."""
    routes = parse_routes("a.test:80:127.0.0.1:8001, [::1]:443:[::2]:8443,*:443:c.test:,::127.0.0.1:9")
    assert routes[:2] == (Route("a.test", 80, "127.0.0.1", 8001), Route("::1", 443, "::2", 8443))
    door = Door(connect_to=routes)
    assert door.route("A.test.", 80) == ("127.0.0.1", 8001)
    assert door.route("::1", 443) == ("::2", 8443)
    assert door.route("b.test", 443) == ("c.test", 443)
    assert door.route("b.test", 80) == ("127.0.0.1", 9)
    assert Door().route("b.test", 80) == ("b.test", 80)


@pytest.mark.parametrize(
    "environ",
    [
        {"TUOBEN_CONNECT_TO": "a:80"},
        {"TUOBEN_CONNECT_TO": "::1:80:a:80"},
        {"TUOBEN_ALLOW_NETWORKS": "localhost"},
        {"TUOBEN_ALLOW_PORTS": "http"},
    ],
)
def test_wrong_settings_are_named(environ: dict[str, str]):
    """A setting that cannot be read is a UsageError that names it."""
    with pytest.raises(UsageError, match=next(iter(environ))):
        Door.from_env(environ)


def test_a_missing_ca_file_is_named():
    """A CA file that is not there is a UsageError before anything is asked for."""
    with pytest.raises(UsageError, match="TUOBEN_CA_FILE"):
        Door.from_env({"TUOBEN_CA_FILE": "/nowhere/ca.pem"})


def test_the_user_agent_is_honest():
    """The User-Agent names the product and the contact, and cannot carry a header of its own."""
    assert user_agent("https://archive.test/bot").endswith("(+https://archive.test/bot)")
    assert "\r" not in user_agent("a\r\nX: y") and " X" not in user_agent("a\r\nX: y")
    assert user_agent().startswith("tuoben/")


def test_exempted_networks_pass_with_all_ports():
    """TUOBEN_ALLOW_NETWORKS lifts the refusal for its addresses, mapped ones too, and for no others."""
    door = Door(parse_networks("127.0.0.0/8,fd00::/8"))
    for ip in ("127.0.0.1", "::ffff:127.0.0.9", "fd00::1"):
        door.check(ip, 12345)
    for ip in ("10.0.0.1", "::1", "::ffff:10.0.0.1"):
        with pytest.raises(RefusedAddress):
            door.check(ip, 80)


def test_ports_of_other_services_are_refused():
    """Only web ports of public addresses are connected to, and those the operator adds."""
    with pytest.raises(RefusedAddress, match="port 6379"):
        Door().check("8.8.8.8", 6379)
    Door(allow_ports=parse_ports("81, 8081")).check("8.8.8.8", 8081)


def get(door: Door, url: str):
    async def run():
        async with door:
            return await fetch(Request(url=url, kind=Kind.PAGE), door)

    return asyncio.run(run())


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every look-up answer with these addresses."""

    def look_up(host, port, *rest):
        pairs = [(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip) for ip in addresses]
        return [(family, socket.SOCK_STREAM, 6, "", (ip, port)) for family, ip in pairs]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "found", [("127.0.0.1",), ("93.184.216.34", "10.0.0.5"), ("::1",), ("::ffff:169.254.169.254",), ("100.64.0.1",)]
)
def test_one_bad_answer_refuses_the_host(monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...]):
    """A name with any inside address among its answers is not connected to, whatever its URL looks like."""
    answers(monkeypatch, *found)
    with pytest.raises(RefusedAddress, match=r"news\.test"):
        get(Door(), "http://news.test/")


def test_the_socket_itself_is_guarded():
    """Even past the look-up no socket is made for a refused address."""

    async def run():
        async with Door() as door:
            session = await door.session()
            for ip in ("127.0.0.1", "::1", "10.0.0.1"):
                family = socket.AF_INET6 if ":" in ip else socket.AF_INET
                with pytest.raises(RefusedAddress):
                    session.connector._socket((family, socket.SOCK_STREAM, 6, "", (ip, 80)))

    asyncio.run(run())


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://2130706433/"]
)
def test_redirects_of_the_session_are_checked_hop_by_hop(target: str):
    """Whoever lets the session follow redirects is stopped at the hop that leads inside."""

    async def run(web: Web):
        routes = parse_routes(f"news.test:80:127.0.0.1:{web.port}")
        async with Door(parse_networks(f"{'127.0.0.2/32'},127.0.0.1/32"), routes) as door:
            session = await door.session()
            with pytest.raises((RefusedAddress, ValueError, OSError)) as caught:
                await session.get("http://news.test/go")
            return caught.value

    with Web() as web:
        web.host("news.test").redirect("/go", target)
        asyncio.run(run(web))
        assert len(web.log) == 1


def test_a_mapped_address_is_guarded_too():
    """TUOBEN_CONNECT_TO opens nothing by itself: the mapped address must be allowed."""
    with Web() as web, pytest.raises(RefusedAddress):
        get(Door(connect_to=parse_routes(f"::127.0.0.1:{web.port}")), "http://news.test/")


def test_tls_keeps_the_original_name_when_mapped():
    """SNI, certificate check and Host header name the host of the URL, not the address it is mapped to."""
    with Web() as web:
        web.host("secure.test").page("/", "ok")
        exchange = get(web.door(), "https://secure.test/")
        assert exchange.body == b"ok" and len(exchange.tls_certificate) == 64 and exchange.ip == "127.0.0.1"
        assert web.log[0].host == "secure.test" and web.log[0].tls


def test_no_cookies_are_kept():
    """A cookie that was set is not sent back."""
    with Web() as web:
        web.host("news.test").answer("/", 200, headers={"Set-Cookie": "a=1"})

        async def run():
            async with web.door() as door:
                for _ in range(2):
                    await fetch(Request(url="http://news.test/", kind=Kind.PAGE), door)

        asyncio.run(run())
        assert [hit.header("Cookie") for hit in web.log] == ["", ""]


def test_only_the_exempted_answers_of_a_name_are_used(monkeypatch: pytest.MonkeyPatch):
    """A name that answers with an exempted address and another inside one leads to the exempted one alone."""
    with Web() as web:
        door = Door(parse_networks("127.0.0.0/8"), allow_ports=frozenset({web.port}))
        answers(monkeypatch, "::1", "127.0.0.1")
        assert get(door, f"http://both.test:{web.port}/").ip == "127.0.0.1"


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test", "-.test"])
def test_names_that_cannot_be_looked_up_are_plain_errors(host: str):
    """A host name that the resolver cannot even read is an error of the house, not a crash."""
    with pytest.raises((BadUrl, DnsError)):
        get(Door(), f"http://{host}/")


def test_a_door_left_open_by_another_loop_is_named():
    """Using one door from a second event loop, without closing it, is a plain error instead of odd failures."""
    with Web() as web:
        door = web.door()
        first = asyncio.new_event_loop()
        first.run_until_complete(door.session())
        with pytest.raises(RuntimeError, match="one event loop"):
            asyncio.run(door.session())
        first.run_until_complete(door.close())
        first.close()
