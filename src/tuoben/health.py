"""How a source is, and why an address was not captured: judged from plain records, without rows or a clock.

A source is silent when nothing new came for much longer than its own rate lets expect: were articles a Poisson stream
of rate λ, a gap of 8/λ would come about once in 3,000; news comes in bursts and sleeps at night and on holidays, so the
gap must be at least three days, too. The rate is that of its last articles, not one that decays while it is silent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ENOUGH = 5
"""Articles from which a rate is told."""
GAPS = 8.0
"""Mean gaps without anything new that make a source silent."""
LEAST = timedelta(days=3)
SLOW = 60.0
"""Seconds between two requests, from which on it is said that a host asks for so much."""
BINS = (60, 300, 900, 3600, 3 * 3600, 12 * 3600, 24 * 3600)
"""Upper ends, in seconds, of the bars of the lag; the last bar is what lies above."""


class State(StrEnum):
    """How a source is, the first that holds."""

    PAUSED = "paused"
    NEW = "new"
    """None of its listings was visited yet."""
    REFUSED = "refused"
    """robots.txt forbids its listings."""
    FAILING = "failing"
    CHANGED = "changed"
    """A listing's layout changed."""
    SILENT = "silent"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A listing as its health needs it. `refused`: robots.txt does not allow it."""

    visited: bool
    error: str = ""
    notice: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a source."""

    paused: bool = False
    listings: tuple[Watched, ...] = ()
    appeared: tuple[datetime, ...] = ()
    """When its last articles appeared, the newest first."""
    lags: tuple[float, ...] = ()
    """Seconds from publication to snapshot, of articles published since we collect from it."""
    delays: tuple[tuple[str, float, float], ...] = ()
    """Its hosts, and the seconds between two requests that the robots.txt of each asks for, and those that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The distribution of the capture lag, in seconds."""

    count: int
    median: float
    p90: float
    most: float
    bars: tuple[int, ...]
    """How many fall up to each of BINS, and above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a source is. `per_day`: its articles a day, None while too few are known; `why`: what its listings say."""

    state: State
    newest: datetime | None = None
    per_day: float | None = None
    expected: timedelta | None = None
    """Nothing new for longer than this counts as silence."""
    lag: Lag | None = None
    why: tuple[str, ...] = ()


def judge(facts: Facts, now: datetime) -> Health:
    """The state of a source, its rate and its lag."""
    newest = facts.appeared[0] if facts.appeared else None
    per_day = rate(facts.appeared)
    expected = max(LEAST, timedelta(days=min(GAPS / per_day, 3650))) if per_day else None
    told = [listing.error or listing.notice for listing in facts.listings]
    told += [_slow(host, asked, kept) for host, asked, kept in facts.delays if asked > SLOW]
    return Health(
        state=_state(facts, newest, expected, now),
        newest=newest,
        per_day=per_day,
        expected=expected,
        lag=lag(facts.lags),
        why=tuple(dict.fromkeys(filter(None, told))),
    )


def _state(facts: Facts, newest: datetime | None, expected: timedelta | None, now: datetime) -> State:
    listings = facts.listings
    if facts.paused:
        return State.PAUSED
    if listings and all(listing.refused for listing in listings):
        return State.REFUSED
    if not any(listing.visited for listing in listings):
        return State.NEW
    if all(listing.error for listing in listings):
        return State.FAILING
    if any(listing.notice for listing in listings):
        return State.CHANGED
    silent = newest is not None and expected is not None and now - newest > expected
    return State.SILENT if silent else State.NORMAL


def _slow(host: str, asked: float, kept: float) -> str:
    asks = f"robots.txt of {host} asks for {asked:g} s between two requests"
    if asked > kept:
        return f"{asks}; {kept:g} s are kept. Ask the site for a shorter Crawl-delay, or pause the source."
    return f"{asks}; that is kept, so at most {86_400 / kept:.0f} a day are made."


def rate(appeared: Sequence[datetime]) -> float | None:
    """Articles a day among the last ones (newest first); None when they are too few to tell."""
    if len(appeared) < ENOUGH:
        return None
    days = (appeared[0] - appeared[-1]).total_seconds() / 86400
    return (len(appeared) - 1) / max(days, 1 / 24)


def lag(seconds: Sequence[float]) -> Lag | None:
    """The distribution of some lags; None without any. A snapshot before the time of publication counts as none."""
    ordered = sorted(max(one, 0.0) for one in seconds)
    if not ordered:
        return None
    bars = [0] * (len(BINS) + 1)
    for one in ordered:
        bars[next((place for place, end in enumerate(BINS) if one <= end), len(BINS))] += 1
    return Lag(
        count=len(ordered),
        median=_quantile(ordered, 0.5),
        p90=_quantile(ordered, 0.9),
        most=ordered[-1],
        bars=tuple(bars),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least this share of all does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


# --- why was this URL not captured? -----------------------------------------------------------------------------------
class Step(StrEnum):
    """What can be said of an address."""

    NO_ADDRESS = "no-address"
    UNKNOWN = "unknown"
    """No listing announced it."""
    NO_SOURCE = "no-source"
    """And no source of ours is at its host."""
    EXCLUDED = "excluded"
    ROBOTS = "robots"
    PAUSED = "paused"
    ALIAS = "alias"
    """It redirects to another address."""
    QUEUED = "queued"
    WAITING = "waiting"
    """Its host rests until a time."""
    RETRY = "retry"
    UNDER_WAY = "under-way"
    FAILED = "failed"
    NO_ARTICLE = "no-article"
    """Captured; the page is not an article."""
    ARTICLE = "article"
    TWIN = "twin"
    """Captured as another form of an article that lives at another address."""
    HIDDEN = "hidden"
    IMPORTED = "imported"
    CAPTURED = "captured"


@dataclass(frozen=True, slots=True)
class Said:
    """One step of the answer, with what it names (times as ISO 8601)."""

    step: Step
    values: Mapping[str, str] = field(default_factory=dict)


SENTENCES: Mapping[Step, str] = {
    Step.NO_ADDRESS: "This is not an http(s) address.",
    Step.UNKNOWN: "No listing of any source has announced this address.",
    Step.NO_SOURCE: "No source is at {host}; add one with: tuoben source add https://{host}/",
    Step.EXCLUDED: "The address patterns of {source} leave it out; see: tuoben source show {source}",
    Step.ROBOTS: "robots.txt of {host} does not allow it: {line}",
    Step.PAUSED: "{source} is paused; ask it again with: tuoben source resume {source}",
    Step.ALIAS: "It redirects to {url}.",
    Step.QUEUED: "It is queued, due at {time}.",
    Step.WAITING: "Its host {host} is not asked again before {time}.",
    Step.RETRY: "It was asked for {tries} times in vain ({error}) and is tried again at {time}.",
    Step.UNDER_WAY: "It is being asked for at this moment.",
    Step.FAILED: "It was asked for in vain ({tries} tries): {error}",
    Step.NO_ARTICLE: "It was captured at {time}, and the page holds no article: {error}",
    Step.ARTICLE: "It was captured as article {id}: {title}",
    Step.TWIN: "It is another form of article {id}, which lives at {url}.",
    Step.HIDDEN: "Article {id} is hidden: {error}",
    Step.IMPORTED: "Its capture of {time} was imported from {file}.",
    Step.CAPTURED: "It was captured at {time} (status {status}).",
}


def sentence(said: Said) -> str:
    """A step in plain English."""
    return SENTENCES[said.step].format_map(dict(said.values))
