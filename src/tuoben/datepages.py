"""Date pages: the addresses of a site's days, months or years out of a template, the newest first.

`https://news.example/{yyyy}/{mm}/{dd}/` stands for one page a day, a template without `{dd}` for one a month, without
`{mm}` for one a year; `{n}` counts the pages of a day from 1. A day is a day of the calendar, as the site prints it:
no clock and no zone is asked for. All is told by an address alone, so nothing but the address has to be kept.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from tuoben.errors import UsageError

PARTS = {
    "{yyyy}": r"(?P<year>\d{4})", "{yy}": r"(?P<short>\d{2})", "{mm}": r"(?P<month>\d{2})",
    "{m}": r"(?P<month>\d{1,2})",
    "{dd}": r"(?P<day>\d{2})", "{d}": r"(?P<day>\d{1,2})", "{n}": r"(?P<n>\d{1,6})",
}  # fmt: skip
MOST_OF_A_DAY = 200
"""Pages that `{n}` counts to."""
_PART = re.compile(r"\{[^{}]*\}")


def check(template: str) -> None:
    """Raises UsageError for what is no template of date pages."""
    parts = _PART.findall(template)
    if unknown := [part for part in parts if part not in PARTS]:
        raise UsageError(f"{unknown[0]} is no part of a date; {', '.join(PARTS)} are.")
    names = {"y": "year", "m": "month", "d": "day", "n": "number"}
    for letter, name in names.items():
        if sum(part[1] == letter for part in parts) > 1 and len({p for p in parts if p[1] == letter}) > 1:
            raise UsageError(f"The template gives the {name} in two forms; use one.")
    if not {"{yyyy}", "{yy}"} & set(parts):
        raise UsageError(
            "The template names no year: {yyyy} or {yy} has to stand where the year stands in the address."
        )
    if _has(template, "d") and not _has(template, "m"):
        raise UsageError("The template names a day and no month: put {mm} or {m} where the month stands.")
    if not template.lower().startswith(("http://", "https://")) or "{" in template.split("/", 3)[2]:
        raise UsageError("A template is a whole address, https://HOST/…, with the parts of the date behind the host.")


def _has(template: str, letter: str) -> bool:
    return any(part[1] == letter for part in _PART.findall(template))


def address(template: str, day: date, number: int = 1) -> str:
    """The page that a day stands on."""
    values = {
        "{yyyy}": f"{day.year:04}", "{yy}": f"{day.year % 100:02}", "{mm}": f"{day.month:02}", "{m}": str(day.month),
        "{dd}": f"{day.day:02}", "{d}": str(day.day), "{n}": str(number),
    }  # fmt: skip
    return _PART.sub(lambda part: values[part[0]], template)


def following(template: str, here: str, since: date, *, more: bool) -> str:
    """The page to be asked for after the page `here` of a template; "" when the first day that is wanted is done.

    `more`: this page is a good one, so the next page of the same day may be (`{n}`).
    """
    place = place_of(template, here)
    if place is None:
        return ""
    first, number = place
    if more and _has(template, "n") and number < MOST_OF_A_DAY:
        return address(template, first, number + 1)
    if first <= since or first == date.min:
        return ""
    return address(template, first - timedelta(days=1))


def place_of(template: str, here: str) -> tuple[date, int] | None:
    """(the first day that a page holds, its number within `{n}`); None when it is none of the template's."""
    match = _pattern(template).fullmatch(here)
    if match is None:
        return None
    told = match.groupdict()
    year = int(told["year"]) if told.get("year") else 2000 + int(told["short"])
    try:
        return date(year, int(told.get("month") or 1), int(told.get("day") or 1)), int(told.get("n") or 1)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _pattern(template: str) -> re.Pattern[str]:
    told, at, met = "", 0, set[str]()
    for part in _PART.finditer(template):
        told += re.escape(template[at : part.start()])
        name = re.sub(r".*<(\w+)>.*", r"\1", PARTS[part[0]])
        told += f"(?P={name})" if name in met else PARTS[part[0]]
        met.add(name)
        at = part.end()
    return re.compile(told + re.escape(template[at:]), re.A)
