"""source, crawl: the publishers and the collecting."""

from __future__ import annotations

import asyncio
import signal
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import timezone

from tuoben.archive.segments import Segments
from tuoben.commands import base, engine, terminal
from tuoben.errors import UsageError
from tuoben.home import Home
from tuoben.jobs.survey import Survey, Surveyor
from tuoben.model import Kind, Receipt, Verdict
from tuoben.scheduler import Crawler, Tally
from tuoben.store import checks, frontier, queries, repository, watch
from tuoben.store.rows import SiteRow

AT_ONCE = 48
"""Sites surveyed at the same time."""


# --- sources ----------------------------------------------------------------------------------------------------------
def source_add(call: Namespace) -> int:
    """Survey the sites and add those that have a listing; 1 when one of them has none."""
    base.home()
    if call.name and len(call.urls) > 1:
        raise UsageError("--name goes with one URL; give the names one by one.")
    with terminal.Watch("source add", quiet=call.json) as shown:
        surveys, ready = asyncio.run(survey_all(call.urls, shown))
    repository.leave_alone(ready, timezone.now())
    rows = [_added(survey, call) for survey in surveys]
    if call.json:
        terminal.document({"sources": rows})
    for row in rows:
        if row["state"] == "failed":
            terminal.say(f"tuoben: {row['url']} was not added: {row['why']}")
        elif not call.json:
            terminal.out.print(f"{row['id']}  {row['name']}")
            for listing in row["listings"]:
                terminal.out.print(f"  {listing['kind']}  {listing['url']}")
    failed = sum(row["state"] == "failed" for row in rows)
    return 0 if not failed else 2 if failed == len(rows) else 1


async def survey_all(urls: Sequence[str], shown: terminal.Watch) -> tuple[list[Survey], dict[str, Any]]:
    door, slots = engine.door(), asyncio.Semaphore(AT_ONCE)
    done = 0
    with engine.runner() as runner:
        surveyor = Surveyor(door, runner, engine.host_delay())

        async def one(address: str) -> Survey:
            nonlocal done
            async with slots:
                survey = await surveyor.survey(address)
            done += 1
            shown.tell(f"{done} of {len(urls)} sites looked at", done, len(urls))
            return survey

        try:
            return list(await asyncio.gather(*(one(address) for address in urls))), surveyor.ready
        finally:
            await door.close()


def _added(survey: Survey, call: Namespace) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "",
        "url": survey.url,
        "name": call.name or survey.name,
        "listings": [],
        "state": "failed",
    }
    if survey.listings:
        row["id"] = repository.add_source(survey.url, row["name"], call.category, survey.listings, timezone.now())
        row["listings"] = [{"kind": kind, "url": address} for address, kind in survey.listings]
        row["state"] = "active"
    return row | {"why": survey.why}


def _row(site: SiteRow) -> dict[str, Any]:
    listings = [
        {
            "kind": one.kind,
            "url": one.url,
            "checked": one.checked_at.isoformat(timespec="seconds") if one.checked_at else None,
            "status": one.status,
            "error": one.error,
        }
        for one in site.listings
    ]
    return {
        "id": site.id,
        "url": site.url,
        "name": site.name,
        "category": site.category,
        "listings": listings,
        "state": site.state,
        "why": site.why,
        "articles": site.articles,
    }


def _known(text: str) -> str:
    found = checks.source_id(text)
    if not found:
        raise UsageError(f"There is no source {text!r}; `tuoben source list` shows them all.")
    return found


def source_list(call: Namespace) -> int:
    """All sources."""
    base.home()
    rows = [_row(site) for site in queries.sites()]
    if call.json:
        terminal.document({"sources": rows})
    elif rows:
        cells = ("id", "name", "state", "articles", "url")
        terminal.table(cells, ([row[cell] for cell in cells] for row in rows))
    else:
        terminal.out.print("There are no sources yet; add one with: tuoben source add URL")
    return 0


def source_show(call: Namespace) -> int:
    """One source with its listings."""
    base.home()
    site = queries.site(_known(call.source))
    assert site is not None
    row = _row(site)
    if call.json:
        terminal.document({"sources": [row]})
    else:
        terminal.out.print(f"{row['id']}  {row['name']}  {row['state']}  {row['articles']} articles\n{row['url']}")
        for listing in row["listings"]:
            note = listing["error"] or listing["status"] or "not visited yet"
            terminal.out.print(f"  {listing['kind']}  {listing['url']}  {note}")
    return 0


