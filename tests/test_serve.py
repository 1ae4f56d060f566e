"""`tuoben serve`: one command that collects and shows, beside other commands on the same data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from urllib.parse import quote

import pytest

from command import Tuoben
from loopback import Host, Web
from stories import feed, page, publish


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def get(address: str) -> tuple[int, str]:
    """(status, text) of a page; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""


def wait_for(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.3)


def children(process: subprocess.Popen[str]) -> list[int]:
    """Process ids of the children of a process."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
    return [int(word) for word in listed.split()]


@contextmanager
def serving(tuoben: Tuoben) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`tuoben serve`, ready to be read, and its address."""
    app, replay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with tuoben.popen("serve", "--listen", app, "--replay-listen", replay, stderr=subprocess.PIPE) as process:
        try:
            wait_for(lambda: get(f"http://{app}/healthz")[0] == 200)
            yield process, f"http://{app}"
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=30)


def test_it_collects_and_shows(web: Web, tuoben: Tuoben) -> None:
    """An empty archive says what to do; a source that is added while it runs is collected; SIGTERM ends it cleanly."""
    host = web.host("live.test")
    titles = publish(host, 3)
    with serving(tuoben) as (process, address):
        assert "tuoben source add" in get(f"{address}/")[1]
        tuoben.run("source", "add", host.url("/"))
        wait_for(lambda: titles["/a/3.html"] in get(f"{address}/search?q={quote(titles['/a/3.html'])}")[1])
        wait_for(lambda: all(title in get(f"{address}/")[1] for title in titles.values()))
        assert "Another tuoben" in tuoben.run("serve", "--listen", "127.0.0.1:0", code=2).stderr
        began = time.monotonic()
        process.terminate()
        assert process.wait(timeout=20) == 0 and time.monotonic() - began < 10


def test_commands_beside_it(web: Web, tuoben: Tuoben) -> None:
    """`crawl --once` asks the running worker and shows what it does; `hide` takes effect at once, everywhere."""
    host = web.host("beside.test")
    titles = publish(host, 2)
    tuoben.run("source", "add", host.url("/feed.xml"))
    with serving(tuoben) as (_, address):
        wait_for(lambda: titles["/a/2.html"] in get(f"{address}/")[1])
        assert any(_is_shown(tuoben, host, titles, number) for number in (7, 8, 9))
        article = tuoben.json("show", host.url("/a/1.html"))
        assert get(f"{address}/a/{article['id']}/")[0] == 200
        tuoben.run("hide", article["id"])
        assert get(f"{address}/a/{article['id']}/")[0] == 410
        for path in ("/", "/index.atom", "/index.json", f"/search?q={quote(titles['/a/1.html'])}"):
            assert f"/a/{article['id']}/" not in get(address + path)[1]
        assert article["id"] not in tuoben.run("search", "--json", titles["/a/1.html"]).stdout


def _is_shown(tuoben: Tuoben, host: Host, titles: dict[str, str], number: int) -> bool:
    """Whether `crawl --once` shows how the worker collects a new page; it cannot when the worker had it before."""
    path, title = f"/a/{number}.html", "新的一篇通报已经发布"
    host.page(path, page(number, title))
    host.page("/feed.xml", feed(host, titles | {path: title}), content_type="application/xml")
    lines = [json.loads(line) for line in tuoben.run("crawl", "--once", "--jsonl").stdout.splitlines()]
    assert tuoben.json("show", host.url(path))["title"] == title
    return host.url(path) in [line["url"] for line in lines]


@pytest.mark.skipif(not os.path.exists("/proc"), reason="the kernel ends the children on Linux only")  # noqa: PTH110
def test_kill_and_start_again(web: Web, tuoben: Tuoben) -> None:
    """After a kill -9 of the command nothing of it is left running, and it starts again over the same data."""
    host = web.host("again.test")
    titles = publish(host, 2)
    tuoben.run("source", "add", host.url("/feed.xml"))
    with serving(tuoben) as (process, address):
        wait_for(lambda: titles["/a/2.html"] in get(f"{address}/")[1])
        left = children(process)
        assert len(left) == 2
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda: not any(os.path.exists(f"/proc/{child}") for child in left), 10)  # noqa: PTH110
    with serving(tuoben) as (_, address):
        assert titles["/a/1.html"] in get(f"{address}/")[1]
    assert tuoben.json("verify")["bad"] == []


def test_crawl_once_ends_beside_a_busy_worker(web: Web, tuoben: Tuoben) -> None:
    """What comes round again every few seconds keeps no `crawl --once` from ending, nor a `source check`."""
    host = web.host("busy.test")
    titles = publish(host, 1)
    tuoben.run("source", "add", host.url("/feed.xml"))
    often = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_LISTING_PERIOD": "3", "TUOBEN_RECHECK_AFTER": "3"})
    with often.popen("worker") as worker:
        try:
            wait_for(lambda: web.hits("busy.test", "/a/1.html"))
            host.page("/a/9.html", page(9, "新的一篇通报已经发布"))
            more = feed(host, titles | {"/a/9.html": "新的一篇通报已经发布"})
            host.page("/feed.xml", more, content_type="application/rss+xml")
            began = time.monotonic()
            tuoben.run("crawl", "--once", "--json")
            assert web.hits("busy.test", "/a/9.html")
            tuoben.run("source", "check", "busy.test")
            assert time.monotonic() - began < 30
        finally:
            worker.terminate()


def test_crawl_goes_on_alone_when_the_worker_dies(web: Web, tuoben: Tuoben) -> None:
    """A worker is killed while `crawl --once` follows it: the rest is collected all the same."""
    host = web.host("dies.test")
    titles = publish(host, 8)
    tuoben.run("source", "add", host.url("/feed.xml"))
    slow = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_HOST_DELAY": "1"})
    with slow.popen("worker") as worker:
        wait_for(lambda: len(web.hits("dies.test", "/a/1.html")) == 1)
        with tuoben.popen("crawl", "--once", "--json", stdout=subprocess.PIPE) as crawl:
            time.sleep(3)
            assert crawl.poll() is None
            worker.kill()
            crawl.communicate(timeout=60)
            assert crawl.returncode == 0
    assert {hit["url"] for hit in tuoben.json("search", "通报")["hits"]} == {host.url(path) for path in titles}


def test_adding_a_source_hurries_no_host(web: Web, tuoben: Tuoben) -> None:
    """A survey of a host that a worker is asking keeps the delay between its requests and the worker's."""
    host = web.host("calm.test")
    publish(host, 6)
    calm = Tuoben(tuoben.data, dict(tuoben.env) | {"TUOBEN_HOST_DELAY": "0.8"})
    calm.run("source", "add", host.url("/feed.xml"))
    with calm.popen("worker") as worker:
        try:
            wait_for(lambda: len(web.log) > 4)
            calm.run("source", "add", host.url("/"))
        finally:
            worker.terminate()
    times = [hit.at for hit in web.log]
    assert len(times) > 8 and min(later - earlier for earlier, later in pairwise(times)) >= 0.8
