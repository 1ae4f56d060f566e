"""Two processes that write articles at once group them as one after the other would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import postgresql
from command import Tuoben

TWO_IMPORTS = """
import threading, time, django
django.setup()
from django.db import connection
import outcomes
from tuoben import ids, organise
from tuoben.model import Outcome, Verdict
from tuoben.store import imports, models

text, begun = outcomes.prose(7, 8), threading.Event()

def read(number):
    url, at = f"http://s{number}.test/1.html", outcomes.NOW + outcomes.seconds(60 * number)
    article = outcomes.article(url, text, title="云岭河治理启动")
    return Outcome(claim=outcomes.claim(url, article=ids.mint(at, of=url)), at=at, ended=at, verdict=Verdict.DONE,
                   capture=outcomes.capture(url, time=at), article=article, signature=organise.signature(article))

def first():
    imports.commit([read(1)], outcomes.RULES.articles, lambda: (begun.set(), time.sleep(1)))
    connection.close()

thread = threading.Thread(target=first)
thread.start()
begun.wait()
imports.commit([read(2)], outcomes.RULES.articles)
thread.join()
print(*{group for group in models.Article.objects.values_list("group", flat=True)}, sep=",")
"""


IMPATIENT = "options=-c%20lock_timeout%3D400ms"


@pytest.mark.parametrize("server", ["", "patient", IMPATIENT], ids=["sqlite", "postgresql", "postgresql-impatient"])
def test_an_import_sees_the_copies_of_another(tmp_path: Path, server: str) -> None:
    """A copy that another process is about to commit is waited for, and found; again where one wait was too short."""
    address = postgresql.database() if server else ""
    if server == IMPATIENT:
        address += ("&" if "?" in address else "?") + IMPATIENT
    tuoben = Tuoben(tmp_path / "data", {"TUOBEN_DATABASE": address} if server else {})
    tuoben.run("source", "list")
    env = tuoben.environment() | {"DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    tests = str(Path(__file__).parents[1])
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [tests, env.get("PYTHONPATH")]))
    ran = subprocess.run([sys.executable, "-c", TWO_IMPORTS], env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    groups = ran.stdout.strip().split(",")
    assert len(groups) == 1 and groups[0]
