"""Times told without their year or against the present: 3分钟前, 昨天 18:26, 03-13 09:26, 2 hours ago, gestern 18:26.

The present is the time of the capture. A count of hours or days names a day only where the page's own zone is known:
three hours before two in the morning was yesterday.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from tuoben.extract import months
from tuoben.extract.dates import Stamp
from tuoben.extract.datewords import OTHER_WORDS
from tuoben.model import Precision

_AGO: Final = re.compile(
    r"(?P<n>\d{1,3}|半|an?\b|one\b|几)\s*个?\s*(?P<u>秒|分钟|分鐘|分|小时|小時|時間|钟头|天|日|분|시간|일|seconds?|minutes?|mins?|"
    r"hours?|hrs?|days?)(?:之?前|以前|\s?전|\s+ago)|"
    r"vor\s+(?P<n2>\d{1,3})\s+(?P<u2>Sekunden?|Minuten?|Stunden?|Tag(?:en?)?)|"
    r"(?:il y a|hace|há)\s+(?P<n3>\d{1,3})\s+(?P<u3>min\w*|h\w*|j\w*|d\w*)|"
    r"(?P<n4>\d{1,3})\s+(?P<u4>мин|час|дн|min|or[ae]|giorn)\w*\s+(?:назад|fa|geleden|temu)\b",
    re.I,
)
_JUST_NOW: Final = re.compile(r"^[\W_]*(?:刚刚|剛剛|just now|방금)[\W_]*$", re.I)
_DAYS: Final = {
    0: "今天 今日 today heute aujourd'hui aujourd’hui hoy oggi hoje сегодня vandaag dzisiaj dziś idag 오늘",
    1: "昨天 昨日 yesterday gestern hier ayer ieri ontem вчера gisteren wczoraj igår 어제",
    2: "前天 前日 vorgestern anteayer позавчера 그저께",
}
_BACK: Final = {name: back for back, names in _DAYS.items() for name in names.split()}
_NAMED_DAY: Final = re.compile(
    r"(?<![^\W\d_])(?P<day>"
    + "|".join(re.escape(name) for name in sorted(_BACK, key=len, reverse=True))
    + r")(?:\s*[,，]?\s*(?:at|um|à|a las|alle|às|в|om|o|kl\.?)?\s*(?P<pm>上午|下午|晚上|凌晨|早上|中午)?\s*"
    r"(?P<h>\d{1,2})\s?[:：h点時时]\s?(?P<mi>\d{2})(?!\d))?",
    re.I,
)
_SECONDS: Final = {
    "秒": 1, "s": 1, "分": 60, "m": 60, "분": 60, "м": 60,
    "小": 3600, "钟": 3600, "h": 3600, "시": 3600, "時": 3600, "o": 3600, "ч": 3600,
    "天": 86400, "日": 86400, "d": 86400, "일": 86400, "j": 86400, "t": 86400, "g": 86400, "д": 86400,
}  # fmt: skip
_BEFORE: Final = r"(?<![A-Za-z\d./,-])"
"""What stands before a day: no part of a number, no letter that a version or a seat begins with."""
_COLON_CLOCK: Final = r"(?P<h>\d{1,2})[:：](?P<mi>\d{2})(?::(?P<s>\d{2}))?(?:\s?(?P<half>[AaPp])\.?[Mm]\b)?"
_CLOCK: Final = (
    r"(?:(?P<by>um|kl\.?|klo|ore)\s|(?:à|в|о|o|at)\s)?"
    r"(?P<h>\d{1,2})(?(by)[:：.]|(?:[:：]|\.(?=\d{2}\s?(?:Uhr|h)\b)))(?P<mi>\d{2})(?::(?P<s>\d{2}))?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b)?"
)
"""A full stop parts hours and minutes only where a word beside them says that they are."""
_BEHIND: Final = (
    r"(?![\d.:,]?\d|\s?[AaPp]\.?[Mm]\b|\s?(?:Uhr\s?)?(?:[-–—~～至到]|bis|to|till|until|до)\s?\d{1,2}[:：.h]|"
    r"\s?(?:[€$£%°]|(?i:euros?|eur|usd|km|kg|cm|mm|min|sek|sec|std|stunden|minuten|hours|minutes|punkte|points)\b))"
)
"""What stands behind a clock: no more of it, no end of a span of time, no unit."""
_GAP: Final = r"[\s,|·•]{1,3}"
_MONTH_FIRST: Final = re.compile(
    rf"{_BEFORE}(?=\d\d\.\d\d|\d{{1,2}}[-/月])(?P<m>\d{{1,2}})(?P<sep>[-/.月])(?P<d>\d{{1,2}})日?\s*{_COLON_CLOCK}{_BEHIND}"
)
_DAY_FIRST: Final = re.compile(
    rf"{_BEFORE}(?P<d>\d{{2}})[./](?P<m>\d{{2}}){_GAP}(?:(?:um|kl\.?|klo|à|в|о|o|at|ore)\s)?{_COLON_CLOCK}{_BEHIND}"
)
_DOTTED: Final = re.compile(rf"{_BEFORE}(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.{_GAP}{_CLOCK}{_BEHIND}")
_NAMED_MONTH: Final = re.compile(rf"{_BEFORE}(?P<d>\d{{1,2}})\.?\s(?P<mon>[^\W\d_]{{3,12}})\.?{_GAP}{_CLOCK}{_BEHIND}")
YEARLESS_REACH: Final = timedelta(days=300)
"""How long before the capture a date without its year may lie, so that no other year comes near."""

SAME: Final = timedelta(days=40)
"""How far a date without its year may lie from one that is known with it."""


def relative(text: str, now: datetime, offset: timedelta | None) -> Stamp | None:
    """A time told against `now`, the aware time of the capture. `offset`: the page's own zone, None when unknown."""
    if _JUST_NOW.match(text):
        return Stamp(now, Precision.MINUTE)
    if match := _AGO.search(text):
        return _ago(match, now, offset)
    match = _NAMED_DAY.search(text)
    if match is None or offset is None:
        return None
    day = now.astimezone(timezone(offset)).replace(tzinfo=None, second=0, microsecond=0)
    day -= timedelta(days=_BACK[match["day"].lower()])
    if match["h"] is None:
        whole = text.strip(" \u3000|｜·,，")
        return Stamp(day.replace(hour=0, minute=0), Precision.DAY) if whole.lower() == match["day"].lower() else None
    hour = int(match["h"]) + (12 if match["pm"] in ("下午", "晚上") and int(match["h"]) < 12 else 0)
    try:
        return Stamp(day.replace(hour=hour, minute=int(match["mi"])), Precision.MINUTE)
    except ValueError:
        return None


