"""Small charts as SVG geometry: what the templates draw. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 72.0
"""Of a chart in its own units; the page scales it to the column."""
GAP = 0.25
"""Share of a bar's room that stays empty."""
LEAST = 1.5
"""Height of a bar that counts anything at all, so that one article in a thousand is seen."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a chart, in the chart's units; `x` and `wide` are of its whole room, for pointing at it."""

    x: float
    y: float
    width: float
    height: float
    left: float
    wide: float


def columns(counts: Sequence[int]) -> list[Column]:
    """Bars side by side on one base line, the highest as high as the chart."""
    most = max(counts, default=0)
    wide = WIDTH / max(1, len(counts))
    out = []
    for at, count in enumerate(counts):
        height = max(LEAST, HEIGHT * count / most) if count else 0.0
        shown = round(height, 2)
        out.append(
            Column(
                x=round((at + GAP / 2) * wide, 2),
                y=round(HEIGHT - shown, 2),
                width=round(wide * (1 - GAP), 2),
                height=shown,
                left=round(at * wide, 2),
                wide=round(wide, 2),
            )
        )
    return out
