"""What the reads of the store give beside the model's records: plain rows for the faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuoben import model


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """One page of a list. `next` is the cursor of the page behind it, "" on the last one."""

    cards: tuple[model.Card, ...]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category with shown articles. `name` is "" for those without one (未分类)."""

    name: str
    articles: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column (栏目) of a source with shown articles. `key`: what its spellings have in common."""

    name: str
    key: str
    articles: int
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """A listing and how its last visit went; `status` is the HTTP status, None before the first visit."""

    kind: str
    url: str
    checked_at: datetime | None
    status: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A source as its page shows it. `newest` is the snapshot time of its newest shown article."""

    id: str
    name: str
    url: str
    category: str
    state: str
    why: str
    articles: int
    newest: datetime | None
    listings: tuple[ListingRow, ...]
    settings: model.SourceSettings = field(default_factory=model.SourceSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """One revision of an article: its number from 1, the time and the record id of its snapshot, its headline then."""

    number: int
    captured: datetime
    record_id: str
    title: str
    extractor: str = ""
    """By which extractor it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderRow:
    """What an earlier extractor read of a capture: the capture's record id and time, and that extractor's version."""

    id: int
    record_id: str
    captured: datetime
    extractor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The archive at a glance. `paused` is the sentence that says why collecting is paused, "" while it is not."""

    articles: int
    captures: int
    sources: int
    newest: datetime | None
    worker: dict[str, Any] | None
    paused: str
