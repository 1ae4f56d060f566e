"""Excerpts: the piece of a text that shows best why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tuoben.text import Token, places, sentences

_CLAUSE = re.compile(r"[，、；：,;:—]|\s")


def excerpt(text: str, wanted: Iterable[str], length: int = 160) -> tuple[tuple[str, bool], ...]:
    """A piece of at most about `length` characters around the best hits, as (piece, whether it is a hit) in order.

    `wanted` are tokens as `text.tokens` makes them. The piece begins and ends at sentence bounds where the sentences
    are short enough, else at a clause or word bound with "…"; a hit is always in it. Without a hit: the first
    sentences. All characters are the original's, white space made single spaces.
    """
    hits = places(text, frozenset(wanted))
    bounds = sentences(text)
    if not bounds:
        return ()
    scores = _scores(bounds, hits)
    best = max(range(len(bounds)), key=lambda i: (scores[i], -i))
    start, end = bounds[best]
    if end - start > length:
        start, end = _cut(text, start, end, [hit for hit in hits if start <= hit.start < end], length)
    else:
        start, end = _widen(bounds, scores, best, length)
    before = "…" if not any(start == bound[0] for bound in bounds) else ""
    after = "…" if not any(end == bound[1] for bound in bounds) else ""
    return tuple(_marked(text, start, end, hits, before, after))


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

    def worth(hit: Token) -> tuple[int, int]:
        return len({other.text for other in hits if hit.start <= other.start < hit.start + reach}), -hit.start

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
