"""kill -9 while rows and index are made anew: readers keep what they had, and the next call ends the work."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from typing import Any

import pytest

from command import Tuoben
from loopback import Web
from stories import publish

KILLS = 16


def answers(tuoben: Tuoben) -> list[Any]:
    """What readers are told: the articles found, with their ids, headlines and texts."""
    found = tuoben.json("search", "--limit", "100", "通报")["hits"]
    told = sorted((hit["id"], hit["url"], hit["title"]) for hit in found)
    return [told, tuoben.json("show", told[0][0])["text"]]


@pytest.mark.slow
def test_a_rebuild_is_killed_at_any_moment(web: Web, tuoben: Tuoben, capsys: pytest.CaptureFixture[str]) -> None:
    """At as many moments as there are kills, from its start to its end: the answers stay the same."""
    for name in ("a.test", "b.test"):
        publish(web.host(name), 12)
        tuoben.run("source", "add", f"http://{name}/feed.xml")
    tuoben.run("crawl", "--once")
    before = answers(tuoben)
    assert len(before[0]) == 24
    began = time.monotonic()
    tuoben.run("rebuild")
    whole, deaths = time.monotonic() - began, 0
    for kill in range(KILLS):
        with tuoben.popen("rebuild", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as rebuild:
            with suppress(subprocess.TimeoutExpired):
                rebuild.wait(whole * (kill + 1) / (KILLS + 1))
            rebuild.kill()
        deaths += rebuild.returncode < 0
        assert answers(tuoben) == before, kill
    tuoben.run("rebuild")
    assert answers(tuoben) == before
    assert tuoben.json("verify")["bad"] == []
    assert not (tuoben.data / "rebuild.sqlite3").exists()
    assert len([*(tuoben.data / "index").glob("generation-*")]) == 1
    with capsys.disabled():
        print(f"\n{deaths} of {KILLS} rebuilds were killed; the answers stayed the same")
    assert deaths >= KILLS / 2
