"""Reads of the store: what the faces (web, API, command line) and `find` ask for, as records of the model.

Everything that speaks of articles leaves out what is hidden; what a publisher marked `noarchive` (law 5) keeps its
headline and loses its text and its replay. Lists are ordered newest first and paged by opaque cursors, so a page stays
the same page while new articles come in.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from tuoben import model, shape, source_settings, url
from tuoben.errors import QueryError
from tuoben.store import noarchive, tdmfile, twins
from tuoben.store.articles import lead, withholds
from tuoben.store.models import Article, Capture, Listing, Outbox, Revision, Segment, Source, Status
from tuoben.store.past import DATES
from tuoben.store.replaying import archived as archived
from tuoben.store.replaying import closed, held
from tuoben.store.rows import CardPage, CategoryRow, ColumnRow, ListingRow, Overview, RevisionRow, SiteRow

LARGEST_PAGE = 100
"""Most cards that one page of a list holds, whatever the caller asks for."""


# --- lists ----------------------------------------------------------------------------------------------------------
def cards(ids: Iterable[str]) -> dict[str, model.Card]:
    """The cards of the shown articles among `ids`, by id."""
    rows = _shown().filter(id__in=list(ids)).select_related("site")
    return {card.id: card for card in _cards(rows)}


def latest(
    *,
    category: str | None = None,
    site: str | None = None,
    column: str | None = None,
    before: str = "",
    limit: int = 30,
) -> CardPage:
    """Newest articles first, of one category ("" is 未分类), one source, or one column of it (its key) when given.

    `before` is the `next` of an earlier page. Raises QueryError when it is not one of ours.
    """
    rows = _shown().select_related("site").order_by("-sort_at", "id")
    if category is not None:
        rows = rows.filter(category=category)
    if site is not None:
        rows = rows.filter(site=site)
    if column is not None:
        rows = rows.filter(column_key=column)
    if before:
        at, last = _read_cursor(before)
        rows = rows.filter(Q(sort_at__lt=at) | Q(sort_at=at, id__gt=last), sort_at__lte=at)
    limit = max(1, min(limit, LARGEST_PAGE))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return CardPage(cards=tuple(_cards(found)), next=_cursor(found[-1]) if more else "")


def neighbours_in_category(card: model.Card, limit: int = 8) -> tuple[model.Card, ...]:
    """更多关于…的资讯: the newest other articles of the card's category."""
    rows = _shown().filter(category=card.category).exclude(id=card.id)
    return tuple(_cards(rows.select_related("site").order_by("-sort_at", "id")[: max(1, min(limit, LARGEST_PAGE))]))


def categories() -> tuple[CategoryRow, ...]:
    """All categories with shown articles, the fullest first, 未分类 last."""
    rows = _shown().values("category").annotate(articles=Count("id"), newest=Max("sort_at")).order_by()
    found = [CategoryRow(name=r["category"], articles=r["articles"], newest=r["newest"]) for r in rows]
    return tuple(sorted(found, key=lambda row: (not row.name, -row.articles, row.name)))


def columns(site: str) -> tuple[ColumnRow, ...]:
    """The columns of a source with shown articles, the fullest first, each spelt as in most of them."""
    return _columns(_shown().filter(site=site).exclude(column_key=""))


def column(site: str, key: str) -> ColumnRow | None:
    """One column of a source."""
    return next(iter(_columns(_shown().filter(site=site, column_key=key))), None) if key else None


def _columns(rows: QuerySet[Article]) -> tuple[ColumnRow, ...]:
    counted = rows.values("column_key", "column").annotate(n=Count("id"), at=Max("sort_at")).order_by("-n", "column")
    found: dict[str, ColumnRow] = {}
    for row in counted:
        same = found.get(row["column_key"])
        if same is None:
            found[row["column_key"]] = ColumnRow(row["column"], row["column_key"], row["n"], row["at"])
        else:
            found[same.key] = replace(same, articles=same.articles + row["n"], newest=max(same.newest, row["at"]))
    return tuple(sorted(found.values(), key=lambda one: (-one.articles, one.name)))


def sites() -> tuple[SiteRow, ...]:
    """All sources, with their listings, by name."""
    return tuple(_sites(Source.objects.all()))


def site(id: str) -> SiteRow | None:
    """One source by its slug."""
    return next(iter(_sites(Source.objects.filter(id=id))), None)


