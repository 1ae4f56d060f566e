"""Excerpts: the piece of a text that shows best why it was found."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from tuoben.text import Token, pattern, places, postings, sentences, spans

_CLAUSE = re.compile(r"[，、；：,;:—]|\s")


def excerpt(
    text: str, wanted: Iterable[str], length: int = 160, around: tuple[int, int] | None = None
) -> tuple[tuple[str, bool], ...]:
    """A piece of at most about `length` characters around the best hits, as (piece, whether it is a hit) in order.

    `wanted` are tokens as `text.tokens` makes them. The piece begins and ends at sentence bounds where the sentences
    are short enough, else at a clause or word bound with "…"; a hit is always in it. Without a hit: the first
    sentences. All characters are the original's, white space made single spaces. With `around` the piece is about that
    place, whatever its length, and all of it is in the piece.
    """
    hits = places(text, frozenset(wanted))
    bounds = sentences(text)
    if not bounds:
        return ()
    if around is not None:
        return tuple(_about(text, *around, bounds, hits, length))
    scores = _scores(bounds, hits)
    best = max(range(len(bounds)), key=lambda i: (scores[i], -i))
    start, end = bounds[best]
    if end - start > length:
        start, end = _cut(text, start, end, [hit for hit in hits if start <= hit.start < end], length)
    else:
        start, end = _widen(bounds, scores, best, length)
    return tuple(_piece(text, start, end, bounds, hits))


def _piece(
    text: str, start: int, end: int, bounds: Sequence[tuple[int, int]], hits: Sequence[Token]
) -> Iterator[tuple[str, bool]]:
    """The pieces from one place to another, with "…" where that is within a sentence."""
    before = "…" if not any(start == bound[0] for bound in bounds) else ""
    after = "…" if not any(end == bound[1] for bound in bounds) else ""
    return _marked(text, start, end, hits, before, after)


def _about(
    text: str, first: int, last: int, bounds: Sequence[tuple[int, int]], hits: Sequence[Token], length: int
) -> Iterator[tuple[str, bool]]:
    """The pieces around a place: from the beginning of its sentence to the end of it, as far as the length allows."""
    start = max((begin for begin, _ in bounds if begin <= first), default=0)
    end = min((stop for _, stop in bounds if stop >= last), default=len(text))
    spare = max(0, length - (last - first))
    if first - start > spare // 3:
        low = first - spare // 3
        start = next((match.end() for match in _CLAUSE.finditer(text, low, first)), low)
    if end - start > max(length, last - start):
        end = max(last, _bound(text, last, start + length))
    return _piece(text, start, end, bounds, hits)


def nearest(text: str, sides: Sequence[str], near: Sequence[int]) -> tuple[int, int] | None:
    """Where the first two neighbours of `query.Clause.sides` stand closest in a text, from the beginning of one to the
    end of the other; None when none do."""
    placed = _postings(text)
    closest: tuple[int, int, int] | None = None
    for one, two, most in zip(sides, sides[1:], near, strict=False):
        ones, twos = _standing(placed, one), _standing(placed, two)
        reach = len(postings(two))
        for start, end in ones:
            low, high = bisect_left(twos, (start - most - reach, 0)), bisect_left(twos, (end + most + 1, 0))
            for begin, stop in twos[low:high]:
                between = max(begin - end, start - stop)
                if 0 <= between <= most and (closest is None or between < closest[0]):
                    closest = (between, min(start, begin), max(end, stop))
        if closest is not None:
            return placed[closest[1]].start, placed[closest[2] - 1].end
    return None


def _postings(text: str) -> list[Token]:
    """The `text.postings` of a text, with their places in it: of a pair its first character's, about."""
    found: list[Token] = []
    told = spans(text)
    for token, behind in zip_longest(told, told[1:]):
        pair = len(token.text) == 2 and pattern(token.text[0])[1]
        if not pair:
            found.append(token)
            continue
        overlaps = behind is not None and behind.start < token.end
        found.append(Token(token.text, token.start, behind.start if overlaps else max(token.start + 1, token.end - 1)))
        if not overlaps:
            found.append(Token(token.text[1], max(token.start, token.end - 1), token.end))
    return found


