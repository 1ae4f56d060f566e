"""The one transaction: what an exchange changes in the rows, once, in order, and the same again from the WARC."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from outcomes import DAY, NOW, RULES, SEGMENT, Work, article, capture, claim, item, prose, seconds, stored
from tuoben import model
from tuoben.fetch.schedule import USUAL
from tuoben.model import Kind, Link, Outcome, Policy, RobotsFinding, Verdict
from tuoben.store import announced, checks, commits, frontier, leases, models, repository, runs

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = (f"http://a.test/{n}.html" for n in (1, 2, 3))


def work(*addresses: str) -> Work:
    """A source whose feed announced some pages."""
    made = Work()
    made.add_source()
    made.announce(*addresses)
    return made


def later(made: Work, address: str, said: model.Article | None, status: int = 200, **more) -> model.Receipt:
    """Visit a known page again a day later."""
    made.now += DAY
    models.Item.objects.filter(url=address).update(state="queued", due_at=made.now)
    models.Host.objects.update(wake_at=made.now)
    one = made.until(Kind.PAGE, address)
    return made.answer(one, status, **({"article": said} if said else {}), **more)


def contents(article: str) -> list[model.Article]:
    """The texts of all revisions."""
    return list(models.Revision.objects.filter(article=article).order_by("number").values_list("content", flat=True))


# --- an article -------------------------------------------------------------------------------------------------------
def test_a_new_article() -> None:
    """A page becomes capture, article, revision, keys, requisites and an outbox entry, under the id minted before."""
    made = work(ONE)
    minted = item(ONE).article
    said = article(ONE, prose(1), title="题", source="乙报", requisites=("http://img.test/x.png",), category="国内")
    told = made.page(ONE, said)
    assert told.new_article and told.article == minted
    row = models.Article.objects.get()
    assert (row.pk, row.url, row.canonical, row.title, row.credited) == (minted, ONE, ONE, "题", "乙报")
    assert row.site_id == "a.test" and row.announced_title == ONE and row.category == "国内"
    assert row.captured_at == row.first_captured_at == row.checked_at == row.sort_at == made.now
    assert runs.owners([row.exact]) == {row.exact: [row.pk]} and [one.url for one in row.requisites.all()] == [
        "http://img.test/x.png"
    ]
    assert models.Capture.objects.get(url=ONE).article == minted
    assert repository.outbox() == [(models.Outbox.objects.get().pk, minted)]
    assert item("http://img.test/x.png").article == minted
    assert item("http://a.test/.well-known/tdmrep.json").kind == Kind.POLICY
    assert checks.article_id(ONE) == minted


def test_one_canonical_address_is_one_article() -> None:
    """The same article at a second address, with a scheme of its own, is the first one again without a revision."""
    made = work(ONE, "http://m.a.test/1.html")
    first = made.page(ONE, article(ONE, canonical=ONE))
    second = made.page(
        "http://m.a.test/1.html", article("http://m.a.test/1.html", canonical="https://a.test/1.html?utm_source=m")
    )
    assert second.article == first.article and not second.new_article
    row = models.Article.objects.get()
    assert row.url == ONE and row.revisions.count() == 1
    assert set(models.Capture.objects.exclude(article="").values_list("article", flat=True)) == {first.article}


def test_a_changed_text_is_a_new_revision() -> None:
    """A changed text becomes revision 2, the article shows it, revision 1 stays, and the index is told."""
    made = work(ONE)
    id = made.page(ONE, article(ONE, prose(1), title="旧")).article
    repository.drained(row for row, _ in repository.outbox())
    again = later(made, ONE, article(ONE, prose(1) + "\n\n更正。", title="新"))
    assert again.article == id and not again.new_article
    row = models.Article.objects.get()
    assert row.title == "新" and row.captured_at == made.now > row.first_captured_at
    assert [one["title"] for one in contents(id)] == ["旧", "新"]
    assert [article for _, article in repository.outbox()] == [id]


def test_an_unchanged_text_is_no_revision() -> None:
    """The same content at a later visit is a capture and a time, no revision and no work for the index."""
    made = work(ONE)
    id = made.page(ONE, article(ONE, prose(1))).article
    repository.drained(row for row, _ in repository.outbox())
    later(made, ONE, article(ONE, prose(1)))
    row = models.Article.objects.get()
    assert len(contents(id)) == 1 and row.checked_at == made.now > row.captured_at
    assert repository.outbox() == [] and models.Capture.objects.filter(article=id).count() == 2


def test_a_not_modified_page_belongs_to_its_article() -> None:
    """A 304 is a capture of the article, and says when it was looked at last."""
    made = work(ONE)
    id = made.page(ONE).article
    told = later(made, ONE, None, 304, unchanged=True)
    assert told.article == id and models.Article.objects.get().checked_at == made.now
    assert models.Capture.objects.filter(article=id, status=304).exists()


def test_gone_is_noted_once_and_undone() -> None:
    """The first 404 or 410 sets when the article was gone, a later one does not move it, a new answer clears it."""
    made = work(ONE)
    made.page(ONE)
    later(made, ONE, None, 410, verdict=Verdict.FAILED, gone=True, error="The server answered 410.")
    since = made.now
    later(made, ONE, None, 404, verdict=Verdict.FAILED, gone=True, error="The server answered 404.")
    row = models.Article.objects.get()
    assert row.gone_at == since and row.checked_at == made.now and item(ONE).state == "queued"
    later(made, ONE, article(ONE))
    assert models.Article.objects.get().gone_at is None and len(contents(row.pk)) == 1


def test_a_page_that_is_no_article_leaves_a_capture() -> None:
    """What could not be read is stored, named on its item, and makes no article."""
    made = work(ONE)
    told = made.answer(made.until(Kind.PAGE), verdict=Verdict.FAILED, error="The page holds no text.")
    assert told.article == "" and not models.Article.objects.exists() and repository.outbox() == []
    assert models.Capture.objects.filter(url=ONE, article="").exists() and item(ONE).error == "The page holds no text."


def test_policy_is_kept_with_the_revision() -> None:
    """What the publisher asked for is part of the content, and a change of it is a revision."""
    made = work(ONE)
    id = made.page(ONE, article(ONE, prose(1))).article
    later(made, ONE, article(ONE, prose(1), policy=Policy(noarchive=True)))
    assert contents(id)[1]["policy"] == {"noarchive": True}


# --- parts ------------------------------------------------------------------------------------------------------------
PARTS = ("http://a.test/1_2.html", "http://a.test/1_3.html")


def first_page(text: str = "一") -> model.Article:
    """The first page of an article of three."""
    return article(ONE, text, html=f"<p>{text}</p>", next_pages=PARTS)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parts_are_joined_in_their_order(order) -> None:
    """The pages of an article are one text in the order of the pages, whichever came first; no article of their own."""
    made = work(ONE)
    id = made.page(ONE, first_page()).article
    for number in order:
        text = "二三"[number]
        told = made.page(PARTS[number], article(PARTS[number], text, html=f"<p>{text}</p>"))
        assert told.article == id and not told.new_article
    (content,) = contents(id)
    assert content["text"] == "一\n\n二\n\n三" and content["html"] == "<p>一</p><p>二</p><p>三</p>"
    assert models.Article.objects.count() == 1 and models.Part.objects.count() == 2


def test_a_joined_article_is_unchanged_when_its_first_page_is() -> None:
    """The first page is compared with the first page, not with the joined text."""
    made = work(ONE)
    id = made.page(ONE, first_page()).article
    for address in PARTS:
        made.page(address)
    later(made, ONE, first_page())
    assert len(contents(id)) == 1 and "第一段" in contents(id)[0]["text"]


def test_a_revision_of_the_first_page_keeps_the_parts() -> None:
    """When the first page changes, the new revision is the whole article too."""
    made = work(ONE)
    id = made.page(ONE, first_page()).article
    for address, text in zip(PARTS, "二三", strict=True):
        made.page(address, article(address, text))
    later(made, ONE, first_page("壹"))
    assert [one["text"] for one in contents(id)] == ["一\n\n二\n\n三", "壹\n\n二\n\n三"]


def test_a_changed_part_is_a_new_revision() -> None:
    """When a further page changes, what the article said before stays as it was."""
    made = work(ONE)
    id = made.page(ONE, first_page()).article
    for address, text in zip(PARTS, "二三", strict=True):
        made.page(address, article(address, text))
    later(made, PARTS[0], article(PARTS[0], "贰"))
    assert [one["text"] for one in contents(id)] == ["一\n\n二\n\n三", "一\n\n贰\n\n三"]


# --- reprints ---------------------------------------------------------------------------------------------------------
def groups() -> dict[str, str]:
    """Address → reprint group."""
    return dict(models.Article.objects.values_list("url", "group"))


def test_a_reprint_joins_the_first() -> None:
    """The same text at another address makes a group named for the article that came first."""
    made = work(ONE, "http://b.test/x.html", THREE)
    first = made.page(ONE, article(ONE, prose(1))).article
    made.page("http://b.test/x.html", article("http://b.test/x.html", "本文转自：甲报\n\n" + prose(1)))
    made.page(THREE, article(THREE, prose(2)))
    assert groups() == {ONE: first, "http://b.test/x.html": first, THREE: ""}


def test_groups_that_prove_to_be_one_are_merged() -> None:
    """A text that is a copy of two groups as a whole brings them, with all their members, into one."""
    made = work(*(f"http://h{n}.test/x.html" for n in range(5)))
    whole = prose(1, 30)
    sentences = whole.split("\n\n")
    texts = ("\n\n".join(sentences[:19]), "\n\n".join(sentences[11:]))
    ids = [
        made.page(f"http://h{n}.test/x.html", article(f"http://h{n}.test/x.html", texts[n // 2])).article
        for n in range(4)
    ]
    assert set(groups().values()) == {ids[0], ids[2]}
    made.page("http://h4.test/x.html", article("http://h4.test/x.html", whole))
    assert set(groups().values()) == {ids[0]}


# --- requisites -------------------------------------------------------------------------------------------------------
def test_requisites_are_shared() -> None:
    """Two articles that need the same image have a row each, and the image is asked for once."""
    image = "http://img.test/logo.png"
    made = work(ONE, TWO)
    for address in (ONE, TWO):
        made.page(address, article(address, prose(int(address[14])), requisites=(image, image)))
    assert models.Requisite.objects.filter(url=image).count() == 2
    assert models.Item.objects.filter(url=image).count() == 1
    assert item(image).referer == ONE


def test_what_a_style_sheet_needs_belongs_to_the_article() -> None:
    """Fonts and images of a style sheet are requisites of the article whose page needs the sheet."""
    made = work(ONE)
    made.page(ONE, article(ONE, requisites=("http://a.test/site.css",)))
    made.answer(made.until(Kind.REQUISITE), requisites=("http://a.test/f.woff2",))
    assert set(models.Requisite.objects.values_list("url", flat=True)) == {
        "http://a.test/site.css",
        "http://a.test/f.woff2",
    }
    assert item("http://a.test/f.woff2").referer == "http://a.test/site.css"


def test_what_a_shared_style_sheet_needs_belongs_to_both_articles() -> None:
    """A second article with the same style sheet keeps its fonts when the first one is hidden."""
    made = work(ONE, TWO)
    for address in (ONE, TWO):
        made.page(address, article(address, prose(int(address[14])), requisites=("http://a.test/site.css",)))
    made.answer(made.until(Kind.REQUISITE), requisites=("http://a.test/f.woff2",))
    assert models.Requisite.objects.filter(url="http://a.test/f.woff2").count() == 2


# --- redirects --------------------------------------------------------------------------------------------------------
def test_a_redirect_leads_to_an_item_with_the_same_article() -> None:
    """The target of a redirect is asked for with the article's id, its link and the way it took."""
    made = work(ONE)
    made.answer(made.until(Kind.PAGE), 302, redirect=TWO)
    one = made.until(Kind.PAGE)
    assert (one.url, one.via, one.article) == (TWO, (ONE,), item(ONE).article) and one.link is not None
    told = made.answer(one, article=article(TWO))
    assert told.new_article and item(ONE).state == "done"
    assert checks.article_id(TWO) == told.article


