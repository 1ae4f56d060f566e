"""WebSub subscriptions: which hubs tell of news, whether they do, and when they are asked again (W3C WebSub).

What a hub sends is never taken for a capture: a ping makes the listing due, and we fetch it ourselves.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tuoben import source_settings
from tuoben.model import Outcome, SourceSettings, Verdict
from tuoben.store import frontier, models
from tuoben.store.database import rows_of

LEASE = timedelta(days=10)
"""What a hub is asked for."""
RENEW = 0.8
"""Of the lease that it gave, the part after which it is asked again."""
RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=1)
DENIED_FOR = timedelta(days=7)
MOST_ATTEMPTS = 12
STATES = models.Push.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A subscription to ask a hub for."""

    push: int
    hub: str
    topic: str
    token: str
    secret: str
    source_url: str
    settings: SourceSettings
    """Of the source whose listing announces the hub."""


def polled(listing: models.Listing, outcome: Outcome, news: bool) -> models.Push | None:
    """After a visit of a listing: keep the hub that it announces, and note news of which a hub should have told."""
    push = next(iter(rows_of(models.Push, "listing_id = %s", [listing.pk])), None)
    if outcome.verdict is not Verdict.DONE or outcome.redirect:
        return push
    if not outcome.unchanged:
        push = _announced(listing, push, outcome)
    last = listing.rhythm.get("polled")
    expected = push is not None and news and last and push.state == STATES.ACTIVE
    if push is not None and expected and (push.pinged_at is None or push.pinged_at < datetime.fromisoformat(last)):
        push.missed_at = outcome.at
        push.save(update_fields=["missed_at"])
    return push


def _announced(listing: models.Listing, push: models.Push | None, outcome: Outcome) -> models.Push | None:
    hub, topic = (outcome.hubs[0] if outcome.hubs else ""), outcome.topic or listing.url
    if push is not None and (push.hub, push.topic) == (hub, topic):
        return push
    if push is not None:
        push.delete()
    if not hub:
        return None
    token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    return models.Push.objects.create(
        listing=listing, hub=hub, topic=topic, token=token, secret=secret, ask_at=outcome.at
    )


def alive(push: models.Push | None, now: datetime) -> bool:
    """Whether a hub has told of news, and of all news since."""
    if push is None or push.state != STATES.ACTIVE or push.lease_until is None or push.lease_until <= now:
        return False
    return push.pinged_at is not None and (push.missed_at is None or push.missed_at <= push.pinged_at)


def due(now: datetime, limit: int = 20) -> list[Ask]:
    """The hubs to ask now. They are put off by this, so that another process does not ask them too."""
    rows = models.Push.objects.filter(ask_at__lte=now, listing__source__state="active")
    rows = rows.select_related("listing__source").order_by("ask_at")[:limit]
    asks = []
    for push in rows:
        wait = min(RETRY * 4**push.attempts, LONGEST_RETRY)
        state = STATES.ACTIVE if push.state == STATES.ACTIVE else STATES.ASKED
        taken = models.Push.objects.filter(pk=push.pk, ask_at=push.ask_at).update(
            ask_at=now + wait, attempts=min(push.attempts + 1, MOST_ATTEMPTS), state=state
        )
        if taken:
            source = push.listing.source
            asks.append(
                Ask(
                    push=push.pk,
                    hub=push.hub,
                    topic=push.topic,
                    token=push.token,
                    secret=push.secret,
                    source_url=source.url,
                    settings=source_settings.load(source.settings),
                )
            )
    return asks


def asked(ask: Ask, why: str) -> None:
    """The hub took the request (`why` is empty), or it said why not; it is asked again later in any case."""
    models.Push.objects.filter(pk=ask.push).update(error=why)


def put_off(ask: Ask, until: datetime) -> None:
    """The hub could not be asked now, through no fault of its own."""
    for push in models.Push.objects.filter(pk=ask.push):
        push.ask_at, push.attempts = until, max(push.attempts - 1, 0)
        push.save(update_fields=["ask_at", "attempts"])


@transaction.atomic
def confirmed(token: str, topic: str, lease: float, now: datetime) -> bool:
    """The hub wants to know whether we asked (5.3): True when we did, and the lease begins."""
    push = models.Push.objects.filter(token=token).first()
    if push is None or push.topic != topic or push.state not in (STATES.ASKED, STATES.ACTIVE):
        return False
    push.state, push.attempts, push.error = STATES.ACTIVE, 0, ""
    push.lease_until = now + timedelta(seconds=lease)
    push.ask_at = now + timedelta(seconds=lease * RENEW)
    push.save()
    return True


@transaction.atomic
def denied(token: str, topic: str, why: str, now: datetime) -> bool:
    """The hub will not, or no longer, tell us (5.2)."""
    push = models.Push.objects.filter(token=token, topic=topic).first()
    if push is None:
        return False
    push.state, push.lease_until, push.ask_at = STATES.DENIED, None, now + DENIED_FOR
    push.error = f"The hub denied the subscription{f': {why}' if why else ''}."
    push.save()
    return True


def secret_of(token: str) -> str:
    """What a hub's messages to this address are signed with; "" when there is no such address."""
    return models.Push.objects.filter(token=token).values_list("secret", flat=True).first() or ""


@transaction.atomic
def pinged(token: str, now: datetime, gap: timedelta) -> bool:
    """The hub tells of news: the listing is due now, though not within `gap` of its last visit."""
    push = models.Push.objects.filter(token=token).select_related("listing__source").first()
    if push is None:
        return False
    push.pinged_at = now
    push.save(update_fields=["pinged_at"])
    if push.listing.source.state == "active":
        checked = push.listing.checked_at
        frontier.make_due([push.listing_id], max(now, checked + gap) if checked else now)
    return True
