"""Processes that start: at the same time, and without a contact."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import postgresql
from command import Tuoben
from test_serve import free_port, get, wait_for


@pytest.mark.parametrize("rows", ["sqlite", "postgresql"])
def test_processes_that_start_at_once_make_the_tables_once(rows: str, tmp_path: Path) -> None:
    """Three commands on a directory without rows: one makes the tables, the others wait and work."""
    env = {"TUOBEN_DATABASE": postgresql.database()} if rows == "postgresql" else {}
    tuoben = Tuoben(tmp_path / "data", env)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [tuoben.popen("source", "list", "--json", **options) for _ in range(3)]
    for one in started:
        out, err = one.communicate(timeout=60)
        assert one.returncode == 0 and json.loads(out) == {"sources": []}, err
    (count,) = tuoben.sql("SELECT count(*) FROM django_migrations WHERE app = 'store'")[0]
    names = tuoben.sql("SELECT count(DISTINCT name) FROM django_migrations WHERE app = 'store'")[0][0]
    assert count == names > 1


@pytest.mark.parametrize("name", ["TUOBEN_RECHECK_AFTER", "TUOBEN_LISTING_PERIOD"])
@pytest.mark.parametrize("value", ["0", "1e300"])
def test_a_period_that_no_plan_can_divide_by_is_refused_at_the_start(name: str, value: str, tmp_path: Path) -> None:
    """No time at all, or more than a month, between two visits: one sentence, before anything is asked for."""
    done = Tuoben(tmp_path / "data", {name: value}).run("crawl", "--once", code=2)
    (line,) = done.stderr.strip().splitlines()
    assert name in line and "above 0" in line and "30 days" in line


@pytest.mark.parametrize(("contact", "said"), [("", 1), ("desk@paper.example", 0)])
def test_who_has_no_contact_is_told_once(contact: str, said: int, tmp_path: Path) -> None:
    """`serve` with several workers says once that nobody can be turned to; with a contact it says nothing of it."""
    tuoben = Tuoben(tmp_path / "data", {"TUOBEN_CONTACT": contact})
    listen, replay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    call = ("serve", "--workers", "2", "--listen", listen, "--replay-listen", replay)
    with (tmp_path / "log").open("w") as log, tuoben.popen(*call, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: get(f"http://{listen}/healthz")[0] == 200)
            wait_for(lambda: len(list((tuoben.data / "lock").glob("worker-*"))) == 2)
        finally:
            process.terminate()
            process.wait(30)
    assert (tmp_path / "log").read_text().count("set TUOBEN_CONTACT") == said


@pytest.mark.parametrize(
    "call", [("source", "list"), ("user", "list"), ("search", "x"), ("category", "list")], ids=" ".join
)
def test_a_question_does_not_load_what_collects(call: tuple[str, ...], tmp_path: Path) -> None:
    """Commands that only look at the rows or the index start at once: crawler and extractor stay on the disk."""
    script = "import sys; from tuoben.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    ran = [sys.executable, "-c", script, "--data", str(tmp_path / "data"), *call]
    loaded = subprocess.run(ran, capture_output=True, text=True, check=True).stderr.split()
    assert "tuoben.commands.base" in loaded
    assert not {"tuoben.scheduler", "tuoben.extract.byline", "tuoben.pipeline"} & set(loaded)
