"""One dated snapshot of an article: its permanent address, its citation, and the version that holds a passage."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben.citation import FORMS, citation
from tuoben.store import checks, queries
from tuoben.text import letters
from tuoben.web import addresses, origins
from tuoben.web.views import article, common, errors, memento

LONGEST = 1000
"""Characters of a passage."""
_CUT = re.compile(r"[\s\u3000]+")


@require_safe
def dated(request: HttpRequest, id: str, stamp: str) -> HttpResponse:
    """/a/<id>/<14 digits>/: the state of an article in the snapshot of that second, for ever."""
    number = _revision_at(id, stamp)
    if number is None:
        return article.absent(request, id)
    return article.read(request, id, revision=number)


@require_safe
def cite(request: HttpRequest, id: str, stamp: str, form: str) -> HttpResponse:
    """/a/<id>/<14 digits>/cite.txt, .bib, .ris, .csl.json: the citation of a dated snapshot."""
    number = _revision_at(id, stamp)
    reading = queries.reading(id, number) if number is not None else None
    if reading is None:
        return article.absent(request, id)
    if form not in FORMS:
        raise Http404
    mime, write = FORMS[form]
    address = origins.app_origin(request) + addresses.dated(id, reading.capture.time)
    day = timezone.localtime(reading.capture.time).date()
    response = HttpResponse(
        write(citation(reading, address, str(settings.SITE_NAME), day)), content_type=f"{mime}; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'inline; filename="{id}.{form}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return common.dated(response, None)


@require_safe
def passage(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/passage?text=…: to the newest snapshot whose text holds a passage, with the passage marked."""
    said = _CUT.sub(" ", request.GET.get("text", "")).strip()[:LONGEST]
    wanted = letters(said)
    rows = queries.revisions(id)
    if not rows or not wanted:
        return article.absent(request, id)
    for row in rows:
        reading = queries.reading(id, row.number)
        if reading is not None and wanted in letters(reading.article.text):
            target = addresses.dated(id, reading.capture.time)
            # The marker of a passage is a browser's own (URL fragment text directives); without it the page opens.
            return HttpResponseRedirect(f"{target}#:~:text={quote(said, safe='')}")
    return errors.page(request, 404, _("没有这段话"), _("这篇资讯的各版快照里都没有这段话。"))


def _revision_at(id: str, stamp: str) -> int | None:
    """Number of the revision whose snapshot was taken in that second, or that stood when a snapshot was that said the
    same: it may have been a revision until its text was read again."""
    at = memento.at(stamp)
    if at is None:
        return None
    rows, end = queries.revisions(id), at + timedelta(seconds=1)
    standing = next((row for row in rows if row.captured < end), None)
    if standing is None or standing.captured >= at:
        return standing.number if standing else None
    taken = any(at <= capture.time < end for capture in checks.captures_of_articles([id]))
    return standing.number if taken else None
