"""What aiohttp is taught for the archive: to remember exactly what was sent, who answered, and where a body ends."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from tuoben.net.response import Limits, ResponseParser


class Response(aiohttp.ClientResponse):
    """A response that remembers whom it came from; aiohttp forgets the connection as soon as the body ends."""

    ip: str = ""
    """Address that answered."""
    tls_certificate: str = ""
    """sha256 of the peer's certificate (DER), hex; "" without TLS."""
    request_head: bytes = b""
    """Request line and headers as sent."""
    requested_at: datetime | None = None
    """When the request was sent; aware, UTC."""
    sent: float = 0.0
    """The same by the event loop's clock."""

    head: bytes = b""
    """Status line and headers as received, byte for byte."""

    async def start(self, connection: Connection) -> Response:
        handler = connection.protocol
        transport = connection.transport
        if transport is not None:
            peer = transport.get_extra_info("peername")
            self.ip = peer[0] if peer else ""
            if isinstance(handler, Handler) and handler.target:
                self.ip = handler.target
            tls = transport.get_extra_info("ssl_object")
            certificate = tls.getpeercert(True) if tls is not None else None
            self.tls_certificate = hashlib.sha256(certificate).hexdigest() if certificate else ""
        await super().start(connection)
        if isinstance(handler, Handler) and handler.reader is not None:
            self.head = handler.reader.head
        return self


class Sending(aiohttp.ClientRequest):
    """A request that knows what it sent and whether its connection had been used before."""

    reused = False
    sent: Callable[[], None] | None = None
    """Called when the request has been sent: from then on its answer is waited for."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        handler = conn.protocol
        if isinstance(handler, Handler):
            self.reused = handler.used
            handler.used = True
        requested_at, sent = datetime.now(UTC), self.loop.time()
        response = await super().send(conn)
        if self.sent is not None:
            self.sent()
        if isinstance(response, Response):
            response.requested_at, response.sent = requested_at, sent
            response.request_head = self._head()
        return response

    def _head(self) -> bytes:
        """The head as aiohttp serialises it (tests compare it with what arrives)."""
        lines = [f"{self.method} {self.url.raw_path_qs} HTTP/{self.version.major}.{self.version.minor}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


class Handler(ResponseHandler):
    """aiohttp's protocol with our own parser, which keeps heads byte for byte and bodies as far as they came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.used = False
        """A request was sent on this connection before."""
        self.target = ""
        """The address at the other end of a tunnel; the socket knows only the proxy's."""
        self.reader: ResponseParser | None = None
        """The parser of the latest response."""

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 (aiohttp's own parameters, handed on)
        early, self._tail = self._tail, b""
        super().set_response_params(**params)
        self.reader = ResponseParser(
            self,
            self._loop,
            Limits(int(params.get("max_field_size") or 65_536), int(params.get("max_headers") or 512)),
            bodiless=bool(params.get("skip_payload")),
            buffer=self._read_bufsize,
            timer=params.get("timer"),
        )
        self._parser = cast("Any", self.reader)
        if early:
            self.data_received(early)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.reader is not None:
            self.reader.broken = exc is not None
        super().connection_lost(exc)


def wire_url(scheme: str, authority: str, target: str) -> URL:
    """A yarl URL that sends `target` (path and query) letter by letter.

    yarl would re-quote it, and drop an empty query ("/a?"); so the whole target is given as an encoded path.
    """
    return URL.build(scheme=scheme, authority=authority, path=target, encoded=True)
