"""What every command needs first: the data directory with its rows up to date, and articles by name."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError

from tuoben.browse import Chromium
from tuoben.errors import DataError, UsageError
from tuoben.home import Home
from tuoben.store import checks
from tuoben.store.upgrade import upgrade


def directory() -> Home:
    """The data directory, made when it is not there; its rows may be anything. Raises DataError."""
    found = Home(settings.DATA)
    found.prepare()
    return found


def home() -> Home:
    """The data directory with its rows up to date. Raises DataError in one sentence when it cannot be used."""
    found = directory()
    try:
        upgrade(found)
    except DatabaseError as error:
        if checks.on_server() or (not checks.is_damage(error) and found.database.is_file()):
            raise
        raise DataError(
            f"The rows in {found.database} cannot be read ({error}); `tuoben rebuild` makes them anew from the archive."
        ) from error
    return found


def known_article(text: str) -> str:
    """The id of an article named by id, URL or record; raises UsageError when there is none."""
    found = checks.article_id(text)
    if not found:
        raise UsageError(f"There is no article {text!r} in this archive; `tuoben search` finds articles and their ids.")
    return found


def chromium() -> Chromium:
    """The browser for sources that need one, as the operator's settings have it."""
    return Chromium(path=str(settings.CHROMIUM), sandbox=settings.CHROMIUM_SANDBOX, memory=settings.CHROMIUM_MEMORY)
