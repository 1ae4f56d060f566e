"""Memento (RFC 7089) over the captures: TimeGate, TimeMap, the links of a memento; and a CDX server for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from tuoben import url
from tuoben.archive import cdxj
from tuoben.model import Capture
from tuoben.store import replaying
from tuoben.web import addresses, origins

_SCHEME = re.compile(r"^(https?):/{1,2}(?=[^/])", re.IGNORECASE)
LINK_FORMAT = "application/link-format"
MOST = 10_000
"""Lines of one CDX answer."""
MOST_ADDRESSES = 1000
"""Addresses that one CDX question by prefix looks at."""
FIELDS = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length", "offset", "filename")


@require_safe
def timegate(request: HttpRequest, address: str) -> HttpResponse:
    """/timegate/<url>: to the memento nearest to Accept-Datetime, the newest without one (RFC 7089, pattern 2.1)."""
    wanted = asked(request, "/timegate/", address)
    told = request.headers.get("Accept-Datetime", "")
    try:
        time = parsedate_to_datetime(told) if told else None
    except ValueError:
        return _plain(400, f"Accept-Datetime must be a date such as {http_date(0)}.")
    captures = replaying.captures_of(wanted) if wanted else ()
    capture = replaying.nearest(captures, time.astimezone(UTC) if time else None)
    if wanted is None or capture is None:
        response = _plain(404, "The archive holds no capture of this address.")
    else:
        response = HttpResponse(status=302)
        response.headers["Location"] = _memento(request, capture)
        response.headers["Link"] = links(request, wanted, captures)
    response.headers["Vary"] = "accept-datetime"
    return response


@require_safe
def timemap(request: HttpRequest, address: str) -> HttpResponse:
    """/timemap/<url>, also /timemap/link/<url>: every capture of an address, the oldest first."""
    wanted = asked(request, "/timemap/(?:link/)?", address)
    captures = replaying.captures_of(wanted) if wanted else ()
    if wanted is None or not captures:
        return _plain(404, "The archive holds no capture of this address.")
    origin = origins.replay_origin(request)
    span = f'; from="{_date(captures[0])}"; until="{_date(captures[-1])}"'
    rows = [
        f'<{_target(wanted)}>; rel="original"',
        f'<{origin}/timegate/{_target(wanted)}>; rel="timegate"',
        f'<{origin}/timemap/link/{_target(wanted)}>; rel="self"; type="{LINK_FORMAT}"{span}',
        *(f'<{_memento(request, one)}>; rel="{_rel(at, captures)}"; datetime="{_date(one)}"'
          for at, one in enumerate(captures)),
    ]  # fmt: skip
    return HttpResponse(",\n".join(rows) + "\n", content_type=LINK_FORMAT)


def links(request: HttpRequest, wanted: str, captures: Sequence[Capture], shown: Capture | None = None) -> str:
    """The Link header of a memento (`shown`) or of a TimeGate's answer."""
    origin = origins.replay_origin(request)
    rows = [
        f'<{_target(wanted)}>; rel="original"',
        f'<{origin}/timegate/{_target(wanted)}>; rel="timegate"',
        f'<{origin}/timemap/link/{_target(wanted)}>; rel="timemap"; type="{LINK_FORMAT}"',
    ]
    at = next((at for at, one in enumerate(captures) if shown and one.record_id == shown.record_id), None)
    near = {0: "first", len(captures) - 1: "last"} if captures else {}
    if at is not None:
        near |= {place: f"{near.get(place, '')} {name}".strip() for place, name in ((at - 1, "prev"), (at + 1, "next"))
                 if 0 <= place < len(captures)}  # fmt: skip
        near.setdefault(at, "")
    for place in sorted(near):
        rel = f"{near[place]} memento".strip()
        rows.append(f'<{_memento(request, captures[place])}>; rel="{rel}"; datetime="{_date(captures[place])}"')
    return ", ".join(rows)


@require_safe
def cdx(request: HttpRequest) -> HttpResponse:
    """/cdx?url=…: captures as CDXJ lines; takes `from`, `to`, `limit`, `output=json`, `matchType=prefix`."""
    wanted = url.resolve(request.GET.get("url", ""), request.GET.get("url", ""))
    if wanted is None:
        return _plain(400, "Say which address: /cdx?url=https://example.com/")
    match = request.GET.get("matchType", "exact")
    if match not in ("exact", "prefix"):
        return _plain(400, "matchType must be exact or prefix.")
    since, until = (request.GET.get(name, "") for name in ("from", "to"))
    if not all(bound.isascii() and (bound.isdigit() or not bound) for bound in (since, until)):
        return _plain(400, "from and to must be digits such as 20261122.")
    limit = request.GET.get("limit", "")
    most = min(int(limit), MOST) if limit.isascii() and limit[:9].isdigit() else MOST
    keys = replaying.addresses_below(wanted, MOST_ADDRESSES) if match == "prefix" else (wanted,)
    rows = [
        line
        for key in keys
        for line in cdxj.lines(replaying.captures_of(key))
        if _within(line.split(" ", 2)[1], since, until)
    ][:most]
    if request.GET.get("output") == "json":
        return _json(rows)
    return HttpResponse("".join(f"{row}\n" for row in rows), content_type="text/x-cdxj; charset=utf-8")


def _within(stamp: str, since: str, until: str) -> bool:
    return stamp >= since.ljust(14, "0") and (not until or stamp <= until.ljust(14, "9"))


def _json(rows: Sequence[str]) -> HttpResponse:
    """One JSON object a line, as pywb's CDX server gives them."""
    out = []
    for row in rows:
        key, stamp, fields = row.split(" ", 2)
        told = {"urlkey": key, "timestamp": stamp} | json.loads(fields)
        out.append(json.dumps({name: told[name] for name in FIELDS}, ensure_ascii=False))
    return HttpResponse("".join(f"{row}\n" for row in out), content_type="text/x-ndjson; charset=utf-8")


def asked(request: HttpRequest, prefix: str, address: str) -> str | None:
    """The URL behind a prefix (a pattern), from the request line as it came: escapes in it are the archived URL's."""
    raw = request.META.get("REQUEST_URI", "")
    if found := re.match(prefix, raw):
        address = raw[found.end() :]
    elif request.META.get("QUERY_STRING"):
        address = f"{address}?{request.META['QUERY_STRING']}"
    address = _SCHEME.sub(r"\1://", address)  # some proxies fold the two slashes
    return url.resolve(address, address)


def _rel(at: int, captures: Sequence[Capture]) -> str:
    names = [*(["first"] if at == 0 else []), *(["last"] if at == len(captures) - 1 else []), "memento"]
    return " ".join(names)


def _memento(request: HttpRequest, capture: Capture) -> str:
    return addresses.replay(origins.replay_origin(request), capture.time, capture.url)


def _target(address: str) -> str:
    return quote(address, safe=addresses.URL_SAFE)


def _date(capture: Capture) -> str:
    return http_date(capture.time.replace(tzinfo=capture.time.tzinfo or UTC).timestamp())


def _plain(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def at(text: str) -> datetime | None:
    """The time in 14 digits; None when they are none."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
