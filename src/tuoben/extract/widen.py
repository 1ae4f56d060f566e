"""From the best candidate to the whole story, when it goes on in boxes beside it."""

from __future__ import annotations

from typing import Final

from tuoben.extract.candidates import Candidate, gains, losses
from tuoben.extract.element import HEADINGS, Block, Element
from tuoben.extract.tree import Tree


def widen(tree: Tree, best: Candidate) -> Candidate:
    """The element above the best candidate when the story goes on in its siblings: enough running text, little else.
    Where the element above holds much else, too, only the run of siblings that are running text."""
    gain, loss = gains(tree), losses(tree)
    chosen = node = best.element
    for _ in range(6):
        parent = node.parent
        if parent is None or parent.tag in ("body", "html"):
            break
        mine = gain[chosen.end] - gain[chosen.start]
        more = gain[parent.end] - gain[parent.start] - mine
        cost = loss[parent.end] - loss[parent.start] - (loss[chosen.end] - loss[chosen.start])
        if more > 0.12 * mine:
            if more > 2.0 * cost + 60.0 and _plain_share(tree, parent, chosen) > 0.6:
                chosen = parent
            elif gain[node.end] - gain[node.start] < 1.05 * mine:
                span = _plain_run(tree, parent, node)
                if gain[span[1]] - gain[span[0]] > 1.12 * mine:
                    return Candidate(parent, best.score, best.origin, span)
        node = parent
    return best if chosen is best.element else Candidate(chosen, best.score, best.origin)


LITTLE: Final = 60.0
"""Letters up to which a box between two parts of a story, a picture or a rule, is passed over."""


def _plain_run(tree: Tree, parent: Element, child: Element) -> tuple[int, int]:
    """Blocks of the children of `parent` around `child`, as far as they are of its make and mostly running text."""
    children = [
        one
        for one in tree.elements
        if one.parent is parent and (one is child or _size(tree.blocks[one.start : one.end]) > LITTLE)
    ]
    at = children.index(child) if child in children else -1
    if at < 0:
        return child.start, child.end
    first = last = at
    while first and _of_story(tree, children[first - 1], child):
        first -= 1
    while last + 1 < len(children) and _of_story(tree, children[last + 1], child):
        last += 1
    return children[first].start, children[last].end


def _of_story(tree: Tree, element: Element, like: Element) -> bool:
    """An element named like another, with running text that is hardly linked and nothing that speaks of furniture."""
    kin = _kin(like)
    if element.tag != like.tag or element.noise or element.named or element.hidden or not kin or _kin(element) != kin:
        return False
    blocks = tree.blocks[element.start : element.end]
    good = sum((block.size * _plainness(block) for block in blocks), 0.0)
    return good > 0.6 * _size([block for block in blocks if block.kind not in HEADINGS])


def _size(blocks: list[Block]) -> float:
    return sum((block.size for block in blocks), 0.0)


def _kin(element: Element) -> frozenset[str]:
    """The classes of an element, names with digits (a box's own) left out."""
    return frozenset(name for name in element.get("class").split() if not any(c.isdigit() for c in name))


def _plainness(block: Block) -> float:
    """How much of a block counts as a story's text: 1 for a paragraph, less the more of it is linked."""
    if block.weight <= 0 or not (block.kind in ("p", "li") or block.size > 100):
        return 0.0
    return max(0.0, 1.0 - 2.0 * block.links)


def _plain_share(tree: Tree, outer: Element, inner: Element) -> float:
    """Share of the text around `inner` within `outer` that is running text."""
    good = total = 0.0
    for block in [*tree.blocks[outer.start : inner.start], *tree.blocks[inner.end : outer.end]]:
        if block.node.noise or block.node.hidden:
            continue
        total += block.size
        if not _named_within(block.node, outer):
            good += block.size * _plainness(block)
    return good / total if total else 0.0


def _named_within(node: Element | None, outer: Element) -> bool:
    """A box between a block and `outer` has a name that speaks of furniture, whatever it holds."""
    while node is not None and node is not outer:
        if node.named:
            return True
        node = node.parent
    return False
