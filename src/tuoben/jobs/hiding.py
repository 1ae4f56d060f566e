"""Taking an article out of every page, feed, search and replay; the log is told that it was, and not which one."""

from __future__ import annotations

from datetime import UTC, datetime

from tuoben.archive import leaves
from tuoben.store import repository
from tuoben.store.logged import Leaf


def hide(article: str, reason: str, now: datetime) -> bool:
    """Hide an article; False when there is none. What opens the log's entry stays in the rows."""
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record, entry, secret = leaves.of_hiding(article, reason, time)
    return repository.hide(article, reason, now, Leaf(record=record, kind=leaves.HIDE, entry=entry, secret=secret))
