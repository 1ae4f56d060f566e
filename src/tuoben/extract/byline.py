"""Who made a Chinese page: one grammar for head lines, datelines and end lines. Nothing is invented."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tuoben.extract.names import HAN, NAMES, OUTLET_LINE, chinese_names
from tuoben.extract.trim import Story
from tuoben.model import Role

_LABELS: Final = (
    ("source", "(?:文章|稿件|信息|新闻|新聞|本文|内容|资料|消息|文)?"
     "(?:来源|來源|稿源|来自|转自|轉自|摘自|出处|原载)(?:于|自)?"),
    ("issuer", "(?:发布|發布|发文|制发|公开|供稿|来源)(?:机构|机关|單位|单位|部门)"),
    ("editor", "(?:本期|本文|值班|执行|實習|实习|见习|责任|責任|网络|网站|新媒体|美术|视觉|网页|微信|文字)?"
     "(?:编辑|編輯|责编|責編|编审|主编|小编|校对|校對|审核|监制|统筹|发布人|发布者|录入|签发|审校|终审|初审|复审|二审|三审|一审)"),
    ("correspondent", "(?:特约|实习)?(?:通讯员|通訊員)"),
    ("photographer", "(?:摄影|攝影|图片?摄影|供图|摄|攝|图片?|圖片?)(?:记者|報道|报道)?"),
    ("reporter", "(?:本报|本報|本网|本刊|本台|见习|见習|实习|實習|首席|特派|采访|採訪|文字|全媒体|融媒体|驻\\S{1,6})*"
     "(?:记者|記者|采写|採寫|采访|采编)(?:/作者)?"),
    ("author", f"(?:文章|本文)?作者|撰文|撰稿|文图|图文|文、图|文字|(?<![{HAN}])文|执笔"),
    ("translator", "翻译|翻譯|编译|編譯|译者|譯者"),
    ("video", "视频|拍摄|剪辑|摄像"),
    ("time", "(?:发布|發布|發佈|发表|更新|刊发|发稿)?(?:时间|日期|時間)"),
    ("other", "浏览|访问|查看|阅读|点击|评论|字号|字体|分享|标签|关键词|关键字|"
     "频道|栏目|类别|分类|原标题|原題|原標題|标题|热线|电话|邮箱|地址|版权"),
)  # fmt: skip
_LABEL: Final = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS)
    + r")(?:次数|次|量|数|到|至)?\s*(?:[:：]|(?<=文|图|圖|摄|攝|者|写|影|辑|輯)\s*[/／|｜])\s*"
)
_DIGITS_AFTER: Final = re.compile(r"(?<=\w)\d{2,}|阅读|浏览|点击")
"""What may follow a name in a box of its own, with nothing between."""
_PEOPLE: Final = frozenset(("editor", "reporter", "author", "correspondent", "photographer", "translator", "video"))
_DATELINE: Final = re.compile(
    r"^[\W_]{0,4}(?:.{0,30}?)(?:(?:讯|訊|电|電|消息|报道|日)\s*)?"
    r"[（(【\[〔［]\s*(?P<who>(?:[^（()）【】\[\]〔〕［］]{0,24}?)(?:记者|記者|通讯员|通訊員)[^（()）【】\[\]〔〕［］]{1,60})"
    r"[）)】\]〕］]"
)
_BARE_DATELINE: Final = re.compile(
    rf"^[\s\u3000]*[{HAN}\d]{{2,24}}[电電讯訊]\s*[（(]\s*(?P<who>[{HAN}·、\s\u3000]{{2,24}})[）)]"
)
"""Names without a word for their role: 某社某地5月9日电 (甲 乙)."""
_ATTACHED: Final = re.compile(
    rf"(?:记者|記者)(?P<run>[{HAN}]{{4,7}}?)(?:\d{{1,2}}(?:日|／|/)?\s*)?(?:電|电|報導|報道|报道|連線|专电|專電)"
)
"""A name with the place behind it, nothing between: 記者陳見山雲山13日電."""
_FROM_PLACE: Final = re.compile(
    rf"(?<![編编][譯译])(?:記者|记者)(?P<who>[{HAN}]{{2,4}}(?:、[{HAN}]{{2,4}}){{0,3}})\s?[／/]\s?[{HAN}]{{2,10}}(?:報導|報道|报道|連線)"
)
"""A Taiwanese by-line, whatever stands before it: 某報／記者甲／某地即時報導."""
_HEARSAY: Final = re.compile(r"获悉|獲悉|了解|获知|从|從|采访到|发现|看到|注意到")
_OPENING: Final = re.compile(
    rf"^[\s\u3000■□◎●▲◆★▪•/|｜—-]*(?:[{HAN}《》·]{{2,14}}?)?(?:首席|特约|实习|见习|高级|资深)?"
    r"(?P<role>记者|記者|作者|评论员|撰稿人|主笔|研究员|摄影|攝影|通讯员|通訊員)"
    rf"[\s\u3000:：/｜|丨]+(?P<who>{NAMES})(?P<rest>.*)$",
    re.S,
)
_OPENING_REST: Final = re.compile(
    rf"[\s\u3000]*(?:发自|报道|報道|综合|文|摄|攝|实习|通讯员|[{HAN}]{{2,4}}(?:报道|報道|发自))"
)
_AGENCY_DATELINE: Final = re.compile(
    r"^[\s\u3000]*(?P<agency>新华社|新華社|中新社|中新网|新华网|央视网|人民网|法新社|路透社|美联社|共同社|中央社|塔斯社)"
    rf"[{HAN}]{{0,12}}\d{{0,2}}月?\d{{1,2}}日\s?[电電]"
)
_BARE_LABEL: Final = re.compile(
    r"(^|[|｜\s\u3000\[【（(])(作者|来源|來源|编辑|編輯|責編|责编|记者|記者|摄影|攝影|通讯员|责任编辑)[\s\u3000]?"
    rf"(?=[{HAN}A-Za-z])(?![^，。\s]{{0,40}}[，。])"
)
_FOREIGN_LABEL: Final = re.compile(r"^(?:author|by|written by)\s*[:：,]?\s+", re.I)
"""How international houses name the writer on their Chinese pages."""
_WORDS_BY: Final = re.compile(rf"^文[\s\u3000]+(?=[{HAN}]{{2,4}}(?:[\s\u3000、]|$))")
_BARRED: Final = re.compile(
    r"^[\W_]*((?:文章|本文|图片)?(?:来源|來源)|(?:本期|责任)?(?:编辑|編輯|责编|校对|审核)|作者|记者|摄影|撰文)\s*[|｜丨/／]\s*"
)
"""A label and its value with a bar between: 来源 | 青禾晚报."""
_LAST_BRACKET: Final = re.compile(
    r"[（(]\s*((?:[^（()）]{0,12})(?:记者|記者|作者|采写|撰文|文|通讯员)[\s:：/、][^（()）]{2,40})[）)]\s*$"
)
_ROLE_THEN_NAMES: Final = re.compile(
    r"(通讯员|通訊員|摄影记者|攝影記者|摄影|攝影|记者|記者|作者|采写|撰文|文)[\s:：/／、]*([^记記通摄攝]*)"
)
_ROLE_OF: Final = {
    "通": "correspondent",
    "摄": "photographer",
    "攝": "photographer",
    "作": "author",
    "撰": "author",
    "文": "author",
}
"""By the first character of the role word; the rest are reporters."""
LINE: Final = 160
"""Characters of a line at the story's ends that is still read as a by-line."""


