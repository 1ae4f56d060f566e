"""A text made ready to be looked for among others and compared with them: each form of it is made once, when needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tuoben.text import letters, normalise, shingled, written

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
CONTEXT = 5
"""Letters around a number by which it is found again."""
_REACH = 24
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
    def shingles(self) -> set[str]:
        """All runs of five characters, or of three words."""
        return shingled(self.words)

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
