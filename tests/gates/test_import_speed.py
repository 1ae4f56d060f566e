"""Gate: the bench's real pages in one WARC, as CC-NEWS stores them, are taken in whole and fast.

Printed: articles a second and core through extraction, rows and index (the processor time of all processes), and what
each part costs. The floors are loose: a busy machine doubles every figure. `accepted` is the share of pages that
became articles; `parts_ms` the processor time for an article beside extraction, in milliseconds.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
from pathlib import Path

import pytest

from command import Tuoben

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
FLOORS = json.loads((HERE / "import.json").read_text())
SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight", "wcxb", "trafilatura")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def write_warc(path: Path, most: int = 100_000) -> int:
    """One gzip member for each page, identity payload though the header says gzip; how many."""
    root = SHARED / "bench" / "extraction"
    if not root.exists():
        pytest.skip(f"no bench pages: {root} is absent (set TUOBEN_SHARED)")
    seen: set[str] = set()
    with path.open("wb") as file:
        for name in SETS:
            for line in (root / name / "gold.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                page = root / name / "pages" / f"{row['id']}.html.gz"
                address = row.get("url") or ""
                if not address.startswith("http") or address in seen or not page.exists() or len(seen) == most:
                    continue
                seen.add(address)
                block = HEAD + gzip.decompress(page.read_bytes())
                head = (
                    f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2026-11-01T00:00:00Z\r\n"
                    f"WARC-Record-ID: <urn:x:{len(seen)}>\r\nContent-Type: application/http; msgtype=response\r\n"
                    f"Content-Length: {len(block)}\r\n\r\n"
                )
                file.write(gzip.compress(head.encode() + block + b"\r\n\r\n"))
    return len(seen)


def spent() -> float:
    """Processor seconds of all processes that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_real_pages_are_imported(tmp_path: Path) -> None:
    """All publishers are accepted, nothing fails, and rows, archive and index cost little beside the reading."""
    count = write_warc(tmp_path / "real.warc.gz")
    write_warc(tmp_path / "small.warc.gz", 4)
    before = spent()
    Tuoben(tmp_path / "small").json("import", str(tmp_path / "small.warc.gz"))
    start = spent() - before
    tuoben = Tuoben(tmp_path / "data")
    before = spent()
    done = tuoben.json("import", str(tmp_path / "real.warc.gz"))
    seconds = spent() - before
    again = tuoben.json("import", str(tmp_path / "real.warc.gz"))
    rate = done["articles"] / (seconds - start)
    print(f"\n{count} pages, {done}; {rate:.1f} articles a second and core, {1000 / rate:.1f} ms for each")
    assert done["records"] == done["captured"] == count and done["failed"] == 0
    assert done["articles"] >= FLOORS["accepted"] * count
    assert (again["unchanged"], again["articles"]) == (count, 0)
    assert rate >= FLOORS["articles_per_second"]
