"""Search, related articles and excerpts for every face: what the index finds, joined with what the store may show.

Related articles are computed when they are looked at, so that newer ones are among them. What two articles have in
common is weighed by how rare it is in the archive: slogans and the words of every report weigh next to nothing, names,
places and terms much. Copies of the same text are not related articles.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Protocol

from tuoben import text as words
from tuoben.excerpts import excerpt, nearest
from tuoben.index import Facets, Filters, Index
from tuoben.model import Card, Reading
from tuoben.organise import is_copy
from tuoben.organise.likeness import Scale, Words, likeness, passages, top
from tuoben.query import Query, parse
from tuoben.store import queries

Excerpt = tuple[tuple[str, bool], ...]
"""Pieces of the original text in order, each with whether it is a hit."""


class Reads(Protocol):
    """What is asked of the store: `tuoben.store.queries`. Only what may be shown comes back."""

    def cards(self, ids: Iterable[str]) -> dict[str, Card]:
        """Cards by id."""
        ...

    def texts(self, ids: Iterable[str]) -> dict[str, str]:
        """Body texts by id."""
        ...

    def leaving(self) -> Collection[str]:
        """Ids of articles that are hidden, and that the index may not know to be."""
        ...

    def states(self, numbers: Mapping[str, int]) -> dict[str, tuple[Card, str]]:
        """Card and body text of one revision of each article, by id."""
        ...

    def reading(self, id: str) -> Reading | None:
        """An article as it is read."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search found, with an excerpt around what was looked for."""

    card: Card
    excerpt: Excerpt
    revision: int = 0
    """Number of the old revision that was found, 0 for the newest; the card and the excerpt are its own."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found: `total` in all, the `hits` asked for, and what was given up (`query.Query.loosened`)."""

    total: int = 0
    hits: tuple[Hit, ...] = ()
    loosened: str = ""
    more: bool = False
    """There are hits behind those asked for."""
    facets: Facets = field(default_factory=Facets)


@dataclass(frozen=True, slots=True)
class Related:
    """An article related to another one.

    `shared` are the passages that both have, the weightiest first; `why` says them in one line; `newer` is whether it
    appeared after the one that is read.
    """

    card: Card
    excerpt: Excerpt
    shared: tuple[str, ...]
    newer: bool

    @property
    def why(self) -> str:
        """What both articles speak of."""
        return " · ".join(self.shared)


EXCERPT = 160
"""Characters of an excerpt, about."""
_SPARE = 200
"""Hits looked at beyond those asked for when copies are folded: so many copies may stand before the last one shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a search is to be answered. `fold`: of the copies of one text the first alone, its card counts the others;
    `facets`: count all that was found; `zone`: of the days in the query and of the bars over time."""

    sort: str = "relevance"
    limit: int = 20
    offset: int = 0
    zone: tzinfo = UTC
    fold: bool = False
    facets: bool = False


AS_IT_IS = Wish()
NO_FILTERS = Filters()


def search(
    index: Index, text: str, filters: Filters = NO_FILTERS, wish: Wish = AS_IT_IS, *, reads: Reads = queries
) -> Result:
    """Find articles; `text` is read by `query.parse`, `filters` and `wish` are as `Index.search` has them."""
    query = parse(text)
    spare = _SPARE if wish.fold else 0
    start = 0 if wish.fold else wish.offset
    found = index.search(
        query, filters, sort=wish.sort, limit=wish.offset - start + wish.limit + spare, offset=start, zone=wish.zone,
        facets=wish.facets, exclude=reads.leaving(),
    )  # fmt: skip
    then = {hit.id: hit.revision for hit in found.hits if hit.revision}
    old = reads.states(then)
    cards = reads.cards(id_ for id_ in found.ids if id_ not in then) | {id_: card for id_, (card, _) in old.items()}
    shown = [id_ for id_ in found.ids if id_ in cards]
    hidden = len(found.ids) - len(shown)
    more = wish.offset + wish.limit < found.total
    if wish.fold:
        folded = _folded(shown, cards)
        more = len(folded) > wish.offset + wish.limit
        shown = folded[wish.offset : wish.offset + wish.limit]
    bodies = reads.texts(id_ for id_ in shown if id_ not in then) | {id_: text for id_, (_, text) in old.items()}
    hits = tuple(Hit(cards[id_], _shown(bodies.get(id_, ""), query), then.get(id_, 0)) for id_ in shown)
    return Result(total=found.total - hidden, hits=hits, loosened=found.loosened, more=more, facets=found.facets)


