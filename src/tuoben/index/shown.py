"""What the engine found and counted, as it is shown: equal hits side by side, counts by value and over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tuoben.index.records import Bar, Count, Facets


def level(found: Sequence[tuple[float, Any]], start: int, stop: int) -> tuple[int, int]:
    """Where those begin that are level with the hit at `start`, and end that are with the last one before `stop`.

    The scores, the first of each pair, fall; only the hits between are read from the disk.
    """
    first, last = start, min(stop, len(found))
    if first >= last:
        return start, start
    while first and found[first - 1][0] == found[start][0]:
        first -= 1
    while last < len(found) and found[last][0] == found[last - 1][0]:
        last += 1
    return first, last


def counted(
    values: Mapping[str, Any],
    heights: Sequence[Mapping[str, Any]],
    spans: Sequence[tuple[datetime, datetime]],
    unit: str,
) -> Facets:
    """The engine's buckets of `category`, `site` and `told_lang`, and those of spans of time, each of one `unit`."""

    def of(name: str) -> tuple[Count, ...]:
        return tuple(Count(str(row["key"]), int(row["doc_count"])) for row in values[name]["buckets"])

    by_start = {row.get("from"): int(row["doc_count"]) for row in heights}
    bars = tuple(Bar(start, end, by_start.get(start.timestamp(), 0)) for start, end in spans)
    return Facets(categories=of("category"), sites=of("site"), langs=of("told_lang"), bars=bars, unit=unit)
