"""One article through all stages, in the order of the work.

    claim → fetch → archive (WARC, fsync) → read (discover or extract, in a child) → organise → one commit → acknowledge

`carry` below is that line for an exchange that has just been stored; `scheduler` feeds it and batches its two ends.
After a crash, and for a rebuild, `take_in` goes the same way from a stored capture. Everything between the fetch and
the commit is decided here, from records alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tuoben import discover, organise, scope, shape, source_settings, tdm, url
from tuoben.archive.css import requisites_of_style
from tuoben.archive.reading import Stored
from tuoben.errors import BadResponse, ConnectError, FetchError, LimitExceeded, TuobenError
from tuoben.extract import extract, siterules
from tuoben.extract.identity import refresh_of
from tuoben.fetch import permission, politeness
from tuoben.fetch.schedule import USUAL, Budget
from tuoben.markup import inflate
from tuoben.model import (
    Article,
    Capture,
    Claim,
    Exchange,
    Hints,
    Kind,
    Link,
    Outcome,
    Page,
    Request,
    RobotsFinding,
    SiteRule,
    State,
    Verdict,
)
from tuoben.turns import Reader

log = logging.getLogger("tuoben.pipeline")

ROBOTS_FOR = timedelta(hours=24)
"""RFC 9309 2.4: a robots.txt is not used longer than a day."""
ROBOTS_RETRY = timedelta(minutes=10)
BROKEN = ("time", "disconnect")
"""Reasons of WARC-Truncated that another try may mend."""
CIRCLE = "The address redirects in a circle or too many times."
BROKEN_TRIES = 2
"""After so many tries a cut answer is taken as it is, flagged, and its validators are not believed."""
TELLING = frozenset(
    ("content-language", "link", "x-robots-tag", "tdm-reservation", "tdm-policy", "last-modified", "refresh")
)
"""Response headers that say something of the content."""
MOST_SITEMAPS = 12
"""Sitemaps that are taken from one index: those most likely to name new articles."""
TEASER = 200
"""Characters of text below which a page that should hold a long article holds its beginning at most."""
MOST_OF_STYLE = 50
"""Requisites that are taken from one style sheet."""
SCRIPTED = (State.EMPTY, State.SECTION, State.VIDEO)
"""What a page without its scripts may be taken for; bot checks, log-ins and error pages are what they are."""
REFUSING = (State.BOT_CHECK, State.ERROR, State.LOGIN, State.NOT_HTML)
FEW_LINKS = 5
"""A section page with fewer may be one that only sends its readers on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often what is known is looked at again (the commit decides when), and by which site rules pages are read."""

    budget: Budget = USUAL
    site_rules: tuple[SiteRule, ...] = ()

    @classmethod
    def of(cls, period: float, recheck: float) -> Plan:
        """The plan with the mean period of a listing and the first check of an article, in seconds."""
        return cls(Budget.of(period, recheck))


def request_for(claim: Claim) -> Request:
    """The request that a claim asks for: conditional when a payload is held already."""
    headers = []
    if claim.etag:
        headers.append(("If-None-Match", claim.etag))
    if claim.last_modified:
        headers.append(("If-Modified-Since", claim.last_modified))
    if claim.referer and claim.kind is Kind.REQUISITE and not claim.attempts % 2:
        headers.append(("Referer", claim.referer))  # every second try goes without: some guards refuse it, some want it
    headers += source_settings.request_headers(claim.settings, claim.source_url, claim.url)
    return Request(url=claim.url, kind=claim.kind, headers=tuple(headers))


def note_for(claim: Claim) -> dict[str, Any]:
    """What no response holds, for the WARC's metadata record: enough to take the capture in again without rows."""
    told = shape.dump(claim)
    told |= {"item": 0, "epoch": 0}
    told.pop("until", None)
    return {"tuoben": 1, "claim": told}


def claim_from(note: Mapping[str, Any], exchange: Exchange) -> Claim | None:
    """The claim that a metadata record keeps; None when the capture was not made by us."""
    if note.get("tuoben") != 1 or "claim" not in note:
        return None
    blank = {
        "item": 0,
        "epoch": 0,
        "kind": exchange.kind.value,
        "url": exchange.url,
        "host": url.authority(exchange.url),
    }
    return shape.load(Claim, blank | dict(note["claim"]))


def page_of(exchange: Exchange) -> Page:
    """The document that an exchange brought."""
    return Page(
        url=exchange.url,
        body=exchange.body,
        content_type=exchange.header("content-type"),
        content_encoding=exchange.header("content-encoding"),
        headers=tuple(
            (name, value.decode("latin-1").strip())
            for key, value in exchange.headers
            if (name := key.decode("latin-1").lower()) in TELLING
        ),
        fetched_at=exchange.requested_at,
    )


