"""Stored captures read again by the present extractor, beside what an older one read of them: to see what would change,
and to let the rows say it (decision 0018).

Nothing is fetched, no record is touched. Each article is one transaction, and its revisions name their extractor: what
is left to do after a stop, of whatever kind, is what the rows say.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tuoben import pipeline
from tuoben.archive.reading import Archive, Stored
from tuoben.archive.warc import Resolver
from tuoben.errors import DataError, TuobenError
from tuoben.home import Home
from tuoben.jobs import entries
from tuoben.model import Article, Capture, Outcome
from tuoben.runner import Runner
from tuoben.store import rereading
from tuoben.store.commits import Rules
from tuoben.store.rereading import Held, Reread
from tuoben.turns import Reader

BATCH = 16
"""Articles whose captures are in memory at once."""
AT_ONCE = 4 << 20
"""Bytes of one article's payloads that are in memory together: a page that is edited for days has hundreds."""
ROUNDS = 3
"""Times that an article is tried of which something was captured meanwhile."""
EXAMPLES = 10
OF_ONE_SOURCE = 3
"""Examples at most."""


class Opener(Protocol):
    """Reads a capture from its segment; `resolve` says where a revisit's original lies when the record does not."""

    async def __call__(self, capture: Capture, resolve: Resolver | None = None) -> Stored:
        """Raises ArchiveError when it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """Which articles are read again, and whether the rows shall say it."""

    apply: bool = False
    articles: tuple[str, ...] = ()
    """These; empty: all whose revisions another extractor read."""
    source: str = ""
    everything: bool = False
    """Those of the present extractor too: the operator's own site rules have changed, say."""
    sample: int = 0
    """So many of them, taken evenly; 0: all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How captures are read: by whose children, under which rules; `progress` is told (done, of how many)."""

    runner: Runner
    rules: Rules
    plan: pipeline.Plan
    progress: Callable[[int, int], None] = lambda done, total: None


@dataclass(slots=True)
class Tally:
    """Articles of one source, or of all: looked at, changed, and in how many each field is another one."""

    articles: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, found: Reread, names: frozenset[str]) -> None:
        """Count an article."""
        self.articles += 1
        self.changed += found.changed
        self.fields.update(names)


@dataclass(slots=True)
class Found:
    """What was found. `left`: articles that were left as they are, each with the reason."""

    total: Tally = field(default_factory=Tally)
    sources: dict[str, Tally] = field(default_factory=dict)
    dropped: int = 0
    """Revisions that are none: their captures say the same as the one before."""
    added: int = 0
    """Revisions that the older extractor did not see."""
    left: list[tuple[str, str]] = field(default_factory=list)
    examples: list[Reread] = field(default_factory=list)

    def add(self, found: Reread) -> None:
        """Take in what became of an article."""
        if found.why:
            self.left.append((found.article, found.why))
            return
        names = changed_fields(found)
        source = self.sources.setdefault(found.source, Tally())
        self.total.add(found, names)
        source.add(found, names)
        captures = [{state.capture for state in side} for side in (found.before, found.after)]
        self.dropped += len(captures[0] - captures[1])
        self.added += len(captures[1] - captures[0])
        if found.changed and source.changed <= OF_ONE_SOURCE and len(self.examples) < EXAMPLES:
            self.examples.append(found)


def changed_fields(found: Reread) -> frozenset[str]:
    """Names of the fields that are read otherwise in any capture that made a revision and still does."""
    return frozenset(name for old, new in pairs(found) for name in fields_between(old, new))


def pairs(found: Reread) -> list[tuple[Article, Article]]:
    """(as it was read, as it is read now) of each capture that was read otherwise, oldest first."""
    now = {state.capture: state.article for state in found.after}
    both = [(state.article, now[state.capture]) for state in found.before if state.capture in now]
    return [(old, new) for old, new in both if old != new]


def fields_between(old: Article, new: Article) -> list[str]:
    """Names of the fields that differ."""
    names = [one.name for one in dataclasses.fields(Article)]
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def re_extract(home: Home, wish: Wish, reading: Reading) -> Found:
    """Read articles again; with `wish.apply` the rows say it after. Raises DataError when rows are being rebuilt, or
    another process is at it."""
    with home.lock("crawl", shared=True) as free, home.lock("re-extract") as ours:
        if not (free and ours):
            raise DataError("The rows are being rebuilt, or read again, by another process; try again when it is done.")
        ids = list(wish.articles) or rereading.stale(wish.source, everything=wish.everything)
        if 0 < wish.sample < len(ids):
            ids = sorted(random.Random(len(ids)).sample(ids, wish.sample))
        found = Found()
        _rounds(Archive(home.archive), ids, wish, reading, found)
    return found


def _rounds(archive: Archive, ids: Sequence[str], wish: Wish, reading: Reading, found: Found) -> None:
    waiting = list(ids)
    for number in range(ROUNDS):
        later: list[str] = []
        for start in range(0, len(waiting), BATCH):
            for one in _batch(archive, waiting[start : start + BATCH], wish, reading):
                if one.why == rereading.LATER and number + 1 < ROUNDS:
                    later.append(one.article)
                else:
                    found.add(one)
            reading.progress(len(ids) - len(later) - max(len(waiting) - start - BATCH, 0), len(ids))
        waiting = later


def _batch(archive: Archive, ids: Sequence[str], wish: Wish, reading: Reading) -> list[Reread]:
    kept = [held for held in map(rereading.held, ids) if held is not None]

    async def read_all() -> list[list[Outcome] | TuobenError]:
        return await asyncio.gather(*(outcomes(held, stored, reading.runner, reading.plan) for held in kept))

    async def stored(capture: Capture, resolve: Resolver | None = None) -> Stored:
        return archive.read(capture, resolve=resolve)

    read = asyncio.run(read_all())
    return [
        rereading.reread(held, found, reading.rules, keep=wish.apply)
        if isinstance(found, list)
        else Reread(held.article, held.source, why=str(found))
        for held, found in zip(kept, read, strict=True)
    ]


async def outcomes(held: Held, stored: Opener, reader: Reader, plan: pipeline.Plan) -> list[Outcome] | TuobenError:
    """What the captures of an article say to the present extractor, oldest first; the error when one cannot be read."""
    found: list[Outcome] = []
    try:
        for part in _parts(held.captures):
            found += await pipeline.take_in([await stored(one, held.places.get) for one in part], reader, plan)
        if held.entry is not None:
            made = await entries.read([held.entry], stored, lambda host: reader, plan)
            found += [outcome for _, outcome in made if outcome is not None]
    except TuobenError as error:
        return error
    return sorted(found, key=lambda outcome: outcome.at)


def _parts(captures: Sequence[Capture]) -> Iterator[list[Capture]]:
    """The captures that say something new of their address, as many at a time as may be in memory together."""
    payloads: dict[str, str] = {}
    part: list[Capture] = []
    size = 0
    for capture in captures:
        if payloads.get(capture.url) == capture.payload_digest:
            continue
        payloads[capture.url] = capture.payload_digest
        if part and size + capture.payload_length > AT_ONCE:
            yield part
            part, size = [], 0
        part.append(capture)
        size += capture.payload_length
    if part:
        yield part
