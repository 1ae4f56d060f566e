"""Which article has which key of a signature: pairs of both, millions of them, each to be found by its key.

A dozen pairs of every article go to as many places among all others. In one index each would have a page of its own
read, logged and written; so this is a log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil 1996) in rows. New
pairs stand in a small table; when it is full they are merged into the first sorted run, and a slice of that one's keys,
each in its turn, into the second. A run is rows of packed blocks (`pairs`).

Nothing is taken back: a pair may speak of an article that is gone, or whose text is another one now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from tuoben.store import models, pairs
from tuoben.store.database import column_of, columns_of, insert_rows

NEW, AT_ONCE = 32_768, 262_144
"""Pairs that the small table holds before they are merged, and the most of them in one transaction."""
SLICES = 32
"""Parts of the first run: one is merged into the second each time that the small table was full."""
STATEMENT = 500
"""Values in one statement: below what SQLite takes."""

_FIRST, _SECOND = 1, 2
_TOGETHER = 128
"""Blocks that are read and written at once."""


def write(owned: Iterable[tuple[str, int]]) -> None:
    """Keep pairs of (article, key), in the caller's transaction. Raises ValueError for an id that fits no pair."""
    rows = list(owned)
    if any(len(article) > pairs.LONGEST or not article.isascii() for article, _ in rows):
        raise ValueError(f"An article's id has at most {pairs.LONGEST} characters, of ASCII.")
    insert_rows(models.NewKey, ("article", "key"), rows)
    _settle()


def owners(keys: Collection[int], aside: str = "") -> dict[int, list[str]]:
    """Key → the newest articles that have it, but for one, the newest first."""
    found: dict[int, set[str]] = {}
    starts = {key: pairs.packed(key) for key in keys}
    listed = sorted(starts, key=starts.__getitem__)  # neighbours are read from the same pages
    for at in range(0, len(listed), STATEMENT):
        part = listed[at : at + STATEMENT]
        found |= {key: set(articles.split(" ")) for key, articles in _told(_new_owners(), part) if articles}
        for run in (_FIRST, _SECOND):
            blocks = _told(_block(run), [pairs.number(run, starts[key]) for key in part])
            pairs.gather(found, part, [bytes(block) if block is not None else None for _, block in blocks])
    return pairs.newest(found, aside)


# --- looking up -------------------------------------------------------------------------------------------------------
def _told(answer: str, numbers: list[int]) -> list[tuple[int, Any]]:
    """Each of some numbers with what a subquery says of it, in which it is `column1`."""
    values = ", ".join(["(%s)"] * len(numbers))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT column1, ({answer}) FROM (VALUES {values}) AS wanted", numbers)
        rows: list[tuple[int, Any]] = cursor.fetchall()
    return rows


def _new_owners() -> str:
    """The newest articles among the new pairs that have the key `column1`, between blanks."""
    gather = "string_agg" if connection.vendor == "postgresql" else "group_concat"
    held = f'SELECT DISTINCT article FROM "{models.NewKey._meta.db_table}" WHERE "key" = column1'
    return f"SELECT {gather}(article, ' ') FROM ({held} ORDER BY article DESC LIMIT {pairs.OWNERS + 1}) AS one"


def _block(run: int) -> str:
    """The pairs of the block of a run that has those of the place `column1`, if any has."""
    held = f'SELECT pairs FROM "{models.KeyBlock._meta.db_table}" WHERE id <= column1 AND id >= {run << pairs.PLACE}'
    return f"{held} ORDER BY id DESC LIMIT 1"


# --- merging ----------------------------------------------------------------------------------------------------------
def _settle() -> None:
    """Merge the new pairs into the first run when there are many, and then its next slice into the second."""
    table = models.NewKey._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT (SELECT MIN(id) FROM "{table}"), (SELECT MAX(id) FROM "{table}")')
        first, last = cursor.fetchone()
        if first is None or last - first < NEW:
            return
        new = columns_of(models.NewKey, ("key", "article"), "id < %s", [first + AT_ONCE])
        _merge(_FIRST, sorted(pairs.pair(key, article) for key, article in new))
        cursor.execute(f'DELETE FROM "{table}" WHERE id < %s', [first + AT_ONCE])
    width = (1 << pairs.PLACE) // SLICES
    low = (_FIRST << pairs.PLACE) + last // NEW % SLICES * width
    _merge(_SECOND, [pair for block in _blocks(low, low + width) for pair in pairs.cut(block)])
    _delete(low, low + width)


def _merge(run: int, added: list[bytes]) -> None:
    """Put pairs, in order, among those of a run: the blocks between which they fall are made anew, some at a time."""
    table, end = models.KeyBlock._meta.db_table, run + 1 << pairs.PLACE
    last = f'COALESCE((SELECT MAX(id) FROM "{table}" WHERE id <= %s AND id >= %s), %s)'
    while added:
        first = pairs.number(run, added[0])
        there = f"id >= {last} AND id < %s ORDER BY id LIMIT {_TOGETHER + 1}"
        numbers = column_of(models.KeyBlock, "id", there, [first, run << pairs.PLACE, first, end])
        upto = numbers[_TOGETHER] if len(numbers) > _TOGETHER else end
        count = pairs.before(added, upto, run)
        made = pairs.blocks(run, _blocks(numbers[0], upto) if numbers else (), added[:count])
        if numbers:
            _delete(numbers[0], upto)
        insert_rows(models.KeyBlock, ("id", "pairs"), made)
        added = added[count:]


def _blocks(low: int, high: int) -> list[bytes]:
    return [*map(bytes, column_of(models.KeyBlock, "pairs", "id >= %s AND id < %s ORDER BY id", [low, high]))]


def _delete(low: int, high: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{models.KeyBlock._meta.db_table}" WHERE id >= %s AND id < %s', [low, high])
