"""The reprint group of an article, for every face: what the store holds, put in order by `organise.lineage`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tuoben.model import Article, Card, Moment, Precision, Reading
from tuoben.organise import lineage
from tuoben.organise.lineage import Copy, Lineage, Member
from tuoben.store import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A reprint group: the cards of all its shown members by id, and how they stand to each other."""

    cards: dict[str, Card]
    lineage: Lineage

    @property
    def origin(self) -> Card:
        """Who published first."""
        return self.cards[self.lineage.origin]

    def copy(self, id: str) -> Copy | None:
        """How a member stands to the origin; None for the origin itself."""
        return next((copy for copy in self.lineage.copies if copy.id == id), None)


def group(reading: Reading) -> Group:
    """The group that an article stands in; of itself alone when it has no copies."""
    cards = {card.id: card for card in (reading.card, *reading.reprints)}
    articles, texts = queries.articles(cards), queries.texts(cards)
    captured = queries.first_captured(cards)
    members = [
        _member(card, articles[id], texts.get(id, ""), captured.get(id, card.captured))
        for id, card in cards.items()
        if id in articles
    ]
    return Group(cards=cards, lineage=lineage.lineage(members))


def _member(card: Card, article: Article, text: str, captured: datetime) -> Member:
    outlets = frozenset(name for name in (card.site_name, article.publisher) if name)
    return Member(
        id=card.id,
        text=text,
        outlets=outlets,
        credited=article.source,
        reprinted_from=article.reprinted_from,
        published=exactly(card.published),
        captured=captured,
    )


def exactly(published: Moment | None) -> datetime | None:
    """A time of publication that is told to the minute at least, with a zone; None for any other."""
    if published is None or published.precision is Precision.DAY or published.value.tzinfo is None:
        return None
    return published.value