@dataclass(slots=True)
class Byline:
    """What the lines of a page say of its makers."""

    authors: list[str] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    source: str = ""
    source_origin: str = ""
    issuer: str = ""
    """The office that gave the text out (发布机构): stands in for the source where the page credits none."""
    last_source: str = ""
    """An outlet credited at the story's end (来源 | X)."""
    authors_origin: str = ""
    reprinted_from: str = ""
    original_title: str = ""

    def add(self, role: str, names: list[str]) -> None:
        """Take names in under a role, each once; reporters, correspondents and authors are authors."""
        for name in names:
            entry = Role(role=role, name=name)
            if entry not in self.roles:
                self.roles.append(entry)
            if role in ("reporter", "author", "correspondent") and name not in self.authors:
                self.authors.append(name)


def labelled(text: str) -> list[tuple[str, str]]:
    """(label, value) pairs of a line in any order: 2015-07-03 00:48　来源：每日经济新闻　作者：王辛夷."""
    matches = list(_LABEL.finditer(text))
    pairs = []
    for at, match in enumerate(matches):
        end = matches[at + 1].start() if at + 1 < len(matches) else len(text)
        pairs.append((match.lastgroup or "", text[match.end() : end].strip(" \t\u3000|｜/")))
    return pairs


_VALUE_END: Final = re.compile(
    r"\s*(?:\d{4}\s*[-/.年]\s*\d{1,2}|\d{1,2}:\d{2}|[（(【\[<>]|[|｜]|"
    r"\s(?:分享|字号|字体|评论|打印|我要|微博|手机|举报|点击|浏览|阅读|关注|\d+\s*(?:人|条|次))|"
    r"[。；;!?！？]|https?:|\s{3,}|\u3000\u3000)"
)


