"""What was decided of sources' pasts, kept over a rebuild of the rows: begun, how far, stopped (decision 0025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tuoben.model import Kind, Past
from tuoben.store import models, past
from tuoben.store.hosts import HISTORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One way into a source's past, as the rows have it."""

    source: str
    url: str
    kind: str
    past: Past
    rests: bool
    """Something of it waits for `history resume`."""
    pages: tuple[tuple[str, tuple[str, ...], int], ...]
    """Pages that are to be asked for: (URL, via, visits)."""


def decided() -> tuple[Walk, ...]:
    """All walks as they stand."""
    found = []
    for listing in models.Listing.objects.order_by("pk"):
        known = past.known(listing)
        if known is None:
            continue
        items = models.Item.objects.filter(listing=listing, rank=HISTORY)
        pages = items.filter(past.WAITING, kind=Kind.LISTING).order_by("pk").values_list("url", "via", "visits")
        found.append(Walk(
            source=listing.source_id, url=listing.url, kind=listing.kind, past=known,
            rests=items.filter(past.STANDING).exists(), pages=tuple((at, tuple(via), n) for at, via, n in pages),
        ))  # fmt: skip
    return tuple(found)


def restore(walks: Sequence[Walk], now: datetime) -> None:
    """Put them over rows that were made anew from the WARCs, which know what was read and not what was decided."""
    for walk in walks:
        listing, _ = models.Listing.objects.get_or_create(
            source_id=walk.source, url=walk.url, defaults={"kind": walk.kind}
        )
        read = past.known(listing)
        state = walk.past.state
        if state == "done" or (state == "active" and not walk.pages):
            state = read.state if read is not None else state
        told = walk.past
        found = max(told.found, read.found if read is not None else 0)  # the WARCs do not tell who was first
        past.keep(listing, replace(
            read or Past(), state=state, begun=told.begun, since=told.since, until=told.until, found=found,
        ))  # fmt: skip
        for address, via, visits in walk.pages:
            past.ask(listing, address, via, now, visits)
        if walk.rests or state == "stopped":
            items = models.Item.objects.filter(listing=listing, rank=HISTORY, state=models.Item.State.QUEUED)
            items.update(state=models.Item.State.REFUSED, error=past.STOPPED)
