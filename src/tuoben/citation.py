"""A dated snapshot as a citation: GB/T 7714-2015, BibTeX, RIS and CSL-JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tuoben.model import Reading

_TEX: Final = re.compile(r"[\\{}%&$#_~^]")
_TEX_NAMES: Final = {
    "\\": r"\textbackslash ",
    "~": r"\textasciitilde ",
    "^": r"\textasciicircum ",
    "{": r"\textbraceleft ",  # BibTeX counts braces whatever stands before them
    "}": r"\textbraceright ",
}
_FAMILY_FIRST: Final = ("zh", "ja", "ko")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What is cited. `snapshot`: the permanent address of the dated snapshot; `day`: when it was taken."""

    id: str
    title: str
    authors: tuple[str, ...]
    publisher: str
    published: str
    """ISO 8601, as exactly as the source told it; "" when it told nothing."""
    url: str
    snapshot: str
    day: date
    archive: str
    lang: str


def citation(reading: Reading, snapshot: str, archive: str, day: date) -> Citation:
    """What to cite of the revision that is read. `archive`: the name of this archive."""
    article, card = reading.article, reading.card
    title = f"{article.column}｜{article.title}" if article.column else article.title
    return Citation(
        id=card.id,
        title=title,
        authors=article.authors,
        publisher=article.source or article.publisher or card.site_name,
        published=article.published.iso() if article.published else "",
        url=card.url,
        snapshot=snapshot,
        day=day,
        archive=archive,
        lang=article.lang,
    )


def gbt7714(cited: Citation) -> str:
    """GB/T 7714-2015, electronic resource (EB/OL): responsible persons, title, publisher, dates, both addresses."""
    names = list(cited.authors[:3])
    if len(cited.authors) > 3:
        names.append("等" if cited.lang[:2] in ("zh", "ja") or not cited.lang else "et al")
    who = f"{', '.join(names)}. " if names else ""
    publisher = f"{cited.publisher}, " if cited.publisher else ""
    day = f"({cited.published[:10]})" if cited.published else ""
    line = f"{who}{cited.title}[EB/OL]. {publisher}{day}[{cited.day}]. {cited.url}. {cited.archive}: {cited.snapshot}."
    return " ".join(line.split()) + "\n"


def bibtex(cited: Citation) -> str:
    """BibTeX (and biblatex): @misc."""
    told = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in cited.authors),
        "title": f"{{{_tex(cited.title)}}}",
        "publisher": _tex(cited.publisher),
        "year": cited.published[:4],
        "date": cited.published[:10],
        "url": _tex_url(cited.url),
        "urldate": cited.day.isoformat(),
        "note": f"{_tex(cited.archive)}: \\url{{{_tex_url(cited.snapshot)}}}",
        "langid": _tex(cited.lang),
    }
    rows = ",\n".join(f"  {name} = {{{value}}}" for name, value in told.items() if value)
    return f"@misc{{{cited.id},\n{rows}\n}}\n"


def _tex(text: str) -> str:
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return _TEX.sub(lambda match: _TEX_NAMES.get(match[0], f"\\{match[0]}"), plain)


def _tex_url(url: str) -> str:
    return url.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")


def ris(cited: Citation) -> str:
    """RIS: a newspaper article."""
    rows = [
        ("TY", "NEWS"),
        *(("AU", name) for name in cited.authors),
        ("TI", cited.title),
        ("T2", cited.publisher),
        ("PY", cited.published[:4]),
        ("DA", cited.published[:10].replace("-", "/")),
        ("UR", cited.url),
        ("L2", cited.snapshot),
        ("Y2", cited.day.isoformat().replace("-", "/")),
        ("DB", cited.archive),
        ("LA", cited.lang),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in rows if value or tag == "ER")


def csl(cited: Citation) -> str:
    """CSL-JSON, as citation processors and reference managers read it: a list of one item."""
    item: dict[str, Any] = {
        "id": cited.id,
        "type": "article-newspaper",
        "title": cited.title,
        "author": [_name(name, cited.lang) for name in cited.authors],
        "container-title": cited.publisher,
        "issued": _parts(cited.published),
        "accessed": _parts(cited.day.isoformat()),
        "URL": cited.url,
        "archive": cited.archive,
        "archive_location": cited.snapshot,
        "language": cited.lang,
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=1) + "\n"


def _name(name: str, lang: str) -> dict[str, str]:
    """Names whose parts cannot be told apart safely stand as they are."""
    words = name.split()
    if lang[:2] in _FAMILY_FIRST or len(words) != 2:
        return {"literal": name}
    return {"given": words[0], "family": words[1]}


def _parts(day: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in day[:10].split("-")]]} if day else {}


FORMS: Final[Mapping[str, tuple[str, Callable[[Citation], str]]]] = {
    "txt": ("text/plain", gbt7714),
    "bib": ("application/x-bibtex", bibtex),
    "ris": ("application/x-research-info-systems", ris),
    "csl.json": ("application/vnd.citationstyles.csl+json", csl),
}
"""Ending of the address → media type and writer."""
