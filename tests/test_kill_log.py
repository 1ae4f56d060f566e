"""kill -9 at each step that makes the log durable: nothing is entered twice, nothing is lost, all verifies."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from command import Tuoben
from loopback import Web
from stories import publish

STEPS = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from tuoben.home import Home
from tuoben.jobs import sequence
from tuoben.store import logged

left = int(sys.argv[2])

def stepping(owner, name):
    whole = getattr(owner, name)
    def step(*told, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*told, **more)
    setattr(owner, name, step)

stepping(os, "fsync")
stepping(Path, "replace")
stepping(Path, "open")
stepping(logged, "number")
stepping(logged, "insert_all")
sequence.sequence(Home(Path(sys.argv[1])))
print(left)
"""


@pytest.mark.slow
def test_kill_at_every_step(web: Web, tuoben: Tuoben) -> None:
    """A process that enters is killed before each open, fsync, rename and row; then the next one ends its work."""
    publish(web.host("k.test"), 2)
    tuoben.run("source", "add", "http://k.test/feed.xml")
    tuoben.run("crawl", "--once")
    environment = tuoben.environment() | {"DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    points, killed = 0, True
    while killed:
        points += 1
        tuoben.sql("DELETE FROM store_logleaf WHERE kind = 'hide' AND number IS NULL")
        entry = '{"type":"hide","record":"urn:uuid:%s","time":"2026-11-22T00:00:00Z","about":"00","v":1}'
        record = f"00000000-0000-4000-8000-{points:012}"
        tuoben.sql(
            "INSERT INTO store_logleaf (record, kind, entry, secret) VALUES "
            f"('urn:uuid:{record}', 'hide', '{entry % record}', '')"
        )
        command = [sys.executable, "-c", STEPS, str(tuoben.data), str(points)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        killed = done.returncode == -signal.SIGKILL
        assert killed or done.returncode == 0, done.stderr
        finish = [sys.executable, "-c", STEPS, str(tuoben.data), "1000000"]
        assert subprocess.run(finish, env=environment, check=False, capture_output=True).returncode == 0
        if points % 8 == 1 or not killed:
            assert tuoben.json("verify")["bad"] == []
        rows = tuoben.sql("SELECT count(*), max(number) + 1, count(DISTINCT number) FROM store_logleaf")
        assert len(set(rows[0])) == 1, (points, rows)
    print(f"{points - 1} points")
    assert points > 12
