"""What hosts are spared, and what a failing database does not repeat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import OperationalError

from outcomes import NOW, RULES, Work, capture, claim, seconds
from tuoben import pipeline, planning
from tuoben.errors import ConnectError
from tuoben.fetch import politeness
from tuoben.fetch.permission import Permits
from tuoben.model import Claim, Kind, Outcome, SourceSettings, Verdict
from tuoben.store import commits, frontier, models


@pytest.mark.parametrize(
    ("address", "operator", "own", "wait"),
    [
        ("https://cdn.test/a", 5.0, 0.0, 5.0),
        ("https://cdn.test/a", None, 0.0, 1.0),
        ("https://cdn.test/a", None, 9.0, 9.0),
        ("https://www.paper.test/a", 5.0, 0.0, 5.0),
        ("https://www.paper.test/a", None, 0.0, 0.0),
        ("https://www.paper.test/a", 5.0, 9.0, 9.0),
    ],
)
def test_the_delay_of_a_source_is_for_its_own_site(address, operator, own, wait) -> None:
    """A source's delay shortens nothing that the operator set, and nothing at all on the hosts of others."""
    asked = replace(
        claim(kind=Kind.PAGE), url=address, source_url="https://paper.test/", settings=SourceSettings(delay=own)
    )
    told = planning.ready(operator, Outcome(claim=asked, at=NOW, ended=NOW, verdict=Verdict.DONE), None)
    assert (told.page - NOW).total_seconds() == wait


@pytest.mark.parametrize(
    ("status", "strikes", "told", "rest"),
    [
        (429, 0, "", 60),
        (429, 1, "", 120),
        (429, 9, "", 3600),
        (429, 3, "7", 7),
        (503, 0, "", 5),
        (503, 3, "", 40),
        (503, 99, "", 3600),
        (503, 0, "0", 1),
        (500, 3, "", 1),
        (404, 3, "", 1),
    ],
)
def test_a_host_that_is_asked_too_much_rests(status: int, strikes: int, told: str, rest: int) -> None:
    """429 and 503 without Retry-After let the whole host rest, twice as long with each one in a row, an hour at most."""
    base = Outcome(claim=claim(), at=NOW, ended=NOW, verdict=Verdict.DONE, capture=capture(claim().url, status=status))
    timing = planning.ready(None, pipeline.failed(base, status, told), None, strikes)
    assert timing.page == NOW + seconds(rest)
    assert timing.strikes == (min(strikes + 1, politeness.MOST_STRIKES) if status in (429, 503) else 0)


@pytest.mark.django_db
def test_what_a_host_suffers_is_known_across_its_pages() -> None:
    """Each page of a host that answers 503 makes it rest longer, a good answer begins anew, a broken connection says
    nothing."""
    work = Work()
    frontier.add([frontier.item_of(claim(f"http://a.test/{n}"), NOW) for n in range(9)], NOW)
    models.Host.objects.update(robots_verdict="allow-all", robots_until=NOW + seconds(99_999))
    rests = []
    for status in (503, 503, 503, 0, 503, 200, 503):
        one, before = work.claim(), work.now
        base = work.outcome(one, status)
        failed = base if status == 200 else pipeline.failed(base, status or ConnectError("broken"))
        commits.commit([failed], RULES)
        ready = models.Host.objects.get().page_ready_at
        rests.append((ready - before).total_seconds())
    assert rests == [5, 10, 20, 1, 40, 1, 5]


@pytest.mark.django_db
def test_what_was_committed_one_by_one_is_not_committed_again() -> None:
    """When the database fails between two outcomes, the repetition takes up the rest, and no receipt is lost."""
    frontier.add(
        [
            frontier.item_of(Claim(item=0, epoch=0, kind=Kind.PAGE, url=f"https://{n}.test/a", host=f"{n}.test"), NOW)
            for n in "ab"
        ],
        NOW,
    )
    models.Host.objects.update(robots_verdict="allow-all", robots_until=NOW + seconds(99))
    claims = sorted(frontier.claim(NOW, 2, Permits()), key=lambda one: one.host)
    outcomes = [Outcome(claim=one, at=NOW, ended=NOW, verdict=Verdict.RETRY, due_at=NOW + seconds(9)) for one in claims]
    rules = planning.rules(None)
    trouble: list[Exception] = [OperationalError("disk I/O error"), ValueError("together")]

    def ready(outcome: Outcome, crawl_delay: float | None, strikes: int) -> frontier.Timing:
        if outcome.claim.host == "b.test" and trouble:
            raise trouble.pop()
        return rules.ready(outcome, crawl_delay, strikes)

    done: dict[int, commits.Receipt] = {}
    with pytest.raises(OperationalError):
        commits.commit(outcomes, replace(rules, ready=ready), done=done)
    receipts = commits.commit(outcomes, replace(rules, ready=ready), done=done)
    assert [one.outcome.claim.host for one in receipts] == ["a.test", "b.test"]
    assert list(models.Item.objects.order_by("host").values_list("attempts", flat=True)) == [1, 1]
