"""What one transaction works on: looked up together at its beginning, written together at its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tuoben import url
from tuoben.model import Capture, Claim, Kind, Outcome
from tuoben.store import frontier, logged, models, repository
from tuoben.store.database import column_of, insert_all, one_writer, rows_of, save_all
from tuoben.store.hosts import Hosts
from tuoben.store.visits import Round, Visits

CHANGING = (
    "state", "due_at", "attempts", "visits", "error", "etag", "last_modified", "payload_digest", "needs", "rank",
)  # fmt: skip
"""Fields of an item that its completion changes."""
READ = (Kind.PAGE, Kind.RENDERED)
"""Kinds that articles are read from."""
UNREAD = ("url", "key", "article", "for_host", "referer", "hints", "via")
"""Fields of an item that its completion does not look at."""


class Batch:
    """The rows of one transaction: hosts, items, captures; what is new and what changed of them."""

    def __init__(self, outcomes: Sequence[Outcome], now: datetime, visits: Visits) -> None:
        claims = [outcome.claim for outcome in outcomes]
        if any(claim.kind in READ for claim in claims):
            one_writer()  # an article's place among copies is decided by one transaction after the other
        self.hosts = Hosts(now, _authorities(outcomes))
        told = {claim.source for claim in claims if claim.source}
        self.sources = set(column_of(models.Source, "id", "id IN ({})", [list(told)]) if told else ())
        asked = [claim.item for claim in claims if claim.item]
        rows = rows_of(models.Item, "id IN ({})", [asked], UNREAD) if asked else []
        self.items = {row.pk: row for row in rows}
        ids = {claim.article for claim in claims if claim.article and claim.kind in READ}
        self.articles = {
            pk
            for kind in (models.Article, models.Alias)
            if ids
            for pk in column_of(kind, "id", "id IN ({})", [list(ids)])
        }
        """Ids that name an article."""
        self.captures: dict[str, models.Capture] = {}
        self.leaves: list[Capture] = []
        self.requisites: list[models.Item] = []
        self.round = Round(visits)
        self.aliases: list[models.Item] = []
        """Items that turned out to be another one's alias: few, and the column has an index."""
        self._changed: dict[int, models.Item] = {}

    def record(self, capture: Capture) -> None:
        """Keep a capture, and let it wait for the log."""
        self.leaves.append(capture)
        self.captures[capture.record_id] = repository.capture_row(capture)

    def item(self, claim: Claim) -> models.Item | None:
        """The item of a claim, as this transaction leaves it; None when it is gone or leased anew."""
        item = self.items.get(claim.item)
        return item if item is not None and item.epoch == claim.epoch else None

    def closed(self) -> list[int]:
        """Items that this transaction has closed so far."""
        states = models.Item.State
        return [pk for pk, item in self._changed.items() if item.state not in (states.QUEUED, states.LEASED)]

    def change(self, item: models.Item) -> None:
        """Write the item at the end."""
        self._changed[item.pk] = item

    def save(self, now: datetime) -> None:
        """Write everything."""
        insert_all(self.captures.values())
        logged.add(self.leaves)
        save_all(self._changed.values(), CHANGING)
        save_all(self.aliases, ("alias_of",))
        frontier.add(self.requisites, now, self.hosts)
        self.round.save()
        self.hosts.save()


def _authorities(outcomes: Sequence[Outcome]) -> set[str]:
    """All hosts that outcomes speak of: a transaction holds them from its beginning, in one order."""
    found: set[str] = set()
    sites: dict[str, str] = {}
    for outcome in outcomes:
        claim = outcome.claim
        found |= {frontier.LANE} if outcome.render else set()
        found |= {host for host in (claim.host, claim.for_host) if host}
        named = [
            *outcome.requisites,
            *outcome.sitemaps,
            outcome.redirect,
            outcome.older,
            *(link.url for link in outcome.links[outcome.ahead :]),
        ]
        named += outcome.article.next_pages if outcome.article is not None else ()
        sites |= {"/".join(address.split("/", 3)[:3]): address for address in named if address}
    return found | {url.authority(address) for address in sites.values()}
