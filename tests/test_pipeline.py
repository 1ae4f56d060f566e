"""What an exchange means: from a stored answer to all that it changes, decided from records alone."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as few

import stories
import warcs
from anything import records
from outcomes import capture, claim
from tuoben.archive.segments import Entry, Segments
from tuoben.archive.warc import WITHIN
from tuoben.errors import BadResponse, ConnectError, RefusedAddress, TimedOut
from tuoben.fetch import politeness
from tuoben.model import Claim, Kind, Link, Outcome, SourceSettings, State, Verdict
from tuoben.pipeline import ROBOTS_RETRY, Plan, carry, claim_from, failed, for_browser, note_for, request_for, take_in
from tuoben.runner import Runner

AT = warcs.PLAIN["requested_at"]
PLAN = Plan.of(600, 3600)
HTML = ((b"Content-Type", b"text/html; charset=utf-8"),)
FEED = ((b"Content-Type", b"application/rss+xml"),)
CSS = ((b"Content-Type", b"text/css"),)
TEXT = ((b"Content-Type", b"text/plain"),)
ADDRESS = {
    Kind.ROBOTS: "http://a.test/robots.txt",
    Kind.LISTING: "http://a.test/feed.xml",
    Kind.PAGE: "http://a.test/1.html",
    Kind.REQUISITE: "http://a.test/site.css",
    Kind.POLICY: "http://a.test/.well-known/tdmrep.json",
}
ARTICLE = stories.page(1, "云岭河综合治理启动").encode()
ITEMS = b"<rss version='2.0'><channel><title>A</title><item><title>T</title><link>/1.html</link></item></channel></rss>"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(workers=1, seconds=20.0, preload=("tuoben.extract", "tuoben.discover")) as runner:
        yield runner


def of(kind: Kind, **more) -> Claim:
    """A claim of a kind at its usual address."""
    told = {"listing_kind": "feed"} if kind is Kind.LISTING else {"article": "a1"} if kind is Kind.PAGE else {}
    told |= {"for_host": "a.test"} if kind is Kind.ROBOTS else {}
    return claim(ADDRESS[kind], kind, **told | more)


def carried(runner: Runner | None, one: Claim, status: int = 200, headers=(), body: bytes = b"", **more) -> Outcome:
    """What an answer to a claim means; `more` goes to the capture. Without a runner nothing may be read."""
    answer = warcs.exchange(url=one.url, kind=one.kind, status=status, headers=headers, body=body)
    lies = capture(one.url, one.kind, AT, status, **more)
    return asyncio.run(carry(one, answer, lies, runner or Runner(workers=1), PLAN))


def wait(outcome: Outcome) -> float | None:
    """Seconds from the request to the next one; None: never."""
    return (outcome.due_at - outcome.at).total_seconds() if outcome.due_at else None


# --- answers × kinds --------------------------------------------------------------------------------------------------
LATER = ((b"Retry-After", b"120"),)


@pytest.mark.parametrize(
    ("kind", "status", "headers", "verdict", "seconds"),
    [
        (Kind.LISTING, 304, (), "done", None),
        (Kind.PAGE, 304, (), "done", None),
        (Kind.REQUISITE, 304, (), "done", None),
        (Kind.LISTING, 404, (), "failed", None),
        (Kind.PAGE, 404, (), "failed", None),
        (Kind.REQUISITE, 404, (), "failed", None),
        (Kind.LISTING, 410, (), "failed", None),
        (Kind.PAGE, 410, (), "failed", None),
        (Kind.LISTING, 412, (), "failed", None),
        (Kind.PAGE, 412, (), "failed", None),
        (Kind.LISTING, 429, LATER, "retry", 120.0),
        (Kind.PAGE, 429, LATER, "retry", 120.0),
        (Kind.REQUISITE, 429, LATER, "retry", 120.0),
        (Kind.ROBOTS, 429, LATER, "retry", 120.0),
        (Kind.LISTING, 500, (), "retry", 2.0),
        (Kind.PAGE, 503, LATER, "retry", 120.0),
        (Kind.PAGE, 503, ((b"Retry-After", b"1"),), "retry", 2.0),
        (Kind.PAGE, 503, ((b"Retry-After", b"99999999"),), "retry", 86_400.0),
        (Kind.REQUISITE, 500, (), "retry", 2.0),
        (Kind.ROBOTS, 500, (), "retry", 2.0),
        (Kind.PAGE, 501, (), "failed", None),
        (Kind.PAGE, 301, (), "failed", None),
        (Kind.PAGE, 206, (), "failed", None),
    ],
)
def test_what_an_answer_without_a_document_means(kind, status, headers, verdict, seconds) -> None:
    """Each status has its verdict and, when it may pass, its next try; 304 alone is unchanged, 404 and 410 are gone."""
    outcome = carried(None, of(kind), status, headers)
    assert (outcome.verdict.value, wait(outcome)) == (verdict, seconds)
    assert outcome.unchanged == (status == 304)
    assert outcome.gone == (str(status) if kind is Kind.PAGE and status in (404, 410) else "")
    assert bool(outcome.error) == (verdict != "done") and outcome.capture is not None
    assert outcome.ended - outcome.at == timedelta(seconds=0.25)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in WITHIN])
def test_a_redirect_is_followed_as_an_item_of_its_own(kind) -> None:
    """A redirect of any kind is done with its target told; no document is looked for in it."""
    outcome = carried(None, of(kind), 302, ((b"Location", b"/else?x=1#top"),))
    assert outcome.verdict is Verdict.DONE and outcome.redirect == "http://a.test/else?x=1"
    assert outcome.article is None and outcome.robots is None and outcome.links == ()


@pytest.mark.parametrize(
    "via",
    [("http://a.test/else",), tuple(f"http://a.test/{n}" for n in range(politeness.REDIRECTS))],
    ids=["circle", "too many"],
)
@pytest.mark.parametrize("kind", [Kind.LISTING, Kind.PAGE, Kind.REQUISITE])
def test_redirects_come_to_an_end(kind, via) -> None:
    """A circle, or one redirect too many, fails with the reason and leads nowhere."""
    outcome = carried(None, of(kind, via=via), 302, ((b"Location", b"/else"),))
    assert outcome.verdict is Verdict.FAILED and "circle" in outcome.error and not outcome.redirect


def test_a_redirect_to_itself_is_a_circle() -> None:
    """A page that points at itself is not asked for again at once."""
    assert carried(None, of(Kind.PAGE), 302, ((b"Location", b"/1.html"),)).verdict is Verdict.FAILED


@pytest.mark.parametrize("target", [b"mailto:x@a.test", b"javascript:0", b"http://[", b""])
def test_a_redirect_that_leads_nowhere_fails(target) -> None:
    """A Location that is no http(s) URL is an answer that is not the one asked for."""
    outcome = carried(None, of(Kind.PAGE), 302, ((b"Location", target),))
    assert outcome.verdict is Verdict.FAILED and "302" in outcome.error


# --- robots.txt -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "verdict"), [(200, "use"), (204, "use"), (404, "allow-all"), (403, "allow-all"), (401, "allow-all")]
)
def test_what_robots_txt_means_by_its_status(status, verdict) -> None:
    """A good answer is used and a client error opens the host, for a day (RFC 9309 2.3.1)."""
    outcome = carried(None, of(Kind.ROBOTS), status, TEXT, b"User-agent: *\nDisallow: /x\nCrawl-delay: 7\n")
    assert outcome.robots is not None and outcome.robots.verdict == verdict and outcome.verdict is Verdict.DONE
    assert outcome.robots.until == AT + timedelta(hours=24)
    assert outcome.robots.crawl_delay == (7.0 if verdict == "use" else None)
    assert (b"/x" in outcome.robots.body) == (verdict == "use")


def test_a_compressed_robots_txt_is_read() -> None:
    """A content coding is undone before the file is kept."""
    body = b"User-agent: *\nDisallow: /x\n"
    outcome = carried(None, of(Kind.ROBOTS), 200, ((b"Content-Encoding", b"gzip"),), gzip.compress(body))
    assert outcome.robots is not None and outcome.robots.body == body


@pytest.mark.parametrize(("attempts", "closed"), [(0, False), (1, False), (2, True), (5, True)])
@pytest.mark.parametrize("cause", [503, TimedOut("slow"), ConnectError("no")])
def test_an_unreachable_robots_txt_closes_the_host_at_the_third_failure(attempts, closed, cause) -> None:
    """A server error or no answer is tried again twice, then nothing is allowed for ten minutes."""
    base = Outcome(claim=of(Kind.ROBOTS, attempts=attempts), at=AT, ended=AT, verdict=Verdict.FAILED)
    outcome = failed(base, cause)
    if closed:
        assert outcome.robots is not None and outcome.robots.verdict == "disallow-all"
        assert outcome.robots.until == AT + ROBOTS_RETRY and outcome.due_at is None
    else:
        assert outcome.robots is None and outcome.verdict is Verdict.RETRY and outcome.due_at


def test_a_robots_txt_that_the_door_refuses_closes_the_host_at_once() -> None:
    """What will never get better is not tried three times."""
    base = Outcome(claim=of(Kind.ROBOTS), at=AT, ended=AT, verdict=Verdict.FAILED)
    assert failed(base, RefusedAddress("no")).robots.verdict == "disallow-all"


def test_a_robots_txt_over_the_limits_counts_as_unreachable() -> None:
    """A file that inflates beyond all measure is not read, and does not open the host."""
    bomb = gzip.compress(b"\0" * (64 << 20), compresslevel=9)
    outcome = carried(None, of(Kind.ROBOTS, attempts=2), 200, ((b"Content-Encoding", b"gzip"),), bomb)
    assert outcome.robots is not None and outcome.robots.verdict == "disallow-all" and "robots.txt" in outcome.error


def test_no_more_of_robots_txt_is_kept_than_is_read() -> None:
    """Of a robots.txt of megabytes the half megabyte is kept that the rules are read from (RFC 9309 2.5)."""
    body = b"User-agent: *\nDisallow: /x\n" + b"# padding\n" * 500_000
    outcome = carried(None, of(Kind.ROBOTS), 200, TEXT, body)
    assert outcome.robots is not None and len(outcome.robots.body) <= 512 * 1024


def test_a_robots_txt_behind_too_many_redirects_counts_as_none() -> None:
    """After five redirects the host has no robots.txt (RFC 9309 2.3.1.2)."""
    via = tuple(f"http://a.test/{n}" for n in range(politeness.REDIRECTS))
    outcome = carried(None, of(Kind.ROBOTS, via=via), 301, ((b"Location", b"/else"),))
    assert outcome.robots is not None and outcome.robots.verdict == "allow-all"


# --- documents --------------------------------------------------------------------------------------------------------
def test_a_feed_gives_links(runner) -> None:
    """A listing is read in a child: its links and its validators; its next visit is planned at the commit."""
    outcome = carried(
        runner, of(Kind.LISTING), 200, (*FEED, (b"ETag", b'"1"'), (b"Last-Modified", b"yesterday")), ITEMS
    )
    assert [(link.url, link.title) for link in outcome.links] == [("http://a.test/1.html", "T")]
    assert (outcome.etag, outcome.last_modified, outcome.due_at) == ('"1"', "yesterday", None)


def test_a_page_gives_an_article(runner) -> None:
    """A page is read with what its link told: article, keys and requisites."""
    one = of(Kind.PAGE, link=Link(url=ADDRESS[Kind.PAGE], title="云岭河综合治理启动"), source_name="云岭新闻")
    outcome = carried(runner, one, 200, HTML, ARTICLE)
    assert outcome.article is not None and outcome.article.title == "云岭河综合治理启动"
    assert outcome.signature is not None and outcome.signature.exact
    assert outcome.requisites == ("http://a.test/site.css",)


@pytest.mark.parametrize(
    ("body", "headers", "word"),
    [
        (b"", HTML, "no text"),
        (b"%PDF-1.7 ...", ((b"Content-Type", b"application/pdf"),), "not HTML"),
        (b"<html><body><p>" + b"<div>" * 100_000, HTML, "limits"),
    ],
    ids=["empty", "pdf", "too deep"],
)
def test_a_page_that_holds_no_article_says_why(runner, body, headers, word) -> None:
    """What is not an article is kept as a capture, and fails with a plain sentence."""
    outcome = carried(runner, of(Kind.PAGE), 200, headers, body)
    assert outcome.verdict is Verdict.FAILED and word in outcome.error and outcome.article is None
    assert outcome.capture is not None


def test_a_listing_over_the_limits_fails(runner) -> None:
    """A listing that cannot be read this time is named as failed."""
    bomb = gzip.compress(b"<rss>" + b" " * (100 << 20), compresslevel=1)
    outcome = carried(runner, of(Kind.LISTING), 200, (*FEED, (b"Content-Encoding", b"gzip")), bomb)
    assert outcome.verdict is Verdict.FAILED and "limits" in outcome.error


def test_a_style_sheet_names_what_it_needs(runner) -> None:
    """Fonts, images and further sheets of a style sheet become requisites; an image names nothing."""
    body = b"@import 'more.css'; body{background:url(bg.png)} @font-face{font-family:x;src:url(f.woff2)}"
    outcome = carried(runner, of(Kind.REQUISITE), 200, CSS, body)
    assert set(outcome.requisites) == {f"http://a.test/{name}" for name in ("more.css", "bg.png", "f.woff2")}
    assert carried(runner, of(Kind.REQUISITE), 200, ((b"Content-Type", b"image/png"),), body).requisites == ()


@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.LISTING])
def test_the_payload_that_was_read_last_is_unchanged(kind) -> None:
    """A 200 with the bytes that were last read from this address brings nothing new but its validators."""
    one = of(kind, visits=1, etag='"old"', payload_digest="sha256:X")
    outcome = carried(None, one, 200, ((b"ETag", b'"new"'),), payload_digest="sha256:X")
    assert outcome.unchanged and outcome.etag == '"new"'


@pytest.mark.parametrize(("attempts", "taken"), [(0, False), (1, False), (2, True)])
def test_an_answer_that_broke_off_is_tried_again(runner, attempts, taken) -> None:
    """A page that was cut is asked for twice more, then read as far as it came, flagged, its validators not believed."""
    headers = (*HTML, (b"ETag", b'"1"'))
    one = of(Kind.PAGE, attempts=attempts)
    answer = warcs.exchange(url=one.url, headers=headers, body=ARTICLE, truncated="disconnect")
    outcome = asyncio.run(carry(one, answer, capture(one.url, truncated="disconnect"), runner, PLAN))
    if taken:
        assert outcome.article is not None and "truncated" in outcome.article.flags and outcome.etag == ""
    else:
        assert outcome.verdict is Verdict.RETRY and outcome.due_at and "broke off" in outcome.error


def test_a_fault_in_a_reader_is_an_outcome(runner, caplog) -> None:
    """What our own reader stumbles over is logged, and closed in one plain sentence."""
    outcome = carried(runner, of(Kind.LISTING, listing_kind="riddle"), 200, FEED, ITEMS)
    assert outcome.verdict is Verdict.FAILED and "KeyError" in outcome.error and "\n" not in outcome.error
    assert "reading http://a.test/feed.xml" in caplog.text


@pytest.mark.parametrize(
    ("target", "gone"),
    [
        ("/", "home"),
        ("http://www.a.test/index.html", "home"),
        ("https://m.a.test", "home"),
        ("/news/", ""),
        ("/?id=1", ""),
    ],
)
def test_a_page_that_redirects_to_the_front_page_is_gone(target, gone) -> None:
    """Many sites answer for an article that they removed with their front page; it is not asked for in its place."""
    outcome = carried(None, of(Kind.PAGE), 302, ((b"Location", target.encode()),))
    assert outcome.gone == gone and bool(outcome.redirect) == (not gone)
    assert not gone or (outcome.verdict is Verdict.FAILED and "front page" in outcome.error)


@pytest.mark.parametrize("kind", [Kind.ROBOTS, Kind.LISTING, Kind.REQUISITE])
def test_only_pages_are_gone_at_the_front_page(kind) -> None:
    """A listing that moved to the front page is followed there."""
    assert carried(None, of(kind), 302, ((b"Location", b"/"),)).redirect == "http://a.test/"


def test_a_page_that_redirects_to_a_list_is_gone(runner) -> None:
    """A list of articles behind a redirect says that the article is gone; at its own address it says nothing."""
    links = "".join(f"<li><a href='/a/{n}.html'>云岭河综合治理第{n}期工程启动的消息</a></li>" for n in range(40))
    body = f"<html><head><title>本地新闻</title></head><body><h1>本地新闻</h1><ul>{links}</ul></body></html>".encode()
    assert carried(runner, of(Kind.PAGE, via=("http://a.test/0.html",)), 200, HTML, body).gone == "section"
    assert carried(runner, of(Kind.PAGE), 200, HTML, body).gone == ""


def test_validators_last_until_new_ones_come() -> None:
    """A 304 without validators keeps those that were sent."""
    assert carried(None, of(Kind.PAGE, etag='"1"', last_modified="x"), 304).etag == '"1"'


def test_a_style_sheet_at_a_second_address_is_read_too(runner) -> None:
    """The same style sheet on another host needs its images from there."""
    one = replace(of(Kind.REQUISITE), url="http://b.test/css/site.css")
    outcome = carried(runner, one, 200, CSS, b"body{background:url(bg.png)}", revisit_of="urn:uuid:x")
    assert outcome.requisites == ("http://b.test/css/bg.png",)


def test_a_listing_whose_reading_failed_is_read_at_the_next_visit(runner) -> None:
    """The bytes of a listing may be held and yet unread: after a failure the same bytes are read again."""
    assert carried(runner, of(Kind.LISTING, visits=0), 200, FEED, ITEMS, revisit_of="urn:uuid:x").links


# --- failures and visits ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [Kind.LISTING, Kind.PAGE, Kind.REQUISITE])
def test_failures_are_tried_again_ever_later_and_then_no_more(kind) -> None:
    """Each failure waits as the plan of retries says; after the last the item is closed, or the plan of visits decides."""
    waits = []
    for attempts in range(len(politeness.RETRIES)):
        base = Outcome(claim=of(kind, attempts=attempts), at=AT, ended=AT, verdict=Verdict.FAILED)
        outcome = failed(base, TimedOut("too slow"))
        assert outcome.verdict is Verdict.RETRY and outcome.error == "too slow"
        waits.append(wait(outcome))
    assert tuple(waits) == politeness.RETRIES
    base = Outcome(claim=of(kind, attempts=len(waits)), at=AT, ended=AT, verdict=Verdict.FAILED)
    last = failed(base, TimedOut("too slow"))
    assert last.verdict is Verdict.FAILED and wait(last) is None


def test_what_will_not_get_better_is_closed_at_once() -> None:
    """A refused address is not asked for again; an answer that is no HTTP is."""
    base = Outcome(claim=of(Kind.PAGE), at=AT, ended=AT, verdict=Verdict.FAILED)
    assert failed(base, RefusedAddress("no")).due_at is None
    assert failed(base, BadResponse("no")).due_at is not None


# --- requests, notes, taking in ---------------------------------------------------------------------------------------
def test_a_request_is_conditional_when_something_is_held() -> None:
    """Validators go with every kind, the page's address as referrer with requisites alone."""
    told = {"etag": '"1"', "last_modified": "x", "referer": "http://a.test/1.html"}
    assert dict(request_for(of(Kind.PAGE, **told)).headers) == {"If-None-Match": '"1"', "If-Modified-Since": "x"}
    assert dict(request_for(of(Kind.REQUISITE, **told)).headers)["Referer"] == "http://a.test/1.html"
    assert request_for(of(Kind.PAGE)).headers == ()


