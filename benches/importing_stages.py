"""What each stage of an import costs alone, in one process and one after another: `benches.importing` runs this.

Standard input: {"file": the WARC}. Standard output: {stage: processor milliseconds for each article}, all threads of
the process counted, the search engine's too. What an import has beside these is the waiting of threads and processes
for each other.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = tempfile.TemporaryDirectory(prefix="tuoben-bench-")
os.environ |= {"DJANGO_SETTINGS_MODULE": "tuoben.settings", "TUOBEN_DATA": FOLDER.name}

import django  # noqa: E402 (settings are read when it starts)

django.setup()

from django.core.management import call_command  # noqa: E402

from tuoben import pipeline  # noqa: E402
from tuoben.archive import foreign, imported, warc  # noqa: E402
from tuoben.archive.segments import Segments  # noqa: E402
from tuoben.commands import engine  # noqa: E402
from tuoben.extract import extract  # noqa: E402
from tuoben.home import Home  # noqa: E402
from tuoben.jobs import belonging, drain  # noqa: E402
from tuoben.model import Article, Capture, Claim, Exchange, Kind, Outcome, Page  # noqa: E402
from tuoben.organise import signature  # noqa: E402
from tuoben.store import imports  # noqa: E402
from tuoben.text import postings  # noqa: E402

BATCH = 128
Found = tuple[foreign.Foreign, Exchange, Claim]


class Given:
    """Gives the articles that were read before, in a child's place."""

    def __init__(self, articles: dict[str, Article]) -> None:
        self._articles = articles

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return self._articles[args[0].url]


def read(path: Path) -> list[Found]:
    """The records of a file as exchanges, with what is asked for by each."""
    sites = belonging.Sites([])
    found = []
    for record in foreign.records(path, 0, 0):
        if isinstance(record, foreign.Foreign):
            exchange = imported.exchange_of(warc.Record(fields=record.fields, block=record.block), {})
            found.append((record, exchange, sites.claim(exchange.url, Kind.PAGE)))
    return found


def store(found: list[Found], home: Home) -> list[Capture]:
    """All records appended to a segment."""
    captures: list[Capture] = []
    with Segments(home.archive, writer="import") as segments:
        for start in range(0, len(found), BATCH):
            entries = [
                imported.ForeignEntry(
                    record=record, file="bench", kind=Kind.PAGE, note=pipeline.note_for(claim),
                    imported_at=pipeline.utcnow(), exchange=exchange, payload_digest=warc.digest(exchange.body),
                )
                for record, exchange, claim in found[start : start + BATCH]
            ]  # fmt: skip
            captures += segments.append(entries)
    return captures


async def outcomes(found: list[Found], captures: list[Capture], given: Given) -> list[Outcome]:
    """What is committed of each record."""
    plan = engine.plan()
    return [
        await pipeline.carry(claim, exchange, capture, given, plan)
        for (_, exchange, claim), capture in zip(found, captures, strict=True)
    ]


def commit(told: list[Outcome]) -> None:
    """The rows, in batches as an import writes them."""
    decide = engine.rules().articles
    for start in range(0, len(told), BATCH):
        imports.commit(told[start : start + BATCH], decide)


def main() -> None:
    """Run the stages one after another."""
    path = Path(json.load(sys.stdin)["file"])
    spent: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        spent[name] = spent.get(name, 0.0) + time.process_time() - began

    with FOLDER as folder:
        home = Home(Path(folder))
        home.prepare()
        call_command("migrate", verbosity=0, interactive=False)
        with stage("reading the file"):
            found = read(path)
        with stage("storing records"):
            captures = store(found, home)
        pages: list[Page] = [pipeline.page_of(exchange) for _, exchange, _ in found]
        with stage("extraction"):
            articles = {page.url: extract(page) for page in pages}
        with stage("to a child and back"):
            for page in pages:
                pickle.loads(pickle.dumps(page, pickle.HIGHEST_PROTOCOL))
                pickle.loads(pickle.dumps(articles[page.url], pickle.HIGHEST_PROTOCOL))
        told = asyncio.run(outcomes(found, captures, Given(articles)))
        read_well = [outcome.article for outcome in told if outcome.article is not None]
        with stage("keys of copies"):
            for article in read_well:
                signature(article)
        with stage("rows"):
            commit(told)
        with stage("index"):
            drain.drain(home)
        with stage("(tokens, within the index)"):
            for article in read_well:
                postings(article.text)
    print(json.dumps({name: 1000 * seconds / len(read_well) for name, seconds in spent.items()}))


if __name__ == "__main__":
    main()
