"""Which articles report on one event. Pure.

Online clustering as in Miranda et al. 2018 (tf-idf over tokens, time decay, the nearest earlier cluster or a new one),
decided by links between single reports instead of centroids, so that what joined two stories can be taken away again:
a story is what hangs together by links. A link needs three things besides likeness, because bulletins, serial visits
and events of one kind share their words without sharing an event (search.md, section 4): the rare words of each
headline stand in the other report, the figures that both give in the same place agree, and so do the names: two texts
in which the same words stand around other names are one template, filled twice. Words that many reports have weigh
nothing at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from operator import mul

from tuoben.organise.likeness import Scale, Words
from tuoben.organise.wording import numbered
from tuoben.text import normalise, sentences, tokens

LINKED = 0.22
"""The least strength of a link between two reports of one event."""
HEADLINES = 0.35
"""The least share of the squared weights of the headlines' words that must stand in the other report."""
FADE_DAYS = 8.0
FARTHEST = timedelta(days=-2 * FADE_DAYS * math.log(LINKED), seconds=1)
"""Reports further apart in time are never linked, unless they are copies, however alike they are."""
FEW = 1 / 3
"""The least share of the reports of a story that were looked at to which a new one must be linked."""
COMMON = 0.3
"""Words in more than n ** (1 - COMMON) of n articles (1 % of 5 million, a sixth of 400) weigh nothing."""
NAMED = 0.5
"""What the rarest word of a phrase must weigh for it to be taken for a name."""
_FIGURES = 4000
"""Characters of a text in which figures are read."""
_LEAD = 300
"""Characters of a text in which names are read."""
_TEMPLATE = 2
"""So many figures that differ in the same place, and more than agree, are a template filled anew; so many names too."""
_LONGEST = 6
"""Characters, or words in alphabets, of the longest name."""
_UNIT = re.compile(r"[^\W\d\u2e80-\ud7ff]+|\d+|\S")
_STOPS = frozenset("。！？；!?.;")
_EDGE = "|"


@dataclass(frozen=True)
class Slots:
    """A headline and lead as a row of places that a name could fill."""

    units: Sequence[str]
    """Characters of Han, Kana and Hangul, words and numbers of other scripts, marks; `_EDGE` where a sentence ends."""
    behind: Mapping[str, Sequence[int]]
    """The words before a place → where such places begin."""

    @classmethod
    def read(cls, title: str, text: str) -> Slots:
        """The places of a headline and of what stands at the head of a text."""
        units = [_EDGE]
        for line in (title, *text[:_LEAD].splitlines()):
            units += [_EDGE if unit in _STOPS else unit for unit in _UNIT.findall(normalise(line))] + [_EDGE]
        behind: dict[str, list[int]] = {}
        for at in range(1, len(units)):
            behind.setdefault(_context(units[max(0, at - 2) : at][::-1]), []).append(at)
        return cls(units, behind)

    def next(self, before: str) -> set[str]:
        """How the phrases behind some words begin."""
        return {" ".join(self.units[at : at + 2]) for at in self.behind[before]}

    def fillers(self, before: str) -> dict[str, dict[str, tuple[int, int]]]:
        """What stands behind the phrases that stand behind some words → those phrases, each with where it is."""
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for start in self.behind[before]:
            for end in range(start + 1, min(start + _LONGEST + 1, len(self.units))):
                if not self.units[end - 1][0].isalnum():
                    break
                phrases = found.setdefault(_context(self.units[end : end + 2]), {})
                phrases[_phrase(self.units[start:end])] = (start, end)
        return found


def _context(units: Sequence[str]) -> str:
    """What stands beside a place, the nearest first: a long word or the edge of a sentence alone, else two units."""
    alone = len(units[0]) > 3 or units[0] == _EDGE
    return units[0] if alone else " ".join(units)


def _phrase(units: Sequence[str]) -> str:
    return (" " if units[0].isascii() else "").join(units)


@dataclass(frozen=True)
class Reading(Words):
    """The words of an article with its names and figures, read when they are asked for."""

    @cached_property
    def slots(self) -> Slots:
        """The places for names in its headline and lead."""
        return Slots.read(self.title, self.text)

    @cached_property
    def figures(self) -> dict[str, set[str]]:
        """What stands around a number → the numbers that stand there."""
        told: dict[str, set[str]] = {}
        for number, contexts in numbered(f"{self.title}\n{self.text[:_FIGURES]}"):
            for context in contexts:
                told.setdefault(context, set()).add(number)
        return told


