"""What each visit taught of a listing and of a source, and when an address is visited again. The plans themselves are
pure and come with the rules of the commit; here is what they are asked with, and where their answers are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Sum

from tuoben.model import History, Link, Load, Outcome, Poll, Precision, Receipt, Verdict
from tuoben.store import models, pushes
from tuoben.store.database import column_of, save_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan's answer: the next visit, and what is known now (JSON, with the numbers that are summed over all rows)."""

    due_at: datetime | None
    known: dict[str, Any]
    root: float
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one visit of an article brought. `delay`: seconds that its host wants between two requests."""

    new: bool = False
    edited: bool = False
    answered: bool = True
    delay: float | None = None


OVERTAKEN = timedelta(seconds=10)
"""After a visit that a hub's ping overtook the next one comes so much after its beginning: a hub that calls without end
does not make us ask without end."""


class Loads:
    """The sums over all active listings and sources that a plan is measured by, read again when they are not fresh."""

    def __init__(self, fresh: timedelta) -> None:
        self._fresh = fresh
        self._at: datetime | None = None
        self._polls = Load()
        self._checks = (0.0, 0.0)

    def polls(self, host: str, now: datetime) -> Load:
        """What the listings want, all and those of a host."""
        self._read(now)
        own = sum(column_of(models.Listing, "root", "host = %s", [host]), 0.0)
        return Load(listings=self._polls.listings, roots=self._polls.roots, host=own)

    def checks(self, now: datetime) -> tuple[float, float]:
        """(Σ rate · root, Σ rate) of the sources."""
        self._read(now)
        return self._checks

    def _read(self, now: datetime) -> None:
        if self._at is not None and abs(now - self._at) < self._fresh:
            return
        asked = models.Listing.objects.filter(source__state="active", root__gt=0)
        listings = asked.aggregate(count=Count("pk"), roots=Sum("root"))
        sources = models.Source.objects.filter(state="active", habit_weight__gt=0)
        habits = sources.aggregate(roots=Sum(F("habit_root") * F("habit_weight")), weights=Sum("habit_weight"))
        self._at = now
        self._polls = Load(listings=listings["count"], roots=listings["roots"] or 0.0)
        self._checks = (habits["roots"] or 0.0, habits["weights"] or 0.0)


@dataclass(frozen=True, slots=True)
class Visits:
    """The plans, as functions of what is known."""

    poll: Callable[[Mapping[str, Any], Poll | None, Load, datetime, bool, float | None], Planned]
    """(a listing's rhythm, the poll to learn from, load, now, a hub is alive, longest period in seconds) → the plan."""
    check: Callable[[Mapping[str, Any], History, Look, tuple[float, float], datetime], Planned]
    """(a source's habit, the article's history before, what this visit brought, sums, now) → the plan."""
    loads: Loads


@dataclass(frozen=True, slots=True)
class Before:
    """How a stored article stood before a visit: its newest revision and its last visit."""

    captured: datetime
    checked: datetime

    @classmethod
    def of(cls, row: models.Article | None) -> Before | None:
        """Of a row that was not touched yet."""
        return cls(row.captured_at, row.checked_at) if row is not None else None


class Round:
    """The visits of one transaction. Sources are written once, at its end."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._sources: dict[str, models.Source | None] = {}
        self._learned: set[str] = set()

    def polled(self, listing: models.Listing, outcome: Outcome, fresh: Sequence[Link], delay: float = 0.0) -> datetime:
        """Learn from a visit of a listing that announced these new links; when it is to be asked for again.

        `delay`: seconds that its host wants between two requests.
        """
        claim = outcome.claim
        poll = None
        if not outcome.redirect and outcome.verdict is not Verdict.RETRY:
            ok = outcome.verdict is Verdict.DONE
            poll = Poll(at=outcome.at, new=len(fresh), shown=len(outcome.links), times=_times(fresh), ok=ok)
        load = replace(self._visits.loads.polls(claim.host, outcome.at), delay=delay)
        push = pushes.polled(listing, outcome, bool(fresh))
        pushed = pushes.alive(push, outcome.at)
        longest = claim.settings.longest_period
        planned = self._visits.poll(listing.rhythm, poll, load, outcome.at, pushed, longest)
        if poll is not None:
            listing.rhythm, listing.root, listing.host = planned.known, planned.root, claim.host
            save_all([listing], ("rhythm", "root", "host"))
        if push is not None and push.pinged_at is not None and push.pinged_at > outcome.at:
            return max(outcome.ended, outcome.at + OVERTAKEN)
        return planned.due_at or outcome.at

    def looked(self, receipt: Receipt, before: Before | None, delay: Callable[[], float | None]) -> datetime | None:
        """Learn from a visit of a page; when it is to be looked at again, None: not again. `delay`: asked for the
        seconds that its host wants between two requests.

        A page that was never good and has failed for good is not; one that was good before may come back.
        """
        outcome = receipt.outcome
        claim, failed = outcome.claim, outcome.verdict is Verdict.FAILED
        if outcome.redirect or outcome.verdict not in (Verdict.DONE, Verdict.FAILED):
            return outcome.due_at
        row = models.Article.objects.filter(pk=receipt.article).first() if receipt.article else None
        if row is None or (failed and not claim.visits):
            return None
        edits = max(row.revisions.count() - 1, 0) if before is not None else 0
        edited = before is not None and row.captured_at > before.captured
        history = History(
            captured=row.first_captured_at,
            checked=before.checked if before is not None else outcome.at,
            published=row.sort_at,
            edits=edits - edited,
        )
        look = Look(
            new=receipt.new_article,
            edited=edited,
            answered=not failed and before is not None and claim.visits > 0 and claim.part < 2,
            delay=delay(),
        )
        source = self._source(claim.source) if claim.past is None else None
        known = source.habit if source is not None else {}
        planned = self._visits.check(known, history, look, self._visits.loads.checks(outcome.at), outcome.at)
        if source is not None and (look.new or look.answered):
            source.habit, source.habit_root, source.habit_weight = planned.known, planned.root, planned.weight
            self._learned.add(source.pk)
        return planned.due_at

    def _source(self, name: str) -> models.Source | None:
        if name not in self._sources:
            self._sources[name] = models.Source.objects.filter(pk=name).first() if name else None
        return self._sources[name]

    def save(self) -> None:
        """Write what was learned of the sources."""
        rows = [self._sources[pk] for pk in sorted(self._learned)]
        save_all([row for row in rows if row is not None], ("habit", "habit_root", "habit_weight"))


def _times(links: Sequence[Link]) -> tuple[datetime, ...]:
    """When links were published, as far as their listing tells the time of day."""
    told = (link.published for link in links)
    return tuple(one.value for one in told if one and one.precision is not Precision.DAY and one.value.tzinfo)
