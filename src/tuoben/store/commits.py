"""What an exchange changes. `commit` is the one transaction of law 2: captures, articles, items, outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, transaction

from tuoben import url
from tuoben.ids import mint
from tuoben.model import Capture, Claim, Kind, Link, Outcome, Receipt, RobotsFinding, Signature, Verdict
from tuoben.store import articles, frontier, models, repository

log = logging.getLogger("tuoben.store")


@dataclass(frozen=True, slots=True)
class Rules:
    """The pure decisions that a commit asks the stages for; the stages themselves stay strangers to the rows."""

    articles: articles.Decisions
    period: timedelta
    """Between two visits of a listing, whatever the last one brought."""
    ready: Callable[[Outcome, float | None], frontier.Timing]
    """(outcome, the host's crawl delay) → when its host may be asked again."""


SITEMAP_NEWEST = 1000
"""Scope of a source by default: the newest so many links of each of its sitemaps."""
MOST_VISITS = 30_000
AGAIN_AFTER = timedelta(minutes=10)
"""A link that failed and is still announced is asked for again after this."""
MOST_FAILURES = 6
MOST_PARTS = 30
"""Pages of a multi-page article."""


def commit(outcomes: Sequence[Outcome], rules: Rules) -> list[Receipt]:
    """Record what exchanges changed, in order, in one transaction. After it returns they are durable.

    When one of them cannot be recorded, each gets a transaction of its own, and that one is recorded as failed.
    """
    return _commit(outcomes, rules, lambda outcome: outcome)


def commit_stored(outcomes: Sequence[Outcome], rules: Rules) -> list[Receipt]:
    """Record captures read back from a WARC (after a crash, for a rebuild); known ones are passed over."""
    ids = [outcome.capture.record_id for outcome in outcomes if outcome.capture is not None]
    known = set(models.Capture.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
    fresh = [outcome for outcome in outcomes if outcome.capture is not None and outcome.capture.record_id not in known]
    return _commit(fresh, rules, lambda outcome: replace(outcome, claim=_known(outcome.claim, outcome.at)))


def _commit(outcomes: Sequence[Outcome], rules: Rules, prepare: Callable[[Outcome], Outcome]) -> list[Receipt]:
    try:
        return _together(outcomes, rules, prepare)
    except OperationalError:
        raise  # the database itself: no outcome is to blame
    except Exception:
        log.exception("committing %d outcomes", len(outcomes))
    receipts = []
    for outcome in outcomes:
        try:
            receipts += _together([outcome], rules, prepare)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 the same
            receipts += _together([_bare(outcome, error)], rules, prepare)
    return receipts


@transaction.atomic
def _together(outcomes: Sequence[Outcome], rules: Rules, prepare: Callable[[Outcome], Outcome]) -> list[Receipt]:
    receipts = [_settle(prepare(outcome), rules) for outcome in outcomes]
    captures = [outcome.capture for outcome in outcomes if outcome.capture is not None]
    for name in {capture.segment for capture in captures}:
        repository.set_committed(name, max(capture.end for capture in captures if capture.segment == name))
    return receipts


def _settle(outcome: Outcome, rules: Rules) -> Receipt:
    claim = outcome.claim
    if claim.source and not models.Source.objects.filter(pk=claim.source).exists():  # removed while this was under way
        claim = replace(claim, source="", listing=0)
        outcome = replace(outcome, claim=claim)
    receipt = Receipt(outcome=outcome)
    if outcome.capture is not None:
        _record_capture(outcome.capture)
    if claim.kind is Kind.ROBOTS:
        _record_robots(outcome)
    elif claim.kind is Kind.LISTING:
        receipt = _record_listing(outcome)
    elif claim.kind is Kind.PAGE:
        receipt = _record_page(outcome, rules)
    _add_requisites(outcome, receipt.article or claim.article)
    if outcome.redirect:
        _follow(outcome)
    _close_item(outcome, rules.period)
    if claim.item:
        delay = models.Host.objects.filter(authority=claim.host).values_list("crawl_delay", flat=True).first()
        frontier.release(claim, rules.ready(outcome, delay))
    return receipt


def _bare(outcome: Outcome, error: Exception) -> Outcome:
    """What is left of an outcome that cannot be recorded: the capture, and the reason."""
    why = f"An unexpected {type(error).__name__} stopped this item; the log has the details."
    return Outcome(
        claim=outcome.claim,
        at=outcome.at,
        ended=outcome.ended,
        capture=outcome.capture,
        verdict=Verdict.FAILED,
        error=why,
    )


def _known(claim: Claim, at: datetime) -> Claim:
    """A claim from a WARC with the rows it speaks of; what the rows lack is made anew."""
    if claim.source:
        source, _ = models.Source.objects.get_or_create(
            id=claim.source,
            defaults={
                "url": claim.source_url,
                "name": claim.source_name,
                "category": claim.source_category,
                "added_at": at,
            },
        )
        if claim.listing_url:
            repository.add_listing(source, claim.listing_url, claim.listing_kind, at)
            listing = models.Listing.objects.get(source=source, url=claim.listing_url)
            claim = replace(claim, listing=listing.pk)
    item = frontier.item_of(claim, at)
    known = models.Item.objects.filter(key=item.key).first()
    if known is None:
        frontier.add([item], at)
        known = item
    if claim.article and known.article != claim.article:
        models.Item.objects.filter(pk=known.pk).update(article=claim.article)
    return replace(claim, item=known.pk, epoch=known.epoch)


def _record_capture(capture: Capture) -> None:
    models.Capture.objects.create(
        record_id=capture.record_id,
        url=capture.url,
        key=url.canonical(capture.url),
        kind=capture.kind,
        time=capture.time,
        segment=capture.segment,
        offset=capture.offset,
        length=capture.length,
        end=capture.end,
        status=capture.status,
        mime=capture.mime[:200],
        block_digest=capture.block_digest,
        payload_digest=capture.payload_digest,
        payload_length=capture.payload_length,
        revisit_of=capture.revisit_of,
        truncated=capture.truncated,
    )


def _record_robots(outcome: Outcome) -> None:
    found, claim = outcome.robots, outcome.claim
    if found is None and outcome.verdict is Verdict.FAILED:
        until = outcome.at + timedelta(minutes=10)
        found = RobotsFinding(body=b"", verdict="disallow-all", until=until)
    host = frontier.host_of(claim.for_host or claim.host, outcome.at)
    if found is not None:
        host.robots, host.robots_verdict, host.robots_until = found.body, found.verdict, found.until
        host.crawl_delay, host.robots_waiting = found.crawl_delay, False
        host.save()
        if found.verdict == "disallow-all":
            _postpone(host, found.until, outcome.error)
        frontier.wake(host)


def _postpone(host: models.Host, until: datetime, why: str) -> None:
    waiting = models.Item.objects.filter(
        host=host.authority, state=models.Item.State.QUEUED, rank__gt=0, due_at__lt=until
    )
    waiting.update(
        due_at=until, error=why or "The host's robots.txt cannot be read, so nothing may be asked of it yet."
    )


def _record_listing(outcome: Outcome) -> Receipt:
    claim = outcome.claim
    listing = models.Listing.objects.filter(pk=claim.listing).first()
    if listing is None:
        return Receipt(outcome=outcome)
    listing.checked_at, listing.error = outcome.at, outcome.error
    if outcome.capture is not None:
        listing.status = outcome.capture.status
    listing.save(update_fields=["checked_at", "error", "status"])
    for address in outcome.sitemaps:
        repository.add_listing(listing.source, address, "sitemap", outcome.at)
    links = outcome.links
    if claim.listing_kind == "sitemap":
        links = newest(links, SITEMAP_NEWEST)
    pages = [_page_item(claim, link, outcome.at) for link in links]
    _ask_again([page.key for page in pages], outcome.at)
    return Receipt(outcome=outcome, new_links=len(frontier.add(pages, outcome.at)))


def _ask_again(keys: Sequence[str], now: datetime) -> None:
    """Links that failed at first (a page may be announced before it is there) and are announced still."""
    failed = models.Item.objects.filter(
        key__in=keys,
        state=models.Item.State.FAILED,
        visits=0,
        attempts__lt=MOST_FAILURES,
        due_at__lt=now - AGAIN_AFTER,
    )
    for item in failed:
        item.state, item.due_at = item.State.QUEUED, now
        item.save(update_fields=["state", "due_at"])
        frontier.touch(item.host, now, item.rank, now)


def newest(links: Sequence[Link], count: int) -> tuple[Link, ...]:
    """The newest links of a sitemap; those without a time count as older than those with one, in their order."""
    never = datetime.min.replace(tzinfo=UTC)
    times = [link.published.value.astimezone(UTC) if link.published else never for link in links]
    order = sorted(range(len(links)), key=lambda i: times[i], reverse=True)
    return tuple(links[i] for i in order[:count])


def _page_item(claim: Claim, link: Link, now: datetime) -> models.Item:
    page = replace(
        claim,
        kind=Kind.PAGE,
        url=link.url,
        article=mint(now),
        referer=claim.listing_url if claim.listing_kind == "section" else "",
        link=link,
        via=(),
    )
    return frontier.item_of(page, now)


def _record_page(outcome: Outcome, rules: Rules) -> Receipt:
    claim = outcome.claim
    stored = articles.of_claim(claim)
    if stored is not None and (outcome.gone or outcome.unchanged):
        stored.gone_at = (stored.gone_at or outcome.at) if outcome.gone else None
        stored.save(update_fields=["gone_at"])
    if outcome.article is None or outcome.capture is None:
        if stored is not None and outcome.capture is not None:
            models.Capture.objects.filter(record_id=outcome.capture.record_id).update(article=stored.pk)
            stored.checked_at = outcome.at
            stored.save(update_fields=["checked_at"])
        return Receipt(outcome=outcome, article=stored.pk if stored is not None else "")
    signature = outcome.signature or Signature(exact="", bands=())
    article, new = articles.record(claim, outcome.capture, outcome.article, signature, rules.articles)
    models.Capture.objects.filter(record_id=outcome.capture.record_id).update(article=article)
    _add_parts(outcome, article)
    return Receipt(outcome=outcome, article=article, new_article=new)


def _add_parts(outcome: Outcome, article: str) -> None:
    assert outcome.article is not None
    parts = []
    for number, address in enumerate(outcome.article.next_pages[:MOST_PARTS], start=max(outcome.claim.part, 1) + 1):
        part = replace(
            outcome.claim, url=address, article=article, part=number, referer=outcome.claim.url, link=None, via=()
        )
        parts.append(frontier.item_of(part, outcome.at))
    frontier.add(parts, outcome.at)


def _add_requisites(outcome: Outcome, article: str) -> None:
    """Queue what a page, or a style sheet, needs; and note for each article that shows it that it needs it."""
    claim, addresses = outcome.claim, tuple(dict.fromkeys(outcome.requisites))
    if not addresses:
        return
    owners = {article} if article else set()
    if claim.kind is Kind.REQUISITE:
        models.Item.objects.filter(pk=claim.item).update(needs=list(addresses))
        owners |= set(models.Requisite.objects.filter(url=claim.url).values_list("article_id", flat=True))
    keys = [f"requisite {address}" for address in addresses]
    behind = models.Item.objects.filter(key__in=keys).exclude(needs=[]).values_list("needs", flat=True)
    wanted = dict.fromkeys([*addresses, *(address for needs in behind for address in needs)])
    for owner in models.Article.objects.filter(pk__in=owners).values_list("pk", flat=True):
        known = set(models.Requisite.objects.filter(article=owner).values_list("url", flat=True))
        models.Requisite.objects.bulk_create(
            models.Requisite(article_id=owner, url=address, key=url.canonical(address))
            for address in wanted
            if address not in known
        )
    about = replace(claim, kind=Kind.REQUISITE, article=article, part=0, referer=claim.url, link=None, via=())
    frontier.add([frontier.item_of(replace(about, url=address), outcome.at) for address in addresses], outcome.at)


def _follow(outcome: Outcome) -> None:
    """Queue the target of a redirect as an item of its own; a target that is known already makes this one its alias."""
    claim = outcome.claim
    item = frontier.item_of(replace(claim, url=outcome.redirect, via=(*claim.via, claim.url)), outcome.at)
    if frontier.add([item], outcome.at):
        return
    known = models.Item.objects.filter(key=item.key).first()
    if known is not None and known.pk != claim.item:
        models.Item.objects.filter(pk=claim.item).update(alias_of=known)
        if claim.kind in (Kind.ROBOTS, Kind.LISTING) and known.state not in (known.State.QUEUED, known.State.LEASED):
            known.state, known.due_at, known.via = known.State.QUEUED, outcome.at, item.via
            known.save(update_fields=["state", "due_at", "via"])
            frontier.touch(known.host, outcome.at, known.rank, outcome.at)


def _close_item(outcome: Outcome, period: timedelta) -> None:
    item = models.Item.objects.filter(pk=outcome.claim.item, epoch=outcome.claim.epoch).first()
    if item is None:
        return
    states = models.Item.State
    due_at = outcome.due_at
    if due_at is None and item.kind == Kind.LISTING and not item.via:
        due_at = outcome.at + period  # a listing is asked again whatever became of it: it may move, break and come back
    done = outcome.verdict is Verdict.DONE
    item.error = outcome.error
    item.attempts = 0 if done else item.attempts + outcome.counts
    if done or (outcome.verdict is Verdict.FAILED and due_at is not None):
        item.visits = min(item.visits + 1, MOST_VISITS)
    if done:
        item.etag, item.last_modified = outcome.etag[:400], outcome.last_modified[:100]
        if outcome.capture is not None and not outcome.unchanged:
            item.payload_digest = "" if outcome.capture.truncated else outcome.capture.payload_digest
    if due_at is not None:
        item.state, item.due_at = states.QUEUED, due_at
    else:
        item.state = {Verdict.FAILED: states.FAILED, Verdict.REFUSED: states.REFUSED}.get(outcome.verdict, states.DONE)
    item.save()
