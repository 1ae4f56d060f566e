"""The stored articles that new ones are held against as possible copies: those that share keys of signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, repeat

from django.db import connection

from tuoben.model import Article, Neighbour, Signature
from tuoben.store import models, runs, sharing
from tuoben.store.database import columns_of, rows_of

MOST_KEYS = 400
"""Keys of an article that are looked up."""
READ, OF_A_GROUP = 4, 2
"""Articles whose texts are compared, of those that share most keys; at most so many of one group, which is joined as a
whole."""
CHUNK = 500
"""Values in one statement: below what SQLite takes."""


def keys_of(signature: Signature | None) -> list[int]:
    """The keys of a signature, each once."""
    if signature is None or signature.exact is None:
        return []
    return list(dict.fromkeys((signature.exact, *signature.passages)))[:MOST_KEYS]


def exact(signature: Signature | None) -> int | None:
    """The key of the whole text."""
    return signature.exact if signature is not None else None


def join_group(joins: Iterable[str], group: str) -> None:
    """Let articles, and the members of groups, enter a reprint group."""
    told = list(joins)
    among = ", ".join(["%s"] * len(told))
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{models.Article._meta.db_table}" SET "group" = %s '
            f'WHERE (id IN ({among}) OR "group" IN ({among})) AND "group" <> %s',
            [group, *told, *told, group],
        )


class Nearby:
    """For the articles of a batch, those that may be copies of them: in the rows, and before them in the batch.

    What the whole batch needs is read at once: the owners of its keys, their groups, and the few texts that are to be
    compared. An article with the very same letters needs no text read, and no other beside it: what the two are copies
    of was found when the first one came. `aside`: an article that is in the rows itself, and none of its own copies.
    """

    def __init__(self, signatures: Iterable[Signature | None], aside: str = "") -> None:
        self._beside: dict[int, list[str]] = {}
        self._new: dict[str, tuple[models.Article, str]] = {}
        told = {keys[0]: keys for signature in signatures if (keys := keys_of(signature))}
        owners = runs.owners(set(chain.from_iterable(told.values())), aside)
        ranked = {exact: sharing.ranked(sharing.shared(keys, owners)) for exact, keys in told.items()}
        held = _held({pk for best in ranked.values() for pk, _ in best}.union(*map(owners.get, told, repeat(()))))
        self._group = {pk: group for pk, (group, _) in held.items()}
        self._members: dict[str, list[str]] = {}
        for pk, group in self._group.items():
            self._members.setdefault(group, []).append(pk)
        same = {key: [pk for pk in owners.get(key, ()) if pk in held and held[pk][1] == key] for key in told}
        chosen = {exact: self._chosen(best) for exact, best in ranked.items() if not same[exact]}
        compared = {pk for best in chosen.values() for pk, _ in best}
        self._texts = _texts(compared)
        self._rows = _rows(compared.union(*same.values()))  # without those that are gone since
        self._same = {exact: [pk for pk in pks if pk in self._rows] for exact, pks in same.items()}
        self._near = {exact: {pk: n for pk, n in best if pk in self._rows} for exact, best in chosen.items()}

    def to(self, article: Article, signature: Signature | None) -> tuple[Neighbour, ...]:
        """The articles that one of the batch is held against, the nearest first."""
        keys = keys_of(signature)
        if not keys:
            return ()
        if same := [*self._same.get(keys[0], ()), *self._beside.get(keys[0], ())]:
            return tuple(self._neighbour(pk, article.text) for pk in same)
        shared = {**self._near.get(keys[0], {})}
        for pk, count in sharing.shared(keys, self._beside).items():
            shared[pk] = shared.get(pk, 0) + count
        return tuple(self._neighbour(pk, self._texts.get(pk, "")) for pk, _ in self._chosen(sharing.ranked(shared)))

    def add(self, row: models.Article, text: str, signature: Signature | None) -> None:
        """An article of the batch that is not in the rows yet: those after it may be its copies."""
        self._new[row.id] = (row, text)
        for key in keys_of(signature):
            self._beside.setdefault(key, []).append(row.id)

    def moved(self, joins: Iterable[str], group: str) -> None:
        """What join_group changed."""
        for told in joins:
            moving = [*self._members.pop(told, ()), *([told] if told in self._group else ())]
            self._group |= dict.fromkeys(moving, group)
            self._members.setdefault(group, []).extend(moving)

    def added(self) -> Iterator[tuple[str, int]]:
        """(article, key) of all that were added."""
        return ((pk, key) for key, owners in self._beside.items() for pk in owners)

    def _chosen(self, ranked: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those whose texts are compared."""
        chosen: list[tuple[str, int]] = []
        groups: Counter[str] = Counter()
        for pk, count in ranked:
            group = self._new[pk][0].group if pk in self._new else self._group.get(pk)
            if group is None:  # it is gone
                continue
            groups[group] += 1
            if not group or groups[group] <= OF_A_GROUP:
                chosen.append((pk, count))
        return chosen[:READ]

    def _neighbour(self, pk: str, text: str) -> Neighbour:
        if pk in self._new:
            row, text = self._new[pk]
            return Neighbour(id=pk, group=row.group, title=row.title, text=text, captured=row.captured_at)
        row = self._rows[pk]
        return Neighbour(id=pk, group=self._group[pk], title=row.title, text=text, captured=row.captured_at)


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    listed = list(ids)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def _held(ids: Collection[str]) -> dict[str, tuple[str, int | None]]:
    """Article → (group, key of its whole text as it is now), of those that are still there."""
    asked = ("id", "group", "exact")
    found = (columns_of(models.Article, asked, "id IN ({})", [part]) for part in _parts(ids))
    return {pk: (group, exact) for pk, group, exact in chain.from_iterable(found)}


def _rows(ids: Collection[str]) -> dict[str, models.Article]:
    """What a copy is told of beside its group and text."""
    found = (rows_of(models.Article, "id IN ({})", [part], skip=_NOT_HELD) for part in _parts(ids))
    return {row.id: row for row in chain.from_iterable(found)}


def _texts(ids: Collection[str]) -> dict[str, str]:
    """What the newest revisions of articles say."""
    newest = "SELECT MAX(number) FROM store_revision AS other WHERE other.article_id = store_revision.article_id"
    found = {}
    for part in _parts(ids):
        condition = f"article_id IN ({{}}) AND number = ({newest})"
        for row in rows_of(models.Revision, condition, [part], skip=_NO_TEXT):
            found[row.article_id] = row.content.get("text", "")
    return found


_NOT_HELD = frozenset(field.name for field in models.Article._meta.concrete_fields) - {"id", "title", "captured_at"}
_NO_TEXT = frozenset(field.name for field in models.Revision._meta.concrete_fields) - {"article", "content"}
