"""When a page says it was published and changed: the visible line, data, metas and the URL, in an order by language."""

from __future__ import annotations

import re
from datetime import date, timedelta, timezone
from typing import Final

from tuoben.extract import dates, elsewhere, relative
from tuoben.extract.dates import Stamp
from tuoben.extract.datewords import (
    BAD_BOX,
    MODIFIED_WORDS,
    OTHER_TIME,
    OTHER_WORDS,
    PUBLISHED_LABEL,
    PUBLISHED_WORDS,
    ZONES,
    Way,
    Where,
    plausible,
)
from tuoben.extract.element import Block, Element, line_of
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.model import Hints, Moment, Page, Precision

_META_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "og:published_time", "og:time", "article:published",
    "datepublished", "pubdate", "publishdate",
    "publish-date", "publish_date", "published_time", "publication_date", "publishtime", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dc.date.created",
    "dcterms.created", "dcterms.issued", "dc.date", "dcterms.date", "article_date_original",
    "cxenseparse:recs:publishtime", "weibo: article:create_at", "weibo:article:create_at",
    "bt:pubdate", "article.published", "date", "creation_date", "datecreated", "release_date", "displaydate",
    "ptime", "firstpublishedtime", "originalpublicationdate", "cse-publish-date",
)  # fmt: skip
_META_MODIFIED: Final = (
    "article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "dateupdate", "weibo: article:update_at",
)  # fmt: skip


_NO_OFFSET: Final = timedelta(0)


def moment(stamp: Stamp, origin: str, lang: str) -> Moment:
    """A stamp as the record: a zone is inferred from the language where the page names none."""
    value = stamp.value
    known = stamp.zone_known
    hours = ZONES.get(lang.split("-")[0])
    if value.tzinfo is None and hours is not None:
        value = value.replace(tzinfo=timezone(timedelta(hours=hours)))
    return Moment(value=value, precision=stamp.precision, zone_known=known, origin=origin)


def _midnight_is_day(stamp: Stamp | None) -> Stamp | None:
    """Midnight to the second in a data field is a day that a program padded."""
    if (
        stamp is not None
        and stamp.precision is not Precision.DAY
        and (stamp.value.hour, stamp.value.minute, stamp.value.second) == (0, 0, 0)
    ):
        return Stamp(stamp.value, Precision.DAY)
    return stamp


_WEEKDAY: Final = re.compile(r"星期|周[一二三四五六日]|农历")
_CLOCK: Final = re.compile(r"\d{1,2}[:：]\d\d")


def _lines(tree: Tree, where: Where) -> list[tuple[int, str]]:
    """Numbered lines where the story's time may stand, the likeliest first: headline to body, above, behind the end."""
    end = len(tree.blocks)
    if 0 <= where.title < where.first + 3:
        behind = range(where.title + 1, min(max(where.first + 2, where.title + 8), end))
        above = range(where.title, max(-1, where.title - 5), -1)
    else:
        behind = range(where.first, min(where.first + 3, end))
        above = range(where.first - 1, max(-1, where.first - (12 if where.title >= 0 else 15)), -1)
    tail = range(where.last, min(where.last + 6, end))
    chosen = [n for n in behind if _may_tell(tree.blocks[n], where.title < n < where.first)]
    # The day of today stands in many page headers: "2024年5月9日 星期四".
    chosen += [
        n
        for n in above
        if _may_tell(tree.blocks[n], where.title - 2 < n < where.first, credited=_credited(tree, n))
        and (_CLOCK.search(tree.blocks[n].text) or not _WEEKDAY.search(tree.blocks[n].text))
    ]
    chosen += [
        n
        for n in tail
        if tree.blocks[n].node.noise not in ("comment", "related")
        and (
            _may_tell(tree.blocks[n], False)
            or (_may_tell(tree.blocks[n], True) and PUBLISHED_LABEL.search(tree.blocks[n].text))
        )
    ]
    return [(number, line_of(tree.blocks[number])) for number in chosen]


_CREDITED: Final = re.compile(r"\s*(?:来源|來源|稿源)\s*[:：]")


def _credited(tree: Tree, number: int) -> bool:
    """Whether the next line credits the story's source: then it is no clock, whatever its box is called."""
    return number + 1 < len(tree.blocks) and _CREDITED.match(tree.blocks[number + 1].text) is not None


