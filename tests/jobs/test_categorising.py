"""Categories are learnt from the archive's own articles, given where that is sure enough, and corrected by people."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.utils import timezone

import rows
from tuoben import model
from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.jobs import drain
from tuoben.jobs.categorising import Sorter, learn
from tuoben.store import categories, checks, models, queries

TEAMS = ("山雀队", "河狸队", "云雀队", "石燕队", "青鹭队")
MAKERS = ("砚湖银行", "青川钢铁", "远水航运", "西港电力", "桤木基金")


@pytest.fixture
def home(tmp_path, db):
    home = Home(tmp_path)
    home.prepare()
    return home


def fill(count: int = 60, **more: object) -> None:
    """Articles of two categories, said by their pages."""
    for n in range(count):
        sport, money = (
            f"{TEAMS[n % 5]}{n % 7}比{n % 3}战胜{TEAMS[(n + 2) % 5]}夺冠",
            f"{MAKERS[n % 5]}股价上涨{n}点净利润增长",
        )
        for kind, title in (("体育", sport), ("财经", money)):
            said = rows.content(f"https://jilin.example/{kind}/{n}", title=title, text="", category=kind, **more)
            rows.article(f"{'s' if kind == '体育' else 'f'}{n}", said=said, category_origin="page", category_told=kind)


def plain(id: str, title: str) -> models.Article:
    return rows.article(id, said=rows.content(f"https://jilin.example/p/{id}", title=title, text=""))


def test_what_nothing_sorts_is_sorted(home) -> None:
    """A headline like those of one category gets it, with the probability; one like none stays 未分类, both only once."""
    fill()
    plain("new", "河狸队3比1战胜石燕队夺冠")
    plain("odd", "zzz qqq www")
    found = learn(home, 1000)
    assert found.classifier.categories == ("体育", "财经")
    assert found.precision >= 0.9
    sorter = Sorter(home)
    assert sorter.sort() == 2
    assert sorter.sort() == 0
    row = models.Article.objects.get(pk="new")
    assert (row.category, row.category_origin) == ("体育", "classifier")
    assert row.category_sure > 0.5
    assert models.Article.objects.get(pk="odd").category == ""
    assert models.Outbox.objects.filter(article="new", topic="index").count() == 1
    drain.rebuild(home, lambda done: None)
    assert "new" in [card.id for card in queries.latest(category="体育", limit=100).cards]


def test_the_page_and_people_count_more(home) -> None:
    """What a page says later takes the place of a guess; what a person says is never guessed over."""
    fill()
    plain("a", "河狸队3比1战胜石燕队夺冠")
    plain("b", "山雀队3比1战胜石燕队夺冠")
    learn(home, 1000)
    categories.correct("b", "", "bianji", timezone.now())
    Sorter(home).sort()
    assert models.Article.objects.get(pk="b").category == ""
    row = models.Article.objects.get(pk="a")
    assert row.category_origin == "classifier"
    categories.told(row, model.Placement(category="社会", category_origin="page", section="社会新闻"))
    assert (row.category, row.category_origin, row.category_sure) == ("社会", "page", 0.0)


def test_corrections_teach(home) -> None:
    """After a person corrected some, the next training gives their like the corrected category."""
    fill(30)
    for n in range(12):
        plain(f"c{n}", f"{TEAMS[n % 5]}上市募资{n}亿元引关注")
        categories.correct(f"c{n}", "产业", "bianji", timezone.now())
    found = learn(home, 1000)
    assert "产业" in found.classifier.categories
    assert replace(found.classifier, least=0.0).guess("青鹭队上市募资13亿元引关注").category == "产业"


def test_too_little_and_reserved_articles_teach_nothing(home) -> None:
    """With too few articles, or only such whose publishers reserve mining, one sentence says what to do."""
    with pytest.raises(DataError, match="too little"):
        learn(home, 1000)
    fill(20, policy=model.Policy(tdm_reserved=True, tdm_origin="meta"))
    with pytest.raises(DataError, match="reserve"):
        learn(home, 1000)
    assert Sorter(home).sort() == 0


def test_a_damaged_file_is_told_of_once(home) -> None:
    """The worker is told in one sentence, then goes on without a classifier."""
    home.classifier.write_bytes(b'{"format": 1, "categories": []}')
    sorter = Sorter(home)
    with pytest.raises(DataError, match="damaged"):
        sorter.sort()
    assert sorter.sort() == 0
    home.classifier.write_text(json.dumps({"format": 99}))
    with pytest.raises(DataError, match="another version"):
        sorter.sort()


def test_the_desk_is_put_over_rows_made_anew(home) -> None:
    """What the desk said of sections and articles is kept by what keeps it for a rebuild, and holds after."""
    fill(2)
    models.Article.objects.update(section="动态")
    categories.map_section("jilin", "动态", "快讯", "bianji", timezone.now())
    categories.correct("s0", "体坛", "bianji", timezone.now())
    decided = checks.desk()
    models.Article.objects.update(category="体育", category_origin="page")
    models.Section.objects.all().delete()
    models.Correction.objects.all().delete()
    checks.restore_desk(decided, timezone.now())
    assert models.Article.objects.get(pk="s0").category == "体坛"
    assert models.Article.objects.get(pk="s1").category == "快讯"
    assert checks.desk().categories == decided.categories
