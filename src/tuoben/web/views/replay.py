"""The replay origin: captured bytes by URL and time. Nothing here runs or loads from elsewhere, and no cookies."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tuoben import __version__, markup, url
from tuoben.archive.replay import ASSET_HEADERS, PAGE_HEADERS, safe_type
from tuoben.errors import ArchiveError, LimitExceeded, TuobenError
from tuoben.home import Home
from tuoben.jobs import stored
from tuoben.model import Capture, Exchange, Kind
from tuoben.runner import Runner
from tuoben.store import replaying
from tuoben.web import addresses, origins, rewriting
from tuoben.web.recent import Recent
from tuoben.web.views import errors, memento

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

SECONDS = 15.0
"""Longest time for rewriting one page."""
REDIRECTS = (301, 302, 303, 307, 308)
RAW = "id_"
MADE = {"rd_": Kind.RENDERED, "vw_": Kind.SCREENSHOT}
"""Modes that show what a browser made of a page: its document, a picture."""
WHOLE = ("", "rd_")
"""Modes in which a page is a page."""
PAGES = ("text/html", "application/xhtml+xml")
_AS_SENT = frozenset(("gzip", "x-gzip", "br", "deflate", "zstd"))


@dataclass(frozen=True, slots=True)
class Look:
    """A page in its original look, as far as it is the same for everybody and at any time."""

    capture: Capture
    status: int
    page: rewriting.Written


_looks: Recent[Look] = Recent(32 * 1024 * 1024)
"""By the capture that was asked for: none changes. Whether one may be shown is asked each time."""
_lock = threading.Lock()
_runners: list[Runner] = []


def runner() -> Runner:
    """The children that rewrite: hostile markup is parsed where it can be stopped (design, law 4)."""
    with _lock:
        if not _runners:
            _runners.append(Runner(workers=2, seconds=SECONDS, preload=("tuoben.web.rewriting",)))
        return _runners[0]


def close() -> None:
    """End the children, at the end of the process."""
    with _lock:
        while _runners:
            _runners.pop().close()


@require_safe
def show(request: HttpRequest, stamp: str, address: str, mode: str = "") -> HttpResponse:
    """/web/<14 digits>[mode]/<url>."""
    wanted = memento.asked(request, "/web/[^/]*/", address)
    time = memento.at(stamp)
    kinds = (MADE[mode].value,) if mode in MADE else replaying.SHOWN_KINDS
    captures = replaying.captures_of(wanted, kinds) if wanted and time else ()
    asked = replaying.nearest(captures, time)
    if asked is None:
        return _absent(wanted, mode)
    try:
        look = _looks.get(asked.record_id) if mode in WHOLE else None
        if look is None:
            capture, exchange = stored.exchange(Home(settings.DATA), asked)
            response = _answer(request, asked, capture, exchange, mode)
        else:
            capture = look.capture
            response = _page(request, look)
    except (ArchiveError, LimitExceeded) as error:
        log.warning("%s cannot be replayed: %s", asked.record_id, error)
        return errors.plain(422, _("这份快照现在显示不出来"), _("存档里有它，但内容读不出来或者太大。"))
    response.headers["Memento-Datetime"] = http_date(capture.time.timestamp())
    if mode not in MADE:  # what a browser made is no state of the resource
        response.headers["Link"] = memento.links(request, capture.url, captures, capture)
    return response


def _absent(wanted: str | None, mode: str) -> HttpResponse:
    if mode:
        return HttpResponse("not in the archive\n", status=404, content_type="text/plain; charset=utf-8")
    return errors.plain(
        404,
        _("这里没有快照"),
        _("存档里没有这个地址的内容。"),
        wanted or "",
        _("打开原网站上的这一页") if wanted else "",
    )


def _answer(request: HttpRequest, asked: Capture, capture: Capture, exchange: Exchange, mode: str) -> HttpResponse:
    if mode == RAW:
        return _raw(exchange)
    if exchange.status in REDIRECTS:
        target = url.resolve(exchange.url, exchange.header("location"))
        if target:
            response = HttpResponseRedirect(addresses.replay_path(addresses.stamp(capture.time), target, mode))
            _head(response, ASSET_HEADERS)
            return response
    said = exchange.header("content-type")
    kind = said.partition(";")[0].strip().lower()
    if mode in WHOLE and kind in (*PAGES, ""):
        look = _looked(capture, exchange, said)
        _looks.put(asked.record_id, look, look.page.size)
        return _page(request, look)
    if mode == "cs_" or kind == "text/css":
        return _sheet(capture, exchange, said)
    return _asset(exchange, kind)


def _looked(capture: Capture, exchange: Exchange, said: str) -> Look:
    """A page, script-free, whether or not the archive holds what it links to."""
    coding, stamp = exchange.header("content-encoding"), addresses.stamp(capture.time)
    return Look(capture, exchange.status, _run(rewriting.page, exchange.body, coding, said, exchange.url, stamp))


def _page(request: HttpRequest, look: Look) -> HttpResponse:
    held = replaying.replayable(key for key, _, _ in look.page.links)
    response = HttpResponse(
        rewriting.settled(look.page, addresses.stamp(look.capture.time), held),
        status=look.status if look.status >= 400 else 200,
        content_type="text/html; charset=utf-8",
    )
    _head(response, PAGE_HEADERS)
    # What the page is made of, told without reading it through again as ConditionalGetMiddleware would.
    told = "\n".join([__version__, look.capture.record_id, *sorted(held)])
    response.headers["ETag"] = f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    response.headers["Content-Security-Policy"] += f"; frame-ancestors {origins.app_origin(request)}"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _sheet(capture: Capture, exchange: Exchange, said: str) -> HttpResponse:
    stamp = addresses.stamp(capture.time)
    body = _run(rewriting.sheet, exchange.body, exchange.header("content-encoding"), said, exchange.url, stamp)
    return _sent(exchange, body, "text/css; charset=utf-8")


def _asset(exchange: Exchange, kind: str) -> HttpResponse:
    """An image or a font, by what it is; anything else only as a file to keep."""
    body = markup.inflate(exchange.body, exchange.header("content-encoding"))
    return _sent(exchange, body, safe_type(kind, body))


def _raw(exchange: Exchange) -> HttpResponse:
    """The payload as it is stored: its content coding kept and named, text as plain text, the rest by what it is."""
    coding = exchange.header("content-encoding").strip().lower()
    said = exchange.header("content-type")
    kind = said.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind.endswith(("+xml", "/xml", "json", "/javascript")):
        charset = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", said, re.IGNORECASE)
        shown = f"text/plain; charset={charset[1]}" if charset else "text/plain"
    else:
        shown = safe_type(kind, markup.inflate(exchange.body, coding))
    response = _sent(exchange, exchange.body, shown)
    if coding in _AS_SENT:
        response.headers["Content-Encoding"] = coding
    elif coding and coding != "identity":
        response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Cache-Control"] = "no-cache"  # an article's words are gone at once when it is taken down
    response.headers["X-Archive-Orig-Content-Type"] = re.sub(r"[^\x20-\x7e]", "", said)[:200]
    return response


def _sent(exchange: Exchange, body: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(body, status=exchange.status if exchange.status >= 400 else 200, content_type=kind)
    _head(response, ASSET_HEADERS)
    response.headers["Cache-Control"] = "public, max-age=300"
    if kind == "application/octet-stream":
        response.headers["Content-Disposition"] = "attachment"
    return response


def _head(response: HttpResponse, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        response.headers[name] = value


def _run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on foreign bytes in a child; whatever goes wrong there is a page that cannot be shown."""
    try:
        return runner().call(function, *args, **kwargs)
    except LimitExceeded:
        raise
    except TuobenError as error:
        raise LimitExceeded(str(error)) from error
