"""Why an address was not captured, as `tuoben source check` tells it."""

from __future__ import annotations

from typing import Any

from loopback import Web, page_bytes
from stories import publish

Shell = Any
"""The fixture `tuoben` of this folder."""


def steps(tuoben: Shell, address: str) -> list[str]:
    return [row["step"] for row in tuoben.json("source", "check", address)["steps"]]


def test_why_an_address_was_not_captured(web: Web, tuoben: Shell) -> None:
    """Every way in which an address can be missing has its answer, and one that is there says so."""
    host = web.host("why.test")
    publish(host, 3)
    host.robots("User-agent: *\nDisallow: /a/2\nDisallow: /private/\n")
    host.handle("/a/3.html", lambda hit: page_bytes(b"no such page", 404, {"Content-Type": "text/html"}))
    tuoben("source", "add", "http://why.test/feed.xml")
    tuoben("crawl", "--once", code=1)
    assert steps(tuoben, "http://why.test/a/1.html")[0] == "article"
    assert "robots" in steps(tuoben, "http://why.test/a/2.html")
    told = tuoben.json("source", "check", "http://why.test/a/2.html")["steps"]
    assert "Disallow: /a/2" in next(row["why"] for row in told if row["step"] == "robots")
    assert {"failed", "no-article"} & set(steps(tuoben, "http://why.test/a/3.html"))
    assert steps(tuoben, "http://why.test/other.html") == ["unknown"]
    assert steps(tuoben, "http://elsewhere.test/x") == ["unknown", "no-source"]
    assert steps(tuoben, "ftp://why.test/x") == ["no-address"]
    tuoben("source", "pause", "why.test")
    assert "paused" in steps(tuoben, "http://why.test/new.html")
    found = tuoben.json("show", "http://why.test/a/1.html")["id"]
    tuoben("hide", found, "--reason", "test")
    assert steps(tuoben, "http://why.test/a/1.html")[0] == "hidden"
    shown = tuoben.json("source", "show", "why.test")["sources"][0]["health"]
    assert shown["state"] == "paused"
