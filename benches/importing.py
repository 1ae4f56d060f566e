"""`tuoben import` of the bench's real pages in one WARC: `python -m benches.importing`.

Prints articles a second and core (processor time of all processes, start-up apart), then what each stage costs alone on
the same pages, measured in the same minute (`benches.importing_stages`). Ends with status 1 below the goal.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benches.corpus import BENCH

SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight", "wcxb", "trafilatura")
GOAL = 60
"""Articles a second and core, at least (issue 3)."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def pages() -> dict[str, bytes]:
    """URL → bytes of every page of the bench."""
    found: dict[str, bytes] = {}
    for name in SETS:
        for line in (BENCH / name / "gold.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = BENCH / name / "pages" / f"{row['id']}.html.gz"
            if str(row.get("url") or "").startswith("http") and path.exists():
                found.setdefault(row["url"], gzip.decompress(path.read_bytes()))
    return found


def record(address: str, body: bytes) -> bytes:
    """A member of the file."""
    block = HEAD + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2026-11-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:x:{address}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n")


def take_in(file: Path, data: Path) -> tuple[dict[str, Any], float]:
    """Import a file into a fresh data directory: the counts, and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-m", "tuoben", "import", "--json", str(file)]
    done = subprocess.run(call, env=os.environ | {"TUOBEN_DATA": str(data)}, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stages(file: Path) -> dict[str, float]:
    """Stage → processor milliseconds for each article, measured alone."""
    call = [sys.executable, "-m", "benches.importing_stages"]
    done = subprocess.run(call, input=json.dumps({"file": str(file)}), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> bool:
    """Import, stage by stage and whole, and print; whether the goal is reached."""
    if not BENCH.exists():
        print(f"importing: no pages at {BENCH} (set TUOBEN_SHARED)")
        return True
    real = pages()
    with tempfile.TemporaryDirectory(prefix="tuoben-bench-") as folder:
        root = Path(folder)
        members = [record(address, body) for address, body in real.items()]
        (root / "real.warc.gz").write_bytes(b"".join(members))
        (root / "small.warc.gz").write_bytes(b"".join(members[:4]))
        _, start = take_in(root / "small.warc.gz", root / "small")
        done, seconds = take_in(root / "real.warc.gz", root / "data")
        alone = stages(root / "real.warc.gz")
    each = 1000 * (seconds - start) / done["articles"]
    speed = 1000 / each
    print(f"import       {done['articles']} of {done['records']} pages became articles; processor time, all processes:")
    print(f"             {each:.1f} ms each, {speed:.1f} a second and core (goal: at least {GOAL})")
    print("             stages measured alone, ms for each article:")
    for name, cost in alone.items():
        print(f"             {cost:7.2f}  {name}")
    rest = each - sum(cost for name, cost in alone.items() if not name.startswith("("))
    print(f"             {rest:7.2f}  the rest: pipes, threads, and what a busy machine adds")
    if speed < GOAL:
        print(f"importing: {speed:.1f} articles a second and core are fewer than the goal of {GOAL}.", file=sys.stderr)
    return speed >= GOAL


if __name__ == "__main__":
    sys.exit(not main())
