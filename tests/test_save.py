"""Save a page now: from the command line, beside a worker and without one, and from the form of the web."""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from command import Tuoben
from loopback import Host, Web
from stories import feed, page, publish
from test_serve import free_port, get, wait_for

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@pytest.fixture
def host(web: Web) -> Host:
    """A site that nobody collects from: an article with a picture, and what is none."""
    host = web.host("one.test")
    host.page("/a/1.html", page(1, "西城片区供水管网改造完工", '<img src="/p.png">'))
    host.page("/p.png", PNG, content_type="image/png")
    host.page("/site.css", "body{color:#111}", content_type="text/css")
    host.redirect("/old.html", "/a/1.html", status=301)
    host.page("/private/2.html", page(2, "不许收录的一篇"))
    host.robots("User-agent: *\nDisallow: /private/\n")
    return host


def test_a_page_and_nothing_else(web: Web, tuoben: Tuoben, host: Host) -> None:
    """Without a worker the command captures the page with what it shows, and asks nobody else for anything."""
    other = web.host("other.test")
    publish(other, 2)
    tuoben.json("source", "add", other.url("/feed.xml"))
    asked = len(web.log)
    (row,) = tuoben.json("save", host.url("/a/1.html"))["saved"]
    assert (row["state"], row["new"], row["why"]) == ("saved", True, "")
    shown = tuoben.json("show", row["id"])
    assert shown["title"] == "西城片区供水管网改造完工" and shown["captured"][:19] == row["captured"][:19]
    assert {hit.host for hit in web.log[asked:]} == {"one.test"}
    assert {hit.path for hit in web.log[asked:]} >= {"/robots.txt", "/a/1.html", "/p.png", "/site.css"}
    assert tuoben.json("verify")["bad"] == []


def test_again_and_by_another_address(web: Web, tuoben: Tuoben, host: Host) -> None:
    """A known page is asked for anew: an edit is a new snapshot; an address that redirects leads to the article."""
    address = host.url("/a/1.html")
    (first,) = tuoben.json("save", address)["saved"]
    tuoben.sql("UPDATE store_capture SET time = '2020-01-01 00:00:00'")  # not of this minute
    tuoben.sql("UPDATE store_revision SET captured_at = '2020-01-01 00:00:00'")
    host.page("/a/1.html", page(1, "西城片区供水管网改造完工", "<p>更正：完工日期为二十一日，特此说明。</p>"))
    (second,) = tuoben.json("save", address)["saved"]
    assert (second["id"], second["state"], second["new"]) == (first["id"], "saved", True)
    assert len(tuoben.json("revisions", address)["items"]) == 2
    (third,) = tuoben.json("save", host.url("/old.html"))["saved"]
    assert (third["id"], third["state"]) == (first["id"], "saved")


@pytest.mark.parametrize(
    ("path", "why"),
    [("/private/2.html", "robots.txt"), ("/nothing.html", "404"), ("/p.png", "not HTML")],
    ids=["robots", "absent", "picture"],
)
def test_why_not(tuoben: Tuoben, host: Host, path: str, why: str) -> None:
    """What may not or cannot be saved is told in one sentence, and the exit code is 1."""
    (row,) = tuoben.json("save", host.url(path), code=1)["saved"]
    assert row["state"] == "failed" and why in row["why"]


def test_refused_and_wrong_addresses(tuoben: Tuoben) -> None:
    """What is no address of the web is a wrong call; an address inside is refused by the door."""
    assert "only http" in tuoben.run("save", "file:///etc/passwd", code=2).stderr
    assert "password" in tuoben.run("save", "http://a:b@one.test/", code=2).stderr
    (row,) = Tuoben(tuoben.data).json("save", "http://10.0.0.1/x", code=1)["saved"]
    assert row["state"] == "failed" and "is not asked" in row["why"]