@few(max_examples=40, deadline=None)
@given(records(Claim))
def test_a_claim_survives_the_note_in_the_warc(told) -> None:
    """What is written beside a response gives the claim back, without the rows' numbers."""
    note = json.loads(json.dumps(note_for(told), ensure_ascii=False))
    assert claim_from(note, warcs.exchange()) == replace(told, item=0, epoch=0, until=None)


@pytest.mark.parametrize("note", [{}, {"tuoben": 2, "claim": {}}, {"tuoben": 1}, {"via": "another crawler"}])
def test_a_capture_of_another_program_has_no_claim(note) -> None:
    """Notes that we did not write are no claims."""
    assert claim_from(note, warcs.exchange()) is None


def test_a_note_of_a_newer_program_is_read() -> None:
    """Fields that this program does not know are passed over, and missing ones are taken from the exchange."""
    told = claim_from({"tuoben": 1, "claim": {"article": "a1", "mood": "bright"}}, warcs.exchange())
    assert told == Claim(item=0, epoch=0, kind=Kind.PAGE, url=warcs.PLAIN["url"], host="news.test", article="a1")


def test_taking_in_is_the_same_as_carrying(runner, tmp_path: Path) -> None:
    """A capture read back from the WARC means what it meant when it was fetched; a stranger's is passed over."""
    one = of(Kind.PAGE, source="a.test", link=Link(url=ADDRESS[Kind.PAGE], title="云岭河综合治理启动"))
    answer = warcs.exchange(url=one.url, headers=HTML, body=ARTICLE, requested_at=datetime(2026, 11, 22, tzinfo=UTC))
    with Segments(tmp_path, writer="t") as segments:
        lies, _ = segments.append([Entry(exchange=answer, note=note_for(one)), warcs.entry()])
        (again,) = asyncio.run(take_in(segments.captures(lies.segment), runner, PLAN))
    first = asyncio.run(carry(one, answer, lies, runner, PLAN))
    assert again == first


