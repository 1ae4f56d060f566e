"""Asking WebSub hubs to tell us of news: what the listings announce becomes a subscription, and leases are renewed.

Only when the operator has given a public address (TUOBEN_APP_URL): a hub has to reach us.
"""

from __future__ import annotations

from datetime import timedelta

from tuoben import source_settings, url
from tuoben.errors import FetchError, NotNow
from tuoben.fetch import post, websub
from tuoben.jobs.outside import Outside
from tuoben.net import Door
from tuoben.pipeline import utcnow
from tuoben.store import pushes

PATIENCE = 10.0
"""Seconds for which a hub that may not be asked yet is waited for; after that it is asked another time."""
REDIRECTS = 3
BUSY = timedelta(seconds=10)
"""The least time after which a hub that could not be asked is tried again."""
CALLBACK = "/websub/{token}/"
"""Below the public address: where a hub calls."""


def callback(app_url: str, token: str) -> str:
    """The address that a hub is told."""
    return app_url.rstrip("/") + CALLBACK.format(token=token)


async def ask(door: Door, app_url: str, outside: Outside, delay: float | None = None) -> int:
    """Ask the hubs that are due, one after the other and each host in its turn; how many took the request.

    robots.txt is not asked: it speaks to crawlers of what they find by themselves (RFC 9309), and a hub is named by its
    publisher to be sent this very form. Its delays hold (decision 0015). `delay`: the operator's TUOBEN_HOST_DELAY.
    """
    taken = 0
    for one in await outside.in_rows(pushes.due, utcnow()):
        try:
            why = await _subscribe(door, one, callback(app_url, one.token), outside, delay)
        except NotNow as busy:
            await outside.in_rows(pushes.put_off, one, max(busy.until, utcnow() + BUSY))
            continue
        except FetchError as error:
            why = str(error)
        await outside.in_rows(pushes.asked, one, why)
        taken += not why
    return taken


async def _subscribe(door: Door, one: pushes.Ask, back: str, outside: Outside, delay: float | None) -> str:
    """Send the form where the hub is, and on to where that leads; "" when it was taken, else why not."""
    form = websub.form(topic=one.topic, callback=back, secret=one.secret, lease=pushes.LEASE.total_seconds())
    settings, address = one.settings, one.hub
    for _ in range(REDIRECTS + 1):
        own = source_settings.delay(settings, one.source_url, address, delay)
        async with outside.turn(url.authority(url.fetchable(address)), own, PATIENCE) as turn:
            answer = await post(
                address,
                form,
                door,
                headers=source_settings.request_headers(settings, one.source_url, address),
                lenient_tls=source_settings.lenient(settings, one.source_url, address),
                proxy=settings.proxy,
            )
            turn.answered(answer.status, answer.retry_after)
        if not answer.onward:
            return websub.refusal(answer)
        address = answer.onward
    return "The hub redirects too many times."
