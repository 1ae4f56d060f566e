"""From the bytes of one page to what a reader and a researcher need of it, with nothing invented.

`extract(page, hints)` is pure: no network, no files, no clock. Every field says in `Article.origins` where it was read.
"""

from __future__ import annotations

import gc
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from tuoben import beside, markup
from tuoben import url as urls
from tuoben.extract import blocks as rendering
from tuoben.extract import (
    byline,
    candidates,
    category,
    credits,
    datewords,
    furtherpages,
    identity,
    jsonld,
    keep,
    language,
    metadata,
    pictures,
    policy,
    signature_lines,
    siterules,
    state,
    times,
    words,
)
from tuoben.extract.byline import Byline
from tuoben.extract.candidates import Candidate
from tuoben.extract.element import line_of, measure
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Headline, Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story, key
from tuoben.extract.trim import story as trimmed
from tuoben.extract.widen import widen
from tuoben.model import Article, Hints, Moment, Page, State

__all__ = ["extract"]

_HTML_TYPES: Final = (
    "text/html",
    "application/xhtml",
    "text/plain",
    "application/xml",
    "text/xml",
    "application/octet-stream",
)
_NOT_HTML: Final = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"RIFF",
    b"\x00\x00\x00\x18ftyp",
    b"OggS",
    b"ID3",
)
_TAG: Final = re.compile(r"<[a-zA-Z!/]")
NOTHING_KNOWN: Final = Hints()
LIMITS: Final = markup.Limits(tags=200_000)
"""A page's; one of so many tags takes some seconds, and no story has a tenth of them."""
AROUND: Final = 60
"""Blocks before and behind the story in which its edges may be drawn otherwise on another visit."""
_NO_URL: Final = "http://localhost/"


class _Reading:
    """All that is known of one page while it is read: filled step by step by `extract`."""

    def __init__(self, page: Page, hints: Hints, decoded: markup.Decoded) -> None:
        self.page = page
        self.hints = hints
        document = markup.parse(decoded.text, LIMITS, decoded.utf8)
        self.told = siterules.prepare(hints.rule, document) if hints.rule is not None else {}
        """Fields as the site's rule tells them."""
        self.tree = Tree(document)
        self.base = urls.resolve(page.url, self.tree.base) or page.url if self.tree.base else page.url
        self.meta: Meta = metadata.gather(self.tree)
        self.data: Said = jsonld.said(self.tree.scripts, page.url)
        self.flags: list[str] = []
        self.origins: dict[str, str] = {}
        self.top: Candidate | None = None
        self.story = Story()
        self.found = 0.0
        """Letters of the story as the rules found it: what a body told in data has to outweigh."""
        self.shown: Tree = self.tree
        """The tree that the story's blocks come from: the page's, or one made of a body told in data."""
        self.head = Headline("", "", -1, "", frozenset())
        self._resolved: dict[str, str | None] = {}

    def resolve(self, reference: str) -> str | None:
        """An absolute http(s) URL, keeping the fragment out; None for anything else."""
        if reference in self._resolved:
            return self._resolved[reference]
        told = reference.strip()
        known = None
        if told and told[:1] != "#" and told[:11].lower() != "javascript:":
            known = urls.resolve(self.base, told)
        self._resolved[reference] = known
        return known


