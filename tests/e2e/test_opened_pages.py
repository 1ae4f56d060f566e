"""Pages that need a browser, from the listing to the reader: collected by the real commands with the real Chromium."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from command import Tuoben, payloads, payloads_of, warcio_check
from loopback import Hit, Host, Web, page_bytes
from opened import APP, PARAGRAPHS, STORY, TITLE, announce

Serving = Callable[[dict[str, str]], AbstractContextManager[tuple[str, str]]]
pytestmark = pytest.mark.e2e


def shell(host: Host, *, charset: str = "utf-8") -> None:
    """A page that holds nothing by itself: its program asks for the story, and for a picture."""
    html = f"""<!DOCTYPE html><html lang="zh"><head><meta charset="{charset}"><title>云岭新闻</title>
<link rel="stylesheet" href="/look.css"></head><body><div id="app"></div><script src="/app.js" charset="utf-8"></script>
</body></html>"""
    host.page("/a/1.html", html.encode(charset), content_type=f"text/html; charset={charset}")
    host.page("/look.css", "body { color: #123 }", content_type="text/css")
    host.page("/bridge.png", b"\x89PNG\r\n\x1a\n" + bytes(64), content_type="image/png")
    host.page("/api/story.json", STORY, content_type="application/json")
    host.page("/app.js", APP, content_type="text/javascript; charset=utf-8")


def chromiums(tuoben: Tuoben) -> list[int]:
    """The processes of Chromium that have their profile where this tuoben has its temporary files."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"--user-data-dir={tuoben.env['TMPDIR']}".encode() in one.read_bytes():
                found.append(int(one.parent.name))
    return found


def status(address: str) -> int:
    """What is answered at an address."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def stranger(program: Path, *call: str) -> subprocess.CompletedProcess[str]:
    """What the program of a proof says, with nothing of ours."""
    command = [sys.executable, "-I", str(program), *call]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_page_that_its_program_writes_becomes_an_article(web: Web, opening: Tuoben) -> None:
    """With browser=needed the plain page is kept, the browser's is read, and all that it loaded lies in the WARC."""
    host = web.host("yunling.test")
    host.robots("User-agent: *\nDisallow: /private/")
    shell(host)
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/")
    opening.run("source", "set", "yunling.test", "browser=needed")
    tally = opening.json("crawl", "--once")
    assert (tally["articles"], tally["failed"]) == (1, 0)

    shown = opening.json("show", host.url("/a/1.html"))
    assert shown["title"] == TITLE
    assert shown["published"] == "2026-11-20T08:00:00+08:00"
    assert all(text in shown["text"] for text in PARAGRAPHS)
    stored = payloads(opening)
    assert {"/app.js", "/api/story.json", "/look.css", "/bridge.png", "/a/1.html"} <= {
        url.removeprefix("http://yunling.test") for url in stored
    }
    for path in ("/app.js", "/api/story.json", "/look.css", "/bridge.png"):
        assert len(web.hits("yunling.test", path)) == 1, path
    assert web.hits("yunling.test", "/api/story.json")[0].header("x-requested-with") == "app"
    assert all(hit.header("user-agent").startswith("tuoben/") for hit in web.hits("yunling.test"))
    kinds = dict(opening.sql("SELECT kind, count(*) FROM store_capture GROUP BY kind"))
    assert kinds["rendered"] == kinds["screenshot"] == 1 and kinds["page"] == 2
    for segment in opening.segments():
        warcio_check(segment)
    assert opening.json("verify")["bad"] == []


@dataclass
class Collected:
    """A tuoben that has one article, which its program wrote, and its web."""

    tuoben: Tuoben
    web: Web
    host: Host
    id: str


