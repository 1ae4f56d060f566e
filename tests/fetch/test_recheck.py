"""When a captured article is looked at again: the laws of the plan, and many articles under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from benches import editworld
from hypothesis import given
from hypothesis import strategies as st

from tuoben import shape
from tuoben.fetch.recheck import LAST, MOST, WHOLE, Habit, age, announced, learn, next_check, typical_root
from tuoben.fetch.schedule import Budget
from tuoben.model import History

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUDGET = Budget()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW = History(captured=NOW, checked=NOW)

looks = st.lists(st.tuples(st.floats(0.01, 4000), st.booleans()), max_size=40)


def visits(habit: Habit, typical: float = WHOLE, edited: bool = False, **more) -> list[timedelta]:
    """The ages at which an article is visited, when each visit finds a change, or none does."""
    history, at, ages = NEW, NOW, []
    while (due := next_check(history, habit, typical, BUDGET, at, **more)) is not None:
        assert due > at
        at = due
        ages.append(at - NOW)
        history = replace(history, checked=at, edits=history.edits + edited)
    return ages


def taught(edits: bool, times: int = 150, hours: float = 4.0) -> Habit:
    """The habit of a source whose every check found a change, or none did."""
    habit = Habit()
    for _ in range(times):
        habit = learn(habit, NEW, NOW + hours * HOUR, edits, BUDGET)
    return habit


@given(looks, st.floats(0.0, 30_000), st.integers(0, 50), st.floats(0.1, 600))
def test_the_next_check_is_later_and_within_ninety_days(told, hours, edits, delay) -> None:
    """Whatever was learned: a check lies ahead, and none behind an age of 90 days."""
    habit = Habit()
    for gap, edited in told:
        habit = learn(habit, NEW, NOW + gap * HOUR, edited, BUDGET)
    assert shape.load(Habit, shape.dump(habit)) == habit and all(factor > 0 for factor in habit.factors())
    now = NOW + hours * HOUR
    due = next_check(replace(NEW, checked=now, edits=edits), habit, WHOLE, BUDGET, now, delay=delay)
    assert due is None or (now < due and age(NEW, due, BUDGET) <= LAST * 1.0001)
    if hours > LAST:
        assert due is None


def test_the_plan_decays_from_within_the_hour_to_ninety_days() -> None:
    """An article of an unknown source is visited about six times, each wait longer than the one before."""
    ages = visits(Habit())
    gaps = [later - sooner for sooner, later in pairwise([timedelta(0), *ages])]
    assert 5 <= len(ages) <= 7 and ages[0] <= HOUR and ages[-1] == 90 * DAY
    assert all(one < other for one, other in pairwise(gaps[:-1]))


def test_a_source_that_never_edits_is_hardly_asked() -> None:
    """Two looks in 90 days are left: whether the article is still there."""
    habit = learn(taught(False), NEW, NOW + 80 * DAY, False, BUDGET)
    for _ in range(150):
        habit = learn(habit, NEW, NOW + 80 * DAY, False, BUDGET)
    ages = visits(habit)
    assert 2 <= len(ages) <= 3 and ages[0] > 6 * HOUR


def test_a_source_that_edits_is_asked_more_within_its_hours() -> None:
    """Edits in the first hours make the first hours dense, from minutes on."""
    habit = taught(True)
    ages, usual = visits(habit, edited=True), visits(Habit())
    assert len(ages) > 2 * len(usual) and ages[0] < timedelta(minutes=20)
    assert sum(age <= 6 * HOUR for age in ages) > 3 * sum(age <= 6 * HOUR for age in usual)


def test_an_article_that_was_edited_is_looked_at_again_soon() -> None:
    """A running report draws visits whatever its source usually does, up to the most that one article may have."""
    running, usual = visits(Habit(), edited=True), visits(Habit())
    assert 2 * len(usual) < len(running) <= MOST + 1


def test_the_budget_is_shared_by_what_is_learned() -> None:
    """A source that draws more checks than the mean leaves fewer for the others: six for an article, on the mean."""
    busy, calm = taught(True, hours=20.0), taught(False, hours=20.0)
    typical = typical_root(500 * busy.root + 500 * calm.root, 1000)
    mean = (len(visits(busy, typical)) + len(visits(calm, typical))) / 2
    assert mean == pytest.approx(BUDGET.checks, abs=2.0)
    assert len(visits(calm, typical)) < len(visits(Habit())) < len(visits(busy, typical))


def test_a_slow_host_is_spared() -> None:
    """Where a host allows a request in a minute and publishes much, checks leave most of its time to new articles."""
    habit = Habit()
    for n in range(2400):
        habit = announced(habit, NOW + n * HOUR / 20)
    assert habit.rate > 150
    assert len(visits(habit, delay=60.0)) < len(visits(habit, delay=1.0)) == len(visits(Habit()))


def test_an_old_article_is_not_treated_as_new() -> None:
    """What was months old when it was found (a sitemap's back numbers) has its first days behind it."""
    old = replace(NEW, published=NOW - 60 * DAY)
    due = next_check(old, Habit(), WHOLE, BUDGET, NOW)
    assert due is not None and due - NOW > 2 * DAY
    fresh = replace(NEW, published=NOW - DAY)
    assert next_check(fresh, Habit(), WHOLE, BUDGET, NOW) == next_check(NEW, Habit(), WHOLE, BUDGET, NOW)


def test_the_rate_of_a_source_follows_its_articles() -> None:
    """Forty articles a day for a month are a rate of forty a day."""
    habit = Habit()
    for n in range(40 * 30):
        habit = announced(habit, NOW + n * DAY / 40)
    assert habit.rate == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_more_edits_are_seen_sooner_with_fewer_requests(seed) -> None:
    """Against visits at fixed ages: no more requests, and more edits are seen, within the hour and at all."""
    ours, fixed = editworld.compare(seed, sources=60, days=6.0)
    assert ours.visits <= fixed.visits
    assert ours.share > fixed.share + 0.05
    for hours in (1, 6, 24):
        assert ours.within(hours) > fixed.within(hours) * 1.2
