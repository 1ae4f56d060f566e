"""Bad input gets one plain sentence, and nothing that was acknowledged is lost."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from command import Tuoben
from loopback import Web
from stories import feed, page, publish


def sentence(text: str) -> str:
    """The one line on stderr."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("tuoben: "), text
    return lines[0]


@pytest.mark.slow
def test_addresses_that_cannot_be_sources(web: Web, tuoben: Tuoben) -> None:
    """A sentence each; exit code 2 when no address given can ever be asked for, 1 when it is the site's doing."""
    web.host("pdf.test").page("/x.pdf", b"%PDF-1.4 nothing", content_type="application/pdf")
    closed = Tuoben(tuoben.data)  # without the loopback web: the door is shut
    assert "cannot be looked up" in sentence(closed.run("source", "add", "http://no-such-host.invalid/", code=1).stderr)
    for address in ("http://127.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://2130706433/"):
        assert "was not added" in sentence(closed.run("source", "add", address, code=2).stderr)
    sentence(closed.run("source", "add", "ftp://a.test/", code=2).stderr)
    sentence(closed.run("source", "add", "not a url", code=2).stderr)
    assert "neither a page" in sentence(tuoben.run("source", "add", "http://pdf.test/x.pdf", code=1).stderr)
    shut = web.host("shut.test")
    shut.robots("User-agent: *\nDisallow: /\n")
    assert "robots.txt" in sentence(tuoben.run("source", "add", shut.url("/"), code=1).stderr)
    both = tuoben.run("source", "add", "ftp://a.test/", "http://pdf.test/x.pdf", code=1).stderr.splitlines()
    assert len(both) == 2 and all("was not added" in line for line in both)
    assert tuoben.json("source", "list") == {"sources": []}


