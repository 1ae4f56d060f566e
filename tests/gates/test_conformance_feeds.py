"""Gates: feedparser's feeds, crawler-commons' sitemaps, date strings of feedparser and miniflux, with floors."""

from __future__ import annotations

import ast
import gzip
import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tuoben import discover
from tuoben.discover import dates
from tuoben.model import Page

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
CONFORMANCE = SHARED / "conformance"
FLOORS = json.loads((Path(__file__).parent / "discover.json").read_text())
FEEDS = CONFORMANCE / "feeds-feedparser"
SITEMAPS = CONFORMANCE / "sitemaps-crawler-commons"
DATES = CONFORMANCE / "dates"

pytestmark = pytest.mark.skipif(not CONFORMANCE.is_dir(), reason=f"no conformance data at {CONFORMANCE}")

EXPECT = re.compile(r"Expect:\s*(.*?)\s*(?:-->|$)", re.S)
EQUAL = re.compile(
    r"(?:not bozo and )?\(?(entries\[0\]|feed)\[u?'(\w+)'\]((?:\[[^\]]+\])*)\s*==\s*(u?['\"].*['\"])\s*\)?$"
)
OURS = {
    "title": lambda link: link.title,
    "link": lambda link: link.url,
    "published": lambda link: link.published,
    "author": lambda link: ", ".join(link.authors),
}


def expectation(path):
    """(where, key, rest, value) of a feed's Expect line; None when it is of another form."""
    text = path.read_bytes().decode("utf-8", "replace")
    found = EXPECT.search(text[:4000])
    match = EQUAL.match(" ".join(found[1].split())) if found else None
    if not match:
        return None
    try:
        return match[1], match[2], match[3], ast.literal_eval(match[4].removeprefix("u"))
    except (SyntaxError, ValueError):
        return None


def with_link(body):
    """Entries of most cases have no link, and what has no link is no entry to us: give them one."""
    if b"<item" in body and not re.search(rb"<item.*?<link\b", body, re.S):
        return re.sub(rb"(<item\b[^>]*>)", rb"\1<link>http://example.com/added</link>", body, count=1)
    if b"<entry" in body and not re.search(rb"<entry.*?<link\b", body, re.S):
        return re.sub(rb"(<entry\b[^>]*>)", rb'\1<link href="http://example.com/added"/>', body, count=1)
    return body


def read(path, body=None):
    return discover.links("feed", Page(url="http://127.0.0.1:8097/feed.xml", body=body or path.read_bytes()))


def report(name, missed, total):
    good = total - len(missed)
    print(f"{name}: {good}/{total}", *missed[:40], sep="\n  ")
    assert good >= FLOORS[name], missed


def test_wellformed_titles_and_links_are_read():
    """Titles and links of feedparser's well-formed cases are what it expects."""
    missed, total = [], 0
    for path in sorted((FEEDS / "wellformed").rglob("*.xml")):
        wanted = expectation(path)
        if not wanted or wanted[1] not in ("title", "link", "author") or wanted[2] or "sanitize" in str(path):
            continue
        where, key, _, value = wanted
        if where == "feed" and key != "title":
            continue
        found = read(path, with_link(path.read_bytes()))
        link = found.links[0] if found.links else None
        got = found.title if where == "feed" else link and OURS[key](link)
        total += 1
        # Ours are plain lines: markup, entities and line breaks of the expected value do not count.
        plain = discover.feed.plain.summary(value)
        if got != value and got != plain and not (key == "author" and got and got in value):
            missed.append((str(path.relative_to(FEEDS)), key, value, got))
    report("feed-fields", missed, total)


