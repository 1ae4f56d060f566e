"""What a read page becomes: the joined article, the lead, the times, the neighbours, what the index is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

import rows
from anything import records
from outcomes import article, capture, prose
from tuoben import organise, text
from tuoben.model import Article, Image, Moment, Policy, Precision, Role, Signature
from tuoben.store import articles, copies, findable, models, runs


# --- joining ----------------------------------------------------------------------------------------------------------
@few(max_examples=30, deadline=None)
@given(st.lists(records(Article), min_size=1, max_size=3))
def test_a_joined_article_is_its_first_page_with_the_bodies_of_all(pages) -> None:
    """Headline, times and address are the first page's; bodies, images and people are of all pages, each once."""
    pages = [replace(page, text=f"第{n}页 " + page.text.replace("\n\n", " ")) for n, page in enumerate(pages)]
    whole = articles.join(pages)
    first = pages[0]
    assert (whole.title, whole.url, whole.published, whole.state) == (
        first.title,
        first.url,
        first.published,
        first.state,
    )
    assert whole.html == "".join(page.html for page in pages)
    assert all(page.text in whole.text for page in pages)
    for name in ("images", "requisites", "roles"):
        told = getattr(whole, name)
        assert len(told) == len(set(told)) and set(told) == {one for page in pages for one in getattr(page, name)}


def test_what_another_page_says_is_not_said_twice() -> None:
    """Where one page holds all the others, or a page comes twice, the joined text has each paragraph once."""
    parts = [prose(seed, 4) for seed in (1, 2, 3)]
    pages = [article(f"http://a.test/{n}", text) for n, text in enumerate([parts[0], "\n\n".join(parts), *parts[1:]])]
    assert articles.join(pages).text == "\n\n".join(parts)
    assert articles.join([pages[0], pages[2], pages[2], pages[3]]).text == "\n\n".join(parts)


def test_noarchive_of_one_page_holds_for_the_whole() -> None:
    """A further page that its publisher asks not to archive withholds the joined article."""
    pages = [article("http://a.test/1", "一"), article("http://a.test/2", "二")]
    assert not articles.join(pages).policy.noarchive
    assert articles.join([pages[0], replace(pages[1], policy=Policy(noarchive=True))]).policy.noarchive


def test_joining_one_page_changes_nothing() -> None:
    """An article of one page is itself."""
    alone = article(
        "http://a.test/1", images=(Image(url="http://a.test/x.png"),), roles=(Role(role="editor", name="甲"),)
    )
    assert articles.join([alone]) == alone


def test_authors_of_a_later_page_count_when_the_first_names_none() -> None:
    """By-lines often stand at the end: they are taken from there, and do not replace those of the first page."""
    pages = [article("http://a.test/1", "一"), article("http://a.test/2", "", authors=("乙", "乙"))]
    assert articles.join(pages).authors == ("乙",) and articles.join(pages).text == "一"
    pages[0] = article("http://a.test/1", "一", authors=("甲",))
    assert articles.join(pages).authors == ("甲",)


# --- the lead ---------------------------------------------------------------------------------------------------------
SENTENCES = st.lists(
    st.builds(
        lambda words, end: words + end,
        st.text("云岭河水务局供管网改造工程今日在西城片区启动abc 12，、", min_size=1, max_size=90),
        st.sampled_from(["。", "！", "？", "……", ". ", "", "\n\n", "。”"]),
    ),
    max_size=9,
).map("".join)


@few(max_examples=200, deadline=None)
@given(SENTENCES)
def test_a_lead_is_short_and_ends_well(body) -> None:
    """A lead is at most 120 characters of the beginning, on one line, and ends at a sentence or with an ellipsis."""
    lead = articles.lead(body)
    flat = " ".join(body.split())
    assert len(lead) <= articles.LEAD and "\n" not in lead
    if lead == flat:
        return
    if lead.endswith("…") and not flat.startswith(lead):
        assert flat.startswith(lead[:-1])
    else:
        stops = [stop for _, stop in text.sentences(flat[: articles.LEAD * 3])]
        assert flat.startswith(lead) and any(flat[:stop].rstrip() == lead for stop in stops)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", ""),
        ("  短。\n\n 句子。 ", "短。 句子。"),
        ("甲" * 50 + "。" + "乙" * 50 + "。" + "丙" * 50 + "。", "甲" * 50 + "。" + "乙" * 50 + "。"),
        ("甲" * 300, "甲" * 119 + "…"),
        ("甲。" + "乙" * 300, "甲。" + "乙" * 117 + "…"),
    ],
)
def test_leads_of_plain_texts(body, wanted) -> None:
    """Whole sentences where they fit; a cut with an ellipsis where the sentence is too long."""
    assert articles.lead(body) == wanted


# --- times ------------------------------------------------------------------------------------------------------------
def row_of(published: Moment | None) -> models.Article:
    """An article's row after a capture at noon (12:45 UTC)."""
    row = models.Article()
    articles._fill_times(row, capture("http://a.test/1", time=rows.NOON), published)
    return row


