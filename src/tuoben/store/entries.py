"""Articles out of the full text that a listing carries, when their page is not to be had (decision 0008).

A page that failed for good, or that robots.txt refuses, leaves an entry of the outbox, topic "entry". Whoever works it
off reads the listing's stored capture again; here are the rows that this needs and the transaction that ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from tuoben import shape
from tuoben.model import Capture, Claim, Kind, Link, Outcome, Receipt
from tuoben.store import articles, models, repository, requisites
from tuoben.store.batch import Batch
from tuoben.store.commits import Rules
from tuoben.store.frontier import ENTRY

AGAIN = timedelta(hours=1)
"""After this the page itself is asked for again; then its plan goes on as for any article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A link whose page is not to be had. `row`: its outbox entry; `capture`: of the listing, None when it is gone."""

    row: int
    claim: Claim
    capture: Capture | None
    refused: bool
    """robots.txt does not allow the page to be asked for."""


def waiting(limit: int = 50) -> list[Waiting]:
    """The oldest outbox entries of this topic, those of one listing's capture side by side."""
    rows = list(models.Outbox.objects.filter(topic=ENTRY).order_by("pk")[:limit])
    items: dict[str, models.Item] = {}
    wanted = [row.article for row in rows]
    pages = models.Item.objects.filter(article__in=wanted, kind=Kind.PAGE, part__lte=1).order_by("-pk")
    for item in pages.select_related("source", "listing"):
        if item.hints.get("entry"):
            items[item.article] = item
    ids = {item.hints["entry"] for item in items.values()}
    captures = {row.record_id: row for row in models.Capture.objects.filter(record_id__in=ids)}
    found = []
    for row in rows:
        page = items.get(row.article)
        if page is None:
            models.Outbox.objects.filter(pk=row.pk).delete()
            continue
        capture = captures.get(page.hints["entry"])
        found.append(
            Waiting(
                row=row.pk,
                claim=_claim(page),
                capture=repository.capture_record(capture) if capture is not None else None,
                refused=page.state == models.Item.State.REFUSED,
            )
        )
    return sorted(found, key=lambda one: one.claim.link.entry if one.claim.link else "")


def stood_in(article: str) -> Waiting | None:
    """The listing's full text that a revision of an article was made of, to be read again; None without one."""
    made = models.Revision.objects.filter(article=article).values("capture")
    capture = models.Capture.objects.filter(record_id__in=made, kind=Kind.LISTING).order_by("time").first()
    item = models.Item.objects.filter(article=article, kind=Kind.PAGE, part__lte=1).order_by("-pk").first()
    if capture is None or item is None or item.hints.get("entry") != capture.record_id:
        return None
    refused = item.state == models.Item.State.REFUSED
    return Waiting(row=0, claim=_claim(item), capture=repository.capture_record(capture), refused=refused)


def _claim(item: models.Item) -> Claim:
    source, listing = item.source, item.listing
    return Claim(
        item=item.pk,
        epoch=item.epoch,
        kind=Kind.PAGE,
        url=item.url,
        host=item.host,
        source=source.pk if source else "",
        source_url=source.url if source else "",
        source_name=source.name if source else "",
        source_category=source.category if source else "",
        listing=listing.pk if listing else 0,
        listing_url=listing.url if listing else "",
        listing_kind=listing.kind if listing else "",
        article=item.article,
        link=shape.load(Link, item.hints),
    )


@transaction.atomic
def keep(row: int, outcome: Outcome | None, rules: Rules) -> Receipt | None:
    """End an outbox entry with the article that was made of it; None: nothing could be made, or nothing is wanted."""
    if not models.Outbox.objects.filter(pk=row, topic=ENTRY).delete()[0]:
        return None  # somebody else was quicker
    if outcome is None or outcome.article is None or outcome.capture is None:
        return None
    claim = outcome.claim
    if models.Revision.objects.filter(article=claim.article, capture=outcome.capture.record_id).exists():
        return None  # said twice
    batch = Batch([outcome], outcome.ended, rules.visits)
    made = articles.record(claim, outcome.capture, outcome.article, outcome.signature, rules.articles)
    requisites.add(outcome, made.article, batch)
    item = batch.item(claim)
    if item is not None and item.state == models.Item.State.FAILED:
        item.state, item.due_at, item.visits = item.State.QUEUED, outcome.ended + AGAIN, max(item.visits, 1)
        batch.change(item)
        batch.hosts.stir(batch.hosts[item.host])
    batch.save(outcome.ended)
    return Receipt(outcome=outcome, article=made.article, new_article=made.new)


def want_all() -> int:
    """For a rebuild: ask for every full text whose article is not in the rows; how many. No WARC says that robots.txt
    refused a page, or that its host never answered, so all that is held is taken."""
    held = models.Article.objects.values("pk")
    items = models.Item.objects.filter(kind=Kind.PAGE, part__lte=1, hints__has_key="entry").exclude(article__in=held)
    wanted = dict.fromkeys(items.order_by("pk").values_list("article", flat=True))
    for known in ("", *models.Outbox.objects.filter(topic=ENTRY).values_list("article", flat=True)):
        wanted.pop(known, None)
    models.Outbox.objects.bulk_create(models.Outbox(topic=ENTRY, article=article) for article in wanted)
    return len(wanted)
