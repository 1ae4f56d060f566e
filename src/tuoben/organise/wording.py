"""A text made ready to be looked for among others and compared with them: each form of it is made once, when needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tuoben.text import letters, normalise, shingled, unspaced, written

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
CONTEXT = 5
"""Letters around a number by which it is found again."""
_REACH = 24
SHINGLE = 5
_STRETCH, _LONG = 16, 5000
"""Shingles that are looked for at once, and letters of a text that is not searched through: its shingles are."""
_DATE = re.compile(r"\d+(?=\s*[日号月일월])")


@dataclass(frozen=True)
class Wording:
    """A text in the forms in which copies are told."""

    text: str

    @cached_property
    def words(self) -> Sequence[str]:
        """The runs of letters and digits."""
        return written(self.text)

    @cached_property
    def letters(self) -> str:
        """These joined."""
        return "".join(self.words)

    @cached_property
    def spaced(self) -> bool:
        """Whether shingles are runs of words, not of characters."""
        return not unspaced(self.letters)

    @cached_property
    def shingles(self) -> set[str]:
        """All runs of five characters, or of three words."""
        return shingled(self.words)

    def missing(self, other: Wording, most: int) -> list[str]:
        """The shingles that another text does not have; no more than `most` and a few."""
        if self.spaced or len(other.letters) > _LONG:
            return list(self.shingles - other.shingles)
        held, own, missing = other.letters, self.letters, list[str]()
        last = len(own) - SHINGLE
        for start in range(0, last + 1, _STRETCH):  # most of a copy's text stands in the other in long stretches
            end = min(start + _STRETCH, last + 1)
            if own[start : end + SHINGLE - 1] not in held:
                pieces = (own[at : at + SHINGLE] for at in range(start, end))
                missing += [piece for piece in pieces if piece not in held]
                if len(missing) > most:
                    break
        return missing

    @property
    def count(self) -> int:
        """How many shingles there are, those that occur twice twice where they are runs of characters."""
        return len(self.shingles) if self.spaced else max(0, len(self.letters) - SHINGLE + 1)

    @cached_property
    def numbers(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each number with its contexts: the letters before it, and the letters after it."""
        return tuple(numbered(self.text))

    @cached_property
    def undated(self) -> str:
        """The letters, the days and months of dates left open."""
        return letters(_DATE.sub("0", self.text))


@lru_cache(maxsize=512)
def wording(text: str) -> Wording:
    """The wording of a text: those of the last few hundred are kept, for an article is signed before it is placed."""
    return Wording(text)


def numbered(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The figures of a text, each with what stands before and behind it, folded."""
    return (pair for line in text.splitlines() for pair in _numbered(normalise(line)))


def _numbered(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The numbers of a folded line, each with what stands around it, other numbers there left open."""
    for match in _NUMBER.finditer(line):
        before = _around(line[max(0, match.start() - _REACH) : match.start()])[-CONTEXT:] + "#"
        after = "#" + _around(line[match.end() : match.end() + _REACH])[:CONTEXT]
        yield match[0], tuple(told for told in (before, after) if sum(map(str.isalpha, told)) >= CONTEXT - 2)


def _around(piece: str) -> str:
    return "".join(filter(str.isalnum, _NUMBER.sub("0", piece)))
