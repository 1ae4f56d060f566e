"""Finding and placing reprints with many signatures held: `python -m benches.reprints [SIGNATURES]`.

Fills the rows with articles recombined from real sentences (../shared's make_corpus.py) and their keys, and then with
keys recombined from theirs; then imports generated reprints and near copies of other articles (make_reprints.py) as
`tuoben import` does it, from the extracted article on: its signature, the look-up in the rows, the comparison of texts,
and article, revision, keys and groups written, in transactions of the size of an import's. Prints articles a second of
CPU, system time and the ends of transactions included, and what each step costs; ends with 1 and a plain line below the
goal.
"""

from __future__ import annotations

import gzip
import html
import importlib.util
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import django
from django.core.management import call_command

from benches.corpus import BENCH
from tuoben import organise
from tuoben.model import Article, Capture, Claim, Kind, Outcome, State, Verdict

GOAL = 1000
"""Articles a second and core (issue 6)."""
HELD, TEXTS_MADE = 1_000_000, 100_000
BATCH = 128
BASES = 600
REST = "the other rows of an import (captures, addresses, log)"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEXTS = BENCH.parent / "text"
T = TypeVar("T")
Row = dict[str, Any]


def generator(name: str) -> Callable[..., Iterator[Row]]:
    """`generate` of a script of the text bench."""
    path = TEXTS / f"{name}.py"
    if not path.exists():
        raise SystemExit(f"The text bench is not at {TEXTS}: set TUOBEN_SHARED to what holds bench/.")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Iterator[Row]] = module.generate
    return found


