"""Lists, their feeds, search and the pages about the archive."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import feedparser
import pytest

import rows
from tuoben.store import models

LISTS = (
    "/",
    "/latest/",
    "/c/",
    "/c/国内/",
    "/c/未分类/",
    "/s/",
    "/s/jilin/",
    "/search?q=光学城",
    "/me/",
    "/about/",
    "/takedown/",
)
FEEDS = ("/index", "/c/国内", "/c/未分类", "/s/jilin", "/search")


def text(response):
    return response.content.decode()


@pytest.fixture
def full(archive, index):
    """The main article and forty more, some without a category."""
    for number in range(40):
        said = rows.content(f"https://jilin.example/{number}", title=f"光学城消息 {number}", category="国内" if number % 4 else "",
                            text=f"光学城今天发布了第{number}号消息。")  # fmt: skip
        rows.article(f"n{number:02}", captured=rows.NOON - timedelta(hours=number), said=said)
    index()


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_a_page_in_both_languages(app, full, path):
    """Each answers, with one headline, in the language of the site or the one asked for."""
    page = text(app.get(path))
    assert page.count("<h1") == 1 and '<html lang="zh-Hans">' in page
    joined = path + ("&" if "?" in path else "?") + "lang=en"
    page = text(app.get(joined))
    assert '<html lang="en">' in page and "My subscriptions" in page


@pytest.mark.parametrize("path", FEEDS)
def test_every_list_has_feeds_that_other_programs_can_read(app, full, path):
    """Atom is read without complaint; JSON Feed has the fields of version 1.1."""
    atom = app.get(f"{path}.atom", {"q": "光学城"})
    assert atom["Content-Type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(atom.content, response_headers={"content-type": atom["Content-Type"]})
    assert not read.bozo and read.version == "atom10" and len(read.entries) >= 10
    assert all(
        entry.id.startswith("urn:uuid:") and entry.link.startswith("http://127.0.0.1:8000/a/") for entry in read.entries
    )
    assert len({entry.id for entry in read.entries}) == len(read.entries)
    answer = app.get(f"{path}.json", {"q": "光学城"})
    data = json.loads(answer.content)
    assert answer["Content-Type"].startswith("application/feed+json")
    assert (
        data["version"] == "https://jsonfeed.org/version/1.1"
        and data["title"]
        and data["feed_url"].startswith("http://")
    )
    assert [item["id"] for item in data["items"]] == [entry.id for entry in read.entries]
    assert all(("content_html" in item or "content_text" in item) and item["_tuoben"]["id"] for item in data["items"])


@pytest.mark.parametrize("path", ("/latest/", "/c/国内/", "/s/jilin/"))
def test_a_page_names_its_feeds_in_its_head(app, full, path):
    """The addresses behind rel=alternate answer."""
    links = re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', text(app.get(path)))
    assert {kind for kind, _ in links} == {"application/atom+xml", "application/feed+json"}
    assert all(app.get(href).status_code == 200 for _, href in links)


def test_a_feed_carries_the_body_the_category_and_the_original_address(app, archive):
    """A reader sees the article whole, with images from the archive."""
    entry = next(e for e in feedparser.parse(app.get("/c/国内.atom").content).entries if "为谱写" in e.title)
    assert entry.title.startswith("厅局长访谈｜") and entry.tags[0].term == "国内"
    assert "/web/20231224124508im_/" in entry.content[0].value and "never.example" not in entry.content[0].value
    assert [link.href for link in entry.links if link.rel == "via"] == [
        "https://jilin.example/a/2023/1224/1.html?id=35"
    ]
    assert entry.published == "2023-12-24T18:26:00+08:00"


def test_feeds_page_to_the_end(app, full):
    """Following next gives every article once (RFC 5005)."""
    seen, path = [], "/index.atom?limit=7"
    while path:
        root = ET.fromstring(app.get(path).content)
        seen += [e.text for e in root.iter("{http://www.w3.org/2005/Atom}id")][1:]
        following = [e.get("href") for e in root.iter("{http://www.w3.org/2005/Atom}link") if e.get("rel") == "next"]
        path = following[0].partition(":8000")[2] if following else ""
    assert len(seen) == len(set(seen)) == 42


def test_lists_page_to_the_end(app, full):
    """更早的资讯 leads on until there are none."""
    seen, path = [], "/latest/?limit=9"
    while path:
        page = text(app.get(path))
        seen += re.findall(r'class="card-title"><a href="/a/(\w+)/"', page)
        following = re.search(r'<a href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 42


@pytest.mark.parametrize("path", ("/index.atom", "/index.json", "/latest/", "/", "/a/main/", "/search.atom?q=光学城"))
def test_an_unchanged_page_is_answered_with_304(app, full, path):
    """By ETag everywhere, by Last-Modified where a list has one; a change ends it."""
    first = app.get(path)
    assert app.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    if "Last-Modified" in first:
        assert app.get(path, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    rows.hide(models.Article.objects.get(pk="n01"))
    if "main" not in path:
        assert app.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200
    if "Last-Modified" in first:
        models.Article.objects.filter(pk="n01").update(hidden_at=rows.NOON + timedelta(days=1))
        assert app.get(path, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 200


def test_a_hidden_article_is_nowhere_and_its_address_says_so(app, bare, full):
    """410 on its own pages; its headline and body on no other page, feed, search or replay."""
    everywhere = [
        *LISTS,
        *(f + ext for f in FEEDS for ext in (".atom?q=光学城", ".json?q=光学城")),
        "/a/copy/",
        "/search?q=厅局长访谈",
    ]
    assert any("源源不断的科技力量" in text(app.get(path)) for path in everywhere)
    replayed = "/web/20231224124508/https://jilin.example/a/2023/1224/1.html?id=35"
    picture = "/web/20231224124508im_/https://img.jilin.example/1.png"
    assert bare.get(replayed).status_code == 200 and bare.get(picture).status_code == 200
    rows.hide(models.Article.objects.get(pk="main"))
    for path in everywhere:
        page = text(app.get(path))
        assert "源源不断的科技力量" not in page and "/a/main/" not in page, path
    for path in ("/a/main/", "/a/main.json", "/a/main/revisions/", "/a/main/original/"):
        answer = app.get(path)
        assert answer.status_code == 410 and "源源不断" not in text(answer)
    assert "不展示" in text(app.get("/a/main/"))
    for mode in ("", "id_", "im_"):
        assert bare.get(replayed.replace("/https", f"{mode}/https", 1)).status_code == 404
    assert bare.get(picture).status_code == 404


def test_search_finds_filters_and_says_how_many(app, full):
    """The form keeps what was asked; filters narrow; the feed of the search is beside the count."""
    page = text(app.get("/search", {"q": "光学城 消息"}))
    assert "找到 40 篇" in page and "<mark>" in page and 'href="/search.atom?q=' in page
    assert len(re.findall('class="card-title"', page)) == 20 and 'rel="next"' in page
    second = text(app.get("/search", {"q": "光学城 消息", "page": "2"}))
    assert len(re.findall('class="card-title"', second)) == 20 and 'rel="next"' not in second
    assert "找到 30 篇" in text(app.get("/search", {"q": "光学城 消息", "category": "国内"}))
    assert "找到 0 篇" in text(app.get("/search", {"q": "光学城 消息", "until": "2001-01-01"}))
    assert 'value="光学城 消息"' in page


def test_an_empty_archive_says_what_to_do(app, db):
    """The first page names the exact commands, before and after the first source."""
    page = text(app.get("/"))
    for command in ("tuoben source add https://", "tuoben crawl --once", "tuoben demo"):
        assert command in page
    rows.source()
    assert "tuoben crawl --once" in text(app.get("/")) and "已有 1 个来源" in text(app.get("/"))
    for path in ("/latest/", "/c/", "/s/", "/me/", "/index.atom", "/index.json", "/search?q=a"):
        assert app.get(path).status_code == 200


def test_paused_collecting_is_said_quietly_on_every_page(app, db):
    """The sentence of the worker stands below the masthead while it holds."""
    models.Status.objects.create(name="pause", value={"why": "Collecting is paused: 3 MiB are free."}, at=rows.NOON)
    assert "3 MiB are free" in text(app.get("/about/"))


def test_following_lists_every_feed_with_its_whole_address(app, full):
    """我的订阅 works without an account: each address can be copied, also that of a search."""
    page = text(app.get("/me/", {"q": "光学城"}))
    for path in (
        "/index.atom",
        "/c/%E5%9B%BD%E5%86%85.atom",
        "/s/jilin.json",
        "/search.atom?q=%E5%85%89%E5%AD%A6%E5%9F%8E",
    ):
        assert f">http://127.0.0.1:8000{path}</code>" in page
        assert app.get(path).status_code == 200


def test_the_takedown_page_names_the_contact_and_the_article(app, archive):
    """Whom to ask and what to say; the article that the visitor came from is named."""
    page = text(app.get("/takedown/?article=main"))
    assert 'href="mailto:desk@paper.example"' in page and "http://127.0.0.1:8000/a/main/" in page


def test_a_source_page_says_how_the_source_is(app, full):
    """Its address, its count, and the sentence on its state."""
    rows.source("jilin", why="三天没有新资讯。", state="paused")
    page = text(app.get("/s/jilin/"))
    assert "三天没有新资讯。" in page and "已暂停收录" in page and 'href="https://jilin.example/"' in page


def test_machines_find_what_they_ask_for(app, db):
    """robots.txt, OpenSearch and health."""
    assert "Disallow: /search" in text(app.get("/robots.txt"))
    root = ET.fromstring(app.get("/opensearch.xml").content)
    assert root.tag == "{http://a9.com/-/spec/opensearch/1.1/}OpenSearchDescription"
    assert app.get("/healthz").content == b"ok\n"


def test_the_language_is_chosen_by_a_form_and_kept_in_a_cookie(app, archive):
    """POST sets the preference and leads back to a page of ours, never elsewhere; GET changes nothing."""
    answer = app.post("/language", {"lang": "en", "next": "/a/main/"})
    assert answer.status_code == 302 and answer["Location"] == "/a/main/"
    assert answer.cookies["tuoben_lang"]["httponly"] and answer.cookies["tuoben_lang"]["samesite"] == "Lax"
    assert '<html lang="en">' in text(app.get("/a/main/"))
    for target in ("//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "javascript:x"):
        assert app.post("/language", {"lang": "en", "next": target})["Location"] == "/"
    assert app.get("/language").status_code == 405
    assert "tuoben_lang" not in app.post("/language", {"lang": "xx"}).cookies


def test_the_site_speaks_its_own_language_until_another_is_chosen(app, db):
    """A browser's Accept-Language does not change what a cited page says."""
    assert '<html lang="zh-Hans">' in text(app.get("/about/", headers={"Accept-Language": "en-US,en;q=0.9"}))
