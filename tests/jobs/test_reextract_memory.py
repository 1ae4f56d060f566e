"""An article that was captured hundreds of times is read again a few captures at a time."""

from __future__ import annotations

import asyncio
import weakref
from datetime import timedelta
from pathlib import Path

from outcomes import NOW, claim
from tuoben import pipeline
from tuoben.archive.reading import Stored
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.warc import Resolver
from tuoben.jobs import reextract
from tuoben.model import Article, Capture, Exchange, Kind, Page, State
from tuoben.store.rereading import Held

SIZE = 400_000
CAPTURES = 60
ADDRESS = "http://a.test/1.html"


def exchange(number: int) -> Exchange:
    """One state of the page."""
    body = f"{number}".encode() + b"x" * SIZE
    return Exchange(
        url=ADDRESS, kind=Kind.PAGE, requested_at=NOW + timedelta(minutes=number), status=200, reason="OK",
        http_version="HTTP/1.1", request_head=b"GET /1.html HTTP/1.1\r\n\r\n", body=body,
        headers=((b"Content-Type", b"text/html"),),
    )  # fmt: skip


def test_bodies_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    """Of all captures an outcome, in their order, and never more bodies in memory than a slice of them has."""
    alive: weakref.WeakSet[Exchange] = weakref.WeakSet()
    most = 0

    class Reader:
        """Reads nothing, and sees how much is held meanwhile."""

        async def run(self, function, page: Page, *args):
            nonlocal most
            most = max(most, sum(len(one.body) for one in alive))
            return Article(url=page.url, state=State.EMPTY)

    with Segments(tmp_path, writer="t") as segments:
        note = pipeline.note_for(claim(ADDRESS))
        entries = [Entry(exchange=exchange(number), note=note) for number in range(CAPTURES)]
        captures = tuple(segments.append(entries))
        del entries

        async def stored(capture: Capture, resolve: Resolver | None = None) -> Stored:
            found = segments.read(capture, resolve=resolve)
            alive.add(found.exchange)
            return found

        held = Held("x", "", (*captures, captures[-1]), None, {})
        found = asyncio.run(reextract.outcomes(held, stored, Reader(), pipeline.Plan()))
    assert [one.capture for one in found] == list(captures)
    assert SIZE < most <= reextract.AT_ONCE < CAPTURES * SIZE
