"""Stored captures read again by a newer extractor: the rows of one article made anew from all its captures, in one
transaction, as a rebuild would make them; what the older extractor read is kept (decision 0018).

Which articles are left is told by their revisions: each names its extractor. So the work may stop at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tuoben import shape, url
from tuoben.extractor import extractor
from tuoben.model import Article, Capture, Outcome
from tuoben.store import articles, entries, models, noarchive, repository, requisites, twins
from tuoben.store.articles import REREAD
from tuoben.store.batch import READ, Batch
from tuoben.store.commits import Rules, add_parts
from tuoben.store.database import one_writer
from tuoben.store.entries import Waiting
from tuoben.store.rows import OlderRow

STATES = ("checked_at", "gone_at", "gone_why", "first_captured_at")
"""Columns of an article that tell of visits, not of what was read."""


@dataclass(frozen=True, slots=True)
class Held:
    """All that an article was, or may have been, read from, oldest first."""

    article: str
    source: str
    captures: tuple[Capture, ...]
    entry: Waiting | None
    """The listing's full text that stands for its page."""
    places: Mapping[str, tuple[str, int]]
    """Record id → where it lies, of the captures that revisits among these refer to."""


@dataclass(frozen=True, slots=True)
class State:
    """A revision: its capture, when that was made, by which extractor it was read, and what that gave."""

    capture: str
    captured: datetime
    extractor: str
    article: Article


@dataclass(frozen=True, slots=True)
class Reread:
    """What reading an article again makes of its revisions. `why`: it was left as it is, and this is the reason."""

    article: str
    source: str
    before: tuple[State, ...] = ()
    after: tuple[State, ...] = ()
    why: str = ""

    @property
    def changed(self) -> bool:
        """Whether any revision is another one."""
        return not self.why and _said(self.before) != _said(self.after)


LATER = "something was captured while it was read"
NO_CAPTURE = "a capture that it was read from is not among those that are held of it"


def _said(states: Iterable[State]) -> list[tuple[str, Article]]:
    return [(state.capture, state.article) for state in states]


# --- what is to be read -----------------------------------------------------------------------------------------------
def stale(source: str = "", *, everything: bool = False) -> list[str]:
    """Ids of articles with a revision that another extractor read, in the order of their ids."""
    rows = models.Revision.objects.all() if everything else models.Revision.objects.exclude(extractor=extractor())
    if source:
        rows = rows.filter(article__site=source)
    return list(rows.order_by("article_id").values_list("article_id", flat=True).distinct())


def queued(limit: int = 20) -> list[str]:
    """Ids of articles of which the outbox asks that they are read again."""
    rows = models.Outbox.objects.filter(topic=REREAD).order_by("pk")[:limit]
    return list(dict.fromkeys(rows.values_list("article", flat=True)))


def done(article: str) -> None:
    """The outbox need not ask for it any more."""
    models.Outbox.objects.filter(topic=REREAD, article=article).delete()


def held(article: str) -> Held | None:
    """What there is to read of an article; None when it is not there."""
    row = models.Article.objects.filter(pk=article).first()
    if row is None:
        return None
    captures = tuple(repository.capture_record(one) for one in _captures(article))
    originals = models.Capture.objects.filter(record_id__in=[one.revisit_of for one in captures if one.revisit_of])
    places = {pk: (segment, offset) for pk, segment, offset in originals.values_list("record_id", "segment", "offset")}
    return Held(article, row.site_id or "", captures, entries.stood_in(row.pk), places)


def _captures(article: str) -> Iterable[models.Capture]:
    found = models.Capture.objects.filter(article=article, kind__in=READ, status=200)
    return found.order_by("time", "pk")


# --- one article ------------------------------------------------------------------------------------------------------
def reread(held: Held, outcomes: Sequence[Outcome], rules: Rules, *, keep: bool) -> Reread:
    """Make an article's revisions anew from what its captures say now; with `keep` that is what the rows say after.

    Without it nothing is changed; nor when something came in meanwhile, or a text that is held would be lost.
    """
    pages = [outcome for outcome in outcomes if outcome.article is not None and outcome.capture is not None]
    with transaction.atomic():
        one_writer()
        row = models.Article.objects.filter(pk=held.article).first()
        now = [capture.record_id for capture in _captures(held.article)]
        if row is None or now != [capture.record_id for capture in held.captures]:
            return Reread(held.article, held.source, why=LATER)
        before = _states(row.pk)
        kept = {name: getattr(row, name) for name in STATES}
        if why := _lost(before, outcomes):
            return Reread(held.article, held.source, why=why)
        with _Trial() as trial:
            made = _anew(row, pages, rules)
            after = _states(made)
            found = Reread(held.article, held.source, before, after)
            trial.holds = keep and found.changed
            if trial.holds and made == row.pk:
                models.Article.objects.filter(pk=made).update(**kept)
            if trial.holds:
                _keep_older(made, before, after)
                _want(pages, made, rules)
        if keep and not found.changed:
            row.revisions.update(extractor=extractor())
        return found


