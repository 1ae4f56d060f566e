"""For those who look after the archive: what a source's pages give, and how a page was read."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben import shape
from tuoben.extract import quality as watch
from tuoben.model import Reading
from tuoben.store import queries, samples
from tuoben.web import addresses, origins
from tuoben.web.views import article, common

WATCHED = 220
"""Newest pages of a source that the watch looks at."""
LOOK = 12
"""Newest articles that the quality page leads to, side by side with their originals."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the watch: shares in percent; `before` is None while there is nothing to compare with."""

    name: str
    now: int
    before: int | None
    drifted: bool


@require_safe
def quality(request: HttpRequest, id: str) -> HttpResponse:
    """/s/<id>/quality/: yield and field coverage of a source's newest pages, and what changed."""
    source = queries.site(id)
    if source is None:
        raise Http404
    pages = samples.samples(id, WATCHED)
    recent, before = watch.split(pages)
    drifted = {found.what: found for found in watch.drift(pages)}
    now, was = watch.coverage(recent), watch.coverage(before)
    told = dict(was.shares) if before else {}
    names = _names()
    rows = [
        Row(names[name], round(100 * share), round(100 * told[name]) if told else None, name in drifted)
        for name, share in now.shares
    ]
    said = {
        "source": source,
        "rows": rows,
        "now": now,
        "was": was if before else None,
        "size": drifted.get("size"),
        "drifted": bool(drifted),
        "cards": queries.latest(site=id, limit=LOOK).cards,
    }
    return common.show(request, "quality.html", said)


@require_safe
def compare(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/compare/: the page as archived beside what was read from it."""
    reading = queries.reading(id, article.revision_of(request))
    if reading is None:
        return article.absent(request, id)
    if reading.article.policy.noarchive:
        return redirect(addresses.article(id))
    replay = origins.replay_origin(request)
    said = {
        "reading": reading,
        "card": reading.card,
        "article": reading.article,
        "frame": addresses.replay(replay, reading.capture.time, reading.capture.url),
        "sandbox": article.SANDBOX,
        "body": common.article_body(reading.article, reading.capture.time, reading.held, replay),
        "fields": _fields(reading),
    }
    return common.show(request, "compare.html", said)


def _names() -> dict[str, str]:
    return {
        "article": _("读出正文"),
        "title": _("标题"),
        "time": _("发布时间（到分钟）"),
        "source": _("来源"),
        "authors": _("作者"),
        "category": _("类别"),
        "image": _("图片"),
    }


def _fields(reading: Reading) -> list[tuple[str, str, str]]:
    """(name, value, where it was read) of each field, the empty ones too: what is missing is what one looks for."""
    told = shape.extracted_json(reading.article)
    names = {
        "title": _("标题"),
        "column": _("栏目"),
        "published": _("发布时间"),
        "modified": _("修改时间"),
        "source": _("来源"),
        "authors": _("作者"),
        "category": _("类别"),
        "reprinted_from": _("转载自"),
        "lang": _("语言"),
        "canonical": _("规范地址"),
        "flags": _("标记"),
    }
    values = ((field, told[field]) for field in names)
    return [
        (
            names[field],
            "、".join(value) if isinstance(value, list) else value or "",
            reading.article.origins.get(field, ""),
        )
        for field, value in values
    ]