# --- pages that need a browser ----------------------------------------------------------------------------------------
LINK = Link(url="http://a.test/1.html", title="云岭河综合治理启动")
EMPTY = b"<!doctype html><title>x</title><div id=app></div><script src=/app.js></script>"


@pytest.mark.parametrize(("browser", "state", "link", "opened"), [
    ("never", State.EMPTY, LINK, False),
    ("needed", State.EMPTY, LINK, True),
    ("needed", State.EMPTY, None, True),
    ("needed", State.SECTION, LINK, True),
    ("needed", State.SECTION, None, False),
    ("needed", State.VIDEO, LINK, True),
    ("needed", State.ARTICLE, LINK, False),
    ("needed", State.BOT_CHECK, LINK, False),
    ("needed", State.LOGIN, LINK, False),
    ("needed", State.ERROR, LINK, False),
    ("needed", State.NOT_HTML, LINK, False),
    ("always", State.ARTICLE, None, True),
    ("always", State.EMPTY, LINK, True),
    ("always", State.BOT_CHECK, LINK, False),
    ("always", State.LOGIN, LINK, False),
    ("always", State.NOT_HTML, LINK, False),
])  # fmt: skip
def test_which_pages_are_opened_in_a_browser(browser, state, link, opened) -> None:
    """As the source says, and never to get past what keeps programs out."""
    page = of(Kind.PAGE, settings=SourceSettings(browser=browser), link=link)
    assert for_browser(page, state) is opened
    assert not for_browser(replace(page, part=2), state)
    assert not for_browser(replace(page, kind=Kind.RENDERED), state)


