"""The revisions of an article, and what each changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

import rows
from tuoben import model, shape
from tuoben.store import models

FIRST = "渡口今天恢复夜班，每晚开行6班。船工都已到岗。\n\n票价不变。"
SECOND = "渡口今天恢复夜班，每晚开行8班。船工都已到岗。\n\n票价不变。管理处提醒旅客提前到达<b>码头</b>。"


@pytest.fixture
def changed(db):
    """An article with two revisions: another headline, a changed figure, an added sentence."""
    said = rows.content("https://jilin.example/d", title="渡口恢复夜班", text=FIRST)
    row = rows.article("d", said=said)
    later = rows.NOON + timedelta(hours=5)
    rows.revise(
        row, rows.content(said.url, title="渡口恢复夜班船", text=SECOND), rows.capture(said.url, later, article="d")
    )
    return row


def test_the_list_says_what_changed(app, changed) -> None:
    """Each revision but the first leads to its changes, and tells them in a few words, in both languages."""
    page = app.get("/a/d/revisions/").content.decode()
    assert "标题、改 1 句、增 1 句" in page
    assert page.count("/a/d/revisions/2/") == 1
    assert "Headline, 1 sentence edited, 1 sentence added" in app.get("/a/d/revisions/?lang=en").content.decode()


def test_changes_are_marked(app, changed) -> None:
    """The changed figure, the new sentence and both headlines are marked; the sentence's markup is text."""
    page = app.get("/a/d/revisions/2/").content.decode()
    assert "每晚开行<del>6</del><ins>8</ins>班" in page
    assert "新增：</span>管理处提醒旅客提前到达&lt;b&gt;码头&lt;/b&gt;。</ins>" in page
    assert "<del><bdi>渡口恢复夜班</bdi></del>" in page
    side = app.get("/a/d/revisions/2/?view=side").content.decode()
    assert side.count('class="pair edited"') == 1
    assert "每晚开行<del>6</del>班" in side
    assert "每晚开行<ins>8</ins>班" in side


def test_what_is_not_there_is_not_found(app, changed) -> None:
    """The first revision changed nothing; other numbers and articles are not there; hidden ones are gone."""
    assert app.get("/a/d/revisions/1/").status_code == 404
    assert app.get("/a/d/revisions/3/").status_code == 404
    assert app.get("/a/none/revisions/2/").status_code == 404
    rows.hide(changed)
    assert app.get("/a/d/revisions/2/").status_code == 410


def test_noarchive_shows_no_text(app, changed) -> None:
    """When the newest revision says noarchive, no revision's text is shown in its changes."""
    said = rows.content("https://jilin.example/d", text=SECOND, policy=model.Policy(noarchive=True))
    rows.revise(changed, said, rows.capture(said.url, rows.NOON + timedelta(hours=9), article="d"))
    assert app.get("/a/d/revisions/2/").status_code == 302
    assert "改 1 句" not in app.get("/a/d/revisions/").content.decode()


def test_the_reading_page_says_what_changed(app, changed) -> None:
    """The newest revision tells what it changed, and leads there; the first one tells nothing."""
    assert "这一版改了：标题、改 1 句、增 1 句" in app.get("/a/d/").content.decode()
    assert "这一版改了" not in app.get("/a/d/?revision=1").content.decode()


def test_an_older_reading_is_not_the_publishers_change(app, changed) -> None:
    """What an earlier extractor read is listed with its revision and shown against what is read now, as that; nobody
    sees it of a hidden article, or where the publisher said noarchive."""
    first = changed.revisions.get(number=1)
    kept = models.OlderReading.objects.create(
        article="d", capture=first.capture, captured_at=first.captured_at, extractor="0.0.9+aa",
        content=shape.dump(rows.content("https://jilin.example/d", title="渡口恢复夜班", text="渡口今天恢复夜班。")),
    )  # fmt: skip
    address = f"/a/d/readings/{kept.pk}/"
    assert app.get("/a/d/revisions/").content.decode().count(address) == 1
    page = app.get(address).content.decode()
    assert "不是发布者的改动" in page and "0.0.9+aa" in page and "每晚开行" in page
    assert "not a change by the publisher" in app.get(f"{address}?lang=en").content.decode()
    assert app.get(f"/a/d/readings/{kept.pk + 1}/").status_code == 404
    closed = shape.dump(
        rows.content("https://jilin.example/d", text="当时不许存档。", policy=model.Policy(noarchive=True))
    )
    models.OlderReading.objects.filter(pk=kept.pk).update(content=closed)
    assert app.get(address).status_code == 404
    said = rows.content("https://jilin.example/d", policy=model.Policy(noarchive=True))
    rows.revise(changed, said, rows.capture(said.url, rows.NOON + timedelta(hours=9), article="d"))
    assert app.get(address).status_code == 404 and address not in app.get("/a/d/revisions/").content.decode()
    rows.hide(changed)
    assert app.get(address).status_code == 410


def test_a_snapshot_that_is_no_revision_any_more(app, changed) -> None:
    """The dated address of a snapshot that says what the one before said leads to the state that stood then."""
    later = rows.NOON + timedelta(hours=6)
    rows.capture("https://jilin.example/d", later, article="d")
    assert "每晚开行8班" in app.get(f"/a/d/{later:%Y%m%d%H%M%S}/").content.decode()
    assert app.get(f"/a/d/{later + timedelta(hours=1):%Y%m%d%H%M%S}/").status_code == 404
