"""The index on tantivy: the only module that knows it.

On disk: `current` names the generation that is served (JSON); each generation is a directory of its own, so that a new
one can be built while the old one answers. A generation of another FORMAT is never read: opening to write begins an
empty one and says so (`stale`) until `publish` is called; readers take it up with `refresh`.

One writer process at a time (tantivy's lock); any number of readers, in any process.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any, Self

import tantivy

from tuoben.errors import DataError
from tuoben.index import fields, often, plan
from tuoben.index.generations import current, point, sweep, usable
from tuoben.index.plainly import Plainly
from tuoben.index.records import Document, Facets, Filters, Hit, Hits
from tuoben.index.shown import counted, level
from tuoben.index.spans import spans
from tuoben.query import Query, loosened

_HEAP = 256_000_000
"""Bytes that articles may take in memory before a segment is written whatever `portion` said."""
NO_FILTERS = Filters()
_MOST_VALUES = 200
"""Values of a facet that are counted: more is no choice for anybody."""
_TIES = 50
"""Hits looked at beyond those asked for, so that equal ones at the edge are put in their order."""
_POSITIONS = ("text", "title", "author", "source")
_KEYWORDS = ("key", "origin", "site", "category", "column", "lang")
_FACETS = ("site", "category", "told_lang")
_TIMES = ("time", "captured", "until")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in _POSITIONS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("lead", tokenizer_name="whitespace", index_option="basic")
    for name in _KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in _FACETS)
    builder.add_text_field("told_lang", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("old", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("revision", stored=True, tokenizer_name="raw", index_option="basic")
    for name in _TIMES:
        builder.add_integer_field(name, fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class _View:
    """What is asked of a generation as it stands. Threads share an index, and each takes one of these to its end."""

    searcher: tantivy.Searcher
    often: often.Often
    taught: bool
    """Whether the frequent words have been learned: `often` is none before."""
    old: bool
    """Whether revisions that were replaced are in it."""


class Index:
    """A full-text index in a directory. `Index.open` makes one; `with` or `close` lets the writer go."""

    def __init__(self, path: Path, *, write: bool) -> None:
        self._path = path
        self._plainly = Plainly(path)
        self._write = write
        self._schema = _schema()
        self._generation = ""
        self._stale = True
        self._index: tantivy.Index | None = None
        self._view: _View | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._pending = False

    @classmethod
    def open(cls, path: Path, *, write: bool = False, fresh: bool = False) -> Index:
        """Open the index below `path`, made when `write` and absent or of another format.

        `fresh` begins a new generation beside the served one, to be filled and then published (a rebuild). Without
        `write` an absent index answers with nothing until a `refresh` finds one. Raises DataError when it is damaged
        or another process writes it.
        """
        index = cls(path, write=write)
        if write and (fresh or not usable(path, current(path))):
            index._begin(serve=not fresh)
        else:
            index._follow()
        if write:
            index._lock()
            index._reload()  # what another writer did before the lock was ours
        return index

    def _follow(self) -> None:
        """Take up the generation that is served, if there is one and it is not the one at hand."""
        told = current(self._path)
        while usable(self._path, told):
            generation = str(told["generation"])
            try:
                if generation != self._generation:
                    self._attach(generation)
                self._stale = bool(told.get("stale"))
                return
            except DataError:
                # Another process may just have published a newer one and deleted this.
                told = current(self._path)
                if told.get("generation") == generation:
                    raise

    def _begin(self, *, serve: bool) -> None:
        generation = uuid.uuid4().hex[:12]
        self._folder(generation).mkdir(parents=True)
        self._attach(generation)
        if serve:
            point(self._path, generation, stale=True)

    def _folder(self, generation: str) -> Path:
        return self._path / f"generation-{generation}"

    def _attach(self, generation: str) -> None:
        with self._plainly:
            folder = self._folder(generation)
            index = tantivy.Index(self._schema, path=str(folder), sort_by_field="time", sort_order=tantivy.Order.Desc)
            index.config_reader("manual", 0)
            view = _seen(index, folder, None)
        self._index, self._generation, self._view = index, generation, view

    def _lock(self) -> None:
        assert self._index is not None
        try:
            with self._plainly:
                self._writer = self._index.writer(_HEAP, 1)
        except DataError as error:
            if "LockBusy" in str(error.__cause__) or "lock" in str(error.__cause__).lower():
                message = f"Another process is writing the search index in {self._path}; stop it or wait for it."
                raise DataError(message) from error
            raise

    @property
    def stale(self) -> bool:
        """Whether the index was begun anew and not all articles are in it yet: add them all, then `publish`."""
        return self._stale

    @property
    def count(self) -> int:
        """How many articles are in it."""
        everything = plan.build(Query(), NO_FILTERS, UTC, plan.Held())
        return self._run(self._view, everything, newest=True, limit=0, offset=0).total

    @property
    def learned_of(self) -> int:
        """How many articles there were when it learned its frequent words; 0 before that."""
        return self._view.often.of if self._view is not None else 0

    def learn(self, sample: Iterable[Document], of: int) -> None:
        """Learn the frequent words of what will be added, `of` articles, from a sample (its first SAMPLE). Only an
        empty index learns, and only once."""
        with self._plainly:
            if self._empty():
                self._teach([fields.parts(document) for document in islice(sample, often.MOST)], of)

    def add(self, documents: Iterable[Document]) -> None:
        """Add articles; one with the id of an earlier one takes its place. Seen by readers after commit and refresh.

        An index that has not learned its frequent words learns them of the first ones.
        """
        writer = self._writing()
        self._pending = True
        with self._plainly:
            pairs, known = self._known((document, fields.parts(document)) for document in documents)
            for document, text in pairs:
                writer.delete_documents_by_term("id", fields.clean(document.id))
                old = [fields.older(document, then, known) for then in document.older]
                states = (fields.fields(document, text, known), *old)
                for state in states:
                    writer.add_document(tantivy.Document.from_dict(state, self._schema))

    def _empty(self) -> bool:
        return self._view is None or not self._view.searcher.num_docs

    def _known(
        self, pairs: Iterator[tuple[Document, list[str]]]
    ) -> tuple[Iterable[tuple[Document, list[str]]], often.Often]:
        """The articles with their parts, and the frequent words that they are to be written with."""
        view = self._view
        if view is not None and view.taught:
            return pairs, view.often
        # An article that is in already does not have them as terms.
        first = list(islice(pairs, often.MOST)) if self._empty() else []
        return chain(first, pairs), self._teach([text for _, text in first], len(first))

    def _teach(self, texts: Sequence[list[str]], of: int) -> often.Often:
        """Keep the frequent words of some articles, once; of no article at all nothing is learned yet."""
        assert self._view is not None
        known = self._view.often
        if not self._view.taught and (texts or not self._empty()):
            known = often.learned(texts, of)
            often.write(self._folder(self._generation), known)
            self._view = replace(self._view, often=known, taught=True)
        return known

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out; unknown ids are fine."""
        writer = self._writing()
        self._pending = True
        with self._plainly:
            for id_ in ids:
                writer.delete_documents_by_term("id", fields.clean(id_))

    def commit(self) -> None:
        """Make what was added and removed durable; this object sees it at once, others after their `refresh`."""
        with self._plainly:
            self._writing().commit()
        self._pending = False
        self._reload()

    def publish(self) -> None:
        """Serve this generation as the whole and current index, its segments merged, and delete the others."""
        self.commit()
        self._settle()
        self._lock()
        self._reload()
        point(self._path, self._generation, stale=False)
        self._stale = False
        sweep(self._path)

    def refresh(self) -> None:
        """See what has been committed since, by whichever process, also a new generation."""
        if not self._write:
            self._follow()
        self._reload()

    def _reload(self) -> None:
        if self._index is not None:
            with self._plainly:
                self._look()

    def _look(self) -> None:
        assert self._index is not None
        view = self._view
        known = view.often if view is not None and view.taught else None
        self._view = _seen(self._index, self._folder(self._generation), known)

    def close(self) -> None:
        """Finish merges and let the writer's lock go. What was not committed is dropped."""
        if self._pending and self._writer is not None:
            # Only then: it throws away what is being merged, and segments would grow in number with each writer.
            with self._plainly:
                self._writer.rollback()
        self._settle()

    def _settle(self) -> None:
        """Wait for the merges under way; the writer's lock is let go."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with self._plainly:
                writer.wait_merging_threads()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def search(
        self,
        query: Query,
        filters: Filters = NO_FILTERS,
        *,
        sort: str = "relevance",
        limit: int = 20,
        offset: int = 0,
        zone: tzinfo = UTC,
        facets: bool = False,
        exclude: Collection[str] = (),
    ) -> Hits:
        """Find articles. `sort`: "relevance" or "newest". `facets`: count all that was found, too; without `exclude`.

        Days in the query are days of `zone`. A query without anything to look for finds all articles of the filters,
        newest first, if it was empty as typed, else nothing. When nothing matches, looser forms are tried in turn.
        """
        if not query and query.raw:
            return Hits()
        newest, view = sort == "newest" or not query.words, self._view
        for form in chain((query,), loosened(query)):
            node = plan.build(form, filters, zone, self._held(view, form, ranked=not newest), ranked=not newest)
            if exclude:
                node = plan.All((node,), tuple(plan.Term("id", fields.clean(id_)) for id_ in exclude))
            found = self._run(view, node, newest=newest, limit=limit, offset=offset)
            if found.total and not facets and not form.loosened:
                return found
            if found.total:
                values = self._count(view, node, zone) if facets and view is not None else Facets()
                return replace(found, loosened=form.loosened, facets=values)
        return Hits()

    def _count(self, view: _View, node: plan.Node, zone: tzinfo) -> Facets:
        """All that a node finds, by value and over time."""
        asked: dict[str, Any] = {
            name: {"terms": {"field": name, "size": _MOST_VALUES, "missing": ""}} for name in _FACETS
        }
        with self._plainly:
            built = _compile(self._schema, view.often, node)
            told = view.searcher.aggregate(built, asked | {"span": {"stats": {"field": "time"}}})
            edges, unit = spans(told["span"]["min"], told["span"]["max"], zone)
            pairs = list(pairwise(edges))
            ranges = [{"from": start.timestamp(), "to": end.timestamp()} for start, end in pairs]
            heights = view.searcher.aggregate(built, {"time": {"range": {"field": "time", "ranges": ranges}}})
        return counted(told, heights["time"]["buckets"], pairs, unit)

    def similar(
        self,
        terms: Mapping[str, float],
        *,
        exclude: Collection[str] = (),
        as_of: datetime | None = None,
        limit: int = 20,
    ) -> Hits:
        """Articles that hold some of the weighted tokens, best first; those in `exclude` are left out."""
        if not terms:
            return Hits()
        node = plan.similar(terms, [fields.clean(id_) for id_ in exclude], as_of)
        return self._run(self._view, node, newest=False, limit=limit, offset=0)

    def df(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many articles each token occurs; revisions that were replaced count too."""
        return self._df(self._view, terms)

    def _df(self, view: _View | None, terms: Iterable[str]) -> dict[str, int]:
        if view is None:
            return dict.fromkeys(terms, 0)
        with self._plainly:
            return {t: view.searcher.doc_freq("text", t) for t in terms}

    def _held(self, view: _View | None, query: Query, *, ranked: bool) -> plan.Held:
        weighed = plan.weighed(query, ranked=ranked)
        df = self._df(view, weighed) if weighed else {}
        if view is None:
            return plan.Held(df=df)
        with self._plainly:
            keys = [key for key in plan.keys(query) if view.searcher.doc_freq("key", key)]
        return plan.Held(df=df, keys=keys, old=view.old)

    def _run(self, view: _View | None, node: plan.Node, *, newest: bool, limit: int, offset: int) -> Hits:
        if view is None:
            return Hits()
        searcher = view.searcher
        order: dict[str, Any] = {"order_by_field": "time"} if newest else {}
        with self._plainly:
            built = _compile(self._schema, view.often, node)
            start, stop = max(0, offset), max(0, offset) + max(0, limit)
            result = searcher.search(built, limit=stop + _TIES, **order)
            total = int(getattr(result, "count", None) or 0)  # absent from the stubs; None when not counted
            found = result.hits
            first, last = level(found, start, stop)
            told = [(score, searcher.doc(where)) for score, where in found[first:last]]
        hits = [Hit(str(doc.get_first("id")), float(score), int(doc.get_first("revision") or 0)) for score, doc in told]
        # Equal ones stand by id, not by where they lie in the index: a rebuilt index gives the same pages.
        hits.sort(key=lambda hit: (hit.score, hit.id), reverse=True)
        return Hits(total=total, hits=tuple(hits[start - first : stop - first]))

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise DataError(f"The search index in {self._path} is not open for writing.")
        return self._writer


