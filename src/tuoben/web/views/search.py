"""/search and its feeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben.errors import QueryError
from tuoben.find import Wish
from tuoben.index import UNSORTED, Facets
from tuoben.store import queries
from tuoben.store.rows import CardPage, SiteRow
from tuoben.text import normalise
from tuoben.web import addresses, charts, finding, pinyin, telling
from tuoben.web.views import common

NAMES = ("q", "category", "source", "lang", "since", "until", "asof", "sort")
LONGEST = 1000
"""Characters of a term; a longer query is a pasted text, and its beginning finds it."""
PAGE = 20
DEEPEST = 50
"""Pages of a search that can be turned to; what is behind them is found by better words."""
_SHORT = 200
CHOICES = 12
"""Values of a facet that are offered."""


def terms_of(request: HttpRequest) -> dict[str, str]:
    """What the visitor asked for, by name; each cut to a sane length, without control characters."""
    said = {name: re.sub(r"[\x00-\x1f\x7f]+", " ", request.GET.get(name, "")).strip() for name in NAMES}
    return {name: value[: LONGEST if name == "q" else _SHORT] for name, value in said.items()}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """/search: the form, and what it finds. Without a query but with a filter: the newest of that filter."""
    terms = terms_of(request)
    number = _page_number(request)
    sources = queries.sites()
    categories = [row.name or UNSORTED for row in queries.categories()]
    pick = common.picked(request)
    said: dict[str, Any] = {
        "terms": terms,
        "pick": pick,
        "picked": _picked(terms, pick, categories, sources) if pick else (),
        "categories": [(name, _named(name)) for name in categories],
        "sources": sources,
        "foreign_source": bool(terms["source"]) and terms["source"] not in {row.id for row in sources},
        "asked": any(terms[name] for name in NAMES if name != "sort"),
    }
    if said["asked"]:
        try:
            wish = Wish(limit=PAGE, offset=(number - 1) * PAGE, fold=True, facets=True)
            result = finding.search(terms, *bounds(terms), wish, held_on(terms))
        except QueryError as error:
            said["trouble"] = str(error)
            return common.show(request, "search.html", said, status=400)
        said |= _around(terms, number, result.more)
        said |= {
            "result": result,
            "facets": _facets(terms, result.facets, sources),
            "chart": _chart(terms, result.facets),
        }
    return common.show(request, "search.html", said)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: its name, how many of the articles found have it, and the search limited to it."""

    name: str
    articles: int
    href: str


