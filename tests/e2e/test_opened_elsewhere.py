"""Pages in the browser that lead elsewhere, ask for one address in several ways, or ask for much at once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from command import Tuoben, payloads
from loopback import Hit, Host, Web, page_bytes
from opened import APP, PARAGRAPHS, STORY, TITLE, announce
from tuoben.jobs.browsing import AT_ONCE

pytestmark = pytest.mark.e2e

SHELL = "<title>云岭新闻</title><div id=app></div><script src=/app.js charset=utf-8></script>"


def story(host: Host, *paths: str, headers: dict[str, str] | None = None) -> None:
    """Pages that hold nothing until their program has asked for the story."""
    for path in paths:
        host.page(path, SHELL, headers=headers or {})
    host.page("/api/story.json", STORY, content_type="application/json")
    host.page("/app.js", APP, content_type="text/javascript; charset=utf-8")
    host.page("/bridge.png", b"\x89PNG\r\n\x1a\n" + bytes(64), content_type="image/png")


def collect(tuoben: Tuoben, *settings: str) -> dict[str, int]:
    """The counts of one crawl."""
    tuoben.run("source", "add", "http://yunling.test/", "--set", "browser=needed", *settings)
    tally: dict[str, int] = tuoben.json("crawl", "--once", code=(0, 1))
    return tally


def addresses(tuoben: Tuoben) -> list[str]:
    """The addresses of all articles."""
    return [url for (url,) in tuoben.sql("SELECT url FROM store_article ORDER BY url")]


@pytest.mark.parametrize(
    "leave",
    [
        '<script>location.replace("/b/2.html")</script>',
        '<form id=f action=/b/2.html></form><script>setTimeout(() => document.getElementById("f").submit(), 100)</script>',
    ],
)
def test_the_text_of_another_page_is_that_ones(web: Web, opening: Tuoben, leave: str) -> None:
    """What a page led the browser to is an article of its own address, under that one's own terms."""
    host = web.host("yunling.test")
    story(host, "/b/2.html", headers={"X-Robots-Tag": "noarchive"})
    host.page("/a/1.html", f"<title>云岭新闻</title>{leave}")
    announce(host, "/a/1.html")
    assert collect(opening)["articles"] == 1
    (address,) = addresses(opening)
    assert address.rstrip("?") == host.url("/b/2.html")
    shown = opening.json("show", address)
    assert shown["title"] == TITLE and shown["text"] == ""
    made = opening.sql("SELECT url FROM store_capture WHERE kind IN ('rendered', 'screenshot')")
    assert {url for (url,) in made} == {address}
    assert opening.json("verify")["bad"] == []


def test_pages_that_lead_to_each_other_end(web: Web, opening: Tuoben) -> None:
    """Two pages that send the browser to and fro are no article, and the crawl ends."""
    host = web.host("yunling.test")
    host.page("/a/1.html", '<title>甲</title><script>location.replace("/b/2.html")</script>')
    host.page("/b/2.html", '<title>乙</title><script>location.replace("/a/1.html")</script>')
    announce(host, "/a/1.html")
    tally = collect(opening)
    assert tally["articles"] == 0 and addresses(opening) == []
    assert not opening.sql("SELECT url FROM store_item WHERE state IN ('queued', 'leased') AND kind = 'rendered'")


def test_an_address_that_a_program_writes_is_no_other_page(web: Web, opening: Tuoben) -> None:
    """history.pushState changes what the address bar shows, not which page it is."""
    host = web.host("yunling.test")
    story(host, "/a/1.html")
    host.page(
        "/app.js", f'history.pushState({{}}, "", "/z/9.html?" + "x".repeat(9000));{APP}', content_type="text/javascript"
    )
    announce(host, "/a/1.html")
    assert collect(opening)["articles"] == 1
    assert addresses(opening) == [host.url("/a/1.html")]
    assert all(text in opening.json("show", host.url("/a/1.html"))["text"] for text in PARAGRAPHS)


