"""Reads for replay: which captures of an address may be shown, and which links lead to one.

They are asked with every replayed page and part of a page, so they are put in SQL (`database.column_of`): to compile a
query set costs more than to answer it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tuoben import model, url
from tuoben.store import noarchive
from tuoben.store.articles import withholds
from tuoben.store.database import column_of, columns_of, rows_of
from tuoben.store.fields import clean
from tuoben.store.models import Article, Capture, Requisite, Revision
from tuoben.store.repository import capture_record

SHOWN_KINDS = (model.Kind.PAGE.value, model.Kind.REQUISITE.value)
"""Kinds of captures that replay may show. Listings are not among them: a feed may hold the text of a hidden article."""

_WITNESSES = 50
"""How many articles that use one image are asked whether they may be shown, before the answer is no."""
_AT_ONCE = 500
"""Keys of one question."""


def archived(record_id: str) -> model.Capture | None:
    """The capture with this WARC record id, of whatever kind, hidden or not: for verifying, and to resolve revisits."""
    row = next(iter(rows_of(Capture, "record_id = %s", [clean(record_id)])), None)
    return capture_record(row) if row else None


def captures_of(address: str, kinds: Sequence[str] = SHOWN_KINDS) -> tuple[model.Capture, ...]:
    """The captures that replay may show for a URL (by its canonical form), oldest first: none of an article that is
    hidden, or of a time when its publisher said noarchive, and none at all where it says so now."""
    key = clean(url.key(address))
    rows = rows_of(Capture, "key = %s AND kind IN ({}) ORDER BY time, id", [key, list(kinds)])
    if not rows:
        return ()
    owners = dict(columns_of(Article, ("id", "hidden_at"), "key = %s", [key]))
    others = sorted({row.article for row in rows if row.article} - owners.keys())
    withheld = {article for article, at in owners.items() if at is not None}
    if others:
        withheld |= set(column_of(Article, "id", "id IN ({}) AND hidden_at IS NOT NULL", [others]))
    spans = noarchive.spans([*owners, *others])
    withheld |= {article for article, times in spans.items() if times[-1][1] is None}
    pages = withheld.isdisjoint(owners)
    requisites = pages and any(row.kind == model.Kind.REQUISITE.value for row in rows) and _requisite_shown(key)

    def shown(row: Capture) -> bool:
        if row.kind == model.Kind.REQUISITE.value:
            return requisites
        kept_back = any(noarchive.kept_back(spans, article, row.time) for article in spans)
        return pages and row.article not in withheld and not kept_back

    return tuple(capture_record(row) for row in rows if shown(row))


def picture_of(capture: model.Capture) -> model.Capture | None:
    """The picture that a browser showed when it made this of a page; None when there is none."""
    rows = Capture.objects.filter(key=clean(url.key(capture.url)), kind=model.Kind.SCREENSHOT.value, time=capture.time)
    row = rows.first() if capture.kind is model.Kind.RENDERED else None
    return capture_record(row) if row is not None else None


def document_of(capture: model.Capture) -> model.Capture | None:
    """The document that a browser had loaded when it made this of a page, as its server sent it."""
    rows = Capture.objects.filter(key=clean(url.key(capture.url)), kind=model.Kind.PAGE.value, time__lte=capture.time)
    row = rows.filter(status=200).order_by("-time").first() if capture.kind is model.Kind.RENDERED else None
    return capture_record(row) if row is not None else None


def addresses_below(address: str, limit: int) -> tuple[str, ...]:
    """The captured URLs whose canonical form begins with that of `address`, sorted."""
    rows = Capture.objects.filter(key__startswith=url.key(address), kind__in=SHOWN_KINDS)
    return tuple(rows.order_by("key").values_list("key", flat=True).distinct()[:limit])


def nearest(captures: Sequence[model.Capture], time: datetime | None) -> model.Capture | None:
    """The capture of an address to replay: the one nearest to `time` (the newest without one), answers before errors.

    A 304 or a revisit is returned as it lies; the reader of the segments resolves it.
    """
    best = [capture for capture in captures if capture.status < 400] or captures
    if not best:
        return None
    if time is None:
        return best[-1]
    return min(best, key=lambda capture: abs((capture.time - time).total_seconds()))


def replayable(keys: Iterable[str]) -> frozenset[str]:
    """Those of the canonical URLs (`url.key`) that lead to a page which replay has; links to others leave the archive.

    What is hidden is left out; what is marked `noarchive` has its own answer when it is asked for.
    """
    found = _answered(keys, model.Kind.PAGE)
    if found:
        found.difference_update(column_of(Article, "key", "hidden_at IS NOT NULL AND key IN ({})", [sorted(found)]))
    return frozenset(found)


def held(addresses: Iterable[str]) -> frozenset[str]:
    """Those of the URLs of images, styles and fonts that the archive has a good answer for, as given."""
    keys = {address: url.key(address) for address in addresses}
    found = _answered(keys.values(), model.Kind.REQUISITE)
    return frozenset(address for address, key in keys.items() if key in found)


def closed(ids: Iterable[str]) -> set[str]:
    """Those of the articles whose newest revision says noarchive."""
    wanted = list(ids)
    if not wanted:
        return set()
    table = Revision._meta.db_table
    newest = f"number = (SELECT MAX(number) FROM {table} newer WHERE newer.article_id = {table}.article_id)"
    rows = rows_of(Revision, f"article_id IN ({{}}) AND {newest} AND withheld IS NOT FALSE", [wanted])
    return {row.article_id for row in rows if withholds(row.content)}


def _answered(keys: Iterable[str], kind: model.Kind) -> set[str]:
    """Those of the keys of which there is a capture of a kind that is no error."""
    wanted, found = sorted(set(map(clean, keys))), set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found |= set(column_of(Capture, "key", "key IN ({}) AND kind = %s AND status < 400", [some, kind.value]))
    return found


def _withheld(ids: Iterable[str]) -> set[str]:
    """Those of the articles that must not be replayed: hidden, or noarchive by their newest revision."""
    wanted = list(ids)
    if not wanted:
        return set()
    return closed(wanted) | set(column_of(Article, "id", "id IN ({}) AND hidden_at IS NOT NULL", [wanted]))


def _requisite_shown(key: str) -> bool:
    """A requisite is shown when an article that may be replayed uses it, or when no article is known to use it."""
    users = Requisite.objects.filter(key=key)
    shown = list(users.filter(article__hidden_at__isnull=True).values_list("article_id", flat=True)[:_WITNESSES])
    if not shown:
        return not users.exists()
    return bool(set(shown) - _withheld(shown))
