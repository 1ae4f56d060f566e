"""Where the body is: several candidates, one explainable score.

Every block gets a weight: how much it looks like running text, in letters. A candidate is an element; its score is the
harmonic mean of coverage (how much of the running text near it holds) and purity (how little else it holds), raised a
little by what the markup says of itself. The same weights serve the trimming.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tuoben.extract import words
from tuoben.extract.element import HEADINGS, INLINE, Block, Element
from tuoben.extract.tree import Tree

_SENTENCE: Final = re.compile(r"[，。！？；、।۔،؟.!?…:;,](?:(?<=[，。！？；、।۔،؟])|(?<=,) |(?<!,)[\"'”’)\]]*(?:\s|$))")
_UNPUNCTUATED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{20}")
"""A run of letters in a script that is written without punctuation."""
_CODE: Final = re.compile(r"[{};]\s*(?:var|function|if|return)\b|:\s?[\w#%.-]{1,40};|</?\w+>|[{}]")
_CODE_SIGNS: Final = ("{", "}", ";", "<")
_COOKIES: Final = re.compile(
    r"(?:we|our|wir|nous|usamos|utilizamos|utilizziamo|wij|vi|używamy)\b.{0,60}cookies?|cookies?[ -](?:settings|"
    r"policy|notice|preferences|einstellungen)|"
    r"(?:accept|akzeptier\w*|accepter|aceptar|accetta) .{0,20}(?:cookies|all|alle)|(?:manage|"
    r"change) (?:your )?(?:preferences|choices|consent)|"
    r"strictly necessary|targeting cookies|these cookies|diese cookies|plików cookies|einwilligung widerruf|"
    r"vendors? list|our partners",
)
_COOKIE_WORDS: Final = ("ookie", "OOKIE", "onsent", "artners", "inwilligung", "vendors")
_PARAGRAPH_TAGS: Final = words.table("p li h1 h2 h3 h4 h5 h6 pre blockquote dd dt figcaption td th tr tbody")
_CONTAINERS: Final = re.compile(
    r"(?:^|[\s_-])(?:(?:article|story|post|entry|news|detail|main|single|rich_media|content|text|arti|node|field)[-_]*"
    r"(?:body|content|text|con|detail|txt|article|area|inner)\w*|artibody|trs_editor|article|post|entry|"
    r"story|zoom|js_content|bodytext|maintext|body-copy|prose|wysiwyg|hentry|h-entry|e-content|zhengwen|neirong|"
    r"wenzhang)"
    r"(?=$|[\s_-])"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that may hold the body, and why it was thought so."""

    element: Element
    score: float
    origin: str
    """"semantic", "container" or "density"."""
    span: tuple[int, int] = (-1, -1)
    """First block and behind the last when the story is only a run of the element's children; (-1, -1): all of it."""

    @property
    def start(self) -> int:
        """Number of the first block."""
        return self.span[0] if self.span[0] >= 0 else self.element.start

    @property
    def end(self) -> int:
        """Number behind the last block."""
        return self.span[1] if self.span[1] >= 0 else self.element.end


def sentence_like(block: Block) -> bool:
    """Whether a block reads as running text."""
    if block.size < 25:
        return False
    return _SENTENCE.search(block.text) is not None or _UNPUNCTUATED.search(block.text) is not None


def _is_code(text: str) -> bool:
    """Script or style rules that leaked into the text: many marks of code for its length."""
    return words.holds(text, _CODE_SIGNS) and len(_CODE.findall(text[:5000])) > 2 + len(text[:5000]) / 60


def text_is_data(text: str) -> bool:
    """JSON or markup that leaked into the text."""
    return text[:1] in "{[" and text[-1:] in "}]" and len(text) > 60 and '":' in text


def weigh(tree: Tree) -> None:
    """Give every block its weight: positive for running text, negative for furniture, in letters."""
    for block in tree.blocks:
        block.weight, block.why = _weight(block)
    _name_noise(tree)
    for block in tree.blocks:
        if block.node.noise and block.size:
            block.weight, block.why = 0.0, block.node.noise


