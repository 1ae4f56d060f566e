"""Simulated articles that are edited, or not, after publication, visited by the product's plan and by fixed steps.

Half of the sources never edit; the others do with lognormal eagerness (σ 1.2), most in the first hours; now and then an
article is a running report with many edits. An edit is seen by the first visit behind it; one that the next edit
overwrote before a visit is lost.
"""

from __future__ import annotations

import heapq
import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tuoben.fetch import recheck
from tuoben.fetch.schedule import Budget
from tuoben.model import History

HOUR = 3600.0
BEGIN = datetime(2026, 11, 16, tzinfo=UTC).timestamp()
STEPS = (1, 6, 24, 72, 168, 720, 2160)
"""Hours between the visits of the fixed plan."""
NEVER, EAGERNESS, RUNNING = 0.5, 0.35, 0.03


@dataclass(frozen=True, slots=True)
class Story:
    """An article: its source, when it was captured, and when it was edited (Unix times)."""

    source: int
    captured: float
    edits: list[float]


@dataclass(slots=True)
class Seen:
    """What a plan's visits saw."""

    visits: int = 0
    edits: int = 0
    lags: list[float] = field(default_factory=list)
    """Hours from an edit to the visit that saw it."""

    @property
    def share(self) -> float:
        """Of all edits, those that were seen."""
        return len(self.lags) / max(self.edits, 1)

    def within(self, hours: float) -> float:
        """Of all edits, those that were seen so soon."""
        return sum(lag <= hours for lag in self.lags) / max(self.edits, 1)


def stories(seed: int, sources: int = 60, days: float = 30.0, per_day: float = 8.0) -> list[Story]:
    """The articles of a seed, in the order of their capture."""
    chance = random.Random(seed)
    out = []
    for source in range(sources):
        eager = 0.0 if chance.random() < NEVER else EAGERNESS * math.exp(1.2 * chance.gauss(0, 1))
        at = BEGIN
        while (at := at + chance.expovariate(per_day / 86_400)) < BEGIN + days * 86_400:
            mean = eager * (12 if chance.random() < RUNNING else 1)
            count = sum(1 for _ in range(200) if chance.random() < mean / 200)
            ages = (0.4 * (math.exp(chance.random() * 8.3) - 1) for _ in range(count))
            out.append(Story(source, at, sorted(at + age * HOUR for age in ages)))
    return sorted(out, key=lambda story: story.captured)


def fixed(told: list[Story]) -> Seen:
    """Every article visited at the same ages."""
    seen = Seen(edits=sum(len(story.edits) for story in told))
    for story in told:
        at, last = story.captured, story.captured
        for step in STEPS:
            at += step * HOUR
            _visit(story, last, at, seen)
            last = at
    return seen


def planned(told: list[Story], budget: Budget) -> Seen:
    """As the product does it: each visit is learned from, the next one planned."""
    seen = Seen(edits=sum(len(story.edits) for story in told))
    habits = [recheck.Habit()] * (max(story.source for story in told) + 1)
    due = [(story.captured, number, story.captured, 0) for number, story in enumerate(told)]
    heapq.heapify(due)
    typical, asked = recheck.WHOLE, 0
    while due:
        at, number, last, edits = heapq.heappop(due)
        story, now = told[number], datetime.fromtimestamp(at, UTC)
        habit = habits[story.source]
        born = datetime.fromtimestamp(story.captured, UTC)
        if at > story.captured:
            edited = _visit(story, last, at, seen)
            history = History(captured=born, checked=datetime.fromtimestamp(last, UTC), edits=edits)
            habit = recheck.learn(habit, history, now, edited, budget)
            edits += edited
        else:
            habit = recheck.announced(habit, now)
        habits[story.source] = habit
        asked += 1
        if asked % 200 == 1:
            weights = [one.rate for one in habits]
            roots = sum(one.root * weight for one, weight in zip(habits, weights, strict=True))
            typical = recheck.typical_root(roots, sum(weights))
        history = History(captured=born, checked=now, edits=edits)
        next_at = recheck.next_check(history, habit, typical, budget, now)
        if next_at is not None:
            heapq.heappush(due, (next_at.timestamp(), number, at, edits))
    return seen


def _visit(story: Story, last: float, at: float, seen: Seen) -> bool:
    """Count a visit; whether it saw an edit."""
    seen.visits += 1
    newest = bisect_right(story.edits, at) - 1
    if newest < 0 or story.edits[newest] <= last:
        return False
    seen.lags.append((at - story.edits[newest]) / HOUR)
    return True


def compare(seed: int, checks: float = 6.5, sources: int = 60, days: float = 30.0) -> tuple[Seen, Seen]:
    """(planned, fixed) for one seed."""
    told = stories(seed, sources, days)
    return planned(told, Budget(recheck=timedelta(hours=1), checks=checks)), fixed(told)
