"""The past of a source in the rows: behind what is new, stopped, resumed, hurried."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from django.db import connection, transaction

from outcomes import DAY, Work, article, prose
from tuoben.errors import UsageError
from tuoben.model import Kind, Link, Verdict
from tuoben.store import frontier, models, past, repository
from tuoben.store.hosts import HISTORY, held

pytestmark = pytest.mark.django_db


def links(*numbers: int) -> tuple[Link, ...]:
    """Links of a page of the past."""
    return tuple(Link(url=f"http://a.test/{n}", title=f"{n}") for n in numbers)


def begun(work: Work) -> str:
    """A source whose listing was read, with its past begun."""
    work.add_source()
    work.announce("http://a.test/news")
    work.page("http://a.test/news")
    models.Item.objects.filter(kind=Kind.POLICY).update(state="done")
    later = models.Item.objects.filter(kind=Kind.LISTING)
    later.update(due_at=work.now + DAY)
    source = models.Source.objects.get().pk
    past.begin(source, work.now)
    return source


def test_the_past_waits_for_all_else() -> None:
    """While anything else of the host is due, no page of the past is asked for; then its pages before the next page."""
    work = Work()
    source = begun(work)
    models.Item.objects.filter(rank=frontier.RECHECK).update(due_at=work.now)
    one = work.claim()
    assert (one.url, one.past) == ("http://a.test/news", None)
    work.answer(one, 0, verdict=Verdict.RETRY, due_at=work.now + DAY)
    one = work.claim()
    assert one.kind is Kind.LISTING and one.past is not None
    work.answer(one, links=links(1, 2), older="http://a.test/old/1")
    order = []
    for _ in range(3):
        one = work.claim()
        order.append(one.url)
        work.answer(one, article=article(one.url, prose(len(order)))) if one.kind is Kind.PAGE else work.answer(one)
        models.Item.objects.filter(kind=Kind.POLICY).update(state="done")
    assert order == ["http://a.test/1", "http://a.test/2", "http://a.test/old/1"]
    (row,) = past.told(source)
    assert (row.past.pages, row.past.found, row.past.captured, row.state) == (2, 2, 2, "done")


def test_news_are_hurried() -> None:
    """An article that waits with the past, stopped or not, and is announced by a listing now, is news."""
    work = Work()
    source = begun(work)
    one = work.until(Kind.LISTING)
    assert one.past is not None
    work.answer(one, links=links(1, 2))
    past.stop(source, work.now)
    assert models.Item.objects.filter(rank=HISTORY, state="refused", error=past.STOPPED).count() == 2
    models.Item.objects.filter(kind=Kind.LISTING).exclude(rank=HISTORY).update(due_at=work.now)
    work.announce("http://a.test/2")
    known = models.Item.objects.get(url="http://a.test/2")
    assert (known.rank, known.state, known.error) == (frontier.RANK[Kind.PAGE], "queued", "")
    past.resume(source, work.now)
    assert models.Item.objects.get(url="http://a.test/1").state == "queued"


def test_the_news_are_not_judged_by_the_past() -> None:
    """What the past brings teaches neither the rhythm of the listing nor the habit of the source."""
    work = Work()
    begun(work)
    listing, source = models.Listing.objects.get(), models.Source.objects.get()
    one = work.until(Kind.LISTING)
    work.answer(one, links=links(*range(1, 30)))
    work.page("http://a.test/1")
    after = models.Listing.objects.get()
    assert (after.rhythm, after.root, after.checked_at) == (listing.rhythm, listing.root, listing.checked_at)
    assert models.Source.objects.get().habit == source.habit


def test_a_broken_walk_is_blocked_and_resumed() -> None:
    """A page that failed for good blocks the walk until it is resumed; the day of a date archive does not."""
    work = Work()
    source = begun(work)
    one = work.until(Kind.LISTING)
    work.answer(one, 403, verdict=Verdict.FAILED, error="The server answered 403.")
    (row,) = past.told(source)
    assert (row.state, row.error) == ("blocked", "The server answered 403.")
    assert past.resume(source, work.now) == 1
    assert past.told(source)[0].state == "active"

    models.Item.objects.filter(rank=HISTORY).update(state="done")
    past.begin(source, work.now, "http://a.test/{yyyy}/{mm}/", date(2023, 12, 31), date(2024, 1, 1))
    one = work.until(Kind.LISTING)
    assert one.url == "http://a.test/2024/01/"
    work.answer(one, 404, verdict=Verdict.FAILED, error="The server answered 404.")
    one = work.until(Kind.LISTING)
    assert one.url == "http://a.test/2023/12/"
    work.answer(one, links=links(9))
    assert [row.state for row in past.told(source) if row.kind == past.DATES] == ["done"]


def test_begun_again_where_pages_moved() -> None:
    """A paged listing that is begun again is read as far as its pages bring anything new, those read before included."""
    work = Work()
    source = begun(work)
    shown = {"http://a.test/feed.xml": (1, 2), "http://a.test/p2": (3, 4), "http://a.test/p3": (5, 6)}
    behind = {"http://a.test/feed.xml": "http://a.test/p2", "http://a.test/p2": "http://a.test/p3"}

    def walk() -> list[str]:
        asked = []
        while past.told(source)[0].state == "active":
            models.Item.objects.filter(kind__in=(Kind.PAGE, Kind.POLICY)).update(state="done")
            one = work.until(Kind.LISTING)
            asked.append(one.url)
            work.answer(one, links=links(*shown[one.url]), older=behind.get(one.url, ""))
        return asked

    assert walk() == list(shown)
    shown |= {"http://a.test/feed.xml": (11, 12), "http://a.test/p2": (13, 14), "http://a.test/p3": (1, 2)}
    past.begin(source, work.now)
    assert walk() == list(shown)
    past.begin(source, work.now)
    assert walk() == ["http://a.test/feed.xml"]


def test_more_days() -> None:
    """Date pages begun again with more days pass over those that were read, and over those that are missing."""
    work = Work()
    source = begun(work)
    models.Item.objects.filter(rank=HISTORY).update(state="done")
    template = "http://a.test/{yyyy}-{mm}-{dd}"

    def walk(since: date, until: date) -> list[str]:
        past.begin(source, work.now, template, since, until)
        models.Item.objects.filter(key__endswith="feed.xml", rank=HISTORY).update(state="done")
        asked = []
        while [row.state for row in past.told(source) if row.kind == past.DATES] == ["active"]:
            one = work.until(Kind.LISTING)
            asked.append(one.url[-10:])
            if one.url.endswith("02-29"):
                work.answer(one, 404, verdict=Verdict.FAILED, error="The server answered 404.")
            else:
                work.answer(one)
        return asked

    assert walk(date(2024, 2, 28), date(2024, 3, 1)) == ["2024-03-01", "2024-02-29", "2024-02-28"]
    assert walk(date(2024, 2, 26), date(2024, 3, 2)) == ["2024-03-02", "2024-02-27", "2024-02-26"]


def test_a_stopped_walk_begun_again() -> None:
    """`history begin` goes on with what was stopped, and the answer to a request under way waits with it."""
    work = Work()
    source = begun(work)
    one = work.until(Kind.LISTING)
    past.stop(source, work.now)
    work.answer(one, links=links(1), older="http://a.test/old")
    assert past.told(source)[0].state == "stopped" and past.told(source)[0].waiting == 1
    assert set(models.Item.objects.filter(rank=HISTORY).exclude(state="done").values_list("error", flat=True)) == {
        past.STOPPED
    }
    past.begin(source, work.now)
    assert models.Item.objects.filter(error=past.STOPPED).count() == 0
    assert past.told(source)[0].state == "active"


def test_thousands_of_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk that never ends ends at its bound, and one that brings nothing new earlier."""
    work = Work()
    source = begun(work)
    monkeypatch.setattr(past, "MOST_PAGES", 12)
    for number in range(1, 30):
        models.Item.objects.filter(kind=Kind.PAGE).update(state="done")
        if past.told(source)[0].state == "done":
            break
        one = work.until(Kind.LISTING)
        work.answer(one, links=links(number), older=f"http://a.test/old/{number}")
    assert (past.told(source)[0].past.pages, past.told(source)[0].state) == (12, "done")


