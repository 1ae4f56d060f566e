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
    r"(?:not bozo and )?\(?(entries\[0\]|feed)\[u?'(\w+)'\]((?:\[[^\]]+\])*)\s*==\s*(u?['\"].*['\"]|\([\d, ]+\))\s*\)?$"
)
TIMES = {"published_parsed", "updated_parsed", "created_parsed"}
FIELDS = {
    "title": lambda link, _: link.title,
    "link": lambda link, _: link.url,
    "author": lambda link, _: ", ".join(link.authors),
    "summary": lambda link, _: link.summary or link.body_html,
    "description": lambda link, _: link.summary or link.body_html,
    "content": lambda link, _: link.body_html,
    "tags": lambda link, rest: link.categories[int(rest[1])],
    "published_parsed": lambda link, _: link.published,
    "updated_parsed": lambda link, _: link.modified or link.published,
    "created_parsed": lambda link, _: link.published,
}
"""What we read of an entry, by feedparser's names."""


def expectation(path):
    """(where, key, rest, value) of a feed's Expect line; None when it is of another form or of what we do not read."""
    text = path.read_bytes().decode("utf-8", "replace")
    found = EXPECT.search(text[:4000])
    match = EQUAL.match(" ".join(found[1].split())) if found else None
    if not match or (match[1] == "feed" and match[2] != "title") or match[2] not in FIELDS:
        return None
    rest = {"content": r"\[0\]\['value'\]", "tags": r"\[\d\]\['(?:label|term)'\]"}.get(match[2], "")
    if not re.fullmatch(rest, match[3]):
        return None
    try:
        return match[1], match[2], match[3], ast.literal_eval(match[4].removeprefix("u"))
    except (SyntaxError, ValueError):
        return None


def ours(path, where, key, rest, value):
    """Whether we read what feedparser's test expects, and what we read."""
    found = read(path, with_link(path.read_bytes()))
    if where == "feed":
        got = found.title
    else:
        link = found.links[0] if found.links else None
        try:
            got = FIELDS[key](link, rest) if link else None
        except IndexError:
            got = None
    if key in TIMES:
        return bool(got) and got.value == datetime(*value[:6], tzinfo=UTC), got
    # Ours are plain lines where feedparser gives sanitised markup: what a reader sees is compared.
    plain = discover.feed.plain.summary
    same = got is not None and plain(value) in (got, plain(got))
    return same or (key == "author" and bool(got) and got in value), got


def theirs(path, where, key, rest, value, feedparser):
    """Whether feedparser itself reads it, from the same bytes."""
    data = feedparser.parse(io.BytesIO(path.read_bytes()))
    try:
        got = eval(f"{where}['{key}']{rest}", {"entries": data.entries, "feed": data.feed})
    except (KeyError, IndexError, AttributeError):
        return False
    return tuple(got)[:6] == tuple(value)[:6] if key in TIMES else got == value


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


@pytest.mark.parametrize("folder", ["wellformed", "illformed"])
def test_feedparsers_own_expectations(folder):
    """Of what feedparser's tests expect of fields that we read, we give at least as much as feedparser itself does."""
    feedparser = pytest.importorskip("feedparser")
    missed, peer, total = [], 0, 0
    for path in sorted((FEEDS / folder).rglob("*.xml")):
        wanted = expectation(path)
        if not wanted:
            continue
        total += 1
        peer += theirs(path, *wanted, feedparser)
        good, got = ours(path, *wanted)
        if not good:
            missed.append((str(path.relative_to(FEEDS)), wanted[1], wanted[3], got))
    print(f"feedparser: {peer}/{total}")
    report(f"feed-fields-{folder}", missed, total)
    assert total - len(missed) >= peer, (total - len(missed), peer)


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
