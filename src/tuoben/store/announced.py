"""What a listing announced: its pages become items of the frontier, and its plan is told what was new."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tuoben import shape, url
from tuoben.ids import mint
from tuoben.model import Claim, Kind, Link, Outcome, Receipt, Verdict
from tuoben.store import frontier, listings, models, past, repository
from tuoben.store.batch import Batch
from tuoben.store.database import rows_of
from tuoben.store.hosts import HISTORY, Hosts

SITEMAP_NEWEST = 1000
"""Scope of a source by default: the newest so many links of each of its sitemaps."""
AGAIN_AFTER = timedelta(minutes=10)
"""A link that failed and is still announced is asked for again after this."""
MOST_FAILURES = 6


def record(outcome: Outcome, batch: Batch, delay: float) -> Receipt:
    claim = outcome.claim
    listing = next(iter(rows_of(models.Listing, "id = %s", [claim.listing])), None)
    if listing is None:
        return Receipt(outcome=outcome)
    if claim.past is not None:
        return _of_the_past(outcome, models.Listing.objects.select_for_update().get(pk=listing.pk), batch)
    if claim.part < 2:
        listings.visited(listing, outcome)
    for address in outcome.sitemaps:
        repository.add_listing(listing.source, address, "sitemap", outcome.at, batch.hosts)
    links = outcome.links[outcome.ahead :]
    if claim.listing_kind == "sitemap":
        links = newest(links, SITEMAP_NEWEST)
    pages = page_items(claim, links, outcome.at)
    ask_again([page.key for page in pages], outcome.at, batch.hosts, batch.items)
    fresh = frontier.add(pages, outcome.at, batch.hosts)
    past.hurry([page.key for page in pages], outcome.at, batch.hosts)
    listings.follow(outcome, outcome.ahead + len(pages), len(outcome.fresh) + len(fresh), batch.hosts)
    if claim.part > 1:  # a further page of a section: the first one says when it is looked at again
        return Receipt(outcome=outcome, new_links=len(outcome.fresh) + len(fresh))
    told = {page.key: link for page, link in zip(pages, links, strict=True)}
    new = [*outcome.fresh, *(told[page.key] for page in fresh)]
    due_at = batch.round.polled(listing, outcome, new, delay)
    if claim.via:
        _put_origin(listing, due_at, batch)
    elif outcome.verdict is not Verdict.RETRY:
        outcome = replace(outcome, due_at=due_at)
    return Receipt(outcome=outcome, new_links=len(new))


def _of_the_past(outcome: Outcome, listing: models.Listing, batch: Batch) -> Receipt:
    """A page of a source's past: it says nothing of how the listing goes, and is asked for once."""
    pages = page_items(outcome.claim, outcome.links[outcome.ahead :], outcome.at)
    past.rest(pages, listing)
    fresh = len(outcome.fresh) + len(frontier.add(pages, outcome.at, batch.hosts))
    past.visited(outcome, listing, outcome.links, fresh, batch)
    return Receipt(outcome=outcome, new_links=fresh)


def _put_origin(listing: models.Listing, due_at: datetime, batch: Batch) -> None:
    """A listing that redirects is asked for at its own address again: what the target brought says when."""
    found = models.Item.objects.filter(listing=listing, kind=Kind.LISTING, via=[], part__lte=1)
    origin = found.exclude(rank=HISTORY).first()
    if origin is not None:
        origin = batch.items.get(origin.pk, origin)
        if origin.state == models.Item.State.QUEUED:
            origin.due_at = due_at
            batch.change(origin)
            batch.hosts.stir(batch.hosts[origin.host])


def ask_again(keys: Sequence[str], now: datetime, hosts: Hosts, busy: Container[int] = ()) -> None:
    """Links that failed at first (a page may be announced before it is there) and are announced still.

    `busy`: ids of items that have outcomes of their own.
    """
    condition = "key IN ({}) AND state = 'failed' AND visits = 0 AND attempts < %s"
    failed = rows_of(models.Item, condition, [list(keys), MOST_FAILURES]) if keys else []
    for item in failed:
        if item.due_at < now - AGAIN_AFTER and item.pk not in busy:
            item.state, item.due_at = item.State.QUEUED, now
            item.save(update_fields=["state", "due_at"])
            hosts.stir(hosts[item.host])


def newest(links: Sequence[Link], count: int) -> tuple[Link, ...]:
    """The newest links of a sitemap; those without a time count as older than those with one, in their order."""
    never = datetime.min.replace(tzinfo=UTC)
    times = [link.published.value.astimezone(UTC) if link.published else never for link in links]
    order = sorted(range(len(links)), key=lambda i: times[i], reverse=True)
    return tuple(links[i] for i in order[:count])


def page_items(claim: Claim, links: Sequence[Link], now: datetime) -> list[models.Item]:
    """The pages that a listing announced, each with the id of the article that it may become."""
    referer = claim.listing_url if claim.listing_kind == "section" else ""
    page = replace(claim, kind=Kind.PAGE, part=0, learned=None, referer=referer, via=(), link=None)
    items = []
    for link in links:
        item = frontier.item_of(page, now, link.url)
        item.article, item.hints = mint(now, of=url.canonical(link.url)), shape.dump(link)
        items.append(item)
    return items
