"""Searching what the archive held on a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

import rows
from tuoben.home import Home
from tuoben.jobs.drain import drain
from tuoben.store import models, repository

FIRST, SECOND = rows.NOON, rows.NOON + timedelta(days=3)
ADDRESS = "https://jilin.example/a/bridge.html"


@pytest.fixture
def bridge(app, data):
    """An article that was rewritten three days after its first snapshot, in the index."""
    row = rows.article("bridge", said=rows.content(ADDRESS, title="大桥塌了", text="大桥昨夜塌了，三人受伤。"))
    said = rows.content(ADDRESS, title="大桥通行正常", text="大桥没有塌，通行正常。")
    rows.revise(row, said, rows.capture(ADDRESS, SECOND, article="bridge"))
    index(data)
    return row


def index(data) -> None:
    repository.reindex_all()
    Home(data).prepare()
    drain(Home(data))


def test_the_old_version_is_found_on_its_day_alone(app, bridge) -> None:
    """Without a day, old words find nothing; on a day when they were held they find the old version as it was, and the
    link leads to that snapshot."""
    assert "/a/bridge/" not in app.get("/search", {"q": '"三人受伤"'}).content.decode()
    page = app.get("/search", {"q": '"三人受伤"', "asof": "2023-12-25"}).content.decode()
    assert 'href="/a/bridge/20231224124508/"' in page and "大桥塌了" in page and "旧版，快照于" in page
    assert "大桥昨夜塌了，<mark>三人受伤</mark>。" in page
    assert "大桥昨夜塌了" in app.get("/a/bridge/20231224124508/").content.decode()
    page = app.get("/search", {"q": "通行正常", "asof": "2023-12-28"}).content.decode()
    assert 'href="/a/bridge/20231227124508/"' in page and "旧版，快照于" not in page
    assert "找到 1 篇" in app.get("/search", {"asof": "2023-12-25"}).content.decode()
    assert "找到 0 篇" in app.get("/search", {"q": "大桥", "asof": "2023-12-20"}).content.decode()
    assert app.get("/search", {"q": "桥", "asof": "soon"}).status_code == 400


@pytest.mark.parametrize("address", ["/search", "/search.json", "/search.atom"])
def test_a_hidden_article_leaves_all_its_versions_at_once(app, bridge, address) -> None:
    """Before the index knows of it: no version of a hidden article is shown, as of no day."""
    asked = {"q": "三人受伤", "asof": "2023-12-25"}
    assert "bridge" in app.get(address, asked).content.decode()
    rows.hide(bridge)
    told = app.get(address, asked).content.decode()
    assert "/a/bridge" not in told and "大桥塌了" not in told


def test_what_the_publisher_withholds_today_is_withheld_in_old_versions(app, bridge, data) -> None:
    """With noarchive in the newest revision, the words of an old one find nothing and are not shown."""
    newest = models.Revision.objects.order_by("-number")[0]
    newest.content["policy"] = {"noarchive": True}
    newest.withheld = True
    newest.save()
    stale = app.get("/search", {"q": "大桥", "asof": "2023-12-25"}).content.decode()
    assert "大桥塌了" in stale and "昨夜" not in stale
    index(data)
    assert "/a/bridge" not in app.get("/search", {"q": "三人受伤", "asof": "2023-12-25"}).content.decode()
    assert "/a/bridge" in app.get("/search", {"q": "大桥塌了", "asof": "2023-12-25"}).content.decode()


def test_a_state_from_before_is_taken_in(app, bridge, data) -> None:
    """A revision with more of them before it is held from its own snapshot until the next one."""
    said = rows.content(ADDRESS, title="大桥第三次通报", text="一切照旧。")
    rows.revise(bridge, said, rows.capture(ADDRESS, SECOND + timedelta(days=2), article="bridge"))
    index(data)
    found = {day: app.get("/search.json", {"q": "大桥", "asof": day}).json()["items"] for day in
             ("2023-12-24", "2023-12-26", "2023-12-27", "2023-12-29")}  # fmt: skip
    assert [items[0]["title"] for items in found.values()] == ["大桥塌了", "大桥塌了", "大桥通行正常", "大桥第三次通报"]


def test_a_hidden_article_leaves_counts_and_bars_before_the_index_is_told(app, data) -> None:
    """Total, facets, histogram and feeds of the next request leave out what was hidden a moment ago."""
    for number, category in enumerate(("国内", "国内", "科技")):
        said = rows.content(f"https://jilin.example/{number}", title=f"渡口第{number}号通报", category=category)
        page = rows.capture(said.url, FIRST - timedelta(days=40 * number), article=f"f{number}")
        rows.article(f"f{number}", said=said, page=page)
    index(data)
    before = app.get("/search", {"q": "渡口"}).content.decode()
    assert "找到 3 篇" in before and "科技</bdi>" in before
    repository.hide("f2", "", SECOND)
    after = app.get("/search", {"q": "渡口"}).content.decode()
    assert "找到 2 篇" in after and "渡口第2号" not in after and "科技</bdi>" not in after
    assert before.count('<rect class="room"') == 3 and after.count('<rect class="room"') == 2
    for address in ("/search.json?q=渡口", "/search.atom?q=渡口", "/index.atom", "/index.json"):
        told = app.get(address)
        assert b"/a/f2/" not in b"".join(told) and told.status_code == 200


@pytest.mark.parametrize("address", ["/search", "/search.json", "/search.atom"])
def test_near_is_asked_for_on_the_page_in_its_feeds_and_as_of_a_day(app, bridge, address) -> None:
    """Words close together find the version that has them so; further apart they find nothing, and are not loosened."""
    asked = {"asof": "2023-12-25"}
    assert "bridge" in app.get(address, asked | {"q": "受伤 NEAR/4 昨夜"}).content.decode()
    assert "/a/bridge" not in app.get(address, asked | {"q": "受伤 NEAR/3 昨夜"}).content.decode()
    assert "/a/bridge" not in app.get(address, {"q": "受伤 NEAR/4 昨夜"}).content.decode()


def test_the_excerpt_of_near_marks_both(app, bridge) -> None:
    """What was asked for close together is shown so."""
    page = app.get("/search", {"q": "受伤 邻近/4 昨夜", "asof": "2023-12-25"}).content.decode()
    assert "大桥<mark>昨夜</mark>塌了，三人<mark>受伤</mark>。" in page
    assert "<mark>" not in app.get("/search", {"q": "near miss 邻近", "asof": "2023-12-25"}).content.decode()
