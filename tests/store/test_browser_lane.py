"""Pages that wait for the browser: a lane of their own in the frontier, and what comes with a rendering."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outcomes import NOW, RULES, Work, article, capture, claim, seconds
from tuoben import organise
from tuoben.model import Claim, Kind, Outcome, SourceSettings, Verdict
from tuoben.store import commits, frontier, health, models, replaying, sources

pytestmark = pytest.mark.django_db
LINKS = 5


def shells(work: Work, count: int = LINKS, browser: str = "needed") -> list[str]:
    """Pages at hosts of their own, each answered and to be opened in the browser; their addresses."""
    source = work.add_source()
    sources.set_settings(source, SourceSettings(browser=browser), NOW)
    found = []
    for number in range(count):
        page = claim(f"http://h{number}.test/1.html", source=source, article=f"a{number}", host=f"h{number}.test")
        frontier.add([frontier.item_of(page, NOW)], NOW)
        found.append(page.url)
    given: dict[str, Claim] = {}
    while len(given) < count:  # all are asked for before one is answered: else the lane could be given in between
        one = work.claim()
        if one.kind is Kind.PAGE:
            given[one.url] = one
        else:
            work.answer(one)
    for address in found:
        work.answer(given[address], render=True)
    return found


def test_one_page_at_a_time_whatever_its_host() -> None:
    """Of all pages that wait one is given; the next when it is done; their hosts are free all the while."""
    work = Work()
    waiting = shells(work)
    work.now += seconds(5)
    given = [one for one in work.claims() if one.kind is Kind.RENDERED]
    assert [one.url for one in given] == waiting[:1] and given[0].host == frontier.LANE
    work.now += seconds(60)
    assert not [one for one in work.claims() if one.kind is Kind.RENDERED]
    assert not models.Host.objects.filter(authority="h1.test", leased_until__isnull=False).exists()
    work.answer(given[0])
    work.now += seconds(5)
    assert [one.url for one in work.claims() if one.kind is Kind.RENDERED] == waiting[1:2]


def test_no_robots_txt_is_asked_of_the_lane() -> None:
    """It is no host: what robots.txt says is asked of the host of each request."""
    work = Work()
    shells(work, 1)
    assert not models.Item.objects.filter(kind=Kind.ROBOTS, host=frontier.LANE).exists()
    assert work.until(Kind.RENDERED).url == "http://h0.test/1.html"
    assert not models.Item.objects.filter(kind=Kind.ROBOTS, host=frontier.LANE).exists()


def test_a_page_of_a_paused_source_is_not_opened() -> None:
    """It waits like all else of that source."""
    work = Work()
    shells(work, 1)
    models.Source.objects.update(state="paused")
    work.now += seconds(5)
    assert not [one for one in work.claims() if one.kind is Kind.RENDERED]


def test_a_robots_txt_that_is_wanted_is_asked_for_once() -> None:
    """What no item of a host asked for has the host's robots.txt queued, and knows it when it has come."""
    work, page = Work(), claim("http://h.test/1.html", Kind.RENDERED, host=frontier.LANE)
    assert frontier.want_robots("http://cdn.test/x.js", page, work.now) is None
    assert frontier.want_robots("http://cdn.test/y.js", page, work.now) is None
    assert models.Item.objects.filter(kind=Kind.ROBOTS, host="cdn.test").count() == 1
    asked = work.claim()
    assert (asked.kind, asked.url) == (Kind.ROBOTS, "http://cdn.test/robots.txt")
    work.answer(asked)
    assert frontier.want_robots("http://cdn.test/x.js", page, work.now) == (b"", "allow-all")