def source_check(call: Namespace) -> int:
    """Visit the listings of a source now, and say how it went; 1 when one of them cannot be read."""
    home = base.home()
    source = _known(call.source)
    with home.lock("crawl") as ours:
        frontier.make_due(checks.listings_of(source), timezone.now())
        if ours:
            asyncio.run(_collect(home, once=True, quiet=True))
        else:
            while not watch.quiet(timezone.now()):
                time.sleep(0.5)
    site = queries.site(source)
    source_show(call)
    return 1 if site and any(listing.error for listing in site.listings) else 0


def _set(call: Namespace, state: str, why: str) -> int:
    base.home()
    repository.set_source_state(_known(call.source), state, why)
    return source_show(call)


def source_pause(call: Namespace) -> int:
    """Stop asking a source."""
    return _set(call, "paused", "Paused by the operator.")


def source_resume(call: Namespace) -> int:
    """Ask a paused source again."""
    return _set(call, "active", "")


def source_remove(call: Namespace) -> int:
    """Forget a source; what was collected stays."""
    base.home()
    source = _known(call.source)
    repository.remove_source(source)
    if call.json:
        terminal.document({"removed": source})
    else:
        terminal.out.print(f"{source} is no longer collected from; its articles stay.")
    return 0


# --- crawl ------------------------------------------------------------------------------------------------------------
def crawl(call: Namespace) -> int:
    """Collect; `--once` until nothing is due. Beside a running worker: ask it to work, and show what it does."""
    home = base.home()
    listings = checks.listings_of(_known(call.source) if call.source else "")
    if not listings:
        terminal.say("tuoben: there is no source to collect from; add one with: tuoben source add URL")
    quiet = call.json or call.jsonl
    with home.lock("crawl") as ours:
        if call.once:
            frontier.make_due(listings, timezone.now())
        if ours:
            tally, failures = asyncio.run(_collect(home, once=call.once, quiet=quiet, jsonl=call.jsonl))
        else:
            tally, failures = _beside(call, quiet)
    if call.json:
        terminal.document(asdict(tally))
    elif not call.jsonl:
        terminal.out.print(", ".join(f"{count} {name}" for name, count in asdict(tally).items()))
    for address, why in failures[:20]:
        terminal.say(f"tuoben: {address}: {why}")
    if len(failures) > 20:
        terminal.say(f"tuoben: and {len(failures) - 20} more pages failed.")
    return 1 if tally.failed or not listings else 0


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


async def _collect(
    home: Home, *, once: bool, quiet: bool = False, jsonl: bool = False
) -> tuple[Tally, list[tuple[str, str]]]:
    failures: list[tuple[str, str]] = []
    with terminal.Watch("crawl", quiet=quiet) as shown, engine.runner() as runner, _segments(home) as segments:
        door = engine.door()

        def acknowledge(receipt: Receipt) -> None:
            row = acknowledgement(receipt)
            if jsonl and row is not None:
                terminal.line(row)
            outcome = receipt.outcome
            if outcome.claim.kind is Kind.PAGE and outcome.verdict is Verdict.FAILED:
                failures.append((outcome.claim.url, outcome.error))
            tally = crawler.tally
            shown.tell(
                f"{tally.articles} articles, {tally.requisites} requisites, {tally.failed} failed; {outcome.claim.host}"
            )

        crawler = Crawler(
            home=home,
            door=door,
            segments=segments,
            runner=runner,
            plan=engine.plan(),
            host_delay=engine.host_delay(),
            disk_floor=settings.DISK_FLOOR,
            once=once,
            acknowledge=acknowledge,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, crawler.stop)
        try:
            return await crawler.run(), failures
        finally:
            await door.close()


def _segments(home: Home) -> Segments:
    return Segments(home.archive, writer="tuoben")


def collect_until_stopped(home: Home) -> None:
    """What `tuoben worker` does."""
    asyncio.run(_collect(home, once=False, quiet=True))


def _beside(call: Namespace, quiet: bool) -> tuple[Tally, list[tuple[str, str]]]:
    """Follow a worker that is running: its captures from now on, until the frontier is quiet."""
    tally = Tally()
    seen = watch.newest_capture()
    with terminal.Watch("crawl (by the running worker)", quiet=quiet) as shown:
        while True:
            over = call.once and watch.quiet(timezone.now())
            for row in watch.captures_since(seen):
                seen = row.place
                watch.count(row, tally)
                if call.jsonl:
                    terminal.line(row.line)
            shown.tell(f"{tally.articles} articles, {tally.requisites} requisites")
            if over:
                return tally, []
            time.sleep(0.5)
