"""Authors of pages in other languages than Chinese: JSON-LD, by-line markup near the headline, metas; none invented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tuoben.extract.element import HEADINGS, INLINE, Block, Element, line_of
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.extract.trim import key
from tuoben.extract.westernnames import (
    AGENCIES,
    BY,
    DESK,
    LATE_BY,
    OFFICE,
    SIGNED,
    name_shaped,
    of_outlet,
    western_names,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Numbers of blocks: the headline's (-1: in none), the first in which a by-line may stand, the story's first, and
    the one behind its last."""

    title: int
    above: int
    first: int
    last: int

    @classmethod
    def of(cls, title: int, first: int, last: int) -> Place:
        """From the place of the headline: before the story, or in it where it opens with the headline."""
        if title >= first:
            return cls(title, max(0, title - 6), title + 2, max(last, title + 2))
        return cls(title, max(0, title - 6) if title >= 0 else max(0, first - 14), first, last)


_BYLINE_HINT: Final = re.compile(
    r"(?:^|[\s_-])(?:\w*by-?lines?|author(?!i[tz]|-?(?:bio|box|avatar|ima?ge?|photo|pic|social|desc|info|title|role|job|posit|"
    r"links?|follow|twitter|date|time))\w*|autor(?!i[tz])\w*|auteurs?|writer|contributor|p-author|full-?name|fn|firma|signature|signatur|"
    r"redact(?:or|eur)\w*|redakt(?:[oö]r|eur)\w*|journalist\w*|skribent\w*|forfatter\w*|kirjoittaja\w*|toimittaja\w*|szerz[oő]k?|"
    r"yazar\w*|penulis\w*|reporter\w*|tac-?gia|\w*authors?)(?:$|[\s_-]|__name)"
)
"""Names of elements that hold a by-line, in the languages that sites name their elements in."""
_META_AUTHOR: Final = re.compile(r"(?:^|[:._-]|article)(?:authors?|byl|bylines?)(?:[_-]?name\d?)?$")
_NEVER: Final = ("comment", "related", "prompt")


def western(tree: Tree, meta: Meta, data: Said, place: Place, outlets: frozenset[str]) -> tuple[list[str], str]:
    """(authors, origin) of a page in another language: JSON-LD, by-line near the headline, metas, the line that signs
    the story, a link to a writer's page; the outlet itself only where it alone signs."""
    persons = [name for kind, told in data.authors if kind != "Organization" for name in western_names(told, outlets)]
    persons = list(dict.fromkeys(persons))
    near: list[str] = []
    if persons and all(DESK.search(name) for name in persons):  # a desk that the data call a person
        near = _byline_elements(tree, place, outlets)
        persons = [] if near else persons
    if persons and all(" " in name or not name.isascii() for name in persons):
        return persons, "json-ld"
    near = near or _byline_elements(tree, place, outlets)
    metas = _meta_names(meta, outlets)
    if persons:  # first names and log-in names: the by-line may tell the whole
        whole = [
            name
            for name in [*near, *(name for names in metas for name in names)]
            if name.lower().startswith(persons[0].lower() + " ")
        ]
        return (whole[:1], "markup") if whole else (persons, "json-ld")
    for names in metas:
        told = [name for name in names if name_shaped(name)]
        if name_shaped(names[0]) and (not near or not {key(name) for name in near}.isdisjoint(map(key, names))):
            return (near, "markup") if _is_more(near, told, tree, place) else (told, "meta")
    for names, origin in (
        (near[:10], "markup"),
        (_alone(tree, place), "markup"),
        (_signature(tree, place, outlets), "text"),
        (metas[0] if metas else [], "meta"),
        (_slugged(tree, meta, place), "meta"),
        (_rel_author(tree, outlets), "markup"),
        (_linked(tree, outlets), "markup"),
        (_outlet_alone(tree, meta, data, place), "markup"),
    ):
        if names:
            return names, origin
    return [], ""


FEW: Final = 4
"""Names up to which a by-line is believed to be one, and no list of writers."""


def _is_more(near: list[str], told: list[str], tree: Tree, place: Place) -> bool:
    """Whether one line names all that a meta names, and others besides: systems fill in the first only."""
    if not len(told) < len(near) <= FEW or not {key(name) for name in near}.issuperset(map(key, told)):
        return False
    return any(all(name in block.text for name in near) for block in tree.blocks[place.above : place.first + 2])


def _meta_names(meta: Meta, outlets: frozenset[str]) -> list[list[str]]:
    """The names that each meta of authors tells, whatever the vendor's prefix; metas that tell none are left out."""
    told = [western_names("; ".join(values), outlets) for values in _meta_values(meta)]
    return [list(dict.fromkeys(names)) for names in told if names]


def _meta_values(meta: Meta) -> list[list[str]]:
    named = [name for name in meta.values if _META_AUTHOR.search(name) or name in ("dc.creator", "creator")]
    named.sort(key=lambda name: name not in ("author", "article:author"))
    return [[value for value in meta.lists[name] if "://" not in value] for name in named]


