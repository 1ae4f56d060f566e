"""The extraction bench: `python -m benches.extract` (make bench-extract). One table per language group.

Scores our extraction, with site rules and without, and that of its peers (benches/peers.py, installed by make) on the
development pages with the bench's own scorer. All read one page after another in turns, each peer in a process of its
own, and what counts is processor time, so that a busy machine hurts all alike. Intervals are bootstrapped over sites,
as pages of one site fail together. `--ours` leaves the peers out, `--worst N` names the N worst bodies, `--sample N`
takes every Nth page; `--speed` measures nothing but the speed beside trafilatura's, and says whether the goal is met.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from benches import corpus
from benches.peers import PEERS
from tuoben.commands import rulefiles
from tuoben.extract import extract, siterules
from tuoben.model import Hints, Page, SiteRule

Prediction = dict[str, Any]
COLUMNS = ("F1", "bad", "title", "day", "minute", "authors", "source")
PYTHON = corpus.ROOT / ".venv-peers" / "bin" / "python"
RULES_OFF, RULES_ON = "tuoben --no-site-rules", "tuoben"
DRAWS = 400


def predicted(page: Page, rule: SiteRule | None = None) -> Prediction:
    """A page as tuoben reads it, in the words of the scorer."""
    article = extract(page, Hints(rule=rule))
    published = article.published.iso() if article.published else None
    return {
        "title": article.title, "authors": list(article.authors), "published": published, "source": article.source,
        "text": article.text,
    }  # fmt: skip


class Ours:
    """tuoben with some site rules."""

    def __init__(self, rules: tuple[SiteRule, ...]) -> None:
        self.rules = rules

    def read(self, gold: corpus.Gold) -> tuple[Prediction, float]:
        """What the page says, and the seconds of processor time."""
        page = corpus.page(gold)
        started = time.process_time()
        found = predicted(page, siterules.choose(self.rules, page.url, None))
        return found, time.process_time() - started


class Peer:
    """A peer in its own process."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.process = process

    def read(self, gold: corpus.Gold) -> tuple[Prediction, float]:
        """What the page says, and the seconds of processor time as the peer's process counts them."""
        assert self.process.stdin is not None and self.process.stdout is not None
        row = {"url": gold["url"], "path": str(corpus.path(gold)), "lang": gold.get("lang") or ""}
        self.process.stdin.write(json.dumps(row) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended while it read {row['path']}: leave it out of benches/peers.txt.")
        found = json.loads(answer)
        return found, found.pop("cpu")


@contextmanager
def peer(name: str) -> Iterator[Peer | None]:
    """A peer while it is needed; None, and a line that says why, when it cannot be had."""
    if not PYTHON.exists():
        print(f"{name} is left out: `make bench-extract` installs it")
        yield None
        return
    command = [str(PYTHON), str(Path(__file__).with_name("peers.py")), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        hello = json.loads(process.stdout.readline() or '{"error": "it ended at once"}')
        print(f"{name} {hello['version']}" if "version" in hello else f"{name} is left out: {hello['error']}")
        yield Peer(name, process) if "version" in hello else None
        process.stdin.close()


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
    """Print a language group: a line for each reader, a column for each measure; what a reader never gives is –."""
    first = next(iter(rows.values()))
    print(f"\n{group}: {len(first)} pages of {len({site for site, _ in first})} sites")
    print(f"{'':24}" + "".join(f"{column:>9}" for column in COLUMNS))
    for name, found in rows.items():
        means = score.summary([row for _, row in found])
        cells = [f"{means[c]:.3f}" if c in means and gives(c, means) else "–" for c in COLUMNS]
        print(f"{name:24}" + "".join(f"{cell:>9}" for cell in cells))
        if name == RULES_OFF:
            bounds = interval(score, found)
            for which, at in (("95 % from", 0), ("to", 1)):
                told = [f"{bounds[column][at]:.3f}" if column in bounds else "–" for column in COLUMNS]
                print(f"{which:>24}" + "".join(f"{cell:>9}" for cell in told))


def gives(column: str, means: dict[str, float]) -> bool:
    """Whether a reader gives this at all: what is right on no page counts as never given."""
    return means.get("F1", 0.0) > 0 if column == "bad" else means[column] > 0


Scored = dict[str, dict[str, list[tuple[str, dict[str, Any]]]]]


def run(
    score: ModuleType, readers: dict[str, Ours | Peer], golds: list[corpus.Gold]
) -> tuple[Scored, dict[str, list[float]], list[Prediction], list[tuple[float, str, str]]]:
    """Every page by each reader in turn: the scores by group and reader, the seconds by reader, and of ours without
    site rules the predictions and (F1, group, id) of the bodies."""
    scored: Scored = {group: {name: [] for name in readers} for group in corpus.GROUPS}
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    told, bodies = [], []
    for number, gold in enumerate(golds, start=1):
        if number % 50 == 0:
            print(f"{number} of {len(golds)} pages", file=sys.stderr, flush=True)
        for name, reader in readers.items():
            prediction, spent = reader.read(gold)
            seconds[name].append(spent)
            row = score.page(gold, prediction)
            scored[gold["group"]][name].append((corpus.site(gold), row))
            if name == RULES_OFF:
                told.append({"id": gold["id"], **prediction})
                bodies.append((row.get("f", 1.0), gold["group"], gold["id"]))
    return scored, seconds, told, bodies


GOAL = 4.0
"""Times the speed of trafilatura's default that extraction is to have at least (issue 4)."""
ROUNDS = 3


def speed(golds: list[corpus.Gold]) -> bool:
    """Print how many times as fast as trafilatura we read the same pages, in ROUNDS rounds; whether the goal is met.

    A round reads every page by both, one page after another in turns; the median of the rounds counts.
    """
    with peer("trafilatura") as other:
        if other is None:
            return False
        ours = Ours(())
        ratios = []
        for reader in (ours, other):
            reader.read(golds[0])
        for number in range(ROUNDS):
            spent = [(ours.read(gold)[1], other.read(gold)[1]) for gold in golds]
            mine, theirs = (sum(column) for column in zip(*spent, strict=True))
            ratios.append(theirs / mine)
            print(
                f"round {number + 1}: {1000 * mine / len(spent):.1f} ms a page, trafilatura {theirs / mine:.2f} times"
            )
    ratio = statistics.median(ratios)
    print(f"median {ratio:.2f} times; goal {GOAL:g}: {'met' if ratio >= GOAL else 'not met'}")
    return ratio >= GOAL


def pace(seconds: dict[str, list[float]]) -> None:
    """Print how fast each reader was in this run, as a ratio to trafilatura where that was there."""
    one = "trafilatura" if "trafilatura" in seconds else RULES_OFF
    base = sum(seconds[one])
    print(f"\n{'processor time a page':24}{'median':>9}{'speed':>9}   (speed over all pages; {one} = 1)")
    for name, spent in seconds.items():
        print(f"{name:24}{statistics.median(spent):9.4f}{base / sum(spent):9.2f}")


def main() -> None:
    """Read every page with each reader, print the tables and the pace."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ours", action="store_true", help="our scores alone")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name our N worst bodies")
    parser.add_argument(
        "--speed", action="store_true", help="speed beside trafilatura alone; exit code 1 below the goal"
    )
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every Nth page only")
    parser.add_argument("--json", metavar="FILE", help="also write our predictions there, one JSON object a line")
    call = parser.parse_args()
    score = corpus.scorer()
    if call.speed:
        raise SystemExit(0 if speed(corpus.golds(score)[:: call.sample]) else 1)
    with ExitStack() as stack:
        readers: dict[str, Ours | Peer] = {RULES_OFF: Ours(()), RULES_ON: Ours(rulefiles.site_rules())}
        for name in () if call.ours else PEERS:
            if (one := stack.enter_context(peer(name))) is not None:
                readers[name] = one
        scored, seconds, told, bodies = run(score, readers, corpus.golds(score)[:: call.sample])
    for group in corpus.GROUPS:
        table(score, group, scored[group])
    pace(seconds)
    for value, group, name in sorted(bodies)[: call.worst]:
        print(f"worst {value:.3f} {group} {name}")
    if call.json:
        with Path(call.json).open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in told)


if __name__ == "__main__":
    main()
