"""From `source add` to the reader: the command line against a loopback web."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

from fastwarc.warc import ArchiveIterator

from command import Tuoben, payloads, warcio_check
from loopback import RESET, Web
from stories import feed, page, publish


def test_the_main_job(web: Web, tuoben: Tuoben) -> None:
    """A source is added, its articles are stored byte for byte, found by headline, and asked for only once."""
    host = web.host("yunling.test")
    titles = publish(host, 6)
    host.robots("User-agent: *\nDisallow: /private/\n")
    host.page("/private/x.html", page(99, "不应抓取"))
    host.page("/feed.xml", feed(host, titles | {"/private/x.html": "不应抓取"}), content_type="application/rss+xml")
    added = tuoben.json("source", "add", host.url("/"))
    (source,) = added["sources"]
    assert source["state"] == "active" and source["name"] == "云岭新闻"
    assert {"kind": "feed", "url": host.url("/feed.xml")} in source["listings"]

    tally = tuoben.json("crawl", "--once")
    assert tally["articles"] == 6 and tally["failed"] == 0 and tally["requisites"] == 1
    assert not web.hits("yunling.test", "/private/x.html")
    stored = payloads(tuoben)
    for path in titles:
        (hit,) = web.hits("yunling.test", path)
        assert host.url(path) in stored
        assert len(stored[host.url(path)]) > 200 and hit.header("user-agent").startswith("tuoben/")
    for segment in tuoben.segments():
        warcio_check(segment)
    assert tuoben.json("verify")["bad"] == []

    again = tuoben.json("crawl", "--once")
    assert again["articles"] == 0
    assert all(len(web.hits("yunling.test", path)) == 1 for path in titles)

    for path, title in titles.items():
        first = tuoben.json("search", title)["hits"][0]
        assert first["url"] == host.url(path) and title in first["title"]
    shown = tuoben.json("show", host.url("/a/1.html"))
    assert shown["source"] == "云岭新闻" and shown["lang"] == "zh-Hans" and shown["text"]


def test_acknowledgement_lines_name_durable_captures(web: Web, tuoben: Tuoben) -> None:
    """Each line of --jsonl names a segment and an offset at which the capture of its URL lies."""
    publish(web.host("a.test"), 3)
    tuoben.run("source", "add", "http://a.test/")
    lines = [json.loads(line) for line in tuoben.run("crawl", "--once", "--jsonl").stdout.splitlines()]
    assert {line["kind"] for line in lines} == {"robots", "policy", "listing", "page", "requisite"}
    for line in lines:
        with (tuoben.data / "archive" / line["segment"]).open("rb") as file:
            file.seek(line["offset"])
            record = next(iter(ArchiveIterator(file, parse_http=False)))
            assert record.headers["WARC-Target-URI"] == line["url"]
            assert record.headers["WARC-Type"] in ("response", "revisit")
    pages = [line for line in lines if line["kind"] == "page"]
    assert tuoben.json("show", pages[0]["id"])["url"] == pages[0]["url"]


def test_delays_are_kept(web: Web, tmp_path: Path) -> None:
    """Two requests to one host are never closer than TUOBEN_HOST_DELAY, from the survey to the last image."""
    publish(web.host("slow.test"), 5)
    tuoben = Tuoben(tmp_path / "data", web.env(delay=0.25))
    tuoben.run("source", "add", "http://slow.test/")
    tuoben.run("crawl", "--once")
    times = [hit.at for hit in web.hits("slow.test")]
    assert len(times) > 8
    assert min(b - a for a, b in pairwise(times)) >= 0.25


def test_redirects_are_followed_and_stored(web: Web, tuoben: Tuoben) -> None:
    """A link that redirects leads to one article; the redirect itself is a capture; a circle ends."""
    host = web.host("r.test")
    host.page("/real.html", page(3, "引水工程通水"))
    host.redirect("/short", "/real.html", status=301)
    host.redirect("/round", "/round2")
    host.redirect("/round2", "/round")
    host.page("/feed.xml", feed(host, {"/short": "引水工程通水", "/real.html": "引水工程通水", "/round": "圈"}))
    tuoben.run("source", "add", host.url("/feed.xml"))
    tally = tuoben.json("crawl", "--once", code=1)
    assert tally["articles"] == 1 and tally["failed"] == 1
    assert host.url("/short") in payloads(tuoben)


def test_one_canonical_url_is_one_article(web: Web, tuoben: Tuoben) -> None:
    """The same article under two addresses is stored once when both name the same canonical URL."""
    host = web.host("c.test")
    canonical = '<link rel="canonical" href="http://c.test/a.html">'
    text = page(4, "云岭河综合治理启动").replace("<link", canonical + "<link", 1)
    host.page("/a.html", text)
    host.page("/mobile/a.html", text)
    host.page("/feed.xml", feed(host, {"/a.html": "云岭河综合治理启动", "/mobile/a.html": "云岭河综合治理启动"}))
    tuoben.run("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once")["articles"] == 1


def test_transient_failures_are_tried_again(web: Web, tuoben: Tuoben) -> None:
    """A server error passes within one run; a page that is gone is named and ends with exit code 1."""
    host = web.host("f.test")
    titles = publish(host, 2)
    host.answer("/a/1.html", 503, times=1)
    host.raw("/a/2.html", RESET)
    host.page("/feed.xml", feed(host, titles | {"/gone.html": "已删除"}), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    done = tuoben.run("crawl", "--once", "--json", code=1)
    tally = json.loads(done.stdout)
    assert tally["articles"] == 1 and tally["failed"] == 1
    assert "/gone.html" in done.stderr and "404" in done.stderr


def let_time_pass(tuoben: Tuoben) -> None:
    """All that is planned for later is due now."""
    tuoben.sql("UPDATE store_item SET due_at = '2020-01-01' WHERE state = 'queued'")
    tuoben.sql("UPDATE store_host SET wake_at = '2020-01-01'")


def test_an_edited_and_a_removed_article(web: Web, tuoben: Tuoben) -> None:
    """A later visit makes a revision of a changed text, and notes that an article is gone; old bytes stay."""
    host = web.host("e.test")
    titles = publish(host, 3)
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    host.page("/a/1.html", page(1, titles["/a/1.html"]).replace("全部落实", "基本落实"))
    host.answer("/a/2.html", 410)
    let_time_pass(tuoben)
    tally = tuoben.json("crawl", "--once", code=1)
    assert tally["articles"] == 0 and tally["unchanged"] >= 2
    first = tuoben.json("show", host.url("/a/1.html"))
    assert "基本落实" in first["text"] and first["revisions"] == 2
    older, newer = tuoben.json("revisions", first["id"])["items"]
    assert (older["revision"], older["changed"]) == (1, []) and (newer["revision"], newer["changed"]) == (2, ["text"])
    assert tuoben.json("show", host.url("/a/2.html"))["gone_since"]
    assert tuoben.json("show", host.url("/a/3.html"))["revisions"] == 1
    assert tuoben.json("search", "基本落实")["hits"][0]["id"] == first["id"]


def test_hide_takes_an_article_out(web: Web, tuoben: Tuoben) -> None:
    """A hidden article is found and shown no more; its bytes stay in the archive."""
    host = web.host("h.test")
    titles = publish(host, 3)
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    article = tuoben.json("show", host.url("/a/2.html"))
    tuoben.run("hide", article["id"], "--reason", "测试")
    assert host.url("/a/2.html") not in [hit["url"] for hit in tuoben.json("search", titles["/a/2.html"])["hits"]]
    assert "hidden" in tuoben.run("show", article["id"], code=2).stderr
    assert host.url("/a/2.html") in payloads(tuoben)
    tuoben.run("rebuild")
    assert "hidden" in tuoben.run("show", article["id"], code=2).stderr


def test_rebuild_gives_the_same_answers(web: Web, tuoben: Tuoben) -> None:
    """Rows and index made anew from the WARCs answer as the old ones did, with the same ids."""
    host = web.host("b.test")
    titles = publish(host, 5)
    host.page("/img.png", b"\x89PNG\r\n\x1a\n" + b"0" * 80, content_type="image/png")
    host.page("/a/1.html", page(1, titles["/a/1.html"], '<figure><img src="/img.png" alt="管网"></figure>'))
    tuoben.run("source", "add", host.url("/"))
    tuoben.run("crawl", "--once")
    before = {title: tuoben.json("search", title) for title in titles.values()}
    shown = tuoben.json("show", host.url("/a/1.html"))
    for name in ("tuoben.sqlite3", "tuoben.sqlite3-wal", "tuoben.sqlite3-shm"):
        (tuoben.data / name).unlink(missing_ok=True)
    tuoben.run("rebuild")
    assert {title: tuoben.json("search", title) for title in titles.values()} == before
    assert tuoben.json("show", host.url("/a/1.html")) == shown
    hits = len(web.log)
    tuoben.run("crawl", "--once")
    assert all(hit.path in ("/robots.txt", "/feed.xml") for hit in web.log[hits:])


def test_one_source_alone(web: Web, tuoben: Tuoben) -> None:
    """`crawl --source` asks for nothing but what the listings of that source lead to; a paused one says so."""
    for name in ("one.test", "two.test"):
        publish(web.host(name), 2)
        tuoben.run("source", "add", f"http://{name}/feed.xml")
    asked = len(web.log)
    assert tuoben.json("crawl", "--once", "--source", "one.test")["articles"] == 2
    assert {hit.host for hit in web.log[asked:]} == {"one.test"}
    tuoben.run("source", "pause", "one.test")
    assert "source resume one.test" in tuoben.run("crawl", "--once", "--source", "one.test", code=1).stderr
    tuoben.run("source", "resume", "http://one.test/feed.xml")
    assert tuoben.json("crawl", "--once", "--source", "one.test")["listings"] == 1


def test_an_article_is_known_by_any_form_of_its_address(web: Web, tuoben: Tuoben) -> None:
    """Tracking parameters, the other scheme, an address that redirected, and the record of its capture name it."""
    host = web.host("n.test")
    host.page("/real.html", page(3, "引水工程通水"))
    host.redirect("/short?id=1", "/real.html", status=301)
    host.page("/feed.xml", feed(host, {"/short?id=1": "引水工程通水"}), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("crawl", "--once")
    shown = tuoben.json("show", host.url("/real.html"))
    for name in ("/real.html?utm_source=x", "/real.html#top", "/short?id=1&utm_medium=rss"):
        assert tuoben.json("show", host.url(name))["id"] == shown["id"], name
    assert tuoben.json("show", host.url("/real.html", tls=True))["id"] == shown["id"]
    assert tuoben.json("show", shown["capture"]["record"])["id"] == shown["id"]
    assert tuoben.json("source", "show", "http://n.test:80/feed.xml")["sources"][0]["id"] == "n.test"


def test_the_data_directory_may_be_named_anywhere(tuoben: Tuoben, tmp_path: Path) -> None:
    """--data is taken before the command, behind it, and between `source` and its verb."""
    publish_to = str(tmp_path / "elsewhere")
    for call in (
        ("--data", publish_to, "source", "list"),
        ("source", "--data", publish_to, "list"),
        ("source", "list", "--data", publish_to),
    ):
        assert tuoben.json(*call) == {"sources": []}
    assert Path(publish_to).is_dir() and not tuoben.data.exists()


def test_the_second_signal_ends_at_once(web: Web, tuoben: Tuoben) -> None:
    """SIGTERM lets a crawl finish what is under way; a second one does not wait for it."""
    host = web.host("tar.test")
    publish(host, 2)
    tuoben.run("source", "add", host.url("/feed.xml"))
    host.delay = 30.0
    with tuoben.popen("crawl", "--once", stderr=subprocess.DEVNULL) as crawl:
        time.sleep(4)
        crawl.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        began = time.monotonic()
        crawl.send_signal(signal.SIGTERM)
        crawl.wait(timeout=20)
        assert time.monotonic() - began < 2
