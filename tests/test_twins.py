"""One work at several addresses, collected from a loopback web in any order."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from command import Tuoben, payloads
from loopback import Host, Web, page_bytes
from stories import body, feed, page

TITLE = "云岭河综合治理启动"


def put(host: Host, path: str, head: str = "", seed: int = 4, title: str = TITLE, text: str = "") -> None:
    """An article page with something in its head."""
    host.page(path, page(seed, title, text).replace("<link", head + "<link", 1))


def collect(tuoben: Tuoben, host: Host, links: list[str], name: str = "/feed.xml") -> dict[str, int]:
    """Announce addresses in this order and collect them."""
    items = "".join(f"<item><title>{TITLE}</title><link>{link}</link></item>" for link in links)
    rss = f'<?xml version="1.0"?><rss version="2.0"><channel><title>云岭新闻</title>{items}</channel></rss>'
    host.page(name, rss, content_type="application/rss+xml")
    tuoben.run("source", "add", host.url(name))
    tally: dict[str, int] = tuoben.json("crawl", "--once")
    return tally


@pytest.mark.slow
def test_twins_are_no_articles_of_their_own(web: Web, tuoben: Tuoben) -> None:
    """AMP, mobile and print pages are their article's, whichever comes first and whichever names the other; every page
    is kept, every address names the article, the plain one is its home, and a rebuild says the same."""
    www, mobile = web.host("www.t.test"), web.host("m.t.test")
    pairs = [
        ("http://www.t.test/a/1.html", "http://www.t.test/amp/xx", '<link rel="amphtml" href="/amp/xx">'),
        ("http://www.t.test/a/2.html", "http://m.t.test/read?doc=2", '<link rel="alternate" media="handheld" href="http://m.t.test/read?doc=2">'),
        ("http://www.t.test/a/3.html", "http://m.t.test/a/3.html", ""),
        ("http://www.t.test/a/4.html", "http://www.t.test/a/4.html?print=1", ""),
        ("http://www.t.test/a/5.html", "http://m.t.test/d5", '<meta name="mobile-agent" content="format=html5;url=http://m.t.test/d5">'),
    ]  # fmt: skip
    for seed, (plain, dressed, head) in enumerate(pairs, start=1):
        put(www, plain.split(".test", 1)[1], head, seed, f"第{seed}号工程通报")
        put(mobile if "//m." in dressed else www, dressed.split(".test", 1)[1], "", seed, f"第{seed}号工程通报")
    first = [pairs[0][0], pairs[1][1], pairs[2][0], pairs[3][1], pairs[4][1]]
    assert collect(tuoben, www, first)["articles"] == 5
    ids = [tuoben.json("show", address)["id"] for address in first]
    assert collect(tuoben, www, [address for pair in pairs for address in pair[:2]])["articles"] == 0
    assert {address for pair in pairs for address in pair[:2]} <= set(payloads(tuoben))

    def look() -> None:
        for id, (plain, dressed, _) in zip(ids, pairs, strict=True):
            shown = tuoben.json("show", dressed)
            assert (shown["id"], shown["url"]) == (id, plain)
            assert tuoben.json("show", plain)["id"] == id

    look()
    assert len(tuoben.json("search", "工程通报")["hits"]) == 5
    for suffix in ("", "-wal", "-shm"):
        (tuoben.data / f"tuoben.sqlite3{suffix}").unlink(missing_ok=True)
    tuoben.run("rebuild")
    look()


def test_one_canonical_url_on_all_pages_joins_nothing(web: Web, tuoben: Tuoben) -> None:
    """A site that names its section, its front page, a stranger or one of its articles as the canonical URL of every
    page keeps as many articles as it has, each at its own address."""
    host = web.host("b.test")
    wrong = ["http://b.test/news/", "http://b.test/", "http://other.test/a", "http://b.test/news/1.html"]
    links = []
    for number, canonical in enumerate([one for one in wrong for _ in range(3)], start=1):
        put(host, f"/news/{number}.html", f'<link rel="canonical" href="{canonical}">', number, f"第{number}次通报公布")
        links.append(host.url(f"/news/{number}.html"))
    assert collect(tuoben, host, list(reversed(links)))["articles"] == 12
    for link in links:
        shown = tuoben.json("show", link)
        assert shown["url"] == link


def test_another_host_is_believed_when_the_source_says_so(web: Web, tuoben: Tuoben) -> None:
    """A canonical URL on a foreign host makes a twin for a source whose settings name that host, else a reprint."""
    host, other = web.host("one.test"), web.host("two.test")
    put(host, "/a/1.html")
    head = '<link rel="canonical" href="http://one.test/a/1.html">'
    put(other, "/b/1.html", head)
    put(other, "/b/2.html", head)
    links = [host.url("/a/1.html"), other.url("/b/1.html"), other.url("/b/2.html")]
    assert collect(tuoben, host, links[:2])["articles"] == 2
    shown = [tuoben.json("show", link) for link in links[:2]]
    assert shown[0]["reprints"] == [shown[1]["id"]]
    tuoben.run("source", "set", "one.test", "twins=one.test")
    assert collect(tuoben, host, links)["articles"] == 0
    assert tuoben.json("show", links[2])["id"] == shown[0]["id"]


def test_a_guess_is_confirmed_by_the_text(web: Web, tuoben: Tuoben) -> None:
    """Addresses that look like twins and hold different works stay apart."""
    www, mobile = web.host("www.g.test"), web.host("m.g.test")
    put(www, "/a/1.html", seed=3, title="引水工程今日通水")
    put(mobile, "/a/1.html", seed=9, title="西城片区夜间停水")
    assert collect(tuoben, www, [www.url("/a/1.html"), mobile.url("/a/1.html")])["articles"] == 2


def test_a_twin_is_asked_for_once_and_makes_no_revision(web: Web, tuoben: Tuoben) -> None:
    """An edit is seen at the home; the twin, whose text is a little different, neither makes a revision nor is visited
    again, and when it goes the article stays."""
    host = web.host("e.test")
    put(host, "/a/1.html", '<link rel="amphtml" href="/a/1/amp/">')
    put(
        host,
        "/a/1/amp/",
        '<link rel="canonical" href="/a/1.html">',
        text="<p>在应用程序里阅读更多内容，体验会更好。</p>",
    )
    links = [host.url("/a/1.html"), host.url("/a/1/amp/")]
    assert collect(tuoben, host, links)["articles"] == 1
    host.answer("/a/1/amp/", 410)
    put(host, "/a/1.html", seed=4, title=TITLE + "（更新）")
    let_time_pass(tuoben)
    tuoben.run("crawl", "--once")
    shown = tuoben.json("show", links[1])
    assert shown["revisions"] == 2 and shown["title"].endswith("（更新）") and shown["gone_since"] is None
    assert len(web.hits("e.test", "/a/1/amp/")) == 1


def test_pages_that_send_readers_on_are_redirects(web: Web, tuoben: Tuoben) -> None:
    """A meta refresh within seconds leads to the article, whose id it keeps; a circle ends; a slow one, one for readers
    without scripts, and a script lead nowhere."""
    host = web.host("r.test")
    put(host, "/real.html")
    moved = '<html><head><meta http-equiv="refresh" content="0; URL=\'/real.html\'"></head><body>正在跳转</body></html>'
    host.page("/go", moved)
    host.page("/round", '<html><head><meta http-equiv="Refresh" content="1;url=/round2"></head><body>x</body></html>')
    host.page("/round2", '<html><head><meta http-equiv="Refresh" content="1;url=/round"></head><body>x</body></html>')
    put(host, "/slow.html", '<meta http-equiv="refresh" content="300;url=/other">', 5, "每五分钟刷新的页面")
    trap = '<noscript><meta http-equiv="refresh" content="0;url=/trap"></noscript>'
    put(host, "/noscript.html", trap, 6, "没有脚本的读者")
    script = '<script>location.href="/trap"</script>'
    put(host, "/script.html", script, 7, "有脚本的页面仍是文章")
    put(host, "/body.html", "", 8, "正文里的无脚本提示", f"<div>{trap}</div>")
    paths = ("/go", "/round", "/slow.html", "/noscript.html", "/script.html", "/body.html")
    host.page("/feed.xml", feed(host, dict.fromkeys(paths, TITLE)), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once", code=1)["articles"] == 5
    shown = tuoben.json("show", host.url("/go"))
    assert shown["url"] == host.url("/real.html") and host.url("/go") in payloads(tuoben)
    assert not web.hits("r.test", "/trap") and not web.hits("r.test", "/other")
    assert len(web.hits("r.test", "/round")) == 1


def test_the_article_on_one_page_is_preferred(web: Web, tuoben: Tuoben) -> None:
    """Of an article in three pages that can also be had on one, every page is captured, and the text is there once."""
    host = web.host("p.test")
    parts = [body(seed, 3) for seed in (2, 7, 11)]
    pager = '<div><a href="/n/5.html">1</a> <a href="/n/5_2.html">2</a> <a href="/n/5_3.html">3</a> <a href="/n/5_all.html">阅读全文</a></div>'
    title = "三页长文的标题写在这里"
    for path, text in (("/n/5.html", parts[0]), ("/n/5_2.html", parts[1]), ("/n/5_3.html", parts[2])):
        host.page(
            path,
            f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article>{pager}</body></html>",
        )
    host.page(
        "/n/5_all.html",
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{''.join(parts)}</article></body></html>",
    )
    assert collect(tuoben, host, [host.url("/n/5.html")])["articles"] == 1
    text = tuoben.json("show", host.url("/n/5.html"))["text"]
    for seed in (2, 7, 11):
        assert text.count(f"据第{seed}号现场通报") == 3
    assert {host.url(f"/n/5{name}.html") for name in ("", "_2", "_3", "_all")} <= set(payloads(tuoben))


def test_a_next_link_without_end_ends(web: Web, tuoben: Tuoben) -> None:
    """Next pages that say the same again, and next pages for ever, are not followed for ever."""
    host = web.host("n.test")

    def serve(hit):
        number = int(hit.path.rpartition("=")[2]) if "=" in hit.path else 1
        seed = 3 if hit.path.startswith("/same") else number
        path = hit.path.partition("?")[0]
        text = (
            f"<article><h1>没有尽头的下一页</h1>{body(seed, 3)}</article><a href='{path}?page={number + 1}'>下一页</a>"
        )
        return page_bytes(f"<html><head><title>没有尽头的下一页</title></head><body>{text}</body></html>")

    host.handle("/same/5.html", serve)
    host.handle("/ever/5.html", serve)
    collect(tuoben, host, [host.url("/same/5.html"), host.url("/ever/5.html")])
    same = [hit for hit in web.hits("n.test") if hit.path.startswith("/same")]
    ever = [hit for hit in web.hits("n.test") if hit.path.startswith("/ever")]
    assert len(same) == 2 and len(ever) <= 30


def let_time_pass(tuoben: Tuoben) -> None:
    """All that is planned for later is due now."""
    with closing(sqlite3.connect(tuoben.data / "tuoben.sqlite3")) as rows, rows:
        rows.execute("UPDATE store_item SET due_at = '2020-01-01' WHERE state = 'queued'")
        rows.execute("UPDATE store_host SET wake_at = '2020-01-01'")
