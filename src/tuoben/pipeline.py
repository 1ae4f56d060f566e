"""One article through all stages, in the order of the work.

    claim → fetch → archive (WARC, fsync) → read (discover or extract, in a child) → organise → one commit → acknowledge

`carry` below is that line for an exchange that has just been stored; `scheduler` feeds it and batches its two ends.
After a crash, and for a rebuild, `take_in` goes the same way from a stored capture. Everything between the fetch and
the commit is decided here, from records alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tuoben import discover, organise, shape, url
from tuoben.archive.css import requisites_of_style
from tuoben.archive.reading import Stored
from tuoben.errors import BadResponse, FetchError, LimitExceeded
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

ROBOTS_FOR = timedelta(hours=24)
"""RFC 9309 2.4: a robots.txt is not used longer than a day."""
ROBOTS_RETRY = timedelta(minutes=10)
MOST_OF_STYLE = 50
"""Requisites that are taken from one style sheet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a known address is looked at again."""

    period: timedelta = timedelta(minutes=10)
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
    """From a stored exchange to all that it changes."""
    ended = exchange.requested_at + timedelta(seconds=exchange.elapsed)
    base = Outcome(claim=claim, at=exchange.requested_at, ended=ended, verdict=Verdict.DONE, capture=capture)
    target = politeness.redirect(exchange)
    if target and (len(claim.via) < politeness.REDIRECTS and target not in (*claim.via, claim.url)):
        return replace(base, redirect=target)
    if claim.kind is Kind.ROBOTS:
        return _robots(base, exchange)
    if exchange.status == 304 or (capture.revisit_of and exchange.status == 200):
        return _again(replace(base, unchanged=True, etag=claim.etag, last_modified=claim.last_modified), plan, exchange)
    if target:
        return replace(base, verdict=Verdict.FAILED, error="The address redirects in a circle or too many times.")
    if exchange.status != 200:
        return failed(base, exchange.status, plan, exchange.header("retry-after"))
    base = replace(base, etag=exchange.header("etag"), last_modified=exchange.header("last-modified"))
    try:
        if claim.kind is Kind.LISTING:
            found = await runner.run(discover.links, claim.listing_kind, page_of(exchange))
            due = plan.next_visit(claim, base.at)
            return replace(base, links=found.links, sitemaps=found.sitemaps, due_at=due)
        if claim.kind is Kind.REQUISITE:
            return replace(base, requisites=await _within_style(exchange, runner))
        hints = Hints(link=claim.link, source_name=claim.source_name, category=claim.source_category)
        article = await runner.run(extract, page_of(exchange), hints)
        return _read(base, article, plan)
    except LimitExceeded as error:
        due = plan.next_visit(claim, base.at) if claim.kind is Kind.LISTING else None
        why = f"The document could not be read within the limits: {error}"
        return replace(base, verdict=Verdict.FAILED, error=why, due_at=due)


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
        return replace(base, verdict=Verdict.FAILED, error=why)
    return replace(
        base,
        article=article,
        signature=organise.signature(article),
        requisites=article.requisites,
        due_at=plan.next_visit(base.claim, base.at),
    )


def _again(base: Outcome, plan: Plan, exchange: Exchange) -> Outcome:
    """Nothing new at a known address."""
    etag = exchange.header("etag") or base.etag
    last_modified = exchange.header("last-modified") or base.last_modified
    return replace(base, etag=etag, last_modified=last_modified, due_at=plan.next_visit(base.claim, base.at))


def _robots(base: Outcome, exchange: Exchange) -> Outcome:
    verdict = politeness.robots_verdict(exchange.status)
    if verdict == "disallow-all":
        return failed(base, exchange.status, Plan(), exchange.header("retry-after"))
    body, crawl_delay = b"", None
    if verdict == "use":
        try:
            body = inflate(exchange.body, exchange.header("content-encoding"))
        except LimitExceeded as error:
            return failed(base, BadResponse(f"robots.txt cannot be read: {error}"), Plan())
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
    due = politeness.retry(claim.attempts + 1, cause, politeness.parse_retry_after(retry_after, base.at), base.at)
    error = str(cause) if isinstance(cause, FetchError) else f"The server answered {cause}."
    outcome = replace(base, verdict=Verdict.RETRY if due else Verdict.FAILED, error=error, due_at=due)
    if claim.kind is Kind.PAGE and cause in (404, 410):
        return replace(outcome, gone=True)
    if claim.kind is Kind.LISTING and due is None:
        return replace(outcome, due_at=plan.next_visit(claim, base.at))
    if claim.kind is Kind.ROBOTS and (due is None or claim.attempts >= 2):
        finding = RobotsFinding(body=b"", verdict="disallow-all", until=base.at + ROBOTS_RETRY)
        return replace(outcome, verdict=Verdict.FAILED, due_at=None, robots=finding)
    return outcome


async def take_in(stored: Iterable[Stored], runner: Runner, plan: Plan) -> list[Outcome]:
    """Read captures that lie in a WARC and not in the rows: after a crash, and for a rebuild. Nothing is fetched."""
    outcomes = []
    for item in stored:
        claim = claim_from(item.note, item.exchange)
        if claim is not None:
            outcomes.append(await carry(claim, item.exchange, item.capture, runner, plan))
    return outcomes


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
