"""What is known of a block when it has to be decided whether it belongs to the story: one row of numbers.

The rows speak of form and place (size, links, names of the boxes around, neighbours, what the rules think) and hardly
of words, so what was learned on some languages holds for others. `NAMES` gives the order of a row; `weights` speaks of
the numbers by these names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log
from typing import Final

from tuoben.extract import words
from tuoben.extract.candidates import Candidate
from tuoben.extract.element import INLINE, Block, Element
from tuoben.extract.tree import Tree

NAMES: Final = (
    # the block itself
    "size", "strong", "kind", "look", "ending", "stops", "dated", "reads_also", "retold", "latin",
    # the boxes around it
    "named", "home", "home_two", "home_three", "alike", "depth",
    "box", "box_blocks", "box_links", "box_tag", "hint", "outer_hint",
    # where it stands
    "before", "after", "from_start", "from_end", "below_headline", "first_long", "last_long",
    # its neighbours
    "prev_size", "prev_kind", "prev_same", "next_size", "next_links", "next_kind", "next_kept", "next_look",
    "near_links", "near_kept",
    # what the rules think, and the page
    "kept", "weight", "page_size", "page_blocks", "page_share", "page_kept",
)  # fmt: skip

KINDS: Final = {
    "p": 0, "li": 1, "h2": 2, "h3": 2, "h4": 3, "h1": 4, "h5": 5, "h6": 5, "td": 6, "th": 6, "figcaption": 7,
    "caption": 7, "blockquote": 8, "dd": 9, "dt": 9, "pre": 10, "div": 11, "section": 11, "article": 11,
}  # fmt: skip
"""Numbers of the kinds of block; anything else is OTHER."""
OTHER: Final = 12
LOOKS: Final = {"text": 0, "long": 1, "short": 2, "heading": 3, "link": 4, "related": 5, "junk": 6, "code": 7}
"""Numbers of what the scorer holds a block for; furniture by name is FURNITURE."""
FURNITURE: Final = 8
BOX_TAGS: Final = {
    "p": 0, "div": 1, "section": 2, "article": 3, "ul": 4, "ol": 4, "dl": 4, "table": 5, "blockquote": 6, "figure": 7,
    "aside": 8, "header": 9, "footer": 10, "details": 11, "main": 3, "form": 10, "nav": 10,
}  # fmt: skip

_HINTS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"caption|credit|copyright|source|legend|photo|image|figure|media|video|gallery|slide",
        r"author|byline|by-line|bio|contributor|writer|editor|date|time|stamp|meta|info",
        r"related|recommend|more|read|also|teaser|promo|card|list|latest|popular|trend|link|recirc|rail|feed",
        r"newsletter|subscri|signup|paywall|piano|regist|login|donat|support|alert|app|banner|cta|button|consent|cookie",
        r"embed|widget|box|aside|inset|sidebar|factbox|fact|infobox|expand|collaps|accordion|module|component|block",
        r"lead|intro|dek|deck|standfirst|summary|subtitle|sub-?title|sub-?head|excerpt|abstract|kicker|preamble|ingress|"
        r"chapeau|sommario|vorspann|description|desc",
        r"quote|pull",
        r"tag|topic|categor|label|keyword|breadcrumb|nav|menu|share|social|tool|comment|footer|disclaim",
        r"article|story|post|entry|content|body|text|paragraph|main|rich|prose",
    )
)


_SPOKEN: Final[dict[str, int]] = {}


def _spoken(hint: str) -> int:
    """Number of the first table of names that a lower-case "id class" text speaks in, one behind the last for none."""
    known = _SPOKEN.get(hint, -1)
    if known < 0:
        if len(_SPOKEN) >= words.REMEMBERED:
            _SPOKEN.clear()
        known = _SPOKEN[hint] = _first_hint(hint)
    return known


def _first_hint(hint: str) -> int:
    for at, pattern in enumerate(_HINTS):
        if pattern.search(hint):
            return at
    return len(_HINTS)


_STOPS: Final = re.compile(r"[.!?。！？؟।…](?:(?<=[。！？])|[\"'”’»）)\]]*(?:\s|$))")
_ENDS: Final = {
    ".": 0,
    "。": 0,
    "!": 0,
    "?": 1,
    "！": 0,
    "？": 1,
    "؟": 1,
    "।": 0,
    "…": 0,
    ":": 2,
    "：": 2,
    ",": 3,
    "，": 3,
}
"""Numbers of the marks that a block may end with; closing quotes and brackets are looked through."""
_CLOSERS: Final = "\"'”’»）)]」』"
LONG: Final = 150.0
"""Letters from which a plain paragraph counts as a long one."""


def _ending(text: str) -> int:
    text = text.rstrip(_CLOSERS)
    return _ENDS.get(text[-1:], 4)


class _Boxes:
    """Shares of the candidate's running text held by elements, each asked once."""

    def __init__(self, tree: Tree, top: Candidate) -> None:
        self.gain, self.sizes, self.linked = [0.0], [0.0], [0.0]
        for block in tree.blocks:
            self.gain.append(self.gain[-1] + (block.weight if block.weight > 0 else 0.0))
            self.sizes.append(self.sizes[-1] + block.size)
            self.linked.append(self.linked[-1] + block.size * block.links)
        self.total = self.gain[top.end] - self.gain[top.start] or 1.0
        self.top = top.element
        self._known: dict[Element, tuple[float, ...]] = {}

    def share(self, element: Element) -> float:
        """Share of the candidate's running text that stands in an element; above 1 when it reaches beyond."""
        return (self.gain[element.end] - self.gain[element.start]) / self.total

    def links(self, start: int, end: int) -> float:
        """Share of linked letters in a range of blocks."""
        return (self.linked[end] - self.linked[start]) / (self.sizes[end] - self.sizes[start] or 1.0)

    def around(self, node: Element) -> tuple[float, ...]:
        """What the boxes around a block's element say; the numbers of NAMES from "named" on."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._around(node)
        return known

    def _around(self, node: Element) -> tuple[float, ...]:
        home = node
        while home.parent is not None and ((home.tag in KINDS and home.tag not in BOXES) or home.tag in INLINE):
            home = home.parent
        two = home.parent or home
        three = two.parent or two
        box, named, tag, hint, outer = node, 0, 0, len(_HINTS), len(_HINTS)
        at: Element | None = node
        for level in range(12):
            if at is None or at is self.top:
                break
            share = self.share(at)
            if share > 0.6:
                break
            box = at
            named += at.named != ""
            tag = max(tag, BOX_TAGS.get(at.tag, 0))
            if at.hint:
                said = _spoken(at.hint)
                if level < 2:
                    hint = min(hint, said)
                else:
                    outer = min(outer, said)
            at = at.parent
        return (
            float(named), self.share(home), self.share(two), self.share(three),
            float(node.depth - self.top.depth), self.share(box), float(box.end - box.start),
            self.links(box.start, box.end), float(tag), float(hint), float(outer),
        )  # fmt: skip


BOXES: Final = frozenset(["div", "section", "article"])


def _signature(block: Block) -> tuple[str, str, int]:
    return block.kind, block.node.hint, block.node.depth


def _alone(block: Block, kept: bool) -> tuple[float, ...]:
    """What a neighbour needs to know of a block: size, links, kind, kept, look."""
    look, kind = LOOKS.get(block.why, FURNITURE), KINDS.get(block.kind, OTHER)
    return block.size, block.links, float(kind), float(kept), float(look)


_NOBODY: Final = (0.0, 0.0, -1.0, 0.0, 9.0)


def _look(block: Block, told: frozenset[str]) -> tuple[float, ...]:
    """The numbers from "stops" to "latin"."""
    text = block.text
    return (
        float(len(_STOPS.findall(text[:1000]))), float(block.size < 200 and words.DATED.search(text) is not None),
        float(words.READ_ALSO.match(block.low if block.size < 500 else text[:60].lower()) is not None),
        _overlap(block.low, told) if block.size < 500 else 0.0, float(not block.cjk),
    )  # fmt: skip


def _overlap(low: str, told: frozenset[str]) -> float:
    """Share of the words of a text in lower case that the page's own description has too."""
    mine = low.split() if told else []
    if not mine:
        return 0.0
    count = 0
    for word in mine:
        if word in told:
            count += 1
    return count / len(mine)


