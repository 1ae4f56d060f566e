"""Gate: the bench's real pages in one WARC, as CC-NEWS stores them, are taken in whole.

`accepted` is the share of pages that became articles. How fast it goes is told by `python -m benches.importing`, as a
ratio to extraction alone in the same run: a busy machine changes times, not what is taken in.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from command import Tuoben

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
FLOORS = json.loads((HERE / "import.json").read_text())
SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight", "wcxb", "trafilatura")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def write_warc(path: Path) -> int:
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
                if not address.startswith("http") or address in seen or not page.exists():
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


def test_real_pages_are_imported(tmp_path: Path) -> None:
    """All publishers are accepted, nothing fails, and a second import of the file stores nothing."""
    count = write_warc(tmp_path / "real.warc.gz")
    tuoben = Tuoben(tmp_path / "data")
    done = tuoben.json("import", str(tmp_path / "real.warc.gz"))
    again = tuoben.json("import", str(tmp_path / "real.warc.gz"))
    print(f"\n{count} pages, {done}")
    assert done["records"] == done["captured"] == count and done["failed"] == 0
    assert done["articles"] >= FLOORS["accepted"] * count
    assert (again["unchanged"], again["articles"]) == (count, 0)
