"""What an import changes in the rows: many captures of other programs' files at once, looked up and written in bulk.

An article that is new, and met once in the batch, is written with the others in a handful of statements; one that is
known goes the way of `articles.record`, one by one. Nothing is queued in the frontier: an import asks nobody for
anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Model

from tuoben import shape, url
from tuoben.model import Article, Capture, Outcome, Placement, Receipt
from tuoben.store import articles, categories, copies, logged, models, repository, runs, twins
from tuoben.store.articles import Decisions
from tuoben.store.database import TRIES, column_of, insert_all, insert_rows, new, one_writer, passing

CHUNK = 500
"""Values in one look-up: below what SQLite takes."""
Rows = dict[str, models.Article]


# --- how far a file is ------------------------------------------------------------------------------------------------
def begun(key: str) -> tuple[int, int, dict[str, int], bool]:
    """(offset, index, counts, whether it is done) of a file; zeros when it was never imported."""
    row = models.Import.objects.filter(pk=key).first()
    return (row.offset, row.index, dict(row.counts), row.done) if row is not None else (0, 0, {}, False)


def mark(key: str, name: str, place: tuple[int, int], counts: Mapping[str, int], now: datetime, *, done: bool) -> None:
    """Keep how far a file is."""
    told = {"name": name[:200], "offset": place[0], "index": place[1], "counts": dict(counts), "at": now, "done": done}
    models.Import.objects.update_or_create(pk=key, defaults=told)


# --- look-ups before records are read ---------------------------------------------------------------------------------
def known(record_ids: Sequence[str]) -> set[str]:
    """Those of the captures that the rows have."""
    return set(_among(models.Capture, "record_id", record_ids))


def own(record_ids: Sequence[str]) -> dict[str, Capture]:
    """Those of the ids that are captures which we made ourselves."""
    found = {}
    for part in _parts(record_ids):
        for row in models.Capture.objects.filter(record_id__in=part, origin=""):
            found[row.record_id] = repository.capture_record(row)
    return found


def held(payloads: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(canonical URL, payload digest) → id of the article that was read from that very payload."""
    found = {}
    wanted = set(payloads)
    for part in _parts([digest for _, digest in payloads]):
        rows = models.Capture.objects.filter(payload_digest__in=part).exclude(article="")
        for key, digest, article in rows.values_list("key", "payload_digest", "article"):
            if (key, digest) in wanted:
                found[key, digest] = article
    return found


def original(address: str, time: datetime) -> Capture | None:
    """The capture with a payload of a URL at a time: what a revisit of another program refers to."""
    rows = models.Capture.objects.filter(key=url.key(address), revisit_of="").exclude(payload_length=0)
    row = rows.filter(time=time).first()
    return repository.capture_record(row) if row is not None else None


def sources() -> list[tuple[str, str, str, str]]:
    """(id, URL, name, category) of all sources."""
    return list(models.Source.objects.values_list("id", "url", "name", "category"))


def _among(kind: type[Model], column: str, values: Iterable[str]) -> Iterator[str]:
    """Those of some values that a column holds."""
    for part in _parts(values):
        yield from column_of(kind, column, f"{column} IN ({{}})", [part])


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


# --- one transaction --------------------------------------------------------------------------------------------------
def commit(outcomes: Sequence[Outcome], decide: Decisions, after: Callable[[], None] = lambda: None) -> list[Receipt]:
    """Record imported captures and what was read from them, in one transaction; known ones are passed over.

    `after` runs within it, and again when the transaction must be tried again. After it returns all is durable.
    """
    for _ in range(TRIES - 1):
        try:
            return _together(outcomes, decide, after)
        except OperationalError as error:
            if not passing(error):
                raise
    return _together(outcomes, decide, after)


@transaction.atomic
def _together(outcomes: Sequence[Outcome], decide: Decisions, after: Callable[[], None]) -> list[Receipt]:
    one_writer()  # an article's place among copies is decided by one transaction after the other
    ids = known([outcome.capture.record_id for outcome in outcomes if outcome.capture is not None])
    fresh: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.capture is not None and outcome.capture.record_id not in ids:
            fresh.setdefault(outcome.capture.record_id, outcome)
    chosen = list(fresh.values())
    _sources_of(chosen)
    batch = _Batch(decide)
    owner = {id(outcome): article for outcome, article in batch.record(chosen)}
    again = [outcome.claim.article for outcome in chosen if outcome.unchanged and outcome.claim.article]
    there = set(_among(models.Article, "id", again))
    receipts = []
    for outcome in chosen:
        article, is_new = owner.get(id(outcome), ("", False))
        while article in batch.merged:
            article = batch.merged[article]
        if outcome.unchanged and outcome.claim.article in there:
            article = outcome.claim.article
        receipts.append(Receipt(outcome=outcome, article=article, new_article=is_new))
    insert_all(
        repository.capture_row(receipt.outcome.capture, receipt.article)
        for receipt in receipts
        if receipt.outcome.capture is not None
    )
    logged.add(outcome.capture for outcome in chosen if outcome.capture is not None)
    ends: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.capture is not None:
            ends[outcome.capture.segment] = max(ends.get(outcome.capture.segment, 0), outcome.capture.end)
    for segment, end in ends.items():
        repository.set_committed(segment, end)
    after()
    return receipts


