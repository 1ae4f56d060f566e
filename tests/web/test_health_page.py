"""The page that says how a source is, and the mark of imported articles."""

from __future__ import annotations

from datetime import timedelta

import pytest

import rows
from tuoben import health
from tuoben.store import models
from tuoben.web.views import health as view


@pytest.fixture
def site(db):
    """A source with articles published an hour apart, each captured some minutes later."""
    found = rows.source(added_at=rows.NOON - timedelta(days=400))
    models.Listing.objects.create(source=found, url="https://jilin.example/rss", kind="feed", checked_at=rows.NOON)
    for n in range(6):
        published = rows.NOON - timedelta(hours=n)
        said = rows.content(f"https://jilin.example/a/{n}.html", published=rows.moment(published.isoformat()))
        rows.article(f"a{n}", site=found, said=said, captured=published + timedelta(minutes=4 + n))
    return found


def test_state_lag_and_figure(app, site):
    """State, rate, median and one bar for each bin stand on the page, with the listings."""
    page = app.get("/s/jilin/health/").content.decode()
    assert "比平时沉默得久" in page and "中位数 6 分钟" in page
    assert page.count("<rect") == len(health.BINS) + 1
    assert "https://jilin.example/rss" in page and 'role="img"' in page


def test_the_form_answers(app, site):
    """The form on the source's page leads to the answer for an address; what comes in is shown escaped."""
    assert 'action="/s/jilin/health/"' in app.get("/s/jilin/").content.decode()
    page = app.get("/s/jilin/health/", {"url": "https://jilin.example/none.html"}).content.decode()
    assert "没有哪个来源的列表公布过这个网址" in page
    page = app.get("/s/jilin/health/", {"url": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page and "这不是 http(s) 网址" in page
    page = app.get("/s/jilin/health/", {"url": "https://jilin.example/a/1.html"}).content.decode()
    assert 'href="/a/a1/"' in page


def test_the_past(app, site):
    """How far the past is collected stands on the page, with why it does not go on; nothing of it when it was not begun."""
    assert 'id="past"' not in app.get("/s/jilin/health/").content.decode()
    told = {"pages": 12, "found": 240, "captured": 180, "oldest": "2021-03-02T08:00:00+08:00"}
    models.Listing.objects.update(learned={"past": told})
    site.listings.create(
        url="https://jilin.example/{yyyy}/",
        kind="dates",
        learned={"past": {"since": "2020-01-01", "until": "2020-12-31"}},
    )
    page = app.get("/s/jilin/health/").content.decode()
    assert "2021-03-02" in page and "收录 180 篇" in page and "往期收录中" in page
    assert "2020-01-01 – 2020-12-31" in page and page.count("https://jilin.example/{yyyy}/") == 1
    site.listings.filter(kind="feed").update(learned={"past": told | {"state": "done"}})
    english = app.get("/s/jilin/health/", {"lang": "en"}).content.decode()
    assert "complete" in english and "being collected" in english


def test_english(app, site):
    """The page speaks English, too."""
    page = app.get("/s/jilin/health/", {"url": "https://jilin.example/none.html", "lang": "en"}).content.decode()
    assert "silent for longer than usual" in page and "median 6 min" in page and "No listing of any source" in page


def test_unknown_source(app, db):
    """No page for a source that is not there."""
    assert app.get("/s/none/health/").status_code == 404


def test_every_state_and_step_has_words():
    """No state and no step is without its text."""
    assert set(view.STATES) == set(health.State) and set(view.STEPS) == set(health.Step)


def test_an_imported_article_says_so(app, site):
    """The reading page of an imported snapshot names the file, and does not claim that our crawler took it."""
    models.Capture.objects.filter(article="a1").update(origin="old.warc.gz")
    page = app.get("/a/a1/").content.decode()
    assert "old.warc.gz" in page and "爬虫进行采集" not in page
    assert "爬虫进行采集" in app.get("/a/a2/").content.decode()
