"""`tuoben rebuild`: rows and index made anew from the WARCs, whatever became of the old rows."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from command import Tuoben
from loopback import Web
from stories import publish

BRIDGE = (
    ("青屏苍溪大桥通车", "连接两岸的青屏苍溪大桥正式通车。大桥全长4820米，历时41个月建成，过江时间缩短到十分钟。"),
    (
        "青屏苍溪大桥通车首日",
        "青屏苍溪大桥通车第一天，近九千辆车驶过。大桥全长4820米，历时41个月建成，桥面用了新的沥青。",
    ),
    ("青屏苍溪大桥通车背后", "为了青屏苍溪大桥通车，设计师工作了41个月。江底岩层复杂，全长4820米的大桥改过三次方案。"),
)


def collected(web: Web, tuoben: Tuoben, *names: str, count: int = 2) -> None:
    """Some hosts, each a source with a few articles."""
    for name in names:
        publish(web.host(name), count)
        tuoben.run("source", "add", f"http://{name}/feed.xml")
    tuoben.run("crawl", "--once")


def database(tuoben: Tuoben) -> Path:
    """The file of the rows."""
    return tuoben.data / "tuoben.sqlite3"


def forget(tuoben: Tuoben, content: bytes | None = None) -> None:
    """Remove the rows, or put other bytes in their place."""
    for suffix in ("", "-wal", "-shm"):
        database(tuoben).with_name(database(tuoben).name + suffix).unlink(missing_ok=True)
    if content is not None:
        database(tuoben).write_bytes(content)


def test_what_is_hidden_meanwhile_stays_hidden(web: Web, tuoben: Tuoben) -> None:
    """An article that is hidden while a rebuild reads, by another command, is hidden when it is done."""
    collected(web, tuoben, "h.test", count=3)
    article = tuoben.json("show", "http://h.test/a/2.html")["id"]
    with tuoben.popen("rebuild", stdout=subprocess.PIPE) as rebuild:
        while not (tuoben.data / "rebuild.sqlite3").exists():
            assert rebuild.poll() is None
            time.sleep(0.01)
        rebuild.send_signal(signal.SIGSTOP)
        try:
            tuoben.run("hide", article)
        finally:
            rebuild.send_signal(signal.SIGCONT)
        rebuild.communicate(timeout=60)
        assert rebuild.returncode == 0
    assert "hidden" in tuoben.run("show", article, code=2).stderr
    assert not (tuoben.data / "rebuild.sqlite3").exists()


def test_who_reads_the_old_rows_sees_the_new_ones(web: Web, tuoben: Tuoben) -> None:
    """A process that has the database open is not cut off: it sees the old rows, then the new ones, and may write."""
    collected(web, tuoben, "r.test")
    with closing(sqlite3.connect(database(tuoben), isolation_level=None)) as reader:
        reader.execute("UPDATE store_article SET title = 'old'")
        tuoben.run("rebuild")
        titles = [title for (title,) in reader.execute("SELECT title FROM store_article")]
        assert len(titles) == 2 and "old" not in titles
        reader.execute("UPDATE store_article SET title = 'written'")
    assert tuoben.json("show", "http://r.test/a/1.html")["title"]


@pytest.mark.slow
def test_sources_stay_as_the_operator_left_them(web: Web, tuoben: Tuoben) -> None:
    """A removed source does not come back, a paused one is not asked, and the articles of both stay."""
    collected(web, tuoben, "gone.test", "paused.test", "live.test")
    tuoben.run("source", "remove", "gone.test")
    tuoben.run("source", "pause", "paused.test")
    before = tuoben.json("source", "list")["sources"]
    tuoben.run("rebuild")
    after = tuoben.json("source", "list")["sources"]
    assert [(row["id"], row["state"], row["articles"]) for row in after] == [
        (row["id"], row["state"], row["articles"]) for row in before
    ]
    assert tuoben.json("show", "http://gone.test/a/1.html")["text"]
    asked = len(web.log)
    tuoben.run("crawl", "--once")
    assert {hit.host for hit in web.log[asked:]} == {"live.test"}


@pytest.mark.slow
def test_the_desks_categories_and_the_stories_are_there_again(web: Web, tuoben: Tuoben) -> None:
    """Sections that were mapped and articles that were put right keep that through a rebuild of the rows, with who did it;
    stories are found again, and every id that led to one still does."""
    collected(web, tuoben, "more.test", count=12)
    host = web.host("desk.test")
    for number, (title, said) in enumerate(BRIDGE, start=1):
        host.page(
            f"/a/{number}.html",
            f"<!doctype html><html lang=zh-CN><head><meta charset=utf-8><title>{title}</title></head><body><article>"
            f"<h1>{title}</h1><p>2026-11-20 0{number}:30</p><p>{said}</p></article></body></html>",
        )
    links = "".join(f"<item><title>{n}</title><link>{host.url(f'/a/{n}.html')}</link></item>" for n in (1, 2, 3))
    feed = f"<rss version='2.0'><channel>{links}</channel></rss>"
    host.page("/feed.xml", feed, content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    ids = [tuoben.json("show", host.url(f"/a/{n}.html"))["id"] for n in (1, 2, 3)]
    tuoben.run("category", "set", ids[1], "桥梁")
    before = {id: tuoben.json("show", id)["category"] for id in ids}
    corrected = tuoben.sql("SELECT * FROM store_correction")
    tuoben.run("search", "青屏")  # drains the outbox, and so files the stories
    grouped = dict(tuoben.sql("SELECT article_id, story FROM store_storymember"))
    assert before[ids[1]] == "桥梁" and len(corrected) == 1 and len(grouped) >= 2
    tuoben.run("rebuild", "--rows")
    assert {id: tuoben.json("show", id)["category"] for id in ids} == before
    assert [row[1:] for row in tuoben.sql("SELECT * FROM store_correction")] == [row[1:] for row in corrected]
    tuoben.run("search", "青屏")
    again = dict(tuoben.sql("SELECT article_id, story FROM store_storymember"))
    assert set(again) >= set(grouped) and len(set(again.values())) == 1
    assert set(grouped.values()) <= set(again), "an old id is that of an article, by which it leads to the story"


def test_rows_that_cannot_be_read(web: Web, tuoben: Tuoben) -> None:
    """Bytes that are no database are moved aside, it is said that decisions are lost, and the articles are back."""
    collected(web, tuoben, "b.test")
    shown = tuoben.json("show", "http://b.test/a/1.html")
    forget(tuoben, b"no database " * 1000)
    assert "tuoben rebuild" in tuoben.run("search", "通报", code=2).stderr
    done = tuoben.run("rebuild")
    assert "moved aside" in done.stderr and "hidden" in done.stderr
    assert tuoben.json("show", "http://b.test/a/1.html") == shown
    assert [path.read_bytes()[:11] for path in tuoben.data.glob("*.damaged-*")] == [b"no database"]


def test_rows_that_are_gone_or_empty(web: Web, tuoben: Tuoben) -> None:
    """Without rows, or with ones that were made a moment ago, sources and articles come back from the archive."""
    collected(web, tuoben, "e.test")
    forget(tuoben)
    assert tuoben.json("source", "list") == {"sources": []}
    assert "were empty" in tuoben.run("rebuild").stderr
    assert [row["id"] for row in tuoben.json("source", "list")["sources"]] == ["e.test"]
    forget(tuoben)
    assert "are gone" in tuoben.run("rebuild").stderr
    assert tuoben.json("show", "http://e.test/a/2.html")["text"]


def test_a_damaged_page_of_the_rows_keeps_the_desk(web: Web, tuoben: Tuoben) -> None:
    """When the rows are damaged and the desk can still be read from them, what is hidden stays hidden."""
    collected(web, tuoben, "d.test")
    article = tuoben.json("show", "http://d.test/a/1.html")["id"]
    tuoben.run("hide", article)
    with closing(sqlite3.connect(database(tuoben), isolation_level=None)) as rows:
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = rows.execute("SELECT rootpage FROM sqlite_master WHERE name = 'store_revision'").fetchone()
        (size,) = rows.execute("PRAGMA page_size").fetchone()
    with database(tuoben).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert "could be read" in tuoben.run("rebuild").stderr
    assert "hidden" in tuoben.run("show", article, code=2).stderr
    assert tuoben.json("show", "http://d.test/a/2.html")["text"]


def test_a_torn_tail_and_damage(web: Web, tuoben: Tuoben) -> None:
    """A tail that a crash tore is cut off and kept beside; damage within is counted, named, and ends with 1."""
    collected(web, tuoben, "t.test")
    segment = tuoben.segments()[-1]
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole[:300])
    assert "torn" in tuoben.run("rebuild").stderr
    assert segment.read_bytes() == whole
    assert tuoben.json("verify")["bad"] == []

    place = tuoben.json("show", "http://t.test/a/1.html")["capture"]["offset"]
    segment.write_bytes(whole[: place + 40] + b"\0" * 40 + whole[place + 80 :])
    for rows in ("kept", "gone"):
        if rows == "gone":
            forget(tuoben)
        done = tuoben.run("rebuild", "--json", code=1)
        assert f"{segment.name} at {place}" in done.stderr and '"damaged": 1' in done.stdout
        assert "no article" in tuoben.run("show", "http://t.test/a/1.html", code=2).stderr
        assert tuoben.json("show", "http://t.test/a/2.html")["text"]
        assert len(segment.read_bytes()) == len(whole)


def test_a_worker_is_not_disturbed(web: Web, tuoben: Tuoben) -> None:
    """While another process collects, a rebuild says so in one sentence and changes nothing."""
    collected(web, tuoben, "w.test")
    web.host("w.test").delay = 5.0
    with tuoben.popen("worker", stderr=subprocess.DEVNULL) as worker:
        time.sleep(4)
        assert "stop it" in tuoben.run("rebuild", code=2).stderr
        worker.terminate()
