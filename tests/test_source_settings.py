"""The settings of a source, from the command line to the wire and back from the archive."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st

from command import Tuoben
from loopback import Web
from stories import feed, page, publish
from tunnelling import Proxy
from tuoben import scope, shape, source_settings
from tuoben.errors import UsageError
from tuoben.model import SourceSettings


# --- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("word", "why"), [
    ("delay", "is not KEY=VALUE"), ("delay=soon", "not a time"), ("delay=-1", "not a time"), ("delay=9d", "not a time"),
    ("speed=3", "no setting “speed”; there are: include"), ("user_agent=Mozilla", "honestly"),
    ("header.User-Agent=Mozilla", "honestly"), ("header.Cookie=a=b", "a cookie is a secret"),
    ("header.Authorization=Basic eA==", "a password is a secret"), ("header.Host=x", "belongs to each request"),
    ("header.If-None-Match=x", "belongs to each request"), ("header.X Y=1", "cannot be set"),
    ("header.X-Y=a\r\nEvil: 1", "one line"), ("proxy=socks5://10.0.0.1:1080", "write it like http://"),
    ("proxy=http://u:p@10.0.0.1:3128", "carries a password"), ("proxy=https://proxy.test", "write it like http://"),
    ("lenient_tls=perhaps", "neither yes nor no"), ("longest_period=5", "not a time from 60 s"),
    ("include=news", "not an address pattern"), ("include=http://a.test/x", "without http://"),
    ("twins=https://x.test/a", "not a host name"), ("=5", "no setting"),
    ("browser=yes", "none of never, needed, always"),
])  # fmt: skip
def test_bad_words_get_one_plain_sentence(word: str, why: str) -> None:
    """Each says what to write instead."""
    with pytest.raises(UsageError, match=why) as raised:
        source_settings.change(SourceSettings(), [word])
    assert "\n" not in str(raised.value)


def test_words_change_what_they_name_and_nothing_else() -> None:
    """Values are read in their units; an empty one goes back to the default."""
    told = source_settings.change(
        SourceSettings(),
        ["include=/news/ /local/*.html$", "exclude=m.a.test/video/", "delay=2.5", "header.Accept-Language=zh-CN",
         "proxy=http://10.0.0.5:3128/", "lenient-tls=yes", "longest_period=6h", "twins=b.test c.test", "browser=Needed"],
    )  # fmt: skip
    assert told == SourceSettings(
        include=("/news/", "/local/*.html$"), exclude=("m.a.test/video/",), delay=2.5,
        headers=(("Accept-Language", "zh-CN"),), proxy="http://10.0.0.5:3128", lenient_tls=True,
        longest_period=21600.0, twins=("b.test", "c.test"), browser="needed",
    )  # fmt: skip
    assert source_settings.change(told, ["delay=", "header.accept-language="]) == shape.load(
        SourceSettings, {**shape.dump(told), "delay": None, "headers": []}
    )
    words = [f"{key}={value}" for key, value in source_settings.told(told)]
    assert source_settings.change(SourceSettings(), words) == told
    assert shape.load(SourceSettings, json.loads(json.dumps(shape.dump(told)))) == told


def test_an_archive_lowers_no_guard() -> None:
    """Of settings that a record tells, those that lower a guard are named and left out, and nonsense is dropped."""
    told = SourceSettings(
        include=("/a/",), exclude=("http://evil",), headers=(("Cookie", "x"), ("X-A", "1")), proxy="http://169.254.169.254:80",
        lenient_tls=True, delay=3.0, longest_period=-5.0, browser="always",
    )  # fmt: skip
    kept, why = source_settings.from_archive(told)
    assert kept == SourceSettings(include=("/a/",), headers=(("X-A", "1"),), delay=3.0)
    assert "proxy=http://169.254.169.254:80 and lenient_tls=yes and browser=always" in why
    assert source_settings.from_archive(SourceSettings()) == (SourceSettings(), "")


# --- patterns ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("include", "exclude", "address", "allowed"), [
    ("", "", "http://a.test/x", True),
    ("/news/", "", "http://a.test/news/1.html", True),
    ("/news/", "", "http://a.test/sport/1.html", False),
    ("/news/", "/news/video/", "http://a.test/news/video/1", False),
    ("/*.html$", "", "http://a.test/x/1.html", True),
    ("/*.html$", "", "http://a.test/x/1.html?a=1", False),
    ("", "/*?print=", "http://a.test/x?print=1", False),
    ("m.a.test/", "", "http://www.a.test/x", False),
    ("*.a.test/", "", "http://www.a.test/x", True),
    ("*.a.test/", "", "http://evila.test/x", False),
    ("a.test:8080/n", "", "http://a.test:8080/n1", True),
    ("/新闻/", "", "http://a.test/%E6%96%B0%E9%97%BB/1", True),
    ("/%e6%96%b0/", "", "http://a.test/新/1", True),
])  # fmt: skip
def test_patterns_let_in_what_they_say(include: str, exclude: str, address: str, allowed: bool) -> None:
    """A path is matched from its beginning, `*` and a closing `$` are special, a host may stand before; exclude wins."""
    settings = source_settings.change(SourceSettings(), [f"include={include}", f"exclude={exclude}"])
    assert scope.allows(settings, address) is allowed


@given(
    st.lists(st.text("ab/*$?.", min_size=0, max_size=12).map(lambda tail: "/" + tail), max_size=4),
    st.text("ab/?.", max_size=20),
)
def test_excluding_never_lets_more_in(patterns: list[str], path: str) -> None:
    """For any patterns: what is excluded is out, and including something never lets in more than including nothing."""
    address = f"http://a.test/{path}"
    both = SourceSettings(include=tuple(patterns), exclude=tuple(patterns))
    assert (
        not patterns
        or not scope.allows(both, address)
        or not any(scope.allows(SourceSettings(include=(one,)), address) for one in patterns)
    )
    assert scope.allows(SourceSettings(), address)


# --- the whole way ----------------------------------------------------------------------------------------------------
def notes(tuoben: Tuoben) -> dict[str, dict]:
    """URL → the settings that its capture's metadata record tells."""
    found = {}
    for segment in tuoben.segments():
        with segment.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                if record.headers.get("WARC-Type") == "metadata":
                    claim = json.loads(record.reader.read()).get("claim")
                    if claim:
                        found[claim["url"]] = claim.get("settings", {})
    return found