async def carry(claim: Claim, exchange: Exchange, capture: Capture, runner: Reader, plan: Plan) -> Outcome:
    """From a stored exchange to all that it changes. Never raises for what a page holds: the outcome says it."""
    ended = exchange.requested_at + timedelta(seconds=exchange.elapsed)
    etag, last_modified = _validators(claim, exchange)
    base = Outcome(
        claim=claim,
        at=exchange.requested_at,
        ended=ended,
        verdict=Verdict.DONE,
        capture=capture,
        etag=etag,
        last_modified=last_modified,
    )
    try:
        return await _carry(base, exchange, runner, plan)
    except LimitExceeded as error:
        why = f"The document could not be read within the limits: {error}"
    except Exception as error:
        log.exception("reading %s", claim.url)
        why = (
            str(error) if isinstance(error, TuobenError) else f"An unexpected {type(error).__name__} stopped this item."
        )
    return replace(base, verdict=Verdict.FAILED, error=why)


async def _carry(base: Outcome, exchange: Exchange, runner: Reader, plan: Plan) -> Outcome:
    claim = base.claim
    if base.capture is not None and base.capture.origin:
        return await _imported(base, exchange, runner, plan)
    if claim.loaded or claim.kind is Kind.SCREENSHOT:
        style = claim.kind is Kind.REQUISITE and exchange.status == 200
        return replace(base, requisites=await _within_style(exchange, runner) if style else ())
    if exchange.truncated in BROKEN and claim.attempts < BROKEN_TRIES:
        return failed(base, ConnectError("The answer broke off."))
    target = politeness.redirect(exchange)
    if target and (moved := _moved(base, target)):
        return moved
    if claim.kind is Kind.ROBOTS:
        return await _robots(base, exchange, runner)
    if target:
        return replace(base, verdict=Verdict.FAILED, error=CIRCLE)
    if exchange.status == 304 or (exchange.status == 200 and _as_before(base)):
        return _again(base, exchange)
    if exchange.status != 200:
        return failed(base, exchange.status, exchange.header("retry-after"))
    if claim.kind is Kind.LISTING:
        return await _announced(base, page_of(exchange), runner)
    if claim.kind is Kind.POLICY:
        return replace(base, tdm=await runner.run(tdm.rules, page_of(exchange)))
    if claim.kind is Kind.REQUISITE:
        return replace(base, requisites=await _within_style(exchange, runner))
    article = await _extracted(base, exchange, runner, plan)
    return (_moved(base, article.refresh) if article.refresh else None) or _read(base, article)


def _validators(claim: Claim, exchange: Exchange) -> tuple[str, str]:
    """(ETag, Last-Modified) by which the next request for the same is conditional; robots.txt is always asked for."""
    if exchange.status != 200 or exchange.truncated or claim.kind is Kind.ROBOTS:
        return "", ""
    return exchange.header("etag"), exchange.header("last-modified")


def _moved(base: Outcome, target: str) -> Outcome | None:
    """A redirect, of whatever form; None when it leads nowhere new. Where an article was and the site shows its front
    page, the article is not there, and the front page is none.
    """
    if base.claim.kind in (Kind.PAGE, Kind.RENDERED) and politeness.leads_home(base.claim.url, target):
        why = "The address redirects to the front page: there is no such article."
        return replace(base, verdict=Verdict.FAILED, error=why, gone="home")
    if not _may_follow(base.claim, target):
        return None
    return replace(base, redirect=target, etag="", last_modified="")  # "as before" would not lead there again


def led(claim: Claim, at: datetime, target: str) -> Outcome:
    """What comes of a page whose program led the browser, opened at a time, to another one: that one is asked for."""
    base = Outcome(claim=claim, at=at, ended=utcnow(), verdict=Verdict.DONE)
    return _moved(base, target) or replace(base, verdict=Verdict.FAILED, error=CIRCLE)


def _may_follow(claim: Claim, target: str) -> bool:
    """Whether a redirect, of whatever form, leads on: not in a circle, and not for ever."""
    return len(claim.via) < politeness.REDIRECTS and target not in (*claim.via, claim.url)


def hints_for(claim: Claim, at: datetime, plan: Plan) -> Hints:
    """What is known of a page before it is read. `at`: when it was captured."""
    return Hints(
        link=claim.link,
        source_name=claim.source_name,
        category=claim.source_category,
        twins=claim.settings.twins,
        rule=siterules.choose(plan.site_rules, claim.url, at),
    )


