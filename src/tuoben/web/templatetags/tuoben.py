"""Times, addresses and foreign texts in templates. Everything that comes from a page is escaped here or by Django."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from html import unescape

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tuoben.model import Card, CategoryOrigin, Moment, Precision
from tuoben.web import addresses, telling, timing

register = template.Library()

_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

TITLE_LENGTH = 70
"""Characters of a page's <title>, as they stand in the HTML."""
ROLES = {
    "reporter": gettext_lazy("记者"),
    "correspondent": gettext_lazy("通讯员"),
    "photographer": gettext_lazy("摄影"),
    "editor": gettext_lazy("编辑"),
    "author": gettext_lazy("作者"),
    "translator": gettext_lazy("翻译"),
    "video": gettext_lazy("视频"),
    "outlet": gettext_lazy("出品"),
}


ORIGINS: dict[str, Promise] = {
    CategoryOrigin.PAGE: gettext_lazy("页面"),
    CategoryOrigin.LISTING: gettext_lazy("列表"),
    CategoryOrigin.SOURCE: gettext_lazy("来源设置"),
    CategoryOrigin.MAP: gettext_lazy("来源映射"),
    CategoryOrigin.CLASSIFIER: gettext_lazy("分类器 p=%(p)s"),
    CategoryOrigin.DESK: gettext_lazy("人工"),
}
"""Who says what category an article has."""
GONE = {
    "404": gettext_lazy("来源答复“没有这个页面”（404）。"),
    "410": gettext_lazy("来源答复“已经删除”（410）。"),
    "home": gettext_lazy("原网址转到了来源的首页。"),
    "section": gettext_lazy("原网址转到了来源的栏目页。"),
    "said": gettext_lazy("来源的页面上说没有这篇资讯。"),
}
"""How it was seen that an article is gone (model.Outcome.gone)."""


@register.simple_tag
def article_url(card: Card) -> str:
    """The reading page of a card."""
    return addresses.article(card.id)


@register.simple_tag
def dated_url(card: Card) -> str:
    """The permanent address of the snapshot that a card tells of."""
    return addresses.dated(card.id, card.captured)


@register.simple_tag
def category_url(name: str, suffix: str = "/") -> str:
    """The page or feed of a category."""
    return addresses.category(name, suffix)


@register.simple_tag
def source_url(id: str, suffix: str = "/") -> str:
    """The page or feed of a source."""
    return addresses.source(id, suffix)


@register.simple_tag
def story_url(id: str) -> str:
    """The page of a story."""
    return addresses.story(id)


@register.simple_tag
def column_url(id: str, name: str, suffix: str = "/") -> str:
    """The page or feed of a column of a source."""
    return addresses.column(id, name, suffix)


@register.filter
def category_origin(card: Card) -> str:
    """Who says a card's category, in readers' words; "" when it has none."""
    said = str(ORIGINS.get(card.category_origin, ""))
    return said % {"p": f"{card.category_sure:.2f}"} if card.category_origin == CategoryOrigin.CLASSIFIER else said


@register.simple_tag(takes_context=True)
def picture_url(context: template.Context, card: Card) -> str:
    """Where the replay origin shows a card's image, as it was when the snapshot was taken."""
    return addresses.replay(str(context["replay_origin"]), card.captured, card.image, "im_")


@register.filter
def gone_reason(why: str) -> str:
    """How it was seen that an article is gone, in a sentence; "" when that is not known."""
    return str(GONE.get(why, ""))


@register.filter
def category_name(name: str) -> str:
    """A category as readers see it."""
    return name or _("未分类")


@register.filter
def language_name(code: str) -> str:
    """A language by its own name."""
    return telling.language_name(code)


@register.filter
def titled(page: str, site: str) -> SafeString:
    """The text of <title>: what the page shows and the site's name, shortened to what tabs and result lists hold."""
    told, room = unescape(page).strip(), TITLE_LENGTH - len(" · ") - len(escape(site))
    shown = told
    while len(escape(shown)) > room:
        told = told[: min(len(told), room) - 1]
        shown = f"{told.rstrip()}…"
    return format_html("{} · {}", shown, site)


@register.filter
def role_name(role: str) -> str:
    """A by-line role as readers see it; an unknown one as it is."""
    return str(ROLES.get(role, role))


@register.filter
def lang_attr(lang: str) -> SafeString:
    """The lang attribute for a text in a known language, with the space before it; "" otherwise."""
    return format_html(' lang="{}"', lang) if _LANG.fullmatch(lang or "") else SafeString("")


@register.filter
def marked(excerpt: Iterable[tuple[str, bool]]) -> SafeString:
    """An excerpt, its hits in <mark>."""
    return format_html_join(
        "", "{}{}{}", ((_OPEN if hit else "", text, _CLOSE if hit else "") for text, hit in excerpt)
    )


_OPEN, _CLOSE = SafeString("<mark>"), SafeString("</mark>")


@register.simple_tag
def moment(value: Moment | None, length: str = "long") -> SafeString:
    """A time as the source told it, in the site's zone; what is known of its precision and zone is in the title.

    Seconds are always printed in the long form, as the field expects; where the source gave minutes they are :00 and
    the title says so. A date alone stays a date.
    """
    if value is None:
        return SafeString("")
    told = timing.told(value)
    text = told.text if length == "long" else told.short
    body = format_html('<time datetime="{}" title="{}">{}</time>', told.machine, _told(told), text)
    if length == "long" and told.zone:
        return format_html('{} <span class="zone">{}</span>', body, told.zone)
    return body


@register.simple_tag
def snapshot(value: datetime | None, length: str = "long") -> SafeString:
    """A time of ours in the site's zone: to the second with the zone, or "short" to the minute for lists."""
    if value is None:
        return SafeString("")
    local = timezone.localtime(value)
    zone = timing.offset(local)
    whole = f"{local:%Y-%m-%d %H:%M:%S}"
    body = format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{whole} {zone}",
        whole if length == "long" else whole[:-3],
    )
    return format_html('{} <span class="zone">{}</span>', body, zone) if length == "long" else body


def _told(told: timing.Told) -> str:
    says = [f"{told.text} {told.zone}".strip()]
    if told.precision is Precision.MINUTE:
        says.append(_("来源给出的时间精确到分钟"))
    if told.precision is Precision.DAY:
        says.append(_("来源只给出日期"))
    elif not told.zone_known:
        says.append(_("来源未注明时区，按 %(zone)s 计") % {"zone": told.assumed})
    elif told.elsewhere:
        says.append(_("来源写作 %(time)s") % {"time": told.elsewhere})
    return "；".join(says)


@register.filter
def lag(seconds: float) -> str:
    """A span of time in words, in its two largest units."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, _("%d 天")), (hours, _("%d 小时")), (minutes, _("%d 分")), (rest, _("%d 秒"))]
    said = [unit % number for number, unit in units if number]
    return " ".join(said[:2]) or _("%d 秒") % 0
