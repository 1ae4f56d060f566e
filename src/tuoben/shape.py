"""Records as JSON and back, and the one JSON shape of an article that the command line, the API and the feeds share."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_origin

from tuoben.model import Article, Card, Kind, Moment, Reading

T = TypeVar("T")
Reader = Callable[[Any], Any]
_READERS: dict[type, dict[str, Reader | None]] = {}
_FIELDS: dict[type, tuple[Callable[[Any], tuple[Any, ...]], tuple[str, ...], tuple[object, ...]]] = {}
_PLAIN = frozenset((str, int, float, bool, type(None)))


def dump(record: Any) -> Any:  # noqa: ANN401 (any record, any JSON value)
    """A record as JSON values; fields that hold their default are left out, so that old rows stay readable."""
    kind = type(record)
    if kind in _PLAIN:
        return record
    if kind in _FIELDS or dataclasses.is_dataclass(kind):
        values, names, defaults = _FIELDS.get(kind) or _fields(kind)
        return {
            name: value if type(value) in _PLAIN else dump(value)
            for name, value, usual in zip(names, values(record), defaults, strict=True)
            if value is not usual and value != usual
        }
    if isinstance(record, Enum):
        return record.value
    if isinstance(record, date):
        return record.isoformat()
    if isinstance(record, tuple | list | frozenset):
        return [dump(item) for item in record]
    if isinstance(record, Mapping):
        return {key: dump(value) for key, value in record.items()}
    return record


def _fields(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[str, ...], tuple[object, ...]]:
    """(what reads all values of a record at once, their names, their defaults), found out once for each class."""
    fields = dataclasses.fields(kind)
    names = tuple(field.name for field in fields)
    values = attrgetter(*names) if len(names) > 1 else lambda record: tuple(getattr(record, name) for name in names)
    _FIELDS[kind] = values, names, tuple(map(_default, fields))
    return _FIELDS[kind]


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def load(cls: type[T], value: Mapping[str, Any]) -> T:
    """The record of class `cls` from what `dump` made of it; names that the class does not know are passed over."""
    readers = _READERS.get(cls) or _readers(cls)
    told = {}
    for name, item in value.items():
        if name in readers:
            read = readers[name]
            told[name] = item if read is None else read(item)
    return cls(**told)


def _readers(cls: type) -> dict[str, Reader | None]:
    """How each field of a record is read, found out once from its type; None: as it is."""
    _READERS[cls] = {name: _reader(hint) for name, hint in typing.get_type_hints(cls).items()}
    return _READERS[cls]


def _reader(hint: Any) -> Reader | None:  # noqa: ANN401
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        read = _reader(next(arg for arg in get_args(hint) if arg is not type(None)))
        return None if read is None else lambda value: None if value is None else read(value)
    if origin is tuple:
        inner = _reader(get_args(hint)[0])
        return tuple if inner is None else lambda value: tuple(map(inner, value))
    if origin is frozenset:
        return frozenset
    if isinstance(hint, type):
        if dataclasses.is_dataclass(hint):
            return partial(load, hint)
        if issubclass(hint, Enum):
            return hint
        if hint in (date, datetime):
            return hint.fromisoformat
    return None


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


def _moment(value: Moment | None) -> str | None:
    return value.iso() if value else None


def extracted_json(article: Article) -> dict[str, Any]:
    """What extraction alone knows of a page: the shape of `tuoben extract`."""
    return {
        "url": article.url,
        "state": article.state.value,
        "canonical": article.canonical or article.url,
        "title": article.title,
        "column": article.column,
        "source": article.source,
        "publisher": article.publisher,
        "category": article.category,
        "published": _moment(article.published),
        "published_precision": article.published.precision.value if article.published else None,
        "modified": _moment(article.modified),
        "authors": list(article.authors),
        "roles": [{"role": role.role, "name": role.name} for role in article.roles],
        "lang": article.lang,
        "description": article.description,
        "keywords": list(article.keywords),
        "text": article.text,
        "html": article.html,
        "images": [dump(image) | {"alt": image.alt, "caption": image.caption} for image in article.images],
        "reprinted_from": article.reprinted_from,
        "original_title": article.original_title,
        "next_pages": list(article.next_pages),
        "policy": {
            "noarchive": article.policy.noarchive,
            "tdm_reserved": article.policy.tdm_reserved,
            "tdm_policy": article.policy.tdm_policy or None,
            "tdm_origin": article.policy.tdm_origin or None,
        },
        "flags": list(article.flags),
        "origins": dict(article.origins),
    }


def card_json(card: Card) -> dict[str, Any]:
    """The shortened shape: what lists show."""
    return {
        "id": card.id,
        "url": card.url,
        "canonical": card.canonical,
        "title": card.title,
        "column": card.column,
        "source": card.source,
        "site": card.site,
        "category": card.category,
        "published": _moment(card.published),
        "captured": _time(card.captured),
        "lang": card.lang,
        "lead": card.lead,
        "image": card.image or None,
    }


def article_json(reading: Reading) -> dict[str, Any]:
    """The one JSON shape of a stored article. With `noarchive` the body is left out (law 5)."""
    out = extracted_json(reading.article) | card_json(reading.card)
    if reading.article.policy.noarchive:
        out |= {"text": "", "html": "", "images": [], "lead": "", "description": ""}
    return out | {
        "first_captured": _time(reading.first_captured),
        "revision": reading.revision,
        "revisions": reading.revisions,
        "gone_since": _time(reading.gone_since),
        "gone_why": reading.gone_why if reading.gone_since else "",
        "capture": {
            "record": reading.capture.record_id,
            "segment": reading.capture.segment,
            "offset": reading.capture.offset,
            "status": reading.capture.status,
            "payload_digest": reading.capture.payload_digest,
            "origin": reading.capture.origin,
            "rendered": reading.capture.kind is Kind.RENDERED,
        },
        "reprints": [card.id for card in reading.reprints],
    }