def _seen(index: tantivy.Index, folder: Path, known: often.Often | None) -> _View:
    """A generation as it stands now. The words are read behind the articles: none is in that was written without."""
    index.reload()
    searcher = index.searcher()
    told = often.read(folder) if known is None else known
    return _View(searcher, told or often.Often(), told is not None, bool(searcher.doc_freq("old", plan.OLD)))


def _compile(schema: tantivy.Schema, known: often.Often, node: plan.Node) -> tantivy.Query:
    """The engine's query for a node."""
    make = tantivy.Query
    match node:
        case plan.Term(field, text):
            return make.term_query(schema, field, text)
        case plan.Phrase("text", (first, last), False) if word := known.words.get((first, last)):
            # Twice, as the phrase has the weight of two terms.
            return make.boost_query(make.term_query(schema, "text", word), 2.0)
        case plan.Phrase(field, terms, opened):
            return _phrase(schema, field, terms, opened)
        case plan.Placed(field, places, slop):
            return make.phrase_query(schema, field, list(places), slop)
        case plan.Weighted(inner, by, flat):
            built = _compile(schema, known, inner)
            return make.const_score_query(built, by) if flat else make.boost_query(built, by)
        case plan.Within(field, least, most):
            return make.range_query(schema, field, tantivy.FieldType.Integer, least, most)
        case plan.Either((node,), _) | plan.All((node,), (), ()):
            return _compile(schema, known, node)
        case plan.Either(nodes, least):
            should = [(tantivy.Occur.Should, _compile(schema, known, n)) for n in nodes]
            return make.boolean_query(should, least if least > 1 else None)
    parts = [(tantivy.Occur.Must, _compile(schema, known, n)) for n in node.must] or [
        (tantivy.Occur.Must, make.all_query())
    ]
    parts += [(tantivy.Occur.MustNot, _compile(schema, known, n)) for n in node.without]
    parts += [(tantivy.Occur.Should, _compile(schema, known, n)) for n in node.better]
    return make.boolean_query(parts)


def _phrase(schema: tantivy.Schema, field: str, terms: tuple[str, ...], opened: bool) -> tantivy.Query:
    if not terms:
        return tantivy.Query.empty_query()
    if not opened:
        return tantivy.Query.phrase_query(schema, field, list(terms))
    patterns: list[str | tuple[int, str]] = [*(re.escape(term) for term in terms[:-1]), re.escape(terms[-1]) + ".?"]
    if len(patterns) == 1:
        return tantivy.Query.regex_query(schema, field, re.escape(terms[0]) + ".?")
    return tantivy.Query.regex_phrase_query(schema, field, patterns)
