"""Finding the listings of a site: feeds it announces, feeds and sitemaps in their usual places, else its section page.

Asks politely: robots.txt first, one request at a time to a host, with the host's delay between them. The hosts' times
are those of the frontier, so that a worker that collects meanwhile keeps out of the way, and we out of its.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.db import connection

from tuoben import discover, url
from tuoben.errors import BadUrl, FetchError, LimitExceeded, RefusedAddress, TuobenError
from tuoben.extract.identity import refresh_of
from tuoben.fetch import fetch, permission, politeness
from tuoben.jobs.outside import Outside
from tuoben.markup import inflate
from tuoben.model import Exchange, Kind, Page, Request, SourceSettings
from tuoben.net import Door
from tuoben.pipeline import page_of, utcnow
from tuoben.runner import Runner
from tuoben.store import leases

T = TypeVar("T")
HOPS = 5
BARE = re.compile(r"(?:[\w-]+\.)+[a-zA-Z]{2,}(?::\d+)?(?:/\S*)?")
"""A host name, with or without a path, as people write it."""
MOST_FEEDS = 6
"""Announced feeds that are tried; a portal may announce hundreds."""
MOST_SITEMAPS = 12
PATIENCE = 60.0
"""Seconds for which a host that may not be asked yet is waited for, besides its own delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found at one address. `listings`: (url, kind). `why`: one sentence when there are none; `wrong`: because
    the address is none that could ever be asked for."""

    url: str
    name: str = ""
    listings: tuple[tuple[str, str], ...] = ()
    why: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class _Robots:
    """A robots.txt that has the say. It may be made to take long: children read it and hold addresses against it."""

    body: bytes
    crawl_delay: float | None
    sitemaps: tuple[str, ...]


@dataclass
class Surveyor:
    """Surveys many sites at once, each host at its own pace. Close it: one thread of it touches rows."""

    door: Door
    runner: Runner
    host_delay: float | None
    settings: SourceSettings = field(default_factory=SourceSettings)
    """Of the sources that the sites are going to be."""
    name: str = ""
    """Of our process (home.process): hosts are leased under it."""

    def __post_init__(self) -> None:
        self._sites: set[str] = set()
        self._rows = ThreadPoolExecutor(1, "rows")
        self._outside = Outside(self._in_rows, self.name)
        self._asking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._robots: dict[str, _Robots | str] = {}

    async def survey(self, address: str) -> Survey:
        """Look at one site. Never raises for what the site does: `why` says it.

        An address without a scheme ("news.example.com") is tried with https, then with http.
        """
        if BARE.fullmatch(address):
            found = await self.survey(f"https://{address}")
            return found if found.listings else await self.survey(f"http://{address}")
        try:
            start = url.fetchable(address)
            if url.fit(start) != start:
                why = f"The URL “{start[:60]}…” is longer than {url.KEY_SIZE} bytes, too long for a listing."
                return Survey(url=start, why=why, wrong=True)
            self._sites.add(url.registrable(url.authority(start)))
            answer = await self._arrive(start)
            if answer.status != 200:
                return Survey(url=start, why=f"{start} answered {answer.status}; check the address in a browser.")
            return await self._look(start, answer)
        except (FetchError, LimitExceeded) as error:
            return Survey(url=address, why=str(error), wrong=isinstance(error, BadUrl | RefusedAddress))

    def close(self) -> None:
        """End the thread that touches rows."""
        self._rows.submit(connection.close)
        self._rows.shutdown()

    async def _arrive(self, address: str) -> Exchange:
        """The answer where readers are sent, by redirects or by pages that only send them on."""
        for _ in range(HOPS + 1):
            answer = await self._follow(address, Kind.LISTING)
            target = await self.runner.run(refresh_of, page_of(answer)) if answer.status == 200 else ""
            if not target:
                return answer
            address = target
        return answer

    async def _look(self, start: str, answer: Exchange) -> Survey:
        page = page_of(answer)
        kind = await self.runner.run(discover.sniff, page)
        name = await self.runner.run(discover.site_name, page)
        if kind in ("feed", "sitemap"):
            return Survey(url=start, name=name or url.authority(start), listings=((start, kind),))
        if kind != "section":
            return Survey(
                url=start, why=f"{start} is neither a page nor a feed nor a sitemap; give the address of one."
            )
        feeds = await self._announced(page) or await self._usual(answer.url, "feed")
        sitemaps = await self._of_robots(answer.url) or await self._usual(answer.url, "sitemap")
        listings = [*feeds, *sitemaps]
        if not listings:
            found = await self.runner.run(discover.links, "section", page)
            if not found.links:
                why = f"{start} has no feed, no sitemap and no article links; give the address of a list page."
                return Survey(url=start, name=name, why=why)
            listings = [(answer.url, "section")]
        return Survey(url=start, name=name or url.authority(start), listings=tuple(dict.fromkeys(listings)))

    async def _announced(self, page: Page) -> list[tuple[str, str]]:
        told = await self.runner.run(discover.alternates, page)
        feeds = [found for one in told[:MOST_FEEDS] if (found := await self._read_feed(one.url))]
        return [(address, "feed") for address in discover.worth_reading(page.url, feeds)]

    async def _read_feed(self, address: str) -> tuple[str, discover.Found] | None:
        """(final address, what the feed there announces); None when there is none."""
        try:
            answer = await self._follow(address, Kind.LISTING)
            if answer.status != 200 or await self.runner.run(discover.sniff, page_of(answer)) != "feed":
                return None
            return answer.url, (await self.runner.run(discover.announced, "feed", page_of(answer)))[0]
        except (FetchError, LimitExceeded):
            return None

    async def _usual(self, address: str, wanted: str) -> list[tuple[str, str]]:
        """The first hit of each group of usual places that give the kind wanted; one feed is enough."""
        hits: list[tuple[str, str]] = []
        for group in discover.usual_groups(address):
            if ("sitemap" in group[0]) != (wanted == "sitemap") or (hits and wanted == "feed"):
                continue
            for place in group:
                where, kind = await self._try(place)
                if kind == wanted:
                    hits.append((where, kind))
                    break
        return hits

    async def _of_robots(self, address: str) -> list[tuple[str, str]]:
        robots = await self._robots_of(address)
        told: Sequence[str] = () if isinstance(robots, str) else robots.sitemaps
        places = [url.resolve(address, place) for place in told]
        return [(place, "sitemap") for place in dict.fromkeys(places) if place][:MOST_SITEMAPS]

    async def _try(self, address: str) -> tuple[str, str]:
        """(final address, kind of listing there), kind "" when there is none."""
        try:
            answer = await self._follow(address, Kind.LISTING)
            if answer.status != 200:
                return address, ""
            page = page_of(answer)
            kind = await self.runner.run(discover.sniff, page)
            if kind == "feed" and (await self.runner.run(discover.links, kind, page)).comments:
                kind = ""
        except (FetchError, LimitExceeded):
            return address, ""
        return answer.url, kind

    async def _follow(self, address: str, kind: Kind) -> Exchange:
        """The answer at the end of redirects. Raises FetchError, also for what robots.txt forbids."""
        for _ in range(HOPS + 1):
            if kind is not Kind.ROBOTS and not await self._allowed(address):
                raise FetchError(
                    f"The robots.txt of {url.authority(address)} does not allow {address} to be asked for."
                )
            answer = await self._ask(address, kind)
            target = politeness.redirect(answer)
            if not target:
                return answer
            address = target
        raise FetchError(f"{address} redirects too many times.")

    async def _allowed(self, address: str) -> bool:
        robots = await self._robots_of(address)
        if isinstance(robots, str):
            return robots == "allow-all"
        return (await self.runner.run(permission.decide, robots.body, [address]))[address]

    async def _robots_of(self, address: str) -> _Robots | str:
        host = url.authority(address)
        async with self._asking[host]:  # surveys of one host at once ask for its robots.txt once
            if host not in self._robots:
                self._robots[host] = await self._ask_robots(address)
        return self._robots[host]

    async def _ask_robots(self, address: str) -> _Robots | str:
        place = url.resolve(address, "/robots.txt") or address
        answer = await self._follow(place, Kind.ROBOTS)
        verdict = politeness.robots_verdict(answer.status)
        robots = await self._read(answer) if verdict == "use" else verdict
        host = url.authority(address)
        if not isinstance(robots, str) and url.authority(answer.url) != host:  # its host's turn is over
            self._robots[host] = robots
            await self._in_rows(leases.rest, host, utcnow() + timedelta(seconds=self._delay(host) or 0.0))
        return robots

    async def _ask(self, address: str, kind: Kind) -> Exchange:
        own = url.registrable(url.authority(address)) in self._sites
        request = Request(url=address, kind=kind, headers=self.settings.headers if own else ())
        host = url.authority(address)
        async with self._outside.turn(host, self._delay(host), PATIENCE, through_delay=True) as turn:
            answer = await fetch(
                request, self.door, lenient_tls=own and self.settings.lenient_tls, proxy=self.settings.proxy
            )
            turn.answered(answer.status, answer.header("retry-after"))
            if kind is Kind.ROBOTS and politeness.robots_verdict(answer.status) == "use":
                turn.slower((await self._read(answer)).crawl_delay)
            return answer

    async def _read(self, answer: Exchange) -> _Robots:
        try:
            body = inflate(answer.body, answer.header("content-encoding"))[: politeness.ROBOTS_SIZE]
            return _Robots(body, *await self.runner.run(permission.asks, body))
        except TuobenError as error:
            raise FetchError(str(error)) from error

    @property
    def _usual_delay(self) -> float | None:
        told_us = [one for one in (self.host_delay, self.settings.delay) if one is not None]
        return max(told_us, default=None)

    def _delay(self, host: str) -> float | None:
        """Seconds between two requests to a host as far as we know better than the rows."""
        robots = self._robots.get(host)
        asks = robots.crawl_delay if isinstance(robots, _Robots) else None
        if asks is None:
            return self._usual_delay
        return politeness.pace(Kind.PAGE, crawl_delay=asks, host_delay=self._usual_delay).seconds

    async def _in_rows(self, function: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._rows, function, *args)
