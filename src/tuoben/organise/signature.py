"""The keys by which copies of a text find each other.

Three kinds, all of the letters of the folded text (width, 简繁, spacing and punctuation make no difference):
the exact key; bands of a MinHash over shingles of five (Broder 1997; 16 bands of 3 rows: two texts that share half of
their shingles meet in one with probability 0.88, at 0.7 with 0.999); and the hashes of some shingles themselves, chosen
by winnowing (Schleimer, Wilkerson, Aiken 2003), so that an excerpt or a merged article meets its origin in any run of
text as long as the window. A minimum of a long window is also one of the shorter windows in it: texts of different
length, and so of different windows, still choose the same shingles.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from itertools import accumulate, chain
from operator import methodcaller

import rensa

from tuoben.model import Article, Signature
from tuoben.text import letters, shingles

SHORTEST_EXACT = 12
"""Texts of fewer Han characters (or four times as many letters) have no key: "see the video" is nobody's copy."""
SHORTEST_BANDS = 40
"""Texts of fewer have the exact key only."""

_BANDS, _ROWS, _SEED = 16, 3, 42
_LEAST_WINDOW, _MOST_WINDOW = 48, 400
_LONGEST = 40_000


def signature(article: Article) -> Signature:
    """The keys of an article's text; without any for texts that are too short to tell."""
    text = article.text[:_LONGEST]
    joined = letters(text)
    paired = len(joined.encode("utf-8", "replace")) > 2 * len(joined)
    size = len(joined) if paired else len(joined) // 4
    if size < SHORTEST_EXACT:
        return Signature(exact="", bands=())
    exact = _key(b"=", joined)
    if size < SHORTEST_BANDS:
        return Signature(exact=exact, bands=())
    sparse = _sparse(joined, 5 if paired else 12)
    return Signature(exact=exact, bands=tuple(dict.fromkeys((*_bands(shingles(text)), *sparse))))


def _bands(held: set[str]) -> Iterator[str]:
    sketch = rensa.RMinHash(_BANDS * _ROWS, _SEED)
    sketch.update(list(held))
    digest = sketch.digest()
    for band in range(_BANDS):
        rows = digest[band * _ROWS : (band + 1) * _ROWS]
        yield _key(b"%d" % band, " ".join(map(str, rows)))


def _sparse(joined: str, width: int) -> Iterator[str]:
    """Keys of the shingle with the least hash in each window, the last one of equal ones."""
    window = min(_MOST_WINDOW, max(_LEAST_WINDOW, len(joined) // 8))
    values = _hashes(joined, width)
    count = len(values)
    window = min(window, count)
    if not count:
        return
    least, chosen = _last_least(values, 0, window)
    yield _key(b"~", joined[chosen : chosen + width])
    for at in range(window, count):
        if values[at] <= least:
            least, chosen = values[at], at
        elif chosen <= at - window:
            least, chosen = _last_least(values, at - window + 1, at + 1)
        else:
            continue
        yield _key(b"~", joined[chosen : chosen + width])


def _last_least(values: list[int], start: int, stop: int) -> tuple[int, int]:
    part = values[start:stop]
    least = min(part)
    return least, stop - 1 - part[::-1].index(least)


def _hashes(joined: str, width: int) -> list[int]:
    """The CRC-32 of each shingle's UTF-8. The loops are in C: every article has thousands of shingles."""
    data = joined.encode("utf-8", "replace")
    if not joined.isascii():
        ends = list(accumulate(map(len, map(_utf8, joined)), initial=0))
        return list(map(zlib.crc32, map(data.__getitem__, map(slice, ends, ends[width:]))))
    found = [0] * max(len(data) - width + 1, 0)
    for first in range(min(width, len(found))):  # side by side, so that the cutting is done in C
        row = memoryview(data)[first : len(data) - (len(data) - first) % width]
        found[first::width] = map(zlib.crc32, chain.from_iterable(struct.iter_unpack(f"{width}s", row)))
    return found


_utf8 = methodcaller("encode", "utf-8", "replace")


def _key(kind: bytes, value: str) -> str:
    return blake2b(value.encode("utf-8", "replace"), digest_size=8, person=kind).hexdigest()
