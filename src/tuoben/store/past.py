"""The past of sources in the rows (decision 0025): begun, walked page by page, stopped, resumed, told.

A page of the past is an item of the frontier of the last rank, and so are the articles that it announces. The commit
that takes a page in queues the page behind it, so a walk that was killed goes on where it was; a page is one item, so
it is asked for once, and a walk in a circle ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tuoben import datepages, shape, url
from tuoben.errors import UsageError
from tuoben.model import Claim, Kind, Link, Outcome, Past, Verdict
from tuoben.store import frontier, models
from tuoben.store.batch import Batch
from tuoben.store.database import save_all
from tuoben.store.hosts import HISTORY, Hosts, held

DATES = "dates"
"""Kind of a listing that is a template of date pages; it has no regular visits."""
MOST_PAGES = 20_000
"""Pages of one walk."""
MOST_SITEMAPS = 2_000
BARREN = 100
"""Pages of a paged listing in a row that bring nothing new, after which the walk ends."""
REMEMBERED = 16
"""Pages whose content is remembered, so that one that comes again ends the walk."""
COMPARED = 1_000
"""Links of a page by which it is told from another: a feed's page has fewer, and a sitemap has no page behind it."""
LONGEST = timedelta(days=366 * 120)
STOPPED = "The history of this source is stopped."
"""The error of items that wait for `tuoben history resume`."""
MISSING = ("The server answered 404.", "The server answered 410.")
"""Errors of days that have no page: they are not asked for again."""
_STATES = models.Item.State
STANDING = Q(state=_STATES.REFUSED, error=STOPPED)
PAUSED = Q(state=_STATES.DONE, error="paused")
"""What waits for its source."""
WAITING = Q(state__in=(_STATES.QUEUED, _STATES.LEASED)) | STANDING | PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """One way into a source's past, as it is told."""

    listing: int
    kind: str
    url: str
    past: Past
    state: str
    """active, stopped, done; "paused": its source is; "blocked": a page cannot be had, nor what is behind it."""
    waiting: int
    """Articles that are found and not captured yet."""
    error: str


# --- the desk ---------------------------------------------------------------------------------------------------------
def begin(source: str, now: datetime, template: str = "", since: date | None = None, until: date | None = None) -> int:
    """Begin to collect a source's past, from its feeds and sitemaps or from date pages; how many walks were begun.

    Begun again, a walk begins at its newest end and passes over what is done. Raises UsageError.
    """
    with held(now, None, _hosts_of(source, template)):
        row = models.Source.objects.select_for_update().get(pk=source)
        resume(source, now)
        if template:
            _check(template, since, until, now)
            listing, _ = models.Listing.objects.get_or_create(source=row, url=template, defaults={"kind": DATES})
            if listing.kind != DATES:
                raise UsageError(f"{template} is a listing of {source} already, and no template.")
            listings = [listing]
        else:
            listings = list(models.Listing.objects.filter(source=row).exclude(kind=DATES).order_by("pk"))
        for listing in listings:
            _begin(listing, now, since, until)
        _mend([listing.pk for listing in listings], now)  # a date page that failed did not end its walk
    return len(listings)


def _check(template: str, since: date | None, until: date | None, now: datetime) -> None:
    datepages.check(template)
    if since is None or until is None or until < since or until - since > LONGEST:
        raise UsageError("Date pages need --from and --to, two days of which the first is not after the second.")
    if "{yy}" in template and not (since.year >= 2000 and until.year < 2100):
        raise UsageError("{yy} stands for a year from 2000 to 2099: take {yyyy}, or days within these.")
    if until > now.date() + timedelta(days=1):  # where the date line is ahead of us, tomorrow is today
        raise UsageError("--to is a day that has not come yet.")
    if url.fit(template) != template:
        raise UsageError("The template is too long for the address of a listing.")


def _begin(listing: models.Listing, now: datetime, since: date | None, until: date | None) -> None:
    before = known(listing) or Past()
    address = datepages.address(listing.url, until) if listing.kind == DATES and until is not None else listing.url
    past = replace(
        before, state="active", begun=before.begun or now, since=since, until=until, barren=0, seen=(), error=""
    )
    keep(listing, past)
    ask(listing, address, (), now)


