"""Times as pages write them, in many languages, to a value with its precision. A wrong date is worse than none.

`read` takes machine formats (ISO 8601, RFC 5322, epoch) and then prose formats; `find` yields every time told in a
line of text. Nothing here knows the present: relative times need the time of the capture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from tuoben.model import Precision


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as read: aware when the text names its zone, else the wall clock of wherever the page speaks from."""

    value: datetime
    precision: Precision

    @property
    def zone_known(self) -> bool:
        return self.value.tzinfo is not None and self.precision is not Precision.DAY


_MONTHS: Final = {
    1: "january januar jan janvier janv enero ene janeiro gennaio gen januari jänner stycznia styczeń ledna leden "
    "января январь янв січня січень ocak tammikuuta tammikuu ianuarie ιανουαρίου ιανουάριος január siječnja yanvar",
    2: "february februar feb février févr fév febrero fevereiro fev febbraio februari lutego luty února únor "
    "февраля февраль фев лютого лютий şubat helmikuuta helmikuu februarie φεβρουαρίου február veljače fevral",
    3: "march märz mar mär mrz mars marzo março maart maret marca marzec března březen марта март мар березня mart "
    "maaliskuuta maaliskuu martie μαρτίου március ožujka",
    4: "april apr avril avr abril abr aprile kwietnia kwiecień dubna duben апреля апрель апр квітня nisan "
    "huhtikuuta huhtikuu aprilie απριλίου április travnja aprel",
    5: "may mai mayo maio maggio mag mei maj maja května květen мая май травня mayıs toukokuuta toukokuu μαΐου "
    "május svibnja",
    6: "june juni jun juin junio junho giugno giu czerwca czerwiec června červen июня июнь июн червня haziran "
    "kesäkuuta kesäkuu iunie ιουνίου június lipnja iyun",
    7: "july juli jul juillet juil julio julho luglio lug lipca lipiec července červenec июля июль июл липня "
    "temmuz heinäkuuta heinäkuu iulie ιουλίου július srpnja iyul",
    8: "august aug août aout agosto ago agustus augustus augusti sierpnia sierpień srpna srpen августа август авг "
    "серпня ağustos elokuuta elokuu αυγούστου augusztus kolovoza avqust",
    9: "september sep sept septembre septiembre setiembre setembro set settembre września wrzesień září сентября "
    "сентябрь сен сент вересня eylül syyskuuta syyskuu septembrie σεπτεμβρίου szeptember rujna",
    10: "october oktober okt oct octobre octubre outubro out ottobre ott października październik října říjen "
    "октября октябрь окт жовтня ekim lokakuuta lokakuu octombrie οκτωβρίου október listopada",
    11: "november nov novembre noviembre novembro listopada listopadu листопада ноября ноябрь ноя kasım "
    "marraskuuta marraskuu noiembrie νοεμβρίου studenoga noyabr",
    12: "december dezember dez dec décembre déc diciembre dic dezembro dicembre desember des grudnia grudzień "
    "prosince prosinec декабря декабрь дек грудня aralık joulukuuta joulukuu decembrie δεκεμβρίου prosinca dekabr",
}  # fmt: skip
MONTHS: Final = {name: number for number, names in _MONTHS.items() for name in names.split()}

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
    r"(?P<pm>上午|下午|晚上|凌晨|早上|中午|傍晚|晚间|오전|오후|午前|午後)?\s*(?P<h>\d{1,2})\s*(?:[:：h時时点點]|"
    r"시\s)\s*(?P<mi>\d{2})\s*(?:分|분)?"
    r"(?:\s*[:：]?\s*(?P<s>\d{2})(?:\s*秒)?(?![\d.]*:)(?:[.,]\d{1,9})?)?(?!\d)\s*(?P<ap>[ap]\.?\s?m\b\.?)?"
    r"\s*(?:Uhr|uur|klo|ч\.?)?\s*(?P<z>\(?(?:UTC|GMT)?\s?[+-]\d{1,2}:?(?:\d{2})?\b\)?|\(?[A-Za-z]{2,4}\b\)?|Z\b|мск)?"
)
_GAP: Final = (
    r"(?:\s*[T,，|｜·•\-–—/@(（]?\s*(?:at|um|à|às|a las|alle|alle ore|ore|om|kl\.?|klo|v|в|о|saat|o|"
    r"pukul|lúc|les?|день|г\.?,?|года,?|р\.?,?|星期.|週.|周.|曜日|[(（](?:[日一二三四五六月火水木金土]|Mon|Tue|Wed|Thu|"
    r"Fri|Sat|Sun)[)）])?[\s,，.|｜:：)）\-–—]*)"
)
_YMD: Final = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20|25)\d{2})\s*(?:[-/.–]|年|년)\s*(?P<m>\d{1,2})\s*(?:[-/.–]|月|"
    r"월)\s*(?P<d>\d{1,2})(?!\d)\s*(?:日|号|號|일|\.)?(?:" + _GAP + _TIME + r")?",
    re.I,
)
_MONTH: Final = "|".join(sorted((re.escape(name) for name in MONTHS), key=len, reverse=True))
_DMY_WORD: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:\.|st|nd|rd|th|er|ª|º|°)?\s*(?:de|del|di|of|\.|-|/|ta)?\s*[-/.]?\s*(?P<mon>"
    + _MONTH
    + r")\b\.?,?\s*(?:de|del|of|-|/)?\s*[-/]?\s*(?P<y>(?:19|20)\d{2})(?!\d)(?:"
    + _GAP
    + _TIME
    + r")?",
    re.I,
)
_MDY_WORD: Final = re.compile(
    r"\b(?P<mon>"
    + _MONTH
    + r")\b\.?\s*(?P<d>\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(?P<y>(?:19|20)\d{2})(?!\d)(?:"
    + _GAP
    + _TIME
    + r")?",
    re.I,
)
_DMY: Final = re.compile(
    r"(?<![\d.])(?P<d>\d{1,2})(?P<sep>[./-])(?P<m>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d{2})(?!\d)(?:"
    + _GAP
    + _TIME
    + r")?",
    re.I,
)
_SHORT_YEAR: Final = re.compile(
    r"(?<![\d./-])(?P<d>\d{1,2})(?P<sep>[./])(?P<m>\d{1,2})(?P=sep)(?P<y>[012]\d)(?![\d./])(?:" + _GAP + _TIME + r")?",
    re.I,
)
_SHORT_YEAR_FIRST: Final = re.compile(r"(?<![\d./-])(?P<y>[012]\d)[-/](?P<m>[01]\d)[-/](?P<d>[0-3]\d)\s+" + _TIME, re.I)
_TIME_FIRST: Final = re.compile(
    r"(?<!\d)(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}))?\s*(?P<ap>[ap]\.?m\b\.?)?\s*(?P<z>[A-Z]{2,4}\b)?[\s,，|"
    r"·•\-–—]*(?:on\s+|[A-Za-z]{3,9}day,?\s+)?$",
    re.I,
)
_YEARLESS: Final = re.compile(
    r"(?<![\d./-])(?P<m>\d{1,2})(?:[-/]|月)(?P<d>\d{1,2})日?\s+(?P<h>\d{1,2})[:：](?P<mi>\d{2})(?::(?P<s>\d{2}))?(?!\d)"
)
YEARLESS_REACH: Final = timedelta(days=300)
"""How long before the capture a date without its year may lie, so that no other year comes near."""
_VIETNAMESE: Final = re.compile(r"(?P<d>\d{1,2})\s*tháng\s*(?P<m>\d{1,2})\s*(?:,|năm)?\s*(?P<y>20\d{2})", re.I)
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
_AGO: Final = re.compile(
    r"(?P<n>\d{1,3}|an?|one)\s*(?P<u>秒|分钟|分鐘|分|小时|小時|時間|天|日|周|个月|분|시간|일|seconds?|minutes?|"
    r"mins?|hours?|hrs?|days?|weeks?)(?:之?前|\s?전|\s+ago)|"
    r"vor\s+(?P<n2>\d{1,3})\s+(?P<u2>Sekunden?|Minuten?|Stunden?|Tag(?:en?)?)|(?:il y a|hace|"
    r"há)\s+(?P<n3>\d{1,3})\s+(?P<u3>min\w*|h\w*|j\w*|d\w*)",
    re.I,
)
_NAMED_DAY: Final = re.compile(
    r"(今天|今日|昨天|昨日|前天|yesterday|today)\s*,?\s*(?:at\s*)?(?P<h>\d{1,2})[:：](?P<mi>\d{2})", re.I
)
_SECONDS: Final = {
    "秒": 1,
    "s": 1,
    "分": 60,
    "m": 60,
    "小": 3600,
    "h": 3600,
    "시": 3600,
    "時": 3600,
    "天": 86400,
    "日": 86400,
    "d": 86400,
    "일": 86400,
    "j": 86400,
    "t": 86400,
    "周": 604800,
    "w": 604800,
    "분": 60,
}


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
        half.startswith(("p", "下午", "晚", "傍晚", "오후", "午後", "中午"))
        and hour < 12
        and not (half == "中午" and hour > 10)
    ):
        return hour + 12
    if half.startswith(("a", "上午", "凌晨", "오전", "午前")) and hour == 12:
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
    month = MONTHS[month_name.lower()] if month_name else int(groups["m"] or 0)
    day = int(groups["d"] or 0)
    slashed = groups.get("sep") in ("/", "-") and not month_name
    if slashed and (month > 12 >= day or (month_first and day <= 12)):
        day, month = month, day
    year = int(groups["y"] or 0)
    return _stamp(groups, year + 2000 if year < 100 else year, month, day)


