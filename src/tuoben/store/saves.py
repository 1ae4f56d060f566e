"""Pages that people asked to have saved now: how they enter the frontier, and how far they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from tuoben import ids, url
from tuoben.model import Claim, Kind
from tuoben.store import accounts, frontier, models, queries, twins
from tuoben.store.hosts import held

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=90)
"""A try that comes later than this is not waited for; a crawl-delay that is kept to is shorter."""
NOW = timedelta(minutes=1)
"""A snapshot that is not older was taken now."""
NEVER = "is not asked: the address"
"""In what the door says of an address that it refuses: waiting changes nothing."""
HOPS = 6
"""Redirects that are followed from the address that was given."""
_STATES = models.Item.State


class Stage(StrEnum):
    """How far a page is."""

    WAITING = "waiting"
    """In the queue, or under way."""
    FILES = "files"
    """The page is stored; images and styles are still to come."""
    SAVED = "saved"
    LATER = "later"
    """It did not come; it is asked for again later."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """`url`: the address that was given. With the page stored: the article and the time of its capture; `fresh`: the
    content is new, else it is that of an earlier snapshot. `files`: images and styles that are still to come. `why`:
    one sentence when it did not come; `again`: when it is asked for again."""

    url: str
    stage: Stage
    article: str = ""
    captured: datetime | None = None
    fresh: bool = True
    files: int = 0
    why: str = ""
    again: datetime | None = None

    @property
    def over(self) -> bool:
        """Nothing more is waited for."""
        return self.stage in (Stage.SAVED, Stage.LATER, Stage.FAILED)


def left(account: str, most: int, now: datetime) -> int:
    """How many pages an account may still have saved, of so many in an hour."""
    return max(most - models.Save.objects.filter(account=account, asked_at__gt=now - HOUR).count(), 0)


@transaction.atomic
def ask(claim: Claim, account: str, now: datetime, most: int | None = None) -> str:
    """Put a page before all that its host has queued, whatever was known of it; the id to look after it.

    "" when the account had its `most` pages of this hour. Politeness and robots.txt hold as for any other page.
    """
    if most is not None:
        accounts.hold(account)
        if not left(account, most, now):
            return ""
    wanted = frontier.item_of(claim, frontier.first(now))
    wanted.article = ids.mint(now, of=url.canonical(claim.url))
    with held(now, None, [url.authority(claim.url)]) as hosts:
        if not frontier.add([wanted], now, hosts):
            known = models.Item.objects.select_related("alias_of").get(key=wanted.key)
            wanted.article = known.article or wanted.article
            for item in filter(None, (known, known.alias_of)):
                _due(item, wanted.article, now)
                hosts.stir(hosts[item.host])
    told = {"account": account, "url": claim.url, "article": wanted.article, "asked_at": now}
    return models.Save.objects.create(id=secrets.token_urlsafe(16), **told).pk


def _due(item: models.Item, article: str, now: datetime) -> None:
    if item.state != _STATES.LEASED:
        item.state, item.rank = _STATES.QUEUED, frontier.RANK[Kind.PAGE]  # else it would wait behind every new page
    item.due_at, item.attempts, item.error = frontier.first(now), 0, ""
    item.article = item.article or article
    item.save(update_fields=["state", "rank", "due_at", "attempts", "error", "article"])


def articles(asked: Iterable[str]) -> set[str]:
    """Ids that the items of these pages carry."""
    return set(models.Save.objects.filter(pk__in=list(asked)).values_list("article", flat=True))


def progress(save: str, now: datetime, account: str | None = None) -> Progress | None:
    """How far a page is; None when there is none of this id (of this account, when one is named)."""
    row = models.Save.objects.filter(pk=save).first()
    if row is None or (account is not None and row.account != account):
        return None
    trail = _trail(row)
    if not trail:
        return Progress(row.url, Stage.FAILED, why="It is in the queue no more: its source was removed.")
    last = trail[-1]
    stored = models.Capture.objects.filter(kind=Kind.PAGE, time__gte=row.asked_at - NOW, origin="")
    capture = stored.filter(key=url.key(last.url)).exclude(article="").order_by("-time").first()
    if capture is not None:
        return _stored(row, capture.article, capture.time, now)
    if last.alias_of is not None and last.state == _STATES.DONE:  # it redirects to a page that is held already
        return _elsewhere(row, last.alias_of)
    return _not_stored(row, last, now)


def _trail(row: models.Save) -> list[models.Item]:
    """The item of the address that was given, and those of the addresses that it redirected to."""
    claim = Claim(item=0, epoch=0, kind=Kind.PAGE, url=row.url, host="")
    item = models.Item.objects.select_related("alias_of").filter(key=frontier.item_of(claim, row.asked_at).key).first()
    trail: list[models.Item] = []
    while item is not None and len(trail) < HOPS:
        trail.append(item)
        following = models.Item.objects.select_related("alias_of").filter(kind=Kind.PAGE, article=item.article)
        way = [one.url for one in trail]
        known = {one.pk for one in trail}
        item = next((one for one in following if one.pk not in known and one.via[-len(way) :] == way), None)
    return trail


def _stored(row: models.Save, article: str, captured: datetime, now: datetime) -> Progress:
    article = twins.resolve(article)
    if not queries.cards([article]):
        return Progress(row.url, Stage.FAILED, why="The article is one that is not shown here.")
    awake = models.Host.objects.filter(Q(leased_until__isnull=False) | Q(wake_at__lte=now + SOON)).values("authority")
    to_come = models.Item.objects.filter(
        Q(state=_STATES.LEASED) | Q(state=_STATES.QUEUED, visits=0, attempts__lt=2, due_at__lte=now + SOON),
        kind=Kind.REQUISITE,
        article__in={article, row.article},
        host__in=awake,
    )
    files = to_come.count()
    newest = models.Revision.objects.filter(article=article).order_by("-number").values_list("captured_at", flat=True)
    stage = Stage.FILES if files else Stage.SAVED
    return Progress(row.url, stage, article=article, captured=captured, fresh=newest[0] == captured, files=files)


def _elsewhere(row: models.Save, item: models.Item) -> Progress:
    found = twins.resolve(item.article)
    reading = queries.reading(found)
    if reading is None:
        return Progress(row.url, Stage.FAILED, why=item.error or "The address leads to a page that holds no article.")
    return Progress(row.url, Stage.SAVED, article=found, captured=reading.capture.time, fresh=False)


def _not_stored(row: models.Save, item: models.Item, now: datetime) -> Progress:
    if item.state in (_STATES.FAILED, _STATES.REFUSED) or (item.state == _STATES.DONE and item.error):
        why = "Its source is paused." if item.error == "paused" else item.error
        return Progress(row.url, Stage.FAILED, why=why or "It could not be read.")
    host = models.Host.objects.filter(authority=item.host, leased_until=None).first()
    again = max([item.due_at, *([host.wake_at] if host is not None and host.wake_at is not None else [])])
    if item.state == _STATES.QUEUED and again > now + SOON:
        why = item.error or _robots_error(item.host) or "The host asks us to wait."
        if NEVER in why:
            return Progress(row.url, Stage.FAILED, why=why)
        return Progress(row.url, Stage.LATER, why=why, again=again)
    return Progress(row.url, Stage.WAITING, why=item.error)


def _robots_error(host: str) -> str:
    """Why the robots.txt of a host did not come: until it does, nothing else is asked for."""
    return models.Item.objects.filter(key=f"robots {host}").values_list("error", flat=True).first() or ""


def forget(now: datetime, after: timedelta = timedelta(days=30)) -> None:
    """Drop what was asked for long ago."""
    models.Save.objects.filter(asked_at__lt=now - after).delete()
