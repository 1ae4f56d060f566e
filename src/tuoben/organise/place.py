"""Which stored articles are copies of one another, and what a new one changes among them.

Two texts are copies when three quarters of the shorter one's shingles stand in the other, and the numbers that both
give in the same place agree: a bulletin from the same template with other facts is another article, also where only
its date and two facts more are others; a reprint with one altered figure is still a reprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tuoben.model import Article, Hints, Neighbour, Placement
from tuoben.organise.categories import told_by
from tuoben.organise.signature import SHORTEST_PASSAGES
from tuoben.organise.wording import CONTEXT, Wording, wording
from tuoben.text import letters, sentences, shingles

CONTAINMENT = 0.75
NUMBERS = 0.8
STRONG = 0.5
"""Share of all shingles from which two texts are one and the same, not just one within the other."""

ALTERED = 0.9
"""Share of all shingles from which a single number that differs is an altered figure, not another event."""

_PLAIN = 150
"""Letters of a text that is a copy wherever it stands word for word."""
_PIECE, _PIECES, _SOME = 6, 32, 0.25
"""Letters of a piece, how many pieces of a text are looked for, and the share of them that any copy has. Where three
quarters of the runs of five letters are shared, whatever was changed, at least two thirds of those of six are."""
_SHORT = 24
_DIGIT = re.compile(r"\d")
_OF_A_DATE = re.compile("#[日号月일월]")
_FACTS = 2
_FURNITURE = re.compile(
    r"责任编辑|责编|编辑[:：]|来源[:：]|原标题|本文转自|转载|分享到|版权|声明[:：]|查看全文|阅读原文|点击|扫码|\d{4}-\d"
    r"|copyright|all rights reserved|read more|subscribe|share (?:this|on)",
    re.IGNORECASE,
)
_FOREIGN, _HAD = 0.05, 0.2
_FEW = _FOREIGN * (1 - _HAD) / 2
"""The share of missing shingles up to which the strange sentences among them are too few, furniture left out of it."""


def is_copy(left: str, right: str) -> bool:
    """Whether two texts are the same one, altered or not, whole or in part."""
    return _resemblance(wording(left), wording(right)) > 0


def _resemblance(left: Wording, right: Wording) -> float:
    """The share of all shingles that two copies have in common; 0 when they are not copies."""
    small, large = sorted((left, right), key=lambda text: len(text.letters))
    if len(small.letters) >= _PLAIN and small.letters in large.letters:
        return len(small.letters) / len(large.letters)
    if small.letters and small.letters == large.letters:
        return 1.0
    if _strangers(small.letters, large.letters):
        return 0.0
    if small.count > large.count:
        small, large = large, small
    least = small.count
    missing = small.missing(large, int((1 - CONTAINMENT) * least))
    shared = least - len(missing)
    if least < _SHORT or shared < CONTAINMENT * least:
        return 0.0
    whole = shared / (least + large.count - shared)
    # A number that the longer text has in the same place misses none of its shingles there, nor does a sentence.
    if _DIGIT.search(" ".join(missing)):
        same, other = _numbers(small, large)
        agree = same >= NUMBERS * (same + other) or (other == 1 and whole >= ALTERED)
        if not agree or (other and _refilled(small, large)):
            return 0.0
    return 0.0 if len(missing) > _FEW * least and _foreign(small, large) > _FOREIGN else whole


def _strangers(small: str, large: str) -> bool:
    """Whether of some pieces of a text next to none stand in another: then three quarters of it do not."""
    width = _PIECE if not small.isascii() else 3 * _PIECE
    starts = range(0, len(small) - width + 1, max(1, len(small) // _PIECES))
    return sum(small[at : at + width] in large for at in starts) < _SOME * len(starts)


def _refilled(small: Wording, large: Wording) -> bool:
    """Whether the texts are of two days and two facts more: a bulletin from the same template.

    A date differs when what stands before it and behind it stands in both texts, around another number.
    """
    told: dict[str, set[str]] = {}
    for number, contexts in large.numbers:
        for context in contexts:
            told.setdefault(context, set()).add(number)
    other_day = any(
        _OF_A_DATE.match(contexts[-1]) and all(context in told and number not in told[context] for context in contexts)
        for number, contexts in small.numbers
        if len(contexts) > 1
    )
    return other_day and _spots(small.undated, large.undated) >= _FACTS


def _spots(small: str, large: str) -> int:
    """In how many places the letters of a text are not those of another one."""
    width = CONTEXT if not small.isascii() else 3 * CONTEXT
    held = {large[at : at + width] for at in range(len(large) - width + 1)}
    strange = [small[at : at + width] not in held for at in range(len(small) - width + 1)]
    return sum(now and not before for before, now in zip([False, *strange], strange, strict=False))


def _foreign(small: Wording, large: Wording) -> float:
    """The share of the shorter text in sentences of which the longer has next to nothing.

    An edited copy differs a little everywhere; a template filled anew has sentences of its own.
    """
    total = foreign = 0
    for start, end in sentences(small.text):
        sentence = small.text[start:end]
        held = shingles(sentence)
        if len(held) < 8 or (len(sentence) < 80 and _FURNITURE.search(sentence)):
            continue
        total += len(held)
        if len(held & large.shingles) < _HAD * len(held):
            foreign += len(held)
    return foreign / total if total else 0.0


def _numbers(left: Wording, right: Wording) -> tuple[int, int]:
    """How many numbers of the left text stand where the right one has a number too: the same, another."""
    told: dict[str, set[str]] = {}
    for number, contexts in right.numbers:
        for context in contexts:
            told.setdefault(context, set()).add(number)
    same = other = 0
    for number, contexts in left.numbers:
        shared = [told[context] for context in contexts if context in told]
        if any(number in numbers for numbers in shared):
            same += 1
        elif shared:
            other += 1
    return same, other


def place(
    article: Article,
    id: str,
    neighbours: Sequence[Neighbour],
    *,
    hints: Hints = Hints(),  # noqa: B008
    known_category_names: Iterable[str] = (),
) -> Placement:
    """Where an article belongs among the stored ones that share a key with it.

    Copies that are the same text as a whole bring their groups together; a text that only contains another, or is an
    excerpt of it, joins the one it resembles most, so that a digest does not tie its items to each other. `joins` names
    stored articles that enter the group, and the ids of groups that are taken over: the store moves their members too.
    """
    told = told_by(article, hints, known_category_names)
    alone = Placement(category=told.category, category_origin=told.origin, section=told.section)
    if not neighbours:
        return alone
    own = wording(article.text)
    found: list[tuple[float, Neighbour]] = []
    joined: set[str] = set()
    for n in neighbours:
        if n.id == id or n.group in joined or not _tellable(article, own, n):
            continue  # of a group that it belongs to no other member says more
        likeness = _resemblance(own, wording(n.text))
        if likeness > 0:
            found.append((likeness, n))
        if likeness >= STRONG and n.group:
            joined.add(n.group)
    copies = sorted(found, key=lambda pair: (-pair[0], pair[1].captured, pair[1].id))
    members = [n for r, n in copies if r >= STRONG] or [n for _, n in copies[:1]]
    if not members:
        return alone
    first = min(members, key=lambda n: (n.captured, n.id))
    founders = [n for n in members if n.group]
    group = min(founders, key=lambda n: (n.captured, n.id)).group if founders else first.id
    entering = [n.id for n in members if n.group != group and n.id != id]
    taken = [n.group for n in members if n.group and n.group != group]
    if group != id and not founders:
        entering = [*dict.fromkeys([group, *entering])]
    return replace(alone, group=group, joins=tuple(dict.fromkeys([*entering, *taken])))


def _tellable(article: Article, own: Wording, neighbour: Neighbour) -> bool:
    """Whether the text says enough to be told from a standing phrase; very short ones need the same headline too."""
    return len(own.letters) >= SHORTEST_PASSAGES or letters(article.title) == letters(neighbour.title)
