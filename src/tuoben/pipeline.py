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

from tuoben import discover, organise, shape, url
from tuoben.archive.css import requisites_of_style
from tuoben.archive.reading import Stored
from tuoben.errors import BadResponse, ConnectError, FetchError, LimitExceeded, TuobenError
from tuoben.extract import extract
from tuoben.fetch import politeness
from tuoben.markup import inflate
from tuoben.model import (
    Article,
    Capture,
    Claim,
    Exchange,
    Hints,
    Kind,
    Outcome,
    Page,
    Request,
    RobotsFinding,
    State,
    Verdict,
)
from tuoben.runner import Runner

log = logging.getLogger("tuoben.pipeline")

ROBOTS_FOR = timedelta(hours=24)
"""RFC 9309 2.4: a robots.txt is not used longer than a day."""
ROBOTS_RETRY = timedelta(minutes=10)
LISTING_PERIOD = timedelta(minutes=10)
BROKEN = ("time", "disconnect")
"""Reasons of WARC-Truncated that another try may mend."""
BROKEN_TRIES = 2
"""After so many tries a cut answer is taken as it is, flagged, and its validators are not believed."""
MOST_OF_STYLE = 50
"""Requisites that are taken from one style sheet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a known address is looked at again."""

    period: timedelta = LISTING_PERIOD
    """Between two visits of a listing."""
    recheck: timedelta = timedelta(hours=1)
    """From the capture of an article to its first visit after."""
    steps: tuple[int, ...] = (1, 6, 24, 72, 168, 720, 2160)
    """The visits after a capture, in multiples of `recheck`: with an hour, to 90 days."""

    @classmethod
    def of(cls, period: float, recheck: float) -> Plan:
        """The plan with these first steps, in seconds."""
        return cls(period=timedelta(seconds=period), recheck=timedelta(seconds=recheck))

    def next_visit(self, claim: Claim, now: datetime) -> datetime | None:
        """The next visit after a good answer; None: not again."""
        if claim.kind is Kind.LISTING and not claim.via:
            return now + self.period
        if claim.kind is Kind.PAGE and claim.visits < len(self.steps):
            return now + self.recheck * self.steps[claim.visits]
        return None

    def after_failure(self, claim: Claim, now: datetime) -> datetime | None:
        """The next visit of an address that was good before and has just failed for good: it may come back."""
        return self.next_visit(claim, now) if claim.kind is Kind.LISTING or claim.visits else None


def request_for(claim: Claim) -> Request:
    """The request that a claim asks for: conditional when a payload is held already."""
    headers = []
    if claim.etag:
        headers.append(("If-None-Match", claim.etag))
    if claim.last_modified:
        headers.append(("If-Modified-Since", claim.last_modified))
    if claim.referer and claim.kind is Kind.REQUISITE:
        headers.append(("Referer", claim.referer))
    return Request(url=claim.url, kind=claim.kind, headers=tuple(headers))


def note_for(claim: Claim) -> dict[str, Any]:
    """What no response holds, for the WARC's metadata record: enough to take the capture in again without rows."""
    return {"tuoben": 1, "claim": shape.dump(replace(claim, item=0, epoch=0))}


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
    names = ("content-language", "link", "x-robots-tag", "tdm-reservation", "last-modified")
    return Page(
        url=exchange.url,
        body=exchange.body,
        content_type=exchange.header("content-type"),
        content_encoding=exchange.header("content-encoding"),
        headers=tuple((name, exchange.header(name)) for name in names if exchange.header(name)),
        fetched_at=exchange.requested_at,
    )


async def carry(claim: Claim, exchange: Exchange, capture: Capture, runner: Runner, plan: Plan) -> Outcome:
    """From a stored exchange to all that it changes. Never raises for what a page holds: the outcome says it."""
    ended = exchange.requested_at + timedelta(seconds=exchange.elapsed)
    base = Outcome(claim=claim, at=exchange.requested_at, ended=ended, verdict=Verdict.DONE, capture=capture)
    try:
        return await _carry(base, exchange, runner, plan)
    except LimitExceeded as error:
        why = f"The document could not be read within the limits: {error}"
    except Exception as error:
        log.exception("reading %s", claim.url)
        why = (
            str(error) if isinstance(error, TuobenError) else f"An unexpected {type(error).__name__} stopped this item."
        )
    return replace(base, verdict=Verdict.FAILED, error=why, due_at=plan.after_failure(claim, base.at))


