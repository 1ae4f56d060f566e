"""The last word on every block: a small table of boosted trees, trained on the development pages, looks at what the
rules kept and cut and corrects them where it is sure.

`weights` is written by `python -m benches.train` (decision 0012): a sum of trees, each of which asks for a few of the
numbers that `features` gives and adds its part to the log-odds that the block belongs to the story.
"""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract import features, weights, words
from tuoben.extract.candidates import Candidate
from tuoben.extract.element import Block
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story, drop_own_teaser

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_KANA_HANGUL: Final = re.compile(r"[\u3040-\u30ff\uac00-\ud7a3]")


def decide(tree: Tree, top: Candidate, story: Story, title_at: int, described: str) -> Story:
    """The story after the table's word: blocks that the rules kept go when its log-odds are below the first of a pair,
    blocks that they cut come back above the second. `described`: the page's description of itself. Pictures stay as
    the rules have them."""
    if story.size < SHORT:
        return story
    blocks = features.scope(tree, top, title_at)
    if not blocks or len(blocks) > MOST:
        return story
    kept = {block.number for block in story.blocks}
    rows = features.rows(tree, top, blocks, kept, title_at, described)
    verdicts = stays(blocks, [weights.odds(row) for row in rows], kept, CHINESE if _chinese(story) else OTHERS)
    out: set[int] = set()
    more: list[Block] = []
    for block, yes in zip(blocks, verdicts, strict=True):
        if yes and block.number not in kept:
            more.append(block)
        elif not yes and block.number in kept:
            out.add(block.number)
    result = _changed(story, out, more)
    drop_own_teaser(result)
    return result


def stays(blocks: list[Block], sums: list[float], kept: set[int], bounds: tuple[float, float]) -> list[bool]:
    """Which blocks belong to the story, by their log-odds, what the rules kept, and the two bounds."""
    low, high = bounds
    return [
        told > high and not _said_so(block) if block.number not in kept else told >= low or block.kind in WHOLE
        for block, told in zip(blocks, _whole_lists(blocks, sums), strict=True)
    ]


def _said_so(block: Block) -> bool:
    """A line whose own words say that it is no part of the story: where it stands tells nothing against that."""
    if block.size < 100 and block.text[-1:] not in words.SENTENCE_ENDS and block.kind == "p":
        low = block.low
        if words.HEAD_LINES.match(low) or (block.size < 60 and words.DATED.search(low) and low[0].isdigit()):
            return True
    return block.size < 400 and any(
        (
            words.LEAD_CREDIT.match(block.text),
            words.TAIL_LINES.match(block.low) and not words.is_talk(block.low),
            block.size < 320 and words.WRITER_TOLD.match(block.text),
        )
    )


def _whole_lists(blocks: list[Block], sums: list[float]) -> list[float]:
    """The sums with each list item given the mean of its list: a list stays or goes as a whole."""
    lists: dict[int, list[float]] = {}
    for block, told in zip(blocks, sums, strict=True):
        if block.kind == "li":
            lists.setdefault(id(block.node.parent), []).append(told)
    return [
        told if block.kind != "li" else sum(lists[id(block.node.parent)]) / len(lists[id(block.node.parent)])
        for block, told in zip(blocks, sums, strict=True)
    ]


def _changed(story: Story, out: set[int], more: list[Block]) -> Story:
    """The story without the blocks numbered in `out` and with `more`; what goes is kept as a line of head or tail."""
    left = [block for block in story.blocks if block.number not in out and block.text]
    if not left or not (out or more):
        return story
    first = left[0].number
    result = Story(head=list(story.head), tail=list(story.tail))
    result.blocks = sorted(
        [*(block for block in story.blocks if block.number not in out), *more], key=lambda block: block.number
    )
    for block in story.blocks:
        if block.number in out and block.text:
            (result.head if block.number < first else result.tail).append(block.text)
    back = {block.text for block in more}
    result.head = [line for line in result.head if line not in back]
    result.tail = [line for line in result.tail if line not in back]
    return result


def _chinese(story: Story) -> bool:
    text = "".join(block.text for block in story.blocks[:12])[:2000]
    return len(_HAN.findall(text)) > 0.3 * len(text) and len(_KANA_HANGUL.findall(text)) < 0.02 * len(text)


WHOLE: Final = words.table("td th pre dd dt")
"""Kinds of block that the table never takes out: a cell says little alone, and its neighbours less without it."""
SHORT: Final = 120.0
"""Letters below which a story is left as the rules have it: a news flash has no context to judge by."""
MOST: Final = 3000
"""Blocks above which a page is left to the rules: its size would cost more than it gains."""
OTHERS: Final = (-0.4, 0.4)
CHINESE: Final = (-1.4, 1.4)
"""(DROP, ADD), log-odds. In Chinese the rules are right more often than the table, which must be surer there."""
