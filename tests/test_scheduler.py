"""The crawler of one process, against the loopback web, with rows in a file."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

import warcs
from loopback import RESET, Web, page_bytes
from outcomes import NOW, capture, claim, collect, file_rows, seconds
from stories import feed, publish
from tuoben import pipeline, planning, scheduler
from tuoben.archive.reading import Archive
from tuoben.archive.segments import Entry, Segments
from tuoben.errors import ArchiveError
from tuoben.fetch.permission import Permits
from tuoben.home import Home
from tuoben.index import Index
from tuoben.jobs.tally import Tally
from tuoben.model import Kind, Outcome, Receipt, Verdict
from tuoben.pipeline import Plan, note_for
from tuoben.runner import Runner
from tuoben.store import models, queries, repository


@pytest.fixture
def home(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Home]:
    """A data directory of the test's own."""
    with django_db_blocker.unblock(), file_rows(Home(tmp_path / "data")) as home:
        yield home


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Children for the pages of all tests."""
    with Runner(workers=2, seconds=20.0, preload=("tuoben.extract", "tuoben.discover")) as runner:
        yield runner


def add(host: str = "a.test", kind: str = "feed", path: str = "/feed.xml") -> str:
    """A source whose listing is due."""
    return repository.add_source(f"http://{host}/", host, "", [(f"http://{host}{path}", kind)], NOW)


def state(path: str) -> str:
    """How far the item of an address came."""
    return models.Item.objects.get(url=f"http://a.test{path}").state


# --- one run ----------------------------------------------------------------------------------------------------------
def test_a_run_from_listing_to_index(home: Home, web: Web, runner: Runner) -> None:
    """One run asks for everything once, counts it, commits it in the WARC's order, indexes it and frees every lease."""
    host = web.host("a.test")
    publish(host, 5)
    host.page("/a/5.html", b"%PDF-1.7", content_type="application/pdf")
    add()
    told: list[Receipt] = []
    tally = collect(home, web, runner, acknowledge=told.append)
    assert asdict(tally) == {
        "listings": 1, "links": 5, "captured": 9, "unchanged": 0, "failed": 1, "articles": 4, "requisites": 1,
    }  # fmt: skip
    places = [one.outcome.capture.offset for one in told if one.outcome.capture]
    assert places == sorted(places) and len(places) == 9
    assert len(web.log) == 9 and not models.Host.objects.filter(leased_until__isnull=False).exists()
    assert repository.outbox() == [] and not Index.open(home.index).stale
    (name,) = Archive(home.archive).segments()
    assert repository.segments() == {name: Archive(home.archive).length(name)}


def test_a_second_run_asks_conditionally(home: Home, web: Web, runner: Runner) -> None:
    """When the listing falls due again it is asked with its validator, and what it names is known."""
    publish(web.host("a.test"), 2)
    add()
    collect(home, web, runner)
    models.Item.objects.filter(kind=Kind.LISTING).update(due_at=NOW)
    models.Host.objects.update(wake_at=NOW)
    tally = collect(home, web, runner)
    assert (tally.unchanged, tally.articles, tally.links) == (1, 0, 0)
    assert web.hits("a.test", "/feed.xml")[-1].header("if-none-match")
    assert models.Capture.objects.filter(status=304, url="http://a.test/feed.xml").exclude(revisit_of="").exists()


def test_the_delay_counts_from_the_last_byte(home: Home, web: Web, runner: Runner) -> None:
    """To a slow host requests are further apart than to a quick one: the pause begins when the answer is there."""
    host = web.host("a.test")
    publish(host, 2)
    host.delay = 0.15
    add()
    collect(home, web, runner, host_delay=0.2)
    times = [hit.at for hit in web.hits("a.test")]
    assert len(times) == 6 and min(b - a for a, b in pairwise(times)) >= 0.35


def test_hosts_do_not_wait_for_each_other(home: Home, web: Web, runner: Runner) -> None:
    """A host that answers slowly holds up itself alone."""
    for name in ("a.test", "b.test"):
        publish(web.host(name), 3)
        add(name)
    web.host("b.test").delay = 0.3
    told: list[tuple[str, float]] = []
    collect(home, web, runner, acknowledge=lambda receipt: told.append((receipt.outcome.claim.host, time.monotonic())))
    last = {host: at for host, at in told}
    assert last["a.test"] < last["b.test"] - 0.5


