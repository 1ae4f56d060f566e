"""The category of an article as its page tells it: data, section metas, the breadcrumb, a section word in the URL."""

from __future__ import annotations

import re
from typing import Final

from tuoben import url as urls
from tuoben.extract import words
from tuoben.extract.element import Block, squeezed
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import key
from tuoben.model import Page

_SECTIONS: Final = {
    word: name
    for name, spellings in {
        "时政": "politics shizheng", "国际": "world international guoji", "国内": "domestic china guonei",
        "社会": "society shehui", "财经": "finance money business caijing economy",
        "科技": "tech science technology keji", "体育": "sports sport tiyu",
        "娱乐": "ent entertainment yule", "文化": "culture wenhua", "教育": "edu education jiaoyu",
        "健康": "health jiankang", "军事": "mil military junshi", "汽车": "auto",
        "法治": "law legal fazhi", "旅游": "travel lvyou", "房产": "house", "评论": "opinion",
    }.items()
    for word in spellings.split()
}  # fmt: skip
_META: Final = (
    "article:section", "og:article:section", "section", "articlesection", "parsely-section", "channel", "columnname",
    "lanmu",
)  # fmt: skip
_HOME: Final = re.compile(
    r"(?:网站)?(?:首页|首頁|主页)|home(?:page)?|startseite|accueil|inicio|início|(?:当前|您的|所在)*位置|>|"
    r"(?:新闻|资讯|新聞)(?:中心|频道)?|news|.*(?:网|網|在线|首页|门户)",
    re.I,
)
_BODY_WORDS: Final = re.compile(
    r"(?:新闻|文章)?(?:正文|内容|详情|内文)|详细内容|articles?|文章|阅读|查看|浏览文章", re.I
)
_LABEL: Final = re.compile(
    r"[\W_]{0,3}(?:(?:(?:您|你)?(?:现在|当前|目前|現在)?(?:的|所在的?)?(?:位置|栏目)|(?:您|你)(?:现在)?在)\s*[:：]|"
    r"(?:(?:您|你)的?)?(?:现在|当前|目前|所在)(?:的|所在)?(?:位置|栏目))\s*"
)
_FROM_HOME: Final = re.compile(r"[\W_]{0,3}(?:网站)?(?:首页|首頁|主页|home)\s*(?:[>›»→＞]|-+>|/ )", re.I)
_STEP: Final = re.compile(r"\s*(?:[>›»→|＞]+|&gt;|-{1,2}>|(?<=\s)/(?=\s)|/(?=[\u3400-\u9fff]))\s*|\s{2,}")
LONGEST: Final = 24
"""Letters of a step that can be a category."""


def category(page: Page, tree: Tree, meta: Meta, data: Said, title: str) -> tuple[str, str]:
    """(category, origin): data, section metas, the breadcrumb's last step (the second where it has three and more,
    home and "正文" left out), then a section word in the URL. ("", "") when the page tells none."""
    for told, origin in ((data.section, "json-ld"), (meta.first(*_META), "meta")):
        if told and len(told) < 40 and not told.startswith("http") and not told.isdigit():
            return told, origin
    mine = urls.parse(page.url)
    named = _named(data.breadcrumb, title) or _named(_crumbs(tree), title)
    if named:
        return named[-1] if len(named) < 3 else named[1], "markup"
    if mine is not None:
        for word in [*mine.path.lower().split("/")[1:3], *mine.hostname.split(".")[:-2]]:
            if word in _SECTIONS:
                return _SECTIONS[word], "url"
    return "", ""


def _named(steps: tuple[str, ...], title: str) -> list[str]:
    """The steps that name a category: no home, no "正文", no headline or the beginning of it."""
    whole = key(title)
    kept = []
    for step in steps:
        mine = key(step)
        if (
            not mine
            or len(step) > LONGEST
            or _BODY_WORDS.fullmatch(step)
            or _HOME.fullmatch(step)
            or words.counts(step)
        ):
            continue
        if mine == whole or (len(mine) > 8 and whole.startswith(mine)):
            continue
        kept.append(step)
    return kept


def _crumbs(tree: Tree) -> tuple[str, ...]:
    """The steps of the breadcrumb: an element named for it, else a line of 当前位置 or one from 首页 on."""
    for element in tree.elements:
        if 0 < element.end - element.start <= 14 and element.crumbs:
            steps = _steps(tree.blocks[element.start : element.end])
            if len(steps) > 1:
                return steps
    for block in tree.blocks[:400]:
        if block.size > 240 or not block.text:
            continue
        if _FROM_HOME.match(block.text):
            return _steps([block])
        if "位置" in block.text[:10] or "您在" in block.text[:6]:
            label = _LABEL.match(block.text)
            if label is None:
                continue
            if label.end() < len(block.text):
                return _steps([block])
            parent = block.node.parent
            if parent is not None and parent.end - parent.start <= 14:
                return _steps(tree.blocks[parent.start : parent.end])
    return ()


def _steps(blocks: list[Block]) -> tuple[str, ...]:
    text = " > ".join(squeezed(block.text) for block in blocks if block.text)
    if label := _LABEL.match(text):
        text = text[label.end() :]
    return tuple(step for step in (part.strip(" :：|") for part in _STEP.split(text)) if step)