def _may_tell(block: Block, trusted: bool, credited: bool = False) -> bool:
    """Whether a block may tell the story's time: short or opening with it, no caption, in no other story's box.

    `trusted`: it stands between headline and story, or names its time. `credited`: the source stands beside it.
    """
    if not block.text or (block.size > 330 and not _OPENING_DIGIT.match(block.text)):
        return False
    inner = block.runs[0][3] if block.runs else None
    names = f"{block.node.hint} {inner.hint if inner else ''} {block.node.get('itemprop')}"
    if not credited and OTHER_TIME.search(names):
        return False
    if block.links > 0.8 and not (trusted and block.size < 60) and not _CLOCK.search(block.text):
        return False
    if block.node.noise in BAD_BOX and not (trusted and block.size < 140):
        return False
    return block.kind != "figcaption" or _CLOCK.search(block.text) is not None


_OPENING_DIGIT: Final = re.compile(r"[\W_]{0,2}\d")


class _Seen:
    """The likeliest of the times met in lines near the headline, in the order of `_lines`."""

    def __init__(self, told: list[Stamp]) -> None:
        self.told = told
        """Times known from data."""
        self.published: Stamp | None = None
        self.modified: Stamp | None = None
        self.strength = 0
        self.bare = False
        """Whether the published time stands in a line of its own between headline and story."""

    def take(self, stamp: Stamp, strength: int) -> None:
        """A time of publication: the surer one stays, a bare day gives way to a full time on the same day."""
        if strength > self.strength:
            self.published, self.strength = stamp, strength
        elif self.published is not None and _fuller(stamp, self.published):
            self.published = stamp


_LABELLING: Final = (":", "：", "时间", "日期", "時間", "date")
"""How a label ends that stands in a box of its own."""
LABELLED: Final = 3
BARE: Final = 2
PROSE: Final = 1


def visible(page: Page, tree: Tree, where: Where, way: Way, told: list[Stamp]) -> _Seen:
    """What lines near the headline tell. `told`: times known from data."""
    seen = _Seen(told)
    lines = _lines(tree, where)
    for number, text in lines:
        label = tree.blocks[number - 1].text if number else ""
        for stamp, start, end in dates.find(text[:600], month_first=way.month_first, year_first=way.year_first):
            good = plausible(stamp, page)
            before = text[max(0, start - 40) : start]
            if start < 3 and len(label) < 30:
                before = f"{label} {before}"
            mine = PUBLISHED_WORDS.search(before) is not None
            if good is None or (number >= where.last and not mine):
                continue
            if not mine and OTHER_WORDS.search(before if label.endswith(_LABELLING) else text[:start]):
                continue
            if MODIFIED_WORDS.search(before) and not mine:
                seen.modified = seen.modified or good
                continue
            captions = number > 0 and tree.blocks[number - 1].kind == "img" and start > 25
            in_story = where.first <= number < where.last
            strength = LABELLED if mine else 0 if captions else _strength(text, start, end, in_story)
            if not strength and where.title < number < where.first and not captions:
                strength = PROSE
            if strength:
                seen.take(good, strength)
                seen.bare = seen.bare or (strength == BARE and where.title < number < where.first)
        if seen.strength > PROSE and seen.published and seen.published.precision is not Precision.DAY:
            break
    if seen.published is None and way.lang == "zh":
        seen.published, seen.modified = seen.modified, None  # 更新时间 alone is what many Chinese systems call the time
    if seen.published is None:
        seen.published = _yearless(page, lines, where, seen, way) or _ago(page, lines, way)
    return seen


def _strength(text: str, start: int, end: int, in_story: bool) -> int:
    """How much an unlabelled time in a line speaks for itself: bare, in a sentence, or (0) no time of publication."""
    if in_story and (len(text) > 110 or text.rstrip()[-1:] in ".!?。！？"):
        return BARE if start <= 12 and _OPENS.match(text[end : end + 3]) else 0
    words_before = text[:start].rstrip(" |｜·•-–—/,，:：")
    if len(words_before) > 35 and words_before == text[:start].rstrip() and _RUNS_ON.search(text[:start]):
        return 0
    if len(text) - (end - start) > 60 and text.rstrip()[-1:] in ".!?。！？":
        return PROSE
    return BARE


_OPENS: Final = re.compile(r"\s?[-–—)）\]】|:：/,，]|\s*$")
"""What follows the time that a story begins with: 27.1.2022 - …"""
_RUNS_ON: Final = re.compile(r"[^\W\d_]\s*$")
"""A word right before the time: it is part of a sentence."""


def _fuller(stamp: Stamp, than: Stamp) -> bool:
    """The same day, with the time that the other lacks."""
    return (
        than.precision is Precision.DAY
        and stamp.precision is not Precision.DAY
        and stamp.value.date() == than.value.date()
    )