@pytest.mark.slow
def test_settings_travel_to_the_wire_and_into_the_archive(web: Web, tuoben: Tuoben) -> None:
    """Patterns, headers, proxy and lenient TLS hold for what is collected, headers and leniency for the source's own
    site alone; every capture says with which settings it was made, and a rebuild of lost rows restores what may be."""
    host, cdn = web.host("s.test"), web.host("cdn.test")
    host.tls = "untrusted"
    titles = publish(host, 2)
    picture = '<figure><img src="http://cdn.test/p.jpg" width="600" height="400"></figure>'
    host.page("/a/1.html", page(1, titles["/a/1.html"], picture))
    cdn.page("/p.jpg", b"\xff\xd8\xff" + b"0" * 400, content_type="image/jpeg")
    host.page("/video/9.html", page(9, "视频新闻"))
    rss = feed(host, titles | {"/video/9.html": "视频新闻"}).replace("http://s.test", "https://s.test")
    host.page("/feed.xml", rss, content_type="application/rss+xml")
    with Proxy() as proxy:
        assert "certificate" in tuoben.run("source", "add", "https://s.test/feed.xml", code=1).stderr
        words = ["lenient_tls=yes", "header.X-Reader=1", f"proxy={proxy.url}", "exclude=/video/"]
        added = tuoben.json(
            "source", "add", "https://s.test/feed.xml", *(part for word in words for part in ("--set", word))
        )
        assert added["sources"][0]["state"] == "active"
        assert tuoben.json("crawl", "--once")["articles"] == 2
        assert proxy.asked and all(line.startswith("CONNECT 127.0.0.1:") for line in proxy.asked)
    assert not web.hits("s.test", "/video/9.html")
    assert all(hit.header("x-reader") == "1" for hit in web.hits("s.test") if hit.path != "/feed.xml")
    (hit,) = web.hits("cdn.test", "/p.jpg")
    assert hit.header("x-reader") == "" and hit.header("user-agent").startswith("tuoben/")
    told = {"exclude": ["/video/"], "headers": [["X-Reader", "1"]], "proxy": proxy.url, "lenient_tls": True}
    assert all(note == told for note in notes(tuoben).values())
    shown = tuoben.json("source", "show", "s.test")["sources"][0]["settings"]
    assert shown["proxy"] == proxy.url and shown["headers"] == {"X-Reader": "1"} and shown["delay"] is None

    for suffix in ("", "-wal", "-shm"):
        (tuoben.data / f"tuoben.sqlite3{suffix}").unlink(missing_ok=True)
    tuoben.run("rebuild")
    source = tuoben.json("source", "show", "s.test")["sources"][0]
    assert source["settings"]["exclude"] == ["/video/"] and source["settings"]["proxy"] == ""
    assert source["state"] == "paused" and f"proxy={proxy.url} and lenient_tls=yes" in source["why"]


@pytest.mark.slow
def test_new_patterns_hold_for_what_waits(web: Web, tuoben: Tuoben) -> None:
    """A narrower pattern stops what is queued; a wider one lets in what the listing announced before; a source's delay
    is kept between its requests; a bad value changes nothing."""
    host = web.host("w.test")
    titles = publish(host, 2)
    host.page("/sport/1.html", page(8, "云岭队晋级"))
    host.page("/feed.xml", feed(host, titles | {"/sport/1.html": "云岭队晋级"}), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    tuoben.run("source", "set", "w.test", "include=/a/", "delay=0.3")
    assert tuoben.json("crawl", "--once")["articles"] == 2
    times = [hit.at for hit in web.hits("w.test") if hit.header("user-agent")][-4:]
    assert min(b - a for a, b in pairwise(times)) >= 0.3
    assert "tuoben: " in tuoben.run("source", "set", "w.test", "delay=soon", code=2).stderr
    done = tuoben.json("source", "set", "w.test", "include=")
    assert done["sources"][0]["settings"]["delay"] == 0.3 and done["sources"][0]["settings"]["include"] == []
    assert tuoben.json("crawl", "--once")["articles"] == 1
    tuoben.run("rebuild")
    assert tuoben.json("source", "show", "w.test")["sources"][0]["settings"]["delay"] == 0.3
