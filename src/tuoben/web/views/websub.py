"""Where WebSub hubs call (W3C WebSub, 5.2, 5.3 and 7): they verify a subscription, and tell of news.

The address of each subscription holds a token that only its hub knows. What a hub sends is read for its signature and
thrown away: the listing becomes due, and the worker fetches it from its source.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tuoben.fetch.websub import genuine
from tuoben.store import pushes

LONGEST_BODY = 1 << 20
LONGEST_CHALLENGE = 4096
LEAST_LEASE, MOST_LEASE = 60.0, 90 * 86_400.0
GAP = 1 / 60
"""Of the listing period: a hub that calls without end does not make us ask its source without end."""


@csrf_exempt  # a hub has no session; it is known by the address it calls and by its signature
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """/websub/<token>/."""
    secret = pushes.secret_of(token)
    if not secret:
        return _said(410, "There is no such subscription.")
    return _news(request, token, secret) if request.method == "POST" else _verification(request, token)


def _verification(request: HttpRequest, token: str) -> HttpResponse:
    """The hub asks whether it was we who asked (5.3), or says that it will not (5.2)."""
    told, now = request.GET, timezone.now()
    mode, topic = told.get("hub.mode", ""), told.get("hub.topic", "")
    if mode == "denied" and pushes.denied(token, topic, told.get("hub.reason", "")[:200], now):
        return _said(200, "")
    challenge, lease = told.get("hub.challenge", ""), told.get("hub.lease_seconds", "")
    if mode != "subscribe" or not 0 < len(challenge) <= LONGEST_CHALLENGE or not lease.isascii() or not lease.isdigit():
        return _said(404, "This is no verification of a subscription.")
    seconds = min(max(float(lease[:12]), LEAST_LEASE), MOST_LEASE)
    if not pushes.confirmed(token, topic, seconds, now):
        return _said(404, "That was not asked for.")
    return _said(200, challenge)


def _news(request: HttpRequest, token: str, secret: str) -> HttpResponse:
    """The hub tells of news. A wrong signature is acknowledged and ignored, as the recommendation says (7.1)."""
    length = request.headers.get("Content-Length", "")
    if not length.isascii() or not length.isdigit() or int(length[:12]) > LONGEST_BODY:
        return _said(413, "The message is too long.")
    if genuine(secret, request.headers.get("X-Hub-Signature", ""), request.read(LONGEST_BODY)):
        pushes.pinged(token, timezone.now(), timedelta(seconds=settings.LISTING_PERIOD * GAP))
    return _said(202, "")


def _said(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
