"""The past of sources: archived and paged feeds (RFC 5005), date pages; walked once, behind what is new."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import Any

import pytest

from command import Tuoben
from loopback import Hit, Host, Web, page_bytes
from stories import page

HEAD = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">'
FEED = "application/atom+xml"


def title(number: int) -> str:
    """A headline."""
    return f"第{number}号水文站通报：河水位上涨"


def atom(host: Host, numbers: list[int], extra: str = "") -> str:
    """A feed document with some entries; their pages are put on the host."""
    rows = ""
    for n in numbers:
        host.page(f"/a/{n}.html", page(n, title(n)))
        when = f"2023-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}T08:00:00+08:00"
        rows += f"<entry><title>{title(n)}</title><link href='{host.url(f'/a/{n}.html')}'/><id>urn:{n}</id>"
        rows += f"<published>{when}</published><updated>{when}</updated></entry>"
    return f"{HEAD}<title>水文</title><id>urn:f</id><updated>2026-01-01T00:00:00Z</updated>{extra}{rows}</feed>"


def link(relation: str, address: str) -> str:
    """A link of a feed."""
    return f"<link rel='{relation}' href='{address}'/>"


def put(host: Host, path: str, text: str) -> None:
    """A feed document at a path."""
    host.page(path, text, content_type=FEED)


def add(tuoben: Tuoben, host: Host) -> str:
    """The source, its news collected."""
    told = tuoben.json("source", "add", host.url("/feed.xml"))["sources"][0]
    tuoben.json("crawl", "--once")
    return str(told["id"])


def shown(tuoben: Tuoben, source: str) -> dict[str, Any]:
    """The first way into a source's past."""
    row: dict[str, Any] = json.loads(tuoben.run("history", "show", source, "--json", code=(0, 1)).stdout)["history"][0]
    return row


def asked(web: Web, host: Host, prefix: str) -> list[str]:
    """Requests for paths that begin so."""
    return [hit.path for hit in web.hits(host.name) if hit.path.startswith(prefix)]


def archives(host: Host, count: int) -> None:
    """A subscription document and `count` archive documents before it, two entries each."""
    for k in range(1, count + 1):
        before = link("prev-archive", f"/old/{k - 1}.xml") if k > 1 else ""
        put(host, f"/old/{k}.xml", atom(host, [2 * k, 2 * k + 1], f"<fh:archive/>{before}"))
    put(host, "/feed.xml", atom(host, [100, 101], link("prev-archive", f"/old/{count}.xml")))


def test_archive_documents_are_read_once(web: Web, tuoben: Tuoben) -> None:
    """Every archive document and every entry is collected; begun again, only what is new is asked for."""
    host = web.host("archive.test")
    archives(host, 4)
    source = add(tuoben, host)
    assert asked(web, host, "/old/") == []
    tuoben.json("history", "begin", source)
    tuoben.json("crawl", "--once")
    assert asked(web, host, "/old/") == []  # the news do not wait for the past
    tuoben.json("crawl", "--once", "--history")
    row = shown(tuoben, source)
    assert (row["state"], row["pages"], row["found"], row["captured"], row["waiting"]) == ("done", 5, 8, 8, 0)
    assert row["oldest"].startswith("2023-01-03")
    assert asked(web, host, "/old/") == [f"/old/{k}.xml" for k in (4, 3, 2, 1)]
    assert tuoben.json("show", host.url("/a/2.html"))["title"] == title(2)

    put(host, "/old/5.xml", atom(host, [50, 51], "<fh:archive/>" + link("prev-archive", "/old/4.xml")))
    put(host, "/feed.xml", atom(host, [100, 101], link("prev-archive", "/old/5.xml")))
    tuoben.json("history", "begin", source)
    tuoben.json("crawl", "--once", "--history")
    assert asked(web, host, "/old/")[4:] == ["/old/5.xml"]
    assert shown(tuoben, source)["captured"] == 10 and shown(tuoben, source)["state"] == "done"


def test_pages_in_a_circle_end(web: Web, tuoben: Tuoben) -> None:
    """Paged feeds end in a circle, at a page that shows the same again under a new address, and where none follows."""
    host = web.host("circle.test")
    put(host, "/feed.xml", atom(host, [1], link("next", "/p/2")))
    put(host, "/p/2", atom(host, [2], link("next", "/p/3")))
    put(host, "/p/3", atom(host, [3], link("next", "/feed.xml")))
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    tuoben.json("crawl", "--once", "--history")
    assert asked(web, host, "/p/") == ["/p/2", "/p/3"]
    assert shown(tuoben, source)["state"] == "done" and shown(tuoben, source)["captured"] == 2

    other = web.host("endless.test")

    def endless(hit: Hit) -> bytes:
        number = int(hit.path.rpartition("/")[2])
        body = atom(other, [5, 6], link("next", f"/q/{number + 1}"))
        return page_bytes(body, content_type=FEED)

    for number in range(2, 40):
        other.handle(f"/q/{number}", endless)
    put(other, "/feed.xml", atom(other, [4], link("next", "/q/2")))
    source = add(tuoben, other)
    tuoben.json("history", "begin", source)
    tuoben.json("crawl", "--once", "--history")
    assert asked(web, other, "/q/") == ["/q/2", "/q/3"]
    assert shown(tuoben, source)["state"] == "done"


