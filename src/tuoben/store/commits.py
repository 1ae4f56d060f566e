"""What an exchange changes. `commit` is the one transaction of law 2: captures, articles, items, outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction

from tuoben.model import Claim, Kind, Outcome, Receipt, RobotsFinding, Verdict
from tuoben.store import (
    announced,
    articles,
    frontier,
    imports,
    listings,
    lots,
    models,
    past,
    repository,
    requisites,
    sources,
    tdmfile,
    twins,
)
from tuoben.store.batch import READ, Batch
from tuoben.store.database import TRIES, passing
from tuoben.store.visits import Before, Visits

log = logging.getLogger("tuoben.store")


@dataclass(frozen=True, slots=True)
class Rules:
    """The pure decisions that a commit asks the stages for; the stages themselves stay strangers to the rows."""

    articles: articles.Decisions
    visits: Visits
    """When listings and articles are visited again."""
    ready: Callable[[Outcome, float | None, int], frontier.Timing]
    """(outcome, the host's crawl delay, its strikes before) → when its host may be asked again."""


MOST_VISITS = 30_000
STALE = -1
"""An epoch that no lease has."""
MOST_PARTS = 30
"""Pages of a multi-page article."""


def commit(
    outcomes: Sequence[Outcome],
    rules: Rules,
    marks: Mapping[str, int] | None = None,
    done: dict[int, Receipt] | None = None,
) -> list[Receipt]:
    """Record what exchanges changed, in order, in one transaction. After it returns they are durable.

    `marks`: segment → how far all its captures are known once these are (`archive.marks`); without it, as far as these
    reach. When one of them cannot be recorded, each gets a transaction of its own, and that one is recorded as failed.
    `done`: id of an outcome → its receipt, kept for the caller who repeats this after an error of the database.
    """
    ends = _ends(outcomes) if marks is None else marks
    return _commit(outcomes, rules, _beside, ends, {} if done is None else done)


def commit_stored(outcomes: Sequence[Outcome], rules: Rules, holder: str = "") -> list[Receipt]:
    """Record captures read back from a WARC (after a crash, for a rebuild); known ones are passed over.

    `holder`: the process that fetched them and ended; what it had leased is completed by this.
    """
    fresh = _unknown([outcome for outcome in outcomes if outcome.capture is not None])
    if any(outcome.capture is not None and outcome.capture.origin for outcome in fresh):  # its segment has no others
        return imports.commit(fresh, rules.articles)
    known_too = _ends(outcomes)

    def prepare(outcome: Outcome) -> Outcome:
        return replace(outcome, claim=_known(outcome.claim, outcome.at, holder))

    receipts: list[Receipt] = []
    *before, last = lots.portions(fresh) or [[]]
    for some in before:
        receipts += _commit([_begun(one, prepare) for one in some], rules, prepare, _ends(some), {})
    return receipts + _commit([_begun(one, prepare) for one in last], rules, prepare, known_too, {})


def _begun(outcome: Outcome, prepare: Callable[[Outcome], Outcome]) -> Outcome:
    """Of a listing that announced very much: all but the last lot of it queued."""
    if lots.many(outcome):
        with transaction.atomic():
            outcome = prepare(outcome)
        while lots.many(outcome):
            outcome = lots.ahead(outcome)
    return outcome


def _unknown(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Without those whose capture is in the rows."""
    ids = [outcome.capture.record_id for outcome in outcomes if outcome.capture is not None]
    known = set(models.Capture.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
    return [outcome for outcome in outcomes if outcome.capture is None or outcome.capture.record_id not in known]


def _ends(outcomes: Sequence[Outcome]) -> dict[str, int]:
    ends: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.capture is not None:
            ends[outcome.capture.segment] = max(outcome.capture.end, ends.get(outcome.capture.segment, 0))
    return ends


def _commit(
    outcomes: Sequence[Outcome],
    rules: Rules,
    prepare: Callable[[Outcome], Outcome],
    marks: Mapping[str, int],
    done: dict[int, Receipt],
) -> list[Receipt]:
    outcomes = [outcome for outcome in outcomes if id(outcome) not in done]
    for _ in range(TRIES):
        try:
            return [*done.values(), *_together(outcomes, rules, prepare, marks)]
        except OperationalError as error:
            if not passing(error):
                raise  # the database itself: no outcome is to blame
        except IntegrityError:  # another process was quicker with the same rows, or we had committed without knowing it
            outcomes = _unknown(outcomes)
        except Exception:
            log.exception("committing %d outcomes", len(outcomes))
            break
    for outcome in outcomes:
        ours = marks if outcome is outcomes[-1] else {}
        try:
            (done[id(outcome)],) = _together([outcome], rules, prepare, ours)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("committing %s", outcome.claim.url)
            (done[id(outcome)],) = _together([lots.bare(outcome, error)], rules, prepare, ours)
    return list(done.values())


@transaction.atomic
def _together(
    outcomes: Sequence[Outcome], rules: Rules, prepare: Callable[[Outcome], Outcome], marks: Mapping[str, int]
) -> list[Receipt]:
    receipts = []
    if outcomes:
        outcomes = [prepare(outcome) for outcome in outcomes]
        now = max(outcome.ended for outcome in outcomes)
        batch = Batch(outcomes, now, rules.visits)
        receipts = [_settle(outcome, rules, batch) for outcome in outcomes]
        batch.save(now)
    for name, end in marks.items():
        repository.set_committed(name, end)
    return receipts


def _settle(outcome: Outcome, rules: Rules, batch: Batch) -> Receipt:
    claim = outcome.claim
    if claim.source and claim.source not in batch.sources:  # removed while this was under way
        claim = replace(claim, source="", listing=0)
        outcome = replace(outcome, claim=claim)
    receipt = Receipt(outcome=outcome)
    if outcome.capture is not None:
        batch.record(outcome.capture)
    if claim.loaded or claim.kind is Kind.SCREENSHOT:
        _loaded(outcome, batch)
    elif claim.kind is Kind.ROBOTS:
        _record_robots(outcome, rules, batch)
    elif claim.kind is Kind.LISTING:
        receipt = announced.record(outcome, batch, _delay(outcome, rules, batch))
    elif claim.kind in READ:
        receipt = _record_page(outcome, rules, batch)
    requisites.add(outcome, receipt.article or claim.article, batch)
    outcome = receipt.outcome
    if outcome.tdm is not None:
        tdmfile.keep(claim, outcome.tdm)
    if outcome.redirect:
        _follow(outcome, batch)
    if outcome.render:
        _open(outcome, batch)
    _close_item(outcome, batch)
    if claim.item:
        frontier.release(claim, _ready(outcome, rules, batch), batch.hosts)
    return receipt


def _ready(outcome: Outcome, rules: Rules, batch: Batch) -> frontier.Timing:
    host = batch.hosts[outcome.claim.host]
    return rules.ready(outcome, host.crawl_delay, host.strikes)


def _delay(outcome: Outcome, rules: Rules, batch: Batch) -> float:
    """Seconds that the host of an outcome wants between two requests, when it does not rest."""
    rests = outcome.host_rests_until or outcome.overloaded
    asked = replace(outcome, host_rests_until=None, overloaded=0.0) if rests else outcome
    return (_ready(asked, rules, batch).page - asked.ended).total_seconds()


def _known(claim: Claim, at: datetime, holder: str) -> Claim:
    """A claim from a WARC with the rows it speaks of; what the rows lack is made anew.

    When somebody else than `holder` has leased the item by now, or completed it, this completes nothing.
    """
    if claim.source:
        source = sources.restored(claim, at)
        if claim.listing_url:
            listing = _known_listing(source, claim, at)
            claim = replace(claim, listing=listing.pk)
    if claim.kind is Kind.SCREENSHOT:  # it came with its page
        return claim
    return _itemised(claim, at, holder)


def _itemised(claim: Claim, at: datetime, holder: str) -> Claim:
    """A claim with the item it speaks of, made anew where there is none."""
    item = frontier.item_of(claim, at)
    known = models.Item.objects.filter(key=item.key).first()
    if known is None:
        frontier.add([item], at)
        known = models.Item.objects.get(key=item.key)
    if claim.article and known.article != claim.article:
        models.Item.objects.filter(pk=known.pk).update(article=claim.article)
    leased = known.state == known.State.LEASED and frontier.holder_of(known.host) != holder
    done = bool(holder) and known.visits > claim.visits  # by somebody else, after the lease ran out
    return replace(claim, item=known.pk, epoch=STALE if leased or done else known.epoch)


def _known_listing(source: models.Source, claim: Claim, at: datetime) -> models.Listing:
    """The listing that a claim from a WARC speaks of. A template of date pages is never asked for itself."""
    if claim.listing_kind == past.DATES:
        told = {"kind": claim.listing_kind}
        return models.Listing.objects.get_or_create(source=source, url=claim.listing_url, defaults=told)[0]
    repository.add_listing(source, claim.listing_url, claim.listing_kind, at)
    return models.Listing.objects.get(source=source, url=claim.listing_url)


def _record_robots(outcome: Outcome, rules: Rules, batch: Batch) -> None:
    found, claim = outcome.robots, outcome.claim
    if found is None and outcome.verdict is Verdict.FAILED:
        until = outcome.at + timedelta(minutes=10)
        found = RobotsFinding(body=b"", verdict="disallow-all", until=until)
    host = batch.hosts[claim.for_host or claim.host]
    if found is not None:
        host.robots, host.robots_verdict, host.robots_until = found.body, found.verdict, found.until
        host.crawl_delay, host.robots_waiting = found.crawl_delay, False
        host.save(update_fields=["robots", "robots_verdict", "robots_until", "crawl_delay", "robots_waiting"])
        if found.verdict == "disallow-all":
            _postpone(host, found.until, outcome.error)
        if host.authority != claim.host:  # its own turn, in which it sent us there, knew nothing of its delay
            timing = rules.ready(outcome, host.crawl_delay, 0)
            host.page_ready_at = max(host.page_ready_at, timing.page)
            host.requisite_ready_at = max(host.requisite_ready_at, timing.requisite)
        batch.hosts.stir(host)


def _postpone(host: models.Host, until: datetime, why: str) -> None:
    waiting = models.Item.objects.filter(
        host=host.authority, state=models.Item.State.QUEUED, rank__gt=0, due_at__lt=until
    )
    waiting.update(
        due_at=until, error=why or "The host's robots.txt cannot be read, so nothing may be asked of it yet."
    )


def _record_page(outcome: Outcome, rules: Rules, batch: Batch) -> Receipt:
    claim = outcome.claim
    stored = articles.of_claim(claim) if claim.article in batch.articles else None
    before = Before.of(stored)
    listings.judged(outcome)
    if stored is None and outcome.verdict is Verdict.FAILED and claim.link is not None and claim.link.entry:
        frontier.want_entry(claim.article)
    told = stored is not None and twins.is_home(stored, claim)  # a twin, or a further page, says nothing of the article
    if stored is not None and told and (outcome.gone or outcome.unchanged) and stored.checked_at <= outcome.at:
        stored.gone_at = (stored.gone_at or outcome.at) if outcome.gone else None
        stored.gone_why = outcome.gone
        stored.save(update_fields=["gone_at", "gone_why"])
    if outcome.article is None or outcome.capture is None:
        if stored is not None and outcome.capture is not None:
            batch.captures[outcome.capture.record_id].article = stored.pk
            stored.checked_at = max(outcome.at, stored.checked_at)
            stored.save(update_fields=["checked_at"])
        return _again(Receipt(outcome=outcome, article=stored.pk if stored is not None else ""), before, batch, rules)
    page = articles.record(claim, outcome.capture, outcome.article, outcome.signature, rules.articles)
    batch.articles |= {page.article, claim.article}
    batch.captures[outcome.capture.record_id].article = page.article
    for capture in batch.captures.values():
        if capture.article in (claim.article, *page.merged):
            capture.article = page.article
    if page.twin:
        return Receipt(outcome=replace(outcome, due_at=None), article=page.article)
    if page.new and claim.past is not None:
        past.captured(claim)
    if page.new:
        tdmfile.ask(claim, outcome.at, batch.hosts)
    if not page.repeats:
        add_parts(outcome, page.article, batch)
    return _again(Receipt(outcome=outcome, article=page.article, new_article=page.new), before, batch, rules)


def _again(receipt: Receipt, before: Before | None, batch: Batch, rules: Rules) -> Receipt:
    """The receipt of a page with the time of its next visit."""
    outcome = receipt.outcome
    due_at = batch.round.looked(receipt, before, lambda: _delay(outcome, rules, batch))
    return receipt if due_at == outcome.due_at else replace(receipt, outcome=replace(outcome, due_at=due_at))


def add_parts(outcome: Outcome, article: str, batch: Batch) -> None:
    """Queue the further pages of a multi-page article."""
    assert outcome.article is not None
    parts = []
    first = max(outcome.claim.part, 1) + 1
    for number, address in enumerate(outcome.article.next_pages[: max(MOST_PARTS + 1 - first, 0)], start=first):
        part = replace(
            outcome.claim, url=address, article=article, part=number, referer=outcome.claim.url, link=None, via=()
        )
        parts.append(frontier.item_of(part, outcome.at))
    frontier.add(parts, outcome.at, batch.hosts)


def _follow(outcome: Outcome, batch: Batch) -> None:
    """Queue the target of a redirect as an item of its own; a target that is known already makes this one its alias.

    To where a page led a browser somebody goes without one first, as to every page."""
    claim, own = outcome.claim, batch.items.get(outcome.claim.item)
    due_at = own.due_at if own is not None and frontier.is_first(own.due_at) else outcome.at
    kind = Kind.PAGE if claim.kind is Kind.RENDERED else claim.kind
    item = frontier.item_of(replace(claim, kind=kind, url=outcome.redirect, via=(*claim.via, claim.url)), due_at)
    if frontier.add([item], outcome.at, batch.hosts):
        return
    known = models.Item.objects.filter(key=item.key).first()
    if known is not None and known.pk != claim.item:
        known = batch.items.get(known.pk, known)
        if own is not None:
            own.alias_of = known
            batch.aliases.append(own)
        if claim.kind in (Kind.ROBOTS, Kind.LISTING) and known.state not in (known.State.QUEUED, known.State.LEASED):
            known.state, known.due_at, known.via = known.State.QUEUED, outcome.at, item.via
            known.save(update_fields=["state", "due_at", "via"])
            batch.hosts.stir(batch.hosts[known.host])


def _open(outcome: Outcome, batch: Batch) -> None:
    """Queue a page to be opened in a browser; one that was opened before is opened again."""
    own = batch.items.get(outcome.claim.item)
    due_at = own.due_at if own is not None and frontier.is_first(own.due_at) else outcome.at
    item = frontier.item_of(replace(outcome.claim, kind=Kind.RENDERED), due_at)
    if frontier.add([item], outcome.at, batch.hosts):
        return
    states = models.Item.State
    known = models.Item.objects.filter(key=item.key).exclude(state__in=(states.QUEUED, states.LEASED))
    if known.update(state=states.QUEUED, due_at=due_at, attempts=0, article=item.article):
        batch.hosts.stir(batch.hosts[frontier.LANE])


def _beside(outcome: Outcome) -> Outcome:
    """What a browser loaded beside the frontier gets its item there, so that nobody asks for it once more."""
    claim = outcome.claim
    if not claim.loaded or claim.item:
        return outcome
    if claim.source and not models.Source.objects.filter(pk=claim.source).exists():
        claim = replace(claim, source="", listing=0)
    return replace(outcome, claim=_itemised(claim, outcome.at, ""))


def _loaded(outcome: Outcome, batch: Batch) -> None:
    """A capture that belongs to an article, and that nothing is read from."""
    if outcome.capture is not None and outcome.claim.kind is not Kind.REQUISITE:
        batch.captures[outcome.capture.record_id].article = outcome.claim.article


def _close_item(outcome: Outcome, batch: Batch) -> None:
    item = batch.item(outcome.claim)
    if item is None:
        return
    states = models.Item.State
    due_at = outcome.due_at
    done = outcome.verdict is Verdict.DONE
    item.error = outcome.error
    item.attempts = 0 if done else item.attempts + outcome.counts
    if done or (outcome.verdict is Verdict.FAILED and due_at is not None):
        item.visits = min(item.visits + 1, MOST_VISITS)
    if done:
        item.etag, item.last_modified = outcome.etag[:400], outcome.last_modified[:100]
        if outcome.capture is not None and not outcome.unchanged:
            again = outcome.capture.truncated or outcome.redirect
            item.payload_digest = "" if again else outcome.capture.payload_digest
    if item.kind in READ and item.visits:
        item.rank = frontier.RECHECK
    if due_at is not None:
        item.state, item.due_at = states.QUEUED, due_at
    else:
        if frontier.is_first(item.due_at):
            item.due_at = outcome.ended
        item.state = {Verdict.FAILED: states.FAILED, Verdict.REFUSED: states.REFUSED}.get(outcome.verdict, states.DONE)
    batch.change(item)