def _yearless(page: Page, lines: list[tuple[int, str]], where: Where, seen: _Seen, way: Way) -> Stamp | None:
    """Month, day and clock in a short line near the headline; the year is the URL's, else the capture's."""
    for number, text in lines[:8]:
        if len(text) < 80 and not where.first <= number < where.last:
            known = [stamp for stamp in (dates.in_url(page.url), seen.modified, *seen.told) if stamp is not None]
            stamp = relative.yearless(text, known, page.fetched_at, way.year_first or way.month_first)
            if stamp is not None:
                return stamp
    return None


def _zoned(stamp: Stamp, than: Stamp, way: Way) -> bool:
    """The same wall clock, with the zone that the other lacks; a zone that the language's pages do not speak from, or
    a bare Z beside a wall clock, is a system's default and not believed."""
    offset = stamp.value.utcoffset()
    if not offset or (way.offset is not None and offset != way.offset):
        return False
    return (
        stamp.zone_known
        and not than.zone_known
        and than.precision is not Precision.DAY
        and stamp.value.replace(tzinfo=None, second=0) == than.value.replace(tzinfo=None, second=0)
    )


def _ago(page: Page, lines: list[tuple[int, str]], way: Way) -> Stamp | None:
    """A time told against the time of the capture, in a short line near the headline."""
    if page.fetched_at is None:
        return None
    for _, text in lines[:10]:
        if len(text) < 60 and (stamp := relative.relative(text, page.fetched_at, way.offset)):
            return stamp
    return None


def _marked(tree: Tree, where: Where, way: Way) -> tuple[Stamp | None, Stamp | None]:
    """<time> and itemprop dates outside related boxes, the nearest to the headline first."""
    found: list[tuple[int, Stamp]] = []
    modified: Stamp | None = None
    anchor = where.title if where.title >= 0 else where.first
    marked = [e for e in tree.marked if e.get("itemprop").startswith("date")]
    for element in [*tree.by_tag.get("time", [])[:40], *marked[:200]]:
        if (element.noise in BAD_BOX and element.noise != "prompt") or element.hidden:
            continue
        stamp = _stamp_of(tree, element, way)
        if stamp is None:
            continue
        named = element.get("itemprop")
        if named == "dateModified" or "updat" in element.hint or "modif" in element.hint:
            modified = modified or stamp
        else:
            sure = named == "datePublished" or "pubdate" in element.attrs
            found.append((abs(element.start - anchor) + (0 if sure else 5), stamp))
    near = min((pair for pair in found if pair[0] < 40), key=lambda pair: pair[0], default=None)
    return (near[1] if near else None), modified


def _stamp_of(tree: Tree, element: Element, way: Way) -> Stamp | None:
    """The time that an element marks. Where the marked instant is in UTC and the text names the day before or behind,
    the day as written is the page's own."""
    told = element.get("datetime") or element.get("content") or element.get("title")
    stamp = dates.read(told) if told else None
    if element.tag != "time" or (stamp is not None and stamp.value.utcoffset() != _NO_OFFSET):
        return stamp
    text = tree.text_of(element)
    written = dates.read(text, month_first=way.month_first, year_first=way.year_first) if len(text) < 80 else None
    if stamp is None or written is None:
        return stamp or written
    return written if written.value.date() != stamp.value.date() and _same(written, stamp) else stamp


def _same(a: Stamp, b: Stamp) -> bool:
    left, right = (s.value.replace(tzinfo=None) for s in (a, b))
    return abs((left - right).total_seconds()) <= 36 * 3600


def _month_first(page: Page, tree: Tree, lang: str) -> bool:
    """Whether 5/9/2024 is the ninth of May: on American pages."""
    if lang != "en" or (tree.lang or "en").lower() not in ("en", "en-us", "en_us"):
        return False
    host = page.url.split("://", 1)[-1].split("/", 1)[0]
    return not host.endswith((".uk", ".au", ".in", ".nz", ".ie", ".za"))


def _data_stamp(text: str, page: Page, way: Way) -> Stamp | None:
    read = dates.read(text, month_first=way.month_first, year_first=way.year_first)
    return plausible(_midnight_is_day(read), page)


_NAMED_SO: Final = re.compile(r"(?:pub(?:lish\w*|lication)?|post(?:ed)?|release\w*|issue\w*)[\W_]*(?:date|time|on|at)$")


def _otherwise_named(meta: Meta, page: Page, way: Way) -> Stamp | None:
    """The time in a meta whose own name says that it is one of publication, however a site spells it."""
    for name, value in meta.values.items():
        if _NAMED_SO.search(name) and (stamp := _data_stamp(value, page, way)):
            return stamp
    return None


