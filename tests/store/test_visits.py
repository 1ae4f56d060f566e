"""What visits teach, as the rows keep it, and when listings and articles are visited again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from outcomes import NOW, Work, article, item, prose, seconds, stored
from tuoben import planning
from tuoben.fetch.schedule import USUAL
from tuoben.model import Claim, Kind, Link, Moment, Precision, Verdict
from tuoben.store import commits, models, pushes, queries, repository, visits

pytestmark = pytest.mark.django_db
FEED = "http://a.test/feed.xml"
HOUR = timedelta(hours=1)


def listing() -> models.Listing:
    return models.Listing.objects.get(url=FEED)


def next_claim(work: Work, kind: Kind, address: str) -> Claim:
    """The item of an address when its time has come; other pages are put aside."""
    others = models.Item.objects.exclude(url=address).filter(kind__in=(Kind.PAGE, Kind.REQUISITE))
    others.update(due_at=NOW + timedelta(days=3000))
    work.now = max(work.now, item(address).due_at)
    return work.until(kind, address)


def poll(work: Work, *addresses: str, **more) -> timedelta:
    """Visit the feed, which announces pages; time to its next visit."""
    found = next_claim(work, Kind.LISTING, FEED)
    work.answer(found, links=tuple(Link(url=one, title=one) for one in addresses), **more)
    return item(FEED).due_at - work.now


def pages(first: int, count: int) -> list[str]:
    return [f"http://b.test/{n}.html" for n in range(first, first + count)]


# --- listings ---------------------------------------------------------------------------------------------------------
def test_a_listing_is_learned_with_each_visit() -> None:
    """What a feed brings is kept with its row, and a busier feed is visited sooner."""
    work = Work()
    work.add_source()
    shown = pages(0, 20)
    first = poll(work, *shown)
    assert listing().root > 0 and listing().host == "a.test" and listing().rhythm["shown"] == 20
    for n in range(12):
        shown = [*shown[4:], *pages(20 + 4 * n, 4)]
        busy = poll(work, *shown)
    assert listing().rhythm["count"] > 40 and USUAL.shortest <= busy < first
    for _ in range(30):
        quiet = poll(work, *shown)
    assert busy < quiet


def test_what_was_known_is_no_news() -> None:
    """A listing whose links another one has told already learns that it brings nothing."""
    work = Work()
    work.add_source((FEED, "feed"), ("http://a.test/other.xml", "feed"))
    found = next_claim(work, Kind.LISTING, FEED)
    links = tuple(Link(url=one, title=one) for one in pages(0, 10))
    work.answer(found, links=links)
    for n in range(1, 6):
        links = tuple(Link(url=one, title=one) for one in pages(0, 10 + 4 * n))
        work.answer(next_claim(work, Kind.LISTING, FEED), links=links)
        work.answer(next_claim(work, Kind.LISTING, "http://a.test/other.xml"), links=links)
    first, other = listing(), models.Listing.objects.get(url="http://a.test/other.xml")
    assert first.root > 1.5 * other.root and item(FEED).due_at < item(other.url).due_at


def test_the_announced_times_are_learned_from() -> None:
    """A first visit that shows what was published, and when, tells the rate at once."""
    work = Work()
    work.add_source()
    times = [NOW - timedelta(minutes=20 * n) for n in range(30)]
    moments = [Moment(value=at, precision=Precision.MINUTE, zone_known=True, origin="listing") for at in times]
    links = [Link(url=one, title=one, published=at) for one, at in zip(pages(0, 30), moments, strict=True)]
    work.answer(next_claim(work, Kind.LISTING, FEED), links=tuple(links))
    assert 60 < listing().rhythm["count"] / listing().rhythm["exposure"] < 90


def test_a_listing_that_fails_is_tried_ever_more_rarely() -> None:
    """404 again and again: the waits double, up to a day, and the first good answer ends that."""
    work = Work()
    work.add_source()
    waits = [poll(work, verdict=Verdict.FAILED, error="The server answered 404.") for _ in range(11)]
    assert waits[0] == USUAL.period and waits[1] == 2 * USUAL.period and waits[-1] == timedelta(days=1)
    assert poll(work, *pages(0, 3)) <= 2 * USUAL.period and "failures" not in listing().rhythm


def test_a_redirected_listing_is_planned_at_its_own_address() -> None:
    """What the target brings says when the address that redirects is asked again."""
    work = Work()
    work.add_source()
    target = "http://a.test/new.xml"
    for n in range(8):
        work.answer(next_claim(work, Kind.LISTING, FEED), 301, redirect=target)
        links = tuple(Link(url=one, title=one) for one in pages(0, 10 + 3 * n))
        work.answer(next_claim(work, Kind.LISTING, target), links=links)
    assert listing().rhythm["count"] > 15
    assert USUAL.shortest <= item(FEED).due_at - work.now < USUAL.period


def test_the_sources_own_longest_period_is_kept() -> None:
    """An operator may say how rarely at most a source's listings are visited."""
    work = Work()
    work.add_source()
    for _ in range(40):
        found = next_claim(work, Kind.LISTING, FEED)
        work.answer(replace(found, settings=replace(found.settings, longest_period=1200.0)))
    assert item(FEED).due_at - work.now <= timedelta(minutes=20)