def extract(page: Page | bytes, hints: Hints = NOTHING_KNOWN, *, url: str = "") -> Article:
    """Read a page. Raises LimitExceeded when it is over the limits of `markup`; any other bytes give an Article.

    Bare bytes do, too: `extract(body, url="https://news.example/a/1")`. A `Page` says more: the response's content type
    and coding, and when it was captured (relative times such as 3小时前 count from there).

    The cascade: 1 bytes to text; 2 one parse, one tree of blocks; 3 what the page says of itself; 4 the headline;
    5 candidates for the body, scored; 6 both ends trimmed; 7 a body told in data when the markup holds none;
    8 language, makers, times; 9 what kind of page it is; 10 text and HTML from the same blocks.
    """
    if isinstance(page, bytes):
        page = Page(url=url or _NO_URL, body=page)
    body = markup.inflate(page.body, page.content_encoding)
    mime = page.content_type.split(";")[0].strip().lower()
    if body.startswith(_NOT_HTML) or (mime and not mime.startswith(_HTML_TYPES)):
        return Article(url=page.url, state=State.NOT_HTML, canonical=_own(page.url))
    decoded = markup.decode(body, page.content_type)
    if not _TAG.search(decoded.text[:200_000]):
        kind = State.NOT_HTML if decoded.text.strip() else State.EMPTY
        return Article(url=page.url, state=kind, canonical=_own(page.url))
    with _no_collections():
        return _read(page, hints, decoded)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Hold the cyclic garbage collector off. A tree is thousands of small objects without cycles, freed by count; the
    collections that making them sets off took half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(page: Page, hints: Hints, decoded: markup.Decoded) -> Article:
    """Steps 2 to 10 on a page of text."""
    reading = _Reading(page, hints, decoded)
    if decoded.declared and decoded.declared != decoded.encoding and not (decoded.text.isascii()):
        reading.flags.append("charset-mislabelled")
    if decoded.flawed:
        reading.flags.append("charset-flawed")
    _find_body(reading)
    article = _article(reading)
    return siterules.overlay(article, reading.told, page) if reading.told else article


def _own(url: str) -> str:
    return urls.canonical(url) if urls.parse(url) is not None else url


def _names(reading: _Reading) -> list[str]:
    """The names of the site, as it and its host tell."""
    parsed = urls.parse(reading.page.url)
    host = urls.registrable(parsed.hostname) if parsed else ""
    names = [
        reading.meta.first("og:site_name"),
        reading.data.publisher,
        reading.meta.first("application-name", "twitter:site").lstrip("@"),
        reading.hints.source_name,
    ]
    return [name for name in [*names, host, host.split(".")[0]] if name]


def _find_body(reading: _Reading) -> None:
    """Steps 4 to 7."""
    _body_by_rules(reading)
    reading.found = reading.story.size
    if reading.top is not None and reading.origins["text"] == "markup":
        described = reading.meta.first("description", "og:description")
        reading.story = keep.decide(reading.tree, reading.top, reading.story, reading.head.at, described)
    reading.story.blocks = [block for block in reading.story.blocks if not words.counts(block.text)]
    _body_from_data(reading)


def before_table(page: Page, hints: Hints = NOTHING_KNOWN) -> tuple[Tree, Candidate, Story, int, str] | None:
    """A page as it is when `keep` has the last word: tree, candidate, the rules' story, number of the headline's block,
    the page's description of itself. None when its markup holds no candidate. What the table is trained on."""
    decoded = markup.decode(markup.inflate(page.body, page.content_encoding), page.content_type)
    reading = _Reading(page, hints, decoded)
    _body_by_rules(reading)
    if reading.top is None:
        return None
    described = reading.meta.first("description", "og:description")
    return reading.tree, reading.top, reading.story, reading.head.at, described


def _body_by_rules(reading: _Reading) -> None:
    """Steps 4 to 6, by rules alone."""
    tree, link = reading.tree, reading.hints.link
    candidates.weigh(tree)
    reading.head = metadata.headline(tree, reading.meta, reading.data, link.title if link else "", _names(reading))
    candidates.mark_endings(tree)
    candidates.mark_teasers(tree)
    if reading.hints.rule is not None:
        _body_by_rule(reading)
    found = candidates.candidates(tree, reading.head.at) if not reading.story.blocks else []
    if found:
        reading.top = widen(tree, found[0])
        reading.story = trimmed(tree, reading.top.element, reading.head.keys, reading.head.at, reading.top.span)
        reading.origins["text"] = "markup"