def test_wellformed_dates_are_read():
    """Times that feedparser reads in entries are read as the same instants."""
    missed, total = [], 0
    for path in sorted((FEEDS / "wellformed").rglob("*.xml")):
        found = EXPECT.search(path.read_bytes().decode("utf-8", "replace")[:4000])
        match = (
            re.search(r"entries\[0\]\['(published|created|updated)_parsed'\]\s*==\s*(\([\d, ]+\))", found[1])
            if found
            else None
        )
        if not match:
            continue
        total += 1
        wanted = datetime(*ast.literal_eval(match[2])[:6], tzinfo=UTC)
        links = read(path, with_link(path.read_bytes())).links
        got = links[0].published if links else None
        if not got or got.value != wanted:
            missed.append((path.name, wanted, got))
    report("feed-dates", missed, total)


@pytest.mark.parametrize("folder", ["wellformed", "illformed", "json"])
def test_every_feed_is_survived(folder):
    """No case raises, and entries with http links are all there."""
    feedparser = pytest.importorskip("feedparser")
    missed, total = [], 0
    for path in sorted((FEEDS / folder).rglob("*.*")):
        body = path.read_bytes()
        found = read(path)
        entries = feedparser.parse(io.BytesIO(body)).entries
        wanted = [entry.link for entry in entries if entry.get("link", "").startswith("http")]
        total += 1
        if len(found.links) < len(set(wanted)):
            missed.append((path.name, len(wanted), len(found.links), body[:80]))
    report(f"feed-count-{folder}", missed, total)


def test_feed_date_strings():
    """Date strings are the instant that feedparser's tests say, and never another one."""
    wrong, missed, cases = [], [], json.loads((DATES / "feedparser.json").read_text())
    for case in cases:
        got = dates.moment(case["input"])
        value = got.value.astimezone(UTC) if got else None
        wanted = datetime(*case["utc"][:6], tzinfo=UTC) if case["utc"] else None
        if value != wanted:
            missed.append((case["kind"], case["input"], wanted, value))
            if wanted and value and abs(wanted - value) > timedelta(days=1):
                wrong.append(missed[-1])
    assert wrong == []
    report("date-strings", missed, len(cases))


def test_dates_of_the_wild():
    """Real date strings give an instant or none, and none lies far ahead."""
    cases = json.loads((DATES / "miniflux-real-world-strings.json").read_text())
    now = datetime(2026, 11, 22, tzinfo=UTC)
    missed = [case for case in cases if dates.moment(case, now=now) is None]
    report("date-wild", missed, len(cases))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("atom.xml", 1),
        ("sitemap.ns.xml", 2),
        ("sitemap.badns.xml", 2),
        ("sitemap.txt", 2),
        ("sitemap-with-bom.txt", 2),
        ("xmlSitemap.gz", 4),
        ("sitemap.txt.gz", 4),
        ("extension/sitemap-mobile.xml", 0),
        ("extension/sitemap-news.xml", 0),
        ("extension/sitemap-images.xml", 0),
        ("extension/sitemap-links.xml", 0),
        ("extension/sitemap-videos.xml", 0),
        ("extension/pagemaps-sitemap.xml", 0),
        ("extension/shinpaideshou-news-sitemap.xml", 0),
        ("extension/hebdenbridgetimes-articles-sitemap.xml", 0),
    ],
)
def test_sitemaps_are_read_whole(name, count):
    """Every URL of a sitemap is found, whatever its namespace, coding or extensions."""
    body = (SITEMAPS / "sitemaps" / name).read_bytes()
    page = Page(url="http://www.example.com/sitemap.xml", body=body)
    assert discover.sniff(page) in ("sitemap", "feed")
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    wanted = count or len(re.findall(rb"<url>", text))
    links = discover.links("sitemap", page).links
    assert len(links) == wanted
    assert all(link.url.startswith("http") for link in links)


def test_a_sitemap_index_names_its_sitemaps():
    """The sitemaps of an index are found, and no link."""
    body = (SITEMAPS / "sitemaps" / "sitemap.index.xml").read_bytes()
    found = discover.links("sitemap", Page(url="http://www.example.com/sitemap.xml", body=body))
    assert len(found.sitemaps) == body.count(b"<sitemap>")
    assert found.links == ()
