"""Claims, captures and outcomes for tests of the frontier, the repository and the scheduler, and rows in a file."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db import connections

from loopback import Web
from tuoben import organise, planning
from tuoben.archive.segments import Segments
from tuoben.fetch.permission import Permits
from tuoben.home import Home
from tuoben.jobs import sequence
from tuoben.jobs.tally import Tally
from tuoben.model import Article, Capture, Claim, Kind, Link, Outcome, Receipt, RobotsFinding, State, Verdict
from tuoben.pipeline import Plan
from tuoben.runner import Runner
from tuoben.scheduler import Crawler
from tuoben.store import checks, commits, frontier, models, repository

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SEGMENT = "2026/11/22/20261122120000-t-00000.warc.gz"
DIGEST = "sha256:" + "A" * 52
RULES = planning.rules(None)
_numbers = itertools.count(1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def claim(address: str = "http://a.test/1.html", kind: Kind = Kind.PAGE, **more: Any) -> Claim:
    """A claim without rows, as it is read back from a WARC."""
    return Claim(**{"item": 0, "epoch": 0, "kind": kind, "url": address, "host": "a.test"} | more)


def capture(address: str, kind: Kind = Kind.PAGE, time: datetime = NOW, status: int = 200, **more: Any) -> Capture:
    """A capture at a place of its own; each lies behind the one made before."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "record_id": f"urn:uuid:00000000-0000-4000-8000-{number:012}", "url": address, "kind": kind, "time": time,
        "segment": SEGMENT, "offset": number * 100, "length": 60, "end": number * 100 + 60, "status": status,
        "mime": "text/html", "block_digest": DIGEST, "payload_digest": f"sha256:{number:052}", "payload_length": 10,
    }  # fmt: skip
    return Capture(**values | more)


def article(address: str, text: str = "第一段。\n\n第二段。", **more: Any) -> Article:
    """What a page says."""
    return Article(**{"url": address, "state": State.ARTICLE, "title": "标题", "text": text, "lang": "zh-Hans"} | more)


def prose(seed: int, sentences: int = 8) -> str:
    """Text long enough to have keys, another for each seed."""
    places = ("青川", "云岭", "甲县", "乙市", "丙州", "丁镇")
    things = ("供水管网", "农田水渠", "乡村公路", "老旧小区", "河道堤防", "学校食堂", "通信基站")
    out = []
    for i in range(sentences):
        place, thing = places[(seed + i) % 6], things[(seed * 3 + i * 2) % 7]
        out.append(
            f"{place}第{seed * 17 + i}号通报说，{thing}的改造在第{seed + i * 3}周完成，{seed * 31 + i}户居民受益。"
        )
    return "\n\n".join(out)


class Work:
    """The frontier worked by hand, with a clock that stands still until a claim has to be waited for."""

    def __init__(self, now: datetime = NOW, permits: frontier.Permits | None = None) -> None:
        self.now = now
        self.permits = permits or Permits()

    def add_source(self, *listings: tuple[str, str], name: str = "甲", address: str = "http://a.test/") -> str:
        """A source with listings (url, kind), by default one feed."""
        return repository.add_source(address, name, "", listings or ((address + "feed.xml", "feed"),), self.now)

    def claims(self, limit: int = 96) -> list[Claim]:
        """What the frontier gives now."""
        return frontier.claim(self.now, limit, self.permits)

    def claim(self) -> Claim:
        """The next claim, waited for."""
        for _ in range(100):
            if found := self.claims(1):
                return found[0]
            wake = frontier.next_wake(self.now)
            assert wake is not None, "the frontier is idle"
            self.now = max(wake, self.now + seconds(0.01))
        raise AssertionError("the frontier promises a claim and gives none")

    def answer(self, claim: Claim, status: int = 200, **more: Any) -> Receipt:
        """Commit an answer to a claim: a capture, and what else is told."""
        return commits.commit([self.outcome(claim, status, **more)], RULES)[0]

    def outcome(self, claim: Claim, status: int = 200, **more: Any) -> Outcome:
        """The outcome of a claim that was answered just now."""
        values: dict[str, Any] = {"verdict": Verdict.DONE, "at": self.now, "ended": self.now}
        if status:
            values["capture"] = capture(claim.url, claim.kind, self.now, status)
        if claim.kind is Kind.ROBOTS and "robots" not in more and "redirect" not in more and "verdict" not in more:
            values["robots"] = RobotsFinding(body=b"", verdict="allow-all", until=self.now + DAY)
        if isinstance(more.get("article"), Article):
            values["signature"] = organise.signature(more["article"])
        return Outcome(claim=claim, **values | more)

    def until(self, kind: Kind, address: str = "") -> Claim:
        """The next claim of a kind (and address); other pages and requisites are put off for a second meanwhile, and
        what else comes before it is answered with nothing in it."""
        for _ in range(60):
            found = self.claim()
            if found.kind is kind and address in ("", found.url):
                return found
            if found.kind in (Kind.PAGE, Kind.REQUISITE, Kind.POLICY):
                self.answer(found, 0, verdict=Verdict.RETRY, due_at=self.now + seconds(1))
            else:
                self.answer(found)
        raise AssertionError(f"the frontier never gives {kind} {address}")

    def announce(self, *addresses: str) -> None:
        """Let the feed of the source announce pages."""
        self.answer(self.until(Kind.LISTING), links=tuple(Link(url=one, title=one) for one in addresses))

    def page(self, address: str, said: Article | None = None, **more: Any) -> Receipt:
        """Ask for an announced page and take in what it says."""
        said = said or article(address)
        self.now += seconds(0.02)  # ids are minted, and copies ordered, by time
        return self.answer(self.until(Kind.PAGE, address), article=said, requisites=said.requisites, **more)


def stored(receipts: list[Receipt]) -> list[Outcome]:
    """The outcomes of receipts as a WARC gives them back: without the rows' numbers."""
    kept = [one.outcome for one in receipts if one.outcome.capture is not None]
    return [replace(one, claim=replace(one.claim, item=0, epoch=0)) for one in kept]


def item(address: str) -> models.Item:
    """The item of an address."""
    return models.Item.objects.get(url=address)


def collect(
    home: Home, web: Web, runner: Runner, start: Callable[[Crawler], object] = lambda made: None, **more: Any
) -> Tally:
    """Run a crawler of this process in the loopback web, by default once; `start` is given it before it runs."""
    told: dict[str, Any] = {"plan": Plan(), "host_delay": 0.0, "disk_floor": 0, "once": True}

    async def run() -> Tally:
        with Segments(home.archive, writer="t", signer=sequence.signer(home)) as segments:
            async with web.door() as door:
                crawler = Crawler(home=home, door=door, segments=segments, runner=runner, **told | more)
                start(crawler)
                return await crawler.run()

    return asyncio.run(run())


@contextmanager
def _database(path: Path) -> Iterator[None]:
    """Rows in a file, instead of the test database."""
    kept, name = connections["default"], connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = kept


@cache
def _empty() -> bytes:
    """A database file with the tables and no rows: making them takes longer than most tests."""
    with TemporaryDirectory(prefix="tuoben-rows-") as folder, _database(Path(folder) / "empty.sqlite3"):
        call_command("migrate", verbosity=0, interactive=False)
        checks.write_out()
        return (Path(folder) / "empty.sqlite3").read_bytes()


@contextmanager
def file_rows(home: Home) -> Iterator[Home]:
    """Rows in the data directory's own file, as a process of ours has them, instead of the test database."""
    home.prepare()
    home.database.write_bytes(_empty())
    with _database(home.database):
        yield home