def _alone(tree: Tree, place: Place) -> list[str]:
    """Names that stand alone, in bold, between headline and story or as its first line, as African papers set them."""
    for block in tree.blocks[place.above + 1 : place.first + 2]:
        if block.strong and 5 < len(block.text) < 60 and block.kind not in HEADINGS and not block.links:
            parts = [part.strip() for part in re.split(r"/|&|\band\b", block.text)]
            if all(2 <= len(part.split()) <= 3 and name_shaped(part) and not OFFICE.search(part) for part in parts):
                return parts
    return []


def _signature(tree: Tree, place: Place, outlets: frozenset[str]) -> list[str]:
    """Names in a line that does nothing but sign, at the story's end or right behind it."""
    for block in tree.blocks[max(place.first, place.last - 3) : place.last + 12]:
        if block.size < 90 and block.text and block.node.noise not in _NEVER and (match := SIGNED.match(block.text)):
            names = western_names(match["who"], outlets, strict=True)
            if names:
                return names
    for block in tree.blocks[max(place.first, place.last - 2) : place.last + 1]:
        if (
            block.strong
            and 5 < len(block.text) < 32
            and 2 <= len(block.text.split()) <= 4
            and block.kind not in HEADINGS
        ):
            return western_names(block.text, outlets, strict=True)
    return []


def _slugged(tree: Tree, meta: Meta, place: Place) -> list[str]:
    """The name near the headline that the address of the writer's page spells: …/editors/jane-doe."""
    for value in meta.lists.get("article:author", []):
        words = value.rstrip("/").rsplit("/", 1)[-1].replace("_", "-").split("-") if "://" in value else []
        if 1 < len(words) < 4 and all(word.isalpha() for word in words):
            wanted = re.compile(r"\b" + r"[\s.-]+".join(words) + r"\b", re.I)
            for block in tree.blocks[place.above : place.first + 6]:
                if block.size < 120 and (match := wanted.search(block.text)):
                    return [match[0]]
    return []


def _rel_author(tree: Tree, outlets: frozenset[str]) -> list[str]:
    for element in tree.marked:
        if element.get("rel") == "author" or element.get("itemprop") == "author":
            text = tree.text_of(element)[:120]
            if element.noise in ("comment", "related"):
                continue
            if _LOGIN_NAME.fullmatch(text) and "admin" not in text.lower():
                return [text]
            if names := western_names(text, outlets):
                return names[:6]
    return []


_LOGIN_NAME: Final = re.compile(r"[a-z]{3,12}\d{1,4}", re.I)


def _outlet_alone(tree: Tree, meta: Meta, data: Said, place: Place) -> list[str]:
    """The outlet where the page signs with it alone: as a person's name, in a line of its own "By …", or in JSON-LD."""
    nobody: frozenset[str] = frozenset()
    named = [name for names in _meta_names(meta, nobody) for name in names]
    owner = [name for name in named if len(name.split()) == 2 and name_shaped(name) and not OFFICE.search(name)]
    if owner:
        return owner[:1]
    for block in tree.blocks[place.above : place.first + 2]:
        if block.size < 120 and block.text and block.node.noise not in _NEVER:
            text = line_of(block)
            late = LATE_BY.search(text)
            if late or (BY.match(text) and len(text) < 50):
                names = western_names(text[late.end() :] if late else text, nobody)
                if names:
                    return names[:1]
    signed = [name for _, told in data.authors for name in western_names(told, nobody)]
    return list(dict.fromkeys(signed))[:3]


MOST: Final = 200
"""Names found in marked elements after which no more are looked for."""
_AUTHOR_PAGE: Final = re.compile(
    r"/(?:authors?|autor(?:es|en)?|auteurs?|autori|columnists?|contributors?|writers?|by(?=/[a-z]+-)|people|staff)/[^/?#]{3,60}/?$",
    re.I,
)


def _linked(tree: Tree, outlets: frozenset[str]) -> list[str]:
    """Names that link to a writer's page; nothing when the page links many of them, as a list of writers does."""
    names: list[str] = []
    for element in tree.by_tag.get("a", []):
        if (
            len(names) < MOST
            and _AUTHOR_PAGE.search(element.get("href"))
            and element.noise not in ("comment", "related", "aside", "footer")
        ):
            names.extend(western_names(tree.text_of(element)[:80], outlets, strict=True))
    names = list(dict.fromkeys(names))
    return names if len(names) <= 2 else []


_KOREAN: Final = re.compile(
    r"(?:^|[\])）/=|,·\s])(?P<who>[\uac00-\ud7a3]{2,4})\s?(?:객원|인턴|선임|전문)?(?:기자|특파원|논설위원)(?=$|"
    r"[\s=|(/·,])"
)
_JAPANESE: Final = re.compile(
    r"(?:【(?P<a>[\u3040-\u30ff\u4e00-\u9fff々]{2,6}(?:[、・][\u3040-\u30ff\u4e00-\u9fff々]{2,6}){0,2})】|"
    r"[（(](?P<b>[\u4e00-\u9fff々]{1,3}[ \u3000]?[\u3040-\u30ff\u4e00-\u9fff々]{1,4}"
    r"(?:[、・][\u4e00-\u9fff々]{1,3}[ \u3000]?[\u3040-\u30ff\u4e00-\u9fff々]{1,4}){0,3})[)）])\s*$"
)


