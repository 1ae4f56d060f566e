"""CDXJ, the sorted text index that WARC tools share: one line for each capture of a segment.

A line is the SURT key, the 14-digit time and a JSON object; other programs (pywb, cdxj-indexer, wabac.js) read it
beside the WARC file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import PurePosixPath

from tuoben import url as urls
from tuoben.archive.reading import Archive, OnDamage
from tuoben.archive.warc import target_uri
from tuoben.model import Capture


def line(capture: Capture, *, filename: str = "") -> str:
    """The CDXJ line of a capture, without a line end. `filename` is the segment's file name unless given."""
    uri = target_uri(capture.kind, capture.url)
    fields = {
        "url": uri,
        "mime": "warc/revisit" if capture.revisit_of else capture.mime or "unk",
        "status": str(capture.status),
        "digest": capture.payload_digest,
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": filename or PurePosixPath(capture.segment).name,
    }
    time = capture.time.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{urls.surt(uri)} {time} {json.dumps(fields, ensure_ascii=False)}"


def lines(captures: Iterable[Capture]) -> list[str]:
    """The CDXJ lines of captures in the order that readers expect: sorted by their bytes."""
    return sorted((line(capture) for capture in captures), key=str.encode)


def segment_lines(archive: Archive, segment: str, *, damaged: OnDamage | None = None) -> Iterator[str]:
    """The CDXJ lines of one segment, sorted; damage as `Archive.tail` has it."""
    yield from lines(stored.capture for stored in archive.captures(segment, damaged=damaged))