def _body_by_rule(reading: _Reading) -> None:
    """The story in the containers that the site's rule names; nothing when the page has none of them."""
    for element in siterules.bodies(reading.tree):
        part = trimmed(reading.tree, element, reading.head.keys, reading.head.at)
        reading.story.blocks += part.blocks
        reading.story.head += part.head
        reading.story.tail += part.tail
        reading.top = reading.top or Candidate(element, 1.0, "rule")
    if reading.story.blocks:
        reading.origins["text"] = "rule"


def _body_from_data(reading: _Reading) -> None:
    """A body told in JSON-LD, in inline state or by the listing, when the markup holds none or only its beginning."""
    size = reading.found
    link = reading.hints.link
    options: list[tuple[str, str]] = [("json-ld", reading.data.body)]
    if size < 400:
        options += [("state", text) for text in jsonld.state_bodies(reading.tree.scripts)]
    if size < 200 and link is not None and link.body_html:
        options.append(("listing", link.body_html))
    for origin, text in options:
        if measure(text) < max(60.0, 1.6 * size) or len(text) > jsonld.LARGEST:
            continue
        as_html = (
            text
            if _TAG.search(text)
            else "".join(f"<p>{html.escape(line)}</p>" for line in re.split(r"\n+", text) if line.strip())
        )
        other = Tree(markup.parse(f"<article>{as_html}</article>"))
        candidates.weigh(other)
        candidates.mark_endings(other)
        story = trimmed(other, other.body, reading.head.keys)
        if story.size > max(60.0, 1.5 * size):
            reading.story, reading.shown = story, other
            reading.origins["text"] = (
                "json-ld" if origin == "json-ld" else "listing" if origin == "listing" else "markup"
            )
            reading.flags.append("body-from-listing" if origin == "listing" else "body-from-json")
            return


def _bounds(reading: _Reading) -> tuple[int, int]:
    """Numbers of the story's first block and behind its last, in the page's tree."""
    if reading.shown is reading.tree and reading.story.blocks:
        return reading.story.blocks[0].number, reading.story.blocks[-1].number + 1
    at = max(0, reading.head.at)
    return min(at + 3, len(reading.tree.blocks)), min(at + 3, len(reading.tree.blocks))


def _byline(reading: _Reading, lang: str, first: int, last: int) -> Byline:
    """Makers and credited source; a page names its reporters in lines near the headline and at the story's ends."""
    tree, at = reading.tree, reading.head.at
    start = max(0, at - 3) if 0 <= at < first else max(0, first - 12)
    near = [
        line_of(b)
        for b in tree.blocks[start:first]
        if b.text and b.size < 400 and b.node.noise not in ("comment", "related", "aside", "footer")
    ]
    below = [
        b.text
        for b in tree.blocks[last : last + 12]
        if b.text and b.size < 200 and not b.node.hidden and b.node.noise not in ("comment", "related", "aside")
    ]
    line = byline.read(reading.story, near, below) if lang.startswith("zh") or not lang else Byline()
    if lang.startswith("zh"):
        credits.fill_source(line, tree, reading.meta, reading.head.keys, start, first)
        signed = [name for kind, name in reading.data.authors if kind != "Organization"]
        metas = reading.meta.lists.get("author", []) + reading.meta.lists.get("og:article:author", [])
        credits.fill_authors(line, tree, [*signed, *metas], start, first)
    outlets = frozenset(key(name) for name in _names(reading))
    if not lang.startswith("zh"):
        line.authors, line.authors_origin = signature_lines.western(
            tree, reading.meta, reading.data, signature_lines.Place.of(at, first, last), outlets
        )
        if not line.authors and lang in ("ko", "ja"):
            ends = [block.text for block in reading.story.blocks if block.text]
            line.authors = signature_lines.signed(lang, near, [*ends[:2], *ends[2:][-2:], *reading.story.tail[:1]])
            line.authors_origin = "text"
    credits.reprint(line, reading.story, reading.tree, start, first)
    return line


