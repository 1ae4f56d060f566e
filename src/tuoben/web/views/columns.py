"""The columns (栏目) of a source: a page and feeds for each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tuoben.store import queries
from tuoben.text import normalise
from tuoben.web import addresses
from tuoben.web.views import lists


def _column(id: str, name: str) -> lists.List:
    site, found = queries.site(id), queries.column(id, normalise(name))
    if site is None or found is None:
        raise Http404
    return lists.List(
        title=f"{found.name} · {site.name}",
        path=addresses.column(id, found.name),
        feed={kind: addresses.column(id, found.name, f".{kind}") for kind in lists.KINDS},
        site=id,
        column=found.key,
    )


@require_safe
def page(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """/s/<id>/column/<name>/."""
    return lists.show(request, _column(id, name), "list.html", {"of_source": queries.site(id)})


@require_safe
def feed(request: HttpRequest, id: str, name: str, kind: str) -> HttpResponse:
    """/s/<id>/column/<name>.atom and .json."""
    return lists.answer_feed(request, _column(id, name), kind)