def signed(lang: str, near: list[str], ends: list[str]) -> list[str]:
    """Names that Korean pages tell with 기자 behind them, and Japanese stories in brackets at their very end.

    `near`: short lines by the headline; `ends`: the story's first and last lines.
    """
    if lang == "ko":
        lines = [text for text in near if len(text) < 80] + [text[:60] for text in ends[:2]]
        lines += [text for text in ends[-2:] if len(text) < 80]
        return list(dict.fromkeys(match["who"] for text in lines for match in _KOREAN.finditer(text)))[:6]
    if lang == "ja":
        for text in ends[-2:]:
            match = _JAPANESE.search(text)
            if match and (told := match["a"] or (match["b"] if len(match["b"]) > 3 else "")):
                return [name for name in re.split("[、・]", told) if not re.search("[社部局者版]$|参照|敬称", name)]
    return []


def _byline_elements(tree: Tree, place: Place, outlets: frozenset[str]) -> list[str]:
    """Names in by-line markup near the headline: marked elements first, then lines that begin "By"."""
    start, stop = place.above, place.first + 6
    found: list[str] = []
    for element in tree.elements:
        if not (start <= element.start < stop) or element.end - element.start not in (1, 2, 3) or element.hidden:
            continue
        if element.noise in _NEVER:
            continue
        sure = element.get("rel") == "author" or element.get("itemprop") == "author"
        named = sure or _is_name_there(element, place)
        if not named and not (len(element.hint) > 1 and _BYLINE_HINT.search(element.hint)):
            continue
        whole = element.tag not in INLINE
        if len(found) > MOST:
            break  # nobody signs so often: a list of writers, or a page that means harm
        for block in tree.blocks[element.start : element.end] if whole or element.end - element.start > 1 else [None]:
            linked = None if block is None else _each_linked(block)
            text = _piece(tree, element) if block is None else line_of(block) if linked is None else linked
            found.extend(western_names(text[:200], outlets, strict=not sure))
    if not found:
        for block in tree.blocks[start:stop]:
            if block.size < 140 and block.text and block.node.noise not in _NEVER:
                found.extend(_names_of_line(line_of(block), outlets))
    return _persons(list(dict.fromkeys(found)), outlets)


_NOBODY: Final = re.compile(r".*(?:..部|[社局班課]|編集|フォロー|一覧|見る)|[\u3040-\u30ff]+")
"""A desk, a button, a word in kana alone: links beside a writer's."""


def _each_linked(block: Block) -> str | None:
    """The names of a Japanese or Chinese by-line that links each of several writers; None for any other."""
    if block.links < 0.9 or not block.cjk:
        return None
    linked = [run[0].strip() for run in block.runs if run[1] is not None and run[0].strip()]
    return " | ".join([name for name in linked if not _NOBODY.fullmatch(name)]) if len(linked) > 1 else None


def _piece(tree: Tree, element: Element) -> str:
    """The text of an element in a line; where it is the whole line, its own pieces do not run together."""
    text, block = tree.text_of(element), tree.blocks[element.start]
    return line_of(block) if text == block.text else text


def _is_name_there(element: Element, place: Place) -> bool:
    """An itemprop "name" between headline and story, in no navigation."""
    return (
        element.get("itemprop") == "name"
        and 0 <= place.title < element.start < place.first
        and element.noise not in ("nav", "navigation", "aside")
    )


def _names_of_line(text: str, outlets: frozenset[str]) -> list[str]:
    """Names in a line that begins with a by-word or has one behind its date; a first name alone where nothing follows
    but the date."""
    late = LATE_BY.search(text)
    match = BY.match(text)
    if late is None and (match is None or len(match[0]) >= 30):
        return []
    rest = text[late.end() :] if late else text
    names = western_names(rest, outlets, strict=True)
    if not names and match is not None and _POSTED.match(text):
        names = [name for name in western_names(text, outlets)[:1] if name.isalpha() and name[:1].isupper()]
    return names


_POSTED: Final = re.compile(r"[\W_]*(?:posted|written|erstellt|geschrieben|publié|publicado|scritto)\s", re.I)


def _persons(names: list[str], outlets: frozenset[str]) -> list[str]:
    """No outlets, agencies and posts beside a person in the by-line, and without names run on into a post."""
    plain = [n for n in names if not OFFICE.search(n) and not of_outlet(n, outlets) and n.lower() not in AGENCIES]
    kept = plain or names
    return [name for name in kept if not any(other != name and name.startswith(other) for other in kept)]
