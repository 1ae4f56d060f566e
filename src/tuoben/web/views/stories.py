"""Stories: the list of the large ones of late, and a page, feeds and JSON for each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben.store import queries, stories
from tuoben.store.rows import CardPage
from tuoben.web import addresses, storytelling
from tuoben.web.storytelling import Story
from tuoben.web.views import common, lists

LISTED = 40


def _story(id: str) -> Story:
    found = storytelling.shown(id)
    if found is None:
        raise Http404
    return found


def _moved(request: HttpRequest, id: str) -> HttpResponse | None:
    """A redirect when the story of that id became part of another one."""
    now = stories.resolve(id)
    if now in ("", id):
        return None
    return redirect(request.get_full_path().replace(id, now, 1), permanent=True)


@require_safe
def recent(request: HttpRequest) -> HttpResponse:
    """/story/: the stories with the most reports of late."""
    return common.show(request, "stories.html", {"rows": stories.recent(LISTED)}, modified=queries.changed_at())


@require_safe
def page(request: HttpRequest, id: str) -> HttpResponse:
    """/story/<id>/."""
    if (moved := _moved(request, id)) is not None:
        return moved
    story = _story(id)
    feeds = [(kind, addresses.story(id, f".{kind}")) for kind in lists.KINDS]
    said = {"story": story, "feed": dict(feeds), "alternates": common.alternates(feeds, story.first.title)}
    return common.show(request, "story.html", said)


@require_safe
def feed(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """/story/<id>.atom and .json (JSON Feed): the newest reports, copies folded."""
    if (moved := _moved(request, id)) is not None:
        return moved
    story = _story(id)
    cards = [one.card for one in reversed(story.reports)][: common.limit_of(request, common.FEED)]
    return common.answer_feed(
        request,
        kind,
        CardPage(cards=tuple(cards), next=""),
        title=_("这件事的报道：%(title)s") % {"title": story.first.title},
        page_path=addresses.story(id),
    )