# A name speaks of furniture only as long as it holds a small share of the page's running text; readers' comments may
# well be longer than the story.
_TRUST: Final = {
    "comment": 0.85,
    "consent": 0.97,
    "noscript": 1.0,
    "footer": 0.9,
    "contentinfo": 0.9,
    "nav": 0.8,
    "navigation": 0.8,
    "dialog": 0.9,
    "related": 0.6,
}


_CONSENT: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"cookie|куки|クッキー|쿠키",
        r"consent|einwillig|consentement|consentimiento|consentimento|consenso|toestemming|zgod[aęyz]|souhlas|samty[ck]|"
        r"соглас|hozzájárul|rıza|同意|동의",
        r"personal(?:ly identifiable)? (?:data|information)|personenbezogen|données (?:personnelles|à caractère)|"
        r"datos personales|dados pessoais|dati personali|persoonsgegevens|dan(?:e|ych) osobow|osobní(?:ch)? údaj|"
        r"personuppgift|personopplys|персональн|kişisel veri|个人信息|個人情報|개인정보",
        r"\b(?:iab|tcf|gdpr|dsgvo|rgpd|rodo|lgpd|ccpa)\b|partner|vendor|drittanbieter|tiers",
        r"process(?:ing|ed)? |verarbeit|trait(?:ement|er)|tratamiento|tratamento|trattamento|verwerk|przetwarza|"
        r"zpracov|обработк|profil|targeting|werbung|publicit|advertis|reklam",
    )
)
"""Kinds of words that a request for consent to tracking is made of, in a dozen languages."""
_COOKIE: Final = ("ookie", "OOKIE", "куки", "クッキー", "쿠키")
"""The word without which hardly any such request does; asked first."""
_CONSENTING: Final = 3
"""Kinds of those words from which a block is taken for a part of such a request."""


def _consent_walls(tree: Tree) -> None:
    """Give the name of a consent wall to boxes made mostly of such requests, when a story stands elsewhere."""
    if not any([block.size > 60 and words.holds(block.text, _COOKIE) for block in tree.blocks]):
        return
    held: dict[Element, float] = {}
    for block in tree.blocks:
        if block.weight > 60 and _asks_consent(block.low):
            node: Element | None = block.node
            while node is not None:
                held[node] = held.get(node, 0.0) + block.weight
                node = node.parent
    if not held:
        return
    gain = gains(tree)
    for element, asked in held.items():
        whole = gain[element.end] - gain[element.start]
        if not element.named and asked > 0.4 * whole and element.tag not in ("html", "body", "article", "main"):
            element.named = "consent"


def _asks_consent(text: str) -> bool:
    """Whether a text in lower case speaks _CONSENTING of the kinds of words, given up when too few are left."""
    missing = 0
    for kind in _CONSENT:
        if kind.search(text) is None:
            missing += 1
            if missing > len(_CONSENT) - _CONSENTING:
                return False
    return True


_TEASERS: Final = 6


def mark_teasers(tree: Tree) -> None:
    """Summaries of other stories: boxes of few blocks under a headline that is all link, three of them or more."""
    boxes: list[tuple[int, int]] = []
    for block in tree.blocks:
        if block.kind not in HEADINGS or block.links < 0.9 or block.node.noise:
            continue
        node: Element | None = block.node
        while node is not None and node.end - node.start < 2:
            node = node.parent
        if node is None or node.end - node.start > _TEASERS:
            continue
        if sum(1 for other in tree.blocks[node.start : node.end] if other.weight > 20 and other is not block) <= 2:
            boxes.append((node.start, node.end))
    if len(boxes) < 3:
        return
    for start, end in boxes:
        for block in tree.blocks[start:end]:
            if block.weight >= 0:
                block.weight, block.why = -min(8.0, block.size * 0.1), "related"


FEET: Final = 4
"""Boxes of one name from which "footer" means the lower part of a picture or an entry, not of the page."""


