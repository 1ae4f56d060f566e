"""Articles find their stories, once the index knows them: part of the work on the outbox, so it may stop anywhere.

An article that was hidden leaves its story, one that was revised is decided anew; both may leave a story in parts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from tuoben.index import Index
from tuoben.organise import stories as organise
from tuoben.organise.likeness import Scale, top
from tuoben.organise.stories import Decision, Reading, Report
from tuoben.store import queries, stories
from tuoben.store.stories import Filed

CANDIDATES = 16
TERMS = 16
LARGEST = 60
"""Reports of a story that are compared with each other when it may fall apart; larger ones stay whole."""
_HELD = 2000


class Clerk:
    """Decides on articles in turn, and keeps what it weighed lately.

    It lives for one round of the outbox. What is revised meanwhile comes again, so what was read is not read anew.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._total = 0
        self._df: dict[str, int] = {}
        self._rarity = Scale(self._df, 0)
        self._reports: OrderedDict[str, Report] = OrderedDict()
        self._stale: set[str] = set()

    def file(self, ids: Sequence[str], words: Mapping[str, Reading]) -> None:
        """Decide on each article; those that are hidden, or not there, leave. `words`: of some that the index met."""
        self._weigh_anew()
        known = stories.filed(ids)
        left = stories.leave(ids)
        for id in ids:  # what was weighed may be an earlier revision
            self._reports.pop(id, None)
        self._place([known[id] for id in ids if id in known], words)
        for story in sorted(left):
            self._look_again(story)

    def _weigh_anew(self) -> None:
        """Forget how rare words were when the index has grown by a tenth since: a new one begins empty."""
        count = self._index.count
        if abs(count - self._total) * 10 >= self._total:
            self._total = count
            self._df.clear()
            self._rarity = Scale(self._df, count)
            self._stale.update(self._reports)

    def _place(self, batch: Sequence[Filed], words: Mapping[str, Reading]) -> None:
        """Decide on articles that are in no story, one after the other; what they are compared with is read once."""
        own = {one.id: report for one, report in zip(batch, self._weighed(batch, words), strict=True)}
        copies: dict[str, list[str]] = {}
        for id, group in stories.copies({one.group for one in batch}).items():
            copies.setdefault(group, []).append(id)
        found = {one.id: self._near(one, own[one.id], copies) for one in batch}
        others = stories.filed({id for near in found.values() for id in near})
        held = {id: other.story for id, other in others.items()}
        texts = queries.texts(
            {
                id
                for one in batch
                for id in found[one.id]
                if id in others and not self._holds(others[id]) and not _told_apart(one, others[id])
            }
        )
        for one in batch:
            near = [others[id] for id in found[one.id] if id in others]
            decision = organise.decide(
                own[one.id].placed(one.group, ""),
                [
                    (
                        organise.unread(other.id, other.when)
                        if _told_apart(one, other)
                        else self._report(other, texts.get(other.id))
                    ).placed(other.group, held[other.id])
                    for other in near
                ],
            )
            if not decision.story:
                continue
            entering = self._entering(one, decision, {other.group for other in near if other.id in decision.brings})
            stories.enter(decision.story, entering, decision.merges)
            held = {
                id: decision.story if id in entering or story in decision.merges else story
                for id, story in held.items()
            }

    def _near(self, one: Filed, own: Report, copies: Mapping[str, Sequence[str]]) -> list[str]:
        """The articles that one is compared with: those that share its weightiest words, and its copies."""
        found = self._index.similar(top(own.weights, TERMS), exclude=[one.id], limit=CANDIDATES).ids
        same = [id for id in copies.get(one.group, ()) if id != one.id]
        return list(dict.fromkeys([*found, *same]))

    def _entering(self, one: Filed, decision: Decision, groups: set[str]) -> dict[str, tuple[str, float]]:
        """The articles that enter a story with one, its copies among them, with how they came there."""
        named = {group for group in {*groups, one.group} if group}
        with_them = {id: ("copy", 1.0) for id in stories.copies(named)} if named else {}
        linked = {id: ("linked", decision.score) for id in (*decision.brings, one.id)}
        founder = {id: ("founded", 0.0) for id in linked if id == decision.story}
        return with_them | linked | founder

    def _look_again(self, story: str) -> None:
        ids = stories.members(story)
        if len(ids) <= LARGEST:
            parts = organise.parts(self._weighed(list(stories.filed(ids).values()), {}))
            stories.split(_named(parts, story), story)

    def _weighed(self, batch: Sequence[Filed], words: Mapping[str, Reading]) -> list[Report]:
        """Articles made ready: `words` are those of some of them, the texts of others are read together."""
        texts = queries.texts(one.id for one in batch if one.id not in words and not self._holds(one))
        return [self._report(one, texts.get(one.id), words.get(one.id)) for one in batch]

    def _holds(self, one: Filed) -> bool:
        held = self._reports.get(one.id)
        return held is not None and (held.words.title, held.when) == (one.title, one.when)

    def _report(self, one: Filed, text: str | None, words: Reading | None = None) -> Report:
        """An article made ready; `text` None: it is held, or was not long ago."""
        if words is not None or not self._holds(one):
            if words is None:
                text = queries.texts([one.id]).get(one.id, "") if text is None else text
                words = Reading(one.title, text)
            self._keep(organise.report(one.id, words, one.when, self._scale(words)))
        elif one.id in self._stale:
            held = self._reports[one.id]
            self._keep(held.weighed(self._scale(held.words)))
        self._reports.move_to_end(one.id)
        return self._reports[one.id].placed(one.group, one.story)

    def _keep(self, report: Report) -> None:
        self._stale.discard(report.id)
        self._reports[report.id] = report
        if len(self._reports) > _HELD:
            self._stale.discard(self._reports.popitem(last=False)[0])

    def _scale(self, words: Reading) -> Scale:
        # The difference of two views would go through all words that were ever met, for each article.
        if missing := set(words.counts).difference(self._df):
            self._df |= self._index.df(missing)
        return self._rarity


def _told_apart(one: Filed, other: Filed) -> bool:
    return organise.told_apart(one.when, one.group, other.when, other.group)


def _named(parts: Iterable[list[str]], story: str) -> list[list[str]]:
    """The part that keeps the id first: the one with the article of that id, else the largest, the older of equals."""
    return sorted(parts, key=lambda part: (story not in part, -len(part)))
