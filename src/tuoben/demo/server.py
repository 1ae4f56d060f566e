"""The one server of all fictional publishers: told apart by Host name, on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from tuoben.demo import pictures
from tuoben.demo.content import Publisher, publishers
from tuoben.demo.listings import render
from tuoben.demo.newsroom import Expected, Newsroom
from tuoben.demo.pages import article, section, section_path
from tuoben.errors import UsageError

HOST = "127.0.0.1"
PORT = 8007
"""Where `tuoben demo` serves the publishers, so that their addresses stay the same from run to run."""
_PIECE = 1500
"""Size of the pieces in which chunked answers are sent, in bytes."""
_SCRIPT = b'document.documentElement.setAttribute("data-publisher-script", "ran");\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One request that the publishers were sent."""

    time: datetime
    host: str
    """With the port, as in the Host header."""
    path: str
    """With the query."""
    status: int
    agent: str
    conditional: bool
    """It carried If-None-Match or If-Modified-Since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    """What a path gives."""

    body: bytes
    content_type: str
    status: int = 200
    modified: datetime | None = None
    delay: float = 0.0


class Demo:
    """The publishers on loopback: `with Demo() as demo: …`, or `start()` and `stop()`.

    `port` 0 takes any free one. `pace`: seconds after which the clock moves to its next phase by itself, 0 for never.
    `start`: the moment that the articles' ages are counted from; give the same again and the sites are the same again.
    `host_delay`: what `env()` asks the crawler to keep between two requests to one host, in seconds.
    """

    def __init__(
        self, port: int = 0, *, pace: float = 0.0, start: datetime | None = None, host_delay: float = 0.2
    ) -> None:
        self.port = port
        self.pace = pace
        self.host_delay = host_delay
        self.log: list[Logged] = []
        self._start = start
        self._lock = threading.Lock()
        self._room: Newsroom | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finish: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from now on; raises UsageError when the port is taken."""
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="demo", daemon=True)
        self._thread.start()
        try:
            self.port = ready.result()
        except OSError as error:
            self._thread.join()
            sentence = f"Port {self.port} on {HOST} is taken: end the program that uses it, or choose another port."
            raise UsageError(sentence) from error

    def stop(self) -> None:
        """Serve no longer; returns when the last connection is closed."""
        if self._loop and self._finish and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._finish.set)
            self._thread.join()

    @property
    def sources(self) -> list[str]:
        """The URLs to give to `tuoben source add`, one for each publisher."""
        return [self.room.origin(publisher) + publisher.start for publisher in publishers()]

    @property
    def room(self) -> Newsroom:
        """What is on the sites; only there while the server runs."""
        if self._room is None:
            raise UsageError("The demo's publishers are not running: call start() first.")
        return self._room

    @property
    def phase(self) -> int:
        """How often the clock was moved."""
        return self.room.phase

    @property
    def expected(self) -> dict[str, list[Expected]]:
        """The truth of all that is on the sites now, by publisher's name, newest first."""
        with self._lock:
            return self.room.expected()

    def env(self) -> dict[str, str]:
        """The settings with which a crawler on this machine reaches the publishers."""
        hosts = [f"{publisher.name}.localhost" for publisher in publishers()]
        hosts += [f"{p.pictures}.{p.name}.localhost" for p in publishers() if p.pictures]
        return {
            "TUOBEN_CONNECT_TO": ",".join(f"{host}:{self.port}:{HOST}:{self.port}" for host in hosts),
            "TUOBEN_ALLOW_NETWORKS": "127.0.0.0/8",
            "TUOBEN_HOST_DELAY": str(self.host_delay),
        }

    def advance(self) -> bool:
        """Move the sites' clock: new articles, one edited, one taken away. False when nothing is left to happen."""
        with self._lock:
            return self.room.advance(datetime.now(UTC))

    async def _serve(self, ready: Future[int]) -> None:
        self._loop, self._finish = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self.port)
            await site.start()
            port: int = runner.addresses[0][1]
            self._room = Newsroom(port, self._start or datetime.now(UTC))
            ready.set_result(port)
            await self._run_clock(self._finish)
        except OSError as error:
            ready.set_exception(error)
        finally:
            ready.cancel()  # of no effect when it was answered; else `start` must not wait for ever
            await runner.cleanup()

    async def _run_clock(self, finish: asyncio.Event) -> None:
        """Until `finish` is set, move the clock at the pace."""
        while not finish.is_set():
            try:
                await asyncio.wait_for(finish.wait(), self.pace or None)
            except TimeoutError:
                self.advance()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Find what the host has at the path and send it the way that the publisher's server would."""
        names = request.host.partition(":")[0].removesuffix(".localhost").split(".")
        publisher = self.room.publisher(names[-1])
        if publisher is None or request.method not in ("GET", "HEAD"):
            return web.Response(status=404 if publisher is None else 405, text="no such site or method here\n")
        with self._lock:
            found = self._find(publisher, request.path)
        if found.delay:
            await asyncio.sleep(found.delay)
        response = await _send(request, publisher, found)
        self.log.append(
            Logged(
                time=datetime.now(UTC),
                host=request.host,
                path=request.path_qs,
                status=response.status,
                agent=request.headers.get("User-Agent", ""),
                conditional="If-None-Match" in request.headers or "If-Modified-Since" in request.headers,
            )
        )
        return response

    def _find(self, publisher: Publisher, path: str) -> _Resource:
        for ask in (self._fixed, self._listed, self._page):
            if found := ask(publisher, path):
                return found
        status = 410 if self.room.gone(publisher.name, path) else 404
        words = "<!DOCTYPE html><title>404</title><h1>页面不存在 Page not found</h1><p><a href='/'>首页 Home</a></p>"
        return _Resource(body=words.encode(), content_type="text/html; charset=utf-8", status=status)

    def _fixed(self, publisher: Publisher, path: str) -> _Resource | None:
        if path == "/robots.txt" and publisher.robots:
            text = publisher.robots.replace("$origin", self.room.origin(publisher))
            return _Resource(body=text.encode(), content_type="text/plain")
        if path == "/style.css":
            return _Resource(body=publisher.templates["style.css"].encode(), content_type="text/css")
        if path == "/site.js":
            return _Resource(body=_SCRIPT, content_type="text/javascript")
        if path.startswith("/images/") and path.endswith(".png"):
            return _Resource(body=pictures.png(path[8:-4]), content_type="image/png")
        if path.startswith("/images/") and path.endswith(".svg"):
            return _Resource(body=pictures.svg(path[8:-4]), content_type="image/svg+xml")
        return None

    def _listed(self, publisher: Publisher, path: str) -> _Resource | None:
        for listing in publisher.listings:
            if listing.path == path:
                body, content_type = render(self.room, publisher, listing)
                return _Resource(body=body, content_type=content_type)
        for category in ("", *publisher.categories):
            if path == (section_path(publisher, category) if category else "/"):
                return _html(publisher, section(self.room, publisher, category))
        return None

    def _page(self, publisher: Publisher, path: str) -> _Resource | None:
        for story in self.room.stories(publisher.name):
            for number in range(1, len(story.pages) + 1):
                if story.path(number) == path:
                    text = article(self.room, story, number)
                    return _html(publisher, text, story.modified or story.published, story.entry.delay)
        return None


def _html(publisher: Publisher, text: str, modified: datetime | None = None, delay: float = 0.0) -> _Resource:
    body = text.encode(publisher.encoding, "xmlcharrefreplace")
    return _Resource(body=body, content_type=publisher.content_type, modified=modified, delay=delay)


async def _send(request: web.Request, publisher: Publisher, found: _Resource) -> web.StreamResponse:
    """Send a resource, with the validators, content coding and transfer coding that the publisher's server has."""
    headers = {"Content-Type": found.content_type, "Server": "demo-press/2.1"}
    if publisher.stamps and found.status == 200:
        headers["ETag"] = f'"{hashlib.sha256(found.body).hexdigest()[:20]}"'
        if found.modified:
            headers["Last-Modified"] = format_datetime(found.modified.astimezone(UTC), usegmt=True)
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
    body = found.body
    if "gzip" in publisher.transfer and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
        headers["Vary"] = "Accept-Encoding"
    if "chunked" not in publisher.transfer or request.method == "HEAD":
        return web.Response(status=found.status, headers=headers, body=body)
    response = web.StreamResponse(status=found.status, headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(body), _PIECE):
        await response.write(body[start : start + _PIECE])
    await response.write_eof()
    return response
