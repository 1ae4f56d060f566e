"""One exchange: exactly what was sent and what came, from servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ssl
import time
from datetime import UTC, datetime

import pytest

from loopback import ENDLESS, KEEP, RESET, Hit, Web, page_bytes
from tuoben import errors
from tuoben.fetch import FetchLimits, fetch
from tuoben.model import Exchange, Kind, Request
from tuoben.net import Door, parse_networks, parse_routes

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SHORT = FetchLimits(total=2, connect=2, first_byte=0.6, stall=0.6, body=100_000, header=4096, headers=100)


def get(web: Web, *urls: str, kind: Kind = Kind.PAGE, limits: FetchLimits = SHORT, **more) -> list[Exchange]:
    async def run() -> list[Exchange]:
        async with web.door() as door:
            return [await fetch(Request(url=url, kind=kind, **more), door, limits=limits) for url in urls]

    return asyncio.run(run())


def answer(*parts) -> Exchange:
    """What fetch makes of a server that sends exactly this."""
    with Web() as web:
        web.host("odd.test").raw("/", *parts)
        return get(web, "http://odd.test/")[0]


def test_the_response_is_kept_as_it_came():
    """Header order, case, duplicates, values, reason and body arrive unchanged; the head byte for byte."""
    head = b"HTTP/1.1 299 Fine  thing\r\nx-ODD:  a \r\nSet-Cookie: b=2\r\nset-cookie:a=1\r\nX-L: \xe4\xff\r\n"
    head += b"Content-Encoding: gzip\r\nContent-Length: 23\r\n\r\n"
    body = gzip.compress(b"abc", mtime=0)
    exchange = answer(head + body)
    assert exchange.response_head == head
    assert exchange.body == body
    assert (exchange.status, exchange.reason, exchange.http_version) == (299, "Fine  thing", "HTTP/1.1")
    assert exchange.headers == (
        (b"x-ODD", b"a"),
        (b"Set-Cookie", b"b=2"),
        (b"set-cookie", b"a=1"),
        (b"X-L", b"\xe4\xff"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Length", b"23"),
    )
    assert exchange.ip == "127.0.0.1" and not exchange.truncated and not exchange.tls_certificate
    assert abs((datetime.now(UTC) - exchange.requested_at).total_seconds()) < 10 and exchange.elapsed > 0


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/a?", "/a?"),
        ("", "/"),
        ("?q", "/?q"),
        ("//b//c|d/%7E%7e~", "//b//c|d/%7E%7e~"),
        ("/新 闻?q=a+b&x=%2B'\"<>", "/%E6%96%B0%20%E9%97%BB?q=a+b&x=%2B%27%22%3C%3E"),
        ("/a;b=1,2/:@!$&'()*+=[]^`{}", "/a;b=1,2/:@!$&'()*+=[]%5E%60%7B%7D"),
        ("/%zz%e4?%zz=%e4#part", "/%zz%e4?%zz=%e4"),
        ("/a/./b/../c\\d", "/a/c/d"),
    ],
)
def test_the_request_is_recorded_as_it_was_sent(path: str, sent: str):
    """The announced URL goes on the wire as WHATWG serialises it, and request_head is what arrived, byte for byte."""
    with Web() as web:
        more = (("If-None-Match", '"x"'), ("accept", "text/x"), ("Referer", "http://r.test/"), ("Host", "evil.test"))
        bad = (("X-Split", "a\r\nX: y"), ("If-Modified-Since", "\xe4"))
        exchange = get(web, f"http://News.test:80{path}", headers=more + bad)[0]
        assert exchange.request_head == web.log[0].head
        assert web.log[0].path == sent
        names = [name for name, _ in web.log[0].headers]
        assert names == ["Host", "User-Agent", "accept", "Accept-Encoding", "Connection", "If-None-Match", "Referer"]
        assert web.log[0].header("Host") == "news.test"
        assert web.log[0].header("User-Agent").startswith("tuoben/")
        assert web.log[0].header("Accept-Encoding") == "gzip"


def test_the_host_header_keeps_an_odd_port_and_a_trailing_dot():
    """The Host header is the URL's host as it stands."""
    with Web() as web:
        get(web, "http://news.test.:8080/", "http://[::1]/", "http://127.0.0.1:81/")
        assert [hit.header("Host") for hit in web.log] == ["news.test.:8080", "[::1]", "127.0.0.1:81"]


