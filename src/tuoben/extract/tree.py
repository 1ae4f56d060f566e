"""One pass over the parsed page into a light tree and a flat list of text blocks, which all else works on.

A block is a run of inline content between block-level tags, the unit that is scored, trimmed and rendered: text and
HTML of an article come from the same blocks. Every element knows the range of blocks it covers, so a candidate for the
body is an element and a range of numbers.
"""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tuoben.extract import words
from tuoben.extract.element import EMPHASIS, INLINE, PICTURED, Block, Element, Run, is_dot, squeezed

SKIPPED: Final = words.table(
    "script style template svg math iframe frame frameset object embed applet canvas button select option textarea "
    "input datalist dialog map area link meta base head title audio source track progress meter colgroup col "
    "-comment -doctype"
)
_NOTED: Final = words.table("a h1 h2 time video body")
"""Tags whose elements are asked for by name."""


class _Kind:
    """What has to be known of a tag when it is met."""

    __slots__ = ("emphasis", "inline", "name", "noted", "pictured", "skipped")

    def __init__(self, name: str) -> None:
        self.name = name
        self.skipped = name in SKIPPED
        self.inline = name in INLINE
        self.emphasis = name in EMPHASIS
        self.noted = name in _NOTED
        self.pictured = name in PICTURED


_FIXED: Final = 256
"""The numbers of the tags that the parser knows are below; those that a page makes up have one for that page alone."""
_KINDS: Final[list[_Kind | None]] = [None] * _FIXED
"""The tags met so far, by the parser's number of them."""
_NOTHING: Final[dict[str, str | None]] = {}


def _kind(node: LexborNode, number: int) -> _Kind:
    """What a node's tag is, where its number has not been met before."""
    kind = _Kind(node.tag or "")
    if number < _FIXED:
        _KINDS[number] = kind
    return kind


WHOLE_CARD: Final = 6
"""Blocks that one link may wrap: picture, kicker, headline, summary, writer and time of another story."""


