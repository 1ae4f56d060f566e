"""Within a reprint group: who published first, on what evidence, who took it from whom, and what each changed. Pure.

Clocks of publishers are wrong at times, so what the texts say goes before what the times say: markers (本文转自, 来源,
据…报道) that name an outlet of the group, then whose text contains whose, then the earlier time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tuoben.organise.wording import numbered
from tuoben.text import letters, shingles

SAME, EXCERPT, EXTENDED, EDITED, UNKNOWN = "same", "excerpt", "extended", "edited", "unknown"
MARKER, CREDIT, CONTAINS, TIME = "marker", "credit", "contains", "time"
"""Evidence for an origin: others say that they took it from there; others credit it; its text holds theirs; it is
the earliest."""
_WHOLE: Final = 0.9
"""Share of one text's shingles in another from which the other contains it."""
_MUCH: Final = 1.25
"""Times as long as the other, from which a text holds more than the other."""
_FUTURE: Final = timedelta(minutes=10)
"""A publication this much after the snapshot is a wrong clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a reprint group. `published`: None unless told to the minute at least."""

    id: str
    text: str
    outlets: frozenset[str]
    """Names of the publisher: of the site, and what the page calls itself."""
    credited: str = ""
    """来源 as the page credits it."""
    reprinted_from: str = ""
    published: datetime | None = None
    captured: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """How a member stands to the origin. `lag`: seconds after the origin, None where a clock is unknown or wrong."""

    id: str
    taken_from: str
    """Id of the member that it says it was taken from, else the origin's."""
    relation: str
    """SAME, EXCERPT, EXTENDED, EDITED, or UNKNOWN where one of the texts is withheld."""
    figures: tuple[tuple[str, str], ...] = ()
    """Figures that stand in the same place with another value: (the origin's, its own)."""
    lag: float | None = None

    @property
    def altered(self) -> bool:
        """Whether a figure was changed."""
        return bool(self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A reprint group in order: its origin, why it is held to be that, and the copies, the earliest first."""

    origin: str
    evidence: tuple[str, ...]
    copies: tuple[Copy, ...]


def lineage(members: Sequence[Member]) -> Lineage:
    """The lineage of a group of one member or more."""
    names = {member.id: frozenset(letters(name) for name in member.outlets if letters(name)) for member in members}
    marked = Counter(found for m in members if (found := _named(m.reprinted_from, m, members, names)))
    credited = Counter(found for m in members if (found := _named(m.credited, m, members, names)))
    below = {m.id for m in members if any(_named(n, m, members, names) for n in (m.reprinted_from, m.credited))}
    takers = {m.id for m in members if _takes(m, names[m.id])}
    held = {m.id: shingles(m.text) for m in members}
    parts = {m.id for m in members if any(_within(held[m.id], held[other.id]) for other in members if other is not m)}

    def rank(member: Member) -> tuple[object, ...]:
        own = member.id
        return (own in below, -marked[own], -credited[own], own in takers, own in parts, *_time(member))

    origin = min(members, key=rank)
    evidence = [
        *([MARKER] if marked[origin.id] else []),
        *([CREDIT] if credited[origin.id] else []),
        *([CONTAINS] if parts - {origin.id} and origin.id not in parts else []),
        *([TIME] if len(members) > 1 and origin is min(members, key=_time) else []),
    ]
    others = sorted((m for m in members if m is not origin), key=_time)
    return Lineage(
        origin=origin.id,
        evidence=tuple(evidence),
        copies=tuple(_copy(m, origin, members, names) for m in others),
    )


def _named(name: str, member: Member, members: Iterable[Member], names: Mapping[str, frozenset[str]]) -> str:
    """Id of the other member whose outlet has a name; the earliest of several; "" when there is none."""
    wanted = letters(name)
    if not wanted or wanted in names[member.id]:
        return ""
    found = [other for other in members if other is not member and wanted in names[other.id]]
    return min(found, key=_time).id if found else ""


def _takes(member: Member, own: frozenset[str]) -> bool:
    """Whether the page itself says that the text is another's."""
    return any(letters(name) and letters(name) not in own for name in (member.reprinted_from, member.credited))


def _within(small: set[str], large: set[str]) -> bool:
    return len(large) > _MUCH * len(small) > 0 and len(small & large) >= _WHOLE * len(small)


def _time(member: Member) -> tuple[datetime, str]:
    """When it was there: as published unless that clock is wrong, else as first captured."""
    published = member.published
    if published is not None and published <= member.captured + _FUTURE:
        return published, member.id
    return member.captured, member.id


def _copy(member: Member, origin: Member, members: Sequence[Member], names: Mapping[str, frozenset[str]]) -> Copy:
    parent = (
        _named(member.reprinted_from, member, members, names)
        or _named(member.credited, member, members, names)
        or origin.id
    )
    lag = None
    if member.published is not None and origin.published is not None:
        lag = (member.published - origin.published).total_seconds()
    return Copy(
        id=member.id,
        taken_from=parent,
        relation=relation(origin.text, member.text),
        figures=tuple(figures(origin.text, member.text)),
        lag=lag,
    )


def relation(origin: str, copy: str) -> str:
    """How the text of a copy stands to its origin's: width, 简繁, spacing and punctuation make no difference."""
    if not origin or not copy:
        return UNKNOWN  # a publisher does not let it be shown
    if letters(origin) == letters(copy):
        return SAME
    was, now = shingles(origin), shingles(copy)
    if _within(now, was):
        return EXCERPT
    return EXTENDED if _within(was, now) else EDITED


def figures(origin: str, copy: str) -> list[tuple[str, str]]:
    """The figures of a copy that stand where the origin has another one: (the origin's, the copy's), each pair once."""
    told: dict[str, dict[str, None]] = {}
    for number, contexts in numbered(origin):
        for context in contexts:
            told.setdefault(context, {})[number] = None
    own = list(numbered(copy))
    kept = {number for number, _ in own}
    found: dict[tuple[str, str], None] = {}
    for number, contexts in own:
        there = [told[context] for context in contexts if context in told]
        if there and not any(number in numbers for numbers in there):
            possible = [was for numbers in there for was in numbers]
            gone = [was for was in possible if was not in kept]  # where a phrase recurs, the one that is no more
            found[(gone or possible)[0], number] = None
    return list(found)