def test_failures_of_a_walk(web: Web, tuoben: Tuoben) -> None:
    """A page that fails for a moment is asked again; one that is not there ends the walk; a forbidden one blocks it."""
    host = web.host("fails.test")
    put(host, "/feed.xml", atom(host, [1], link("next", "/p/2")))
    put(host, "/p/2", atom(host, [2], link("next", "/p/3")))
    host.answer("/p/2", 500, times=1)
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    assert asked(web, host, "/p/") == ["/p/2", "/p/2", "/p/3"]
    assert shown(tuoben, source)["state"] == "done" and shown(tuoben, source)["captured"] == 1

    closed = web.host("closed.test")
    closed.robots("User-agent: *\nDisallow: /p/\n")
    put(closed, "/feed.xml", atom(closed, [3], link("next", "/p/2")))
    source = add(tuoben, closed)
    tuoben.json("history", "begin", source)
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    assert asked(web, closed, "/p/") == []
    assert shown(tuoben, source)["state"] == "blocked" and "robots.txt" in shown(tuoben, source)["error"]


def test_wordpress_counts_where_it_works(web: Web, tuoben: Tuoben) -> None:
    """Of a feed made by WordPress ?paged=N is asked for until a page is not there."""
    host = web.host("wp.test")
    made = "<generator>https://wordpress.org/?v=6.4</generator>"
    put(host, "/feed.xml", atom(host, [1], made))
    put(host, "/feed.xml?paged=2", atom(host, [2], made))
    put(host, "/feed.xml?paged=3", atom(host, [3], made))
    host.answer("/feed.xml?paged=4", 404)
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    assert asked(web, host, "/feed.xml?") == [f"/feed.xml?paged={n}" for n in (2, 3, 4)]
    assert shown(tuoben, source)["state"] == "done" and shown(tuoben, source)["captured"] == 2


def test_stop_and_resume(web: Web, tuoben: Tuoben) -> None:
    """A stopped walk asks for nothing; resumed, it goes on to its end."""
    host = web.host("stop.test")
    archives(host, 3)
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    assert tuoben.json("history", "stop", source)["history"][0]["state"] == "stopped"
    tuoben.json("crawl", "--once", "--history")
    assert asked(web, host, "/old/") == []
    assert tuoben.json("history", "resume", source)["history"][0]["state"] == "active"
    tuoben.json("crawl", "--once", "--history")
    assert shown(tuoben, source)["captured"] == 6


def test_date_pages(web: Web, tuoben: Tuoben) -> None:
    """Days from the last to the first, across the end of a leap February; a day that is missing is passed over."""
    host = web.host("days.test")
    put(host, "/feed.xml", atom(host, [500]))
    for n, day in enumerate(("2024/03/01", "2024/02/29", "2024/02/27"), start=1):
        rows = ""
        for k in range(5):
            host.page(f"/{day}/{n}{k}.html", page(n * 10 + k, title(n * 10 + k)))
            rows += f"<li><a href='/{day}/{n}{k}.html'>{title(n * 10 + k)}</a></li>"
        host.page(f"/{day}/", f"<html><title>存档</title><body><ul class='list'>{rows}</ul></body></html>")
    source = add(tuoben, host)
    how = ("--template", host.url("/{yyyy}/{mm}/{dd}/"), "--from", "2024-02-27", "--to", "2024-03-01")
    tuoben.json("history", "begin", source, *how)
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    days = [path for path in asked(web, host, "/2024/") if path.endswith("/")]
    assert days == ["/2024/03/01/", "/2024/02/29/", "/2024/02/28/", "/2024/02/27/"]
    row = shown(tuoben, source)
    assert (row["kind"], row["state"], row["pages"], row["captured"]) == ("dates", "done", 3, 15)
    assert [one["kind"] for one in tuoben.json("source", "show", source)["sources"][0]["listings"]] == ["feed"]
    before = len(web.hits(host.name))
    tuoben.run("crawl", "--once", code=(0, 1))
    assert [hit.path for hit in web.hits(host.name)[before:]] == ["/feed.xml"]


def test_wrong_calls(web: Web, tuoben: Tuoben) -> None:
    """A template without a year, or days that are none, are refused in one sentence."""
    host = web.host("wrong.test")
    put(host, "/feed.xml", atom(host, [1]))
    source = add(tuoben, host)
    for how in (
        ("--template", host.url("/{dd}/"), "--from", "2024-01-01"),
        ("--template", host.url("/{yyyy}/{mm}/")),
        ("--template", host.url("/{yyyy}/"), "--from", "2024-02-30"),
        ("--from", "2024-01-01"),
    ):
        done = tuoben.run("history", "begin", source, *how, code=2)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.slow