@pytest.mark.parametrize(
    ("parts", "body", "truncated"),
    [
        ((OK + b"Content-Length: 3\r\n\r\nabcdef",), b"abc", ""),
        ((OK + b"Content-Length: 30\r\n\r\nabcdef",), b"abcdef", "disconnect"),
        ((OK + b"Content-Length: 30\r\n\r\nabc", 0.05, b"def"), b"abcdef", "disconnect"),
        ((OK + b"Content-Length: 30\r\n\r\nabcdef", RESET), b"abcdef", "disconnect"),
        ((OK + b"\r\nabcdef", RESET), b"abcdef", "disconnect"),
        ((OK + b"\r\nabcdef",), b"abcdef", ""),
        ((b"HTTP/1.0 200 OK\r\n\r\nabc",), b"abc", ""),
        ((CHUNKED + b"3\r\nabc\r\n", 0.05, b"2;x=y\r\nde\r\n0\r\nX: 1\r\n\r\n", KEEP), b"abcde", ""),
        ((CHUNKED + b"3\nabc\n0\n\n",), b"abc", ""),
        ((CHUNKED + b"3\r\nabc\r\n0\r\n\r\nSURPLUS",), b"abc", ""),
        ((CHUNKED + b"3\r\nabc\r\nZZ\r\nde\r\n0\r\n\r\n",), b"abc", "disconnect"),
        ((CHUNKED + b"3\r\nabc\r\n", 0.05, b"ZZ\r\n", 2.0), b"abc", "disconnect"),
        ((CHUNKED + b"3\r\nabcX\r\n0\r\n\r\n",), b"abc", "disconnect"),
        ((CHUNKED + b"3\r\nabc\r\n5\r\nde",), b"abcde", "disconnect"),
        ((CHUNKED + b"3\r\nabc\r\n",), b"abc", "disconnect"),
        ((CHUNKED + b"f" * 9000,), b"", "disconnect"),
        ((CHUNKED + b"-1\r\nabc",), b"", "disconnect"),
        ((OK + b"\r\n", ENDLESS), b"x" * 100_000, "length"),
        ((OK + b"Content-Length: 100001\r\n\r\n" + b"y" * 100_001,), b"y" * 100_000, "length"),
        ((OK + b"\r\nabc", 5.0), b"abc", "time"),
        ((OK + b"Content-Length: 9\r\n\r\nabc", 5.0), b"abc", "time"),
        ((OK + b"\r\n", *[b"a", 0.3] * 30), b"aaaaa", "time"),
    ],
)
def test_bodies_are_kept_as_far_as_they_came(parts: tuple, body: bytes, truncated: str):
    """Lying lengths, broken chunks, breaks, stalls and endless bodies keep what came, and say why it ends."""
    exchange = answer(*parts)
    assert exchange.body.startswith(body) and len(exchange.body) <= len(body) + 2
    assert exchange.truncated == truncated


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", [b"Content-Length"]),
        (b"HTTP/1.1 200 OK\nX: a\nContent-Length: 3\n\n", [b"X", b"Content-Length"]),
        (OK + b"X : 1\r\nX y:1\r\nX-\xe4: \r\nContent-Length: 3\r\n\r\n", [b"X", b"X y", b"X-\xe4", b"Content-Length"]),
        (OK + b"X: a\r\n  b\r\nnonsense\r\nContent-Length: 3\r\n\r\n", [b"X", b"Content-Length"]),
        (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n", [b"Content-Length", b"Content-Length"]),
        (OK + b"Content-Length: 3, 3\r\n\r\n", [b"Content-Length"]),
        (OK + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\n", [b"Transfer-Encoding", b"Content-Length"]),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 3\r\n\r\n", [b"Content-Length"]),
    ],
)
def test_heads_are_read_as_browsers_read_them(head: bytes, names: list[bytes]):
    """Heads that no standard allows and every browser reads are read, and kept byte for byte."""
    exchange = answer(head + b"abcdef")
    assert exchange.body == b"abc"
    assert exchange.response_head == head
    assert [name for name, _ in exchange.headers] == names


