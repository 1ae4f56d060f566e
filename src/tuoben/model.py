"""The records that travel between the stages: frozen, without behaviour that reaches the outside.

The names are the field's words (design, section 2). Every time is aware and in UTC unless a field says otherwise;
every size is in bytes. A stage takes records and gives records; rows, sockets and files stay at the edges.
"""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request to make. `url` is what goes on the wire (WHATWG-serialised, fragment dropped)."""

    url: str
    kind: Kind
    headers: tuple[tuple[str, str], ...] = ()
    """Extra request headers: If-None-Match, If-Modified-Since, Referer, Accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
        for key, value in self.headers:
            if key.lower() == wanted:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a page before it is read; each may be empty."""

    link: Link | None = None
    source_name: str = ""
    category: str = ""
    """The operator's category for the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A person or outlet in a by-line. `role`: reporter, correspondent, photographer, editor, author, translator,
    video, outlet."""

    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of the body (or the lead image), as the page tells it. `url` is absolute."""

    url: str
    alt: str = ""
    caption: str = ""
    lead: bool = False
    alt_repeats_title: bool = False
    """The alt is nothing but the headline: shown to nobody, kept as told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the publisher asked for this item (law 5)."""

    noarchive: bool = False
    tdm_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says: the extracted content of an article, derived from the capture and never replacing it."""

    url: str
    state: State
    canonical: str = ""
    title: str = ""
    column: str = ""
    """栏目: the series that the headline stands in ("厅局长访谈｜…")."""
    published: Moment | None = None
    modified: Moment | None = None
    source: str = ""
    """来源: whom the page credits with the text."""
    publisher: str = ""
    """The site itself, as the page names it (og:site_name, JSON-LD publisher)."""
    category: str = ""
    """As the page tells it: breadcrumb, section meta, URL."""
    authors: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    reprinted_from: str = ""
    original_title: str = ""
    """原标题: the headline at the outlet it was reprinted from."""
    lang: str = ""
    """BCP 47: zh-Hans, zh-Hant, en, ja …; "" when unknown."""
    text: str = ""
    """The body as plain text, blocks separated by a blank line; no image alts, no captions."""
    html: str = ""
    """The body as clean structured HTML from the same blocks. Not yet sanitised: the face does that (law 4)."""
    description: str = ""
    images: tuple[Image, ...] = ()
    requisites: tuple[str, ...] = ()
    """Absolute URLs of what the original look needs: style sheets and images; fonts come with the style sheets."""
    keywords: tuple[str, ...] = ()
    next_pages: tuple[str, ...] = ()
    """The further pages of a multi-page article, in order, as this page links them."""
    policy: Policy = Policy()
    flags: tuple[str, ...] = ()
    """What a reader of the record should know: "paywall", "charset-mislabelled", "body-from-json", …"""
    origins: dict[str, str] = field(default_factory=dict)
    """Field name → where its value was read: "json-ld", "meta", "markup", "text", "url", "listing", "header"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Keys by which copies of a text find each other. All are 64-bit unsigned integers in hex, 16 characters."""

    exact: str
    """Of the normalised text; equal for the same text up to width, 简繁, spacing and punctuation. "" without text."""
    bands: tuple[str, ...]
    """Locality-sensitive: two near copies share at least one band with high probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A stored article that shares a key with the one to be placed."""

    id: str
    group: str
    """Its reprint group, "" when it stands alone."""
    title: str
    text: str
    source: str
    published: datetime | None
    captured: datetime
    reprinted_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article belongs among those already stored, and what that changes for them."""

    category: str
    group: str = ""
    """Reprint group: the id of the article that first formed it; "" when the article stands alone."""
    joins: tuple[str, ...] = ()
    """Ids of stored articles that enter (or move to) `group` with this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A stored article as lists show it."""

    id: str
    url: str
    """As fetched."""
    canonical: str
    title: str
    column: str
    source: str
    """来源 as the page credits it, else the name of the site it was collected from."""
    site: str
    """Id (slug) of the source it was collected from: `/s/<site>/`."""
    site_name: str
    category: str
    """未分类 is stored as ""."""
    published: Moment | None
    captured: datetime
    """Snapshot time of the revision shown."""
    lang: str
    lead: str = ""
    """The first sentences of the body, plain text, at most 120 characters."""
    image: str = ""
    """Original URL of the lead image when a capture of it is held."""
    copies: int = 0
    """How many other articles are in its reprint group."""

    @property
    def when(self) -> datetime:
        """The time that lists are ordered by: published if known and not later than the snapshot, else captured."""
        if self.published and self.published.precision is not Precision.DAY:
            return min(self.published.value, self.captured)
        return self.captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the reading page of one stored article needs."""

    card: Card
    article: Article
    capture: Capture
    first_captured: datetime
    revision: int
    """Number of the revision shown, counted from 1."""
    revisions: int
    gone_since: datetime | None = None
    """When the source was first seen to have removed it."""
    reprints: tuple[Card, ...] = ()
    held: frozenset[str] = frozenset()
    """Original URLs of the requisites that the archive holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An item of the frontier, leased to be asked for; what is not in the response is kept with it in the WARC."""

    item: int
    """Row of the item; 0 when the claim was read back from a WARC."""
    epoch: int
    kind: Kind
    url: str
    host: str
    """Politeness key of the URL: "host" or "host:port"."""
    source: str = ""
    source_url: str = ""
    source_name: str = ""
    source_category: str = ""
    listing: int = 0
    listing_url: str = ""
    listing_kind: str = ""
    article: str = ""
    """The id minted for the article when its link was claimed."""
    part: int = 0
    for_host: str = ""
    referer: str = ""
    link: Link | None = None
    via: tuple[str, ...] = ()
    etag: str = ""
    last_modified: str = ""
    payload_digest: str = ""
    """Of the payload that was last read from this address."""
    attempts: int = 0
    visits: int = 0


class Verdict(StrEnum):
    """What becomes of an item after an exchange."""

    DONE = "done"
    RETRY = "retry"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFinding:
    """What a host's robots.txt said."""

    body: bytes
    verdict: str
    """use, allow-all, disallow-all."""
    until: datetime
    crawl_delay: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that one exchange (or its failure) changes: what the store commits in one transaction."""

    claim: Claim
    at: datetime
    """When the request was made."""
    ended: datetime
    """When its last byte was there (or the failure): the host's delay counts from here."""
    verdict: Verdict
    capture: Capture | None = None
    error: str = ""
    due_at: datetime | None = None
    """When the item is to be asked for again; None: not again."""
    robots: RobotsFinding | None = None
    redirect: str = ""
    """Absolute URL that the answer points to."""
    links: tuple[Link, ...] = ()
    sitemaps: tuple[str, ...] = ()
    article: Article | None = None
    signature: Signature | None = None
    requisites: tuple[str, ...] = ()
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False
    """The server said 304, or sent the very payload that was last read."""
    counts: bool = True
    """A failure counts as an attempt: not when it is ours, such as a full disk."""
    host_rests_until: datetime | None = None
    """The host asked to be left alone until then (Retry-After)."""
    gone: bool = False
    """The article is no longer at its source (404, 410)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a commit did with one outcome: the acknowledgement lines and the counts are made of these."""

    outcome: Outcome
    article: str = ""
    """Id of the article that the page belongs to, "" when it holds none."""
    new_article: bool = False
    new_links: int = 0
