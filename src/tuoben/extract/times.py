"""When a page says it was published and changed: the visible line, data, metas and the URL, in an order by language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Final

from tuoben.extract import dates
from tuoben.extract.dates import Stamp
from tuoben.extract.jsonld import Said
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Block, Tree
from tuoben.model import Hints, Moment, Page, Precision

ZONES: Final = {"zh": 8, "ja": 9, "ko": 9}
"""Hours east of UTC that pages of a language speak from when they name no zone."""
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
    "last-modified", "dcterms.modified", "dc.date.modified", "weibo: article:update_at",
)  # fmt: skip
_MODIFIED_WORDS: Final = re.compile(
    r"(?:更新|修改|最后|編輯|updated|modified|aktualisiert|mis à jour|actualizad|aggiornat|atualizad|bijgewerkt|"
    r"zaktualizowan|обновлен|最終更新|수정|uppdaterad|oppdatert|opdateret)\S{0,4}[^\d]{0,14}$",
    re.I,
)
_PUBLISHED_WORDS: Final = re.compile(
    r"(?:发布|發布|發佈|发表|刊发|(?<!更新)(?<!修改)(?:时间|日期)|published|posted|veröffentlicht|erstellt|publié|"
    r"publicado|pubblicato|gepubliceerd|opublikowan|опубликован|公開|配信|입력|등록|掲載)\S{0,3}[^\d]{0,14}$",
    re.I,
)
_PUBLISHED_LABEL: Final = re.compile(
    r"(?:时间|日期|發佈|发布|发表|published|posted|veröffentlicht|erschienen|erstellt|datum|publié|publicado|"
    r"pubblicato)[\w\s]{0,8}[:：]?\s*\W?\s*\w{0,12}\W{0,3}\d",
    re.I,
)
_BAD_BOX: Final = ("comment", "related", "aside", "footer", "complementary", "contentinfo", "advert")


@dataclass(frozen=True, slots=True)
class Where:
    """Numbers of the headline's block (-1 when in none), the story's first block, and the one behind its last."""

    title: int
    first: int
    last: int


def moment(stamp: Stamp, origin: str, lang: str) -> Moment:
    """A stamp as the record: a zone is inferred from the language where the page names none."""
    value = stamp.value
    known = stamp.zone_known
    hours = ZONES.get(lang.split("-")[0])
    if value.tzinfo is None and hours is not None:
        value = value.replace(tzinfo=timezone(timedelta(hours=hours)))
    return Moment(value=value, precision=stamp.precision, zone_known=known, origin=origin)


def _plausible(stamp: Stamp | None, page: Page) -> Stamp | None:
    if stamp is None or stamp.value.year < 1990:
        return None
    if page.fetched_at is not None:
        value = stamp.value if stamp.value.tzinfo else stamp.value.replace(tzinfo=page.fetched_at.tzinfo)
        if value > page.fetched_at + timedelta(days=2):
            return None
    return stamp


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
        behind = range(where.first, min(where.first + (3 if where.title >= 0 else 2), end))
        above = range(where.first - 1, max(-1, where.first - (12 if where.title >= 0 else 15)), -1)
    tail = range(where.last, min(where.last + 6, end))
    chosen = [n for n in behind if _may_tell(tree.blocks[n], where.title < n < where.first)]
    # The day of today stands in many page headers: "2024年5月9日 星期四".
    chosen += [
        n
        for n in above
        if _may_tell(tree.blocks[n], where.title < n < where.first)
        and (_CLOCK.search(tree.blocks[n].text) or not _WEEKDAY.search(tree.blocks[n].text))
    ]
    chosen += [n for n in tail if _may_tell(tree.blocks[n], bool(_PUBLISHED_LABEL.search(tree.blocks[n].text)))]
    return [(number, tree.blocks[number].text) for number in chosen]


def _may_tell(block: Block, trusted: bool) -> bool:
    """Whether a block may tell the story's time: short, no link, no caption, in no other story's box."""
    if not block.text or block.size > 330 or (block.links > 0.8 and not _CLOCK.search(block.text)):
        return False
    if block.node.noise in _BAD_BOX and not (trusted and block.size < 140):
        return False
    return block.kind != "figcaption" or _CLOCK.search(block.text) is not None


def visible(page: Page, tree: Tree, where: Where, month_first: bool, lang: str) -> tuple[Stamp | None, Stamp | None]:
    """(published, modified) as lines near the headline tell; a bare day gives way to a full time on the same day."""
    published: Stamp | None = None
    modified: Stamp | None = None
    labelled = False
    for number, text in _lines(tree, where):
        running = where.first <= number < where.last and len(text) > 110
        for stamp, start, _ in dates.find(text, month_first=month_first):
            good = _plausible(stamp, page)
            before = text[max(0, start - 30) : start]
            mine = _PUBLISHED_WORDS.search(before) is not None
            if good is None or (running and start > 12) or (number >= where.last and not mine):
                continue
            if _MODIFIED_WORDS.search(before) and not mine:
                modified = modified or good
            elif published is None or (mine and not labelled):
                published, labelled = good, mine
            elif _fuller(good, published):
                published = good
        if published is not None and published.precision is not Precision.DAY:
            break
    if published is None and lang.startswith("zh"):
        published, modified = modified, None  # 更新时间 alone is what many Chinese systems call the time of publication
    return published or _yearless(page, tree, where) or _ago(page, tree, where, lang), modified


def _fuller(stamp: Stamp, than: Stamp) -> bool:
    """The same day, with the time that the other lacks."""
    return (
        than.precision is Precision.DAY
        and stamp.precision is not Precision.DAY
        and stamp.value.date() == than.value.date()
    )


def _yearless(page: Page, tree: Tree, where: Where) -> Stamp | None:
    """Month, day and clock in a short line near the headline; the year is the URL's, else the capture's."""
    for number, text in _lines(tree, where)[:8]:
        if len(text) < 80 and not where.first <= number < where.last:
            stamp = dates.yearless(text, dates.in_url(page.url), page.fetched_at)
            if stamp is not None:
                return stamp
    return None


def _zoned(stamp: Stamp, than: Stamp, lang: str) -> bool:
    """The same wall clock, with the zone that the other lacks; a zone that the language's pages do not speak from, or
    a bare Z beside a wall clock, is a system's default and not believed."""
    offset = stamp.value.utcoffset()
    hours = ZONES.get(lang.split("-")[0])
    if not offset or (hours is not None and offset != timedelta(hours=hours)):
        return False
    return (
        stamp.zone_known
        and not than.zone_known
        and than.precision is not Precision.DAY
        and stamp.value.replace(tzinfo=None, second=0) == than.value.replace(tzinfo=None, second=0)
    )


