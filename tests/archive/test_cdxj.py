"""CDXJ: the lines that other WARC tools make of our segments."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tuoben.archive import cdxj
from tuoben.archive.segments import Entry, Segments
from warcs import entry, exchange

BESIDE = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
INDEXER = shutil.which("cdxj-indexer", path=BESIDE)


@pytest.fixture
def segments(tmp_path: Path) -> Segments:
    """A segment with pages of several hosts, a revisit, a 304 and an error."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append(
            [
                entry(url="https://www.news.test/b?z=1&a=2"),
                entry(url="http://news.test:8080/%E6%A0%87", headers=()),
                entry(url="http://a.test/img.PNG", headers=((b"content-type", b"IMAGE/png; x=y"),)),
                entry(url="http://news.test/gone", status=404, reason="Not Found"),
            ]
        )
        later = datetime(2026, 11, 23, 1, 2, 3, 999999, UTC)
        again = exchange(url="https://www.news.test/b?z=1&a=2", requested_at=later)
        confirmed = exchange(url="http://a.test/img.PNG", requested_at=later, status=304, body=b"")
        segments.append(
            [
                Entry(exchange=again, note={}, revisit_of=captures[0]),
                Entry(exchange=confirmed, note={}, revisit_of=captures[2]),
            ]
        )
    return segments


def test_line_says_where_a_capture_lies(segments: Segments) -> None:
    """A line has the SURT key, 14 digits and the seven fields as strings."""
    [name] = segments.segments()
    stored = next(iter(segments.captures(name)))
    key, time, text = cdxj.line(stored.capture).split(" ", 2)
    assert (key, time) == ("test,news)/b?a=2&z=1", "20261122190000")
    assert json.loads(text) == {
        "url": "https://www.news.test/b?z=1&a=2",
        "mime": "text/html",
        "status": "200",
        "digest": stored.capture.payload_digest,
        "length": str(stored.capture.length),
        "offset": str(stored.capture.offset),
        "filename": Path(name).name,
    }


def test_lines_are_sorted_and_tell_revisits(segments: Segments) -> None:
    """Lines come in byte order, so that a reader can search them by halves."""
    [name] = segments.segments()
    found = list(cdxj.segment_lines(segments, name))
    assert len(found) == 6
    assert found == sorted(found, key=str.encode)
    assert sum('"mime": "warc/revisit"' in line for line in found) == 2


@pytest.mark.skipif(INDEXER is None, reason="cdxj-indexer is not installed")
def test_lines_agree_with_cdxj_indexer(segments: Segments) -> None:
    """cdxj-indexer lists the same captures at the same offsets with the same digests."""
    assert INDEXER is not None
    [name] = segments.segments()
    done = subprocess.run([INDEXER, "-s", str(segments.path(name))], capture_output=True, text=True, check=True)
    theirs = [json.loads(line.split(" ", 2)[2]) for line in done.stdout.splitlines() if "urn:tuoben:" not in line]
    ours = [json.loads(line.split(" ", 2)[2]) for line in cdxj.segment_lines(segments, name)]
    assert len(theirs) == len(ours) == 6
    by_offset = {item["offset"]: item for item in ours}
    for item in theirs:
        mine = by_offset[item["offset"]]
        assert {key: mine[key] for key in ("url", "status", "length", "filename")} == {
            key: item[key] for key in ("url", "status", "length", "filename")
        }
        assert item.get("digest", mine["digest"]) == mine["digest"]
        assert item.get("mime", "unk").lower() == mine["mime"]
    keys = sorted(line.split(" ")[0] for line in done.stdout.splitlines() if "urn:tuoben:" not in line)
    assert keys == sorted(line.split(" ")[0] for line in cdxj.segment_lines(segments, name))
