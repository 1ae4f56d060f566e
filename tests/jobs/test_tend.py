"""After a process that died: what it fetched is taken in once, what it held is free after its delay; and its like."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

import warcs
from loopback import RESET, Web
from outcomes import RULES, collect
from stories import page, publish
from tuoben import pipeline, url
from tuoben.archive.reading import Archive
from tuoben.archive.segments import Entry, Segments
from tuoben.fetch import politeness
from tuoben.fetch.permission import Permits
from tuoben.home import Home
from tuoben.jobs import rebuild
from tuoben.jobs.tend import Tender
from tuoben.model import Claim, Kind, Link, Receipt
from tuoben.pipeline import Plan, note_for, utcnow
from tuoben.runner import Runner
from tuoben.store import commits, database, frontier, models, queries, replaying, repository

FEED = "http://a.test/feed.xml"
DELAY = 7.0


def fetched(claim: Claim, body: str, at: datetime | None = None) -> Entry:
    """What a process stores for a claim."""
    exchange = warcs.exchange(url=claim.url, kind=claim.kind, body=body.encode(), requested_at=at or utcnow())
    return Entry(exchange=exchange, note=note_for(claim))


def links(count: int) -> list[models.Item]:
    """Items of pages of one host each, whose robots.txt allows everything."""
    repository.add_source("http://a.test/", "甲", "", [(FEED, "feed")], utcnow())
    claims = [
        Claim(item=0, epoch=0, kind=Kind.PAGE, url=f"http://h{n}.test/{n}.html", host="", source="a.test",
              article=f"article{n}", link=Link(url=f"http://h{n}.test/{n}.html", title=f"第{n}号通报"))
        for n in range(count)
    ]  # fmt: skip
    items = frontier.add([frontier.item_of(one, utcnow()) for one in claims], utcnow())
    allowed = {"robots_verdict": "allow-all", "robots_until": utcnow() + timedelta(days=1)}
    models.Host.objects.update(**allowed)
    models.Item.objects.filter(kind=Kind.LISTING).update(due_at=utcnow() + timedelta(days=1))
    models.Host.objects.filter(authority="a.test").update(wake_at=None)
    return items


@contextmanager
def tending(home: Home, runner: Runner, name: str, told: list[Receipt]) -> Iterator[Tender]:
    """A process that tidies up."""
    with ThreadPoolExecutor(1) as rows, ThreadPoolExecutor(1) as disk:
        yield Tender(
            home=home, archive=Archive(home.archive), runner=runner, plan=Plan(), rules=RULES, name=name, delay=DELAY,
            rows=rows, disk=disk, tell=told.append,
        )  # fmt: skip
        rows.submit(database.leave).result()


def dies(home: Home, count: int, stored: int) -> str:
    """A process leases some hosts, stores what a few of them answered, and ends; its name."""
    with home.process() as name:
        claims = frontier.claim(utcnow(), count, Permits(), holder=name)
        assert len(claims) == count
        with Segments(home.archive, writer=name) as segments:
            segments.append([fetched(one, page(n, f"第{n}号通报标题")) for n, one in enumerate(claims[:stored])])
    return name


def test_a_tail_is_taken_in_once_and_hosts_rest(home: Home, runner: Runner) -> None:
    """Two that look after a dead process at once take its tail in once; its hosts wait their full delay from then."""
    links(5)
    name = dies(home, 5, 3)
    told: list[Receipt] = []
    began = utcnow()

    async def both(one: Tender, other: Tender) -> None:
        await asyncio.gather(one.tend(), other.tend())
        await one.tend()

    with tending(home, runner, "one", told) as one, tending(home, runner, "other", told) as other:
        asyncio.run(both(one, other))
    assert len(told) == 3 == models.Capture.objects.count() == models.Article.objects.count()
    assert name not in home.processes() and not models.Host.objects.exclude(holder="").exists()
    states = list(models.Item.objects.filter(kind=Kind.PAGE).order_by("pk").values_list("state", "visits"))
    assert sorted(visits for _, visits in states) == [0, 0, 1, 1, 1]
    for host in models.Host.objects.filter(authority__startswith="h"):
        assert host.leased_until is None
    lost = models.Item.objects.filter(kind=Kind.PAGE, visits=0).values("host")
    for host in models.Host.objects.filter(authority__in=lost):
        assert host.page_ready_at >= began + timedelta(seconds=DELAY) and host.wake_at == host.page_ready_at
    for host in models.Host.objects.filter(authority__startswith="h").exclude(authority__in=lost):
        assert host.page_ready_at >= began, "it was asked a moment ago"
    soon = {one.host for one in frontier.claim(utcnow(), 9, Permits(), holder="one")}
    assert not soon & set(lost.values_list("host", flat=True))


def test_who_lives_is_left_alone(home: Home, runner: Runner) -> None:
    """The segments and hosts of a process that is at work are not touched."""
    links(2)
    told: list[Receipt] = []
    with home.process() as name:
        (first, _) = frontier.claim(utcnow(), 2, Permits(), holder=name)
        with Segments(home.archive, writer=name) as segments:
            segments.append([fetched(first, page(1, "第1号通报标题"))])
            with tending(home, runner, "other", told) as other:
                asyncio.run(other.begin())
            assert told == [] and models.Host.objects.filter(holder=name).count() == 2


def test_what_was_committed_is_not_taken_in_again(home: Home, runner: Runner) -> None:
    """Of a process that died after its commit nothing is left to take in."""
    links(2)
    name = dies(home, 2, 2)
    told: list[Receipt] = []
    with tending(home, runner, "one", told) as one:
        asyncio.run(one.tend())
    (home.root / "lock" / f"worker-{name}").touch()  # its heir died before it could say that all is done
    with tending(home, runner, "other", told) as other:
        asyncio.run(other.tend())
    assert len(told) == 2 == models.Capture.objects.count()


def test_a_rebuild_reads_two_workers_side_by_side(home: Home, runner: Runner) -> None:
    """Revisions that two processes wrote in turns, each into its segment, come back in the order of their times."""
    (item,) = links(1)
    claim = frontier.claim(utcnow(), 1, Permits(), holder="x")[0]
    begin = datetime.now(UTC).replace(microsecond=0)
    with Segments(home.archive, writer="one") as one, Segments(home.archive, writer="two") as two:
        for n in range(6):
            text = page(n, f"第{n}版的标题", f"<p>第{n}次修改以后的最后一段，涉及{n * 17}户居民。</p>")
            entry = fetched(replace(claim, visits=n), text, begin + timedelta(seconds=n))
            (one, two)[n % 2].append([entry])
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(
            lambda: (
                rebuild.rebuild_rows(home, rebuild.Reading(runner, RULES, Plan(), lambda name, count: None)),
                database.leave(),
            )[0]
        ).result()
    assert done.captures == 6 and done.damage == []
    connection.close()
    article = models.Article.objects.get()
    titles = [row["title"] for row in article.revisions.order_by("number").values_list("content", flat=True)]
    assert titles == [f"第{n}版的标题" for n in range(6)] and article.title == "第5版的标题"
    assert len({name.rsplit("-", 2)[-2] for name in Archive(home.archive).segments()}) == 2
    assert item.url == article.url


def test_readers_never_see_a_locked_database(home: Home, runner: Runner) -> None:
    """Threads that read in a loop are never refused while commits follow one another."""
    links(30)
    stop, reads, errors = threading.Event(), [0, 0], []

    def read(number: int) -> None:
        try:
            while not stop.is_set():
                assert len(queries.sites()) == 1 and queries.overview()
                replaying.captures_of("http://h1.test/1.html")
                reads[number] += 1
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    readers = [threading.Thread(target=read, args=(n,)) for n in range(2)]
    for one in readers:
        one.start()
    try:
        with Segments(home.archive, writer="t") as segments:
            while claims := frontier.claim(utcnow(), 5, Permits(), holder="t"):
                entries = [fetched(one, page(n, f"{one.url}的标题")) for n, one in enumerate(claims)]
                captures = segments.append(entries)
                work = [
                    pipeline.carry(one, entry.exchange, capture, runner, Plan())
                    for one, entry, capture in zip(claims, entries, captures, strict=True)
                ]

                async def carried(work: list = work) -> list:
                    return await asyncio.gather(*work)

                commits.commit(asyncio.run(carried()), RULES)
    finally:
        stop.set()
        for one in readers:
            one.join()
    assert errors == [] and min(reads) > 10 and models.Article.objects.count() == 30


def test_the_entry_stands_for_a_page_whose_host_never_answers(
    home: Home, web: Web, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every try at a page breaks off until there is none left, the article is made of the feed's full text."""
    monkeypatch.setattr(politeness, "RETRIES", (0.05, 0.05))
    feeds, pages = web.host("a.test"), web.host("pages.test")
    publish(feeds, 1)
    body = "".join(f"<p>{'供水管网改造工程今日完工，居民恢复用水。' * 12}第{n}段。</p>" for n in range(4))
    item = f"<item><title>第1号通报标题</title><link>{pages.url('/a/1.html')}</link><description>短</description>"
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    item += f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
    feeds.page(
        "/feed.xml", f'<rss version="2.0" {space}><channel><title>甲</title>{item}</channel></rss>',
        content_type="application/rss+xml",
    )  # fmt: skip
    pages.raw("/a/1.html", RESET)
    repository.add_source("http://a.test/", "甲", "", [(FEED, "feed")], utcnow())
    tally = collect(home, web, runner)
    assert len(web.hits("pages.test", "/a/1.html")) == 3 and tally.articles == 1
    article = models.Article.objects.get()
    content = article.revisions.get().content
    assert article.url == url.fetchable(pages.url("/a/1.html")) and "from-listing" in content["flags"]
    assert content["text"].count("第") >= 4 and len(content["text"]) > 600
