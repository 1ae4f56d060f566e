"""Politeness: when to ask, when to ask again, and where a redirect leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import errors
from tuoben.fetch import politeness
from tuoben.fetch.politeness import DAY, Pace, earliest, pace, parse_retry_after, redirect, retry, robots_verdict
from tuoben.model import Exchange, Kind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "crawl_delay", "host_delay", "wanted"),
    [
        (Kind.PAGE, None, None, Pace(1.0, 1, False)),
        (Kind.LISTING, None, None, Pace(1.0, 1, False)),
        (Kind.ROBOTS, None, None, Pace(1.0, 1, False)),
        (Kind.REQUISITE, None, None, Pace(0.2, 2, False)),
        (Kind.PAGE, 5.0, None, Pace(5.0, 1, True)),
        (Kind.REQUISITE, 5.0, None, Pace(5.0, 1, True)),
        (Kind.PAGE, 900.0, None, Pace(900.0, 1, True)),
        (Kind.PAGE, 86_400.0, None, Pace(3600.0, 1, True)),
        (Kind.PAGE, 0.1, None, Pace(1.0, 1, False)),
        (Kind.PAGE, None, 3.0, Pace(3.0, 1, True)),
        (Kind.REQUISITE, None, 3.0, Pace(3.0, 1, True)),
        (Kind.PAGE, 2.0, 3.0, Pace(3.0, 1, True)),
        (Kind.PAGE, 4.0, 3.0, Pace(4.0, 1, True)),
        (Kind.PAGE, None, 0.0, Pace(0.0, 1, False)),
        (Kind.REQUISITE, None, 0.0, Pace(0.0, 2, False)),
        (Kind.PAGE, None, -1.0, Pace(0.0, 1, False)),
    ],
)
def test_the_longest_delay_that_somebody_asked_for_wins(kind, crawl_delay, host_delay, wanted):
    """Defaults by kind; the operator's delay replaces them; that of robots.txt wins when longer, up to an hour."""
    assert pace(kind, crawl_delay=crawl_delay, host_delay=host_delay) == wanted


def test_the_pause_begins_when_the_last_request_ended():
    """A host is asked at once at first, then a pause after the end of the last request, and never during it."""
    one = Pace(2.0)
    assert earliest(one, None, None) == 0.0
    assert earliest(one, 10.0, 13.0) == 15.0
    assert earliest(one, 10.0, 9.0) == 12.0
    assert earliest(one, 10.0, None) == float("inf")
    assert earliest(Pace(0.2, 2), 10.0, None) == 10.2


@pytest.mark.parametrize("failure", [503, 500, 429, 408, 502, errors.ConnectError("x"), errors.TimedOut("x")])
def test_what_may_get_better_is_tried_again_ever_later(failure):
    """Transient failures are tried after 2 s, 8 s, minutes, hours and a day, then given up."""
    waits = []
    attempts = 1
    while (due := retry(attempts, failure, None, NOW)) is not None:
        waits.append((due - NOW).total_seconds())
        attempts += 1
    assert waits[:2] == [2.0, 8.0] and waits == sorted(waits) and waits[-1] == DAY


@pytest.mark.parametrize("failure", [200, 304, 404, 410, 403, 451, 501, errors.RefusedAddress("x"), errors.BadUrl("x")])
def test_what_will_not_get_better_is_final(failure):
    """Answers that mean no, and addresses that are refused, are not tried again."""
    assert retry(1, failure, 5.0, NOW) is None


def test_a_servers_wish_is_kept_to():
    """Retry-After is kept to when it is longer than our plan, up to a day."""
    assert retry(1, 503, 120.0, NOW) == NOW + timedelta(seconds=120)
    assert retry(1, 503, 1.0, NOW) == NOW + timedelta(seconds=2)
    assert retry(1, 429, 10 * 365 * DAY, NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("315360000", DAY),
        ("9" * 400, DAY),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 12:01:00 -0000", 60.0),
        ("Sun, 22 Nov 2020 12:01:00 GMT", 0.0),
        ("Sun, 22 Nov 2036 12:01:00 GMT", DAY),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None):
    """Seconds and HTTP dates are read, capped at a day; nonsense is nothing."""
    assert parse_retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_no_retry_after_makes_it_fail(value: str):
    """Any value gives nothing or a time between now and a day."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= DAY


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "use"), (404, "allow-all"), (403, "allow-all"), (301, "allow-all"), (429, "disallow-all")]
    + [(status, "disallow-all") for status in (500, 503, 599, 0)],
)
def test_the_status_of_robots_txt_is_an_answer_too(status: int, verdict: str):
    """Missing means everything is allowed, broken or unreachable means nothing is, for now."""
    assert robots_verdict(status) == verdict


@pytest.mark.parametrize(
    ("status", "location", "target"),
    [
        (301, b"/b?", "https://news.test/b?"),
        (302, "/新闻".encode(), "https://news.test/%E6%96%B0%E9%97%BB"),
        (307, b"//other.test/x#part", "https://other.test/x"),
        (308, b"http:\\\\other.test", "http://other.test/"),
        (303, b"/\xe4", "https://news.test/%C3%A4"),
        (302, b"javascript:alert(1)", None),
        (302, b"file:///etc/passwd", None),
        (302, b"", None),
        (200, b"/b", None),
        (304, b"/b", None),
    ],
)
def test_redirects_lead_to_absolute_web_urls(status: int, location: bytes, target: str | None):
    """A Location is resolved as a browser would; what is not http(s) leads nowhere."""
    exchange = Exchange(
        url="https://news.test/a/page",
        kind=Kind.PAGE,
        requested_at=NOW,
        status=status,
        reason="",
        http_version="HTTP/1.1",
        request_head=b"",
        headers=((b"location", location),),
        body=b"",
    )
    assert redirect(exchange) == target
    assert politeness.REDIRECTS == 5
