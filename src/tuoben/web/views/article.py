"""One article: the reading page, its revisions, its original look in a frame, and its JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben import shape
from tuoben.model import Card, Kind, Moment, Precision, Reading
from tuoben.store import queries, replaying, stories
from tuoben.web import addresses, finding, jsonld, origins, reprinting, telling
from tuoben.web.views import common, lists

RELATED = 9
SANDBOX = "allow-top-navigation-by-user-activation"
"""No scripts, no forms, no origin; only a link that the reader follows may leave the frame."""


@require_safe
def read(request: HttpRequest, id: str, revision: int | None = None) -> HttpResponse:
    """/a/<id>/, and `?revision=N` for an earlier state."""
    reading = queries.reading(id, revision or revision_of(request))
    if reading is None:
        return absent(request, id)
    replay = origins.replay_origin(request)
    closed = reading.article.policy.noarchive
    body = common.article_body(reading.article, reading.capture.time, reading.held, replay)
    address = origins.app_origin(request) + addresses.article(id)
    picture = addresses.replay(replay, reading.capture.time, reading.card.image, "im_") if reading.card.image else ""
    said: dict[str, Any] = {
        "reading": reading,
        "article": reading.article,
        "card": reading.card,
        "body": body,
        "closed": closed,
        "roles": common.by_line(reading.article.roles),
        "authors": [] if reading.article.roles else reading.article.authors,
        "changed": _changed(reading),
        "snapshot_lag": _lag(reading.article.published, reading),
        "sha256": digest_hex(reading.capture.payload_digest),
        "group": reprinting.shown(reading) if reading.reprints else None,
        "related": finding.related(reading, RELATED),
        "story": stories.of_article(id),
        "more": queries.neighbours_in_category(reading.card),
        "alternates": lists_alternates(reading.card),
        "address": address,
        "dated": addresses.dated(id, reading.capture.time),
        "picture": picture,
        "browser": _browser(reading, replay),
        "jsonld": jsonld.news_article(reading, address, picture),
    }
    return common.show(request, "article.html", said)


@require_safe
def as_json(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>.json: the one JSON shape; its `html` is sanitised and shows images from the archive."""
    reading = queries.reading(id, revision_of(request))
    if reading is None:
        if moved := queries.moved(id):
            return redirect(request.get_full_path().replace(id, moved, 1), permanent=True)
        if queries.hidden(id):
            return JsonResponse({"error": "This article is not shown."}, status=410)
        return JsonResponse({"error": "There is no such article."}, status=404)
    out = shape.article_json(reading)
    replay = origins.replay_origin(request)
    out["html"] = common.article_body(reading.article, reading.capture.time, reading.held, replay).html
    response = JsonResponse(out, json_dumps_params={"ensure_ascii": False})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return common.dated(response, None)


@require_safe
def original(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/original/: the page as its publisher set it, framed; the banner is ours and stands outside."""
    reading = queries.reading(id, revision_of(request))
    if reading is None:
        return absent(request, id)
    if reading.article.policy.noarchive:
        return redirect(addresses.article(id))
    replay, mode = origins.replay_origin(request), "rd_" if reading.capture.kind is Kind.RENDERED else ""
    source = addresses.replay(replay, reading.capture.time, reading.capture.url, mode)
    said: dict[str, Any] = {
        "reading": reading,
        "card": reading.card,
        "article": reading.article,
        "frame": source,
        "sandbox": SANDBOX,
    }
    said["browser"] = _browser(reading, replay)
    return common.show(request, "original.html", said)


def revision_of(request: HttpRequest) -> int | None:
    """The number in `?revision=N`; None for the newest."""
    said = request.GET.get("revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None


def absent(request: HttpRequest, id: str) -> HttpResponse:
    """What stands for an article that is not shown: 410 when it is hidden, else 404."""
    if moved := queries.moved(id):
        return redirect(request.get_full_path().replace(id, moved, 1), permanent=True)
    if queries.hidden(id):
        return common.gone(request)
    raise Http404


def _changed(reading: Reading) -> str:
    """What this revision changed against the one before, in words; "" for the first."""
    if reading.revision == 1:
        return ""
    return telling.summary(queries.reading(reading.card.id, reading.revision - 1), reading)


def _browser(reading: Reading, replay: str) -> dict[str, str]:
    """Where the plain page and the picture are, of a page that a browser opened; {} of others."""
    capture = reading.capture
    if capture.kind is not Kind.RENDERED:
        return {}
    view = replaying.picture_of(capture)
    return {
        "plain": addresses.replay(replay, capture.time, capture.url),
        "view": addresses.replay(replay, view.time, view.url, "vw_") if view is not None else "",
    }


def lists_alternates(card: Card) -> list[dict[str, str]]:
    """The feeds that the reader of an article may want: of its category and of its source."""
    found = [
        common.alternates(
            [(kind, addresses.category(card.category, f".{kind}")) for kind in lists.KINDS],
            card.category or _("未分类"),
        )
    ]
    if card.site:
        pairs = [(kind, addresses.source(card.site, f".{kind}")) for kind in lists.KINDS]
        found.append(common.alternates(pairs, card.site_name))
    return [item for part in found for item in part]


def digest_hex(digest: str) -> str:
    """A digest of the archive ("sha256:" and base32) as sha256sum prints it; as it is when it is something else."""
    name, _colon, value = digest.partition(":")
    try:
        return base64.b32decode(value).hex() if name == "sha256" else digest
    except binascii.Error:
        return digest


def _lag(published: Moment | None, reading: Reading) -> float | None:
    """Seconds from publication to snapshot, when both are known well enough to say so."""
    if published is None or published.precision is Precision.DAY or published.value.tzinfo is None:
        return None
    seconds = (reading.capture.time - published.value).total_seconds()
    return seconds if seconds > 0 else None