def test_a_frame_is_not_given_the_headers_of_the_source(web: Web, opening: Tuoben) -> None:
    """The source's own headers go with what its page asks for, not with what a stranger's frame in it asks for."""
    host, other = web.host("yunling.test"), web.host("stranger.test")
    story(host, "/a/1.html")
    host.page("/a/1.html", f"{SHELL}<iframe src=http://stranger.test/frame></iframe>")
    host.page("/mine.json", "{}", headers={"Access-Control-Allow-Origin": "*"}, content_type="application/json")
    other.page(
        "/frame", "<script>fetch('http://yunling.test/mine.json')</script><img src=http://yunling.test/mine.png>"
    )
    announce(host, "/a/1.html")
    assert collect(opening, "--set", "header.X-Pass=open")["articles"] == 1
    assert [hit.header("x-pass") for hit in web.hits("yunling.test", "/mine.json")] == [""]
    assert [hit.header("x-pass") for hit in web.hits("yunling.test", "/api/story.json")] == ["open"]
    assert {hit.header("x-pass") for hit in web.hits("stranger.test")} == {""}


def test_an_answer_to_the_headers_of_the_source_is_not_that_to_a_frame(web: Web, opening: Tuoben) -> None:
    """Whatever the header is called: what the source's own page was told, a stranger's frame is not."""
    ask = "fetch('http://yunling.test/mine.json', {mode: 'no-cors'})"
    host, other = web.host("yunling.test"), web.host("stranger.test")
    story(host, "/a/1.html")
    host.page("/mine.json", "{}", content_type="application/json")
    host.page("/a/1.html", f"{SHELL}<iframe src=http://stranger.test/frame></iframe><script>{ask}</script>")
    other.page("/frame", f"<script>{ask}</script>")
    announce(host, "/a/1.html")
    assert collect(opening, "--set", "header.Pass=open")["articles"] == 1
    assert sorted(hit.header("pass") for hit in web.hits("yunling.test", "/mine.json")) == ["", "open"]


def test_one_address_asked_in_two_ways_has_two_answers(web: Web, opening: Tuoben) -> None:
    """What the page's own headers say may change the answer: each is asked for, and the same only once."""
    host = web.host("yunling.test")
    story(host, "/a/1.html")
    parts = ["".join(f"<p>{text}</p>" for text in PARAGRAPHS[:3]), "".join(f"<p>{text}</p>" for text in PARAGRAPHS[3:])]

    def part(hit: Hit) -> bytes:
        return page_bytes(parts[int(hit.header("x-part"))])

    host.handle("/part", part)
    host.page(
        "/app.js",
        f"""const say = n => fetch("/part", {{headers: {{"X-Part": n}}}}).then(r => r.text());
Promise.all([say("0"), say("1"), say("0")]).then(parts => document.getElementById("app").innerHTML =
  "<article><h1>{TITLE}</h1>" + parts[0] + parts[1] + "</article>");""",
        content_type="text/javascript; charset=utf-8",
    )
    announce(host, "/a/1.html")
    assert collect(opening)["articles"] == 1
    assert all(text in opening.json("show", host.url("/a/1.html"))["text"] for text in PARAGRAPHS)
    assert sorted(hit.header("x-part") for hit in web.hits("yunling.test", "/part")) == ["0", "1"]


def test_few_bodies_are_on_their_way_at_once(web: Web, opening: Tuoben) -> None:
    """A page that asks forty hosts for a large picture each holds a few of them at a time, and about 30 MiB in all."""
    host = web.host("yunling.test")
    story(host, "/a/1.html")
    for number in range(40):
        body = f"{number}".encode().ljust(2 << 20)
        web.host(f"p{number}.test").raw("/large.png", 0.4, page_bytes(body, content_type="image/png"))
    images = "".join(f"<img src=http://p{number}.test/large.png>" for number in range(40))
    host.page("/a/1.html", SHELL + images)
    announce(host, "/a/1.html")
    assert collect(opening)["articles"] == 1
    began = sorted(hit.at for number in range(40) for hit in web.hits(f"p{number}.test", "/large.png"))
    assert all(later - earlier > 0.3 for earlier, later in zip(began, began[AT_ONCE:], strict=False))
    assert any(later - earlier < 0.3 for earlier, later in pairwise(began))
    loaded = [len(body) for url, body in payloads(opening).items() if url.endswith("/large.png")]
    assert 10 <= len(loaded) < 15 + AT_ONCE  # those on their way when 30 MiB were there
