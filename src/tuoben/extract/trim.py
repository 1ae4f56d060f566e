"""From a candidate to the story: what stands inside and is not the story is taken out, and kept as labelled lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from tuoben.extract import words
from tuoben.extract.candidates import sentence_like
from tuoben.extract.datewords import OTHER_WORDS
from tuoben.extract.element import HEADINGS, Block, Element
from tuoben.extract.names import BYLINE_LINE, OUTLET_LINE
from tuoben.extract.tree import Tree


@dataclass(slots=True)
class Story:
    """The kept blocks in order, and the lines that were cut from both ends and between."""

    blocks: list[Block] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)

    @property
    def size(self) -> float:
        """Letters of the kept blocks."""
        return sum((block.size for block in self.blocks), 0.0)


def key(text: str) -> str:
    """Letters and digits only, folded: what two spellings of a headline have in common."""
    if text.isascii():
        return text.lower().translate(_SIGNS_AND_SPACES)
    return "".join([c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum()])


_SIGNS_AND_SPACES: Final = dict.fromkeys([code for code in range(128) if not chr(code).isalnum()])


def story(
    tree: Tree, element: Element, titles: frozenset[str], title_at: int = -1, span: tuple[int, int] = (-1, -1)
) -> Story:
    """The story inside an element, or inside a range of its blocks. `titles`: keys of the page's headline in its
    spellings; `title_at`: number of the headline's block, -1 when it stands in none."""
    result = Story()
    start, end = span if span[0] >= 0 else (element.start, element.end)
    inside = [block for block in tree.blocks[start:end] if not _foreign(block, element)]
    inside = _below_headline(inside, title_at)
    whole = inside
    inside = _without_labels(_without_link_lists(inside))
    first, last = _ends(inside, titles)
    result.head = [block.text for block in inside[:first] if block.text]
    result.tail = [block.text for block in inside[last:] if block.text]
    for block in inside[first:last]:
        if block.text and _cut_inside(block, titles):
            result.tail.append(block.text)
        else:
            result.blocks.append(block)
    kept = {id(block) for block in inside}
    result.tail.extend(block.text for block in whole if id(block) not in kept and block.text and block.size < 200)
    _drop_bare_headings(result.blocks)
    drop_own_teaser(result)
    return result


def drop_own_teaser(story: Story) -> None:
    """A standfirst that a program made: the first words of the first paragraph, with dots behind them or without."""
    texts = [block for block in story.blocks if block.text][:2]
    if len(texts) < 2 or texts[0].size > texts[1].size + 60:
        return
    if texts[0].text == texts[1].text and texts[0].node.parent is texts[1].node.parent:
        return  # said twice in the story itself
    start = key(_CAUGHT.sub("", texts[0].text))
    if len(start) > 20 and key(texts[1].text[: 2 * len(texts[0].text)]).startswith(start[:-1]):
        story.blocks.remove(texts[0])
        story.head.append(texts[0].text)


_CAUGHT: Final = re.compile(r"^【[^】]{2,24}】")
"""A headline in brackets before a standfirst, as aggregators set it."""


def _below_headline(blocks: list[Block], title_at: int) -> list[Block]:
    """A story does not begin above its headline: text there is cut when most of the text stands below; images stay."""
    below = sum((block.size for block in blocks if block.number > title_at), 0.0)
    if 2 * below < sum((block.size for block in blocks), 0.0):
        return blocks
    return [block for block in blocks if block.number >= title_at or block.image is not None]


def _foreign(block: Block, top: Element) -> bool:
    """Furniture by its own name or weight; an image lives and dies with its element."""
    if block.node.hidden and not top.hidden:
        return True
    if block.node.noise and not top.noise:
        return not (block.node.noise in ("noscript",) and block.image is not None)
    return block.why in ("junk", "code", "related")


def _without_link_lists(blocks: list[Block]) -> list[Block]:
    kept = []
    for at, block in enumerate(blocks):
        if block.why == "link":
            if block.links > 0.9 and block.kind not in ("td", "th"):
                continue
            if words.READ_ALSO.match(block.low):
                continue
            neighbours = blocks[max(0, at - 1) : at] + blocks[at + 1 : at + 2]
            if any(other.why == "link" for other in neighbours):
                continue
            if block.links > 0.6 and block.text[-1:] not in words.SENTENCE_ENDS and block.kind not in ("li", "td"):
                continue
        kept.append(block)
    return kept


def _without_labels(blocks: list[Block]) -> list[Block]:
    """Where the story is set in <p>, short unpunctuated text in bare boxes is labels, buttons and credits."""
    whole = sum((block.size for block in blocks if block.kind not in ("figcaption", "img")), 0.0)
    set_in_p = sum((block.size for block in blocks if block.kind in ("p", "li", "blockquote")), 0.0)
    if not whole or set_in_p < 0.8 * whole:
        return blocks
    return [block for block in blocks if not _is_label(block)]


