"""Gate: one hostile origin beside twenty good ones costs the good ones less than a tenth of their pages.

The program collects from twenty paced hosts for a fixed time, with and without a hostile origin that has sixty hosts
and twenty further names, which send every kind of nonsense, or nothing, as slowly as they can. Good pages are counted as
they are acknowledged. The hosts' delay, not the processor, sets the pace, and so the count is steady on a busy machine.
"""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import time
from pathlib import Path

import pytest

import hostile
from command import Tuoben
from loopback import Web
from stories import feed, page

GOOD, PAGES, EVIL, NAMES = 20, 40, 60, 20
DELAY, SECONDS, ROUNDS = 2.0, 16.0, 3
FLOOR = 0.9

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def good(web: Web, number: int) -> str:
    """A good site; the address of its feed."""
    host = web.host(f"www.good{number}.test")
    titles = {f"/a/{n}.html": f"第{number}站第{n}号通报全文" for n in range(PAGES)}
    for n, (path, title) in enumerate(titles.items()):
        host.page(path, page(n, title).replace('<link rel="stylesheet" href="/site.css">', ""), gzip=True)
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    return host.url("/feed.xml")


def evil(web: Web) -> str:
    """The hostile origin; the address of its feed, which announces something at each of its names."""
    cases = [case for case in hostile.CASES if not case.name.startswith(("busy", "redirect"))]
    names = [f"h{n}.evil.test" for n in range(EVIL)] + [f"evil{n}.test" for n in range(NAMES)]
    links = {}
    for number, name in enumerate(names):
        host = web.host(name)
        for turn in range(6):
            case = hostile.NAMES["silent"] if number % 2 else cases[(number * 6 + turn) % len(cases)]
            hostile.install(host, case, f"/x{turn}.html")
            links[host.url(f"/x{turn}.html")] = f"第{number}处第{turn}号假消息"
    items = "".join(f"<item><title>{title}</title><link>{url}</link></item>" for url, title in links.items())
    text = f'<rss version="2.0"><channel><title>evil</title>{items}</channel></rss>'
    web.host("evil.test").page("/feed.xml", text, content_type="application/rss+xml")
    return "http://evil.test/feed.xml"


def pages(folder: Path, *, with_evil: bool) -> int:
    """Good pages that were acknowledged within the time, from the first on."""
    with Web() as web:
        tuoben = Tuoben(folder, web.env(delay=DELAY))
        sources = [good(web, number) for number in range(GOOD)] + ([evil(web)] if with_evil else [])
        tuoben.json("source", "add", *sources)
        count, until = 0, 0.0
        with tuoben.popen("crawl", "--jsonl", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout is not None
            for line in running.stdout:
                row = json.loads(line)
                if row["kind"] == "page" and ".good" in row["url"]:
                    until = until or time.monotonic() + SECONDS
                    count += time.monotonic() <= until
                if until and time.monotonic() > until:
                    break
            running.send_signal(signal.SIGKILL)
    return count


def test_a_hostile_origin_does_not_slow_the_others(tmp_path: Path) -> None:
    """Beside a hostile origin the good ones keep at least 90 % of their pages."""
    shares = []
    for number in range(ROUNDS):
        alone = pages(tmp_path / f"alone{number}", with_evil=False)
        beside = pages(tmp_path / f"beside{number}", with_evil=True)
        shares.append(beside / alone)
        print(f"good pages in {SECONDS:g} s: alone {alone}, beside a hostile origin {beside}, share {shares[-1]:.2f}")
        if number == 0 and shares[0] >= 0.97:
            break  # clear enough
    assert statistics.median(shares) >= FLOOR