def _told(reading: _Reading, dated: bool) -> Article:
    """What the page says of itself as a whole, whatever its body is."""
    page, tree, meta, data = reading.page, reading.tree, reading.meta, reading.data
    section, origin = category.category(page, tree, meta, data, reading.head.title)
    if section:
        reading.origins["category"] = origin
    more = furtherpages.next_pages(page, tree, announced=reading.hints.link is not None)
    if more:
        reading.flags.append("multi-page")
    if state.paywalled(tree, data, reading.story):
        reading.flags.append("paywall")
    signs = state.Signs(headed=reading.head.at >= 0, dated=dated, announced=reading.hints.link is not None)
    return Article(
        url=page.url,
        state=state.judge(tree, meta, data, reading.story, reading.head.title, signs),
        canonical=identity.canonical(page, tree, meta, reading.hints.twins),
        twins=identity.twins(page, tree, meta, reading.hints.twins),
        refresh=identity.refresh(page, tree, reading.base),
        title=reading.head.title,
        column=reading.head.column,
        publisher=meta.first("og:site_name") or data.publisher or reading.hints.source_name,
        category=section,
        description=meta.first("description", "og:description", "twitter:description") or data.description,
        keywords=metadata.keywords(meta, data, reading.head.keys),
        next_pages=more,
        policy=policy.policy(page, meta),
    )


def _article(reading: _Reading) -> Article:
    """Steps 8 to 10."""
    page, tree, meta, data, head = reading.page, reading.tree, reading.meta, reading.data, reading.head
    first, last = _bounds(reading)
    parts = rendering.parts(reading.story.blocks)
    text = "\n\n".join(part for part, _ in parts)
    declared = tree.lang or meta.first("og:locale", "content-language") or data.lang or page.header("content-language")
    lang = language.detect(text or head.title, declared)
    line = _byline(reading, lang, first, last)
    where = datewords.Where(head.at, first, last)
    published, modified, differing = times.times(page, reading.hints, tree, meta, data, where, lang)
    if differing:
        reading.flags.append("dates-differ")
    images, placed = pictures.gather(reading.shown, reading.story, head.keys, reading.resolve)
    behind = pictures.backgrounds(reading.shown, reading.story, reading.resolve)
    images = pictures.with_lead(images, reading.resolve(meta.first("og:image", "twitter:image") or data.image))
    element = reading.top.element if reading.top is not None and reading.shown is tree else reading.shown.body
    told = _told(reading, dated=published is not None and published.origin in ("text", "markup"))
    reading.origins.update(_origins(head, line, published))
    return replace(
        told,
        published=published,
        modified=modified,
        source=line.source,
        authors=tuple(line.authors),
        roles=tuple(line.roles),
        reprinted_from=line.reprinted_from,
        original_title=line.original_title,
        lang=lang,
        text=text,
        places=rendering.places(parts, tree.elements) if reading.shown is tree else (),
        beside=_beside(reading, {id(block) for _, block in parts}, first, last) if reading.shown is tree else "",
        html=rendering.markup(reading.story.blocks, element, reading.resolve, placed),
        images=images,
        requisites=tuple(
            dict.fromkeys([*metadata.style_sheets(tree, reading.base), *(image.url for image in images), *behind])
        ),
        flags=tuple(reading.flags),
        origins=reading.origins,
    )


def _beside(reading: _Reading, taken: set[int], first: int, last: int) -> str:
    """The blocks in and around the story that are not of it."""
    near = reading.tree.blocks[max(0, first - AROUND) : last + AROUND]
    return beside.pack(block.text for block in near if block.text and id(block) not in taken)


def _origins(head: Headline, line: Byline, published: Moment | None) -> dict[str, str]:
    """Where each field was read, for those that were found."""
    found = {
        "title": head.origin if head.title else "",
        "published": published.origin if published else "",
        "source": line.source_origin if line.source else "",
        "authors": line.authors_origin if line.authors else "",
    }
    return {name: origin for name, origin in found.items() if origin}
