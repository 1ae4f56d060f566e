"""Atom (RFC 4287, paged as in RFC 5005) and JSON Feed 1.1. Pure: records in, bytes out."""

from __future__ import annotations

import json
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tuoben import shape
from tuoben.model import Card, Moment, Precision

ATOM = "http://www.w3.org/2005/Atom"
TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A card as a feed shows it. `html` is sanitised, "" when only the headline may be shown."""

    card: Card
    url: str
    html: str = ""
    authors: tuple[str, ...] = ()
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One list as a feed. All addresses are absolute; `next_url` leads to older entries, "" when there are none."""

    title: str
    page_url: str
    feed_url: str
    lang: str
    entries: Sequence[Entry]
    next_url: str = ""
    subtitle: str = ""
    generator: str = "tuoben"

    @property
    def updated(self) -> datetime:
        """The newest snapshot in it."""
        return max((entry.card.captured for entry in self.entries), default=_BEGINNING)


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": feed.lang})
    _add(root, "id", _urn(feed.feed_url))
    _add(root, "title", feed.title)
    if feed.subtitle:
        _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _time(feed.updated))
    _link(root, feed.feed_url, "self", TYPES["atom"])
    _link(root, feed.page_url, "alternate", "text/html")
    if feed.next_url:
        _link(root, feed.next_url, "next", TYPES["atom"])
    _add(root, "generator", feed.generator)
    for entry in feed.entries:
        _entry(ET.SubElement(root, f"{{{ATOM}}}entry"), entry, feed)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _entry(element: ET.Element, entry: Entry, feed: Feed) -> None:
    card = entry.card
    if card.lang and re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", card.lang):
        element.set("{http://www.w3.org/XML/1998/namespace}lang", card.lang)
    _add(element, "id", _urn(f"tuoben:article:{card.id}"))
    _add(element, "title", _headline(card))
    _add(element, "updated", _time(card.captured))
    published = _published(card.published)
    if published:
        _add(element, "published", published)
    for name in entry.authors or (card.source or feed.title,):
        _add(ET.SubElement(element, f"{{{ATOM}}}author"), "name", name)
    if card.category:
        ET.SubElement(element, f"{{{ATOM}}}category", {"term": _clean(card.category)})
    _link(element, entry.url, "alternate", "text/html")
    _link(element, card.url, "via")
    if card.lead:
        _add(element, "summary", card.lead)
    if entry.html:
        _add(element, "content", entry.html, type="html")


def jsonfeed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1; each item carries the one JSON shape of the article's card as `_tuoben`."""
    out: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.feed_url,
        "language": feed.lang,
    }
    if feed.subtitle:
        out["description"] = feed.subtitle
    if feed.next_url:
        out["next_url"] = feed.next_url
    out["items"] = [_item(entry) for entry in feed.entries]
    return json.dumps(out, ensure_ascii=False).encode("utf-8", "replace")


def _item(entry: Entry) -> dict[str, Any]:
    card = entry.card
    item: dict[str, Any] = {
        "id": _urn(f"tuoben:article:{card.id}"),
        "url": entry.url,
        "external_url": card.url,
        "title": _headline(card),
        "date_modified": _time(card.captured),
        "_tuoben": shape.card_json(card),
    }
    item["content_html" if entry.html else "content_text"] = entry.html or card.lead
    published = _published(card.published)
    optional = {
        "summary": card.lead,
        "date_published": published,
        "image": entry.image,
        "language": card.lang,
        "tags": [card.category] if card.category else [],
        "authors": [{"name": name} for name in entry.authors or ((card.source,) if card.source else ())],
    }
    return item | {name: value for name, value in optional.items() if value}


def _headline(card: Card) -> str:
    return f"{card.column}｜{card.title}" if card.column else card.title


def _published(moment: Moment | None) -> str:
    """RFC 3339 wants a time: a date alone is not made one (the card in `_tuoben` tells it)."""
    if moment is None or moment.precision is Precision.DAY or moment.value.tzinfo is None:
        return ""
    return _time(moment.value)


def _time(value: datetime) -> str:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def _urn(name: str) -> str:
    """An id that stays the same whatever host the archive moves to (of articles), as RFC 4287 4.2.6 wants."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _clean(text: str) -> str:
    """What XML 1.0 can carry."""
    return _NOT_XML.sub("", text)


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes).text = _clean(text)


def _link(parent: ET.Element, href: str, rel: str, type: str = "") -> None:
    attributes = {"href": _clean(href), "rel": rel} | ({"type": type} if type else {})
    ET.SubElement(parent, f"{{{ATOM}}}link", attributes)