def machine(text: str) -> Stamp | None:
    """A time in a machine format: ISO 8601 and what passes for it, RFC 5322, compact digits, epoch."""
    text = text.strip()[:64]
    if match := _EPOCH.match(text):
        return Stamp(datetime.fromtimestamp(int(match[1]), UTC), Precision.SECOND)
    match = _COMPACT.match(text) or _ISO.match(text)
    return _from(match) if match else None


def read(text: str, *, month_first: bool = False) -> Stamp | None:
    """The first time told in a text, machine formats before prose. None when there is none or it is no real day."""
    if not text:
        return None
    return machine(text) or next((stamp for stamp, _, _ in find(text, month_first=month_first)), None)


def find(text: str, *, month_first: bool = False) -> Iterator[tuple[Stamp, int, int]]:
    """Every time told with its year in a text, with its place: (stamp, start, end), in reading order."""
    if not any(char.isdigit() for char in text):
        return
    found: list[tuple[int, int, Stamp]] = []
    for pattern in (_YMD, _DMY_WORD, _MDY_WORD, _DMY, _VIETNAMESE, _SHORT_YEAR_FIRST, _SHORT_YEAR):
        for match in pattern.finditer(text):
            stamp = _from(match, month_first)
            if stamp is None or any(start < match.end() and match.start() < end for start, end, _ in found):
                continue
            start = match.start()
            if stamp.precision is Precision.DAY and (before := _TIME_FIRST.search(text[max(0, start - 40) : start])):
                groups = before.groupdict()
                stamp = _stamp(groups, stamp.value.year, stamp.value.month, stamp.value.day) or stamp
            found.append((start, match.end(), stamp))
    for start, end, stamp in sorted(found, key=lambda item: item[0]):
        yield stamp, start, end