def _sources_of(outcomes: Sequence[Outcome]) -> None:
    """Make the sources that a rebuild has not met yet."""
    told = {outcome.claim.source: outcome.claim for outcome in outcomes if outcome.claim.source}
    there = set(models.Source.objects.filter(pk__in=list(told)).values_list("pk", flat=True))
    for pk, claim in told.items():
        if pk not in there:
            values = {"url": claim.source_url, "name": claim.source_name, "category": claim.source_category}
            models.Source.objects.create(id=pk, added_at=claim_time(outcomes, pk), **values)


def claim_time(outcomes: Sequence[Outcome], source: str) -> datetime:
    """When a source was first heard of."""
    return min(outcome.at for outcome in outcomes if outcome.claim.source == source)


class _Batch:
    """The articles of one transaction: the new ones are gathered, then written together."""

    def __init__(self, decide: Decisions) -> None:
        self._decide = decide
        self._rows: Rows = {}
        self._texts: dict[str, Article] = {}
        self._corrected: set[str] = set()
        """Articles on whose category the desk has spoken, before a rebuild."""
        self._led: set[str] = set()
        """Groups that articles of the rows entered."""
        self.merged: dict[str, str] = {}
        """Id of an article → that of the one that it turned out to be."""

    def record(self, outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, tuple[str, bool]]]:
        """Each page with the id of its article and whether that is new."""
        pages = [outcome for outcome in outcomes if outcome.article is not None and outcome.capture is not None]
        taken = self._taken(pages)
        single: list[Outcome] = []
        later: list[Outcome] = []
        for outcome in pages:
            keys = _addresses(outcome)
            (later if keys & taken or outcome.claim.article in taken else single).append(outcome)
            taken |= keys | {outcome.claim.article}
        near = copies.Nearby(outcome.signature for outcome in single)
        self._corrected = categories.corrected([outcome.claim.article for outcome in single])
        for outcome in single:
            self._new(outcome, near)
            yield outcome, (outcome.claim.article, True)
        self._write(single, near)
        for outcome in later:
            yield outcome, self._known(outcome)

    def _taken(self, pages: Sequence[Outcome]) -> set[str]:
        """The addresses and ids among those of the pages that an article has already."""
        wanted = {key for outcome in pages for key in _addresses(outcome)}
        ids = [outcome.claim.article for outcome in pages]
        found = set(_among(models.Article, "key", wanted))
        found.update(_among(models.Address, "key", wanted), _among(models.Address, "fold", wanted))
        found.update(_among(models.Article, "id", ids), _among(models.Alias, "id", ids))
        return found

    def _new(self, outcome: Outcome, near: copies.Nearby) -> None:
        claim, capture, article = outcome.claim, outcome.capture, outcome.article
        assert capture is not None and article is not None
        canonical = article.canonical or article.url
        row = new(models.Article, id=claim.article, key=url.key(canonical), url=article.url, canonical=canonical)
        row.first_captured_at, row.exact = capture.time, copies.exact(outcome.signature)
        row.site_id = claim.source or None
        held = near.to(article, outcome.signature)
        placement = self._decide.place(article, row.pk, held, articles.hints_of(claim))
        articles.fill(row, capture, article, placement, free=row.pk not in self._corrected)
        self._join(placement, near)
        self._rows[row.pk], self._texts[row.pk] = row, article
        near.add(row, article.text, outcome.signature)

    def _join(self, placement: Placement, near: copies.Nearby) -> None:
        if not placement.group or not placement.joins:
            return
        moving = set(placement.joins)
        for id, row in self._rows.items():
            if id in moving or row.group in moving:
                row.group = placement.group
        if outside := {id for id in moving if id not in self._rows or id in self._led}:
            copies.join_group(outside, placement.group)
            near.moved(outside, placement.group)
            self._led.add(placement.group)

    def _write(self, single: Sequence[Outcome], near: copies.Nearby) -> None:
        insert_all(self._rows.values())
        revisions: list[models.Revision] = []
        requisites: list[tuple[str, ...]] = []
        for outcome in single:
            assert outcome.capture is not None and outcome.article is not None
            pk = outcome.claim.article
            revisions.append(
                new(
                    models.Revision,
                    article_id=pk,
                    number=1,
                    **articles.read_from(outcome.capture, shape.dump(outcome.article)),
                )
            )
            requisites += [(pk, one, url.key(one)) for one in dict.fromkeys(outcome.requisites)]
        insert_all(revisions)
        insert_rows(models.Requisite, ("article_id", "url", "key"), requisites)
        runs.write(near.added())
        insert_rows(models.Outbox, ("topic", "article"), [("index", pk) for pk in self._rows])
        twins.know_all((self._rows[pk], self._texts[pk]) for pk in self._rows)

    def _known(self, outcome: Outcome) -> tuple[str, bool]:
        """A page of an article that is in the rows (or came earlier in the batch)."""
        assert outcome.capture is not None and outcome.article is not None
        page = articles.record(outcome.claim, outcome.capture, outcome.article, outcome.signature, self._decide)
        pk = page.article
        self.merged |= dict.fromkeys(page.merged, pk)
        if pk:
            known = set(models.Requisite.objects.filter(article=pk).values_list("url", flat=True))
            wanted = [one for one in dict.fromkeys(outcome.requisites) if one not in known]
            models.Requisite.objects.bulk_create(
                models.Requisite(article_id=pk, url=one, key=url.key(one)) for one in wanted
            )
        return pk, page.new


def _addresses(outcome: Outcome) -> set[str]:
    """What a page and the articles that it may belong to can have in common: canonical URLs, and folded ones."""
    article = outcome.article
    assert article is not None
    named = (article.url, article.canonical or article.url, *article.twins)
    return {*map(url.key, named), url.fold(article.url)}
