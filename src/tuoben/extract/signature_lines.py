"""Authors of pages in other languages than Chinese: JSON-LD, by-line markup near the headline, metas; none invented."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import SPACES, Tree
from tuoben.extract.trim import key

_BY: Final = re.compile(
    r"^[\W_]*(?:(?:(?:written|reported|story|words|text|posted|review|report|analysis|opinion|erstellt|artikel|"
    r"eingetragen|ein beitrag|texte?|publié|publicado|scritto|a cura|geschreven|napisał[ao]?)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|przez|autor(?:in|es|a|i|ka)?|author|автор|текст|text|yazan|oleh|"
    r"de)\s*[:：]?\s+(?=\S)|by(?=[A-Z])|文(?:・|：)|取材・?文[:：]?|著者[:：]?|執筆[:：]?|記者[:：・]?\s?)",
    re.I,
)
_SPLIT: Final = re.compile(
    r"\s*(?:[;,|/•·\n]|\s(?:and|und|et|y|e|en|og|och|i|и|ve|dan|with|mit|&)\s|&|、|\s[-–—]\s)\s*", re.I
)
_NO_AUTHOR: Final = re.compile(
    r"https?:|www\.|@|\d|^(?:admin|administrator|editor|editors|staff|unknown|none|null|guest|webmaster|author|"
    r"redactie|redaktion|redazione|redacción|redação|rédaction|news desk|newsroom|"
    r"web desk|by|published|updated|the|anonymous|user|root|share|follow|view|more|read|posted|kommentare?|"
    r"comments?)\b.{0,10}$|^.{0,1}$|[{}<>=?!]|\b(?:min read|read more|comment|veröffentlicht|eingetragen|profil|"
    r"uncategorized|hinterlasse)\b",
    re.I,
)
_TITLES: Final = re.compile(
    r"\s*[,(–—|-]\s*(?:(?:senior|staff|chief|political|business|sports?|science|special|white house|deputy|"
    r"managing|associate|contributing|news|md|phd)\s+)*"
    r"(?:writer|reporter|editor|correspondent|contributor|columnist|staff|journalist|producer|for |of |redakteur|"
    r"journaliste|redactor|ceo|phd\b|md\b).*$",
    re.I,
)
_DATE_TAIL: Final = re.compile(
    r"\s*(?:\b(?:published|posted|updated|last updated|first published|on|am|le|el)\b[\s:]+)?(?:\b(?:mon|tues?|"
    r"wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,?\s*)?(?:\b[A-Za-zä]{3,9}\.?\s+\d|\d).*$",
    re.I | re.S,
)
_PARTICLES: Final = frozenset(
    [
        "de",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "du",
        "da",
        "di",
        "del",
        "dos",
        "al",
        "el",
        "bin",
        "ben",
        "ter",
        "ten",
        "zu",
        "af",
        "y",
        "e",
        "della",
    ]
)
_AGENCIES: Final = frozenset(
    [
        "ap",
        "afp",
        "dpa",
        "apa",
        "reuters",
        "efe",
        "ansa",
        "tt",
        "ntb",
        "stt",
        "belga",
        "anp",
        "sda",
        "sid",
        "kna",
        "epd",
        "pap",
        "čtk",
        "tass",
        "xinhua",
        "aap",
        "pa",
    ]
)
_BYLINE_HINT: Final = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|author-?names?|article-?authors?|post-?author|entry-?author|authors?|autor(?:en|"
    r"es)?|writer|contributor|p-author|fn)(?:$|[\s_-]|__name)"
)


def western_names(text: str, outlets: frozenset[str], strict: bool = False) -> list[str]:
    """Names in "By Jane Doe and John Smith, Staff Writer": persons and agencies, titles and outlets' own names cut.

    `strict`: only what has the shape of a person's name or is a known agency.
    """
    if "://" in text or "www." in text:
        return []
    text = _BY.sub("", SPACES.sub(" ", text).strip())
    text = _TITLES.sub("", _DATE_TAIL.sub("", text))
    names = []
    for part in _SPLIT.split(text):
        name = _TITLES.sub("", _BY.sub("", part)).strip(" .,:;|-–—“”\"'()")
        if not name or len(name) > 60 or len(name.split()) > 6 or _NO_AUTHOR.search(name) or key(name) in outlets:
            continue
        if strict and not _name_shaped(name):
            continue
        names.append(name)
    return names


def _name_shaped(name: str) -> bool:
    """Two to five capitalised words (particles aside), a known agency, or a short name in Han, Kana or Hangul."""
    if re.fullmatch(
        r"[\u3040-\u30ff\u4e00-\u9fff々]{2,6}(?:[ \u3000][\u3040-\u30ff\u4e00-\u9fff々]{1,4})?|"
        r"[\uac00-\ud7a3]{2,4}(?: 기자)?",
        name,
    ):
        return True
    if name.lower() in _AGENCIES:
        return True
    tokens = name.split()
    if not 2 <= len(tokens) <= 5:
        return False
    return all(token[0].isupper() or token.lower() in _PARTICLES or token[:2] in ("d'", "d’", "O'") for token in tokens)


def western(tree: Tree, meta: Meta, data: Said, at: int, first: int, outlets: frozenset[str]) -> tuple[list[str], str]:
    """(authors, origin) of a page in another language: JSON-LD, by-line near the headline, metas, by-line elsewhere."""
    persons = [name for kind, told in data.authors if kind != "Organization" for name in western_names(told, outlets)]
    if persons:
        return list(dict.fromkeys(persons)), "json-ld"
    near = _byline_elements(tree, max(0, at - 6) if 0 <= at < first else max(0, first - 14), first + 3, outlets)
    told_metas = [
        meta.lists.get(name, [])
        for name in (
            "author",
            "article:author",
            "parsely-author",
            "byl",
            "sailthru.author",
            "dc.creator",
            "og:article:author",
            "citation_author",
        )
    ]
    metas = [name for values in told_metas for value in values for name in western_names(value, outlets)]
    shaped = [name for name in metas if _name_shaped(name)]
    if shaped and not (near and key(shaped[0]) not in {key(name) for name in near}):
        return list(dict.fromkeys(shaped)), "meta"
    if near:
        return near[:10], "markup"
    if metas:
        return list(dict.fromkeys(metas)), "meta"
    signed = [name for kind, told in data.authors for name in western_names(told, frozenset())]
    if signed:
        return list(dict.fromkeys(signed))[:3], "json-ld"
    for element in tree.elements:
        if (element.get("rel") == "author" or element.get("itemprop") == "author") and element.noise not in (
            "comment",
            "related",
        ):
            names = western_names(tree.text_of(element)[:120], outlets)
            if names:
                return names[:6], "markup"
    linked = _linked(tree, outlets)
    return (linked, "markup") if linked else ([], "")


_AUTHOR_PAGE: Final = re.compile(
    r"/(?:authors?|autor(?:es|en)?|auteurs?|autori|columnists?|contributors?|writers?|by(?=/[a-z]+-)|people|staff)/[^/?#]{3,60}/?$",
    re.I,
)


def _linked(tree: Tree, outlets: frozenset[str]) -> list[str]:
    """Names that link to a writer's page; nothing when the page links many of them, as a list of writers does."""
    names: list[str] = []
    for element in tree.by_tag.get("a", []):
        if _AUTHOR_PAGE.search(element.get("href")) and element.noise not in ("comment", "related", "aside", "footer"):
            names.extend(western_names(tree.text_of(element)[:80], outlets, strict=True))
    names = list(dict.fromkeys(names))
    return names if len(names) <= 2 else []