def source_value(text: str) -> str:
    """The outlet in a value behind 来源：, cut where the next thing begins."""
    value = _VALUE_END.split(text.strip(" :：《》“”\"'"), maxsplit=1)[0].strip(" 　,，、《》“”\"'-—_：:")
    parts = value.split()
    if len(parts) > 1 and not value.isascii() and len(parts[0]) > 1:
        value = parts[0]
    return value if 1 < len(value) <= 40 else ""


def read(story: Story, near: list[str], below: list[str]) -> Byline:
    """The by-line of a Chinese page: the lines `near` the headline, the story's own ends, the lines `below` it.

    Below the story only labelled editors and outlets count, no authors: other stories and comments have writers too.
    """
    line = Byline()
    for text in _joined(near):
        _take_labels(line, text, "markup")
        if len(text) < 60:
            _take_opening(line, text)
    for text in story.head:
        _take_labels(line, text, "text")
        _take_opening(line, text)
    texts = [block.text for block in story.blocks if block.text]
    for text in texts[:3]:
        _take_first(line, text)
    for text in texts[3:6]:
        if len(text) < 30:
            _take_opening(line, text)
    for text in [*texts[-2:], *story.tail]:
        _take_last(line, text)
    edited = any(role.role == "editor" for role in line.roles)
    for text in below:
        _take_labels(line, text, "", only=() if edited else ("editor",))
    for text in below[:4]:
        _take_labels(line, text, "", only=("source", "issuer"))
    return line


_LABEL_ALONE: Final = re.compile(rf"[{HAN}]{{2,6}}\s*[:：]")


def _joined(near: list[str]) -> list[str]:
    """The lines, each label that stands in a box of its own before the value in the next (发文机关：| 云山市教育局)."""
    joined: list[str] = []
    for text in near:
        if joined and _LABEL_ALONE.fullmatch(joined[-1]) and len(text) < LINE:
            joined[-1] += text
        else:
            joined.append(text)
    return joined


def _take_first(line: Byline, text: str) -> None:
    """A line at the story's beginning: dateline, opening by-line, labels."""
    if match := _DATELINE.match(text[:140]):
        _take_people(line, match["who"])
    elif match := _BARE_DATELINE.match(text[:80]):
        _take_bare(line, match["who"])
    _take_opening(line, text)
    if match := _AGENCY_DATELINE.match(text):
        line.roles.append(Role(role="outlet", name=match["agency"]))
    if len(text) < 120:
        _take_labels(line, text, "text")


def _take_last(line: Byline, text: str) -> None:
    """A line at the story's end, or one that was cut from it."""
    if len(text) < LINE:
        _take_labels(line, text, "")
        _take_opening(line, text)
    if OUTLET_LINE.fullmatch(text):
        line.roles.append(Role(role="outlet", name=text.strip()))
    if match := _LAST_BRACKET.search(text):
        _take_people(line, match[1])


