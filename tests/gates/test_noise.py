"""Gate: real news pages that come again with adverts, counters, other boxes and clocks make no revision; real edits do.

The pages are those of ../shared/bench/extraction, collected by `tuoben crawl` from a loopback web: as they are, twice with
other noise (tests/noise.py), then edited, one kind of edit for each page, under noise of their own. Bounds stand in noise.json.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from command import Tuoben
from loopback import Host, Web, page_bytes
from noise import KINDS, Noisy, decoded
from stories import feed
from tuoben import shape
from tuoben.model import Article
from tuoben.organise.differences import ADDED, EDITED, MOVED, REMOVED, differences

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
BOUNDS = json.loads((HERE / "noise.json").read_text())
SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight")
EVERY = 2
"""One page of so many."""
SHOWS = {"figure": {EDITED}, "cut": {EDITED, REMOVED}, "added": {ADDED}, "moved": {MOVED}, "headline": {"title"}}
"""What the comparison of the two revisions has to say of an edit."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass
class Page:
    """A page of the bench at its place in the loopback web."""

    host: Host
    path: str
    body: bytes
    url: str


@pytest.fixture(scope="module")
def bench() -> tuple[list[tuple[str, str, bytes]], dict[bool, list[str]], dict[bool, list[str]]]:
    """(host, target, body) of the pages; headlines and paragraphs of others, Chinese (True) or not."""
    root = SHARED / "bench" / "extraction"
    if not root.exists():
        pytest.skip(f"no bench pages: {root} is absent (set TUOBEN_SHARED)")
    pages, titles, prose = [], defaultdict(list), defaultdict(list)
    for name in SETS:
        for number, line in enumerate((root / name / "gold.jsonl").read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            chinese = is_chinese(row.get("body") or "")
            titles[chinese] += [row["title"]] if row.get("title") else []
            prose[chinese] += [part for part in (row.get("body") or "").split("\n")[2:5] if 60 < len(part) < 300]
            address, path = urlsplit(row.get("url") or ""), root / name / "pages" / f"{row['id']}.html.gz"
            if (
                number % EVERY
                or not (address.hostname or "").isascii()
                or address.path in ("", "/")
                or not path.exists()
            ):
                continue
            target = quote(address.path, safe="/%:@!$&'()*+,;=~-._") + (f"?{address.query}" if address.query else "")
            body = gzip.decompress(path.read_bytes())
            if address.hostname and decoded(body) is not None:
                pages.append((address.hostname, target, body))
    return pages, titles, prose


def is_chinese(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]{4}", text))


def states(tuoben: Tuoben) -> dict[str, list[Article]]:
    """URL of each article → its revisions, oldest first."""
    found: dict[str, list[Article]] = defaultdict(list)
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3", timeout=30)) as rows:
        query = "SELECT a.url, r.content FROM store_revision r JOIN store_article a ON a.id = r.article_id ORDER BY r.number"
        for address, content in rows.execute(query):
            found[address].append(shape.load(Article, json.loads(zlib.decompress(content))))
    return found


def told(article: Article) -> Article:
    """As if its page let its words be kept (noarchive): what the comparison finds is asked here, not who may read it."""
    return replace(article, policy=replace(article.policy, noarchive=False))


def visit(tuoben: Tuoben, pages: list[Page], body: Callable[[Page], bytes]) -> None:
    """Serve the pages anew and look at all of them again."""
    for page in pages:
        answer = page_bytes(body(page), 200, {"Content-Type": "text/html"})
        page.host.handle(page.path, lambda hit, answer=answer: answer)
    tuoben.sql("UPDATE store_item SET due_at = '2020-01-01 00:00:00' WHERE kind = 'page' AND state = 'queued'")
    tuoben.sql("UPDATE store_host SET wake_at = '2020-01-01 00:00:00' WHERE wake_at IS NOT NULL")
    tuoben.json("crawl", "--once", code=(0, 1))


def test_noise_makes_no_revision_and_edits_do(bench, tmp_path: Path) -> None:
    """The bounds of noise.json: false revisions per visit at most, edits found as revisions and in their comparison."""
    rows, titles, prose = bench
    rng = random.Random(5)
    with Web() as web:
        pages = [Page(web.host(name), target, body, web.host(name).url(target)) for name, target, body in rows]
        hosts = defaultdict(dict)
        for number, page in enumerate(pages):
            hosts[page.host.name][page.path] = f"Headline number {number} of these"
        for name, links in hosts.items():
            web.host(name).page("/feed-of-all.xml", feed(web.host(name), links), content_type="application/rss+xml")
        tuoben = Tuoben(tmp_path / "data", web.env(delay=0.0))
        for page in pages:
            page.host.handle(
                page.path, lambda hit, body=page.body: page_bytes(body, 200, {"Content-Type": "text/html"})
            )
        tuoben.json("source", "add", *(web.host(name).url("/feed-of-all.xml") for name in hosts), code=(0, 1))
        tuoben.json("crawl", "--once", code=(0, 1))
        first = states(tuoben)
        pages = [page for page in pages if page.url in first]
        noisy, coding = {}, {}
        for page in pages:
            markup, coding[page.url] = decoded(page.body)
            said = first[page.url][0]
            chinese = is_chinese(said.text)
            others = rng.sample(titles[chinese], 20), rng.sample(prose[chinese], 8)
            noisy[page.url] = Noisy(markup, said.title, said.text, *others)
        before, false = first, []
        for turn in ("one", "two"):
            visit(
                tuoben, pages, lambda page, turn=turn: encoded(noisy[page.url].noise(turn + page.url), coding[page.url])
            )
            now = states(tuoben)
            false += [(turn, page.url) for page in pages if len(now[page.url]) > len(before[page.url])]
            before = now
        edits = {}
        for number, page in enumerate(pages):
            kind = KINDS[number % len(KINDS)]
            made = noisy[page.url].edit(kind, page.url)
            if made is not None:
                one = noisy[page.url]
                edits[page.url] = (
                    kind,
                    Noisy(made, one.title, one.story, one.others, one.prose).noise("three" + page.url),
                )
        visit(
            tuoben,
            pages,
            lambda page: encoded(edits[page.url][1], coding[page.url]) if page.url in edits else page.body,
        )
        now = states(tuoben)
    judge(pages, before, now, false, {address: kind for address, (kind, _) in edits.items()})


def encoded(markup: str, encoding: str) -> bytes:
    return markup.encode(encoding, "xmlcharrefreplace")


def judge(pages: list[Page], before: dict, now: dict, false: list, edits: dict[str, str]) -> None:
    """Count, print, and hold against the bounds."""
    found = {address for address in edits if len(now[address]) > len(before[address])}
    shown = set()
    for address in found:
        seen = differences(told(now[address][-2]), told(now[address][-1]))
        kinds = {*seen.kinds, *(change.field for change in seen.fields)}
        shown |= {address} if kinds & SHOWS[edits[address]] else set()
    false += [
        ("four", page.url) for page in pages if page.url not in edits and len(now[page.url]) > len(before[page.url])
    ]
    share = len(false) / (2 * len(pages) + len(pages) - len(edits))
    print(f"\n{len(pages)} pages, {len(false)} false revisions ({share:.4f} per visit): {false}")
    kinds = Counter(edits.values())
    for kind in KINDS:
        ours = {address for address, one in edits.items() if one == kind}
        print(
            f"{kind}: {kinds[kind]} edits, {len(ours & found)} found, {len(ours & shown)} shown; not: {sorted(ours - shown)}"
        )
    assert len(edits) > 0.6 * len(pages)
    assert share <= BOUNDS["false_revisions"]
    assert len(found) >= BOUNDS["edits_found"] * len(edits)
    assert len(shown) >= BOUNDS["edits_in_diff"] * len(edits)
