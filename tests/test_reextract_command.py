"""`tuoben re-extract`: shows, applies, can be killed at any moment, and leaves what it cannot read."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
import zlib
from contextlib import closing

import pytest

import postgresql
from command import Tuoben
from loopback import Web
from stories import publish
from tuoben import __version__

pytestmark = pytest.mark.skipif(postgresql.ASKED_FOR, reason="changes rows as SQLite has them")


def collected(web: Web, tuoben: Tuoben, count: int) -> list[str]:
    """Articles of one host; their ids."""
    publish(web.host("a.test"), count)
    tuoben.run("source", "add", "http://a.test/feed.xml")
    tuoben.run("crawl", "--once")
    return [id for (id,) in tuoben.sql("SELECT id FROM store_article ORDER BY id")]


def misread(tuoben: Tuoben) -> None:
    """Let all revisions be what an older extractor read."""
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3", timeout=30)) as rows, rows:
        for pk, content in rows.execute("SELECT id, content FROM store_revision").fetchall():
            said = json.loads(zlib.decompress(content)) | {"title": "旧的标题"}
            packed = zlib.compress(json.dumps(said, ensure_ascii=False).encode())
            rows.execute("UPDATE store_revision SET extractor = 'old', content = ? WHERE id = ?", (packed, pk))
        rows.execute("UPDATE store_article SET title = '旧的标题'")


def versions(tuoben: Tuoben) -> set[str]:
    return {version for (version,) in tuoben.sql("SELECT extractor FROM store_revision")}


def test_shown_then_applied(web: Web, tuoben: Tuoben) -> None:
    """The preview counts, shows an example and changes nothing; applied, articles and search say the new text."""
    ids = collected(web, tuoben, 3)
    misread(tuoben)
    told = tuoben.json("re-extract")
    assert (told["applied"], told["articles"], told["changed"], told["fields"]) == (False, 3, 3, {"title": 3})
    assert told["sources"]["a.test"]["changed"] == 3 and told["extractor"].startswith(f"{__version__}+")
    assert told["examples"][0]["fields"][0] | {"new": ""} == {"field": "title", "old": "旧的标题", "new": ""}
    shown = tuoben.run("re-extract", "--sample", "2").stdout
    assert "2 of 2 articles would be read otherwise" in shown and "- 旧的标题" in shown and "--apply" in shown
    assert versions(tuoben) == {"old"}
    assert tuoben.json("re-extract", "--apply", ids[0])["changed"] == 1
    (item,) = tuoben.json("revisions", ids[0])["items"]
    assert item["title"] != "旧的标题" and item["extractor"] != "old" and item["older_readings"] == ["old"]
    assert tuoben.json("search", item["title"])["hits"][0]["id"] == ids[0]
    assert tuoben.json("re-extract", "--apply")["changed"] == 2 and "old" not in versions(tuoben)
    assert "no source" in tuoben.run("re-extract", "--source", "else", code=2).stderr
    assert tuoben.json("verify")["bad"] == []


def test_killed_at_any_moment_it_goes_on(web: Web, tuoben: Tuoben) -> None:
    """However often it is killed, each article is read again once, whole, with its old text kept once."""
    ids = collected(web, tuoben, 40)
    misread(tuoben)
    for wait in (0.0, 0.02, 0.1, 0.3):
        with tuoben.popen("re-extract", "--apply", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as work:
            before = tuoben.sql("SELECT count(*) FROM store_olderreading")
            while work.poll() is None and tuoben.sql("SELECT count(*) FROM store_olderreading") == before:
                time.sleep(0.01)
            time.sleep(wait)
            work.send_signal(signal.SIGKILL)
        for article, title, version in tuoben.sql(
            "SELECT a.id, a.title, r.extractor FROM store_article a JOIN store_revision r ON r.article_id = a.id"
        ):
            assert (title == "旧的标题") == (version == "old"), article
    tuoben.run("re-extract", "--apply")
    assert "old" not in versions(tuoben)
    assert tuoben.sql("SELECT count(*), count(DISTINCT article) FROM store_olderreading") == [(40, 40)]
    assert tuoben.sql("SELECT count(*) FROM store_outbox") == [(0,)]
    assert tuoben.json("show", ids[0])["title"] != "旧的标题"


def test_what_cannot_be_read_stays(web: Web, tuoben: Tuoben) -> None:
    """An article whose record is damaged keeps its text; it is named, and the command ends with 1."""
    ids = collected(web, tuoben, 2)
    misread(tuoben)
    place = tuoben.json("show", ids[0])["capture"]["offset"]
    (segment,) = tuoben.segments()
    whole = segment.read_bytes()
    segment.write_bytes(whole[: place + 60] + b"\0" * 40 + whole[place + 100 :])
    done = tuoben.run("re-extract", "--apply", code=1)
    assert f"{ids[0]} is left as it is" in done.stderr
    assert tuoben.json("show", ids[0])["title"] == "旧的标题" and tuoben.json("show", ids[1])["title"] != "旧的标题"