async def _extracted(base: Outcome, exchange: Exchange, runner: Reader, plan: Plan) -> Article:
    hints = hints_for(base.claim, base.at, plan)
    article = await runner.run(extract, page_of(exchange), hints)
    if base.claim.kind is Kind.RENDERED:  # where a page sends its readers, its browser went
        article = replace(article, refresh="")
    if exchange.truncated:
        article = replace(article, flags=(*article.flags, "truncated"))
    return article


async def _imported(base: Outcome, exchange: Exchange, runner: Reader, plan: Plan) -> Outcome:
    """A page out of another program's file: read as any other. Nothing is asked for because of it, and when it is no
    article it is kept as a capture."""
    if base.claim.kind is not Kind.PAGE or exchange.status != 200 or not exchange.body:
        return base
    if _as_before(base):
        return replace(base, unchanged=True)
    article = await _extracted(base, exchange, runner, plan)
    if article.state is not State.ARTICLE:
        return base
    return replace(base, article=article, signature=organise.signature(article), requisites=article.requisites)


async def _announced(base: Outcome, page: Page, runner: Reader) -> Outcome:
    """The links of a listing; one that turned into something else (an error page, say) is named and asked again."""
    kind = base.claim.listing_kind
    if base.claim.past is not None:
        found, older = await runner.run(discover.before, kind, page)
        links = tuple(_held(link, base) for link in found.links if scope.allows(base.claim.settings, link.url))
        return replace(base, links=links, sitemaps=found.sitemaps, older=older, archived=bool(older and found.previous))
    found, learned = await runner.run(discover.announced, kind, page, base.claim.learned)
    other = not found.links and not found.sitemaps and kind != "section"
    other = other and await runner.run(discover.sniff, page) != kind
    if other or (kind == "section" and len(found.links) < FEW_LINKS):
        target = await runner.run(refresh_of, page)
        if target and (moved := _moved(base, target)):
            return moved
    if other:
        why = f"What {page.url} answers is no {kind} any more; look at it in a browser, or remove the source."
        return replace(base, verdict=Verdict.FAILED, error=why)
    links = tuple(_held(link, base) for link in found.links if scope.allows(base.claim.settings, link.url))
    base = replace(base, links=links, sitemaps=found.sitemaps[:MOST_SITEMAPS], hubs=found.hubs, topic=found.self_url)
    if kind != "section":
        return base
    return replace(base, next_page=found.next_page, learned=learned)


def _held(link: Link, base: Outcome) -> Link:
    """A link whose full text the listing carries says in which capture it stands (`jobs.entries` reads it there)."""
    full = link.length >= discover.FULL and base.capture is not None
    return replace(link, entry=base.capture.record_id) if full and base.capture is not None else link


