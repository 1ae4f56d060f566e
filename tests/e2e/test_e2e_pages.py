"""Every page in a real browser: valid, accessible, readable at both widths, in both colour schemes, without scripts."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.e2e

PAGES = (
    "front",
    "latest",
    "categories",
    "category",
    "sources",
    "source",
    "interview",
    "english article",
    "traditional article",
    "old-charset article",
    "reprint",
    "edited article",
    "noarchive article",
    "revisions",
    "what changed",
    "what changed side by side",
    "reprint group",
    "original beside what was read",
    "extraction quality",
    "source health",
    "column",
    "sections of a source",
    "sources by pinyin",
    "search by pinyin",
    "traditional interface",
    "original look",
    "search",
    "search without hits",
    "search box alone",
    "stories",
    "story",
    "subscriptions",
    "about",
    "takedown",
    "sign in",
    "not found",
)


@pytest.fixture(scope="module")
def paths(site: Site) -> dict[str, str]:
    """The address of each kind of page, below the app's origin."""
    expected = site.demo.expected
    interview = site.article(site.models["interview"])
    reprint = site.article(next(a for a in expected["juwen"] if a.reprint_of))
    source = site.run("source", "list")["sources"][0]["id"]
    edited = next(a for a in expected["alder-courier"] if a.modified)
    told = site.run("show", interview.strip("/").removeprefix("a/"))
    with urllib.request.urlopen(f"{site.app}/story/", timeout=30) as answer:
        story = re.search(r"/story/[0-9a-z]+/", answer.read().decode())
    assert story, "the demo's news holds a story"
    return {
        "front": "/",
        "latest": "/latest/",
        "categories": "/c/",
        "category": f"/c/{quote('国内')}/",
        "sources": "/s/",
        "source": f"/s/{source}/",
        "interview": interview,
        "english article": site.article(next(a for a in expected["farwater-wire"] if a.images)),
        "traditional article": site.article(next(a for a in expected["xigang-times"] if a.images)),
        "old-charset article": site.article(next(a for a in expected["qingchuan-wanbao"] if a.images)),
        "reprint": reprint,
        "edited article": site.article(edited),
        "noarchive article": site.article(next(a for a in expected["alder-courier"] if a.noarchive)),
        "revisions": f"{site.article(edited)}revisions/",
        "what changed": f"{site.article(edited)}revisions/2/",
        "what changed side by side": f"{site.article(edited)}revisions/2/?view=side",
        "reprint group": f"{reprint}reprints/",
        "original beside what was read": f"{interview}compare/",
        "extraction quality": f"/s/{source}/quality/",
        "source health": f"/s/{source}/health/",
        "column": f"/s/{told['site']}/column/{quote(told['column'])}/",
        "sections of a source": f"/s/{source}/sections/",
        "sources by pinyin": "/s/?pick=qc",
        "search by pinyin": "/search?pick=gn",
        "traditional interface": f"{interview}?lang=zh-Hant",
        "original look": f"{interview}original/",
        "search": f"/search?q={quote('砚湖大桥')}",
        "search without hits": f"/search?q={quote('zzyzx 不存在的词')}",
        "search box alone": "/search",
        "stories": "/story/",
        "story": story[0],
        "subscriptions": "/me/",
        "about": "/about/",
        "takedown": "/takedown/",
        "sign in": "/login/",
        "not found": "/a/0000000000/",
    }


def source_of(url: str) -> str:
    """The document as the server sends it, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


@pytest.mark.parametrize("name", PAGES)
def test_html_is_valid(name: str, site: Site, paths: dict[str, str], validate_html: Callable[[str], list[str]]) -> None:
    """html-validate finds no error in the page."""
    assert validate_html(source_of(site.app + paths[name])) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible(
    name: str,
    phone: bool,
    dark: bool,
    site: Site,
    paths: dict[str, str],
    open_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    shot: Callable[[Page, str], None],
) -> None:
    """axe-core finds no violation at either width in either colour scheme, and nothing has to be scrolled sideways."""
    page = open_page(site.app + paths[name], phone=phone, dark=dark)
    shot(page, f"{name}-{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    assert axe(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_page_works_without_scripts(
    name: str, site: Site, paths: dict[str, str], open_page: Callable[..., Page]
) -> None:
    """With JavaScript switched off the main part shows the words that it shows with JavaScript."""
    with_scripts = open_page(site.app + paths[name]).locator("main").inner_text()
    without = open_page(site.app + paths[name], scripts=False).locator("main").inner_text()
    missing = [line for line in without.splitlines() if line.strip() and line.strip() not in with_scripts]
    assert missing == []
    assert len(without) > 0.8 * len(with_scripts)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_foreign_is_loaded(
    name: str, site: Site, paths: dict[str, str], open_page: Callable[..., Page]
) -> None:
    """A page asks for nothing but what the app and the replay origin serve; the publishers see no reader."""
    asked: list[str] = []
    before = len(site.demo.log)
    page = open_page("about:blank")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.app + paths[name], wait_until="networkidle")
    foreign = [url for url in asked if not url.startswith((site.app + "/", site.replay + "/", "data:"))]
    assert foreign == []
    assert len(site.demo.log) == before


def test_the_first_page_of_an_empty_archive_says_what_to_do(
    empty_site: str,
    open_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    shot: Callable[[Page, str], None],
    validate_html: Callable[[str], list[str]],
) -> None:
    """An archive with nothing in it names the command that adds a source."""
    page = open_page(f"{empty_site}/")
    shot(page, "empty")
    assert "tuoben source add" in page.locator("main").inner_text()
    assert axe(page) == []
    assert validate_html(source_of(f"{empty_site}/")) == []


def test_english_is_beside_chinese(
    site: Site, open_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    """The button English turns the program's own words to English and marks the page's language."""
    page = open_page(site.app + "/")
    page.get_by_role("button", name="English").click()
    page.wait_for_load_state("load")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("nav a").first.inner_text().strip() not in ("", "我的订阅")
    assert axe(page) == []


def test_searching_by_the_form_finds_the_article(site: Site, open_page: Callable[..., Page]) -> None:
    """A headline typed into the search box leads to its article."""
    page = open_page(site.app + "/", scripts=False)
    title = site.models["interview"].title
    page.locator("input[type=search]").first.fill(title)
    page.locator("input[type=search]").first.press("Enter")
    page.wait_for_url("**/search?*")
    page.locator("main a", has_text=title).first.click()
    assert title in page.locator("h1").inner_text()


def test_lists_announce_their_feeds(site: Site, paths: dict[str, str], open_page: Callable[..., Page]) -> None:
    """Front, category, source and search have an Atom and a JSON feed beside them, which can be fetched."""
    for name in ("front", "category", "source", "search"):
        page = open_page(site.app + paths[name])
        feeds = page.locator("link[rel=alternate]").evaluate_all("links => links.map(l => [l.type, l.href])")
        kinds = {kind for kind, _ in feeds}
        assert {"application/atom+xml", "application/feed+json"} <= kinds, name
        assert all(len(source_of(address)) > 100 for _, address in feeds)