@pytest.fixture
def collected(web: Web, opening: Tuoben) -> Collected:
    """The page of `shell`, opened in the browser."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    opening.run("crawl", "--once")
    return Collected(opening, web, host, opening.json("show", host.url("/a/1.html"))["id"])


def test_the_pages_show_both_and_nothing_runs(
    collected: Collected, open_page: Callable[..., Page], serving: Serving
) -> None:
    """The reading page says that a browser rendered it; its original look is the document as the browser built it,
    without anything that runs; the page as it was sent, and the picture, are there too."""
    with serving(collected.tuoben.environment()) as (app, replay):
        page = open_page(f"{app}/a/{collected.id}/", scripts=True)
        assert "经浏览器渲染" in page.content()
        page.get_by_text("快照的凭据").click()
        plain = page.get_by_role("link", name="服务器发出的网页").get_attribute("href") or ""
        view = page.get_by_role("link", name="截图").get_attribute("href") or ""
        page.goto(f"{app}/a/{collected.id}/original/")
        source = page.locator("iframe").get_attribute("src") or ""
        assert "rd_/http://yunling.test/a/1.html" in source
        answers = {address: page.request.get(address) for address in (source, plain, view)}
        assert all(answer.ok for answer in answers.values())
        built, sent = answers[source].text(), answers[plain].text()
        assert TITLE in built and PARAGRAPHS[4] in built and TITLE not in sent
        for text in (built, sent):
            assert "<script" not in text
        assert "sandbox" in answers[source].headers["content-security-policy"]
        assert answers[view].headers["content-type"] == "image/webp" and len(answers[view].body()) > 1000
        assert answers[source].headers["memento-datetime"]
        timemap = page.request.get(f"{replay}/timemap/link/http://yunling.test/a/1.html").text()
        assert "rd_" not in timemap and timemap.count("memento") >= 2
        before = len(collected.web.log)
        page.goto(source)
        assert len(collected.web.log) == before


def test_hidden_is_hidden_in_every_form(collected: Collected, serving: Serving) -> None:
    """Neither the document that the browser built, nor the picture, nor what the page's program loaded is shown of an
    article that is hidden."""
    tuoben = collected.tuoben
    with serving(tuoben.environment()) as (_, replay):
        stamp = "20991231000000"
        wanted = {
            f"{replay}/web/{stamp}{mode}/http://yunling.test{path}"
            for mode, path in (
                ("rd_", "/a/1.html"),
                ("vw_", "/a/1.html"),
                ("", "/a/1.html"),
                ("id_", "/api/story.json"),
            )
        }
        assert {status(address) for address in wanted} == {200}
        tuoben.run("hide", collected.id)
        assert {status(address) for address in wanted} == {404}


def test_proofs_and_packages_hold_all_of_it(collected: Collected, tmp_path: Path) -> None:
    """What the browser made has its entry in the log, its proof, and its place in a WACZ: a stranger checks them; the
    page that the package lists is the one that was sent, and one changed byte of the DOM is found."""
    tuoben = collected.tuoben
    tuoben.run("proof", collected.id, "-o", str(tmp_path / "proof"))
    checked = stranger(tmp_path / "proof" / "verify.py")
    assert checked.returncode == 0 and f"urn:dom:{collected.host.url('/a/1.html')}" in checked.stdout, checked.stdout
    ((picture,),) = tuoben.sql("SELECT record_id FROM store_capture WHERE kind = 'screenshot'")
    tuoben.run("proof", picture, "-o", str(tmp_path / "picture"))
    assert stranger(tmp_path / "picture" / "verify.py").returncode == 0

    package = tmp_path / "one.wacz"
    tuoben.run("export", "--wacz", str(package), collected.host.url("/a/1.html"))
    with zipfile.ZipFile(package) as zipped:
        (tmp_path / "verify.py").write_bytes(zipped.read("proofs/verify.py"))
        listed = [json.loads(line) for line in zipped.read("pages/pages.jsonl").splitlines()[1:]]
        assert [(one["url"], one["title"]) for one in listed] == [(collected.host.url("/a/1.html"), TITLE)]
        assert {name.rpartition("-")[2] for name in zipped.namelist() if name.endswith(".zip")} >= {
            "dom.zip",
            "view.zip",
        }
        warc = zipped.read("archive/data.warc.gz")
    (tmp_path / "data.warc.gz").write_bytes(warc)
    warcio_check(tmp_path / "data.warc.gz")
    records = payloads_of(tmp_path / "data.warc.gz")
    assert {"/app.js", "/api/story.json", "/look.css", "/a/1.html"} <= {
        address.removeprefix("http://yunling.test") for address in records
    }
    checked = stranger(tmp_path / "verify.py", "--wacz", str(package))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("HOLDS") == 3
    wacz = [sys.executable, "-m", "wacz", "validate", "-f", str(package)]
    done = subprocess.run(wacz, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "Valid" in done.stdout + done.stderr, done.stdout + done.stderr

    with package.open("rb") as file:
        whole = file.read()
    ((segment, offset, length),) = tuoben.sql(
        "SELECT segment, offset, length FROM store_capture WHERE kind = 'rendered'"
    )
    stored = (tuoben.data / "archive" / segment).read_bytes()
    at = whole.index(stored[offset : offset + length]) + length - 20
    package.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert stranger(tmp_path / "verify.py", "--wacz", str(package)).returncode == 1


def test_rows_made_anew_say_the_same(collected: Collected) -> None:
    """From the WARC alone come the same article and captures, and nothing is asked for again."""
    tuoben, before = collected.tuoben, len(collected.web.log)
    shown = tuoben.json("show", collected.id)
    queries = (
        "SELECT record_id, kind, url, article FROM store_capture ORDER BY record_id",
        "SELECT url FROM store_requisite ORDER BY url",
    )
    rows = [tuoben.sql(query) for query in queries]
    tuoben.run("rebuild", "--rows")
    again = tuoben.json("show", collected.id)
    assert {name: again[name] for name in ("id", "title", "text", "capture")} == {
        name: shown[name] for name in ("id", "title", "text", "capture")
    }
    assert [tuoben.sql(query) for query in queries] == rows
    tuoben.run("crawl", "--once")
    assert {hit.path for hit in collected.web.log[before:]} <= {"/feed.xml", "/robots.txt"}
    assert tuoben.json("verify")["bad"] == []


@pytest.mark.parametrize("when", ["loading", "starting"])
def test_a_browser_that_dies_is_a_failed_fetch(web: Web, opening: Tuoben, when: str) -> None:
    """Chromium is killed in mid page: nothing half is stored, no process stays, the page is tried again and comes."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    killed: list[int] = []

    def kill(hit: Hit) -> bytes:
        if not killed:
            killed.extend(chromiums(opening))
            for pid in killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return page_bytes(answer, content_type=kind)

    path = {"loading": "/api/story.json", "starting": "/app.js"}[when]
    answer, kind = {"loading": (STORY, "application/json"), "starting": (APP, "text/javascript")}[when]
    host.handle(path, kill)
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    tally = opening.json("crawl", "--once")
    assert killed
    assert (tally["articles"], tally["failed"]) == (1, 0)
    kinds = dict(opening.sql("SELECT kind, count(*) FROM store_capture GROUP BY kind"))
    assert kinds["rendered"] == kinds["screenshot"] == 1
    assert opening.json("verify")["bad"] == []
    assert not chromiums(opening)


