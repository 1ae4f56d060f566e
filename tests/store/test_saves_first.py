"""What a person asks to have saved goes before all that waits, and no account gets more than its hour allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import postgresql
from command import Tuoben
from outcomes import DAY, NOW, RULES, claim, seconds
from tuoben.fetch.permission import Permits
from tuoben.model import Claim, Outcome, Verdict
from tuoben.store import commits, frontier, health, models, saves

BACKLOG = 60
WANTED = "http://a.test/wanted.html"
AT_ONCE = """
import sys, threading, django
django.setup()
from django.db import connection
from django.utils import timezone
from tuoben.jobs import saving

together, given = threading.Barrier(8), []

def one(number):
    together.wait()
    if saving.save(f"http://site{number}.test/1.html", "bianji", timezone.now(), 3):
        given.append(number)
    connection.close()

threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(given))
"""


@pytest.fixture
def backlog(db: None) -> None:
    """A host whose robots.txt is known, with far more pages due than it can be asked for soon."""
    pages = [claim(f"http://a.test/{number}.html") for number in range(BACKLOG)]
    frontier.add([frontier.item_of(page, NOW - DAY) for page in pages], NOW)
    known = {"robots": b"", "robots_verdict": "allow-all", "robots_until": NOW + 30 * DAY}
    models.Host.objects.update(**known, robots_waiting=False)


def next_one() -> Claim:
    """What the host is asked for next."""
    (given,) = frontier.claim(NOW, 1, Permits())
    return given


def done(given: Claim, **more: object) -> None:
    """A claim ends, and its host may be asked again at once."""
    outcome = Outcome(claim=given, at=NOW, ended=NOW, **{"verdict": Verdict.DONE} | more)
    commits.commit([outcome], RULES)
    models.Host.objects.update(page_ready_at=NOW, requisite_ready_at=NOW, wake_at=NOW)


@pytest.mark.parametrize("was", ["new", "queued", "seen"])
def test_a_page_that_somebody_waits_for_comes_before_a_backlog(backlog: None, was: str) -> None:
    """An address that is new, one that waits among the others, and one that was read before: each is asked for next."""
    if was != "new":
        frontier.add([frontier.item_of(claim(WANTED), NOW)], NOW)
    if was == "seen":
        rank = {"rank": frontier.RECHECK, "visits": 1, "due_at": NOW + 30 * DAY}
        models.Item.objects.filter(url=WANTED).update(**rank)
    saved = saves.ask(claim(WANTED), "", NOW)
    found = saves.progress(saved, NOW)
    assert found is not None and (found.stage, found.again) == (saves.Stage.WAITING, None)
    told = health.known(WANTED).item
    assert told is not None and told["due_at"] == NOW and next_one().url == WANTED


def test_those_who_wait_are_served_in_turn(backlog: None) -> None:
    """Of two pages that people wait for, the one that was asked for first comes first."""
    saves.ask(claim("http://a.test/second.html"), "", NOW)
    saves.ask(claim(WANTED), "", NOW - seconds(5))
    first = next_one()
    done(first)
    assert (first.url, next_one().url) == (WANTED, "http://a.test/second.html")


def test_where_it_redirects_to_comes_next(backlog: None) -> None:
    """A page that a person waits for and that lies elsewhere does not fall back behind the others of its host."""
    saves.ask(claim(WANTED), "", NOW)
    done(next_one(), redirect="http://a.test/moved.html")
    assert next_one().url == "http://a.test/moved.html"


def test_a_failure_is_told_with_the_time_of_the_next_try(backlog: None) -> None:
    """What was put first and did not come is asked for again at its time, like any other page."""
    saved = saves.ask(claim(WANTED), "", NOW)
    later = NOW + seconds(3600)
    done(next_one(), verdict=Verdict.RETRY, error="The server answered 503.", due_at=later)
    found = saves.progress(saved, NOW)
    assert found is not None and found.stage is saves.Stage.LATER and found.again == later
    assert next_one().url != WANTED


def test_the_hour_holds_for_requests_at_the_same_time(tmp_path: Path) -> None:
    """Eight forms sent at once, for pages of eight sites, by an account that may have three: three are saved."""
    tuoben = Tuoben(tmp_path / "data", {"TUOBEN_DATABASE": postgresql.database()})
    tuoben.run("user", "add", "bianji", stdin="correct horse battery\n")
    env = tuoben.environment() | {"DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    for _ in range(3):
        tuoben.sql("DELETE FROM store_save")
        ran = subprocess.run([sys.executable, "-c", AT_ONCE], env=env, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == "3"
