"""What the two databases (SQLite, PostgreSQL) do differently, and what Django does too slowly for many rows."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Field, Model

BROKEN = (OperationalError, InterfaceError)
"""What the database raises when it cannot do its work now: locked for long, no room, not to be reached."""
_PASSING = ("40001", "40P01")
"""SQLSTATE of transactions that were in each other's way: serialization_failure, deadlock_detected."""


def save_all(rows: Iterable[Model], names: Collection[str]) -> None:
    """Write some fields of many rows of one table: one statement for all, where bulk_update builds a tree of them."""
    rows = list(rows)
    if not rows:
        return
    table, quote = rows[0]._meta, connection.ops.quote_name
    fields: list[Field[Any, Any]] = [field for field in table.concrete_fields if field.name in names]
    told = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = f"UPDATE {quote(table.db_table)} SET {told} WHERE {quote(str(table.pk.column))} = %s"
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in (*fields, table.pk)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def passing(error: DatabaseError) -> bool:
    """Whether a transaction was only in another one's way, so that it may be tried again at once."""
    return getattr(error.__cause__, "sqlstate", "") in _PASSING


def renew() -> None:
    """Give up this thread's connection if it is broken; the next query makes another."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def leave() -> None:
    """Close this thread's connection."""
    connection.close()


def _key(name: str) -> int:
    return zlib.crc32(f"tuoben {name}".encode())


def one_writer() -> None:
    """Until the end of this transaction nobody else is behind this line: so it is with SQLite from its beginning."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key("articles")])


@contextmanager
def sole(name: str) -> Iterator[bool]:
    """Yields whether no process on another machine does `name`. SQLite's are all here, where a lock file tells."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
        (ours,) = cursor.fetchone()
    try:
        yield bool(ours)
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
