"""How a read page becomes an article row, a revision, its keys and its place among copies, within the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from tuoben import __version__, shape, text, url
from tuoben.model import Article, Capture, Claim, Hints, Moment, Neighbour, Placement, Precision, Signature, State
from tuoben.store import models

NEIGHBOURS = 40
"""Possible copies that a new article is held against."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the stages decide on articles; the store asks them and knows no stage."""

    place: Callable[[Article, str, Sequence[Neighbour], Hints], Placement]
    changed: Callable[[Article, Article], bool]
    """(old, new) → whether a reader would see a difference."""
    same: Callable[[Article, Article], bool]
    """Whether two pages that name the same canonical URL are one work."""


FIRST = "first_page"
"""Key in a revision's content under which a joined article keeps its first page as read."""
LEAD = 120
"""Characters of the lead that lists show."""


def of_claim(claim: Claim) -> models.Article | None:
    """The stored article that a claimed page belongs to."""
    return models.Article.objects.filter(pk=claim.article).first() if claim.article else None


def hints_of(claim: Claim) -> Hints:
    """What is known of a page before it is read."""
    return Hints(link=claim.link, source_name=claim.source_name, category=claim.source_category)


def record(
    claim: Claim, capture: Capture, article: Article, signature: Signature, decide: Decisions
) -> tuple[str, bool]:
    """Store what a page said; (id of the article, whether it is new). One canonical URL is one article."""
    if claim.part > 1:
        return _record_part(claim, capture, article), False
    row, new = _row(claim, capture, article, decide)
    last = _newest(row)
    if last is not None and not decide.changed(_first_page(last), article):
        row.checked_at, row.gone_at = capture.time, None
        row.save(update_fields=["checked_at", "gone_at"])
        return row.pk, False
    placement = decide.place(article, row.pk, neighbours(signature, row.pk, NEIGHBOURS), hints_of(claim))
    _fill(row, capture, article, placement)
    row.save()
    _revise(row, last, capture, article)
    _keys(row, signature)
    _join(row.pk, placement)
    models.Outbox.objects.create(topic="index", article=row.pk)
    return row.pk, new


def _row(claim: Claim, capture: Capture, article: Article, decide: Decisions) -> tuple[models.Article, bool]:
    """The article that a page belongs to, and whether it is new: by its canonical URL, else by the id of its link.

    Some sites name one address, such as a section's, as the canonical one of all their pages: strangers that share a
    canonical URL stay apart, each under the URL it was asked for.
    """
    key, canonical = url.canonical(article.canonical or article.url), article.canonical or article.url
    row = models.Article.objects.filter(key=key).first()
    if row is not None and row.pk != claim.article and not decide.same(_first_page(_newest(row)), article):
        key, canonical = url.canonical(article.url), article.url
        row = models.Article.objects.filter(key=key).first()
    row = row or of_claim(claim)
    if row is not None:
        return row, False
    row = models.Article(id=claim.article, key=key, url=article.url, canonical=canonical)
    row.first_captured_at = capture.time
    row.site_id = claim.source or None
    row.announced_title = (claim.link.title if claim.link else "")[:1000]
    return row, True


def _newest(row: models.Article) -> models.Revision | None:
    return row.revisions.order_by("-number").first()


def _revise(row: models.Article, last: models.Revision | None, capture: Capture, first: Article) -> None:
    """A new revision: its first page with the further pages that are known."""
    models.Revision.objects.create(
        article=row,
        number=last.number + 1 if last is not None else 1,
        capture=capture.record_id,
        captured_at=capture.time,
        extractor=__version__,
        content=_joined(row, first),
    )


def _joined(row: models.Article, first: Article) -> dict[str, Any]:
    """The content of a revision: the first page, with the further pages of a multi-page article joined to it."""
    parts = [shape.load(Article, part.content) for part in row.parts.order_by("number")] if first.next_pages else []
    content: dict[str, Any] = shape.dump(join([first, *parts]))
    return content | {FIRST: shape.dump(first)} if parts else content


def _first_page(revision: models.Revision | None) -> Article:
    """What the first page of a revision said, before further pages were joined to it."""
    if revision is None:
        return Article(url="", state=State.EMPTY)
    return shape.load(Article, revision.content.get(FIRST) or revision.content)


def _fill(row: models.Article, capture: Capture, article: Article, placement: Placement) -> None:
    row.title = article.title[:1000] or row.announced_title or article.url
    row.column = article.column[:200]
    row.credited = article.source[:200]
    row.category = placement.category[:80]
    row.lang = article.lang
    row.lead = lead(article.text)
    row.image = next(
        (image.url for image in article.images if image.lead), article.images[0].url if article.images else ""
    )
    _fill_times(row, capture, article.published)
    row.captured_at = row.checked_at = capture.time
    row.gone_at = None
    row.group = placement.group


def _fill_times(row: models.Article, capture: Capture, published: Moment | None) -> None:
    row.sort_at = capture.time
    if published is None:
        row.published = row.published_precision = row.published_origin = ""
        row.published_zone_known = False
        return
    value = published.value if published.value.tzinfo else published.value.replace(tzinfo=UTC)
    row.published = value.isoformat()
    row.published_precision = published.precision
    row.published_zone_known = published.zone_known
    row.published_origin = published.origin
    if published.precision is not Precision.DAY:
        row.sort_at = min(value, capture.time)
    elif value.date() < capture.time.date():
        row.sort_at = datetime(value.year, value.month, value.day, 12, tzinfo=UTC)


