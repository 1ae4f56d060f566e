"""From a search to what an engine must look for: a small tree, without any engine.

The weights are here. A headline weighs more than the lead, the lead more than the body; a search that is a stored
headline or URL, letter for letter, finds that article first whatever the grammar makes of it.
"""

from __future__ import annotations

import math
from base64 import b32encode
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from hashlib import blake2b

from tuoben.index.records import Filters
from tuoben.query import Clause, Query
from tuoben.text import letters, normalise, pattern, postings, tokens

OLD = "1"
"""In the field `old` of a revision that was replaced."""
KEY = 400
"""A headline's key is its first letters, this many at most."""

_TITLE, _LEAD = 4.0, 0.5
_TITLE_TOKEN, _TITLE_WHOLE, _HEADLINE = 1.5, 6.0, 1000.0
_MOST_TOKENS = 16
_SHORT = 8
"""Searches of more tokens are pasted headlines: where the lead has them says nothing."""


@dataclass(frozen=True, slots=True)
class Term:
    """The field holds the term."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """The field holds the terms one behind the other; an open last one may be the first character of a pair."""

    field: str
    terms: tuple[str, ...]
    opened: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """The field holds the terms at these places from a common one, each at most `slop` away from where it should be.

    With a slop there are two terms.
    """

    field: str
    terms: tuple[tuple[int, str], ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Within:
    """The number in the field is between two, both included; None is open."""

    field: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Either:
    """At least `least` of the nodes hold; the scores add up."""

    nodes: tuple[Node, ...]
    least: int = 1


@dataclass(frozen=True, slots=True)
class All:
    """All of `must` and none of `without`; `better` only adds to the score."""

    must: tuple[Node, ...]
    without: tuple[Node, ...] = ()
    better: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighted:
    """The node's score times `by`; with `flat` the score is `by` itself."""

    node: Node
    by: float
    flat: bool = False


Node = Term | Phrase | Placed | Within | Either | All | Weighted


def filtering(filters: Filters) -> tuple[Node, ...]:
    """The filters as nodes that add nothing to the score."""
    told = (("category", filters.category), ("origin", filters.source), ("site", filters.site), ("lang", filters.lang))
    nodes: list[Node] = [Term(field, normalise(value)) for field, value in told if value]
    if filters.since or filters.until:
        nodes.append(_within("time", filters.since, filters.until))
    if filters.as_of:
        nodes.append(Within("captured", None, math.floor(filters.as_of.timestamp())))
    return tuple(Weighted(node, 0.0, flat=True) for node in nodes)


