"""fetch: one HTTP exchange, kept as bytes (law 1). No redirect is followed, nothing is decoded.

The response body is what came after transfer coding (RFC 9112 section 7), with its content coding kept. What comes
wrong is kept as far as it came and flagged (`Exchange.truncated`); only what never became a response is an error.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType

from tuoben import errors, net, url
from tuoben.model import Exchange, Kind, Request

MIB = 1 << 20

ACCEPT = {
    Kind.ROBOTS: "text/plain, */*;q=0.1",
    Kind.LISTING: (
        "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, "
        "*/*;q=0.5"
    ),
    Kind.PAGE: "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5",
    Kind.REQUISITE: "*/*",
    Kind.POLICY: "application/json, */*;q=0.1",
}
"""What each kind of request would like to get."""

ACCEPT_ENCODING = "gzip"
"""What every WARC reader undoes: bodies are kept in the coding they came in."""

RESERVED = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding", "cookie"})
"""Request headers that a caller cannot set."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How long (seconds) and how much (bytes) one exchange may take."""

    total: float = 60.0
    connect: float = 15.0
    """Look-up, connection and TLS handshake."""
    first_byte: float = 30.0
    """From there to the end of the response's head, however it trickles in."""
    stall: float = 20.0
    """Silence within the body."""
    body: int = 20 * MIB
    header: int = 64 * 1024
    """One header line."""
    headers: int = 512
    """Number of header lines."""


LIMITS = {
    Kind.ROBOTS: FetchLimits(total=45.0, body=MIB),
    Kind.LISTING: FetchLimits(),
    Kind.PAGE: FetchLimits(body=10 * MIB),
    Kind.REQUISITE: FetchLimits(),
    Kind.POLICY: FetchLimits(total=45.0, body=MIB),
}
"""What holds for each kind. RFC 9309 has 500 KiB of a robots.txt read; of real news pages 1 in 100 is over 1.5 MB."""

LONGEST = max(limits.total for limits in LIMITS.values())
"""Seconds that one exchange takes at most, whatever its kind."""

LARGE = MIB
"""A body that grows over this is read on when there is memory for all that it may become (`net.ballast`)."""


class _Broken(aiohttp.ClientError):
    """The connection broke before a response; aiohttp does not try this one again by itself."""


async def fetch(
    request: Request,
    door: net.Door,
    *,
    limits: FetchLimits | None = None,
    lenient_tls: bool = False,
    proxy: str = "",
) -> Exchange:
    """Make one request through the door and take down all of its response. `limits`: by default those of its kind.

    `reason` is the reason phrase as UTF-8 with surrogate escapes for other bytes. `lenient_tls` is the operator's
    switch for a source with a bad certificate or old TLS: the connection is then not authenticated. `proxy`
    ("http://host:port") is the operator's, too: the connection is a tunnel through it.

    Raises errors.FetchError (BadUrl, RefusedAddress, DnsError, ConnectError, TlsError, TimedOut, BadResponse) when no
    response came. A response that came in part is returned with `truncated` set: "length" (over `limits.body`),
    "time" (too slow in the body), "disconnect" (it broke off, or its length or chunks lied).
    """
    limits = limits or LIMITS[request.kind]
    href = url.fetchable(request.url)
    parts = url.parse(href)
    assert parts is not None
    hold = net.Hold(door.ballast, url.registrable(parts.hostname), limits.body)
    session = await door.session(proxy)
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(None) as waiting:  # the connector has a limit of its own
            response = await session.get(
                net.wire_url(parts.scheme, parts.host, href[len(parts.origin) :]),
                headers=request_headers(request, parts, door.user_agent),
                ssl=door.lenient_context() if lenient_tls else True,
                middlewares=(_Waiting(waiting, limits.first_byte, started + limits.total),),
                **_ways(limits),
            )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _named(error, parts, limits) from error
    assert isinstance(response, net.Response)
    try:
        body, truncated = await _read(response, limits, started + limits.total, hold)
    except BaseException:
        hold.give()
        raise
    finally:
        response.close()
    exchange = _exchange(request.kind, href, response, body, truncated)
    hold.leave_to(exchange)
    return exchange


