"""What changed between two states of a text, sentence by sentence: for readers, so moved text is seen as moved.

Sentences that both hold in the same order stay; of the others, equal ones moved, alike ones were edited, and what is
left was removed or added. Within an edited sentence the changed words are marked; a figure counts as one word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from tuoben import text as texts
from tuoben.model import Article

SAME, EDITED, ADDED, REMOVED, MOVED, LEFT = "same", "edited", "added", "removed", "moved", "left"
"""Of a piece. MOVED stands where a sentence is now, LEFT where it was before; either may have been edited, too."""
KEPT, GONE, NEW = "", "-", "+"
"""Of a part of an edited sentence."""
_ALIKE: Final = 0.5
"""Share of common words from which two sentences at the same place are one that was edited."""
_ALIKE_ELSEWHERE: Final = 0.75
_MOVES: Final = 6
"""Letters from which an equal sentence elsewhere is the same one, moved: short ones stand anywhere."""
_MOST_PAIRS: Final = 20_000
"""Pairs of equal sentences beyond which their order is not looked at: a page would wait for its comparison."""
_MOST_ALIKE: Final = 4_000
"""Pairs of sentences that are compared word by word, likewise."""
_MOST_WORDS: Final = 250_000
"""Pairs of words within a sentence, likewise."""
_WORD: Final = re.compile(
    r"\d+(?:[.,:：．/-]\d+)*[%％‰]?|[^\W\d_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+(?:['’-]\w+)*|\s+|.", re.S
)

Part = tuple[str, str]
"""(KEPT, GONE or NEW, the words)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One sentence: as it was (`old`, "" when added) and as it is (`new`, "" when removed)."""

    kind: str
    old: str = ""
    new: str = ""
    parts: tuple[Part, ...] = ()
    """Of an edited sentence: its words in order, with what is gone and what is new."""
    opens: bool = False
    """It begins a paragraph."""
    space: bool = False
    """White space stands before it within its paragraph: sentences of Latin scripts, not Chinese ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field beside the text that changed: its name in model.Article, and both values as words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Between two states of an article: fields, and the text in pieces."""

    fields: tuple[FieldChange, ...]
    pieces: tuple[Piece, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """What happened to the text, SAME left out."""
        return frozenset(piece.kind for piece in self.pieces) - {SAME, LEFT}


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    opens: bool
    space: bool


def differences(old: Article, new: Article) -> Differences:
    """What a reader of the second state should know of the first; nothing where the words of either are withheld."""
    if old.policy.noarchive or new.policy.noarchive:
        return Differences(fields=(), pieces=())
    return Differences(fields=tuple(_fields(old, new)), pieces=compare(old.text, new.text))


def _fields(old: Article, new: Article) -> Iterator[FieldChange]:
    for field in ("title", "column", "source", "reprinted_from", "category"):
        if (was := getattr(old, field)) != (now := getattr(new, field)):
            yield FieldChange(field=field, old=was, new=now)
    if old.authors != new.authors:
        yield FieldChange(field="authors", old="、".join(old.authors), new="、".join(new.authors))
    told = [article.published.iso().replace("T", " ") if article.published else "" for article in (old, new)]
    if told[0] != told[1]:
        yield FieldChange(field="published", old=told[0], new=told[1])
    pictures = [[image.url for image in article.images] for article in (old, new)]
    if [url.split("?")[0] for url in pictures[0]] != [url.split("?")[0] for url in pictures[1]]:
        yield FieldChange(field="images", old="\n".join(pictures[0]), new="\n".join(pictures[1]))


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts, in the order of the second, with what is gone from the first at its old place."""
    before, after = _sentences(old), _sentences(new)
    keys = [[" ".join(sentence.text.split()) for sentence in side] for side in (before, after)]
    blocks = _opcodes(keys[0], keys[1])
    pairs = _pairs(blocks, keys[0], keys[1])
    came_from = {now: was for was, now in pairs.items()}
    out: list[Piece] = []
    for kind, was, was_end, now, now_end in blocks:
        if kind == "equal":
            out += [_same(before[was + i], after[now + i]) for i in range(now_end - now)]
            continue
        here = {i: pairs[i] for i in range(was, was_end) if i in pairs and now <= pairs[i] < now_end}
        out += _block(before, after, (range(was, was_end), range(now, now_end)), here, pairs, came_from)
    return tuple(out)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Which stretches of sentences stay and which change, as difflib tells it.

    What both begin and end with is set aside first. A table or a ticker says the same lines over and over, on which
    difflib takes minutes: then the rest between is one change, in which equal and alike lines are still paired.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = old[start : len(old) - end], new[start : len(new) - end]
    counts = [Counter(side) for side in middle]
    inner: Sequence[tuple[str, int, int, int, int]]
    if sum(count * counts[1][line] for line, count in counts[0].items()) > _MOST_PAIRS:
        inner = [("replace", 0, len(middle[0]), 0, len(middle[1]))]
    else:
        inner = SequenceMatcher(None, *middle, autojunk=False).get_opcodes()
    moved = [(kind, a + start, b + start, c + start, d + start) for kind, a, b, c, d in inner]
    head = [("equal", 0, start, 0, start)] if start else []
    tail = [("equal", len(old) - end, len(old), len(new) - end, len(new))] if end else []
    return [*head, *moved, *tail]


