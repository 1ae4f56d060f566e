"""Who wrote an entry of a feed, and how it is filed there."""

from __future__ import annotations

import re
from functools import lru_cache

from tuoben.discover import plain, xml
from tuoben.discover.context import unique

Fields = dict[str, list[xml.Element]]
"""The children of an entry by their names with the prefixes that we use."""


def authors(fields: Fields, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of persons: those of the first kind of element, among `names`, that tells any."""
    found = []
    for name in names:
        for element in fields[name]:
            named = ""
            if len(element):
                named = next((xml.text(child) for child in element if xml.local(child) == "name"), "")
            if told := _person(named or ("" if len(element) else element.text or "")):
                found.append(told)
        if found:
            break
    return tuple(found) if len(found) < 2 else unique(found)[:50]


@lru_cache(maxsize=1024)
def _person(text: str) -> str:
    """A person's name out of RSS's "address (name)", "name <address>" or a plain name; "" for a bare address."""
    text = plain.title(text)[:200]
    if "@" not in text:
        return text
    if match := re.fullmatch(r"\S+@\S+\s*[(（](.+)[)）]", text):
        return match[1].strip()
    if match := re.fullmatch(r"(.+?)\s*[<(（]\S+@\S+[>)）]", text):
        return match[1].strip(" \"'")
    return "" if re.fullmatch(r"(?:mailto:)?\S+@\S+", text) else text


@lru_cache(maxsize=1024)
def _label(text: str) -> str:
    return plain.title(text)


def categories(fields: Fields, names: tuple[str, ...]) -> tuple[str, ...]:
    """All labels that elements of these names tell, each once."""
    found = []
    for name in names:
        for element in fields[name]:
            told = xml.text(element)
            if element.keys():
                told = str(element.get("label") or told or element.get("term") or element.get("text") or "")
            found.append(_label(told))
    return unique(found)[:100]
