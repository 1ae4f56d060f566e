"""The reads of the store."""

from __future__ import annotations

from datetime import timedelta

import pytest

import rows
from tuoben import model
from tuoben.errors import QueryError
from tuoben.store import models, queries, replaying

pytestmark = pytest.mark.django_db


def test_a_list_is_newest_first_and_pages_by_cursor_without_gap_or_repeat():
    """Walking the cursors gives every article once, in order, also when many share one time."""
    for number in range(25):
        rows.article(f"n{number:02}", captured=rows.NOON + timedelta(minutes=number // 5))
    seen, cursor = [], ""
    while True:
        page = queries.latest(before=cursor, limit=4)
        seen += [card.id for card in page.cards]
        cursor = page.next
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 25
    assert seen[:5] == ["n20", "n21", "n22", "n23", "n24"]


@pytest.mark.parametrize("cursor", ["x", "-1", "AAAA", "a" * 10_000, "%%%", "MjAyMy0xMi0yNCBh", "é"])
def test_a_foreign_cursor_is_said_to_be_one(cursor):
    """A cursor that we did not make raises QueryError, whatever it is."""
    with pytest.raises(QueryError):
        queries.latest(before=cursor)


def test_limits_are_capped():
    """A list gives at least one and at most a hundred cards."""
    for number in range(3):
        rows.article(f"n{number}")
    assert len(queries.latest(limit=10**9).cards) == 3
    assert len(queries.latest(limit=-5).cards) == 1


def test_hidden_articles_are_in_no_answer():
    """Hiding takes an article out of lists, counts, readings, texts, reprints and replay."""
    address = "https://jilin.example/a/h.html"
    image = "https://img.example/only.jpg"
    said = rows.content(address, category="国内", images=(model.Image(url=image, lead=True),))
    gone = rows.article("h", said=said, group="g")
    rows.capture(image, kind="requisite", mime="image/jpeg", article="h")
    shown = rows.article("s", group="g", said=rows.content("https://jilin.example/a/s.html", category="国内"))
    assert replaying.nearest(replaying.captures_of(address), None) and replaying.nearest(
        replaying.captures_of(image), None
    )
    assert queries.cards(["s"])["s"].copies == 1
    rows.hide(gone)
    assert [card.id for card in queries.latest().cards] == ["s"]
    assert list(queries.cards(["h", "s"])) == ["s"]
    assert queries.texts(["h", "s"]).keys() == {"s"}
    assert queries.articles(["h", "s"]).keys() == {"s"}
    assert queries.reading("h") is None and queries.hidden("h") and not queries.hidden("s")
    assert queries.revisions("h") == () and queries.find(address) == ""
    assert replaying.nearest(replaying.captures_of(address), None) is None and replaying.captures_of(image) == ()
    assert queries.categories()[0].articles == 1
    assert queries.site("jilin").articles == 1
    assert queries.overview().articles == 1
    assert queries.cards(["s"])["s"].copies == 0 and queries.reading(shown.id).reprints == ()
    assert queries.neighbours_in_category(queries.cards(["s"])["s"]) == ()


def test_an_image_of_a_hidden_and_a_shown_article_stays():
    """A requisite disappears only with the last shown article that uses it."""
    image = model.Image(url="https://img.example/logo.png")
    first = rows.article("h", said=rows.content("https://jilin.example/a/h.html", images=(image,)))
    second = rows.article("s", said=rows.content("https://jilin.example/a/s.html", images=(image,)))
    rows.capture(image.url, kind="requisite", mime="image/png")
    rows.hide(first)
    assert replaying.nearest(replaying.captures_of(image.url), None)
    rows.hide(second)
    assert replaying.nearest(replaying.captures_of(image.url), None) is None


def test_noarchive_keeps_the_headline_and_withholds_text_and_replay():
    """What a publisher does not want archived is listed by its headline only."""
    said = rows.content(policy=model.Policy(noarchive=True))
    rows.article("n", said=said)
    assert queries.cards(["n"])["n"].title == "标题"
    assert queries.texts(["n"]) == {"n": ""}
    assert replaying.nearest(replaying.captures_of(said.url), None) is None
    reading = queries.reading("n")
    assert reading and reading.article.policy.noarchive and reading.card.lead == ""


def test_noarchive_of_today_holds_for_every_revision():
    """An earlier revision says no more than the publisher allows now, and one that was closed then stays closed."""
    row = rows.article("c", said=rows.content("https://jilin.example/a/c.html"))
    closed = rows.content("https://jilin.example/a/c.html", policy=model.Policy(noarchive=True))
    rows.revise(row, closed, rows.capture(closed.url, rows.NOON + timedelta(hours=1), article="c"))
    assert queries.reading("c", 1).article.policy.noarchive
    opened = rows.content("https://jilin.example/a/c.html")
    rows.revise(row, opened, rows.capture(closed.url, rows.NOON + timedelta(hours=2), article="c"))
    assert [queries.reading("c", number).article.text != "" for number in (1, 2, 3)] == [True, False, True]
    assert [queries.reading("c", number).article.policy.noarchive for number in (1, 2, 3)] == [False, True, False]


def test_replay_takes_the_nearest_answer_and_errors_only_when_nothing_else_is_held():
    """The capture nearest in time is replayed; a 404 only when there never was an answer."""
    address = "https://jilin.example/a/x.html"
    early = rows.capture(address, rows.NOON)
    late = rows.capture(address, rows.NOON + timedelta(days=2))
    rows.capture(address, rows.NOON + timedelta(days=1), status=404)
    assert (
        replaying.nearest(replaying.captures_of(address), rows.NOON + timedelta(hours=1)).record_id == early.record_id
    )
    assert replaying.nearest(replaying.captures_of(address + "?utm_source=x"), None).record_id == late.record_id
    assert len(replaying.captures_of(address)) == 3
    gone = "https://jilin.example/a/gone.html"
    rows.capture(gone, status=404)
    assert replaying.nearest(replaying.captures_of(gone), None).status == 404
    assert replaying.nearest(replaying.captures_of("https://never.example/"), None) is None


def test_listings_are_not_replayed():
    """A feed may hold the text of a hidden article, so listings are never replayed."""
    rows.capture("https://jilin.example/rss.xml", kind="listing", mime="text/xml")
    assert replaying.nearest(replaying.captures_of("https://jilin.example/rss.xml"), None) is None


def test_a_reading_knows_its_revisions():
    """The newest revision is given unless another is asked for; a missing one is not made up."""
    row = rows.article("m")
    page = rows.capture(row.url, rows.NOON + timedelta(days=1), article="m")
    rows.revise(row, rows.content(row.url, title="新标题"), page)
    newest = queries.reading("m")
    assert (newest.revision, newest.revisions, newest.article.title) == (2, 2, "新标题")
    assert newest.capture.record_id == page.record_id
    first = queries.reading("m", 1)
    assert (first.revision, first.article.title, first.card.captured) == (1, "标题", rows.NOON)
    assert queries.reading("m", 3) is None and queries.reading("none") is None
    assert [row.number for row in queries.revisions("m")] == [2, 1]
    assert queries.revisions("m")[0].title == "新标题"


def test_a_card_tells_the_time_as_the_source_told_it():
    """Zone and precision of the publication time survive the row."""
    rows.article("t", said=rows.content(published=rows.moment("2023-12-24T00:00:00+08:00", "day", False)))
    published = queries.cards(["t"])["t"].published
    assert published.iso() == "2023-12-24" and not published.zone_known
    assert published.value.utcoffset() == timedelta(hours=8)


def test_the_lead_image_is_on_the_card_only_when_the_archive_holds_it():
    """A card names an image that can be shown, or none."""
    image = model.Image(url="https://img.example/lead.jpg", lead=True)
    rows.article("i", said=rows.content(images=(image,)))
    assert queries.cards(["i"])["i"].image == ""
    rows.capture(image.url, kind="requisite", mime="image/jpeg")
    assert queries.cards(["i"])["i"].image == image.url
    assert queries.reading("i").held == {image.url}


def test_categories_and_sources_are_counted():
    """未分类 comes last; a source shows its listings and what went wrong."""
    site = rows.source(why="三天没有新资讯。", category="国内")
    models.Listing.objects.create(source=site, url="https://jilin.example/rss", kind="feed",
                                  status=500, error="The server failed.")  # fmt: skip
    rows.article("a", said=rows.content("https://jilin.example/1", category="国内"))
    rows.article("b", said=rows.content("https://jilin.example/2"))
    assert [(row.name, row.articles) for row in queries.categories()] == [("国内", 1), ("", 1)]
    shown = queries.site("jilin")
    assert (shown.articles, shown.listings[0].error) == (2, "The server failed.")
    assert queries.sites() == (shown,)
    assert queries.site("none") is None
    assert [card.id for card in queries.latest(category="").cards] == ["b"]
    assert len(queries.latest(site="jilin").cards) == 2
    assert queries.changed_at(category="国内") == rows.NOON and queries.changed_at(site="none") is None


def test_the_overview_says_why_collecting_is_paused():
    """A paused worker's sentence reaches the faces."""
    assert queries.overview().paused == "" and queries.overview().worker is None
    models.Status.objects.create(name="worker", value={"under_way": 0}, at=rows.NOON)
    models.Status.objects.create(name="pause", value={"why": "磁盘将满。"}, at=rows.NOON)
    assert queries.overview().paused == "磁盘将满。"
    assert queries.overview().worker["at"] == rows.NOON
