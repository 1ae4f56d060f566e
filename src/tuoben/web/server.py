"""The web server: two listeners, one for the app and one for stored bytes. The only module that knows waitress.

Which origin a request belongs to is fixed here, by the listener that it came in on.
"""

from __future__ import annotations

import errno
import gc
import re
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from tuoben.errors import UsageError
from tuoben.store import database
from tuoben.web import origins
from tuoben.web.views import replay

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

THREADS = 8
"""Worker threads of each listener."""
LOOK = 0.25
"""Seconds between two looks at the stop event."""
HEADERS = 64 << 10
BODY = 1 << 20

_HIGH = re.compile(rb"[\x80-\xff]")


class Stop(Protocol):
    """What says that it is time to stop: threading.Event or multiprocessing.Event."""

    def is_set(self) -> bool:
        """Whether to stop."""


class _Parser(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """Reads requests, also those of clients that send the characters of an address as they are (curl '…?q=国内')."""

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        super().parse_header(_HIGH.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest)


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Threads that close their connections to the rows before they end."""

    def __init__(self) -> None:
        super().__init__()
        self._ended = threading.Semaphore(0)
        self.set_thread_count(THREADS)

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        def work(number: int) -> None:
            try:
                target(number)
            finally:
                connections.close_all()
                self._ended.release()

        super().start_new_thread(work, thread_no)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        done: bool = super().shutdown(cancel_pending, timeout)
        for _ in range(THREADS if done else 0):
            self._ended.acquire(timeout=1)
        return done


class Server:
    """Both listeners, bound. `run` serves until the event is set; addresses are what was really bound."""

    def __init__(self, listen: str, replay_listen: str) -> None:
        held = [bound(listen, "--listen")]
        try:
            held.append(bound(replay_listen, "--replay-listen"))
        except UsageError:
            held[0].close()
            raise
        self.address, self.replay_address = (_address(listener) for listener in held)
        ports = {
            key: str(listener.getsockname()[1])
            for key, listener in zip((origins.APP_PORT_KEY, origins.REPLAY_PORT_KEY), held, strict=True)
        }
        _allow(listener.getsockname()[0] for listener in held)
        self._map: dict[int, Any] = {}
        app = get_wsgi_application()
        self._servers = [
            create_server(
                marked(app, origin, ports), map=self._map, sockets=[listener], _dispatcher=_Dispatcher(), ident="",
                channel_timeout=30, connection_limit=500, max_request_header_size=HEADERS, max_request_body_size=BODY,
                clear_untrusted_proxy_headers=True, expose_tracebacks=False, asyncore_use_poll=True,
            )
            for origin, listener in zip((origins.APP, origins.REPLAY), held, strict=True)
        ]  # fmt: skip
        for server in self._servers:
            server.channel_class = _Channel

    def run(self, stop: Stop) -> None:
        """Serve until `stop` is set; requests under way are finished, for a few seconds at most."""
        while not stop.is_set():
            wasyncore.loop(timeout=LOOK, use_poll=True, map=self._map, count=1)
        self.close()

    def close(self) -> None:
        """Give the ports back."""
        for server in self._servers:
            server.task_dispatcher.shutdown(timeout=3)
            server.close()
        wasyncore.close_all(self._map, ignore_all=True)
        replay.close()


def serve(listen: str, replay_listen: str, stop_event: Stop, ready: Callable[[str, str], None] | None = None) -> None:
    """Serve both origins until `stop_event` is set. `ready` is told both addresses when they are bound.

    Raises UsageError, naming the option to change, when an address cannot be listened on.
    """
    server = Server(listen, replay_listen)
    database.stay()
    gc.collect()
    gc.freeze()  # what was imported stays: no collection has to look at it
    if ready is not None:
        ready(server.address, server.replay_address)
    server.run(stop_event)


def marked(application: Application, origin: str, ports: dict[str, str]) -> Application:
    """The application with every request marked by the listener that it came in on."""

    def call(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ.update(ports)
        environ[origins.ORIGIN_KEY] = origin
        return application(environ, start_response)

    return call


def split(where: str, option: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT"; a port alone listens on this machine only."""
    host, _colon, port = where.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(
            f"“{where[:80]}” is not an address to listen on; write {option} HOST:PORT, like 127.0.0.1:8000."
        )
    return host, int(port)


def why_not(error: OSError, where: str, option: str) -> str:
    """The sentence for an address that cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        host, port = split(where, option)
        return f"Port {port} on {host} is taken by another program; choose another one with {option} {host}:PORT."
    if error.errno == errno.EACCES:
        return f"This user may not listen on {where}; choose a port above 1023 with {option}."
    return f"{where} cannot be listened on ({error}); choose an address of this machine with {option} HOST:PORT."


def bound(where: str, option: str) -> socket.socket:
    """A socket bound to "HOST:PORT". Raises UsageError, naming `option`, when that cannot be had."""
    host, port = split(where, option)
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(why_not(error, where, option)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)  # Linux lets two sockets bind one address with SO_REUSEADDR until one of them listens
    except OSError as error:
        listener.close()
        raise UsageError(why_not(error, where, option)) from error
    return listener


def _allow(hosts: Iterable[str]) -> None:
    """An address that is listened on by name is one that visitors may ask for; a wildcard names none."""
    for host in hosts:
        shown = f"[{host}]" if ":" in host else host
        if host not in ("0.0.0.0", "::") and shown not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, shown]


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
