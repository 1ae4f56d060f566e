"""ReplayWeb.page opens our WACZ: the article is read from the file alone, by range requests, without the live web."""

from __future__ import annotations

import io
import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Error

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.e2e

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--no-first-run",
]
BROWSERS_OWN = (".google.com", ".googleapis.com", ".gstatic.com", ".gvt1.com")
"""What Chromium asks for by itself, whatever page is open."""
READER = Path(__file__).parent / "node_modules" / "replaywebpage"
INDEX = """<!doctype html><html><head><title>reader</title><script src="ui.js"></script>
<style>html,body{{margin:0;height:100%}} replay-web-page{{display:block;height:100vh}}</style></head>
<body><replay-web-page source="/article.wacz" url="{url}" ts="{ts}" embed="replayonly" replayBase="/replay/"></replay-web-page></body></html>"""
TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8", ".wacz": "application/wacz"}


@dataclass
class Served:
    """A folder on loopback, with ranges (RFC 9110, 14): its origin, and what was asked of it (path, range)."""

    folder: Path
    origin: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """The server's part."""
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, *, body: bool) -> None:
                path = served.folder / self.path.partition("?")[0].lstrip("/")
                wanted = self.headers.get("Range", "")
                served.asked.append((self.path, wanted))
                if not path.is_file():
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = path.read_bytes()
                whole, start, end = len(data), 0, len(data)
                if found := re.fullmatch(r"bytes=(\d*)-(\d*)", wanted):
                    start = int(found[1]) if found[1] else max(whole - int(found[2]), 0)
                    end = min(int(found[2]) + 1, whole) if found[1] and found[2] else whole
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Type", TYPES.get(path.suffix, "application/octet-stream"))
                self.send_header("Accept-Ranges", "bytes")
                if wanted:
                    self.send_header("Content-Range", f"bytes {start}-{end - 1}/{whole}")
                self.send_header("Content-Length", str(end - start))
                self.end_headers()
                if body:
                    self.wfile.write(data[start:end])

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The reader's two scripts, served."""
    folder = tmp_path / "served"
    (folder / "replay").mkdir(parents=True)
    shutil.copy(READER / "ui.js", folder / "ui.js")
    shutil.copy(READER / "sw.js", folder / "replay" / "sw.js")
    served = Served(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), served.handler())
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.origin = f"http://127.0.0.1:{server.server_port}"
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def beginning_of(connection: socket.socket) -> bytes:
    """What comes first: a whole TLS record, or a little of anything else."""
    begun = connection.recv(2000)
    with suppress(OSError):
        while begun.startswith(b"\x16\x03") and len(begun) < 5 + int.from_bytes(begun[3:5], "big"):
            if not (more := connection.recv(2000)):
                break
            begun += more
    return begun


@pytest.fixture
def live() -> Iterator[tuple[int, list[bytes]]]:
    """What every host of the web leads to: its port, and the beginning of each connection that was made."""
    met: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    met.append(beginning_of(connection))

        thread = Thread(target=take, daemon=True)
        thread.start()
        yield listener.getsockname()[1], met
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def hosts_in(beginning: bytes) -> list[str]:
    """The names in the beginning of a connection: of the Host field, or of the server name in a TLS hello, which is read
    as it is built (RFC 8446, 4.1.2; RFC 6066, 3), since most of it is random."""
    if not beginning.startswith(b"\x16\x03"):
        return [name.decode() for name in re.findall(rb"(?i)\r\nhost: *([^\s:]+)", beginning)]
    rest = io.BytesIO(beginning[5 + 4 + 2 + 32 :])  # behind record, handshake, version and random

    def number(size: int) -> int:
        return int.from_bytes(rest.read(size), "big")

    for size in (1, 2, 1):  # session, cipher suites, compression
        rest.read(number(size))
    ends = number(2) + rest.tell()
    while rest.tell() < min(ends, len(beginning)):
        kind, told = number(2), rest.read(number(2))
        if kind == 0:
            return [told[5:].decode("ascii", "replace")]
    return []


@pytest.mark.parametrize("name", ["a.test", "www.control.example"])
def test_names_in_the_beginning_of_a_connection(name: str) -> None:
    """They are read from requests and from hellos; what only looks like a name in the random part of one is none."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        hello.do_handshake()
    made = outgoing.read()
    assert hosts_in(made[:11] + b"n2.hj.example.aa" + made[27:]) == [name]
    assert hosts_in(f"GET / HTTP/1.1\r\nHost: {name}:80\r\n\r\n".encode()) == [name]


def test_replayweb_page_opens_our_wacz(
    site: Site, served: Served, browser: Browser, live: tuple[int, list[bytes]]
) -> None:
    """The article's text and pictures are shown from the file in ReplayWeb.page, and no other server is asked."""
    port, met = live
    article = site.run("show", site.models["interview"].url)
    made = site.run("export", "--wacz", str(served.folder / "article.wacz"), article["id"])
    assert made["problems"] == [] and made["records"] > 2
    stamp = re.sub(r"\D", "", article["captured"])[:14]
    (served.folder / "index.html").write_text(INDEX.format(url=article["url"], ts=stamp), encoding="utf-8")
    everywhere = f"--host-resolver-rules=MAP * 127.0.0.1:{port}, EXCLUDE 127.0.0.1"
    path = shutil.which("chromium")
    apart = browser.browser_type.launch(executable_path=path, args=[*FLAGS, everywhere])
    page = apart.new_page(locale="zh-CN")
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"{served.origin}/index.html")
    sentence = max(re.split(r"[。\n]", article["text"]), key=len)[:30]
    shown = None
    for _ in range(150):
        for frame in page.frames:
            if "/replay/w/" in frame.url and sentence in re.sub(
                r"\s", "", frame.locator("body").inner_text(timeout=5000)
            ):
                shown = frame
        if shown is not None:
            break
        page.wait_for_timeout(200)
    assert shown is not None, [frame.url for frame in page.frames]
    pictures = shown.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    assert pictures and max(pictures) > 0, pictures
    requests = list(seen)
    asked = sorted({name for one in met for name in hosts_in(one)})
    with suppress(Error):
        page.goto("http://control.example/")
    apart.close()
    assert any("control.example" in hosts_in(one) for one in met), "what is asked of the web shows"
    assert [name for name in asked if not name.endswith(BROWSERS_OWN)] == []
    assert [url for url in requests if not url.startswith((served.origin, "data:", "blob:", "about:"))] == []
    ranges = [wanted for path, wanted in served.asked if path.startswith("/article.wacz") and wanted]
    assert ranges, "it reads parts of the file"