def _picked(
    terms: Mapping[str, str], pick: str, categories: Sequence[str], sources: Sequence[SiteRow]
) -> list[tuple[str, list[Choice]]]:
    """The categories and sources whose names what was typed finds, each with the search limited to it."""
    named = [Choice(_named(name), 0, addresses.search({**terms, "category": name}))
             for name in categories if pinyin.finds(pick, name)]  # fmt: skip
    sites = [Choice(row.name, row.articles, addresses.search({**terms, "source": row.id}))
             for row in sources if pinyin.finds(pick, row.name) or pinyin.finds(pick, row.id)]  # fmt: skip
    return [(_("类别"), named[:CHOICES]), (_("来源"), sites[:CHOICES])]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the histogram: where it stands, what it says, and the search limited to its time."""

    column: charts.Column
    label: str
    articles: int
    href: str


def _facets(terms: Mapping[str, str], facets: Facets, sources: Sequence[SiteRow]) -> list[tuple[str, list[Choice]]]:
    """What the search can be narrowed by: facets with two values or more, those not chosen yet."""
    categories = {normalise(row.name or UNSORTED): row.name or UNSORTED for row in queries.categories()}
    sites = {normalise(row.id): row for row in sources}
    out = [
        ("category", _("类别"), [(_named(categories[c.key]), categories[c.key], c.articles)
                                 for c in facets.categories if c.key in categories]),
        ("source", _("来源"), [(sites[c.key].name, sites[c.key].id, c.articles)
                               for c in facets.sites if c.key in sites]),
        ("lang", _("语言"), [(telling.language_name(c.key), c.key, c.articles) for c in facets.langs if c.key]),
    ]  # fmt: skip
    return [
        (
            title,
            [Choice(label, count, addresses.search({**terms, name: value})) for label, value, count in rows[:CHOICES]],
        )
        for name, title, rows in out
        if len(rows) > 1 and not terms[name]
    ]


def _named(category: str) -> str:
    return _("未分类") if category == UNSORTED else category


def _chart(terms: Mapping[str, str], facets: Facets) -> dict[str, Any] | None:
    """The histogram over time; None where a single bar would say nothing."""
    if len(facets.bars) < 2:
        return None
    drawn = charts.columns([bar.articles for bar in facets.bars])
    form = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[facets.unit]
    bars = [
        Bar(column, bar.start.strftime(form), bar.articles, addresses.search({**terms, **_days(bar.start, bar.end)}))
        for column, bar in zip(drawn, facets.bars, strict=True)
    ]
    most = max(bars, key=lambda bar: bar.articles)
    return {"bars": bars, "first": bars[0].label, "last": bars[-1].label, "most": most,
            "width": charts.WIDTH, "height": charts.HEIGHT}  # fmt: skip


def _days(start: datetime, end: datetime) -> dict[str, str]:
    return {"since": start.date().isoformat(), "until": (end.date() - timedelta(days=1)).isoformat()}


def _around(terms: Mapping[str, str], number: int, more: bool) -> dict[str, Any]:
    """The addresses about a page of results: its neighbours, and its feeds."""
    later = more and number < DEEPEST
    feed = {name: value for name, value in terms.items() if name != "sort"}
    kinds = {kind: addresses.search(feed, f".{kind}") for kind in ("atom", "json")}
    title = _("搜索“%(q)s”") % {"q": terms["q"]}
    return {
        "older": addresses.search({**terms, "page": str(number + 1)}) if later else "",
        "newer": addresses.search({**terms, "page": str(number - 1) if number > 2 else ""}) if number > 1 else "",
        "alternates": common.alternates(kinds.items(), title),
        **kinds,
    }


@require_safe
def feed(request: HttpRequest, kind: str) -> HttpResponse:
    """/search.atom and /search.json: what a search finds, the newest first. An empty search has an empty feed."""
    terms = terms_of(request) | {"sort": "newest"}
    cards: tuple[Any, ...] = ()
    if any(terms[name] for name in NAMES if name != "sort"):
        wish = Wish(limit=common.limit_of(request, common.FEED))
        result = finding.search(terms, *bounds(terms), wish, held_on(terms))
        cards = tuple(hit.card for hit in result.hits)
    shown = {name: value for name, value in terms.items() if name != "sort"}
    return common.answer_feed(
        request,
        kind,
        CardPage(cards=cards),
        title=_("搜索“%(q)s”") % {"q": terms["q"]},
        page_path=addresses.search(shown),
    )


def bounds(terms: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Since and until as times in the site's zone: both days are included. Raises QueryError for what is no date."""
    since, until = _day(terms["since"]), _day(terms["until"])
    zone = timezone.get_default_timezone()
    try:
        end = until + timedelta(days=1) if until else None
    except OverflowError:
        end = None
    return (
        datetime.combine(since, time(), zone) if since else None,
        datetime.combine(end, time(), zone) if end else None,
    )


def held_on(terms: Mapping[str, str]) -> datetime | None:
    """The end of the day as of which the archive is searched, in the site's zone. Raises QueryError for no date."""
    _, end = bounds({"since": "", "until": terms["asof"]})
    return end


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QueryError(_("“%(text)s”不是日期，请写成 2024-03-05。") % {"text": text[:40]}) from error


def _page_number(request: HttpRequest) -> int:
    said = request.GET.get("page", "")
    return min(max(int(said), 1), DEEPEST) if said.isascii() and said.isdigit() and len(said) < 9 else 1
