"""The category of an article: a small set of display names, else the page's own word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tuoben.model import Article, CategoryOrigin, Hints
from tuoben.text import normalise

LONGEST = 40
"""A longer "category" is a sentence that got into the wrong place."""

_TABLE = """
国内: 国内时事 domestic national guonei
国际: world monde mundo welt international global internacional guoji мир 세계 국제
政治: politics politik politique politica politics-news policy government политика 정치
财经: finance financial business economy economics markets money caijing wirtschaft economie economia экономика
    경제 ビジネス
科技: it tech technology science sci-tech science-technology science-and-technology keji wissenschaft technik
    technologie tecnologia sciences наука 과학 テクノロジー
社会: society social общество 사회 gesellschaft societe sociedad shehui
文化: culture arts art kultur cultura культура 문화 wenhua
体育: sport sports tiyu deporte deportes спорт 스포츠 スポーツ
娱乐: entertainment showbiz celebrity yule 연예 エンタメ
军事: military defense defence junshi
教育: education schools jiaoyu bildung educacion
健康: health medicine medical wellness gesundheit sante salud здоровье 건강 jiankang
汽车: auto autos cars motoring automotive
房产: real-estate realestate
旅游: travel tourism reise
评论: opinion opinions comment commentary editorial op-ed meinung
环境: environment climate umwelt
"""


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "-", normalise(name)).strip("-")


_NAMES: dict[str, str] = {}
for _line in re.sub(r"\n\s+", " ", _TABLE.strip()).splitlines():
    _name, _, _words = _line.partition(":")
    _NAMES.update({_key(word): _name for word in (_name, *_words.split())})

_EMPTY = """
新闻 资讯 首页 主页 正文 频道 滚动 滚动新闻 最新 头条 未分类 其他 综合 文章 内容 home news latest top stories
top-stories article articles story uncategorized uncategorised general other others main index homepage rss blog
"""
_NOTHING = {_key(word) for word in _EMPTY.split()}
_PARTS = re.compile(r"\s*(?:[>›»/|｜·]|→|::|--?>)\s*")
_SUFFIX = re.compile(
    r"(?<=..)(?:新闻|频道|要闻|资讯|栏目|新聞|頻道|要聞|資訊|欄目)$|[ -](?:news|channel)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Told:
    """A category, who says it, and the word it was read from; all "" when nobody says any."""

    category: str = ""
    origin: str = ""
    section: str = ""


def category_of(article: Article, hints: Hints, known: Iterable[str] = ()) -> str:
    """The operator's category if set; else what the page says, else the listing; "" when nothing says.

    A name from the table or of a category already `known` is spelt as there; any other word stays the page's own.
    """
    return told_by(article, hints, known).category


def told_by(article: Article, hints: Hints, known: Iterable[str] = ()) -> Told:
    """The same with who says it. The section is told also where the operator's word counts, or it names no category."""
    listed = hints.link.categories if hints.link else ()
    words = [(CategoryOrigin.PAGE, article.category), *((CategoryOrigin.LISTING, word) for word in listed)]
    section = next((word.strip() for _, word in words if word.strip()), "")
    if hints.category.strip():
        return Told(hints.category.strip(), CategoryOrigin.SOURCE, section)
    spelt = {_key(name): name for name in known if name}
    for origin, word in words:
        if name := _clear(word, spelt):
            return Told(name, origin, word.strip())
    own = _own(article.category)
    return Told(own, CategoryOrigin.PAGE if own else "", section)


def _clear(word: str, spelt: dict[str, str]) -> str:
    """The display name that a category, or the nearest part of a breadcrumb, stands for."""
    for part in [word, *reversed(_PARTS.split(word))]:
        key = _key(part)
        for form in (key, _SUFFIX.sub("", key)):
            if form in spelt and form not in _NOTHING:
                return spelt[form]
            if form in _NAMES:
                return _NAMES[form]
    return ""


def _own(word: str) -> str:
    """The page's own word, the last part of a breadcrumb that says something."""
    parts = [part.strip() for part in _PARTS.split(word)]
    return next(
        (_SUFFIX.sub("", p) for p in reversed(parts) if p and _key(p) not in _NOTHING and len(p) <= LONGEST), ""
    )