def test_a_redirect_to_a_known_address_is_an_alias() -> None:
    """A link that redirects to a known page is not asked for twice."""
    made = work(ONE, TWO)
    made.answer(made.until(Kind.PAGE, ONE), 302, redirect=TWO)
    assert item(ONE).alias_of == item(TWO) and item(ONE).state == "done"
    assert models.Item.objects.filter(kind=Kind.PAGE).count() == 2


@pytest.mark.parametrize("target", ["https://a.test/1.html", "http://a.test/1.html?utm_source=rss"])
def test_a_redirect_within_one_canonical_address_is_followed(target) -> None:
    """A page that redirects from http to https, or to itself with a tracking parameter, is asked for there."""
    made = work(ONE)
    made.answer(made.until(Kind.PAGE), 301, redirect=target)
    assert made.until(Kind.PAGE).url == target


def test_a_listing_that_redirects_is_followed_at_each_visit() -> None:
    """The target of a listing's redirect is asked for each time the listing is, and its links count for the listing."""
    made = Work()
    made.add_source()
    for visit in range(2):
        made.answer(made.until(Kind.LISTING), 301, redirect="http://b.test/new.xml")
        one = made.until(Kind.LISTING)
        assert one.url == "http://b.test/new.xml" and one.via == ("http://a.test/feed.xml",)
        told = made.answer(one, links=(Link(url=f"http://a.test/n{visit}.html"),))
        assert told.new_links == 1
        made.now += DAY
        frontier.make_due(models.Listing.objects.values_list("pk", flat=True), made.now)


