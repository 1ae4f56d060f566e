"""A page's time where neither its data nor the lines by the headline tell one: labelled lines anywhere, elements named
for the date, inline state, the URL, the document's title, the last line of the story. In doubt none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tuoben.extract import dates
from tuoben.extract.dates import Stamp
from tuoben.extract.datewords import (
    BAD_BOX,
    DATE_LABEL,
    MODIFIED_WORDS,
    OTHER_WORDS,
    PUBLISHED_WORDS,
    Way,
    Where,
    plausible,
)
from tuoben.extract.element import Block
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.model import Page, Precision

_STATE: Final = re.compile(
    r"[\"']?\b(?:datePublished|publish(?:ed)?_?(?:at|time|date|on)|first_?publish\w{0,12}|pub_?(?:time|date)|"
    r"publication_?(?:date|time)|release_?(?:date|time)|ptime|create_?time|"
    r"news_?time|post_?(?:date|time))[\"']?\s*[:=]\s*[\"']?(?P<when>\d[\dT:.+Z/ -]{7,32})",
    re.I,
)
_DATE_NAMED: Final = re.compile(
    r"(?:^|[\s_-])(?:\w*dates?|pub(?:lished|date|time)?|posted|\w*time|datum|data|fecha)(?:$|[\s_-])"
)
_AT_END: Final = re.compile(r"[\s)）\]】.]*$")


def anywhere(page: Page, tree: Tree, meta: Meta, where: Where, way: Way) -> tuple[Stamp, str] | None:
    """The last resorts in their order, with the origin: each believed only when it tells a single day."""
    labelled, named = _lines(page, tree, way)
    last = _last_line(page, tree, where, way)
    for stamps, origin in (
        (labelled, "text"),
        (_in_state(page, tree), "markup"),
        ([stamp] if (stamp := plausible(dates.in_url(page.url), page)) else [], "url"),
        (_in_titles(page, tree, meta, way), "meta"),
        ([last] if last else [], "text"),
        (_behind(page, tree, where, way), "text"),
        (named, "text"),
    ):
        if (stamp := _single(stamps)) is not None:
            return stamp, origin
    return None


def _single(stamps: Iterable[Stamp]) -> Stamp | None:
    """The fullest of the stamps when all tell the same day."""
    told = list(stamps)
    if len({stamp.value.date() for stamp in told}) != 1:
        return None
    return max(told, key=lambda stamp: stamp.precision != "day")


def _lines(page: Page, tree: Tree, way: Way) -> tuple[list[Stamp], list[Stamp]]:
    """(times with a word for publishing before them, times alone in an element named for the date)."""
    labelled: list[Stamp] = []
    named: list[Stamp] = []
    before: Block | None = None
    for block in tree.blocks:
        if 4 < block.size < 240 and block.node.noise not in ("comment", "related") and _has_digit(block.text):
            label = before.text if before is not None and DATE_LABEL.fullmatch(before.text) else ""
            _sort_in(page, block, label, way, labelled, named)
        before = block if block.text else before
    return labelled, named


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _sort_in(page: Page, block: Block, label: str, way: Way, labelled: list[Stamp], named: list[Stamp]) -> None:
    for stamp, start, end in dates.find(block.text, month_first=way.month_first, year_first=way.year_first):
        good = plausible(stamp, page)
        told = f"{label} {block.text[max(0, start - 40) : start]}"
        if good is None:
            continue
        if PUBLISHED_WORDS.search(told) or (start < 30 and DATE_LABEL.fullmatch(told)):
            labelled.append(good)
        elif not MODIFIED_WORDS.search(told) and start < 4 and len(block.text) - end < 4 and _named(block):
            named.append(good)


def _named(block: Block) -> bool:
    """An element named for the date, in nobody else's box."""
    node = block.node
    if node.noise in BAD_BOX or block.kind == "figcaption":
        return False
    hints = (node.hint, node.parent.hint if node.parent else "")
    return any(len(hint) > 1 and _DATE_NAMED.search(hint) for hint in hints)


def _in_state(page: Page, tree: Tree) -> list[Stamp]:
    """Times under publication keys in the page's inline scripts."""
    found: list[Stamp] = []
    for _, text in tree.scripts:
        for match in _STATE.finditer(text[:400_000]):
            stamp = plausible(dates.machine(match["when"].strip()), page)
            if stamp is not None:
                found.append(stamp)
            if len(found) > 20:
                return found
    return found


def _in_titles(page: Page, tree: Tree, meta: Meta, way: Way) -> list[Stamp]:
    """A day at the very end of the document's titles: Headline | Outlet | 28.04.2023."""
    found: list[Stamp] = []
    for text in (tree.title, meta.first("og:title"), meta.first("description", "og:description")):
        for stamp, start, end in dates.find(text[-60:], month_first=way.month_first, year_first=way.year_first):
            if start > 4 and _AT_END.match(text[-60:][end:]) and (good := plausible(stamp, page)):
                found.append(good)
    return found


BEHIND: Final = 12
"""Blocks behind the story in which its time may stand, when no other block there tells one."""


def _behind(page: Page, tree: Tree, where: Where, way: Way) -> list[Stamp]:
    """Times with their clock that open a short line behind the story, as news flashes are dated."""
    found: list[Stamp] = []
    for block in tree.blocks[where.last : where.last + BEHIND]:
        if block.text and block.size < 60 and not block.links and block.node.noise not in BAD_BOX:
            for stamp, start, _ in dates.find(block.text, month_first=way.month_first, year_first=way.year_first):
                good = plausible(stamp, page)
                if good is not None and start < 3 and good.precision is not Precision.DAY:
                    found.append(good)
    return found


SIGNED: Final = 24
"""Characters before the day in a line that dates a letter: the place, or the office."""


def _last_line(page: Page, tree: Tree, where: Where, way: Way) -> Stamp | None:
    """The day under the story, as letters are dated."""
    block = tree.blocks[where.last - 1] if 0 < where.last <= len(tree.blocks) else None
    if block is None or not block.text or len(block.text) > 80:
        return None
    for stamp, start, end in dates.find(block.text, month_first=way.month_first, year_first=way.year_first):
        if MODIFIED_WORDS.search(block.text[:start]) or OTHER_WORDS.search(block.text[:start]):
            continue
        if start > SIGNED and block.text[-1] in ".!?。":
            continue  # a sentence
        if end >= len(block.text) - 1 and (start == 0 or block.text[start - 1] in "\n,，、 "):
            return plausible(stamp, page)
    return None