def times(
    page: Page, hints: Hints, tree: Tree, meta: Meta, data: Said, where: Where, lang: str
) -> tuple[Moment | None, Moment | None, bool]:
    """(published, modified, differing): `differing` when the visible time and the data tell different days.

    Chinese, Japanese and Korean pages: the visible line first, since portals' data carry their own times. Elsewhere the
    data first, since they name the zone.
    """
    way = Way(lang.split("-")[0], _month_first(page, tree, lang))
    told = _data_stamp(data.published, page, way)
    metas = (_data_stamp(meta.values[name], page, way) for name in _META_PUBLISHED if name in meta.values)
    named = next((stamp for stamp in metas if stamp is not None), None) or _otherwise_named(meta, page, way)
    marked, marked_modified = _marked(tree, where, way)
    changes = [
        (_data_stamp(data.modified, page, way), "json-ld"),
        *((_data_stamp(meta.values[name], page, way), "meta") for name in _META_MODIFIED if name in meta.values),
        (plausible(marked_modified, page), "markup"),
    ]
    changed = next((stamp for stamp, _ in changes if stamp is not None), None)
    known = [stamp for stamp in (told, named, marked, changed) if stamp is not None]
    seen = visible(page, tree, where, way, known)
    changes.append((seen.modified, "text"))
    modified = next((moment(stamp, origin, lang) for stamp, origin in changes if stamp is not None), None)
    best = _chosen(seen, told, named, plausible(marked, page), way) or elsewhere.anywhere(page, tree, meta, where, way)
    listing = hints.link.published if hints.link else None
    if listing is not None and (best is None or _listing_fuller(listing, best[0])):
        return listing, modified, False
    if best is None:
        return None, modified, False
    other = told or named
    differing = seen.published is not None and other is not None and not _same(seen.published, other)
    return moment(_in_its_zone(best[0], seen, way), best[1], lang), modified, differing


def _chosen(
    seen: _Seen, told: Stamp | None, named: Stamp | None, marked: Stamp | None, way: Way
) -> tuple[Stamp, str] | None:
    """The time believed among the visible one and those in JSON-LD, metas and markup, with its origin."""
    order: list[tuple[Stamp | None, str]] = [(told, "json-ld"), (named, "meta"), (marked, "markup")]
    if way.offset is not None or _outdone(seen, told or named):
        order.insert(0, (seen.published, "text"))
    else:
        order.append((seen.published, "text"))
        if told and named and seen.published and _day(named) == _day(seen.published) != _day(told):
            order = [order[1], order[0], *order[2:]]
    best: tuple[Stamp, str] | None = None
    for stamp, origin in order:
        if stamp is not None and (best is None or _fuller(stamp, best[0]) or _zoned(stamp, best[0], way)):
            best = (stamp, origin)
    return best


def _day(stamp: Stamp) -> date:
    return stamp.value.date()


def _outdone(seen: _Seen, data: Stamp | None) -> bool:
    """Whether the visible day is to be believed over the day in the data: where the data give the visible time of
    change, or a bare day later than the one in the by-line, or the same day with day and month changed about."""
    mine = seen.published
    if data is None or mine is None or seen.strength < BARE or _same(mine, data):
        return False
    if seen.strength == LABELLED and seen.modified is not None and _same(seen.modified, data):
        return True
    if (mine.value.month, mine.value.day, mine.value.year) == (data.value.day, data.value.month, data.value.year):
        return True
    return seen.bare and data.precision is Precision.DAY and _day(mine) < _day(data)


def _in_its_zone(stamp: Stamp, seen: _Seen, way: Way) -> Stamp:
    """An instant told in UTC, in the page's own zone where that is known: by its language, or by the same instant
    written out on the page as a wall clock."""
    if not stamp.zone_known or stamp.value.utcoffset() != _NO_OFFSET:
        return stamp
    offset = way.offset
    wall = seen.published
    if offset is None and wall is not None and wall.zone_known:
        apart = abs(wall.value - stamp.value)
        offset = wall.value.utcoffset() if apart < timedelta(minutes=1) else None
    elif offset is None and wall is not None and wall.precision is not Precision.DAY:
        apart = wall.value.replace(tzinfo=None, second=0) - stamp.value.replace(tzinfo=None, second=0, microsecond=0)
        if apart and abs(apart) <= timedelta(hours=14) and apart % timedelta(minutes=30) == timedelta(0):
            offset = apart
    return stamp if offset is None else Stamp(stamp.value.astimezone(timezone(offset)), stamp.precision)


def _listing_fuller(listing: Moment, best: Stamp) -> bool:
    """The page tells a bare day, the listing a time within a day of it (zones may differ)."""
    if best.precision is not Precision.DAY or listing.precision is Precision.DAY:
        return False
    return abs((listing.value.replace(tzinfo=None) - best.value.replace(tzinfo=None)).total_seconds()) < 36 * 3600
