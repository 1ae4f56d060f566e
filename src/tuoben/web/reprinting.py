"""A reprint group as the pages show it: a line for each member, in the order of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tuoben import reprints
from tuoben.model import Card, Reading
from tuoben.organise import lineage
from tuoben.organise.lineage import Copy
from tuoben.reprints import Group

DEEPEST = 3
"""Steps that the tree is indented by."""


@dataclass(frozen=True, slots=True)
class Line:
    """A member: how deep it hangs in the tree, in words what it is to the origin, and the figures that it changed."""

    card: Card
    depth: int
    copy: Copy | None
    relation: str
    read: bool
    """The article that is being read."""
    parent: str = ""
    """Outlet of the member that it hangs below, "" for the origin."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The group in order, the origin first, and why that is held to be the origin."""

    lines: list[Line]
    evidence: str


def shown(reading: Reading) -> Shown:
    """The group of an article."""
    group = reprints.group(reading)
    evidence = _("；").join(_evidence()[name] for name in group.lineage.evidence)
    lines = [
        Line(
            group.cards[id],
            depth,
            copy,
            _relation(copy),
            id == reading.card.id,
            group.cards[copy.taken_from].source if copy is not None else "",
        )
        for id, depth in _walk(group)
        for copy in [group.copy(id)]
    ]
    return Shown(lines=lines, evidence=evidence)


def origin(reading: Reading) -> str:
    """Id of the article that an article's group began with."""
    return reprints.group(reading).lineage.origin


def _walk(group: Group) -> Iterator[tuple[str, int]]:
    """Ids from the origin down, each with its depth; what names each other in a circle hangs below the origin."""
    below: dict[str, list[str]] = {}
    for copy in group.lineage.copies:
        below.setdefault(copy.taken_from, []).append(copy.id)
    seen: set[str] = set()
    stack = [(copy.id, 1) for copy in reversed(group.lineage.copies)] + [(group.lineage.origin, 0)]
    while stack:
        id, depth = stack.pop()
        if id not in seen:
            seen.add(id)
            yield id, min(depth, DEEPEST)
            stack += [(child, depth + 1) for child in reversed(below.get(id, []))]


def _relation(copy: Copy | None) -> str:
    if copy is None:
        return _("首发")
    if copy.altered:
        return _("改动了数字")
    return {
        lineage.SAME: _("全文相同"),
        lineage.EXCERPT: _("节选"),
        lineage.EXTENDED: _("增加了内容"),
        lineage.EDITED: _("有改动"),
        lineage.UNKNOWN: _("正文不公开，没有比较"),
    }[copy.relation]


def _evidence() -> dict[str, str]:
    return {
        lineage.MARKER: _("别家注明转自它"),
        lineage.CREDIT: _("别家写明来源是它"),
        lineage.CONTAINS: _("别家的文字都在它里面"),
        lineage.TIME: _("它的时间最早"),
    }
