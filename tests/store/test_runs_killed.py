"""Processes that write keys at once, and are killed in the middle of it: no key that was acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import postgresql
from command import Tuoben

WRITER = """
import random, sys, django
django.setup()
from django.db import transaction
from tuoben.store import pairs, runs
from tuoben.store.database import one_writer
runs.NEW, runs.AT_ONCE, runs._TOGETHER = 300, 450, 3
name, chance, mine = sys.argv[1], random.Random(sys.argv[1]), {}
for number in range(100_000):
    article = f"{name}{number:06}"
    keys = [chance.getrandbits(64) - (1 << 63) for _ in range(15)]
    asked = random.sample(sorted(mine), min(len(mine), 40))
    with transaction.atomic():
        one_writer()
        held = runs.owners(asked)
        assert held == {key: [mine[key]] for key in asked}, "a key is not found, or found twice"
        runs.write((article, key) for key in keys)
    mine |= dict.fromkeys(keys, article)
    print(article, *keys, flush=True)
"""
CHECK = """
import sys, django
django.setup()
from tuoben.store import models, pairs, runs
told = {int(key): [article] for article, *keys in map(str.split, sys.stdin) for key in keys}
found = runs.owners(list(told))
assert found == told, f"{sum(found.get(key) != held for key, held in told.items())} of {len(told)} are lost"
cut = [one for block in models.KeyBlock.objects.values_list("pairs", flat=True) for one in pairs.cut(bytes(block))]
assert len(cut) == len(set(cut)), "a pair stands twice"
print(len(told), len(cut))
"""


@pytest.mark.slow
@pytest.mark.parametrize("server", [False, True], ids=["sqlite", "postgresql"])
def test_no_acknowledged_key_is_lost(tmp_path: Path, server: bool) -> None:
    """Three writers merge all the time, and one after the other is killed; what they said they wrote is found, once."""
    tuoben = Tuoben(tmp_path / "data", {"TUOBEN_DATABASE": postgresql.database()} if server else {})
    tuoben.run("source", "list")
    env = tuoben.environment() | {"DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    told, problems = tmp_path / "told", tmp_path / "problems"

    def writer(number: int) -> subprocess.Popen[bytes]:
        with (tmp_path / f"told{number:02}").open("wb") as out, problems.open("ab") as err:
            return subprocess.Popen([sys.executable, "-c", WRITER, f"w{number:02}"], env=env, stdout=out, stderr=err)

    working = [writer(number) for number in range(3)]
    try:
        for number in range(3, 11):
            time.sleep(random.uniform(2.0, 3.0))
            killed = working.pop(0)
            assert killed.poll() is None, problems.read_text()
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait()
            working.append(writer(number))
    finally:
        for one in working:
            one.kill()
            one.wait()
    whole = [path.read_bytes().rpartition(b"\n")[0] for path in sorted(tmp_path.glob("told[0-9]*"))]
    told.write_bytes(b"\n".join(filter(None, whole)) + b"\n")
    with told.open("rb") as given:
        done = subprocess.run([sys.executable, "-c", CHECK], env=env, stdin=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    keys, merged = map(int, done.stdout.split())
    assert keys > 3000 and merged > 1500