def _name_noise(tree: Tree) -> None:
    _consent_walls(tree)
    gain = gains(tree)
    total = gain[-1] or 1.0
    feet = Counter([element.hint for element in tree.elements if element.named == "footer"])
    for element in tree.elements:
        if element.named == "footer" and element.tag != "footer" and feet[element.hint] >= FEET:
            element.named = ""
        parent = element.parent
        if parent is not None and parent.noise:
            element.noise = parent.noise
        elif element.named:
            share = (gain[element.end] - gain[element.start]) / total
            element.noise = element.named if share <= _TRUST.get(element.named, 0.35) else ""
    _unhide(tree)


def _weight(block: Block) -> tuple[float, str]:
    size, node = block.size, block.node
    if not size:
        return 0.0, "image" if block.image else ""
    if node.hidden:
        return 0.0, "hidden"
    if size < 600 and len(block.text) < words.JUNK_LENGTH and words.is_junk(block.low):
        return -10.0, "junk"
    if block.links > 0.5 and (size < 250 or block.links > 0.8):
        return -min(size, 60.0) * block.links, "link"
    if text_is_data(block.text):
        return -20.0, "code"
    if size > 60 and block.kind != "pre" and _is_code(block.text):
        return -20.0, "code"
    if size > 40 and words.holds(block.text, _COOKIE_WORDS) and len(_COOKIES.findall(block.low[:5000])) >= 2:
        return -15.0, "junk"
    if sentence_like(block):
        bonus = 1.25 if block.kind == "p" else 1.0
        return bonus * min(size, 800.0) * (1.0 - block.links), "text"
    if block.kind in HEADINGS:
        return 0.0, "heading"
    if size >= 100:
        return 0.5 * size * (1.0 - block.links), "long"
    return {"p": 1.0, "li": 0.0, "td": 0.0}.get(block.kind, -3.0), "short"


_DECLARED: Final = ("声明", "聲明")


def mark_endings(tree: Tree) -> None:
    """Find the headings of related lists, comments and the like, and hold what stands under them for furniture."""
    blocks = tree.blocks
    for block in blocks:
        if block.text[2:4] in _DECLARED and block.size < 700 and words.STATEMENT.match(block.text):
            start, end = _box(block, tree)
            for other in blocks[start:end]:
                if other is block or other.size < 700:
                    other.weight, other.why = -20.0, "related"
            continue
        if (
            block.why == "related"
            or block.weight > 60
            or block.size > 110
            or block.node.noise
            or not words.END_MARKERS.match(block.low)
        ):
            continue
        if block.size > 60 and block.kind not in HEADINGS and not block.links:
            continue
        start, end = _box(block, tree)
        for other in blocks[start:end]:
            if other is not block and other.weight > 60 and end - start > 1 and _resumes(other, block):
                break
            other.weight, other.why = -min(10.0 + other.size * 0.2, 40.0), "related"


def _resumes(other: Block, marker: Block) -> bool:
    """The story goes on behind a list that was set into it: a long plain paragraph beside the marker's own level."""
    if other.links > 0.25 or other.kind != "p" or other.node.depth > marker.node.depth:
        return False
    return other.size > (120 if marker.kind in HEADINGS or marker.cjk else 60)


def _box(marker: Block, tree: Tree) -> tuple[int, int]:
    """The range of blocks that a marker speaks for: its box when it opens one, else the rest of its parent."""
    node = marker.node
    while node.parent is not None and node.parent.start >= marker.number and node.end <= marker.number + 1:
        node = node.parent
    if node.end > marker.number + 1:
        return marker.number, node.end
    parent = node.parent or tree.root
    return marker.number, parent.end


def gains(tree: Tree) -> list[float]:
    """Prefix sums of positive weights over the blocks."""
    sums = [0.0]
    for block in tree.blocks:
        sums.append(sums[-1] + (block.weight if block.weight > 0.0 else 0.0))
    return sums


