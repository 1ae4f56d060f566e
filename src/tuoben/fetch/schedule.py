"""When a listing is asked again: learned from what each poll brought. Decisions only: nothing waits or reads a clock.

Polled at frequency f, an article waits 1/2f on average; at a given number of requests the mean over all articles is
least when f ∝ √λ, λ being the publishing rate (proportional polling is no better than uniform). λ is learned online as
a decayed Gamma-Poisson rate with a profile over the hours of the day (UTC). A feed shows its last K entries only: the
window guard polls often enough that at most K/2 are expected to be new.

Rates are per day, frequencies are polls per day, exposures are days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tuoben.model import Load, Poll

HOURS = 24
FLAT = (1.0,) * HOURS
DAY = 86_400.0
HALF_LIFE = 7.0
"""Days after which a watched day counts half in the rate."""
PROFILE_MEMORY = 1000.0
"""Articles that the profile of the day remembers, about."""
TYPICAL, ANCHOR = 5.0, 4
"""√rate of a usual listing (25 articles a day), and as how many listings it counts: a lone one is compared to it."""
PRIOR_COUNT, PRIOR_DAYS = 0.5, 0.5 / TYPICAL**2
"""What stands for all that is known of a new listing: half an article, at the rate of a usual one."""
SHRINK = 24.0
"""Articles' worth of a flat day that the profile is mixed with."""
FLATTEST = 0.1
"""No hour is taken to bring less than this share of the mean hour."""
WINDOW_SHARE = 0.5
"""Of the entries that a listing shows, how many may be expected to be new at a poll."""
PRESSING = 0.25
"""Share of the entries shown that was new at one poll, from which that poll alone counts for the guard."""
FLOOD = 10.0
"""When every entry was new, the true number is unknown: at most so many times the entries shown is believed."""
LOOKED_BACK = 30.0
"""Days of announced times that a first poll believes."""
MOST_FAILURES = 12
OF_TURNS = 0.25
"""Of the turns that a host's delay allows, what its listings take together: the others are for pages."""
SELDOM = 30 * DAY
"""Seconds between two polls of a listing, at most, however slow its host and however many there are."""
PUSHED = 1 / 6
"""Polling beside a hub that is alive, as a share of what it would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the operator allows. The number of requests is that of asking every listing once in each `period`."""

    period: timedelta = timedelta(minutes=10)
    """Between two polls of a listing, on the mean over all listings."""
    recheck: timedelta = timedelta(hours=1)
    """From the capture of an article to its first visit after, about (see `recheck`)."""
    polls: float = 20.0
    """Polls per second of all listings together, at most."""
    checks: float = 6.0
    """Visits of an article after its capture, on the mean over all articles."""

    @classmethod
    def of(cls, period: float, recheck: float) -> Budget:
        """The budget with these two, in seconds."""
        return cls(period=timedelta(seconds=period), recheck=timedelta(seconds=recheck))

    @property
    def shortest(self) -> timedelta:
        """Between two polls of the busiest listing: a minute, when the mean is ten."""
        return self.period / 10

    @property
    def longest(self) -> timedelta:
        """Between two polls of the quietest listing: six hours, when the mean is ten minutes."""
        return self.period * 36

    @property
    def host_gap(self) -> timedelta:
        """Between two polls of listings on one host, on the mean: half a minute, when the mean period is ten."""
        return self.period / 20

    @property
    def unanswered(self) -> timedelta:
        """The longest time between two tries of a listing that fails."""
        return self.period * 144


USUAL = Budget()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a listing: a few numbers, kept with its row."""

    polled: datetime | None = None
    """The last poll that was answered."""
    count: float = 0.0
    """New articles, the older ones weighing less."""
    exposure: float = 0.0
    """Days watched, weighed in the same way; an hour counts as much as it usually brings."""
    hours: tuple[float, ...] = ()
    """New articles by hour of the day (UTC), older ones weighing less; empty before the first."""
    shown: int = 0
    """Entries that the listing showed when it was last read."""
    pressure: float = 0.0
    """Rate of the last poll alone, when that took a good part of what the listing shows; else 0."""
    failures: int = 0
    """Polls in a row that brought no listing."""

    @property
    def rate(self) -> float:
        """Articles per day on the mean day."""
        return (PRIOR_COUNT + self.count) / (PRIOR_DAYS + self.exposure)

    def profile(self) -> tuple[float, ...]:
        """How much each hour of the day brings, 1.0 being the mean: smoothed, and flat while little is known."""
        return _profile(self.hours) if self.hours else FLAT

    @property
    def root(self) -> float:
        """√rate, on the mean over the day: the listing's share of the budget."""
        return math.sqrt(self.rate) * (_profile_root(self.hours) if self.hours else 1.0)


