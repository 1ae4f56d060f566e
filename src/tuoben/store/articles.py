"""How a read page becomes an article row, a revision, its keys and its place among copies, within the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db.models import Q

from tuoben import __version__, shape, text, url
from tuoben.model import Article, Capture, Claim, Hints, Moment, Neighbour, Placement, Precision, Signature, State
from tuoben.store import models

Place = Callable[[Article, str, Sequence[Neighbour], Hints], Placement]
Changed = Callable[[Article, Article], bool]
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
    claim: Claim, capture: Capture, article: Article, signature: Signature, place: Place, changed: Changed
) -> tuple[str, bool]:
    """Store what a page said; (id of the article, whether it is new). One canonical URL is one article."""
    if claim.part > 1:
        return _record_part(claim, capture, article), False
    key = url.canonical(article.canonical or article.url)
    row = models.Article.objects.filter(key=key).first() or of_claim(claim)
    new = row is None
    if row is None:
        row = models.Article(id=claim.article, key=key, url=article.url, canonical=article.canonical or article.url)
        row.first_captured_at = capture.time
        row.site_id = claim.source or None
        row.announced_title = (claim.link.title if claim.link else "")[:1000]
    last = None if new else row.revisions.order_by("-number").first()
    if last is not None and not changed(_first_page(last), article):
        row.checked_at, row.gone_at = capture.time, None
        row.save(update_fields=["checked_at", "gone_at"])
        return row.pk, False
    neighbours_found = neighbours(signature, row.pk, 40)
    placement = place(article, row.pk, neighbours_found, hints_of(claim))
    _fill(row, capture, article, placement)
    row.save()
    number = last.number + 1 if last is not None else 1
    models.Revision.objects.create(
        article=row,
        number=number,
        capture=capture.record_id,
        captured_at=capture.time,
        extractor=__version__,
        content=shape.dump(article),
    )
    _keys(row, signature)
    _join(row.pk, placement)
    models.Outbox.objects.create(topic="index", article=row.pk)
    return row.pk, new


def _first_page(revision: models.Revision) -> Article:
    """What the first page of a revision said, before further pages were joined to it."""
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
    row = of_claim(claim)
    if row is None:
        return ""
    models.Part.objects.update_or_create(
        article=row, number=claim.part, defaults={"capture": capture.record_id, "content": shape.dump(article)}
    )
    revision = row.revisions.order_by("-number").first()
    if revision is not None:
        first = _first_page(revision)
        whole = join([first, *(shape.load(Article, part.content) for part in row.parts.order_by("number"))])
        revision.content = shape.dump(whole) | {FIRST: shape.dump(first)}
        revision.save(update_fields=["content"])
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
    found = []
    for row in models.Article.objects.filter(pk__in=best):
        revision = row.revisions.order_by("-number").first()
        if revision is not None:
            found.append(_neighbour(row, shape.load(Article, revision.content)))
    return tuple(found)


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
