"""A first site rule, drafted from a few example pages and what the general rules read of them.

For each field the elements that hold its value on every page are found, and of all the simple selectors that lead to
them the one is taken that does best over all pages. Where the general rules read a page wrongly, the draft has to be
corrected by hand: that is what it is for.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from tuoben import markup
from tuoben.extract import dates
from tuoben.extract.element import squeezed
from tuoben.extract.trim import key
from tuoben.model import Article, Page

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_-]{1,40}")
"""A class or id that a selector may name: one with digits is most often made for a single page."""
_ENOUGH: Final = 0.9
_BODY_ENOUGH: Final = 0.8
_DATA: Final = ("json-ld", "meta")
"""What a page tells for machines is steadier than its markup: such a field needs no selector."""
_NOT_BODY: Final = 20
"""Letters from which a box inside the body that is no part of the story is worth a `drop`."""
_HEAD: Final = 24

Agree = Callable[[str, Article], float]


@dataclass(frozen=True, slots=True)
class _Example:
    page: Page
    article: Article
    document: markup.Document
    texts: list[tuple[str, markup.Node]]
    """Text of every element below body, in the order of the page."""
    places: dict[int, int]
    """Where a node stands in `texts`, by its address."""


def draft(host: str, examples: Sequence[tuple[Page, Article]]) -> str:
    """A rule file (TOML) for a site from example pages with what was read of them."""
    read = [_example(page, article) for page, article in examples]
    told: dict[str, object] = {
        field: _best(read, agree, enough)
        for field, agree, enough in _FIELDS
        if not all(article.origins.get(field) in _DATA for _, article in examples)
    }
    told["drop"] = _drops(read, str(told["body"])) if told["body"] else []
    lines = [f"host = {json.dumps(host)}", "", "[[rule]]", *_rows(told)]
    for example in read:
        lines += ["", "[[example]]", *_rows(_told(example.article))]
    return "\n".join(lines) + "\n"


def _example(page: Page, article: Article) -> _Example:
    _, document = markup.document(page)
    nodes = document.css("body *")
    texts = [(squeezed(node.text(deep=True, separator=" ")), node) for node in nodes]
    texts = [(text, node) for text, node in texts if text]
    return _Example(page, article, document, texts, {node.mem_id: at for at, (_, node) in enumerate(texts)})


def _rows(told: Mapping[str, object]) -> list[str]:
    """What is told, as lines of TOML."""
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in told.items() if value]


def _told(article: Article) -> dict[str, object]:
    text = key(article.text)
    return {
        "url": article.url,
        "title": article.title,
        "published": article.published.iso() if article.published else "",
        "source": article.source,
        "authors": list(article.authors),
        "begins": text[:_HEAD],
        "ends": text[-_HEAD:],
    }


# --- how well an element's text agrees with what was read: 0 to 1 ----------------------------------------------------
def _as_title(text: str, article: Article) -> float:
    whole = {key(article.title), key(f"{article.column}{article.title}")}
    return 1.0 if key(text) in whole else 0.0


def _as_time(text: str, article: Article) -> float:
    if article.published is None or len(text) > 120:
        return 0.0
    told = article.published.value.replace(tzinfo=None)
    found = next((stamp.value.replace(tzinfo=None) for stamp, _, _ in dates.find(text)), None)
    return 0.0 if found is None or found.date() != told.date() else 1.0 - len(text) / 1000


def _as_source(text: str, article: Article) -> float:
    return 0.0 if not article.source or article.source not in text or len(text) > 60 else 1.0 - len(text) / 1000


def _as_authors(text: str, article: Article) -> float:
    if not article.authors or len(text) > 80 or not all(name in text for name in article.authors):
        return 0.0
    return 1.0 - len(text) / 1000


def _as_body(text: str, article: Article) -> float:
    """F1 of the shared three-grams."""
    if not 0.4 < len(text) / max(1, len(article.text)) < 2.5:
        return 0.0
    one, two = (
        Counter(letters[i : i + 3] for i in range(len(letters) - 2)) for letters in (key(text), key(article.text))
    )
    return 2 * (one & two).total() / max(1, one.total() + two.total())


_FIELDS: Final[tuple[tuple[str, Agree, float], ...]] = (
    ("title", _as_title, _ENOUGH),
    ("published", _as_time, _ENOUGH),
    ("source", _as_source, _ENOUGH),
    ("authors", _as_authors, _ENOUGH),
    ("body", _as_body, _BODY_ENOUGH),
)


# --- selectors -----------------------------------------------------------------------------------------------------
def _best(examples: Sequence[_Example], agree: Agree, enough: float) -> str:
    """The selector whose first element agrees best over all pages that have a value; "" when none is good enough."""
    told = [(example, [agree(text, example.article) for text, _ in example.texts]) for example in examples]
    told = [(example, scores) for example, scores in told if any(scores)]
    tried = {
        selector: 0.0
        for example, scores in told
        for at in sorted(range(len(scores)), key=lambda at: -scores[at])[:6]
        if scores[at] >= enough
        for selector in _selectors(example.texts[at][1])
    }
    for selector in tried:
        tried[selector] = mean(_score(example, scores, selector) for example, scores in told)
    best = max(tried, key=lambda selector: (round(tried[selector], 2), -len(selector)), default="")
    return best if best and tried[best] >= enough else ""


def _score(example: _Example, scores: Sequence[float], selector: str) -> float:
    """How well the first element that a selector finds agrees."""
    node = example.document.css_first(selector)
    place = example.places.get(node.mem_id) if node is not None else None
    return scores[place] if place is not None else 0.0


def _selectors(node: markup.Node) -> Iterator[str]:
    """Simple selectors for a node: its id, its classes, its tag below an ancestor that has one of these."""
    own = list(_named(node))
    yield from own
    tag = node.tag or "*"
    above = node.parent
    for _ in range(4):
        if above is None or above.tag in ("html", None):
            return
        for name in _named(above):
            yield f"{name} {tag}"
            yield from (f"{name} {mine}" for mine in own)
        above = above.parent


def _named(node: markup.Node) -> Iterator[str]:
    tag, attributes = node.tag or "*", node.attributes
    if tag in ("h1", "time", "article", "main"):
        yield tag
    name = attributes.get("id") or ""
    if _WORD.fullmatch(name):
        yield f"#{name}"
    for one in (attributes.get("class") or "").split():
        if _WORD.fullmatch(one):
            yield f"{tag}.{one}"


def _drops(examples: Sequence[_Example], body: str) -> list[str]:
    """Boxes inside the body, by class or id, whose text is no part of the story on any page and is there on two."""
    seen: Counter[str] = Counter()
    kept: set[str] = set()
    for example in examples:
        text = key(example.article.text)
        here: set[str] = set()
        for node in example.document.css(f"{body} *"):
            letters = key(node.text(deep=True))
            names = [name for name in _named(node) if "." in name or "#" in name]
            if letters in text or any(part in text for part in _pieces(letters)):
                kept.update(names)
            elif len(letters) >= _NOT_BODY:
                here.update(names)
        seen.update(here)
    return sorted(name for name, pages in seen.items() if pages >= 2 and name not in kept)


def _pieces(letters: str) -> Iterator[str]:
    """Samples of a text: when one of them is in the story, the element holds a part of it."""
    return (letters[at : at + 16] for at in range(0, max(1, len(letters) - 16), 40) if len(letters) >= 16)