def test_killed_and_made_anew(web: Web, tuoben: Tuoben) -> None:
    """Killed again and again a walk asks for no archive document twice once it is acknowledged, and loses no entry."""
    host = web.host("kill.test")
    archives(host, 30)
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    for _ in range(4):
        with tuoben.popen("crawl", "--once", "--history", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(2.2)
            run.send_signal(signal.SIGKILL)
    tuoben.json("crawl", "--once", "--history")
    row = shown(tuoben, source)
    assert (row["state"], row["pages"], row["captured"]) == ("done", 31, 60)
    twice = "SELECT url FROM store_capture WHERE url LIKE '%/old/%' GROUP BY url HAVING count(*) > 1"
    assert tuoben.sql(twice) == []
    assert tuoben.json("verify")["bad"] == []
    tuoben.json("rebuild")
    again = shown(tuoben, source)
    assert {name: again[name] for name in ("pages", "captured", "state")} == {
        name: row[name] for name in ("pages", "captured", "state")
    }


@pytest.mark.slow
def test_killed_in_a_long_sitemap(web: Web, tuoben: Tuoben) -> None:
    """The links of a long sitemap are in the rows some at a time; killed between, no link is lost or counted twice."""
    host = web.host("long.test")
    rows = "".join(f"<url><loc>{host.url(f'/story/{n}.html')}</loc></url>" for n in range(20_000))
    host.page("/map.xml", "<urlset><url><loc>/story/1.html</loc></url></urlset>", content_type="application/xml")
    host.page("/story/1.html", page(1, title(1)))
    source = str(tuoben.json("source", "add", host.url("/map.xml"))["sources"][0]["id"])
    tuoben.run("crawl", "--once", code=(0, 1))
    host.page("/map.xml", f"<urlset>{rows}</urlset>", content_type="application/xml")
    tuoben.json("history", "begin", source)
    count = "SELECT count(*) FROM store_item WHERE rank = 5 AND kind = 'page'"
    met: set[int] = set()
    with tuoben.popen("crawl", "--once", "--history", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while max(met, default=0) < 6_000 and run.poll() is None:
            met.add(tuoben.sql(count)[0][0])
        run.send_signal(signal.SIGKILL)
    assert len(met) > 4 and 6_000 <= max(met) < 20_000
    assert shown(tuoben, source)["state"] == "active"
    with tuoben.popen("crawl", "--once", "--history", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while shown(tuoben, source)["pages"] < 1 and run.poll() is None:
            time.sleep(0.3)
        run.send_signal(signal.SIGKILL)
    row = shown(tuoben, source)
    assert tuoben.sql("SELECT count(*) FROM store_item WHERE kind = 'page'") == [(20_000,)]
    assert (row["pages"], row["shown"], row["found"], row["state"]) == (1, 20_000, 19_000, "done")  # 1,000 are news
    assert tuoben.sql("SELECT visits, state FROM store_item WHERE rank = 5 AND kind = 'listing'") == [(1, "done")]


@pytest.mark.slow
def test_a_rebuild_knows_what_was_decided(web: Web, tuoben: Tuoben) -> None:
    """A stopped walk, and one that was begun and has asked for nothing yet, are as they were when rows are made anew."""
    host = web.host("desk.test")
    archives(host, 3)
    source = add(tuoben, host)
    tuoben.json("history", "begin", source)
    tuoben.json("history", "stop", source)
    tuoben.json("rebuild")
    assert shown(tuoben, source)["state"] == "stopped"
    tuoben.json("crawl", "--once", "--history")
    assert asked(web, host, "/old/") == []
    tuoben.json("history", "resume", source)
    tuoben.json("rebuild")
    assert shown(tuoben, source)["state"] == "active"
    tuoben.json("crawl", "--once", "--history")
    assert shown(tuoben, source)["captured"] == 6
    before = shown(tuoben, source)
    tuoben.json("rebuild")
    assert shown(tuoben, source) == before

    template = host.url("/{yyyy}/{mm}/")
    tuoben.json("history", "begin", source, "--template", template, "--from", "2024-01-01", "--to", "2024-02-01")
    tuoben.json("rebuild")
    rows = tuoben.json("history", "show", source, "--json")["history"]
    (row,) = [row for row in rows if row["kind"] == "dates"]
    assert (row["url"], row["state"], row["since"], row["until"]) == (template, "active", "2024-01-01", "2024-02-01")
    assert tuoben.sql("SELECT url FROM store_item WHERE url LIKE '%{%'") == []
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    assert asked(web, host, "/2024/") == ["/2024/02/", "/2024/01/"]

    tuoben.json("history", "begin", source, "--template", template, "--from", "2023-12-01", "--to", "2024-03-01")
    tuoben.json("history", "stop", source)
    tuoben.json("rebuild")
    rows = tuoben.json("history", "show", source, "--json")["history"]
    assert [(row["state"], row["since"]) for row in rows if row["kind"] == "dates"] == [("stopped", "2023-12-01")]
    tuoben.json("history", "resume", source)
    tuoben.run("crawl", "--once", "--history", code=(0, 1))
    assert asked(web, host, "/2024/")[2:] + asked(web, host, "/2023/") == ["/2024/03/", "/2023/12/"]
