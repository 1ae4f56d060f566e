"""Times as listings write them: RFC 822, ISO 8601, Chinese, Japanese, Korean, and the variants met in the wild.

A wrong date is worse than none (law 6): what can be read in two ways is not read at all, unless a weekday decides.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from tuoben.model import Moment, Precision

FIRST_YEAR, LAST_YEAR = 1900, 2099
_KOREA = timezone(timedelta(hours=9))
_FUTURE = timedelta(days=1)

# Month names by their beginnings: English, French, German, Spanish, Italian, Portuguese, Dutch, Nordic, Hungarian,
# Greek, Russian. Full spellings are cut to four characters when looked up, then to three.
_MONTHS = {
    name: number
    for number, names in enumerate(
        """jan ene gen janv jän jän ιαν янв
        feb fév fev febr φεβ фев
        mar mär maa mrt mars mär márc μαρ μάρ мар
        apr avr abr ápri απρ апр
        may mai mag maj mei máju μαϊ μαι мая май
        jun juin giu jún júni ιού ιουν ιούν июн
        jul juil lug júl júli ιουλ ιούλ июл
        aug aoû aou ago augu αυγ αύγ авг
        sep set sept szep σεπ сен
        oct okt out ott οκτ окт
        nov νοε νοέ ноя
        dec déc dez dic des δεκ дек""".splitlines(),
        1,
    )
    for name in names.split()
}
_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}

_HOURS = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12,
    "NZDT": 13, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "ET": -5, "CT": -6, "MT": -7, "PT": -8, "BST": 1,
}  # fmt: skip

_CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?m\.?(?![a-z]))?"
)
_ZONE = (
    r"(?P<zone>(?:GMT|UTC?)?\s*[+\-−]\s?\d{1,2}:?(?:\d{2})?(?::\d{2})?Z?(?![\d:])"
    r"|[A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|[A-Za-z]{1,5}(?![a-z]))?"
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:(?:[Tt,]|\s)\s*(?P<east>上午|下午|午前|午後|오전|오후)?\s*" + _CLOCK + r"\s*" + _ZONE + r"|(?!-?\d))"
)
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3},? )?(?P<day>\d{1,2}) (?P<month>[A-Za-z]{3}) (?P<year>\d{4}) "
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))? (?P<zone>[+-]\d{4}|[A-Z]{1,4})"
)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.A)
_RFC_822_NUMERIC = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})", re.A
)
_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_RFC_822_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[Tt ]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:\.\d+)?)?\s*" + _ZONE + r")?$"
)
_EAST = re.compile(
    r"(?:(?P<year>\d{4})\s*[年년]\s*)?(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日号號일]"
    r"(?:\s*[(（]?(?:星期|周|週)?[一二三四五六日天月火水木金土월화수목금토일]?(?:曜日|요일)?[)）]?\s*"
    r"(?P<half>凌晨|早上|上午|中午|下午|晚上|午前|午後|오전|오후)?\s*"
    r"(?P<hour>\d{1,2})(?:[:：時时點点시]\s*(?P<minute>\d{1,2})?(?:[:：分분]\s*(?P<second>\d{1,2})?)?))?"
)
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})(?![\d/-])"
)
_TIME = re.compile(r"(?<![\d+\-])" + _CLOCK + r"(?P<rest>.*)", re.I | re.S)
_WORD = re.compile(r"[^\W\d_]{3,}")
_DAY_NUMBER = re.compile(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|\.|er|º)?(?![\d:])")
_YEAR_NUMBER = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_SHORT_YEAR = re.compile(r"(?:[^\W\d_]{3,}\.?[ -]+|['’])(\d{2})(?![\d:])")
_OFFSET = re.compile(r"(?:GMT|UTC?)?\s*([+\-−])\s?(\d{1,2}):?(\d{2})?", re.I)
_RELATIVE = re.compile(r"(\d{1,4})\s*(秒|分钟|分鐘|小时|小時|天|seconds?|minutes?|mins?|hours?|days?)\s*(?:前|ago)")
_YESTERDAY = re.compile(r"(今天|昨天|前天)\s*(?:(\d{1,2})[:：](\d{2}))?")
_PARTIAL = re.compile(r"(?<![\d/.-])(\d{1,2})[-/](\d{1,2})(?![\d/-])(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?")


@dataclass(frozen=True, slots=True)
class _Parts:
    year: int
    month: int
    day: int
    hour: int | None = None
    minute: int = 0
    second: int | None = None
    zone: str = ""
    half: str = ""


def usual_zone(lang: str, host: str = "") -> tzinfo:
    """The zone that a publisher means when it names none, by language and country: UTC when there is no telling."""
    lang = lang.lower()
    country = host.rpartition(".")[2].lower()
    if country in ("cn", "hk", "tw", "mo", "sg") or lang.startswith("zh"):
        return timezone(timedelta(hours=8))
    if country in ("jp", "kr") or lang.startswith(("ja", "ko")):
        return timezone(timedelta(hours=9))
    return UTC


def moment(text: str, *, zone: tzinfo = UTC, now: datetime | None = None, origin: str = "listing") -> Moment | None:
    """The time that `text` tells, or None when it tells none, tells it ambiguously, or cannot be true.

    zone: what is meant when the text names no zone. now: when the listing was fetched; times more than a day later are
    refused, as are 1970 (an unset clock) and years outside 1900 … 2099.
    """
    if quick := _usual(text):
        return _sane(quick, Precision.SECOND, True, now, origin)
    text = _normal(text)
    if not text:
        return None
    if any(mark in text for mark in "년일오"):
        zone = _KOREA
    parts = _parts(text)
    return _moment(parts, zone, now, origin) if parts else None


def _usual(text: str) -> datetime | None:
    """The two forms that clean feeds use, with seconds and a zone in numbers: RFC 3339 and RFC 822 with a long year."""
    try:
        if match := _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text)
        if (match := _RFC_822_NUMERIC.fullmatch(text)) and match[2] in _RFC_822_MONTHS:
            day, month, year, clock, zone = match.groups()
            number = _RFC_822_MONTHS[month]
            return datetime.fromisoformat(f"{year}-{number:02}-{int(day):02}T{clock}{zone}")
    except ValueError:
        pass
    return None


def beside(text: str, *, zone: tzinfo = UTC, now: datetime | None = None, origin: str = "listing") -> Moment | None:
    """The same for a date found beside a headline, where the year may be left out and the time told relatively.

    Forms without a year, "3小时前" and "昨天 12:30" need `now`, and are None without it.
    """
    text = _normal(text)[:80]
    if not text:
        return None
    found = _search(text)
    if found:
        return _moment(found, zone, now, origin)
    return _relative(text, zone, now, origin) if now else None


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:200]).replace("\u200e", "").split())


def _is_chinese(zone: tzinfo) -> bool:
    return zone.utcoffset(None) == timedelta(hours=8) if not isinstance(zone, zoneinfo.ZoneInfo) else False


@lru_cache(maxsize=4096)
def _parts(text: str) -> _Parts | None:
    if (match := _RFC_822.fullmatch(text)) and (month := _month(match["month"])):
        second = int(match["second"]) if match["second"] else None
        hour, minute = int(match["hour"]), int(match["minute"])
        return _Parts(int(match["year"]), month, int(match["day"]), hour, minute, second, match["zone"])
    if text.isdecimal() and len(text) in (10, 13):
        then = datetime.fromtimestamp(int(text[:10]), UTC)
        return _Parts(then.year, then.month, then.day, then.hour, then.minute, then.second, "Z")
    if match := _COMPACT.match(text):
        return _of(match)
    return _search(text)


def _search(text: str) -> _Parts | None:
    for pattern in (_ISO, _EAST):
        match = pattern.search(text)
        if match and match.group("year"):
            return _of(match)
    return _numeric(text) or _worded(text)


def _of(match: re.Match[str]) -> _Parts:
    got = match.groupdict()
    hour = int(got["hour"]) if got["hour"] else None
    second = int(got["second"]) if got.get("second") else None
    zone = got.get("zone") or ""
    return _Parts(
        int(got["year"]), int(got["month"]), int(got["day"]), hour, int(got["minute"] or 0), second, zone,
        got.get("east") or got.get("half") or "",
    )  # fmt: skip


def _clock(text: str) -> tuple[int | None, int, int | None, str, str]:
    """Hour, minute, second, zone and half of the day that stand in `text`."""
    match = _TIME.search(text)
    if not match:
        named = re.search(r"(?:^|\s)(GMT|UTC|Z)$", text)
        return None, 0, None, named.group(1) if named else "", ""
    zone = re.match(r"\s*" + _ZONE, match["rest"].lstrip(" ,"))
    second = int(match["second"]) if match["second"] else None
    return int(match["hour"]), int(match["minute"]), second, (zone and zone["zone"]) or "", match["half"] or ""


def _numeric(text: str) -> _Parts | None:
    """Day, month and year in numbers; their order must follow from the separator, the values or the weekday."""
    match = _NUMERIC.search(text)
    if not match:
        return None
    first, second, year = int(match["a"]), int(match["b"]), _full_year(match["year"])
    orders = {(second, first), (first, second)} if match["mark"] != "." else {(second, first)}
    fitting = [(month, day) for month, day in orders if 1 <= month <= 12 and 1 <= day <= 31]
    if len(fitting) > 1 and (weekday := _weekday(text)) is not None:
        fitting = [pair for pair in fitting if _falls_on(year, *pair, weekday)]
    if len(fitting) != 1:
        return None
    hour, minute, seconds, zone, half = _clock(text[: match.start()] + " " + text[match.end() :])
    return _Parts(year, *fitting[0], hour, minute, seconds, zone, half)


def _worded(text: str) -> _Parts | None:
    """A month by its name, a day, a year, in any order: RFC 822 and what resembles it."""
    match = _TIME.search(text)
    before, after = (text[: match.start()], match["rest"]) if match else (text, "")
    # Of two words that could be a month the later is: "mar., 01 déc. 2020" begins with mardi.
    dated = next((part for part in (before, after) if _last_month(part)), "")
    if not dated:
        return None
    month = _last_month(dated)
    year_match = _YEAR_NUMBER.search(dated) or _YEAR_NUMBER.search(re.sub(r"[+\-]\d{4}", " ", after))
    year = int(year_match.group()) if year_match else _short_year(dated)
    if year is None:
        return None
    plain = dated.replace(year_match.group(), " ", 1) if year_match else _SHORT_YEAR.sub(_drop, dated, count=1)
    day = _DAY_NUMBER.search(plain)
    if not day:
        return None
    hour, minute, second, zone, half = _clock(text)
    return _Parts(year, month, int(day.group(1)), hour, minute, second, zone, half)


def _last_month(text: str) -> int:
    found = [month for word in _WORD.findall(text) if (month := _month(word))]
    return found[-1] if found else 0


def _drop(match: re.Match[str]) -> str:
    return match.group().replace(match.group(1), " ")


def _short_year(text: str) -> int | None:
    match = _SHORT_YEAR.search(text)
    # "Jan 05 …" is a day when no other number could be one.
    if not match or len(_DAY_NUMBER.findall(text)) < 2:
        return None
    return _full_year(match.group(1))


def _month(word: str) -> int:
    word = word.lower()
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3]) or 0


def _weekday(text: str) -> int | None:
    word = _WORD.search(text)
    return _WEEKDAYS.get(word.group()[:3].lower()) if word else None


def _falls_on(year: int, month: int, day: int, weekday: int) -> bool:
    try:
        return datetime(year, month, day).weekday() == weekday
    except ValueError:
        return False


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


@lru_cache(maxsize=256)
def _offset(name: str) -> tzinfo | None:
    """The zone of "+0800", "GMT+8", "EST", "Asia/Shanghai"; None when the name says nothing certain."""
    if "/" in name:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return None
    match = _OFFSET.match(name)
    if not match:
        hours = _HOURS.get(name.upper())
        return None if hours is None else timezone(timedelta(hours=hours)) if hours else UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset > timedelta(hours=14):
        return None
    return timezone(offset if match[1] == "+" else -offset) if offset else UTC


def _hour(parts: _Parts) -> int:
    """The hour on the 24-hour clock."""
    hour, half = parts.hour or 0, parts.half.lower()
    if half.startswith("p") or half in ("下午", "晚上", "午後", "오후", "中午"):
        # 中午11点 is before noon, 晚上12点 is midnight.
        return hour + 12 if hour < 12 and not (half == "中午" and hour >= 10) else hour
    return 0 if hour == 12 and (half.startswith("a") or half in ("凌晨", "上午", "午前", "오전")) else hour


def _moment(parts: _Parts, zone: tzinfo, now: datetime | None, origin: str) -> Moment | None:
    known = _offset(parts.zone.strip()) if parts.zone else None
    if parts.zone.upper() == "CST" and _is_chinese(zone):
        known = zone
    if parts.hour is None:
        known = None
    hour = _hour(parts)
    try:
        value = datetime(
            parts.year, parts.month, parts.day, 0 if hour == 24 else hour, parts.minute, min(parts.second or 0, 59),
            tzinfo=known or zone,
        )  # fmt: skip
    except ValueError:
        return None
    if hour == 24:
        value += timedelta(days=1)
    precision = Precision.DAY if parts.hour is None else Precision.MINUTE if parts.second is None else Precision.SECOND
    return _sane(value, precision, known is not None, now, origin)


def _sane(value: datetime, precision: Precision, known: bool, now: datetime | None, origin: str) -> Moment | None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR or value.year == 1970 or (value.year, value.month) == (1969, 12):
        return None
    if now and value > now + _FUTURE:
        return None
    return Moment(value=value, precision=precision, zone_known=known, origin=origin)


def _relative(text: str, zone: tzinfo, now: datetime, origin: str) -> Moment | None:
    here = now.astimezone(zone)
    if match := _RELATIVE.search(text):
        number, unit = int(match[1]), match[2]
        if unit.startswith(("秒", "分", "sec", "min")):
            value = here - (timedelta(seconds=number) if unit.startswith(("秒", "sec")) else timedelta(minutes=number))
            return _sane(value.replace(second=0, microsecond=0), Precision.MINUTE, True, now, origin)
        value = here - (timedelta(hours=number) if unit.startswith(("小", "hour")) else timedelta(days=number))
        return _sane(_midnight(value), Precision.DAY, False, now, origin)
    if match := _YESTERDAY.search(text):
        day = _midnight(here - timedelta(days=("今天", "昨天", "前天").index(match[1])))
        if not match[2] or int(match[2]) > 23 or int(match[3]) > 59:
            return _sane(day, Precision.DAY, False, now, origin)
        return _sane(day.replace(hour=int(match[2]), minute=int(match[3])), Precision.MINUTE, False, now, origin)
    return _yearless(text, here, zone, now, origin)


def _midnight(value: datetime) -> datetime:
    return value.replace(hour=0, minute=0, second=0, microsecond=0)


def _yearless(text: str, here: datetime, zone: tzinfo, now: datetime, origin: str) -> Moment | None:
    """Month and day without a year, month first as Chinese lists write them: the last such day that is not to come."""
    match = _PARTIAL.search(text)
    east = _EAST.search(text)
    if east:
        month, day, hour, minute = east["month"], east["day"], east["hour"], east["minute"]
    elif match and _is_chinese(zone):
        month, day, hour, minute = match.groups()
    else:
        return None
    parts = _Parts(here.year, int(month), int(day), int(hour) if hour else None, int(minute or 0))
    found = _moment(parts, zone, now, origin)
    if found is None:
        earlier = _Parts(here.year - 1, parts.month, parts.day, parts.hour, parts.minute)
        found = _moment(earlier, zone, now, origin)
    return found
