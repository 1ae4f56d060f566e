"""Bringing the rows to the shape that this version of the program has, by one process at a time."""

from __future__ import annotations

from django.core.management import call_command

from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.store import categories, checks, frontier

PATIENCE = 120.0
"""Seconds in which another process may be at it."""


def upgrade(home: Home) -> None:
    """Make the tables, or change them, unless that is done. Raises DataError, DatabaseError."""
    if not checks.needs_migration():
        return
    with home.lock("rows", wait=PATIENCE) as ours:  # several processes may start at once
        if not ours:
            raise DataError("Another process is changing the tables of the rows; try again when it is done.")
        if checks.needs_migration():
            call_command("migrate", verbosity=0, interactive=False)
            frontier.rank_anew()
            categories.adopt()