def ask(listing: models.Listing, address: str, via: tuple[str, ...], now: datetime, visits: int | None = None) -> None:
    """Have a page of a walk asked for, once more when it was. `visits`: not when it was answered since."""
    first = frontier.item_of(replace(_claim(listing, known(listing), address), via=via), now)
    with held(now, None, [url.authority(address)]) as hosts:
        if frontier.add([first], now, hosts):
            return
        row = models.Item.objects.get(key=first.key)
        answered = visits is not None and row.visits > visits
        if answered or row.state in (_STATES.QUEUED, _STATES.LEASED):
            return
        row.state, row.due_at, row.attempts, row.error = _STATES.QUEUED, now, 0, ""
        row.payload_digest = row.etag = row.last_modified = ""
        row.save()
        hosts.stir(hosts[row.host])


def _claim(listing: models.Listing, past: Past | None, address: str) -> Claim:
    return Claim(
        item=0, epoch=0, kind=Kind.LISTING, url=address, host="", source=listing.source_id, listing=listing.pk,
        listing_url=listing.url, listing_kind=listing.kind, past=past,
    )  # fmt: skip


def stop(source: str, now: datetime) -> int:
    """Let a source's past rest; count of walks that were active."""
    return _turn(source, now, "active", "stopped")


def resume(source: str, now: datetime) -> int:
    """Go on with a source's past, pages that failed included; count of walks that go on."""
    return _turn(source, now, "stopped", "active")


@transaction.atomic
def _turn(source: str, now: datetime, before: str, after: str) -> int:
    items = models.Item.objects.filter(source=source, rank=HISTORY)
    with held(now, None, _hosts_of(source)) as hosts:
        models.Source.objects.select_for_update().get(pk=source)
        listings = [row for row in models.Listing.objects.select_for_update().filter(source=source)]
        turned = 0
        for listing in listings:
            past = known(listing)
            broken = after == "active" and past is not None and past.state == "active"
            if past is not None and (past.state == before or broken):
                keep(listing, replace(past, state=after, error=""))
                turned += 1
        if after == "stopped":
            items.filter(Q(state=_STATES.QUEUED) | PAUSED).update(state=_STATES.REFUSED, error=STOPPED)
        else:
            items.filter(state=_STATES.REFUSED, error=STOPPED).update(state=_STATES.QUEUED, error="", due_at=now)
            active = [row.pk for row in listings if (past := known(row)) is not None and past.state == "active"]
            _mend(active, now)
        for authority in hosts:
            hosts.stir(hosts[authority])
    return turned


def _hosts_of(source: str, template: str = "") -> set[str]:
    """The hosts of a source's past. They are locked before its other rows, as every commit does."""
    items = models.Item.objects.filter(source=source, rank=HISTORY)
    addresses = [template, *models.Listing.objects.filter(source=source).values_list("url", flat=True)]
    found = set(items.order_by().values_list("host", flat=True).distinct())
    return (found | {url.authority(address) for address in addresses}) - {""}


def _mend(listings: Sequence[int], now: datetime) -> None:
    """Ask once more for the pages of some walks that could not be had."""
    pages = models.Item.objects.filter(listing__in=listings, rank=HISTORY, kind=Kind.LISTING, visits=0)
    pages = pages.filter(state__in=(_STATES.FAILED, _STATES.REFUSED)).exclude(error=STOPPED)
    pages = pages.exclude(error__in=MISSING, listing__kind=DATES)
    with held(now, None, pages.order_by().values_list("host", flat=True).distinct()) as hosts:
        pages.update(state=_STATES.QUEUED, error="", due_at=now, attempts=0)
        for authority in hosts:
            hosts.stir(hosts[authority])


