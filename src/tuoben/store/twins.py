"""One work at several addresses: its AMP, mobile and print forms, addresses with another host, and what it is called.

What links the addresses is what pages say of themselves (rel=canonical, amphtml, alternate); the shape of an address is
a hint. Either must be confirmed by the pages' content (`same`). The work keeps the id of its first capture whatever
comes later; one of its addresses, the plainest, is its home, and only the home makes revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from tuoben import url
from tuoben.model import Article, CategoryOrigin, Claim
from tuoben.store import models
from tuoben.store.database import column_of, insert_all, new, rows_of

MOST_CANDIDATES = 12
SHOWN = (
    "url", "canonical", "key", "title", "column", "credited", "category", "lang", "lead", "image", "published",
    "published_precision", "published_zone_known", "published_origin", "sort_at", "captured_at", "column_key",
    "section", "category_told", "told_origin", "category_origin", "category_sure", "category_model",
)  # fmt: skip
"""Columns of an article that go with its newest revision."""


@dataclass(frozen=True, slots=True)
class Found:
    """The stored articles that are the work of a page, the oldest first, and the canonical URL that is believed."""

    rows: tuple[models.Article, ...]
    canonical: str


def resolve(article: str) -> str:
    """The id under which an article is stored: its own, or that of the work it turned out to be a twin of."""
    return models.Alias.objects.filter(pk=article).values_list("article_id", flat=True).first() or article


def at(key: str) -> str:
    """The id of the article that has an address (a canonical key), "" when there is none."""
    return models.Address.objects.filter(key=key).values_list("article_id", flat=True).first() or ""


def look_up(article: Article, mine: models.Article | None, same: Callable[[models.Article], bool]) -> Found:
    """Which stored articles a page is: `mine`, the one its link was claimed for, and all that it is a twin of.

    Where a stranger has the canonical URL that the page names, the page is not believed: some sites name one address,
    such as a section's, on all their pages.
    """
    told = article.canonical or article.url
    named, own = url.key(told), url.key(article.url)
    keys = dict.fromkeys([named, own, *map(url.key, article.twins)])
    rows: list[models.Article] = [mine] if mine is not None else []
    canonical = told
    for row in _candidates(keys, url.fold(article.url)):
        if mine is not None and row.pk == mine.pk:
            continue
        if same(row):
            rows.append(row)
        elif named != own and _claims(row, named):
            canonical = article.url
    rows.sort(key=lambda row: (row.first_captured_at, row.pk))
    return Found(tuple(rows), canonical)


def _candidates(keys: Iterable[str], fold: str) -> list[models.Article]:
    wanted = list(keys)
    known = models.Address.objects.filter(Q(key__in=wanted) | Q(fold=fold)).values_list("article_id", flat=True)
    ids = set(known[: MOST_CANDIDATES * 4])
    rows = models.Article.objects.filter(Q(key__in=wanted) | Q(pk__in=ids))
    return sorted(rows, key=lambda row: row.key not in wanted)[:MOST_CANDIDATES]


def _claims(row: models.Article, key: str) -> bool:
    return row.key == key or models.Address.objects.filter(key=key, article=row).exists()


def rank(article: Article) -> int:
    """How plain the address of a page is: 0 its own canonical one, 1 one in another dress, 2 it names another one."""
    if article.canonical and url.key(article.canonical) != url.key(article.url):
        return 2
    return 1 if url.dressed(article.url) else 0


def is_lesser(article: Article, home: Article, row: models.Article, claim: Claim) -> bool:
    """Whether a page is only another form of an article that has a better, or an equally good, home.

    Not when the home is gone, or redirects to the page: then the article has moved there.
    """
    mine, its = url.key(article.url), url.key(home.url)
    if mine == its or row.gone_at is not None or its in map(url.key, claim.via):
        return False
    return rank(article) >= rank(home)


def is_home(row: models.Article, claim: Claim) -> bool:
    """Whether a claim asks for the address at which an article lives."""
    home = url.key(row.url)
    return claim.part <= 1 and home in map(url.key, (claim.url, *claim.via))


def move(row: models.Article, article: Article, canonical: str) -> None:
    """Let a page be the home of its article from now on; further pages of the old home are no longer its."""
    row.url, row.canonical = article.url, canonical
    row.key = _free_key(row, canonical, article.url)
    row.parts.all().delete()
    waiting = models.Item.objects.filter(article=row.pk, part__gt=1, state=models.Item.State.QUEUED)
    waiting.update(state=models.Item.State.DONE, error="The article is read at another address now.")
    row.save(update_fields=["url", "canonical", "key"])


def _free_key(row: models.Article, *addresses: str) -> str:
    """The first of the addresses' keys that no other article has; the one the row has when all are taken."""
    for key in map(url.key, addresses):
        if not models.Article.objects.filter(key=key).exclude(pk=row.pk).exists():
            return key
    return row.key


