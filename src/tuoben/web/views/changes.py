"""The revisions of an article, and what each changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from tuoben.model import Reading
from tuoben.organise import differences as differing
from tuoben.organise.differences import Piece
from tuoben.store import queries, rereading
from tuoben.store.rows import OlderRow, RevisionRow
from tuoben.web import addresses, reprinting, telling
from tuoben.web.views import article, common

COMPARED = 30
"""Newest revisions whose changes the list tells in words; older ones are compared when they are opened."""


@dataclass(frozen=True, slots=True)
class Told:
    """A revision in the list: what it changed, in words, "" for the first."""

    row: RevisionRow
    changed: str
    older: tuple[OlderRow, ...] = ()
    """What earlier extractors read of its capture, or of one that says the same."""


@require_safe
def revisions(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/revisions/: every state that was seen, with its snapshot time and what it changed."""
    rows = queries.revisions(id)
    card = queries.cards([id]).get(id)
    if not rows or card is None:
        return article.absent(request, id)
    newest = queries.reading(id)
    readings = [queries.reading(id, row.number) for row in rows[: COMPARED + 1]]
    older = rereading.older(id)
    told = [
        Told(
            row,
            telling.summary(readings[at + 1], readings[at]) if at + 1 < len(readings) else "",
            tuple(one for one in older if _revision_of(one, rows) == row.number),
        )
        for at, row in enumerate(rows)
    ]
    said = {"rows": told, "card": card, "newest": rows[0].number, "gone": newest.gone_since if newest else None}
    return common.show(request, "revisions.html", said)


@require_safe
def changes(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """/a/<id>/revisions/<n>/: what revision n changed against the one before; `?view=side` shows both side by side."""
    now = queries.reading(id, number)
    if now is None:
        return article.absent(request, id)
    before = queries.reading(id, number - 1) if number > 1 else None
    if before is None:
        raise Http404
    if before.article.policy.noarchive or now.article.policy.noarchive:
        return redirect(addresses.article(id))
    return _show(request, before, now, {"path": f"{addresses.article(id)}revisions/{number}/"})


@require_safe
def older(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """/a/<id>/readings/<n>/: what an earlier extractor read of a snapshot, against what is read now. The publisher
    changed nothing between the two."""
    newest = queries.reading(id)
    found = rereading.older_content(id, number)
    if newest is None:
        return article.absent(request, id)
    if found is None:
        raise Http404
    row, said = found
    revision = _revision_of(row, queries.revisions(id))
    now = queries.reading(id, revision) or newest
    more = {"path": f"{addresses.article(id)}readings/{number}/", "older": row, "extractor": now_read(id, now.revision)}
    return _show(request, replace(now, article=said), now, more)


def now_read(id: str, number: int) -> str:
    """By which extractor a revision was read."""
    return next((row.extractor for row in queries.revisions(id) if row.number == number), "")


def _revision_of(older: OlderRow, rows: Sequence[RevisionRow]) -> int:
    """The number of the revision that an older reading belongs to: of its capture, else the one that stood then."""
    return next((row.number for row in rows if row.captured <= older.captured), rows[-1].number)


@require_safe
def reprints(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/reprints/: who published the text first, who took it from whom, and what each is to the origin."""
    reading = queries.reading(id)
    if reading is None:
        return article.absent(request, id)
    return common.show(request, "reprints.html", {"card": reading.card, "group": reprinting.shown(reading)})


@require_safe
def reprint_changes(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/reprints/changes/: what a reprint changed against the origin of its group."""
    now = queries.reading(id)
    if now is None:
        return article.absent(request, id)
    origin = reprinting.origin(now)
    before = queries.reading(origin) if origin != id else None
    if before is None:
        raise Http404
    if now.article.policy.noarchive or before.article.policy.noarchive:
        return redirect(addresses.article(id))
    return _show(request, before, now, {"path": f"{addresses.article(id)}reprints/changes/", "origin": True})


def _show(request: HttpRequest, before: Reading, now: Reading, more: dict[str, Any]) -> HttpResponse:
    found = differing.differences(before.article, now.article)
    said = {
        "card": now.card,
        "now": now,
        "before": before,
        "fields": [(telling.field_name(change.field), change) for change in found.fields],
        "paragraphs": paragraphs(found.pieces),
        "pieces": found.pieces,
        "beside": request.GET.get("view") == "side",
        "summary": telling.words(found),
    }
    return common.show(request, "changes.html", said | more)


def paragraphs(pieces: tuple[Piece, ...]) -> list[list[Piece]]:
    """The pieces by paragraph, as they stand now."""
    out: list[list[Piece]] = []
    for piece in pieces:
        if piece.opens or not out:
            out.append([])
        out[-1].append(piece)
    return out
