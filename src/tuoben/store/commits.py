"""What an exchange changes. `commit` is the one transaction of law 2: captures, articles, items, outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction

from tuoben import url
from tuoben.ids import mint
from tuoben.model import Capture, Claim, Kind, Link, Outcome, Receipt, RobotsFinding, Signature, Verdict
from tuoben.store import articles, frontier, imports, listings, logged, models, repository, sources, tdmfile, twins
from tuoben.store.database import insert_all, one_writer, passing, rows_of, save_all
from tuoben.store.visits import Before, Round, Visits

log = logging.getLogger("tuoben.store")


@dataclass(frozen=True, slots=True)
class Rules:
    """The pure decisions that a commit asks the stages for; the stages themselves stay strangers to the rows."""

    articles: articles.Decisions
    visits: Visits
    """When listings and articles are visited again."""
    ready: Callable[[Outcome, float | None], frontier.Timing]
    """(outcome, the host's crawl delay) → when its host may be asked again."""


SITEMAP_NEWEST = 1000
"""Scope of a source by default: the newest so many links of each of its sitemaps."""
MOST_VISITS = 30_000
AGAIN_AFTER = timedelta(minutes=10)
"""A link that failed and is still announced is asked for again after this."""
MOST_FAILURES = 6
TRIES = 5
"""Times that a transaction is tried that another one stood in the way of."""
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
    return _commit(outcomes, rules, lambda outcome: outcome, ends, {} if done is None else done)


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

    return _commit(fresh, rules, prepare, known_too, {})


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
            (done[id(outcome)],) = _together([_bare(outcome, error)], rules, prepare, ours)
    return list(done.values())


class Batch:
    """What one transaction works on: looked up together at its beginning, written together at its end."""

    def __init__(self, outcomes: Sequence[Outcome], now: datetime, rules: Rules) -> None:
        claims = [outcome.claim for outcome in outcomes]
        if any(claim.kind is Kind.PAGE for claim in claims):
            one_writer()  # an article's place among copies is decided by one transaction after the other
        self.hosts = frontier.Hosts(now, _authorities(outcomes))
        told = {claim.source for claim in claims if claim.source}
        self.sources = set(models.Source.objects.filter(pk__in=told).values_list("pk", flat=True))
        asked = [claim.item for claim in claims if claim.item]
        rows = rows_of(models.Item, "id IN ({})", [asked], UNREAD) if asked else []
        self.items = {row.pk: row for row in rows}
        ids = {claim.article for claim in claims if claim.article and claim.kind is Kind.PAGE}
        self.articles = set(models.Article.objects.filter(pk__in=ids).values_list("pk", flat=True))
        self.articles.update(models.Alias.objects.filter(pk__in=ids).values_list("pk", flat=True))
        """Ids that name an article."""
        self.captures: dict[str, models.Capture] = {}
        self.leaves: list[Capture] = []
        self.requisites: list[models.Item] = []
        self.round = Round(rules.visits)
        self._changed: dict[int, models.Item] = {}

    def item(self, claim: Claim) -> models.Item | None:
        """The item of a claim, as this transaction leaves it; None when it is gone or leased anew."""
        item = self.items.get(claim.item)
        return item if item is not None and item.epoch == claim.epoch else None

    def change(self, item: models.Item) -> None:
        """Write the item at the end."""
        self._changed[item.pk] = item

    def save(self, now: datetime) -> None:
        """Write everything."""
        insert_all(self.captures.values())
        logged.add(self.leaves)
        save_all(self._changed.values(), CHANGING)
        frontier.add(self.requisites, now, self.hosts)
        self.round.save()
        self.hosts.save()


CHANGING = (
    "state", "due_at", "attempts", "visits", "error", "etag", "last_modified", "payload_digest", "needs", "alias_of",
)  # fmt: skip
"""Fields of an item that its completion changes."""
UNREAD = ("url", "key", "article", "for_host", "referer", "hints", "via")
"""Fields of an item that its completion does not look at."""


def _authorities(outcomes: Sequence[Outcome]) -> set[str]:
    """All hosts that outcomes speak of: a transaction holds them from its beginning, in one order."""
    found: set[str] = set()
    sites: dict[str, str] = {}
    for outcome in outcomes:
        claim = outcome.claim
        found |= {host for host in (claim.host, claim.for_host) if host}
        named = [*outcome.requisites, *outcome.sitemaps, outcome.redirect, *(link.url for link in outcome.links)]
        named += outcome.article.next_pages if outcome.article is not None else ()
        sites |= {"/".join(address.split("/", 3)[:3]): address for address in named if address}
    return found | {url.authority(address) for address in sites.values()}


@transaction.atomic
def _together(
    outcomes: Sequence[Outcome], rules: Rules, prepare: Callable[[Outcome], Outcome], marks: Mapping[str, int]
) -> list[Receipt]:
    receipts = []
    if outcomes:
        outcomes = [prepare(outcome) for outcome in outcomes]
        now = max(outcome.ended for outcome in outcomes)
        batch = Batch(outcomes, now, rules)
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
        _record_capture(outcome.capture, batch)
    if claim.kind is Kind.ROBOTS:
        _record_robots(outcome, batch)
    elif claim.kind is Kind.LISTING:
        receipt = _record_listing(outcome, batch)
    elif claim.kind is Kind.PAGE:
        receipt = _record_page(outcome, rules, batch)
    add_requisites(outcome, receipt.article or claim.article, batch)
    outcome = receipt.outcome
    if outcome.tdm is not None:
        tdmfile.keep(claim, outcome.tdm)
    if outcome.redirect:
        _follow(outcome, batch)
    _close_item(outcome, batch)
    if claim.item:
        frontier.release(claim, rules.ready(outcome, batch.hosts[claim.host].crawl_delay), batch.hosts)
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


def _known(claim: Claim, at: datetime, holder: str) -> Claim:
    """A claim from a WARC with the rows it speaks of; what the rows lack is made anew.

    When somebody else than `holder` has leased the item by now, or completed it, this completes nothing.
    """
    if claim.source:
        source = sources.restored(claim, at)
        if claim.listing_url:
            repository.add_listing(source, claim.listing_url, claim.listing_kind, at)
            listing = models.Listing.objects.get(source=source, url=claim.listing_url)
            claim = replace(claim, listing=listing.pk)
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


def _record_capture(capture: Capture, batch: Batch) -> None:
    batch.leaves.append(capture)
    batch.captures[capture.record_id] = models.Capture(
        record_id=capture.record_id,
        url=capture.url,
        key=url.key(capture.url),
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
        origin=capture.origin,
    )


def _record_robots(outcome: Outcome, batch: Batch) -> None:
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
        batch.hosts.stir(host)


def _postpone(host: models.Host, until: datetime, why: str) -> None:
    waiting = models.Item.objects.filter(
        host=host.authority, state=models.Item.State.QUEUED, rank__gt=0, due_at__lt=until
    )
    waiting.update(
        due_at=until, error=why or "The host's robots.txt cannot be read, so nothing may be asked of it yet."
    )


def _record_listing(outcome: Outcome, batch: Batch) -> Receipt:
    claim = outcome.claim
    listing = models.Listing.objects.filter(pk=claim.listing).first()
    if listing is None:
        return Receipt(outcome=outcome)
    if claim.part < 2:
        listings.visited(listing, outcome)
    for address in outcome.sitemaps:
        repository.add_listing(listing.source, address, "sitemap", outcome.at, batch.hosts)
    links = outcome.links
    if claim.listing_kind == "sitemap":
        links = newest(links, SITEMAP_NEWEST)
    pages = [_page_item(claim, link, outcome.at) for link in links]
    _ask_again([page.key for page in pages], outcome.at, batch)
    fresh = frontier.add(pages, outcome.at, batch.hosts)
    listings.follow(outcome, len(pages), len(fresh), batch.hosts)
    if claim.part > 1:  # a further page of a section: the first one says when it is looked at again
        return Receipt(outcome=outcome, new_links=len(fresh))
    told = {page.key: link for page, link in zip(pages, links, strict=True)}
    due_at = batch.round.polled(listing, outcome, [told[page.key] for page in fresh])
    if claim.via:
        _put_origin(listing, due_at, batch)
    elif outcome.verdict is not Verdict.RETRY:
        outcome = replace(outcome, due_at=due_at)
    return Receipt(outcome=outcome, new_links=len(fresh))


def _put_origin(listing: models.Listing, due_at: datetime, batch: Batch) -> None:
    """A listing that redirects is asked for at its own address again: what the target brought says when."""
    origin = models.Item.objects.filter(listing=listing, kind=Kind.LISTING, via=[], part__lte=1).first()
    if origin is not None:
        origin = batch.items.get(origin.pk, origin)
        if origin.state == models.Item.State.QUEUED:
            origin.due_at = due_at
            batch.change(origin)
            batch.hosts.stir(batch.hosts[origin.host])


def _ask_again(keys: Sequence[str], now: datetime, batch: Batch) -> None:
    """Links that failed at first (a page may be announced before it is there) and are announced still."""
    failed = models.Item.objects.filter(
        key__in=keys,
        state=models.Item.State.FAILED,
        visits=0,
        attempts__lt=MOST_FAILURES,
        due_at__lt=now - AGAIN_AFTER,
    )
    for item in failed.exclude(pk__in=list(batch.items)):
        item.state, item.due_at = item.State.QUEUED, now
        item.save(update_fields=["state", "due_at"])
        batch.hosts.stir(batch.hosts[item.host])


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
        article=mint(now, of=url.canonical(link.url)),
        part=0,
        learned=None,
        referer=claim.listing_url if claim.listing_kind == "section" else "",
        link=link,
        via=(),
    )
    return frontier.item_of(page, now)


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
    signature = outcome.signature or Signature(exact="", bands=())
    page = articles.record(claim, outcome.capture, outcome.article, signature, rules.articles)
    batch.articles |= {page.article, claim.article}
    batch.captures[outcome.capture.record_id].article = page.article
    for capture in batch.captures.values():
        if capture.article in page.merged:
            capture.article = page.article
    if page.twin:
        return Receipt(outcome=replace(outcome, due_at=None), article=page.article)
    if page.new:
        tdmfile.ask(claim, outcome.at, batch.hosts)
    if not page.repeats:
        _add_parts(outcome, page.article, batch)
    return _again(Receipt(outcome=outcome, article=page.article, new_article=page.new), before, batch, rules)


