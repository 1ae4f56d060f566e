"""source, crawl: the publishers and the collecting."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from argparse import Namespace
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from tuoben import source_settings, url
from tuoben.archive.segments import Archive
from tuoben.commands import base, engine, health, opml, source_rows, terminal
from tuoben.errors import DataError, UsageError
from tuoben.fetch.politeness import DOCUMENT_DELAY
from tuoben.home import Home
from tuoben.jobs.survey import Survey, Surveyor
from tuoben.jobs.tally import Tally
from tuoben.jobs.tend import Tender
from tuoben.model import Kind, Receipt, SourceSettings, Verdict
from tuoben.net import user_agent
from tuoben.runner import Runner
from tuoben.scheduler import Crawler
from tuoben.store import checks, database, frontier, queries, repository, sources, watch

AT_ONCE = 48
"""Sites surveyed at the same time."""
UNSET = SourceSettings()


# --- sources ----------------------------------------------------------------------------------------------------------
def source_add(call: Namespace) -> int:
    """Survey the sites and add those that have a listing; 1 when one has none, 2 when no address can ever be asked."""
    if call.opml:
        return opml.add(call)
    if not call.urls:
        raise UsageError("Name the URLs of the sites to add, or a list of feeds with --opml FILE.")
    home = base.home()
    if call.name and len(call.urls) > 1:
        raise UsageError("--name goes with one URL; give the names one by one.")
    wanted = source_settings.change(SourceSettings(), call.set)
    with terminal.Watch("source add", quiet=call.json) as shown:
        surveys = survey(home, call.urls, shown, wanted)
    rows = [_added(found, call) for found in surveys]
    if call.json:
        terminal.document({"sources": rows})
    for row in rows:
        if row["state"] == "failed":
            terminal.say(f"tuoben: {row['url']} was not added: {row['why']}")
        elif not call.json:
            terminal.out.print(f"{row['id']}  {row['name']}")
            for listing in row["listings"]:
                terminal.out.print(f"  {listing['kind']}  {listing['url']}")
    if all(found.wrong for found in surveys):
        return 2
    return 1 if any(row["state"] == "failed" for row in rows) else 0


def survey(home: Home, urls: Sequence[str], shown: terminal.Watch, settings: SourceSettings = UNSET) -> list[Survey]:
    """Look at many sites at once, beside workers or without one."""
    with home.process() as name, engine.runner() as runner:
        asyncio.run(_tidy_up(home, name, runner))  # nobody else may be there to free what a dead worker held
        with closing(Surveyor(engine.door(), runner, engine.host_delay(), settings, name)) as surveyor:
            return asyncio.run(_survey(urls, shown, surveyor))


async def _tidy_up(home: Home, name: str, runner: Runner) -> None:
    with ThreadPoolExecutor(1) as pool:
        tender = Tender(
            home=home, archive=Archive(home.archive), runner=runner, plan=engine.plan(), rules=engine.rules(),
            name=name, delay=engine.host_delay() or DOCUMENT_DELAY, rows=pool, disk=pool,
        )  # fmt: skip
        await tender.tend()
        pool.submit(database.leave)


async def _survey(urls: Sequence[str], shown: terminal.Watch, surveyor: Surveyor) -> list[Survey]:
    slots, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(address: str) -> Survey:
        nonlocal done
        async with slots:
            found = await surveyor.survey(address)
        done += 1
        shown.tell(f"{done} of {len(urls)} sites looked at", done, len(urls))
        return found

    try:
        return list(await asyncio.gather(*(one(address) for address in urls)))
    finally:
        await surveyor.door.close()


def _added(found: Survey, call: Namespace) -> dict[str, Any]:
    name = call.name or found.name
    row: dict[str, Any] = {"id": "", "url": found.url, "name": name, "listings": [], "state": "failed"}
    if found.listings:
        row["id"] = repository.add_source(found.url, name, call.category, found.listings, timezone.now())
        if call.set:
            settings = source_settings.change(sources.settings_of(row["id"]), call.set)
            sources.set_settings(row["id"], settings, timezone.now())
        row["listings"] = [{"kind": kind, "url": address} for address, kind in found.listings]
        row["state"] = "active"
    return row | {"why": found.why}


def source_check(call: Namespace) -> int:
    """Visit the listings of a source now, and say how it went; 1 when one of them cannot be read.

    For any other address: why it was not captured, or how.
    """
    home = base.home()
    if "/" in call.source and not checks.source_id(call.source):
        return health.explain(call.source, json=call.json)
    source = source_rows.known_source(call.source)
    listings = _listings(source)
    done = _run(home, Call(once=True, source=source, quiet=True), listings)
    source_rows.source_show(call)
    return 0 if _all_well(done, listings) else 1


# --- crawl ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Call:
    """How to collect. `source`: only what this one's listings lead to; `quiet`: no progress is shown;
    `history`: with the past of sources, which `once` leaves alone otherwise."""

    once: bool = False
    source: str = ""
    quiet: bool = False
    jsonl: bool = False
    history: bool = False


@dataclass(slots=True)
class Done:
    """What was done so far. `failures`: (URL, why) of pages asked for in vain; `paused`: why nothing is collected."""

    tally: Tally = field(default_factory=Tally)
    failures: list[tuple[str, str]] = field(default_factory=list)
    paused: str = ""


def crawl(call: Namespace) -> int:
    """Collect; `--once` until nothing is due. Beside a running worker: ask it to work, and show what it does."""
    home = base.home()
    source = source_rows.known_source(call.source) if call.source else ""
    listings = _listings(source)
    how = Call(once=call.once, source=source, quiet=call.json or call.jsonl, jsonl=call.jsonl, history=call.history)
    if listings and not how.quiet:
        say_who_asks()
    done = _run(home, how, listings)
    counts = asdict(done.tally)
    if call.json:
        terminal.document(counts)
    elif not call.jsonl:
        terminal.out.print(", ".join(f"{count} {name}" for name, count in counts.items()))
    for address, why in done.failures[:20]:
        terminal.say(f"tuoben: {address}: {why}")
    if len(done.failures) > 20:
        terminal.say(f"tuoben: and {len(done.failures) - 20} more pages failed.")
    return 0 if _all_well(done, listings) and not done.tally.failed else 1


def _listings(source: str) -> list[int]:
    """The listings to collect from; says why when there are none."""
    listings = checks.listings_of(source)
    if not listings:
        site = queries.site(source) if source else None
        if site is None:
            terminal.say("tuoben: there is no source to collect from; add one with: tuoben source add URL")
        elif site.state != "active":
            terminal.say(f"tuoben: {source} is {site.state}; ask it again with: tuoben source resume {source}")
        else:
            terminal.say(f"tuoben: {source} has no listings; look for them with: tuoben source add {site.url}")
    return listings


def _all_well(done: Done, listings: Sequence[int]) -> bool:
    """Whether the listings could be visited; says what stood in the way."""
    failing = checks.failing_listings(listings)
    for address, why in failing:
        terminal.say(f"tuoben: the listing {address} fails: {why}")
    if done.paused:
        terminal.say(f"tuoben: {done.paused}")
    return bool(listings) and not failing and not done.paused


def _run(home: Home, call: Call, listings: Sequence[int]) -> Done:
    """Collect, or follow the worker that does; when that one ends half-way, go on alone."""
    done, started, seen = Done(), timezone.now(), watch.newest_capture()
    if call.once:
        frontier.make_due(listings, started)
    if _follow(home, call, started, seen, done):
        return done
    with home.lock("crawl", wait=2.0, shared=True) as ours:
        if not ours:
            raise DataError("The rows of this data directory are being made anew; try again when that is done.")
        asyncio.run(_collect(home, call, done))
    return done


def acknowledgement(receipt: Receipt) -> dict[str, Any] | None:
    """The line for a capture, to be printed once its transaction is durable."""
    capture = receipt.outcome.capture
    if capture is None:
        return None
    return {
        "url": capture.url,
        "kind": capture.kind.value,
        "segment": capture.segment,
        "offset": capture.offset,
        "id": receipt.article,
        "record": capture.record_id,
    }


async def _collect(home: Home, call: Call, done: Done) -> None:
    with terminal.Watch("crawl", quiet=call.quiet) as shown:

        def acknowledge(receipt: Receipt) -> None:
            row = acknowledgement(receipt)
            if call.jsonl and row is not None:
                terminal.line(row)
            outcome = receipt.outcome
            if outcome.claim.kind is Kind.PAGE and outcome.verdict is Verdict.FAILED:
                done.failures.append((outcome.claim.url, outcome.error))
            _show(shown, done.tally, outcome.claim.host)

        told = {"once": call.once, "source": call.source, "acknowledge": acknowledge, "tally": done.tally}
        told["history"] = call.history or not call.once
        async with engine.crawler(home, app_url=settings.APP_URL, stamp=engine.stamper(home), **told) as crawler:
            _stop_on_signals(crawler)
            try:
                await crawler.run()
            finally:
                done.paused = crawler.paused


def _stop_on_signals(crawler: Crawler) -> None:
    """SIGTERM and Ctrl-C let the crawler finish what is under way; the second one ends it at once."""
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if stopping:
            os._exit(1)
        stopping = True
        crawler.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _show(shown: terminal.Watch, tally: Tally, now: str) -> None:
    shown.tell(f"{tally.articles} articles, {tally.requisites} requisites, {tally.failed} failed; {now}")


def say_who_asks() -> None:
    """Remind an operator whose crawler does not say whom to turn to."""
    if not settings.CONTACT:
        asks = f"tuoben: it asks as “{user_agent()}”"
        terminal.say(f"{asks}; set TUOBEN_CONTACT to a URL or mail address for site owners.")


def collect_until_stopped(home: Home) -> None:
    """What `tuoben worker` does."""
    asyncio.run(_collect(home, Call(quiet=True), Done()))


def _follow(home: Home, call: Call, started: datetime, seen: int, done: Done) -> bool:
    """Show what a running worker does, with `once` until all is done. False when there is no worker (any more).

    `seen`: the number of the newest capture before.
    """
    with terminal.Watch("crawl (by the running worker)", quiet=call.quiet) as shown:
        while True:
            with home.lock("crawl") as ours:
                if ours:
                    return False
            done.paused = queries.paused()
            quiet = watch.quiet(started, timezone.now(), call.source, engine.host_delay() or 0.0, history=call.history)
            over = call.once and (quiet or bool(done.paused))
            for row in watch.captures_since(seen):
                seen = row.place
                watch.count(row, done.tally)
                if row.failed:
                    done.failures.append((row.line["url"], f"The server answered {row.status}."))
                if call.jsonl:
                    terminal.line(row.line)
                _show(shown, done.tally, url.authority(row.line["url"]))
            if over:
                return True
            time.sleep(0.5)
