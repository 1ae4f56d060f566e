"""Chromium reaches nothing by itself: a hostile page tries every way out, with traps at all ends (law 3)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from loopback import Web
from tuoben import url
from tuoben.browse import Answer, Asked, Chromium, Limits, Rendered, budget, open_page, processes
from tuoben.errors import BrowserError
from tuoben.fetch import fetch
from tuoben.model import Kind, Request
from tuoben.net import Door, Route

pytestmark = pytest.mark.e2e
SSRF = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared")) / "conformance" / "ssrf"
CHROMIUM = Chromium(sandbox=os.geteuid() != 0, user_agent="tuoben/test")
SHORT = Limits(total=25.0)
UNCONNECTED = {"udp 00000000:0000", "udp6 00000000000000000000000000000000:0000"}
"""What a datagram socket leads to that was opened and never used."""
OURS = "127.0.0.2"
"""Where the web of the tests lives: the door lets that address in, and no other of this machine."""


class Traps:
    """Sockets on this machine that nobody may ever reach: streams (HTTP, WebSocket, TURN) and datagrams (STUN, QUIC)."""

    def __init__(self) -> None:
        self.stream = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.stream.getsockname()[1]
        self.stream.setblocking(False)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        self.datagrams.setblocking(False)

    def caught(self) -> list[object]:
        """Who came."""
        found: list[object] = []
        with contextlib.suppress(BlockingIOError):
            found.append(self.stream.accept()[1])
        with contextlib.suppress(BlockingIOError):
            found.append(self.datagrams.recvfrom(100))
        return found

    def close(self) -> None:
        """Let go."""
        self.stream.close()
        self.datagrams.close()


@pytest.fixture
def traps() -> Iterator[Traps]:
    """The traps; at the end of each test nobody was in them."""
    found = Traps()
    yield found
    assert found.caught() == []
    found.close()


@pytest.fixture
def web() -> Iterator[Web]:
    """A loopback web at an address of its own."""
    with Web(OURS) as web:
        yield web


def hostile(web: Web, traps: Traps) -> None:
    """Put the hostile page on news.test."""
    news = web.host("news.test")
    for path, text in {"/": HOSTILE, "/worker.js": WORKER, "/shared.js": WORKER, "/sw.js": WORKER}.items():
        kind = "text/html" if path == "/" else "text/javascript"
        news.page(path, text.replace("PORT", str(traps.port)), content_type=f"{kind}; charset=utf-8")
    news.redirect("/hop", f"http://127.0.0.1:{traps.port}/hopped")


class Sockets:
    """Watches which addresses the processes of a browser have sockets to, some hundred times a second."""

    def __init__(self) -> None:
        self.remote: set[str] = set()
        self.looks = 0
        self._pid = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def started(self, pid: int) -> None:
        """The browser runs."""
        self._pid = pid
        self._thread.start()

    def stop(self) -> None:
        """Enough."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            own = set()
            for pid in processes.family(self._pid):
                with contextlib.suppress(OSError):
                    for one in Path(f"/proc/{pid}/fd").iterdir():
                        with contextlib.suppress(OSError):
                            own.add(str(one.readlink()))
            for table in ("tcp", "tcp6", "udp", "udp6"):
                for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                    parts = line.split()
                    if f"socket:[{parts[9]}]" in own:
                        self.remote.add(f"{table} {parts[2]}")
            self.looks += 1


def door(web: Web, *names: str, traps: Traps) -> Door:
    """A door into the web for these hosts alone; rebind.test has the address of a trap."""
    routes = [Route(name, 80, OURS, web.port) for name in names] + [Route("rebind.test", 0, "127.0.0.1", traps.port)]
    return Door([ipaddress.ip_network(f"{OURS}/32")], routes, allow_ports=frozenset({traps.port}))


