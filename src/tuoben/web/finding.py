"""The search index for the web process: opened once, refreshed for each request."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from tuoben import find
from tuoben.index import Filters, Index
from tuoben.model import Reading

_lock = threading.Lock()
_opened: dict[str, Index] = {}


@dataclass(frozen=True, slots=True)
class Related:
    """Related articles, those published after the one that is read apart from those before it."""

    after: Sequence[find.Related]
    before: Sequence[find.Related]


def index() -> Index:
    """The index, as new as the last commit."""
    path = settings.DATA / "index"
    with _lock:
        if str(path) not in _opened:
            _opened[str(path)] = Index.open(path)
        opened = _opened[str(path)]
        opened.refresh()
        return opened


def search(
    terms: Mapping[str, str],
    since: datetime | None,
    until: datetime | None,
    wish: find.Wish,
    as_of: datetime | None = None,
) -> find.Result:
    """What the visitor's terms find."""
    filters = Filters(
        category=terms["category"], source=terms["source"], lang=terms.get("lang", ""), since=since, until=until,
        as_of=as_of,
    )  # fmt: skip
    sort = "newest" if terms["sort"] == "newest" else "relevance"
    wish = replace(wish, sort=sort, zone=timezone.get_default_timezone())
    return find.search(index(), terms["q"], filters, wish)


def related(reading: Reading, limit: int) -> Related:
    """What is related to the article that is read, computed now."""
    found = find.related(index(), reading.card.id, limit=limit)
    return Related(after=[item for item in found if item.newer], before=[item for item in found if not item.newer])
