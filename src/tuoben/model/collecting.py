"""What is due, what one exchange changes, and what plans are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .articles import Article, Signature
from .pages import Capture, Kind, Link


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
    browser: str = "never"
    """When its pages are opened in a browser: never, needed (the plain page holds no article), always."""


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
class Past:
    """The past of a source as one listing leads to it, and how far it is collected (docs/decisions/0025-history.md)."""

    state: str = "active"
    """active, stopped (by the operator), done."""
    begun: datetime | None = None
    since: date | None = None
    """Date pages: the first day that is wanted."""
    until: date | None = None
    """Date pages: the last one."""
    pages: int = 0
    """Pages of the past that were read."""
    shown: int = 0
    """Links on them."""
    found: int = 0
    """Links that were not known."""
    captured: int = 0
    """New articles."""
    oldest: datetime | None = None
    """The earliest time that a link was announced with."""
    barren: int = 0
    """Pages in a row that brought nothing new."""
    seen: tuple[str, ...] = ()
    """Digests of what the last pages showed: a page that shows the same again ends the walk."""
    error: str = ""
    """Why the last page could not be read."""


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
    past: Past | None = None
    """Of any listing whose past is collected."""


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
    loaded: bool = False
    """A browser asked for it, for the page that it opened: kept, and read no further."""
    loads: tuple[str, ...] = ()
    """Of a page that a browser opened: the addresses that were loaded for it."""
    past: Past | None = None
    """The item belongs to a source's past: what of that the rows cannot be made anew without (begun, since, until)."""


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
    ahead: int = 0
    """So many of the links, the first ones, were queued in transactions before this one: they are very many."""
    fresh: tuple[Link, ...] = ()
    """Those of them that were not known."""
    sitemaps: tuple[str, ...] = ()
    next_page: str = ""
    """Of a section page: the page that follows it."""
    older: str = ""
    """Of a page of the past: the one behind it, as it says."""
    archived: bool = False
    """`older` is an archive document of RFC 5005 section 4, which never changes."""
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
    overloaded: float = 0.0
    """The host said that it is asked too much and named no time: seconds that it rests the first time, longer when it
    says so again and again."""
    gone: str = ""
    """How it was seen that the article is no longer at its source: "404", "410", "home" (its address redirects to the
    front page), "section" (to a list of articles); "" when it is there, or nothing was seen."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that a listing announces."""
    topic: str = ""
    """The listing's own URL, as it says (rel=self)."""
    render: bool = False
    """The page is to be opened in a browser."""


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
    delay: float = 0.0
    """Seconds that this host wants between two requests."""


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