def _standing(placed: Sequence[Token], side: str) -> list[tuple[int, int]]:
    """Where a word or phrase stands among postings: its first, and the one behind its last."""
    terms, wide = pattern(side)[0], len(postings(side))
    found = [at for at, token in enumerate(placed) if token.text == terms[0]]
    return [(at, at + wide) for at in found if [token.text for token in placed[at : at + len(terms)]] == list(terms)]


def _scores(bounds: Sequence[tuple[int, int]], hits: Sequence[Token]) -> list[float]:
    """For each sentence how many different wanted tokens it holds, with a little for hits that touch each other."""
    scores = [0.0] * len(bounds)
    at = 0
    for i, (start, end) in enumerate(bounds):
        held: set[str] = set()
        last = -1
        while at < len(hits) and hits[at].start < end:
            hit = hits[at]
            if hit.start >= start:
                if hit.text not in held:
                    scores[i] += 1.0 + (0.5 if hit.start <= last + 1 else 0.0)
                held.add(hit.text)
                last = hit.end
            at += 1
    return scores


def _widen(bounds: Sequence[tuple[int, int]], scores: Sequence[float], best: int, length: int) -> tuple[int, int]:
    """Whole sentences around the best one, those with more hits first, as far as the length allows."""
    first = last = best
    while True:
        choices = []
        if last + 1 < len(bounds) and bounds[last + 1][1] - bounds[first][0] <= length:
            choices.append((scores[last + 1] + 0.1, 1))
        if first and bounds[last][1] - bounds[first - 1][0] <= length:
            choices.append((scores[first - 1], 0))
        if not choices:
            return bounds[first][0], bounds[last][1]
        if max(choices)[1]:
            last += 1
        else:
            first -= 1


def _cut(text: str, start: int, end: int, hits: Sequence[Token], length: int) -> tuple[int, int]:
    """A window of a sentence that is too long: around where most hits lie, moved to clause bounds near by."""
    if not hits:
        return start, _bound(text, start + length * 2 // 3, start + length)
    reach = length * 2 // 3
    starts = [hit.start for hit in hits]

    def worth(hit: Token) -> tuple[int, int]:
        near = hits[bisect_left(starts, hit.start) : bisect_left(starts, hit.start + reach)]
        return len({other.text for other in near}), -hit.start

    dense = max(hits[:400], key=worth)
    left = max(start, min(dense.start - length // 5, end - length))
    if left > start:
        clauses = [match.end() for match in _CLAUSE.finditer(text, max(start, left - length // 6), dense.start)]
        left = clauses[0] if clauses else left
    right = min(end, max(left + length, dense.end))
    return left, right if right == end else max(_bound(text, left + length * 2 // 3, right), dense.end)


def _bound(text: str, low: int, high: int) -> int:
    """The last clause bound between two places, else the later place."""
    clauses = [match.start() for match in _CLAUSE.finditer(text, low, high)]
    return clauses[-1] if clauses else high


def _marked(
    text: str, start: int, end: int, hits: Sequence[Token], before: str, after: str
) -> Iterator[tuple[str, bool]]:
    """The pieces of a window, neighbouring hits in one."""
    merged: list[list[int]] = []
    for hit in hits:
        if hit.start < start or hit.end > end:
            continue
        if merged and hit.start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], hit.end)
        else:
            merged.append([hit.start, hit.end])
    at = start
    for first, last in merged:
        if before or first > at:
            yield before + re.sub(r"\s+", " ", text[at:first]), False
        yield re.sub(r"\s+", " ", text[first:last]), True
        before, at = "", last
    if before or after or at < end:
        yield before + re.sub(r"\s+", " ", text[at:end]) + after, False