def _shown(text: str, query: Query) -> Excerpt:
    """The excerpt of a hit: where NEAR asks for words close together, that place."""
    clauses = (clause for group in query.words for clause in group if clause.near)
    about = next((place for clause in clauses if (place := nearest(text, clause.sides, clause.near))), None)
    return excerpt(text, query.wanted, EXCERPT, about)


def _folded(ids: Sequence[str], cards: Mapping[str, Card]) -> list[str]:
    """The first of each reprint group, in the order of the hits."""
    groups: set[str] = set()
    kept = []
    for id_ in ids:
        group = cards[id_].group
        if not group or group not in groups:
            kept.append(id_)
            groups.add(group)
    return kept


LEAST_LIKE = 0.06
"""Articles with less in common are not related. Judged pairs of other topics reach 0.06 in the median."""

_CANDIDATES = 40
_FADE_DAYS, _FADE_LEAST = 10.0, 0.4
_RELATED_EXCERPT = 110


def related(
    index: Index, reading_or_id: Reading | str, *, limit: int = 9, reads: Reads = queries
) -> tuple[Related, ...]:
    """Articles that have to do with one, newer ones too, those nearest in words and time first; none of its copies.

    An id that is not shown has none.
    """
    reading = reads.reading(reading_or_id) if isinstance(reading_or_id, str) else reading_or_id
    if reading is None or limit < 1:
        return ()
    body = reads.texts([reading.card.id]).get(reading.card.id, "")
    own = Words(" ".join(filter(None, (reading.card.column, reading.card.title))), body)
    scale = Scale(index.df(own.counts), index.count)
    copies = {reading.card.id, *(card.id for card in reading.reprints)}
    found = index.similar(top(scale.weights(own)), exclude=copies, limit=_CANDIDATES).ids
    cards, bodies = reads.cards(found), reads.texts(found)
    others = [(cards[id_], Words(cards[id_].title, bodies.get(id_, ""))) for id_ in found if id_ in cards]
    scale = Scale(
        index.df({token for words_ in (own, *(w for _, w in others)) for token in words_.counts}), index.count
    )
    weights = scale.weights(own)
    ranked: list[tuple[float, Card, Words]] = []
    for card, other in others:
        like = likeness(weights, scale.weights(other))
        if like >= LEAST_LIKE:
            ranked.append((like * _fading(reading.card, card), card, other))
    ranked.sort(key=lambda item: (-item[0], item[1].id))
    return tuple(_related(reading.card, own, card, other, weights) for card, other in _distinct(own, ranked, limit))


def _fading(own: Card, other: Card) -> float:
    """What is further away in time counts less, but never next to nothing."""
    days = abs((own.when - other.when).total_seconds()) / 86400
    return _FADE_LEAST + (1 - _FADE_LEAST) * math.exp(-days / _FADE_DAYS)


def _distinct(own: Words, ranked: Sequence[tuple[float, Card, Words]], limit: int) -> list[tuple[Card, Words]]:
    """The first of each text, copies of the one that is read left out."""
    chosen: list[tuple[Card, Words]] = []
    for _, card, other in ranked:
        if len(chosen) == limit:
            break
        if not any(is_copy(other.text, seen.text) for seen in (own, *(words_ for _, words_ in chosen))):
            chosen.append((card, other))
    return chosen


def _related(own: Card, own_words: Words, card: Card, other: Words, weights: dict[str, float]) -> Related:
    found = passages(own_words, other, weights)
    around = next((passage for passage, inside in found if inside), "")
    wanted = words.tokens(around)
    return Related(
        card=card,
        excerpt=excerpt(other.text, wanted, _RELATED_EXCERPT),
        shared=tuple(passage for passage, _ in found),
        newer=card.when > own.when,
    )
