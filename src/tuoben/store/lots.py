"""What a listing announced, a lot at a time, so that no transaction keeps all others waiting (decision 0025).

The listing's bytes are in the WARC, and its capture is in the rows only when all is queued: after a crash it is read
again, and what was queued is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.db import IntegrityError, OperationalError, transaction

from tuoben import url
from tuoben.model import Kind, Outcome, Verdict
from tuoben.store import announced, frontier, models, past
from tuoben.store.database import TRIES, passing
from tuoben.store.hosts import held

log = logging.getLogger("tuoben.store")

LOT = 1_000
"""Links that one transaction queues: it lasts about 0.1 s."""


def many(outcome: Outcome) -> bool:
    """Whether a listing announced more than one transaction should queue: `ahead` takes the first of them."""
    claim = outcome.claim
    all_of_them = claim.past is not None or claim.listing_kind != "sitemap"
    return claim.kind is Kind.LISTING and all_of_them and _left(outcome) > LOT


def fits(outcomes: Sequence[Outcome], outcome: Outcome) -> bool:
    """Whether one more may be committed with others."""
    return not outcomes or sum(map(_left, outcomes)) + _left(outcome) <= LOT


def portions(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """What is committed together, in its order. One that announced very much is the first of its portion, so that all
    before it is in the rows when its lots are queued."""
    found: list[list[Outcome]] = []
    for outcome in outcomes:
        if not found or many(outcome) or not fits(found[-1], outcome):
            found.append([])
        found[-1].append(outcome)
    return found


def ahead(outcome: Outcome) -> Outcome:
    """Queue the next lot of a listing's links. The same outcome, with what is done; or, when it cannot be done, the
    failure. Raises OperationalError when the database cannot work now."""
    why: Exception | None = None
    for _ in range(TRIES):
        try:
            return _ahead(outcome)
        except OperationalError as error:
            if not passing(error):
                raise
            why = error
        except IntegrityError as error:  # another process was quicker with the same rows
            why = error
        except Exception as error:
            log.exception("queueing what %s announced", outcome.claim.url)
            return bare(outcome, error)
    assert why is not None
    log.error("queueing what %s announced", outcome.claim.url, exc_info=why)
    return bare(outcome, why)


@transaction.atomic
def _ahead(outcome: Outcome) -> Outcome:
    claim = outcome.claim
    lot = outcome.links[outcome.ahead : outcome.ahead + LOT]
    done = replace(outcome, ahead=outcome.ahead + len(lot))
    pages = announced.page_items(claim, lot, outcome.at)
    with held(outcome.ended, None, {url.authority(page.url) for page in pages}) as hosts:
        found = models.Listing.objects.select_for_update().filter(pk=claim.listing, source=claim.source or None)
        listing = found.first()
        if listing is None:  # removed while this was under way
            return done
        if claim.past is not None:
            past.rest(pages, listing)
        else:
            announced.ask_again([page.key for page in pages], outcome.at, hosts)
        fresh = {page.key for page in frontier.add(pages, outcome.at, hosts)}
        if claim.past is not None:
            past.found(listing, claim, len(fresh))
        else:
            past.hurry([page.key for page in pages], outcome.at, hosts)
    told = {page.key: link for page, link in zip(pages, lot, strict=True)}
    return replace(done, fresh=(*outcome.fresh, *(link for key, link in told.items() if key in fresh)))


def bare(outcome: Outcome, error: Exception) -> Outcome:
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


def _left(outcome: Outcome) -> int:
    return len(outcome.links) - outcome.ahead