@lru_cache(maxsize=4096)
def _profile(hours: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(hours) + SHRINK
    smooth = (hours[h - 1] / 4 + hours[h] / 2 + hours[(h + 1) % HOURS] / 4 for h in range(HOURS))
    bounded = [max((count * HOURS + SHRINK) / total, FLATTEST) for count in smooth]
    scale = HOURS / sum(bounded)
    return tuple(weight * scale for weight in bounded)


@lru_cache(maxsize=4096)
def _profile_root(hours: tuple[float, ...]) -> float:
    return sum(map(math.sqrt, _profile(hours))) / HOURS


def learn(rhythm: Rhythm, poll: Poll) -> Rhythm:
    """What is known after a poll."""
    if not poll.ok:
        return replace(rhythm, failures=min(rhythm.failures + 1, MOST_FAILURES))
    if rhythm.polled is None:
        return _first(poll)
    start, end = rhythm.polled.timestamp(), poll.at.timestamp()
    if end <= start:  # a capture taken in again, out of order
        return rhythm
    days = (end - start) / DAY
    shares = _shares(rhythm.profile(), start, end)
    shown = poll.shown or rhythm.shown
    brought = float(poll.new)
    if poll.new and poll.new >= shown:
        brought = _flood(poll, days)
    keep = 0.5 ** (days / HALF_LIFE)
    return Rhythm(
        polled=poll.at,
        count=round(rhythm.count * keep + brought, 4),
        exposure=round(rhythm.exposure * keep + sum(shares), 6),
        hours=_by_hour(rhythm.hours, poll, shares, start) if poll.new else rhythm.hours,
        shown=shown,
        pressure=round(brought / days, 4) if brought >= shown * PRESSING else 0.0,
    )


def _first(poll: Poll) -> Rhythm:
    """After the first poll: the announced times of the entries tell the past."""
    ages = [(poll.at - at).total_seconds() / DAY for at in poll.times]
    ages = sorted(age for age in ages if 0 <= age <= LOOKED_BACK)
    rhythm = Rhythm(polled=poll.at, shown=poll.shown)
    if len(ages) < 3:
        return rhythm
    hours = [0.0] * HOURS
    for at in poll.times:
        if 0 <= (poll.at - at).total_seconds() <= LOOKED_BACK * DAY:
            hours[at.astimezone(UTC).hour] += 1
    fade = math.log(2) / HALF_LIFE
    return replace(
        rhythm,
        count=round(sum(math.exp(-fade * age) for age in ages), 4),
        exposure=round((1 - math.exp(-fade * ages[-1])) / fade, 6),
        hours=tuple(hours),
    )


def _flood(poll: Poll, days: float) -> float:
    """How many there were when all entries were new: as fast as those that are left tell, at least twice as many."""
    ages = [age for at in poll.times if 0 <= (age := (poll.at - at).total_seconds() / DAY) <= days]
    told = len(ages) / max(ages) * days if len(ages) > 2 and max(ages) > 0 else 0.0
    return min(max(told, 2.0 * poll.new), FLOOD * poll.new)


def _shares(profile: tuple[float, ...], start: float, end: float) -> list[float]:
    """Exposure from `start` to `end` (Unix times) by hour of the day: days times the hour's weight."""
    shares = [0.0] * HOURS
    whole, rest = divmod(end - start, DAY)
    if whole:
        shares = [weight * whole / HOURS for weight in profile]
    at, end = start, start + rest
    while at < end:
        hour = int(at // 3600) % HOURS
        until = min((at // 3600 + 1) * 3600, end)
        shares[hour] += (until - at) / DAY * profile[hour]
        at = until
    return shares


def _by_hour(hours: tuple[float, ...], poll: Poll, shares: list[float], start: float) -> tuple[float, ...]:
    """The counts by hour, with the new articles at their announced hours, the others spread over the time watched."""
    keep = PROFILE_MEMORY / (PROFILE_MEMORY + poll.new)
    known = [hour * keep for hour in hours or (0.0,) * HOURS]
    undated = poll.new
    for at in poll.times:
        if undated and start <= at.timestamp() <= poll.at.timestamp():
            known[at.astimezone(UTC).hour] += 1
            undated -= 1
    if undated and (watched := sum(shares)):
        known = [count + undated * share / watched for count, share in zip(known, shares, strict=True)]
    return tuple(round(count, 3) for count in known)


def next_poll(
    rhythm: Rhythm, load: Load, budget: Budget, now: datetime, *, pushed: bool = False, longest: float | None = None
) -> datetime:
    """When to ask a listing again. `pushed`: a hub that has proved itself tells of news, so polling only makes sure.

    `longest`: the source's own longest period, in seconds. A listing that fails is tried ever more rarely.
    """
    if rhythm.failures:
        return now + min(budget.period * (1 << rhythm.failures - 1), budget.unanswered)
    profile, rate = rhythm.profile(), rhythm.rate
    share = _per_root(load, budget) * (PUSHED if pushed else 1.0)
    shortest = budget.shortest.total_seconds()
    least = 1 / max(min(longest or math.inf, budget.longest.total_seconds()), shortest)
    most = 1 / shortest
    if load.delay:
        own = OF_TURNS / load.delay * rhythm.root / max(load.host, rhythm.root)
        most = min(most, max(own, 1 / SELDOM))
    window = rhythm.shown * WINDOW_SHARE * DAY
    at = now.timestamp()
    left = 1.0
    while True:  # ∫ f dt = 1; f is bounded from below, so this ends within the longest period
        hour = int(at // 3600)
        expected = rate * profile[hour % HOURS]
        guard = max(expected, rhythm.pressure) / window if window else 0.0
        frequency = min(max(share * math.sqrt(expected) / DAY, guard, least), most)
        until = (hour + 1) * 3600
        if (until - at) * frequency >= left:
            return datetime.fromtimestamp(at + left / frequency, UTC)
        left -= (until - at) * frequency
        at = until


def _per_root(load: Load, budget: Budget) -> float:
    """Polls per day for each unit of √rate: the multiplier that spends the budget, on the host's as on the whole."""
    period = max(budget.period.total_seconds(), load.listings / budget.polls)
    typical = (load.roots + ANCHOR * TYPICAL) / (load.listings + ANCHOR)
    share = DAY / period / typical
    allowed = DAY / budget.host_gap.total_seconds()
    return min(share, allowed / load.host) if load.host else share
