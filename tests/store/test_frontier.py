"""The frontier: whom may be asked for what, and when, whatever happened before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from outcomes import DAY, NOW, RULES, Work, item, seconds
from tuoben import source_settings
from tuoben.fetch import politeness
from tuoben.fetch.permission import Permits
from tuoben.ids import mint
from tuoben.model import Claim, Kind, Link, Outcome, RobotsFinding, Verdict
from tuoben.store import commits, frontier, models, watch

pytestmark = pytest.mark.django_db
HOSTS = ("a.test", "b.test:8080", "c.test")
ROBOTS = b"User-agent: *\nDisallow: /no/\n"
PAGE, REQUISITE = seconds(politeness.DOCUMENT_DELAY), seconds(politeness.REQUISITE_DELAY)


def new(address: str, kind: Kind = Kind.PAGE, due=NOW) -> models.Item:
    """An item that is not in the frontier yet."""
    return models.Item(kind=kind, url=address, key=f"{kind} {address}", due_at=due)


def put(*items: models.Item, now=NOW) -> None:
    """Items of hosts whose robots.txt is known and forbids /no/."""
    frontier.add(items, now)
    models.Host.objects.filter(robots_verdict="").update(
        robots=ROBOTS, robots_verdict="use", robots_until=now + 30 * DAY, robots_waiting=False
    )


def rows() -> list[dict]:
    """All that the frontier holds."""
    return [model_to_dict(row) for table in (models.Host, models.Item) for row in table.objects.order_by("pk")]


class Frontier(RuleBasedStateMachine):
    """Adds, claims, completions, stale completions and crashes in any order, against a plain account of the laws."""

    completed = Bundle("completed")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOW
        self.leased: dict[str, Claim] = {}
        self.page: dict[str, object] = {}
        self.requisite: dict[str, object] = {}
        self.known: set[str] = set()
        self.listed: dict[str, bool] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @rule(
        host=st.sampled_from(HOSTS),
        kind=st.sampled_from([Kind.LISTING, Kind.PAGE, Kind.PAGE, Kind.REQUISITE, Kind.REQUISITE]),
        path=st.sampled_from(["/1", "/2", "/3", "/no/1", "/no/2"]),
        wait=st.sampled_from([0, 0, 0.5, 5]),
    )
    def add(self, host, kind, path, wait) -> None:
        """New items come in; an address that is known is passed over."""
        one = new(f"http://{host}{path}", kind, self.now + seconds(wait))
        known = models.Item.objects.filter(key=one.key).exists()
        assert len(frontier.add([one], self.now)) == (not known)

    @rule(wait=st.sampled_from([0.1, 0.3, 1, 4]))
    def pass_time(self, wait) -> None:
        """The clock goes on."""
        self.now += seconds(wait)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit) -> None:
        """What is given keeps all laws, and when less is given than asked for, nothing more may be."""
        refused = models.Item.objects.filter(state="refused").count()
        given = frontier.claim(self.now, limit, Permits())
        assert len({one.host for one in given}) == len(given) <= limit
        for one in given:
            self.check(one)
            self.leased[one.host] = one
        if len(given) < limit and refused == models.Item.objects.filter(state="refused").count():
            wake = frontier.next_wake(self.now)
            assert wake is None or wake > self.now

    def check(self, one: Claim) -> None:
        """The laws that hold for every single claim."""
        assert one.host not in self.leased
        ready = self.requisite if one.kind is Kind.REQUISITE else self.page
        assert ready.get(one.host, NOW) <= self.now
        assert "/no/" not in one.url
        assert one.kind is Kind.ROBOTS or one.host in self.known
        due = models.Item.objects.filter(host=one.host, state="queued", due_at__lte=self.now)
        if one.kind is Kind.PAGE and not self.listed.get(one.host):
            assert not due.filter(kind=Kind.LISTING).exclude(url__contains="/no/").exists()
        if one.kind is Kind.REQUISITE and self.page.get(one.host, NOW) <= self.now:
            assert not due.filter(kind__in=[Kind.LISTING, Kind.PAGE]).exclude(url__contains="/no/").exists()

    @rule(target=completed, pick=st.integers(0, 2), again=st.booleans())
    def complete(self, pick, again):
        """One of those under way comes to its end, well or to be tried again."""
        if not self.leased:
            return None
        one = self.leased.pop(sorted(self.leased)[pick % len(self.leased)])
        outcome = self.outcome(one, again and one.kind is not Kind.ROBOTS)
        commits.commit([outcome], RULES)
        spent = REQUISITE if one.kind is Kind.REQUISITE else PAGE
        self.listed[one.host] = one.kind is Kind.LISTING
        self.page[one.host] = max(self.page.get(one.host, NOW), self.now + spent)
        self.requisite[one.host] = max(self.requisite.get(one.host, NOW), self.now + REQUISITE)
        if one.kind is Kind.ROBOTS:
            self.known.add(one.host)
        return outcome

    def outcome(self, one: Claim, again: bool) -> Outcome:
        """What became of a claim."""
        finding = RobotsFinding(body=ROBOTS, verdict="use", until=self.now + DAY) if one.kind is Kind.ROBOTS else None
        verdict, due = (Verdict.RETRY, self.now + seconds(2)) if again else (Verdict.DONE, None)
        return Outcome(claim=one, at=self.now, ended=self.now, verdict=verdict, due_at=due, robots=finding)

    @rule(outcome=consumes(completed))
    def complete_twice(self, outcome) -> None:
        """A completion of an older lease changes nothing, if the host was leased again meanwhile."""
        host = models.Host.objects.filter(authority=outcome.claim.host).first() if outcome else None
        if host is None or host.epoch == outcome.claim.epoch or outcome.claim.kind is Kind.ROBOTS:
            return
        again = models.Item.objects.get(pk=outcome.claim.item).epoch == outcome.claim.epoch
        before = rows()
        if not again:
            commits.commit([outcome], RULES)
        frontier.release(outcome.claim, RULES.ready(outcome, None, 0))
        assert rows() == before

    @rule()
    def crash(self) -> None:
        """Whoever starts next frees all that was leased, and lets those hosts rest."""
        assert frontier.recover(self.now, 1.0, "") == len(self.leased)
        for host in self.leased:
            self.page[host] = self.requisite[host] = self.now + PAGE
        self.leased.clear()

    @invariant()
    def leases(self) -> None:
        """A host is leased exactly while one of its items is."""
        items = models.Item.objects.filter(state="leased").values_list("host", flat=True)
        assert sorted(items) == sorted(self.leased)
        hosts = models.Host.objects.filter(leased_until__isnull=False).values_list("authority", flat=True)
        assert sorted(hosts) == sorted(self.leased)

    @invariant()
    def robots_once(self) -> None:
        """A host never has two robots.txt to wait for."""
        waiting = models.Item.objects.filter(kind=Kind.ROBOTS).values_list("host", flat=True)
        assert len(waiting) == len(set(waiting))


def test_the_laws_of_the_frontier() -> None:
    """No order of adds, claims, completions and crashes breaks a law of politeness."""
    run_state_machine_as_test(
        Frontier,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_robots_txt_comes_first_and_once() -> None:
    """A new host gives its robots.txt, nothing else until that is answered, and never a second time."""
    frontier.add([new("http://a.test/1"), new("http://a.test/x.png", Kind.REQUISITE)], NOW)
    work = Work()
    (first,) = work.claims()
    assert (first.kind, first.url, first.for_host) == (Kind.ROBOTS, "http://a.test/robots.txt", "a.test")
    work.answer(first, 503, verdict=Verdict.RETRY, due_at=NOW + seconds(2))
    frontier.add([new("http://a.test/2")], NOW)
    work.now += seconds(1.5)
    assert work.claims() == []
    again = work.claim()
    assert again.kind is Kind.ROBOTS and again.item == first.item and again.attempts == 1
    work.answer(again)
    assert work.claim().kind is not Kind.ROBOTS and models.Item.objects.filter(kind=Kind.ROBOTS).count() == 1


def test_robots_txt_is_asked_for_again_after_its_day() -> None:
    """A finding that is out of date is not used: robots.txt comes first again."""
    frontier.add([new("http://a.test/1", due=NOW + 2 * DAY)], NOW)
    work = Work(NOW + 2 * DAY)
    models.Host.objects.update(robots=ROBOTS, robots_verdict="use", robots_until=NOW + DAY)
    assert work.claim().kind is Kind.ROBOTS


def test_the_order_within_a_host() -> None:
    """A host gives robots.txt, then listings, pages and requisites; within a kind what fell due first."""
    put(
        new("http://a.test/x.png", Kind.REQUISITE, NOW - seconds(9)),
        new("http://a.test/2"),
        new("http://a.test/1", due=NOW - seconds(1)),
        new("http://a.test/feed", Kind.LISTING),
    )
    models.Host.objects.update(robots_verdict="")
    work, seen = Work(), []
    for _ in range(5):
        one = work.claim()
        seen.append(one.url.removeprefix("http://a.test"))
        work.answer(one)
        work.now += seconds(1)
    assert seen == ["/robots.txt", "/feed", "/1", "/2", "/x.png"]


def test_requisites_go_on_while_pages_wait() -> None:
    """After a page its images follow at 0.2 s, and the next page waits its second from the page, not from them."""
    put(*(new(f"http://a.test/{n}") for n in (1, 2)))
    work = Work()
    work.answer(work.claim())
    put(*(new(f"http://a.test/{n}.png", Kind.REQUISITE) for n in range(9)))
    times = []
    while True:
        one = work.claim()
        if one.kind is Kind.PAGE:
            break
        times.append((work.now - NOW).total_seconds())
        work.answer(one)
    assert times == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.02)
    assert (work.now - NOW).total_seconds() == pytest.approx(1.0, abs=0.02)


def test_what_robots_txt_forbids_is_refused_and_not_claimed() -> None:
    """Forbidden items are closed with the reason, however many they are, and the allowed one behind them comes."""
    put(*(new(f"http://a.test/no/{n}") for n in range(50)), new("http://a.test/yes"))
    (one,) = Work().claims()
    assert one.url == "http://a.test/yes"
    refused = models.Item.objects.filter(state="refused")
    assert refused.count() == 50 and "robots.txt" in refused[0].error


def test_hosts_with_a_thousand_refusals_take_turns() -> None:
    """A host full of forbidden addresses does not keep others waiting, and comes to its end."""
    put(*(new(f"http://a.test/no/{n}", due=NOW - DAY) for n in range(1000)), new("http://b.test/1"))
    work = Work()
    (one,) = work.claims()
    assert one.host == "b.test"
    work.answer(one)
    for _ in range(5):
        assert work.claims() == []
    assert models.Item.objects.filter(state="refused").count() == 1000
    assert frontier.next_wake(NOW) is None


def test_a_claim_tells_all_that_is_known() -> None:
    """A claim carries its source, its listing, the link as announced, validators, attempts and visits."""
    work = Work()
    work.add_source(("http://a.test/feed.xml", "feed"))
    link = Link(url="http://a.test/1.html", title="标题", summary="摘要", categories=("国内",))
    work.answer(work.until(Kind.LISTING), links=(link,), etag='"1"', due_at=NOW + DAY)
    page = work.claim()
    assert page.link == link and page.source_name == "甲" and page.source_url == "http://a.test/"
    assert page.listing_url == "http://a.test/feed.xml" and page.listing_kind == "feed"
    assert len(page.article) == len(mint(NOW))
    work.answer(page, verdict=Verdict.RETRY, due_at=work.now + seconds(2))
    page = work.claim()
    assert page.attempts == 1
    work.answer(page)
    work.now = NOW + DAY
    again = work.until(Kind.LISTING)
    assert again.etag == '"1"' and again.visits == 1


def test_known_keys_are_passed_over() -> None:
    """Adding what is known, also twice in one go, adds nothing and changes nothing."""
    put(new("http://a.test/1"))
    before = rows()
    later = NOW + DAY
    assert frontier.add([new("http://a.test/1", due=later), new("http://a.test/1", due=later)], later) == []
    assert rows() == before
    twins = [new("http://a.test/2"), new("http://a.test/2")]
    assert len(frontier.add(twins, NOW)) == 1


def test_recover_frees_everything_and_waits() -> None:
    """After a crash all that was leased is queued again, its hosts wait the delay or their longer crawl delay."""
    put(new("http://a.test/1"), new("http://b.test/1"), new("http://c.test/1", due=NOW + DAY))
    models.Host.objects.filter(authority="b.test").update(crawl_delay=30)
    claimed = Work().claims()
    assert len(claimed) == 2
    assert frontier.recover(NOW, 2.0, "w1") == 0 and frontier.recover(NOW, 2.0, "") == 2
    assert not models.Host.objects.filter(leased_until__isnull=False).exists()
    assert Work(NOW + seconds(1.9)).claims() == []
    assert [one.host for one in Work(NOW + seconds(2)).claims()] == ["a.test"]
    assert Work(NOW + seconds(29)).claims() == []
    assert [one.host for one in Work(NOW + seconds(30)).claims()] == ["b.test"]


def test_recover_does_not_wait_for_years() -> None:
    """A crawl delay of a year counts as the hour that is kept to, after a crash too."""
    put(new("http://a.test/1"))
    models.Host.objects.update(crawl_delay=31_536_000)
    Work().claims()
    frontier.recover(NOW, 1.0, "")
    assert frontier.next_wake(NOW) <= NOW + seconds(source_settings.LONGEST_DELAY)


def test_a_crawl_delay_wins_when_it_is_longer() -> None:
    """A host that asks for ten seconds between requests gets them, for its requisites too."""
    put(new("http://a.test/1"), new("http://a.test/x.png", Kind.REQUISITE))
    models.Host.objects.update(crawl_delay=10)
    work = Work()
    work.answer(work.claim())
    assert work.claim().kind is Kind.REQUISITE and work.now >= NOW + seconds(10)


def test_make_due_wakes_listings_that_rest() -> None:
    """Listings that were visited, failed or wait for later are due now; those due already are not counted."""
    work = Work()
    work.add_source()
    ids = list(models.Listing.objects.values_list("pk", flat=True))
    assert frontier.make_due(ids, NOW) == 0
    work.answer(work.until(Kind.LISTING), due_at=NOW + DAY)
    assert frontier.make_due(ids, work.now) == 1
    one = work.until(Kind.LISTING)
    work.answer(one, 0, verdict=Verdict.FAILED, error="nein")
    assert frontier.make_due(ids, work.now) == 1
    again = work.until(Kind.LISTING)
    assert again.url == one.url and again.attempts == 0


def test_make_due_leaves_a_leased_listing_under_way() -> None:
    """A listing that is being asked for right now is not queued a second time."""
    work = Work()
    work.add_source()
    work.until(Kind.LISTING)
    assert frontier.make_due(models.Listing.objects.values_list("pk", flat=True), work.now) == 0
    assert item("http://a.test/feed.xml").state == "leased" and work.claims() == []


def test_an_idle_frontier_says_so() -> None:
    """Without items there is nothing to wait for; with one for tomorrow there is, but not within the hour."""
    assert frontier.next_wake(NOW) is None and watch.quiet(NOW, NOW)
    put(new("http://a.test/1", due=NOW + DAY))
    assert frontier.next_wake(NOW) == NOW + DAY
    assert watch.quiet(NOW, NOW + timedelta(hours=1)) and not watch.quiet(NOW, NOW + DAY)


def test_what_is_under_way_is_waited_for() -> None:
    """While an item is leased, the frontier is not quiet."""
    put(new("http://a.test/1"))
    Work().claims()
    assert not watch.quiet(NOW, NOW)


def test_pages_behind_a_robots_txt_for_later_are_not_waited_for() -> None:
    """A robots.txt that is to be tried again in an hour does not keep `--once` waiting for the pages behind it."""
    frontier.add([new("http://a.test/1")], NOW)
    work = Work()
    work.answer(work.claim(), 429, verdict=Verdict.RETRY, due_at=NOW + timedelta(hours=1))
    assert frontier.next_wake(work.now) == NOW + timedelta(hours=1)
    assert watch.quiet(work.now, work.now)


def test_a_requisite_that_needs_robots_txt_first_waits_as_long_as_that() -> None:
    """When a requisite needs a new robots.txt, the host wakes when robots.txt may be asked for, not before."""
    put(new("http://a.test/1"), new("http://a.test/x.png", Kind.REQUISITE))
    work = Work()
    work.answer(work.claim())
    models.Host.objects.update(robots_until=NOW)
    work.now += seconds(0.5)
    assert work.claims() == [] and frontier.next_wake(work.now) > work.now


def test_what_is_found_while_robots_txt_cannot_be_read_waits() -> None:
    """New items of a host whose robots.txt is unreachable are asked for when it can be read again, not refused."""
    put(new("http://a.test/1"))
    work = Work()
    models.Host.objects.update(robots_verdict="disallow-all", robots_until=NOW + seconds(600))
    assert work.claims() == []
    work.now += seconds(601)
    assert work.claim().kind is Kind.ROBOTS
    assert item("http://a.test/1").state == "queued"