def _ago(page: Page, tree: Tree, where: Where, lang: str) -> Stamp | None:
    """A time told against the time of the capture, in a short line near the headline."""
    if page.fetched_at is None:
        return None
    hours = ZONES.get(lang.split("-")[0])
    offset = timedelta(hours=hours) if hours is not None else None
    for _, text in _lines(tree, where)[:10]:
        if len(text) < 60 and (stamp := dates.relative(text, page.fetched_at, offset)):
            return stamp
    return None


def _marked(tree: Tree, where: Where) -> tuple[Stamp | None, Stamp | None]:
    """<time datetime> and itemprop dates outside related boxes, the nearest to the headline first."""
    found: list[tuple[int, Stamp]] = []
    modified: Stamp | None = None
    anchor = where.title if where.title >= 0 else where.first
    marked = [e for e in tree.elements if e.attrs and (e.attrs.get("itemprop") or "").startswith("date")]
    for element in [*tree.by_tag.get("time", [])[:40], *marked]:
        if element.noise in _BAD_BOX or element.hidden:
            continue
        told = element.get("datetime") or element.get("content") or element.get("title")
        stamp = dates.read(told) if told else None
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


def _same(a: Stamp, b: Stamp) -> bool:
    left, right = (s.value.replace(tzinfo=None) for s in (a, b))
    return abs((left - right).total_seconds()) <= 36 * 3600


