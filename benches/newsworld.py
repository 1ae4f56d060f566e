"""A simulated week of many newsrooms, polled by the product's own plan (`tuoben.fetch.schedule`) and at one period.

Publishing is Poisson with lognormal rates (median 17 articles a day, σ 1.6) that go up and down by 80 % over the day;
a feed shows the last 30 entries; every other feed tells when they were published. Plain Python, no clock: 200 sources
for a week take a few seconds.
"""

from __future__ import annotations

import heapq
import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from tuoben.fetch import schedule
from tuoben.model import Load, Poll

DAY = 86_400.0
BEGIN = datetime(2026, 11, 16, tzinfo=UTC).timestamp()
WINDOW = 30
MEDIAN, SIGMA, SWING = 17.0, 1.6, 0.8
BEFORE = 3.0
"""Days of publishing before the week: what the feeds show at the first poll."""


@dataclass(frozen=True, slots=True)
class Source:
    """When a newsroom published, and the sums of those times."""

    times: list[float]
    sums: list[float]
    dated: bool


@dataclass(slots=True)
class Result:
    """What a way of polling gave over the week."""

    polls: int = 0
    empty: int = 0
    missed: int = 0
    published: int = 0
    waited: float = 0.0
    lags: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        """Seconds from publication to the poll that saw it, of those that were seen."""
        return self.waited / max(self.published - self.missed, 1)

    @property
    def loss(self) -> float:
        """Share of the articles that rolled off between two polls."""
        return self.missed / max(self.published, 1)

    def quantile(self, share: float) -> float:
        """A quantile of the lags, in seconds."""
        return sorted(self.lags)[int(share * (len(self.lags) - 1))]


def world(seed: int, sources: int = 200, days: float = 7.0) -> list[Source]:
    """The newsrooms of a seed."""
    chance = random.Random(seed)
    return [_source(chance, number % 2 == 0, days) for number in range(sources)]


def _source(chance: random.Random, dated: bool, days: float) -> Source:
    rate = MEDIAN * math.exp(SIGMA * chance.gauss(0, 1)) / DAY
    noon = chance.gauss(0, 2.5) * 3600
    at, end, times = BEGIN - BEFORE * DAY, BEGIN + days * DAY, []
    while at < end:
        at += chance.expovariate(rate * (1 + SWING))
        if chance.random() * (1 + SWING) < 1 + SWING * math.sin((at - noon) * 2 * math.pi / DAY):
            times.append(at)
    return Source(times, [0.0, *accumulate(times)], dated)


def uniform(sources: list[Source], period: float, days: float = 7.0) -> Result:
    """Every source once in each period, from the middle of its first one on."""
    result = Result()
    for number, source in enumerate(sources):
        seen = bisect_right(source.times, BEGIN)
        result.published += bisect_right(source.times, BEGIN + days * DAY) - seen
        at = BEGIN + period * (number + 0.5) / len(sources)
        while at < BEGIN + days * DAY:
            seen = _poll(source, at, seen, result)[0]
            at += period
        result.published -= bisect_right(source.times, BEGIN + days * DAY) - seen  # what nobody could have seen yet
    return result


def planned(sources: list[Source], budget: schedule.Budget, days: float = 7.0) -> Result:
    """As the product does it: each poll is learned from, the next one planned, with the load of that moment."""
    result = Result()
    seen = [bisect_right(source.times, BEGIN) for source in sources]
    result.published = sum(bisect_right(source.times, BEGIN + days * DAY) for source in sources) - sum(seen)
    rhythms = [schedule.Rhythm() for _ in sources]
    roots = [rhythm.root for rhythm in rhythms]
    total = sum(roots)
    period = budget.period.total_seconds()
    due = [(BEGIN + period * (number + 0.5) / len(sources), number) for number in range(len(sources))]
    while due and due[0][0] < BEGIN + days * DAY:
        at, number = due[0]
        source = sources[number]
        seen[number], new, shown = _poll(source, at, seen[number], result)
        now = datetime.fromtimestamp(at, UTC)
        first = rhythms[number].polled is None
        dated = shown if first else shown[-new:] if new else []
        times = tuple(datetime.fromtimestamp(time, UTC) for time in dated) if source.dated else ()
        read = len(shown) if new or first else 0
        poll = Poll(at=now, new=len(shown) if first else new, shown=read, times=times)
        rhythms[number] = schedule.learn(rhythms[number], poll)
        total += rhythms[number].root - roots[number]
        roots[number] = rhythms[number].root
        load = Load(listings=len(sources), roots=total, host=roots[number])
        heapq.heapreplace(due, (schedule.next_poll(rhythms[number], load, budget, now).timestamp(), number))
    result.published -= sum(
        bisect_right(source.times, BEGIN + days * DAY) - known for source, known in zip(sources, seen, strict=True)
    )
    return result


def _poll(source: Source, at: float, seen: int, result: Result) -> tuple[int, int, list[float]]:
    """(articles published by now, how many of them are new on the feed, what the feed shows)."""
    known = bisect_right(source.times, at)
    new = min(known - seen, WINDOW)
    result.polls += 1
    result.empty += new == 0
    result.missed += known - seen - new
    result.waited += new * at - (source.sums[known] - source.sums[known - new])
    result.lags += [at - time for time in source.times[known - new : known]]
    return known, new, source.times[max(known - WINDOW, 0) : known]


def compare(seed: int, minutes: float, sources: int = 200, days: float = 7.0) -> tuple[Result, Result]:
    """(planned, uniform) for one seed; the uniform one makes as many requests as the planned one made."""
    rooms = world(seed, sources, days)
    ours = planned(rooms, schedule.Budget(period=timedelta(minutes=minutes)), days)
    return ours, uniform(rooms, sources * days * DAY / ours.polls, days)