def test_robots_txt_across_hosts() -> None:
    """A robots.txt that redirects to another host counts for the first host, and not for the other."""
    made = work()
    models.Host.objects.update(robots_verdict="", robots_until=None)
    models.Item.objects.filter(kind=Kind.ROBOTS).delete()
    put = models.Item(kind=Kind.PAGE, url=ONE, key="page 1", due_at=made.now)
    frontier.add([put], made.now)
    made.answer(made.until(Kind.ROBOTS), 301, redirect="http://r.test/robots.txt")
    assert models.Host.objects.get(authority="a.test").robots_waiting
    second = made.claim()
    assert (second.kind, second.host, second.for_host) == (Kind.ROBOTS, "r.test", "a.test")
    until = made.now + DAY
    made.answer(second, robots=RobotsFinding(body=b"", verdict="allow-all", until=until, crawl_delay=3.0))
    first, other = models.Host.objects.get(authority="a.test"), models.Host.objects.get(authority="r.test")
    assert (first.robots_verdict, first.robots_until, first.crawl_delay) == ("allow-all", until, 3.0)
    assert not first.robots_waiting and other.robots_verdict == ""
    assert made.claim().url == ONE


def test_an_unreachable_robots_txt_postpones_what_waits() -> None:
    """When nothing may be asked, what is queued waits until robots.txt is tried again, and says why."""
    made = Work()
    made.add_source()
    until = NOW + seconds(600)
    finding = RobotsFinding(body=b"", verdict="disallow-all", until=until)
    made.answer(made.claim(), 503, verdict=Verdict.FAILED, robots=finding, error="The server answered 503.")
    feed = item("http://a.test/feed.xml")
    assert (feed.state, feed.due_at, feed.error) == ("queued", until, "The server answered 503.")
    again = made.claim()
    assert again.kind is Kind.ROBOTS and made.now >= until