def rendering(work: Work, page, hidden: bool = False) -> list[Outcome]:
    """What came of opening a page: two files that it loaded, its document, the picture, and the article."""
    told = replace(page, item=0, epoch=0, link=None, loaded=True)
    files = [f"{page.url}.json", f"{page.url}.css"]
    found = []
    for address in files:
        one = replace(told, kind=Kind.REQUISITE, url=address, host=page.url.split("/")[2])
        found.append(Outcome(claim=one, at=work.now, ended=work.now, verdict=Verdict.DONE,
                             capture=capture(address, Kind.REQUISITE, work.now)))  # fmt: skip
    for kind in (Kind.PAGE, Kind.SCREENSHOT):
        one = replace(told, kind=kind, host=page.url.split("/")[2], loaded=kind is Kind.PAGE)
        found.append(Outcome(claim=one, at=work.now, ended=work.now, verdict=Verdict.DONE,
                             capture=capture(page.url, kind, work.now)))  # fmt: skip
    read = article(page.url, requisites=(f"{page.url}.png",))
    found.append(Outcome(claim=page, at=work.now, ended=work.now, verdict=Verdict.DONE, article=read,
                         signature=organise.signature(read), requisites=(*files, f"{page.url}.png"),
                         capture=capture(page.url, Kind.RENDERED, work.now)))  # fmt: skip
    return found


def test_a_rendering_is_one_article_with_all_that_belongs_to_it() -> None:
    """Its captures name the article; what was loaded is not asked for again, what was not is queued; the page is looked
    at again by the browser, and what is hidden is hidden in every form."""
    work = Work()
    shells(work, 1)
    page = work.until(Kind.RENDERED)
    commits.commit(rendering(work, page), RULES)
    (row,) = models.Article.objects.all()
    assert row.pk == page.article
    kinds = dict(models.Capture.objects.filter(url=page.url, article=row.pk).values_list("kind", "url"))
    assert set(kinds) == {"page", "rendered", "screenshot"}
    states = dict(models.Item.objects.filter(kind=Kind.REQUISITE).values_list("url", "state"))
    assert states == {f"{page.url}.json": "done", f"{page.url}.css": "done", f"{page.url}.png": "queued"}
    assert models.Requisite.objects.filter(article=row).count() == 3
    again = models.Item.objects.get(kind=Kind.RENDERED)
    assert again.state == "queued" and again.due_at > work.now and again.rank == frontier.RECHECK
    assert models.Item.objects.get(kind=Kind.PAGE).state == "done"

    forms = [((Kind.RENDERED,), page.url), ((Kind.SCREENSHOT,), page.url), ((Kind.PAGE,), page.url)]
    assert [len(replaying.captures_of(address, kind)) for kind, address in forms] == [1, 1, 2]
    assert len(replaying.captures_of(f"{page.url}.json")) == 1
    (made,) = replaying.captures_of(page.url, (Kind.RENDERED,))
    assert getattr(replaying.picture_of(made), "kind", None) is Kind.SCREENSHOT
    assert getattr(replaying.document_of(made), "kind", None) is Kind.PAGE
    models.Article.objects.update(hidden_at=work.now)
    assert not any(replaying.captures_of(address, kind) for kind, address in forms)
    assert not replaying.captures_of(f"{page.url}.json")


def test_a_page_that_needs_the_browser_again_is_opened_again() -> None:
    """When its plain page is asked for once more, a rendering that was over is queued once more, and only once."""
    work = Work()
    shells(work, 1)
    page = work.until(Kind.RENDERED)
    work.answer(page, 0, verdict=Verdict.FAILED, error="no")
    assert models.Item.objects.get(kind=Kind.RENDERED).state == "failed"
    told = health.known(page.url).item
    assert told is not None and (told["state"], told["error"]) == ("failed", "no")
    models.Item.objects.filter(kind=Kind.PAGE).update(state="queued", due_at=work.now)
    models.Host.objects.filter(authority="h0.test").update(wake_at=work.now)
    work.answer(work.until(Kind.PAGE), render=True)
    assert [(one.state, one.attempts) for one in models.Item.objects.filter(kind=Kind.RENDERED)] == [("queued", 0)]
    assert work.until(Kind.RENDERED).url == page.url
