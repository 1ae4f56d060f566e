"""The keys by which copies of a text find each other.

Two kinds, both of the letters of the folded text (width, 简繁, spacing and punctuation make no difference): the exact
key; and the hashes of some of its passages, chosen by winnowing (Schleimer, Wilkerson, Aiken 2003): of all runs of ten
characters, or of four words where words are spaced, the one with the least hash in each window. So two texts share a
key wherever a run of both is as long as a window of the longer one: edited copies, excerpts and merged articles. A
minimum of a long window is also one of the shorter windows in it, and the window grows with the text: texts of most
lengths have about fourteen keys, and texts of different length still choose the same passages.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from operator import methodcaller
from typing import NamedTuple

from tuoben.model import Article, Signature
from tuoben.organise.wording import wording

SHORTEST_EXACT = 12
"""Texts of fewer Han characters (or four times as many letters) have no key: "see the video" is nobody's copy."""
SHORTEST_PASSAGES = 40
"""Texts of fewer have the exact key only."""

_LONGEST = 40_000
_PARTS, _LEAST_WINDOW = 8, 8


class _Kind(NamedTuple):
    """How passages are cut: units in each, bytes of a unit, and units of the longest window."""

    width: int
    size: int
    most: int


_CHARACTERS, _WORDS = _Kind(10, 2, 400), _Kind(4, 4, 100)


def signature(article: Article) -> Signature:
    """The keys of an article's text; without any for texts that are too short to tell."""
    told = wording(article.text[:_LONGEST])
    words, joined = told.words, told.letters.encode("utf-16-le", "replace")
    count = len(joined) // 2
    paired = len(told.letters.encode("utf-8", "replace")) > 2 * count
    size = count if paired else count // 4
    if size < SHORTEST_EXACT:
        return Signature()
    exact = _key(b"=", joined)
    if size < SHORTEST_PASSAGES:
        return Signature(exact=exact)
    if paired:
        return Signature(exact=exact, passages=tuple(dict.fromkeys(_passages(joined, _CHARACTERS))))
    units = struct.pack(f"<{len(words)}I", *map(zlib.crc32, map(_utf8, words)))
    return Signature(exact=exact, passages=tuple(dict.fromkeys(_passages(units, _WORDS))))


def _passages(units: bytes, kind: _Kind) -> Iterator[int]:
    """Keys of the passages with the least hash in each window, the last one of equal ones."""
    width = kind.width * kind.size
    for at in _winnowed(_hashes(units, kind), min(kind.most, max(_LEAST_WINDOW, len(units) // kind.size // _PARTS))):
        start = at * kind.size
        yield _key(b"~", units[start : start + width])


def _winnowed(values: Sequence[int], window: int) -> Iterator[int]:
    count = len(values)
    window = min(window, count)
    if not count:
        return
    least, chosen = _last_least(values, 0, window)
    yield chosen
    for at in range(window, count):
        if values[at] <= least:
            least, chosen = values[at], at
        elif chosen <= at - window:
            least, chosen = _last_least(values, at - window + 1, at + 1)
        else:
            continue
        yield chosen


def _last_least(values: Sequence[int], start: int, stop: int) -> tuple[int, int]:
    part = values[start:stop]
    least = min(part)
    return least, stop - 1 - part[::-1].index(least)


def _hashes(units: bytes, kind: _Kind) -> list[int]:
    """The CRC-32 of each run of units. The loops are in C: an article has thousands of them."""
    width, step = kind.width * kind.size, kind.size
    found = [0] * max((len(units) - width) // step + 1, 0)
    held = memoryview(units)
    for first in range(min(kind.width, len(found))):  # side by side, so that the cutting is done in C
        row = held[first * step : len(units) - (len(units) - first * step) % width]
        found[first :: kind.width] = map(zlib.crc32, chain.from_iterable(struct.iter_unpack(f"{width}s", row)))
    return found


_utf8 = methodcaller("encode", "utf-8", "replace")


def _key(kind: bytes, value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8, person=kind).digest(), "big", signed=True)
