"""What the views share: conditional answers, gone pages, feeds of any list."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from tuoben.model import Article, Card, Role
from tuoben.store import queries, replaying
from tuoben.store.rows import CardPage
from tuoben.web import addresses, context, feeds, origins, pinyin, rendering, sanitise

PAGE = 30
FEED = 40


def limit_of(request: HttpRequest, default: int) -> int:
    """How many entries the visitor wants: 1 to 100, the default for anything that is not a number."""
    said = request.GET.get("limit", "")
    return max(1, min(int(said), queries.LARGEST_PAGE)) if said.isascii() and said[:9].isdigit() else default


def picked(request: HttpRequest) -> str:
    """What was typed to narrow a list of names (`?pick=`)."""
    return request.GET.get("pick", "").strip()[: pinyin.LONGEST]


def show(
    request: HttpRequest, template: str, said: dict[str, Any], *, modified: datetime | None = None, status: int = 200
) -> HttpResponse:
    """A page of ours; `modified` becomes its Last-Modified."""
    return dated(HttpResponse(rendering.render(template, said, request), status=status), modified)


def dated(response: HttpResponse, modified: datetime | None) -> HttpResponse:
    """The response with its Last-Modified, and asked for anew each time: what is hidden is gone at once."""
    response.headers["Cache-Control"] = "no-cache"
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified.timestamp())
    return response


def private(response: HttpResponse) -> HttpResponse:
    """The response, kept by nobody: it is one person's. Its forms say where they come from, which their tokens need."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"  # with "no-referrer" browsers send Origin: null
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """410: there is such an article, and it is not shown."""
    return show(request, "gone.html", {}, status=410)


def alternates(path: Iterable[tuple[str, str]], title: str) -> list[dict[str, str]]:
    """The feeds of a page for its head: (kind, address) in, what <link rel=alternate> needs out."""
    names = {"atom": "Atom", "json": "JSON Feed"}
    return [{"type": feeds.TYPES[kind], "href": address, "title": f"{title} ({names[kind]})"} for kind, address in path]


def answer_feed(
    request: HttpRequest,
    kind: str,
    page: CardPage,
    *,
    title: str,
    page_path: str,
    next_path: str = "",
    modified: datetime | None = None,
) -> HttpResponse:
    """A list of cards as a feed, its articles whole."""
    origin = origins.app_origin(request)
    said = feeds.Feed(
        title=f"{title} · {settings.SITE_NAME}",
        page_url=urllib.parse.urljoin(origin, page_path),
        feed_url=urllib.parse.urljoin(origin, request.get_full_path()),
        lang=context.LANG_TAGS.get(str(request.LANGUAGE_CODE), "zh-Hans"),
        entries=_entries(page.cards, origin, origins.replay_origin(request)),
        next_url=urllib.parse.urljoin(origin, next_path) if next_path else "",
        subtitle=_("%(site)s 收录的资讯信息快照") % {"site": settings.SITE_NAME},
    )
    body = feeds.atom(said) if kind == "atom" else feeds.jsonfeed(said)
    response = HttpResponse(body, content_type=f"{feeds.TYPES[kind]}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"  # public data without a session: any reader may fetch it
    return dated(response, modified)


def _entries(cards: Sequence[Card], origin: str, replay: str) -> list[feeds.Entry]:
    articles = queries.articles([card.id for card in cards])
    held = replaying.held({image.url for article in articles.values() for image in article.images})
    return [_entry(card, articles.get(card.id), held, origin, replay) for card in cards]


def _entry(card: Card, article: Article | None, held: frozenset[str], origin: str, replay: str) -> feeds.Entry:
    body = article_body(article, card.captured, held, replay).html if article else ""
    return feeds.Entry(
        card=card,
        url=origin + addresses.article(card.id),
        html=body,
        authors=article.authors if article else (),
        image=addresses.replay(replay, card.captured, card.image, "im_") if card.image else "",
    )


def article_body(article: Article, captured: datetime, held: frozenset[str], replay: str) -> sanitise.Body:
    """The body of an article for our pages."""
    if not article.html.strip():
        return sanitise.Body(sanitise.paragraphs(article.text))

    def picture(address: str) -> str:
        return addresses.replay(replay, captured, address, "im_") if address in held else ""

    return sanitise.body(
        article.html,
        base=article.url,
        picture=picture,
        pictures_below=f"{replay}/web/",
        silent={image.url for image in article.images if image.alt_repeats_title},
        title=article.title,
        text=article.text,
    )


def by_line(roles: Sequence[Role]) -> list[tuple[str, list[str]]]:
    """Roles in the order told, the names of one role together."""
    out: dict[str, list[str]] = {}
    for role in roles:
        names = out.setdefault(role.role, [])
        if role.name and role.name not in names:
            names.append(role.name)
    return [(role, names) for role, names in out.items() if names]
