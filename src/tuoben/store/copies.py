"""The keys of signatures in the rows, and the stored articles that new ones are held against as possible copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.db import connection

from tuoben.model import Article, Neighbour, Signature
from tuoben.store import models
from tuoben.store.database import insert_rows, rows_of

MOST_KEYS = 400
"""Keys of an article that are looked up."""
OWNERS = 40
"""Articles that count of each key, the newest: a standing notice, or the frame of a bulletin, has thousands."""
COMMON = 1 / 3
"""What a key weighs that has so many, beside one that tells its few articles from all others."""
RANKED, READ, OF_A_GROUP, FAINT = 24, 4, 2, 3
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


class _Held(NamedTuple):
    """What is known of a stored article before its text is read."""

    group: str
    title: str
    captured: datetime


class Nearby:
    """For the articles of a batch, those that may be copies of them: in the rows, and before them in the batch.

    What the whole batch needs is read at once: the owners of its keys, their groups, and the few texts that are to be
    compared. An article with the very same letters needs no text read, and no other beside it: what the two are copies
    of was found when the first one came.
    """

    def __init__(self, signatures: Iterable[Signature | None]) -> None:
        self._beside: dict[int, list[str]] = {}
        self._new: dict[str, tuple[models.Article, str]] = {}
        self._texts: dict[str, str] = {}
        told = [keys for signature in signatures if (keys := keys_of(signature))]
        self._owners = _owners(set(chain.from_iterable(told)))
        ranked = [_ranked(self._shared(keys, self._owners)) for keys in told]
        self._held = _held({pk for best in ranked for pk, _ in best})
        wanted: set[str] = set()
        for keys, best in zip(told, ranked, strict=True):
            if keys[0] not in self._owners:
                wanted.update(self._chosen(best))
        self._texts = _texts(wanted)

    def to(self, article: Article, signature: Signature | None, id: str) -> tuple[Neighbour, ...]:
        """The articles that one of the batch is held against, the nearest first. `id`: its own, never among them."""
        keys = keys_of(signature)
        if not keys:
            return ()
        same = [pk for found in (self._owners, self._beside) for pk in found.get(keys[0], ()) if pk != id]
        if same:
            return tuple(self._neighbour(pk, article.text) for pk in same[:RANKED] if self._known(pk))
        shared = self._shared(keys, self._owners)
        shared = {pk: count for pk, count in shared.items() if pk in self._texts}
        for pk, count in self._shared(keys, self._beside).items():
            shared[pk] = shared.get(pk, 0) + count
        shared.pop(id, None)
        return tuple(self._neighbour(pk) for pk in self._chosen(_ranked(shared)))

    def add(self, row: models.Article, text: str, signature: Signature | None) -> None:
        """An article of the batch that is not in the rows yet: those after it may be its copies."""
        self._new[row.id] = (row, text)
        for key in keys_of(signature):
            self._beside.setdefault(key, []).append(row.id)

    def moved(self, joins: Iterable[str], group: str) -> None:
        """What join_group changed."""
        joins = set(joins)
        for pk, held in self._held.items():
            if pk in joins or held.group in joins:
                self._held[pk] = held._replace(group=group)

    def added(self) -> Iterator[tuple[str, int]]:
        """(article, key) of all that were added."""
        return ((pk, key) for key, owners in self._beside.items() for pk in owners)

    def _shared(self, keys: Sequence[int], owners: Mapping[int, Sequence[str]]) -> dict[str, float]:
        """How much articles share of some keys, those first that share the rarest one."""
        found = sorted((owners[key] for key in keys if key in owners), key=len)
        shared: dict[str, float] = dict(Counter(chain.from_iterable(pks for pks in found if len(pks) < OWNERS)))
        for pk in chain.from_iterable(pks for pks in found if len(pks) >= OWNERS):
            shared[pk] = shared.get(pk, 0) + COMMON
        return shared

    def _known(self, pk: str) -> bool:
        return pk in self._new or pk in self._held

    def _group(self, pk: str) -> str:
        return self._new[pk][0].group if pk in self._new else self._held[pk].group

    def _chosen(self, ranked: Sequence[tuple[str, float]]) -> list[str]:
        """Those whose texts are compared."""
        chosen: list[str] = []
        groups: Counter[str] = Counter()
        for pk, count in ranked:
            if len(chosen) == READ or FAINT * count < ranked[0][1]:
                break
            group = self._group(pk) if self._known(pk) else ""
            groups[group] += 1
            if not group or groups[group] <= OF_A_GROUP:
                chosen.append(pk)
        return chosen

    def _neighbour(self, pk: str, text: str | None = None) -> Neighbour:
        if pk in self._new:
            row, body = self._new[pk]
            return Neighbour(id=pk, group=row.group, title=row.title, text=body, captured=row.captured_at)
        held = self._held[pk]
        body = self._texts[pk] if text is None else text
        return Neighbour(id=pk, group=held.group, title=held.title, text=body, captured=held.captured)


def _ranked(shared: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(shared.items(), key=lambda item: -item[1])[:RANKED]


def _parts(values: Collection[str] | Collection[int]) -> Iterator[list[str] | list[int]]:
    listed = list(values)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))  # type: ignore[misc]


def _owners(keys: Collection[int]) -> dict[int, list[str]]:
    """Key → the newest articles that have it. Ids are sorted by time."""
    gather = "string_agg" if connection.vendor == "postgresql" else "group_concat"
    owners = f'SELECT article_id FROM "{models.ArticleKey._meta.db_table}" WHERE "key" = column1'
    owners += f" ORDER BY article_id DESC LIMIT {OWNERS}"
    told: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        for part in _parts(keys):
            wanted = "VALUES " + ", ".join(["(%s)"] * len(part))
            cursor.execute(
                f"SELECT column1, (SELECT {gather}(article_id, ' ') FROM ({owners}) AS one) FROM ({wanted}) AS wanted",
                part,
            )
            told.update((key, found.split(" ")) for key, found in cursor.fetchall() if found)
    return told


def _held(ids: Collection[str]) -> dict[str, _Held]:
    found = {}
    for part in _parts(ids):
        for row in rows_of(models.Article, "id IN ({})", [part], skip=_NOT_HELD):
            found[row.id] = _Held(row.group, row.title, row.captured_at)
    return found


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
    "id", "group", "title", "captured_at",
}  # fmt: skip
_NO_TEXT = frozenset(field.name for field in models.Revision._meta.concrete_fields) - {"article", "content"}