def test_a_worker_that_dies_takes_its_browser_along(web: Web, opening: Tuoben) -> None:
    """The worker is killed in mid page: its browser ends by itself, and the next worker opens the page again."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    reached, story = threading.Event(), STORY

    def slow(hit: Hit) -> bytes:
        reached.set()
        time.sleep(3.0)
        return page_bytes(story, content_type="application/json")

    host.handle("/api/story.json", slow)
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    worker = opening.popen("crawl", "--once")
    assert reached.wait(60)
    worker.kill()
    worker.wait(10)
    end = time.monotonic() + 20
    while chromiums(opening) and time.monotonic() < end:
        time.sleep(0.1)
    assert not chromiums(opening)
    host.page("/api/story.json", story, content_type="application/json")
    opening.run("crawl", "--once")
    assert opening.json("show", host.url("/a/1.html"))["title"] == TITLE


def test_always_reads_the_browsers_page_alone(web: Web, opening: Tuoben) -> None:
    """With browser=always the plain page is captured, and only what the browser makes of it is an article, once."""
    host = web.host("yunling.test")
    more = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f"<title>{TITLE}</title><article><h1>{TITLE}</h1>{more}<p id=x>旧的一段，脚本会换掉它的内容，换成新的。</p></article>"
    script = (
        "<script>document.getElementById('x').textContent = '新的一段，由脚本写入，浏览器里才看得到这句话。'</script>"
    )
    host.page("/a/1.html", html + script)
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=always")
    assert opening.json("crawl", "--once")["articles"] == 1
    shown = opening.json("show", host.url("/a/1.html"))
    assert "新的一段" in shown["text"] and "旧的一段" not in shown["text"]
    assert (shown["revisions"], shown["capture"]["rendered"]) == (1, True)


def test_robots_and_refusals_hold_in_the_browser(web: Web, opening: Tuoben) -> None:
    """What robots.txt of any host forbids is not asked for, nor is anything posted; the page is read all the same."""
    host, other = web.host("yunling.test"), web.host("elsewhere.test")
    shell(host)
    host.robots("User-agent: *\nDisallow: /bridge.png")
    other.robots("User-agent: *\nDisallow: /")
    host.page("/look.css", "@import url(http://elsewhere.test/x.css); body { color: #123 }", content_type="text/css")
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    assert opening.json("crawl", "--once")["articles"] == 1
    assert not web.hits("yunling.test", "/bridge.png")
    assert {hit.path for hit in web.hits("elsewhere.test")} == {"/robots.txt"}


def test_noarchive_in_a_header_holds_for_the_browsers_page(web: Web, opening: Tuoben) -> None:
    """What the server says of the page beside the page holds for what the browser made of it."""
    host = web.host("yunling.test")
    shell(host)
    html = "<title>x</title><div id=app></div><script src=/app.js></script>"
    host.page("/a/1.html", html, headers={"X-Robots-Tag": "noarchive"})
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    opening.run("crawl", "--once")
    shown = opening.json("show", host.url("/a/1.html"))
    assert shown["title"] == TITLE and shown["text"] == ""


def test_a_missing_browser_is_told(web: Web, opening: Tuoben) -> None:
    """Without Chromium the source says what to install, the crawl ends, and the page waits."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    lacking = Tuoben(opening.data, {**opening.env, "TUOBEN_CHROMIUM": "no-such-program"})
    lacking.run("source", "add", "http://yunling.test/")
    told = lacking.run("source", "set", "yunling.test", "browser=needed").stdout
    assert "apt install chromium" in " ".join(told.split())
    began = time.monotonic()
    assert lacking.json("crawl", "--once")["articles"] == 0
    assert time.monotonic() - began < 60
    ((state, error),) = lacking.sql("SELECT state, error FROM store_item WHERE kind = 'rendered'")
    assert state == "queued" and "no-such-program" in error