def losses(tree: Tree) -> list[float]:
    """Prefix sums of what would have to be cut: negative weights, and the size of furniture."""
    sums = [0.0]
    for block in tree.blocks:
        sums.append(sums[-1] - (block.weight if block.weight < 0.0 else 0.0))
    return sums


def points(tree: Tree) -> dict[Element, float]:
    """Running text handed up to the elements above it, less with every level."""
    scores: dict[Element, float] = {}
    for block in tree.blocks:
        if block.weight <= 0:
            continue
        node: Element | None = block.node
        while node is not None and (node.tag in _PARAGRAPH_TAGS or node.tag in INLINE) and node.parent is not None:
            node = node.parent
        share = block.weight
        for _ in range(5):
            if node is None:
                break
            scores[node] = scores.get(node, 0.0) + share
            node = node.parent
            share *= 0.6
    return scores


_CONTAINING: Final[dict[str, bool]] = {}


def _contains(hint: str) -> bool:
    """Whether a lower-case "id class" text names what holds a story."""
    known = _CONTAINING.get(hint)
    if known is None:
        if len(_CONTAINING) >= words.REMEMBERED:
            _CONTAINING.clear()
        known = _CONTAINING[hint] = _CONTAINERS.search(hint) is not None
    return known


def _semantic(tree: Tree) -> list[tuple[Element, str]]:
    found: list[tuple[Element, str]] = []
    for element in tree.elements:
        if element.noise or element.hidden or element.end <= element.start or element.tag in INLINE:
            continue
        if element.marked and element.get("itemprop").lower() in ("articlebody", "reviewbody", "text"):
            found.append((element, "semantic"))
        elif element.tag in ("article", "main") or (len(element.hint) > 1 and _contains(element.hint)):
            found.append((element, "container"))
    return found


BONUS: Final = {"semantic": 0.12, "container": 0.04, "density": 0.0}


def _unhide(tree: Tree) -> None:
    """Scripts show what is hidden at first: when most of the page's text is, it is the story."""
    shown = hidden = 0.0
    for block in tree.blocks:
        if block.links < 0.5 and not block.node.noise:
            if block.node.hidden:
                hidden += block.size
            else:
                shown += block.size
    if hidden > 400 and hidden > 3 * shown:
        for element in tree.elements:
            element.hidden = False
        for block in tree.blocks:
            block.weight, block.why = _weight(block)


def candidates(tree: Tree, title_at: int) -> list[Candidate]:
    """All candidates for the body, the best first. `title_at`: number of the headline's block, -1 when unknown."""
    gain, loss = gains(tree), losses(tree)
    scores = points(tree)
    proposals: dict[Element, str] = {}
    for element, origin in _semantic(tree):
        proposals.setdefault(element, origin)
    for element in sorted(scores, key=lambda e: scores[e], reverse=True)[:6]:
        node: Element | None = element
        for _ in range(4):
            if node is None or node.tag in ("html",):
                break
            proposals.setdefault(node, "density")
            node = node.parent
    top = max(scores.values(), default=0.0)
    result = []
    for element, origin in proposals.items():
        got = gain[element.end] - gain[element.start]
        if got <= 0:
            continue
        lost = loss[element.end] - loss[element.start]
        coverage = min(1.0, got / top) if top else 0.0
        purity = got / (got + lost)
        cohesion = min(1.0, scores.get(element, 0.0) / top) if top else 0.0
        score = 2 * coverage * purity / (coverage + purity) + 0.35 * cohesion + BONUS[origin]
        if title_at >= 0 and title_at >= element.end:
            score -= 0.2
        if element.tag in ("body", "html"):
            score -= 0.25
        if 0 <= title_at < element.start and top:
            skipped = gain[element.start] - gain[title_at + 1]
            score -= 0.4 * min(1.0, skipped / (0.3 * top))
        result.append(Candidate(element, score, origin))
    result.sort(key=lambda c: (c.score, c.element.depth), reverse=True)
    return result
