"""Words of three characters that stand in a large part of all articles: each is a term of its own.

A word of three characters is looked for as two pairs, one behind the other. Where both pairs stand in a third of a
million articles, their places are compared three hundred thousand times. Which words these are differs from archive to
archive, so a new generation of the index learns them before its first article, from a sample of those to come.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from tuoben.text import pattern

LEAST, MOST = 200, 2000
"""Articles that are learned from: of fewer nothing is learned, more are not looked at."""
_SHARE = 1 / 16
_WORDS = 300
"""Of that share of the articles a word must be; so many words at most."""
_FILE = "often.json"


class Often:
    """The frequent words of an index, and how many articles there were (`of`) when they were learned."""

    def __init__(self, told: Iterable[str] = (), of: int = 0) -> None:
        self.of = of
        known = [(pattern(word), word) for word in told]
        # Those alone that are looked for as two pairs.
        pairs = [((terms[0], terms[1]), word) for (terms, opened), word in known if len(terms) == 2 and not opened]
        self.words: Mapping[tuple[str, ...], str] = dict(pairs)
        """By the pairs that stand one behind the other among the postings of a text."""
        self._begun: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for (first, last), word in pairs:
            self._begun[first].append((f" {first} {last} ", word))
        self._firsts = frozenset(self._begun)

    def standing(self, part: str) -> list[str]:
        """The frequent words in the postings of a text, given between spaces, as often as they stand there."""
        if not self._firsts or part.isascii():  # of scripts without spaces is what is looked for as pairs
            return []
        begun = self._firsts.intersection(part.split())
        if not begun:
            return []
        joined = f" {part} "
        return [word for first in sorted(begun) for run, word in self._begun[first] for _ in range(joined.count(run))]


def learned(texts: Sequence[Sequence[str]], of: int) -> Often:
    """The frequent words of `of` articles, of which some are given as the postings of their parts between spaces."""
    if len(texts) < LEAST:
        return Often(of=of)
    least = len(texts) * _SHARE
    spoken = [[part for part in parts if not part.isascii()] for parts in texts]
    terms = Counter[str]()
    for parts in spoken:
        terms.update({term for part in parts for term in part.split()})
    known = {term for term, count in terms.items() if count >= least}  # of these alone are frequent pairs
    counts = Counter[tuple[str, str]]()
    for parts in spoken:
        pairs = {pair for part in parts for pair in pairwise(part.split()) if pair[0] in known and pair[1] in known}
        counts.update(pairs)
    frequent = sorted((-count, pair) for pair, count in counts.items() if count >= least)
    told = Often(first + last[1:] for _, (first, last) in frequent if first[1:] == last[:1])
    return Often(list(told.words.values())[:_WORDS], of)


def read(folder: Path) -> Often | None:
    """What a generation has learned; None when it has not yet. Raises OSError or ValueError."""
    path = folder / _FILE
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    words, of = (
        (told.get("words"), told.get("of")) if isinstance(told, dict) else (told, MOST)
    )  # a list: before 2026-12
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or not isinstance(of, int):
        raise ValueError(f"{path} holds no frequent words")
    return Often(words, of)


def write(folder: Path, often: Often) -> None:
    """Keep what a generation has learned, in one step."""
    beside = folder / f"{_FILE}.new"
    told = {"of": often.of, "words": list(often.words.values())}
    beside.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    beside.replace(folder / _FILE)
