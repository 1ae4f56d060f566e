"""For those who look after the archive: what category a section of a source is, and what category one article is."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tuoben.errors import UsageError
from tuoben.store import categories, queries
from tuoben.web import addresses
from tuoben.web.views import article, common

SHOWN = 300
"""Sections of a source that its page lists, the fullest ones."""


@require_http_methods(["GET", "HEAD", "POST"])
def sections(request: HttpRequest, id: str) -> HttpResponse:
    """/s/<id>/sections/: the sections seen at a source; with an account one says what category each is."""
    source = queries.site(id)
    if source is None:
        raise Http404
    why = ""
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            name, category = request.POST.get("section", ""), request.POST.get("category", "")
            categories.map_section(id, name, category, request.user.get_username(), timezone.now())
            return common.private(HttpResponseRedirect(request.path))
        except UsageError:
            why = _("类别的名字最多 80 个字，写在一行里。")
    said = {
        "source": source,
        "rows": categories.sections(id)[:SHOWN],
        "known": _known(),
        "why": why,
        "signed_in": request.user.is_authenticated,
    }
    return common.private(common.show(request, "sections.html", said, status=400 if why else 200))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/category/: a person's word on the category of one article, which counts before all others."""
    card = queries.cards([id]).get(id)
    if card is None:
        return article.absent(request, id)
    why = ""
    if request.method == "POST":
        wanted = None if "undo" in request.POST else request.POST.get("category", "")
        try:
            categories.correct(id, wanted, request.user.get_username(), timezone.now())
            return common.private(HttpResponseRedirect(addresses.article(id)))
        except UsageError:
            why = _("类别的名字最多 80 个字，写在一行里。")
    said = {"card": card, "known": _known(), "why": why, "corrected": categories.correction(id)}
    return common.private(common.show(request, "correct.html", said, status=400 if why else 200))


def _known() -> list[str]:
    return [row.name for row in queries.categories() if row.name]
