"""The keys by which copies of a text find each other.

Two kinds, both of the letters of the folded text (width, 简繁, spacing and punctuation make no difference): the exact
key; and the hashes of some of its passages, chosen in two steps that look at nothing but what is written there. A
passage may begin at one character of six, told by its code and the next one's (a sampling as by Manber 1994); of these
the one with the least hash in each window is taken (winnowing: Schleimer, Wilkerson, Aiken 2003). So edited copies,
excerpts and merged articles share keys wherever a run of both is as long as a window of the longer one. A minimum of a
long window is also one of the shorter windows in it, and the window grows with the text: texts of most lengths have
about a dozen keys, and texts of different length still choose the same passages.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from tuoben.model import Article, Signature
from tuoben.organise.wording import wording

SHORTEST_EXACT: Final = 12
"""Texts of fewer Han characters (or four times as many letters) have no key: "see the video" is nobody's copy."""
SHORTEST_PASSAGES: Final = 40
"""Texts of fewer have the exact key only."""

_LONGEST: Final = 40_000
"""Characters of a text that passages are taken from."""
_HAN, _LETTERS = 9, 20
"""Characters of a passage: where each says much, and where words are spelt."""
_PARTS, _MOST_WINDOW = 7, 64
"""Windows side by side in a text, and the places for a passage in the longest window: some 400 characters."""
_BRIEF, _BRIEF_WINDOW = 100, 4
"""Characters of a text that has so few places that every second character is one too; of these, the longest window."""


def _some(seed: int, of: int) -> bytes:
    """A class of bytes, one of `of`, for a regular expression."""
    return b"[%s]" % re.escape(bytes(b for b in range(256) if zlib.crc32(b"%d" % seed + bytes([b])) % of == 0))


# With this seed the shares hardly differ between languages: from an eighth of the letters to a fifth.
_DENSE: Final = re.compile(_some(75, 2))
_PLACES: Final = re.compile(_some(75, 2) + b"(?=%s)" % _some(752, 3))


def signature(article: Article) -> Signature:
    """The keys of an article's text; without any for texts that are too short to tell."""
    letters = wording(article.text).letters
    paired = len(letters.encode("utf-8", "replace")) > 2 * len(letters)
    size = len(letters) if paired else len(letters) // 4
    if size < SHORTEST_EXACT:
        return Signature()
    units = letters.encode("utf-16-le", "replace")
    exact = _key(b"=", units)
    if size < SHORTEST_PASSAGES:
        return Signature(exact=exact)
    units, width = units[: 2 * _LONGEST], _HAN if paired else _LETTERS
    chosen = [*_passages(units, _PLACES, width, _MOST_WINDOW)]
    if size < _BRIEF:
        chosen += _passages(units, _DENSE, width, _BRIEF_WINDOW)
    return Signature(exact=exact, passages=tuple(_key(b"~", passage) for passage in dict.fromkeys(chosen)))


def _passages(units: bytes, places: re.Pattern[bytes], width: int, most: int) -> Iterator[bytes]:
    """The passages with the least hash in each window; `places` looks at the lower bytes of the units of UTF-16."""
    last, width = len(units) - 2 * width, 2 * width
    starts = [2 * match.start() for match in places.finditer(units[::2])]
    found = [units[at : at + width] for at in starts if at <= last]
    values = list(map(zlib.crc32, found))
    return (found[at] for at in _winnowed(values, min(most, max(1, len(values) // _PARTS))))


def _winnowed(values: Sequence[int], window: int) -> Iterator[int]:
    """Where the least value of each window stands, the last one of equal ones."""
    if not values:
        return
    least, chosen = _last_least(values, 0, window)
    yield chosen
    for at in range(window, len(values)):
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


def _key(kind: bytes, value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8, person=kind).digest(), "big", signed=True)
