"""A loopback web of many hosts, with faults: real sockets, HTTP and TLS. Everybody's tests use it.

(The design calls it `site.py`; a module of that name can never be imported, because Python itself has one.)

    from loopback import Web

    with Web() as web:
        news = web.host("news.test")
        news.page("/a", "<h1>一</h1>")                          # 200, text/html, ETag and Last-Modified; answers 304
        news.page("/f.xml", rss, content_type="application/rss+xml")
        news.page("/a", "<h1>二</h1>")                          # say it again: the content changes
        news.page("/z", html, gzip=True, headers={"X-Robots-Tag": "noarchive"})
        news.redirect("/old", "/a", status=301)
        news.robots("User-agent: *\\nDisallow: /private/")       # without it /robots.txt is 404
        news.answer("/busy", 503, headers={"Retry-After": "2"})  # any status, no validators
        news.answer("/flaky", 500, times=2)    # the first two requests only; then as before
        news.raw("/odd", b"HTTP/1.1 200 Fine\\r\\nx-ODD: 1\\r\\n\\r\\n", 0.5, b"body")  # exact; 0.5: pause
        news.raw("/cut", b"HTTP/1.1 200 OK\\r\\nContent-Length: 99\\r\\n\\r\\nhalf", RESET)   # TCP reset
        news.raw("/endless", b"HTTP/1.1 200 OK\\r\\n\\r\\n", ENDLESS)                      # until the client goes
        news.handle("/count", lambda hit: page_bytes(f"<p>{hit.at}"))   # computed: return the exact bytes
        news.remove("/a")                                       # 404 again
        news.down = True                                        # every connection is reset
        news.url("/a"), news.url("/a", tls=True)                # "http://news.test/a", "https://news.test/a"

        subprocess.run([...], env=os.environ | web.env())       # for child processes …
        async with web.door() as door: ...                      # … and in this one (tuoben.net.Door)
        web.hits("news.test", "/a")                             # what was asked, in order; all of it in web.log

Every host name works on http (port 80) and https (port 443), and every other port goes to the http side: `web.env()`
maps all connections to two loopback ports (TUOBEN_CONNECT_TO), trusts the web's own authority (TUOBEN_CA_FILE), lifts
the door's refusal of loopback (TUOBEN_ALLOW_NETWORKS) and sets TUOBEN_HOST_DELAY (0 unless told; None leaves it out).
A host's `tls` makes bad certificates: "untrusted", "expired", "wrong-name". A path is looked up with its query first,
then without. A host that was never named answers 404 to everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip as gzip_module
import hashlib
import ipaddress
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final

import trustme

from tuoben.net import Door


class _Sign:
    """A thing to do instead of bytes to send."""


RESET: Final = _Sign()
"""In raw(): reset the TCP connection."""
ENDLESS: Final = _Sign()
"""In raw(): send bytes until the client goes away."""
KEEP: Final = _Sign()
"""In raw(), at the end: leave the connection open for the next request (without it, it is closed)."""

Part = bytes | float | _Sign
Headers = Mapping[str, str] | list[tuple[str, str]]


@dataclass(frozen=True)
class Hit:
    """One request that arrived."""

    at: float
    """time.monotonic() when its head was whole."""
    host: str
    """The Host header, lower case, without a port."""
    path: str
    """The request target as it was on the wire, query included."""
    method: str
    head: bytes
    headers: tuple[tuple[str, str], ...]
    connection: int
    """Number of the connection; equal for requests that shared one."""
    tls: bool

    def header(self, name: str) -> str:
        """The first value of a header, "" when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass
class _Answer:
    make: Callable[[Hit], tuple[Part, ...]]
    times: int | None = None
    below: _Answer | None = None


def page_bytes(
    body: str | bytes, status: int = 200, headers: Headers = (), content_type: str = "text/html; charset=utf-8"
) -> bytes:
    """A whole response with a right Content-Length, as bytes."""
    payload = body.encode() if isinstance(body, str) else body
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    names = {name.lower() for name, _ in pairs}
    if "content-type" not in names and content_type:
        pairs.insert(0, ("Content-Type", content_type))
    if "content-length" not in names and status not in (204, 304):
        pairs.append(("Content-Length", str(len(payload))))
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Odd"
    head = "".join([f"HTTP/1.1 {status} {reason}\r\n", *(f"{name}: {value}\r\n" for name, value in pairs), "\r\n"])
    return head.encode("latin-1") + (b"" if status in (204, 304) else payload)


