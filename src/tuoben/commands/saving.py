"""save: pages that a person asks for."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.utils import timezone

from tuoben.commands import base, engine, terminal
from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.jobs import saving
from tuoben.scheduler import Crawler
from tuoben.store import database, queries, saves
from tuoben.store.saves import Progress

LOOK = 0.3
"""Seconds between two looks at how far it is."""
PATIENCE = 600.0
"""Seconds after which a page is left to the worker."""


def save(call: Namespace) -> int:
    """Have pages captured now, with what they show; 1 when one of them could not be, 2 when an address is none."""
    home = base.home()
    asked = [saving.save(address, "", timezone.now()) for address in call.urls]
    with terminal.Watch("save", quiet=call.json) as shown:
        found = _wait(home, asked, shown)
    rows = [_row(one) for one in found]
    if call.json:
        terminal.document({"saved": rows})
    if paused := queries.paused():
        terminal.say(f"tuoben: {paused}")
    for row in rows:
        if row["why"]:
            terminal.say(f"tuoben: {row['url']}: {row['why']}")
        elif not call.json:
            terminal.out.print(f"{row['id']}  {row['captured']}  {row['url']}")
    return 1 if any(row["state"] != "saved" for row in rows) else 0


def _row(found: Progress) -> dict[str, Any]:
    captured = found.captured.isoformat() if found.captured is not None else ""
    why = found.why
    if found.again is not None:
        why = f"{why.rstrip('.')}; a worker asks again at {found.again:%Y-%m-%d %H:%M:%S} UTC."
    if not found.over:
        why = why or "It is not there yet; a worker goes on."
    told = {"url": found.url, "state": found.stage.value, "id": found.article, "captured": captured}
    return told | {"new": found.fresh and bool(found.article), "why": why}


def _look(asked: Sequence[str]) -> list[Progress]:
    found = [saves.progress(one, timezone.now()) for one in asked]
    return [one for one in found if one is not None]


def _wait(home: Home, asked: Sequence[str], shown: terminal.Watch) -> list[Progress]:
    """Until all is over: beside a worker by looking, else by collecting what was asked for, and nothing else."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        found = _look(asked)
        _show(shown, found)
        if all(one.over for one in found):
            break
        with home.lock("crawl") as free:
            pass
        if free:
            with home.lock("crawl", wait=2.0, shared=True) as ours:
                if not ours:
                    raise DataError("The rows of this data directory are being made anew; try again when that is done.")
                asyncio.run(_collect(home, asked, shown, last))
            break
        time.sleep(LOOK)
    return _look(asked)


def _show(shown: terminal.Watch, found: Sequence[Progress]) -> None:
    done = sum(one.over for one in found)
    files = sum(one.files for one in found)
    shown.tell(f"{done} of {len(found)} pages, {files} images and styles to come", done, len(found))


async def _collect(home: Home, asked: Sequence[str], shown: terminal.Watch, last: float) -> None:
    async with engine.crawler(home, articles=await asyncio.to_thread(_articles, asked)) as crawler:
        watching = asyncio.create_task(_watch(crawler, asked, shown, last))
        try:
            await crawler.run()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _watch(crawler: Crawler, asked: Sequence[str], shown: terminal.Watch, last: float) -> None:
    """Stop the crawler when nothing more is waited for."""
    while time.monotonic() < last and not crawler.paused:
        found = await asyncio.to_thread(_look_apart, asked)
        crawler.articles |= {one.article for one in found if one.article}  # it may be one that is known already
        _show(shown, found)
        if all(one.over for one in found):
            break
        await asyncio.sleep(LOOK)
    crawler.stop()


def _look_apart(asked: Sequence[str]) -> list[Progress]:
    try:
        return _look(asked)
    finally:
        database.leave()


def _articles(asked: Sequence[str]) -> set[str]:
    try:
        return saves.articles(asked)
    finally:
        database.leave()