def _teaser(link: Link | None, article: Article) -> bool:
    """The page shows no more than the beginning of what its listing holds in full."""
    return link is not None and bool(link.entry) and len(article.text) < min(TEASER, link.length // 3)


def _as_before(base: Outcome) -> bool:
    """The payload is the one that was last read from this address."""
    return (
        base.capture is not None
        and bool(base.claim.payload_digest)
        and (base.capture.payload_digest == base.claim.payload_digest)
    )


def _read(base: Outcome, article: Article) -> Outcome:
    """An article enters; any other kind of page is kept as a capture and named."""
    if for_browser(base.claim, article.state):
        return replace(base, render=True, error="The page is opened in a browser, as its source's settings say.")
    if article.state is not State.ARTICLE:
        why = {
            State.BOT_CHECK: "The server answered with a bot check, not with the article.",
            State.ERROR: "The page says that there is no such article.",
            State.LOGIN: "The page asks for a login.",
            State.EMPTY: "The page holds no text.",
            State.NOT_HTML: "The document is not HTML.",
            State.SECTION: "The page is a list of articles, not an article.",
            State.VIDEO: "The page holds a video and no text.",
        }[article.state]
        gone = "said" if article.state is State.ERROR else ""
        if article.state is State.SECTION and base.claim.via:
            gone = "section"
        return replace(base, verdict=Verdict.FAILED, error=why, gone=gone, form=_form(base, article))
    if _teaser(base.claim.link, article):
        why = "The page shows only the beginning of the article; the text is the one that its listing carries."
        return replace(base, verdict=Verdict.FAILED, error=why)
    return replace(
        base,
        form=_form(base, article),
        article=article,
        signature=organise.signature(article),
        requisites=tuple(dict.fromkeys((*article.requisites, *base.claim.loads))),
    )


def for_browser(claim: Claim, state: State) -> bool:
    """Whether a plain page is opened in a browser, too, and what that makes of it is read."""
    if claim.kind is not Kind.PAGE or claim.part > 1:
        return False
    if claim.settings.browser == "always":
        return state not in REFUSING
    announced = claim.link is not None or state is State.EMPTY
    return claim.settings.browser == "needed" and state in SCRIPTED and announced


def _form(base: Outcome, article: Article) -> str:
    """What a section page is taught by a page behind it: only articles and lists say something of the form."""
    tells = base.claim.listing_kind == "section" and article.state in (State.ARTICLE, State.SECTION)
    return discover.form(base.claim.link.url) if tells and base.claim.link is not None else ""


def _again(base: Outcome, exchange: Exchange) -> Outcome:
    """Nothing new at a known address."""
    return replace(
        base,
        unchanged=True,
        etag=exchange.header("etag") or base.claim.etag,
        last_modified=exchange.header("last-modified") or base.claim.last_modified,
    )


async def _robots(base: Outcome, exchange: Exchange, runner: Reader) -> Outcome:
    verdict = politeness.robots_verdict(exchange.status)
    if verdict == "disallow-all":
        return failed(base, exchange.status, exchange.header("retry-after"))
    if exchange.truncated in BROKEN:
        return failed(base, ConnectError("robots.txt broke off."))
    body, crawl_delay = b"", None
    if verdict == "use":
        try:
            body = inflate(exchange.body, exchange.header("content-encoding"))[: politeness.ROBOTS_SIZE]
            large = len(body) > permission.LARGE
            crawl_delay = await runner.run(permission.crawl_delay, body) if large else permission.crawl_delay(body)
        except LimitExceeded as error:
            return failed(base, BadResponse(f"robots.txt cannot be read: {error}"))
    until = base.at + ROBOTS_FOR
    return replace(base, robots=RobotsFinding(body=body, verdict=verdict, until=until, crawl_delay=crawl_delay))


async def _within_style(exchange: Exchange, runner: Reader) -> tuple[str, ...]:
    """Fonts, images and further style sheets that a style sheet needs."""
    if exchange.header("content-type").partition(";")[0].strip().lower() != "text/css":
        return ()
    return (await runner.run(requisites_of_style, page_of(exchange)))[:MOST_OF_STYLE]


def failed(base: Outcome, cause: int | FetchError, retry_after: str = "") -> Outcome:
    """What becomes of an item when the answer is not the one asked for: tried again, or closed with the reason."""
    claim = base.claim
    rest = politeness.parse_retry_after(retry_after, base.at)
    due = politeness.retry(claim.attempts + 1, cause, rest, base.at)
    if cause == 403 and claim.kind is Kind.REQUISITE and claim.referer and not claim.attempts:
        due = base.at + timedelta(seconds=politeness.RETRIES[0])  # once more, without Referer
    error = str(cause) if isinstance(cause, FetchError) else f"The server answered {cause}."
    outcome = replace(base, verdict=Verdict.RETRY if due else Verdict.FAILED, error=error, due_at=due)
    if isinstance(cause, int) and (first := politeness.OVERLOADED.get(cause, 0.0)):
        until = base.ended + timedelta(seconds=rest) if rest else None
        outcome = replace(outcome, host_rests_until=until, overloaded=first if rest is None else 0.0)
    if claim.kind is Kind.ROBOTS and (due is None or claim.attempts >= 2):
        finding = RobotsFinding(body=b"", verdict="disallow-all", until=base.at + ROBOTS_RETRY)
        return replace(outcome, verdict=Verdict.FAILED, due_at=None, robots=finding)
    if due is None and claim.kind is Kind.PAGE and cause in (404, 410):
        return replace(outcome, gone=str(cause))
    if due is None and claim.kind is Kind.POLICY and isinstance(cause, int):
        return replace(outcome, tdm=())  # most hosts have no such file
    return outcome


async def take_in(stored: Iterable[Stored], runner: Reader, plan: Plan) -> list[Outcome]:
    """Read captures that lie in a WARC and not in the rows: after a crash, and for a rebuild. Nothing is fetched."""

    async def one(item: Stored) -> Outcome | None:
        claim = claim_from(item.note, item.exchange)
        if claim is None:
            return None
        if not item.whole:  # the payload that this revisit refers to is not to be had
            claim = replace(claim, payload_digest=item.capture.payload_digest)
        return await carry(claim, item.exchange, item.capture, runner, plan)

    return [outcome for outcome in await asyncio.gather(*(one(item) for item in stored)) if outcome is not None]


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
