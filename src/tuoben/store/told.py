"""What a claim tells of its item, with what is known of the item's source and listing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tuoben import shape, source_settings
from tuoben.model import Claim, Kind, Learned, Link, Past
from tuoben.store.database import rows_of
from tuoben.store.hosts import HISTORY
from tuoben.store.models import Item, Listing, Source


class Told:
    """What claims tell of the sources and listings of their items, as keywords of Claim."""

    def __init__(self, items: Iterable[Item]) -> None:
        of_sources = sorted({item.source_id for item in items if item.source_id})
        of_listings = sorted({item.listing_id for item in items if item.listing_id})
        asked = {item.listing_id for item in items if item.kind == Kind.LISTING}
        asked |= {item.listing_id for item in items if item.rank == HISTORY}
        unread = ("rhythm",) if asked else ("rhythm", "learned")
        self.sources: dict[str | None, dict[str, Any]] = {}
        self.listings: dict[int | None, dict[str, Any]] = {}
        self.learned: dict[int | None, Learned] = {}
        for source in rows_of(Source, "id IN ({})", [of_sources], ("habit",)) if of_sources else ():
            self.sources[source.pk] = {
                "source": source.pk,
                "source_url": source.url,
                "source_name": source.name,
                "source_category": source.category,
                "settings": source_settings.load(source.settings),
            }
        for row in rows_of(Listing, "id IN ({})", [of_listings], unread) if of_listings else ():
            self.listings[row.pk] = {"listing": row.pk, "listing_url": row.url, "listing_kind": row.kind}
            if row.pk in asked:
                self.learned[row.pk] = shape.load(Learned, row.learned)

    def claim(self, item: Item, until: datetime) -> Claim:
        """The claim of an item that is leased until then."""
        return Claim(
            item=item.pk,
            epoch=item.epoch,
            kind=Kind(item.kind),
            url=item.url,
            host=item.host,
            **self.sources.get(item.source_id, {}),
            **self.listings.get(item.listing_id, {}),
            article=item.article,
            part=item.part,
            for_host=item.for_host,
            referer=item.referer,
            link=shape.load(Link, item.hints) if item.hints else None,
            via=tuple(item.via),
            etag=item.etag,
            last_modified=item.last_modified,
            payload_digest=item.payload_digest,
            attempts=item.attempts,
            visits=item.visits,
            learned=self._learned(item),
            until=until,
            past=self._past(item) if item.rank == HISTORY else None,
        )

    def _learned(self, item: Item) -> Learned | None:
        """Of a section page: what is known of it. The past has a row of its own kind, which no page is asked with."""
        known = self.learned.get(item.listing_id) if item.kind == Kind.LISTING and item.rank != HISTORY else None
        return replace(known, past=None) if known is not None else None

    def _past(self, item: Item) -> Past:
        """What of a source's past travels with its claims."""
        known = self.learned.get(item.listing_id)
        past = (known.past if known is not None else None) or Past()
        return Past(begun=past.begun, since=past.since, until=past.until)
