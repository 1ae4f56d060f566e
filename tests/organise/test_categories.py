"""Names of categories."""

from __future__ import annotations

import pytest

from tuoben.model import Article, Hints, Link, State
from tuoben.organise import category_of


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("国内", "国内"),
        ("國際", "国际"),
        ("World", "国际"),
        ("SPORT", "体育"),
        ("Sci-Tech", "科技"),
        ("国际新闻", "国际"),
        ("体育频道", "体育"),
        ("首页 > 新闻 > 国内", "国内"),
        ("首页 > 财经 > 正文", "财经"),
        ("Home / Business", "财经"),
        ("经济", "经济"),
        ("要闻", "要闻"),
        ("三农频道", "三农"),
        ("吉林", "吉林"),
        ("新闻", ""),
        ("首页", ""),
        ("", ""),
        ("这是一句被误当作类别的很长很长的话" * 4, ""),
    ],
)
def test_names(told: str, wanted: str) -> None:
    """Clear names get the display name, others stay the page's own, furniture is none."""
    assert category_of(Article(url="", state=State.ARTICLE, category=told), Hints()) == wanted


def test_who_decides() -> None:
    """The operator first, then the page, then the listing; known names give the spelling."""
    article = Article(url="", state=State.ARTICLE, category="Sports")
    listed = Hints(link=Link(url="https://a.test/", categories=("Blog", "World")))
    assert category_of(article, Hints(category=" 我的类别 ")) == "我的类别"
    assert category_of(article, listed) == "体育"
    assert category_of(Article(url="", state=State.ARTICLE), listed) == "国际"
    assert category_of(Article(url="", state=State.ARTICLE, category="ECO-LIFE"), Hints(), ["Eco life"]) == "Eco life"
