"""WebSub: a hub that a feed announces is subscribed to, verifies us, and its pings bring articles at once."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from command import Tuoben
from loopback import Host, Web
from stories import feed, page, publish
from test_serve import free_port, wait_for


@dataclass
class Hub:
    """A real hub: it takes subscriptions, verifies each at its callback, and tells of news, signed."""

    port: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)
    """What it was asked for."""
    verified: list[int] = field(default_factory=list)
    """What its verifications were answered with."""
    lease: int = 86_400
    redirects: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub"

    def take(self, form: dict[str, str]) -> None:
        """Verify a subscription, as hubs do: soon after it was asked for."""
        self.forms.append(form)
        query = {
            "hub.mode": "subscribe",
            "hub.topic": form["hub.topic"],
            "hub.challenge": "挑战 & challenge",
            "hub.lease_seconds": self.lease,
        }
        status, text = call(f"{form['hub.callback']}?{urlencode(query)}")
        self.verified.append(status if text == "挑战 & challenge" else -status)

    def tell(self, body: bytes, method: str = "sha256", secret: str = "") -> int:
        """Tell the subscriber of news; the status of its answer."""
        form = self.forms[-1]
        key = (secret or form["hub.secret"]).encode()
        signature = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}"
        headers = {"X-Hub-Signature": signature, "Content-Type": "application/rss+xml"}
        return call(form["hub.callback"], body, headers)[0]


def call(address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """One request of the hub's."""
    try:
        request = urllib.request.Request(address, body, headers or {})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def announced(address: str, size: int) -> int:
    """The status for a body of so many bytes, of which none was sent yet."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.putrequest("POST", parts.path)
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on loopback."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if hub.redirects and self.path == "/hub":
                self.send_response(307)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            threading.Timer(0.2, hub.take, [form]).start()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


def announce(host: Host, titles: dict[str, str], hub: Hub) -> str:
    """The feed with its hub and its own address."""
    links = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{hub.url}"/>'
    links += f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{host.url("/feed.xml")}"/>'
    text = feed(host, titles).replace("<channel>", f"<channel>{links}")
    host.page("/feed.xml", text, content_type="application/rss+xml")
    return text


@contextmanager
def newsroom(web: Web, tuoben: Tuoben, hub: Hub, workers: int = 1) -> Iterator[tuple[Host, dict[str, str], Tuoben]]:
    """A source whose feed announces the hub, collected by a running `serve` with a public address."""
    host = web.host("pushed.test")
    titles = publish(host, 2)
    announce(host, titles, hub)
    port, replay = free_port(), free_port()
    routes = f"127.0.0.1:{hub.port}:127.0.0.1:{hub.port},{tuoben.env['TUOBEN_CONNECT_TO']}"
    public = {"TUOBEN_APP_URL": f"http://127.0.0.1:{port}", "TUOBEN_CONNECT_TO": routes}
    serving = Tuoben(tuoben.data, dict(tuoben.env) | public)
    serving.run("source", "add", host.url("/feed.xml"))
    listen = ("--listen", f"127.0.0.1:{port}", "--replay-listen", f"127.0.0.1:{replay}")
    with serving.popen("serve", "--workers", str(workers), *listen) as process:
        try:
            wait_for(lambda: bool(hub.verified))
            yield host, titles, serving
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.mark.slow
def test_a_ping_brings_an_article_at_once(web: Web, tuoben: Tuoben, hub: Hub) -> None:
    """The subscription is asked for, by one of the workers, verified, and a signed ping makes us fetch the feed and the
    article ourselves."""
    with newsroom(web, tuoben, hub, workers=2) as (host, titles, serving):
        assert hub.verified == [200]
        (form,) = hub.forms
        assert form["hub.mode"] == "subscribe" and form["hub.topic"] == host.url("/feed.xml")
        assert len(form["hub.secret"]) >= 32 and len(form["hub.callback"].split("/")[-2]) >= 32
        host.page("/a/9.html", page(9, "云岭河新桥今日通车"))
        text = announce(host, titles | {"/a/9.html": "云岭河新桥今日通车"}, hub)
        asked = len(web.hits("pushed.test", "/feed.xml"))
        time.sleep(3)
        assert len(web.hits("pushed.test", "/feed.xml")) == asked, "polling alone comes much later"
        began = time.monotonic()
        assert hub.tell(text.encode(), "sha1") == 202
        wait_for(lambda: bool(web.hits("pushed.test", "/a/9.html")), 15)
        assert time.monotonic() - began < 15
        wait_for(lambda: any(hit["url"] == host.url("/a/9.html") for hit in found(serving, "云岭河新桥")), 15)


def found(tuoben: Tuoben, words: str) -> list[dict]:
    """What a search finds."""
    return tuoben.json("search", words)["hits"]


def test_a_forged_ping_moves_nothing(web: Web, tuoben: Tuoben, hub: Hub) -> None:
    """A wrong signature is acknowledged and ignored; a wrong token, a long body, a strange verification are refused."""
    with newsroom(web, tuoben, hub) as (_, _, _):
        asked = len(web.hits("pushed.test", "/feed.xml"))
        callback = hub.forms[0]["hub.callback"]
        assert hub.tell(b"<rss/>", secret="guessed") == 202
        assert call(callback, b"<rss/>")[0] == 202
        assert call(callback, b"<rss/>", {"X-Hub-Signature": "md5=00"})[0] == 202
        assert call(callback.rsplit("/", 2)[0] + "/guessed/", b"<rss/>")[0] == 410
        assert announced(callback, 2 << 20) == 413
        strange = {"hub.mode": "subscribe", "hub.topic": "http://else.test/", "hub.challenge": "1"}
        assert call(f"{callback}?{urlencode(strange | {'hub.lease_seconds': 60})}")[0] == 404
        assert call(f"{callback}?{urlencode(strange | {'hub.mode': 'unsubscribe'})}")[0] == 404
        assert call(f"{callback}?hub.mode=subscribe&hub.topic={quote(hub.forms[0]['hub.topic'])}")[0] == 404
        time.sleep(2)
        assert len(web.hits("pushed.test", "/feed.xml")) == asked


def test_a_hub_may_redirect_with_the_method_kept(web: Web, tuoben: Tuoben, hub: Hub) -> None:
    """307 at the hub: the request is made again where it leads."""
    hub.redirects = True
    with newsroom(web, tuoben, hub):
        assert hub.verified == [200]


def test_without_a_public_address_no_hub_is_asked(web: Web, tuoben: Tuoben, hub: Hub) -> None:
    """A hub could not reach us, so it is not troubled."""
    host = web.host("pushed.test")
    announce(host, publish(host, 1), hub)
    tuoben.run("source", "add", host.url("/feed.xml"))
    with tuoben.popen("worker") as worker:
        wait_for(lambda: bool(web.hits("pushed.test", "/a/1.html")))
        time.sleep(3)
        worker.terminate()
    assert hub.forms == []
