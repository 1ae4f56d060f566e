"""What is asked for, what came, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What was asked for when an exchange was made."""

    ROBOTS = "robots"
    LISTING = "listing"
    PAGE = "page"
    REQUISITE = "requisite"
    POLICY = "policy"
    """What a host says of the use of its pages, beside robots.txt (tdm.PATH)."""
    RENDERED = "rendered"
    """A page opened in a browser: its document as the browser built it, written out as HTML."""
    SCREENSHOT = "screenshot"
    """The picture that the browser showed of it."""


class Precision(StrEnum):
    """How exactly a source told a time."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


class State(StrEnum):
    """What a fetched page turned out to be. Only ARTICLE becomes an article."""

    ARTICLE = "article"
    SECTION = "section"
    VIDEO = "video"
    LOGIN = "login"
    BOT_CHECK = "bot-check"
    ERROR = "error"
    EMPTY = "empty"
    NOT_HTML = "not-html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as a source told it, with what is known of it.

    `value` is aware when the zone is known or was inferred; `zone_known` is False when the zone was inferred (from the
    language or the source). For Precision.DAY only the date part means anything. `origin` says where it was read:
    "json-ld", "meta", "markup", "text", "url", "listing", "header".
    """

    value: datetime
    precision: Precision
    zone_known: bool
    origin: str

    def iso(self) -> str:
        """ISO 8601: the date alone for Precision.DAY, else date and time, with the offset when the zone is known."""
        if self.precision is Precision.DAY:
            return self.value.date().isoformat()
        value = self.value if self.zone_known else self.value.replace(tzinfo=None)
        return value.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL that a listing announced, with what the listing said about it. `url` is absolute, as announced."""

    url: str
    title: str = ""
    published: Moment | None = None
    summary: str = ""
    body_html: str = ""
    """The full text when the listing carries it (content:encoded, Atom content); hostile until sanitised."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    lang: str = ""
    modified: Moment | None = None
    """When the listing says that it last changed (Atom updated, sitemap lastmod)."""
    likelihood: float = 1.0
    """How likely the URL is an article's, 0 … 1: below 1 only where a listing names other pages too (sitemaps)."""
    length: int = 0
    """Size of the full text that the listing carries, where `body_html` itself does not travel with the link."""
    entry: str = ""
    """Record id of the listing's capture, when that text is long enough to stand for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request to make. `url` is what goes on the wire (WHATWG-serialised, fragment dropped)."""

    url: str
    kind: Kind
    headers: tuple[tuple[str, str], ...] = ()
    """Extra request headers: If-None-Match, If-Modified-Since, Referer, Accept."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Exchange:
    """One HTTP request and its response, as bytes. The body is after transfer coding, its content coding kept."""

    url: str
    kind: Kind
    requested_at: datetime
    status: int
    reason: str
    http_version: str
    """As on the status line: "HTTP/1.1"."""
    request_head: bytes
    """Request line and headers as sent, CRLF line ends, the empty line included."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Response headers: order, case, duplicates and values as received."""
    body: bytes
    response_head: bytes = b""
    """Status line and headers as received, byte for byte, the empty line included; b"" when it was not kept."""
    ip: str = ""
    elapsed: float = 0.0
    """Seconds from the request to the last byte."""
    truncated: str = ""
    """WARC-Truncated reason ("length", "time", "disconnect"), "" when the body is whole."""
    tls_certificate: str = ""
    """sha256 of the peer's certificate (DER), hex; "" without TLS."""

    def header(self, name: str) -> str:
        """The first value of a header, by case-insensitive name, latin-1 decoded and stripped; "" when absent."""
        wanted = name.lower().encode()
        size = len(wanted)
        for key, value in self.headers:
            if len(key) == size and key.lower() == wanted:
                return value.decode("latin-1").strip()
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """An exchange stored in a WARC: where it lies and what it hashes to."""

    record_id: str
    """WARC-Record-ID of the response or revisit record, without angle brackets: "urn:uuid:…"."""
    url: str
    kind: Kind
    time: datetime
    """WARC-Date: when the exchange was requested, to the microsecond."""
    segment: str
    """Path of the WARC file below archive/, with forward slashes."""
    offset: int
    """Offset of the response (or revisit) record's gzip member."""
    length: int
    """Compressed length of that member."""
    end: int
    """Offset just behind the capture's last member: what is durable in the segment after this capture."""
    status: int
    mime: str
    block_digest: str
    """"sha256:" and base32, over the record's block."""
    payload_digest: str
    """"sha256:" and base32, over the payload as stored (content coding kept)."""
    payload_length: int
    revisit_of: str = ""
    """Record id of the capture that holds the payload, for revisit records."""
    truncated: str = ""
    origin: str = ""
    """Name of the file that the record was imported from; "" for a capture of our own."""
    leaf: str = field(default="", compare=False, repr=False)
    """Its entry in the log (archive.leaves); "" when this was read from rows, which do not keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The bytes of one document and what is needed to read them: what `extract` and `discover` work on."""

    url: str
    body: bytes
    """As received: content coding not undone."""
    content_type: str = ""
    content_encoding: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Further response headers that say something of the content (Content-Language, Link, X-Robots-Tag, …)."""
    fetched_at: datetime | None = None

    def header(self, name: str) -> str:
        """The first value of a header, by case-insensitive name; "" when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")
