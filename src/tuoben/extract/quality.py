"""The quality watch: what the pages of one source have been giving, and whether that changed.

A layout that changes does not raise an error: by-lines are gone from one day on, or every body is three lines long.
`drift` compares the newest pages with those before them, field by field, by the binomial tail: how likely so few would
be if nothing had changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import median
from typing import Final

from tuoben.model import Sample

FIELDS: Final = ("article", "title", "time", "source", "authors", "category", "image")
"""What is watched; "article": the page gave one at all."""
RECENT: Final = 20
"""Pages that are compared with those before them."""
LEAST: Final = 20
"""Pages before them that make a comparison possible."""
UNLIKELY: Final = 1e-5
"""Tail probability below which a difference is told: seven fields and a size, looked at with each new page."""
FALL: Final = 0.25
"""A share has to fall by so much to matter to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Shares (0 to 1) of a run of pages by field, of those that gave an article; and the median size of their body."""

    pages: int
    shares: tuple[tuple[str, float], ...]
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that changed: a field of FIELDS, or "size". `before` and `now`: shares, or letters for "size"."""

    what: str
    before: float
    now: float


def coverage(samples: Sequence[Sample]) -> Coverage:
    """The shares of a run of pages."""
    shares = tuple((field, _share(samples, field)) for field in FIELDS)
    return Coverage(pages=len(samples), shares=shares, size=median([s.size for s in samples if s.size] or [0]))


def split(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """(recent, before) of samples with the newest first; `before` is empty while there are too few to compare."""
    recent, before = samples[:RECENT], samples[RECENT:]
    return (recent, before) if len(before) >= LEAST else (samples, ())


def drift(samples: Sequence[Sample]) -> tuple[Drift, ...]:
    """What changed in the newest pages. `samples`: the newest first."""
    recent, before = split(samples)
    if not before:
        return ()
    found = [
        Drift(what=field, before=was, now=now)
        for field in FIELDS
        if (was := _share(before, field)) - (now := _share(recent, field)) >= FALL
        and tail(*_count(recent, field), _smoothed(*_count(before, field))) < UNLIKELY
    ]
    sizes, old = [s.size for s in recent if s.size], sorted(s.size for s in before if s.size)
    if len(old) >= LEAST and sizes:
        low = old[len(old) // 10]
        larger = sum(size > low for size in sizes)
        if median(sizes) < median(old) / 2 and tail(larger, len(sizes), 0.9) < UNLIKELY:
            found.append(Drift(what="size", before=median(old), now=median(sizes)))
    return tuple(found)


def _count(samples: Sequence[Sample], field: str) -> tuple[int, int]:
    """How many have the field, of how many that could: pages that gave no article can have none of the others."""
    among = samples if field == "article" else [s for s in samples if "article" in s.fields]
    return sum(field in s.fields for s in among), len(among)


def _share(samples: Sequence[Sample], field: str) -> float:
    have, among = _count(samples, field)
    return have / among if among else 0.0


def _smoothed(have: int, among: int) -> float:
    """The share by which the tail is taken: a little below what was seen, since it was seen on so many pages only."""
    return max(0.0, (have + 0.5) / (among + 1) - sqrt(1 / (among + 1)) / 2)


def tail(have: int, among: int, share: float) -> float:
    """How likely at most `have` of `among` are when each has a field with probability `share`."""
    return float(sum(comb(among, k) * share**k * (1 - share) ** (among - k) for k in range(have + 1)))