def alone(run: Callable[[], Coroutine[None, None, Rendered]]) -> Rendered:
    """Run in an event loop of its own: the browser that looks at our pages in other tests has one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


def opened(
    address: str,
    guarded: Callable[[], Door],
    *,
    limits: Limits = SHORT,
    sockets: Sockets | None = None,
    chromium: Chromium = CHROMIUM,
) -> tuple[Rendered, list[Asked]]:
    """Open a page in Chromium, its requests answered through the door as the crawler does; and what it asked for."""
    seen: list[Asked] = []

    async def run() -> Rendered:
        async with guarded() as out:

            async def answer(asked: Asked, most: int) -> Answer:
                seen.append(asked)
                request = Request(url=url.fetchable(asked.url), kind=Kind.REQUISITE)
                exchange = await asyncio.wait_for(fetch(request, out), 5.0)
                return Answer(status=exchange.status, headers=budget.told(exchange.headers), body=exchange.body)

            started = sockets.started if sockets else None
            return await open_page(chromium, address, answer, limits, started=started)

    return alone(run), seen


HOSTILE = """<!DOCTYPE html><title>hostile</title>
<link rel="preconnect" href="http://127.0.0.1:PORT"><link rel="dns-prefetch" href="//dns.test">
<link rel="prefetch" href="http://127.0.0.1:PORT/prefetch"><link rel="prerender" href="http://127.0.0.1:PORT/prerender">
<link rel="preload" as="script" href="http://[::1]:PORT/preload.js"><link rel="manifest" href="http://127.0.0.1:PORT/m">
<link rel="stylesheet" href="http://rebind.test/x.css"><link rel="icon" href="http://127.0.0.1:PORT/icon">
<script type="speculationrules">{"prefetch":[{"urls":["http://127.0.0.1:PORT/spec"]}],
"prerender":[{"urls":["/spec.html"]}]}</script>
<img src="http://127.0.0.1:PORT/img"><img src="http://2130706433:PORT/img"><img src="/hop"><img src="file:///etc/passwd">
<iframe src="file:///etc/passwd"></iframe><iframe src="http://127.0.0.1:PORT/frame"></iframe>
<iframe src="data:text/html,<script>fetch('http://127.0.0.1:PORT/from-data')</script>"></iframe>
<object data="http://127.0.0.1:PORT/object"></object><embed src="http://127.0.0.1:PORT/embed">
<video src="http://127.0.0.1:PORT/v"></video><audio src="http://127.0.0.1:PORT/a"></audio>
<a id="a" href="/x" ping="http://127.0.0.1:PORT/ping">x</a><a id="d" href="http://127.0.0.1:PORT/d" download>d</a>
<form id="f" method="post" action="http://127.0.0.1:PORT/form" target="frame"></form><iframe name="frame"></iframe>
<div id="said"></div>
<script>
const out = "http://127.0.0.1:PORT", said = {};
const tell = (name, value) => { said[name] = String(value).slice(0, 80);
  document.getElementById("said").textContent = JSON.stringify(said); };
const attempt = (name, work) => { try { Promise.resolve(work()).then(v => tell(name, v), e => tell(name, "refused"));
  } catch (error) { tell(name, "refused"); } };
attempt("fetch", () => fetch(out + "/fetch", {mode: "no-cors"}));
attempt("post", () => fetch("/post", {method: "POST", body: "x"}));
attempt("keepalive", () => fetch(out + "/keep", {method: "POST", keepalive: true, mode: "no-cors"}));
attempt("file", () => fetch("file:///etc/passwd"));
attempt("hop", () => fetch("/hop", {mode: "no-cors"}));
attempt("rebind", () => fetch("http://rebind.test/", {mode: "no-cors"}));
attempt("ftp", () => fetch("ftp://127.0.0.1:PORT/"));
attempt("xhr", () => { const x = new XMLHttpRequest(); x.open("GET", out + "/xhr", false); x.send(); return x.status; });
attempt("beacon", () => { navigator.sendBeacon(out + "/beacon", "x"); return "sent"; });
attempt("socket", () => new Promise((yes, no) => { const w = new WebSocket("ws://127.0.0.1:PORT/"); w.onopen = yes;
  w.onerror = no; }));
attempt("transport", () => new WebTransport("https://127.0.0.1:PORT/").ready);
attempt("events", () => new Promise((yes, no) => { const e = new EventSource(out + "/events"); e.onopen = yes;
  e.onerror = no; }));
