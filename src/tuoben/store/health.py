"""What the rows know of how a source is, and of one address: the facts that `tuoben.health` judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuoben import source_settings, url
from tuoben.health import Facts, Watched
from tuoben.model import Kind, Precision
from tuoben.store import frontier, models, twins
from tuoben.store.past import DATES

LAST = 60
"""Articles that tell the rate of a source."""
LAGS = 1000
"""Articles that tell its lag."""


def facts(source: str) -> Facts | None:
    """What is known of a source; None when there is none of this id."""
    row = models.Source.objects.filter(pk=source).first()
    if row is None:
        return None
    recent = models.Article.objects.filter(site=row).order_by("-sort_at")
    return Facts(
        paused=row.state == "paused",
        listings=tuple(_watched(row.listings.all())),
        appeared=tuple(recent.values_list("sort_at", flat=True)[:LAST]),
        lags=tuple(_lags(row)),
        delays=tuple(_delays(row)),
    )


def _delays(row: models.Source) -> Iterable[tuple[str, float, float]]:
    """What the hosts of its listings, and its own, ask for."""
    names = {url.authority(row.url), *row.listings.exclude(host="").values_list("host", flat=True)}
    slow = models.Host.objects.filter(authority__in=names, crawl_delay__isnull=False, robots_verdict="use")
    for authority, asked in slow.order_by("authority").values_list("authority", "crawl_delay"):
        yield authority, asked or 0.0, min(asked or 0.0, source_settings.LONGEST_DELAY)


def _watched(listings: Iterable[models.Listing]) -> Iterable[Watched]:
    for listing in listings:
        if listing.kind == DATES:
            continue
        refused = listing.error.startswith("robots.txt")
        yield Watched(
            visited=listing.checked_at is not None, error=listing.error, notice=listing.notice, refused=refused
        )


def _lags(row: models.Source) -> Iterable[float]:
    """Of articles that were published since we collect from the source, to the minute at least, and captured by us."""
    told = models.Article.objects.filter(site=row, sort_at__gte=row.added_at).exclude(published="")
    told = told.exclude(published_precision=Precision.DAY)
    for published, captured in told.order_by("-sort_at").values_list("published", "first_captured_at")[:LAGS]:
        seconds = (captured - datetime.fromisoformat(published)).total_seconds()
        if datetime.fromisoformat(published) >= row.added_at:
            yield seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the rows know of an address."""

    item: dict[str, Any] | None = None
    """url, state, due_at, attempts, error, source, alias (URL that it redirects to)."""
    host: dict[str, Any] | None = None
    """authority, page_ready_at, robots, robots_verdict."""
    captures: tuple[tuple[datetime, int, str], ...] = ()
    """(time, status, file that it was imported from), the newest first."""
    article: dict[str, str] | None = None
    """id, url, title, hidden, reason."""
    sources: tuple[str, ...] = ()
    """Ids of the sources at its host."""


def known(address: str) -> Known:
    """What the rows know of an address, by its canonical form."""
    key, authority = url.key(address), url.authority(address)
    item = models.Item.objects.filter(key=f"page {key}").select_related("alias_of").first()
    if item is None:
        item = models.Item.objects.filter(url=address).exclude(kind=Kind.ROBOTS).select_related("alias_of").first()
    if item is not None:  # a page that a browser opens has come as far as that has
        item = models.Item.objects.filter(key=f"{Kind.RENDERED} {url.fit(item.url)}").first() or item
    captures = models.Capture.objects.filter(key=key).order_by("-time").values_list("time", "status", "origin")[:5]
    return Known(
        item=_item(item) if item is not None else None,
        host=_host(authority),
        captures=tuple(captures),
        article=_article(key),
        sources=tuple(_sources(authority)),
    )


def _item(item: models.Item) -> dict[str, Any]:
    return {
        "url": item.url,
        "host": item.host,
        "state": item.state,
        "due_at": item.due_at + frontier.AHEAD if frontier.is_first(item.due_at) else item.due_at,
        "attempts": item.attempts,
        "visits": item.visits,
        "error": item.error,
        "source": item.source_id or "",
        "alias": item.alias_of.url if item.alias_of is not None else "",
    }


def _host(authority: str) -> dict[str, Any] | None:
    row = models.Host.objects.filter(authority=authority).first()
    if row is None:
        return None
    return {
        "authority": row.authority,
        "page_ready_at": row.page_ready_at,
        "robots": bytes(row.robots or b""),
        "robots_verdict": row.robots_verdict,
    }


def _article(key: str) -> dict[str, str] | None:
    row = models.Article.objects.filter(key=key).first()
    row = row or models.Article.objects.filter(pk=twins.at(key)).first()
    if row is None:
        capture = models.Capture.objects.filter(key=key).exclude(article="").first()
        row = models.Article.objects.filter(pk=capture.article).first() if capture is not None else None
    if row is None:
        return None
    hidden = "yes" if row.hidden_at is not None else ""
    return {"id": row.pk, "url": row.url, "title": row.title, "hidden": hidden, "reason": row.hidden_reason}


def _sources(authority: str) -> Iterable[str]:
    site = url.registrable(authority.partition(":")[0])
    for pk, address in models.Source.objects.values_list("pk", "url"):
        own = url.authority(address)
        if own == authority or url.registrable(own.partition(":")[0]) == site:
            yield pk
