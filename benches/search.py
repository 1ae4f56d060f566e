"""Search at size: our index beside SQLite FTS5 over rjieba's words, on the generated corpus of ../shared/bench/text.

    python -m benches.search [DOCUMENTS] [--dir DIR] [--build ours|fts]

Builds both in DIR (a temporary directory without it; what stands there already is used), then asks questions drawn from
the corpus: every form in its turn, both engines side by side, so that a busy machine hurts both alike. Times are CPU
time of the process. Questions are asked twice and the second time counts, as a served index has its pages in memory.
Ends with 1, and a plain line, when a goal is not met.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import rjieba

from benches.corpus import BENCH as EXTRACTION
from tuoben.index import SAMPLE, Document, Filters, Hits, Index, portion
from tuoben.query import parse

BENCH = EXTRACTION.parent / "text"
BATCH = 2000
STRIDE = 50_000
QUESTIONS = 60
"""Of each form."""
TOP = 10
GOAL_TOP, GOAL_COUNTED, GOAL_SIZE, GOAL_SPEED = 20.0, 100.0, 1.3, 1.0
"""Milliseconds of CPU of the slowest percent; times the size of FTS5; times its speed."""
_HAN = re.compile("[\u4e00-\u9fff]{2,}")
Row = dict[str, Any]


def corpus(count: int) -> Iterator[Row]:
    """The bench's generated documents, the same ones at every call."""
    spec = importlib.util.spec_from_file_location("make_corpus", BENCH / "make_corpus.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield from module.generate(count)


def batches(rows: Iterator[Row], build: str, batch: int = BATCH) -> Iterator[list[Row]]:
    """The rows in batches, with a line about time and memory now and then."""
    started, done = time.process_time(), 0
    while found := list(islice(rows, batch)):
        yield found
        done += len(found)
        if done // STRIDE != (done - len(found)) // STRIDE:
            spent = time.process_time() - started
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{build}: {done:,} documents, {done / spent:.0f}/s of CPU, peak {peak:.0f} MB", flush=True)


def size(path: Path) -> int:
    """Bytes of a file or of all files below a directory."""
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def build_ours(path: Path, count: int) -> None:
    """Our index, filled in portions as `tuoben rebuild` fills it, after a look at articles from all over the corpus."""
    with Index.open(path, write=True, fresh=True) as index:
        index.learn(map(_document, islice(corpus(count), 0, None, -(-count // SAMPLE))), count)
        for batch in batches(corpus(count), "tuoben", portion(count)):
            index.add(_document(row) for row in batch)
            index.commit()
        index.publish()


def _document(row: Row) -> Document:
    at = datetime.fromtimestamp(row["date"], UTC)
    return Document(
        id=f"{row['id']:013d}", title=row["title"], text=row["body"], published=at, captured=at, source=row["source"],
        site=row["source"], category=row["category"], lang=row["lang"], url=f"https://{row['source']}.test/{row['id']}",
    )  # fmt: skip


def build_fts(path: Path, count: int) -> None:
    """FTS5 without the text, over the words of rjieba, with a table of what is filtered and sorted by."""
    path.unlink(missing_ok=True)
    base = apsw.Connection(str(path))
    with closing(base):
        base.pragma("synchronous", "off")
        base.execute("CREATE VIRTUAL TABLE words USING fts5(title, body, content='')").fetchall()
        base.execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, date, site, category, lang)").fetchall()
        for batch in batches(corpus(count), "fts5"):
            texts = [(row["id"] + 1, cut(row["title"]), cut(row["body"])) for row in batch]
            facts = [(row["id"] + 1, row["date"], row["source"], row["category"], row["lang"]) for row in batch]
            with base:
                base.executemany("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", texts)
                base.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", facts)
        base.execute("CREATE INDEX facts_date ON facts (date)").fetchall()
        base.execute("INSERT INTO words (words) VALUES ('optimize')").fetchall()


def cut(text: str) -> str:
    """The words of a text between spaces."""
    return " ".join(rjieba.cut_for_search(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One search: as our grammar has it, and as FTS5 has it (`MATCH`, further conditions with their values)."""

    text: str
    match: str
    filters: Filters = field(default_factory=Filters)
    where: str = ""
    values: tuple[Any, ...] = ()


@dataclass(slots=True)
class Times:
    """CPU milliseconds of both engines for the questions of one form."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as long FTS5 takes in the median."""
        return statistics.median(self.theirs) / max(statistics.median(self.ours), 1e-6)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


Maker = Callable[[random.Random, Sequence[Row]], Question]


def _words(rng: random.Random, rows: Sequence[Row], count: int) -> list[str]:
    """Words that stand in one body: of two characters or more, as rjieba cuts them."""
    while True:
        body = rng.choice(rows)["body"]
        found = [word for word in dict.fromkeys(rjieba.cut(body)) if _HAN.fullmatch(word)]
        if len(found) >= count:
            return rng.sample(found, count)


def _all(words: Sequence[str]) -> str:
    return " AND ".join(_quoted(word) for word in words)


def _quoted(text: str) -> str:
    return '"' + " ".join(rjieba.cut(text)) + '"'


def _asked(rng: random.Random, rows: Sequence[Row], count: int) -> Question:
    words = _words(rng, rows, count)
    return Question(text=" ".join(words), match=_all(words))


def _pair(rng: random.Random, rows: Sequence[Row]) -> Question:
    while len(word := _words(rng, rows, 1)[0]) != 2:
        pass
    return Question(text=word, match=_quoted(word))


def _phrase(rng: random.Random, rows: Sequence[Row]) -> Question:
    while True:
        runs = [run for run in _HAN.findall(rng.choice(rows)["body"]) if len(run) >= 8]
        if runs:
            run = rng.choice(runs)
            at, long = rng.randrange(len(run) - 7), rng.randint(4, 8)
            return Question(text=f'"{run[at : at + long]}"', match=_quoted(run[at : at + long]))


def _near(rng: random.Random, rows: Sequence[Row]) -> Question:
    one, two = _words(rng, rows, 2)
    return Question(text=f"{one} NEAR/10 {two}", match=f"NEAR({_quoted(one)} {_quoted(two)}, 10)")


def _field(rng: random.Random, rows: Sequence[Row]) -> Question:
    (word,) = _words(rng, [{"body": row["title"]} for row in rng.sample(rows, 50)], 1)
    return Question(text=f"标题:{word}", match=f"title : {_quoted(word)}")


def _either(rng: random.Random, rows: Sequence[Row]) -> Question:
    one, two = _words(rng, rows, 2)
    return Question(text=f"{one} OR {two}", match=f"{_quoted(one)} OR {_quoted(two)}")


def _without(rng: random.Random, rows: Sequence[Row]) -> Question:
    one, two = _words(rng, rows, 2)
    return Question(text=f"{one} -{two}", match=f"{_quoted(one)} NOT {_quoted(two)}")


def _category(rng: random.Random, rows: Sequence[Row]) -> Question:
    value = rng.choice(rows)["category"]
    asked = _asked(rng, rows, 2)
    return replace(asked, filters=Filters(category=value), where="category = ?", values=(value,))


def _site(rng: random.Random, rows: Sequence[Row]) -> Question:
    value = rng.choice(rows)["source"]
    return replace(_asked(rng, rows, 1), filters=Filters(site=value), where="site = ?", values=(value,))


def _dates(rng: random.Random, rows: Sequence[Row]) -> Question:
    first = rng.choice(rows)["date"]
    last = first + 90 * 86400
    filters = Filters(since=datetime.fromtimestamp(first, UTC), until=datetime.fromtimestamp(last, UTC))
    return replace(_asked(rng, rows, 1), filters=filters, where="date >= ? AND date < ?", values=(first, last))


FORMS: Mapping[str, Maker] = {
    "one word": lambda rng, rows: _asked(rng, rows, 1),
    "two words": lambda rng, rows: _asked(rng, rows, 2),
    "three words": lambda rng, rows: _asked(rng, rows, 3),
    "two characters": _pair,
    "phrase": _phrase,
    "NEAR": _near,
    "field": _field,
    "OR": _either,
    "NOT": _without,
    "category": _category,
    "site": _site,
    "dates": _dates,
}


def _cpu(work: Callable[[], object]) -> float:
    """Milliseconds of this process's CPU."""
    started = time.process_time_ns()
    work()
    return (time.process_time_ns() - started) / 1e6


def _ours(index: Index, question: Question, sort: str = "relevance", *, facets: bool = False) -> Hits:
    """Our answer, from the search as typed."""
    return index.search(parse(question.text), question.filters, sort=sort, limit=TOP, facets=facets)


def _theirs(base: apsw.Connection, question: Question, sort: str) -> list[int]:
    """FTS5's answer. CROSS JOIN: else its planner walks the dates and asks for every one."""
    where = f" AND {question.where}" if question.where else ""
    join = " CROSS JOIN facts ON facts.id = words.rowid" if question.where or sort == "newest" else ""
    order = "facts.date DESC" if sort == "newest" else "bm25(words, 4.0, 1.0)"
    told = f"SELECT words.rowid FROM words{join} WHERE words MATCH ?{where} ORDER BY {order} LIMIT {TOP}"
    return [int(row[0]) for row in base.execute(told, (question.match, *question.values))]


def ask(index: Index, base: apsw.Connection, rows: Sequence[Row]) -> tuple[dict[str, Times], dict[str, list[float]]]:
    """The times of every form in both orders; and ours with facets and histogram."""
    rng = random.Random(11)
    times: dict[str, Times] = {}
    counted: dict[str, list[float]] = {}
    for name, make in FORMS.items():
        questions = [make(rng, rows) for _ in range(QUESTIONS)]
        counted[name] = []
        for sort in ("relevance", "newest"):
            told = times[f"{name}, {sort}"] = Times()
            for question in questions:
                asks: list[tuple[list[float], Callable[[], object]]] = [
                    (told.ours, lambda q=question, s=sort: _ours(index, q, s)),
                    (told.theirs, lambda q=question, s=sort: _theirs(base, q, s)),
                ]
                if sort == "relevance":
                    asks.append((counted[name], lambda q=question: _ours(index, q, facets=True)))
                rng.shuffle(asks)
                for into, work in asks:
                    work()
                    into.append(_cpu(work))
    return times, counted


def report(times: Mapping[str, Times], counted: Mapping[str, list[float]], ours: int, theirs: int) -> list[str]:
    """Print the tables; the goals that are not met."""
    missed = []
    print(f"index {ours / 1e6:.0f} MB, FTS5 {theirs / 1e6:.0f} MB: {ours / theirs:.2f} times")
    if ours > GOAL_SIZE * theirs:
        missed.append(f"size {ours / theirs:.2f} times FTS5, at most {GOAL_SIZE}")
    print(f"{'top 10, CPU ms':28} {'p50':>8} {'p99':>8} {'FTS5 p50':>9} {'p99':>8} {'ratio':>6}")
    for name, told in times.items():
        p99 = percentile(told.ours, 0.99)
        print(
            f"{name:28} {statistics.median(told.ours):8.2f} {p99:8.2f} {statistics.median(told.theirs):9.2f} "
            f"{percentile(told.theirs, 0.99):8.2f} {told.ratio:6.2f}"
        )
        if p99 > GOAL_TOP:
            missed.append(f"{name}: p99 {p99:.1f} ms, at most {GOAL_TOP:.0f}")
        if told.ratio < GOAL_SPEED:
            missed.append(f"{name}: {told.ratio:.2f} times the speed of FTS5, never below {GOAL_SPEED:.0f}")
    print(f"{'with facets and histogram':28} {'p50':>8} {'p99':>8}")
    for name, values in counted.items():
        p99 = percentile(values, 0.99)
        print(f"{name:28} {statistics.median(values):8.2f} {p99:8.2f}")
        if p99 > GOAL_COUNTED:
            missed.append(f"{name} with facets: p99 {p99:.1f} ms, at most {GOAL_COUNTED:.0f}")
    return missed


def main() -> None:
    """Build what is not there, ask, print; exit 1 when a goal is not met."""
    parser = argparse.ArgumentParser(prog="benches.search")
    parser.add_argument("documents", type=int, nargs="?", default=100_000)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--build", choices=("ours", "fts"))
    call = parser.parse_args()
    if not BENCH.exists():
        print(f"search: no texts at {BENCH} (set TUOBEN_SHARED)")
        return
    with tempfile.TemporaryDirectory() as temporary:
        place: Path = (call.dir or Path(temporary)) / str(call.documents)
        place.mkdir(parents=True, exist_ok=True)
        for name, build in (("ours", build_ours), ("fts", build_fts)):
            if call.build in (None, name) and not (place / f"{name}.json").exists():
                started = time.process_time(), time.monotonic()
                build(place / name, call.documents)
                cpu, wall = time.process_time() - started[0], time.monotonic() - started[1]
                told = {"cpu": round(cpu), "wall": round(wall), "bytes": size(place / name)}
                (place / f"{name}.json").write_text(json.dumps(told))
                print(f"{name}: {told}")
        if call.build is None:
            sys.exit(_questions(place, call.documents))


def _questions(place: Path, documents: int) -> int:
    """Ask both engines; how many goals are not met, 1 at most."""
    rows = list(islice(corpus(documents), 5000))
    base = apsw.Connection(str(place / "fts"), flags=apsw.SQLITE_OPEN_READONLY)
    with Index.open(place / "ours") as index, closing(base):
        base.pragma("mmap_size", 1 << 31)
        times, counted = ask(index, base, rows)
    missed = report(times, counted, size(place / "ours"), size(place / "fts"))
    for line in missed:
        print(f"goal not met: {line}")
    return bool(missed)


if __name__ == "__main__":
    main()
