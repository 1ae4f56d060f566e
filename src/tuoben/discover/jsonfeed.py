"""JSON Feed 1.0 and 1.1; where the text of 1.1 leaves room, it is read as generously as the other feeds."""

from __future__ import annotations

import json
from typing import Any

from tuoben import url
from tuoben.discover import plain
from tuoben.discover.context import Context, absolute, unique
from tuoben.discover.records import Found
from tuoben.errors import LimitExceeded
from tuoben.model import Link, Page


def read(text: str, page: Page, most: int) -> Found:
    """The first `most` entries of a feed; empty when it is none. Raises LimitExceeded."""
    try:
        data = json.loads(text, strict=False)
    except ValueError:
        return Found()
    except RecursionError as error:
        raise LimitExceeded("The JSON is nested too deeply.") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return Found()
    lang = _string(data, "language")[:35]
    context = Context.of(page, lang)
    entries = (_item(item, context) for item in data["items"][:most] if isinstance(item, dict))
    return Found(
        links=tuple(link for link in entries if link),
        title=plain.line(_string(data, "title")),
        hubs=_hubs(data.get("hubs"), page.url),
        next_page=(url.resolve(page.url, told) or "") if (told := _string(data, "next_url")) else "",
        self_url=absolute(_string(data, "feed_url")),
        lang=lang,
    )


def _hubs(told: object, base: str) -> tuple[str, ...]:
    """The addresses of WebSub hubs; other protocols ("rssCloud") are passed over."""
    hubs = [hub for hub in (told if isinstance(told, list) else ()) if isinstance(hub, dict)]
    wanted = [_string(hub, "url") for hub in hubs if _string(hub, "type").lower() == "websub"]
    return tuple(found for one in wanted if (found := url.resolve(base, one)))


def _string(data: dict[str, Any], key: str) -> str:
    """A string field; numbers as text (ids are sometimes numbers), anything else as ""."""
    value = data.get(key)
    return value if isinstance(value, str) else str(value) if type(value) in (int, float) else ""


def _item(item: dict[str, Any], context: Context) -> Link | None:
    told = _string(item, "url").strip()
    address = (url.resolve(context.base, told) if told else None) or absolute(_string(item, "id"))
    address = address or absolute(_string(item, "external_url"))
    if not address:
        return None
    text = _string(item, "content_text")
    html = _string(item, "content_html")
    authors = item.get("authors")
    people = [*(authors if isinstance(authors, list) else ()), item.get("author")]
    tags = item.get("tags")
    modified = context.time(_string(item, "date_modified"))
    return Link(
        url=address,
        title=plain.title(_string(item, "title"), literal=True),
        published=context.time(_string(item, "date_published")) or modified,
        modified=modified,
        summary=plain.line(_string(item, "summary") or ("" if html else text)),
        body_html=html or (plain.escape(text) if text else ""),
        authors=unique(plain.line(_string(one, "name")) for one in people if isinstance(one, dict)),
        categories=unique(plain.line(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        lang=_string(item, "language")[:35] or context.lang,
    )
