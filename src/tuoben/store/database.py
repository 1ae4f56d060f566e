"""What the two databases (SQLite, PostgreSQL) do differently, and what Django does too slowly for many rows."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from django.core.signals import request_started
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
    models,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Field, ForeignKey, Model
from django.db.models.base import ModelState

from tuoben.store.fields import JSONField, clean, document

M = TypeVar("M", bound=Model)
BROKEN = (OperationalError, InterfaceError)
"""What the database raises when it cannot do its work now: locked for long, no room, not to be reached."""
_PASSING = ("40001", "40P01", "55P03")
"""SQLSTATE of transactions that were in each other's way: serialization_failure, deadlock_detected, and
lock_not_available, as somebody else had it for longer than one waits."""
TRIES = 5
"""Times that a transaction is tried that another one stood in the way of."""


def save_all(rows: Iterable[Model], names: Collection[str]) -> None:
    """Write some fields of many rows of one table: one statement for all, where bulk_update builds a tree of them."""
    rows = list(rows)
    if rows:
        statement, fields = _writing(type(rows[0]), tuple(names))
        with connection.cursor() as cursor:
            cursor.executemany(statement, _values(rows, fields))


def insert_all(rows: Iterable[Model], *, unless_there: bool = False) -> None:
    """Put new rows into one table, where bulk_create compiles an expression for each value.

    A key that the database gives is not told to the objects. `unless_there`: a row whose key is taken is passed over.
    """
    rows = list(rows)
    if rows:
        statement, fields = _writing(type(rows[0]))
        with connection.cursor() as cursor:
            cursor.executemany(f"{statement}{UNLESS_THERE if unless_there else ''}", _values(rows, fields))


def insert_rows(kind: type[Model], columns: tuple[str, ...], rows: Sequence[tuple[str | int | bytes, ...]]) -> None:
    """Rows of plain texts and numbers, dozens for each article: without a model's instance for each."""
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{kind._meta.db_table}" ({", ".join(columns)}) VALUES ({marks})', rows)


UNLESS_THERE = " ON CONFLICT DO NOTHING"


@cache
def _writing(model: type[Model], names: tuple[str, ...] = ()) -> tuple[str, list[Field[Any, Any]]]:
    """The statement that writes these fields of a row (none named: a new row), and the fields in its order."""
    table, quote = model._meta, connection.ops.quote_name
    if not names:
        fields = [field for field in table.concrete_fields if field is not table.auto_field]
        columns = ", ".join(quote(str(field.column)) for field in fields)
        places = ", ".join(["%s"] * len(fields))
        return f"INSERT INTO {quote(table.db_table)} ({columns}) VALUES ({places})", fields
    fields = [field for field in table.concrete_fields if field.name in names]
    told = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    return f"UPDATE {quote(table.db_table)} SET {told} WHERE {quote(str(table.pk.column))} = %s", [*fields, table.pk]


def _values(rows: Sequence[Model], fields: Sequence[Field[Any, Any]]) -> list[tuple[Any, ...]]:
    """What the driver is given, made column by column: what has to be looked at is looked at once for all rows."""
    columns: list[Sequence[Any]] = []
    vendor = connection.vendor
    for field in fields:
        column = list(map(attrgetter(field.attname), rows))
        way = _way(field, vendor)
        columns.append(column if way is None else way(column))
    return list(zip(*columns, strict=True))


_AS_THEY_ARE = frozenset(
    ("AutoField", "BigAutoField", "BigIntegerField", "IntegerField", "SmallIntegerField", "FloatField", "BooleanField")
)
_TEXTS = frozenset(("CharField", "SlugField", "TextField", "URLField"))


@cache
def _way(field: Field[Any, Any], vendor: str) -> Callable[[list[Any]], Sequence[Any]] | None:
    """What Field.get_db_prep_save does with the values of a column; None when it changes nothing."""
    kind = (field.target_field if isinstance(field, ForeignKey) else field).get_internal_type()
    if kind in _AS_THEY_ARE or (kind == "DateTimeField" and vendor == "postgresql"):
        return None
    if kind in _TEXTS:
        return _texts
    if kind == "DateTimeField" and vendor == "sqlite":
        return _times
    return _documents if type(field) is JSONField and vendor == "sqlite" else partial(_each, field)


def _each(field: Field[Any, Any], column: list[Any]) -> list[Any]:
    return [field.get_db_prep_save(value, connection=connection) for value in column]


def _texts(column: list[Any]) -> list[Any]:
    try:
        if "\0" not in "".join(column):
            return column
    except TypeError:  # one that is null, or no text yet
        pass
    return [value if value is None else clean(value if isinstance(value, str) else str(value)) for value in column]


def _times(column: list[datetime | None]) -> list[str | None]:
    """Times as Django writes them to SQLite: in UTC, without saying so."""
    adapt = connection.ops.adapt_datetimefield_value
    return [None if at is None else at.isoformat(" ")[:-6] if at.tzinfo is UTC else adapt(at) for at in column]