# --- retries, validators, listings ------------------------------------------------------------------------------------
def test_attempts_count_up_and_start_anew() -> None:
    """Each failure counts, an answer sets the count back, and validators last over failures."""
    made = work(ONE)
    made.page(ONE, etag='"1"', due_at=made.now + DAY)
    later(made, ONE, None, 503, verdict=Verdict.RETRY, due_at=made.now + seconds(2))
    assert (item(ONE).attempts, item(ONE).visits, item(ONE).etag) == (1, 1, '"1"')
    later(made, ONE, article(ONE), etag='"2"')
    assert (item(ONE).attempts, item(ONE).visits, item(ONE).etag) == (0, 2, '"2"')


def test_a_listing_says_how_its_last_visit_went() -> None:
    """The row of a listing has the time, the status and the error of its last visit."""
    made = Work()
    made.add_source()
    made.answer(
        made.until(Kind.LISTING), 500, verdict=Verdict.RETRY, due_at=made.now + DAY, error="The server answered 500."
    )
    row = models.Listing.objects.get()
    assert (row.checked_at, row.status, row.error) == (made.now, 500, "The server answered 500.")


@pytest.mark.parametrize(
    "more",
    [
        {"status": 301, "redirect": "http://b.test/new.xml"},
        {"status": 302, "verdict": Verdict.FAILED, "error": "circle"},
        {"status": 404, "verdict": Verdict.FAILED, "error": "The server answered 404."},
        {"status": 200, "verdict": Verdict.FAILED, "error": "The reader broke."},
        {"status": 0, "verdict": Verdict.FAILED, "error": "No such host."},
    ],
    ids=["redirect", "circle", "missing", "unreadable", "no answer"],
)
def test_a_listing_is_asked_again_whatever_became_of_it(more) -> None:
    """A feed that moved, breaks or vanishes is visited again at its period."""
    made = Work()
    made.add_source()
    made.answer(made.until(Kind.LISTING), **more)
    feed = item("http://a.test/feed.xml")
    assert feed.state == "queued" and abs(feed.due_at - made.now - USUAL.period) < seconds(1)


