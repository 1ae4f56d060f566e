"""From the outbox to the index: what was committed becomes findable and finds its story, in order, by one process at a
time."""

from __future__ import annotations

from collections.abc import Callable

from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.index import Document, Index, Older
from tuoben.jobs.stories import Clerk
from tuoben.store import database, findable, repository


def drain(home: Home) -> int:
    """Work off the outbox; how many articles changed in the index. 0: nothing waits, or another process is at it."""
    if not repository.outbox(1) and (home.index / "current").exists():
        return 0
    with home.lock("drain") as here, database.sole("drain") as alone:
        if not (here and alone):
            return 0
        index = Index.open(home.index, write=True)
        try:
            if not index.stale:
                return _work_off(index)
            repository.reindex_all()
            done = _work_off(index)
            index.publish()
            return done
        finally:
            index.close()


def rebuild(home: Home, progress: Callable[[int], None]) -> int:
    """A new index beside the one that is served, filled with every article, then put in its place; how many."""
    with home.lock("drain") as here, database.sole("drain") as alone:
        if not (here and alone):
            raise DataError("Another process is writing the search index; try again when it is done.")
        repository.reindex_all()
        index = Index.open(home.index, write=True, fresh=True)
        try:
            done = _work_off(index, progress)
            index.publish()
            return done
        finally:
            index.close()


def _work_off(index: Index, progress: Callable[[int], None] = lambda done: None) -> int:
    done = 0
    clerk = Clerk(index)
    while entries := repository.outbox():
        ids = tuple(dict.fromkeys(article for _, article in entries))
        found = findable.findable(ids)
        index.add([_document(article) for article in found])
        index.remove(set(ids) - {article.id for article in found})
        index.commit()
        clerk.file(ids)
        repository.drained(row for row, _ in entries)
        done += len(ids)
        progress(done)
    return done


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
