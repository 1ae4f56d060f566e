# ruff: noqa: E501 -- tables of words and patterns: one kind a line reads better than wrapped ones
"""Who wrote it and whom the page credits: one grammar for head lines, datelines and end lines. Nothing is invented."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tuoben.extract import words
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story, key
from tuoben.model import Role

_LABELS: Final = (
    ("source", "(?:文章|稿件|信息|新闻|本文|内容|资料|文)?(?:来源|來源|稿源|来自|转自|轉自|摘自|出处|原载)(?:于|自)?"),
    ("editor", "(?:本期|本文|值班|执行|实习|见习|责任|責任|网络|新媒体|美术|视觉|网页|微信|文字)?(?:编辑|編輯|责编|責編|编审|主编|小编|校对|校對|审核|监制|统筹|发布人|发布者|录入|签发|审校|终审|初审|复审|二审|三审|一审)"),
    ("correspondent", "(?:特约|实习)?(?:通讯员|通訊員)"),
    ("photographer", "(?:摄影|攝影|图片?摄影|供图|摄|图片?|圖片?)(?:记者|報道|报道)?"),
    ("reporter", "(?:本报|本网|本刊|本台|见习|实习|首席|特派|采访|文字|全媒体|融媒体|驻\\S{1,6})*(?:记者|記者|采写|采访|采编)(?:/作者)?"),
    ("author", "(?:文章|本文)?作者|撰文|撰稿|文图|图文|文、图|文字|文|执笔"),
    ("translator", "翻译|编译|編譯|译者"),
    ("video", "视频|拍摄|剪辑|摄像"),
    ("time", "(?:发布|发表|更新|刊发|发稿)?(?:时间|日期|時間)"),
    ("other", "浏览|阅读|点击|评论|字号|字体|分享|标签|关键词|关键字|频道|栏目|类别|分类|原标题|原題|原標題|标题|热线|电话|邮箱|地址|版权"),
)  # fmt: skip
_LABEL: Final = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS)
    + r")(?:量|数)?\s*(?:[:：]|(?<=文|图|圖|摄|者|写)\s*[/／|｜])\s*"
)
_NAME: Final = (
    r"(?:[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,6})*|[\u4e00-\u9fff][ \u3000][\u4e00-\u9fff](?![\u4e00-\u9fff]))"
)
_NAMES: Final = rf"{_NAME}(?:(?:\s*[、，,/]\s*|[\s\u3000]+){_NAME}){{0,5}}"
_SURNAMES: Final = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊甄封芮储靳汲松井段富巫乌焦巴弓牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲从鄂索籍赖卓蔺屠蒙池乔阴郁能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习艾鱼容向古易慎戈廖庾终居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关查后荆红游竺权盖益桓公肖岳佟付代闫覃涂敬晋邸原仝海阳冶芦苑靖兰旷栗涛洛侣呼延欧阳上官诸葛司马东方皇甫尉迟公孙慕容令狐宇文长孙端木南宫夏侯"
    "趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴華謝鄒竇雲蘇範魯韋馬鳳鮑費賀湯羅畢鄔樂時齊顧黃蕭貝計談龐紀項藍閔賈婁顏鐘駱萬盧經應鄧單諸陸榮儲車寧厲劉葉龍黎賴喬聞譚貢勞農溫莊閻連習歐師聶簡饒關權蓋岳"
)
_NOT_NAMES: Final = words.table(
    "本报 本网 综合 报道 记者 通讯员 实习 整理 编辑 责编 摄影 摄 文 图 供图 新华社 央视 网易 作者 佚名 编译 网络 原创 翻译 来源 发自 北京 上海 广州 深圳 讯 采写 采访 消息 获悉 了解到 从 近日 今日 昨日 日前 表示 介绍 "
    "了解 注意到 发现 看到 来到 走进 在 对 就 向 说 问 联系 见习 首席 特派 驻 电 视频 管理员 小编 匿名 未知 本站 官方 公众号 admin 财经 新闻"
)
_VERBS: Final = re.compile(
    r"(?:报道|报导|报|摄|发自|综合|编译|整理|获悉|采写|撰文|供稿|文|电|讯|北京|上海|深圳|广州|香港|通讯员|实习|摄影)$"
)
_DATELINE: Final = re.compile(
    r"^[\W_]{0,4}(?:.{0,30}?)(?:(?:讯|訊|电|電|消息|报道|日)\s*)?[（(【\[]\s*(?P<who>(?:[^（()）【】\[\]]{0,24}?)(?:记者|記者|通讯员|通訊員)[^（()）【】\[\]]{1,60})[）)】\]]"
)
_OPENING: Final = re.compile(
    r"^[\s\u3000■□◎●▲◆★▪•/|｜]*(?:[\u4e00-\u9fff《》·]{2,14}?)?(?:首席|特约|实习|见习|高级|资深)?(?:记者|記者|作者|评论员|撰稿人|主笔|研究员)[\s\u3000:：/｜|丨]+(?P<who>"
    + _NAMES
    + r")(?P<rest>.*)$",
    re.S,
)
_AGENCY_DATELINE: Final = re.compile(
    r"^[\s\u3000]*(?P<agency>新华社|中新社|中新网|新华网|央视网|人民网|法新社|路透社|美联社|共同社|中央社)[\u4e00-\u9fff]{0,12}\d{0,2}月?\d{1,2}日\s?[电電]"
)


_BARE_LABEL: Final = re.compile(
    r"(^|[|｜\s\u3000])(作者|来源|來源|编辑|責編|责编|记者|記者|摄影|通讯员|责任编辑)[\s\u3000]?(?=[\u4e00-\u9fffA-Za-z])"
)


@dataclass(slots=True)
class Byline:
    """What the lines of a page say of its makers."""

    authors: list[str] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    source: str = ""
    source_origin: str = ""
    authors_origin: str = ""
    reprinted_from: str = ""
    original_title: str = ""

    def add(self, role: str, names: list[str]) -> None:
        """Take names in under a role, each once; reporters and authors are authors."""
        for name in names:
            entry = Role(role=role, name=name)
            if entry not in self.roles:
                self.roles.append(entry)
            if role in ("reporter", "author", "correspondent") and name not in self.authors:
                self.authors.append(name)


def chinese_names(text: str) -> list[str]:
    """The personal names in a value like "王辛夷、张三 李 四 发自北京", in order; verbs and outlets are no names."""
    text = re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000]+([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text)
    text = re.sub(r"[（(].*?[）)]", " ", text)
    text = re.sub(r"[\u4e00-\u9fff]{0,8}(?:特约)?(?:评论员|撰稿人|主笔|研究员)[\s\u3000]+", " ", text)
    text = re.sub(
        r"(?:本报|本网|本刊|实习|见习|首席|特派|特约|全媒体)*(?:记者|記者|通讯员|通訊員|作者|实习生)|文[/、／]?图|图文|摄影报道|摄影|文/|图/",
        " ",
        text,
    )
    names = []
    for part in re.split(r"[\s\u3000、，,;；/／|｜&]+|和(?=[\u4e00-\u9fff]{2,3}$)", text):
        part = part.strip("：:。.·■□）)（(")
        if not (len(part) <= 3 and is_name(part) and not part.endswith("摄")):
            part = _VERBS.sub("", part)
        if not part:
            continue
        if not is_name(part):
            break
        names.append(part)
    return names


def is_name(text: str) -> bool:
    """Whether a word can be a Chinese personal name: two to four characters that begin with a surname."""
    if not re.fullmatch(r"[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,6})*", text) or text in _NOT_NAMES:
        return False
    return "·" in text or (
        text[0] in _SURNAMES
        and not text.endswith(("网", "报", "社", "台", "部", "室", "组", "局", "会", "院", "端", "频道", "日报"))
    )


def labelled(text: str) -> list[tuple[str, str]]:
    """(label, value) pairs of a line in any order: 2015-07-03 00:48　来源：每日经济新闻　作者：王辛夷."""
    matches = list(_LABEL.finditer(text))
    pairs = []
    for at, match in enumerate(matches):
        end = matches[at + 1].start() if at + 1 < len(matches) else len(text)
        pairs.append((match.lastgroup or "", text[match.end() : end].strip(" \t\u3000|｜/")))
    return pairs


_VALUE_END: Final = re.compile(
    r"\s*(?:\d{4}\s*[-/.年]\s*\d{1,2}|\d{1,2}:\d{2}|[（(【\[<>]|[|｜]|\s(?:分享|字号|评论|打印|我要|微博|手机|举报|点击|浏览|阅读|关注|\d+\s*(?:人|条|次))|[。；;!?！？]|https?:|\s{3,}|\u3000\u3000)"
)


def source_value(text: str) -> str:
    """The outlet in a value behind 来源：, cut where the next thing begins."""
    value = _VALUE_END.split(text.strip(" :：《》“”\"'"), maxsplit=1)[0].strip(" 　,，、《》“”\"'-—_：:")
    parts = value.split()
    if len(parts) > 1 and re.search(r"[\u4e00-\u9fff]", value) and len(parts[0]) > 1:
        value = parts[0]
    return value if 1 < len(value) <= 40 else ""


def read(tree: Tree, story: Story, near: list[str]) -> Byline:
    """The by-line of a Chinese page: the lines near the headline, the story's first and last lines, the cut tail."""
    line = Byline()
    for text in near:
        _take_labels(line, text, "markup")
        if len(text) < 60:
            _take_opening(line, text)
    opening = [block.text for block in story.blocks if block.text][:3]
    closing = [block.text for block in story.blocks if block.text][-2:]
    for text in story.head:
        _take_labels(line, text, "text")
        _take_opening(line, text)
    for text in opening:
        if match := _DATELINE.match(text[:140]):
            _take_people(line, match["who"])
        _take_opening(line, text)
        if match := _AGENCY_DATELINE.match(text):
            line.roles.append(Role(role="outlet", name=match["agency"]))
        if len(text) < 120:
            _take_labels(line, text, "text")
    for text in [*closing, *story.tail]:
        if len(text) < 160:
            _take_labels(line, text, "text")
            _take_opening(line, text)
        if match := re.search(
            r"[（(]\s*((?:[^（()）]{0,12})(?:记者|記者|作者|采写|撰文|文|通讯员)[\s:：/、][^（()）]{2,40})[）)]\s*$",
            text,
        ):
            _take_people(line, match[1])
    return line


