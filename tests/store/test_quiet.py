"""When a run that goes on until all is done is over: delays are waited for, rests that hosts ask for are not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outcomes import NOW, Work, article, seconds
from tuoben import planning
from tuoben.model import Kind, SourceSettings, Verdict
from tuoben.store import commits, models, sources, watch

pytestmark = pytest.mark.django_db
ONE, TWO = "http://a.test/1.html", "http://a.test/2.html"


def collecting(delay: float | None = None) -> Work:
    """A source of which two pages are announced."""
    made = Work()
    source = made.add_source()
    if delay is not None:
        sources.set_settings(source, SourceSettings(delay=delay), NOW)
    made.announce(ONE, TWO)
    return made


@pytest.mark.parametrize("delay", [None, 1.0, 60.0, 120.0, 3600.0])
def test_a_delay_of_the_source_is_waited_for(delay: float | None) -> None:
    """However long the operator made a source's delay, the run is over only when its last page was asked for."""
    made = collecting(delay)
    for address in (ONE, TWO):
        assert not watch.quiet(NOW, made.now)
        found = made.until(Kind.PAGE)
        made.answer(found, article=article(found.url))
        if address == ONE and delay:
            host = models.Host.objects.get(authority="a.test")
            assert host.page_ready_at >= made.now + seconds(delay)
    models.Item.objects.filter(kind=Kind.POLICY).update(due_at=NOW + timedelta(days=9), visits=1)
    assert watch.quiet(NOW, made.now)


def test_the_delay_of_all_hosts_is_waited_for() -> None:
    """A TUOBEN_HOST_DELAY of minutes does not end a run early."""
    made = collecting()
    found = made.until(Kind.PAGE)
    commits.commit([made.outcome(found, article=article(found.url))], planning.rules(300.0))
    assert not watch.quiet(NOW, made.now, delay=300.0) and watch.quiet(NOW, made.now)


@pytest.mark.parametrize("delay", [None, 120.0])
def test_a_rest_that_a_host_asks_for_is_not_waited_for(delay: float | None) -> None:
    """Retry-After of an hour ends the run, whatever the source's delay."""
    made = collecting(delay)
    found = made.until(Kind.PAGE)
    rest = made.now + timedelta(hours=1)
    made.answer(found, 503, verdict=Verdict.RETRY, due_at=rest, host_rests_until=rest)
    assert watch.quiet(NOW, made.now)