def halves(folder: Path) -> tuple[str, str]:
    """The real articles in two files: what is held is made of others than what arrives."""
    with gzip.open(TEXTS / "cctv_docs.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = list(file)
    random.Random(5).shuffle(lines)
    paths = (folder / "held.jsonl.gz", folder / "arriving.jsonl.gz")
    for number, path in enumerate(paths):
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            file.writelines(lines[number::2])
    return str(paths[0]), str(paths[1])


def article_of(row: Row) -> Article:
    """A generated row as a page of it is read."""
    paragraphs = [part for part in row["body"].split("\n") if part.strip()]
    body = "".join(f"<p>{html.escape(part)}</p>" for part in paragraphs)
    return Article(url="", state=State.ARTICLE, title=row["title"], text="\n\n".join(paragraphs), html=body)


def fill(rows: Iterable[Row], count: int) -> None:
    """Articles with their texts and keys: those given, then more of them until there are `count`.

    As the texts given are put together of sentences, so are the keys of the others of theirs: each has as many as
    another one, drawn from those of all. What is read of their rows is that of the ones they were copied from.
    """
    from django.db import connection, transaction  # noqa: PLC0415

    from tuoben.store import runs  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        drawn = _write(rows)
        made = len(drawn)
        pool = [key for keys in drawn for key in keys]
        rng = random.Random(9)
        for start in range(made, count, made):
            more = min(made, count - start)
            _copy(cursor, start, more)
            owned = zip(map(_held_id, range(start, start + more)), rng.choices(drawn, k=more), strict=True)
            told = ((pk, key) for pk, keys in owned for key in rng.choices(pool, k=len(keys)))
            while part := list(islice(told, 15 * BATCH)):  # as many as of an import's batch
                with transaction.atomic():
                    runs.write(part)
        cursor.execute("PRAGMA synchronous = FULL")


def _held_id(number: int) -> str:
    return f"h{number:012d}"


def _write(rows: Iterable[Row]) -> list[list[int]]:
    """Store articles; the keys of each."""
    from django.db import transaction  # noqa: PLC0415

    from tuoben import shape  # noqa: PLC0415
    from tuoben.store import copies, models, runs  # noqa: PLC0415
    from tuoben.store.database import insert_all, new  # noqa: PLC0415

    rows, drawn = iter(rows), []
    while part := list(islice(rows, 2000)):
        held, revisions, owned = [], [], []
        for row in part:
            pk, article = _held_id(row["id"]), article_of(row)
            signed = organise.signature(article)
            held.append(
                new(
                    models.Article, id=pk, key=pk, url=pk, canonical=pk, title=row["title"], sort_at=NOW,
                    first_captured_at=NOW, captured_at=NOW, checked_at=NOW, exact=signed.exact,
                )
            )  # fmt: skip
            told = {"capture": pk, "captured_at": NOW, "extractor": "", "content": shape.dump(article)}
            revisions.append(new(models.Revision, article_id=pk, number=1, **told))
            drawn.append(copies.keys_of(signed))
            owned += [(pk, key) for key in drawn[-1]]
        with transaction.atomic():
            insert_all(held)
            insert_all(revisions)
            runs.write(owned)
    return drawn


def _copy(cursor: Any, start: int, count: int) -> None:  # noqa: ANN401
    """The first `count` articles once more, with ids from `start` on."""
    from tuoben.store import models  # noqa: PLC0415

    anew = {"id", "key", "url", "canonical", "article_id"}
    for model, pk in ((models.Article, "id"), (models.Revision, "article_id")):
        fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
        names = [str(field.column) for field in fields]
        other = f"printf('h%012d', CAST(substr({pk}, 2) AS INTEGER) + {start})"
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(other if name in anew else f'"{name}"' for name in names)
        table, last = model._meta.db_table, _held_id(count)
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {pk} < %s", [last])


def outcome_of(row: Row) -> Outcome:
    """A generated row as a page that was captured and read, before its signature is made."""
    number = row["id"]
    address, when = f"https://site{number % 50}.example/{number}.html", NOW + timedelta(minutes=number)
    claim = Claim(item=0, epoch=0, kind=Kind.PAGE, url=address, host=f"site{number % 50}.example", article=f"p{number}")
    capture = Capture(
        record_id=f"urn:uuid:00000000-0000-4000-8000-{number:012}", url=address, kind=Kind.PAGE, time=when,
        segment="bench.warc.gz", offset=number * 100, length=60, end=number * 100 + 60, status=200, mime="text/html",
        block_digest=f"sha256:{number:052}", payload_digest=f"sha256:{number:052}", payload_length=len(row["body"]),
    )  # fmt: skip
    article = replace(article_of(row), url=address)
    return Outcome(claim=claim, at=when, ended=when, verdict=Verdict.DONE, capture=capture, article=article)


class Steps:
    """CPU seconds by step, each without those within it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._within = [0.0]

    def timed(self, step: str, work: Callable[..., T]) -> Callable[..., T]:
        """The same work, its time counted."""

        def run(*given: Any, **named: Any) -> T:  # noqa: ANN401
            self._within.append(0.0)
            started = time.process_time()
            try:
                return work(*given, **named)
            finally:
                spent = time.process_time() - started
                self.spent[step] += spent - self._within.pop()
                self._within[-1] += spent

        return run

    def watch(self, step: str, place: Any, *names: str) -> None:  # noqa: ANN401
        """Count the time of functions of a module or class as that of a step."""
        for name in names:
            setattr(place, name, self.timed(step, getattr(place, name)))


def take_in(outcomes: list[Outcome]) -> Steps:
    """Sign and import the articles, those of a batch together."""
    from django.db import connections  # noqa: PLC0415

    from tuoben import planning  # noqa: PLC0415
    from tuoben.commands import engine  # noqa: PLC0415
    from tuoben.store import copies, imports, runs  # noqa: PLC0415

    steps = Steps()
    steps.watch("look-up", copies.Nearby, "__init__", "to", "add", "moved", "added")
    steps.watch("keys", runs, "write")
    steps.watch("joining", copies, "join_group")
    steps.watch("joining", imports._Batch, "_join")
    steps.watch("article and revision", imports, "insert_all")
    steps.watch("ends of transactions", connections["default"], "_commit")
    decide = planning.rules(None).articles
    decide = replace(decide, place=steps.timed("comparison", decide.place))
    engine.settle_memory()  # as `tuoben import` does
    sign = steps.timed("signature", organise.signature)
    commit = steps.timed(REST, imports.commit)
    for start in range(0, len(outcomes), BATCH):
        signed = []
        for outcome in outcomes[start : start + BATCH]:
            assert outcome.article is not None
            signed.append(replace(outcome, signature=sign(outcome.article)))
        commit(signed, decide)
    return steps


def main() -> None:
    """Fill, take in, print; exit 1 below the goal."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else HELD
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"TUOBEN_DATA": name, "DJANGO_SETTINGS_MODULE": "tuoben.settings"}
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        held, arriving = halves(folder)
        fill(generator("make_corpus")(min(count, TEXTS_MADE), 7, held), count)
        rows = list(generator("make_reprints")(BASES, 50_211, arriving))
        random.Random(3).shuffle(rows)
        steps = take_in([outcome_of(row) for row in rows])
        from tuoben.store import models  # noqa: PLC0415

        grouped = models.Article.objects.filter(pk__startswith="p").exclude(group="").count()
    rest = steps.spent.pop(REST)
    total = sum(steps.spent.values())
    print(f"{count:,} signatures held; {len(rows)} articles, {grouped} in groups: {len(rows) / total:.0f}/s of CPU")
    for step, spent in steps.spent.most_common():
        print(f"{step:22} {1000 * spent / len(rows):.3f} ms")
    print(f"not counted: {1000 * rest / len(rows):.3f} ms for {REST}")
    if len(rows) < GOAL * total:
        print(f"goal not met: {len(rows) / total:.0f} articles a second, at least {GOAL}")
        sys.exit(1)


if __name__ == "__main__":
    main()
