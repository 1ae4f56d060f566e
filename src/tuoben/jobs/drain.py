"""From the outbox to the index: what was committed becomes findable and finds its story, in order, by one process at a
time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.index import SAMPLE, TOO_FEW, Document, Index, Older, portion, sweep
from tuoben.jobs.stories import Clerk
from tuoben.organise.stories import Reading
from tuoben.store import checks, database, findable, repository

BATCH = 500
"""Articles that are read from the rows at once."""
KEPT = 2 * BATCH
"""Articles whose words are kept from the index for the stories; those of others are read again."""


def drain(home: Home) -> int:
    """Work off the outbox; how many articles changed in the index. 0: nothing waits, or another process is at it."""
    if not repository.outbox(1) and (home.index / "current").exists():
        return 0
    with home.lock("drain") as here, database.sole("drain") as alone:
        if not (here and alone):
            return 0
        sweep(home.index)
        index = Index.open(home.index, write=True)
        try:
            if index.stale:
                return _fill(index)
            if not _outgrown(index):
                return _work_off(index)
            index.close()
            index = Index.open(home.index, write=True, fresh=True)
            return _fill(index)
        finally:
            index.close()


def rebuild(home: Home, progress: Callable[[int], None]) -> int:
    """A new index beside the one that is served, filled with every article, then put in its place; how many."""
    with home.lock("drain") as here, database.sole("drain") as alone:
        if not (here and alone):
            raise DataError("Another process is writing the search index; try again when it is done.")
        sweep(home.index)
        index = Index.open(home.index, write=True, fresh=True)
        try:
            return _fill(index, progress)
        finally:
            index.close()


def _work_off(index: Index) -> int:
    done = 0
    clerk = Clerk(index)
    while entries := repository.outbox(BATCH):
        words: dict[str, Reading] = {}
        ids = _enter(index, entries, words)
        index.commit()
        clerk.file(ids, words)
        repository.drained(row for row, _ in entries)
        done += len(ids)
    return done


def _fill(index: Index, progress: Callable[[int], None] = lambda done: None) -> int:
    """Every article, in portions that leave the index in one piece.

    The outbox keeps them until the index is published: when that is interrupted, nothing is missing from the one that
    is served.
    """
    total, done, clerk = repository.reindex_all(), 0, Clerk(index)
    few = total <= SAMPLE  # then the index learns from all of them, as they are added together
    if not few:
        index.learn(_sample(), total)
    size, most = portion(total), SAMPLE if few else BATCH
    rows: list[int] = []
    waiting: list[str] = []
    words: dict[str, Reading] = {}
    while entries := repository.outbox(min(most, size - len(waiting)), after=rows[-1] if rows else 0):
        rows += [row for row, _ in entries]
        waiting += (ids := _enter(index, entries, words))
        done += len(ids)
        if len(waiting) >= size:
            _file(index, clerk, waiting, words)
            waiting, words = [], {}
        progress(done)
    _file(index, clerk, waiting, words)
    index.publish()
    for at in range(0, len(rows), BATCH):
        repository.drained(rows[at : at + BATCH])
    return done


def _outgrown(index: Index) -> bool:
    """Whether the archive was too small to learn frequent words from when its index was begun, and no longer is."""
    return index.learned_of < TOO_FEW and checks.article_count() >= SAMPLE


def _sample() -> Iterator[Document]:
    """Articles of all the archive, from which the index learns its frequent words."""
    ids = repository.outbox_sample(SAMPLE)
    for at in range(0, len(ids), BATCH):
        yield from map(_document, findable.findable(ids[at : at + BATCH]))


def _enter(index: Index, entries: Sequence[tuple[int, str]], words: dict[str, Reading]) -> tuple[str, ...]:
    """Add what may be found of some entries, remove the rest; the ids of their articles. `words` grows by theirs."""
    ids = tuple(dict.fromkeys(article for _, article in entries))
    gone = set(ids)
    index.add(_told(ids, words, gone))
    index.remove(gone)
    return ids


def _told(ids: Sequence[str], words: dict[str, Reading], gone: set[str]) -> Iterator[Document]:
    """What the index is told, one by one: a text is read for both, one after the other, since it is folded only once so
    (`tuoben.text` keeps the last few). Ids of those that are there leave `gone`."""
    for at in range(0, len(ids), BATCH):
        for article in findable.findable(ids[at : at + BATCH]):
            gone.remove(article.id)
            if len(words) < KEPT or article.id in words:
                words[article.id] = Reading(article.title, article.text)
            yield _document(article)


def _file(index: Index, clerk: Clerk, ids: Sequence[str], words: Mapping[str, Reading]) -> None:
    """Commit, and decide on the stories of what came in."""
    index.commit()
    for at in range(0, len(ids), BATCH):
        clerk.file(ids[at : at + BATCH], words)


def _document(article: findable.Findable) -> Document:
    return Document(
        id=article.id,
        title=article.title,
        text=article.text,
        published=article.when,
        captured=article.captured,
        announced_title=article.announced_title,
        column=article.column,
        source=article.source,
        site=article.site,
        category=article.category,
        lang=article.lang,
        authors=article.authors,
        url=article.url,
        canonical=article.canonical,
        older=tuple(_older(then) for then in article.older),
    )


def _older(then: findable.FindableThen) -> Older:
    return Older(
        number=then.number,
        since=then.since,
        until=then.until,
        title=then.title,
        text=then.text,
        column=then.column,
        source=then.source,
        authors=then.authors,
    )
