"""The one door out (law 3): every connection to an address that came from outside is checked where it is made.

A `Door` hands out one aiohttp session whose connector checks twice: all answers of a look-up (one bad address refuses
the host), and the very address of each socket just before it connects. That covers redirects, IP literals, mapped IPv6
and rebinding; the text of a URL is never what decides.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from tuoben import __version__
from tuoben.errors import RefusedAddress, UsageError
from tuoben.net.addresses import IPAddress, IPNetwork, embedded, refused
from tuoben.net.ballast import Ballast, Hold
from tuoben.net.tunnel import open_tunnel
from tuoben.net.wire import Handler, Response, Sending, wire_url

__all__ = [
    "Ballast",
    "Door",
    "Hold",
    "Response",
    "Route",
    "Sending",
    "embedded",
    "parse_networks",
    "parse_ports",
    "parse_routes",
    "refused",
    "user_agent",
    "wire_url",
]

WEB_PORTS = frozenset({80, 443, 8080, 8443})
"""Ports that public sites are asked on; further ones by TUOBEN_ALLOW_PORTS."""

CONNECTIONS = 1024
CONNECTIONS_PER_HOST = 8
KEEP_ALIVE = 15.0
"""Seconds an idle connection is kept."""
DNS_TTL = 60
"""Seconds a look-up is remembered."""
RESOLVER_THREADS = 64
"""Look-ups at once: each may hang for half a minute in the system's resolver, and nobody can call it back."""

_ROUTE = re.compile(r"(\[[^\]]*\]|[^:\[\]]*):(\d*|\*):(\[[^\]]*\]|[^:\[\]]*):(\d*)")


class Route(NamedTuple):
    """One rule of --connect-to: host:port leads to to_host:to_port; "" and 0 match any, or keep what was."""

    host: str
    port: int
    to_host: str
    to_port: int

    def apply(self, host: str, port: int) -> tuple[str, int] | None:
        """Where a connection goes; None when the rule does not match."""
        if self.host not in ("", host.lower().rstrip(".")) or self.port not in (0, port):
            return None
        return self.to_host or host, self.to_port or port


def parse_routes(text: str) -> tuple[Route, ...]:
    """Read "HOST:PORT:HOST2:PORT2,…" as curl's --connect-to does; "*" or nothing on the left matches all.

    Raises UsageError.
    """
    routes = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _ROUTE.fullmatch(part)
        if match is None:
            raise UsageError(f"TUOBEN_CONNECT_TO: “{part}” is not HOST:PORT:HOST2:PORT2.")
        host, port, to_host, to_port = match.groups()
        host = "" if host == "*" else host.strip("[]").lower().rstrip(".")
        port = "" if port == "*" else port
        routes.append(Route(host, int(port or 0), to_host.strip("[]"), int(to_port or 0)))
    return tuple(routes)


