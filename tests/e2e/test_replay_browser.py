"""The original look in a real browser: it shows, nothing runs, nothing leaves, and links work inside a sandboxed frame."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tuoben.archive.replay import ASSET_HEADERS, PAGE_HEADERS, rewrite_html

pytestmark = pytest.mark.e2e

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE = """<!doctype html><html><head><title>stored</title><link rel=stylesheet href=s.css>
<style>@font-face{font-family:F;src:url(f.woff2)} p{font-family:F;background:url(bg.png)}</style></head>
<body onload="document.title='ran'"><script>document.title='ran'</script><p id=p>text</p>
<img id=i src=a.png onerror="document.title='ran'"><a id=l href=next.html target=_blank>next</a></body></html>"""
RAW = PAGE.replace("<body", "<body data-raw")


class Handler(BaseHTTPRequestHandler):
    """The replay origin, and a page of another origin that frames it."""

    asked: list[str] = []

    def do_GET(self) -> None:
        """Answers by the path."""
        self.asked.append(self.path)
        kind, body, headers = "text/html; charset=utf-8", b"<title>reached</title>", {}
        if self.path.startswith("/frame"):
            port = self.path.partition("?")[2]
            sandbox = "allow-top-navigation-by-user-activation"
            body = f'<iframe sandbox="{sandbox}" src="http://127.0.0.1:{port}/stored"></iframe>'.encode()
        elif self.path == "/stored":
            body = rewrite_html(PAGE, "http://news.test/", link=lambda url, role: f"/{role}/{url}")
            headers = PAGE_HEADERS
        elif self.path == "/raw":
            body, headers = RAW.encode(), PAGE_HEADERS
        elif self.path.endswith(".css"):
            kind, body, headers = "text/css", b"#p{margin-left:77px}", ASSET_HEADERS
        elif self.path.endswith(".png"):
            kind, body, headers = "image/png", PIXEL, ASSET_HEADERS
        elif self.path.endswith(".woff2"):
            kind, body, headers = "font/woff2", b"wOF2", ASSET_HEADERS
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two origins on loopback: replay and application."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    threads = [Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    Handler.asked.clear()
    yield servers[0].server_port, servers[1].server_port
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("framed", [False, True])
def test_original_look_shows_and_does_nothing_else(ports: tuple[int, int], browser: Browser, framed: bool) -> None:
    """Style, images and fonts are loaded under the sandbox, no script runs, and a link leads on at the top."""
    replay, app = ports
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{app}/frame?{replay}" if framed else f"http://127.0.0.1:{replay}/stored")
    frame = page.frames[-1]
    frame.wait_for_function("document.querySelector('#i').complete")
    assert frame.title() == "stored"
    assert frame.eval_on_selector("#p", "element => getComputedStyle(element).marginLeft") == "77px"
    assert frame.eval_on_selector("#i", "element => element.naturalWidth") == 1
    frame.click("#l")
    page.wait_for_url("**/page/http://news.test/next.html")
    assert page.title() == "reached"
    assert {path for path in Handler.asked if path.endswith((".css", ".png", ".woff2"))} == {
        "/style/http://news.test/s.css",
        "/image/http://news.test/a.png",
        "/image/http://news.test/bg.png",
        "/font/http://news.test/f.woff2",
    }


def test_headers_alone_hold_a_page_that_was_not_rewritten(ports: tuple[int, int], browser: Browser) -> None:
    """Even a stored page served raw under the page headers runs nothing."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{ports[0]}/raw")
    page.wait_for_timeout(300)
    assert page.title() == "stored"
