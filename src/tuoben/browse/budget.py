"""What a page in the browser may ask for, and how much of it. Decisions only; nothing here waits or connects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

MIB = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

KEPT = frozenset({"Document", "Stylesheet", "Image", "Font", "Script", "XHR", "Fetch", "Other"})
"""Types of resources (CDP Network.ResourceType) that are asked for. Not Media, EventSource, WebSocket, Ping, Manifest:
too large, without an end, or nothing that a reader sees."""
HEADERS = frozenset({"accept", "accept-language", "origin", "referer", "authorization"})
"""Request headers of the page that go along; also those that begin with "x-". All are what its own program says to
everybody who opens it."""
MOST_HEADERS = 20
LONGEST_HEADER = 1000
DROPPED = frozenset({
    "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "trailer", "upgrade",
    "set-cookie", "set-cookie2", "alt-svc", "nel", "report-to", "reporting-endpoints", "expect-ct", "public-key-pins",
    "strict-transport-security", "clear-site-data", "link",
})  # fmt: skip
"""Response headers that the browser is not told: the body is given to it without its codings, no cookie is kept, and
nothing is to be loaded or reported that the page itself does not ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long (seconds), how often and how much (bytes) one page may ask, and how large what is made of it may be."""

    total: float = 60.0
    """From when the browser runs; to start and to end it has times of its own."""
    quiet: float = 1.0
    """Nothing is under way for so long: the page is done."""
    requests: int = 150
    documents: int = 6
    """Documents of the page itself: the first, its redirects, and where scripts lead it."""
    bytes: int = 30 * MIB
    """Of all bodies together."""
    body: int = 10 * MIB
    dom: int = 10 * MIB
    """Characters of the document when it is written out."""
    width: int = 1280
    height: int = 900
    tallest: int = 6000
    """Pixels of the page that the picture shows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that the page makes."""

    url: str
    method: str
    kind: str
    """As CDP names it: Document, Script, XHR …"""
    main: bool = False
    """The document of the page itself."""
    top: bool = False
    """Asked for by the page itself, or its document; not by what stands in a frame of it."""
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str:
        """The value of a header, "" when absent."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser is told: a status, headers and the body without any coding."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What the browser made of a page."""

    dom: bytes
    """The document as HTML, UTF-8."""
    picture: bytes
    """WebP; b"" when none could be made."""
    at: datetime
    """When the document was written out, UTC."""
    address: str
    """Where the page was by then: scripts may change it."""
    program: str
    """The browser and its version."""
    settled: bool
    """Nothing was under way any more; False: its time was over."""
    refused: tuple[str, ...] = ()
    """What was not asked for, each with the reason."""


class Spent:
    """What one page asked for so far."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._requests = 0
        self._documents = 0
        self._bytes = 0

    def refusal(self, asked: Asked) -> str:
        """Why a request is not made, "" when it is; it is counted then."""
        limits = self._limits
        if asked.method != "GET":
            return f"{asked.method} is not asked for: a page in the browser reads, and changes nothing"
        if not asked.url.lower().startswith(("http://", "https://")):
            return "only http and https are asked for"
        if asked.kind not in KEPT:
            return f"{asked.kind} is not asked for"
        if asked.header("range"):
            return "parts of files are not asked for"
        if asked.header("sec-purpose") or asked.header("purpose"):
            return "what the page may need later is not asked for"
        if asked.kind == "Other" and asked.header("accept").startswith("image/"):
            return "the icon of the site is not asked for"
        if self._requests >= limits.requests:
            return f"the page asked {limits.requests} times already"
        if self._bytes >= limits.bytes:
            return self._full()
        if asked.main and self._documents >= limits.documents:
            return f"the page went on to {limits.documents} documents already"
        self._requests += 1
        self._documents += asked.main
        return ""

    def left(self) -> int:
        """Bytes that the next body may have."""
        return max(min(self._limits.body, self._limits.bytes - self._bytes), 1)

    def took(self, size: int) -> str:
        """A body of so many bytes came: why the page is not given it, "" when it is; it is counted then.

        Those that were under way at once were each allowed what was left when they were asked for.
        """
        if self._bytes + size > self._limits.bytes:
            return self._full()
        self._bytes += size
        return ""

    def _full(self) -> str:
        return f"the page loaded {self._limits.bytes // MIB} MiB already, or would with it"


def forwarded(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The headers of a page's request that go along with ours."""
    kept = [
        (name, value)
        for name, value in headers
        if (name.lower() in HEADERS or name.lower().startswith("x-")) and len(value) <= LONGEST_HEADER
    ]
    return tuple(kept[:MOST_HEADERS])


def told(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    """The headers of a response that the browser is told: those that are of the right form, and not DROPPED."""
    read = [(name.decode("latin-1").strip(), value.decode("latin-1").strip()) for name, value in headers]
    return tuple(
        (name, value)
        for name, value in read
        if _NAME.fullmatch(name) and not _CONTROL.search(value) and name.lower() not in DROPPED
    )


def preflight(asked: Asked) -> Answer | None:
    """The answer to a CORS preflight, which is ours: whether the page may read what it asks for, its server says with
    the answer itself. None when the request is none."""
    if asked.method != "OPTIONS" or not asked.header("access-control-request-method"):
        return None
    said = {
        "Access-Control-Allow-Origin": asked.header("origin") or "*",
        "Access-Control-Allow-Methods": asked.header("access-control-request-method"),
        "Access-Control-Allow-Headers": asked.header("access-control-request-headers"),
        "Access-Control-Allow-Credentials": "true",
    }
    return Answer(status=204, headers=tuple((name, value) for name, value in said.items() if value))