class Tree:
    """The page: blocks in reading order, elements by tag, and scripts that may hold data."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.by_tag: dict[str, list[Element]] = {}
        """Those of the tags in _NOTED."""
        self.marked: list[Element] = []
        """Elements that tell of themselves by itemprop or rel."""
        self.metas: list[dict[str, str | None]] = []
        self.links: list[dict[str, str | None]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.title = ""
        self.password = False
        """The page asks for a password."""
        self.base = ""
        self.lang = ""
        self._crowds: dict[int, dict[Element, list[str]]] = {}
        self._runs: list[Run] = []
        self._holder: Element | None = None
        self._last: Element | None = None
        root = parser.root
        self.root = Element("html", dict(root.attributes) if root else {}, None)
        self.lang = self.root.get("lang") or self.root.get("xml:lang")
        if root is not None:
            self._walk(root)
        self.body = self.by_tag["body"][-1] if "body" in self.by_tag else self.root
        last = self.root.end = len(self.blocks)
        for element in self.elements:
            if element.end > last:
                element.end = last
        self._unlink({link for link in self.by_tag.get("a", ()) if link.end - link.start > WHOLE_CARD})

    # --- building

    def _walk(self, root: LexborNode) -> None:
        """Read the page in its order. `holder`: the element whose block the text belongs to, None where no text
        counts; `link`: the link it stands in; `strong`: whether it is emphasised."""
        element = self.root
        holder: Element | None = element
        link: Element | None = None
        strong = False
        above: list[tuple[LexborNode, Element, Element | None, Element | None, bool]] = []
        node = root.first_child
        while node is not None or above:
            if node is None:
                self._close(element)
                closed, element, holder, link, strong = above.pop()
                node = closed.next
                continue
            number = node.tag_id
            kind = (_KINDS[number] if number < _FIXED else None) or _kind(node, number)
            tag = kind.name
            if tag == "-text":
                text = node.text_content
                if text and holder is not None and (self._runs or not text.isspace()):
                    self._add(text, element, holder, link, strong)
            elif tag == "br":
                self._runs.append(("\n", None, False, None))
            elif kind.skipped:
                self._skip(tag, node, element)
            else:
                child = self._open(kind, node.attributes or _NOTHING, element)
                first = node.first_child
                if first is not None:
                    above.append((node, element, holder, link, strong))
                    if not kind.inline:
                        holder, strong = child, False
                    elif tag == "a":
                        link = child if "href" in child.attrs else None
                    elif tag == "noscript":
                        holder = None
                    elif kind.emphasis:
                        strong = True
                    node, element = first, child
                    continue
                self._close(child)
            node = node.next
        self._flush()

    def _skip(self, tag: str, node: LexborNode, element: Element) -> None:
        """What stands in an element that shows no text: data of the page, or nothing."""
        if tag == "head":
            self._head(node)
        elif tag == "source":
            _offer(element, node)
        elif tag != "meta" or element.above("noscript") is None:
            self._data(tag, node)

    def _head(self, head: LexborNode) -> None:
        node = head.first_child
        while node is not None:
            self._data(node.tag or "", node)
            node = node.next

    def _data(self, tag: str, node: LexborNode) -> None:
        if tag == "meta":
            self.metas.append(node.attributes)
        elif tag == "link":
            self.links.append(node.attributes)
        elif tag == "script":
            attrs = node.attributes
            if "src" not in attrs:
                self.scripts.append((attrs, node.text()))
        elif tag == "input":
            self.password = self.password or (node.attributes.get("type") or "").lower() == "password"
        elif tag == "title":
            self.title = self.title or node.text()
        elif tag == "base":
            self.base = self.base or node.attributes.get("href") or ""

    def _open(self, kind: _Kind, attrs: dict[str, str | None], parent: Element) -> Element:
        blocks = self.blocks
        tag = kind.name
        child = Element(tag, attrs, parent, len(blocks))
        self.elements.append(child)
        if kind.noted:
            self.by_tag.setdefault(tag, []).append(child)
        if attrs and ("itemprop" in attrs or "rel" in attrs):
            child.marked = True
            self.marked.append(child)
        dot = tag == "img" and is_dot(child)
        if self._runs and not dot and (not kind.inline or (tag == "span" and _set_apart(child))):
            self._flush()
            child.start = len(blocks)
        if kind.pictured and not dot:
            blocks.append(Block(len(blocks), child, [], "img" if tag != "video" else "video", child))
            child.start += 1
        return child

    def _close(self, element: Element) -> None:
        if not self._runs:
            element.end = len(self.blocks)
        elif element.tag in INLINE:
            element.end = len(self.blocks) + 1
        else:
            if element.tag != "img":
                self._flush()
            element.end = len(self.blocks)

    def _add(self, text: str, element: Element, holder: Element, link: Element | None, strong: bool) -> None:
        if self._holder is not holder:
            if self._runs:
                self._flush()
            self._holder = holder
        runs = self._runs
        if runs and element is not self._last and text[0].isdigit() and runs[-1][0][-1:].isdigit():
            text = " " + text  # a date and a time in two boxes, set apart by style only
        self._last = element
        if holder.tag != "pre":
            text = text.replace("\n", " ").replace("\r", " ")
        runs.append((text, link, strong, element))

    def _flush(self) -> None:
        runs, holder = self._runs, self._holder
        if not runs:
            return
        self._runs, self._holder = [], None
        if holder is None or (runs[0][0].isspace() and all([run[0].isspace() for run in runs])):
            return
        kind = holder.tag if holder.tag in ("h1", "h2") or not _captioned(holder) else "figcaption"
        for part in _paragraphs(runs) if kind != "pre" and len(runs) > 1 else [runs]:
            block = Block(len(self.blocks), holder, part, kind)
            if block.text:
                self.blocks.append(block)

    def _unlink(self, wide: set[Element]) -> None:
        """Take back links around more than a card: anchors that nobody closed."""
        for block in self.blocks if wide else ():
            if block.links and any(run[1] in wide for run in block.runs):
                block.runs = [(text, None if at in wide else at, strong, node) for text, at, strong, node in block.runs]
                block.count_links()

    # --- asking

    def text_of(self, element: Element) -> str:
        """The text of an element: of its blocks, or of its own pieces when it is a part of one block."""
        if element.tag in INLINE and element.end - element.start == 1:
            runs = self.blocks[element.start].runs
            if len(runs) > CROWDED:
                return squeezed("".join(self._pieces(element.start).get(element, ())))
            return squeezed("".join([run[0] for run in runs if _within(run[3], element)]))
        return " ".join(block.text for block in self.blocks[element.start : element.end] if block.text).strip()

    def _pieces(self, number: int) -> dict[Element, list[str]]:
        """The pieces of a crowded block by the elements they stand in, up to LAYERS above each piece; made once."""
        known = self._crowds.get(number)
        if known is None:
            known = self._crowds[number] = {}
            for text, _, _, node in self.blocks[number].runs:
                for _ in range(LAYERS):
                    if node is None or node.tag not in INLINE:
                        break
                    known.setdefault(node, []).append(text)
                    node = node.parent
        return known


CROWDED: Final = 60
"""Pieces of a block from which they are sorted by element once, and not looked through for each element."""
LAYERS: Final = 12


def _set_apart(span: Element) -> bool:
    """A span that its own style makes a box."""
    return "style" in span.attrs and "display:block" in span.get("style").replace(" ", "")


def _offer(element: Element, source: LexborNode) -> None:
    """Keep what a <source> offers with its <picture>: the image itself may name no file, or a placeholder."""
    if element.tag == "picture":
        told = source.attributes
        for name in ("srcset", "data-srcset"):
            if (value := told.get(name)) and name not in element.attrs:
                element.attrs = {**element.attrs, name: value}


def _within(node: Element | None, top: Element) -> bool:
    while node is not None and node.depth > top.depth:
        node = node.parent
    return node is top


def _captioned(holder: Element) -> bool:
    """The text stands in a caption, by tag or by name."""
    node: Element | None = holder
    for _ in range(3):
        if node is None or node.tag in ("article", "main", "body", "section"):
            return False
        if node.captions:
            return True
        node = node.parent
    return False


def _paragraphs(runs: list[Run]) -> list[list[Run]]:
    """Split at line breaks that stand for paragraphs: two in a row, or a next line with an indent or of some length."""
    if not any([run[3] is None for run in runs]):
        return [runs]
    lines: list[list[Run]] = [[]]
    for run in runs:
        if run[0] == "\n":
            lines.append([])
        else:
            lines[-1].append(run)
    parts: list[list[Run]] = []
    empty = True
    ended = False
    for line in lines:
        text = "".join(run[0] for run in line)
        if not text.strip():
            empty = True
            continue
        if empty or ended or not parts or text.startswith(("\u3000", "\xa0\xa0", "  ")):
            parts.append(line)
        else:
            parts[-1].append(("\n", None, False, None))
            parts[-1].extend(line)
        empty = False
        ended = text.rstrip()[-1:] in words.SENTENCE_ENDS
    return parts