def identity(article: Article, canonical: str, fallback: str) -> tuple[str, str]:
    """(key, canonical URL) of a new article.

    An article that has the page's own address as its canonical URL, wrongly, since it says something else, gives it up.
    `fallback` makes the key when that address is another's home.
    """
    own, fallback = url.key(article.url), f"{url.key(article.url)}#{fallback}"
    for address in (canonical, article.url):
        key = url.key(address)
        holder = models.Article.objects.filter(key=key).first()
        if holder is not None and key == own:
            holder.key = _free_key(holder, holder.url) if url.key(holder.url) != own else holder.key
            if holder.key != own:
                holder.canonical = holder.url
                holder.save(update_fields=["key", "canonical"])
                models.Address.objects.filter(key=own).delete()
                holder = None
        if holder is None:
            return key, address
    return fallback, article.url


def know(row: models.Article, article: Article) -> None:
    """Remember under which addresses an article's page was read, and which it names."""
    know_all([(row, article)])


def know_all(pages: Iterable[tuple[models.Article, Article]]) -> None:
    """The same for many articles; an address that another article has stays its."""
    wanted: dict[str, tuple[str, str]] = {}
    for row, article in pages:
        for address in (article.url, article.canonical or article.url, *article.twins):
            wanted.setdefault(url.key(address), (address, row.pk))
    known: set[str] = set()
    for some in _some(list(wanted)):
        known.update(column_of(models.Address, "key", "key IN ({})", [some]))
        holders = rows_of(models.Article, "key IN ({})", [some], NO_KEY) if some else []
        known.update(one.key for one in holders if wanted[one.key][1] != one.pk)
    rows = [
        new(models.Address, key=key, fold=url.fold(address), article_id=pk)
        for key, (address, pk) in wanted.items()
        if key not in known
    ]
    insert_all(rows, unless_there=True)


NO_KEY = frozenset(field.name for field in models.Article._meta.concrete_fields) - {"id", "key"}
"""All fields of an article but its id and its key."""


def _some(values: list[str]) -> Iterator[list[str]]:
    """As many at once as one query can name."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]


def merge(first: models.Article, other: models.Article) -> None:
    """Let two articles that turned out to be one work be one, under the id of `first`; all that was captured stays."""
    later = other.captured_at > first.captured_at
    shown = {name: getattr(other, name) for name in SHOWN} if later else {}
    _merge_revisions(first, other)
    models.Capture.objects.filter(article=other.pk).update(article=first.pk)
    models.Item.objects.filter(article=other.pk).update(article=first.pk)
    needed = set(first.requisites.values_list("url", flat=True))
    other.requisites.exclude(url__in=needed).update(article=first)
    if not first.parts.exists():
        other.parts.update(article=first)
    other.addresses.update(article=first)
    other.aliases.update(article=first)
    models.OlderReading.objects.filter(article=other.pk).update(article=first.pk)
    corrected = models.Correction.objects.filter(pk=first.pk).first()
    if corrected is None and (corrected := models.Correction.objects.filter(pk=other.pk).first()):
        models.Correction.objects.filter(pk=other.pk).update(article=first.pk)
    first.hidden_at, first.hidden_reason = (
        (first.hidden_at, first.hidden_reason) if first.hidden_at else (other.hidden_at, other.hidden_reason)
    )
    first.group = first.group or other.group
    first.first_captured_at = min(first.first_captured_at, other.first_captured_at)
    gone = other.pk
    other.delete()
    for name, value in shown.items():
        setattr(first, name, value)
    if corrected is not None:
        first.category, first.category_origin = corrected.category, CategoryOrigin.DESK
    first.save()
    models.Alias.objects.create(id=gone, article=first)
    models.Outbox.objects.bulk_create(models.Outbox(topic="index", article=pk) for pk in (gone, first.pk))


def _merge_revisions(first: models.Article, other: models.Article) -> None:
    """The revisions of both in the order of time."""
    rows = sorted([*first.revisions.all(), *other.revisions.all()], key=lambda one: (one.captured_at, one.pk))
    for number, revision in enumerate(rows, start=1):
        revision.article, revision.number = first, -number  # two never have the same number on the way
        revision.save(update_fields=["article", "number"])
    for revision in rows:
        revision.number = -revision.number
        revision.save(update_fields=["number"])