def test_failures_within_a_run(home: Home, web: Web, runner: Runner) -> None:
    """A server error is tried again within the run, a missing page is not; each failed page counts once."""
    host = web.host("a.test")
    titles = publish(host, 1)
    host.answer("/a/1.html", 503, times=1)
    host.page("/feed.xml", feed(host, titles | {"/gone.html": "无"}), content_type="application/rss+xml")
    add()
    tally = collect(home, web, runner)
    assert (tally.articles, tally.failed) == (1, 1)
    assert len(web.hits("a.test", "/a/1.html")) == 2 and len(web.hits("a.test", "/gone.html")) == 1
    assert state("/a/1.html") == "queued" and state("/gone.html") == "failed"


def test_a_broken_connection_is_not_asked_again_at_once(home: Home, web: Web, runner: Runner) -> None:
    """A host that breaks the connection at each request is still asked no more often than its delay."""
    host = web.host("a.test")
    host.raw("/reset.html", RESET)
    host.page("/feed.xml", feed(host, {"/reset.html": "断"}), content_type="application/rss+xml")
    add()

    def start(crawler: scheduler.Crawler) -> None:
        def acknowledge(receipt: Receipt) -> None:
            if receipt.outcome.verdict is Verdict.RETRY:
                crawler.stop()

        crawler.acknowledge = acknowledge

    collect(home, web, runner, start, host_delay=0.2)
    times = [hit.at for hit in web.hits("a.test")]
    assert min(b - a for a, b in pairwise(times)) >= 0.2


def test_what_robots_txt_forbids_is_never_asked_for(home: Home, web: Web, runner: Runner) -> None:
    """Forbidden pages and images are refused before any connection; the rest of the host is collected."""
    host = web.host("a.test")
    publish(host, 3)
    host.robots("User-agent: tuoben\nDisallow: /a/2.html\nDisallow: /site.css\n")
    add()
    tally = collect(home, web, runner)
    assert tally.articles == 2 and tally.failed == 0
    assert not web.hits("a.test", "/a/2.html") and not web.hits("a.test", "/site.css")
    assert state("/a/2.html") == state("/site.css") == "refused"


@pytest.mark.parametrize(("status", "rests"), [(429, True), (503, True), (500, False)])
def test_retry_after_holds_for_the_host(status, rests) -> None:
    """A host that says 429 or 503 with Retry-After is left alone that long, for all its pages and images."""
    base = Outcome(claim=claim(), at=NOW, ended=NOW, verdict=Verdict.DONE, capture=capture(claim().url, status=status))
    told = planning.ready(None, pipeline.failed(base, status, "120"), None)
    assert (told.page >= NOW + seconds(120)) is (told.requisite >= NOW + seconds(120)) is rests


# --- stopping, pausing ------------------------------------------------------------------------------------------------
def test_a_worker_goes_on_until_it_is_stopped(home: Home, web: Web, runner: Runner) -> None:
    """Without `once` a crawler waits for what comes; stop() ends it within seconds, with all it had committed."""
    publish(web.host("a.test"), 2)
    add()
    seen: list[Receipt] = []
    stopped: list[float] = []

    def start(crawler: scheduler.Crawler) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            stopped.append(time.monotonic())
            crawler.stop()

        def acknowledge(receipt: Receipt) -> None:
            seen.append(receipt)
            if len(seen) == 5:
                loop.call_later(0.3, stop)

        crawler.acknowledge = acknowledge

    tally = collect(home, web, runner, start, once=False)
    assert time.monotonic() - stopped[0] < 3 and tally.articles == 2
    assert repository.outbox() == [] and not models.Item.objects.filter(state="leased").exists()


def test_a_stopped_worker_claims_nothing_more(home: Home, web: Web, runner: Runner) -> None:
    """stop() in the middle of the work finishes what is under way, and leaves the rest queued."""
    publish(web.host("a.test"), 20)
    add()

    def start(crawler: scheduler.Crawler) -> None:
        def acknowledge(receipt: Receipt) -> None:
            if receipt.new_article:
                crawler.stop()

        crawler.acknowledge = acknowledge

    tally = collect(home, web, runner, start, once=False)
    assert 1 <= tally.articles <= 2
    assert models.Item.objects.filter(kind=Kind.PAGE, state="queued", visits=0).count() == 20 - tally.articles