def _take_bare(line: Byline, text: str) -> None:
    """Names in brackets that say no role: taken only when every word can be a name."""
    words = re.split(r"[、\s\u3000]+", text.strip())
    names = chinese_names(text)
    if 0 < len(names) <= 4 and len(names) in (len(words), (len(words) + 1) // 2):
        line.add("reporter", names)
        line.authors_origin = line.authors_origin or "text"


def _take_people(line: Byline, text: str) -> None:
    """記者 A B 通讯员 C: names by the role word before them; none where the bracket tells what a reporter heard."""
    if _HEARSAY.search(text):
        return
    pictured = _PICTURED.search(text) is not None
    if match := _ATTACHED.search(text):
        run = match["run"]
        text = text.replace(match[0], f"{match[0][:2]} {run[: 2 if len(run) == 4 else 3]}")
    for match in _ROLE_THEN_NAMES.finditer(text):
        names = chinese_names(match[2])
        if names:
            line.add("photographer" if pictured else _ROLE_OF.get(match[1][0], "reporter"), names)
            line.authors_origin = line.authors_origin or "text"


_PICTURED: Final = re.compile(r"(?:图片|圖片|封面|供图|供圖).{0,8}(?:来源|來源)|[^/／][摄攝]$")
"""A remark on who took a picture."""
_ROLE_WORD: Final = re.compile(r"记者|記者|通讯员|通訊員|摄影|攝影")


_HAN_END: Final = re.compile(rf"[{HAN}]+$")
_HAN_BEGIN: Final = re.compile(rf"[{HAN}]")


def _whole(who: str, rest: str) -> str:
    """Names of which the last is left out where it is the beginning of a sentence: 赵小满在 of 赵小满在书中写道."""
    last = _HAN_END.search(who)
    if last is None or not _HAN_BEGIN.match(rest) or chinese_names(last[0]) != [last[0]]:
        return who
    return who[: last.start()]


def _take_opening(line: Byline, text: str) -> None:
    """A line, or a paragraph's beginning, that names its writer: 本报记者 柏川 报道."""
    if len(text) < 100 and (told := _FROM_PLACE.search(text)):
        if len(_ROLE_WORD.findall(before := text[: told.end()])) > 1:
            _take_people(line, before)
            return
        line.add("reporter", chinese_names(told["who"]))
        line.authors_origin = line.authors_origin or "text"
        return
    match = _OPENING.match(text[:90])
    if match is None:
        return
    if len(text) < 60 and len(_ROLE_WORD.findall(text)) > 1:
        _take_people(line, text)
        return
    rest = match["rest"].strip()
    if len(text) > 60 and not _OPENING_REST.match(match["rest"]):
        return
    names = chinese_names(_whole(match["who"], match["rest"]))
    if names and (len(rest) < 30 or len(text) > 60):
        line.add(_ROLE_OF.get(match["role"][0], "reporter"), names)
        line.authors_origin = line.authors_origin or "text"


def _take_labels(line: Byline, text: str, origin: str, only: tuple[str, ...] | None = None) -> None:
    """Every labelled value of a line, of the kinds that `only` names. `origin` is "" for lines at the story's end."""
    if len(text) > 400:
        return
    if len(text) < 100:
        text = _WORDS_BY.sub("文：", _FOREIGN_LABEL.sub("作者：", text))
        text = _BARE_LABEL.sub(r"\1\2：", _BARRED.sub(r"\1：", text))
    for label, value in labelled(text):
        if only is not None and label not in only:
            continue
        if label == "source":
            outlet = source_value(value)
            if not origin:
                line.last_source = line.last_source or outlet
            elif outlet and not line.source:
                line.source, line.source_origin = outlet, origin
        elif label == "issuer":
            line.issuer = line.issuer or source_value(value)
        elif label in _PEOPLE:
            names = chinese_names(_DIGITS_AFTER.split(value, maxsplit=1)[0], pen=label == "editor")
            if names:
                line.add(label, names)
                line.authors_origin = line.authors_origin or origin or "text"
        elif label == "other" and text.startswith(("原标题", "原標題", "原題")) and not line.original_title:
            line.original_title = value.strip("）)】] ")
