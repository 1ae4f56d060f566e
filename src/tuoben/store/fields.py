"""Columns of text that any database can hold: PostgreSQL refuses NUL characters, and pages hold them.

They are left out on the way to the rows, with SQLite too, and in what is looked up; the WARC has them. To migrations
and to the type checker these are Django's own fields.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

_LEVEL = 4
"""Of deflating, 1 to 9: a third less work than the usual 6, for a fortieth more bytes."""


def clean(value: Any) -> Any:  # noqa: ANN401
    """A text, or what JSON has room for, without NUL characters."""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, dict):
        return {clean(key): clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return value


def document(value: Any, **way: Any) -> str:  # noqa: ANN401
    """JSON without NUL characters: these are hardly ever there, and in what is written they are easily seen."""
    text = json.dumps(value, **way)
    return json.dumps(clean(value), **way) if "\\u0000" in text else text


class _Plain:
    """Lets a field go by the name of the one that it extends."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """What a migration is told."""
        name, path, given, named = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{path.rpartition('.')[2]}", given, named


class _Text:
    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401
        """What goes into the row, or is looked for."""
        return clean(super().get_prep_value(value))  # type: ignore[misc]


if TYPE_CHECKING:
    from django.db.models import BigIntegerField as RowField
    from django.db.models import CharField, JSONField, TextField
    from django.db.models import JSONField as PackedField
else:

    class CharField(_Plain, _Text, models.CharField):
        """A line of text."""

    class TextField(_Plain, _Text, models.TextField):
        """A text of any length."""

    class JSONField(_Plain, models.JSONField):
        """Records as JSON."""

        def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ANN401
            return super().get_db_prep_value(clean(value), connection, prepared)

        def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401
            """Most are empty: these need no parser."""
            if value == "{}":
                return {}
            if value == "[]":
                return []
            return super().from_db_value(value, expression, connection)

    class PackedField(models.JSONField):
        """Records as JSON that no query looks into, deflated (RFC 1950): SQLite does not compress by itself.

        Text that an older version of the program left in the column is read as it is.
        """

        def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
            return "blob" if connection.vendor == "sqlite" else super().db_type(connection)

        def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
            return None if connection.vendor == "sqlite" else super().db_check(connection)

        def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ANN401
            if connection.vendor != "sqlite" or value is None:
                return super().get_db_prep_value(clean(value), connection, prepared)
            return zlib.compress(document(value, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)

        def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401
            if isinstance(value, bytes):
                return json.loads(zlib.decompress(value))
            return super().from_db_value(value, expression, connection)

    class RowField(models.BigIntegerField):
        """A key that says where its row stands: with SQLite this very type makes it the number of the row."""

        def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
            return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


__all__ = ["CharField", "JSONField", "PackedField", "RowField", "TextField", "clean", "document"]
