"""extract: one page, or a stream of them, without a data directory."""

from __future__ import annotations

import gzip
import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from tuoben import shape
from tuoben.commands import terminal
from tuoben.errors import TuobenError, UsageError
from tuoben.extract import extract
from tuoben.model import Article, Page
from tuoben.runner import Runner

SECONDS = 20.0
AHEAD = 16
"""Pages under way at once for each child."""


def extract_page(call: Namespace) -> int:
    """Read one page, or with --jsonl a row for each page on stdin."""
    if call.jsonl:
        return _stream()
    body = sys.stdin.buffer.read() if call.file == "-" else _bytes(call.file)
    with Runner(workers=1, seconds=SECONDS) as runner:
        article = runner.call(extract, Page(url=call.url or "http://localhost/", body=body))
    if call.json:
        terminal.document(shape.extracted_json(article))
        return 0
    _print(article)
    return 0


def _bytes(path: str) -> bytes:
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    return gzip.decompress(body) if path.endswith(".gz") else body


def _print(article: Article) -> None:
    terminal.out.print(article.title or "(no headline)")
    told = (article.published.iso() if article.published else "", article.source, "、".join(article.authors))
    terminal.out.print("  ".join(part for part in told if part) + "\n")
    terminal.out.print(article.text or f"(no body: {article.state.value})")


def _stream() -> int:
    """Rows {"id","url","path"[,"content_type"]} in, one extracted article a line out, in order."""
    bad = 0
    with Runner(seconds=SECONDS) as runner, ThreadPoolExecutor(AHEAD) as pool, terminal.Watch("extract") as shown:

        def one(row: dict[str, Any]) -> dict[str, Any]:
            try:
                page = Page(url=row["url"], body=_bytes(row["path"]), content_type=row.get("content_type", ""))
                return {"id": row.get("id")} | shape.extracted_json(runner.call(extract, page))
            except (TuobenError, KeyError, OSError, EOFError) as error:
                why = str(error) if isinstance(error, TuobenError) else f"the row or its file is not right: {error!r}"
                return {"id": row.get("id"), "error": why}

        done = 0
        for results in (pool.map(one, rows) for rows in _chunks(_rows(), 256)):
            for result in results:
                bad += "error" in result
                done += 1
                terminal.line(result)
                shown.tell(f"{done} pages")
    return 1 if bad else 0


def _rows() -> Iterator[dict[str, Any]]:
    for number, text in enumerate(sys.stdin, start=1):
        if text.strip():
            try:
                row = json.loads(text)
            except ValueError as error:
                raise UsageError(f"Line {number} on stdin is not JSON: {error}.") from error
            if not isinstance(row, dict):
                raise UsageError(f'Line {number} on stdin is not an object such as {{"id","url","path"}}.')
            yield row


def _chunks(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk
