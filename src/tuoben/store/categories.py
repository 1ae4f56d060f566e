"""Who says what category an article has: the desk, of this article or of a section of its source, before what was read,
before the classifier. Decisions of the desk lean on no other row; a rebuild puts them over what it read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from tuoben.errors import UsageError
from tuoben.model import CategoryOrigin, Placement
from tuoben.store import models, twins
from tuoben.store.database import column_of, rows_of
from tuoben.store.fields import clean
from tuoben.text import normalise

LONGEST = 80
"""Characters of a category's name."""
_UNREAD = Q(category="") | Q(category_origin=CategoryOrigin.CLASSIFIER)
"""Articles that nothing but a classifier may sort."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class SectionRow:
    """What a source calls a section, how many of its shown articles are in it, as what most of them are read, and the
    category that the desk gave it ("" while it gave none)."""

    name: str
    articles: int
    read: str
    category: str
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A person's word on one article."""

    category: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """All that the desk said of categories."""

    sections: tuple[tuple[str, str, str, str, datetime], ...] = ()
    """(source, section, category, by, at)"""
    articles: tuple[tuple[str, str, str, datetime], ...] = ()
    """(article, category, by, at)"""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article that may teach the classifier; `corrected`: a person said so, of this article."""

    id: str
    category: str
    corrected: bool


# --- while an article is stored -------------------------------------------------------------------------------------
def corrected(articles: Sequence[str]) -> set[str]:
    """Those of some articles on which the desk has said something."""
    parts = (list(articles[start : start + _CHUNK]) for start in range(0, len(articles), _CHUNK))
    return {pk for part in parts for pk in column_of(models.Correction, "article", "article IN ({})", [part])}


def told(row: models.Article, placement: Placement, *, free: bool = False) -> None:
    """Set an article's category by what was read now and what the desk has said. `free`: nothing on this article."""
    row.section = placement.section[:LONGEST]
    row.category_told, row.told_origin = placement.category[:LONGEST], placement.category_origin
    corrections = [] if free else rows_of(models.Correction, "article = %s", [row.pk])
    place = [row.site_id or "", clean(row.section)]
    sections = rows_of(models.Section, "source = %s AND name = %s", place) if row.section else []
    _settle(row, next(iter(corrections), None), next(iter(sections), None))


def _settle(row: models.Article, correction: models.Correction | None, section: models.Section | None) -> None:
    row.category_model = ""
    if correction is not None:
        row.category, row.category_origin = correction.category, CategoryOrigin.DESK
    elif section is not None:
        row.category, row.category_origin = section.category, CategoryOrigin.MAP
    elif row.category_told or row.category_origin != CategoryOrigin.CLASSIFIER:
        row.category, row.category_origin = row.category_told, row.told_origin
    # else it keeps what the classifier said of its earlier state, until it is asked again
    if row.category_origin != CategoryOrigin.CLASSIFIER:
        row.category_sure = 0.0


# --- the desk -------------------------------------------------------------------------------------------------------
def sections(source: str) -> tuple[SectionRow, ...]:
    """The sections that were seen at a source, the fullest first, and those only the desk knows."""
    shown = models.Article.objects.filter(site=source, hidden_at=None).exclude(section="")
    counted = shown.values("section", "category_told").annotate(n=Count("id")).order_by("-n", "category_told")
    ruled = {row.name: row for row in models.Section.objects.filter(source=source)}
    total: dict[str, int] = {}
    read: dict[str, str] = {}
    for row in counted:
        total[row["section"]] = total.get(row["section"], 0) + row["n"]
        read.setdefault(row["section"], row["category_told"])
    names = sorted({*total, *ruled}, key=lambda name: (-total.get(name, 0), name))
    return tuple(_section_row(name, total.get(name, 0), read.get(name, ""), ruled.get(name)) for name in names)


def _section_row(name: str, articles: int, read: str, rule: models.Section | None) -> SectionRow:
    if rule is None:
        return SectionRow(name, articles, read, "")
    return SectionRow(name, articles, read, rule.category, rule.by, rule.at)


def spelt(category: str) -> str:
    """A category's name as it is stored. Raises UsageError when it is none."""
    name = " ".join(category.split())
    if len(name) > LONGEST or any(not char.isprintable() for char in name):
        raise UsageError(f"The name of a category has at most {LONGEST} characters, on one line.")
    return name


@transaction.atomic
def map_section(source: str, section: str, category: str, by: str, now: datetime) -> int:
    """Let what a source calls `section` be a category, "" to let its pages speak again; how many articles changed."""
    category = spelt(category)
    if not section.strip() or len(section) > LONGEST:
        raise UsageError(f"The name of a section has 1 to {LONGEST} characters.")
    if category:
        said = {"category": category, "by": by, "at": now}
        models.Section.objects.update_or_create(source=source, name=section, defaults=said)
    else:
        models.Section.objects.filter(source=source, name=section).delete()
    return _again(models.Article.objects.filter(site=source, section=section).values_list("pk", flat=True))


