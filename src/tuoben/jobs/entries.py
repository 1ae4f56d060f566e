"""A full text that a listing carries stands for a page that is not to be had: the article is made of the entry.

Nothing is fetched: the listing's capture is read again, its entry taken out and extracted, both in a child. The
article's capture is that of the listing; its fields say "listing" where a page's would say "markup", and when the page
comes after all it becomes the next revision.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from tuoben import discover, organise, pipeline
from tuoben.archive.reading import Stored
from tuoben.errors import TuobenError
from tuoben.extract import extract
from tuoben.model import Article, Capture, Link, Outcome, Page, State, Verdict
from tuoben.store.articles import FROM_LISTING
from tuoben.store.entries import Waiting
from tuoben.turns import Reader

log = logging.getLogger("tuoben.entries")

REFUSED = "page-refused"
"""Flag: robots.txt does not allow the page; the text is the one that the publisher's own feed gave."""
_OF_THE_TEXT = ("markup", "text", "meta", "json-ld")


async def read(
    waiting: Iterable[Waiting],
    stored: Callable[[Capture], Awaitable[Stored]],
    reader: Callable[[str], Reader],
    plan: pipeline.Plan,
) -> list[tuple[int, Outcome | None]]:
    """(outbox row, what comes of it) for links side by side by their listing's capture; None: no article.

    `reader`: who reads for a host, in its turn.
    """
    found: list[tuple[int, Outcome | None]] = []
    for _, group in groupby(waiting, key=lambda one: one.claim.link.entry if one.claim.link else ""):
        some = list(group)
        try:
            found += await _of_capture(some, stored, reader(some[0].claim.host), plan)
        except TuobenError as error:
            log.warning("The listing that holds the text of %s cannot be read: %s", some[0].claim.url, error)
            found += [(one.row, None) for one in some]
    return found


async def _of_capture(
    some: Sequence[Waiting],
    stored: Callable[[Capture], Awaitable[Stored]],
    reader: Reader,
    plan: pipeline.Plan,
) -> list[tuple[int, Outcome | None]]:
    first = some[0]
    if first.capture is None:
        return [(one.row, None) for one in some]
    listing = pipeline.page_of((await stored(first.capture)).exchange)
    addresses = tuple(one.claim.link.url for one in some if one.claim.link)
    bodies = await reader.run(discover.bodies, first.claim.listing_kind or "feed", listing, addresses)
    found: list[tuple[int, Outcome | None]] = []
    for one in some:
        link = one.claim.link
        article = await _article(one, link, bodies.get(link.url, ""), listing, reader, plan) if link else None
        found.append((one.row, _outcome(one, first.capture, article) if article is not None else None))
    return found


async def _article(
    one: Waiting, link: Link, body: str, listing: Page, reader: Reader, plan: pipeline.Plan
) -> Article | None:
    if not body:
        return None
    hints = pipeline.hints_for(one.claim, listing.fetched_at or pipeline.utcnow(), plan)
    try:
        article = await reader.run(extract, discover.document(link, body, listing), hints)
    except TuobenError as error:
        log.warning("The entry of %s cannot be read: %s", link.url, error)
        return None
    if not article.text:
        return None
    flags = tuple(dict.fromkeys((*article.flags, FROM_LISTING, *((REFUSED,) if one.refused else ()))))
    origins = {name: "listing" if origin in _OF_THE_TEXT else origin for name, origin in article.origins.items()}
    if not article.authors and link.authors:
        article, origins = replace(article, authors=link.authors), origins | {"authors": "listing"}
    return replace(article, state=State.ARTICLE, next_pages=(), flags=flags, origins=origins)


def _outcome(one: Waiting, capture: Capture, article: Article) -> Outcome:
    return Outcome(
        claim=one.claim,
        at=capture.time,
        ended=pipeline.utcnow(),
        verdict=Verdict.DONE,
        capture=capture,
        article=article,
        signature=organise.signature(article),
        requisites=article.requisites,
    )
