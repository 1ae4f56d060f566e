"""How a source is, judged from plain facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import health
from tuoben.health import Facts, State, Step, Watched

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FINE = (Watched(visited=True),)


def daily(count: int, gap: timedelta, newest: timedelta = timedelta()) -> tuple[datetime, ...]:
    """Articles at a steady rate, the newest first."""
    return tuple(NOW - newest - gap * n for n in range(count))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Facts(paused=True, listings=(Watched(visited=True, error="x"),)), State.PAUSED),
        (Facts(listings=(Watched(visited=False),)), State.NEW),
        (Facts(), State.NEW),
        (Facts(listings=(Watched(visited=False, error="robots.txt …", refused=True),)), State.REFUSED),
        (Facts(listings=(Watched(visited=True, error="The server answered 500."),)), State.FAILING),
        (Facts(listings=(Watched(visited=True, error="x"), Watched(visited=True))), State.NORMAL),
        (Facts(listings=(Watched(visited=True, notice="other layout"),)), State.CHANGED),
        (Facts(listings=FINE, appeared=daily(30, timedelta(hours=1))), State.NORMAL),
        (Facts(listings=FINE, appeared=daily(30, timedelta(hours=1), timedelta(days=4))), State.SILENT),
        (Facts(listings=FINE, appeared=daily(30, timedelta(days=1), timedelta(days=7))), State.NORMAL),
        (Facts(listings=FINE, appeared=daily(30, timedelta(days=1), timedelta(days=9))), State.SILENT),
        (Facts(listings=FINE, appeared=daily(3, timedelta(hours=1), timedelta(days=90))), State.NORMAL),
    ],
)
def test_states(facts: Facts, state: State) -> None:
    """Each state comes from its facts: paused before all, silence only against the source's own rate."""
    assert health.judge(facts, NOW).state is state


@given(st.lists(st.floats(-1e4, 1e7), min_size=1, max_size=60))
def test_the_lag_is_a_distribution(seconds: list[float]) -> None:
    """The bars hold every article once, and the quantiles are lags that were seen, in their order."""
    lag = health.lag(seconds)
    assert lag is not None
    assert sum(lag.bars) == lag.count == len(seconds)
    assert 0 <= lag.median <= lag.p90 <= lag.most == max(0.0, *seconds)


def test_every_step_has_its_sentence() -> None:
    """No step is without words."""
    assert set(health.SENTENCES) == set(Step)


def test_what_a_slow_host_asks_for_is_said() -> None:
    """A Crawl-delay over a minute stands among the reasons; one that is too long to be kept is named as that."""
    listings = (Watched(visited=True),)
    delays = (("a.test", 30.0, 30.0), ("b.test", 600.0, 600.0), ("c.test", 86_400.0, 3600.0))
    found = health.judge(Facts(listings=listings, delays=delays), NOW)
    assert found.state is State.NORMAL and len(found.why) == 2
    assert "b.test asks for 600 s" in found.why[0] and "at most 144 a day" in found.why[0]
    assert "c.test asks for 86400 s" in found.why[1] and "3600 s are kept" in found.why[1]