@transaction.atomic
def correct(article: str, category: str | None, by: str, now: datetime) -> bool:
    """Let an article be of a category ("" is 未分类), or of what else is said (None); False when there is none such."""
    article = twins.resolve(article)
    if not models.Article.objects.filter(pk=article).exists():
        return False
    if category is None:
        models.Correction.objects.filter(pk=article).delete()
    else:
        said = {"category": spelt(category), "by": by, "at": now}
        models.Correction.objects.update_or_create(article=article, defaults=said)
    _again([article])
    return True


def correction(article: str) -> Corrected | None:
    """What a person said of an article's category."""
    row = models.Correction.objects.filter(pk=article).first()
    return Corrected(row.category, row.by, row.at) if row is not None else None


def decided() -> Decided:
    """All decisions as they stand."""
    return Decided(
        tuple(models.Section.objects.values_list("source", "name", "category", "by", "at")),
        tuple(models.Correction.objects.values_list("article", "category", "by", "at")),
    )


@transaction.atomic
def restore(desk: Decided) -> None:
    """Put decisions over rows that were made anew."""
    models.Section.objects.all().delete()
    models.Correction.objects.all().delete()
    for source, name, category, by, at in desk.sections:
        models.Section.objects.create(source=source, name=name, category=category, by=by, at=at)
        _again(models.Article.objects.filter(site=source, section=name).values_list("pk", flat=True))
    for article, category, by, at in desk.articles:
        said = {"category": category, "by": by, "at": at}
        models.Correction.objects.update_or_create(article=twins.resolve(article), defaults=said)
    _again(row.pk for row in models.Correction.objects.all())


def _again(ids: Iterable[str]) -> int:
    """Settle the categories of articles anew, and let the index follow; how many are of another one now."""
    waiting, changed = list(ids), 0
    for at in range(0, len(waiting), _CHUNK):
        part = waiting[at : at + _CHUNK]
        corrections = models.Correction.objects.in_bulk(part)
        rows = list(models.Article.objects.filter(pk__in=part))
        ruled = {
            (rule.source, rule.name): rule
            for rule in models.Section.objects.filter(name__in={row.section for row in rows})
        }
        moved = []
        for row in rows:
            before = row.category
            _settle(row, corrections.get(row.pk), ruled.get((row.site_id or "", row.section)))
            if row.category != before:
                moved.append(row)
        _keep(rows, moved)
        changed += len(moved)
    return changed


def _keep(rows: Sequence[models.Article], moved: Sequence[models.Article]) -> None:
    columns = ["category", "category_origin", "category_sure", "category_model"]
    models.Article.objects.bulk_update(rows, columns, batch_size=100)
    models.Outbox.objects.bulk_create(models.Outbox(topic="index", article=row.pk) for row in moved)


# --- the classifier -------------------------------------------------------------------------------------------------
def labelled() -> list[Labelled]:
    """The articles whose category was said by a person, the page or its listing, one of each reprint group, the newest
    first, corrected ones before all."""
    taught = (CategoryOrigin.DESK, CategoryOrigin.MAP, CategoryOrigin.PAGE, CategoryOrigin.LISTING)
    shown = models.Article.objects.filter(hidden_at=None, category_origin__in=taught).exclude(category="")
    rows = list(shown.order_by("-sort_at", "pk").values_list("pk", "category", "category_origin", "group"))
    rows.sort(key=lambda row: row[2] != CategoryOrigin.DESK)
    seen: set[str] = set()
    found = []
    for pk, category, origin, group in rows:
        if group and group in seen:
            continue
        seen.add(group)
        found.append(Labelled(pk, category, origin == CategoryOrigin.DESK))
    return found


def unsorted(version: str, limit: int) -> list[tuple[str, str]]:
    """(id, headline) of articles that no one but a classifier sorts, and this one has not looked at."""
    rows = (
        models.Article.objects.filter(_UNREAD)
        .exclude(category_model=version)
        .exclude(category_origin=CategoryOrigin.DESK)
    )
    return list(rows.order_by("category_model", "pk").values_list("pk", "title")[:limit])


@transaction.atomic
def guessed(guesses: Mapping[str, tuple[str, float]], version: str) -> int:
    """Keep what a classifier says of articles ("" as category: it is not sure); how many are of another one now."""
    rows = list(
        models.Article.objects.filter(_UNREAD, pk__in=list(guesses)).exclude(category_origin=CategoryOrigin.DESK)
    )
    moved = []
    for row in rows:
        category, sure = guesses[row.pk]
        if row.category != category:
            moved.append(row)
        row.category, row.category_sure = category, sure if category else 0.0
        row.category_origin, row.category_model = CategoryOrigin.CLASSIFIER if category else "", version
    _keep(rows, moved)
    return len(moved)


# --- older rows -----------------------------------------------------------------------------------------------------
def adopt() -> None:
    """Complete rows of versions that did not keep who said the category, nor what columns are compared by."""
    old = models.Article.objects.filter(category_origin="").exclude(category="")
    for row in list(old.values_list("category", flat=True).distinct().order_by()):
        said = {"category_told": row, "told_origin": CategoryOrigin.PAGE, "category_origin": CategoryOrigin.PAGE}
        old.filter(category=row).update(**said)
    unkeyed = models.Article.objects.filter(column_key="").exclude(column="")
    for name in list(unkeyed.values_list("column", flat=True).distinct().order_by()):
        unkeyed.filter(column=name).update(column_key=normalise(name)[:200])