def _lost(before: Sequence[State], outcomes: Sequence[Outcome]) -> str:
    """Why a state that is held has nothing to take its place, "" when each has."""
    told = {outcome.capture.record_id: outcome for outcome in outcomes if outcome.capture is not None}
    for state in before:
        outcome = told.get(state.capture)
        if outcome is None:
            return NO_CAPTURE
        if outcome.article is None and not outcome.unchanged:
            return outcome.error or "its capture is no article to the present extractor"
    return ""


class _Trial:
    """A savepoint: what is done in it holds when `holds` was set, else it never was."""

    def __init__(self) -> None:
        self.holds = False

    def __enter__(self) -> _Trial:
        self._point = transaction.savepoint()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.holds:
            transaction.savepoint_commit(self._point)
        else:
            transaction.savepoint_rollback(self._point)


def _anew(row: models.Article, pages: Sequence[Outcome], rules: Rules) -> str:
    """Record all pages of an article as if it had none; its id, another one when it turned out to be a twin."""
    row.revisions.all().delete()
    row.parts.all().delete()
    for outcome in pages:
        assert outcome.capture is not None and outcome.article is not None
        articles.record(outcome.claim, outcome.capture, outcome.article, outcome.signature, rules.articles)
    return twins.resolve(row.pk)


def _states(article: str) -> tuple[State, ...]:
    rows = models.Revision.objects.filter(article=article).order_by("number")
    return tuple(
        State(row.capture, row.captured_at, row.extractor, shape.load(Article, row.content)) for row in rows.iterator()
    )


def _keep_older(article: str, before: Sequence[State], after: Sequence[State]) -> None:
    """What was read before, of each capture of which something else is read now, or that makes no revision any more."""
    now = {state.capture: state.article for state in after}
    said = {(state.article.title, state.article.text) for state in after}
    models.OlderReading.objects.bulk_create(
        models.OlderReading(
            article=article,
            capture=state.capture,
            captured_at=state.captured,
            extractor=state.extractor,
            content=shape.dump(state.article),
        )
        for state in before
        if now.get(state.capture) != state.article
        and (state.capture in now or (state.article.title, state.article.text) not in said)
    )


def _want(pages: Sequence[Outcome], article: str, rules: Rules) -> None:
    """What the pages turn out to need: images, further pages. Nobody is asked for what an imported page needs."""
    ours = [outcome for outcome in pages if outcome.capture is not None and not outcome.capture.origin]
    for outcome in pages:
        if outcome not in ours:
            known = set(models.Requisite.objects.filter(article=article).values_list("url", flat=True))
            models.Requisite.objects.bulk_create(
                models.Requisite(article_id=article, url=one, key=url.key(one))
                for one in dict.fromkeys(outcome.requisites)
                if one not in known
            )
    if not ours:
        return
    batch = Batch(ours, max(outcome.ended for outcome in ours), rules.visits)
    for outcome in ours:
        requisites.add(outcome, article, batch)
        if outcome.claim.part < 2:
            add_parts(outcome, article, batch)
    batch.save(max(outcome.ended for outcome in ours))


# --- for readers ------------------------------------------------------------------------------------------------------
def older(article: str) -> tuple[OlderRow, ...]:
    """What earlier extractors read of the captures of a shown article, the newest capture first; none of a capture
    whose words are kept back (store.noarchive)."""
    return tuple(_older_row(row) for row in _older(article))


def _older(article: str) -> list[models.OlderReading]:
    if not models.Article.objects.filter(pk=article, hidden_at__isnull=True).exists():
        return []
    spans = noarchive.spans([article])
    rows = models.OlderReading.objects.filter(article=article).order_by("-captured_at", "-pk")
    return [
        row
        for row in rows
        if not articles.withholds(row.content) and not noarchive.kept_back(spans, article, row.captured_at)
    ]


def _older_row(row: models.OlderReading) -> OlderRow:
    return OlderRow(id=row.pk, record_id=row.capture, captured=row.captured_at, extractor=row.extractor)


def older_content(article: str, id: int) -> tuple[OlderRow, Article] | None:
    """One of them, with what was read; None when there is none that may be shown."""
    row = next((row for row in _older(article) if row.pk == id), None)
    return (_older_row(row), shape.load(Article, row.content)) if row is not None else None
