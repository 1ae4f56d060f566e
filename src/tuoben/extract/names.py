"""Chinese personal names: which words can be one, and which names stand in the value of a by-line."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract import words

HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
"""Every Han character, to stand inside a character class: names are written with rare ones too."""
NAME: Final = rf"(?:[{HAN}]{{2,4}}(?:·[{HAN}]{{1,6}})*|[{HAN}][ \u3000][{HAN}](?![{HAN}]))"
NAMES: Final = rf"{NAME}(?:(?:\s*[、，,/]\s*|[\s\u3000]+){NAME}){{0,5}}"
_SURNAMES: Final = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹"
    "姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊甄封芮"
    "储靳汲松井段富巫乌焦巴弓牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲从鄂索籍赖卓蔺屠蒙池乔阴郁能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂牛寿通边扈燕冀郏浦尚农温别"
    "庄晏柴瞿阎充慕连茹习艾鱼容向古易慎戈廖庾终居衡步都耿满弘匡国文寇广禄阙东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关查后荆红游竺权盖益桓公肖岳佟付代闫覃涂敬晋邸原仝海阳冶芦苑靖兰旷栗涛洛侣"
    "呼延欧阳上官诸葛司马东方皇甫尉迟公孙慕容令狐宇文长孙端木南宫夏侯"
    "趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴華謝鄒竇雲蘇範魯韋馬鳳鮑費賀湯羅畢鄔樂時齊顧黃蕭貝計談龐紀項藍閔賈婁顏鐘駱萬盧經應鄧單諸陸榮儲車寧厲劉葉龍黎賴喬聞譚貢勞農溫莊閻連習歐師聶簡饒關權蓋岳"
)
_NOT_NAMES: Final = words.table(
    "本报 本网 综合 报道 记者 通讯员 实习 整理 编辑 责编 摄影 摄 文 图 供图 "
    "新华社 央视 网易 作者 佚名 编译 网络 原创 翻译 来源 发自 北京 上海 广州 深圳 讯 "
    "采写 采访 消息 获悉 了解到 从 近日 今日 昨日 日前 表示 介绍 了解 注意到 发现 看到 "
    "来到 走进 在 对 就 向 说 问 联系 见习 首席 特派 驻 电 视频 管理员 "
    "小编 匿名 未知 本站 官方 公众号 admin 财经 新闻"
)
_OUTLET_ENDS: Final = (
    "网", "報", "报", "社", "台", "部", "室", "组", "局", "会", "院", "端", "频道",
    "中心", "公司", "编辑", "团队", "集团",
)  # fmt: skip
_SAYING: Final = ("写道", "寫道", "表示", "认为", "認為", "指出", "透露", "说", "說")
"""What follows a name that opens a sentence."""
OUTLET: Final = re.compile(
    r"(?:网|網|报|報|社|周刊|杂志|電視台|电视台|电台|客户端|新闻|新聞|财经|在线|传媒|发布|快讯|融媒体?|频道|观察|通讯|央视|资讯|评论|研究院|头条|APP|app)$"
)
"""The end of an outlet's name."""
_OUTLET_NAME: Final = (
    rf"[{HAN}A-Za-z0-9·]{{1,14}}(?:日报|日報|晚报|晚報|早报|时报|時報|周报|导报|商报|青年报|新闻网|新聞網|[{HAN}]{{2}}网|通讯社|"
    r"电视台|电台|广播|客户端|[号號]|APP|app|融媒体?(?:中心)?|传媒|微信)"
)
OUTLET_LINE: Final = re.compile(rf"[\s\u3000]*{_OUTLET_NAME}(?:[\s\u3000·•|｜/]+{_OUTLET_NAME}){{0,3}}[\s\u3000]*")
"""A line that is nothing but outlets: 云山日报 云山号客户端."""
_ROLE: Final = (
    r"(?:本报|本報|本网|本刊|本台|见习|实习|實習|首席|特约|特派|全媒体|融媒体|通讯|摄影|文字)*"
    r"(?:记者|記者|通讯员|通訊員|作者|摄影|攝影|撰文|采写|採寫|文|图|圖|供图|编辑|編輯|责编|責編|校对|校對|视频|翻译|编译)"
)
_HOUSE: Final = (
    rf"(?:[{HAN}A-Za-z0-9]{{1,8}}(?:报|報|网|網|新闻|新聞|电视台|社|客户端|周刊|财经|传媒|融媒体?|全媒体)"
    rf"(?:全媒体|融媒体|首席|特约)?|[{HAN}]{{2}}(?=记者|編輯|编辑|記者))?"
)
"""The outlet before the word for its people: 云山日报全媒体记者."""
BYLINE_LINE: Final = re.compile(
    rf"[\W_]*(?:{_HOUSE}{_ROLE}(?:[\s\u3000]*[:：/／|｜][\s\u3000]*|[\s\u3000]+){NAMES}[\s\u3000、，,；;|｜/]*)+"
    rf"(?:报道|報道|摄|攝|[／/][{HAN}]{{2,8}}(?:報導|報道|报道))?[\W_]*|"
    rf"[\W_]*(?:{_HOUSE})?(?:记者|記者){NAMES}[／/][{HAN}]{{2,10}}(?:報導|報道|报道)[\W_]*"
)
"""A line that is nothing but roles and names: 记者 郭砚秋 摄影 李见山."""
_VERBS: Final = re.compile(
    r"(?:报道|報道|报导|報導|报|摄|攝|发自|综合|编译|整理|获悉|采写|撰文|供稿|文|电|讯|北京|上海|深圳|广州|香港|通讯员|实习|摄影|攝影)$"
)
_OUTLET_PART: Final = re.compile(
    r"(?:[日晚早时時周商]|都市|青年|法治|新闻|經濟|经济)[报報]$|(?:网|網|社|电视台|電視台|客户端|新闻|新聞|融媒|周刊|财经|传媒|总台|中心)$"
)
"""The end of an outlet's name before a reporter's: 云山日报记者 甲."""
_FROM_WHERE: Final = re.compile(r"\s*[／/][^／/、，,]{0,10}(?:報導|報道|报道|連線|綜合)")
"""Where a Taiwanese reporter wrote from: 記者甲／某地報導."""
_POST_THEN_NAME: Final = re.compile(
    rf"(?:研究员|研究員|教授|部长|主任|院长|所长|博士|律师|评论员|专家|秘书长|会长|总裁|主席|书记|主编|记者|总监)(?P<name>[{HAN}]{{2,3}})?$"
)
"""A post with the name right behind it, or none yet: 某中心研究部部长、研究员甲."""
_SPACED: Final = re.compile(rf"(?<![{HAN}])([{HAN}])[ \u3000]+([{HAN}])(?![{HAN}])")
_BRACKETED: Final = re.compile(r"[（(][^）)]*[）)]")
_POSTS: Final = re.compile(rf"[{HAN}]{{0,8}}(?:特约)?(?:评论员|撰稿人|主笔|研究员)[\s\u3000]+")
_ROLE_WORDS: Final = re.compile(
    r"(?:本报|本報|本网|本刊|实习|实習|见习|首席|特派|特约|全媒体)*(?:记者|記者|通讯员|通訊員|作者|实习生)|"
    r"文[/、／]?图|图文|摄影报道|摄影|攝影|文/|图/"
)
_BETWEEN: Final = re.compile(rf"[\s\u3000、，,;；/／|｜&]+|和(?=[{HAN}]{{2,3}}$)")
_SHAPE: Final = re.compile(rf"[{HAN}]{{2,4}}(?:·[{HAN}]{{1,6}})*")
_PEN_NAME: Final = re.compile(rf"[{HAN}]{{2,4}}|[A-Za-z][\w.-]{{1,15}}")


