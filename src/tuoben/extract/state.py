# ruff: noqa: E501 -- tables of words and patterns: one kind a line reads better than wrapped ones
"""What kind of page this is: an article, or one of the things that servers send in its place."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story
from tuoben.model import State

_BOT: Final = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)|captcha|attention required|access denied|enable javascript and cookies|"
    r"unusual traffic|ddos protection|cf-browser-verification|security check|安全验证|人机验证|请完成验证|滑动验证|访问过于频繁|系统检测到|请输入验证码|访问异常|环境异常|拖动.{0,6}滑块|浏览器安全检查",
    re.I,
)
_BOT_SCRIPT: Final = re.compile(
    r"_cf_chl|challenge-platform|\$_ts\s*=|acw_sc__v2|__jsl_clearance|aliyun_waf|geetest|hcaptcha|recaptcha/api|datadome|px-captcha|incapsula|distil_r|yidun",
    re.I,
)
_ERROR: Final = re.compile(
    r"(?:^|\D)(?:404|410|403|500|502|503)(?:\D|$)|not found|page (?:does not|doesn't|no longer) exist|no longer available|page unavailable|something went wrong|internal server error|bad gateway|service unavailable|forbidden|"
    r"页面(?:不存在|未找到|找不到|已删除|无法|丢失|走丢)|(?:文章|内容|新闻|信息|稿件|资讯)(?:不存在|已(?:被)?删除|已下线|已失效|找不到)|您(?:访问|要找|查看)的.{0,10}(?:不存在|已删除|不见|丢失)|找不到(?:页面|网页|该)|抱歉.{0,12}(?:不存在|删除|找不到|无法)|出错了|頁面不存在|找不到網頁|"
    r"seite nicht gefunden|page introuvable|página no encontrada|página não encontrada|pagina non trovata|страница не найдена|ページが見つかりません|페이지를 찾을 수",
    re.I,
)
_LOGIN: Final = re.compile(
    r"(?:sign|log) ?in|登录|登錄|登入|请先登录|账号登录|扫码登录|用户登录|anmelden|connexion|iniciar sesión|ログイン|로그인",
    re.I,
)
_PAYWALL: Final = re.compile(
    r"subscribe (?:now )?to (?:continue|read|unlock)|to continue reading|already a subscriber|for subscribers only|subscriber[- ]exclusive|subscribers? only|"
    r"付费(?:阅读|内容|文章)|会员(?:专享|专属|可读)|开通会员|订阅后(?:阅读|可读)|剩余\d+%|本文为付费|登录后(?:阅读|查看)全文|有料会員|会員限定|"
    r"jetzt (?:weiterlesen|abonnieren)|nur für abonnenten|réservé aux abonnés|article réservé|solo para suscriptores|exclusivo para assinantes|contenuto riservato|dla prenumeratorów|prenumerant",
    re.I,
)


def judge(tree: Tree, meta: Meta, data: Said, story: Story, title: str) -> State:
    """The state of a page, from what it says and how little else there is on it."""
    size = story.size
    page_text = sum(block.size for block in tree.blocks)
    head = f"{tree.title} {title}"
    lines = " ".join(block.text for block in tree.blocks[:12])[:600]
    if size < 700:
        if _BOT.search(head) or (page_text < 1200 and _BOT.search(lines)):
            return State.BOT_CHECK
        if page_text < 200 and any(_BOT_SCRIPT.search(text[:20_000]) for _, text in tree.scripts):
            return State.BOT_CHECK
        if (
            _ERROR.search(tree.title)
            or (size < 300 and _ERROR.search(title))
            or (page_text < 900 and _ERROR.search(lines))
        ):
            return State.ERROR
        if _LOGIN.search(tree.title) and size < 300:
            return State.LOGIN
    if page_text < 4 and size < 60:
        return State.BOT_CHECK if any(_BOT_SCRIPT.search(text[:20_000]) for _, text in tree.scripts) else State.EMPTY
    return _kind(tree, meta, data, size)


def _kind(tree: Tree, meta: Meta, data: Said, size: float) -> State:
    told = (meta.first("og:type") or "").lower()
    if size < 250 and (told.startswith("video") or data.kind == "VideoObject" or tree.by_tag.get("video")):
        return State.VIDEO
    if size >= 60 and (data.kind or told == "article" or meta.first("article:published_time")):
        return State.ARTICLE
    linked = sum(block.size * block.links for block in tree.blocks if block.links > 0.6)
    plain = sum(block.weight for block in tree.blocks if block.weight > 0)
    if size < 40 and plain < 60:
        return State.SECTION if linked > 400 else State.EMPTY
    if linked > 1500 and size < 0.12 * linked and size < 400 and told != "article":
        return State.SECTION
    return State.ARTICLE


def paywalled(tree: Tree, data: Said, story: Story) -> bool:
    """The page says that the story is not free, or shows the start of it and a call to subscribe."""
    if data.free is False:
        return True
    return story.size < 1500 and any(_PAYWALL.search(block.text) for block in tree.blocks if block.size < 300)
