"""Whom a Chinese page credits with the text (来源), and whether it says that the text is a reprint (转自)."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract.byline import Byline, source_value
from tuoben.extract.metadata import Meta
from tuoben.extract.names import HAN, OUTLET, chinese_names, is_name
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story, key

_META_SOURCE: Final = (
    "source", "article:source", "og:article:source", "mediaid", "contentsource", "weibo: article:source",
    "sourcename", "copyright-source", "articlesource",
)  # fmt: skip
_SOURCE_HINT: Final = re.compile(
    r"(?:^|[\s_-])(?:\w*source\w*|laiyuan|ly|media[-_]?name|from|origin|pubfrom|"
    r"(?:author|account|nick|mp)[-_]?name|profile_nickname|js_name)(?:$|[\s_-])"
)
_DATE_PIECE: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?|"
    r"星期.|周[一二三四五六日]|(?:上|下)午|\d+"
)
_TIME_WITHIN: Final = re.compile(
    r"\d[-/.月]\d{1,2}日?(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?$|\d[-/.月]\d{1,2}日?\s+\d{1,2}[:：]\d{2}"
)
_SOURCE_LABEL: Final = re.compile(r"^\s*(?:(?:信息|文章|稿件|新闻)?(?:来源|來源)|稿源|来自)\s*[:：]?")
_REPRINT: Final = re.compile(
    r"(?:转自|轉自|转载自|轉載自|转载于|轉載於|来源于|首发于|选自|摘自|原载(?:于)?|授权转载自)\s*(?P<sure>[:：])?\s*"
    r"(?:微信)?(?:公众号)?\s*[:：]?\s*(?P<quoted>[“「《『【\[])?\s*(?P<who>[^，。；、：:（）()\s“”「」《》『』】\]]{2,20})"
)
_ACCORDING: Final = re.compile(
    r"^[\s\u3000]*(?:[（(]?综合[）)]?)?(?:据|據)《?"
    rf"(?P<who>[{HAN}A-Za-z]{{2,12}}?(?:社|报|報|网|網|电视台|電視台|新闻|客户端|财经|时报|日报|快讯))》?"
    r"(?:\d{1,2}月\d{1,2}日|\d{1,2}日|网站|微信|援引|消息|综合)*(?:报道|報道|報導|消息|讯|電|电)"
)
_MIXED: Final = re.compile(r"综合|綜合|[、，,/]|本[报網网]|网络|網絡")
_ORIGINAL: Final = re.compile(r"[（(【\[]?(?:原标题|原標題|原題|原题)\s*[:：]\s*([^\n]{4,80}?)[）)】\]]?\s*$")


def fill_source(line: Byline, tree: Tree, meta: Meta, titles: frozenset[str], start: int, first: int) -> None:
    """The credited source where no label told it: an element named for it, the rest of the time line, the issuing
    office, a meta. `start`, `first`: numbers of the first block near the headline and of the story's first."""
    if line.source:
        return
    for value, origin in (
        (_named(tree, titles, start, first), "markup"),
        (_beside_time(tree, start, first), "text"),
        (line.last_source, "text"),
        (line.issuer or _issuer_above(tree, start), "markup"),
        (source_value(_SOURCE_LABEL.sub("", meta.first(*_META_SOURCE))), "meta"),
    ):
        if value and "http" not in value:
            line.source, line.source_origin = value, origin
            return


_WRITER_HINT: Final = re.compile(
    r"(?:^|[\s_-])(?:\w*authors?|\w*by-?lines?|writer|reporter|zuozhe|jizhe)(?:[_-]?(?:name|link|item))?(?:$|[\s_-])"
)
_NEVER_WRITER: Final = re.compile(r"editor|comment|avatar|bio|desc|follow|label")
_WROTE_FROM: Final = re.compile(rf"\s*[／/][{HAN}]{{2,10}}(?:報導|報道|报道)?$")
_WORKS_FOR: Final = re.compile(rf"^[{HAN}A-Za-z0-9]{{2,10}}(?:\s+(?:记者|記者)?|(?:记者|記者)\s*)")


