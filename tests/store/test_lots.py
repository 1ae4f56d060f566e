"""What a listing announced is queued a lot at a time, so that nobody waits long for the rows."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from outcomes import DAY, RULES, Work
from tuoben.model import Kind, Link, Outcome
from tuoben.store import commits, lots, models, past
from tuoben.store.hosts import HISTORY

pytestmark = pytest.mark.django_db
COUNT = 4_500


def shown(count: int = COUNT) -> tuple[Link, ...]:
    """What a long sitemap announces."""
    return tuple(Link(url=f"http://a.test/story/{n}.html") for n in range(count))


def asked(work: Work, links: tuple[Link, ...]) -> tuple[str, Outcome]:
    """A source whose past is begun, and the outcome of its sitemap."""
    source = work.add_source(("http://a.test/map.xml", "sitemap"))
    work.answer(work.until(Kind.LISTING))
    models.Item.objects.filter(kind=Kind.LISTING).update(due_at=work.now + DAY)
    past.begin(source, work.now)
    return source, work.outcome(work.until(Kind.LISTING), links=links)


def queued() -> int:
    return models.Item.objects.filter(kind=Kind.PAGE).count()


def test_a_long_sitemap_is_queued_in_lots() -> None:
    """No transaction queues more than a lot; the walk counts every link once, and ends."""
    work = Work()
    source, outcome = asked(work, shown())
    before, steps = queued(), []
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
        steps.append(queued() - before)
        (row,) = past.told(source)
        assert (row.state, row.past.found, row.past.pages) == ("active", steps[-1], 0)
    assert steps == [1_000, 2_000, 3_000, 4_000]
    (receipt,) = commits.commit([outcome], RULES)
    (row,) = past.told(source)
    assert receipt.new_links == row.past.found == row.past.shown == row.waiting == queued() == COUNT
    assert (row.state, row.past.pages, row.past.barren) == ("done", 1, 0)


def test_killed_between_two_lots() -> None:
    """What was queued when the process was killed is passed over when its WARC is taken in, and counted once."""
    work = Work()
    source, outcome = asked(work, shown())
    lots.ahead(lots.ahead(outcome))
    work.now += DAY
    kept = replace(outcome, claim=replace(outcome.claim, item=0, epoch=0))
    commits.commit_stored([kept], RULES)
    (row,) = past.told(source)
    assert (row.past.found, row.past.shown, row.waiting, row.past.pages) == (COUNT, COUNT, COUNT, 1)


def test_stopped_between_two_lots() -> None:
    """A walk that is stopped between two lots has all of them wait, and goes on when it is resumed."""
    work = Work()
    source, outcome = asked(work, shown())
    outcome = lots.ahead(outcome)
    past.stop(source, work.now)
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
    commits.commit([outcome], RULES)
    pages = models.Item.objects.filter(kind=Kind.PAGE, rank=HISTORY)
    assert set(pages.values_list("state", "error")) == {("refused", past.STOPPED)}
    assert past.told(source)[0].waiting == COUNT
    past.resume(source, work.now)
    assert set(pages.values_list("state", flat=True)) == {"queued"}


def test_a_source_that_is_removed_between_two_lots() -> None:
    """Nothing is queued for a source that is gone."""
    work = Work()
    _, outcome = asked(work, shown())
    outcome = lots.ahead(outcome)
    models.Source.objects.all().delete()
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
    commits.commit([outcome], RULES)
    assert models.Listing.objects.count() == 0 and queued() <= 1_000


def test_a_long_feed_is_queued_in_lots() -> None:
    """A listing of today that announces thousands is queued so, too; its rhythm is told of all that was new."""
    work = Work()
    work.add_source()
    outcome = work.outcome(work.until(Kind.LISTING), links=shown(3_000))
    assert [len(some) for some in lots.portions([outcome, outcome])] == [1, 1]
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
    assert queued() == 2_000
    (receipt,) = commits.commit([outcome], RULES)
    assert receipt.new_links == queued() == 3_000


def test_several_listings_are_committed_apart() -> None:
    """What is committed together queues no more than one lot, in its order."""
    work = Work()
    work.add_source()
    one = work.outcome(work.until(Kind.LISTING), links=shown(400))
    assert [len(some) for some in lots.portions([one] * 5)] == [2, 2, 1]
    assert lots.portions([]) == []


@pytest.mark.slow
def test_no_transaction_is_long() -> None:
    """Of fifty thousand links none of the transactions lasts long."""
    work = Work()
    source, outcome = asked(work, shown(50_000))
    longest = 0.0
    while True:
        began = time.perf_counter()
        more = lots.many(outcome)
        outcome = lots.ahead(outcome) if more else commits.commit([outcome], RULES)[0].outcome
        longest = max(longest, time.perf_counter() - began)
        if not more:
            break
    assert past.told(source)[0].past.found == 50_000
    print(f"longest {longest:.3f} s")
    assert longest < 0.6


def test_a_link_of_an_earlier_lot_that_failed_is_asked_for_again() -> None:
    """A page that was announced before it was there is asked for again, wherever in a long feed it is announced still."""
    work = Work()
    work.add_source(("http://a.test/feed.xml", "feed"))
    outcome = work.outcome(work.until(Kind.LISTING), links=shown(1_500))
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
    commits.commit([outcome], RULES)
    pages = models.Item.objects.filter(kind=Kind.PAGE, url__in=[shown()[0].url, shown(1_500)[-1].url])
    assert pages.update(state="failed", attempts=1) == 2
    work.now += 2 * DAY
    outcome = work.outcome(work.until(Kind.LISTING), links=shown(1_500))
    while lots.many(outcome):
        outcome = lots.ahead(outcome)
    commits.commit([outcome], RULES)
    assert set(pages.values_list("state", flat=True)) == {"queued"}