def is_name(text: str) -> bool:
    """Whether a word can be a Chinese personal name: two to four characters that begin with a surname."""
    if text in _NOT_NAMES or not _SHAPE.fullmatch(text):
        return False
    return "·" in text or (text[0] in _SURNAMES and not text.endswith((*_OUTLET_ENDS, *_SAYING)))


def chinese_names(text: str, *, pen: bool = False) -> list[str]:
    """The personal names in a value like "王辛夷、张三 李 四 发自北京", in order; verbs and outlets are no names.

    `pen`: the value stands behind a label of its own (编辑：小聚), so a word that begins with no surname may be a name.
    """
    text = _FROM_WHERE.sub("", _SPACED.sub(r"\1\2", text))
    closed = max(text.rfind("）"), text.rfind(")")) + 1  # behind it each bracket would be looked after to the end
    text = _BRACKETED.sub(" ", text[:closed]) + text[closed:]
    text = _POSTS.sub(" ", text)
    text = _ROLE_WORDS.sub(" ", text)
    names: list[str] = []
    for part in _BETWEEN.split(text):
        part = part.strip("：:。.·■□）)（(】]")
        if not (len(part) <= 3 and is_name(part) and not part.endswith("摄")) and not _OUTLET_PART.search(part):
            part = _VERBS.sub("", part)
        if not part or (not names and _OUTLET_PART.search(part)):
            continue
        if len(part) > 4 and (post := _POST_THEN_NAME.search(part)):
            if post["name"] is None:
                continue
            part = post["name"]
        if not is_name(part) and not (pen and _is_pen_name(part)):
            break
        names.append(part)
    return names


def _is_pen_name(text: str) -> bool:
    return _PEN_NAME.fullmatch(text) is not None and text not in _NOT_NAMES and not text.endswith(_OUTLET_ENDS)