@dataclass
class Host:
    """One host of the web: what it answers at which path."""

    name: str
    down: bool = False
    """Reset every connection as soon as it asks."""
    delay: float = 0.0
    """Seconds before every answer."""
    tls: str = ""
    """"" for a good certificate; "untrusted", "expired", "wrong-name"."""
    _answers: dict[str, _Answer] = field(default_factory=dict)

    def url(self, path: str = "/", *, tls: bool = False) -> str:
        """The address of a path."""
        return f"{'https' if tls else 'http'}://{self.name}{path}"

    def page(
        self,
        path: str,
        body: str | bytes = "",
        *,
        headers: Headers = (),
        content_type: str = "text/html; charset=utf-8",
        gzip: bool = False,
        modified: datetime | None = None,
    ) -> None:
        """Answer 200 with this body, and 304 to a conditional request while it is unchanged."""
        payload = body.encode() if isinstance(body, str) else body
        etag = f'"{hashlib.sha256(payload).hexdigest()[:16]}"'
        changed = (modified or datetime.now(UTC)).replace(microsecond=0)
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        validators = [("ETag", etag), ("Last-Modified", format_datetime(changed, usegmt=True))]
        if gzip:
            payload = gzip_module.compress(payload, mtime=0)
            pairs.append(("Content-Encoding", "gzip"))

        def make(hit: Hit) -> tuple[Part, ...]:
            if _unchanged(hit, etag, changed):
                return page_bytes(b"", 304, validators, ""), KEEP
            return page_bytes(payload, 200, [*pairs, *validators], content_type), KEEP

        self._answers[path] = _Answer(make)

    def answer(
        self, path: str, status: int, body: str | bytes = "", *, headers: Headers = (), times: int | None = None
    ) -> None:
        """Answer with a status; only the first `times` requests when given, then what the path answered before."""
        whole = page_bytes(body, status, headers)
        self._answers[path] = _Answer(lambda hit: (whole, KEEP), times, self._answers.get(path))

    def redirect(self, path: str, to: str, *, status: int = 302) -> None:
        """Answer with a redirect; `to` goes into Location as it is."""
        self.answer(path, status, headers={"Location": to})

    def robots(self, text: str | bytes) -> None:
        """Serve a robots.txt."""
        self.page("/robots.txt", text, content_type="text/plain; charset=utf-8")

    def raw(self, path: str, *parts: Part) -> None:
        """Answer with exact bytes, pauses (seconds) and signs (RESET, ENDLESS, KEEP); then close the connection."""
        self._answers[path] = _Answer(lambda hit: parts)

    def handle(self, path: str, function: Callable[[Hit], bytes]) -> None:
        """Answer with the bytes that a function returns (see page_bytes); it runs in the web's thread."""
        self._answers[path] = _Answer(lambda hit: (function(hit), KEEP))

    def remove(self, path: str) -> None:
        """Answer 404 from now on."""
        self._answers.pop(path, None)

    def parts(self, hit: Hit) -> tuple[Part, ...]:
        """What to answer to a request."""
        if self.delay:
            return (self.delay, *self._found(hit))
        return self._found(hit)

    def _found(self, hit: Hit) -> tuple[Part, ...]:
        path = hit.path if hit.path in self._answers else hit.path.partition("?")[0]
        answer = self._answers.get(path)
        if answer is not None and answer.times is not None:
            answer.times -= 1
            if answer.times <= 0:
                if answer.below is None:
                    del self._answers[path]
                else:
                    self._answers[path] = answer.below
        return answer.make(hit) if answer else (page_bytes("<h1>Not Found</h1>", 404), KEEP)


def _unchanged(hit: Hit, etag: str, changed: datetime) -> bool:
    """Whether the request's conditions say that the client has this content (RFC 9110 section 13)."""
    tags = hit.header("If-None-Match")
    if tags:
        return etag in tags or tags.strip() == "*"
    since = hit.header("If-Modified-Since")
    try:
        return bool(since) and changed <= parsedate_to_datetime(since)
    except ValueError:
        return False


