"""One crawl over all hostile servers at once: each item ends as it should, the WARC is sound, and memory stays bounded."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

import hostile
from command import Tuoben
from loopback import Web
from outcomes import NOW, collect, file_rows
from stories import feed, page
from tuoben import fetch
from tuoben.archive.reading import Archive
from tuoben.archive.verify import verify_segment
from tuoben.fetch import FetchLimits
from tuoben.home import Home
from tuoben.model import Kind
from tuoben.runner import Runner
from tuoben.store import models, repository

CRAWLER_MIB, CHILD_MIB = 600, 400
"""Bounds of memory: the crawler's and each of its children's."""
SHORT = FetchLimits(total=4.0, connect=2.0, first_byte=2.0, stall=1.5, body=4 << 20)


@pytest.fixture
def home(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Home]:
    """A data directory of the test's own."""
    with django_db_blocker.unblock(), file_rows(Home(tmp_path / "data")) as home:
        yield home


def announce(web: Web, name: str) -> None:
    """A source whose feed announces one hostile page and one good one."""
    host = web.host(f"{name}.test")
    host.page("/feed.xml", feed(host, {"/x.html": f"甲市第{len(name)}号通报", "/good.html": f"{name} 的好文章"}))
    host.page("/good.html", page(len(name), f"{name} 的好文章"))
    repository.add_source(host.url("/"), name, "", [(host.url("/feed.xml"), "feed")], NOW)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_crawl_of_hostile_servers(home: Home, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hostile page ends in its named error or its flagged capture; every good page beside it is an article."""
    for kind in (Kind.PAGE, Kind.LISTING):
        monkeypatch.setitem(fetch.LIMITS, kind, SHORT)
    for case in hostile.CASES:
        announce(web, case.name)
        hostile.install(web.host(f"{case.name}.test"), case)
    with Runner(workers=2, seconds=20.0, preload=("tuoben.extract", "tuoben.discover")) as runner:
        collect(home, web, runner)
    items = {item.host.removesuffix(".test"): item for item in models.Item.objects.filter(url__endswith="/x.html")}
    for case in hostile.CASES:
        item, kept = items[case.name], models.Capture.objects.filter(url=f"http://{case.name}.test/x.html")
        if case.error:
            assert not kept and item.error.endswith("."), (case.name, item.error)
        else:
            assert {row.truncated for row in kept} == {case.truncated}, case.name
        assert case.why in item.error, (case.name, item.error)
        good = models.Capture.objects.filter(url=f"http://{case.name}.test/good.html")
        # who asked to be left alone for a day is left alone
        assert any(row.article for row in good) or case.name in ("busy-date", "busy-absurd"), case.name
    assert not models.Host.objects.filter(leased_until__isnull=False)
    for name in Archive(home.archive).segments():  # by our own check: warcio's stumbles over "Content-Encoding: br"
        assert list(verify_segment(home.archive / name)) == []


def peak(pid: int) -> int:
    """The most memory that a process ever held, in MiB; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in told.splitlines() if line.startswith("VmHWM")), 0)


def family(pid: int) -> list[int]:
    """A process and those below it."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in below for one in family(int(child)))]


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_stays_flat_under_bombs(tuoben: Tuoben, web: Web) -> None:
    """Sixty endless bodies and bombs at once leave the crawler and its children within their memory."""
    bombs = [case for case in hostile.CASES if "bomb" in case.name or case.name == "gzip-twice"]
    for number in range(60):
        host = web.host(f"www.h{number}.test")
        host.page("/feed.xml", feed(host, {"/x.html": f"甲市第{number}号通报"}), content_type="application/rss+xml")
        hostile.install(host, hostile.NAMES["endless-body"] if number % 2 else bombs[number // 2 % len(bombs)])
    tuoben.json("source", "add", *(web.host(f"www.h{n}.test").url("/feed.xml") for n in range(60)))
    highest: dict[str, int] = {"crawler": 0, "child": 0}
    with tuoben.popen("crawl", "--once", "--json", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            first, *children = map(peak, family(running.pid))
            highest["crawler"] = max(highest["crawler"], first)
            highest["child"] = max(highest["child"], *children, 0)
            time.sleep(0.2)
        assert running.stdout is not None and json.loads(running.stdout.read())["captured"] >= 60
    print(f"peak memory in MiB: {highest}")
    assert highest["crawler"] < CRAWLER_MIB and highest["child"] < CHILD_MIB
