"""Does a link's text read like a headline? By its length in the measure of its script, and by service words."""

from __future__ import annotations

import re
from functools import lru_cache

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_ONLY_NUMBERS = re.compile(r"[\W\d_年月日时分秒]*")
_CUT = re.compile(r"(?:…|\.\.\.|⋯)\s*$")

_SERVICE = re.compile(
    r"""[\s\[【(（<«‹·•:：|/-]*(?:
    更多(?:新闻|资讯|内容|报道|视频|精彩)?|查看(?:更多|全部|详情|原文)?.{0,8}|阅读(?:全文|更多|原文)|点击(?:进入|查看|阅读).{0,6}|详细|详情|全文
    |首页|登录|登入|注册|退出|搜索|设为首页|加入收藏|收藏|分享|评论|点赞|举报|打印|返回(?:顶部|首页)|上一页|下一页|上页|下页|尾页|末页
    |关于我们|关于本站|联系我们|联系方式|广告(?:服务|合作|刊登)|网站(?:地图|声明|简介|导航)|招聘(?:信息|启事)?|人才招聘|诚聘英才
    |(?:法律|版权|免责)声明|隐私(?:政策|声明|条款)|用户协议|服务条款|意见反馈|帮助(?:中心)?|客户端(?:下载)?|手机版|移动版|无障碍(?:浏览)?
    |(?:微信|微博|抖音)(?:公众号|号)?|RSS(?:订阅)?|English|繁體(?:版|中文)?|简体(?:版|中文)?|违法和不良信息举报.{0,12}|.{0,8}举报(?:电话|中心|专区|入口).{0,14}
    |(?:read|learn|see|show|view|load|find\sout)\s(?:more|all|full\sstory|the\sfull\sstory|details)(?:\s.{0,30})?|more(?:\s(?:news|stories|from\s.{1,30}))?
    |continue\sreading(?:\s.{0,200})?|full\s(?:story|article)|click\shere.{0,20}|(?:\d+|no|leave\sa|add|post)\s(?:comments?|replies|reply)|comments?
    |home(?:page)?|log\s?(?:in|out)|sign\s?(?:in|up|out)|register|subscribe(?:\snow|\stoday)?|my\saccount|skip\sto\s.{1,25}|back\sto\stop|search|menu
    |about(?:\sus)?|contact(?:\sus)?|advertise(?:\swith\sus)?|privacy(?:\s(?:policy|notice))?|terms(?:\s(?:of|and)\s.{1,15})?|cookies?(?:\spolicy)?
    |(?:email|e-mail)?\s?newsletters?(?:\ssign\s?up)?|rss(?:\sfeeds?)?|site\s?map|careers|help(?:\scentre|\scenter)?|feedback|accessibility(?:\s.{1,12})?
    |next(?:\spage)?|prev(?:ious)?(?:\spage)?|older(?:\sposts)?|newer(?:\sposts)?|share(?:\son\s.{1,12}|\sthis)?|tweet|print|続きを読む|もっと見る|더보기
    )[\s\]】)）>»›→·•:：|/.…+-]*""",
    re.I | re.X,
)
_LICENCE = re.compile(r"许可证|备案|ICP[证备]|公网安备|经营性|(?:©|copyright)\s.{0,60}|all rights reserved", re.I)


def is_service(text: str) -> bool:
    """A link that offers something of the site, not an article: 更多, 登录, "Read more", a licence number."""
    if len(text) <= 240 and _SERVICE.fullmatch(text):
        return True
    return bool(_LICENCE.search(text)) and bool(re.search(r"\d{4}|©|reserved", text, re.I))


_MONTH_ONLY = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+(?:19|20)\d\d(?:\s*\(\d+\))?",
    re.I,
)


@lru_cache(maxsize=8192)
def wording(text: str) -> float:
    """How much a text reads like a headline, 0 … 1: from four words or nine Chinese characters on it does."""
    text = text.strip()[:1000]
    if not text or _ONLY_NUMBERS.fullmatch(text) or _MONTH_ONLY.fullmatch(text) or is_service(text):
        return 0.0
    east_asian = len(_EAST_ASIAN.findall(text))
    words = len(_WORD.findall(_EAST_ASIAN.sub(" ", text)))
    measure = words + east_asian / 2
    for least, value in ((4, 1.0), (3.5, 0.85), (3, 0.65), (2.5, 0.4), (2, 0.2)):
        if measure >= least:
            return value
    return 0.1


def is_cut(text: str) -> bool:
    """The page shortened the text."""
    return bool(_CUT.search(text))
