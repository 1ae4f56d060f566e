"""Which articles report on one event. Pure.

Online clustering as in Miranda et al. 2018 (tf-idf over tokens, time decay, the nearest earlier cluster or a new one),
decided by links between single reports instead of centroids, so that what joined two stories can be taken away again:
a story is what hangs together by links. A link needs two things besides likeness, because bulletins and serial visits
share their words without sharing an event (search.md, section 4): the rare words of each headline stand in the other
report, and the figures that both give in the same place agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tuoben.organise.likeness import Scale, Words, likeness
from tuoben.organise.place import numbered
from tuoben.text import sentences, tokens

LINKED = 0.24
"""The least strength of a link between two reports of one event."""
HEADLINES = 0.35
"""The least share of the squared weights of the headlines' words that must stand in the other report."""
FADE_DAYS = 8.0
FEW = 1 / 2
"""The least share of the reports of a story that were looked at to which a new one must be linked."""
_FIGURES = 4000
"""Characters of a text in which figures are read."""
_TEMPLATE = 2
"""So many figures that differ in the same place, and more than agree, are a template filled anew."""


@dataclass(frozen=True)
class Report:
    """An article as it is weighed for a story. `group`: of its copies, or ""; `story`: "" while in none."""

    id: str
    words: Words
    weights: Mapping[str, float]
    when: datetime
    group: str = ""
    story: str = ""

    headline: frozenset[str] = frozenset()
    """The tokens of the headline that weigh anything."""
    figures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What stands around a number → the numbers that stand there."""

    def placed(self, group: str, story: str) -> Report:
        """The same report, in another group and story."""
        return replace(self, group=group, story=story)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a report belongs: `story` "" for none, the id of an article that founds one, or of a story that is there.

    `brings` are the articles, in no story until now, that enter with it; `merges` the stories that become part of it.
    """

    story: str = ""
    score: float = 0.0
    brings: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()


def report(
    id: str, title: str, text: str, when: datetime, scale: Callable[[Words], Scale], group: str = "", story: str = ""
) -> Report:
    """An article made ready; `scale` tells how rare its words are."""
    words = Words(title, text)
    weights = scale(words).weights(words)
    headline = frozenset(token for token in tokens(title) if weights.get(token, 0.0) > 0)
    figures: dict[str, set[str]] = {}
    for number, contexts in numbered(f"{title}\n{text[:_FIGURES]}"):
        for context in contexts:
            figures.setdefault(context, set()).add(number)
    told = {context: frozenset(numbers) for context, numbers in figures.items()}
    return Report(id, words, weights, when, group, story, headline, told)


def link(one: Report, other: Report) -> float:
    """How strongly two reports speak of one event, 0 to 1; 0 when they do not."""
    if one.group and one.group == other.group:
        return 1.0
    days = abs((one.when - other.when).total_seconds()) / 86400
    strength = likeness(one.weights, other.weights) * math.exp(-days / (2 * FADE_DAYS))
    if strength < LINKED or _headlines(one, other) < HEADLINES or _refilled(one, other):
        return 0.0
    return strength


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
    for context in one.figures.keys() & other.figures.keys():
        if one.figures[context] & other.figures[context]:
            same += 1
        else:
            differ += 1
    return differ >= _TEMPLATE and differ > same


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
        if sum(one.id in links for one in members) > FEW * len(members)
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
