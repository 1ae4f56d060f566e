"""What pages and style sheets need to be shown as they were: images, style sheets, fonts."""

from __future__ import annotations

from dataclasses import replace

from tuoben import url
from tuoben.model import Kind, Outcome
from tuoben.store import frontier, models
from tuoben.store.batch import Batch


def add(outcome: Outcome, article: str, batch: Batch) -> None:
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
