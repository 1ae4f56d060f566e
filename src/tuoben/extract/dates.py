"""Times as pages write them, in many languages, to a value with its precision. A wrong date is worse than none.

`read` takes machine formats (ISO 8601, RFC 5322, epoch) and then prose formats; `find` yields every time told in a
line of text. Nothing here knows the present: relative times need the time of the capture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from tuoben.extract import months
from tuoben.model import Precision


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as read: aware when the text names its zone, else the wall clock of wherever the page speaks from."""

    value: datetime
    precision: Precision

    @property
    def zone_known(self) -> bool:
        return self.value.tzinfo is not None and self.precision is not Precision.DAY


_ZONES: Final = {
    "utc": 0, "gmt": 0, "z": 0, "bst": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "msk": 180, "мск": 180,
    "est": -300, "edt": -240,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600,
    "ist": 330, "sgt": 480, "hkt": 480,
    "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "acst": 570, "awst": 480, "nzst": 720, "nzdt": 780, "wib": 420,
    "sast": 120, "eat": 180,
    "wat": 60, "cat": 120, "eet": 120, "eest": 180, "trt": 180, "brt": -180, "pkt": 300, "北京时间": 480,
}  # fmt: skip

_TIME: Final = (
    r"(?P<pm>上午|下午|晚上|凌晨|清晨|早上|中午|傍晚|晚间|深夜|오전|오후|午前|午後|[AP]M(?=\s*\d))?\s*(?P<h>\d{1,2})\s*"
    r"(?:[:：h時时点點]|시\s?|\.(?=\d\d(?![.\d])))\s*(?P<mi>\d{2})\s*(?:分|분)?"
    r"(?:\s*(?:[:：]\s*|(?<=[分분])\s*)(?P<s>\d{2})(?:\s*[秒초])?(?![\d.]*:)(?:[.,]\d{1,9})?)?(?!\d)\s*(?P<ap>[ap]\.?\s?m\b\.?|"
    r"(?:مساء|صباحا?|ص|م)(?![^\W\d_]))?\s*(?:Uhr|uur|klo|ч\.?|hs\b\.?)?\s*(?P<z>\(?(?:UTC|GMT)?\s?[+-]\d{1,2}:?(?:\d{2})?\b\)?|\(?[A-Za-z]{2,4}\b\)?|Z\b|"
    r"мск|北京时间)?"
)
_GAP: Final = (
    r"(?:\.?\s*[T,，|｜·•\-–—/@(（]?\s*(?:at|um|à|às|a las|alle|alle ore|ore|om|kl\.?|klo|klockan|v|в|о|saat|o|u|ob|"
    r"w godz\.|godz\.|στις|الساعة|ساعت|בשעה|เวลา|"
    r"pukul|lúc|les?|hkt|gmt|utc|день|г\.?,?|года,?|р\.?,?|(?:星期|週|周)[一二三四五六日天]|.曜日|[월화수목금토일]요일|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|[(（](?:[日一二三四五六月火水木金土월화수목금토일]|"
    r"Mon|Tue|Wed|Thu|Fri|Sat|Sun)[)）])?[\s,，.|｜:：)）\-–—]*)"
)
_THEN_TIME: Final = r"(?:" + _GAP + _TIME + r")?"
_YEAR: Final = r"(?P<y>(?:19|20|25)\d{2}|(?<=[\s.])[’']\d{2})(?!\d)"
_NAME: Final = r"(?P<mon>[^\W\d_][^\s\d.,/()|:：-]{0,15}(?:\.[^\W\d_]\.?)?)"
"""A word that may be a month; `months` knows."""
_YMD: Final = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20|25)\d{2})(?:\s*(?:[-/.–]|年|년)\s*|\s+(?=\d\d\s?[-/]\s?\d\d\s+\d{1,2}:))(?P<m>\d{1,2})\s*(?:[-/.–]|月|"
    r"월)\s*(?P<d>\d{1,2})(?!\d)\s*(?:日|号|號|일|\.)?" + _THEN_TIME,
    re.I,
)
_DMY_WORD: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:\.|st|nd|rd|th|er|ª|º|°|-?го)?\s*(?:(?:de|del|di|of|ta)\s+|d[’']|\.|-|/)?\s*[-/.]?\s*"
    + _NAME
    + r"\.?(?:\s?[,،])?\s*(?:(?:de|del|of)\s+|พ\.ศ\.\s*|-|/)?\s*[-/]?\s*"
    + _YEAR
    + _THEN_TIME,
    re.I,
)
_MDY_WORD: Final = re.compile(
    r"(?<![^\W\d_])"
    + _NAME
    + r"\.?\s*(?P<d>\d{1,2})(?:st|nd|rd|th)?\s*(?:,|\s)\s*(?P<y>(?:19|20)\d{2})(?!\d)"
    + _THEN_TIME,
    re.I,
)
_YMD_WORD: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?[.,-]?\s*(?:m\.\s*)?" + _NAME + r"\.?[\s-]*(?P<d>\d{1,2})(?!\d)" + _THEN_TIME, re.I
)
_PERSIAN: Final = re.compile(r"(?P<d>\d{1,2})\s+(?P<mon>[آ-ی]{2,8})\s+(?P<y>1[34]\d{2})(?!\d)" + _THEN_TIME, re.I)
_DMY: Final = re.compile(
    r"(?<![\d.])(?P<d>\d{1,2})(?P<sep>[./-]|\s?[|/]\s?|\.\s)(?P<m>\d{1,2})(?:(?P=sep)|\.\s)(?P<y>(?:19|20|25)\d{2})(?!\d)"
    + _THEN_TIME,
    re.I,
)
_SHORT_YEAR: Final = re.compile(
    r"(?<![\d./-])(?P<d>\d{1,2})(?P<sep>[./])(?P<m>\d{1,2})(?P=sep)(?P<y>[012]\d)(?![\d./])" + _THEN_TIME, re.I
)
_SHORT_YEAR_FIRST: Final = re.compile(r"(?<![\d./-])(?P<y>[012]\d)[-/](?P<m>[01]\d)[-/](?P<d>[0-3]\d)\s+" + _TIME, re.I)
_SHORT_YEAR_EAST: Final = re.compile(
    r"(?<![\d./-])(?P<y>[012]\d)(?P<sep>[-/.])(?P<m>[01]?\d)(?P=sep)(?P<d>[0-3]?\d)(?![\d./-])" + _THEN_TIME, re.I
)
_ERA: Final = re.compile(
    r"(?:(?P<era>民國|民国|令和|平成|昭和)\s*|(?<![\d第])(?=1[01]\d\s?年)|(?:日期|時間)\s*[:：]\s*(?=1[01]\d\s?[-/.]))"
    r"(?P<y>\d{1,3}|元)\s?[年./-]\s?(?P<m>\d{1,2})\s?[月./-]\s?(?P<d>\d{1,2})(?!\d)\s?日?" + _THEN_TIME,
    re.I,
)
_HAN_DIGITS: Final = re.compile(
    r"(?P<y>[一二][〇零○一二三四五六七八九]{3})年(?P<m>[一二三四五六七八九十]{1,2})月(?P<d>[一二三四五六七八九十]{1,3})[日号號]"
)
_VIETNAMESE: Final = re.compile(
    r"(?P<d>\d{1,2})\s*tháng\s*(?P<m>\d{1,2})\s*(?:,|năm)?\s*(?P<y>20\d{2})" + _THEN_TIME, re.I
)
_THAI: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})\s*(?P<mon>[\u0e00-\u0e7f][\u0e00-\u0e7f.]{2,11})\s*(?P<y>[67]\d)(?!\d)" + _THEN_TIME, re.I
)
"""The Buddhist year by its last two digits: 13 มี.ค. 67."""
_PERSIAN_DIGITS: Final = re.compile(
    r"(?<![\d/])(?P<y>1[34]\d{2})(?P<sep>[/-])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/])" + _THEN_TIME, re.I
)
_JAVA: Final = re.compile(
    r"\s*[A-Z][a-z]{2}\s+(?P<mon>[A-Z][a-z]{2})\s+(?P<d>\d{1,2})\s+(?P<h>\d{2}):(?P<mi>\d{2}):(?P<s>\d{2})\s+(?:(?P<z>GMT[+-]\d\d:\d\d|"
    r"UTC|GMT)|[A-Z]{3,4})?\s*(?P<y>20\d{2})$"
)
"""How Java and C print a time; their three letters for the zone are no use (CST is China's and Chicago's)."""
_TIME_FIRST: Final = re.compile(
    r"(?<!\d)(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}))?\s*(?P<ap>[ap]\.?m\b\.?)?\s*(?P<z>[A-Z]{2,4}\b)?[\s,，|"
    r"·•\-–—]*(?:on\s+|(?:[A-Za-z]{3,9}day|mon|tues?|wed|thu(?:rs)?|fri|sat|sun)\.?,?\s+)?$",
    re.I,
)
_ISO: Final = re.compile(
    r"\s*(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T\s]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,:]\d+)?)?\s*(?P<z>Z|"
    r"UTC|GMT|[A-Z]{3,4}\b|[+-]\d{1,2}:?\d{2}|[+-]\d{1,2})?)?",
    re.I,
)
_COMPACT: Final = re.compile(
    r"\s*(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?(?P<z>Z|"
    r"[+-]\d{4})?)?\s*$"
)
_EPOCH: Final = re.compile(r"\s*(1\d{9})(\d{3})?(?:\.\d+)?\s*$")
_IN_URL: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<sep>[-/_]?)(?P<m>0[1-9]|1[0-2])[-/_]?(?P<d>0[1-9]|[12]\d|3[01])(?!\d)|"
    r"/(?P<y2>20\d{2})/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})/|/(?P<y3>20\d{2})/(?P<mon>[a-z]{3})/(?P<d3>\d{1,2})/"
)

