"""The reprint group of an article on its pages."""

from __future__ import annotations

import re

import pytest

import rows
from tuoben.store import models

TEXT = (
    "渡口管理处昨天宣布，夜班渡船从本周起恢复，每晚开行6班，末班船在23点离岸。船工们在码头上把缆绳重新系好。"
    "两岸的居民在灯下排起了队，等候第一班船靠岸。管理处提醒旅客提前20分钟到达，雨天班次另行通知。"
    "据了解，这条航线停航了3年，期间两岸来往只能绕行上游的石桥，路程多出一倍。"
)


@pytest.fixture
def group(db):
    """An origin, a copy that says where it took the text from, and one that changed a figure; clocks differ."""

    def add(id, site, name, text, when, **more):
        said = rows.content(f"https://{id}.example/1", title=f"渡口恢复夜班（{name}）", text=text,
                            published=rows.moment(f"2023-12-24T{when}+08:00"), **more)  # fmt: skip
        return rows.article(id, site=rows.source(site, name), said=said, group="first")

    add("first", "qinghe", "清河晚报", TEXT, "08:00:00", source="清河晚报")
    add("second", "linjiang", "临江日报", TEXT, "09:30:00", source="清河晚报")
    add("third", "beiling", "北岭网", TEXT.replace("开行6班", "开行9班"), "07:00:00", reprinted_from="临江日报")


def test_the_page_shows_origin_tree_and_figures(app, group) -> None:
    """The origin stands first in spite of the earlier clock of a copy; the tree and the changed figure are shown."""
    page = app.get("/a/second/reprints/").content.decode()
    assert re.findall(r'<li class="depth-(\d)[^"]*"', page) == ["0", "1", "2"]
    order = re.findall(r"/a/(first|second|third)/\"><bdi", page)
    assert order[-3:] == ["first", "second", "third"]
    assert "别家写明来源是它" in page
    assert "改动了数字" in page
    assert "<del>6</del> → <ins>9</ins>" in page
    assert 'aria-current="true"' in page


def test_the_changes_against_the_origin_are_shown(app, group) -> None:
    """What a reprint changed stands marked; the origin itself has nothing to be compared with."""
    page = app.get("/a/third/reprints/changes/").content.decode()
    assert "每晚开行<del>6</del><ins>9</ins>班" in page
    assert app.get("/a/first/reprints/changes/").status_code == 404
    assert app.get("/a/none/reprints/").status_code == 404


def test_the_reading_page_leads_there(app, group) -> None:
    """The reading page shows the group and leads to its page; an article alone shows none."""
    assert "/a/first/reprints/" in app.get("/a/first/").content.decode()
    rows.article("alone", said=rows.content("https://alone.example/"))
    assert "同文转载" not in app.get("/a/alone/").content.decode()
    assert "没有别家刊登" in app.get("/a/alone/reprints/").content.decode()


def test_hidden_members_are_not_shown(app, group) -> None:
    """A hidden origin leaves the group; its text is compared with nothing."""
    rows.hide(models.Article.objects.get(id="first"))
    page = app.get("/a/second/reprints/").content.decode()
    assert "清河晚报）" not in page
    assert app.get("/a/first/reprints/").status_code == 410