attempt("service", () => navigator.serviceWorker.register("/sw.js"));
attempt("worker", () => new Promise((yes, no) => { const w = new Worker("/worker.js"); w.onmessage = e => yes(e.data);
  w.onerror = no; }));
attempt("shared", () => { new SharedWorker("/shared.js"); return "begun"; });
attempt("blob", () => { const b = new Blob(["importScripts('" + out + "/blob.js')"], {type: "text/javascript"});
  new Worker(URL.createObjectURL(b)); return "begun"; });
attempt("rtc", async () => { const p = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:PORT"},
  {urls: ["turn:127.0.0.1:PORT?transport=tcp", "turn:127.0.0.1:PORT"], username: "u", credential: "c"}]});
  p.createDataChannel("x"); await p.setLocalDescription(await p.createOffer());
  return new Promise(yes => { const found = []; p.onicecandidate = e => e.candidate ? found.push(e.candidate.candidate)
    : yes("gathered " + found.length); setTimeout(() => yes("waited " + found.length), 4000); }); });
attempt("frame", () => { const f = document.createElement("iframe"); document.body.append(f);
  return f.contentWindow.fetch(out + "/clean-frame", {mode: "no-cors"}); });
attempt("image", () => { new Image().src = out + "/pixel"; return "asked"; });
attempt("font", () => new FontFace("x", "url(" + out + "/font)").load());
attempt("open", () => { const w = window.open(out + "/popup"); return w === null ? "refused" : "opened"; });
attempt("place", () => new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no)));
attempt("camera", () => navigator.mediaDevices.getUserMedia({video: true}));
attempt("notify", () => Notification.requestPermission());
document.getElementById("a").click = null;
document.getElementById("f").submit();
document.getElementById("d").click();
alert("stay"); confirm("stay?");
</script>"""
WORKER = """const out = "http://127.0.0.1:PORT";
for (const go of [() => importScripts(out + "/imported.js"), () => fetch(out + "/worker-fetch", {mode: "no-cors"}),
  () => new WebSocket("ws://127.0.0.1:PORT/worker"), () => new EventSource(out + "/worker-events"),
  () => { const x = new XMLHttpRequest(); x.open("GET", out + "/worker-xhr", false); x.send(); },
  () => new Worker("data:text/javascript,fetch('http://127.0.0.1:PORT/nested',{mode:'no-cors'})")]) {
  try { go(); } catch (error) {} }
