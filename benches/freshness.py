"""How fresh: a simulated week under the product's plan beside uniform polling, edits seen, and thirty live newsrooms.

    python -m benches.freshness [SEEDS]

draws the simulated lags into `bench-freshness.svg` in the working directory.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

from benches import editworld, newsworld

SEEDS = 10
PERIODS = (10.0, 30.0)
"""Minutes: the mean listing period, the default and a tight one."""
PLOT = Path("bench-freshness.svg")
WIDTH, HEIGHT, MARGIN = 720, 400, 56
COLOURS = {"learned plan": "#b5392b", "uniform": "#3b6ea8"}


def week(seeds: int) -> None:
    """The simulated week: lag and loss, for each period; and the plot of the last one."""
    print(f"freshness: 200 sources for a week, {seeds} seeds, as many requests for both")
    curves: dict[str, list[float]] = {}
    for minutes in PERIODS:
        runs = [newsworld.compare(seed, minutes) for seed in range(seeds)]
        ratio = statistics.mean(ours.mean / even.mean for ours, even in runs)
        for name, results in (("learned plan", [a for a, _ in runs]), ("uniform", [b for _, b in runs])):
            lags = sorted(lag for result in results for lag in result.lags)
            curves[name] = lags
            lost = sum(result.missed for result in results) / sum(result.published for result in results)
            polls = statistics.mean(result.polls for result in results)
            print(
                f"  {minutes:3.0f} min  {name:13} {polls:9.0f} polls   mean lag {statistics.mean(lags):5.0f} s   "
                f"median {lags[len(lags) // 2]:5.0f}   p95 {lags[int(len(lags) * 0.95)]:5.0f}   missed {lost:8.3%}"
            )
        print(f"  ratio of mean lags {ratio:.3f}   (goal: at most 0.65, missed under 0.2 %)")
    PLOT.write_text(plot(curves), encoding="utf-8")
    print(f"  plot: {PLOT.resolve()}")


def edits(seeds: int) -> None:
    """Edits of articles: how many are seen, and how soon."""
    runs = [editworld.compare(seed) for seed in range(seeds)]
    print(f"edits: 60 sources, 30 days of articles, {seeds} seeds")
    for name, results in (("learned plan", [a for a, _ in runs]), ("fixed ages", [b for _, b in runs])):
        shares = [statistics.mean(result.within(hours) for result in results) for hours in (1, 6, 24)]
        print(
            f"  {name:13} {statistics.mean(result.visits for result in results):7.0f} visits   "
            f"seen {statistics.mean(result.share for result in results):6.1%}   "
            f"within 1 h {shares[0]:6.1%}   6 h {shares[1]:6.1%}   24 h {shares[2]:6.1%}"
        )


def live() -> None:
    """Thirty newsrooms publishing live on loopback."""
    done = subprocess.run([sys.executable, "-m", "benches.live"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"benches.live failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"live: 30 sources on loopback, mean listing period {found['period']:g} s; {found['captured']} of "
        f"{found['published']} articles captured, {found['polls']} polls (uniform polling: {found['budget']:.0f}), "
        f"each {found['late']:.2f} s late at the median\n"
        f"  publish to snapshot: median {found['median']:.2f} s, p95 {found['p95']:.2f} s "
        f"({found['median'] / found['period']:.2f} and {found['p95'] / found['period']:.2f} periods)"
    )


def plot(curves: dict[str, list[float]]) -> str:
    """The distributions of lags as an SVG: lag (logarithmic) against the share of articles that waited no longer."""
    low, high = 1.0, max(max(lags) for lags in curves.values())

    def x(lag: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * math.log(max(lag, low) / low) / math.log(high / low)

    def y(share: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"',
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for seconds, label in ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (36000, "10 h")):
        if seconds <= high:
            parts.append(f'<path d="M{x(seconds):.1f} {y(0)}V{y(1)}" stroke="#ddd"/>')
            parts.append(f'<text x="{x(seconds):.1f}" y="{y(0) + 18}" text-anchor="middle">{label}</text>')
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path d="M{MARGIN} {y(share)}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        parts.append(f'<text x="{MARGIN - 8}" y="{y(share) + 4}" text-anchor="end">{share:.0%}</text>')
    for number, (name, lags) in enumerate(curves.items()):
        points = (lags[min(int(n / 200 * len(lags)), len(lags) - 1)] for n in range(201))
        line = "L".join(f"{x(lag):.1f} {y(n / 200):.1f}" for n, lag in enumerate(points))
        parts.append(f'<path d="M{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts.append(f'<text x="{MARGIN + 12}" y="{MARGIN + 18 * number}" fill="{COLOURS[name]}">{name}</text>')
    title = f"Publish to poll, {PERIODS[-1]:.0f} minutes mean period: share of articles that waited no longer"
    parts.append(f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="14">{title}</text></svg>')
    return "\n".join(parts) + "\n"


def main(seeds: int = SEEDS) -> None:
    """All three."""
    week(seeds)
    edits(max(seeds // 3, 1))
    live()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
