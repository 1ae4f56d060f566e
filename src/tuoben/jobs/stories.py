"""Articles find their stories, once the index knows them: part of the work on the outbox, so it may stop anywhere.

An article that was hidden leaves its story, one that was revised is decided anew; both may leave a story in parts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

from tuoben.index import Index
from tuoben.organise import stories as organise
from tuoben.organise.likeness import Scale, Words, top
from tuoben.organise.stories import Report
from tuoben.store import stories
from tuoben.store.stories import Filed

CANDIDATES = 16
TERMS = 16
LARGEST = 60
"""Reports of a story that are compared with each other when it may fall apart; larger ones stay whole."""
_HELD = 4000


class Clerk:
    """Decides on articles in turn, and keeps what it weighed lately."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._total = 0
        self._df: dict[str, int] = {}
        self._reports: OrderedDict[tuple[str, str, datetime, int], Report] = OrderedDict()

    def file(self, ids: Sequence[str]) -> None:
        """Decide on each article; those that are hidden, or not there, leave."""
        self._weigh_anew()
        known = stories.filed(ids)
        left = stories.leave(ids)
        for id in ids:
            if id in known:
                self._place(known[id])
        for story in sorted(left):
            self._look_again(story)

    def _weigh_anew(self) -> None:
        """Forget how rare words were when the index has grown by a tenth since: a new one begins empty."""
        count = self._index.count
        if abs(count - self._total) * 10 >= self._total:
            self._total = count
            self._df.clear()
            self._reports.clear()

    def _place(self, one: Filed) -> None:
        own = self._report(one, story="")
        found = self._index.similar(top(own.weights, TERMS), exclude=[one.id], limit=CANDIDATES).ids
        copies = stories.copies([one.group])
        others = stories.filed({*found, *copies} - {one.id})
        decision = organise.decide(own, [self._report(other) for other in others.values()])
        if not decision.story:
            return
        groups = {others[id].group for id in decision.brings} | {one.group}
        with_them = {id: ("copy", 1.0) for id in stories.copies(groups)}
        linked = {id: ("linked", decision.score) for id in (*decision.brings, one.id)}
        founder = {id: ("founded", 0.0) for id in linked if id == decision.story}
        stories.enter(decision.story, with_them | linked | founder, decision.merges)

    def _look_again(self, story: str) -> None:
        ids = stories.members(story)
        if len(ids) <= LARGEST:
            parts = organise.parts([self._report(one) for one in stories.filed(ids).values()])
            stories.split(_named(parts, story), story)

    def _report(self, one: Filed, story: str | None = None) -> Report:
        key = (one.id, one.title, one.when, hash(one.text))
        held = self._reports.get(key)
        if held is None:
            held = organise.report(one.id, one.title, one.text, one.when, self._scale)
            self._reports[key] = held
            if len(self._reports) > _HELD:
                self._reports.popitem(last=False)
        else:
            self._reports.move_to_end(key)
        return held.placed(one.group, one.story if story is None else story)

    def _scale(self, words: Words) -> Scale:
        missing = words.counts.keys() - self._df.keys()
        if missing:
            self._df |= self._index.df(missing)
        return Scale(self._df, self._total)


def _named(parts: Iterable[list[str]], story: str) -> list[list[str]]:
    """The part that keeps the id first: the one with the article of that id, else the largest, the older of equals."""
    return sorted(parts, key=lambda part: (story not in part, -len(part)))
