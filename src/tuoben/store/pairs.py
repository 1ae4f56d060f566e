"""Pairs of a key and an article, packed into blocks that stand in order: what `runs` keeps. Pure.

A pair is the key (eight bytes) and the id of the article (sixteen, blanks after it). Pairs are sorted as bytes, so that
those of a key stand side by side, the newest article last. What a pair begins with is its place in a run; a block is
numbered by the run and the place of its first pair, and all pairs of one place are in the same block.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from struct import unpack
from typing import Final

OWNERS: Final = 32
"""Articles that are told of each key, the newest: a standing notice, or the frame of a bulletin, has thousands."""
LONGEST: Final = 16
"""Characters of an id, of ASCII."""
PLACE: Final = 56
"""Bits of a place."""

_KEY: Final = 8
_PAIR: Final = _KEY + LONGEST
_WIDTH: Final = PLACE // 8
_BLOCK: Final = 150
"""Pairs of a block: it fits a page of SQLite."""


def packed(key: int) -> bytes:
    """A key as pairs begin with it; the order of these bytes is that of pairs."""
    return key.to_bytes(_KEY, "big", signed=True)


def pair(key: int, article: str) -> bytes:
    """A key and the article that has it."""
    return packed(key) + article.encode().ljust(LONGEST)


def number(run: int, start: bytes) -> int:
    """The number of the block of a run that begins with this key."""
    return run << PLACE | int.from_bytes(start[:_WIDTH], "big")


def cut(block: bytes) -> list[bytes]:
    """The pairs of a block."""
    return list(unpack(f"{_PAIR}s" * (len(block) // _PAIR), block))


def articles(block: bytes, start: bytes) -> list[str]:
    """The newest articles of a block that have the key, each once."""
    low, high = 0, len(block) // _PAIR
    while low < high:  # find where the pairs of the key end
        middle = (low + high) // 2
        if block[middle * _PAIR : middle * _PAIR + _KEY] <= start:
            low = middle + 1
        else:
            high = middle
    found: list[str] = []
    at = (low - 1) * _PAIR
    while at >= 0 and len(found) <= OWNERS and block.startswith(start, at):
        article = block[at + _KEY : at + _PAIR].rstrip().decode()
        if not found or found[-1] != article:  # each revision of an article wrote its keys
            found.append(article)
        at -= _PAIR
    return found


def gather(found: dict[int, set[str]], keys: Sequence[int], blocks: Sequence[bytes | None]) -> None:
    """Add the newest articles that have each of some keys, in the block of a run that has them if any has."""
    for key, block in zip(keys, blocks, strict=True):
        if block is None:
            continue
        told = articles(block, packed(key))
        if told:
            known = found.get(key)
            if known is None:
                found[key] = set(told)
            else:
                known.update(told)


def newest(found: dict[int, set[str]], aside: str) -> dict[int, list[str]]:
    """Key → those of its articles that are told of, but for one, the newest first: ids are sorted by time."""
    told: dict[int, list[str]] = {}
    for key, known in found.items():
        known.discard(aside)
        if known:
            told[key] = sorted(known, reverse=True)[:OWNERS] if len(known) > 1 else list(known)
    return told


def before(pairs: Sequence[bytes], end: int, run: int) -> int:
    """How many pairs, in order, stand before the block with the number `end`."""
    low, high = 0, len(pairs)
    while low < high:
        middle = (low + high) // 2
        if number(run, pairs[middle]) < end:
            low = middle + 1
        else:
            high = middle
    return low


def blocks(run: int, held: Sequence[bytes], added: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """(number, pairs) of the blocks that those of others and further pairs make together, which need be in order."""
    pairs: list[bytes] = []
    for block in held:
        pairs += cut(block)
    pairs += added
    pairs.sort()
    _thin(pairs)
    made: list[tuple[int, bytes]] = []
    start, last = 0, len(pairs)
    while start < last:
        end = min(start + _BLOCK, last)
        while end < last and pairs[end][:_WIDTH] == pairs[end - 1][:_WIDTH]:
            end += 1
        made.append((number(run, pairs[start]), b"".join(pairs[start:end])))
        start = end
    return made


def _thin(pairs: list[bytes]) -> None:
    """Where a key has many more articles than anybody is told of, leave out the oldest of these."""
    most, at = OWNERS + 1, 0  # of which one may be left aside
    while at + most < len(pairs):
        key = pairs[at][:_KEY]
        if not pairs[at + most].startswith(key):
            at += most
            continue
        start, end = bisect_left(pairs, key), bisect_left(pairs, key + b"\xff", at + most)
        pairs[start:end] = sorted(set(pairs[start:end]))[-most:]
        at = start + 1
