"""Gate: the doors that a source's page cannot reach: imported files, hubs, a source's proxy, and the web's forms."""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest

import warcs
from command import Tuoben
from gates.test_ssrf_doors import ORIGIN, escaped, hooked, rows, trap
from loopback import KEEP, Web, page_bytes
from stories import feed, page
from test_save import Visitor
from test_serve import free_port, get, wait_for
from tunnelling import Proxy
from tuoben import url as urls
from tuoben.archive.segments import Segments
from tuoben.model import Kind

__all__ = ["hooked"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HUBS = 12


def askable(some: list[str]) -> list[str]:
    """Those that a program can make a request of at all, each once."""
    resolved = [urls.resolve("http://news.test/", one) for one in some]
    return list(dict.fromkeys(one for one in resolved if one and one.startswith(("http:", "https:"))))


def test_an_import_asks_for_nothing(hooked: tuple[Tuoben, Web, Path], tmp_path: Path) -> None:
    """Pages of a foreign file, whatever their addresses, links, files and refreshes are, make no request."""
    tuoben, _, told = hooked
    inside = askable(rows(but=("dns",)))
    with Web(ORIGIN) as apart:
        host = apart.host("news.test")
        trap(host, inside)
    entries = []
    for number, address in enumerate(inside):
        text = page(number, f"第{number}号通报全文", f'<img src="{address}"><link rel="stylesheet" href="{address}">')
        text = text.replace("<head>", f'<head><link rel="amphtml" href="{address}"><link rel="next" href="{address}">')
        for where in (address, f"http://news.test/i/{number}.html"):
            entries.append(warcs.entry(url=where, body=text.encode(), kind=Kind.PAGE))
        moved = f'<html><head><meta http-equiv="refresh" content="0;url={address}"></head></html>'.encode()
        entries.append(warcs.entry(url=f"http://news.test/m/{number}.html", body=moved, kind=Kind.PAGE))
    with Segments(tmp_path / "foreign", writer="t") as segments:
        segments.append(entries)
    files = [str(path) for path in (tmp_path / "foreign").rglob("*.warc.gz")]
    tuoben.run("import", *files, "--json", code=(0, 1))
    assert tuoben.sql("SELECT count(*) FROM store_article")[0][0] > 0
    tuoben.run("crawl", "--once", "--json", code=(0, 1))
    print(f"ssrf, import: {len(entries)} records, 0 connected")
    assert told.read_text() == ""


def test_no_hub_leads_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """A hub at an inside address, or one that redirects there, is refused with a reason, and not connected to."""
    tuoben, web, told = hooked
    host = web.host("news.test")
    inside = askable(rows(but=("dns", "redirect")))
    inside = inside[:: max(len(inside) // HUBS, 1)][:HUBS]
    host.page("/a/1.html", page(1, "云岭河综合治理工程今日全面启动"))
    feeds = []
    for number, address in enumerate(inside):
        moved = page_bytes("", 307, {"Location": address})
        host.raw(f"/hub/{number}", moved, KEEP)
        for kind, hub in (("f", address), ("r", host.url(f"/hub/{number}"))):
            path = f"/{kind}{number}.xml"
            link = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{}" href="{}"/>'
            links = link.format("hub", hub.replace("&", "&amp;")) + link.format("self", host.url(path))
            text = feed(host, {"/a/1.html": "云岭河综合治理工程今日全面启动"}).replace("<channel>", f"<channel>{links}")
            host.page(path, text, content_type="application/rss+xml")
            feeds.append(host.url(path))
    tuoben.json("source", "add", *feeds)
    public = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_APP_URL": "http://reader.test"})
    wanted = len(feeds)
    with public.popen("worker") as worker:
        try:
            wait_for(lambda: tuoben.sql("SELECT count(*) FROM store_push WHERE error <> ''")[0][0] == wanted, 120)
        finally:
            worker.terminate()
            worker.wait(30)
    print(f"ssrf, hubs: {wanted} refused, 0 connected")
    assert len({hit.path for hit in web.log if hit.path.startswith("/hub/")}) == len(inside)
    assert not escaped(told)


def test_no_proxy_is_asked_to_lead_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """A source with a proxy of its own: the proxy is asked for tunnels to checked addresses alone."""
    tuoben, web, told = hooked
    inside = [one for one in rows(but=("dns", "redirect")) if not set(one) & set("\r\n\t")][::3]
    trap(web.host("news.test"), inside)
    with Proxy() as proxy:
        tuoben.json("source", "add", "http://news.test/", "--set", f"proxy={proxy.url}", code=(0, 1))
        tuoben.json("crawl", "--once", code=(0, 1))
        print(f"ssrf, proxy: {len(proxy.asked)} tunnels, none inside, of {len(inside)} addresses by nine ways")
        assert len(web.log) > 3 * len(inside), "through the proxy"
        assert proxy.asked and all(line.startswith(f"CONNECT {ORIGIN}:") for line in proxy.asked)
    assert escaped(told) <= {"127.0.0.1"}, "the proxy, and nothing else"


def test_no_saved_page_leads_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """`save` and the form that people sign in for: each address inside is refused with a reason and not connected to,
    whether it is given, or a redirect, a refresh or a file of the page that is given leads there."""
    tuoben, web, told = hooked
    inside = [url for url in rows(but=("dns", "redirect")) if not set(url) & set("\r\n\t")]
    askable_ones = [one for one in inside if urls.resolve("", one) and one.startswith(("http:", "https:"))]
    wrong = [one for one in inside if one not in askable_ones]
    for one in wrong[::8]:
        assert tuoben.run("save", "--", one, code=(1, 2)).stderr
    given = tuoben.json("save", "--", *askable_ones[: len(askable_ones) // 2], code=(1, 2))["saved"]
    assert all(row["state"] != "saved" and row["why"] for row in given)
    host = web.host("news.test")
    trap(host, askable(inside))
    count = len(askable(inside))
    led = tuoben.json(
        "save", "--", *(host.url(f"/{way}/{n}.html") for n in range(0, count, 9) for way in "pmr"), code=(0, 1)
    )
    assert any(row["state"] == "saved" for row in led["saved"])
    listen, replay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    tuoben.run("user", "add", "bianji", stdin="correct horse battery\n")
    many = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_SAVES": "1000"})
    with many.popen("serve", "--listen", listen, "--replay-listen", replay) as process:
        try:
            wait_for(lambda: get(f"http://{listen}/healthz")[0] == 200)
            visitor = Visitor(f"http://{listen}")
            assert visitor.sign_in("bianji", "correct horse battery")[2] == "/save/"
            pages = [visitor.send("/save/", url=one) for one in askable_ones[len(askable_ones) // 2 :]]
            assert {status for status, _, _ in pages} <= {200, 400}
            waiting = [where for _, _, where in pages]

            def over() -> bool:
                waiting[:] = [where for where in waiting if "正在收录" in visitor.go(where)[1]]
                return not waiting

            wait_for(over, 240)
        finally:
            process.terminate()
            process.wait(30)
    print(f"ssrf, save: {len(given)} given, {len(led['saved'])} led inside, {len(pages)} by the form, 0 connected")
    assert told.read_text() and not escaped(told)


def test_no_form_of_the_web_leads_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """What readers type into forms is looked up in the rows; nothing is asked for."""
    tuoben, web, told = hooked
    web.host("news.test").page("/feed.xml", feed(web.host("news.test"), {}), content_type="application/rss+xml")
    tuoben.json("source", "add", "http://news.test/feed.xml", code=(0, 1))
    before = told.read_text()
    listen, replay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    serving = {"TUOBEN_LISTEN": listen, "TUOBEN_REPLAY_LISTEN": replay}
    shown = Tuoben(tuoben.data, dict(tuoben.env) | serving)
    with shown.popen("web", "--listen", listen, "--replay-listen", replay) as process:
        try:
            wait_for(lambda: get(f"http://{listen}/healthz")[0] == 200)
            asked = 0
            for address in rows():
                word = quote(address, safe="")
                for form in ("s/news.test/health/?url=", "search?q=", "a/"):
                    status, _ = get(f"http://{listen}/{form}{word}")
                    assert 0 < status < 500, (form, address, status)
                    asked += 1
                status, _ = get(f"http://{replay}/web/20261122000000/{quote(address, safe='/:?&=%@[]')}")
                assert 0 < status < 500, (address, status)
        finally:
            process.terminate()
            process.wait(30)
    print(f"ssrf, the web's forms: {asked} addresses, 0 connected")
    time.sleep(0.1)
    assert told.read_text() == before, os.linesep.join(escaped(told))