class Web:
    """The whole web. Use it as a context manager; it serves in a thread of its own."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.hosts: dict[str, Host] = {}
        self.log: list[Hit] = []
        """Every request in the order of arrival."""
        self.port = 0
        self.tls_port = 0
        self.connections = 0
        self._certificates: dict[tuple[str, str], ssl.SSLContext] = {}
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._folder = tempfile.TemporaryDirectory(prefix="tuoben-web-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-web", daemon=True)

    def host(self, name: str) -> Host:
        """The host of that name, made at the first call."""
        return self.hosts.setdefault(name.lower(), Host(name.lower()))

    def hits(self, host: str = "", path: str = "") -> list[Hit]:
        """The requests for a host and a path (exact target); empty means any."""
        return [hit for hit in list(self.log) if host in ("", hit.host) and path in ("", hit.path)]

    def env(self, delay: float | None = 0.0) -> dict[str, str]:
        """The environment that leads a tuoben process into this web, and nowhere else."""
        values = {
            "TUOBEN_CONNECT_TO": f"*:443:127.0.0.1:{self.tls_port},*:*:127.0.0.1:{self.port}",
            "TUOBEN_CA_FILE": str(self.ca_file),
            "TUOBEN_ALLOW_NETWORKS": "127.0.0.0/8",
        }
        return values if delay is None else values | {"TUOBEN_HOST_DELAY": f"{delay:g}"}

    def door(self) -> Door:
        """A door that leads into this web."""
        return Door.from_env(self.env())

    def __enter__(self) -> Web:
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._folder.cleanup()

    async def _open(self) -> None:
        base = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("unnamed.test").configure_cert(base)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                connection.context = self._certificate(name)

        base.sni_callback = choose
        # An IP address has no SNI: https://127.0.0.1/ gets this one.
        plain = await asyncio.start_server(lambda r, w: self._serve(r, w, False), self.address, 0, limit=1 << 20)
        secure = await asyncio.start_server(
            lambda r, w: self._serve(r, w, True), self.address, 0, limit=1 << 20, ssl=base
        )
        self._servers = [plain, secure]
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)

    def _certificate(self, name: str) -> ssl.SSLContext:
        flaw = self.host(name).tls if name.lower() in self.hosts else ""
        if (name, flaw) not in self._certificates:
            authority = self._stranger if flaw == "untrusted" else self._authority
            shown = "someone-else.test" if flaw == "wrong-name" else name
            until = datetime.now(UTC) - timedelta(days=1) if flaw == "expired" else None
            with contextlib.suppress(ValueError):
                shown = str(ipaddress.ip_address(shown))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(shown, not_after=until).configure_cert(context)
            self._certificates[name, flaw] = context
        return self._certificates[name, flaw]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: bool) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        number = self.connections
        try:
            while await self._exchange(reader, writer, number, tls):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, tls: bool
    ) -> bool:
        """Serve one request; whether the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        hit = _hit(head, number, tls)
        with contextlib.suppress(ValueError):
            await reader.readexactly(int(hit.header("Content-Length") or 0))
        self.log.append(hit)
        host = self.hosts.get(hit.host) or Host(hit.host)
        if host.down:
            return _reset(writer)
        for part in host.parts(hit):
            if part is KEEP:
                return hit.header("Connection").lower() != "close"
            if part is RESET:
                await asyncio.sleep(0.05)  # what was sent before should arrive before the reset overtakes it
                return _reset(writer)
            if part is ENDLESS:
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            if isinstance(part, bytes):
                writer.write(part)
                await writer.drain()
            elif isinstance(part, (int, float)):
                await asyncio.sleep(part)
        return False


def _hit(head: bytes, connection: int, tls: bool) -> Hit:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line))
    name = next((value for key, value in pairs if key.lower() == "host"), "").lower()
    host = name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
    return Hit(time.monotonic(), host, rest.rpartition(" ")[0], method, head, pairs, connection, tls)


def _reset(writer: asyncio.StreamWriter) -> bool:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
