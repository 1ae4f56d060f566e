"""The records that travel between the stages: frozen, without behaviour that reaches the outside.

The names are the field's words (design, section 2). Every time is aware and in UTC unless a field says otherwise;
every size is in bytes. A stage takes records and gives records; rows, sockets and files stay at the edges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What was asked for when an exchange was made."""

    ROBOTS = "robots"
    LISTING = "listing"
    PAGE = "page"
    REQUISITE = "requisite"
    POLICY = "policy"
    """What a host says of the use of its pages, beside robots.txt (tdm.PATH)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """Where one site keeps what general rules cannot find: CSS selectors, on some of its addresses, for some time."""

    name: str
    """Of the file it stands in."""
    host: str
    path: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    body: str = ""
    drop: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """(field, selector or selector@attribute)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """How one source is collected from, as its operator decided (`tuoben source set`, docs/reference/sources.md)."""

    include: tuple[str, ...] = ()
    """Address patterns (`tuoben.scope`): a page is collected when one of them matches; none: every page."""
    exclude: tuple[str, ...] = ()
    """Address patterns of pages that are not collected; they win over `include`."""
    delay: float | None = None
    """Seconds between two requests to one host; a longer crawl-delay wins."""
    headers: tuple[tuple[str, str], ...] = ()
    """Request headers for the source's own site."""
    proxy: str = ""
    """http://host:port, which tunnels to addresses that the door has checked."""
    lenient_tls: bool = False
    """The source's own site need not prove who it is, and may speak old TLS."""
    longest_period: float | None = None
    """Seconds: each listing is visited at least this often."""
    twins: tuple[str, ...] = ()
    """Further host names under which the publisher shows the same works: canonical URLs there are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a page before it is read; each may be empty."""

    link: Link | None = None
    source_name: str = ""
    category: str = ""
    """The operator's category for the source."""
    twins: tuple[str, ...] = ()
    """Host names on which the publisher shows the same works (SourceSettings.twins)."""
    rule: SiteRule | None = None
    """The site rule for this address at the time of its capture."""


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
    tdm_policy: str = ""
    """URL of the publisher's terms for text and data mining."""
    tdm_origin: str = ""
    """Where the reservation, or its absence, was said: "meta", "header", "well-known"; "" when nothing was said."""


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
    places: tuple[str, ...] = ()
    """For each block of `text`, in order, where it stands in the capture: the CSS path of its element in the page as
    parsed ("html>body:nth-of-type(1)>…"). Empty when the body was read from data."""
    html: str = ""
    """The body as clean structured HTML from the same blocks. Not yet sanitised: the face does that (law 4)."""
    description: str = ""
    images: tuple[Image, ...] = ()
    requisites: tuple[str, ...] = ()
    """Absolute URLs of what the original look needs: style sheets and images; fonts come with the style sheets."""
    keywords: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    """Absolute URLs that the page names as itself in another dress: AMP, mobile, print, in full."""
    refresh: str = ""
    """Absolute URL to which the page sends every reader within seconds: a redirect in the guise of a page."""
    next_pages: tuple[str, ...] = ()
    """The further pages of a multi-page article, in order, as this page links them."""
    policy: Policy = Policy()
    flags: tuple[str, ...] = ()
    """What a reader of the record should know: "paywall", "charset-mislabelled", "body-from-json", …"""
    origins: dict[str, str] = field(default_factory=dict)
    """Field name → where its value was read: "json-ld", "meta", "markup", "text", "url", "listing", "header"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one page of a source gave, for the quality watch. `fields`: names of what it had, "article" among them when
    it gave one at all; `size`: letters of its body, 0 without one."""

    fields: frozenset[str]
    size: int = 0


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
    group: str = ""
    """The reprint group, "" when it stands alone."""

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
    gone_why: str = ""
    """How that was seen (Outcome.gone)."""
    reprints: tuple[Card, ...] = ()
    held: frozenset[str] = frozenset()
    """Original URLs of the requisites that the archive holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of URL on a section page (`discover.urlshape.pattern`), and what became of the pages behind it."""

    pattern: str
    articles: int = 0
    others: int = 0
    """Pages that were no articles."""
    seen: int = 0
    """Number of the visit that last showed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What visits have taught of one section page: small, kept with the listing (docs/decisions/0008-listings.md)."""

    visits: int = 0
    """Visits on which the page had changed."""
    usual: float = 0.0
    """How many articles it usually shows."""
    forms: tuple[Form, ...] = ()
    notice: str = ""
    """One plain sentence when the layout seems to have changed."""


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
    settings: SourceSettings = SourceSettings()
    """Of the source, as they were when it was asked."""
    learned: Learned | None = None
    """Of a section page: what was known of it when it was asked."""
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
    until: datetime | None = None
    """When the lease ends: what was asked for must be here by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TdmRule:
    """One entry of a host's /.well-known/tdmrep.json (TDM Reservation Protocol)."""

    location: str
    """Path pattern as in robots.txt."""
    reserved: bool
    policy: str = ""
    """URL of the terms."""


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
    next_page: str = ""
    """Of a section page: the page that follows it."""
    learned: Learned | None = None
    """Of a section page: what is known of it after this visit."""
    form: str = ""
    """Of a page that a section page announced, and that is an article or a list: the form of its URL."""
    tdm: tuple[TdmRule, ...] | None = None
    """What the host reserves for text and data mining, when it was asked: () for nothing."""
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
    gone: str = ""
    """How it was seen that the article is no longer at its source: "404", "410", "home" (its address redirects to the
    front page), "section" (to a list of articles); "" when it is there, or nothing was seen."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that a listing announces."""
    topic: str = ""
    """The listing's own URL, as it says (rel=self)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one visit of a listing brought: what its plan is learned from."""

    at: datetime
    new: int = 0
    """Links that were not known."""
    shown: int = 0
    """Links on the listing; 0 when it was not read again (304)."""
    times: tuple[datetime, ...] = ()
    """When the new ones were published, as far as the listing tells; aware."""
    ok: bool = True
    """False: no listing came (an error, something else)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the other listings want, at some recent time; √rate is what a listing's share of the polls follows."""

    listings: int = 0
    roots: float = 0.0
    """Σ √rate over all listings."""
    host: float = 0.0
    """The same over the listings of one host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a captured article when its next visit is planned."""

    captured: datetime
    """First."""
    checked: datetime
    """The last visit that was answered."""
    published: datetime | None = None
    edits: int = 0
    """Changes seen so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a commit did with one outcome: the acknowledgement lines and the counts are made of these."""

    outcome: Outcome
    article: str = ""
    """Id of the article that the page belongs to, "" when it holds none."""
    new_article: bool = False
    new_links: int = 0