def test_a_sitemap_index_adds_its_sitemaps() -> None:
    """The sitemaps that an index names become listings of the source, once."""
    made = Work()
    made.add_source(("http://a.test/map.xml", "sitemap"))
    told = ("http://a.test/m1.xml", "http://a.test/m2.xml", "http://a.test/m1.xml")
    made.answer(made.until(Kind.LISTING), sitemaps=told)
    assert models.Listing.objects.filter(kind="sitemap").count() == 3
    one = made.until(Kind.LISTING)
    assert one.listing_kind == "sitemap" and one.source == "a.test"


def test_only_the_newest_of_a_sitemap() -> None:
    """Of a sitemap's links the newest thousand are taken, undated ones last."""
    links = [Link(url=f"http://a.test/u{n}") for n in range(5)]
    links += [
        Link(
            url=f"http://a.test/d{n}",
            published=model.Moment(
                value=NOW - timedelta(hours=n), precision=model.Precision.SECOND, zone_known=True, origin="listing"
            ),
        )
        for n in range(5)
    ]
    assert [link.url[14:] for link in announced.newest(links, 7)] == ["d0", "d1", "d2", "d3", "d4", "u0", "u1"]
    made = Work()
    made.add_source(("http://a.test/map.xml", "sitemap"))
    many = tuple(Link(url=f"http://a.test/p{n}") for n in range(1200))
    assert made.answer(made.until(Kind.LISTING), links=many).new_links == 1000


def test_a_link_that_is_known_is_not_new() -> None:
    """A link that a second listing announces, differing only in tracking, is the item that is there."""
    made = work(ONE)
    models.Host.objects.update(wake_at=made.now)
    models.Item.objects.filter(kind=Kind.LISTING).update(state="queued", due_at=made.now)
    told = made.answer(made.until(Kind.LISTING), links=(Link(url=ONE + "?utm_source=x"), Link(url=TWO)))
    assert told.new_links == 1


# --- sources ----------------------------------------------------------------------------------------------------------
def test_adding_a_source_again_completes_it() -> None:
    """The same address keeps its id and its listings, gains new ones, and is active again; slugs never clash."""
    made = Work()
    id = made.add_source(("http://a.test/feed.xml", "feed"))
    repository.set_source_state(id, "paused", "x")
    assert made.add_source(("http://a.test/map.xml", "sitemap")) == id
    assert models.Listing.objects.count() == 2 and models.Source.objects.get().state == "active"
    other = made.add_source(("http://a.test/b/feed.xml", "feed"), address="http://a.test/b/")
    assert other != id and models.Source.objects.count() == 2