def _take_people(line: Byline, text: str) -> None:
    """記者 A B 通讯员 C: names by the role word before them."""
    for match in re.finditer(
        r"(通讯员|通訊員|摄影记者|摄影|记者|記者|作者|采写|撰文|文)[\s:：/／、]*([^记通摄]*)", text
    ):
        names = chinese_names(match[2])
        role = {"通": "correspondent", "摄": "photographer"}.get(match[1][0], "reporter")
        if names:
            line.add(role, names)
            line.authors_origin = line.authors_origin or "text"


def _take_opening(line: Byline, text: str) -> None:
    match = _OPENING.match(text[:90])
    if match is None:
        return
    rest = match["rest"].strip()
    if len(text) > 60 and not re.match(
        r"(?:[\s\u3000]*(?:发自|报道|综合|文|摄|实习|通讯员|[一-龥]{2,4}(?:报道|发自)))", match["rest"]
    ):
        return
    names = chinese_names(match["who"])
    if names and (len(rest) < 30 or len(text) > 60):
        line.add("reporter", names)
        line.authors_origin = line.authors_origin or "text"


def _take_labels(line: Byline, text: str, origin: str) -> None:
    if len(text) > 400:
        return
    if len(text) < 100:
        text = _BARE_LABEL.sub(r"\1\2：", text)
    for label, value in labelled(text):
        if label == "source":
            if not line.source and (outlet := source_value(value)):
                line.source, line.source_origin = outlet, origin
            continue
        if label in ("editor", "reporter", "author", "correspondent", "photographer", "translator", "video"):
            names = chinese_names(value)
            if names:
                line.add(label, names)
                line.authors_origin = line.authors_origin or origin
        elif label == "other" and text.startswith(("原标题", "原標題", "原題")) and not line.original_title:
            line.original_title = value.strip("）)】] ")