def test_a_worker_that_is_told_to_end_ends_with_its_browser(web: Web, opening: Tuoben) -> None:
    """SIGTERM in mid page: the worker ends in time and without a complaint, no process of the browser stays."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    reached = threading.Event()

    def slow(hit: Hit) -> bytes:
        reached.set()
        time.sleep(8.0)
        return page_bytes(STORY, content_type="application/json")

    host.handle("/api/story.json", slow)
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    worker = opening.popen("worker", stderr=subprocess.PIPE)
    assert reached.wait(60)
    began = time.monotonic()
    worker.terminate()
    _, said = worker.communicate(timeout=30)
    assert worker.returncode == 0, said
    assert time.monotonic() - began < 15
    assert "Traceback" not in said and "never retrieved" not in said, said
    assert not chromiums(opening)


def test_a_page_that_robots_txt_closes_meanwhile_is_not_opened(web: Web, opening: Tuoben) -> None:
    """The plain page was allowed, the browser's is not any more: nothing is asked for, and it is not tried again."""
    host = web.host("yunling.test")
    shell(host)
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")

    def close(hit: Hit) -> bytes:
        opening.sql(
            "UPDATE store_host SET robots = CAST('User-agent: *\nDisallow: /a/' AS BLOB), robots_verdict = 'use' "
            "WHERE authority = 'yunling.test'"
        )
        return page_bytes('<div id="app"></div><script src="/app.js"></script>')

    host.handle("/a/1.html", close)
    tally = opening.json("crawl", "--once", code=(0, 1))
    assert (tally["articles"], tally["failed"]) == (0, 1)
    assert len(web.hits("yunling.test", "/a/1.html")) == 1
    ((state, error),) = opening.sql("SELECT state, error FROM store_item WHERE kind = 'rendered'")
    assert state == "failed" and "robots.txt of yunling.test does not allow it." in error


def test_odd_answers_do_not_hold_up_the_page(web: Web, opening: Tuoben) -> None:
    """Headers that no browser takes, a status of its own, a body that breaks off or is no gzip: the page goes on."""
    host = web.host("yunling.test")
    shell(host)
    host.raw(
        "/look.css",
        b"HTTP/1.1 200 OK\r\nX Odd: 1\r\nX-\xe5: 2\r\nContent-Type: text/css\r\nContent-Length: 4\r\n\r\np {}",
    )
    host.raw("/bridge.png", b"HTTP/1.1 799 Odd\r\nContent-Length: 99\r\n\r\nhalf")
    host.raw(
        "/app.js",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(APP.encode()),
    )
    announce(host, "/a/1.html")
    opening.run("source", "add", "http://yunling.test/", "--set", "browser=needed")
    began = time.monotonic()
    assert opening.json("crawl", "--once")["articles"] == 1
    assert time.monotonic() - began < 40
    assert opening.json("verify")["bad"] == []