self.onconnect = () => {};
if (self.postMessage) setTimeout(() => postMessage("done"), 300);"""


def test_a_hostile_page_gets_nowhere(web: Web, traps: Traps) -> None:
    """Whatever it tries, by markup, script, worker, frame or form: nobody is in the traps, its processes never had a
    socket to anywhere, and each request was told to us, to be refused by the door."""
    hostile(web, traps)
    sockets = Sockets()
    try:
        rendered, seen = opened("http://news.test/", lambda: door(web, "news.test", traps=traps), sockets=sockets)
    finally:
        sockets.stop()
    html = rendered.dom.decode()
    said = json.loads(html.partition('<div id="said">')[2].partition("</div>")[0].replace("&quot;", '"'))
    assert sockets.looks > 20
    assert sockets.remote <= UNCONNECTED
    private = {asked.url.rpartition("/")[2] for asked in seen if f":{traps.port}/" in asked.url}
    assert {"fetch", "img", "frame", "imported.js", "blob.js", "hopped", "from-data", "nested", "pixel"} <= private
    refusing = ("fetch", "post", "keepalive", "file", "hop", "rebind", "ftp", "xhr", "socket", "transport", "service")
    assert {name: said.get(name) for name in refusing} == dict.fromkeys(refusing, "refused")
    assert (said["camera"], said["place"], said["rtc"]) == ("refused", "refused", "gathered 0")
    assert "root:" not in html and not private & {"popup", "form", "beacon", "keep", "prefetch", "v", "ping", "icon"}
    assert {hit.method for hit in web.log} == {"GET"}
    assert {hit.path for hit in web.log} <= {"/", "/worker.js", "/shared.js", "/hop", "/spec.html", "/x"}


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_no_packet_leaves_the_browser(web: Web, traps: Traps, tmp_path: Path) -> None:
    """Of all that its processes ask of the kernel while they show the hostile page, nothing connects a stream or sends
    a datagram; that a datagram socket is given an address (to see which way packets would take) sends nothing."""
    hostile(web, traps)
    told, program = tmp_path / "calls", tmp_path / "chromium"
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    real = CHROMIUM.program()
    program.write_text(f'#!/bin/sh\nexec strace -f -qq -yy -s 40 -o {told} -e {calls} {real} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    traced = replace(CHROMIUM, path=str(program))
    opened("http://news.test/", lambda: door(web, "news.test", traps=traps), chromium=traced, limits=Limits(total=40))
    lines = told.read_text(encoding="utf-8", errors="replace").splitlines()
    assert len(lines) > 1000
    loud = [line for line in lines if re.search(r"\d(?:<TCP|<UDP)", line) and not re.search(r"connect\(\d+<UDP", line)]
    assert loud == []
    assert not [line for line in lines if re.search(r"send\w+\(.*AF_INET", line)]


@pytest.mark.parametrize(
    "leave",
    [
        '<meta http-equiv="refresh" content="0; url=ADDRESS">',
        '<script>location.href = "ADDRESS"</script>',
        '<script>setTimeout(() => location.replace("ADDRESS"), 100)</script>',
        '<form id="f" action="ADDRESS"></form><script>document.getElementById("f").submit()</script>',
    ],
)
@pytest.mark.parametrize("address", ["http://127.0.0.1:PORT/", "file:///etc/passwd", "chrome://version/", "/hop"])
def test_a_page_cannot_lead_its_browser_away(web: Web, traps: Traps, leave: str, address: str) -> None:
    """Neither a private address, nor a file, nor a page of the browser's own becomes the document."""
    address = address.replace("PORT", str(traps.port))
    web.host("news.test").page("/", f"<p>here</p>{leave.replace('ADDRESS', address)}")
    web.host("news.test").redirect("/hop", f"http://127.0.0.1:{traps.port}/hopped")
    rendered, _ = opened("http://news.test/", lambda: door(web, "news.test", traps=traps), limits=Limits(total=10))
    assert b"root:" not in rendered.dom and b"Chromium" not in rendered.dom


@pytest.mark.skipif(not SSRF.is_dir(), reason=f"the conformance data is not at {SSRF}")
def test_no_address_that_must_be_refused_is_reached(web: Web, traps: Traps) -> None:
    """Every address of the conformance set, as image and as fetch of a page, by a redirect where the set says so: none
    is answered. (What it says of resolvers and of refreshes has tests of its own.)"""
    news = web.host("news.test")
    rows = [row["url"] for row in json.loads((SSRF / "refuse.json").read_text(encoding="utf-8"))]
    told = [one for one in rows if not re.match(r"[A-Z]+[A-Z-]* ", one)]
    for number, target in enumerate(one.partition(" ")[2] for one in rows if one.startswith("REDIRECT ")):
        news.redirect(f"/hop/{number}", target.replace("PORT", str(traps.port)))
        told.append(f"/hop/{number}")
    listed = json.dumps(told).replace("<", "\\u003c")
    script = f"""<div id="said"></div><script>const all = {listed}; let loaded = 0;
Promise.allSettled(all.map(url => {{ const i = new Image(); i.onload = () => loaded++; i.src = url;
  return fetch(url, {{mode: "no-cors"}}); }})).then(found => {{
  const good = found.map((one, at) => [one.status, all[at]]).filter(pair => pair[0] === "fulfilled")
    .filter(pair => pair[1].startsWith("/hop/") || new URL(pair[1], location.href).host !== location.host);
  document.getElementById("said").textContent = JSON.stringify([found.length, loaded, good]); }});</script>"""
    news.page("/", script)
    sockets = Sockets()
    try:
        rendered, _ = opened(
            "http://news.test/",
            lambda: door(web, "news.test", traps=traps),
            limits=Limits(total=60, requests=1000),
            sockets=sockets,
        )
    finally:
        sockets.stop()
    said = rendered.dom.decode().partition('<div id="said">')[2].partition("</div>")[0]
    count, loaded, good = json.loads(said.replace("&quot;", '"'))
    assert (count, loaded) == (len(told), 0) and count > 120
    assert [address for _, address in good if not address.startswith("data:")] == []
    assert sockets.remote <= UNCONNECTED
    ours = ("/hop/", "/127.0.0.1")  # "http:/127.0.0.1/" on a page is a path of its own host
    assert {hit.path for hit in web.log if not hit.path.startswith(ours)} == {"/"}


