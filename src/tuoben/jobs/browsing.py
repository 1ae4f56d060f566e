"""A page opened in a browser, as its source's settings ask: what it loads is fetched as all is and goes to the WARC.

The browser reaches nothing (`browse`). Each of its requests is made here: when robots.txt of the host allows it, in the
turn of the host, through the door, with the headers, the proxy and the leniency of the source. What came is stored with
the document and the picture in one append, the document last: what is whole of it after a crash is whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tuoben import browse, pipeline, source_settings, url
from tuoben.archive import warc
from tuoben.archive.lately import Lately
from tuoben.archive.segments import Entry
from tuoben.browse import Answer, Asked, Chromium, Limits, Rendered, budget
from tuoben.errors import BrowserError, Disallowed, FetchError, NoDocument
from tuoben.fetch import LIMITS, RESERVED, FetchLimits, fetch, permission, politeness
from tuoben.jobs import storing
from tuoben.jobs.outside import Outside
from tuoben.markup import inflate
from tuoben.model import Capture, Claim, Exchange, Kind, Outcome, Request
from tuoben.net import Door
from tuoben.store import frontier
from tuoben.turns import Turns

log = logging.getLogger("tuoben.browsing")

Append = Callable[[Sequence[Entry]], Awaitable[list[Capture]]]
"""Appends entries, all or none; raises DiskFull, ArchiveError."""

AFTER = timedelta(seconds=browse.chromium.START + browse.chromium.LATE + 20.0)
"""What a rendering may take beside the time of its page: to start and to end the browser, and to store what came."""
ROBOTS = 15.0
"""Seconds that a request waits for the robots.txt of its host, which is asked for by the crawler itself."""
LOOK = 0.1
"""Seconds between two looks whether it is there."""
LEAST = 5.0
"""Seconds that a page gets, however short the lease is."""
BODY = 20.0
"""Seconds that one request of a page may take in all."""
LONGEST_ADDRESS = 2000
"""Characters of the address in the note: a script may make it as long as it likes."""
AT_ONCE = 4
"""Bodies of a page that are on their way at a time: each is held in memory until it is stored."""
VARYING = ("accept", "authorization", "origin")
"""Headers of a page by which an answer may be another one; also those that begin with "x-"."""
TELLING = frozenset(name.encode() for name in pipeline.TELLING)


@dataclass
class Browsing:
    """The browser of one crawler."""

    chromium: Chromium
    limits: Limits
    door: Door
    outside: Outside
    turns: Turns
    plan: pipeline.Plan
    with_rows: Callable[..., Awaitable[Any]]
    append: Append
    lately: Lately
    host_delay: float | None

    def __post_init__(self) -> None:
        self.chromium = replace(self.chromium, user_agent=self.door.user_agent)
        self._permits = permission.Permits()
        self._said = ""

    def missing(self) -> str:
        """Why no page can be opened, "" when it can; the log says it once."""
        why = self.chromium.missing()
        if why and why != self._said:
            log.warning(why)
        self._said = why
        return why

    async def outcomes(self, claim: Claim, seconds: float) -> list[Outcome]:
        """Open a page within so many seconds, store all that came, and read it: what it changes, in the order of the
        WARC. Raises FetchError when nothing came of it; DiskFull, ArchiveError when it could not be stored."""
        page = _Page(self, claim)
        limits = replace(self.limits, total=max(min(self.limits.total, seconds), LEAST))
        try:
            rendered = await browse.open_page(self.chromium, claim.url, page.answer, limits)
        except BrowserError as error:
            if (why := page.wrong()) is not None:
                raise why from error
            raise
        if target := page.elsewhere(rendered.address):
            return [pipeline.led(claim, page.began, target)]
        if (why := page.wrong(BrowserError(f"{claim.url} did not get as far as its document."))) is not None:
            raise why
        loaded = page.loaded()
        kept: list[Entry] = await self.with_rows(storing.entries_of, loaded, self.lately)
        stored = page.records(rendered, kept)
        captures = await self.append([entry for _, entry in stored])
        if not rendered.settled:
            log.info("%s was not quiet when its time was over; what there was is taken.", claim.url)
        found = []
        for (told, entry), capture in zip(stored, captures, strict=True):
            reader = self.turns.of(url.registrable(url.authority(told.url)))
            found.append(await pipeline.carry(told, entry.exchange, capture, reader, self.plan))
        return found

    async def allowed(self, address: str, claim: Claim) -> bool:
        """Whether robots.txt of its host lets us ask for an address. Raises FetchError when that is not known soon."""
        loop = asyncio.get_running_loop()
        last = loop.time() + ROBOTS
        while (known := await self.with_rows(frontier.want_robots, address, claim, pipeline.utcnow())) is None:
            if loop.time() > last:
                raise FetchError(f"robots.txt of {url.authority(address)} is not known yet.")
            await asyncio.sleep(LOOK)
        body, verdict = known
        self._permits.begin()
        verdicts = self._permits(body, verdict, address)
        if verdicts is None:  # it takes long: a child says it
            reader = self.turns.of(url.registrable(url.authority(address)))
            verdicts = (await reader.run(permission.decide, body, [address]))[address]
        return verdicts


@dataclass
class _Page:
    """One page, and what it loads."""

    browsing: Browsing
    claim: Claim
    began: datetime = field(default_factory=pipeline.utcnow)

    def __post_init__(self) -> None:
        self._loaded: dict[tuple[str, ...], asyncio.Task[Exchange]] = {}
        self._hosts: dict[str, asyncio.Lock] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._order: list[Exchange] = []
        self._documents: dict[str, Exchange] = {}
        self._document: Exchange | None = None
        self._why: FetchError | None = None

    async def answer(self, asked: Asked, most: int) -> Answer:
        """What the browser is told; the same is asked for once. Raises TuobenError when it is not."""
        address = url.fetchable(asked.url)
        headers = self._headers(asked, address)
        own = self.claim.settings.headers  # of any name: the answer to them is for who sent them
        varying = [(name, value) for name, value in headers if _varies(name) or (name, value) in own]
        same = (address, *(part for name, value in varying for part in (name.lower(), value)))
        task = self._loaded.get(same)
        if task is None:
            request = Request(url=address, kind=Kind.PAGE if asked.main else Kind.REQUISITE, headers=headers)
            task = self._loaded[same] = asyncio.create_task(self._ask(request, most))
        try:
            exchange = await task
        except FetchError as error:
            if asked.main:
                self._why = error
            raise
        if asked.main:
            self._document = self._documents[asked.url] = exchange
        body, coding = exchange.body, exchange.header("content-encoding")
        if coding:
            reader = self.browsing.turns.of(url.registrable(url.authority(address)))
            body = await reader.run(inflate, body, coding)
        return Answer(status=exchange.status, headers=budget.told(exchange.headers), body=body)

    async def _ask(self, request: Request, most: int) -> Exchange:
        host = url.authority(request.url)
        browsing, claim = self.browsing, self.claim
        if not await browsing.allowed(request.url, claim):
            raise Disallowed(f"robots.txt of {host} does not allow it.")
        delay = source_settings.delay(claim.settings, claim.source_url, request.url, browsing.host_delay)
        async with (
            self._hosts.setdefault(host, asyncio.Lock()),
            browsing.outside.turn(host, delay, browsing.limits.total, kind=request.kind) as turn,
            self._at_once,
        ):
            exchange = await fetch(
                request,
                browsing.door,
                limits=_limits(request.kind, min(most, self._room())),
                lenient_tls=source_settings.lenient(claim.settings, claim.source_url, request.url),
                proxy=claim.settings.proxy,
            )
            turn.answered(exchange.status, exchange.header("retry-after"))
            self._order.append(exchange)
        return exchange

    def _room(self) -> int:
        """Bytes that the next body may have. Raises FetchError when the page has loaded all that a page may."""
        room = self.browsing.limits.bytes - sum(len(exchange.body) for exchange in self._order)
        if room <= 0:
            raise FetchError(f"the page loaded {self.browsing.limits.bytes >> 20} MiB already.")
        return room

    def _headers(self, asked: Asked, address: str) -> tuple[tuple[str, str], ...]:
        """What goes along: the source's own headers where its own page asks, not what stands in a frame of it."""
        settings, source = self.claim.settings, self.claim.source_url
        own = source_settings.request_headers(settings, source, address) if asked.top else ()
        names = {name.lower() for name, _ in own} | RESERVED
        page = [pair for pair in budget.forwarded(asked.headers) if pair[0].lower() not in names]
        return (*page, *own)

    def elsewhere(self, shown: str) -> str:
        """The address of another page, to which this one led the browser; "" when it is this one that is shown.

        `shown`: the address that the browser says. What only changes that (history.pushState) leaves the document.
        """
        self._document = self._documents.get(shown.partition("#")[0], self._document)
        if self._document is None or url.canonical(self._document.url) == url.canonical(self.claim.url):
            return ""
        return self._document.url

    def wrong(self, otherwise: FetchError | None = None) -> FetchError | None:
        """Why the page has no document of its own, as far as its requests tell, else `otherwise`; None when it has."""
        document = self._document
        if document is None:
            return self._why or otherwise
        if document.status in politeness.TRANSIENT:
            return BrowserError(f"The server answered {document.status} to the browser.")
        return NoDocument(f"The server answered {document.status} to the browser.") if document.status != 200 else None

    def loaded(self) -> list[tuple[Claim, Exchange]]:
        """What was loaded, in the order in which it came."""
        return [(self._claim(exchange), exchange) for exchange in self._order]

    def records(self, rendered: Rendered, loaded: Sequence[Entry]) -> list[tuple[Claim, Entry]]:
        """What goes to the WARC, each with its claim: what was loaded, the picture, the document as it became."""
        document, picture, dom = warc.new_id(), warc.new_id(), warc.new_id()
        found = []
        for entry in loaded:
            told = self._claim(entry.exchange)
            found.append((told, replace(entry, record_id=document) if entry.exchange is self._document else entry))
        claim = replace(self.claim, loads=tuple(one.url for one in self._order if one.kind is Kind.REQUISITE))
        beside = {document, picture, dom} if rendered.picture else {document, dom}
        if rendered.picture:
            told = replace(self.claim, kind=Kind.SCREENSHOT, item=0, epoch=0, link=None)
            shot = self._made(rendered, Kind.SCREENSHOT, rendered.picture, "image/webp")
            entry = Entry(exchange=shot, note=pipeline.note_for(told), record_id=picture)
            found.append((told, replace(entry, beside=tuple(sorted(beside - {picture})))))
        note = pipeline.note_for(claim) | {
            "browser": {
                "program": rendered.program,
                "address": rendered.address[:LONGEST_ADDRESS],
                "settled": rendered.settled,
                "refused": list(rendered.refused),
            }
        }
        page = self._made(rendered, Kind.RENDERED, rendered.dom, "text/html; charset=utf-8")
        entry = Entry(exchange=page, note=note, record_id=dom, beside=tuple(sorted(beside - {dom})))
        return [*found, (claim, entry)]

    def _claim(self, exchange: Exchange) -> Claim:
        return replace(
            self.claim, item=0, epoch=0, kind=exchange.kind, url=exchange.url, host=url.authority(exchange.url),
            part=0, referer=self.claim.url, link=None, via=(), etag="", last_modified="", payload_digest="",
            attempts=0, visits=0, until=None, loaded=True,
        )  # fmt: skip

    def _made(self, rendered: Rendered, kind: Kind, body: bytes, mime: str) -> Exchange:
        """What the browser made, with what the document's server said of the page."""
        headers = self._document.headers if self._document is not None and kind is Kind.RENDERED else ()
        said = [(name, value) for name, value in headers if name.lower() in TELLING and name.lower() != b"refresh"]
        return Exchange(
            url=self.claim.url,
            kind=kind,
            requested_at=rendered.at,
            status=200,
            reason="",
            http_version="",
            request_head=b"",
            headers=((b"Content-Type", mime.encode()), *said),
            body=body,
        )


def _varies(name: str) -> bool:
    return name.lower() in VARYING or name.lower().startswith("x-")


def _limits(kind: Kind, most: int) -> FetchLimits:
    usual = LIMITS[kind]
    return replace(
        usual, total=min(usual.total, BODY), first_byte=min(usual.first_byte, BODY), body=min(usual.body, most)
    )