def test_an_empty_page_is_no_failure_where_a_browser_opens_it(runner) -> None:
    """The plain page is done, its capture kept, and it is to be opened; without the setting it has failed."""
    page = of(Kind.PAGE, settings=SourceSettings(browser="needed"), link=LINK)
    outcome = carried(runner, page, body=EMPTY, headers=HTML)
    assert (outcome.verdict, outcome.render, outcome.article) == (Verdict.DONE, True, None)
    outcome = carried(runner, of(Kind.PAGE, link=LINK), body=EMPTY, headers=HTML)
    assert (outcome.verdict, outcome.render) == (Verdict.FAILED, False)


def test_what_the_browser_made_is_read_as_a_page(runner) -> None:
    """It becomes the article, with all that was loaded for it; where it would send its readers, nobody follows; when it
    holds none either, it has failed."""
    made = claim("http://a.test/1.html", Kind.RENDERED, host="browser:", article="a1", loads=("http://a.test/x.json",))
    sent_on = ARTICLE.replace(b"<head>", b'<head><meta http-equiv="refresh" content="0; url=/else">')
    outcome = carried(runner, made, body=sent_on, headers=HTML)
    assert outcome.verdict is Verdict.DONE and outcome.article is not None and not outcome.redirect
    assert outcome.article.title == "云岭河综合治理启动" and "http://a.test/x.json" in outcome.requisites
    outcome = carried(runner, made, body=EMPTY, headers=HTML)
    assert outcome.verdict is Verdict.FAILED and not outcome.render and outcome.error == "The page holds no text."


@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.REQUISITE])
@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_what_a_browser_loaded_is_kept_and_leads_nowhere(kind, status) -> None:
    """Whatever its server said: no redirect is followed for it, nothing is tried again, no article is looked for."""
    headers = ((b"Location", b"/else"), (b"Content-Type", b"text/html"), (b"Retry-After", b"5"))
    outcome = carried(None, of(kind, loaded=True), status, headers, ARTICLE)
    assert outcome.verdict is Verdict.DONE and outcome.capture is not None
    assert (outcome.redirect, outcome.due_at, outcome.article, outcome.host_rests_until) == ("", None, None, None)
