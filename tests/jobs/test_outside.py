"""Requests outside the frontier, surveys and hubs, keep to what each host asks for."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from loopback import Host, Web, page_bytes
from stories import feed, publish
from tunnelling import Proxy
from tuoben import source_settings
from tuoben.fetch import LIMITS
from tuoben.jobs import hubs
from tuoben.jobs.outside import HOLD, LATE, Outside
from tuoben.jobs.survey import Survey, Surveyor
from tuoben.model import SourceSettings
from tuoben.pipeline import utcnow
from tuoben.runner import Runner
from tuoben.store import leases, models, repository, sources

pytestmark = pytest.mark.usefixtures("home")
HUB = "http://hub.test/hub"


async def in_rows(function, *args):
    """Run something on a thread that may touch rows."""

    def work():
        try:
            return function(*args)
        finally:
            connection.close()

    return await asyncio.to_thread(work)


def survey(web: Web, runner: Runner, address: str) -> Survey:
    """What the surveyor finds."""

    async def run() -> Survey:
        async with web.door() as door:
            with closing(Surveyor(door, runner, 0.0)) as surveyor:
                return await surveyor.survey(address)

    return asyncio.run(run())


def gaps(web: Web, host: str) -> list[float]:
    """Seconds between the requests that a host was sent."""
    return [b - a for a, b in pairwise(hit.at for hit in web.hits(host))]


def test_the_delay_of_robots_txt_holds_from_the_first_page_on(web: Web, runner: Runner) -> None:
    """A survey leaves a host alone for its Crawl-delay right after its robots.txt, also one behind a redirect."""
    host, moved = web.host("s.test"), web.host("m.test")
    publish(host, 1)
    host.robots("User-agent: *\nCrawl-delay: 0.5\n")
    publish(moved, 1)
    moved.redirect("/robots.txt", "http://s.test/robots.txt")
    for name in ("s.test", "m.test"):
        assert survey(web, runner, f"http://{name}/feed.xml").listings
        assert min(gaps(web, name)) >= 0.5


def test_a_survey_leaves_a_host_alone_that_asks_for_it(web: Web, runner: Runner) -> None:
    """After 503 with Retry-After nobody asks before that, not even for something else; without it the host rests."""
    host, silent = web.host("s.test"), web.host("b.test")
    publish(host, 1)
    host.answer("/", 503, headers={"Retry-After": "2"}, times=1)
    assert "503" in survey(web, runner, "http://s.test/").why
    survey(web, runner, "http://s.test/feed.xml")
    assert gaps(web, "s.test")[1] >= 2
    silent.answer("/", 503)
    survey(web, runner, "http://b.test/")
    assert models.Host.objects.get(authority="b.test").page_ready_at > utcnow() + timedelta(seconds=4)


def test_a_survey_does_not_wait_for_hours(web: Web, runner: Runner) -> None:
    """Of a host that rests for long the survey says until when, and asks nothing."""
    publish(web.host("s.test"), 1)
    until = utcnow() + timedelta(hours=2)
    leases.rest("s.test", until)
    assert f"not to be asked before {until:%Y-%m-%d %H:%M}" in survey(web, runner, "http://s.test/").why
    assert not web.log and models.Host.objects.get().leased_until is None


def test_a_turn_takes_what_it_learned_into_account() -> None:
    """The longest of the host's delay, what robots.txt said in the turn, and what the answer asked for, counts."""

    async def turn(*, crawl_delay: float | None = None, status: int = 200, told: str = "") -> int:
        outside = Outside(in_rows)
        async with outside.turn("a.test", 0.0, 0.5) as turn:
            turn.slower(crawl_delay)
            turn.answered(status, told)
        return await in_rows(rested)

    def rested() -> int:
        host = models.Host.objects.get()
        rests = (host.page_ready_at - utcnow()).total_seconds()
        models.Host.objects.update(page_ready_at=utcnow())
        return round(rests)

    async def run() -> list[int]:
        told = [await turn(crawl_delay=7.0), await turn(status=429, told="9"), await turn(status=503, told="never")]
        return [*told, await turn(status=503), await turn(), await turn(status=503)]

    assert asyncio.run(run()) == [7, 9, 10, 20, 0, 5]


