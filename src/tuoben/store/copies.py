"""The keys of signatures in the rows, and the stored articles that new ones are held against as possible copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from django.db import connection

from tuoben.model import Article, Neighbour, Signature
from tuoben.store import models
from tuoben.store.database import columns_of, insert_rows, rows_of

MOST_KEYS = 400
"""Keys of an article that are looked up."""
OWNERS = 32
"""Articles that count of each key, the newest: a standing notice, or the frame of a bulletin, has thousands."""
COMMON = 1 / 3
"""What a key weighs that has so many, beside one that tells its few articles from all others."""
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


def write(owned: Iterable[tuple[str, int]]) -> None:
    """Keep keys: (article, key) of each."""
    insert_rows(models.ArticleKey, ("article_id", "key"), list(owned))


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
        self._owners = _owners(set(chain.from_iterable(told.values())), aside)
        ranked = {exact: _ranked(_shared(keys, self._owners)) for exact, keys in told.items()}
        same = {pk for exact in told for pk in self._owners.get(exact, ())}
        self._groups = _groups({pk for best in ranked.values() for pk, _ in best} | same)
        chosen = {exact: self._chosen(best) for exact, best in ranked.items() if exact not in self._owners}
        self._near = {exact: dict(best) for exact, best in chosen.items()}
        read = {pk for best in chosen.values() for pk, _ in best}
        self._held = _held(read | same)
        self._texts = _texts(read)

    def to(self, article: Article, signature: Signature | None) -> tuple[Neighbour, ...]:
        """The articles that one of the batch is held against, the nearest first."""
        keys = keys_of(signature)
        if not keys:
            return ()
        if same := [*self._owners.get(keys[0], ()), *self._beside.get(keys[0], ())]:
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
        joins = set(joins)
        self._groups |= {pk: group for pk, held in self._groups.items() if pk in joins or held in joins}

    def added(self) -> Iterator[tuple[str, int]]:
        """(article, key) of all that were added."""
        return ((pk, key) for key, owners in self._beside.items() for pk in owners)

    def _group(self, pk: str) -> str:
        return self._new[pk][0].group if pk in self._new else self._groups.get(pk, "")

    def _chosen(self, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
        """Those whose texts are compared."""
        chosen: list[tuple[str, float]] = []
        groups: Counter[str] = Counter()
        for pk, count in ranked:
            group = self._group(pk)
            groups[group] += 1
            if not group or groups[group] <= OF_A_GROUP:
                chosen.append((pk, count))
        return chosen[:READ]

    def _neighbour(self, pk: str, text: str) -> Neighbour:
        if pk in self._new:
            row, body = self._new[pk]
            return Neighbour(id=pk, group=row.group, title=row.title, text=body, captured=row.captured_at)
        row = self._held[pk]
        return Neighbour(id=pk, group=self._groups[pk], title=row.title, text=text, captured=row.captured_at)


def _shared(keys: Sequence[int], owners: Mapping[int, Sequence[str]]) -> dict[str, float]:
    """How much articles share of some keys, those first that share the rarest one."""
    found = sorted((owners[key] for key in keys if key in owners), key=len)
    shared: dict[str, float] = dict(Counter(chain.from_iterable(pks for pks in found if len(pks) < OWNERS)))
    for pk in chain.from_iterable(pks for pks in found if len(pks) >= OWNERS):
        shared[pk] = shared.get(pk, 0) + COMMON
    return shared


def _ranked(shared: Mapping[str, float]) -> list[tuple[str, float]]:
    """Those that share most; none that shares much less than the first."""
    best = sorted(shared.items(), key=lambda item: (item[1], item[0]), reverse=True)[:RANKED]
    return [(pk, count) for pk, count in best if FAINT * count >= best[0][1]]


def _parts(values: Collection[str] | Collection[int]) -> Iterator[list[str] | list[int]]:
    listed = list(values)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))  # type: ignore[misc]


def _owners(keys: Collection[int], aside: str) -> dict[int, list[str]]:
    """Key → the newest articles that have it, but for one. Ids are sorted by time."""
    gather = "string_agg" if connection.vendor == "postgresql" else "group_concat"
    owners = f'SELECT article_id FROM "{models.ArticleKey._meta.db_table}" WHERE "key" = column1'
    owners += f" AND article_id <> %s ORDER BY article_id DESC LIMIT {OWNERS}"
    told: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        for part in _parts(keys):
            wanted = "VALUES " + ", ".join(["(%s)"] * len(part))
            cursor.execute(
                f"SELECT column1, (SELECT {gather}(article_id, ' ') FROM ({owners}) AS one) FROM ({wanted}) AS wanted",
                [aside, *part],
            )
            told.update((key, found.split(" ")) for key, found in cursor.fetchall() if found)
    return told


def _groups(ids: Collection[str]) -> dict[str, str]:
    """The reprint group of each article, "" where it is alone."""
    found: dict[str, str] = {}
    for part in _parts(ids):
        found.update(columns_of(models.Article, ("id", "group"), "id IN ({})", [part]))
    return found


def _held(ids: Collection[str]) -> dict[str, models.Article]:
    """What is known of articles beside their texts and groups."""
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
    "id", "title", "captured_at",
}  # fmt: skip
_NO_TEXT = frozenset(field.name for field in models.Revision._meta.concrete_fields) - {"article", "content"}
