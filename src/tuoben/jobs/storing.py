"""What exchanges become in the WARC: a record of their own, or a revisit of one that holds the same payload."""

from __future__ import annotations

from collections.abc import Sequence

from tuoben import pipeline
from tuoben.archive.lately import Lately
from tuoben.archive.segments import Entry, payload_digest
from tuoben.model import Claim, Exchange, Kind
from tuoben.store import repository


def of_requisite(claim: Claim, exchange: Exchange) -> str:
    """The digest of an image's payload, "" of anything else."""
    whole = claim.kind is Kind.REQUISITE and exchange.status == 200 and exchange.body and not exchange.truncated
    return payload_digest(exchange.body) if whole else ""


def entries_of(batch: Sequence[tuple[Claim, Exchange]], lately: Lately) -> list[Entry]:
    """What goes to the WARC: an exchange whose payload is held already becomes a revisit."""
    told = [(payload_digest(exchange.body), exchange.url, claim.kind) for claim, exchange in batch]
    good = [exchange.status == 200 and bool(exchange.body) and not exchange.truncated for _, exchange in batch]
    held = repository.same_payloads(payload for payload, whole in zip(told, good, strict=True) if whole)
    entries = []
    for (claim, exchange), payload, whole in zip(batch, told, good, strict=True):
        earlier = held.get(payload) if whole else None
        if earlier is None and whole and claim.kind is Kind.REQUISITE:
            earlier = lately.get(payload[0])
        if exchange.status == 304:
            earlier = repository.last_capture(exchange.url)
        note = pipeline.note_for(claim)
        entries.append(Entry(exchange=exchange, note=note, revisit_of=earlier, payload_digest=payload[0]))
    return entries
