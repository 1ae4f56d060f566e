"""extract: one page, or a stream of them, without a data directory."""

from __future__ import annotations

import gzip
import html
import io
import json
import os
import sys
import zlib
from argparse import Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from tuoben import shape
from tuoben import url as urls
from tuoben.commands import rulefiles, terminal
from tuoben.errors import TuobenError, UsageError
from tuoben.extract import extract, siterules
from tuoben.extract.markdown import markdown
from tuoben.markup import DEFAULT
from tuoben.model import Article, Hints, Page, SiteRule, State
from tuoben.runner import Runner

SECONDS = 20.0
AHEAD = 64
"""Rows that are read ahead of the one that is waited for: each child is busy while one page takes long."""
NO_URL = "http://localhost/"
STEP = 1 << 20

Row = dict[str, Any]


def extract_page(call: Namespace) -> int:
    """Read one page, or with --jsonl a row for each page on stdin."""
    rules = _rules(call)
    if call.jsonl:
        return _stream(rules)
    address = urls.fetchable(call.url) if call.url else NO_URL
    stdin = call.file == "-"
    page = Page(url=address, body=sys.stdin.buffer.read()) if stdin else _page({"url": address, "path": call.file})
    with Runner(workers=1, seconds=SECONDS) as runner:
        article = runner.call(read_page, page, Hints(rule=siterules.choose(rules, page.url, None)))
    if call.json:
        terminal.document(shape.extracted_json(article))
    elif call.markdown:
        terminal.out.out(markdown(article), highlight=False, end="")
    elif call.html:
        terminal.out.out(_document(article), highlight=False)
    else:
        _print(article)
    return 0


def _rules(call: Namespace) -> tuple[SiteRule, ...]:
    """The site rules to read by: those shipped, those of a file, or none."""
    if call.no_site_rules:
        return ()
    return rulefiles.rule_file(Path(call.site_rules)).rules if call.site_rules else rulefiles.site_rules()


def _document(article: Article) -> str:
    """The article as one clean HTML document. What it says of itself comes from a foreign page: all is escaped."""
    head = f'<meta charset="utf-8">\n<title>{html.escape(article.title)}</title>'
    body = f"<h1>{html.escape(article.title)}</h1>\n{article.html}"
    return f'<!DOCTYPE html>\n<html lang="{html.escape(article.lang)}">\n{head}\n{body}\n</html>'


def read_page(page: Page, hints: Hints) -> Article:
    """In a child: the article of a page. Raises TuobenError when its gzip file is damaged or cut."""
    if page.content_encoding:
        try:
            with gzip.open(io.BytesIO(page.body)) as file:
                total = 0
                while total <= DEFAULT.size and (data := file.read(STEP)):
                    total += len(data)
        except (OSError, EOFError, zlib.error) as error:
            raise TuobenError(f"The file is not a whole gzip file ({error}).") from error
    return extract(page, hints)


def _page(row: Row) -> Page:
    """The page that a row names. Raises UsageError in one sentence when it is not to be had."""
    told = {name: row.get(name, "") for name in ("url", "path", "content_type")}
    for name, value in told.items():
        if not isinstance(value, str) or (not value and name != "content_type"):
            raise UsageError(f'A row needs "url" and "path" as text; {json.dumps(name)} is {json.dumps(value)}.')
    path = told["path"]
    try:
        body = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path!r} cannot be read ({why}).") from error
    coding = "gzip" if path.endswith(".gz") else ""
    return Page(url=told["url"], body=body, content_type=told["content_type"] or "", content_encoding=coding)


def _print(article: Article) -> None:
    terminal.out.print(article.title or "(no headline)")
    told = (article.published.iso() if article.published else "", article.source, "、".join(article.authors))
    terminal.out.print("  ".join(part for part in told if part) + "\n")
    terminal.out.print(article.text or f"(no body: {article.state.value})")


def _stream(rules: Sequence[SiteRule]) -> int:
    """Rows {"id","url","path"[,"content_type"]} in, one extracted article a line out, each when its turn comes."""
    bad = done = 0
    cores = os.cpu_count() or 2
    waiting: Queue[Future[Row] | None] = Queue(AHEAD)
    with (
        Runner(workers=cores, seconds=SECONDS, preload=("tuoben.commands.extract",)) as runner,
        ThreadPoolExecutor(cores * 2) as pool,
        terminal.Watch("extract") as shown,
    ):
        Thread(target=_read_ahead, args=(pool, partial(_one, runner, rules), waiting), daemon=True).start()
        while (result := waiting.get()) is not None:
            row = result.result()
            bad += "error" in row
            done += 1
            terminal.line(row)
            shown.tell(f"{done} pages")
    return 1 if bad else 0


def _read_ahead(pool: ThreadPoolExecutor, one: Callable[[int, bytes], Row], waiting: Queue[Future[Row] | None]) -> None:
    """Take rows from stdin in a thread of its own, so that a result never waits for the next row."""
    try:
        for number, text in enumerate(sys.stdin.buffer, start=1):
            if text.strip():
                waiting.put(pool.submit(one, number, text))
    except RuntimeError:
        return  # nobody reads our rows any more: the pool is closed
    finally:
        waiting.put(None)


def _one(runner: Runner, rules: Sequence[SiteRule], number: int, text: bytes) -> Row:
    row: Row = {}
    try:
        row = _row(number, text)
        page = _page(row)
        article = runner.call(read_page, page, Hints(rule=siterules.choose(rules, page.url, None)))
    except TuobenError as error:
        empty = shape.extracted_json(Article(url=str(row.get("url") or ""), state=State.EMPTY))
        return {"id": row.get("id")} | empty | {"state": "", "error": str(error)}
    return {"id": row.get("id")} | shape.extracted_json(article)


def _row(number: int, text: bytes) -> Row:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Line {number} on stdin is not JSON: {error}.") from error
    if not isinstance(row, dict):
        raise UsageError(f'Line {number} on stdin is not an object such as {{"id","url","path"}}.')
    return row
