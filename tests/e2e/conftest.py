"""The browser tests' world: the fictional publishers, collected by the real commands and shown by the real server.

TUOBEN_SCREENSHOTS names a folder for pictures of the pages; without it none are made.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from command import Tuoben
from loopback import Web
from tuoben.demo import Demo, Expected

HERE = Path(__file__).parent
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PERIOD = 20
"""Seconds until listings and articles are visited again: longer than one collecting takes, or it never gets quiet."""
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Site:
    """A tuoben that serves what it collected from the demo."""

    app: str
    """Origin of the app, without a slash at the end."""
    replay: str
    """Origin of the replay server."""
    demo: Demo
    environment: dict[str, str]
    models: dict[str, Expected] = field(default_factory=dict)

    def run(self, *arguments: str) -> Any:
        """Run `tuoben … --json` and return the document that it prints."""
        command = [sys.executable, "-m", "tuoben", *arguments, "--json"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode in (0, 1), f"tuoben {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout)

    def article(self, expected: Expected) -> str:
        """The path of the reading page of an article that the demo published."""
        return f"/a/{self.run('show', expected.url)['id']}/"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(url: str, seconds: float, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"nothing answers at {url} (the server's exit code: {server.poll()})")


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    """`tuoben web` over the data directory of the environment; the origins of the app and of the replay."""
    app, replay = f"127.0.0.1:{_free_port()}", f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "tuoben", "web", "--listen", app, "--replay-listen", replay]
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_for(f"http://{app}/healthz", 60, server)
        yield f"http://{app}", f"http://{replay}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def serving() -> Callable[[dict[str, str]], AbstractContextManager[tuple[str, str]]]:
    """A function that serves a data directory: the origins of the app and of the replay."""
    return _serving


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, collected three times while its clock moves (so there are revisions and a removed page), and shown."""
    data = tmp_path_factory.mktemp("data")
    with Demo(host_delay=0.02) as demo:
        settings = {"TUOBEN_DATA": str(data), "TUOBEN_LISTING_PERIOD": str(PERIOD), "TUOBEN_RECHECK_AFTER": str(PERIOD)}
        environment = os.environ | demo.env() | settings
        found = Site(app="", replay="", demo=demo, environment=environment)
        found.run("source", "add", *demo.sources)
        found.models = {"interview": next(a for a in demo.expected["yunling-daily"] if a.column == "厅局长访谈")}
        for visit in range(3):
            if visit:
                demo.advance()
                time.sleep(PERIOD)
            found.run("crawl", "--once")
        with _serving(environment) as (found.app, found.replay):
            yield found


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a tuoben that has nothing in it."""
    environment = os.environ | {"TUOBEN_DATA": str(tmp_path_factory.mktemp("empty"))}
    with _serving(environment) as (app, _):
        yield app


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the system installed it."""
    path = shutil.which("chromium")
    assert path, "Chromium is not installed: make e2e does that"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens an address in a context of its own (size, colour scheme, scripts) and waits for its load.

    A script's uncaught error on the page fails the test.
    """
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def opened(url: str, *, phone: bool = False, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(url, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert failures == []


@pytest.fixture(scope="session")
def validate_html() -> Callable[[str], list[str]]:
    """A function that returns what html-validate finds wrong in a document, a sentence each."""

    def validate(html: str) -> list[str]:
        command = ["node", str(HERE / "validate.mjs")]
        done = subprocess.run(command, input=html, capture_output=True, text=True, cwd=HERE, timeout=60, check=True)
        found: list[str] = json.loads(done.stdout)
        return found

    return validate


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """A function that returns what axe-core finds wrong on a page (WCAG 2.2 A and AA, and best practices)."""
    source = (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page) -> list[str]:
        page.evaluate(source)  # not as a script element: the page's own policy would refuse that
        result = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
        return [f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes']][:4]}" for v in result["violations"]]

    return check


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """A function that keeps a picture of a page, when TUOBEN_SCREENSHOTS names a folder."""
    folder = os.environ.get("TUOBEN_SCREENSHOTS", "")

    def keep(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{re.sub(r'[^a-z0-9-]+', '-', name)}.png"), full_page=True)

    return keep


@pytest.fixture
def opening(web: Web, tmp_path: Path) -> Iterator[Tuoben]:
    """A tuoben that may run Chromium as whoever runs the tests."""
    sandbox = {"TUOBEN_CHROMIUM_SANDBOX": "no"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(
        prefix="tb", dir="/tmp", ignore_cleanup_errors=True
    ) as own:  # a socket's path is short
        yield Tuoben(tmp_path / "data", web.env() | sandbox | {"TMPDIR": own})