def rows(
    tree: Tree, top: Candidate, blocks: Sequence[Block], kept: set[int], title_at: int, described: str
) -> list[list[float]]:
    """A row for each of `blocks` (with text, in order). `top`: the candidate; `kept`: numbers of the blocks that the
    rules keep; `title_at`: number of the headline's block or -1; `described`: the page's description of itself."""
    boxes = _Boxes(tree, top)
    told = frozenset(described.lower().split())
    looks: dict[tuple[str, str, int], float] = {}
    for block in blocks:
        sign = _signature(block)
        looks[sign] = looks.get(sign, 0.0) + max(0.0, block.weight)
    alone = [_alone(block, block.number in kept) for block in blocks]
    long = [n for n, block in enumerate(blocks) if block.kind == "p" and block.size > LONG and block.links < 0.3]
    first, last = (long[0], long[-1]) if long else (0, len(blocks))
    page = (
        log(1 + boxes.total), log(1 + len(blocks)), boxes.total / (boxes.gain[-1] or 1.0),
        len(kept) / (len(blocks) or 1),
    )  # fmt: skip
    found = []
    count = len(blocks)
    start = boxes.gain[top.start]
    for n, block in enumerate(blocks):
        me = alone[n]
        before, behind = alone[n - 1] if n else _NOBODY, alone[n + 1] if n + 1 < count else _NOBODY
        same = n > 0 and blocks[n - 1].node.parent is block.node.parent
        around = boxes.around(block.node)
        near = alone[max(0, n - 3) : n + 4]
        passed = (boxes.gain[block.number] - start) / boxes.total
        found.append([
            me[0], float(block.strong), me[2], me[4], float(_ending(block.text)), *_look(block, told),
            *around[:4], looks[_signature(block)] / boxes.total, *around[4:],
            passed, 1.0 - passed, float(n), float(count - n),
            float(block.number - title_at) if title_at >= 0 else -50.0, float(n - first), float(n - last),
            before[0], before[2], float(same), *behind,
            sum([one[1] for one in near]) / len(near), sum([one[3] for one in near]) / len(near),
            me[3], block.weight, *page,
        ])  # fmt: skip
    return found


def scope(tree: Tree, top: Candidate, title_at: int) -> list[Block]:
    """The blocks that may belong to a story: the candidate's, those between the headline and it, and some behind it."""
    start = top.start
    if 0 <= title_at < top.start and top.start - title_at <= ABOVE:
        start = title_at
    end = min(len(tree.blocks), top.end + BELOW)
    return [
        block for block in tree.blocks[start:end] if block.text and not (block.node.hidden and not top.element.hidden)
    ]


ABOVE: Final = 40
BELOW: Final = 12
"""Blocks above and below the candidate that are looked at."""
