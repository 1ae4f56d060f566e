"""Save a page now: an address that a person gives enters the frontier, and goes the way of all pages."""

from __future__ import annotations

from datetime import datetime

from tuoben import url
from tuoben.errors import BadUrl
from tuoben.jobs.belonging import Sites
from tuoben.model import Kind
from tuoben.store import imports, saves


def save(text: str, account: str, now: datetime, most: int | None = None) -> str:
    """Ask for a page; the id to look after it (`saves.progress`), "" when the account had its `most` of this hour.

    Nothing is connected to here: the worker does that, through the one door, after robots.txt. Raises BadUrl.
    """
    address = url.fetchable(text.strip())
    if url.fit(address) != address:
        raise BadUrl("The address is too long to be kept; give a shorter one.")
    saves.forget(now)
    return saves.ask(Sites(imports.sources()).claim(address, Kind.PAGE), account, now, most)
