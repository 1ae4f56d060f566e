"""The decisions of the stages as the store asks for them: plans of visits (`fetch.schedule`, `fetch.recheck`; what is
known comes as JSON), when a host may be asked again, an article's place, what a change is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tuoben import organise, shape, source_settings, text
from tuoben.fetch import politeness, recheck, schedule
from tuoben.fetch.politeness import DOCUMENT_DELAY
from tuoben.fetch.recheck import Habit
from tuoben.fetch.schedule import USUAL, Budget, Rhythm
from tuoben.model import Article, Hints, History, Kind, Load, Neighbour, Outcome, Placement, Poll
from tuoben.store.articles import Decisions
from tuoben.store.commits import Rules
from tuoben.store.frontier import Timing
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


def ready(host_delay: float | None, outcome: Outcome, crawl_delay: float | None, strikes: int = 0) -> Timing:
    """When the host of an outcome may be asked again. `host_delay`: the operator's TUOBEN_HOST_DELAY; `strikes`: times
    in a row that the host said before that it is asked too much.
    """
    claim = outcome.claim
    host_delay = source_settings.delay(claim.settings, claim.source_url, claim.url, host_delay)
    page = politeness.pace(Kind.PAGE, crawl_delay=crawl_delay, host_delay=host_delay).seconds
    requisite = politeness.pace(Kind.REQUISITE, crawl_delay=crawl_delay, host_delay=host_delay).seconds
    spent = requisite if outcome.claim.kind is Kind.REQUISITE else page
    rested = outcome.host_rests_until or outcome.ended
    if outcome.overloaded:
        rested = outcome.ended + timedelta(seconds=politeness.back_off(outcome.overloaded, strikes))
    if outcome.capture is not None:
        strikes = strikes + 1 if outcome.capture.status in politeness.OVERLOADED else 0
    return Timing(
        page=max(rested, outcome.ended + timedelta(seconds=spent)),
        requisite=max(rested, outcome.ended + timedelta(seconds=requisite)),
        strikes=min(strikes, politeness.MOST_STRIKES),
    )


def rules(host_delay: float | None, budget: Budget = USUAL) -> Rules:
    """The pure decisions that a commit asks the stages for."""
    decisions = Decisions(place=_place, changed=organise.changed, same=_same_work)
    return Rules(articles=decisions, visits=visits(budget), ready=partial(ready, host_delay))


def _place(article: Article, article_id: str, neighbours: Sequence[Neighbour], hints: Hints) -> Placement:
    return organise.place(article, article_id, neighbours, hints=hints)


def _same_work(one: Article, other: Article) -> bool:
    """Two pages whose addresses belong together: copies of one text, or the same headline and no other day."""
    if organise.is_copy(one.text, other.text):
        return True
    days = {moment.iso()[:10] for moment in (one.published, other.published) if moment is not None}
    title = text.letters(one.title)
    return bool(title) and title == text.letters(other.title) and len(days) < 2