def test_what_a_browser_opens_of_the_past_waits_behind_what_is_new() -> None:
    """There is one browser: a page of the past that needs it waits for those that were announced now."""
    work = Work()
    begun(work)
    work.answer(work.until(Kind.LISTING), links=links(1))
    work.answer(work.until(Kind.PAGE, "http://a.test/1"), render=True)
    to_be_opened = models.Item.objects.filter(kind=Kind.RENDERED)
    to_be_opened.update(due_at=work.now + DAY / 2)
    models.Item.objects.filter(kind=Kind.LISTING).exclude(rank=HISTORY).update(due_at=work.now)
    work.announce("http://a.test/new")
    work.answer(work.until(Kind.PAGE, "http://a.test/new"), render=True)
    to_be_opened.filter(url="http://a.test/new").update(due_at=work.now + DAY / 2)
    work.now += DAY
    opened = []
    for _ in range(2):
        one = work.until(Kind.RENDERED)
        opened.append((one.url, one.past is not None))
        work.answer(one, article=article(one.url, prose(len(opened))))
    assert opened == [("http://a.test/new", False), ("http://a.test/1", True)]
    assert set(to_be_opened.values_list("rank", flat=True)) == {frontier.RECHECK}


def test_days_before_a_template_can_tell_them() -> None:
    """A year of two digits stands for one from 2000 to 2099: other days are refused, not asked for in a circle."""
    work = Work()
    source = begun(work)
    with pytest.raises(UsageError, match="yyyy"):
        past.begin(source, work.now, "http://a.test/{yy}{mm}{dd}", date(1998, 1, 1), date(2000, 1, 2))
    assert models.Listing.objects.filter(kind=past.DATES).count() == 0


