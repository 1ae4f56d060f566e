"""Reads for an export: the captures that the snapshots of an article consist of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tuoben import model, url
from tuoben.store import models, queries, replaying
from tuoben.store.repository import capture_record

CHUNK = 400
"""Addresses in one look-up."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One dated snapshot of a shown article: its page, further pages, and what they need, each nearest in time."""

    reading: model.Reading
    page: model.Capture
    """What its server sent; of a page that a browser opened, the document that was loaded then."""
    made: tuple[model.Capture, ...]
    """What the browser made of it."""
    parts: tuple[model.Capture, ...]
    requisites: tuple[model.Capture, ...]


def snapshots(article: str, revision: int | None = None) -> Iterator[Snapshot]:
    """The snapshots of an article, oldest first, or that of one revision.

    None of an article that is hidden, or whose body may not be shown (noarchive).
    """
    numbers = [row.number for row in reversed(queries.revisions(article))] if revision is None else [revision]
    needed: dict[str, list[model.Capture]] | None = None
    for number in numbers:
        reading = queries.reading(article, number)
        if reading is None or reading.article.policy.noarchive:
            continue
        needed = _needed(article) if needed is None else needed
        near = [min(found, key=lambda one: _away(one, reading)) for found in needed.values()]
        page = replaying.document_of(reading.capture) or reading.capture
        made = (reading.capture, replaying.picture_of(reading.capture)) if page is not reading.capture else ()
        yield Snapshot(reading, page, tuple(filter(None, made)), tuple(_parts(article)), tuple(near))


def _away(capture: model.Capture, reading: model.Reading) -> float:
    return abs((capture.time - reading.capture.time).total_seconds())


def _needed(article: str) -> dict[str, list[model.Capture]]:
    """The good captures of what the pages of an article need, by canonical URL in the order of the page."""
    rows = models.Requisite.objects.filter(article=article).order_by("pk").values_list("key", flat=True)
    keys = list(dict.fromkeys(rows))
    found: dict[str, list[model.Capture]] = {}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        good = models.Capture.objects.filter(key__in=some, kind=model.Kind.REQUISITE.value, status__lt=400)
        for row in good.order_by("time"):
            found.setdefault(row.key, []).append(capture_record(row))
    return {key: found[key] for key in keys if key in found}


def _parts(article: str) -> Iterator[model.Capture]:
    rows = models.Part.objects.filter(article=article).order_by("number").values_list("capture", flat=True)
    yield from (found for record in rows if (found := queries.archived(record)) is not None)


def requisite_near(address: str, time: datetime) -> model.Capture | None:
    """The good capture of an address nearest to a time: where the address of an image redirects to."""
    rows = models.Capture.objects.filter(key=url.key(address), kind=model.Kind.REQUISITE.value, status__lt=400)
    found = [capture_record(row) for row in rows]
    return min(found, key=lambda one: abs((one.time - time).total_seconds()), default=None)


def hidden() -> frozenset[str]:
    """Ids of all hidden articles, those that they had before too."""
    rows = models.Article.objects.filter(hidden_at__isnull=False)
    former = models.Alias.objects.filter(article__hidden_at__isnull=False)
    return frozenset((*rows.values_list("pk", flat=True), *former.values_list("pk", flat=True)))