_EASTERN: Final = str.maketrans(
    "０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯／－．",
    "01234567890123456789012345678901234567890123456789/-.",
)
"""Full-width, Arabic, Persian, Devanagari and Bengali digits, one character for one, so that places stay."""
_EASTERN_SIGN: Final = re.compile("[" + "".join(map(chr, _EASTERN)) + "]")
_NOWRUZ: Final = datetime(2024, 3, 20)
_NOWRUZ_DAY: Final = 512_071
"""The first day of 1403, and its number in the solar Hijri calendar."""
_ERAS: Final = {"民": 1911, "令": 2018, "平": 1988, "昭": 1925}
_HAN_NUMBERS: Final = {char: str(number) for number, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    text = text.strip("() ").lower()
    if match := re.fullmatch(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?", text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes)) if minutes < 15 * 60 else None
    if text in _ZONES:
        return UTC if _ZONES[text] == 0 else timezone(timedelta(minutes=_ZONES[text]))
    return None


def _hour(hour: int, groups: dict[str, str | None]) -> int:
    half = (groups.get("pm") or groups.get("ap") or "").lower()
    if (
        half.startswith(("p", "م", "下午", "晚", "傍晚", "오후", "午後", "中午"))
        and hour < 12
        and not (half == "中午" and hour > 10)
    ):
        return hour + 12
    if half.startswith(("a", "ص", "上午", "凌晨", "오전", "午前")) and hour == 12:
        return 0
    return hour


def _stamp(groups: dict[str, str | None], year: int, month: int, day: int) -> Stamp | None:
    if 2500 <= year < 2600:  # Buddhist era
        year -= 543
    try:
        value = datetime(year, month, day)
    except ValueError:
        return None
    hour, minute, second = groups.get("h"), groups.get("mi"), groups.get("s")
    if hour is None or minute is None:
        return Stamp(value, Precision.DAY)
    try:
        value = value.replace(hour=_hour(int(hour), groups), minute=int(minute), second=int(second or 0))
    except ValueError:
        return Stamp(value, Precision.DAY)
    return Stamp(value.replace(tzinfo=_zone(groups.get("z"))), Precision.SECOND if second else Precision.MINUTE)


def _from(match: re.Match[str], month_first: bool = False) -> Stamp | None:
    groups = match.groupdict()
    month_name = groups.get("mon")
    month = months.month(month_name) if month_name else int(groups["m"] or 0)
    if month == 0:
        return None
    day = int(groups["d"] or 0)
    slashed = (groups.get("sep") or "").strip() in ("/", "-") and not month_name
    if slashed and (month > 12 >= day or (month_first and day <= 12)):
        day, month = month, day
    year = int((groups["y"] or "0").lstrip("'’"))
    return _stamp(groups, year + 2000 if year < 100 else year, month, day)


def _by_era(match: re.Match[str], month_first: bool = False) -> Stamp | None:
    """Years counted from the founding of the Republic (113年5月9日) or in a Japanese era (令和6年)."""
    era, year = match["era"], match["y"]
    return _stamp(
        match.groupdict(),
        _ERAS[era[0] if era else "民"] + (1 if year == "元" else int(year)),
        int(match["m"]),
        int(match["d"]),
    )


def _in_han(match: re.Match[str], month_first: bool = False) -> Stamp | None:
    """二〇二四年五月十九日."""
    year = int("".join(_HAN_NUMBERS[char] for char in match["y"]))
    return _stamp({}, year, _han_number(match["m"]), _han_number(match["d"]))


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    whole = (int(_HAN_NUMBERS.get(tens[-1:], "1")) if ten else 0) * 10
    return whole + int(_HAN_NUMBERS.get(ones[-1:], "0"))


def _persian(match: re.Match[str], month_first: bool = False) -> Stamp | None:
    """The solar Hijri calendar, by its 33-year cycle (right for 1206 to 1498)."""
    groups, year = match.groupdict(), int(match["y"])
    month = months.persian_month(match["mon"]) if groups.get("mon") else int(groups["m"] or 0)
    if not 0 < month <= 12 or not 0 < int(match["d"]) <= 31:
        return None
    leap_days = (8 * ((year - 1) % 33) + 29) // 33 + 8 * ((year - 1) // 33)
    day = 365 * (year - 1) + leap_days + 31 * (month - 1) - max(0, month - 7) + int(match["d"])
    told = _NOWRUZ + timedelta(days=day - _NOWRUZ_DAY)
    return _stamp(groups, told.year, told.month, told.day)


def _thai(match: re.Match[str], month_first: bool = False) -> Stamp | None:
    """13 มี.ค. 67: the sixty-seventh year of the century 2500 of the Buddhist era."""
    month = months.month(match["mon"])
    return _stamp(match.groupdict(), 2500 + int(match["y"]), month, int(match["d"])) if month else None


def machine(text: str) -> Stamp | None:
    """A time in a machine format: ISO 8601 and what passes for it, RFC 5322, compact digits, epoch."""
    text = text.strip()[:64]
    if match := _EPOCH.match(text):
        return Stamp(datetime.fromtimestamp(int(match[1]), UTC), Precision.SECOND)
    match = _COMPACT.match(text) or _ISO.match(text) or _JAVA.match(text)
    return _from(match) if match else None


FIELD: Final = 600
"""Characters at the beginning of a field in which its time is looked for."""
LONGEST: Final = 20_000
"""Characters of a text in which times are looked for: their places are compared with each other."""


def read(text: str, *, month_first: bool = False, year_first: bool = False) -> Stamp | None:
    """The first time told in a text, machine formats before prose. None when there is none or it is no real day."""
    text = text[:FIELD]
    if not text:
        return None
    found = find(text, month_first=month_first, year_first=year_first)
    return machine(text) or next((stamp for stamp, _, _ in found), None)


_DIGIT: Final = re.compile(r"\d")
_THAI_LETTER: Final = re.compile(r"[\u0e00-\u0e7f]")
_TWO_WORDS: Final = re.compile(r"(?<=كانون|تشرين) (?=الأول|الثاني|الاول)")
"""Between the words of a month's name in the Levant and Iraq; names of months are one word everywhere else."""
_Reader = Callable[[re.Match[str], bool], Stamp | None]
_LONG_YEAR: Final = re.compile(r"(?:19|20|25)\d\d")
_WITH_LONG_YEAR: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = tuple(
    (pattern, _from) for pattern in (_YMD, _DMY_WORD, _MDY_WORD, _YMD_WORD, _DMY, _VIETNAMESE)
)


def _readers(text: str, year_first: bool, eastern: bool) -> Iterator[tuple[re.Pattern[str], _Reader]]:
    """The patterns that can match in a text, the surest first. `eastern`: it has other digits or letters than ASCII."""
    if eastern:
        if "年" in text or "民" in text or "期" in text or "間" in text:
            yield _ERA, _by_era
        if "年" in text:
            yield _HAN_DIGITS, _in_han
        if "13" in text or "14" in text:
            yield _PERSIAN, _persian
            yield _PERSIAN_DIGITS, _persian
        if _THAI_LETTER.search(text):
            yield _THAI, _thai
    if _LONG_YEAR.search(text):
        yield from _WITH_LONG_YEAR
    elif "'" in text or "’" in text:
        yield _DMY_WORD, _from
    yield _SHORT_YEAR_FIRST, _from
    yield (_SHORT_YEAR_EAST if year_first else _SHORT_YEAR), _from


def find(text: str, *, month_first: bool = False, year_first: bool = False) -> Iterator[tuple[Stamp, int, int]]:
    """Every time told with its year in a text, with its place: (stamp, start, end), in reading order.

    What 5/9/24 means depends on where it is written: the fifth of September 2024, with `month_first` the ninth of May,
    with `year_first` (East Asia) 2005-09-24.
    """
    text = text[:LONGEST]
    eastern = not text.isascii()
    if eastern:
        if _EASTERN_SIGN.search(text) is not None:
            text = text.translate(_EASTERN)
        if "الأول" in text or "الثاني" in text or "الاول" in text:
            text = _TWO_WORDS.sub("_", text)
    if _DIGIT.search(text) is None and "年" not in text:
        return
    found: list[tuple[int, int, Stamp]] = []
    for pattern, reader in _readers(text, year_first, eastern):
        for match in pattern.finditer(text):
            stamp = reader(match, month_first)
            if stamp is None or any(start < match.end() and match.start() < end for start, end, _ in found):
                continue
            start = match.start()
            if stamp.precision is Precision.DAY and (before := _TIME_FIRST.search(text[max(0, start - 40) : start])):
                groups = before.groupdict()
                stamp = _stamp(groups, stamp.value.year, stamp.value.month, stamp.value.day) or stamp
            found.append((start, match.end(), stamp))
    for start, end, stamp in sorted(found, key=lambda item: item[0]):
        yield stamp, start, end


def in_url(url: str) -> Stamp | None:
    """The day in a URL's path (/2024/05/09/, /20240509/, t20240509_)."""
    path = url.split("://", 1)[-1].partition("/")[2].split("?")[0]
    for match in _IN_URL.finditer("/" + path):
        year, month, day = (
            match["y"] or match["y2"] or match["y3"],
            match["m"] or match["m2"],
            match["d"] or match["d2"] or match["d3"],
        )
        number = months.month(match["mon"]) if match["mon"] else int(month)
        stamp = _stamp({}, int(year), number, int(day))
        if stamp is not None and 1994 < stamp.value.year < 2100:
            return stamp
    return None