def test_rebuilding_the_rows_teaches_the_same() -> None:
    """The WARC tells again what was learned: a rebuilt listing knows its rate."""
    work = Work()
    work.add_source()
    receipts = []
    for n in range(6):
        links = tuple(Link(url=one, title=one) for one in pages(0, 10 + 5 * n))
        receipts.append(work.answer(next_claim(work, Kind.LISTING, FEED), links=links))
    known = listing().rhythm
    repository.remove_source("a.test")
    models.Capture.objects.all().delete()
    models.Item.objects.all().delete()
    commits.commit_stored(stored(receipts), planning.rules(None))
    assert listing().rhythm == known


# --- articles ---------------------------------------------------------------------------------------------------------
PAGE = "http://a.test/1.html"


def new_article(work: Work) -> None:
    work.add_source()
    work.announce(PAGE)
    work.page(PAGE, article(PAGE, prose(1)))


def visit(work: Work, text: str = "", **more) -> timedelta | None:
    """The next visit of the article, when its time has come: with this text, or unchanged; time to the one after."""
    found = next_claim(work, Kind.PAGE, PAGE)
    if text:
        work.answer(found, article=article(PAGE, text), **more)
    else:
        work.answer(found, **({"status": 304, "unchanged": True} | more))
    row = item(PAGE)
    return row.due_at - work.now if row.state == "queued" else None


def test_a_new_article_is_visited_within_the_hour_and_ever_more_rarely() -> None:
    """An article that stays as it is: six visits or so, the last one 90 days after its capture."""
    work = Work()
    new_article(work)
    captured = work.now
    waits = [item(PAGE).due_at - work.now]
    while (wait := visit(work)) is not None:
        waits.append(wait)
    assert waits[0] < HOUR and 4 <= len(waits) <= 8 and waits == sorted(waits)[: len(waits)]
    assert abs(item(PAGE).due_at - captured - timedelta(days=90)) < HOUR
    source = models.Source.objects.get()
    assert source.habit_weight > 0 and 0 < source.habit_root < 9


def test_a_change_is_learned_and_looked_after() -> None:
    """After a change the next visit comes sooner than after none, and the source is known to edit."""
    work = Work()
    new_article(work)
    calm = visit(work)
    row = item(PAGE)
    edited = visit(work, prose(1) + "\n\n更正：受益的居民为三百户。")
    assert edited is not None and calm is not None and queries.reading(row.article).revisions == 2
    assert sum(models.Source.objects.get().habit["edits"]) > 0.9
    busier = visit(work, prose(1) + "\n\n更正：受益的居民为三百五十户，另有一处笔误。")
    assert busier is not None and busier < 4 * edited


def test_a_failure_teaches_nothing_and_the_article_is_looked_for_again() -> None:
    """A bot check or an error page is no change; what was good before is visited at its next time."""
    work = Work()
    new_article(work)
    habit = models.Source.objects.get().habit
    assert visit(work, verdict=Verdict.FAILED, status=200, unchanged=False, error="a bot check") is not None
    assert models.Source.objects.get().habit == habit and queries.reading(item(PAGE).article).revisions == 1


def test_a_page_that_was_never_good_is_not_visited_again() -> None:
    """What failed for good at the first time is closed."""
    work = Work()
    work.add_source()
    work.announce(PAGE)
    work.answer(next_claim(work, Kind.PAGE, PAGE), 404, verdict=Verdict.FAILED, error="404", gone="404")
    assert item(PAGE).state == "failed"


@pytest.mark.parametrize("why", ["404", "410", "home", "section", "said"])
def test_gone_is_kept_with_its_reason_and_taken_back(why) -> None:
    """The first time at which an article was not there, and how that was seen; when it is back, neither."""
    work = Work()
    new_article(work)
    gone = {"verdict": Verdict.FAILED, "unchanged": False, "gone": why, "error": "gone"}
    assert visit(work, **gone) is not None
    since = work.now
    visit(work, **gone)
    told = queries.reading(item(PAGE).article)
    assert (told.gone_since, told.gone_why) == (since, why)
    visit(work)
    told = queries.reading(item(PAGE).article)
    assert (told.gone_since, told.gone_why) == (None, "")