def _sentences(text: str) -> list[_Sentence]:
    found = []
    for paragraph in re.split(r"\n{2,}", text):
        for number, (start, end) in enumerate(texts.sentences(paragraph)):
            found.append(_Sentence(paragraph[start:end], number == 0, number > 0 and paragraph[start - 1].isspace()))
    return found


def _pairs(blocks: Iterable[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which removed sentence is which added one: equal ones, then alike ones in place, then alike ones elsewhere."""
    changed = [block for block in blocks if block[0] != "equal"]
    left = [i for _, start, end, _, _ in changed for i in range(start, end)]
    free = {j: None for _, _, _, start, end in changed for j in range(start, end)}
    found: dict[int, int] = {}
    places: dict[str, list[int]] = {}
    for j in free:
        places.setdefault(new[j], []).append(j)
    for i in left:
        if places.get(old[i]) and len(texts.letters(old[i])) >= _MOVES:
            found[i] = places[old[i]].pop(0)
            del free[found[i]]
    for _, start, end, new_start, new_end in changed:
        _match(
            [i for i in range(start, end) if i not in found], range(new_start, new_end), old, new, found, free, _ALIKE
        )
    _match([i for i in left if i not in found], range(len(new)), old, new, found, free, _ALIKE_ELSEWHERE)
    return found


def _match(
    left: Sequence[int],
    among: range,
    old: Sequence[str],
    new: Sequence[str],
    found: dict[int, int],
    free: dict[int, None],
    least: float,
) -> None:
    """Pair alike sentences, the most alike first."""
    there = [j for j in among if j in free]
    if not left or not there or len(left) * len(there) > _MOST_ALIKE:
        return
    was = {i: _WORD.findall(old[i]) for i in left}
    sets = {i: set(words) for i, words in was.items()}
    scores = []
    for j in there:
        now = _WORD.findall(new[j])
        own = set(now)
        matcher = SequenceMatcher(None, b=now, autojunk=False)
        for i in left:
            # Sets of words are compared in no time; only what shares enough of them is looked at word by word.
            if 2 * len(own & sets[i]) < (least - 0.1) * (len(own) + len(sets[i])):
                continue
            if len(was[i]) * len(now) > _MOST_WORDS:
                ratio = 2 * len(own & sets[i]) / (len(own) + len(sets[i]))
            else:
                matcher.set_seq1(was[i])
                ratio = matcher.ratio()
            if ratio >= least:
                scores.append((-ratio, abs(i - j), i, j))
    for _, _, i, j in sorted(scores):
        if i not in found and j in free:
            found[i] = j
            del free[j]


def _block(
    before: Sequence[_Sentence],
    after: Sequence[_Sentence],
    ranges: tuple[range, range],
    here: dict[int, int],
    pairs: dict[int, int],
    came_from: dict[int, int],
) -> Iterator[Piece]:
    """The pieces of a stretch that changed: what is gone stands before the next sentence that was edited in place."""
    steady = _rising(here)
    waiting = list(ranges[0])
    for j in ranges[1]:
        i = came_from.get(j)
        if i is not None and steady.get(i) == j:
            earlier = [place for place in waiting if place < i]
            yield from (_gone(before[place], moved=place in pairs) for place in earlier)
            waiting = [place for place in waiting if place > i]
            yield _edited(before[i], after[j], EDITED)
        elif i is not None:
            yield _edited(before[i], after[j], MOVED)
        else:
            yield Piece(kind=ADDED, new=after[j].text, opens=after[j].opens, space=after[j].space)
    for i in waiting:
        yield _gone(before[i], moved=i in pairs)


def _rising(here: dict[int, int]) -> dict[int, int]:
    """Of pairs within one stretch, those that keep their order (greedily): the others moved."""
    kept: dict[int, int] = {}
    last = -1
    for i, j in sorted(here.items()):
        if j > last:
            kept[i], last = j, j
    return kept


def _gone(sentence: _Sentence, *, moved: bool = False) -> Piece:
    return Piece(kind=LEFT if moved else REMOVED, old=sentence.text, opens=sentence.opens, space=sentence.space)


def _same(old: _Sentence, new: _Sentence) -> Piece:
    return Piece(kind=SAME, old=old.text, new=new.text, opens=new.opens, space=new.space)


def _edited(old: _Sentence, new: _Sentence, kind: str) -> Piece:
    parts = tuple(words(old.text, new.text)) if old.text != new.text else ()
    return Piece(kind=kind, old=old.text, new=new.text, parts=parts, opens=new.opens, space=new.space)


def words(old: str, new: str) -> Iterator[Part]:
    """The words of two sentences in order: kept, gone, new."""
    was, now = _WORD.findall(old), _WORD.findall(new)
    if len(was) * len(now) > _MOST_WORDS:
        yield GONE, old
        yield NEW, new
        return
    for kind, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            yield KEPT, "".join(now[new_start:new_end])
            continue
        if start < end:
            yield GONE, "".join(was[start:end])
        if new_start < new_end:
            yield NEW, "".join(now[new_start:new_end])