def test_a_slow_server_does_not_hold_up_a_stop(home: Home, web: Web, runner: Runner) -> None:
    """stop() waits a few seconds for an answer that does not come, then leaves it to the next start."""
    publish(web.host("a.test"), 1)
    web.host("a.test").raw("/robots.txt", 8.0, page_bytes("", 404))
    add()
    stopped: list[float] = []

    def start(crawler: scheduler.Crawler) -> None:
        def stop() -> None:
            stopped.append(time.monotonic())
            crawler.stop()

        asyncio.get_running_loop().call_later(0.5, stop)

    collect(home, web, runner, start, once=False)
    assert time.monotonic() - stopped[0] < 6


def test_under_the_disk_floor_nothing_is_asked_for(home: Home, web: Web, runner: Runner, caplog) -> None:
    """With less room than the floor a run ends at once, without a request, and says why; with room it goes on."""
    publish(web.host("a.test"), 1)
    add()
    tally = collect(home, web, runner, disk_floor=1 << 60)
    assert tally == Tally() and web.log == [] and "TUOBEN_DISK_FLOOR" in caplog.text
    assert collect(home, web, runner).articles == 1
    assert queries.overview().paused == ""


def test_a_pause_of_a_worker_is_seen_and_ends(home: Home, web: Web, runner: Runner) -> None:
    """A worker under the floor says so where readers see it, and collects as soon as there is room."""
    publish(web.host("a.test"), 1)
    add()
    said: list[str] = []

    def start(crawler: scheduler.Crawler) -> None:
        loop = asyncio.get_running_loop()

        def room() -> None:
            said.append(crawler.paused)
            crawler.disk_floor = 0

        def acknowledge(receipt: Receipt) -> None:
            if receipt.new_article:
                crawler.stop()

        crawler.acknowledge = acknowledge
        loop.call_later(1.0, room)

    assert collect(home, web, runner, start, once=False, disk_floor=1 << 60).articles == 1
    assert "MiB are free" in said[0]


# --- what goes wrong for one ------------------------------------------------------------------------------------------
def test_an_exchange_that_no_warc_can_hold_fails_alone(home: Home, web: Web, runner: Runner) -> None:
    """In a batch with one exchange that cannot be written, the others are stored and committed."""
    told = [(claim(f"http://a.test/{n}"), warcs.exchange(url=f"http://a.test/{n}")) for n in range(3)]
    odd = replace(told[1][1], headers=((b"X-Odd", b"a\r\nb"),))

    async def run(crawler: scheduler.Crawler, entries: list[Entry]) -> list:
        batch = [told[0], (told[1][0], odd), told[2]]
        return await crawler._store_one_by_one(batch, entries)

    async def all_of_it() -> tuple[list, int]:
        with Segments(home.archive, writer="t") as segments:
            async with web.door() as door:
                crawler = scheduler.Crawler(
                    home=home, door=door, segments=segments, runner=runner, plan=Plan(), host_delay=0.0, disk_floor=0
                )
                entries = [
                    Entry(exchange=one, note=note_for(who)) for who, one in (told[0], (told[1][0], odd), told[2])
                ]
                with pytest.raises(ArchiveError):
                    segments.append(entries)
                captures = await run(crawler, entries)
                failed = crawler._outcomes.get_nowait()
                return captures, failed

    captures, failed = asyncio.run(all_of_it())
    assert [one is not None for one in captures] == [True, False, True]
    assert failed.claim.url == "http://a.test/1" and failed.verdict is Verdict.RETRY and "line end" in failed.error
    assert len(list(Archive(home.archive).captures(captures[0].segment))) == 2


def test_a_listing_whose_reader_breaks_comes_back(home: Home, web: Web, runner: Runner) -> None:
    """A listing that our own reader stumbles over is visited again at its period, and the run goes on."""
    publish(web.host("a.test"), 1)
    add(kind="riddle")
    collect(home, web, runner)
    assert models.Listing.objects.get().error and state("/feed.xml") == "queued"


def test_a_reader_that_breaks_is_named(home: Home, web: Web, runner: Runner, caplog) -> None:
    """A fault in our own reader is logged, named on the listing, and leaves the capture."""
    publish(web.host("a.test"), 1)
    add(kind="riddle")
    tally = collect(home, web, runner)
    assert tally.links == 0 and tally.captured == 2 and "reading http://a.test/feed.xml" in caplog.text
    assert "KeyError" in models.Listing.objects.get().error