def test_folded_header_lines_are_joined():
    """An obsolete folded line is one value."""
    assert answer(OK + b"X: a\r\n \t b\r\nContent-Length: 0\r\n\r\n").header("X") == "a b"


def test_both_lengths_at_once_mean_chunks():
    """Transfer-Encoding wins over Content-Length, and the connection is not used again."""
    with Web() as web:
        odd = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"
        web.host("odd.test").raw("/", odd, KEEP)
        assert [exchange.body for exchange in get(web, *["http://odd.test/"] * 2)] == [b"abcd"] * 2
        assert [hit.connection for hit in web.log] == [1, 2]


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(status: int):
    """204 and 304 end with their head, whatever they announce."""
    exchange = answer(b"HTTP/1.1 %d X\r\nContent-Length: 3\r\n\r\nabc" % status, KEEP)
    assert (exchange.status, exchange.body, exchange.truncated) == (status, b"", "")


def test_interim_responses_are_passed_over():
    """103 Early Hints is not the answer."""
    exchange = answer(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 0.05, OK + b"Content-Length: 3\r\n\r\nabc", KEEP)
    assert (exchange.status, exchange.body) == (200, b"abc")
    assert exchange.response_head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ((), errors.ConnectError),
        ((RESET,), errors.ConnectError),
        ((OK + b"X: cut",), errors.ConnectError),
        ((b"SSH-2.0-OpenSSH_9\r\n", 2.0), errors.BadResponse),
        ((b"HTTP/1.1 42 Odd\r\n\r\n",), errors.BadResponse),
        ((b"ICY 200 OK\r\n\r\n",), errors.BadResponse),
        ((b"HTTP/1.1 102 X\r\n\r\n" * 40,), errors.BadResponse),
        ((OK + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",), errors.BadResponse),
        ((OK + b"X: a\r\n" * 10_000 + b"\r\n",), errors.BadResponse),
        ((OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",), errors.BadResponse),
        ((3.0,), errors.TimedOut),
        ((OK, *[b"X: y\r\n", 0.3] * 30), errors.TimedOut),
    ],
)
def test_what_never_becomes_a_response_is_an_error(parts: tuple, error: type[errors.FetchError]):
    """No answer, no HTTP, oversized heads and slow heads raise an error of the house with a plain sentence."""
    started = time.monotonic()
    with pytest.raises(error) as caught:
        answer(*parts)
    assert time.monotonic() - started < 6
    assert str(caught.value).endswith(".") and not caught.value.permanent


def test_nobody_listening_is_a_connect_error():
    """A refused connection is an error that may be tried again."""

    async def run():
        async with Door(parse_networks("127.0.0.0/8"), parse_routes("::127.0.0.1:1")) as door:
            with pytest.raises(errors.ConnectError):
                await fetch(Request(url="http://a.test/", kind=Kind.PAGE), door)

    asyncio.run(run())


def test_a_name_without_address_is_a_dns_error():
    """A host that cannot be looked up is an error that may be tried again."""

    async def run():
        async with Door() as door:
            with pytest.raises(errors.DnsError):
                await fetch(Request(url="http://nothing.invalid/", kind=Kind.PAGE), door)

    asyncio.run(run())


def test_connections_are_kept_and_not_shared_between_hosts():
    """Requests to one host reuse its connection; another host gets its own."""
    with Web() as web:
        for name in ("a.test", "b.test"):
            web.host(name).page("/", name)
        get(web, "http://a.test/", "http://a.test/", "http://b.test/", "https://a.test/", "https://a.test/")
        assert [hit.connection for hit in web.log] == [1, 1, 2, 3, 3]


def test_a_kept_connection_that_breaks_is_not_tried_again():
    """A request on a kept connection that breaks is an error: the host's delay holds for the next try."""
    with Web() as web:
        host = web.host("a.test")

        def page(hit: Hit) -> bytes:
            return page_bytes(str(len(web.log)))

        host.handle("/", page)

        async def run():
            async with web.door() as door:
                first = await fetch(Request(url="http://a.test/", kind=Kind.PAGE), door)
                host.down = True  # the kept connection dies as it is used
                with pytest.raises(errors.ConnectError):
                    await fetch(Request(url="http://a.test/", kind=Kind.PAGE), door)
                host.down = False
                again = await fetch(Request(url="http://a.test/", kind=Kind.PAGE), door)
                return first.body, again.body

        first, again = asyncio.run(run())
        assert (first, again) == (b"1", b"3")
        assert [hit.connection for hit in web.log] == [1, 1, 2]


def test_a_new_connection_that_breaks_is_not_tried_again():
    """A server that hangs up gets one request, not two."""
    with Web() as web:
        web.host("a.test").down = True
        with pytest.raises(errors.ConnectError):
            get(web, "http://a.test/")
        assert len(web.log) == 1


def test_redirects_are_not_followed():
    """A redirect is an exchange like any other."""
    with Web() as web:
        web.host("a.test").redirect("/", "http://b.test/")
        exchange = get(web, "http://a.test/")[0]
        assert (exchange.status, exchange.header("Location"), len(web.log)) == (302, "http://b.test/", 1)


def test_the_certificate_is_recorded():
    """Over TLS the sha256 of the server's certificate is kept, on reused connections too."""
    with Web() as web:
        first, second = get(web, "https://a.test/", "https://a.test/")
        shown = ssl.get_server_certificate(("127.0.0.1", web.tls_port))
        assert len(first.tls_certificate) == 64 and first.tls_certificate == second.tls_certificate
        assert first.tls_certificate != hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()


def test_a_bad_certificate_is_an_error_unless_the_operator_says_otherwise():
    """An untrusted certificate stops the exchange; lenient_tls lets it through, recorded."""
    with Web() as web:
        web.host("a.test").tls = "expired"

        async def run():
            async with web.door() as door:
                request = Request(url="https://a.test/", kind=Kind.PAGE)
                with pytest.raises(errors.TlsError, match="certificate"):
                    await fetch(request, door)
                return await fetch(request, door, lenient_tls=True)

        exchange = asyncio.run(run())
        assert exchange.status == 404 and exchange.tls_certificate


def test_plain_http_on_a_tls_port_is_a_tls_error():
    """A server that does not speak TLS where it should is a TLS error."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run():
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        routes = parse_routes(f"::127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with Door(parse_networks("127.0.0.0/8"), routes) as door:
            with pytest.raises(errors.TlsError):
                await fetch(Request(url="https://a.test/", kind=Kind.PAGE), door, limits=SHORT)
        server.close()
        await server.wait_closed()

    asyncio.run(run())


def test_a_bad_host_does_not_slow_the_others():
    """Twenty good hosts are read while one stalls and one is endless."""
    with Web() as web:
        web.host("slow.test").raw("/", 3.0)
        web.host("endless.test").raw("/", OK + b"\r\n", ENDLESS)
        for number in range(20):
            web.host(f"h{number}.test").page("/", "x" * 1000)

        async def run():
            async with web.door() as door:

                async def one(name: str):
                    try:
                        await fetch(Request(url=f"http://{name}/", kind=Kind.PAGE), door, limits=SHORT)
                    except errors.FetchError as error:
                        return type(error)
                    return time.monotonic()

                bad = [asyncio.create_task(one(name)) for name in ("slow.test", "endless.test")]
                started = time.monotonic()
                good = await asyncio.gather(*(one(f"h{number}.test") for number in range(20)))
                return max(good) - started, await bad[0]

        took, slow = asyncio.run(run())
        assert took < 2.5
        assert slow is errors.TimedOut


@pytest.mark.parametrize("bad", ["ftp://a.test/", "http://me:pw@a.test/", "", "http://a b/"])
def test_what_is_no_web_url_is_not_asked(bad: str):
    """A URL that is not http(s), or carries a password, is refused before anything is sent."""
    with Web() as web, pytest.raises(errors.BadUrl):
        get(web, bad)
