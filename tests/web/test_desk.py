"""The pages of the desk: what a source's pages give, and one page beside what was read from it."""

from __future__ import annotations

import pytest

import rows
from tuoben import model
from tuoben.store import models


def pages(count: int, start: int = 0, **said: object) -> None:
    """Articles of the source "jilin" with the items that they came from, the later the newer."""
    for number in range(start, start + count):
        address = f"https://jilin.example/q/{number}"
        row = rows.article(f"q{number:03}", said=rows.content(address, **said))
        models.Item.objects.create(
            kind="page", rank=2, url=address, key=f"page {address}", host="jilin.example", state="done",
            due_at=rows.NOON, source=row.site, article=row.id, payload_digest="sha256:x",
        )  # fmt: skip


@pytest.mark.django_db
def test_quality_says_what_changed(app) -> None:
    """By-lines that are gone from the newest pages are named, with the shares before and now."""
    pages(40, authors=("林砚秋",))
    assert "可能换了版式" not in app.get("/s/jilin/quality/").content.decode()
    pages(20, start=40)
    page = app.get("/s/jilin/quality/").content.decode()
    assert "可能换了版式" in page
    assert "作者 100% → 0%" in page
    assert page.count("/compare/") == 12


@pytest.mark.django_db
def test_quality_of_an_unknown_or_empty_source(app) -> None:
    """A source without pages says so; one that is not there is not found."""
    rows.source("quiet", "静报")
    assert "还没有读过这个来源的页面" in app.get("/s/quiet/quality/").content.decode()
    assert app.get("/s/nobody/quality/").status_code == 404


@pytest.mark.django_db
def test_the_original_stands_beside_what_was_read(app) -> None:
    """The frame shows the replay in a sandbox; each field stands with where it was read, the empty ones too."""
    said = rows.content("https://jilin.example/c/1", title="光学城开门", authors=("林砚秋",), origins={"title": "meta"})
    rows.article("c1", said=said)
    page = app.get("/a/c1/compare/").content.decode()
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    assert "<bdi>光学城开门</bdi></td><td>meta</td>" in page
    assert "林砚秋" in page
    assert "第一段。" in page
    assert app.get("/a/none/compare/").status_code == 404


@pytest.mark.django_db
def test_noarchive_is_not_shown_side_by_side(app) -> None:
    """An article whose publisher said noarchive leads back to its page."""
    rows.article("c2", said=rows.content("https://jilin.example/c/2", policy=model.Policy(noarchive=True)))
    answer = app.get("/a/c2/compare/")
    assert (answer.status_code, answer["Location"]) == (302, "/a/c2/")
