"""One work at several addresses, in the rows: whatever is seen first, one article; and strangers stay strangers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from outcomes import NOW, article, capture, claim, prose
from tuoben import organise, planning, url
from tuoben.model import Article, Moment, Precision
from tuoben.store import articles, checks, models, queries, twins

DECIDE = planning.rules(None).articles
PLAIN, MOBILE, AMP, PRINT = (
    "http://www.t.test/a/7.html", "http://m.t.test/read?doc=7", "http://www.t.test/q/seven", "http://t.test/a/7.html?print=1"
)  # fmt: skip


class Rolled(Exception):
    """Ends an example, whose rows are forgotten."""


def read(address: str, number: int, page: Article, at: datetime, via: tuple[str, ...] = ()) -> articles.Recorded:
    """Store what a page said, as the claim with that number."""
    held = capture(address, time=at)
    found = articles.record(
        claim(address, article=f"id{number:04}", via=via), held, page, organise.signature(page), DECIDE
    )
    models.Capture.objects.create(
        record_id=held.record_id, url=address, key=url.canonical(address), kind="page", time=at, segment=held.segment,
        offset=held.offset, length=1, end=1, status=200, block_digest="", payload_digest="", payload_length=1,
        article=found.article,
    )  # fmt: skip
    return found


def form(address: str, seed: int = 1, **more: object) -> Article:
    """A page of the work with that seed; each form of it differs a little."""
    text = f"{prose(seed)}\n\n本页由{url.authority(address)}提供。"
    return article(address, text, title=f"第{seed}号作品的标题", canonical=url.canonical(address), **{**more})


def forms() -> dict[str, Article]:
    """The four forms: only the plain one knows the mobile one, only the AMP page knows the plain one."""
    return {
        PLAIN: form(PLAIN, twins=(MOBILE,)),
        MOBILE: form(MOBILE),
        AMP: form(AMP) if not AMP else replace(form(AMP), canonical=url.canonical(PLAIN)),
        PRINT: form(PRINT),
    }


@pytest.mark.django_db(transaction=True)
@few(max_examples=40, deadline=None)
@given(st.permutations([PLAIN, MOBILE, AMP, PRINT]), st.lists(st.sampled_from([PLAIN, MOBILE, AMP, PRINT]), max_size=4))
def test_any_order_gives_one_article_that_knows_all_addresses(order: list[str], again: list[str]) -> None:
    """Four forms, in any order and some of them again, are one article with the first id; its home is the plain form;
    no capture is lost; ids that were given up, and every address, still lead to it."""
    pages = forms()
    with pytest.raises(Rolled), transaction.atomic():
        given_out = []
        for at, address in enumerate([*order, *again]):
            number = order.index(address)
            found = read(address, number, pages[address], NOW + timedelta(minutes=at))
            given_out.append(found.article)
        row = models.Article.objects.get()
        assert row.pk == given_out[0] == "id0000"
        assert row.url == PLAIN and row.key == url.canonical(PLAIN)
        assert models.Capture.objects.filter(article=row.pk).count() == len(order) + len(again)
        assert {twins.resolve(id) for id in given_out} == {row.pk}
        for address in order:
            assert checks.article_id(address) == row.pk == queries.find(address)
        numbers = list(row.revisions.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) <= len(order)
        connection.check_constraints()
        raise Rolled


ADDRESSES = [f"http://b.test/news/{number}.html" for number in range(5)]
WRONG = st.sampled_from(["http://b.test/news/0.html", "http://b.test/portal", "http://b.test/news/3.html"])


@pytest.mark.django_db(transaction=True)
@few(max_examples=40, deadline=None)
@given(st.permutations(range(5)), st.lists(st.none() | WRONG, min_size=5, max_size=5), st.integers(0, 4))
def test_a_canonical_url_that_many_pages_name_joins_no_strangers(
    order: list[int], named: list[str | None], again: int
) -> None:
    """Whatever canonical URLs the pages of a broken site name, as many works are as many articles, in any order; each
    is found by its own address, and reading one again makes none."""
    with pytest.raises(Rolled), transaction.atomic():
        for step, number in enumerate([*order, again]):
            page = form(ADDRESSES[number], number + 1)
            if named[number]:
                page = replace(page, canonical=url.canonical(named[number] or ""))
            read(ADDRESSES[number], number, page, NOW + timedelta(minutes=step))
        assert models.Article.objects.count() == 5
        for number, address in enumerate(ADDRESSES):
            row = models.Article.objects.get(pk=f"id{number:04}")
            assert row.url == address and row.title == f"第{number + 1}号作品的标题"
            assert checks.article_id(address) == row.pk or named.count(address) > 0
        raise Rolled


@pytest.mark.django_db
def test_the_same_headline_on_another_day_is_another_work() -> None:
    """A daily column under one wrong canonical URL stays one article for each day."""
    for day in (1, 2):
        when = datetime(2026, 11, day, 8, tzinfo=UTC)
        moment = Moment(value=when, precision=Precision.DAY, zone_known=True, origin="meta")
        page = form(f"http://d.test/{day}.html", day, published=moment)
        page = replace(page, title="早间新闻摘要", canonical="https://d.test/daily")
        read(page.url, day, page, when)
    assert models.Article.objects.count() == 2


@pytest.mark.django_db
def test_an_article_that_moved_lives_at_its_new_address() -> None:
    """When its home redirects to another address, or is gone, the article is read there, and edits there count."""
    read(PLAIN, 1, form(PLAIN), NOW)
    new = "http://www.t.test/new/7.html"
    found = read(new, 1, replace(form(new), title="改过的标题"), NOW + timedelta(days=1), via=(PLAIN,))
    row = models.Article.objects.get()
    assert (found.article, found.twin, row.url, row.title) == (row.pk, False, new, "改过的标题")
    models.Article.objects.update(gone_at=NOW)
    read(MOBILE, 1, replace(form(MOBILE), title="再改的标题"), NOW + timedelta(days=2))
    row.refresh_from_db()
    assert (row.url, row.title, row.gone_at) == (MOBILE, "再改的标题", None)


@pytest.mark.django_db
def test_what_the_desk_hid_stays_hidden_when_works_become_one() -> None:
    """A merge keeps the hiding of either, and asks the index about both ids."""
    read(MOBILE, 1, form(MOBILE), NOW)
    read(AMP, 2, replace(form(AMP), canonical=url.canonical(PLAIN)), NOW + timedelta(minutes=1))
    models.Article.objects.filter(pk="id0002").update(hidden_at=NOW, hidden_reason="按要求")
    models.Outbox.objects.all().delete()
    found = read(PLAIN, 3, forms()[PLAIN], NOW + timedelta(minutes=2))
    row = models.Article.objects.get()
    assert (row.pk, row.hidden_reason, found.merged) == ("id0001", "按要求", ("id0002",))
    assert {"id0001", "id0002"} <= set(models.Outbox.objects.values_list("article", flat=True))
    assert queries.find(AMP) == "" and queries.moved("id0002") == "id0001"


@given(st.sampled_from([
    ("http://m.x.test/a/1.html", "https://www.x.test/a/1.shtml"),
    ("http://x.test/a/1/amp/", "http://x.test/a/1"),
    ("http://amp.x.test/a/1", "http://x.test/a/1/"),
    ("http://x.test/a/1?amp=1&utm_source=q", "http://x.test/a/1"),
    ("http://x.test/a/1?id=3&print=y", "http://x.test/a/1?id=3"),
    ("http://x.test/a/1_p.html", "http://x.test/a/1.html"),
    ("http://3g.x.test/a/1.amp.html", "http://x.test/a/1.html"),
    ("http://x.test/print/a/1.html", "http://x.test/a/1.html"),
]))  # fmt: skip
def test_usual_forms_of_one_address_share_a_hint(pair: tuple[str, str]) -> None:
    """Mobile, AMP and print addresses fold to their plain one, and look dressed where it does not."""
    dressed, plain = pair
    assert url.fold(dressed) == url.fold(plain) and url.dressed(dressed) and not url.dressed(plain)


@pytest.mark.parametrize(("one", "other"), [
    ("http://x.test/a/1.html", "http://x.test/a/2.html"),
    ("http://x.test/a?id=1", "http://x.test/a?id=2"),
    ("http://m.test/a", "http://test/a"),
    ("http://news.x.test/a", "http://sport.x.test/a"),
    ("http://x.test/print/", "http://x.test/"),
    ("http://x.test:8080/a", "http://x.test/a"),
])  # fmt: skip
def test_other_addresses_share_none(one: str, other: str) -> None:
    """What chooses the content stays in the hint."""
    assert url.fold(one) != url.fold(other)
