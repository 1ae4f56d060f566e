"""A web server's connections to SQLite outlast a request, and are never to a file that is no longer the one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from command import Tuoben

SERVED = """
import os, shutil, sqlite3, sys
import django
django.setup()
from django.core.signals import request_finished, request_started
from django.db import connection
from tuoben.store import database
from tuoben.store.models import Source

def request():
    request_started.send(None)
    names = list(Source.objects.values_list("name", flat=True))
    opened = connection.connection
    request_finished.send(None)
    return names, opened

rows = connection.settings_dict["NAME"]
Source.objects.create(id="a", name="one", url="http://a.test/", added_at="2026-11-22T00:00:00Z")
connection.close()
other = sqlite3.connect(shutil.copy(rows, f"{rows}.new"))
with other:
    other.execute("UPDATE store_source SET name = 'two'")
other.close()

database.stay()
(names, first), (_, second) = request(), request()
assert names == ["one"] and first is second
os.replace(f"{rows}.new", rows)
(names, third), (_, fourth) = request(), request()
assert names == ["two"] and third is not second and fourth is third
"""


def test_connections_stay_until_the_file_is_another(tmp_path: Path) -> None:
    """The second request has the connection of the first; once other rows are put in place, a new one reads those."""
    tuoben = Tuoben(tmp_path / "data")
    tuoben.run("source", "list")
    env = tuoben.environment() | {"DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    ran = subprocess.run([sys.executable, "-c", SERVED], env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
