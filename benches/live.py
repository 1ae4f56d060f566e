"""Thirty newsrooms publish live on loopback while tuoben's own worker collects: publish → snapshot, in its own process.

Time is scaled: the mean listing period is 10 s instead of ten minutes, and the newsrooms publish as much faster. A lag
is counted from the moment when an article is on its feed to the moment when its capture is committed and acknowledged.
What the processor does is not scaled, so it weighs sixty times as much as it would: where polls begin late, the figures
tell of the machine and not of the plan, and `late` says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import os
import random
import sys
import tempfile
import time
from email.utils import formatdate
from pathlib import Path

SCALE = 60.0
PERIOD = 600 / SCALE
SOURCES, SECONDS, WARM_UP = 30, 90.0, 20.0
MEDIAN, SIGMA, WINDOW = 17.0, 1.6, 30
BEFORE = 8
"""Articles of each newsroom from before the start: what its first poll shows, with their times."""
FOLDER = tempfile.TemporaryDirectory(prefix="tuoben-live-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tuoben.settings",
    "TUOBEN_DATA": FOLDER.name,
    "TUOBEN_ALLOW_NETWORKS": "127.0.0.0/8",
    "TUOBEN_LOG_LEVEL": "ERROR",
}

import django  # noqa: E402 (settings are read when it starts)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from tuoben.archive.segments import Segments  # noqa: E402
from tuoben.commands import engine  # noqa: E402
from tuoben.home import Home  # noqa: E402
from tuoben.model import Kind, Receipt  # noqa: E402
from tuoben.net import Door  # noqa: E402
from tuoben.pipeline import Plan  # noqa: E402
from tuoben.scheduler import Crawler  # noqa: E402
from tuoben.store import repository  # noqa: E402


class Rooms:
    """The newsrooms: what each has published, and when."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.published: dict[str, float] = {}
        """Path with host → time.time() of publication."""
        self._feeds: dict[str, list[str]] = {f"127.0.2.{n}": [] for n in range(1, SOURCES + 1)}
        self.port = 0
        self.polls = 0

    @property
    def hosts(self) -> list[str]:
        return list(self._feeds)

    async def publish(self, host: str) -> None:
        """One newsroom's days, until cancelled."""
        rate = MEDIAN * math.exp(SIGMA * self._chance.gauss(0, 1)) * SCALE / 86_400
        for n in range(BEFORE, 0, -1):
            self._put(host, time.time() - n / rate)
        while True:
            await asyncio.sleep(self._chance.expovariate(rate))
            self._put(host, time.time())

    def _put(self, host: str, at: float) -> None:
        number = len(self._feeds[host]) + 1
        self._feeds[host].append(f"/news/{number}.html")
        self.published[f"{host}/news/{number}.html"] = at

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                host = fields["host"].partition(":")[0]
                writer.write(self._answer(host, head[0].split()[1], fields.get("if-none-match", "")))
                await writer.drain()
        writer.close()

    def _answer(self, host: str, path: str, condition: str) -> bytes:
        if path == "/robots.txt":
            return _response("404 Not Found", b"", "text/plain")
        if path != "/feed.xml":
            return _response("200 OK", _page(host, path).encode(), "text/html; charset=utf-8")
        self.polls += 1
        rows = "".join(
            f"<item><title>{_title(host, link)}</title><link>http://{host}:{self.port}{link}</link>"
            f"<pubDate>{formatdate(self.published[host + link])}</pubDate></item>"
            for link in reversed(self._feeds[host][-WINDOW:])
        )
        body = f"<rss version='2.0'><channel><title>{host}</title>{rows}</channel></rss>".encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if condition == tag:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        return _response("200 OK", body, "application/rss+xml", f"ETag: {tag}\r\n")


def _title(host: str, path: str) -> str:
    return f"{host} 第 {path.split('/')[-1].split('.')[0]} 号通报：供水管网改造进展"


def _page(host: str, path: str) -> str:
    seed = int.from_bytes(hashlib.sha256(f"{host}{path}".encode()).digest()[:4])
    prose = "".join(
        f"<p>据第{seed + n}号现场通报，调度中心对取水口进行检查，抢修队伍预计于本周完成，涉及{seed % 977 + n}户。</p>"
        for n in range(6)
    )
    title = _title(host, path)
    return (
        f"<!doctype html><html lang=zh><head><title>{title}</title></head><body><h1>{title}</h1>{prose}</body></html>"
    )


def _response(status: str, body: bytes, kind: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def collect(home: Home, rooms: Rooms, seconds: float) -> tuple[dict[str, float], list[float]]:
    """Run the worker for so long: URL without scheme and port → time.time() of its acknowledgement; and for each poll
    the seconds by which it came later than planned."""
    seen: dict[str, float] = {}
    late: list[float] = []
    planned: dict[str, float] = {}

    def acknowledge(receipt: Receipt) -> None:
        outcome = receipt.outcome
        if outcome.claim.kind is Kind.LISTING:
            if outcome.claim.url in planned:
                late.append(outcome.at.timestamp() - planned[outcome.claim.url])
            planned[outcome.claim.url] = outcome.due_at.timestamp() if outcome.due_at else math.inf
        if receipt.new_article and receipt.outcome.claim.kind is Kind.PAGE:
            seen[receipt.outcome.claim.url.removeprefix("http://").replace(f":{rooms.port}", "")] = time.time()

    plan = Plan.of(PERIOD, 3600 / SCALE)
    async with Door.from_env(os.environ | {"TUOBEN_ALLOW_PORTS": str(rooms.port)}) as door:
        with Segments(home.archive, writer="live") as segments, engine.runner() as runner:
            crawler = Crawler(
                home=home, door=door, segments=segments, runner=runner, plan=plan, host_delay=0.0, disk_floor=0,
                acknowledge=acknowledge,
            )  # fmt: skip
            asyncio.get_running_loop().call_later(seconds, crawler.stop)
            await crawler.run()
    return seen, sorted(late)


async def run(home: Home, seconds: float) -> dict[str, float]:
    """Publish and collect; the figures."""
    rooms = Rooms(20261122)
    server = await asyncio.start_server(rooms.serve, "0.0.0.0", 0)
    rooms.port = server.sockets[0].getsockname()[1]
    for host in rooms.hosts:
        address = f"http://{host}:{rooms.port}/"
        repository.add_source(address, host, "", [(f"{address}feed.xml", "feed")], timezone.now())
    rooms_open = [asyncio.create_task(rooms.publish(host)) for host in rooms.hosts]
    began = time.time()
    seen, late = await collect(home, rooms, seconds)
    for task in rooms_open:
        task.cancel()
    server.close()
    counted = {key: at for key, at in rooms.published.items() if began + WARM_UP < at < began + seconds - WARM_UP / 2}
    lags = sorted(seen[key] - at for key, at in counted.items() if key in seen)
    if not lags or not late:
        raise SystemExit("Nothing was captured in time: the machine is too busy for this bench.")
    return {
        "published": len(counted),
        "captured": len(lags),
        "period": PERIOD,
        "polls": rooms.polls,
        "budget": SOURCES * seconds / PERIOD,
        "late": late[len(late) // 2],
        "median": lags[len(lags) // 2],
        "p95": lags[int(len(lags) * 0.95)],
    }


def main(seconds: float = SECONDS) -> None:
    """Print the figures as JSON."""
    with FOLDER as folder:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the rows are written here, in the one thread there is
        home = Home(Path(folder))
        home.prepare()
        call_command("migrate", verbosity=0, interactive=False)
        print(json.dumps(asyncio.run(run(home, seconds))))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