@pytest.mark.parametrize(
    ("published", "wanted"),
    [
        (None, rows.NOON),
        (rows.moment("2023-12-24T18:26:00+08:00"), datetime(2023, 12, 24, 10, 26, tzinfo=UTC)),
        (rows.moment("2023-12-25T18:26:00+08:00"), rows.NOON),
        (rows.moment("2023-12-20T00:00:00+08:00", "day"), datetime(2023, 12, 20, 12, tzinfo=UTC)),
        (rows.moment("2023-12-24T00:00:00+08:00", "day"), rows.NOON),
        (rows.moment("2024-01-01T00:00:00+08:00", "day"), rows.NOON),
    ],
    ids=["unknown", "before", "from the future", "a day before", "the same day", "a day to come"],
)
def test_where_an_article_stands_in_time(published, wanted) -> None:
    """An article is sorted by when it was published, never after its capture; a mere day stands at its noon."""
    row = row_of(published)
    assert row.sort_at == wanted
    assert row.published == (published.value.isoformat() if published else "")


def test_what_is_known_of_the_time_is_kept() -> None:
    """Precision, origin and whether the zone was told are kept beside the time; they go with the time."""
    row = row_of(rows.moment(precision="minute", zone_known=False))
    assert (row.published_precision, row.published_zone_known, row.published_origin) == ("minute", False, "meta")
    articles._fill_times(row, capture("http://a.test/1", time=rows.NOON), None)
    assert (row.published, row.published_precision, row.published_origin) == ("", "", "")
    naive = Moment(value=datetime(2023, 12, 1, 8), precision=Precision.MINUTE, zone_known=False, origin="text")
    assert row_of(naive).sort_at == datetime(2023, 12, 1, 8, tzinfo=UTC)


# --- neighbours, what the index is told -------------------------------------------------------------------------------
def keyed(id: str, body: str) -> None:
    """A stored article with its keys."""
    row = rows.article(id, said=rows.content(f"https://jilin.example/a/{id}.html", text=body))
    signature = organise.signature(article("http://a.test/", body))
    row.exact = signature.exact
    row.save()
    runs.write((id, key) for key in copies.keys_of(signature))


def near(body: str, aside: str = "") -> list[str]:
    """The articles that one with this text is held against."""
    arriving = article("http://a.test/", body)
    signature = organise.signature(arriving)
    return [one.id for one in copies.Nearby([signature], aside).to(arriving, signature)]


@pytest.mark.django_db
def test_neighbours_share_a_key() -> None:
    """Copies are found by their keys, the article itself and strangers are not; beside the very same letters nothing
    is looked at."""
    body = prose(1)
    keyed("same", body)
    keyed("near", body.replace("青川", "晴川"))
    keyed("far", "记者从农业部门获悉，今年秋粮收购已经过半，多地粮库延长了开门时间，农民排队不超过一小时。" * 2)
    assert near(body) == ["same"]
    assert near(body, "same") == ["near"]
    assert set(near("本文转自：某报\n" + body)) == {"same", "near"}
    assert near("") == [] and near("点击看视频") == []
    arriving = article("http://a.test/", body + "续报")
    signature = organise.signature(arriving)
    nearest = copies.Nearby([signature]).to(arriving, signature)[0]
    assert (nearest.id, nearest.text, nearest.captured) == ("same", body, rows.NOON)


@pytest.mark.django_db
def test_neighbours_behind_a_standing_notice() -> None:
    """Of a key that very many articles have the newest count, and little: they are not looked at beside one that shares
    more."""
    for number in range(40):
        rows.article(f"n{number:02}")
        runs.write([(f"n{number:02}", 7)])
    runs.write([("n15", 1)])
    for passages, wanted in (((7,), ["n38", "n37", "n36", "n35"]), ((7, 1), ["n15"])):
        signature = Signature(exact=2, passages=passages)
        found = copies.Nearby([signature], "n39").to(article("http://a.test/", "文"), signature)
        assert [one.id for one in found] == wanted


@pytest.mark.django_db
def test_of_a_large_group_two_are_compared() -> None:
    """A group is joined as a whole: the texts of two of its members say enough, and leave room for others."""
    for number in range(6):
        rows.article(f"g{number}", group="g0")
        runs.write([(f"g{number}", 7)])
    rows.article("alone")
    runs.write([("alone", 7)])
    signature = Signature(exact=2, passages=(7,))
    found = copies.Nearby([signature]).to(article("http://a.test/", "文"), signature)
    assert sorted(one.group for one in found) == ["", "g0", "g0"]


@pytest.mark.django_db
def test_the_index_is_told_of_shown_articles_alone() -> None:
    """Hidden and unknown articles are left out; where the publisher asks for no archive, the text is."""
    rows.hide(rows.article("h"))
    rows.article("s", said=rows.content("https://jilin.example/a/s.html", source="乙报"))
    rows.article("n", said=rows.content("https://jilin.example/a/n.html", policy=Policy(noarchive=True)))
    found = {one.id: one for one in findable.findable(["h", "s", "n", "nothing"])}
    assert found.keys() == {"s", "n"}
    assert found["s"].text and found["s"].source == "乙报" and found["s"].site == "jilin"
    assert found["n"].text == "" and found["n"].title == "标题" and found["n"].source == "吉林新闻网"