_NOTHING = Reading("", "")


@dataclass(frozen=True)
class Report:
    """An article as it is weighed for a story. `group`: of its copies, or ""; `story`: "" while in none."""

    id: str
    words: Reading
    weights: Mapping[str, float]
    when: datetime
    group: str = ""
    story: str = ""
    headline: frozenset[str] = frozenset()
    """The tokens of the headline that weigh anything."""
    length: float = 0.0
    """Of the vector of its weights."""

    def weighed(self, scale: Scale) -> Report:
        """The same report, with its words as rare as they are now."""
        common, rarities, log = COMMON * math.log(scale.total + 1), scale.rarities, math.log
        weights = {
            token: (1 + log(count)) * rare
            for token, count in self.words.counts.items()
            if (rare := rarities[token] - common) > 0
        }
        headline = self.words.headline.intersection(weights)
        length = math.sqrt(sum(map(mul, weights.values(), weights.values())))
        return replace(self, weights=weights, headline=headline, length=length)

    def placed(self, group: str, story: str) -> Report:
        """The same report, in another group and story."""
        return self if (group, story) == (self.group, self.story) else replace(self, group=group, story=story)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a report belongs: `story` "" for none, the id of an article that founds one, or of a story that is there.

    `brings` are the articles, in no story until now, that enter with it; `merges` the stories that become part of it.
    """

    story: str = ""
    score: float = 0.0
    brings: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()


def report(id: str, words: Reading, when: datetime, scale: Scale, group: str = "", story: str = "") -> Report:
    """An article made ready; `scale` tells how rare its words are."""
    return Report(id, words, {}, when, group, story).weighed(scale)


def unread(id: str, when: datetime) -> Report:
    """An article of which only its group, its story and its time count (see `told_apart`)."""
    return Report(id, _NOTHING, {}, when)


def told_apart(when: datetime, group: str, other_when: datetime, other_group: str) -> bool:
    """Whether two reports are linked, or not, whatever they say: they are copies, or too far from each other."""
    return bool(group and group == other_group) or abs(when - other_when) > FARTHEST


def link(one: Report, other: Report) -> float:
    """How strongly two reports speak of one event, 0 to 1; 0 when they do not."""
    if one.group and one.group == other.group:
        return 1.0
    if (apart := abs(one.when - other.when)) > FARTHEST:
        return 0.0
    days = apart.total_seconds() / 86400
    strength = _likeness(one, other) * math.exp(-days / (2 * FADE_DAYS))
    if strength < LINKED or _headlines(one, other) < HEADLINES or _refilled(one, other) or _renamed(one, other):
        return 0.0
    return strength


def _likeness(one: Report, other: Report) -> float:
    """The cosine of the weights."""
    shared = one.weights.keys() & other.weights.keys()
    product = sum(map(mul, map(one.weights.__getitem__, shared), map(other.weights.__getitem__, shared)))
    return product / (one.length * other.length) if shared else 0.0


def _headlines(one: Report, other: Report) -> float:
    """The share, by squared weight, of the headlines' words that stand in the other report, the smaller of the two."""
    return min(_told(one, other), _told(other, one))


def _told(one: Report, other: Report) -> float:
    whole = sum(one.weights[token] ** 2 for token in one.headline)
    held = sum(one.weights[token] ** 2 for token in one.headline if token in other.words.counts)
    return held / whole if whole else 0.0


def _refilled(one: Report, other: Report) -> bool:
    """Whether the figures in the same places are others."""
    same = differ = 0
    for context in one.words.figures.keys() & other.words.figures.keys():
        if one.words.figures[context] & other.words.figures[context]:
            same += 1
        else:
            differ += 1
    return differ >= _TEMPLATE and differ > same


