"""Gate: nothing of ../shared/conformance/ssrf is connected to, through any door of the program that takes a URL.

The real program runs, with a hook in each of its processes (`sitecustomize`) that writes down every address that a
socket connects to. The origin of the test lives at an address of its own, the only one that the operator allowed.
"""

from __future__ import annotations

import ast
import asyncio
import html
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import Tuoben
from loopback import KEEP, Host, Web, page_bytes
from tuoben.errors import FetchError, RefusedAddress
from tuoben.fetch import fetch
from tuoben.model import Kind, Request
from tuoben.net import Door, parse_networks

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
FLOORS = json.loads((HERE / "net.json").read_text())
ORIGIN = "127.77.0.1"
SOURCE = HERE.parents[1] / "src" / "tuoben"

HOOK = """
import os, sys

def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        with open(os.environ["PYTHON_CONNECTS"], "a") as file:
            file.write(f"{args[1][0]} {args[1][1]}\\n")

sys.addaudithook(watch)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def rows(but: tuple[str, ...] = ()) -> list[str]:
    """The URLs of refuse.json, without some classes."""
    path = SHARED / "conformance" / "ssrf" / "refuse.json"
    if not path.exists():
        pytest.skip(f"no conformance data: {path} is absent (set TUOBEN_SHARED)")
    return [row["url"] for row in json.loads(path.read_text()) if row["class"] not in but]


@pytest.fixture
def hooked(tmp_path: Path) -> Iterator[tuple[Tuoben, Web, Path]]:
    """The program with the hook, the origin, and where the hook writes."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    told = tmp_path / "connects"
    told.touch()
    with Web(ORIGIN) as web:
        paths = [str(tmp_path / "hook"), str(SOURCE.parent), os.environ.get("PYTHONPATH", "")]
        env = {
            "TUOBEN_CONNECT_TO": f"news.test:80:{ORIGIN}:{web.port}",
            "TUOBEN_ALLOW_NETWORKS": f"{ORIGIN}/32",
            "TUOBEN_HOST_DELAY": "0",
            "PYTHON_CONNECTS": str(told),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        yield Tuoben(tmp_path / "data", env), web, told


def escaped(told: Path) -> set[str]:
    """Addresses that were connected to and are not the origin's; the hook must have seen something."""
    seen = {line.split()[0] for line in told.read_text().splitlines()}
    return seen - {ORIGIN}


def test_no_source_leads_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """`source add` refuses every address, names each, and connects to none of them."""
    tuoben, _, told = hooked
    urls = [url for url in rows(but=("dns", "redirect")) if "\n" not in url]
    added = tuoben.json("source", "add", "--", *urls, code=(1, 2))["sources"]
    assert len(added) == len(urls) and all(row["state"] == "failed" and row["why"] for row in added)
    print(f"ssrf, source add: {len(added)} refused, 0 connected")
    assert not escaped(told)


def trap(host: Host, urls: list[str]) -> None:
    """A site all of whose listings, pages, redirects and files lead inside."""
    links, pages = [], {}
    for number, url in enumerate(urls):
        quoted = html.escape(url, quote=True)
        head = f'<title>第{number}号通报全文</title><link rel="stylesheet" href="{quoted}"><link rel="next" href="{quoted}">'
        head += f'<link rel="canonical" href="{quoted}"><link rel="amphtml" href="{quoted}">'
        body = f'<h1>第{number}号通报全文</h1><p>{"供水管网改造工程今日完工。" * 20}<img src="{quoted}"><img data-src="{quoted}"></p>'
        pages[f"/p/{number}.html"] = f"<html><head>{head}</head><body><article>{body}</article></body></html>"
        pages[f"/m/{number}.html"] = f'<html><head><meta http-equiv="refresh" content="0;url={quoted}"></head></html>'
        links += [url, host.url(f"/p/{number}.html"), host.url(f"/m/{number}.html"), host.url(f"/r/{number}.html")]
        location = url.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
        status = (301, 302, 303, 307, 308)[number % 5]
        host.raw(
            f"/r/{number}.html", page_bytes("", status, {"Location": location, "Refresh": f"0; url={location}"}), KEEP
        )
    for path, text in pages.items():
        host.page(path, text)
    items = "".join(
        f"<item><title>第{n}条新闻</title><link>{html.escape(u)}</link></item>" for n, u in enumerate(links)
    )
    hubs = "".join(f'<atom:link rel="hub" href="{html.escape(url, quote=True)}"/>' for url in urls[:40])
    own = f'<atom:link rel="self" href="{host.url("/feed.xml")}"/><atom:link rel="next" href="{html.escape(urls[0])}"/>'
    host.page(
        "/feed.xml",
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>n</title>{own}{hubs}{items}</channel></rss>',
        content_type="application/rss+xml",
    )
    locs = "".join(f"<sitemap><loc>{html.escape(url)}</loc></sitemap>" for url in urls)
    host.page("/sitemap.xml", f"<sitemapindex>{locs}</sitemapindex>", content_type="application/xml")
    anchors = "".join(
        f'<li><a href="{html.escape(u, quote=True)}">今日要闻第{n}条完整标题</a></li>' for n, u in enumerate(links)
    )
    host.page(
        "/",
        f'<html><title>n</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><ul>{anchors}</ul>',
    )
    host.robots("User-agent: *\nAllow: /\n" + "".join(f"Sitemap: {url}\n" for url in urls) + "Sitemap: /sitemap.xml\n")


def test_no_page_leads_inside(hooked: tuple[Tuoben, Web, Path]) -> None:
    """A crawl asks for no address inside, by links, redirects, refreshes, files, listings, hubs or robots.txt."""
    tuoben, web, told = hooked
    urls = [url for url in rows(but=("dns", "redirect")) if not set(url) & set("\r\n\t")]
    trap(web.host("news.test"), urls)
    tuoben.json("source", "add", "http://news.test/", code=(0, 1))
    tally = tuoben.json("crawl", "--once", code=(0, 1))
    print(f"ssrf, crawl: {len(urls)} addresses by nine ways, {tally}")
    assert tally["captured"] > 3 * len(urls) and len(told.read_text().splitlines()) > 1
    assert not escaped(told)


def test_reading_a_page_connects_to_nothing(hooked: tuple[Tuoben, Web, Path], tmp_path: Path) -> None:
    """`extract --url` asks for nothing, whatever the URL is."""
    tuoben, _, told = hooked
    page = tmp_path / "page.html"
    page.write_text("<html><title>通报</title><p>" + "供水管网改造工程今日完工。" * 30)
    for url in rows(but=("dns", "redirect"))[::12]:
        tuoben.run("extract", str(page), "--url", url, "--json", code=(0, 1, 2))
    assert told.read_text() == ""


def test_a_second_answer_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answered well and then with an inside address (rebinding) is refused the second time."""
    answers = iter([ORIGIN, "127.0.0.1", "10.0.0.1"])

    def look_up(host: str, port: int, *rest: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    async def run(web: Web) -> list[str]:
        found = []
        async with Door(parse_networks(f"{ORIGIN}/32")) as door:
            for _ in range(3):
                session = await door.session()
                try:
                    request = Request(url=f"http://rebind.test:{web.port}/", kind=Kind.PAGE)
                    found.append(str((await fetch(request, door)).status))
                except FetchError as error:
                    found.append(type(error).__name__)
                session.connector.clear_dns_cache()  # its time to live is over
        return found

    with Web(ORIGIN) as web:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        web.host("rebind.test").raw("/", page_bytes("ok", 200, {"Connection": "close"}))
        assert asyncio.run(run(web)) == ["200", RefusedAddress.__name__, RefusedAddress.__name__]


OPENERS = {
    "socket",
    "ssl",
    "aiohttp",
    "urllib.request",
    "http.client",
    "smtplib",
    "ftplib",
    "requests",
    "httpx",
    "pycurl",
}
ALLOWED = {
    "net/__init__.py": "the door",
    "net/wire.py": "the door",
    "net/response.py": "the door",
    "net/tunnel.py": "the door: to the operator's proxy, to addresses that the door checked",
    "fetch/__init__.py": "asks through the door's session",
    "web/server.py": "listens",
    "commands/serve.py": "looks whether its own ports are free",
    "demo/server.py": "listens, on loopback",
    "browse/chromium.py": "holds a port of loopback on which nobody listens: the proxy of the browser, which reaches nothing",
}
"""All modules that could open a socket, and why each may."""
CALLS = {"open_connection", "create_connection", "sock_connect", "open_unix_connection", "urlopen"}


def test_only_the_door_opens_sockets() -> None:
    """No module outside this list imports what opens connections, and none but the door's calls it."""
    importing, calling = set(), set()
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            if any(module in OPENERS or module.split(".")[0] in OPENERS for module in modules):
                importing.add(name)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
                calling.add(name)
    assert importing <= set(ALLOWED), importing - set(ALLOWED)
    assert calling <= {"net/__init__.py", "net/tunnel.py"}, calling
