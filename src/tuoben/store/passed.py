"""Items that a claim passes over: forbidden, of paused sources, or of hosts that must not be asked now."""

from __future__ import annotations

from datetime import datetime, timedelta

from tuoben.model import Kind
from tuoben.store.database import save_all
from tuoben.store.hosts import HISTORY
from tuoben.store.models import Item, Listing

REFUSED_FOR = timedelta(days=1)


class Passed:
    """What one claim passes over. It is written together, at the end of the claim."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._items: list[Item] = []
        self._listings: dict[str, list[int]] = {}
        self.entries: list[str] = []
        """Ids of refused articles whose full text stands in their listing."""

    def close(self, item: Item, state: str, why: str) -> None:
        """Nobody asks for it any more."""
        item.state, item.error = state, why
        self._items.append(item)

    def put_off(self, item: Item, until: datetime) -> None:
        """It is not asked for before a time."""
        item.due_at = until
        self._items.append(item)

    def refuse(self, item: Item, why: str) -> None:
        """Close what must not be asked for. A listing is looked at again when its robots.txt may have changed."""
        if item.kind != Kind.LISTING or item.part > 1 or item.rank == HISTORY:
            self.close(item, Item.State.REFUSED, why)
            if item.hints.get("entry"):
                self.entries.append(item.article)
            return
        item.error = why
        self.put_off(item, self._now + REFUSED_FOR)
        self._listings.setdefault(why, []).append(item.listing_id or 0)

    def save(self) -> None:
        """Write everything."""
        save_all(self._items, ("state", "error", "due_at"))
        for why, listings in self._listings.items():
            Listing.objects.filter(pk__in=listings).update(error=why)