# --- source and reprint ---------------------------------------------------------------------------------------------

_OUTLET: Final = re.compile(
    r"(?:网|報|报|社|日报|晚报|早报|时报|周刊|杂志|电视台|广播电台|客户端|新闻|财经|在线|传媒|发布|快讯|融媒|频道|观察|通讯|央视|资讯|评论|研究院|头条|APP|app)$"
)
_META_SOURCE: Final = (
    "source",
    "article:source",
    "og:article:source",
    "mediaid",
    "contentsource",
    "weibo: article:source",
    "sourcename",
    "copyright-source",
    "articlesource",
)
_SOURCE_HINT: Final = re.compile(
    r"(?:^|[\s_-])(?:\w*source\w*|laiyuan|ly|media[-_]?name|from|origin|pubfrom|js_name|author[-_]?name|account[-_]?name|nick[-_]?name|mp[-_]?name)(?:$|[\s_-])"
)
_DATE_PIECE: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?|星期.|周[一二三四五六日]|(?:上|下)午|\d+"
)
_REPRINT: Final = re.compile(
    r"(?:本文|文章)?(?:转自|轉自|转载自|轉載自|转载于|来源于|首发于|选自|摘自|原载(?:于)?|授权转载自)\s*[:：]?\s*[“「《『【\[]?\s*(?P<who>[^，。；、：:（）()\s“”「」《》『』】\]]{2,20})"
)
_ACCORDING: Final = re.compile(
    r"^[\s\u3000]*(?:[（(]?综合[）)]?)?据(?P<who>[\u4e00-\u9fffA-Za-z]{2,12}?(?:社|报|网|电视台|新闻|客户端|财经|时报|日报|快讯))(?:\d{1,2}月\d{1,2}日|\d{1,2}日|网站|微信|援引|消息|综合)*(?:报道|消息|讯|電|电)"
)