# --- on the web -------------------------------------------------------------------------------------------------------
@dataclass
class Visitor:
    """A browser without scripts: cookies, forms, and no redirect that is not looked at."""

    origin: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def go(self, path: str, **fields: str) -> tuple[int, str, str]:
        """(status, text, where it ended) of a page, or of a form that is sent with the token of the page before."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with opener.open(urllib.parse.urljoin(self.origin, path), data, timeout=20) as answer:
                return answer.status, answer.read().decode(), answer.url.removeprefix(self.origin)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.url.removeprefix(self.origin)

    def send(self, path: str, **fields: str) -> tuple[int, str, str]:
        """The form of a page, filled in."""
        text = self.go(path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert token, text
        return self.go(path, csrfmiddlewaretoken=token[1], **fields)

    def sign_in(self, name: str, password: str) -> tuple[int, str, str]:
        """Sign in."""
        return self.send("/login/", name=name, password=password, next="/save/")


@contextmanager
def serving(tuoben: Tuoben, command: str = "serve") -> Iterator[str]:
    """The web with a worker ("serve") or without one ("web"); its origin."""
    app, replay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with tuoben.popen(command, "--listen", app, "--replay-listen", replay) as process:
        try:
            wait_for(lambda: get(f"http://{app}/healthz")[0] == 200)
            yield f"http://{app}"
        finally:
            process.terminate()
            process.wait(30)


def account(tuoben: Tuoben, name: str = "bianji") -> None:
    """An account with the password of the tests."""
    tuoben.run("user", "add", name, stdin="correct horse battery\n")


def test_the_form_ends_at_the_snapshot(web: Web, tuoben: Tuoben, host: Host) -> None:
    """Who is signed in gives an address and is led, without a script, to the snapshot; others are asked to sign in."""
    account(tuoben)
    with serving(tuoben) as origin:
        assert Visitor(origin).go("/save/")[2] == "/login/?next=/save/"
        with urllib.request.urlopen(f"{origin}/login/", timeout=20) as answer:
            assert answer.headers["Referrer-Policy"] == "same-origin" and "no-store" in answer.headers["Cache-Control"]
        visitor = Visitor(origin)
        assert visitor.sign_in("bianji", "wrong password here")[0] == 403
        assert visitor.sign_in("bianji", "correct horse battery")[2] == "/save/"
        status, text, where = visitor.send("/save/", url=host.url("/a/1.html"))
        end = time.monotonic() + 120
        while "正在收录" in text and time.monotonic() < end:
            time.sleep(0.3)
            status, text, where = visitor.go(where)
        assert status == 200 and re.fullmatch(r"/a/[0-9a-z]{16}/\d{14}/", where), (where, text)
        assert "西城片区供水管网改造完工" in text
        refused = visitor.send("/save/", url=host.url("/private/2.html"))
        end = time.monotonic() + 120
        while "正在收录" in refused[1] and time.monotonic() < end:
            time.sleep(0.3)
            refused = visitor.go(refused[2])
        assert "robots.txt 不允许" in refused[1] and "没有收录到" in refused[1]
        assert Visitor(origin).go(refused[2])[2].startswith("/login/"), "nobody else looks at it"
        bad = visitor.send("/save/", url="gopher://one.test/")
        assert bad[0] == 400 and "不是可以收录的网址" in bad[1]
        assert visitor.go("/save/", url=host.url("/a/1.html"))[0] == 403, "a form of another site"
        beside = tuoben.json("save", host.url("/a/1.html"))["saved"]
        assert beside[0]["state"] == "saved", "beside the worker"


def test_an_account_has_so_many_in_an_hour(tuoben: Tuoben, host: Host) -> None:
    """After so many pages the form says to come back later, and the frontier is not touched; accounts come and go."""
    account(tuoben)
    assert "10" in tuoben.run("user", "add", "kurz", stdin="short\n", code=2).stderr
    few = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_SAVES": "2"})
    with serving(few, "web") as origin:
        visitor = Visitor(origin)
        visitor.sign_in("bianji", "correct horse battery")
        for number in range(2):
            status, text, where = visitor.send("/save/", url=host.url(f"/x/{number}.html"))
            assert (status, where.startswith("/save/")) == (200, True) and "收录程序现在没有在运行" in text
        status, text, _ = visitor.send("/save/", url=host.url("/x/3.html"))
        assert status == 429 and "2 页" in text
        assert tuoben.sql("SELECT count(*) FROM store_item")[0][0] == 2
        assert tuoben.json("user", "list") == {"users": ["bianji"]}
        tuoben.run("user", "remove", "bianji")
        assert visitor.go("/save/")[2].startswith("/login/")


def test_guessing_is_slow(tuoben: Tuoben) -> None:
    """After ten wrong passwords an account lets nobody in for a while, with the right one neither."""
    account(tuoben)
    with serving(tuoben, "web") as origin:
        visitor = Visitor(origin)
        found = [visitor.sign_in("bianji", f"wrong password {n}")[0] for n in range(10)]
        assert set(found) == {403}
        status, text, _ = visitor.sign_in("bianji", "correct horse battery")
        assert status == 429 and "一刻钟" in text
        assert visitor.send("/login/", name="x", password="y", next="//evil.test/")[2].startswith("/login/")


def test_a_listing_page_is_told(web: Web, tuoben: Tuoben) -> None:
    """A feed is no article: the sentence says so."""
    host = web.host("list.test")
    host.page("/feed.xml", feed(host, {}), content_type="application/rss+xml")
    (row,) = tuoben.json("save", host.url("/feed.xml"), code=1)["saved"]
    assert row["why"]