def told(source: str) -> tuple[PastRow, ...]:
    """How far a source's past is collected, by the ways that lead there."""
    found = []
    resting = models.Source.objects.filter(pk=source).exclude(state="active").exists()
    for listing in models.Listing.objects.filter(source=source).order_by("pk"):
        past = known(listing)
        if past is None:
            continue
        items = models.Item.objects.filter(listing=listing, rank=HISTORY)
        pages = items.filter(kind=Kind.LISTING)
        waiting = items.filter(WAITING, kind__in=(Kind.PAGE, Kind.RENDERED)).count()
        state, error = past.state, past.error
        if waiting and state == "done" and items.filter(STANDING).exists():  # all pages are read, not all articles
            state = "stopped"
        elif resting and (state == "active" or (state == "done" and waiting)):
            state = "paused"
        elif state == "active" and not pages.filter(WAITING).exists():
            last = pages.filter(state__in=(_STATES.FAILED, _STATES.REFUSED)).order_by("-pk").first()
            if last is not None:
                state, error = "blocked", last.error
        found.append(PastRow(
            listing=listing.pk, kind=listing.kind, url=listing.url, past=past, state=state,
            waiting=waiting, error=error,
        ))  # fmt: skip
    return tuple(found)


# --- the walk ---------------------------------------------------------------------------------------------------------
def visited(outcome: Outcome, listing: models.Listing, links: Sequence[Link], fresh: int, batch: Batch) -> None:
    """Take a page of the past in: count it, and queue the page behind it.

    A walk ends where no page follows, where a page shows again what one before it showed, or shows nothing, where
    nothing new came for BARREN pages, and after MOST_PAGES.
    """
    claim = outcome.claim
    past = known(listing) or claim.past or Past()
    if outcome.redirect:
        return
    if outcome.verdict is Verdict.RETRY:
        keep(listing, replace(past, error=outcome.error))
        return
    good = outcome.verdict is Verdict.DONE and not outcome.unchanged
    digest = _digest(links)
    again = bool(links) and digest in past.seen and not outcome.archived
    past = replace(past, error=outcome.error)
    if good:
        past = _counted(past, links, fresh, digest)
        past = replace(past, found=past.found - len(outcome.fresh))  # those are counted
    followed = 0
    if past.pages < MOST_PAGES and past.barren < BARREN:
        addresses = _behind(outcome, listing, past, good=good and bool(links) and not again)
        followed = _queue(addresses, outcome, past, batch.hosts)
        if not followed and fresh and outcome.older and not outcome.archived and listing.kind != DATES:
            followed = _again(outcome, past, batch)
    ended = good or outcome.unchanged or _ends(outcome, listing)
    if past.state == "active" and not followed and _last(listing, claim, batch) and ended:
        past = replace(past, state="done")
    keep(listing, past)


def _behind(outcome: Outcome, listing: models.Listing, past: Past, *, good: bool) -> tuple[str, ...]:
    """The pages to be asked for after this one."""
    claim = outcome.claim
    if listing.kind == DATES:
        asked = claim.via[0] if claim.via else claim.url
        told = datepages.following(listing.url, asked, past.since or date.max, more=good)
        while told and _is_known(claim, told):  # an earlier walk was there
            more = datepages.following(listing.url, told, past.since or date.max, more=True)
            if not more or not _is_known(claim, more):
                more = datepages.following(listing.url, told, past.since or date.max, more=False)
            told = more
        return (told,) if told else ()
    told = outcome.older
    if outcome.archived or not told:  # an archive document with no entries of ours has others before it
        return (*((told,) if told else ()), *outcome.sitemaps[:MOST_SITEMAPS])
    return (told,) if good else ()


def _is_known(claim: Claim, address: str) -> bool:
    item = frontier.item_of(replace(claim, url=address, via=()), datetime.min)
    return models.Item.objects.filter(key=item.key).exists()


def _again(outcome: Outcome, past: Past, batch: Batch) -> int:
    """Pages move: behind one that brought something new, one that was read long ago may show what nobody saw. It is
    asked for again as long as that is so; so a circle ends as soon as all of it was seen."""
    claim = replace(outcome.claim, url=outcome.older, via=(), past=past)
    row = models.Item.objects.filter(key=frontier.item_of(claim, outcome.at).key, state=_STATES.DONE).first()
    if row is None or row.pk == outcome.claim.item or row.pk in batch.items:
        return 0
    row.state, row.due_at, row.attempts = _STATES.QUEUED, outcome.at, 0
    row.save(update_fields=["state", "due_at", "attempts"])
    batch.hosts.stir(batch.hosts[row.host])
    return 1