_PROSE_KINDS: Final = words.table("p li h1 h2 h3 h4 h5 h6 td th pre blockquote dt dd figcaption img video caption")


def _is_label(block: Block) -> bool:
    if block.kind in _PROSE_KINDS or not block.text:
        return False
    return block.size < 60 and block.text[-1] not in words.SENTENCE_ENDS and not block.strong


def _is_body(block: Block) -> bool:
    return block.weight > 0 and sentence_like(block) and block.links < 0.5


def _ends(blocks: list[Block], titles: frozenset[str]) -> tuple[int, int]:
    """Numbers of the first block of the story and behind the last."""
    first, last = 0, len(blocks)
    while first < last and _is_head(blocks[first], titles) and not _opens_sections(blocks, first, titles):
        first += 1
    while last > first and _is_tail(blocks[last - 1]):
        last -= 1
    return first, last


def _is_head(block: Block, titles: frozenset[str]) -> bool:
    if not block.text:
        return False
    if block.size < 800 and key(block.text) in titles:
        return True
    if block.size < 160 and words.HEAD_LINES.match(block.low) and not words.is_prose(block.low):
        return True
    if block.size < 120 and block.text[-1] not in ".!?。" and _SIGNS.search(block.node.hint):
        return True
    if is_credit(block) or (block.size < 400 and words.LEAD_CREDIT.match(block.text)):
        return True
    if (
        (dated := words.DATED.search(block.text))
        and not OTHER_WORDS.search(block.text[: dated.start()])
        and block.size < (130 if block.cjk else 90)
        and not block.text.rstrip().endswith(("。", "！", "？"))
    ):
        return True
    if block.strong and block.text[-1] == "?":
        return False
    if not block.cjk and block.size < 150 and not _is_body(block):
        return block.kind not in HEADINGS or block.kind in ("h1", "h5", "h6") or block.size < 140
    return (
        block.size < 25 and block.kind not in HEADINGS and not block.strong and block.text[-1] not in '。！？：:!?.”"'
    )


_SIGNS: Final = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|dateline|(?:article|post|entry|story)-?(?:meta|info|author|date))(?:$|[\s_-])"
)
"""Names of the line that tells writer and time."""


def _opens_sections(blocks: list[Block], at: int, titles: frozenset[str]) -> bool:
    """The first of several headings of one kind, each with text below it: entries of a live page, no headline."""
    block = blocks[at]
    if block.kind not in ("h2", "h3", "h4") or at + 1 >= len(blocks) or not _is_body(blocks[at + 1]):
        return False
    if key(block.text) in titles:
        return False
    same = [n for n in range(at, len(blocks) - 1) if blocks[n].kind == block.kind and _is_body(blocks[n + 1])]
    return len(same) >= 3


def _is_tail(block: Block) -> bool:
    if not block.text:
        return block.image is None or block.node.noise != ""
    if block.size < 400 and ((words.TAIL_LINES.match(block.low) and not words.is_told(block.low)) or is_credit(block)):
        return True
    if block.size < 90 and block.text[0].isdigit() and _CLOCKED.search(block.text) and not block.cjk:
        return True
    if block.size < 320 and words.WRITER_TOLD.match(block.text):
        return True
    if block.kind in HEADINGS:
        return True
    return block.links > 0.5 and block.size < 200


def is_credit(block: Block) -> bool:
    """A line that is nothing but makers or outlets."""
    return block.size < 150 and (
        BYLINE_LINE.fullmatch(block.text) is not None or OUTLET_LINE.fullmatch(block.text) is not None
    )


def _cut_inside(block: Block, titles: frozenset[str]) -> bool:
    if block.size < 40 and block.runs and all(run[3] is None or run[3].tag == "time" for run in block.runs):
        return True
    if block.size < 130 and (
        (words.CREDIT_LINES.match(block.text) and not words.is_talk(block.text))
        or (is_credit(block) and not block.text.endswith(_TAKEN))
    ):
        return True
    if block.size < 400 and words.LEAD_CREDIT.match(block.text):
        return True
    if block.size < 120 and words.HEAD_LINES.match(block.low) and words.DATED.search(block.text):
        return True  # a by-line with its date, below a standfirst
    if block.size < 160 and _INFO.search(block.text) and not block.text.endswith(("。", "！", "？")):
        return True  # a time and whose it is, below a standfirst
    return block.kind in ("h1", "h2") and key(block.text) in titles


_CLOCKED: Final = re.compile(r"\d{4}\D.{0,60}\d{1,2}[:.]\d{2}\b[^.!?]*$")
"""A line that dates the story below it."""
_TAKEN: Final = ("摄", "攝", "摄）", "攝）", "图", "圖")
"""How a line ends that tells who took the picture above it: in picture stories it is part of the text."""
_INFO: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?.{0,40}(?:来源|來源|作者|编辑|編輯|浏览|阅读|閱讀)"
)


def _drop_bare_headings(blocks: list[Block]) -> None:
    while blocks and blocks[-1].text and blocks[-1].kind in HEADINGS:
        blocks.pop()
