"""source and crawl, as one who types them meets them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import outcomes
from loopback import Web
from outcomes import NOW
from stories import feed, publish
from tuoben.commands.collect import acknowledgement
from tuoben.model import Receipt, Verdict
from tuoben.store import models


def test_a_source_from_adding_to_removing(web: Web, tuoben) -> None:
    """A source is added with name and category, listed, shown by id, name and URL, paused, resumed and removed."""
    publish(web.host("a.test"), 1)
    assert "There are no sources yet" in tuoben("source", "list").out
    (added,) = tuoben.json("source", "add", "http://a.test/", "--name", "甲报", "--category", "国内")["sources"]
    assert added == {
        "id": "a.test", "url": "http://a.test/", "name": "甲报", "state": "active", "why": "",
        "listings": [{"kind": "feed", "url": "http://a.test/feed.xml"}],
    }  # fmt: skip
    (listed,) = tuoben.json("source", "list")["sources"]
    assert listed["category"] == "国内" and listed["articles"] == 0 and listed["listings"][0]["checked"] is None
    for name in ("a.test", "甲报", "http://a.test/"):
        (shown,) = tuoben.json("source", "show", name)["sources"]
        assert shown.pop("health")["state"] == "new" and shown == listed
    assert "not visited yet" in tuoben("source", "show", "a.test").out
    assert tuoben.json("source", "pause", "a.test")["sources"][0]["state"] == "paused"
    assert tuoben.json("source", "resume", "a.test")["sources"][0]["state"] == "active"
    assert "甲报" in tuoben("source", "list").out
    assert tuoben.json("source", "remove", "a.test") == {"removed": "a.test"}
    assert tuoben.json("source", "list") == {"sources": []}


def test_adding_twice_is_adding_once(web: Web, tuoben) -> None:
    """A source that is added again keeps its id and has no listing twice."""
    publish(web.host("a.test"), 1)
    first = tuoben.json("source", "add", "http://a.test/")
    assert tuoben.json("source", "add", "http://a.test/") == first
    assert models.Listing.objects.count() == 1


def test_some_of_the_sites_are_no_sources(web: Web, tuoben) -> None:
    """Of several sites the good ones are added; the exit code says that one was not, stderr which and why."""
    publish(web.host("a.test"), 1)
    said = tuoben("source", "add", "http://a.test/", "http://nothing.test/", "--json", code=1)
    assert [row["state"] for row in said.json["sources"]] == ["active", "failed"]
    assert "http://nothing.test/" in said.err and "404" in said.err
    assert models.Source.objects.count() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("source", "add", "http://a.test/", "http://b.test/", "--name", "甲"),
        ("source", "add", "ftp://a.test/"),
        ("source", "show", "nobody"),
        ("source", "pause", "nobody"),
        ("source", "remove", "nobody"),
        ("crawl", "--once", "--source", "nobody"),
        ("source", "add"),
        ("source", "fly", "x"),
        ("fly",),
    ],
    ids=" ".join,
)
def test_calls_that_are_wrong(tuoben, words) -> None:
    """A wrong call ends with 2 and says what to do, without a traceback."""
    said = tuoben(*words, code=2)
    assert said.err.strip() and "Traceback" not in said.err


def test_a_delay_that_is_no_number(tuoben, monkeypatch: pytest.MonkeyPatch) -> None:
    """A TUOBEN_HOST_DELAY that is no number is named."""
    monkeypatch.setenv("TUOBEN_HOST_DELAY", "soon")
    assert "TUOBEN_HOST_DELAY" in tuoben("source", "add", "http://a.test/", code=2).err


def test_a_crawl_says_what_it_did(web: Web, tuoben) -> None:
    """The summary as JSON, as a sentence and as lines; a failed page is named and makes the exit code 1."""
    host = web.host("a.test")
    titles = publish(host, 2)
    tuoben("source", "add", "http://a.test/feed.xml")
    assert tuoben.json("crawl", "--once") == {
        "listings": 1, "links": 2, "captured": 6, "unchanged": 0, "failed": 0, "articles": 2, "requisites": 1,
    }  # fmt: skip
    host.page("/feed.xml", feed(host, titles | {"/gone.html": "无"}), content_type="application/rss+xml")
    said = tuoben("crawl", "--once", code=1)
    assert "1 failed" in said.out and "/gone.html" in said.err and "404" in said.err
    (line,) = tuoben("crawl", "--once", "--jsonl", code=0).out.splitlines()
    row = json.loads(line)
    assert row["kind"] == "listing" and set(row) >= {"url", "kind", "segment", "offset", "id"}


def test_a_crawl_of_one_source(web: Web, tuoben) -> None:
    """With --source only that source's listings are asked."""
    for name in ("a.test", "b.test"):
        publish(web.host(name), 1)
        tuoben("source", "add", f"http://{name}/feed.xml")
    models.Item.objects.filter(url="http://b.test/feed.xml").update(due_at=NOW.replace(year=2100))
    models.Host.objects.filter(authority="b.test").update(wake_at=None)
    assert tuoben.json("crawl", "--once", "--source", "a.test")["articles"] == 1
    assert len(web.hits("b.test", "/feed.xml")) == 1


def test_a_crawl_without_sources(tuoben) -> None:
    """With nothing to collect from, the exit code is 1, and the sentence says how to add a source."""
    said = tuoben("crawl", "--once", "--json", code=1)
    assert "source add" in said.err and said.json["captured"] == 0


def test_checking_a_source(web: Web, tuoben) -> None:
    """A check visits the listings now; one that cannot be read is named, and the exit code is 1."""
    publish(web.host("a.test"), 1)
    tuoben("source", "add", "http://a.test/feed.xml")
    assert "200" in tuoben("source", "check", "a.test").out
    web.host("a.test").remove("/feed.xml")
    said = tuoben("source", "check", "a.test", code=1)
    assert "404" in said.out


def test_a_check_names_what_robots_txt_forbids(web: Web, tuoben) -> None:
    """A listing that robots.txt forbids is said to be so."""
    publish(web.host("a.test"), 1)
    tuoben("source", "add", "http://a.test/feed.xml")
    web.host("a.test").robots("User-agent: *\nDisallow: /\n")
    models.Host.objects.update(robots_until=NOW)
    said = tuoben("source", "check", "a.test", code=1)
    assert "robots.txt" in said.out + said.err and len(web.hits("a.test", "/feed.xml")) == 1


def test_an_acknowledgement_names_the_place() -> None:
    """The line of a capture has its URL, kind, segment, offset, article and record; a failure has no line."""
    one = outcomes.claim()
    lies = outcomes.capture(one.url)
    told = Receipt(
        outcome=outcomes.Outcome(claim=one, at=NOW, ended=NOW, verdict=Verdict.DONE, capture=lies), article="a1"
    )
    assert acknowledgement(told) == {
        "url": one.url, "kind": "page", "segment": lies.segment, "offset": lies.offset, "id": "a1",
        "record": lies.record_id,
    }  # fmt: skip
    assert acknowledgement(replace(told, outcome=replace(told.outcome, capture=None))) is None
