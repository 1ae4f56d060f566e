"""Six workers on one data directory, forty kill -9 among them, and some that stand still for longer than their leases."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import postgresql
from command import Tuoben, warcio_check
from loopback import Web
from stories import publish

WORKERS, KILLS, STALLS = 6, 40, 4
HOSTS, PAGES = 24, 64
DELAY, LEASE = 0.5, 10.0
TIRED = 480.0
"""Seconds that the workers get to finish."""


class Workers:
    """Workers that are killed, stopped and started again."""

    def __init__(self, tuoben: Tuoben, log: Path) -> None:
        self.tuoben, self.log = tuoben, log
        self.running: list[subprocess.Popen[str]] = []
        self.asleep: dict[subprocess.Popen[str], float] = {}
        self.kills = self.stalls = 0

    def fill_up(self) -> None:
        """Six are there, and those that stood still long enough go on."""
        for process, until in list(self.asleep.items()):
            if time.monotonic() > until:
                process.send_signal(signal.SIGCONT)
                del self.asleep[process]
        while len(self.running) < WORKERS:
            with self.log.open("a") as log:
                self.running.append(self.tuoben.popen("worker", stdout=log, stderr=log))

    def one(self, chance: random.Random) -> subprocess.Popen[str] | None:
        """A worker that has leased hosts at this moment."""
        holders = {
            str(name) for (name,) in self.tuoben.sql("SELECT DISTINCT holder FROM store_host WHERE holder <> ''")
        }
        locks = [self.tuoben.data / "lock" / f"worker-{name}" for name in holders]
        busy = {int(lock.read_text() or 0) for lock in locks if lock.exists()}
        found = [one for one in self.running if one.pid in busy and one not in self.asleep]
        return chance.choice(found) if found else None

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        self.running.remove(process)
        self.kills += 1

    def stall(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGSTOP)
        self.asleep[process] = time.monotonic() + LEASE * 1.3
        self.stalls += 1

    def end(self) -> None:
        """All are asked to finish."""
        for process in self.running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running:
            process.wait(30)


@contextmanager
def at_work(tuoben: Tuoben, log: Path) -> Iterator[Workers]:
    workers = Workers(tuoben, log)
    try:
        yield workers
        workers.end()
    finally:
        for process in workers.running:
            process.kill()


def ill_treat(workers: Workers, undone: str) -> None:
    """Kill and stop them, each amid its work, until both were done often enough and everything is collected."""
    chance = random.Random(20261122)
    end = time.monotonic() + TIRED
    last = 0.0
    while time.monotonic() < end:
        workers.fill_up()
        now = time.monotonic()
        busy = bool(workers.tuoben.sql(undone)[0][0])
        if workers.kills < KILLS and now - last > 0.3 and (victim := workers.one(chance)) is not None:
            time.sleep(chance.random())  # into the midst of its work
            last = now
            if workers.stalls < STALLS and workers.kills >= (workers.stalls + 1) * KILLS // (STALLS + 2):
                workers.stall(victim)
            else:
                workers.kill(victim)
        if not busy and not workers.asleep:
            break  # too few kills by now: there was too little to do
        time.sleep(0.1 + chance.random() * 0.2)


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("rows", ["sqlite", "postgresql"])
def test_forty_kills_of_six_workers(rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every URL is completed once, nothing is recorded twice, and no host is asked before its delay is over."""
    began = time.monotonic()
    with Web() as web:
        hosts = [web.host(f"h{n}.test") for n in range(HOSTS)]
        urls = {host.url(path) for host in hosts for path in publish(host, PAGES)}
        settings = {"TUOBEN_LEASE": str(LEASE), "TUOBEN_WORKERS": str(WORKERS)}
        if rows == "postgresql":
            settings["TUOBEN_DATABASE"] = postgresql.database()
        tuoben = Tuoben(tmp_path / "data", web.env(delay=DELAY) | settings)
        tuoben.run("source", "add", *(host.url("/feed.xml") for host in hosts))
        with at_work(tuoben, tmp_path / "log") as workers:
            undone = "SELECT count(*) FROM store_item WHERE visits = 0 AND state IN ('queued', 'leased')"
            ill_treat(workers, undone)
        tuoben.run("crawl", "--once", "--json")
        log = (tmp_path / "log").read_text()

        asked = Counter(f"http://{hit.host}{hit.path}" for hit in web.log)
        stored = dict(tuoben.sql("SELECT url, count(*) FROM store_capture WHERE kind = 'page' GROUP BY url"))
        gaps = [b.at - a.at for host in hosts for a, b in pairwise(web.hits(host.name))]
        twice = {url for url in urls if stored.get(url, 0) > 1}
        lost = sum(asked[url] - stored.get(url, 0) for url in urls)
        segments = tuoben.segments()
        with capsys.disabled():
            print(
                f"\n{rows}: {workers.kills} kills, {workers.stalls} stalls, {len(urls)} pages, "
                f"{sum(asked[url] for url in urls)} page requests: {lost} lost with their worker, {len(twice)} pages stored "
                f"twice; smallest gap {min(gaps):.3f} s (delay {DELAY}), {sum(gap < DELAY for gap in gaps)} too small of "
                f"{len(gaps)}; {len(segments)} segments, {log.count('are taken in')} tails taken in, "
                f"{time.monotonic() - began:.0f} s"
            )
        assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
        assert set(stored) == urls and min(gaps) >= DELAY
        assert workers.kills >= KILLS and workers.stalls == STALLS
        assert lost <= workers.kills * HOSTS and len(twice) <= workers.stalls * HOSTS
        assert tuoben.sql("SELECT count(*) FROM store_item WHERE kind = 'page' AND visits <> 1") == [(0,)]
        for table in ("article", "revision"):
            assert tuoben.sql(f"SELECT count(*) FROM store_{table}") == [(len(urls),)]
        assert tuoben.sql("SELECT count(*) FROM store_host WHERE leased_until IS NOT NULL") == [(0,)]
        assert tuoben.json("verify")["bad"] == []
        warcio_check(*segments)
        assert tuoben.json("search", "--limit", "1", "通报")["total"] == len(urls)
