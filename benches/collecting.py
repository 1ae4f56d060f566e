"""Collecting: CPU per page of tuoben (fetch, robots.txt, WARC with digests, rows) beside Scrapy, which only fetches.

Both ask the same farm for the same pages with robots.txt obeyed and no delays, in turns, each run in a process of its
own. CPU is user and system time of that process and its children from the first request to the end; what starting costs
(imports) is left out for both. tuoben runs its own crawler, with all its loops; only the reading of pages is a
constant, and so no article comes into being and nothing goes to the index. tuoben reads a sitemap for each host and
queues what it announces, and that is counted; Scrapy is handed the addresses. Ends with status 1 above the goal.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from benches.farm import Farm

HOSTS, PAGES = 40, 50
ROUNDS = 3
GOAL = 0.5
"""Of Scrapy's CPU per page, at most (issue 3)."""
SUBJECTS = {"tuoben": "benches.collecting_tuoben", "scrapy": "benches.collecting_scrapy"}


def measure(subject: str, farm: Farm) -> float:
    """CPU milliseconds per page of one run."""
    call = {"pages": farm.pages(), "sitemaps": farm.sitemaps()}
    done = subprocess.run(
        [sys.executable, "-m", SUBJECTS[subject]], input=json.dumps(call), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{subject} failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    if found["pages"] != len(call["pages"]):
        raise SystemExit(f"{subject} got {found['pages']} of {len(call['pages'])} pages:\n{done.stderr[-2000:]}")
    return float(found["cpu"]) * 1000 / found["pages"]


def main(rounds: int = ROUNDS) -> bool:
    """Run the rounds, print the table; whether the goal is reached."""
    found: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    with Farm(HOSTS, PAGES) as farm:
        for _ in range(rounds):
            for name in SUBJECTS:
                found[name].append(measure(name, farm))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(found["tuoben"], found["scrapy"], strict=True))
    print(f"collecting: {HOSTS} hosts, {HOSTS * PAGES} pages, {rounds} rounds in turns; CPU ms per page (median)")
    print(f"tuoben       {statistics.median(found['tuoben']):7.2f}   fetch, robots.txt, WARC with digests, rows")
    print(f"Scrapy       {statistics.median(found['scrapy']):7.2f}   fetch, robots.txt")
    print(f"ratio        {ratio:7.2f}   (goal: at most {GOAL:.2f})")
    if ratio > GOAL:
        print(f"collecting: {ratio:.2f} of Scrapy's CPU per page is more than the goal of {GOAL:.2f}.", file=sys.stderr)
    return ratio <= GOAL


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
