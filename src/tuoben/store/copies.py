"""The stored articles that new ones are held against as possible copies: those that share keys of signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat

from django.db import connection

from tuoben.model import Article, Neighbour, Signature
from tuoben.store import models, pairs, runs
from tuoben.store.database import rows_of

MOST_KEYS = 400
"""Keys of an article that are looked up."""
COMMON = 1 / 3
"""What a key weighs that has as many owners as are told of, beside one that tells its few articles from all others."""
RANKED, READ, OF_A_GROUP, FAINT = 16, 4, 2, 3
"""Articles that share most keys, those of them whose texts are compared, at most so many of one group, which is joined
as a whole; and none that shares less than a third of what the nearest one does."""
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
        ranked = {exact: _ranked(_shared(keys, owners)) for exact, keys in told.items()}
        self._rows = _rows({pk for best in ranked.values() for pk, _ in best}.union(*map(owners.get, told, repeat(()))))
        self._groups: dict[str, list[models.Article]] = {}
        for row in self._rows.values():
            self._groups.setdefault(row.group, []).append(row)
        self._same = {exact: self._with(exact, owners.get(exact, ())) for exact in told}
        chosen = {exact: self._chosen(best) for exact, best in ranked.items() if not self._same[exact]}
        self._near = {exact: dict(best) for exact, best in chosen.items()}
        self._texts = _texts({pk for best in chosen.values() for pk, _ in best})

    def to(self, article: Article, signature: Signature | None) -> tuple[Neighbour, ...]:
        """The articles that one of the batch is held against, the nearest first."""
        keys = keys_of(signature)
        if not keys:
            return ()
        if same := [*self._same.get(keys[0], ()), *self._beside.get(keys[0], ())]:
            return tuple(self._neighbour(pk, article.text) for pk in same)
        shared = {**self._near.get(keys[0], {})}
        for pk, count in _shared(keys, self._beside).items():
            shared[pk] = shared.get(pk, 0) + count
        return tuple(self._neighbour(pk, self._texts.get(pk, "")) for pk, _ in self._chosen(_ranked(shared)))

    def add(self, row: models.Article, text: str, signature: Signature | None) -> None:
        """An article of the batch that is not in the rows yet: those after it may be its copies."""
        self._new[row.id] = (row, text)
        for key in keys_of(signature):
            self._beside.setdefault(key, []).append(row.id)

    def moved(self, joins: Iterable[str], group: str) -> None:
        """What join_group changed."""
        for told in joins:
            for row in (self._rows.get(told), *self._groups.pop(told, ())):
                if row is not None:
                    row.group = group
                    self._groups.setdefault(group, []).append(row)

    def added(self) -> Iterator[tuple[str, int]]:
        """(article, key) of all that were added."""
        return ((pk, key) for key, owners in self._beside.items() for pk in owners)

    def _with(self, exact: int, owners: Iterable[str]) -> list[str]:
        """Those of the owners of an exact key whose text is still the one that it was made of."""
        return [pk for pk in owners if pk in self._rows and self._rows[pk].exact == exact]

    def _chosen(self, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
        """Those whose texts are compared."""
        chosen: list[tuple[str, float]] = []
        groups: Counter[str] = Counter()
        for pk, count in ranked:
            row = self._new[pk][0] if pk in self._new else self._rows.get(pk)
            if row is None:  # it is gone
                continue
            groups[row.group] += 1
            if not row.group or groups[row.group] <= OF_A_GROUP:
                chosen.append((pk, count))
        return chosen[:READ]

    def _neighbour(self, pk: str, text: str) -> Neighbour:
        row, text = self._new[pk] if pk in self._new else (self._rows[pk], text)
        return Neighbour(id=pk, group=row.group, title=row.title, text=text, captured=row.captured_at)


def _shared(keys: Sequence[int], owners: Mapping[int, Sequence[str]]) -> dict[str, float]:
    """How much articles share of some keys, those first that share the rarest one."""
    found = sorted((owners[key] for key in keys if key in owners), key=len)
    shared: dict[str, float] = dict(Counter(chain.from_iterable(pks for pks in found if len(pks) < pairs.OWNERS)))
    for pk in chain.from_iterable(pks for pks in found if len(pks) >= pairs.OWNERS):
        shared[pk] = shared.get(pk, 0) + COMMON
    return shared


def _ranked(shared: Mapping[str, float]) -> list[tuple[str, float]]:
    """Those that share most; none that shares much less than the first."""
    best = sorted(shared.items(), key=lambda item: (item[1], item[0]), reverse=True)[:RANKED]
    return [(pk, count) for pk, count in best if FAINT * count >= best[0][1]]


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    listed = list(ids)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def _rows(ids: Collection[str]) -> dict[str, models.Article]:
    """What is known of articles beside their texts; of those alone that are still there."""
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


_NOT_HELD = frozenset(field.name for field in models.Article._meta.concrete_fields) - {
    "id", "title", "captured_at", "group", "exact",
}  # fmt: skip
_NO_TEXT = frozenset(field.name for field in models.Revision._meta.concrete_fields) - {"article", "content"}
