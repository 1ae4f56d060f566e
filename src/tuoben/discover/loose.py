"""Feeds that are not XML any more, by way of feedparser: the one module that imports it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import feedparser

from tuoben import url
from tuoben.discover import plain
from tuoben.discover.records import Found
from tuoben.model import Link, Moment

_Dict = Any  # feedparser's dictionaries, which know old names of keys
_Times = Callable[[str], Callable[[str], Moment | None]]


def read(text: str, base: str, time_of: _Times, most: int) -> Found:
    """What feedparser makes of a text. time_of: language → reader of times."""
    # A stream, never the text itself: feedparser would open a text that looks like a path or an address.
    data = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": base},
        sanitize_html=False,
    )
    feed = data.get("feed", {})
    lang = _text(feed, "language")[:35]
    time = time_of(lang)
    relations = [(_text(link, "rel").lower(), url.resolve(base, _text(link, "href"))) for link in feed.get("links", ())]
    found = (_entry(entry, base, time, lang) for entry in data.get("entries", [])[:most])
    return Found(
        links=tuple(link for link in found if link),
        title=_title(feed),
        hubs=tuple(href for relation, href in relations if relation == "hub" and href),
        next_page=next((href for relation, href in relations if relation == "next" and href), ""),
        previous=next((href for relation, href in relations if relation == "prev-archive" and href), ""),
        generator=_text(feed, "generator")[:200],
        self_url=next((href for relation, href in relations if relation == "self" and href), ""),
        lang=lang,
    )


def _text(data: _Dict, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _title(data: _Dict) -> str:
    plainly = _text(data.get("title_detail") or {}, "type") == "text/plain"
    return plain.title(_text(data, "title")) if plainly else plain.summary(_text(data, "title"))[: plain.LONGEST_TITLE]


def _entry(entry: _Dict, base: str, time: Callable[[str], Moment | None], lang: str) -> Link | None:
    told = [_text(entry, key).strip() for key in ("link", "feedburner_origlink", "id")]
    address = url.resolve(base, told[0]) if told[0] else None
    others = (url.resolve(base, one) for one in told[1:] if one.startswith(("http://", "https://")))
    address = address or next(others, None)
    if not address:
        return None
    modified = time(_text(entry, "updated"))
    people = [_text(person, "name") for person in entry.get("authors", ()) if person] or [_text(entry, "author")]
    body = next((_text(content, "value") for content in entry.get("content", ()) if _text(content, "value")), "")
    return Link(
        url=address,
        title=_title(entry),
        published=time(_text(entry, "published")) or time(_text(entry, "created")) or modified,
        modified=modified,
        summary=plain.summary(_text(entry, "summary")),
        body_html=body,
        authors=tuple(dict.fromkeys(plain.title(name) for name in people if name)),
        categories=tuple(
            dict.fromkeys(
                plain.title(_text(tag, "label") or _text(tag, "term"))
                for tag in entry.get("tags", ())
                if _text(tag, "label") or _text(tag, "term")
            )
        ),
        lang=_text(entry, "language")[:35] or lang,
    )
