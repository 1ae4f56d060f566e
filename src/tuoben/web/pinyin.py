"""Names found by what people type: characters of either script, pinyin, or initials (xhs finds 新华社).

Readings are those of the phrase where the library knows it (重庆 is chongqing), else all that a character has.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pypinyin

from tuoben.text import letters

LONGEST = 60
"""Characters of a name, and of what is typed, that are looked at."""
_LATIN = re.compile(r"[a-z0-9]+")
_MOST_READINGS = 4


def finds(typed: str, name: str) -> bool:
    """Whether what is typed is a part of a name, of its pinyin from any character on, or of its initials. Each syllable
    may be whole or its initial alone (xinhs); blanks and signs do not count. Nothing typed finds everything."""
    wanted = letters(typed)[:LONGEST]
    if not wanted or wanted in letters(name):
        return True
    return bool(_LATIN.fullmatch(wanted)) and _spelt(wanted, name)


def _spelt(wanted: str, name: str) -> bool:
    readings = _readings(name)
    return any(_from(wanted, readings[at:]) for at in range(len(readings)))


def _from(wanted: str, readings: tuple[tuple[str, ...], ...]) -> bool:
    """Whether the syllables, one behind the other, are what is wanted; the last one may be typed in part."""
    open_ = {0}
    for one in readings:
        following = set()
        for at in open_:
            rest = wanted[at:]
            for reading in one:
                if reading.startswith(rest):
                    return True
                following |= {at + len(part) for part in (reading, reading[0]) if rest.startswith(part)}
        open_ = following
        if len(wanted) in open_:
            return True
    return False


@lru_cache(maxsize=4096)
def _readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The readings of each character or Latin word of a name, without tones."""
    told = pypinyin.pinyin(letters(name)[:LONGEST], style=pypinyin.Style.NORMAL, heteronym=True, v_to_u=False)
    return tuple(tuple(dict.fromkeys(filter(None, map(_plain, one[:_MOST_READINGS])))) or ("?",) for one in told)


def _plain(reading: str) -> str:
    return letters(reading)
