"""Exchanges for the tests of the archive: plain and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tuoben.archive.writing import Entry
from tuoben.model import Exchange, Kind

PLAIN = {
    "url": "http://news.test/a?x=1",
    "kind": Kind.PAGE,
    "requested_at": datetime(2026, 11, 22, 19, 0, 0, 123456, UTC),
    "status": 200,
    "reason": "OK",
    "http_version": "HTTP/1.1",
    "request_head": b"GET /a?x=1 HTTP/1.1\r\nHost: news.test\r\nUser-Agent: tuoben\r\n\r\n",
    "headers": ((b"Content-Type", b"text/html; charset=utf-8"), (b"X-Odd", b"1")),
    "body": b"<!doctype html><title>\xe6\x8b\x93\xe6\x9c\xac</title>",
    "ip": "192.0.2.7",
    "elapsed": 0.25,
}


def exchange(**changes: Any) -> Exchange:
    """A plain exchange with some fields changed."""
    return Exchange(**(PLAIN | changes))


def entry(note: dict[str, Any] | None = None, **changes: Any) -> Entry:
    """An entry of a plain exchange with some fields changed."""
    return Entry(exchange=exchange(**changes), note=note or {})
