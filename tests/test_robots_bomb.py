"""robots.txt files that are made to take long: nobody else waits for them, and nothing slips through meanwhile."""

from __future__ import annotations

import time

import pytest

from loopback import Web
from outcomes import NOW, collect, file_rows, seconds
from stories import publish
from tuoben.fetch import permission
from tuoben.fetch.permission import Permits
from tuoben.home import Home
from tuoben.model import Kind
from tuoben.runner import Runner
from tuoben.store import frontier, models, repository

LONG = "a" * 7000
STARS = b"".join(b"Disallow: /*a*a*a*" + b"a" * 24 + b"b%d\n" % n for n in range(5000))
NEEDLES = b"".join(b"Disallow: /*" + b"a" * 49 + b"b" + b"a" * 49 + b"%d\n" % n for n in range(4400))
BOMBS = (STARS, NEEDLES)
FORBIDDEN = b"User-agent: *\nDisallow: /no/\n"


def fill(hosts: int, items: int) -> None:
    """Hosts with a bomb each, and as many hosts that are good, whose items come last."""
    addresses = [f"http://bomb{n}.test/{'no/' if i % 2 else ''}{LONG}{i}" for n in range(hosts) for i in range(items)]
    made = [models.Item(kind=Kind.PAGE, url=one, key=f"page {one}", due_at=NOW) for one in addresses]
    late = NOW + seconds(0.5)
    made += [
        models.Item(kind=Kind.PAGE, url=f"http://good{n}.test/", key=f"page {n}", due_at=late) for n in range(hosts)
    ]
    frontier.add(made, NOW)
    known = {"robots_verdict": "use", "robots_until": NOW + seconds(9999)}
    models.Host.objects.filter(authority__startswith="good").update(robots=FORBIDDEN, **known)
    for n in range(hosts):
        body = FORBIDDEN + BOMBS[n % len(BOMBS)]
        models.Host.objects.filter(authority=f"bomb{n}.test").update(robots=body, **known)


def left(state: str) -> int:
    return models.Item.objects.filter(url__contains="/no/", state=state).count()


@pytest.mark.django_db
def test_a_claim_is_over_soon_whatever_robots_txt_says(record_property) -> None:
    """Four bombs with four forbidden and four allowed addresses each hold the rows for a fraction of a second at a
    time; the good hosts come in the first claim, forbidden addresses are refused, each allowed one is given once."""
    fill(4, 8)
    permits, now, taken, longest = Permits(), NOW + seconds(1), [], 0.0
    for turn in range(300):
        permits.begin()
        started = time.perf_counter()
        claims = frontier.claim(now, 96, permits)
        longest = max(longest, time.perf_counter() - started)
        assert turn or len(claims) == 4
        for claim in claims:
            taken.append(claim.url)
            frontier.release(claim, frontier.Timing(page=now, requisite=now))
            models.Item.objects.filter(pk=claim.item).update(state="done")
        for body, addresses in permits.take().items():
            for some in permission.portions(body, addresses):
                permits.decided(body, permission.decide(body, some))
            permits.finished(body)
        if len(taken) == 20:
            break
        now += seconds(1)
    assert len(taken) == len(set(taken)) == 20 and not any("/no/" in one for one in taken)
    assert left("refused") >= 12  # behind the last allowed one nothing was looked at
    record_property("longest claim, seconds", round(longest, 3))
    print(f"longest claim: {longest:.3f} s")
    assert longest < 1.0


def test_what_waits_for_a_verdict_is_not_permitted() -> None:
    """While the rest is not decided, the answer is neither yes nor no, and it is asked for once."""
    permits = Permits()
    body, address = FORBIDDEN + NEEDLES, f"http://a.test/{LONG}"
    assert permits(body, "use", address) is None and permits(body, "use", "http://a.test/no/") is None
    assert permits.take() == {body: [address, "http://a.test/no/"]}
    assert permits(body, "use", address) is None and permits.take() == {}
    permits.decided(body, permission.decide(body, [address, "http://a.test/no/"]))
    permits.finished(body)
    assert permits(body, "use", address) is True and permits(body, "use", "http://a.test/no/") is False
    assert permits(body, "use", "http://a.test/new") is None and permits.take() == {body: ["http://a.test/new"]}


def test_what_is_kept_is_bounded() -> None:
    """Thousands of files, each another one, stay in a few megabytes; a claim that read enough of them leaves the rest."""
    permits = Permits()
    answers = []
    for n in range(3000):
        permits.begin()
        answers.append(
            permits(b"User-agent: *\nDisallow: /no/\n#" + b"x" * 2000 + b"%d" % n, "use", "http://a.test/no/")
        )
    assert answers == [False] * 3000
    assert sum(map(len, permits._parsed)) <= permission.PARSED
    permits.begin()
    found = [permits(FORBIDDEN + b"#" * 60_000 + b"%d" % n, "use", "http://a.test/no/") for n in range(9)]
    assert found[0] is False and found[-1] is None


def test_a_bomb_beside_a_good_source(tmp_path, web: Web, django_db_blocker) -> None:
    """A crawl of both: the good source's articles are all there, the bomb's are when it allows them, the forbidden are
    never asked for."""
    good, bomb = web.host("good.test"), web.host("bomb.test")
    publish(good, 5)
    titles = publish(bomb, 6)
    bomb.robots(b"User-agent: *\nDisallow: /a/1.html\nDisallow: /a/2.html\n" + NEEDLES)
    with django_db_blocker.unblock(), file_rows(Home(tmp_path / "data")) as home, Runner(workers=2) as runner:
        from_both = [f"http://{name}.test/" for name in ("bomb", "good")]
        for address in from_both:
            repository.add_source(address, address, "", [(f"{address}feed.xml", "feed")], NOW)
        done = collect(home, web, runner)
        refused = models.Item.objects.filter(state="refused").count()
    assert refused == 2 and done.articles == 5 + len(titles) - 2
    assert not web.hits("bomb.test", "/a/1.html") and not web.hits("bomb.test", "/a/2.html")
