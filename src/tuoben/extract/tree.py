"""One pass over the parsed page into a light tree and a flat list of text blocks, which all else works on.

A block is a run of inline content between block-level tags, the unit that is scored, trimmed and rendered: text and
HTML of an article come from the same blocks. Every element knows the range of blocks it covers, so a candidate for the
body is an element and a range of numbers.
"""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tuoben.extract import words

INLINE: Final = words.table(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark nobr o:p q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr center noscript"
)
SKIPPED: Final = words.table(
    "script style template svg math iframe frame frameset object embed applet canvas button select option textarea "
    "input datalist dialog map area link meta base head title audio source track progress meter colgroup col "
    "-comment -doctype"
)
PICTURED: Final = words.table("img amp-img video")
HEADINGS: Final = words.table("h1 h2 h3 h4 h5 h6")
EMPHASIS: Final = words.table("em i b strong")
SPACES: Final = re.compile(r"[\s\u00a0\u3000\u200b\u200c\u2060\ufeff\xad\ue000-\uf8ff]+")
_NOT_CJK: Final = re.compile(r"[^\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


_DIGITS: Final = re.compile(r"\s*\d{1,5}(?![\d%.])")


class Element:
    """An element of the page: tag, attributes, its place, and the range of blocks below it."""

    __slots__ = (
        "attrs", "depth", "emphasised", "end", "hidden", "hint", "holder", "link", "named", "noise", "parent", "start",
        "tag",
    )  # fmt: skip

    def __init__(self, tag: str, attrs: dict[str, str | None], parent: Element | None) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.start = 0
        """Number of the first block inside."""
        self.end = 0
        """Number behind the last block inside."""
        self.named = ""
        """The kind of furniture that its own tag, role or name speaks of."""
        self.noise = ""
        """Why the element is held for furniture, by its own name or one above: set by the scorer, "" when it is not."""
        self.hint = _hint(attrs) if attrs else ""
        """ "id class" in lower case, "" when the element has neither."""
        self.depth: int
        self.hidden: bool
        self.holder: Element | None
        """While the tree is built: the element whose block the text in here belongs to; None where no text counts."""
        self.link: Element | None
        """While the tree is built: the link that the text in here stands in."""
        self.emphasised: bool
        if parent is None:
            self.depth, self.hidden = 0, False
            self.holder, self.link, self.emphasised = self, None, False
            return
        self.depth, self.hidden = parent.depth + 1, parent.hidden
        if tag in INLINE:
            self.holder = parent.holder if tag != "noscript" else None
            self.link = parent.link if tag != "a" else self if "href" in attrs else None
            self.emphasised = parent.emphasised or tag in EMPHASIS
        else:
            self.holder, self.link, self.emphasised = self, parent.link, False

    def get(self, name: str) -> str:
        """The value of an attribute, "" when absent."""
        return self.attrs.get(name) or ""

    def above(self, tag: str, top: Element | None = None) -> Element | None:
        """The nearest ancestor-or-self with that tag, not going above `top`."""
        node: Element | None = self
        while node is not None and node is not top:
            if node.tag == tag:
                return node
            node = node.parent
        return None


Run = tuple[str, "Element | None", bool, "Element | None"]
"""A piece of inline text: the text, the link it stands in, whether it is emphasised, its element. "\\n" is a <br>."""


class Block:
    """A run of inline content: kind, pieces, the element that directly holds it."""

    __slots__ = ("image", "kind", "links", "node", "number", "runs", "size", "strong", "text", "weight", "why")

    def __init__(self, number: int, node: Element, runs: list[Run], kind: str, image: Element | None = None) -> None:
        self.number = number
        self.node = node
        self.runs = runs
        self.kind = kind
        """Tag that decides the look: p, h1…h6, li, dt, td, pre, figcaption, img, or a container's own tag."""
        self.image = image
        text = runs[0][0] if len(runs) == 1 else "".join([run[0] for run in runs])
        if kind == "pre":
            self.text = text.strip("\n")
        elif "\n" in text:
            self.text = "\n".join([squeezed(line) for line in text.split("\n")])
        else:
            self.text = squeezed(text)
        self.size = measure(self.text)
        """Length in letters, a Han character counting 2.5."""
        self.links = 0.0
        """Share of the text that stands in links."""
        self.count_links()
        self.strong = bool(runs) and _all_strong(runs)
        self.weight = 0.0
        self.why = ""

    def count_links(self) -> None:
        """Measure the share of the text that stands in links."""
        linked = [run[0] for run in self.runs if run[1] is not None] if self.size else None
        if linked and self.kind in HEADINGS:  # a heading that links to itself is no link to another story
            linked = [run[0] for run in self.runs if run[1] is not None and not run[1].get("href").startswith("#")]
        self.links = min(1.0, measure("".join(linked)) / self.size) if linked else 0.0


WHOLE_CARD: Final = 6
"""Blocks that one link may wrap: picture, kicker, headline, summary, writer and time of another story."""


def _hint(attrs: dict[str, str | None]) -> str:
    name, names = attrs.get("id"), attrs.get("class")
    return f"{name or ''} {names or ''}"[:240].lower() if name or names else ""


def _all_strong(runs: list[Run]) -> bool:
    return all([strong or not text or text.isspace() for text, _, strong, _ in runs])


def squeezed(text: str) -> str:
    """A text with each run of spaces and invisible characters as one space, none at its ends."""
    if text.isascii():
        return " ".join(text.split())
    return SPACES.sub(" ", text).strip()


def measure(text: str) -> float:
    """Length of a text in Latin letters' worth: an ideograph or syllable counts 2.5, space between words nothing."""
    if text.isascii():
        return float(len(text))
    return len(text) + 1.5 * len(_NOT_CJK.sub("", text))


class Tree:
    """The page: blocks in reading order, elements by tag, and scripts that may hold data."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.by_tag: dict[str, list[Element]] = {}
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
        self.body = self.root
        if root is not None:
            self._walk(root)
        self.root.end = len(self.blocks)
        for element in self.elements:
            element.holder = element.link = None  # they may point to the element itself: no cycles are left behind
            element.end = len(self.blocks) if element.end < element.start else min(element.end, len(self.blocks))
        self._unlink({link for link in self.by_tag.get("a", ()) if link.end - link.start > WHOLE_CARD})

    # --- building

    def _walk(self, root: LexborNode) -> None:
        element = self.root
        open_nodes: list[tuple[LexborNode, Element]] = []
        node = root.first_child
        while True:
            if node is None:
                if not open_nodes:
                    break
                closed, above = open_nodes.pop()
                self._close(element)
                node, element = closed.next, above
                continue
            tag = node.tag or ""
            if tag == "-text":
                text = node.text_content or ""
                if text and (self._runs or not text.isspace()):
                    self._add(text, element)
            elif tag in SKIPPED:
                if tag == "head":
                    self._head(node)
                elif tag == "source":
                    _offer(element, node)
                elif tag != "meta" or element.above("noscript") is None:
                    self._data(tag, node)
            elif tag == "br":
                self._runs.append(("\n", None, False, None))
            else:
                child = self._open(tag, node.attributes, element)
                first = node.first_child
                if first is not None:
                    open_nodes.append((node, element))
                    node, element = first, child
                    continue
                self._close(child)
            node = node.next
        self._flush()

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

    def _open(self, tag: str, attrs: dict[str, str | None], parent: Element) -> Element:
        child = Element(tag, attrs, parent)
        self.elements.append(child)
        same = self.by_tag.get(tag)
        if same is None:
            self.by_tag[tag] = [child]
        else:
            same.append(child)
        if tag == "body":
            self.body = child
        elif tag == "img" and is_dot(child):
            child.start = child.end = len(self.blocks)
            return child
        if self._runs and (tag not in INLINE or (tag == "span" and _set_apart(child))):
            self._flush()
        if attrs:
            self._judge(child)
        if tag in words.NOISE_TAGS and not child.named:
            child.named = tag
        if tag in PICTURED:
            self.blocks.append(Block(len(self.blocks), child, [], "img" if tag != "video" else "video", child))
        child.start = len(self.blocks)
        child.end = -1
        return child

    def _judge(self, element: Element) -> None:
        """Furniture by name: class, id and role; hidden by attribute or inline style."""
        attrs = element.attrs
        style = attrs.get("style")
        if "hidden" in attrs or (style and "display:none" in style.replace(" ", "").lower()):
            element.hidden = True
        if element.tag in ("html", "body"):
            return
        role = attrs.get("role")
        if role and role in words.NOISE_ROLES:
            element.named = role
        elif len(element.hint) > 1:
            element.named = words.noise_of(element.hint)

    def _close(self, element: Element) -> None:
        if element.tag == "img":
            element.end = len(self.blocks)
        elif element.tag not in INLINE:
            if self._runs:
                self._flush()
            element.end = len(self.blocks)
        else:
            element.end = len(self.blocks) + (1 if self._runs else 0)

    def _add(self, text: str, element: Element) -> None:
        holder = element.holder
        if holder is None:
            return
        if self._holder is not holder and self._runs:
            self._flush()
        self._holder = holder
        if self._runs and element is not self._last and text[0].isdigit() and self._runs[-1][0][-1:].isdigit():
            text = " " + text  # a date and a time in two boxes, set apart by style only
        self._last = element
        keep = text if holder.tag == "pre" else text.replace("\n", " ").replace("\r", " ")
        self._runs.append((keep, element.link, element.emphasised, element))

    def _flush(self) -> None:
        runs, holder = self._runs, self._holder
        if not runs:
            return
        self._runs, self._holder = [], None
        if holder is None or not any([not run[0].isspace() for run in runs]):
            return
        kind = holder.tag if holder.tag in ("h1", "h2") or not _captioned(holder) else "figcaption"
        for part in _paragraphs(runs) if kind != "pre" else [runs]:
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
                return SPACES.sub(" ", "".join(self._pieces(element.start).get(element, ()))).strip()
            return SPACES.sub(" ", "".join([run[0] for run in runs if _within(run[3], element)])).strip()
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
        for name in ("srcset", "data-srcset"):
            if (value := source.attributes.get(name)) and name not in element.attrs:
                element.attrs[name] = value


DOT: Final = 48
"""Width or height in pixels below which an image is a dot: a smiley, an icon, a counter."""


def is_dot(element: Element) -> bool:
    """An image whose own attributes make it smaller than DOT: it stands in a line of text, and is no picture."""
    for name in ("width", "height"):
        value = element.attrs.get(name)
        if value and (digits := _DIGITS.match(value)) and int(digits[0]) < DOT:
            return True
    return False


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
        if node.tag in ("figcaption", "figure") or (len(node.hint) > 5 and words.is_caption(node.hint)):
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
