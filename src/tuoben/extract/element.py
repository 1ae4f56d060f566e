"""The parts that `tree` is made of: elements with their place, and blocks of text with their measures."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract import words

INLINE: Final = words.table(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark nobr o:p q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr center noscript"
)
PICTURED: Final = words.table("img amp-img video")
HEADINGS: Final = words.table("h1 h2 h3 h4 h5 h6")
EMPHASIS: Final = words.table("em i b strong")
CAPTIONS: Final = words.table("figcaption figure")
_UNSEEN: Final = re.compile(r"[\u200b\u200c\u2060\ufeff\xad\ue000-\uf8ff]")
_NO_WIDTH: Final = re.compile(r"[\u200b\u2060\ufeff\xad]+|(?<!\S)\u200c+|(?<!\u200c)\u200c+(?!\S)")
"""Characters without width, which part no words: places where a line may break or a word be hyphenated. The non-joiner
between two letters is spelling, in Persian and in the scripts of India."""
_CASED: Final = r"[0-9A-Za-z\u00c0-\u02af\u0370-\u058f\u10a0-\u10ff\u1c80-\u1cbf\u1e00-\u1fff]"
_BREAK: Final = re.compile(rf"(?<={_CASED})[\u2060\ufeff\xad]*\u200b[\u200b\u2060\ufeff\xad]*(?={_CASED})")
"""Where a line may break between letters of scripts that set spaces between words: an editor's space."""
_ICONS: Final = re.compile(r"[\ue000-\uf8ff]")
_CJK_RUN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
_DIGITS: Final = re.compile(r"\s*\d{1,5}(?![\d%.])")


LONG: Final = 240
"""Characters of an "id class" text that are looked at."""
_NAMES: Final[dict[str, tuple[str, str, bool, bool]]] = {}


def _names(named: str) -> tuple[str, str, bool, bool]:
    """Of an "id class" text: in lower case, the kind of furniture that it speaks of, whether it names the caption of an
    image, or the way to the page. The same ones stand many times in a page."""
    known = _NAMES.get(named)
    if known is None:
        if len(_NAMES) >= words.REMEMBERED:
            _NAMES.clear()
        hint = named[:LONG].lower()
        noise, captions, crumbs = words.spoken(hint)
        known = hint, noise, captions and len(hint) > 5, crumbs
        if len(named) <= LONG:  # a name made long on purpose is not held on to
            _NAMES[named] = known
    return known


class Element:
    """An element of the page: tag, attributes, its place, and the range of blocks below it."""

    __slots__ = (
        "attrs", "captions", "crumbs", "depth", "end", "hidden", "hint", "marked", "named", "noise", "parent", "start",
        "tag",
    )  # fmt: skip

    def __init__(self, tag: str, attrs: dict[str, str | None], parent: Element | None, start: int = 0) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.start = start
        """Number of the first block inside."""
        self.end = start
        """Number behind the last block inside."""
        self.named = ""
        """The kind of furniture that its own tag, role or name speaks of."""
        self.noise = ""
        """Why the element is held for furniture, by its own name or one above: set by the scorer, "" when it is not."""
        self.hint = ""
        """ "id class" in lower case, "" when the element has neither."""
        self.captions = tag in CAPTIONS
        """Whether it holds the caption of an image, by its tag or its name."""
        self.crumbs = False
        """Whether its name is that of the way to a page."""
        self.marked = False
        """Whether it tells of itself by itemprop or rel."""
        self.depth = 0
        self.hidden = False
        if parent is not None:
            self.depth = parent.depth + 1
            self.hidden = parent.hidden
        if attrs:
            self._judge(attrs)
        if tag in words.NOISE_TAGS and not self.named:
            self.named = tag

    def _judge(self, attrs: dict[str, str | None]) -> None:
        """Furniture by name: class, id and role; hidden by attribute or inline style."""
        name, names = attrs.get("id"), attrs.get("class")
        named = ""
        if name or names:
            self.hint, named, captions, self.crumbs = _names(f"{name or ''} {names or ''}")
            self.captions = self.captions or captions
        style = attrs.get("style")
        if "hidden" in attrs or (style and "display:none" in style.replace(" ", "").lower()):
            self.hidden = True
        if self.tag in ("html", "body"):
            return
        role = attrs.get("role")
        self.named = role if role and role in words.NOISE_ROLES else named

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