# --- after a crash ----------------------------------------------------------------------------------------------------
def test_what_a_crash_left_in_the_warc_is_taken_in(home: Home, web: Web, runner: Runner) -> None:
    """Captures behind what the rows know are committed at the start, with the ids in them, and not fetched again."""
    host = web.host("a.test")
    publish(host, 3)
    add()
    collect(home, web, runner)
    shown = dict(models.Article.objects.values_list("url", "pk"))
    last = models.Capture.objects.get(url="http://a.test/a/3.html")
    models.Article.objects.filter(pk=last.article).delete()
    behind = models.Capture.objects.filter(offset__gte=last.offset)
    before = models.Capture.objects.filter(offset__lt=last.offset).order_by("-offset").first()
    models.LogLeaf.objects.filter(record__in=list(behind.values_list("record_id", flat=True))).delete()
    behind.delete()
    models.Segment.objects.update(committed=before.end)
    models.Item.objects.filter(url=last.url).update(state="leased", visits=0)
    models.Host.objects.update(leased_until=NOW, holder="t")
    asked = len(web.hits("a.test", "/a/3.html"))
    told: list[Receipt] = []
    tally = collect(home, web, runner, acknowledge=told.append)
    assert tally.articles == 1 and dict(models.Article.objects.values_list("url", "pk")) == shown
    assert len(web.hits("a.test", "/a/3.html")) == asked
    assert told[0].outcome.claim.url == last.url and state("/a/3.html") == "queued"


def test_a_torn_tail_is_laid_beside(home: Home, web: Web, runner: Runner, caplog) -> None:
    """Bytes of a capture that was being written when the power went are cut off and kept, and the crawl goes on."""
    publish(web.host("a.test"), 1)
    add()
    collect(home, web, runner)
    (name,) = Archive(home.archive).segments()
    path = home.archive / name
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(path.read_bytes()[:300])
    collect(home, web, runner)
    assert path.stat().st_size == whole and "torn" in caplog.text
    assert [one.stat().st_size for one in path.parent.glob("*.torn-*")] == [300]


def test_one_crawler_leaves_no_threads(home: Home, web: Web, runner: Runner) -> None:
    """When a run is over its threads for rows, WARC and index are gone."""
    publish(web.host("a.test"), 1)
    add()
    collect(home, web, runner)
    names = {thread.name.rpartition("_")[0] for thread in threading.enumerate()}
    assert not names & {"rows", "warc", "index"}


# --- decisions --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("host_delay", "crawl_delay", "kind", "page_wait", "requisite_wait"),
    [
        (None, None, Kind.PAGE, 1.0, 0.2),
        (None, None, Kind.REQUISITE, 0.2, 0.2),
        (None, 10.0, Kind.PAGE, 10.0, 10.0),
        (None, 10.0, Kind.REQUISITE, 10.0, 10.0),
        (None, 600.0, Kind.PAGE, 600.0, 600.0),
        (None, 31_536_000.0, Kind.PAGE, 3600.0, 3600.0),
        (0.0, None, Kind.PAGE, 0.0, 0.0),
        (5.0, None, Kind.REQUISITE, 5.0, 5.0),
        (0.0, 2.0, Kind.ROBOTS, 2.0, 2.0),
        (5.0, 2.0, Kind.LISTING, 5.0, 5.0),
    ],
)
def test_when_a_host_may_be_asked_again(host_delay, crawl_delay, kind, page_wait, requisite_wait) -> None:
    """The pause is the kind's, the operator's or the host's own, whichever applies, from the last byte on."""
    outcome = Outcome(claim=claim(kind=kind), at=NOW, ended=NOW + seconds(9), verdict=Verdict.DONE)
    told = planning.ready(host_delay, outcome, crawl_delay)
    assert (told.page - outcome.ended).total_seconds() == page_wait
    assert (told.requisite - outcome.ended).total_seconds() == requisite_wait


@pytest.mark.parametrize(
    ("verdict", "path", "allowed"),
    [
        ("use", "/a", True),
        ("use", "/x/1", False),
        ("allow-all", "/x/1", True),
        ("disallow-all", "/a", False),
        ("", "/a", False),
    ],
)
def test_what_a_verdict_permits(verdict, path, allowed) -> None:
    """The rules count when they could be read; else all is open or all is closed."""
    assert Permits()(b"User-agent: *\nDisallow: /x/\n", verdict, f"http://a.test{path}") is allowed