def _ago(match: re.Match[str], now: datetime, offset: timedelta | None) -> Stamp | None:
    number = match["n"] or match["n2"] or match["n3"] or match["n4"]
    unit = (match["u"] or match["u2"] or match["u3"] or match["u4"]).lower()
    seconds = 3600 if unit.startswith("st") else _SECONDS.get(unit[0])
    if seconds is None or number == "几":
        return None
    count = float(number) if number.isdigit() else 0.5 if number == "半" else 1.0
    value = now - timedelta(seconds=seconds * count)
    if seconds <= 60 or number == "半":
        return Stamp(value, Precision.MINUTE)
    if offset is None:
        return None
    return Stamp(value.astimezone(timezone(offset)).replace(tzinfo=None), Precision.DAY)


_EVENT: Final = re.compile(
    r"\b(?:kick-?off|doors|on air|anpfiff|anstoß|einlass|beginn|sendung|sendetermin|ausstrahlung|tabelle|spielstand|"
    r"coup d['’]envoi|diffusion|comienzo|inicio|inizio|avspark|начало|трансляция)\b|"
    r"開演|開場|放送|比分|开赛|開賽|见面会|見面會|直播\s*[:：]?\s*\d",
    re.I,
)
"""Words in a line that tells when something begins or how it stands."""


_NUMBERED: Final = re.compile(
    r"(?:[第共][\d〇一二三四五六七八九十百]{1,5}\s?[期版页頁届屆号號集回卷辑輯]|"
    r"\b(?:issue|vol(?:ume)?|no|nr|page|p|edition|ausgabe|heft|seite|numéro|número)\b\.?\s?\d{1,5}|"
    r"[得投选選]票率?|票[数數]|[比赔賠房股金油汇匯利费費概几機]?[率价價例]|比[分值重]|得分|[占佔]|约|約)[\s,|·•:：]{0,3}$",
    re.I,
)
"""The number of an issue or a page, or the name of a measure: a fraction behind it counts parts, it is no day."""


def yearless(text: str, told: list[Stamp], now: datetime | None, month_first: bool = True) -> Stamp | None:
    """Month, day and clock without a year (03-13 09:26, 13.3. 9:26, 13 мая, 09:26), when the year is safe to know.

    `told`: times known otherwise (from the URL, from data), of which one must lie within SAME; `now`: where nothing is
    known, the aware time of the capture, which must lie after it, and not by more than YEARLESS_REACH. `month_first`:
    the order of the page's language, which decides where the numbers do not.
    """
    for pattern in (_NAMED_MONTH, _MONTH_FIRST, _DOTTED, _DAY_FIRST):
        match = pattern.search(text)
        if match is None or not (pattern is _NAMED_MONTH or month_first is (pattern is _MONTH_FIRST) or _plain(match)):
            continue
        before = text[: match.start()]
        if OTHER_WORDS.search(before) or _EVENT.search(text) or (_is_fraction(match) and _NUMBERED.search(before)):
            return None
        if stamp := _in_its_year(match, told, now):
            return stamp
    return None


def _is_fraction(match: re.Match[str]) -> bool:
    """Whether a part of a whole or a mark is written like it: 3/4, 3-4."""
    shown = match[0]
    return "/" in shown or ("-" in shown and not shown[:2].isdigit())


def _plain(match: re.Match[str]) -> bool:
    """Whether the day can be no month, or its sign says which is which."""
    return int(match["d"]) > 12 or match.groupdict().get("sep") == "月"


def _in_its_year(match: re.Match[str], told: list[Stamp], now: datetime | None) -> Stamp | None:
    for stamp in told:
        for year in (stamp.value.year, stamp.value.year - 1, stamp.value.year + 1):
            found = _at(year, match)
            if found is not None and abs(found.value - stamp.value.replace(tzinfo=None)) <= SAME:
                return found
    if now is None or told:
        return None
    for year in (now.year, now.year - 1):
        found = _at(year, match)
        if found is not None and timedelta(hours=-14) <= now.replace(tzinfo=None) - found.value <= YEARLESS_REACH:
            return found
    return None


def _at(year: int, match: re.Match[str]) -> Stamp | None:
    """The time in that year; None where there is none such, as for a word that is no month's name."""
    told = match.groupdict()
    month = int(told["m"]) if "m" in told else months.month(told["mon"])
    hour = int(told["h"])
    if told["half"]:
        hour = hour % 12 + 12 * (told["half"] in "Pp") if hour <= 12 else hour
    try:
        value = datetime(year, month, int(told["d"]), hour, int(told["mi"]), int(told["s"] or 0))
    except ValueError:
        return None
    return Stamp(value, Precision.SECOND if told["s"] else Precision.MINUTE)
