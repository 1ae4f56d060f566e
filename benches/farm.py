"""A loopback farm for benches: many hosts (127.0.0.x, one port) that serve generated news pages, gzip-coded, with
robots.txt and a sitemap. It runs in a process of its own, so that its CPU is not counted.

    with Farm(hosts=40, pages=50) as farm:
        farm.pages()        # every page's URL
        farm.sitemaps()     # one sitemap for each host, as plain text
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import random
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

BODIES = 120
"""Different page bodies; the head of each answer differs from page to page."""
SMALLEST, LARGEST = 40_000, 170_000
"""Bytes of a body before its gzip coding."""
SEED = 20261122
ROBOTS = b"User-agent: *\nDisallow: /private/\nDisallow: /*?print=\nAllow: /\n"


class Farm:
    """The farm. `port` is known once it is entered."""

    def __init__(self, hosts: int, pages: int) -> None:
        self.hosts = [f"127.0.1.{number}" for number in range(1, hosts + 1)]
        self.per_host = pages
        self.port = 0
        ours, self._theirs = multiprocessing.Pipe()
        self._pipe = ours
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(self._theirs, pages))

    def pages(self) -> list[str]:
        """The URL of every page, host after host in turn."""
        return [f"http://{host}:{self.port}/news/{n}.html" for n in range(self.per_host) for host in self.hosts]

    def sitemaps(self) -> list[str]:
        """The URL of each host's sitemap."""
        return [f"http://{host}:{self.port}/sitemap.txt" for host in self.hosts]

    def __enter__(self) -> Self:
        self._process.start()
        self.port = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join()


def article(chance: random.Random) -> bytes:
    """One page as news sites build them: much markup around the text, a fifth of its size when gzip-coded."""
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(900)]
    hanzi = [chr(chance.randint(0x4E00, 0x6FFF)) for _ in range(1200)]
    phrases = ["".join(chance.choices(hanzi, k=12)) for _ in range(150)]
    size = chance.randint(SMALLEST, LARGEST)
    parts = [f"<!doctype html><html lang='zh'><head><title>{''.join(chance.choices(hanzi, k=18))}</title>"]
    length = 0
    while length < size:
        name, number = chance.choice(words), chance.randint(1000, 99_999_999)
        block = (
            f'<div class="item {name}-card" data-id="{number}"><a href="/{chance.choice(words)}/{number}.html" '
            f'target="_blank"><img class="lazy" data-src="//img.example/{name}/{number}.jpg" alt=""></a>'
            f"<p class='text'>{'，'.join(chance.choices(phrases, k=6))}。"
            f"{' '.join(chance.choices(words[:80], k=6))}</p></div>\n"
        )
        parts.append(block)
        length += len(block.encode())
    return "".join([*parts, "</body></html>"]).encode()


class _Answers:
    """What the farm says, made once."""

    def __init__(self, per_host: int) -> None:
        chance = random.Random(SEED)
        self._bodies = [gzip.compress(article(chance), 6, mtime=0) for _ in range(BODIES)]
        self._per_host = per_host

    def to(self, target: bytes, host: bytes) -> bytes:
        """The answer to a request for `target`."""
        if target == b"/robots.txt":
            return _answer(b"text/plain", ROBOTS, b"")
        if target == b"/sitemap.txt":
            rows = (b"http://%s/news/%d.html\n" % (host, number) for number in range(self._per_host))
            return _answer(b"text/plain", b"".join(rows), b"")
        number = int(target.rpartition(b"/")[2].partition(b".")[0])
        body = self._bodies[(number * 41 + sum(host)) % BODIES]
        return _answer(
            b"text/html; charset=utf-8", body, b'Content-Encoding: gzip\r\nETag: "%d-%s"\r\n' % (number, host)
        )


def _answer(kind: bytes, body: bytes, more: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: %s\r\n"
        b"Content-Length: %d\r\nConnection: keep-alive\r\nVary: Accept-Encoding\r\nCache-Control: max-age=60\r\n"
        b"Last-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\nX-Cache: HIT\r\nX-Frame-Options: SAMEORIGIN\r\n"
        b"X-Request-Id: 5f1c2a9e7d3b4c60\r\n%sAccept-Ranges: bytes\r\n\r\n%s" % (kind, len(body), more, body)
    )


class _Connection(asyncio.Protocol):
    """One connection: requests without bodies, one after another."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            head, _, self._pending = self._pending.partition(b"\r\n\r\n")
            host = next(line[6:] for line in head.split(b"\r\n") if line[:6].lower() == b"host: ")
            self._transport.write(self._answers.to(head.split(b" ", 2)[1], host))


def _serve(pipe: Connection, per_host: int) -> None:
    async def run() -> None:
        answers = _Answers(per_host)
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(answers), "0.0.0.0", 0, backlog=512)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
