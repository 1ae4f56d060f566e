"""Chromium, driven through Playwright: the one module that knows either. A fresh one for each page.

It is cut off from the network by its command line: its proxy is a port where nobody listens, no name has an address.
What it asks for is paused by one CDP session of the browser itself, which sees every request of every frame, worker and
window, each hop of a redirect as a request of its own, and is answered from here or refused.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import importlib.util
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuoben.browse import processes
from tuoben.browse.budget import Answer, Asked, Limits, Rendered, Spent, preflight
from tuoben.errors import BrowserError, TuobenError

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

log = logging.getLogger("tuoben.browse")

Answerer = Callable[[Asked, int], Awaitable[Answer]]
"""Answers a request with a body of so many bytes at most; raises TuobenError with the reason when it does not."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names of the program, in the order in which they are looked for."""
START = 30.0
"""Seconds for the driver and the browser to start."""
END = 5.0
"""Seconds for the driver to end."""
LATE = 20.0
"""Seconds behind the time of the page, for its document and its picture; then the browser is ended."""
DRIVER = b"run-driver"
"""In the command line of Playwright's driver."""
LOOK = 0.5
"""Seconds between two looks at the memory."""
PATIENCE = 5
"""Niceness of the browser: beside what collects it gets about a third of a processor that both want."""
OWN = ("chrome", "about:", "data:", "blob:", "file:")
"""Begins of addresses of what no server sent."""
STEP = 0.05
"""Seconds between two looks whether a page is quiet."""
MOST_REFUSED = 50
"""Refusals that are told."""
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
"""What the browser sees of our environment: none of our secrets. TMPDIR is its own: killed, it leaves what is there."""

FLAGS = (
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-speech-api",
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--no-pings",
    "--no-first-run",
    "--mute-audio",
    "--renderer-process-limit=4",
    "--js-flags=--max-old-space-size=512",
)

WRITE_OUT = """limit => {
  const root = document.documentElement;
  const html = root ? root.outerHTML : "";
  return html.length > limit ? null : (document.doctype ? "<!DOCTYPE html>" : "") + html;
}"""
"""The document as text. It runs in a world of its own, where the page's scripts have changed nothing."""
HEIGHT = "() => Math.max(document.documentElement ? document.documentElement.scrollHeight : 0, 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """Which Chromium, and how it is run."""

    path: str = ""
    """Of the program; "": the first of NAMES that is on PATH."""
    sandbox: bool = True
    """Its own, around the processes that run the page's program."""
    memory: int = 1 << 30
    """Bytes that all its processes may hold."""
    user_agent: str = ""
    """What scripts are told; the requests have ours anyway."""

    def program(self) -> str:
        """The program's path, "" when there is none."""
        if self.path:
            return shutil.which(self.path) or ""
        return next((found for name in NAMES if (found := shutil.which(name))), "")

    def missing(self) -> str:
        """Why no page can be opened, in one sentence that says what to do; "" when it can."""
        if not Path("/proc/self/stat").exists():
            return "Pages can be opened in a browser on Linux alone, where its processes can be watched."
        if importlib.util.find_spec("playwright") is None:
            return "Pages cannot be opened in a browser: install what drives it with pip install 'tuoben[browser]'."
        if not self.program():
            named = f"{self.path} (TUOBEN_CHROMIUM) is no program" if self.path else "there is no Chromium"
            return (
                f"Pages cannot be opened in a browser: {named}; install it (on Debian: apt install chromium), or name "
                "it in TUOBEN_CHROMIUM."
            )
        if self.sandbox and os.geteuid() == 0:
            return (
                "Pages cannot be opened in a browser: Chromium's sandbox does not work for root; run tuoben as another "
                "user, or set TUOBEN_CHROMIUM_SANDBOX=no where something else holds what the browser runs."
            )
        return ""