# --- one article ----------------------------------------------------------------------------------------------------
def reading(id: str, revision: int | None = None) -> model.Reading | None:
    """All that the reading page of a shown article needs; the newest revision unless another one is asked for.

    Where the publisher asked not to archive, its words are left out (store.noarchive).
    """
    row = _shown().select_related("site").filter(id=id).first()
    if row is None:
        return None
    revisions = Revision.objects.filter(article=row).order_by("-number")
    chosen = revisions.filter(number=revision).first() if revision is not None else revisions.first()
    if chosen is None:
        return None
    capture = archived(chosen.capture)
    if capture is None:
        return None
    article = shape.load(model.Article, chosen.content)
    newest = revisions.first() or chosen
    policy = shape.load(model.Article, newest.content).policy
    withheld = policy.noarchive or article.policy.noarchive
    article = replace(article, policy=tdmfile.policy(policy, article.url))
    article = noarchive.bare(article) if withheld else article
    card = next(iter(_cards([row])))
    card = replace(card, captured=chosen.captured_at, lead=lead(article.text), image="" if withheld else card.image)
    return model.Reading(
        card=card,
        article=article,
        capture=capture,
        first_captured=row.first_captured_at,
        revision=chosen.number,
        revisions=revisions.count(),
        gone_since=row.gone_at,
        gone_why=row.gone_why,
        reprints=_reprints(row),
        held=held([*article.requisites, *(image.url for image in article.images)]),
    )


def articles(ids: Iterable[str]) -> dict[str, model.Article]:
    """The extracted content of the newest revision of the shown articles among `ids`, by id; without its words where
    the publisher said noarchive."""
    rows = _newest_revisions(ids).values_list("article_id", "content")
    found = {id: shape.load(model.Article, content) for id, content in rows}
    return {id: noarchive.bare(one) if one.policy.noarchive else one for id, one in found.items()}


