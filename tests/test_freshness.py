"""A worker that runs: new articles are there soon, edits become revisions, noise does not, and what is gone is named."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from command import Tuoben
from loopback import Host, Web
from stories import feed, page, publish
from test_serve import wait_for

TITLES = {
    1: "云岭河综合治理工程今日全面启动",
    2: "西城片区供水管网改造完成验收",
    3: "青川市公布夜间施工的新规定",
    4: "加压泵站恢复供水后水质达标",
}
PERIOD = 2.0


@contextmanager
def collecting(tuoben: Tuoben, address: str) -> Iterator[None]:
    """A worker whose clock runs fast: listings about every two seconds, a first check of an article after five."""
    fast = {"TUOBEN_LISTING_PERIOD": f"{PERIOD}", "TUOBEN_RECHECK_AFTER": "5"}
    fast_one = Tuoben(tuoben.data, dict(tuoben.env) | fast)
    fast_one.run("source", "add", address)
    with fast_one.popen("worker") as worker:
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(timeout=30)


def dressed(seed: int, text: str, visits: int, advert: str, related: int) -> str:
    """The article with what is around it: a counter, an advert, a box of related links."""
    links = "".join(f'<li><a href="/a/{related + n}.html">相关报道第{related + n}则</a></li>' for n in range(5))
    around = f'<div class="counter">阅读：{visits} 次</div><div class="ad-banner"><a href="/ad">{advert}</a></div>'
    return today(page(seed, TITLES[seed])).replace(
        "</article>", f"<p>{text}</p></article>{around}<ul class='related'>{links}</ul>"
    )


def today(text: str) -> str:
    """The page as published today: what is old when it is found is not looked at within the minute."""
    return re.sub(r"2026-11-\d\d", f"{datetime.now(UTC):%Y-%m-%d}", text)


def told(tuoben: Tuoben, address: str) -> dict:
    """The article as `show --json` tells it; {} before it is there."""
    done = tuoben.run("show", address, "--json", code=(0, 2))
    return json.loads(done.stdout) if done.returncode == 0 else {}


def visits(web: Web, host: Host, path: str) -> int:
    return len(web.hits(host.name, path))


def test_a_live_source_is_captured_within_a_few_periods(web: Web, tuoben: Tuoben) -> None:
    """An article that appears on a feed is captured within a small multiple of the listing period."""
    host = web.host("fresh.test")
    titles = publish(host, 3)
    with collecting(tuoben, host.url("/feed.xml")):
        wait_for(lambda: visits(web, host, "/a/3.html") > 0)
        lags = []
        for number in range(20, 24):
            titles |= {f"/a/{number}.html": f"第{number}号工程今日竣工验收"}
            host.page(f"/a/{number}.html", page(number, titles[f"/a/{number}.html"]))
            host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
            began = time.monotonic()
            wait_for(lambda number=number: visits(web, host, f"/a/{number}.html") > 0, 30)
            lags.append(time.monotonic() - began)
        assert sorted(lags)[1] < 5 * PERIOD, lags


def test_noise_is_no_revision_and_an_edit_is(web: Web, tuoben: Tuoben) -> None:
    """A counter, an advert, a related box, a bot check, an error page: one revision. Another sentence: two."""
    host = web.host("noise.test")
    paths = {seed: f"/a/{seed}.html" for seed in TITLES}
    for seed, path in paths.items():
        host.page(path, dressed(seed, "工程分三期。", 10, "买一送一", 30))
    titles = {path: TITLES[seed] for seed, path in paths.items()}
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    check = "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing"
    with collecting(tuoben, host.url("/feed.xml")):
        wait_for(lambda: all(visits(web, host, path) for path in paths.values()))
        host.page(paths[1], dressed(1, "工程分三期。", 2011, "限时优惠", 60))
        host.answer(paths[2], 200, check + "</h1><div id='cf-challenge'></div></body></html>")
        host.answer(
            paths[3], 200, "<html><head><title>404 - 页面不存在</title></head><body><h1>页面不存在</h1></body></html>"
        )
        host.page(paths[4], dressed(4, "工程分四期，投资增加。", 3000, "满减", 90))
        asked = {path: visits(web, host, path) for path in paths.values()}
        wait_for(lambda: all(visits(web, host, path) > asked[path] for path in paths.values()), 150)
        wait_for(lambda: told(tuoben, host.url(paths[4])).get("revisions") == 2, 60)
    shown = [told(tuoben, host.url(path)) for path in paths.values()]
    assert [one["revisions"] for one in shown] == [1, 1, 1, 2] and "分四期" in shown[3]["text"]
    assert all("分三期" in one["text"] for one in shown[:3])


def test_an_article_that_redirects_home_is_gone(web: Web, tuoben: Tuoben) -> None:
    """A source that answers with its front page no longer has the article; its text stays with us."""
    host = web.host("gone.test")
    publish(host, 1)
    host.page("/a/1.html", today(page(1, "云岭河综合治理工程今日全面启动")))
    with collecting(tuoben, host.url("/feed.xml")):
        wait_for(lambda: visits(web, host, "/a/1.html") > 0)
        host.redirect("/a/1.html", "/")
        wait_for(lambda: visits(web, host, "/a/1.html") > 1)
        wait_for(lambda: bool(told(tuoben, host.url("/a/1.html")).get("gone_since")), 60)
    shown = told(tuoben, host.url("/a/1.html"))
    assert shown["gone_why"] == "home" and shown["text"] and shown["revisions"] == 1