def test_documents_that_are_no_articles(web: Web, tuoben: Tuoben) -> None:
    """An empty page, a PDF, a bot check and a page of 10 MB are kept as captures and named; the rest is collected."""
    host = web.host("odd.test")
    titles = publish(host, 2)
    host.page("/empty.html", "")
    host.page("/x.pdf", b"%PDF-1.4 nothing", content_type="application/pdf")
    host.answer("/bot.html", 412, body="<html><title>请验证</title><script>challenge()</script></html>")
    host.page("/big.html", page(7, "巨大页面") + "<!-- " + "x" * 10_000_000 + " -->")
    host.page("/label.html", page(8, "编码标签错误").encode("gb18030"), content_type="text/html; charset=utf-8")
    odd = ("/empty.html", "/x.pdf", "/bot.html", "/big.html", "/label.html")
    host.page("/feed.xml", feed(host, titles | {path: path for path in odd}), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    done = tuoben.run("crawl", "--once", "--json", code=1)
    tally = json.loads(done.stdout)
    assert tally["failed"] == 3 and tally["articles"] == 4
    assert "编码标签错误" in tuoben.json("show", host.url("/label.html"))["title"]
    assert tuoben.json("verify")["bad"] == []


def test_a_feed_that_is_not_xml(web: Web, tuoben: Tuoben) -> None:
    """A feed that turns into an error page is named on its source, and comes back by itself."""
    host = web.host("x.test")
    titles = publish(host, 1)
    tuoben.run("source", "add", host.url("/feed.xml"))
    host.page("/feed.xml", b"\x00\xff garbage <<<", content_type="application/rss+xml")
    assert host.url("/feed.xml") in tuoben.run("crawl", "--once", code=1).stderr
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    assert tuoben.json("crawl", "--once")["articles"] == 1


def test_a_port_that_is_taken(tuoben: Tuoben) -> None:
    """`serve` says which port is taken and which option names another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = sentence(tuoben.run("serve", "--listen", f"127.0.0.1:{port}", code=2).stderr)
    assert str(port) in told and "--listen" in told


def test_calls_that_are_wrong(tuoben: Tuoben, tmp_path: Path) -> None:
    """Unknown ids, dates and directories: exit code 2 and a sentence."""
    sentence(tuoben.run("show", "nothing", code=2).stderr)
    sentence(tuoben.run("hide", "nothing", code=2).stderr)
    sentence(tuoben.run("source", "show", "nothing", code=2).stderr)
    sentence(tuoben.run("search", "--since", "yesterday", "水", code=2).stderr)
    sentence(tuoben.run("extract", str(tmp_path / "absent.html"), code=2).stderr)
    (tmp_path / "file").write_text("no directory")
    sentence(Tuoben(tmp_path / "file" / "data").run("source", "list", code=2).stderr)
    sentence(tuoben.run("crawl", "--once", code=1).stderr)


def test_data_of_a_newer_version(tuoben: Tuoben) -> None:
    """A data directory that a newer program wrote is not touched."""
    tuoben.run("source", "list")
    rows = sqlite3.connect(tuoben.data / "tuoben.sqlite3")
    rows.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_future', '2030-01-01')")
    rows.commit()
    rows.close()
    assert "newer version" in sentence(tuoben.run("source", "list", code=2).stderr)


def test_the_disk_floor_pauses_collecting(web: Web, tuoben: Tuoben) -> None:
    """Under the disk floor nothing is collected, the reason is said, and it goes on when there is room."""
    host = web.host("d.test")
    publish(host, 2)
    tuoben.run("source", "add", host.url("/feed.xml"))
    full = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_DISK_FLOOR": str(1 << 60)})
    done = full.run("crawl", "--once", "--json", code=1)
    assert "tuoben: Collecting is paused" in done.stderr and json.loads(done.stdout)["articles"] == 0
    assert tuoben.json("crawl", "--once")["articles"] == 2


def test_listings_that_fail_are_named(web: Web, tuoben: Tuoben) -> None:
    """A listing that is gone, or that robots.txt has come to forbid, is named, and the crawl ends with 1."""
    gone, shut, good = web.host("gone.test"), web.host("shut.test"), web.host("good.test")
    for host in (gone, shut, good):
        publish(host, 1)
        tuoben.run("source", "add", host.url("/feed.xml"))
    gone.answer("/feed.xml", 410)
    shut.robots("User-agent: *\nDisallow: /feed.xml\n")
    done = tuoben.run("crawl", "--once", "--json", code=1)
    assert json.loads(done.stdout)["articles"] == 1
    assert gone.url("/feed.xml") in done.stderr and "410" in done.stderr
    assert shut.url("/feed.xml") in done.stderr and "robots.txt" in done.stderr
    assert tuoben.json("crawl", "--once", "--source", "good.test")["listings"] == 1


def test_settings_that_are_wrong(tuoben: Tuoben) -> None:
    """A setting that is no number and a settings file that is no TOML: a sentence each."""
    wrong = Tuoben(tuoben.data, {"TUOBEN_DISK_FLOOR": "1GB"})
    assert "TUOBEN_DISK_FLOOR" in sentence(wrong.run("source", "list", code=2).stderr)
    tuoben.data.mkdir(exist_ok=True)
    (tuoben.data / "tuoben.toml").write_text("a = = b")
    assert "tuoben.toml" in sentence(tuoben.run("source", "list", code=2).stderr)


@pytest.mark.slow
def test_rows_that_another_process_keeps(web: Web, tuoben: Tuoben) -> None:
    """Rows that stay locked, and a directory in their place: a sentence, not a traceback."""
    host = web.host("k.test")
    publish(host, 1)
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    article = tuoben.json("show", host.url("/a/1.html"))["id"]
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3", isolation_level=None)) as rows:
        rows.execute("BEGIN IMMEDIATE")
        assert "locked" in sentence(tuoben.run("hide", article, code=1).stderr)
        rows.execute("ROLLBACK")
    other = Tuoben(tuoben.data.with_name("other"))
    (other.data / "tuoben.sqlite3").mkdir(parents=True)
    sentence(other.run("source", "list", code=(1, 2)).stderr)


def test_pages_to_extract_that_cannot_be_read(tuoben: Tuoben, tmp_path: Path) -> None:
    """Bad gzip files, paths that are no text and lines that are no JSON: a sentence, or a whole row with "error"."""
    body = page(3, "引水工程通水").encode()
    packed = gzip.compress(body)
    files = {"good.html": body, "good.gz": packed, "cut.gz": packed[:-200], "bad.gz": b"hi"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    sentence(tuoben.run("extract", str(tmp_path / "bad.gz"), code=2).stderr)
    sentence(tuoben.run("extract", str(tmp_path / "cut.gz"), code=2).stderr)
    rows: list[object] = [{"id": name, "url": "http://a.test/1.html", "path": str(tmp_path / name)} for name in files]
    rows += [{"id": "number", "url": "http://a.test/", "path": 5}, {"id": "null", "url": None, "path": "x"}, ["no"]]
    lines = "".join(json.dumps(row) + "\n" for row in rows) + "{no json\n"
    done = tuoben.run("extract", "--jsonl", stdin=lines, code=1)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in told] == ["good.html", "good.gz", "cut.gz", "bad.gz", "number", "null", None, None]
    assert told[0]["title"] == told[1]["title"] == "引水工程通水" and told[0]["text"] == told[1]["text"] != ""
    for row in told[2:]:
        assert set(row) == {*told[0], "error"} and row["error"] and row["text"] == "" and row["authors"] == []


def test_rows_are_extracted_as_they_come(tuoben: Tuoben, tmp_path: Path) -> None:
    """A row's article is printed before the next row is there."""
    path = tmp_path / "a.html"
    path.write_text(page(3, "引水工程通水"))
    row = json.dumps({"id": 1, "url": "http://a.test/1.html", "path": str(path)}) + "\n"
    with tuoben.popen("extract", "--jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for _ in range(2):
            process.stdin.write(row)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["title"] == "引水工程通水"
        process.stdin.close()
        assert process.wait(30) == 0


def test_rows_or_index_that_are_gone(web: Web, tuoben: Tuoben) -> None:
    """A lost index is made again by the next search; lost rows are named, with the command that makes them anew."""
    host = web.host("lost.test")
    titles = publish(host, 2)
    tuoben.run("source", "add", "lost.test/feed.xml")
    tuoben.run("crawl", "--once")
    shutil.rmtree(tuoben.data / "index")
    assert tuoben.json("search", titles["/a/1.html"])["hits"][0]["url"] == host.url("/a/1.html")
    for path in tuoben.data.glob("tuoben.sqlite3*"):
        path.unlink()
    assert "rebuild" in sentence(tuoben.run("search", titles["/a/1.html"], code=2).stderr)