async def open_page(
    chromium: Chromium, address: str, answer: Answerer, limits: Limits, *, started: Callable[[int], None] | None = None
) -> Rendered:
    """Open a page, wait until it is quiet or its time is over, and take its document and a picture.

    `started` is told the process of Chromium. Raises BrowserError when there is no browser, when it ended, hung or held
    too much memory, or when the page brought no document.
    """
    if why := chromium.missing():
        raise BrowserError(why)
    async with _running(chromium) as (browser, driver, pid):
        deadline = asyncio.get_running_loop().time() + limits.total
        if started is not None:
            started(pid)
        visit = _Visit(browser, chromium.user_agent, address, answer, limits, deadline)
        work = asyncio.create_task(visit.run())
        watch = asyncio.create_task(_too_large(driver, chromium.memory))
        try:
            async with asyncio.timeout_at(deadline + LATE):
                await asyncio.wait([work, watch], return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
                raise BrowserError(f"{address} took more than {chromium.memory >> 20} MiB in the browser.")
            return work.result()
        except TimeoutError as error:
            raise BrowserError(f"{address} kept the browser busy until its time was over.") from error
        except _errors() as error:
            raise BrowserError(f"{address} could not be opened in the browser: {_said(error)}.") from error
        finally:
            # At once: what closes a browser politely waits for its pages. Not by the number that Chromium says it has:
            # in a namespace of its own (a container, bwrap) that is the number of another process here.
            processes.kill(processes.below(driver))
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
            await visit.close()


@asynccontextmanager
async def _running(chromium: Chromium) -> AsyncIterator[tuple[Browser, int, int]]:
    """Chromium, and the processes of its driver and of itself. At the end nothing of either is left."""
    before = processes.drivers(DRIVER)
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))  # never listened on: whoever connects is refused, and nobody else can take it
    manager = _playwright().async_playwright()
    driver, profile = 0, ""
    own = tempfile.TemporaryDirectory(prefix="tb", ignore_cleanup_errors=True)  # short: a socket of Chromium's is in it
    try:
        async with asyncio.timeout(START):
            playwright = await manager.start()
            driver = next(iter(processes.drivers(DRIVER) - before), 0)
            with suppress(OSError):  # what it starts is as patient: collecting goes first
                os.setpriority(os.PRIO_PROCESS, driver, PATIENCE)
            browser = await playwright.chromium.launch(
                executable_path=chromium.program(),
                args=[f"--proxy-server=http://127.0.0.1:{dead.getsockname()[1]}", *FLAGS],
                chromium_sandbox=chromium.sandbox,
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"TMPDIR": own.name},
                timeout=START * 1000,
            )
            profile = processes.argument(processes.below(driver), "--user-data-dir")
            session = await browser.new_browser_cdp_session()
            told = await session.send("SystemInfo.getProcessInfo")
        yield browser, driver, next(int(one["id"]) for one in told["processInfo"] if one["type"] == "browser")
    except TimeoutError as error:
        raise BrowserError(f"Chromium did not start within {START:g} seconds.") from error
    except _errors() as error:
        raise BrowserError(f"Chromium did not start: {_said(error)}.") from error
    finally:
        processes.kill(processes.below(driver))
        if profile:
            await _removed(Path(profile))
        with suppress(TimeoutError, OSError, *_errors()):
            async with asyncio.timeout(END):
                await manager.__aexit__()
        if driver in processes.drivers(DRIVER):
            processes.kill([driver])
        dead.close()
        own.cleanup()
        if profile:
            shutil.rmtree(profile, ignore_errors=True)


async def _removed(profile: Path) -> None:
    """Returns when the driver has removed the directories of a browser that ended: ended before, it leaves them."""
    with suppress(TimeoutError):
        async with asyncio.timeout(END):
            while profile.exists():
                await asyncio.sleep(STEP)


async def _too_large(driver: int, most: int) -> None:
    """Returns when the processes below the driver hold more than so many bytes."""
    while await asyncio.to_thread(lambda: processes.memory(processes.below(driver))) <= most:
        await asyncio.sleep(LOOK)


