"""Hosts that want long delays: what their few turns are used for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outcomes import DAY, NOW, Work, article, prose, seconds
from tuoben.model import Kind, Link, RobotsFinding
from tuoben.store import frontier, models

pytestmark = pytest.mark.django_db


def test_listings_leave_most_turns_to_pages() -> None:
    """With forty seconds between two requests a feed that always brings more than there are turns takes a quarter of
    them at most, and the pages get the rest."""
    work, number, asked = Work(), 0, []
    work.add_source()
    while len(asked) < 90:
        one = work.claim()
        work.now += seconds(0.1)
        if one.kind is Kind.ROBOTS:
            work.answer(one)
            models.Host.objects.update(crawl_delay=40.0, robots_until=NOW + timedelta(days=9))
            continue
        asked.append(one.kind)
        if one.kind is Kind.LISTING:
            links = [Link(url=f"http://a.test/{number + n}", title=f"{number + n}") for n in range(20)]
            number += 20
            work.answer(one, links=tuple(links))
        else:
            work.answer(one, article=article(one.url, prose(len(asked))))
    assert (work.now - NOW).total_seconds() >= 89 * 40
    assert set(asked[10:]) == {Kind.LISTING, Kind.PAGE}
    assert asked[10:].count(Kind.LISTING) <= 0.3 * len(asked[10:])


def test_pages_get_turns_when_we_are_slow() -> None:
    """When listings are due again before their host gets another turn, every second turn is a new page's."""
    work, asked = Work(), []
    work.add_source()
    work.announce(*(f"http://a.test/{n}" for n in range(8)))
    for _ in range(8):
        models.Item.objects.filter(kind=Kind.LISTING).update(due_at=work.now)
        models.Item.objects.filter(kind=Kind.POLICY).update(state="done")
        work.now += seconds(9)
        one = work.claim()
        asked.append(one.kind)
        work.answer(one, article=article(one.url, prose(len(asked)))) if one.kind is Kind.PAGE else work.answer(one)
    assert asked == [Kind.PAGE, Kind.LISTING] * 4


def test_new_pages_come_before_those_that_are_looked_at_again() -> None:
    """A page that was due for another look long ago waits while there is one that nobody has seen."""
    work = Work()
    work.add_source()
    work.announce("http://a.test/old")
    work.page("http://a.test/old")
    old = models.Item.objects.get(url="http://a.test/old")
    assert old.rank == frontier.RECHECK and old.due_at > work.now
    work.now = old.due_at + timedelta(hours=1)
    models.Host.objects.update(robots_until=work.now + timedelta(days=1))
    work.announce("http://a.test/new")
    models.Item.objects.filter(kind=Kind.LISTING).update(due_at=work.now + timedelta(days=1))
    assert work.until(Kind.PAGE).url == "http://a.test/new"


def test_a_delay_that_was_read_elsewhere_holds_at_once() -> None:
    """Where robots.txt is a redirect to another host's, its delay counts before the first page."""
    work = Work()
    work.add_source()
    work.answer(work.claim(), 301, redirect="http://b.test/robots.txt")
    found = RobotsFinding(body=b"User-agent: *\nCrawl-delay: 30\n", verdict="use", until=NOW + DAY, crawl_delay=30.0)
    one = work.claim()
    assert (one.url, one.for_host) == ("http://b.test/robots.txt", "a.test")
    read = work.now
    work.answer(one, robots=found)
    assert work.claim().kind is Kind.LISTING and work.now >= read + seconds(30)


def test_items_of_older_versions_get_their_ranks() -> None:
    """Before there were ranks for pages that are looked at again, images had theirs."""
    work = Work()
    work.add_source()
    work.announce("http://a.test/1", "http://a.test/2")
    models.Item.objects.filter(url="http://a.test/1").update(visits=2)
    image = {"kind": Kind.REQUISITE, "rank": 3, "key": "requisite x", "host": "a.test", "due_at": NOW}
    models.Item.objects.create(url="http://a.test/x.png", **image)
    frontier.rank_anew()
    ranks = dict(models.Item.objects.values_list("url", "rank"))
    assert ranks["http://a.test/x.png"] == frontier.RANK[Kind.REQUISITE]
    assert (ranks["http://a.test/1"], ranks["http://a.test/2"]) == (frontier.RECHECK, frontier.RANK[Kind.PAGE])