def _again(receipt: Receipt, before: Before | None, batch: Batch, rules: Rules) -> Receipt:
    """The receipt of a page with the time of its next visit."""
    host = batch.hosts[receipt.outcome.claim.host]
    asked = replace(receipt.outcome, host_rests_until=None)
    delay = (rules.ready(asked, host.crawl_delay).page - asked.ended).total_seconds()
    due_at = batch.round.looked(receipt, before, delay)
    return replace(receipt, outcome=replace(receipt.outcome, due_at=due_at))


def _add_parts(outcome: Outcome, article: str, batch: Batch) -> None:
    assert outcome.article is not None
    parts = []
    first = max(outcome.claim.part, 1) + 1
    for number, address in enumerate(outcome.article.next_pages[: max(MOST_PARTS + 1 - first, 0)], start=first):
        part = replace(
            outcome.claim, url=address, article=article, part=number, referer=outcome.claim.url, link=None, via=()
        )
        parts.append(frontier.item_of(part, outcome.at))
    frontier.add(parts, outcome.at, batch.hosts)


def add_requisites(outcome: Outcome, article: str, batch: Batch) -> None:
    """Queue what a page, or a style sheet, needs; and note for each article that shows it that it needs it."""
    claim, addresses = outcome.claim, tuple(dict.fromkeys(outcome.requisites))
    if not addresses:
        return
    owners = {article} if article else set()
    if claim.kind is Kind.REQUISITE:
        if (item := batch.items.get(claim.item)) is not None:
            item.needs = list(addresses)
            batch.change(item)
        owners |= set(models.Requisite.objects.filter(url=claim.url).values_list("article_id", flat=True))
    keys = [f"requisite {url.fit(address)}" for address in addresses]
    behind = models.Item.objects.filter(key__in=keys).exclude(needs=[]).values_list("needs", flat=True)
    wanted = dict.fromkeys([*addresses, *(address for needs in behind for address in needs)])
    for owner in models.Article.objects.filter(pk__in=owners).values_list("pk", flat=True):
        known = set(models.Requisite.objects.filter(article=owner).values_list("url", flat=True))
        models.Requisite.objects.bulk_create(
            models.Requisite(article_id=owner, url=address, key=url.key(address))
            for address in wanted
            if address not in known
        )
    about = replace(claim, kind=Kind.REQUISITE, article=article, part=0, referer=claim.url, link=None, via=())
    batch.requisites += [frontier.item_of(replace(about, url=address), outcome.at) for address in addresses]


def _follow(outcome: Outcome, batch: Batch) -> None:
    """Queue the target of a redirect as an item of its own; a target that is known already makes this one its alias."""
    claim = outcome.claim
    item = frontier.item_of(replace(claim, url=outcome.redirect, via=(*claim.via, claim.url)), outcome.at)
    if frontier.add([item], outcome.at, batch.hosts):
        return
    known = models.Item.objects.filter(key=item.key).first()
    if known is not None and known.pk != claim.item:
        known = batch.items.get(known.pk, known)
        if (own := batch.items.get(claim.item)) is not None:
            own.alias_of = known
            batch.change(own)
        if claim.kind in (Kind.ROBOTS, Kind.LISTING) and known.state not in (known.State.QUEUED, known.State.LEASED):
            known.state, known.due_at, known.via = known.State.QUEUED, outcome.at, item.via
            known.save(update_fields=["state", "due_at", "via"])
            batch.hosts.stir(batch.hosts[known.host])


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
    if due_at is not None:
        item.state, item.due_at = states.QUEUED, due_at
    else:
        item.state = {Verdict.FAILED: states.FAILED, Verdict.REFUSED: states.REFUSED}.get(outcome.verdict, states.DONE)
    batch.change(item)