def relative(text: str, now: datetime, offset: timedelta | None) -> Stamp | None:
    """A time told against the present (3小时前, 昨天 18:26, 2 hours ago). `now`: aware time of the capture."""
    if match := _AGO.search(text):
        number = match["n"] or match["n2"] or match["n3"]
        unit = (match["u"] or match["u2"] or match["u3"]).lower()
        seconds = _SECONDS.get("个月" if unit == "个月" else unit[0])
        if seconds is None:
            return None
        value = now - timedelta(seconds=seconds * (int(number) if number.isdigit() else 1))
        return Stamp(value, Precision.MINUTE if seconds <= 60 else Precision.DAY)
    if (match := _NAMED_DAY.search(text)) and offset is not None:
        back = {"昨": 1, "y": 1, "前": 2}.get(match[1][0].lower(), 0)
        local = now.astimezone(timezone(offset)) - timedelta(days=back)
        try:
            return Stamp(
                local.replace(hour=int(match["h"]), minute=int(match["mi"]), second=0, microsecond=0, tzinfo=None),
                Precision.MINUTE,
            )
        except ValueError:
            return None
    return None


def yearless(text: str, told: Stamp | None, now: datetime | None) -> Stamp | None:
    """Month, day and clock without a year (03-13 09:26), when the year is safe to know.

    `told`: a day known otherwise (from the URL), believed when it is the same; `now`: the aware time of the capture,
    which must lie after it, and not by more than YEARLESS_REACH.
    """
    match = _YEARLESS.search(text)
    if match is None:
        return None
    month, day = int(match["m"]), int(match["d"])
    if told is not None:
        same = (told.value.month, told.value.day) == (month, day)
        return _stamp(match.groupdict(), told.value.year, month, day) if same else None
    if now is None:
        return None
    for year in (now.year, now.year - 1):
        stamp = _stamp(match.groupdict(), year, month, day)
        if stamp is None or stamp.precision is Precision.DAY:
            return None
        age = now.replace(tzinfo=None) - stamp.value
        if timedelta(hours=-14) <= age <= YEARLESS_REACH:
            return stamp
    return None


def in_url(url: str) -> Stamp | None:
    """The day in a URL's path (/2024/05/09/, /20240509/, t20240509_)."""
    path = url.split("://", 1)[-1].partition("/")[2].split("?")[0]
    for match in _IN_URL.finditer("/" + path):
        year, month, day = (
            match["y"] or match["y2"] or match["y3"],
            match["m"] or match["m2"],
            match["d"] or match["d2"] or match["d3"],
        )
        number = MONTHS.get(match["mon"], 0) if match["mon"] else int(month)
        stamp = _stamp({}, int(year), number, int(day))
        if stamp is not None and 1994 < stamp.value.year < 2100:
            return stamp
    return None