def fill_authors(line: Byline, tree: Tree, told: list[str], start: int, first: int) -> None:
    """The writers of a Chinese page whose lines name none: in an element named for them near the headline, or `told`
    in data (metas, JSON-LD) where the same name stands alone there, too."""
    if line.authors:
        return
    for element in tree.elements:
        if not (start <= element.start < first + 1) or element.end - element.start not in (1, 2) or element.noise:
            continue
        hint = f"{element.hint} {element.attrs.get('data-testid') or ''} {element.attrs.get('rel') or ''}"
        if _WRITER_HINT.search(hint) and not _NEVER_WRITER.search(hint) and _add(line, tree.text_of(element), "markup"):
            return
    pieces = {text.strip(" \u3000|｜·") for block in tree.blocks[start : first + 1] for text, _, _, _ in block.runs}
    for value in told:
        name = _WORKS_FOR.sub("", value.strip())
        if name in pieces and _add(line, name, "meta"):
            return


LONGEST: Final = 40
"""Characters up to which a text is nothing but names."""


def _add(line: Byline, text: str, origin: str) -> bool:
    """Take the names of a text that is nothing but names; False when it is not."""
    bare = _WROTE_FROM.sub("", text[:LONGEST].strip(" \u3000|｜·"))
    names = chinese_names(bare) if len(bare) < LONGEST else []
    if not names or len("".join(names)) < 0.5 * len(re.sub(r"\s", "", bare)):
        return False
    line.add("author", names)
    line.authors_origin = line.authors_origin or origin
    return True


def _named(tree: Tree, titles: frozenset[str], start: int, first: int) -> str:
    """The text of an element near the headline whose name says source."""
    for element in tree.elements:
        if (
            start <= element.start < first + 1
            and 0 < element.end - element.start <= 2
            and _SOURCE_HINT.search(f"{element.hint} {element.attrs.get('data-testid') or ''}")
        ):
            value = source_value(_SOURCE_LABEL.sub("", tree.text_of(element)))
            if value and not _DATE_PIECE.search(value) and not is_name(value) and key(value) not in titles:
                return value
    return ""


_ISSUER: Final = re.compile(
    r"(?:发布|發布|发文|制发|公开|信息|来源)(?:机构|机关|單位|单位|部门|来源)\s*[:：]?\s*(?P<who>.{0,40})"
)
ABOVE: Final = 24
"""Blocks above the headline in which an office's table of a document's data may stand."""


def _issuer_above(tree: Tree, start: int) -> str:
    """The issuing office in the table that offices set above their documents: label and value in cells of their own."""
    waits = False
    for block in tree.blocks[max(0, start - ABOVE) : start + 3]:
        if waits and block.text and block.size < 100:
            return source_value(block.text)
        match = _ISSUER.fullmatch(block.text) if block.kind in ("td", "th", "li", "dt", "dd") else None
        if match and match["who"]:
            return source_value(match["who"])
        waits = match is not None
    return ""


def _beside_time(tree: Tree, start: int, first: int) -> str:
    """The outlet that stands bare beside the time: 2024-05-09 18:26 云山日报, or before it."""
    for block in tree.blocks[start:first]:
        line = block.text.strip("　 |｜")
        if line and block.size < 200 and (_DATE_PIECE.match(line) or (len(line) < 40 and _TIME_WITHIN.search(line))):
            bare = _DATE_PIECE.sub(" ", block.text).replace("|", " ").replace("｜", " ")
            rest = " ".join(bare.split()).strip(" -:：")
            value = source_value(rest.split(" ")[0]) if rest else ""
            if value and OUTLET.search(value):
                return value
    return ""


def reprint(line: Byline, story: Story, tree: Tree, start: int, first: int) -> None:
    """The marker of a reprint (本文转自：X, 据X报道) and the headline there (原标题：…), from lines by the story."""
    lines = [*(b.text for b in tree.blocks[start:first] if b.text and b.size < 300), *story.head, *story.tail]
    ends = [b.text for b in story.blocks if b.text]
    for text in [*lines, *ends[:1], *ends[-1:]]:
        if not line.reprinted_from and (match := _REPRINT.search(text[:200])):
            who = match["who"].strip("-—_ ")
            if (match["sure"] or match["quoted"] or OUTLET.search(who)) and not _MIXED.match(who):
                line.reprinted_from = who
        if not line.original_title and (match := _ORIGINAL.search(text[:120])):
            line.original_title = match[1].strip(" 　）)】]")
    told = line.last_source
    if not line.reprinted_from and told != line.source and OUTLET.search(told) and not _MIXED.search(told):
        line.reprinted_from = told
    for text in ends[:2]:
        if not line.reprinted_from and (match := _ACCORDING.match(text)):
            line.reprinted_from = match["who"]
