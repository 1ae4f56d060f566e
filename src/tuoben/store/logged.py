"""Rows of the log: what waits to be entered in it, and which number each entry got."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from tuoben.model import Capture
from tuoben.store import models
from tuoben.store.database import insert_all, new

CHUNK = 500
"""Values in one look-up: below what SQLite takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """An entry and its place in the log, None while it waits."""

    record: str
    kind: str
    entry: str = ""
    secret: str = ""
    number: int | None = None


def add(captures: Iterable[Capture]) -> None:
    """Let captures wait for the log, within the transaction that records them."""
    told = {capture.record_id: capture for capture in captures if capture.leaf}
    insert_all(
        new(models.LogLeaf, record=record, kind="import" if capture.origin else "capture", entry=capture.leaf)
        for record, capture in told.items()
    )


def decided(leaves: Sequence[Leaf]) -> None:
    """Decisions of the desk that wait for the log, or are known to be in it; one that is there already is kept."""
    known = places([leaf.record for leaf in leaves])
    models.LogLeaf.objects.bulk_create(
        models.LogLeaf(record=leaf.record, kind=leaf.kind, entry=leaf.entry, secret=leaf.secret)
        for leaf in leaves
        if leaf.record not in known
    )


def decisions() -> tuple[Leaf, ...]:
    """The decisions of the desk that were told, or are to be told, to the log; without their numbers, which it has."""
    rows = models.LogLeaf.objects.filter(kind="hide").exclude(secret="").order_by("pk")
    return tuple(
        Leaf(record=row.record, kind=row.kind, entry=row.entry, secret=row.secret, number=row.number) for row in rows
    )


def pending(limit: int) -> list[tuple[str, str]]:
    """(record id, entry) of what waits, the oldest first."""
    rows = models.LogLeaf.objects.filter(number=None).order_by("pk")
    return list(rows.values_list("record", "entry")[:limit])


def waits() -> bool:
    """Whether anything waits."""
    return models.LogLeaf.objects.filter(number=None).exists()


def size() -> int:
    """How many entries the rows know to be in the log when none is missing: one more than the highest number."""
    highest = models.LogLeaf.objects.aggregate(highest=Max("number"))["highest"]
    return 0 if highest is None else int(highest) + 1


def whole() -> bool:
    """Whether no number below `size` is missing."""
    return models.LogLeaf.objects.exclude(number=None).count() == size()


@transaction.atomic
def number(numbers: Mapping[str, tuple[int, str]]) -> None:
    """Entries that the log holds: record id → (number, kind). Those without a row get one."""
    rows: list[models.LogLeaf] = []
    for part in _parts(list(numbers)):
        rows += models.LogLeaf.objects.filter(record__in=part)
    for row in rows:
        row.number = numbers[row.record][0]
        row.entry = row.entry if row.secret else ""
    # Written anew, not shortened where they lie: SQLite gives back pages, not what becomes free within them.
    for chunk in _parts([str(row.pk) for row in rows]):
        models.LogLeaf.objects.filter(pk__in=chunk).delete()
    insert_all(rows)
    known = {row.record for row in rows}
    models.LogLeaf.objects.bulk_create(
        models.LogLeaf(record=record, kind=kind[:8], number=at)
        for record, (at, kind) in numbers.items()
        if record not in known
    )


def places(records: Sequence[str]) -> dict[str, tuple[int | None, str]]:
    """Record id → (number, entry while it waits) of those that have a row."""
    found: dict[str, tuple[int | None, str]] = {}
    for part in _parts(records):
        rows = models.LogLeaf.objects.filter(record__in=part).values_list("record", "number", "entry")
        found |= {record: (at, entry) for record, at, entry in rows}
    return found


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