def fill_source(line: Byline, tree: Tree, meta: Meta, titles: frozenset[str], start: int, first: int) -> None:
    """The credited source where no label told it: an element named for it, the rest of the time line, a meta."""
    if line.source:
        return
    for element in tree.elements:
        if (
            start <= element.start < first + 1
            and 0 < element.end - element.start <= 2
            and len(element.hint) > 1
            and _SOURCE_HINT.search(element.hint)
        ):
            value = source_value(re.sub(r"^\s*(?:来源|來源|稿源|来自)\s*[:：]?", "", tree.text_of(element)))
            if value and not _DATE_PIECE.search(value) and not is_name(value) and key(value) not in titles:
                line.source, line.source_origin = value, "markup"
                return
    for block in tree.blocks[start:first]:
        if block.text and block.size < 200 and _DATE_PIECE.match(block.text.strip("　 ")):
            rest = re.sub(r"[\s\u3000|｜]+", " ", _DATE_PIECE.sub(" ", block.text)).strip(" -:：")
            value = source_value(rest.split(" ")[0]) if rest else ""
            if value and (_OUTLET.search(value) or re.search(r"来自[\u4e00-\u9fff]{2,6}$", rest)):
                line.source, line.source_origin = value, "text"
                return
    value = source_value(meta.first(*_META_SOURCE))
    if value and "http" not in value:
        line.source, line.source_origin = value, "meta"


def reprint(line: Byline, story: Story, tree: Tree, start: int, first: int) -> None:
    """The marker of a reprint: 本文转自：X, 据X报道, 原标题：…; the credited source stands in when text says 转自."""
    lines = [*(b.text for b in tree.blocks[start:first] if b.text and b.size < 300), *story.head, *story.tail]
    ends = [b.text for b in story.blocks if b.text]
    for text in [*lines, *ends[:1], *ends[-1:]]:
        if not line.reprinted_from and (match := _REPRINT.search(text[:200])):
            line.reprinted_from = match["who"].strip("-—_ ")
        if not line.original_title and (
            match := re.search(
                r"[（(【\[]?(?:原标题|原標題|原題|原题)\s*[:：]\s*([^\n]{4,80}?)[）)】\]]?\s*$", text[:120]
            )
        ):
            line.original_title = match[1].strip(" 　）)】]")
    for text in ends[:2]:
        if not line.reprinted_from and (match := _ACCORDING.match(text)):
            line.reprinted_from = match["who"]
