"""search, show, related, reprints, revisions."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from tuoben import find, shape
from tuoben import reprints as grouping
from tuoben.commands import base, terminal
from tuoben.errors import DataError, UsageError
from tuoben.home import Home
from tuoben.index import Filters, Index
from tuoben.jobs.drain import drain
from tuoben.model import Card, Reading
from tuoben.organise.differences import differences
from tuoben.query import days
from tuoben.store import checks, queries, rereading


def _when(card: Card) -> str:
    return card.published.iso().replace("T", " ") if card.published else ""


def _day(text: str | None, *, end: bool) -> datetime | None:
    """The first moment (or the moment just behind the last) of a day, month or year, in the site's zone."""
    if not text:
        return None
    bounds = days(text)
    if bounds is None:
        raise UsageError(f"{text!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD.")
    day = bounds[1] if end else bounds[0]
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def _shown(text: str) -> Reading:
    reading = queries.reading(base.known_article(text))
    if reading is None:
        raise UsageError(f"The article {text!r} is hidden; it is not shown anywhere.")
    return reading


def filters_of(call: Namespace) -> Filters:
    """The filters of a call: --category, --source, --since, --until, --as-of."""
    site = checks.source_id(call.source) if call.source else ""
    return Filters(
        category=call.category or "",
        site=site,
        source="" if site else call.source or "",
        since=_day(call.since, end=False),
        until=_day(call.until, end=True),
        as_of=_day(call.as_of, end=True),
    )


def open_index(home: Home) -> Index:
    """The index, made first when it is not there; raises DataError when it does not hold what the rows tell of."""
    drain(home)
    index = Index.open(home.index)
    articles = queries.overview().articles
    if index.count and not articles:
        raise DataError(f"The rows in {home.database} hold no article; `tuoben rebuild` makes them anew.")
    if articles and not index.count:
        raise DataError(f"The search index in {home.index} holds nothing; `tuoben rebuild --index` makes it anew.")
    return index


def search(call: Namespace) -> int:
    """Find articles."""
    home = base.home()
    if call.limit < 1:
        raise UsageError("--limit must be 1 or more.")
    filters = filters_of(call)
    wish = find.Wish(sort=call.sort, limit=min(call.limit, 1000), zone=timezone.get_default_timezone())
    found = find.search(open_index(home), " ".join(call.query), filters, wish)
    hits = [_hit(hit) for hit in found.hits]
    if call.json:
        terminal.document({"total": found.total, "hits": hits, "loosened": found.loosened})
        return 0
    if found.loosened:
        terminal.say(f"Nothing matches all of it; shown is what matches loosely ({found.loosened}).")
    terminal.out.print(f"{found.total} found")
    for hit in found.hits:
        terminal.out.print(
            f"\n{hit.card.title}\n  {hit.card.id}  {_when(hit.card)}  {hit.card.source}\n  {_plain(hit.excerpt)}"
        )
    return 0


def _hit(hit: find.Hit) -> dict[str, Any]:
    """A hit; `revision` where it is an old one, told as it was."""
    told = shape.card_json(hit.card) | {"excerpt": _plain(hit.excerpt)}
    return told | {"revision": hit.revision} if hit.revision else told


def _plain(excerpt: Sequence[tuple[str, bool]]) -> str:
    return "".join(text for text, _ in excerpt)


def show(call: Namespace) -> int:
    """One article in the one JSON shape, or readable."""
    base.home()
    reading = _shown(call.id)
    if call.json:
        terminal.document(shape.article_json(reading))
        return 0
    card = reading.card
    terminal.out.print(card.title)
    terminal.out.print(f"{card.category or '未分类'}  {_when(card)}  {card.source}\n")
    if reading.article.policy.noarchive:
        terminal.out.print("The publisher asks that this page is not archived: the text is not shown.")
    else:
        terminal.out.print(reading.article.text)
    terminal.out.print(f"\n{reading.capture.time:%Y-%m-%d %H:%M:%S} UTC  {reading.capture.payload_digest}\n{card.url}")
    return 0


def _items(call: Namespace, items: list[dict[str, Any]], cells: Sequence[str]) -> int:
    if call.json:
        terminal.document({"items": items})
    else:
        terminal.table(cells, ([_cell(item.get(cell)) for cell in cells] for item in items))
    return 0


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value or ""


def related(call: Namespace) -> int:
    """Articles related to one, found now."""
    home = base.home()
    reading = _shown(call.id)
    found = find.related(open_index(home), reading, limit=call.limit)
    items = [
        shape.card_json(item.card) | {"excerpt": _plain(item.excerpt), "why": item.why, "newer": item.newer}
        for item in found
    ]
    return _items(call, items, ("id", "published", "title", "why"))


def reprints(call: Namespace) -> int:
    """The other articles of its reprint group, with the lag against the article that came first."""
    base.home()
    reading = _shown(call.id)
    group = grouping.group(reading)
    items = [_reprint(card, group) for id, card in group.cards.items() if id != reading.card.id]
    items.sort(key=lambda item: (item["relation"] != "origin", item["lag"] is None, item["lag"] or 0.0))
    return _items(call, items, ("id", "published", "relation", "source", "title"))


def _reprint(card: Card, group: grouping.Group) -> dict[str, Any]:
    """A member of the group in the shortened shape, with what it is to the origin."""
    copy = group.copy(card.id)
    if copy is None:
        return shape.card_json(card) | {"relation": "origin", "lag": 0.0, "evidence": list(group.lineage.evidence)}
    told = {
        "relation": "altered" if copy.altered else "reprint",
        "extent": copy.relation,
        "figures": [list(pair) for pair in copy.figures],
        "taken_from": copy.taken_from,
    }
    lag = copy.lag if copy.lag is not None else (card.when - group.origin.when).total_seconds()
    return shape.card_json(card) | told | {"lag": lag}


def revisions(call: Namespace) -> int:
    """The states of one article, oldest first, each with what changed against the one before."""
    base.home()
    article = _shown(call.id).card.id
    items: list[dict[str, Any]] = []
    older = rereading.older(article)
    before: Reading | None = None
    for row in reversed(queries.revisions(article)):
        read = queries.reading(article, row.number)
        if read is not None:
            told = {"revision": row.number, "captured": row.captured.isoformat(), "title": row.title}
            earlier = [one.extractor for one in older if one.record_id == row.record_id]
            told |= {"extractor": row.extractor, "older_readings": earlier}
            items.append(shape.card_json(read.card) | told | _changed(before, read))
            before = read
    return _items(call, items, ("revision", "captured", "title", "changed"))


def _changed(before: Reading | None, now: Reading) -> dict[str, Any]:
    """Fields that changed, "text" among them, and how many sentences were edited, added, removed or moved."""
    if before is None:
        return {"changed": [], "sentences": {}}
    found = differences(before.article, now.article)
    return {
        "changed": [*(change.field for change in found.fields), *(["text"] if found.kinds else [])],
        "sentences": dict(Counter(piece.kind for piece in found.pieces if piece.kind in found.kinds)),
    }