DOT: Final = 48
"""Width or height in pixels below which an image is a dot: a smiley, an icon, a counter."""


def is_dot(element: Element) -> bool:
    """An image whose own attributes make it smaller than DOT: it stands in a line of text, and is no picture."""
    for name in ("width", "height"):
        value = element.attrs.get(name)
        if value and (digits := _DIGITS.match(value)) and int(digits[0]) < DOT:
            return True
    return False


Run = tuple[str, "Element | None", bool, "Element | None"]
"""A piece of inline text: the text, the link it stands in, whether it is emphasised, its element. "\\n" is a <br>."""


class Block:
    """A run of inline content: kind, pieces, the element that directly holds it."""

    __slots__ = (
        "_low", "image", "kind", "links", "node", "number", "runs", "size", "strong", "text", "weight", "why",
    )  # fmt: skip

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
        self._low: str | None = None
        self.size = measure(self.text)
        """Length in letters, a Han character counting 2.5."""
        self.links = 0.0
        """Share of the text that stands in links."""
        self.strong = bool(runs) and (runs[0][2] if len(runs) == 1 else _all_strong(runs))
        self.count_links()
        self.weight = 0.0
        self.why = ""

    @property
    def low(self) -> str:
        """The text in lower case, for patterns; hardly ever asked of long ones, so made when it is."""
        low = self._low
        if low is None:
            low = self._low = self.text.lower()
        return low

    @property
    def cjk(self) -> bool:
        """Whether the text holds ideographs, kana or syllables, which count more than a letter."""
        return self.size > len(self.text)

    def count_links(self) -> None:
        """Measure the share of the text that stands in links."""
        runs = self.runs
        if len(runs) == 1 and runs[0][1] is None:
            self.links = 0.0
            return
        linked = [run[0] for run in runs if run[1] is not None] if self.size else None
        if linked and self.kind in HEADINGS:  # a heading that links to itself is no link to another story
            linked = [run[0] for run in runs if run[1] is not None and not run[1].get("href").startswith("#")]
        if not linked:
            self.links = 0.0
        elif len(linked) == len(runs):
            self.links = 1.0
        else:
            self.links = min(1.0, measure("".join(linked)) / self.size)


_SEAM_LEFT: Final = re.compile(r"[^\W\d_]{3}$")
_SEAM_RIGHT: Final = re.compile(
    r"[A-Z\d@]|[\w.-]{2,30}@|(?:责任)?(?:编辑|編輯|记者|記者|作者|来源|來源|责编|发布|时间|摄影|通讯员)"
)


def line_of(block: Block) -> str:
    """The text of a by-line or a date's line; pieces in elements of their own, which styles set apart, do not run
    together as they do in `Block.text`."""
    if len(block.runs) < 2:
        return block.text
    pieces: list[str] = []
    last: Element | None = None
    for text, _, _, node in block.runs:
        if pieces and node is not last and _SEAM_LEFT.search(pieces[-1]) and _SEAM_RIGHT.match(text):
            pieces.append(" | ")
        pieces.append(text)
        last = node
    return "\n".join([squeezed(line) for line in "".join(pieces).split("\n")])


def _all_strong(runs: list[Run]) -> bool:
    return all([strong or not text or text.isspace() for text, _, strong, _ in runs])


def without_width(text: str) -> str:
    """A text without characters of no width; a space where a line may break between two words of a script with case."""
    return _NO_WIDTH.sub("", _BREAK.sub(" ", text) if "\u200b" in text else text)


def squeezed(text: str) -> str:
    """A text with each run of spaces and icons as one space, none at its ends, and without characters of no width."""
    text = text.strip()
    if "  " not in text and text.isprintable():  # no space but the plain one is, nor what has no width, nor an icon
        return text
    if not text.isascii() and _UNSEEN.search(text) is not None:
        text = _ICONS.sub(" ", without_width(text))
    return " ".join(text.split())


def measure(text: str) -> float:
    """Length of a text in Latin letters' worth: an ideograph or syllable counts 2.5, space between words nothing."""
    if text.isascii():
        return float(len(text))
    return len(text) + 1.5 * len("".join(_CJK_RUN.findall(text)))
