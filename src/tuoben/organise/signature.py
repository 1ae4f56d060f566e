"""The keys by which copies of a text find each other.

Three kinds, all of the letters of the folded text (width, 简繁, spacing and punctuation make no difference):
the exact key; bands of a MinHash over shingles of five (Broder 1997; 16 bands of 3 rows: two texts that share half of
their shingles meet in one with probability 0.88, at 0.7 with 0.999); and the hashes of some shingles themselves, chosen
by winnowing (Schleimer, Wilkerson, Aiken 2003), so that an excerpt or a merged article meets its origin in any run of
text as long as the window. A minimum of a long window is also one of the shorter windows in it: texts of different
length, and so of different windows, still choose the same shingles.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from hashlib import blake2b

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
    """Keys of the shingle with the least hash in each window."""
    window = min(_MOST_WINDOW, max(_LEAST_WINDOW, len(joined) // 8))
    waiting: deque[tuple[int, int]] = deque()
    chosen = -1
    count = len(joined) - width + 1
    for at in range(count):
        value = zlib.crc32(joined[at : at + width].encode("utf-8", "replace"))
        while waiting and waiting[-1][0] >= value:
            waiting.pop()
        waiting.append((value, at))
        if waiting[0][1] <= at - window:
            waiting.popleft()
        if at >= min(window, count) - 1 and waiting[0][1] != chosen:
            chosen = waiting[0][1]
            yield _key(b"~", joined[chosen : chosen + width])


def _key(kind: bytes, value: str) -> str:
    return blake2b(value.encode("utf-8", "replace"), digest_size=8, person=kind).hexdigest()
