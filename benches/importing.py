"""`tuoben import` of the bench's real pages in one WARC: `python -m benches.importing`.

Prints articles a second and core (processor time of all processes, start-up apart), and, measured in the same minute,
what extraction alone costs for a page: the ratio of both is what a busy machine does not change. Then what
single parts cost, measured alone on the same articles: the rest is reading and storing records, rows, pipes, and the
engine's threads.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benches.corpus import BENCH
from tuoben.extract import extract
from tuoben.model import Article, Page, State
from tuoben.organise import signature
from tuoben.text import postings

SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight", "wcxb", "trafilatura")
AIM = 1.6
"""Import to extraction alone, at most."""
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


def part(function: Callable[[Article], object], articles: Sequence[Article]) -> float:
    """Processor milliseconds of a function for one article."""
    began = time.process_time()
    for article in articles:
        function(article)
    return 1000 * (time.process_time() - began) / len(articles)


def main() -> None:
    """Import, extract, print."""
    if not BENCH.exists():
        print(f"importing: no pages at {BENCH} (set TUOBEN_SHARED)")
        return
    real = pages()
    with tempfile.TemporaryDirectory(prefix="tuoben-bench-") as folder:
        root = Path(folder)
        members = [record(address, body) for address, body in real.items()]
        (root / "real.warc.gz").write_bytes(b"".join(members))
        (root / "small.warc.gz").write_bytes(b"".join(members[:4]))
        _, start = take_in(root / "small.warc.gz", root / "small")
        done, seconds = take_in(root / "real.warc.gz", root / "data")
    began = time.process_time()
    read = [extract(Page(url=address, body=body, content_type="text/html")) for address, body in real.items()]
    alone = (time.process_time() - began) / len(real)
    each = (seconds - start) / done["articles"]
    print(
        f"import       {done['articles']} of {done['records']} pages became articles, {1 / each:.1f} a second and core"
    )
    ratio = f"ratio {each / alone:.2f} (aim: {AIM})"
    print(f"             {1000 * each:.1f} ms each, extraction alone {1000 * alone:.1f} ms: {ratio}")
    articles = [article for article in read if article.state is State.ARTICLE]
    keys, tokens = part(signature, articles), part(lambda article: postings(article.text), articles)
    rest = 1000 * (each - alone) - keys - tokens
    print(f"             beside it: keys of copies {keys:.1f} ms, tokens {tokens:.1f} ms, the rest {rest:.1f} ms")


if __name__ == "__main__":
    main()
