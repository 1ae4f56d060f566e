"""When a listing is asked again: the laws of the plan, and a week of many newsrooms under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from benches import newsworld
from hypothesis import given
from hypothesis import strategies as st

from tuoben import shape
from tuoben.fetch.schedule import FLAT, OF_TURNS, SELDOM, Budget, Rhythm, learn, next_poll
from tuoben.model import Load, Poll

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUDGET = Budget()
ALONE = Load()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

gaps = st.floats(1, 200_000).map(lambda seconds: timedelta(seconds=seconds))
steps = st.lists(st.tuples(gaps, st.integers(0, 60), st.booleans(), st.booleans()), max_size=30)


def lived(told: list[tuple[timedelta, int, bool, bool]], shown: int = 30) -> tuple[Rhythm, datetime]:
    """What is known after polls, each (time since the last, new links, with times, answered), and when that is."""
    rhythm, at = Rhythm(), NOW
    for gap, new, dated, ok in told:
        at += gap
        times = tuple(at - gap * n / (new + 1) for n in range(new)) if dated else ()
        rhythm = learn(rhythm, Poll(at=at, new=min(new, shown), shown=shown if new else 0, times=times[:shown], ok=ok))
    return rhythm, at


def wait(rhythm: Rhythm, load: Load = ALONE, at: datetime = NOW, **more) -> timedelta:
    """From now to the next poll."""
    return next_poll(rhythm, load, BUDGET, at, **more) - at


def known(rate: float, **more) -> Rhythm:
    """A listing that was watched for ten days at a rate (articles per day)."""
    return Rhythm(**{"polled": NOW, "count": rate * 10, "exposure": 10.0, "shown": 30} | more)


# --- laws -------------------------------------------------------------------------------------------------------------
@given(steps, st.integers(0, 100_000), st.floats(0, 1e6), st.floats(0, 1e4), st.booleans())
def test_the_next_poll_is_within_the_bounds(told, listings, roots, host, pushed) -> None:
    """Whatever happened: never sooner than the shortest, never later than the longest period, a failing one a day."""
    rhythm, at = lived(told)
    gap = wait(rhythm, Load(listings=listings, roots=roots, host=host), at, pushed=pushed)
    slack = timedelta(milliseconds=1)
    assert BUDGET.shortest - slack <= gap <= (BUDGET.unanswered if rhythm.failures else BUDGET.longest) + slack


@given(st.lists(st.floats(0.1, 5000), min_size=1, max_size=30), st.floats(1, 3600), st.booleans())
def test_listings_leave_most_of_a_slow_hosts_turns(rates, delay, pressed) -> None:
    """However much they bring, the listings of a host take a quarter of the turns that its delay allows, at most."""
    listings = [known(rate, pressure=1e6 if pressed else 0.0) for rate in rates]
    load = Load(listings=len(rates), roots=1.0, host=sum(one.root for one in listings), delay=delay)
    polls = sum(delay / wait(one, load).total_seconds() for one in listings)
    assert polls <= OF_TURNS + len(rates) * delay / SELDOM + 0.001


@given(steps)
def test_what_is_known_stays_small_and_survives_its_row(told) -> None:
    """A rhythm is a few finite numbers, however long it is learned, and JSON gives it back."""
    rhythm, _ = lived(told)
    assert shape.load(Rhythm, shape.dump(rhythm)) == rhythm
    assert len(rhythm.hours) in (0, 24) and all(count >= 0 for count in rhythm.hours)
    assert 0 < rhythm.rate < 1e9 and rhythm.root > 0
    assert sum(rhythm.profile()) == pytest.approx(24) and min(rhythm.profile()) > 0


@given(steps, st.integers(1, 30))
def test_more_news_is_asked_for_sooner(told, more) -> None:
    """Of two listings with the same past, the one whose last poll brought more is asked again no later."""
    rhythm, at = lived([(HOUR, 0, False, True), *told])
    at += HOUR
    some = learn(rhythm, Poll(at=at, new=0, shown=60))
    many = learn(rhythm, Poll(at=at, new=more, shown=60))
    assert many.rate > some.rate
    assert wait(replace(many, hours=some.hours), at=at) <= wait(some, at=at) + timedelta(milliseconds=1)


def test_the_frequency_follows_the_root_of_the_rate() -> None:
    """Sixteen times the articles, four times the polls."""
    load = Load(listings=100, roots=500.0)
    assert wait(known(4), load) / wait(known(64), load) == pytest.approx(4, rel=0.02)


def test_the_budget_is_kept() -> None:
    """However the rates are spread, all listings together are asked as often as once each in every period."""
    rates = [0.5, 2, 8, 17, 30, 90, 300] * 40
    rhythms = [known(rate, shown=0) for rate in rates]
    load = Load(listings=len(rhythms), roots=sum(rhythm.root for rhythm in rhythms))
    polls = sum(DAY / wait(rhythm, load) for rhythm in rhythms)
    assert polls == pytest.approx(len(rhythms) * (DAY / BUDGET.period), rel=0.03)
    crowd = Load(listings=200_000, roots=load.roots / len(rhythms) * 200_000)
    polls = sum(DAY / wait(rhythm, crowd) for rhythm in rhythms) / len(rhythms) * 200_000
    assert polls <= BUDGET.polls * 86_400 * 1.1  # the longest period is kept to all the same


def test_listings_of_one_host_share_what_the_host_is_asked() -> None:
    """Many busy listings on one host are asked more rarely, so that the host is not."""
    busy = known(200)
    load = Load(listings=1000, roots=5000.0, host=busy.root * 40)
    assert wait(busy, replace(load, host=busy.root)) < wait(busy, load)
    assert 40 * (HOUR / wait(busy, load)) <= HOUR / BUDGET.host_gap * 1.01


@pytest.mark.parametrize("rate", [50, 500, 1000])
def test_no_entry_rolls_off(rate) -> None:
    """Until the next poll at most half of the entries shown are expected to be new, even when the budget is spent."""
    crowd = Load(listings=100, roots=5_000.0, host=100.0)
    for shown in (10, 30):
        days = max(wait(known(rate, shown=shown), crowd), BUDGET.shortest) / DAY
        assert rate * days <= shown / 2 * 1.01


def test_a_flood_is_answered_at_once() -> None:
    """When every entry was new, more are believed to have been there, and the next poll comes much sooner."""
    calm = known(10)
    flooded = learn(calm, Poll(at=NOW + 20 * MINUTE, new=30, shown=30))
    assert flooded.count > calm.count + 59
    assert wait(flooded, at=NOW + 20 * MINUTE) <= 5 * MINUTE < wait(calm)
    dated = tuple(NOW + 20 * MINUTE - timedelta(seconds=10 * n) for n in range(30))
    told = learn(calm, Poll(at=NOW + 20 * MINUTE, new=30, shown=30, times=dated))
    assert told.count > flooded.count


def test_the_announced_times_of_a_first_poll_tell_the_past() -> None:
    """A feed whose thirty entries span a day is known from its first poll; one without times is not."""
    times = tuple(NOW - DAY * n / 29 for n in range(30))
    assert learn(Rhythm(), Poll(at=NOW, new=30, shown=30, times=times)).rate == pytest.approx(30, rel=0.1)
    assert learn(Rhythm(), Poll(at=NOW, new=30, shown=30)).count == 0
    future = tuple(NOW + DAY * n for n in range(1, 30))
    assert learn(Rhythm(), Poll(at=NOW, new=29, shown=30, times=future)).count == 0


def test_the_time_of_day_is_learned() -> None:
    """A newsroom that publishes from 8 to 18 is asked often by day and rarely by night; with few articles, evenly."""
    rhythm, at = Rhythm(polled=NOW), NOW
    for _ in range(24 * 20):
        at += HOUR
        rhythm = learn(rhythm, Poll(at=at, new=6 if 8 <= (at - MINUTE).hour < 18 else 0, shown=30))
    noon, night = NOW + 30 * DAY, NOW + 30 * DAY + 11 * HOUR
    assert wait(rhythm, at=noon) * 1.6 < wait(rhythm, at=night)
    assert learn(Rhythm(polled=NOW), Poll(at=NOW + HOUR, new=1, shown=30)).profile() == pytest.approx(FLAT, abs=0.6)


def test_a_silent_listing_is_asked_ever_more_rarely_up_to_the_longest_period() -> None:
    """Silence is learned; the operator's own longest period for a source wins."""
    rhythm, at = Rhythm(polled=NOW), NOW
    gaps = []
    for _ in range(60):
        gaps.append(wait(rhythm, at=at))
        at += gaps[-1]
        rhythm = learn(rhythm, Poll(at=at))
    assert gaps[0] < gaps[10] < gaps[-1] <= BUDGET.longest
    assert wait(rhythm, at=at, longest=1800.0) <= timedelta(minutes=30)


