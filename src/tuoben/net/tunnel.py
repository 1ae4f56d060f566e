"""A tunnel through an HTTP proxy (CONNECT, RFC 9110 9.3.6) to an address that the door has looked up and checked.

The proxy is named by the operator, so connecting to it is exempt (law 3). It is told the checked address, never the
name, so that what it resolves elsewhere cannot lead anywhere else; and it only passes bytes on, so that what the
archive keeps is what the server sent (law 1).
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from typing import Any

LONGEST_HEAD = 16 * 1024
"""Bytes of a proxy's answer before the tunnel stands."""


def proxy_place(proxy: str) -> tuple[str, int]:
    """Host and port of "http://host:port"."""
    host, _, port = proxy.removeprefix("http://").rstrip("/").rpartition(":")
    return host.strip("[]"), int(port)


async def open_tunnel(proxy: str, targets: Sequence[tuple[str, int]]) -> tuple[socket.socket, str]:
    """A connected socket that reaches the first of the targets that the proxy gets through to, and its address.

    `targets` are (IP address, port), checked before. Raises OSError when none can be reached.
    """
    why = OSError(errno.ECONNREFUSED, "there is no address to be reached")
    for ip, port in targets:
        try:
            return await _through(proxy, ip, port), ip
        except OSError as error:
            why = error
    raise why


async def _through(proxy: str, ip: str, port: int) -> socket.socket:
    host, proxy_port = proxy_place(proxy)
    made = await _connect(host, proxy_port)
    try:
        loop = asyncio.get_running_loop()
        target = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        await loop.sock_sendall(made, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("ascii"))
        head = b""
        while not head.endswith(b"\r\n\r\n"):  # byte by byte: what follows the head belongs to the server
            piece = await loop.sock_recv(made, 1)
            head += piece
            if not piece or len(head) > LONGEST_HEAD:
                raise OSError(errno.ECONNREFUSED, f"the proxy {host}:{proxy_port} did not answer as a proxy")
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        version, _, rest = status.partition(" ")
        if not version.startswith("HTTP/1.") or not rest.startswith("2"):
            raise OSError(
                errno.ECONNREFUSED, f"the proxy {host}:{proxy_port} refused the tunnel to {target}: {rest[:80]}"
            )
    except BaseException:
        made.close()
        raise
    return made


async def _connect(host: str, port: int) -> socket.socket:
    """A plain connection to the proxy itself."""
    loop = asyncio.get_running_loop()
    infos: Sequence[tuple[Any, ...]] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    why = OSError(errno.ECONNREFUSED, f"the proxy {host} has no address")
    for family, kind, proto, _, address in infos:
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        try:
            await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            why = OSError(errno.ECONNREFUSED, f"the proxy {host}:{port} cannot be reached: {error.strerror or error}")
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise why