_KOREAN: Final = re.compile(
    r"(?:^|[\])）/=|,·\s])(?P<who>[\uac00-\ud7a3]{2,4})\s?(?:객원|인턴|선임|전문)?(?:기자|특파원|논설위원)(?=$|"
    r"[\s=|(/·,])"
)
_JAPANESE: Final = re.compile(
    r"(?:【(?P<a>[\u3040-\u30ff\u4e00-\u9fff々]{2,6}(?:[、・][\u3040-\u30ff\u4e00-\u9fff々]{2,6}){0,2})】|"
    r"[（(](?P<b>[\u4e00-\u9fff々]{1,3}[ \u3000]?[\u3040-\u30ff\u4e00-\u9fff々]{1,4})[)）])\s*$"
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


def _byline_elements(tree: Tree, start: int, stop: int, outlets: frozenset[str]) -> list[str]:
    """Names in by-line markup among the blocks [start, stop): marked elements first, then lines that begin "By"."""
    found: list[str] = []
    for element in tree.elements:
        if not (start <= element.start < stop) or element.end - element.start not in (1, 2, 3) or element.hidden:
            continue
        sure = element.get("rel") == "author" or element.get("itemprop") == "author"
        if not sure and not (len(element.hint) > 1 and _BYLINE_HINT.search(element.hint)):
            continue
        for block in tree.blocks[element.start : element.end] if element.end - element.start > 1 else [None]:
            text = tree.text_of(element) if block is None else block.text
            found.extend(western_names(text[:200], outlets, strict=not sure))
    if not found:
        for block in tree.blocks[start:stop]:
            if block.size < 120 and block.text and (match := _BY.match(block.text)) and len(match[0]) < 30:
                found.extend(western_names(block.text, outlets, strict=True))
    return _persons(list(dict.fromkeys(found)))


_OFFICE: Final = re.compile(
    r"\b(?:news|newspaper|daily|times|post|press|media|magazine|staff|fellow|editor|reporter|writer|correspondent|"
    r"contributor|producer|redaktion|team|desk|tv|radio)\b",
    re.I,
)


def _persons(names: list[str]) -> list[str]:
    """Without outlets and posts that stand in the by-line beside a person, and without a name run on into a post."""
    plain = [name for name in names if not _OFFICE.search(name)]
    kept = plain or names
    return [name for name in kept if not any(other != name and name.startswith(other) for other in kept)]