def lessons(ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Id → headline and body of those of the shown articles that a classifier may learn from: not where the publisher
    reserves text and data mining, or asked not to archive."""
    found = {}
    for pk, article in articles(ids).items():
        policy = tdmfile.policy(article.policy, article.url)
        if not (policy.tdm_reserved or policy.noarchive):
            found[pk] = (article.title, article.text)
    return found


def first_captured(ids: Iterable[str]) -> dict[str, datetime]:
    """When the archive first held each of the shown articles among `ids`."""
    return dict(_shown().filter(id__in=list(ids)).values_list("id", "first_captured_at"))


def texts(ids: Iterable[str]) -> dict[str, str]:
    """Title-less body text of the shown articles among `ids`, by id; "" where the publisher said noarchive."""
    rows = _newest_revisions(ids).values_list("article_id", "content")
    return {id: "" if withholds(content) else content.get("text", "") for id, content in rows}


def leaving() -> list[str]:
    """Hidden articles that the index may still hold: it has not been told yet."""
    told = Outbox.objects.filter(topic="index").values("article")
    return list(Article.objects.filter(hidden_at__isnull=False, id__in=told).values_list("id", flat=True))


def states(numbers: Mapping[str, int]) -> dict[str, tuple[model.Card, str]]:
    """The shown articles among the ids as one revision of each has them: the card of then, and the text.

    What the publisher allows today holds for every revision.
    """
    wanted = Q()
    for id, number in numbers.items():
        wanted |= Q(article=id, number=number)
    rows = Revision.objects.filter(wanted, article__hidden_at__isnull=True) if numbers else ()
    now = cards(numbers)
    withheld = closed(numbers)
    found = {}
    for row in rows:
        article = shape.load(model.Article, row.content)
        text = "" if row.article_id in withheld or article.policy.noarchive else article.text
        card = now[row.article_id]
        found[row.article_id] = (
            replace(
                card, title=article.title or card.title, column=article.column, source=article.source or card.site_name,
                captured=row.captured_at, lead=lead(text),
            ),
            text,
        )  # fmt: skip
    return found


def revisions(id: str) -> tuple[RevisionRow, ...]:
    """The revisions of a shown article, the newest first."""
    rows = Revision.objects.filter(article=id, article__hidden_at__isnull=True).order_by("-number")
    return tuple(
        RevisionRow(
            number=row.number,
            captured=row.captured_at,
            record_id=row.capture,
            title=row.content.get("title", ""),
            extractor=row.extractor,
        )
        for row in rows
    )


def hidden(id: str) -> bool:
    """Whether there is such an article and it is not shown."""
    return Article.objects.filter(id=id, hidden_at__isnull=False).exists()


def find(address: str) -> str:
    """The id of the shown article with this URL (as announced, fetched or canonical), "" when there is none."""
    key = url.key(address)
    found = _shown().filter(key=key).values_list("id", flat=True).first()
    return found or _shown().filter(addresses__key=key).values_list("id", flat=True).first() or ""


def moved(id: str) -> str:
    """The id of the article that an earlier article turned out to be the same work as, "" when it did not."""
    found = twins.resolve(id)
    return found if found != id else ""


def newest_of_host(host: str, limit: int) -> tuple[str, ...]:
    """Ids of the newest shown articles at a host and those below it."""
    at = f"^https?://([^/]*\\.)?{re.escape(host)}[:/]"
    return tuple(_shown().filter(url__iregex=at).order_by("-sort_at").values_list("id", flat=True)[:limit])


# --- the whole ------------------------------------------------------------------------------------------------------
def overview() -> Overview:
    """Counts of the archive and what the worker last said of itself."""
    says = {row.name: row for row in Status.objects.all()}
    worker = says.get("worker")
    return Overview(
        articles=_shown().count(),
        captures=Capture.objects.count(),
        sources=Source.objects.count(),
        newest=_shown().aggregate(newest=Max("captured_at"))["newest"],
        worker={**worker.value, "at": worker.at} if worker else None,
        paused=paused(),
    )


def paused() -> str:
    """The sentence that says why collecting is paused, "" while it is not."""
    row = Status.objects.filter(name="pause").first()
    return str(row.value.get("why", "")) if row else ""


def ready() -> None:
    """Returns when the rows can be read; raises what the database says otherwise."""
    Segment.objects.exists()


def changed_at(*, category: str | None = None, site: str | None = None, column: str | None = None) -> datetime | None:
    """When a list (of all, a category, a source, a column) last changed, by a snapshot or by hiding: for conditional
    requests."""
    rows = _shown()
    if category is not None:
        rows = rows.filter(category=category)
    if site is not None:
        rows = rows.filter(site=site)
    if column is not None:
        rows = rows.filter(column_key=column)
    times = (
        rows.aggregate(newest=Max("captured_at"))["newest"],
        Article.objects.aggregate(newest=Max("hidden_at"))["newest"],
    )
    return max((time for time in times if time), default=None)


# --- inside ---------------------------------------------------------------------------------------------------------
def _shown() -> QuerySet[Article]:
    return Article.objects.filter(hidden_at__isnull=True)


def _newest_revisions(ids: Iterable[str]) -> QuerySet[Revision]:
    newest = Revision.objects.filter(article=OuterRef("article")).order_by("-number").values("number")[:1]
    return Revision.objects.filter(article__in=list(ids), article__hidden_at__isnull=True, number=Subquery(newest))


def _cards(rows: Iterable[Article]) -> list[model.Card]:
    rows = list(rows)
    groups = {row.group for row in rows if row.group}
    counted = _shown().filter(group__in=groups).values("group").annotate(n=Count("id")).order_by() if groups else ()
    copies = {row["group"]: row["n"] for row in counted}
    pictures = held([row.image for row in rows if row.image])
    withheld = closed(row.id for row in rows)
    return [_card(row, copies.get(row.group, 1) - 1, row.image in pictures, row.id in withheld) for row in rows]


def _card(row: Article, copies: int, pictured: bool, closed: bool) -> model.Card:
    name = row.site.name if row.site else ""
    return model.Card(
        id=row.id,
        url=row.url,
        canonical=row.canonical,
        title=row.title,
        column=row.column,
        source=row.credited or name,
        site=row.site_id or "",
        site_name=name,
        category=row.category,
        category_origin=row.category_origin,
        category_sure=row.category_sure,
        published=_moment(row),
        captured=row.captured_at,
        lang=row.lang,
        lead="" if closed else row.lead,
        image=row.image if pictured and not closed else "",
        copies=copies,
        group=row.group,
    )


def _moment(row: Article) -> model.Moment | None:
    if not row.published:
        return None
    return model.Moment(
        value=datetime.fromisoformat(row.published),
        precision=model.Precision(row.published_precision or model.Precision.SECOND.value),
        zone_known=row.published_zone_known,
        origin=row.published_origin,
    )


def _reprints(row: Article) -> tuple[model.Card, ...]:
    if not row.group:
        return ()
    rows = _shown().filter(group=row.group).exclude(id=row.id).select_related("site").order_by("sort_at", "id")
    return tuple(_cards(rows[:LARGEST_PAGE]))


def _sites(rows: QuerySet[Source]) -> list[SiteRow]:
    shown = Q(articles__hidden_at__isnull=True)
    counted = rows.annotate(
        shown=Count("articles", filter=shown), newest=Max("articles__captured_at", filter=shown)
    ).order_by("name", "id")
    counted = counted.prefetch_related("listings")
    return [
        SiteRow(
            id=row.id,
            name=row.name,
            url=row.url,
            category=row.category,
            state=row.state,
            why=row.why,
            articles=row.shown,
            newest=row.newest,
            listings=tuple(_listing(listing) for listing in row.listings.all() if listing.kind != DATES),
            settings=source_settings.load(row.settings),
        )
        for row in counted
    ]


def _listing(row: Listing) -> ListingRow:
    return ListingRow(kind=row.kind, url=row.url, checked_at=row.checked_at, status=row.status, error=row.error)


def _cursor(row: Article) -> str:
    return base64.urlsafe_b64encode(f"{row.sort_at.isoformat()} {row.id}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        at, _, last = base64.urlsafe_b64decode(text[:200] + "=" * (-len(text[:200]) % 4)).decode().partition(" ")
        time = datetime.fromisoformat(at)
    except (ValueError, binascii.Error) as error:
        raise QueryError("The page asked for is not one of this list; start from its first page.") from error
    if time.tzinfo is None:
        raise QueryError("The page asked for is not one of this list; start from its first page.")
    return time, last
