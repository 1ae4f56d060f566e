"""Home and section pages that only send their readers on are followed like redirects."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from loopback import Host, Web
from outcomes import collect
from stories import page, publish
from tuoben.home import Home
from tuoben.jobs.survey import Survey, Surveyor
from tuoben.model import Kind
from tuoben.pipeline import utcnow
from tuoben.runner import Runner
from tuoben.store import frontier, models, repository


def sends(target: str, wait: int = 0) -> str:
    """A page that only sends its readers on."""
    meta = f'<meta http-equiv="refresh" content="{wait};url={target}">'
    return f'<html><head>{meta}<title>甲</title></head><body><a href="{target}">进入首页</a></body></html>'


def section(host: Host, path: str, count: int) -> None:
    """A section page with articles behind it."""
    titles = {f"/a/{n}.html": f"西城片区供水管网改造第{n}号通报进展情况" for n in range(1, count + 1)}
    rows = "".join(f"<li><a href='{where}'>{title}</a></li>" for where, title in titles.items())
    host.page(path, f"<html><title>云岭新闻</title><body><ul class='list'>{rows}</ul></body></html>")
    for number, (where, title) in enumerate(titles.items(), start=1):
        host.page(where, page(number, title))


def survey(web: Web, runner: Runner, address: str) -> Survey:
    """What the surveyor finds."""

    async def run() -> Survey:
        async with web.door() as door:
            with closing(Surveyor(door, runner, 0.0)) as surveyor:
                return await surveyor.survey(address)

    return asyncio.run(run())


@pytest.mark.usefixtures("home")
def test_a_site_is_found_behind_its_entrance(web: Web, runner: Runner) -> None:
    """A home page that sends its readers to another one is surveyed there."""
    host = web.host("s.test")
    publish(host, 1)
    host.page("/", sends("/zh/index.html", 2))
    host.page(
        "/zh/index.html", '<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    )
    found = survey(web, runner, "http://s.test/")
    assert found.listings == (("http://s.test/feed.xml", "feed"),) and found.url == "http://s.test/"


@pytest.mark.usefixtures("home")
def test_pages_that_send_each_other_readers(web: Web, runner: Runner) -> None:
    """In a circle the last page counts, and the survey ends."""
    host = web.host("s.test")
    host.page("/", sends("/b.html"))
    host.page("/b.html", sends("/"))
    assert survey(web, runner, "http://s.test/").why and len(web.hits("s.test", "/")) < 5


def test_a_section_is_read_where_it_went(home: Home, web: Web, runner: Runner) -> None:
    """A section page that turned into an entrance is followed on each visit, though its answer stays the same."""
    host = web.host("a.test")
    host.page("/", sends("/list.html"), headers={"ETag": '"1"'})
    section(host, "/list.html", 8)
    repository.add_source("http://a.test/", "甲", "", [("http://a.test/", "section")], utcnow())
    assert collect(home, web, runner).articles == 8
    section(host, "/list.html", 10)
    frontier.make_due(models.Listing.objects.values_list("pk", flat=True), utcnow())
    assert collect(home, web, runner).articles == 2
    assert len(web.hits("a.test", "/list.html")) == 2 and len(web.hits("a.test", "/")) == 2
    assert {item.error for item in models.Item.objects.filter(kind=Kind.LISTING)} == {""}


def test_a_feed_is_read_where_it_went(home: Home, web: Web, runner: Runner) -> None:
    """Where a feed was and a page sends readers to its new address, that is read."""
    host = web.host("a.test")
    publish(host, 2)
    host.page("/old.xml", sends("/feed.xml"))
    repository.add_source("http://a.test/", "甲", "", [("http://a.test/old.xml", "feed")], utcnow())
    assert collect(home, web, runner).articles == 2


def test_a_list_that_reloads_itself_stays(home: Home, web: Web, runner: Runner) -> None:
    """A refresh without an address, to the page itself or after minutes is no redirect."""
    host = web.host("a.test")
    for path, meta in (("/1.html", "60"), ("/2.html", "0;url=/2.html"), ("/3.html", "300;url=/other.html")):
        text = f'<html><head><meta http-equiv="refresh" content="{meta}"></head><body><p>空</p></body></html>'
        host.page(path, text)
    addresses = [(host.url(f"/{n}.html"), "section") for n in (1, 2, 3)]
    repository.add_source("http://a.test/", "甲", "", addresses, utcnow())
    assert collect(home, web, runner).links == 0 and not web.hits("a.test", "/other.html")
