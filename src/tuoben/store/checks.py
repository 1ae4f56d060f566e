"""Reads for jobs over the whole archive: what the rows say is stored, hidden or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader

from tuoben import url
from tuoben.errors import DataError
from tuoben.extractor import extractor
from tuoben.model import Capture, Kind
from tuoben.store import categories, logged, models, repository, twins, walks
from tuoben.store.hosts import HISTORY
from tuoben.store.past import DATES

REBUILD = "rebuild"
"""The stem of the file, and the name of the schema, in which rows are made anew."""
BESIDE = f" -c search_path={REBUILD}"


def captures_of_articles(articles: Iterable[str]) -> list[Capture]:
    """All captures of the pages of some articles."""
    rows = models.Capture.objects.filter(article__in=list(articles)).order_by("time")
    return [repository.capture_record(row) for row in rows]


def capture_of_article(article: str) -> Capture | None:
    """The capture that the newest revision of an article was read from, hidden or not."""
    revision = models.Revision.objects.filter(article=article).order_by("-number").first()
    row = models.Capture.objects.filter(record_id=revision.capture).first() if revision is not None else None
    return repository.capture_record(row) if row is not None else None


def captures_in(segment: str) -> list[tuple[str, int, int]]:
    """(record id, offset, end) of every capture of a segment."""
    rows = models.Capture.objects.filter(segment=segment).order_by("offset")
    return list(rows.values_list("record_id", "offset", "end"))


def article_id(text: str) -> str:
    """The id of a shown or hidden article from its id, any form of its URL, or the record id of a capture; else ""."""
    key = url.key(text)
    row = models.Article.objects.filter(pk=text).first() or models.Article.objects.filter(key=key).first()
    if row is not None:
        return row.pk
    if (known := twins.resolve(text)) != text or (known := twins.at(key)):
        return known
    captures = models.Capture.objects.exclude(article="")
    capture = captures.filter(record_id=text.strip("<>")).first() or captures.filter(key=key).order_by("-time").first()
    if capture is not None:
        return capture.article
    moved = models.Item.objects.filter(key=f"page {key}", article__in=models.Article.objects.values("pk")).first()
    return moved.article if moved is not None else ""  # an address that redirects to the article's


def source_id(text: str) -> str:
    """The id of a source from its id, its URL or its name; "" when unknown."""
    for field, value in (("pk", text), ("url", url.resolve("", text) or text), ("name", text)):
        row = models.Source.objects.filter(**{field: value}).first()
        if row is not None:
            return row.pk
    return ""


def listings_of(source: str = "") -> list[int]:
    """Rows of the listings of one source, or of all; those of paused sources are left out."""
    found = models.Listing.objects.filter(source__state="active").exclude(kind=DATES)
    return list((found.filter(source=source) if source else found).values_list("pk", flat=True))


def failing_listings(listing_ids: Iterable[int]) -> list[tuple[str, str]]:
    """(URL, why) of those of the listings whose last visit brought nothing, or that may not be asked for."""
    items = (
        models.Item.objects.filter(listing__in=list(listing_ids), kind=Kind.LISTING)
        .exclude(error="")
        .exclude(rank=HISTORY)
    )
    rows = items.order_by("listing", "pk").values_list("listing_id", "listing__url", "error")
    return list({listing: (address, why) for listing, address, why in rows}.values())


def article_count() -> int:
    """How many articles there are, hidden ones too."""
    return models.Article.objects.count()


def in_use() -> bool:
    """Whether anything was ever put into the rows."""
    return models.Source.objects.exists() or models.Capture.objects.exists()


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


def on_server() -> bool:
    """Whether the rows are a server's (PostgreSQL), and no file of the data directory."""
    return connection.vendor == "postgresql"


def use_database(path: Path) -> None:
    """Work on another database file from here on, in this thread; on a server: the schema `rebuild` for that file."""
    settings = connections[DEFAULT_DB_ALIAS].settings_dict
    if on_server():
        usual = settings["OPTIONS"]["options"].removesuffix(BESIDE)
        if path.stem == REBUILD:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {REBUILD}")
            usual += BESIDE
        connections[DEFAULT_DB_ALIAS].close()
        settings["OPTIONS"]["options"] = usual
        return
    connections[DEFAULT_DB_ALIAS].close()
    connections.settings[DEFAULT_DB_ALIAS]["NAME"] = str(path)
    settings["NAME"] = str(path)