def _ends(outcome: Outcome, listing: models.Listing) -> bool:
    """A failure that is an end: a page that is not there. Any other leaves the walk to be resumed."""
    status = outcome.capture.status if outcome.capture is not None else 0
    return listing.kind == DATES or status in (404, 410)


def _counted(past: Past, links: Sequence[Link], fresh: int, digest: str) -> Past:
    times = [link.published.value for link in links if link.published and link.published.value.tzinfo]
    return replace(
        past,
        pages=past.pages + 1,
        shown=past.shown + len(links),
        found=past.found + fresh,
        oldest=min([*times, *([past.oldest] if past.oldest else [])], default=None),
        barren=0 if fresh or not links else past.barren + 1,
        seen=(*past.seen, digest)[-REMEMBERED:] if links else past.seen,
    )


def _digest(links: Sequence[Link]) -> str:
    told = "\n".join(sorted({url.canonical(link.url) for link in links[:COMPARED]}))
    told += f"\n{len(links)}" if len(links) > COMPARED else ""
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _queue(addresses: Sequence[str], outcome: Outcome, past: Past, hosts: Hosts) -> int:
    """Queue further pages, those of a stopped walk to wait; how many are new, or known and not read yet."""
    items = []
    for address in addresses:
        claim = replace(outcome.claim, url=address, via=(), learned=None, past=past, link=None)
        item = frontier.item_of(claim, outcome.at)
        if past.state == "stopped":
            item.state, item.error = _STATES.REFUSED, STOPPED
        items.append(item)
    if not items:
        return 0
    fresh = len(frontier.add(items, outcome.at, hosts))
    open_ = (_STATES.QUEUED, _STATES.LEASED, _STATES.REFUSED)
    return fresh or models.Item.objects.filter(key__in=[item.key for item in items], state__in=open_).count()


def _last(listing: models.Listing, claim: Claim, batch: Batch) -> bool:
    """Whether no other page of the walk waits."""
    pages = models.Item.objects.filter(listing=listing, rank=HISTORY, kind=Kind.LISTING).exclude(
        pk__in=[claim.item, *batch.closed()]
    )
    return not pages.filter(Q(state__in=(_STATES.QUEUED, _STATES.LEASED)) | PAUSED).exists()


def found(listing: models.Listing, claim: Claim, fresh: int) -> None:
    """Links that a page of the past brought, and that are queued before its visit is recorded."""
    if fresh:
        past = known(listing) or claim.past or Past()
        keep(listing, replace(past, found=past.found + fresh))


def captured(claim: Claim) -> None:
    """One more article of the past is held."""
    listing = models.Listing.objects.select_for_update().filter(pk=claim.listing).first()
    if listing is not None and (past := known(listing)) is not None:
        keep(listing, replace(past, captured=past.captured + 1))


def hurry(keys: Sequence[str], now: datetime, hosts: Hosts) -> None:
    """Articles of the past that a listing announces now are news: they no longer wait behind all else."""
    if not keys:
        return
    late = models.Item.objects.filter(key__in=list(keys), rank=HISTORY)
    for item in late.filter(state__in=(_STATES.QUEUED, _STATES.REFUSED)):
        if item.state == _STATES.REFUSED and item.error != STOPPED:
            continue
        item.rank, item.state = frontier.RANK[Kind.PAGE], _STATES.QUEUED
        item.error = "" if item.error == STOPPED else item.error
        item.save(update_fields=["rank", "state", "error"])
        hosts.stir(hosts[item.host])


def rest(items: Sequence[models.Item], listing: models.Listing) -> None:
    """Articles that a page of a stopped walk announced wait with it."""
    past = known(listing)
    if past is not None and past.state == "stopped":
        for item in items:
            item.state, item.error = _STATES.REFUSED, STOPPED


def known(listing: models.Listing) -> Past | None:
    """The past of a source as a listing leads to it; None when nobody began to collect it."""
    told = listing.learned.get("past")
    return shape.load(Past, told) if told is not None else None


def keep(listing: models.Listing, past: Past) -> None:
    """Write it."""
    listing.learned = listing.learned | {"past": shape.dump(past)}
    save_all([listing], ("learned",))
