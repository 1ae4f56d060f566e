"""kill -9 at each write, sync and rename of the write path: what was acknowledged is there, and all of it verifies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from command import Tuoben, warcio_check
from loopback import Web
from preloading import built
from stories import publish

SHIM = Path(__file__).with_name("crashing.c")
MOST = int(os.environ.get("CRASH_POINTS", "5"))
"""How many points of each kind are tried, spread over the run: there are hundreds of writes of SQLite's; 0: all of all."""


@dataclass(frozen=True)
class Point:
    """Where a process dies: before its step of this number, or in the midst of it."""

    step: int
    name: str
    place: str
    torn: bool = False


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preloaded library that counts steps and ends the process at one of them."""
    return built(SHIM, tmp_path_factory.mktemp("shim"))


def crawl(tuoben: Tuoben, shim: Path, **crash: object) -> subprocess.CompletedProcess[str]:
    """`tuoben crawl --once` with steps counted, which may end in the midst of things."""
    told = {f"CRASH_{name.upper()}": str(value) for name, value in crash.items()}
    environment = tuoben.environment() | {"LD_PRELOAD": str(shim), "CRASH_ROOT": str(tuoben.data)} | told
    command = [sys.executable, "-m", "tuoben", "crawl", "--once", "--jsonl"]
    return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=120)


def points(log: Path, data: Path) -> Iterator[Point]:
    """The steps of a whole run, as places to die at."""
    kinds: dict[tuple[str, str, bool], list[Point]] = {}
    for line in log.read_text().splitlines():
        step, name, path = line.split(" ", 2)
        place = (path.removeprefix(str(data)).lstrip("/").split("/")[0] or ".").split("-")[0]
        for torn in (False, True) if name in ("write", "pwrite") else (False,):
            kinds.setdefault((name, place, torn), []).append(Point(int(step), name, place, torn))
    for found in kinds.values():
        few = min(MOST or len(found), len(found))
        yield from (found[at * len(found) // few] for at in range(few))


def lines(stdout: str) -> list[dict[str, str]]:
    """The acknowledgements: whole lines only."""
    return [json.loads(line) for line in stdout.splitlines(keepends=True) if line.endswith("\n")]


def held(tuoben: Tuoben, acknowledged: list[dict[str, str]], wanted: dict[str, str]) -> None:
    """Each acknowledged capture lies at its place, each article is there once, and everything verifies."""
    for line in acknowledged:
        with (tuoben.data / "archive" / line["segment"]).open("rb") as file:
            file.seek(int(line["offset"]))
            assert next(iter(ArchiveIterator(file, parse_http=False))).headers["WARC-Target-URI"] == line["url"]
    assert tuoben.json("verify")["bad"] == []
    warcio_check(*tuoben.segments())
    found = tuoben.json("search", "--limit", "100", "通报")["hits"]
    assert sorted((hit["url"], hit["title"]) for hit in found) == sorted(wanted.items())
    ids = {hit["url"]: hit["id"] for hit in found}
    assert all(line["id"] == ids[line["url"]] for line in acknowledged if line["kind"] == "page")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_each_step(tmp_path: Path, shim: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A crawl is killed at each of its steps that make something durable, then a second one ends its work."""
    with Web() as web:
        host = web.host("h.test")
        wanted = {host.url(path): title for path, title in publish(host, 1).items()}
        before = Tuoben(tmp_path / "before", web.env(delay=0.05))
        before.run("source", "add", host.url("/"))
        whole = copied(before, tmp_path / "whole")
        assert crawl(whole, shim, log=tmp_path / "log").returncode == 0

        def die(point: Point) -> bool:
            tuoben = copied(before, tmp_path / f"{point.step}{point.torn:d}")
            first = crawl(tuoben, shim, at=point.step, torn=int(point.torn))
            assert "Traceback" not in first.stderr, (point, first.stderr)
            second = tuoben.run("crawl", "--once", "--jsonl")
            held(tuoben, lines(first.stdout) + lines(second.stdout), wanted)
            shutil.rmtree(tuoben.data)
            return first.returncode < 0

        with ThreadPoolExecutor(2) as pool:
            deaths = list(pool.map(die, chosen := list(points(tmp_path / "log", whole.data))))
    with capsys.disabled():
        kinds = {(point.name, point.place) for point in chosen}
        print(f"\nkilled at {sum(deaths)} of {len(chosen)} points of {len(kinds)} kinds; every acknowledgement held")
    # Threads make the order of steps differ a little: the last ones of a run may not come in another.
    assert sum(deaths) >= 0.9 * len(chosen)
    assert len(chosen) >= 80


def copied(tuoben: Tuoben, to: Path) -> Tuoben:
    """The same archive in another place."""
    shutil.copytree(tuoben.data, to)
    return Tuoben(to, tuoben.env)
