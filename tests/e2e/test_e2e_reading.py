"""The reading page in a real browser: every element of the model page, and the original look beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.e2e

CHINA = 8 * 3600


@pytest.fixture(scope="module")
def interview(site: Site) -> str:
    """The address of the reading page of the model article."""
    return site.app + site.article(site.models["interview"])


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_element_of_the_model_page(
    phone: bool, scripts: bool, site: Site, interview: str, open_page: Callable[..., Page]
) -> None:
    """Navigation, facts, body, by-line, notice, snapshot time, origin and the lists below are all there to be seen."""
    model = site.models["interview"]
    page = open_page(interview, phone=phone, scripts=scripts)
    words = page.locator("body").inner_text()
    assert page.locator("nav a").first.inner_text().strip() == "我的订阅"
    assert page.locator("nav a", has_text=model.category).first.is_visible()
    assert page.locator("h1").inner_text().strip() == model.title
    assert page.get_by_text(model.column, exact=True).first.is_visible()
    for label, value in (
        ("类别", model.category),
        ("发布时间", f"{model.published:%Y-%m-%d %H:%M}"),
        ("来源", model.source),
        ("记者", model.authors[0]),
        ("摄影", "李见山"),
    ):
        assert label in words
        assert value in words
    for sentence in (
        "爬虫进行采集并收录",
        "未对信息做任何修改",
        "不代表本站立场",
        "非营利公共服务",
        "如有侵权",
        "信息原文地址",
        f"更多关于{model.category}的资讯",
        "相关资讯",
    ):
        assert sentence in words
    assert re.search(r"快照生成时间：\s*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", words)
    assert page.locator(f'main a[href="{model.url}"]').first.is_visible()
    assert model.url in words
    assert page.locator('main a[href^="/takedown/"]').first.is_visible()
    assert page.locator('main a[href*="/original/"]').first.is_visible()


def test_the_body_keeps_its_structure(site: Site, interview: str, open_page: Callable[..., Page]) -> None:
    """All paragraphs stand in order, the pictures come from the archive, and their alts do not repeat the headline."""
    model = site.models["interview"]
    page = open_page(interview)
    body = page.locator(".body")
    words = re.sub(r"\s+", "", body.inner_text())
    place = 0
    for paragraph in model.text.split("\n\n"):
        place = words.find(re.sub(r"\s+", "", paragraph), place)
        assert place >= 0, paragraph
    pictures = body.locator("img")
    assert pictures.count() == len(model.images)
    for index in range(pictures.count()):
        pictures.nth(index).scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('.body img')].every(i => i.complete && i.naturalWidth > 0)")
    assert all(model.title not in (pictures.nth(i).get_attribute("alt") or "") for i in range(pictures.count()))
    assert f"{model.column}｜{model.title}" not in body.inner_text()


def test_related_articles_have_excerpts_and_times(interview: str, open_page: Callable[..., Page]) -> None:
    """Related articles are there with a time each, and every one leads to a reading page."""
    related = open_page(interview).locator(".related .card")
    assert related.count() >= 3
    for index in range(related.count()):
        assert re.search(r"\d{1,2}[:-]\d\d", related.nth(index).inner_text())
        assert (related.nth(index).locator("a").first.get_attribute("href") or "").startswith("/a/")


def test_a_reprint_says_where_it_comes_from(site: Site, open_page: Callable[..., Page]) -> None:
    """A reprint names the outlet, and the original's page lists the reprint."""
    reprint = next(a for a in site.demo.expected["juwen"] if a.reprint_of == site.models["interview"].url)
    page = open_page(site.app + site.article(reprint))
    assert f"本文转自：{reprint.reprinted_from}" in re.sub(r"：\s+", "：", page.locator("main").inner_text())
    original = open_page(site.app + site.article(site.models["interview"]))
    assert original.locator("main a", has_text=reprint.title).count() >= 1


def test_the_original_look_is_archived_and_dead(site: Site, interview: str, open_page: Callable[..., Page]) -> None:
    """The frame shows the publisher's page with its archived styles and pictures, and runs none of its scripts."""
    before = len(site.demo.log)
    page = open_page(f"{interview}original/")
    handle = page.locator("iframe").element_handle()
    frame = handle.content_frame() if handle else None
    assert frame
    frame.wait_for_load_state("load")
    assert frame.url.startswith(site.replay + "/")
    assert site.models["interview"].title in frame.locator("h1").inner_text()
    assert frame.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 239, 230)"
    frame.wait_for_function("[...document.images].filter(i => i.complete && i.naturalWidth > 0).length >= 4")
    assert frame.evaluate("document.documentElement.dataset.publisherScript") is None
    assert "广告位招租" not in frame.locator("body").inner_text()
    assert len(site.demo.log) == before


def test_no_archived_script_runs_when_the_replay_is_opened_alone(
    site: Site, interview: str, open_page: Callable[..., Page]
) -> None:
    """Opened outside its frame, the replayed page still runs no script and has no origin of its own."""
    framing = open_page(f"{interview}original/")
    address = framing.locator("iframe").get_attribute("src") or ""
    page = open_page(address if address.startswith("http") else site.replay + address)
    assert page.url.startswith(site.replay + "/")
    assert page.evaluate("document.documentElement.dataset.publisherScript") is None
    assert page.evaluate("window.origin") == "null"


def test_the_app_serves_nothing_as_it_was_stored(site: Site, interview: str, open_page: Callable[..., Page]) -> None:
    """On the app's origin a reading page holds no element that could run the publisher's code."""
    page = open_page(interview)
    body = page.locator(".body")
    assert (
        body.locator("script, iframe, object, embed, form, style, link, base, [onclick], [onerror], [style]").count()
        == 0
    )
    assert page.evaluate("document.documentElement.dataset.publisherScript") is None
    assert page.locator(f'script[src^="{site.replay}"]').count() == 0


def test_a_hidden_article_is_nowhere(site: Site, open_page: Callable[..., Page]) -> None:
    """After `tuoben hide` the article's page is gone, and its headline is on no list and in no search."""
    hidden = next(a for a in site.demo.expected["qingchuan-wanbao"] if a.title.startswith("一封寄了"))
    path = site.article(hidden)
    site.run("hide", path.split("/")[2], "--reason", "test")
    page = open_page(site.app + path)
    assert hidden.title not in page.locator("body").inner_text()
    for other in ("/", "/latest/", f"/search?q={hidden.title}"):
        links = open_page(site.app + other).locator("main a", has_text=hidden.title)
        assert links.count() == 0
