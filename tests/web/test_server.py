"""Both listeners, over real sockets."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from tuoben.errors import UsageError
from tuoben.web import server


@pytest.fixture
def running(transactional_db, archive):
    """A server on free ports, in a thread; (app port, replay port)."""
    stop, told, ready = threading.Event(), [], threading.Event()
    thread = threading.Thread(
        target=server.serve, args=("127.0.0.1:0", "127.0.0.1:0", stop, lambda *said: (told.extend(said), ready.set()))
    )
    thread.start()
    assert ready.wait(10)
    yield tuple(int(address.rpartition(":")[2]) for address in told)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body.decode("utf-8", "replace")


def test_the_listener_decides_the_origin_and_nothing_that_a_request_says(running):
    """The app answers on one port, the archive on the other, whatever Host is claimed."""
    app, bare = running
    answer, _body = ask(app, "/robots.txt")
    assert answer.status == 200 and "Server" not in answer.headers
    for host in (f"127.0.0.1:{app}", f"127.0.0.1:{bare}"):
        assert ask(app, "/about/", Host=host)[0].status == 200
        assert ask(bare, "/about/", Host=host)[0].status == 404
        assert ask(bare, "/static/tuoben/tuoben.css", Host=host)[0].status == 404
        assert ask(app, "/web/20231224124508/https://jilin.example/b.html", Host=host)[0].status == 404
    policy = ask(app, "/about/")[0].headers["Content-Security-Policy"]
    assert f"frame-src http://127.0.0.1:{bare};" in policy


@pytest.mark.parametrize(
    "path",
    ("/static/%2e%2e/%2e%2e/settings.py", "/static/tuoben/..%2f..%2fserver.py", "/%00", "//evil.example/", "/a/%ff/"),
)
def test_no_path_leads_to_a_file(running, path):
    """Traversal, NUL and broken escapes find nothing and break nothing."""
    answer, body = ask(running[0], path)
    assert answer.status in (400, 404) and "import" not in body


def test_static_files_and_head_over_the_wire(running):
    """The style sheet is served with its type; HEAD has a length and no body."""
    answer, body = ask(running[0], "/static/tuoben/tuoben.css")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/css") and "--seal" in body
    answer, body = ask(running[0], "/about/", "HEAD")
    assert answer.status == 200 and body == ""
    assert ask(running[0], "/about/", Host="evil.example")[0].status == 400
    assert ask(running[0], "/search?q=" + "a" * 70_000)[0].status in (400, 414, 431)


def test_characters_in_an_address_may_come_as_they_are(running):
    """curl sends what was typed; it means the same as when it is escaped."""
    with socket.create_connection(("127.0.0.1", running[0]), timeout=10) as plain:
        plain.sendall("GET /search?q=国内 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: plain.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 200") and 'value="国内"' in answer


@pytest.mark.parametrize("which", (0, 1))
def test_a_taken_port_is_said_in_one_sentence(which):
    """The sentence names the port and the option; nothing stays bound."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        where = f"127.0.0.1:{holder.getsockname()[1]}"
        listens = ["127.0.0.1:0", "127.0.0.1:0"]
        listens[which] = where
        option = ("--listen", "--replay-listen")[which]
        with pytest.raises(UsageError, match=rf"Port \d+ on 127.0.0.1 is taken .* {option} "):
            server.Server(*listens)


@pytest.mark.parametrize(
    "where", ("", "here", "127.0.0.1:", "127.0.0.1:99999", "300.1.1.1:80", "198.51.100.7:8000", "[::1")
)
def test_an_address_that_cannot_be_listened_on_is_said_in_one_sentence(where):
    """Bad forms and foreign addresses are usage errors."""
    with pytest.raises(UsageError, match="--listen"):
        server.Server(where, "127.0.0.1:0")


def test_sigterm_ends_it_within_seconds(tmp_path):
    """A process that serves and is told to stop exits cleanly."""
    program = """
        import os, signal, threading
        import django
        django.setup()
        from tuoben.web import server
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        server.serve("127.0.0.1:0", "127.0.0.1:0", stop, lambda *said: print(*said, flush=True))
    """
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tuoben.settings", "TUOBEN_DATA": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline().startswith("http://127.0.0.1:")
        began = time.monotonic()
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0 and time.monotonic() - began < 5
    finally:
        child.kill()
        child.stdout.close()
        child.wait()
