"""Asking WebSub hubs to tell us of news: what the listings announce becomes a subscription, and leases are renewed.

Only when the operator has given a public address (TUOBEN_APP_URL): a hub has to reach us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tuoben import url
from tuoben.fetch import websub
from tuoben.fetch.politeness import DOCUMENT_DELAY
from tuoben.net import Door
from tuoben.pipeline import utcnow
from tuoben.store import pushes, repository

HOLD = 90.0
"""Seconds for which a hub's host is kept, should we die while we ask it."""
BUSY = timedelta(seconds=10)
"""When a hub's host is being asked already, the hub waits this long."""
CALLBACK = "/websub/{token}/"
"""Below the public address: where a hub calls."""

InRows = Callable[..., Awaitable[Any]]
"""Runs a function on the thread that touches rows."""


def callback(app_url: str, token: str) -> str:
    """The address that a hub is told."""
    return app_url.rstrip("/") + CALLBACK.format(token=token)


async def ask(door: Door, app_url: str, in_rows: InRows, delay: float | None = None) -> int:
    """Ask the hubs that are due, one after the other and each host at its own pace; how many took the request."""
    taken = 0
    for one in await in_rows(pushes.due, utcnow()):
        host = url.authority(one.hub)
        lease = await in_rows(repository.lease, host, utcnow(), HOLD)
        if lease is None:
            await in_rows(pushes.put_off, one, utcnow() + BUSY)
            continue
        at, epoch = lease
        try:
            await asyncio.sleep(max((at - utcnow()).total_seconds(), 0.0))
            why = await websub.subscribe(
                door,
                one.hub,
                topic=one.topic,
                callback=callback(app_url, one.token),
                secret=one.secret,
                lease=pushes.LEASE.total_seconds(),
            )
        finally:
            pause = timedelta(seconds=DOCUMENT_DELAY if delay is None else delay)
            await in_rows(repository.end_lease, host, epoch, utcnow() + pause)
        await in_rows(pushes.asked, one, why)
        taken += not why
    return taken
