"""What kind of page this is: an article, or one of the things that servers send in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tuoben.extract.candidates import sentence_like
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story
from tuoben.model import State

_BOT: Final = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:human|"
    r"robot)|captcha|attention required|access denied|enable javascript and cookies|"
    r"unusual traffic|ddos protection|cf-browser-verification|security check|安全验证|人机验证|请完成验证|滑动验证|"
    r"访问过于频繁|系统检测到|请输入验证码|访问异常|环境异常|拖动.{0,6}滑块|浏览器安全检查",
    re.I,
)
_BOT_SCRIPT: Final = re.compile(
    r"_cf_chl|challenge-platform|\$_ts\s*=|acw_sc__v2|__jsl_clearance|aliyun_waf|geetest|hcaptcha|recaptcha/api|"
    r"datadome|px-captcha|incapsula|distil_r|yidun",
    re.I,
)
_ERROR: Final = re.compile(
    r"(?:page|file|article|url|site|document|story|404|410)s? (?:was |is )?not found|"
    r"(?:can[’']?t|cannot|can not|couldn[’']t|could not|unable to) (?:find|locate) (?:the|that|this|your|what)|"
    r"page you (?:are|were|requested|have|\w+ed)|page you[’']re|^\W*not found|"
    r"^(?:error )?(?:404|410|403|500|502|503)\b|\b(?:404|410|403|500|502|503) (?:error|page|forbidden|bad|service|"
    r"internal)|page (?:does not|doesn't|no longer) exist|no longer available|page unavailable|"
    r"something went wrong|internal server error|bad gateway|service unavailable|forbidden|"
    r"页面(?:不存在|未找到|找不到|已删除|无法|丢失|走丢)|(?:文章|内容|新闻|信息|稿件|资讯)(?:不存在|已(?:被)?删除|"
    r"已下线|已失效|找不到)|您(?:访问|要找|查看)的.{0,10}(?:不存在|已删除|不见|丢失)|找不到(?:页面|网页|该)|"
    r"抱歉.{0,12}(?:不存在|删除|找不到|无法)|出错了|頁面不存在|找不到網頁|"
    r"seite nicht gefunden|page introuvable|página no encontrada|página não encontrada|pagina non trovata|"
    r"страница не найдена|ページが見つかりません|페이지를 찾을 수",
    re.I,
)
_LOGIN: Final = re.compile(
    r"(?:sign|log) ?in|登录|登錄|登入|请先登录|账号登录|扫码登录|用户登录|anmelden|connexion|iniciar sesión|"
    r"ログイン|로그인",
    re.I,
)
_PAYWALL: Final = re.compile(
    r"subscribe (?:now )?to (?:continue|read|unlock)|to continue reading|already a subscriber|for subscribers only|"
    r"subscriber[- ]exclusive|subscribers? only|"
    r"付费(?:阅读|内容|文章)|会员(?:专享|专属|可读)|开通会员|订阅后(?:阅读|可读)|剩余\d+%|本文为付费|登录后(?:阅读|"
    r"查看)全文|有料会員|会員限定|"
    r"jetzt (?:weiterlesen|abonnieren)|nur für abonnenten|réservé aux abonnés|article réservé|"
    r"solo para suscriptores|exclusivo para assinantes|contenuto riservato|dla prenumeratorów|prenumerant",
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an article of its own: a headline that stands on the page, a time, a link that announced it."""

    headed: bool
    dated: bool
    announced: bool


def judge(tree: Tree, meta: Meta, data: Said, story: Story, title: str, signs: Signs) -> State:
    """The state of a page, from what it says and how little else there is on it."""
    size = story.size
    page_text = sum((block.size for block in tree.blocks), 0.0)
    told = sum((block.size for block in story.blocks if sentence_like(block) and block.links < 0.5), 0.0)
    if told < 700:
        kind = _stand_in(tree, title, told, page_text)
        if kind is not None:
            return kind
    if page_text < 4 and size < 60:
        return State.BOT_CHECK if _challenged(tree) else State.EMPTY
    return _kind(tree, meta, data, size, told, signs)


def _challenged(tree: Tree) -> bool:
    return any(_BOT_SCRIPT.search(text[:20_000]) for _, text in tree.scripts)


TELLS: Final = 200.0
"""Letters of running text from which a page is believed to tell something of its own."""


def _stand_in(tree: Tree, title: str, told: float, page_text: float) -> State | None:
    """A bot check, an error or a log-in in an article's place. A headline may speak of such things, so the words count
    only where little is told. `told`: letters of running text in the story, `page_text`: of all text."""
    head = f"{tree.title} {title}"
    lines = " ".join(block.text for block in tree.blocks[:12])[:600]
    if (told < TELLS and _BOT.search(head)) or (page_text < 1200 and told < 400 and _BOT.search(lines)):
        return State.BOT_CHECK
    if page_text < 200 and _challenged(tree):
        return State.BOT_CHECK
    wrong = _ERROR.search(tree.title) or _ERROR.search(title)
    if (wrong and told < TELLS) or (page_text < 900 and told < TELLS and _ERROR.search(lines)):
        return State.ERROR
    if _LOGIN.search(tree.title) and (told < 60 or (tree.password and told < 300)):
        return State.LOGIN
    return None


RUNNING: Final = 25.0
"""Letters of running text below which a page of links tells nothing of its own."""


def _kind(tree: Tree, meta: Meta, data: Said, size: float, running: float, signs: Signs) -> State:
    """Article, video or section page. In doubt an article: a section needs strong signs, and none of a story.
    `running`: letters of running text in the story."""
    told = (meta.first("og:type") or "").lower()
    if size < 250 and (told.startswith("video") or data.kind == "VideoObject" or tree.by_tag.get("video")):
        return State.VIDEO
    if size >= 60 and (data.kind or told == "article" or meta.first("article:published_time")):
        return State.ARTICLE
    linked = sum((block.size * block.links for block in tree.blocks if block.links > 0.6), 0.0)
    plain = sum((block.weight for block in tree.blocks if block.weight > 0), 0.0)
    if size < 40 and plain < 60:
        return State.SECTION if linked > 400 else State.EMPTY
    listed = linked > 600 and running < RUNNING
    if size >= 40 and signs.headed and (signs.dated or signs.announced) and not listed:
        return State.ARTICLE
    if listed and size < 0.2 * linked:
        return State.SECTION
    if linked > 1500 and size < 0.12 * linked and size < 400:
        return State.SECTION
    return State.ARTICLE


def paywalled(tree: Tree, data: Said, story: Story) -> bool:
    """The page says that the story is not free, or shows the start of it and a call to subscribe."""
    if data.free is False:
        return True
    return story.size < 1500 and any([block.size < 300 and _PAYWALL.search(block.low) for block in tree.blocks])
