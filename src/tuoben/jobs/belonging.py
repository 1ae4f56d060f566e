"""What a record of another program's file is to us: whether and as what it is kept, and whose source it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from tuoben import ids, pipeline, url
from tuoben.model import Claim, Exchange, Kind

_SHOWN = ("image/", "font/", "text/css", "application/font", "application/x-font", "application/vnd.ms-fontobject")
_HTML = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")


def kind_of(exchange: Exchange) -> Kind | None:
    """What a capture is kept as: a page, or something that pages show; None: it is not kept."""
    mime = exchange.header("content-type").partition(";")[0].strip().lower()
    if mime in _HTML or 300 <= exchange.status < 400:
        return Kind.PAGE
    if mime.startswith(_SHOWN):
        return Kind.REQUISITE
    start = exchange.body[:512].lstrip().lower()
    return Kind.PAGE if not mime and start.startswith((b"<!doctype html", b"<html")) else None


class Sites:
    """Which source an address belongs to: the one of its host, else of its site when that has only one; else none."""

    def __init__(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        self._hosts: dict[str, tuple[str, str, str, str]] = {}
        sites: dict[str, list[tuple[str, str, str, str]]] = {}
        for row in rows:
            parsed = url.parse(row[1])
            if parsed is not None:
                self._hosts.setdefault(parsed.hostname.removeprefix("www."), row)
                sites.setdefault(url.registrable(parsed.hostname), []).append(row)
        self._sites = {site: found[0] for site, found in sites.items() if len(found) == 1}

    def claim(self, address: str, kind: Kind) -> Claim:
        """The claim of an imported capture."""
        parsed = url.parse(address)
        host = parsed.hostname if parsed is not None else ""
        row = self._hosts.get(host.removeprefix("www.")) or self._sites.get(url.registrable(host))
        source, source_url, name, category = row or ("", "", "", "")
        return Claim(
            item=0,
            epoch=0,
            kind=kind,
            url=address,
            host=url.authority(address),
            source=source,
            source_url=source_url,
            source_name=name,
            source_category=category,
            article=ids.mint(pipeline.utcnow()) if kind is Kind.PAGE else "",
        )