def _month_first(page: Page, tree: Tree, lang: str) -> bool:
    """Whether 5/9/2024 is the ninth of May: on American pages."""
    if lang != "en" or (tree.lang or "en").lower() not in ("en", "en-us", "en_us"):
        return False
    host = page.url.split("://", 1)[-1].split("/", 1)[0]
    return not host.endswith((".uk", ".au", ".in", ".nz", ".ie", ".za"))


def _data_stamp(text: str, page: Page, month_first: bool = False) -> Stamp | None:
    return _plausible(_midnight_is_day(dates.read(text, month_first=month_first)), page)


_NAMED_SO: Final = re.compile(r"(?:pub(?:lish\w*|lication)?|post(?:ed)?|release\w*|issue\w*)[\W_]*(?:date|time|on|at)$")


def _otherwise_named(meta: Meta, page: Page, month_first: bool) -> Stamp | None:
    """The time in a meta whose own name says that it is one of publication, however a site spells it."""
    for name, value in meta.values.items():
        if _NAMED_SO.search(name) and (stamp := _data_stamp(value, page, month_first)):
            return stamp
    return None


def times(
    page: Page, hints: Hints, tree: Tree, meta: Meta, data: Said, where: Where, lang: str
) -> tuple[Moment | None, Moment | None, bool]:
    """(published, modified, differing): `differing` when the visible time and the data tell different days.

    Chinese, Japanese and Korean pages: the visible line first, since portals' data carry their own times. Elsewhere the
    data first, since they name the zone.
    """
    month_first = _month_first(page, tree, lang)
    seen, seen_modified = visible(page, tree, where, month_first, lang)
    told = _data_stamp(data.published, page)
    metas = (_data_stamp(meta.values[name], page, month_first) for name in _META_PUBLISHED if name in meta.values)
    named = next((stamp for stamp in metas if stamp is not None), None) or _otherwise_named(meta, page, month_first)
    marked, marked_modified = _marked(tree, where)
    order: list[tuple[Stamp | None, str]] = [
        (told, "json-ld"),
        (named, "meta"),
        (_plausible(marked, page), "markup"),
        (seen, "text"),
    ]
    if lang.split("-")[0] in ZONES:
        order = [order[3], *order[:3]]
    best: tuple[Stamp, str] | None = None
    for stamp, origin in order:
        if stamp is not None and (best is None or _fuller(stamp, best[0]) or _zoned(stamp, best[0], lang)):
            best = (stamp, origin)
    changed = dates.read(data.modified)
    changed_metas = (dates.read(meta.values[name]) for name in _META_MODIFIED if name in meta.values)
    changed = changed or next((s for s in changed_metas if s), None) or marked_modified or seen_modified
    modified = moment(changed, "json-ld" if data.modified else "meta", lang) if changed else None
    if best is None and (stamp := _plausible(dates.in_url(page.url), page)):
        best = (stamp, "url")
    listing = hints.link.published if hints.link else None
    if listing is not None and (best is None or _listing_fuller(listing, best[0])):
        return listing, modified, False
    if best is None:
        return None, modified, False
    other = told or named
    differing = seen is not None and other is not None and not _same(seen, other)
    return moment(best[0], best[1], lang), modified, differing


def _listing_fuller(listing: Moment, best: Stamp) -> bool:
    """The page tells a bare day, the listing a time within a day of it (zones may differ)."""
    if best.precision is not Precision.DAY or listing.precision is Precision.DAY:
        return False
    return abs((listing.value.replace(tzinfo=None) - best.value.replace(tzinfo=None)).total_seconds()) < 36 * 3600
