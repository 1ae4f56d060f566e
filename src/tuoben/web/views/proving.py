"""The log as static files; the proof of a snapshot, and the snapshot itself, as downloads."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben.archive import signing
from tuoben.home import Home
from tuoben.jobs.export import TooLarge, Wish, Withdrawn, export
from tuoben.jobs.proof import NotYet, proof
from tuoben.store import queries
from tuoben.web import addresses
from tuoben.web.views import article, common, errors

LARGEST = 64 << 20
"""Bytes of records that are made into one package for a visitor."""
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def download(request: HttpRequest, id: str) -> HttpResponse:
    """/a/<id>/proof.zip, and `?revision=N`: what shows a stranger that this snapshot was held unchanged."""
    reading = queries.reading(id, article.revision_of(request))
    if reading is None:
        return article.absent(request, id)
    if reading.article.policy.noarchive:  # the record holds the body, which is not shown
        return redirect(addresses.article(id))
    home = Home(settings.DATA)
    if not (home.keys / signing.FILE).exists():
        raise Http404
    name = f"proof-{id}-{reading.capture.time:%Y%m%d%H%M%S}"
    try:
        data = proof(home, reading.capture).zipped(name)
    except NotYet:
        return _wait(request)
    response = HttpResponse(data, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return common.dated(response, None)


@require_safe
def package(request: HttpRequest, id: str) -> HttpResponseBase:
    """/a/<id>/snapshot.wacz, and `?revision=N`: this snapshot as a file that replays alone, its proof inside."""
    reading = queries.reading(id, article.revision_of(request))
    if reading is None:
        return article.absent(request, id)
    if reading.article.policy.noarchive:
        return redirect(addresses.article(id))
    home = Home(settings.DATA)
    if not (home.keys / signing.FILE).exists():
        raise Http404
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        try:
            done = export(home, file, Wish(articles=[id], revision=reading.revision, limit=LARGEST))
        except NotYet:
            return _wait(request)
        except Withdrawn:
            return article.absent(request, id)
        except TooLarge:
            why = _("这份快照太大，不能在这里下载；请站点运行者用 tuoben export 导出。")
            return errors.page(request, 413, _("这份快照太大"), why)
        if not done.snapshots or done.problems:
            return errors.page(request, 422, _("这份快照现在导不出来"), _("存档里有它，但有记录读不出来；请稍后再试。"))
        file.seek(0)
        stack.pop_all()  # closed with the response
    name = f"{reading.capture.time:%Y%m%d%H%M%S}-{id}.wacz"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/wacz")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _wait(request: HttpRequest) -> HttpResponse:
    why = _("这份快照正在等待记入日志，一般只要一分钟左右，请稍后再试。")
    response = errors.page(request, 503, _("证明还没有准备好"), why)
    response.headers["Retry-After"] = "60"
    return response


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """/log/checkpoint: the newest one (C2SP tlog-tiles)."""
    return _file("checkpoint", "text/plain; charset=utf-8", "no-cache")


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """/log/key: the public key, as clients of a log take it."""
    return _file("key", "text/plain; charset=utf-8", "no-cache")


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """/log/tile/…: hashes and bundles of entries, which never change."""
    return _file(f"tile/{path}", "application/octet-stream", FOR_EVER)


def _file(name: str, content_type: str, cache: str) -> HttpResponse:
    path: Path = Home(settings.DATA).log / name
    try:
        response = HttpResponse(path.read_bytes(), content_type=content_type)
    except OSError as error:
        raise Http404 from error
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
