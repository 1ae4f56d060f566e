"""Reads for jobs over the whole archive: what the rows say is stored, hidden or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.loader import MigrationLoader

from tuoben.errors import DataError
from tuoben.model import Capture
from tuoben.store import models, repository


def captures_of_articles(articles: Iterable[str]) -> list[Capture]:
    """All captures of the pages of some articles."""
    rows = models.Capture.objects.filter(article__in=list(articles)).order_by("time")
    return [repository.capture_record(row) for row in rows]


def capture_places() -> Iterator[tuple[str, str, int, int]]:
    """(segment, record id, offset, end) of every capture."""
    rows = models.Capture.objects.order_by("segment", "offset").values_list("segment", "record_id", "offset", "end")
    yield from rows.iterator(chunk_size=2000)


def article_id(text: str) -> str:
    """The id of a shown or hidden article from its id, its URL or the record id of a capture; "" when unknown."""
    row = models.Article.objects.filter(pk=text).first()
    if row is None:
        row = models.Article.objects.filter(url=text).first() or models.Article.objects.filter(canonical=text).first()
    if row is None:
        capture = models.Capture.objects.filter(record_id=text.strip("<>")).exclude(article="").first()
        capture = capture or models.Capture.objects.filter(url=text).exclude(article="").order_by("-time").first()
        return capture.article if capture else ""
    return row.pk


def source_id(text: str) -> str:
    """The id of a source from its id, its name or its URL; "" when unknown."""
    for field in ("pk", "url", "name"):
        row = models.Source.objects.filter(**{field: text}).first()
        if row is not None:
            return row.pk
    return ""


def listings_of(source: str = "") -> list[int]:
    """Rows of the listings of one source, or of all that are not paused."""
    found = models.Listing.objects.filter(source__state="active")
    return list((found.filter(source=source) if source else found).values_list("pk", flat=True))


def article_count() -> int:
    """How many articles there are, hidden ones too."""
    return models.Article.objects.count()


def needs_migration() -> bool:
    """Whether the rows are older than the program. Raises DataError when they are newer."""
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    ours = models.Source._meta.app_label
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    unknown = [name for app, name in applied if app == ours and (app, name) not in known]
    if unknown:
        raise DataError(
            f"This data directory was written by a newer version of tuoben (it has {unknown[0]}); update the program."
        )
    return bool(known - applied)


def use_database(path: Path) -> None:
    """Work on another database file from here on, in this thread."""
    connections[DEFAULT_DB_ALIAS].close()
    connections.settings[DEFAULT_DB_ALIAS]["NAME"] = str(path)
    connections[DEFAULT_DB_ALIAS].settings_dict["NAME"] = str(path)


def write_out() -> None:
    """Move what the write-ahead log holds into the database file, and close it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@dataclass(frozen=True, slots=True)
class Desk:
    """What no WARC holds: the decisions of the desk."""

    hidden: tuple[tuple[str, datetime, str], ...]
    sources: tuple[tuple[str, str, str, str, str, str], ...]
    """(id, url, name, category, state, why)"""
    listings: tuple[tuple[str, str, str], ...]
    """(source, url, kind)"""


def desk() -> Desk:
    """The decisions of the desk as they stand."""
    hidden = models.Article.objects.exclude(hidden_at=None).values_list("pk", "hidden_at", "hidden_reason")
    sources = models.Source.objects.values_list("pk", "url", "name", "category", "state", "why")
    listings = models.Listing.objects.values_list("source_id", "url", "kind")
    return Desk(
        hidden=tuple((pk, at, why) for pk, at, why in hidden if at is not None),
        sources=tuple(sources),
        listings=tuple(listings),
    )


def restore_desk(desk: Desk, now: datetime) -> None:
    """Put the decisions of the desk back after a rebuild."""
    for pk, address, name, category, state, why in desk.sources:
        models.Source.objects.update_or_create(
            id=pk,
            defaults={"url": address, "name": name, "category": category, "state": state, "why": why},
            create_defaults={
                "url": address,
                "name": name,
                "category": category,
                "state": state,
                "why": why,
                "added_at": now,
            },
        )
    for source, address, kind in desk.listings:
        repository.add_listing(models.Source.objects.get(pk=source), address, kind, now)
    for pk, at, why in desk.hidden:
        models.Article.objects.filter(pk=pk).update(hidden_at=at, hidden_reason=why)