@dataclass
class _Visit:
    """One page in a browser."""

    browser: Browser
    user_agent: str
    address: str
    answer: Answerer
    limits: Limits
    deadline: float

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._spent = Spent(self.limits)
        self._refused: list[str] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._main = ""
        self._windows: set[str] = set()
        """Frames that are windows of their own: that of the page, and those that it opens, which are not answered."""
        self._ended = False
        """The process that shows the page did."""
        self._busy = self._loop.time()
        """When something was under way last."""

    async def close(self) -> None:
        """Answer nothing any more; returns when no request is under way."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self) -> Rendered:
        """The page, as far as it came. Raises BrowserError, and what Playwright raises."""
        session = await self.browser.new_browser_cdp_session()
        session.on("Fetch.requestPaused", lambda event: self._begin(self._paused(session, event)))
        session.on("Target.targetCreated", lambda event: self._created(event["targetInfo"]))
        await session.send("Target.setDiscoverTargets", {"discover": True})
        await session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        context = await self.browser.new_context(
            user_agent=self.user_agent or None,
            viewport={"width": self.limits.width, "height": self.limits.height},
            service_workers="block",
            accept_downloads=False,
        )
        page = await context.new_page()
        page.on("crash", lambda _: self._crashed())
        context.on("page", lambda other: self._begin(other.close()))
        own = await context.new_cdp_session(page)
        self._main = str((await own.send("Page.getFrameTree"))["frameTree"]["frame"]["id"])
        with suppress(_playwright().TimeoutError):  # what there is by then is taken
            await page.goto(self.address, wait_until="commit", timeout=self._left() * 1000)
        settled = await self._settled(page)
        return await self._taken(page, own, settled)

    def _created(self, target: dict[str, Any]) -> None:
        if target["type"] == "page":
            self._windows.add(str(target["targetId"]))

    def _crashed(self) -> None:
        self._ended = True

    def _left(self) -> float:
        return max(self.deadline - self._loop.time(), 0.1)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._busy = self._loop.time()
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, _errors()):
            log.error("answering the browser", exc_info=error)

    async def _settled(self, page: Page) -> bool:
        """Wait until nothing was under way for a while, the document is read to its end, or the time is over."""
        while self._loop.time() < self.deadline:
            if self._ended or not self.browser.is_connected():
                raise BrowserError(f"The browser ended while it showed {self.address}.")
            if not self._under_way and self._loop.time() - self._busy >= self.limits.quiet:
                with suppress(*_errors()):  # it is between two documents
                    if await asyncio.wait_for(page.evaluate("document.readyState"), self._left()) == "complete":
                        return True
            await asyncio.sleep(STEP)
        return False

    async def _taken(self, page: Page, own: CDPSession, settled: bool) -> Rendered:
        """The document and the picture. A page whose own program never rests is stopped first."""
        if not settled:
            await own.send("Page.stopLoading")
        async with asyncio.timeout(LATE / 2):
            world = await own.send("Page.createIsolatedWorld", {"frameId": self._main})
            call = {"expression": f"({WRITE_OUT})({self.limits.dom})", "returnByValue": True}
            said = await own.send("Runtime.evaluate", call | {"contextId": world["executionContextId"]})
            at, html = datetime.now(UTC), said["result"].get("value")
        if page.url.startswith(OWN):
            raise BrowserError(f"{self.address} did not come, or left the browser with a page of its own.")
        if not isinstance(html, str):
            raise BrowserError(f"{self.address} became a document of more than {self.limits.dom} characters.")
        picture = b""
        with suppress(TimeoutError, *_errors()):  # the document is what counts
            async with asyncio.timeout(LATE / 2):
                picture = await self._picture(own, world["executionContextId"])
        return Rendered(
            dom=html.encode("utf-8", "replace"),
            picture=picture,
            at=at,
            address=page.url,
            program=f"Chromium {self.browser.version}",
            settled=settled,
            refused=tuple(self._refused),
        )

    async def _picture(self, own: CDPSession, world: int) -> bytes:
        call = {"expression": f"({HEIGHT})()", "returnByValue": True, "contextId": world}
        tall = (await own.send("Runtime.evaluate", call))["result"].get("value")
        tall = int(tall) if isinstance(tall, (int, float)) else self.limits.height
        clip = {"x": 0, "y": 0, "width": self.limits.width, "height": min(tall, self.limits.tallest), "scale": 1}
        how = {"format": "webp", "quality": 75, "clip": clip, "captureBeyondViewport": True}
        return base64.b64decode((await own.send("Page.captureScreenshot", how))["data"])

    # --- its requests -------------------------------------------------------------------------------------------------
    async def _paused(self, session: CDPSession, event: dict[str, Any]) -> None:
        request = event["request"]
        asked = Asked(
            url=str(request["url"]).partition("#")[0],
            method=str(request["method"]),
            kind=str(event.get("resourceType", "")),
            main=event.get("resourceType") == "Document" and event.get("frameId") == self._main,
            top=event.get("frameId") == self._main,
            headers=tuple((str(name), str(value)) for name, value in request.get("headers", {}).items()),
        )
        window = asked.kind == "Document" and event.get("frameId") in self._windows and not asked.main
        answer = None if window else preflight(asked) or await self._answered(asked)
        try:
            if answer is not None:
                await self._fulfil(session, event["requestId"], answer)
                return
        except _errors() as error:  # an answer that the browser does not take must not leave its page waiting
            log.info("%s could not be given to the browser: %s", asked.url, _said(error))
        # An aborted document leaves the page where it is; one that fails in another way becomes an error page.
        why = "Aborted" if asked.kind == "Document" else "BlockedByClient"
        await session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": why})

    async def _fulfil(self, session: CDPSession, request: str, answer: Answer) -> None:
        headers = [{"name": name, "value": value} for name, value in answer.headers]
        body = base64.b64encode(answer.body).decode("ascii")
        await session.send(
            "Fetch.fulfillRequest",
            {
                "requestId": request,
                "responseCode": answer.status,
                "responseHeaders": headers,
                "body": body,
            },
        )

    async def _answered(self, asked: Asked) -> Answer | None:
        why = self._spent.refusal(asked)
        if not why:
            try:
                async with asyncio.timeout_at(self.deadline):
                    answer = await self.answer(asked, self._spent.left())
            except TuobenError as error:
                why = str(error)
            except TimeoutError:
                why = "the time of the page was over"
            else:
                why = self._spent.took(len(answer.body))
                if not why:
                    return answer
        if len(self._refused) < MOST_REFUSED:
            self._refused.append(f"{asked.method} {asked.url[:200]}: {why}")
        return None


def _playwright() -> Any:  # noqa: ANN401 (the module: it is loaded by those alone who open pages)
    return importlib.import_module("playwright.async_api")


def _errors() -> tuple[type[Exception], ...]:
    """What Playwright raises."""
    return (_playwright().Error,)


def _said(error: BaseException) -> str:
    """The first line of what Playwright says; the rest is its log."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
