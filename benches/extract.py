"""The extraction bench: `python -m benches.extract` (make bench-extract). One table per language group.

Scores our extraction and trafilatura's on the development pages with the bench's own scorer, page by page in turns, so
that a busy machine hurts both alike; intervals are bootstrapped over sites, as pages of one site fail together.
`--ours` leaves trafilatura out, `--worst N` names the N worst bodies, `--sample N` takes every Nth page.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import trafilatura

from benches import corpus
from tuoben.extract import extract
from tuoben.model import Page

Prediction = dict[str, Any]
COLUMNS = ("F1", "P", "R", "bad", "snippets", "title", "day", "minute", "authors", "source")
DRAWS = 400


def ours(page: Page) -> Prediction:
    """A page as tuoben reads it."""
    article = extract(page)
    published = article.published.iso() if article.published else None
    return {
        "title": article.title, "authors": list(article.authors), "published": published, "source": article.source,
        "text": article.text,
    }  # fmt: skip


def theirs(page: Page) -> Prediction:
    """A page as trafilatura reads it, by default settings with metadata."""
    found = trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False)
    if found is None:
        return {}
    return {
        "title": found.title, "authors": (found.author or "").split("; "), "published": found.date,
        "source": found.sitename, "text": found.text,
    }  # fmt: skip


READERS: dict[str, Callable[[Page], Prediction]] = {"tuoben": ours, "trafilatura": theirs}


def interval(score: ModuleType, rows: list[tuple[str, dict[str, Any]]]) -> dict[str, tuple[float, float]]:
    """Bounds that hold 95 % of DRAWS draws of whole sites, for each measure. `rows`: (site, scores of a page)."""
    by_site: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for site, row in rows:
        by_site[site].append(row)
    groups, chance = list(by_site.values()), random.Random(7)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(DRAWS):
        drawn = [row for _ in groups for row in chance.choice(groups)]
        for name, value in score.summary(drawn).items():
            found[name].append(value)
    return {name: (sorted(v)[int(0.025 * len(v))], sorted(v)[int(0.975 * len(v)) - 1]) for name, v in found.items()}


def table(score: ModuleType, group: str, rows: dict[str, list[tuple[str, dict[str, Any]]]]) -> None:
    """Print a language group: a line for each measure, a column for each reader."""
    first = next(iter(rows.values()))
    print(f"\n{group}: {len(first)} pages of {len({site for site, _ in first})} sites")
    print(" " * 10 + "".join(f"{name:>26}" for name in rows))
    means = {name: score.summary([row for _, row in found]) for name, found in rows.items()}
    ranges = {name: interval(score, found) for name, found in rows.items()}
    for column in COLUMNS:
        cells = []
        for name in rows:
            if column in means[name]:
                low, high = ranges[name].get(column, (0.0, 0.0))
                cells.append(f"{means[name][column]:.3f} [{low:.3f}, {high:.3f}]")
            else:
                cells.append("–")
        print(f"{column:10}" + "".join(f"{cell:>26}" for cell in cells))


def main() -> None:
    """Read every page with each reader, print the tables and the speed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ours", action="store_true", help="our scores alone")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name our N worst bodies")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every Nth page only")
    parser.add_argument("--json", metavar="FILE", help="also write our predictions there, one JSON object a line")
    call = parser.parse_args()
    score = corpus.scorer()
    readers = {name: read for name, read in READERS.items() if name == "tuoben" or not call.ours}
    scored: dict[str, dict[str, list[tuple[str, dict[str, Any]]]]] = {
        group: {name: [] for name in readers} for group in corpus.GROUPS
    }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    told, bodies = [], []
    for gold in corpus.golds(score)[:: call.sample]:
        page = corpus.page(gold)
        for name, read in readers.items():
            started = time.perf_counter()
            prediction = read(page)
            seconds[name].append(time.perf_counter() - started)
            row = score.page(gold, prediction)
            scored[gold["group"]][name].append((corpus.site(gold), row))
            if name == "tuoben":
                told.append({"id": gold["id"], **prediction})
                bodies.append((row.get("f", 1.0), gold["group"], gold["id"]))
    for group in corpus.GROUPS:
        table(score, group, scored[group])
    print("\nseconds a page, median: " + ", ".join(f"{n} {statistics.median(s):.4f}" for n, s in seconds.items()))
    if not call.ours:
        print(f"speed, trafilatura = 1: {sum(seconds['trafilatura']) / sum(seconds['tuoben']):.2f}")
    for value, group, name in sorted(bodies)[: call.worst]:
        print(f"worst {value:.3f} {group} {name}")
    if call.json:
        with Path(call.json).open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in told)


if __name__ == "__main__":
    main()