def parse_networks(text: str) -> tuple[IPNetwork, ...]:
    """Read a list of networks (CIDR) separated by commas. Raises UsageError."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"TUOBEN_ALLOW_NETWORKS: {error}; write networks like 127.0.0.0/8.") from error


def parse_ports(text: str) -> frozenset[int]:
    """Read a list of ports separated by commas. Raises UsageError."""
    try:
        return frozenset(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError("TUOBEN_ALLOW_PORTS: write port numbers like 81,8081.") from error


def user_agent(contact: str = "") -> str:
    """The honest User-Agent: product, version, and whom to turn to (a URL or an e-mail address)."""
    clean = "".join(char for char in contact if "!" <= char <= "~" and char not in "()\\").strip()
    return f"tuoben/{__version__} (+{clean})" if clean else f"tuoben/{__version__} (self-hosted news archive)"


class Door:
    """The door of one process and one event loop. Use it as an async context manager, or call close()."""

    def __init__(
        self,
        allow_networks: Sequence[IPNetwork] = (),
        connect_to: Sequence[Route] = (),
        ca_file: str | Path | None = None,
        *,
        allow_ports: frozenset[int] = frozenset(),
        contact: str = "",
    ) -> None:
        self.allow_networks = tuple(allow_networks)
        self.connect_to = tuple(connect_to)
        self.ca_file = ca_file
        self.ports = WEB_PORTS | allow_ports | {route.to_port for route in connect_to if route.to_port}
        self.user_agent = user_agent(contact)
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        """By the proxy that they go through; "" for none."""
        self._lenient: ssl.SSLContext | None = None
        self.ballast = Ballast()
        """The memory for bodies that grow large."""
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Door:
        """A door as TUOBEN_ALLOW_NETWORKS, TUOBEN_ALLOW_PORTS, TUOBEN_CONNECT_TO, TUOBEN_CA_FILE and TUOBEN_CONTACT
        say. Raises UsageError.
        """
        ca_file = environ.get("TUOBEN_CA_FILE") or None
        if ca_file and not Path(ca_file).is_file():
            raise UsageError(f"TUOBEN_CA_FILE names {ca_file}, and there is no such file.")
        return cls(
            parse_networks(environ.get("TUOBEN_ALLOW_NETWORKS", "")),
            parse_routes(environ.get("TUOBEN_CONNECT_TO", "")),
            ca_file,
            allow_ports=parse_ports(environ.get("TUOBEN_ALLOW_PORTS", "")),
            contact=environ.get("TUOBEN_CONTACT", ""),
        )

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Where a connection to host:port goes: the first matching rule of connect_to, else there itself."""
        return next((hit for rule in self.connect_to if (hit := rule.apply(host, port)) is not None), (host, port))

    def allowed(self, ip: str) -> bool:
        """Whether the operator exempted an address (all its ports) from being refused."""
        try:
            address: IPAddress = ipaddress.ip_address(ip.partition("%")[0])
        except ValueError:
            return False
        forms: list[IPAddress] = [address]
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            forms.append(address.ipv4_mapped)
        return any(form in net for net in self.allow_networks for form in forms)

    def check(self, ip: str, port: int, host: str = "") -> None:
        """Raise RefusedAddress unless a connection to this address and port may be made."""
        if self.allowed(ip):
            return
        why = refused(ip)
        name = f"{host} ({ip})" if host and host != ip else ip
        if why:
            raise RefusedAddress(f"{name} is not asked: the address {why}.")
        if port not in self.ports:
            raise RefusedAddress(f"{name} is not asked: port {port} is no web port; TUOBEN_ALLOW_PORTS can allow it.")

    async def session(self, proxy: str = "") -> aiohttp.ClientSession:
        """The guarded session, made at the first call; its responses are `Response`s. close() closes it.

        `proxy`: "http://host:port", named by the operator; every connection is then a tunnel through it to an address
        that was looked up and checked here.

        It keeps no cookies, reads no proxy settings, decodes no bodies, and its redirects are checked hop by hop like
        everything else. Raises UsageError when the CA file cannot be read, RuntimeError when another event loop
        left its session open.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop and any(not session.closed for session in self._sessions.values()):
            raise RuntimeError("A Door serves one event loop at a time: close() it before the next one begins.")
        session = self._sessions.get(proxy)
        if session is None or session.closed:
            self._loop = loop
            connector = _Connector(self, self.tls_context(), proxy)
            session = self._sessions[proxy] = aiohttp.ClientSession(
                connector=connector,
                request_class=Sending,
                response_class=Response,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                skip_auto_headers=("Accept", "Accept-Encoding"),
                headers={"User-Agent": self.user_agent},
                timeout=aiohttp.ClientTimeout(total=60, connect=15),
            )
        return session

    def tls_context(self) -> ssl.SSLContext:
        """The system's trusted authorities and the extra bundle of the operator. Raises UsageError."""
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        if self.ca_file:
            try:
                context.load_verify_locations(cafile=str(self.ca_file))
            except (OSError, ssl.SSLError) as error:
                raise UsageError(f"TUOBEN_CA_FILE: {self.ca_file} cannot be read as certificates: {error}.") from error
        return context

    def lenient_context(self) -> ssl.SSLContext:
        """A context that authenticates nobody and speaks old TLS; always the same one, so that connections are kept."""
        if self._lenient is None:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 0x4
            self._lenient = context
        return self._lenient

    async def close(self) -> None:
        """Close all connections."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Connector(aiohttp.TCPConnector):
    """aiohttp's connector with the door's two checks and its routes."""

    def __init__(self, door: Door, context: ssl.SSLContext, proxy: str = "") -> None:
        self._door = door
        self._proxy = proxy
        self._names = _Resolver()
        super().__init__(
            resolver=self._names,
            ssl=context,
            limit=CONNECTIONS,
            limit_per_host=CONNECTIONS_PER_HOST,
            keepalive_timeout=KEEP_ALIVE,
            ttl_dns_cache=DNS_TTL,
            socket_factory=self._socket,
        )
        self._factory = cast("functools.partial[ResponseHandler]", functools.partial(Handler, loop=self._loop))

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for an address that is about to be connected to; the last check, and the one that counts."""
        family, kind, proto, _, address = info
        self._door.check(address[0], address[1])
        return socket.socket(family, kind, proto)

    async def _wrap_create_connection(
        self,
        *args: Any,  # noqa: ANN401 (aiohttp's own, handed on)
        addr_infos: list[Any],
        req: aiohttp.ClientRequest,
        timeout: aiohttp.ClientTimeout,
        client_error: type[Exception] = aiohttp.ClientConnectorError,
        **kwargs: Any,  # noqa: ANN401 (the same)
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        """The connection to one of the addresses of a host, in a tunnel when there is a proxy."""
        if not self._proxy:
            return await super()._wrap_create_connection(
                *args, addr_infos=addr_infos, req=req, timeout=timeout, client_error=client_error, **kwargs
            )
        targets = [(info[4][0], info[4][1]) for info in addr_infos]
        for ip, port in targets:
            self._door.check(ip, port)
        try:
            async with asyncio.timeout(timeout.sock_connect or timeout.connect):
                tunnel, ip = await open_tunnel(self._proxy, targets)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        transport, handler = await self._wrap_existing_connection(
            *args, req=req, timeout=timeout, client_error=client_error, sock=tunnel, **kwargs
        )
        if isinstance(handler, Handler):
            handler.target = ip
        return transport, handler

    async def _resolve_host(self, host: str, port: int, traces: Sequence[Any] | None = None) -> list[ResolveResult]:
        """All addresses of a host, routed and checked. aiohttp asks here for IP literals too, unlike its resolver."""
        to_host, to_port = self._door.route(host.strip("[]"), port)
        answers = await super()._resolve_host(to_host, to_port, traces)
        # Where the operator exempted some of the answers, those are meant ("localhost" is 127.0.0.1 and ::1).
        exempt = [answer for answer in answers if self._door.allowed(answer["host"])]
        for answer in exempt or answers:
            self._door.check(answer["host"], to_port, host)
        return exempt or answers

    async def close(self, *, abort_ssl: bool = False) -> None:
        await super().close(abort_ssl=abort_ssl)
        await self._names.close()


class _Resolver(AbstractResolver):
    """getaddrinfo in threads of its own, so that slow look-ups do not hold up the program's other threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = functools.partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        infos = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(hostname=host, host=str(info[4][0]), port=port, family=info[0], proto=info[2], flags=0)
            for info in infos
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