def left_of(pids: set[int], patience: float = 10.0) -> set[int]:
    """Those of the processes that are still there after a while, zombies included."""
    end = time.monotonic() + patience
    while time.monotonic() < end and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.05)
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<script>for (;;) {}</script>", "time was over"),
        ("<script>const all = []; for (;;) all.push(new Uint8Array(8 << 20).fill(1));</script>", "MiB"),
        ("<script>setInterval(() => fetch('/slow?' + Math.random()), 10)</script>", None),
        ("<p>x</p><script>document.body.innerHTML = 'x'.repeat(2 << 20)</script>", "characters"),
    ],
    ids=["endless", "memory", "never quiet", "large"],
)
def test_a_greedy_page_is_stopped(web: Web, traps: Traps, body: str, why: str | None) -> None:
    """A page that takes all time or memory, or becomes too large, ends with its browser in time, and leaves nothing."""
    web.host("news.test").page("/", body)
    pids: set[int] = set()

    async def run() -> Rendered:
        async with door(web, "news.test", traps=traps) as out:

            async def answer(asked: Asked, most: int) -> Answer:
                pids.update(processes.family(browser[0]))
                exchange = await fetch(Request(url=asked.url, kind=Kind.REQUISITE), out)
                return Answer(status=exchange.status, headers=budget.told(exchange.headers), body=exchange.body)

            browser: list[int] = []
            limits = Limits(total=8.0, dom=1 << 20)
            return await open_page(CHROMIUM, "http://news.test/", answer, limits, started=browser.append)

    began = time.monotonic()
    if why is None:
        assert not alone(run).settled
    else:
        with pytest.raises(BrowserError, match=why):
            alone(run)
    assert time.monotonic() - began < 90
    assert pids and left_of(pids) == set()


def test_answers_that_come_at_once_share_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that asks forty hosts at once is given no more than a page may load; and nothing of its browser is left in
    the directory for temporary files."""
    page = b"""<p id="said"></p><script>let all = 0, given = 0;
Promise.all([...Array(40).keys()].map(n => fetch(`http://h${n}.test/`).then(r => r.arrayBuffer())
  .then(b => { all += b.byteLength; given++; }, () => {})))
  .then(() => document.getElementById("said").textContent = `${given} ${all}`);</script>"""

    async def answer(asked: Asked, most: int) -> Answer:
        if asked.main:
            return Answer(status=200, headers=(("Content-Type", "text/html"),), body=page)
        await asyncio.sleep(1.0)
        return Answer(status=200, headers=(("Access-Control-Allow-Origin", "*"),), body=b"x" * (1 << 20))

    monkeypatch.setattr(tempfile, "tempdir", None)
    with tempfile.TemporaryDirectory(prefix="tb", dir="/tmp") as own:  # a socket's path is short
        monkeypatch.setenv("TMPDIR", own)
        rendered = alone(lambda: open_page(CHROMIUM, "http://news.test/", answer, Limits(total=25, bytes=10 << 20)))
        left = sorted(one.name for one in Path(own).iterdir())
    said = re.search(rb'id="said">(\d+) (\d+)<', rendered.dom)
    assert said and int(said[1]) in (8, 9) and int(said[2]) == int(said[1]) << 20  # the icon may have had one of them
    assert sum("10 MiB" in why for why in rendered.refused) >= 31
    assert left == []
