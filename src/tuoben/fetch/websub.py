"""WebSub (W3C Recommendation of 23 January 2018): the subscriber's request, and whether a message is the hub's own."""

from __future__ import annotations

import hashlib
import hmac

from tuoben.fetch import Posted

METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""Of X-Hub-Signature (7.1)."""
ACCEPTED = range(200, 300)


def form(*, topic: str, callback: str, secret: str, lease: float) -> dict[str, str]:
    """What a hub is sent so that it tells `callback` of news of a topic for `lease` seconds (5.1)."""
    return {
        "hub.callback": callback,
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.lease_seconds": str(int(lease)),
        "hub.secret": secret,
    }


def refusal(answer: Posted) -> str:
    """One sentence that says why a hub did not take the request; "" when it did. Whether it tells us is told later, at
    the callback.
    """
    if answer.status in ACCEPTED:
        return ""
    said = " ".join(answer.text.split())[:200]
    return f"The hub answered {answer.status}{f': {said}' if said else ''}."


def genuine(secret: str, signature: str, body: bytes) -> bool:
    """Whether the header X-Hub-Signature ("method=hex") is the secret's for this body (7.1)."""
    name, _, told = signature.strip().partition("=")
    method = METHODS.get(name.lower())
    if method is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest(), told.strip().lower())
