"""Lists of articles: the first page, the newest, categories and sources, each with its feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben.store import queries
from tuoben.store.rows import CardPage
from tuoben.web import addresses, pinyin
from tuoben.web.views import common, health

SECTIONS = 12
"""Categories that the first page opens."""
IN_SECTION = 6
ON_TOP = 7
KINDS = ("atom", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """One list: what it is called, where it is, and which articles are in it."""

    title: str
    path: str
    feed: dict[str, str]
    """Feed kind → address."""
    category: str | None = None
    site: str | None = None
    column: str | None = None
    """The key of a column of that source."""

    def page(self, request: HttpRequest, limit: int) -> CardPage:
        """The page that the visitor asked for."""
        before = request.GET.get("before", "")
        return queries.latest(category=self.category, site=self.site, column=self.column, before=before, limit=limit)

    def alternates(self) -> list[dict[str, str]]:
        """Its feeds, for the head."""
        return common.alternates(self.feed.items(), self.title)


def _everything() -> List:
    return List(title=_("最新资讯"), path="/latest/", feed={kind: addresses.index(f".{kind}") for kind in KINDS})


def _category(name: str) -> List:
    stored = "" if name == addresses.UNSORTED else name
    if not any(row.name == stored for row in queries.categories()):
        raise Http404
    return List(
        title=stored or _("未分类"),
        path=addresses.category(stored),
        feed={kind: addresses.category(stored, f".{kind}") for kind in KINDS},
        category=stored,
    )


def _source(id: str, name: str) -> List:
    return List(
        title=name,
        path=addresses.source(id),
        feed={kind: addresses.source(id, f".{kind}") for kind in KINDS},
        site=id,
    )


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """/: the newest of all, then the newest of each category; an empty archive says what to do."""
    everything = _everything()
    newest = queries.latest(limit=ON_TOP)
    modified = queries.changed_at()
    if not newest.cards:
        return common.show(request, "empty.html", {"sites": queries.sites()})
    rows = queries.categories()
    sections = [
        {"row": row, "cards": queries.latest(category=row.name, limit=IN_SECTION).cards} for row in rows[:SECTIONS]
    ]
    said = {"newest": newest, "sections": sections, "more": rows[SECTIONS:], "alternates": everything.alternates()}
    return common.show(request, "front.html", said, modified=modified)


@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """/latest/: everything, newest first."""
    return show(request, _everything(), "list.html", {})


@require_safe
def newest_feed(request: HttpRequest, kind: str) -> HttpResponse:
    """/index.atom and /index.json."""
    return answer_feed(request, _everything(), kind)


@require_safe
def all_categories(request: HttpRequest) -> HttpResponse:
    """/c/: every category, or those that `?pick=` finds."""
    pick = common.picked(request)
    rows = [row for row in queries.categories() if pinyin.finds(pick, row.name or addresses.UNSORTED)]
    return common.show(request, "categories.html", {"rows": rows, "pick": pick}, modified=queries.changed_at())


@require_safe
def category(request: HttpRequest, name: str) -> HttpResponse:
    """/c/<name>/."""
    found = _category(name)
    return show(request, found, "list.html", {"category": found.category, "in_category": True})


@require_safe
def category_feed(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """/c/<name>.atom and .json."""
    return answer_feed(request, _category(name), kind)


@require_safe
def all_sources(request: HttpRequest) -> HttpResponse:
    """/s/: every source, and how it is; or those that `?pick=` finds, by name or host."""
    pick = common.picked(request)
    rows = [row for row in queries.sites() if pinyin.finds(pick, row.name) or pinyin.finds(pick, row.id)]
    return common.show(request, "sources.html", {"rows": rows, "pick": pick})


@require_safe
def source(request: HttpRequest, id: str) -> HttpResponse:
    """/s/<id>/."""
    row = queries.site(id)
    if row is None:
        raise Http404
    said = {"source": row, "health": health.state_name(id), "columns": queries.columns(id)}
    return show(request, _source(row.id, row.name), "list.html", said)


@require_safe
def source_feed(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """/s/<id>.atom and .json."""
    row = queries.site(id)
    if row is None:
        raise Http404
    return answer_feed(request, _source(row.id, row.name), kind)


def show(request: HttpRequest, found: List, template: str, said: dict[str, Any]) -> HttpResponse:
    """The page of a list."""
    limit = common.limit_of(request, common.PAGE)
    page = found.page(request, limit)
    terms = {"before": page.next, "limit": str(limit) if limit != common.PAGE else ""}
    said |= {
        "list": found,
        "page": page,
        "older": addresses.with_query(found.path, terms) if page.next else "",
        "first": not request.GET.get("before"),
        "alternates": found.alternates(),
    }
    return common.show(request, template, said, modified=_modified(found))


def answer_feed(request: HttpRequest, found: List, kind: str) -> HttpResponse:
    """The feed of a list."""
    limit = common.limit_of(request, common.FEED)
    page = found.page(request, limit)
    terms = {"before": page.next, "limit": str(limit) if limit != common.FEED else ""}
    return common.answer_feed(
        request,
        kind,
        page,
        title=found.title,
        page_path=found.path,
        next_path=addresses.with_query(found.feed[kind], terms) if page.next else "",
        modified=_modified(found),
    )


def _modified(found: List) -> datetime | None:
    return queries.changed_at(category=found.category, site=found.site, column=found.column)