async def _carry(base: Outcome, exchange: Exchange, runner: Runner, plan: Plan) -> Outcome:
    claim = base.claim
    if exchange.truncated in BROKEN and claim.attempts < BROKEN_TRIES:
        return failed(base, ConnectError("The answer broke off."), plan)
    target = politeness.redirect(exchange)
    if target and (len(claim.via) < politeness.REDIRECTS and target not in (*claim.via, claim.url)):
        return replace(base, redirect=target)
    if claim.kind is Kind.ROBOTS:
        return _robots(base, exchange, plan)
    if target:
        return replace(base, verdict=Verdict.FAILED, error="The address redirects in a circle or too many times.")
    if exchange.status == 304 or (exchange.status == 200 and _as_before(base)):
        return _again(base, plan, exchange)
    if exchange.status != 200:
        return failed(base, exchange.status, plan, exchange.header("retry-after"))
    if not exchange.truncated:
        base = replace(base, etag=exchange.header("etag"), last_modified=exchange.header("last-modified"))
    if claim.kind is Kind.LISTING:
        return await _announced(base, page_of(exchange), runner, plan)
    if claim.kind is Kind.REQUISITE:
        return replace(base, requisites=await _within_style(exchange, runner))
    hints = Hints(link=claim.link, source_name=claim.source_name, category=claim.source_category)
    article = await runner.run(extract, page_of(exchange), hints)
    if exchange.truncated:
        article = replace(article, flags=(*article.flags, "truncated"))
    return _read(base, article, plan)


async def _announced(base: Outcome, page: Page, runner: Runner, plan: Plan) -> Outcome:
    """The links of a listing; one that turned into something else (an error page, say) is named and asked again."""
    kind, due = base.claim.listing_kind, plan.next_visit(base.claim, base.at)
    found = await runner.run(discover.links, kind, page)
    if not found.links and not found.sitemaps and kind != "section" and await runner.run(discover.sniff, page) != kind:
        why = f"What {page.url} answers is no {kind} any more; look at it in a browser, or remove the source."
        return replace(base, verdict=Verdict.FAILED, error=why, due_at=due)
    return replace(base, links=found.links, sitemaps=found.sitemaps, due_at=due)


def _as_before(base: Outcome) -> bool:
    """The payload is the one that was last read from this address."""
    return (
        base.capture is not None
        and bool(base.claim.payload_digest)
        and (base.capture.payload_digest == base.claim.payload_digest)
    )


def _read(base: Outcome, article: Article, plan: Plan) -> Outcome:
    """An article enters; any other kind of page is kept as a capture and named."""
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
        return replace(base, verdict=Verdict.FAILED, error=why, due_at=plan.after_failure(base.claim, base.at))
    return replace(
        base,
        article=article,
        signature=organise.signature(article),
        requisites=article.requisites,
        due_at=plan.next_visit(base.claim, base.at),
    )


def _again(base: Outcome, plan: Plan, exchange: Exchange) -> Outcome:
    """Nothing new at a known address."""
    return replace(
        base,
        unchanged=True,
        etag=exchange.header("etag") or base.claim.etag,
        last_modified=exchange.header("last-modified") or base.claim.last_modified,
        due_at=plan.next_visit(base.claim, base.at),
    )


def _robots(base: Outcome, exchange: Exchange, plan: Plan) -> Outcome:
    verdict = politeness.robots_verdict(exchange.status)
    if verdict == "disallow-all":
        return failed(base, exchange.status, plan, exchange.header("retry-after"))
    if exchange.truncated in BROKEN:
        return failed(base, ConnectError("robots.txt broke off."), plan)
    body, crawl_delay = b"", None
    if verdict == "use":
        try:
            body = inflate(exchange.body, exchange.header("content-encoding"))[: politeness.ROBOTS_SIZE]
        except LimitExceeded as error:
            return failed(base, BadResponse(f"robots.txt cannot be read: {error}"), plan)
        crawl_delay = politeness.Robots.parse(body).crawl_delay(politeness.AGENT)
    until = base.at + ROBOTS_FOR
    return replace(base, robots=RobotsFinding(body=body, verdict=verdict, until=until, crawl_delay=crawl_delay))


async def _within_style(exchange: Exchange, runner: Runner) -> tuple[str, ...]:
    """Fonts, images and further style sheets that a style sheet needs."""
    if exchange.header("content-type").partition(";")[0].strip().lower() != "text/css":
        return ()
    return (await runner.run(requisites_of_style, page_of(exchange)))[:MOST_OF_STYLE]


def failed(base: Outcome, cause: int | FetchError, plan: Plan, retry_after: str = "") -> Outcome:
    """What becomes of an item when the answer is not the one asked for: tried again, or closed with the reason."""
    claim = base.claim
    rest = politeness.parse_retry_after(retry_after, base.at)
    due = politeness.retry(claim.attempts + 1, cause, rest, base.at)
    error = str(cause) if isinstance(cause, FetchError) else f"The server answered {cause}."
    outcome = replace(base, verdict=Verdict.RETRY if due else Verdict.FAILED, error=error, due_at=due)
    if cause in (429, 503) and rest:
        outcome = replace(outcome, host_rests_until=base.ended + timedelta(seconds=rest))
    if claim.kind is Kind.ROBOTS and (due is None or claim.attempts >= 2):
        finding = RobotsFinding(body=b"", verdict="disallow-all", until=base.at + ROBOTS_RETRY)
        return replace(outcome, verdict=Verdict.FAILED, due_at=None, robots=finding)
    if due is None:
        gone = claim.kind is Kind.PAGE and cause in (404, 410)
        return replace(outcome, gone=gone, due_at=plan.after_failure(claim, base.at))
    return outcome


async def take_in(stored: Iterable[Stored], runner: Runner, plan: Plan) -> list[Outcome]:
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
