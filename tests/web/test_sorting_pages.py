"""Categories by hand, columns and pickers, as readers and the desk see them."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

import rows
from tuoben.store import categories, models


@pytest.fixture
def desk(app):
    """The visitor, signed in."""
    app.force_login(User.objects.create_user("bianji", password="none of yours 1"))
    return app


def one(id: str, **more: object) -> models.Article:
    values = {
        "category": "要闻",
        "section": "要闻",
        "category_told": "要闻",
        "told_origin": "page",
        "category_origin": "page",
    }
    return rows.article(id, said=rows.content(f"https://jilin.example/k/{id}"), **values | more)


@pytest.mark.django_db
def test_a_section_is_mapped_by_the_desk(app, desk) -> None:
    """What the desk says of a section moves its articles, is shown with who and when, and can be taken back."""
    one("k1")
    one("k2", section="体育", category="体育", category_told="体育")
    page = desk.get("/s/jilin/sections/").content.decode()
    assert "要闻" in page and "体育" in page
    answer = desk.post("/s/jilin/sections/", {"section": "要闻", "category": "国内"})
    assert answer.status_code == 302
    assert models.Article.objects.get(pk="k1").category == "国内"
    assert models.Article.objects.get(pk="k2").category == "体育"
    assert models.Outbox.objects.filter(article="k1").exists()
    assert "来源映射" in desk.get("/a/k1/").content.decode()
    assert "bianji" in desk.get("/s/jilin/sections/").content.decode()
    desk.logout()
    shown = desk.get("/s/jilin/sections/").content.decode()
    assert "国内" in shown and "bianji" not in shown
    desk.force_login(User.objects.get(username="bianji"))
    desk.post("/s/jilin/sections/", {"section": "要闻", "category": ""})
    assert models.Article.objects.get(pk="k1").category == "要闻"


@pytest.mark.django_db
def test_only_people_with_an_account_decide(app) -> None:
    """Without an account nothing is changed, and the form leads to signing in."""
    one("k1")
    assert app.post("/s/jilin/sections/", {"section": "要闻", "category": "国内"})["Location"].startswith("/login/")
    assert app.post("/a/k1/category/", {"category": "国内"})["Location"].startswith("/login/")
    assert app.get("/a/k1/category/")["Location"].startswith("/login/")
    assert models.Article.objects.get(pk="k1").category == "要闻"
    assert 'name="category"' not in app.get("/s/jilin/sections/").content.decode()
    assert app.get("/s/nobody/sections/").status_code == 404


@pytest.mark.django_db
def test_an_article_is_corrected(desk) -> None:
    """A correction counts before the section's category, says that a person said so, and can be taken back."""
    one("k1")
    assert desk.post("/a/k1/category/", {"category": " 科技 "})["Location"] == "/a/k1/"
    assert "人工" in desk.get("/a/k1/").content.decode()
    desk.post("/s/jilin/sections/", {"section": "要闻", "category": "国内"})
    assert models.Article.objects.get(pk="k1").category == "科技"
    said = categories.correction("k1")
    assert said is not None and (said.category, said.by) == ("科技", "bianji")
    desk.post("/a/k1/category/", {"undo": "1"})
    assert models.Article.objects.get(pk="k1").category == "国内"
    assert desk.post("/a/k1/category/", {"category": "长" * 81}).status_code == 400
    assert desk.get("/a/none/category/").status_code == 404


@pytest.mark.django_db
def test_a_column_has_a_page_and_feeds(app) -> None:
    """Spellings of one column are one; it has a page and feeds, the source's page and the article lead to it."""
    one("k1", column="厅局长访谈", column_key="厅局长访谈")
    one("k2", column="廳局長訪談", column_key="厅局长访谈")
    one("k3", column="别的", column_key="别的")
    assert "/s/jilin/column/" in app.get("/s/jilin/").content.decode()
    page = app.get("/s/jilin/column/廳局長訪談/").content.decode()
    assert page.count('class="card-title"') == 2
    feed = json.loads(app.get("/s/jilin/column/厅局长访谈.json").content)
    assert len(feed["items"]) == 2
    assert app.get("/s/jilin/column/厅局长访谈.atom").status_code == 200
    assert app.get("/s/jilin/column/没有/").status_code == 404
    assert app.get("/s/nobody/column/别的/").status_code == 404


@pytest.mark.django_db
def test_pickers_take_pinyin(app) -> None:
    """Sources and categories are found by characters of either script, pinyin and initials, on their pages and at search."""
    rows.source("xinhua", "新华社")
    one("k1")
    assert "新华社" not in app.get("/s/?pick=jlxw").content.decode().split("<main")[1].split("directory")[-1]
    for typed in ("xhs", "xinhua", "新華", "xinhs"):
        assert 'href="/s/xinhua/"' in app.get("/s/", {"pick": typed}).content.decode()
    assert "/c/%E8%A6%81%E9%97%BB/" in app.get("/c/?pick=yw").content.decode().split("<main")[1]
    assert "source=xinhua" in app.get("/search?pick=xhs").content.decode()
