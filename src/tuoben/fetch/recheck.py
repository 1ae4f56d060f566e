"""When a captured article is looked at again: where edits happen, ever more rarely, to 90 days. Decisions only.

Edits come about as 1/age, and an hour's lag on an article of an hour weighs as much as a day's on one of a day. Both
together make checks that are evenly spaced in the logarithm of the age; √ of the learned hazard says how densely
(as in `schedule`). The hazard is learned for each source and band of age, and for the article itself: a source that
never edits gets two looks in 90 days (is it still there?), a running report one every few minutes at first.

Ages are in units of `Budget.recheck` (an hour by default), so that a laboratory can run fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from tuoben.fetch.schedule import Budget
from tuoben.model import History

FIRST = 0.25
"""Age that is added before logarithms are taken: within it, edits are as likely at any time."""
LAST = 2160.0
"""The age of the last check: 90 days."""
EDGES = (0.0, 1.0, 6.0, 24.0, 72.0, 720.0, LAST)
"""Of the bands of age in which a source's habit is learned."""
BANDS = len(EDGES) - 1
EDITS = 0.3
"""Edits of a usual article in 90 days: what is believed before anything is known."""
SOURCE_WEIGHT, ARTICLE_WEIGHT = 1.0, 0.5
"""Edits' worth of that belief, about a source and about an article."""
MEMORY = 400.0
"""Checks that a source's habit remembers, about."""
HALF_LIFE = 7.0
"""Days after which an article counts half in a source's rate."""
FEWEST, MOST = 2.0, 40.0
"""Checks of one article, while nothing forbids it."""
HOST_SHARE = 0.25
"""Of all requests that a host's delay allows, how many may be checks."""
ENOUGH = 1.001
"""A visit at an age that hardly differs is none."""
BACKLOG = timedelta(days=3)
"""An article that was this old when it was first captured counts as captured at the age of OLD."""
OLD = 72.0
ANCHOR = 20.0
"""Articles a day of a usual source that count with those known, so that a few first checks decide nothing."""


def _spread(start: float, end: float) -> float:
    """The logarithmic distance of two ages."""
    return math.log((end + FIRST) / (start + FIRST))


WHOLE = _spread(0.0, LAST)
WIDTHS = tuple(_spread(start, end) for start, end in pairwise(EDGES))
HAZARD = EDITS / WHOLE
"""Edits per unit of log age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What is known of a source's edits: a few numbers, kept with its row."""

    edits: tuple[float, ...] = (0.0,) * BANDS
    """Checks that found a change, by band of age; older ones weigh less."""
    expected: tuple[float, ...] = (0.0,) * BANDS
    """How many a usual source would have had."""
    articles: float = 0.0
    """New articles, decayed."""
    counted: datetime | None = None
    """When the last one came."""

    def factors(self) -> tuple[float, ...]:
        """Hazard over that of a usual source, by band of age."""
        whole = (SOURCE_WEIGHT + sum(self.edits)) / (SOURCE_WEIGHT + sum(self.expected))
        return tuple(
            (SOURCE_WEIGHT * whole + edits) / (SOURCE_WEIGHT + expected)
            for edits, expected in zip(self.edits, self.expected, strict=True)
        )

    @property
    def root(self) -> float:
        """∫√hazard over log age, relative: the share of an article of this source; WHOLE for a usual source."""
        return sum(width * math.sqrt(factor) for width, factor in zip(WIDTHS, self.factors(), strict=True))

    @property
    def rate(self) -> float:
        """New articles per day."""
        return self.articles * math.log(2) / HALF_LIFE


def age(history: History, at: datetime, budget: Budget) -> float:
    """The age of an article at a time, in units of the budget."""
    old = history.published is not None and history.captured - history.published > BACKLOG
    return max((at - history.captured) / budget.recheck, 0.0) + (OLD if old else 0.0)


def announced(habit: Habit, now: datetime) -> Habit:
    """A source's habit after a new article."""
    passed = max((now - habit.counted).total_seconds() / 86_400, 0.0) if habit.counted else 0.0
    return replace(habit, articles=round(habit.articles * 0.5 ** (passed / HALF_LIFE) + 1, 4), counted=now)


def learn(habit: Habit, history: History, now: datetime, edited: bool, budget: Budget) -> Habit:
    """A source's habit after a check that found a change, or none, since the visit before."""
    start, end = age(history, history.checked, budget), age(history, now, budget)
    watched = [_spread(max(low, min(start, high)), min(high, max(end, low))) for low, high in _bands()]
    likely = [length * factor for length, factor in zip(watched, habit.factors(), strict=True)]
    whole = sum(likely)
    if whole <= 0:
        return habit
    keep = MEMORY / (MEMORY + 1)
    return replace(
        habit,
        edits=tuple(
            round(known * keep + (part / whole if edited else 0.0), 4)
            for known, part in zip(habit.edits, likely, strict=True)
        ),
        expected=tuple(
            round(known * keep + HAZARD * length, 5) for known, length in zip(habit.expected, watched, strict=True)
        ),
    )


def _bands() -> list[tuple[float, float]]:
    return list(pairwise(EDGES))


def next_check(
    history: History, habit: Habit, typical: float, budget: Budget, now: datetime, *, delay: float = 1.0
) -> datetime | None:
    """When to look at an article again after a visit now; None: not again.

    `typical`: the mean `Habit.root` over the articles of all sources (`typical_root`); `delay`: seconds that its host
    wants between two requests.
    """
    start = age(history, now, budget)
    factors = habit.factors()
    hoped = sum(
        HAZARD * factor * _spread(low, min(max(start, low), high))
        for factor, (low, high) in zip(factors, _bands(), strict=True)
    )
    own = (ARTICLE_WEIGHT + history.edits) / (ARTICLE_WEIGHT + hoped)
    room = HOST_SHARE * 86_400 / delay if delay else math.inf
    fit = min(1.0, room / max(habit.rate * budget.checks * habit.root / typical, 1e-9))
    left, reach = 1.0, start
    for factor, (_, high) in zip(factors, _bands(), strict=True):
        density = budget.checks / typical * math.sqrt(own * factor)
        density = min(max(density, FEWEST / WHOLE), MOST / WHOLE) * fit
        length = _spread(reach, max(high, reach))
        if density * length >= left:
            reach = (reach + FIRST) * math.exp(left / density) - FIRST
            break
        left -= density * length
        reach = max(high, reach)
    if reach > LAST / 2:
        reach = LAST  # a last look: is it still there?
    return now + budget.recheck * (reach - start) if reach > start * ENOUGH else None


def typical_root(roots: float, weights: float) -> float:
    """Mean `Habit.root` over articles: `roots` is Σ rate · root over sources, `weights` Σ rate."""
    return (roots + ANCHOR * WHOLE) / (weights + ANCHOR)