# --- hubs -------------------------------------------------------------------------------------------------------------
HUB = {"hubs": ("http://hub.test/",), "topic": FEED}


def subscribed(work: Work) -> str:
    """A feed whose hub has confirmed; its token."""
    work.add_source()
    poll(work, *pages(0, 5), **HUB)
    (ask,) = pushes.due(work.now)
    assert (ask.hub, ask.topic) == ("http://hub.test/", FEED) and len(ask.token) > 30 and pushes.due(work.now) == []
    assert pushes.confirmed(ask.token, FEED, 86_400 * 5, work.now)
    return ask.token


def test_a_hub_is_asked_and_its_lease_renewed() -> None:
    """A hub that does not confirm is asked again, later each time; one that does, before its lease ends."""
    work = Work()
    work.add_source()
    poll(work, *pages(0, 5), **HUB)
    (ask,) = pushes.due(work.now)
    pushes.asked(ask, "The hub answered 503.")
    assert pushes.due(work.now + timedelta(minutes=4)) == []
    (again,) = pushes.due(work.now + timedelta(minutes=6))
    assert again == ask and pushes.due(work.now + timedelta(minutes=20)) == []
    assert not pushes.confirmed(ask.token, "http://a.test/else.xml", 3600, work.now)
    assert not pushes.confirmed("nobody", FEED, 3600, work.now)
    assert pushes.confirmed(ask.token, FEED, 86_400, work.now)
    assert pushes.due(work.now + 18 * HOUR) == [] and pushes.due(work.now + 20 * HOUR) == [ask]


def test_a_ping_makes_the_feed_due_now() -> None:
    """A ping is answered with a visit, though not within a few seconds of the last one."""
    work = Work()
    token = subscribed(work)
    polled = work.now
    assert item(FEED).due_at > work.now + seconds(60)
    assert pushes.pinged(token, work.now + seconds(2), seconds(10)) and item(FEED).due_at == polled + seconds(10)
    assert pushes.pinged(token, work.now + seconds(30), seconds(10)) and item(FEED).due_at == polled + seconds(10)
    assert not pushes.pinged("nobody", work.now, seconds(10))


def test_polling_goes_down_beside_a_live_hub_and_returns_when_it_falls_silent() -> None:
    """A hub that told of news saves polls; news that it did not tell of bring them back."""
    work = Work()
    token = subscribed(work)
    unproven = poll(work, *pages(0, 5), **HUB)
    work.now += seconds(60)
    pushes.pinged(token, work.now, seconds(10))
    work.now += seconds(1)
    proven = poll(work, *pages(0, 6), **HUB)
    assert proven > 2 * unproven
    poll(work, *pages(0, 8), **HUB)
    assert not pushes.alive(models.Push.objects.get(), work.now)
    work.now += seconds(60)
    pushes.pinged(token, work.now, seconds(10))
    work.now += seconds(1)
    poll(work, *pages(0, 9), **HUB)
    assert pushes.alive(models.Push.objects.get(), work.now)


def test_a_ping_that_overtakes_a_visit_is_not_lost() -> None:
    """News told while the feed is being asked may be too late for that answer: it is asked once more, soon."""
    work = Work()
    token = subscribed(work)
    found = next_claim(work, Kind.LISTING, FEED)
    pushes.pinged(token, work.now + seconds(0.5), seconds(0))
    work.answer(found, unchanged=True, ended=work.now + seconds(1))
    assert item(FEED).due_at == work.now + visits.OVERTAKEN


def test_another_hub_replaces_the_first_and_none_ends_it() -> None:
    """What the feed announces now is what counts; the old address answers no longer."""
    work = Work()
    token = subscribed(work)
    poll(work, *pages(0, 5), hubs=("http://other.test/hub",), topic=FEED)
    (ask,) = pushes.due(work.now)
    assert ask.hub == "http://other.test/hub" and pushes.secret_of(token) == ""
    poll(work, *pages(0, 5))
    assert not models.Push.objects.exists()


def test_a_hub_that_denies_is_left_alone_for_long() -> None:
    """A denial is kept with its reason, and the feed is polled as before."""
    work = Work()
    token = subscribed(work)
    assert pushes.denied(token, FEED, "no more", work.now) and pushes.due(work.now + timedelta(days=6)) == []
    assert "no more" in models.Push.objects.get().error
