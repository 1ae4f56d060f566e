"""Names in by-lines of other languages than Chinese: by-words, what ends a name, what is none, which shape one has."""

from __future__ import annotations

import re
from typing import Final

from tuoben.extract.element import squeezed
from tuoben.extract.months import month
from tuoben.extract.trim import key

BY: Final = re.compile(
    r"^[\W_]*(?:(?:(?:written|reported|story|words|text|posted|review|report|analysis|opinion|erstellt|geschrieben|"
    r"artikel|eingetragen|(?:ein|blog)?\s?beitrag|texte?|rédigé|écrit|publié|publicado|escrito|scritto|a cura|"
    r"geschreven|skrevet|skriven|napisał[ao]?|thread starter|published|updated)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|przez|autorin/autor|interview|autor(?:in|es|a|i|ka|u|em)?|auteure?|auteur|author|автор|текст|"
    r"text|tekst|texto|testo|yazan|yazar|haber|oleh|penulis|reporter|írta|szerző|kirjoittaja|toimittaja|tác giả|"
    r"συντάκτης|بقلم|كتبت?|كتبه|إعداد|تحرير|نویسنده|מאת|โดย|de)\s*[:：,]?\s+(?=\S)|by(?=[A-Z])|文(?:・|：|●)\s?|取材・?文[:：]?|著者[:：]?|筆者[:：]|投稿者[:：]?|執筆者?[:：]?|"
    r"記者[:：・]?\s?)",
    re.I,
)
LATE_BY: Final = re.compile(
    r"(?:(?:19|20)\d{2}|min read|[|·•–—,-])\s*(?:(?:posted|written|published)\s+)?by\s+(?=[^\W\d_])|"
    r"(?:(?:19|20)\d{2}|\d:\d{2}(?:\s?Uhr)?|[|·•])\s*(?:von|par|por|di|door|av|af|przez|oleh|كتبت?|بقلم)\s*:?\s+(?=[^\W\d_])|"
    r"(?:\d{4}|\d:\d{2}(?:\s?Uhr)?|[|·•])\s*(?:autor(?:in|es|a|e)?|auteur|author|автор|penulis|yazar|szerző|von|by)\s*:\s*"
    r"(?=[^\W\d_])",
    re.I,
)
"""A by-line behind the date in the same line: January 20, 2025 by Jane Doe."""
SIGNED: Final = re.compile(
    r"^[\W_]*(?:(?:autor(?:in|ka|a|es)?|autorin/autor|author|auteur|автор|text|tekst|texto|texte|testo|reporter|penulis|"
    r"yazar|írta|szerző|toimittaja)\s*[:：/]\s*|(?:by|von|par|por|di|door|av|af|erstellt von|written by|posted by|"
    r"autorin/autor)\s+)(?P<who>\S.{2,60})$",
    re.I,
)
"""A line that is nothing but a label and whom it names, as stories are signed at their end."""
_SPLIT: Final = re.compile(
    r"\s*(?:,\s+(?:and|und|et|y|e|en|og|och|i|и)\s|[;,，|/／•·\n]|\s(?:and|und|et|y|e|en|og|och|i|и|ve|dan|with|mit|avec|&)\s|&|、|\s[-–—]\s)\s*",
    re.I,
)
_NO_AUTHOR: Final = re.compile(
    r"https?:|www\.|@|\d|^(?:\w*admin\w*|editor|editors|staff|unknown|none|null|guest|webmaster|author|"
    r"redactie|redaktion|redazione|redacción|redação|rédaction|news desk|newsroom|"
    r"web desk|by|published|updated|the|anonymous|user|root|share|follow|view|more|read|posted|kommentare?|"
    r"comments?|view orcid profile|link copied|copied|permalink|category|categories|tags?|home|photos?|video|foto)"
    r"\b.{0,10}$|^.{0,1}$|[{}<>=?!]|^(?-i:an? [a-z])|^an? (?:novel|memoir|story|play|poem|film|history)\b|"
    r"\b(?:min read|(?:read|learn|see) more|(?:keep|continue) reading|"
    r"comment|veröffentlicht|eingetragen|profil|uncategorized|hinterlasse|subscribe)\b",
    re.I,
)
_TITLES: Final = re.compile(
    r"\s*[,(–—|-]\s*(?:(?:senior|staff|chief|political|business|sports?|science|special|white house|deputy|"
    r"managing|associate|contributing|news|md|phd)\s+)*"
    r"(?:writer|reporter|editor|correspondent|contributor|columnist|staff|journalist|producer|for |of |redakteur|"
    r"journaliste|redactor|ceo|phd\b|md\b).*?(?=,? (?:and|und|et|&) [A-Z][\w'’.-]+ [A-Z]|$)|"
    r"\s+(?:in|for|on|at)(?:\s+[A-Z].*)?$",
    re.I,
)
_DATE_TAIL: Final = re.compile(
    r"\s*(?:\b(?:published|posted|updated|last updated|first published|on|am|le|el)\b[\s:]+)?(?:\b(?:mon|tues?|"
    r"wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,?\s*)?(?:(?<![^\W\d_])\d|"
    r"\b(?:updated|published|posted|last updated)\b).*$",
    re.I | re.S,
)
_DATE_WORDS: Final = re.compile(
    r"(?:\W*\b(?:published|posted|updated|last updated|first published|on|am|le|el|(?:mon|tues?|wed(?:nes)?|"
    r"thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b)*\W*$",
    re.I,
)
_MONTH_AND_DAY: Final = re.compile(r"\b([^\W\d_]{3,12})\.?\s+\d")
_GAP: Final = re.compile(r"[\s.-]+")
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
AGENCIES: Final = frozenset(
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
_NEWSROOMS: Final = "redaktion|redazione|redacción|redação|rédaction|redactie|redakcja|redakce|редакция"
OFFICE: Final = re.compile(
    r"\b(?:news|newspaper|daily|times|post|press|media|magazine|staff|fellow|editor|reporter|writer|correspondent|"
    r"contributor|producer|team|desk|tv|radio|bureau|network|agency|correspondents|reporters|editors|writers|"
    rf"{_NEWSROOMS})\b",
    re.I,
)


_ASIDE: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,64}|(?<![\w@])@\w{2,}|\([^()]*(?:\)|$)")
"""What stands beside a name and is none: an address, a handle, a remark in brackets."""
_OTHERS_WORK: Final = re.compile(
    r"\b(?:edited|reviewed|photo(?:graph)?(?:s|y|ed)?|pictures?|illustrat(?:ed|ions?)|fact[- ]check(?:ed)?|translated|"
    r"produced|curated|medically reviewed)\s+by\b|\b(?:fotos?|photos?|bilder|foto's)\s*[:：]",
    re.I,
)
"""Words from which on a by-line names others than the writers."""
_KOREAN_POST: Final = re.compile(
    r"^([\uac00-\ud7a3]{2,4})\s?(?:(?:객원|인턴|선임|전문|수습)\s?)?(?:기자|특파원|논설위원|에디터|칼럼니스트)$"
)
DESK: Final = re.compile(
    r"\b(?:bureau|desk|team|staff|service|network|agency|agencies|newsroom|reporters|correspondents?|editors|online|"
    rf"{_NEWSROOMS})\b",
    re.I,
)
"""Names of those who sign where a house does not name its writers."""
_PLACE: Final = re.compile(r"(?<=\w)(?P<mine>, (?P<who>[^,|—]{2,40})) — [^,|—]{3,40}$")
"""The outlet and the town behind the writer, or the town alone: Por Ana Freixo, Jornal do Porto — Porto Velho."""
_HOUSE: Final = re.compile(
    r"^(?:the|le|la|les|el|los|las|il|der|die|das|o|new|san|santa|saint|st\.?|são|sankt|hong|tel|buenos|rio|mexico|puerto|port|"
    r"porto|cape|fort|north|south|east|west|abu|kuala|addis|nova|novo|belo|ciudad|villa|bad)\s|\b(?:jornal|journal|diário|diario|gazet\w+|correio|correo|folha|"
    r"periódico|agência|agencia|agence|agenzia|rádio|revista|zeitung|\w*blatt|anzeiger|rundschau|kurier|herald|tribun\w+|"
    r"echo|courier|chronicle|observer|standard|review|globe|mail|express|especial|enviad[oa])\b",
    re.I,
)
"""Words of which names of outlets and towns are made, and what says for whom somebody writes."""
LONGEST: Final = 4000
"""Characters of a by-line that are read."""