def test_adding_a_paused_source_resumes_it() -> None:
    """A paused source that is added again is asked again."""
    made = Work()
    id = made.add_source()
    repository.set_source_state(id, "paused", "x")
    made.add_source()
    assert made.until(Kind.LISTING)


def test_a_paused_source_rests() -> None:
    """Nothing of a paused source is asked for; resumed, it goes on where it was."""
    made = work(ONE, TWO)
    repository.set_source_state("a.test", "paused", "Paused by the operator.")
    assert made.claims() == [] and frontier.next_wake(made.now) is None
    repository.set_source_state("a.test", "active", "")
    made.now += seconds(2)
    assert made.until(Kind.PAGE).url in (ONE, TWO)


def test_what_was_under_way_when_a_source_was_paused_rests_too() -> None:
    """A listing that was being asked for when its source was paused is not visited again."""
    made = Work()
    made.add_source()
    one = made.until(Kind.LISTING)
    repository.set_source_state("a.test", "paused", "Paused by the operator.")
    made.answer(one, due_at=made.now + seconds(600), links=(Link(url=ONE),))
    made.now += seconds(700)
    assert made.claims() == []


@pytest.mark.parametrize("end", ["pause", "remove"])
def test_a_host_is_not_stuck_when_a_source_ends(end) -> None:
    """A host whose robots.txt was under way for one source is still asked for another."""
    made = Work()
    made.add_source()
    made.add_source(("http://a.test/b.xml", "feed"), address="http://b.test/", name="乙")
    first = made.claim()
    made.answer(first, 503, verdict=Verdict.RETRY, due_at=made.now + seconds(2))
    if end == "pause":
        repository.set_source_state(first.source, "paused", "")
    else:
        repository.remove_source(first.source)
    assert made.until(Kind.LISTING)


def test_a_removed_source_leaves_its_articles() -> None:
    """Removing a source ends the collecting; articles and captures stay."""
    made = work(ONE, TWO)
    made.page(ONE)
    assert repository.remove_source("a.test") and not repository.remove_source("a.test")
    assert made.claims() == [] and models.Article.objects.get().site is None
    assert not models.Listing.objects.exists() and models.Capture.objects.filter(url=ONE).exists()


def test_a_source_that_is_removed_and_added_again_is_collected() -> None:
    """Pages that were waiting when their source was removed are collected when it is added again."""
    made = work(ONE)
    repository.remove_source("a.test")
    made.add_source()
    made.now += seconds(2)
    made.answer(made.until(Kind.LISTING), links=(Link(url=ONE),))
    assert made.until(Kind.PAGE).url == ONE


@pytest.mark.django_db(transaction=True)
def test_a_page_of_a_source_that_was_removed_meanwhile_is_taken_in() -> None:
    """What was under way when its source was removed becomes an article without a site."""
    made = work(ONE)
    one = made.until(Kind.PAGE)
    repository.remove_source("a.test")
    (told,) = commits.commit([made.outcome(one, article=article(ONE))], RULES)
    assert told.new_article and models.Article.objects.get().site is None


def test_a_host_that_the_survey_asks_is_asked_by_nobody_else() -> None:
    """While a survey has a host, the frontier gives nothing of it; afterwards its delay counts from the survey's end."""
    made = Work()
    made.add_source()
    assert leases.lease("a.test", NOW, NOW, 90) == leases.Leased(at=NOW, epoch=1)
    assert made.claims() == [] and leases.lease("a.test", NOW, NOW, 90).epoch is None
    leases.end("a.test", 0, NOW)  # that of an earlier survey that stood still
    assert made.claims() == [] and leases.lease("a.test", NOW, NOW, 90).epoch is None
    leases.end("a.test", 1, NOW + seconds(3))
    assert leases.lease("a.test", NOW, NOW + seconds(2), 90) == leases.Leased(at=NOW + seconds(3), epoch=None)
    made.claim()
    assert made.now == NOW + seconds(3)