def drop_database(path: Path) -> None:
    """Remove what lies beside the rows in use."""
    if on_server():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {REBUILD} CASCADE")
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def write_out() -> None:
    """Move what the write-ahead log holds into the database file, and close it."""
    if not on_server():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def sound() -> bool:
    """Whether the database file is one that can be read from its first page to its last.

    Raises what the database says when it is not the file that is to blame: locked, not readable for us, no room.
    """
    if on_server():
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            return bool(cursor.fetchone() == ("ok",))
    except DatabaseError as error:
        if is_damage(error):
            return False
        raise


def is_damage(error: DatabaseError) -> bool:
    """Whether an error says that the database file itself is broken, or no database of ours."""
    if on_server():
        return False
    code = getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Desk:
    """What no WARC holds: the decisions of the desk."""

    hidden: tuple[tuple[str, datetime, str], ...]
    sources: tuple[tuple[str, str, str, str, str, str, dict[str, object]], ...]
    """(id, url, name, category, state, why, settings)"""
    listings: tuple[tuple[str, str, str], ...]
    """(source, url, kind)"""
    leaves: tuple[logged.Leaf, ...]
    """What the log is told, or to be told, of what is hidden."""
    categories: categories.Decided
    walks: tuple[walks.Walk, ...]
    """Of sources' pasts."""


def desk() -> Desk:
    """The decisions of the desk as they stand."""
    hidden = models.Article.objects.exclude(hidden_at=None).values_list("pk", "hidden_at", "hidden_reason")
    sources = models.Source.objects.values_list("pk", "url", "name", "category", "state", "why", "settings")
    listings = models.Listing.objects.exclude(kind=DATES).values_list("source_id", "url", "kind")
    return Desk(
        hidden=tuple((pk, at, why) for pk, at, why in hidden if at is not None),
        sources=tuple(sources),
        listings=tuple(listings),
        leaves=logged.decisions(),
        categories=categories.decided(),
        walks=walks.decided(),
    )


def restore_desk(desk: Desk, now: datetime) -> None:
    """Put the decisions of the desk over rows that were made anew: a source that it does not have was removed."""
    for pk in models.Source.objects.exclude(pk__in=[row[0] for row in desk.sources]).values_list("pk", flat=True):
        repository.remove_source(pk)
    for pk, address, name, category, state, why, settings in desk.sources:
        values = {"url": address, "name": name, "category": category, "state": state, "why": why, "settings": settings}
        models.Source.objects.update_or_create(id=pk, defaults=values, create_defaults=values | {"added_at": now})
    logged.decided(desk.leaves)
    for source, address, kind in desk.listings:
        repository.add_listing(models.Source.objects.get(pk=source), address, kind, now)
    for pk, at, why in desk.hidden:
        models.Article.objects.filter(pk=twins.resolve(pk)).update(hidden_at=at, hidden_reason=why)
    categories.restore(desk.categories)
    walks.restore(desk.walks, now)


_KEEP_OLDER = (
    "INSERT INTO {here}store_olderreading (article, capture, captured_at, extractor, content) "
    "SELECT old.article_id, old.capture, old.captured_at, old.extractor, old.content FROM {here}store_revision old "
    "LEFT JOIN {there}store_revision new ON new.article_id = old.article_id AND new.capture = old.capture "
    "WHERE (new.id IS NULL AND old.extractor <> %s) OR (new.extractor <> old.extractor AND new.content <> old.content)"
)
"""What an older extractor read, where the present one reads something else."""


def take_over(new: Path, now: datetime, *, keep_desk: bool = True) -> None:
    """Put the rows of another database in the place of those here, under the desk's decisions as they stand here.

    One transaction: who reads meanwhile sees the old rows until it ends, who decides waits; no decision is lost.
    """
    stay = (models.Status, models.OlderReading, models.Save)
    kinds = [kind for kind in apps.get_app_config("store").get_models() if kind not in stay]
    source, target = (f"{REBUILD}.", "") if on_server() else ("anew.", "main.")
    with connection.cursor() as cursor, connection.constraint_checks_disabled():
        if not on_server():
            cursor.execute("ATTACH DATABASE %s AS anew", [str(new)])
        try:
            with transaction.atomic():
                decided = desk()
                cursor.execute(_KEEP_OLDER.format(here=target, there=source), [extractor()])
                for table in (kind._meta for kind in kinds):
                    columns = ", ".join(f'"{field.column}"' for field in table.local_concrete_fields)
                    here, there = f'{target}"{table.db_table}"', f'{source}"{table.db_table}"'
                    cursor.execute(f"DELETE FROM {here}")
                    cursor.execute(f"INSERT INTO {here} ({columns}) SELECT {columns} FROM {there}")
                for statement in connection.ops.sequence_reset_sql(no_style(), kinds):
                    cursor.execute(statement)
                if keep_desk:
                    restore_desk(decided, now)
        finally:
            if not on_server():
                cursor.execute("DETACH DATABASE anew")
