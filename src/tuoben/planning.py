"""The plans of visits (`fetch.schedule`, `fetch.recheck`) as the store asks for them: what is known comes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tuoben import shape
from tuoben.fetch import recheck, schedule
from tuoben.fetch.politeness import DOCUMENT_DELAY
from tuoben.fetch.recheck import Habit
from tuoben.fetch.schedule import Budget, Rhythm
from tuoben.model import History, Load, Poll
from tuoben.store.visits import Loads, Look, Planned, Visits

FRESH = timedelta(minutes=1)
"""How old the sums over all listings and sources may be."""


def visits(budget: Budget) -> Visits:
    """The plans under a budget."""
    loads = Loads(min(FRESH, budget.shortest))
    return Visits(poll=partial(_poll, budget), check=partial(_check, budget), loads=loads)


def _poll(
    budget: Budget,
    known: Mapping[str, Any],
    poll: Poll | None,
    load: Load,
    now: datetime,
    pushed: bool,
    longest: float | None,
) -> Planned:
    rhythm = shape.load(Rhythm, known)
    if poll is not None:
        rhythm = schedule.learn(rhythm, poll)
    due_at = schedule.next_poll(rhythm, load, budget, now, pushed=pushed, longest=longest)
    return Planned(due_at=due_at, known=shape.dump(rhythm), root=rhythm.root)


def _check(
    budget: Budget, known: Mapping[str, Any], history: History, look: Look, sums: tuple[float, float], now: datetime
) -> Planned:
    habit = shape.load(Habit, known)
    if look.new:
        habit = recheck.announced(habit, now)
    elif look.answered:
        habit = recheck.learn(habit, history, now, look.edited, budget)
    edits = history.edits + look.edited
    typical = recheck.typical_root(*sums)
    after = History(captured=history.captured, checked=now, published=history.published, edits=edits)
    delay = max(look.delay or 0.0, DOCUMENT_DELAY)
    due_at = recheck.next_check(after, habit, typical, budget, now, delay=delay)
    return Planned(due_at=due_at, known=shape.dump(habit), root=habit.root, weight=habit.rate)