def lead(body: str) -> str:
    """The first sentences of a body, at most LEAD characters, cut at the end of a sentence where there is one."""
    flat = " ".join(body.split())
    if len(flat) <= LEAD:
        return flat
    end = 0
    for _, stop in text.sentences(flat[: LEAD * 3]):
        if stop <= LEAD:
            end = stop
    return flat[:end].rstrip() if end >= LEAD // 3 else flat[: LEAD - 1].rstrip() + "…"


def _keys(row: models.Article, signature: Signature) -> None:
    row.keys.all().delete()
    keys = dict.fromkeys(key for key in (signature.exact, *signature.bands) if key)
    models.ArticleKey.objects.bulk_create(models.ArticleKey(article=row, key=key) for key in keys)


def _join(article: str, placement: Placement) -> None:
    if placement.group and placement.joins:
        taken = Q(pk__in=placement.joins) | Q(group__in=placement.joins)
        moved = models.Article.objects.filter(taken).exclude(group=placement.group)
        moved.update(group=placement.group)


def _record_part(claim: Claim, capture: Capture, article: Article) -> str:
    """A further page: it completes the newest revision, or makes one when it says something else than before."""
    row = of_claim(claim)
    last = _newest(row) if row is not None else None
    if row is None or last is None:
        return ""
    known = row.parts.filter(number=claim.part).first()
    before = shape.load(Article, known.content).text if known is not None else None
    models.Part.objects.update_or_create(
        article=row, number=claim.part, defaults={"capture": capture.record_id, "content": shape.dump(article)}
    )
    if before is None:
        last.content = _joined(row, _first_page(last))
        last.save(update_fields=["content"])
    elif before != article.text:
        _revise(row, last, capture, _first_page(last))
        row.captured_at = capture.time
    row.checked_at = capture.time
    row.save(update_fields=["captured_at", "checked_at"])
    models.Outbox.objects.create(topic="index", article=row.pk)
    return row.pk


def join(pages: Sequence[Article]) -> Article:
    """A multi-page article as one: the fields of its first page, the bodies of all in order."""
    first = pages[0]
    return replace(
        first,
        text="\n\n".join(page.text for page in pages if page.text),
        html="".join(page.html for page in pages),
        images=tuple(dict.fromkeys(image for page in pages for image in page.images)),
        requisites=tuple(dict.fromkeys(address for page in pages for address in page.requisites)),
        roles=tuple(dict.fromkeys(role for page in pages for role in page.roles)),
        authors=first.authors or tuple(dict.fromkeys(name for page in pages for name in page.authors)),
    )


def neighbours(signature: Signature, exclude: str, limit: int) -> tuple[Neighbour, ...]:
    """Stored articles that share a key with a signature, those that share most first."""
    keys = [key for key in (signature.exact, *signature.bands) if key]
    if not keys:
        return ()
    shared: dict[str, int] = {}
    for pk in (
        models.ArticleKey.objects.filter(key__in=keys)
        .exclude(article=exclude)
        .values_list("article_id", flat=True)[:2000]
    ):
        shared[pk] = shared.get(pk, 0) + 1
    best = sorted(shared, key=lambda pk: -shared[pk])[:limit]
    rows = models.Article.objects.in_bulk(best)
    newest: dict[str, models.Revision] = {}
    for revision in models.Revision.objects.filter(article__in=best).order_by("number"):
        newest[revision.article_id] = revision
    return tuple(_neighbour(rows[pk], shape.load(Article, newest[pk].content)) for pk in best if pk in newest)


def _neighbour(row: models.Article, article: Article) -> Neighbour:
    return Neighbour(
        id=row.pk,
        group=row.group,
        title=row.title,
        text=article.text,
        source=row.credited,
        published=datetime.fromisoformat(row.published) if row.published else None,
        captured=row.captured_at,
        reprinted_from=article.reprinted_from,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """What the index is told of a shown article."""

    id: str
    title: str
    announced_title: str
    column: str
    text: str
    """"" when the publisher asked not to archive: such an article is findable by its headline alone (law 5)."""
    source: str
    site: str
    category: str
    lang: str
    authors: tuple[str, ...]
    when: datetime
    captured: datetime
    url: str
    canonical: str


def findable(ids: Sequence[str]) -> list[Findable]:
    """The shown articles among `ids`; those that are hidden, or not there, are left out."""
    return [_findable(row) for row in models.Article.objects.filter(pk__in=ids, hidden_at=None).select_related("site")]


def _findable(row: models.Article) -> Findable:
    revision = row.revisions.order_by("-number").first()
    article = shape.load(Article, revision.content) if revision else Article(url=row.url, state=State.EMPTY)
    return Findable(
        id=row.pk,
        title=row.title,
        announced_title=row.announced_title,
        column=row.column,
        text="" if article.policy.noarchive else article.text,
        source=row.credited or (row.site.name if row.site else ""),
        site=row.site_id or "",
        category=row.category,
        lang=row.lang,
        authors=article.authors,
        when=row.sort_at,
        captured=row.first_captured_at,
        url=row.url,
        canonical=row.canonical,
    )
