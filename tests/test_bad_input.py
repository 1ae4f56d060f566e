"""Bad input gets one plain sentence, and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from command import Tuoben
from loopback import Web
from stories import feed, page, publish


def sentence(text: str) -> str:
    """The one line on stderr."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("tuoben: "), text
    return lines[0]


def test_addresses_that_cannot_be_sources(web: Web, tuoben: Tuoben) -> None:
    """Unknown host, refused address, wrong scheme and a document that is no page: a sentence each, exit code 2."""
    web.host("pdf.test").page("/x.pdf", b"%PDF-1.4 nothing", content_type="application/pdf")
    closed = Tuoben(tuoben.data)  # without the loopback web: the door is shut
    assert "cannot be looked up" in sentence(closed.run("source", "add", "http://no-such-host.invalid/", code=2).stderr)
    for address in ("http://127.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://2130706433/"):
        assert "was not added" in sentence(closed.run("source", "add", address, code=2).stderr)
    sentence(closed.run("source", "add", "ftp://a.test/", code=2).stderr)
    sentence(closed.run("source", "add", "not a url", code=2).stderr)
    assert "neither a page" in sentence(tuoben.run("source", "add", "http://pdf.test/x.pdf", code=2).stderr)
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
    tuoben.json("crawl", "--once")
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
    import sqlite3  # noqa: PLC0415

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
    done = full.run("crawl", "--once", "--json", code=(0, 1))
    assert "paused" in done.stderr and json.loads(done.stdout)["articles"] == 0
    assert tuoben.json("crawl", "--once")["articles"] == 2
