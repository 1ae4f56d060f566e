"""The command line from end to end with the rows on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import postgresql
from command import Tuoben
from loopback import Web
from stories import page, publish

SETTINGS = "import django; django.setup(); from django.conf import settings as s; d = s.DATABASES['default']; print(d)"


def told(address: str) -> subprocess.CompletedProcess[str]:
    """What the settings make of an address."""
    given = os.environ | {"TUOBEN_DATABASE": address, "DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    return subprocess.run([sys.executable, "-c", SETTINGS], env=given, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("address", "host", "user"),
    [
        ("postgresql://me:p%40ss@db.example:5433/news", "db.example", "me"),
        ("postgresql://me:p%40ss@%2Frun%2FPG:5433/news", "/run/PG", "me"),
        ("postgresql:///news?host=/run/PG&user=me&password=p%40ss&port=5433", "/run/PG", "me"),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(address: str, host: str, user: str) -> None:
    """A host, or the directory of a socket, with user, password and port, from any part of the URI."""
    said = told(address).stdout
    for name, value in {"HOST": host, "USER": user, "PASSWORD": "p@ss", "PORT": "5433", "NAME": "news"}.items():
        assert f"'{name}': '{value}'" in said


@pytest.mark.parametrize("address", ["mysql://a/b", "postgresql://a", "news"])
def test_what_is_no_such_address_is_said(address: str, tmp_path: Path) -> None:
    """Another kind of database, or one without a name, is refused in a sentence."""
    refused = Tuoben(tmp_path / "data", {"TUOBEN_DATABASE": address}).run("source", "list", code=2)
    assert "TUOBEN_DATABASE must be like" in refused.stderr


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """Without a server the command says what is wrong, and ends."""
    away = Tuoben(tmp_path / "data", {"TUOBEN_DATABASE": f"postgresql:///x?host={tmp_path}"})
    assert "cannot be read" in away.run("source", "list", code=1).stderr


def test_collect_verify_rebuild_and_search(web: Web, tmp_path: Path) -> None:
    """A source is collected, its archive verified, its rows made anew: the answers and ids are the same after."""
    rows = {"TUOBEN_DATABASE": postgresql.database()}
    tuoben = Tuoben(tmp_path / "data", web.env() | rows)
    host = web.host("p.test")
    titles = publish(host, 5)
    host.page("/a/1.html", page(1, titles["/a/1.html"], '<figure><img src="/img.png" alt="管网"></figure>'))
    tuoben.run("source", "add", host.url("/"))
    assert tuoben.json("crawl", "--once")["articles"] == 5
    assert not (tuoben.data / "tuoben.sqlite3").exists() and tuoben.json("verify")["bad"] == []
    before = {title: tuoben.json("search", title) for title in titles.values()}
    shown = tuoben.json("show", host.url("/a/1.html"))
    tuoben.run("hide", tuoben.json("show", host.url("/a/2.html"))["id"])
    tuoben.run("rebuild")
    assert tuoben.json("show", host.url("/a/1.html")) == shown
    assert "hidden" in tuoben.run("show", host.url("/a/2.html"), code=2).stderr
    title = titles["/a/1.html"]
    assert tuoben.json("search", title)["hits"][0] == before[title]["hits"][0]
    asked = len(web.log)
    tuoben.run("crawl", "--once")  # new rows get numbers behind the old ones
    assert all(hit.path in ("/robots.txt", "/feed.xml", "/.well-known/tdmrep.json") for hit in web.log[asked:])
    empty = Tuoben(tuoben.data, web.env() | {"TUOBEN_DATABASE": postgresql.database()})
    assert "were empty" in empty.run("rebuild").stderr
    assert empty.json("show", host.url("/a/1.html"))["text"] == shown["text"]


def test_the_log_follows_rows_on_a_server(web: Web, tmp_path: Path) -> None:
    """Every capture and hiding is entered once; after a crash between log and rows, and with all leaves lost, the
    numbers come from the log; several processes that enter at once enter each once."""
    tuoben = Tuoben(tmp_path / "data", web.env() | {"TUOBEN_DATABASE": postgresql.database()})
    publish(web.host("l.test"), 6)
    tuoben.run("source", "add", "http://l.test/feed.xml")
    tuoben.run("crawl", "--once")
    numbered = "SELECT record, number FROM store_logleaf ORDER BY number"
    before = tuoben.sql(numbered)
    assert [number for _, number in before] == list(range(len(before)))
    assert tuoben.sql("SELECT count(*) FROM store_capture")[0][0] == len(before) and tuoben.json("verify")["bad"] == []
    ids = [id for (id,) in tuoben.sql("SELECT id FROM store_article ORDER BY id")]
    tuoben.sql("DELETE FROM store_logleaf WHERE number > 3")  # the log is ahead of its rows
    hiding = [tuoben.popen("hide", id) for id in ids[:3]]
    assert [work.wait(60) for work in hiding] == [0, 0, 0]
    tuoben.run("hide", ids[3])
    after = tuoben.sql(numbered)
    assert after[: len(before)] == before and [number for _, number in after] == list(range(len(before) + 4))
    assert tuoben.sql("SELECT count(*) FROM store_logleaf WHERE kind = 'hide' AND secret <> ''") == [(4,)]
    assert tuoben.json("verify")["bad"] == []
    tuoben.run("rebuild", "--rows")
    tuoben.run("hide", ids[4])
    assert tuoben.sql(numbered)[: len(after)] == after and tuoben.json("verify")["bad"] == []


def test_reading_again_with_rows_on_a_server(web: Web, tmp_path: Path) -> None:
    """What an older extractor read is shown, replaced and kept; a rebuild carries it over."""
    tuoben = Tuoben(tmp_path / "data", web.env() | {"TUOBEN_DATABASE": postgresql.database()})
    publish(web.host("r.test"), 3)
    tuoben.run("source", "add", "http://r.test/feed.xml")
    tuoben.run("crawl", "--once")
    tuoben.sql("UPDATE store_revision SET extractor = 'old', content = jsonb_set(content, '{title}', '\"旧的标题\"')")
    assert tuoben.json("re-extract")["fields"] == {"title": 3}
    assert tuoben.json("re-extract", "--apply")["changed"] == 3 and tuoben.json("re-extract")["articles"] == 0
    tuoben.run("rebuild", "--rows")
    (item,) = tuoben.json("revisions", tuoben.sql("SELECT min(id) FROM store_article")[0][0])["items"]
    assert item["title"] != "旧的标题" and item["older_readings"] == ["old"]
