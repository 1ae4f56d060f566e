"""Politeness: when and whether to ask a host (law 5). Decisions only; nothing here waits, connects or reads a clock.

Times are seconds on any one clock (`Pace`), or aware datetimes (`retry`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

from tuoben import url
from tuoben.errors import FetchError
from tuoben.fetch.robots import SIZE_LIMIT as ROBOTS_SIZE
from tuoben.fetch.robots import Robots
from tuoben.model import Exchange, Kind
from tuoben.source_settings import LONGEST_DELAY

__all__ = [
    "AGENT",
    "REDIRECTS",
    "ROBOTS_SIZE",
    "Pace",
    "Robots",
    "back_off",
    "earliest",
    "leads_home",
    "pace",
    "parse_retry_after",
    "redirect",
    "rest",
    "retry",
    "robots_verdict",
]

AGENT = "tuoben"
"""Our product token in robots.txt."""

REDIRECTS = 5
"""Redirects that are followed for one announced URL."""

DAY = 86_400.0
DOCUMENT_DELAY = 1.0
"""Seconds between pages, listings and robots.txt of one host, when nothing else is said."""
REQUISITE_DELAY = 0.2
REQUISITE_CONNECTIONS = 2

RETRIES = (2.0, 8.0, 300.0, 3600.0, 6 * 3600.0, DAY)
"""Seconds to wait after the first, second … failure. The first two are short enough for `crawl --once` to wait for."""

TRANSIENT = frozenset(
    {408, 425, 429, 500, 502, 503, 504, 507, 508, 509, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530}
)
"""Statuses that may be different the next time; 501, 505 and the other 4xx will not."""

OVERLOADED = {429: 60.0, 503: 5.0, 509: 60.0, 529: 5.0}
"""Statuses by which a server says that it is asked too much → seconds that its host rests when it names no time. Each
further one in a row doubles the rest, any other answer ends it: one broken page costs little, a server that is down is
asked once an hour. (Googlebot slows down at 429 and 503 for as long as they come, Heritrix and AutoThrottle by delay.)
"""
LONGEST_REST = 3600.0
MOST_STRIKES = 12

_FRONT = re.compile(r"/?(?:(?:index|default|home)\.[a-z]{3,5})?", re.I)
_SITE = re.compile(r"^(?:www|m|wap)\.")

MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one host may be asked for one kind of thing."""

    seconds: float
    """Between two requests."""
    parallel: int = 1
    """Requests that may be under way at once."""
    whole_host: bool = True
    """True: the pause counts from the last request of any kind. False: documents and requisites are paced apart, so
    that a page's images do not hold up the next page."""


@lru_cache(maxsize=256)
def pace(kind: Kind, *, crawl_delay: float | None = None, host_delay: float | None = None) -> Pace:
    """The pace for a kind: `host_delay` is the operator's TUOBEN_HOST_DELAY (or the source's own delay) and applies to
    everything; robots.txt's `crawl_delay` wins when it is longer, up to an hour.
    """
    requisite = kind is Kind.REQUISITE
    asked = min(crawl_delay or 0.0, LONGEST_DELAY)
    usual = REQUISITE_DELAY if requisite else DOCUMENT_DELAY
    seconds = max(asked, usual if host_delay is None else max(host_delay, 0.0))
    told = asked > usual or (host_delay or 0.0) > 0.0
    return Pace(seconds, REQUISITE_CONNECTIONS if requisite and not told else 1, told)


def earliest(pace: Pace, last_started: float | None, last_finished: float | None) -> float:
    """The earliest time of the next request; 0.0 when the host was not asked before.

    Paces without parallel requests count from the end of the last one, so that a slow connection never brings two
    requests closer together at the server; `last_finished` is None while it is under way (then: not before it ended,
    infinity).
    """
    if last_started is None:
        return 0.0
    if pace.parallel > 1:
        return last_started + pace.seconds
    if last_finished is None:
        return float("inf")
    return max(last_started, last_finished) + pace.seconds


def retry(attempts: int, failure: FetchError | int, retry_after: float | None, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures; None when it will not get better or was tried often enough.

    `failure` is the error, or the HTTP status; `retry_after` is what the server asked for in seconds
    (`parse_retry_after`) and is kept to when it is longer than our own plan.
    """
    transient = failure in TRANSIENT if isinstance(failure, int) else not failure.permanent
    if not transient or attempts > len(RETRIES):
        return None
    wait = max(RETRIES[max(attempts, 1) - 1], min(retry_after or 0.0, DAY))
    return now + timedelta(seconds=wait)


def back_off(first: float, strikes: int) -> float:
    """Seconds that a host rests that said before, so many times in a row, that it is asked too much."""
    return min(first * 2.0 ** min(strikes, MOST_STRIKES), LONGEST_REST)


def rest(status: int, retry_after: str, now: datetime) -> float:
    """Seconds for which an answer asks us to leave its host alone, at the first time."""
    if status not in OVERLOADED:
        return 0.0
    told = parse_retry_after(retry_after, now)
    return OVERLOADED[status] if told is None else told


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (a number or a date, RFC 9110 10.2.3), from 0 to one day."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), DAY)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), DAY)


def robots_verdict(status: int) -> Literal["use", "allow-all", "disallow-all"]:
    """What the status of /robots.txt means (RFC 9309 2.3.1); 0 stands for unreachable.

    429 is "not now", not "there is none"; a redirect that led nowhere counts as none.
    """
    if 200 <= status < 300:
        return "use"
    if status == 429 or status >= 500 or status < 200:
        return "disallow-all"
    return "allow-all"


def redirect(exchange: Exchange) -> str | None:
    """Where a redirect leads: the absolute http(s) URL, without fragment; None when it is none or leads nowhere."""
    if exchange.status not in MOVED:
        return None
    raw = exchange.header("Location").encode("latin-1")
    try:
        location = raw.decode()
    except UnicodeDecodeError:
        location = raw.decode("latin-1")
    return url.resolve(exchange.url, location) if location else None


def leads_home(address: str, target: str) -> bool:
    """Whether a redirect leads from a page within a site to that site's front page, as many do for what is gone."""
    here, there = url.parse(address), url.parse(target)
    if here is None or there is None or _front(here) or not _front(there):
        return False
    one, other = (_SITE.sub("", part.hostname) for part in (here, there))
    return one == other or one.endswith("." + other)


def _front(parts: url.Url) -> bool:
    return not parts.query and bool(_FRONT.fullmatch(parts.path))
