"""What the two databases (SQLite, PostgreSQL) do differently, and what Django does too slowly for many rows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Field, ForeignKey, JSONField, Model

from tuoben.store.fields import clean

M = TypeVar("M", bound=Model)
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
    with connection.cursor() as cursor:
        cursor.executemany(statement, _values(rows, [*fields, table.pk]))


def insert_all(rows: Iterable[Model]) -> None:
    """Put new rows into one table, where bulk_create compiles an expression for each value.

    A key that the database gives is not told to the objects.
    """
    rows = list(rows)
    if not rows:
        return
    table, quote = rows[0]._meta, connection.ops.quote_name
    fields = [field for field in table.concrete_fields if field is not table.auto_field]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(table.db_table)} ({columns}) VALUES ({places})", _values(rows, fields))


def _values(rows: Iterable[Model], fields: Iterable[Field[Any, Any]]) -> list[list[Any]]:
    ways = [(field.attname, _way(field)) for field in fields]
    return [[getattr(row, name) if way is None else way(getattr(row, name)) for name, way in ways] for row in rows]


_AS_THEY_ARE = frozenset(
    ("AutoField", "BigAutoField", "BigIntegerField", "IntegerField", "SmallIntegerField", "FloatField", "BooleanField")
)
_TEXTS = frozenset(("CharField", "SlugField", "TextField", "URLField"))


def _way(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What Field.get_db_prep_save does with a value, found out once for all rows; None when it changes nothing."""
    kind = (field.target_field if isinstance(field, ForeignKey) else field).get_internal_type()
    if kind in _AS_THEY_ARE:
        return None
    if kind in _TEXTS:
        return _text
    if kind == "DateTimeField":
        return _times()
    return partial(field.get_db_prep_save, connection=connection)


def _text(value: Any) -> Any:  # noqa: ANN401
    return value if value is None else clean(value if isinstance(value, str) else str(value))


def _times() -> Callable[[Any], Any]:
    """Times as the database takes them; the same one is often in many rows."""
    adapt: Callable[[datetime], Any] = connection.ops.adapt_datetimefield_value
    known: dict[datetime | None, Any] = {None: None}

    def told(value: datetime | None) -> Any:  # noqa: ANN401
        if value not in known:
            known[value] = adapt(value)  # type: ignore[arg-type]
        return known[value]

    return told


def rows_of(model: type[M], condition: str, values: Sequence[Any], skip: Collection[str] = ()) -> list[M]:
    """Rows of one table, by a condition in SQL and what follows it, where a query set is compiled anew each time.

    `skip`: fields that are not read (each is when it is asked for). A list among the values stands for all it holds.
    """
    names, columns, readers = _reading(model, frozenset(skip), connection.vendor)
    told: list[Any] = []
    for value in values:
        told += value if isinstance(value, list) else [value]
    sizes = [", ".join(["%s"] * len(value)) for value in values if isinstance(value, list)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {model._meta.db_table} WHERE {condition.format(*sizes)}", told)
        found = cursor.fetchall()
    return [
        model.from_db(
            DEFAULT_DB_ALIAS,
            names,
            [value if read is None else read(value) for read, value in zip(readers, row, strict=True)],
        )
        for row in found
    ]


@cache
def _reading(
    model: type[Model], skip: frozenset[str], vendor: str
) -> tuple[list[str], str, list[Callable[[Any], Any] | None]]:
    """Names, columns and what makes of each column's values what the field holds; None: they are that."""
    fields = [field for field in model._meta.concrete_fields if field.name not in skip]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return [field.attname for field in fields], columns, [_reader(field, vendor) for field in fields]


def _reader(field: Field[Any, Any], vendor: str) -> Callable[[Any], Any] | None:
    kind = field.get_internal_type()
    if kind == "DateTimeField" and vendor == "sqlite":
        return _in_utc
    if isinstance(field, JSONField):
        return partial(field.from_db_value, expression=field.get_col(field.model._meta.db_table), connection=connection)
    return None


def _in_utc(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=UTC) if value is not None else None


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