def _renamed(one: Report, other: Report) -> bool:
    """Whether in several places the same words stand around names of which neither report has the other's."""
    own: set[tuple[int, int]] = set()
    others: set[tuple[int, int]] = set()
    for before in one.words.slots.behind.keys() & other.words.slots.behind.keys():
        if one.words.slots.next(before) == other.words.slots.next(before):
            continue
        mine, theirs = one.words.slots.fillers(before), other.words.slots.fillers(before)
        for behind in mine.keys() & theirs.keys():
            if mine[behind].keys().isdisjoint(theirs[behind]):
                left, right = _names(mine[behind], one, other), _names(theirs[behind], other, one)
                if left and right:
                    own |= left
                    others |= right
    return min(_apart(own), _apart(others)) >= _TEMPLATE


def _names(phrases: Mapping[str, tuple[int, int]], one: Report, other: Report) -> set[tuple[int, int]]:
    """Where those of the phrases of a report are that are names which another report does not mention."""
    found = set()
    for phrase, where in phrases.items():
        held = [token for token in tokens(phrase) if len(token) > 1]
        if any(one.weights.get(token, 0.0) > NAMED for token in held) and other.words.counts.keys().isdisjoint(held):
            found.add(where)
    return found


def _apart(places: Iterable[tuple[int, int]]) -> int:
    """How many of the places do not overlap."""
    count = last = 0
    for end, start in sorted((end, start) for start, end in places):
        if start >= last:
            count, last = count + 1, end
    return count


def decide(own: Report, others: Sequence[Report]) -> Decision:
    """The story of a report among those it was compared with.

    A story that is there takes it when enough of the story's reports are linked to it; all such stories become one, the
    oldest, when two links at least lead to each. A text and its copies alone are no story.
    """
    links = {other.id: strength for other in others if (strength := link(own, other)) > 0}
    if not links:
        return Decision()
    held: dict[str, list[Report]] = {}
    for other in others:
        if other.story:
            held.setdefault(other.story, []).append(other)
    near = {
        story: [links[one.id] for one in members if one.id in links]
        for story, members in held.items()
        if _enough(own, members, links)
    }
    loose = tuple(other.id for other in others if not other.story and other.id in links)
    if near:
        best = max(near, key=lambda story: (max(near[story]), story))
        strong = [story for story in near if story == best or (len(near[story]) > 1 and len(near[best]) > 1)]
        first = min(strong, key=lambda story: (min(one.when for one in held[story]), story))
        return Decision(first, max(near[best]), loose, tuple(sorted(set(strong) - {first})))
    free = [other for other in others if other.id in loose]
    if any(not own.group or other.group != own.group for other in free):
        founder = min((own, *free), key=lambda one: (one.when, one.id))
        return Decision(founder.id, max(links[one.id] for one in free), loose)
    return Decision()


def _enough(own: Report, members: Sequence[Report], links: Container[str]) -> bool:
    """Whether a report belongs to those of a story: to a copy of it at least, or to as many as there must be."""
    copies = any(own.group and one.group == own.group for one in members)
    return copies or sum(one.id in links for one in members) >= FEW * len(members)


def parts(reports: Sequence[Report]) -> list[list[str]]:
    """The ids of a story's reports by what hangs together still, the oldest part first."""
    waiting = sorted(reports, key=lambda one: (one.when, one.id))
    found: list[list[str]] = []
    while waiting:
        part = [waiting.pop(0)]
        for one in part:
            linked = [other for other in waiting if link(one, other) > 0]
            part += linked
            waiting = [other for other in waiting if other not in linked]
        found.append([one.id for one in part])
    return found


def news(text: str, earlier: Iterable[Words], most: int = 3) -> list[str]:
    """The sentences of a report that tell most of what earlier reports of its story lack: half of their words, or a
    figure, are new."""
    known: set[str] = set()
    for words in earlier:
        known |= words.counts.keys()
    told: list[tuple[float, int, str]] = []
    for at, (start, end) in enumerate(sentences(text[:8000])):
        sentence = text[start:end]
        held = set(tokens(sentence))
        fresh = held - known
        figure = any(any(map(str.isdigit, token)) for token in fresh)
        if len(held) >= 4 and (len(fresh) >= len(held) / 2 or figure):
            told.append((len(fresh) + 10 * figure, at, sentence))
    best = sorted(told, key=lambda item: (-item[0], item[1]))[:most]
    return [sentence for _, _, sentence in sorted(best, key=lambda item: item[1])]