def test_a_host_is_kept_for_as_long_as_an_exchange_may_last() -> None:
    """An exchange that begins as late as it may, and takes as long as it may, is over while the host is still ours."""
    assert all(LATE + limits.total < HOLD for limits in LIMITS.values())

    async def run() -> timedelta:
        async with Outside(in_rows).turn("a.test", 0.0, 0.5):
            return (await in_rows(models.Host.objects.get)).leased_until - utcnow()

    longest = max(limits.total for limits in LIMITS.values())
    assert asyncio.run(run()) > timedelta(seconds=LATE + longest)


# --- hubs -------------------------------------------------------------------------------------------------------------
def announce(web: Web, *settings: str) -> Host:
    """A source whose feed announced the hub."""
    host = web.host("news.test")
    host.page("/feed.xml", feed(host, {}))
    name = repository.add_source("http://news.test/", "甲", "", [("http://news.test/feed.xml", "feed")], utcnow())
    if settings:
        sources.set_settings(name, source_settings.change(SourceSettings(), settings), utcnow())
    due(HUB)
    return host


def due(hub: str) -> None:
    """Let the hub be asked now."""
    models.Push.objects.all().delete()
    told = {"hub": hub, "topic": "http://news.test/feed.xml", "token": "t", "secret": "s"}
    models.Push.objects.create(listing=models.Listing.objects.get(), ask_at=utcnow(), **told)


def ask(web: Web, delay: float = 0.0) -> int:
    """Ask the hubs that are due."""

    async def run() -> int:
        async with web.door() as door:
            return await hubs.ask(door, "http://reader.test", Outside(in_rows, "t"), delay)

    return asyncio.run(run())


def test_a_hub_that_redirects_is_asked_in_the_turn_of_each_host(web: Web, monkeypatch) -> None:
    """The host that a 307 leads to is leased, too, and its delay counts from there; a host that rests puts it off."""
    announce(web)
    monkeypatch.setattr(hubs, "PATIENCE", 0.5)
    web.host("hub.test").raw("/hub", page_bytes("", 307, {"Location": "http://far.test/x"}))
    web.host("far.test").raw("/x", page_bytes("", 202))
    assert ask(web, 3.0) == 1 and [hit.method for hit in web.hits("far.test")] == ["POST"]
    ready = dict(models.Host.objects.values_list("authority", "page_ready_at"))
    assert min(ready["hub.test"], ready["far.test"]) > utcnow() + timedelta(seconds=1.5)
    models.Host.objects.filter(authority="hub.test").update(page_ready_at=utcnow())
    until = utcnow() + timedelta(minutes=5)
    leases.rest("far.test", until)
    due(HUB)
    assert ask(web) == 0 and len(web.hits("far.test")) == 1
    push = models.Push.objects.get()
    assert push.ask_at == until and push.attempts == 0
    leases.rest("hub.test", until)
    due(HUB)
    assert ask(web) == 0 and len(web.hits("hub.test")) == 2


def test_a_hub_that_asks_for_a_rest_gets_it(web: Web) -> None:
    """503 with Retry-After at a hub holds for its host; a circle of redirects ends."""
    announce(web)
    web.host("hub.test").raw("/hub", page_bytes("nicht", 503, {"Retry-After": "70"}))
    assert ask(web) == 0 and models.Push.objects.get().error == "The hub answered 503: nicht."
    assert models.Host.objects.get(authority="hub.test").page_ready_at > utcnow() + timedelta(seconds=60)
    due("http://round.test/")
    web.host("round.test").raw("/", page_bytes("", 308, {"Location": "/"}))
    assert ask(web) == 0 and len(web.hits("round.test")) == 4
    assert "too many" in models.Push.objects.get().error


def test_a_hub_is_asked_as_the_source_is(web: Web) -> None:
    """The source's proxy is used for its hub; its headers and lenient TLS only where the hub is on its own site."""
    with Proxy() as proxy:
        announce(web, f"proxy={proxy.url}", "header.X-Reader=yes", "lenient_tls=yes", "delay=0")
        web.host("hub.test").raw("/hub", page_bytes("", 202))
        assert ask(web) == 1 and len(proxy.asked) == 1
        assert web.hits("hub.test")[0].header("X-Reader") == ""
        own = web.host("hub.news.test")
        own.tls = "expired"
        own.raw("/hub", page_bytes("", 202))
        due("https://hub.news.test/hub")
        assert ask(web) == 1 and web.hits("hub.news.test")[0].header("X-Reader") == "yes"
        web.host("hub.test").tls = "expired"
        due("https://hub.test/hub")
        assert ask(web) == 0 and "certificate" in models.Push.objects.get().error