def test_failures_back_off_and_one_good_answer_ends_it() -> None:
    """Each failure doubles the wait, up to a day; the rate is not unlearned."""
    rhythm = known(50)
    waits = []
    for _ in range(12):
        rhythm = learn(rhythm, Poll(at=NOW, ok=False))
        waits.append(wait(rhythm))
    assert waits[0] == BUDGET.period and waits[1] == 2 * BUDGET.period and waits[-1] == DAY
    again = learn(rhythm, Poll(at=NOW + HOUR, new=2, shown=30))
    assert again.failures == 0 and wait(again) < HOUR


def test_a_hub_that_is_alive_saves_polls_and_the_guard_stays() -> None:
    """Beside a proven hub a listing is polled at a sixth, but never so rarely that its window could run over."""
    load = Load(listings=100, roots=500.0)
    assert wait(known(9), load, pushed=True) / wait(known(9), load) == pytest.approx(6, rel=0.02)
    assert wait(known(900, shown=10), load, pushed=True) / DAY * 900 <= 5.05


def test_a_capture_taken_in_late_changes_nothing() -> None:
    """Polls from before the last one, read back from a WARC, are passed over."""
    rhythm = known(10)
    assert learn(rhythm, Poll(at=NOW - HOUR, new=5, shown=30)) == rhythm


# --- the week ---------------------------------------------------------------------------------------------------------
def fresher(seeds: range, minutes: float, sources: int, days: float) -> None:
    """Over the seeds: a mean lag of at most 0.65 of uniform polling with as many requests, and next to nothing lost."""
    ratios, missed, published = [], 0, 0
    for seed in seeds:
        ours, even = newsworld.compare(seed, minutes, sources, days)
        assert ours.polls == pytest.approx(even.polls, rel=0.01)
        assert ours.polls <= sources * days * 1440 / minutes * 1.05
        ratios.append(ours.mean / even.mean)
        missed, published = missed + ours.missed, published + ours.published
    assert sum(ratios) / len(ratios) <= 0.65 and max(ratios) <= 0.72, ratios
    assert missed / published < 0.002, missed / published


def test_two_days_of_newsrooms_are_fresh() -> None:
    """A small world shows it already, while the rates are still being learned."""
    fresher(range(2), 30.0, 100, 2.0)


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [10.0, 30.0])
def test_ten_weeks_of_newsrooms_are_fresh(minutes) -> None:
    """200 sources with day and night for a week, ten seeds, at a tight and at the default budget."""
    fresher(range(10), minutes, 200, 7.0)