def test_a_host_is_free_again_when_its_survey_died() -> None:
    """A lease that a dead survey left ends with its time, and does not keep the host from a running worker."""
    made = Work()
    made.add_source()
    leases.lease("a.test", NOW, NOW, 90)
    made.now += seconds(91)
    frontier.expire(made.now, 2.0, [])
    assert made.claims() == []
    made.now += seconds(2)
    assert made.claims()


# --- hiding -----------------------------------------------------------------------------------------------------------
def test_hiding_keeps_the_bytes_and_tells_the_index() -> None:
    """A hidden article keeps its rows, is told to the index, and stays hidden through a new revision."""
    made = work(ONE)
    id = made.page(ONE, article(ONE, prose(1))).article
    repository.drained(row for row, _ in repository.outbox())
    assert repository.hide(id, "请求", NOW) and not repository.hide("nothing", "", NOW)
    assert [article for _, article in repository.outbox()] == [id]
    repository.hide(id, "又", NOW + DAY)
    later(made, ONE, article(ONE, prose(1) + "\n\n更正。"))
    row = models.Article.objects.get()
    assert row.hidden_at == NOW and row.hidden_reason == "又" and row.revisions.count() == 2


# --- from the WARC again ----------------------------------------------------------------------------------------------
def told_story() -> list[model.Receipt]:
    """A source with parts, copies, a revision, requisites, a redirect and a failure; all that was answered."""
    made = Work()
    told: list[model.Receipt] = []
    answer = made.answer
    made.answer = lambda *args, **more: told.append(answer(*args, **more)) or told[-1]  # type: ignore[method-assign]
    made.add_source()
    addresses = (ONE, TWO, THREE, "http://b.test/copy.html", "http://a.test/short")
    made.announce(*addresses)
    made.page(ONE, replace(first_page(prose(1)), requisites=("http://img.test/x.png",)))
    for address in PARTS:
        made.page(address, article(address, prose(5)))
    made.page("http://b.test/copy.html", article("http://b.test/copy.html", prose(1), canonical="https://b.test/c"))
    made.answer(made.until(Kind.PAGE, TWO), 404, verdict=Verdict.FAILED, error="The server answered 404.")
    made.answer(made.until(Kind.PAGE, "http://a.test/short"), 301, redirect="http://a.test/long.html")
    made.page("http://a.test/long.html", article("http://a.test/long.html", prose(3)))
    made.page(THREE, article(THREE, prose(4)))
    later(made, THREE, article(THREE, prose(4) + "\n\n更正。"))
    made.answer(made.until(Kind.REQUISITE))
    return told


TABLES = (
    models.Article, models.Revision, models.Part, models.NewKey, models.Requisite, models.Capture, models.Segment,
    models.Item,
)  # fmt: skip


def everything() -> dict[str, list]:
    """All rows by what they say, without the numbers of rows."""
    found = {}
    for table in TABLES:
        rows = []
        for row in table.objects.all():
            told = model_to_dict(row)
            for name in ("id", "listing", "alias_of", "epoch", "visits", "due_at", "state", "error", "attempts", "key"):
                if not (name == "id" and table is models.Article):
                    told.pop(name, None)
            rows.append(sorted((name, str(value)) for name, value in told.items()))
        found[table.__name__] = sorted(rows)
    return found


def test_a_rebuild_gives_equal_rows() -> None:
    """The same outcomes in the same order make the same articles, revisions, keys, groups, requisites and captures."""
    with transaction.atomic():
        outcomes = stored(told_story())
        before = everything()
        transaction.set_rollback(True)
    assert not models.Source.objects.exists()
    receipts = commits.commit_stored(outcomes, RULES)
    assert len(receipts) == len(outcomes)
    after = everything()
    for table in before:
        assert after[table] == before[table], table
    assert models.Source.objects.get().name == "甲" and models.Listing.objects.get().url == "http://a.test/feed.xml"


def test_taking_in_twice_is_the_same_as_once() -> None:
    """Captures that the rows know are passed over: nothing is counted, changed or queued again."""
    outcomes = stored(told_story())
    waiting = repository.outbox()
    before = everything()
    assert commits.commit_stored(outcomes, RULES) == []
    assert everything() == before and repository.outbox() == waiting


