"""How much articles share of the keys of a signature, and which share most. Pure.

What an article shares is counted in thirds of a key: a key that has as many owners as are told of tells an article from
others less than one that few have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tuoben.store.pairs import OWNERS

RARE: Final = 3
"""What a key weighs that few articles have."""
COMMON: Final = 1
"""What a key weighs that has as many owners as are told of."""
RANKED: Final = 16
"""Articles that share most."""
FAINT: Final = 3
"""None of them shares less than a third of what the nearest one does."""


def shared(keys: Sequence[int], owners: Mapping[int, list[str]]) -> dict[str, int]:
    """Article → what it shares of some keys."""
    found: dict[str, int] = {}
    for key in keys:
        articles = owners.get(key)
        if articles is None:
            continue
        weight = RARE if len(articles) < OWNERS else COMMON
        for article in articles:
            found[article] = found.get(article, 0) + weight
    return found


def ranked(found: Mapping[str, int]) -> list[tuple[str, int]]:
    """(article, what it shares) of those that share most, the nearest and of these the newest first."""
    best = sorted([(count, article) for article, count in found.items()], reverse=True)[:RANKED]
    return [(article, count) for count, article in best if FAINT * count >= best[0][0]]