def _documents(column: list[Any]) -> list[str | None]:
    """JSON as Django writes it to SQLite; most are empty."""
    return [
        None if value is None else "{}" if value == {} else "[]" if value == [] else document(value) for value in column
    ]


def rows_of(model: type[M], condition: str, values: Sequence[Any], skip: Collection[str] = ()) -> list[M]:
    """Rows of one table, by a condition in SQL and what follows it, where a query set is compiled anew each time.

    `skip`: fields that are not read (each is when it is asked for). A list among the values stands for all it holds.
    """
    names, columns, readers = _reading(model, frozenset(skip), connection.vendor)
    found = []
    for row in _select(columns, model, condition, values):
        told = dict(zip(names, row, strict=True))
        for name, read in readers:
            told[name] = read(told[name])
        found.append(_object(model, told, adding=False))
    return found


def column_of(model: type[Model], column: str, condition: str, values: Sequence[Any]) -> list[Any]:
    """One column (of keys, texts or numbers) of the rows that meet a condition."""
    return [value for (value,) in columns_of(model, (column,), condition, values)]


def columns_of(model: type[Model], columns: Sequence[str], condition: str, values: Sequence[Any]) -> list[Any]:
    """Several such columns, as tuples."""
    return _select(", ".join(map(connection.ops.quote_name, columns)), model, condition, values)


def _select(columns: str, model: type[Model], condition: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    told: list[Any] = []
    for value in values:
        told += value if isinstance(value, list) else [value]
    sizes = [", ".join(["%s"] * len(value)) for value in values if isinstance(value, list)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {model._meta.db_table} WHERE {condition.format(*sizes)}", told)
        return list(cursor.fetchall())


def new(model: type[M], **told: Any) -> M:  # noqa: ANN401
    """A row that is not in its table yet: as the class makes it, at a tenth of the cost. Names are those of columns."""
    plain, made = _usual(model)
    return _object(model, {**plain, **{name: make() for name, make in made}, **told}, adding=True)


@cache
def _usual(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The defaults of all columns; those that are made anew for each row apart."""
    plain, made = {}, []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            made.append((field.attname, field.default))
        else:
            plain[field.attname] = field.get_default()
    return plain, made


def _object(model: type[M], told: dict[str, Any], *, adding: bool) -> M:
    """A model's object out of its values, as unpickling makes one: Model.__init__ is the dearest part of a row."""
    row = model.__new__(model)
    state = ModelState()
    state.adding = adding
    state.db = None if adding else DEFAULT_DB_ALIAS
    row.__dict__ = told
    row._state = state
    return row


@cache
def _reading(
    model: type[Model], skip: frozenset[str], vendor: str
) -> tuple[list[str], str, list[tuple[str, Callable[[Any], Any]]]]:
    """Names, columns, and for those columns whose values are not what the field holds what makes that of them."""
    fields = [field for field in model._meta.concrete_fields if field.name not in skip]
    columns = ", ".join(_column(field, vendor) for field in fields)
    readers = [(field.attname, read) for field in fields if (read := _reader(field, vendor)) is not None]
    return [field.attname for field in fields], columns, readers


def _column(field: Field[Any, Any], vendor: str) -> str:
    """How a column is asked for. A plus makes a value of it that has no declared type: then a time comes from SQLite as
    the text that it is, and not by way of Django's converter."""
    name = connection.ops.quote_name(str(field.column))
    return f"+{name}" if field.get_internal_type() == "DateTimeField" and vendor == "sqlite" else name


def _reader(field: Field[Any, Any], vendor: str) -> Callable[[Any], Any] | None:
    kind = field.get_internal_type()
    if kind == "DateTimeField" and vendor == "sqlite":
        return _in_utc
    if isinstance(field, models.JSONField):
        return partial(field.from_db_value, expression=field.get_col(field.model._meta.db_table), connection=connection)
    return None


def _in_utc(value: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{value}+00:00") if value is not None else None


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


_KEPT = "PRAGMA cache_size=-8192"
"""KiB of pages that each connection of a web server keeps: there are many, and what is read is mapped into memory."""


class _Opened(threading.local):
    """Which file this thread's connection has open."""

    file: int | None = None


_opened = _Opened()


def stay() -> None:
    """For a server: this process's connections to SQLite outlast a request, as long as the file is the same."""
    if connection.vendor == "sqlite":
        connections.settings[DEFAULT_DB_ALIAS]["CONN_MAX_AGE"] = 60
        connection_created.connect(_made)
        request_started.connect(_still_there)


def _file() -> int | None:
    try:
        return Path(connections.settings[DEFAULT_DB_ALIAS]["NAME"]).stat().st_ino
    except OSError:
        return None


def _made(connection: BaseDatabaseWrapper, **told: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT)
    _opened.file = _file()


def _still_there(**told: object) -> None:
    """A file that was put in the place of the old one is the one to be read: `rebuild` does that with a broken one."""
    if connection.connection is not None and _opened.file != _file():
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