@lru_cache(maxsize=32)
def _ways(limits: FetchLimits) -> dict[str, Any]:
    """What aiohttp is told with every request that has these limits."""
    return {
        "allow_redirects": False,
        "timeout": aiohttp.ClientTimeout(total=None, connect=min(limits.connect, limits.total)),
        "max_line_size": limits.header,
        "max_field_size": limits.header,
        "max_headers": limits.headers,
    }


def _exchange(kind: Kind, href: str, response: net.Response, body: bytes, truncated: str) -> Exchange:
    return Exchange(
        url=href,
        kind=kind,
        requested_at=response.requested_at or datetime.now(UTC),
        status=response.status,
        reason=response.reason or "",
        http_version=f"HTTP/{response.version.major}.{response.version.minor}" if response.version else "HTTP/1.1",
        request_head=response.request_head,
        headers=tuple(response.raw_headers),
        body=body,
        response_head=response.head,
        ip=response.ip,
        elapsed=asyncio.get_running_loop().time() - response.sent,
        truncated=truncated,
        tls_certificate=response.tls_certificate,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was answered to a form. `onward`: where to send it instead, when a redirect keeps the method (307, 308)."""

    status: int
    text: str
    """The first of the body."""
    retry_after: str
    onward: str


async def post(
    address: str,
    form: Mapping[str, str],
    door: net.Door,
    *,
    headers: Iterable[tuple[str, str]] = (),
    lenient_tls: bool = False,
    proxy: str = "",
) -> Posted:
    """Send a form through the door, once: a redirect is told, not followed. Raises errors.FetchError.

    `headers`, `lenient_tls`, `proxy`: as for `fetch`.
    """
    href = url.fetchable(address)
    parts = url.parse(href)
    assert parts is not None
    session = await door.session(proxy)
    limits = FetchLimits(total=30.0)
    target = net.wire_url(parts.scheme, parts.host, href[len(parts.origin) :])
    try:
        async with asyncio.timeout(limits.total):
            async with session.post(
                target,
                data=dict(form),
                headers=[one for one in headers if one[0].lower() not in RESERVED],
                allow_redirects=False,
                ssl=door.lenient_context() if lenient_tls else True,
                middlewares=(_never_twice,),
            ) as response:
                status, told = response.status, response.headers
                said = (await response.content.read(4096)).decode("utf-8", "replace")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _named(error, parts, limits) from error
    onward = url.resolve(href, told.get("Location", "")) if status in (307, 308) else None
    return Posted(status=status, text=said, retry_after=told.get("Retry-After", ""), onward=onward or "")


async def post_bytes(address: str, body: bytes, content_type: str, door: net.Door, *, limit: int) -> tuple[int, bytes]:
    """Send a body through the door: the status, and what was answered. Raises errors.FetchError, also for an answer of
    more than `limit` bytes; no redirect is followed."""
    href = url.fetchable(address)
    parts = url.parse(href)
    assert parts is not None
    session = await door.session()
    limits = FetchLimits(total=30.0)
    target = net.wire_url(parts.scheme, parts.host, href[len(parts.origin) :])
    try:
        async with asyncio.timeout(limits.total):
            headers = {"Content-Type": content_type}
            async with session.post(target, data=body, headers=headers, allow_redirects=False) as response:
                said = bytearray()
                while len(said) <= limit and (part := await response.content.read(limit)):
                    said += part
                status = response.status
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _named(error, parts, limits) from error
    if len(said) > limit:
        raise errors.BadResponse(f"{parts.host} answers with more than {limit} bytes.")
    return status, bytes(said)


def request_headers(request: Request, parts: url.Url, agent: str) -> list[tuple[str, str]]:
    """All request headers, in the order in which they are sent; those of the request replace the defaults in place.

    A value that is not printable ASCII (an ETag with raw bytes, say) cannot be sent back as it came, so it is left out.
    """
    headers = {
        "host": ("Host", parts.host),
        "user-agent": ("User-Agent", agent),
        "accept": ("Accept", ACCEPT[request.kind]),
        "accept-encoding": ("Accept-Encoding", ACCEPT_ENCODING),
        "connection": ("Connection", "keep-alive"),
    }
    for name, value in request.headers:
        if name.lower() not in RESERVED and value.isascii() and value.isprintable():
            headers[name.lower()] = (name, value)
    return list(headers.values())


async def _never_twice(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """One request is one request: a kept connection that breaks is an error too, and the host's delay holds for the
    next try (aiohttp would ask again at once).
    """
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(str(error)) from error


class _Waiting:
    """`_never_twice`, and the time that the head of the answer has from when the request is sent: one timer for all."""

    __slots__ = ("_deadline", "_seconds", "_timeout")

    def __init__(self, timeout: asyncio.Timeout, seconds: float, deadline: float) -> None:
        self._timeout, self._seconds, self._deadline = timeout, seconds, deadline

    def _sent(self) -> None:
        self._timeout.reschedule(min(self._deadline, asyncio.get_running_loop().time() + self._seconds))

    async def __call__(self, request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
        if isinstance(request, net.Sending):
            request.sent = self._sent
        return await _never_twice(request, handler)


async def _read(response: net.Response, limits: FetchLimits, deadline: float, hold: net.Hold) -> tuple[bytes, str]:
    """The body as far as it came within the limits, and why it ends before its end ("" when it does not)."""
    content = response.content
    chunks: list[bytes] = []
    size = 0
    truncated = ""
    loop = asyncio.get_running_loop()
    while not truncated and not content.at_eof():
        try:
            if size > LARGE and not hold.taken:  # while this waits, nothing is read, and the server waits
                async with asyncio.timeout_at(deadline):
                    await hold.take()
            if content.is_eof():  # all is here already, as with most pages: no timer needs to be set
                chunk = await content.readany()
            else:
                async with asyncio.timeout_at(min(deadline, loop.time() + limits.stall)):
                    chunk = await content.readany()
        except TimeoutError:
            truncated, chunk = "time", _buffered(content)
        except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError):
            truncated, chunk = "disconnect", _buffered(content)
        chunks.append(chunk)
        size += len(chunk)
        if size > limits.body:
            truncated = "length"
            chunks[-1] = chunk[: limits.body - size]
    return b"".join(chunks), truncated


def _buffered(content: aiohttp.StreamReader) -> bytes:
    """What had arrived before the reader failed; its public methods give nothing more once they raised."""
    return content._read_nowait(-1)


def _named(error: Exception, parts: url.Url, limits: FetchLimits) -> errors.FetchError:
    """The error of the house for one of aiohttp's."""
    host = parts.host
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        why = error.os_error.strerror or "no answer"
        return errors.DnsError(f"{parts.hostname} cannot be looked up: {why}.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return errors.TlsError(f"The certificate of {host} cannot be trusted: {error.certificate_error}.")
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return errors.TlsError(f"TLS with {host} failed: {error}.")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return errors.TimedOut(f"{host} did not take the connection within {limits.connect:g} s.")
    if isinstance(error, TimeoutError):
        return errors.TimedOut(f"{host} did not answer in time.")
    if isinstance(error, aiohttp.InvalidURL):
        return errors.BadUrl(f"{host} is not a host that can be asked: {error}.")
    if isinstance(error, aiohttp.ClientResponseError):
        return errors.BadResponse(f"What {host} sent cannot be read as an HTTP response: {error.message}.")
    if isinstance(error, ValueError):
        return errors.BadUrl(f"{host} cannot be asked: {error}.")
    return errors.ConnectError(f"No answer from {host}: {error}.")