def test_days_that_have_not_come() -> None:
    """No page of a day to come is asked for; where the date line is ahead of us, tomorrow is today."""
    work = Work()
    source = begun(work)
    template, day = "http://a.test/{yyyy}/{mm}/{dd}", work.now.date()
    with pytest.raises(UsageError, match="not come"):
        past.begin(source, work.now, template, day, day + 2 * DAY)
    past.begin(source, work.now, template, day, day + DAY)


def test_stopped_when_all_pages_are_read() -> None:
    """A walk that has read all its pages and is stopped before all its articles are held is no longer under way."""
    work = Work()
    source = begun(work)
    work.answer(work.until(Kind.LISTING), links=links(1, 2))
    assert (past.told(source)[0].state, past.told(source)[0].waiting) == ("done", 2)
    past.stop(source, work.now)
    assert (past.told(source)[0].state, past.told(source)[0].waiting) == ("stopped", 2)
    past.resume(source, work.now)
    assert (past.told(source)[0].state, past.told(source)[0].waiting) == ("done", 2)


def test_the_past_of_a_paused_source() -> None:
    """While a source is paused its past waits, and says so; a page that was under way does not end the walk."""
    work = Work()
    source = begun(work)
    work.answer(work.until(Kind.LISTING), sitemaps=("http://a.test/m1.xml", "http://a.test/m2.xml"), links=links(1))
    one = work.until(Kind.LISTING)
    assert one.past is not None
    repository.set_source_state(source, "paused", "")
    work.answer(one, links=links(2))
    (row,) = past.told(source)
    assert (row.state, row.waiting) == ("paused", 2)
    repository.set_source_state(source, "active", "")
    assert past.told(source)[0].state == "active"
    assert past.stop(source, work.now) == 1
    repository.set_source_state(source, "paused", "")
    assert past.told(source)[0].state == "stopped"


def test_stopped_while_its_source_is_paused() -> None:
    """A past that is stopped while its source is paused stays so when the source goes on."""
    work = Work()
    source = begun(work)
    repository.set_source_state(source, "paused", "")
    past.stop(source, work.now)
    repository.set_source_state(source, "active", "")
    assert past.told(source)[0].state == "stopped"
    assert not models.Item.objects.filter(rank=HISTORY, state="queued").exists()
    past.resume(source, work.now)
    assert past.told(source)[0].state == "active"
    assert models.Item.objects.filter(rank=HISTORY, state="queued").count() == 1


def test_days_that_failed_are_asked_for_again() -> None:
    """A day whose server broke is passed over, and asked for when the walk is begun again; a missing one is not."""
    work = Work()
    source = begun(work)
    models.Item.objects.filter(rank=HISTORY).update(state="done")
    template, errors = "http://a.test/{yyyy}-{mm}-{dd}", {"02": "The server answered 404.", "03": "It broke off."}

    def walk() -> list[str]:
        past.begin(source, work.now, template, date(2024, 1, 1), date(2024, 1, 4))
        models.Item.objects.filter(key__endswith="feed.xml", rank=HISTORY).update(state="done")
        asked = []
        while [row.state for row in past.told(source) if row.kind == past.DATES] == ["active"]:
            one = work.until(Kind.LISTING)
            asked.append(one.url[-2:])
            why = errors.get(asked[-1], "")
            work.answer(one, 404 if "404" in why else 0, verdict=Verdict.FAILED if why else Verdict.DONE, error=why)
        return asked

    assert walk() == ["04", "03", "02", "01"]
    del errors["03"]
    assert sorted(walk()) == ["03", "04"]
    assert walk() == ["04"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_decided_while_an_answer_is_committed() -> None:
    """Who begins or stops a past locks the rows in the order in which a commit does: neither breaks the other."""
    work = Work()
    source = work.add_source()
    for decide in (past.begin, past.stop):
        with ThreadPoolExecutor(1) as beside:
            with transaction.atomic(), held(work.now, None, ["a.test"]):
                decided = beside.submit(_beside, decide, source, work.now)
                time.sleep(0.5)
                models.Source.objects.update(why="")
                models.Listing.objects.update(error="")
            assert decided.result(10) == 1
    assert past.told(source)[0].state == "stopped"


def _beside(decide: Callable[[str, datetime], int], source: str, now: datetime) -> int:
    try:
        return decide(source, now)
    finally:
        connection.close()