def test_how_far_a_segment_is_known() -> None:
    """After a commit the rows know each segment to the end of its last capture, and no crash makes it less."""
    made = work(ONE)
    made.page(ONE)
    end = models.Capture.objects.order_by("-end").first().end
    assert repository.segments() == {SEGMENT: end}
    other = "2026/11/23/x.warc.gz"
    one = capture(TWO, segment=other)
    outcome = Outcome(claim=claim(TWO, article="x"), at=NOW, ended=NOW, verdict=Verdict.DONE, capture=one)
    commits.commit_stored([outcome], RULES)
    assert repository.segments() == {SEGMENT: end, other: one.end}


# --- held payloads ----------------------------------------------------------------------------------------------------
def test_which_payload_counts_as_held() -> None:
    """A page's payload is held by its own address alone, a requisite's by any; cut-off and revisit records hold none."""
    made = work(ONE)
    for kind, address, more in (
        (Kind.PAGE, ONE, {"payload_digest": "p"}),
        (Kind.REQUISITE, "http://a.test/x.png", {"payload_digest": "r"}),
        (Kind.PAGE, TWO, {"payload_digest": "cut", "truncated": "length"}),
        (Kind.PAGE, THREE, {"payload_digest": "v", "revisit_of": "urn:uuid:x"}),
    ):
        lies = capture(address, kind, **more)
        commits.commit([made.outcome(claim(address, kind), 0, capture=lies)], RULES)
    image = ("r", "http://b.test/y.png", Kind.REQUISITE)
    wanted = [("p", ONE, Kind.PAGE), ("p", TWO, Kind.PAGE), image, ("cut", TWO, Kind.PAGE), ("v", THREE, Kind.PAGE)]
    held = repository.same_payloads(wanted)
    assert set(held) == {wanted[0], image} and held[wanted[0]].url == ONE
    assert repository.last_capture(ONE).url == ONE and repository.last_capture(THREE) is None


# --- one that breaks --------------------------------------------------------------------------------------------------
def test_one_failing_outcome_does_not_lose_the_others(caplog) -> None:
    """When one outcome cannot be written, the others of its batch are, and it is closed with a reason and its capture."""
    made = work(ONE, "http://b.test/2.html", "http://c.test/3.html")
    pages = [made.until(Kind.PAGE) for _ in range(3)]
    outcomes = [made.outcome(one, article=article(one.url, prose(n))) for n, one in enumerate(pages)]
    broken = replace(outcomes[1], article=replace(outcomes[1].article, title="\ud800"))  # no database holds this
    told = commits.commit([outcomes[0], broken, outcomes[2]], RULES)
    assert [one.new_article for one in told] == [True, False, True]
    assert models.Article.objects.count() == 2
    row = item(broken.claim.url)
    assert row.state == "failed" and "UnicodeEncodeError" in row.error
    assert models.Capture.objects.filter(url=broken.claim.url).exists()
    assert not models.Host.objects.filter(leased_until__isnull=False).exists()
    assert "committing 3 outcomes" in caplog.text


def test_a_listing_that_cannot_be_written_comes_back() -> None:
    """A listing whose links no row can hold is visited again at its period."""
    made = Work()
    made.add_source()
    one = made.until(Kind.LISTING)
    links = (Link(url="http://a.test/\ud800"),)
    commits.commit([made.outcome(one, links=links, due_at=made.now + seconds(600))], RULES)
    assert item("http://a.test/feed.xml").state == "queued"


def test_keys_follow_the_text() -> None:
    """After a revision an article is found by the keys of its new text, not of its old one."""
    made = work(ONE, TWO, THREE)
    first = made.page(ONE, article(ONE, prose(1))).article
    models.Item.objects.filter(url__in=[TWO, THREE]).update(due_at=made.now + DAY + seconds(60))
    later(made, ONE, article(ONE, prose(2)))
    made.now += seconds(120)
    as_before = made.page(TWO, article(TWO, prose(1))).article
    as_now = made.page(THREE, article(THREE, prose(2))).article
    groups = dict(models.Article.objects.values_list("pk", "group"))
    assert groups == {first: first, as_now: first, as_before: ""}
