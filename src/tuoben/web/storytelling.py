"""A story as its page shows it: its first report, its days, its sources, and what each report adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from tuoben.model import Card
from tuoben.organise.likeness import Words
from tuoben.organise.stories import news
from tuoben.store import queries, stories

LONGEST = 200
"""Reports that a page shows, the earliest: each is compared with those before it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report with the sentences that say what the earlier ones lack; its copies are folded into the card's count."""

    card: Card
    news: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All that the page tells: `days` in order, `sources` with the number of their reports, most first."""

    id: str
    first: Card
    reports: Sequence[Told]
    days: Sequence[tuple[date, Sequence[Told]]]
    sources: Sequence[tuple[str, int]]


def shown(id: str) -> Story | None:
    """The story of an id; None when it has fewer than two distinct articles to show."""
    ids = stories.members(id)
    cards = queries.cards(ids)
    folded: dict[str, Card] = {}
    for member in ids:
        if member in cards:
            folded.setdefault(cards[member].group or member, cards[member])
    if len(folded) < stories.LEAST:
        return None
    told = _told(list(folded.values())[:LONGEST])
    days: dict[date, list[Told]] = {}
    for one in told:
        days.setdefault(timezone.localtime(one.card.when).date(), []).append(one)
    sources = Counter(cards[member].source for member in ids if member in cards)
    return Story(id, told[0].card, told, list(days.items()), sources.most_common())


def _told(cards: Sequence[Card]) -> list[Told]:
    texts = queries.texts(card.id for card in cards)
    earlier: list[Words] = []
    out = []
    for card in cards:
        text = texts.get(card.id, "")
        out.append(Told(card, tuple(news(text, earlier)) if earlier else ()))
        earlier.append(Words(card.title, text))
    return out