def _unplaced(match: re.Match[str]) -> str:
    """What is left of `_PLACE`: a second writer, no outlet."""
    who = match["who"]
    named = name_shaped(who) and not OFFICE.search(who) and not _HOUSE.search(who)
    return match["mine"] if named else ""


def western_names(text: str, outlets: frozenset[str], strict: bool = False) -> list[str]:
    """Names in "By Jane Doe and John Smith, Staff Writer": persons and agencies, titles and outlets' own names cut.

    `strict`: only what has the shape of a person's name or is a known agency.
    """
    text = text[:LONGEST]
    if "://" in text or "www." in text:
        return []
    text = _ASIDE.sub(" | ", _OTHERS_WORK.split(text.replace("\n", " | "), maxsplit=1)[0])
    text = BY.sub("", _PLACE.sub(_unplaced, squeezed(text).strip(" |")))
    dated = next((match.start() for match in _MONTH_AND_DAY.finditer(text) if month(match[1])), len(text))
    text = _TITLES.sub("", _DATE_TAIL.sub("", _DATE_WORDS.sub("", text[:dated]) if dated < len(text) else text))
    names = []
    for part in _SPLIT.split(text):
        name = _TITLES.sub("", BY.sub("", part)).strip(" .,:;|-–—“”\"'()［］【】「」")
        name = _KOREAN_POST.sub(r"\1", name)
        if not name or len(name) > 60 or len(name.split()) > 6 or _NO_AUTHOR.search(name) or key(name) in outlets:
            continue
        if strict and not name_shaped(name):
            continue
        names.append(name)
    return names


def of_outlet(name: str, outlets: frozenset[str]) -> bool:
    """A desk of the outlet's: its name with a word behind it (MDR Thüringen)."""
    return any(len(outlet := key(name[: gap.start()])) > 2 and outlet in outlets for gap in _GAP.finditer(name))


def name_shaped(name: str) -> bool:
    """Two to five capitalised words (particles aside), a known agency, or a short name in Han, Kana or Hangul."""
    if re.fullmatch(
        r"[\u3040-\u30ff\u4e00-\u9fff々]{2,6}(?:[ \u3000][\u3040-\u30ff\u4e00-\u9fff々]{1,4})?|"
        r"[\uac00-\ud7a3]{2,4}(?: 기자)?",
        name,
    ):
        return True
    if name.lower() in AGENCIES:
        return True
    tokens = name.split()
    if not 2 <= len(tokens) <= 5:
        return False
    return all(
        _opens_name(token[0]) or token.lower() in _PARTICLES or token[:2] in ("d'", "d’", "O'") for token in tokens
    )


def _opens_name(letter: str) -> bool:
    """A capital, or a letter of a script that has none (Arabic, Hebrew, Devanagari, Thai)."""
    return letter.isupper() or (letter.isalpha() and letter.lower() == letter.upper())