def _other_states(as_of: datetime | None) -> Node:
    """The revisions that are not looked in: those that were replaced, by then or by now."""
    return Within("until", None, math.floor(as_of.timestamp())) if as_of else Term("old", OLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What an index holds of a search: in how many articles its `weighed` tokens occur, and which of its keys.

    `old`: it holds revisions that were replaced.
    """

    df: Mapping[str, int] = field(default_factory=dict)
    keys: Collection[str] = ()
    old: bool = True


def weighed(query: Query, *, ranked: bool) -> tuple[str, ...]:
    """The tokens of a search of which it must be known how rare they are: most often none."""
    if not ranked and not query.loosened:
        return ()
    wanted = query.wanted
    return wanted if query.loosened or len(wanted) > _MOST_TOKENS else ()


def keys(query: Query) -> tuple[str, ...]:
    """The keys of the articles whose headline or URL a search is, letter for letter."""
    told = (letters(query.raw)[:KEY], query.raw if "://" in query.raw else "")
    return tuple(key(value) for value in told if value)


def key(value: str) -> str:
    """A headline's letters or a URL as a term of 8 characters (40 bits): as they are they would be a tenth of the
    dictionary. With a million held, a search hits the key of another article once in hundreds of thousands."""
    return b32encode(blake2b(value.encode("utf-8", "replace"), digest_size=5).digest()).decode()


def build(query: Query, filters: Filters, zone: tzinfo, held: Held, *, ranked: bool = True) -> Node:
    """What a search looks for. A search without groups is all articles of the filters.

    Of a long search the rarest tokens decide. Without `ranked` nothing is said of what ranks higher.
    """
    without = () if not held.old and not filters.as_of else (_other_states(filters.as_of),)
    if not query:
        return All(filtering(filters), without)
    excluded = tuple([_clause(c, zone) for group in query.groups for c in group if c.negated])
    fields = [
        Weighted(Either(tuple([_clause(c, zone) for c in group])), 0.0, flat=True)
        for group in query.filters
        if not any(c.negated for c in group)
    ]
    must = (*fields, *_texts(query, zone, held.df))
    better = _better(query, held.df) if ranked else ()
    if not held.keys:
        return All((*filtering(filters), *must), (*without, *excluded), better)
    headline = tuple(Weighted(Term("key", key), _HEADLINE, flat=True) for key in held.keys)
    return All((*filtering(filters), Either((All(must, excluded, better), *headline))), without)


def similar(terms: Mapping[str, float], exclude: Collection[str], as_of: datetime | None) -> Node:
    """What holds some of the weighted tokens, in the headline or the body."""
    fields = (("text", 1.0), ("title", 1.5))
    nodes = [Weighted(Term(field, term), weight * by) for term, weight in terms.items() for field, by in fields]
    without = (_other_states(as_of), *(Term("id", id_) for id_ in exclude))
    return All((*filtering(Filters(as_of=as_of)), Either(tuple(nodes))), without)


def _texts(query: Query, zone: tzinfo, df: Mapping[str, int]) -> list[Node]:
    """What is looked for in the text: as written, or token by token when loosened."""
    strict = query.exact if query.loosened else query.words
    nodes: list[Node] = [Either(tuple([_clause(c, zone) for c in group])) for group in strict]
    if not query.loosened:
        return nodes
    if query.loosened == "words":
        return nodes + [Either(tuple(All(tuple(_tokens(c))) for c in group)) for group in query.loose]
    clauses = [clause for group in query.loose for clause in group]
    rarest = frozenset(_rarest(query.wanted, df))
    some = tuple(dict.fromkeys(node for clause in clauses for node in _tokens(clause, rarest)))
    return [*nodes, Either(some, query.least(len(some)))]


def _rarest(wanted: Collection[str], df: Mapping[str, int]) -> list[str]:
    """The tokens that decide: those that occur at all, the rarest of them; single characters are not counted in df."""
    if not df:
        return list(wanted)
    held = [token for token in wanted if df.get(token, 0) or len(token) == 1]
    return sorted(held, key=lambda token: df.get(token, 0))[:_MOST_TOKENS]


def _tokens(clause: Clause, only: Collection[str] | None = None) -> list[Node]:
    field = "title" if clause.field == "title" else "text"
    found = [token for token in dict.fromkeys(tokens(clause.text)) if only is None or token in only]
    return [_token(field, token) for token in found]


def _better(query: Query, df: Mapping[str, int]) -> tuple[Node, ...]:
    """What makes an article rank higher: the words, each as typed and all as typed, in its headline; the words in its
    lead."""
    wanted = query.wanted
    if not wanted:
        return ()
    clauses = [clause for group in query.words for clause in group]
    told: defaultdict[Node, float] = defaultdict(float)
    told[_phrase("title", " ".join(clause.text for clause in clauses))] += _TITLE_WHOLE
    for clause in clauses:
        told[_phrase("title", clause.text)] += _TITLE
    if all(clause.quoted for clause in clauses):
        # Every hit holds all of it, one behind the other: its first and its last token tell where.
        return (*_weighted(told), *(Weighted(Term("lead", token), _LEAD) for token in (wanted[0], wanted[-1])))
    short = len(wanted) <= _SHORT
    for token in _rarest(wanted, df):
        told[_token("title", token)] += _TITLE_TOKEN + (_TITLE if query.loosened else 0)
        if short:
            told[Term("lead", token)] += _LEAD
    return _weighted(told)


def _weighted(told: Mapping[Node, float]) -> tuple[Node, ...]:
    return tuple(Weighted(node, by) for node, by in told.items())


def _clause(clause: Clause, zone: tzinfo) -> Node:
    """What one clause looks for, as written."""
    if clause.field == "date":
        return _within("time", _midnight(clause.since, zone), _midnight(clause.until, zone))
    if clause.field in ("category", "column", "site", "lang"):
        return Term(clause.field, normalise(clause.text))
    if clause.field == "source":
        return Either((_phrase("source", clause.text), Term("origin", normalise(clause.text))))
    if clause.field == "author":
        return _phrase("author", clause.text)
    if clause.near:
        return All(tuple([_near(*both) for both in zip(clause.sides, clause.sides[1:], clause.near, strict=False)]))
    return _phrase("title" if clause.field == "title" else "text", clause.text)


def _near(one: str, two: str, most: int) -> Node:
    """Two texts with at most so many words between them, in either order, neither within the other.

    Single terms that cannot overlap are looked for within a slop: as quick as a phrase. Else each distance is a phrase
    of its own: the engine's slop would also tear the texts themselves apart.
    """
    first, second = _pattern(one)[0], _pattern(two)[0]  # closed, both: `query` sees to it
    wide, broad = len(postings(one)), len(postings(two))
    if len(first) == len(second) == 1 and not _may_overlap(first[0], second[0]):
        slop = Placed("text", ((0, first[0]), (0, second[0])), most + min(wide, broad))
        if wide == broad:
            return slop
        long, short = (first[0], second[0]) if wide > broad else (second[0], first[0])
        return Either((slop, Placed("text", ((0, long), (most + max(wide, broad), short)))))
    return Either(
        tuple(
            Placed("text", (*enumerate(before), *enumerate(behind, length + gap)))
            for before, behind, length in ((first, second, wide), (second, first, broad))
            for gap in range(most + 1)
        )
    )


def _may_overlap(one: str, two: str) -> bool:
    """Whether two terms may stand at one place, or as pairs at neighbouring ones."""
    return one == two or (len(one) == len(two) == 2 and (one[1] == two[0] or two[1] == one[0]))


def _token(field: str, token: str) -> Node:
    """A token as it is; a single character may also begin a pair."""
    return _phrase(field, token) if len(token) == 1 else Term(field, token)


_pattern = lru_cache(maxsize=512)(pattern)
"""A word is looked for in the text, the headline and both: each search asks for it three times."""


def _phrase(field: str, text: str) -> Node:
    terms, opened = _pattern(text)
    return Term(field, terms[0]) if len(terms) == 1 and not opened else Phrase(field, terms, opened)


def _within(field: str, since: datetime | None, until: datetime | None) -> Within:
    least = math.ceil(since.timestamp()) if since else None
    return Within(field, least, math.ceil(until.timestamp()) - 1 if until else None)


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time.min, zone) if day else None
