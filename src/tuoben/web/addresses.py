"""The addresses of our own pages, and of stored bytes on the replay origin. Pure; names of any content are safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

UNSORTED = "未分类"
"""How the category "" is written in an address, in every language."""

URL_SAFE = "/:?#[]@!$&'()*+,;=-._~%"
"""Characters of a URL that stay as they are inside a replay address."""
_SAFE = re.compile(rf"[A-Za-z0-9{re.escape(URL_SAFE)}]*")


def article(id: str) -> str:
    """The reading page."""
    return f"/a/{quote(id, safe='')}/"


def dated(id: str, time: datetime) -> str:
    """The permanent address of one dated snapshot of an article."""
    return f"{article(id)}{stamp(time)}/"


def category(name: str, suffix: str = "/") -> str:
    """A category's page, or with ".atom" or ".json" its feed."""
    return f"/c/{quote(name or UNSORTED, safe='')}{suffix}"


def source(id: str, suffix: str = "/") -> str:
    """A source's page, or with ".atom" or ".json" its feed."""
    return f"/s/{quote(id, safe='')}{suffix}"


def column(source_id: str, name: str, suffix: str = "/") -> str:
    """The page of a column of a source, or with ".atom" or ".json" its feed."""
    return f"{source(source_id)}column/{quote(name, safe='')}{suffix}"


def story(id: str, suffix: str = "/") -> str:
    """A story's page, or with ".atom" or ".json" its feed."""
    return f"/story/{quote(id, safe='')}{suffix}"


def index(suffix: str = "/") -> str:
    """The first page, or with ".atom" or ".json" the feed of everything."""
    return "/" if suffix == "/" else f"/index{suffix}"


def search(terms: Mapping[str, str], suffix: str = "") -> str:
    """A search as an address, or with ".atom" or ".json" as a feed; empty terms are left out."""
    said = {name: value for name, value in terms.items() if value}
    return f"/search{suffix}" + (f"?{urlencode(said)}" if said else "")


def with_query(path: str, terms: Mapping[str, str]) -> str:
    """A path with the terms that say something."""
    said = urlencode({name: value for name, value in terms.items() if value})
    return f"{path}?{said}" if said else path


def stamp(time: datetime) -> str:
    """The 14 digits of a time in replay addresses: UTC, YYYYMMDDhhmmss."""
    return f"{time.astimezone(UTC):%Y%m%d%H%M%S}"


def replay_path(digits: str, url: str, mode: str = "") -> str:
    """The path on the replay origin. `mode`: "" as a page, "im_", "cs_" … as a part of one, "id_" the bytes."""
    return f"/web/{digits}{mode}/{inside(url)}"


def inside(url: str) -> str:
    """A URL as a part of a replay address."""
    return url if _SAFE.fullmatch(url) else quote(url, safe=URL_SAFE)


def replay(origin: str, time: datetime, url: str, mode: str = "") -> str:
    """Where the replay origin shows a captured URL, whole."""
    return origin + replay_path(stamp(time), url, mode)
