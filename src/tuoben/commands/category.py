"""category: list, sections, map, set, train."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from django.utils import timezone

from tuoben.commands import base, terminal
from tuoben.commands.source_rows import known_source
from tuoben.errors import UsageError
from tuoben.jobs import drain
from tuoben.jobs.categorising import Sorter, learn
from tuoben.store import categories, queries


def listed(call: Namespace) -> int:
    """All categories, the fullest first."""
    base.home()
    rows = queries.categories()
    if call.json:
        terminal.document({"categories": [{"name": row.name, "articles": row.articles} for row in rows]})
    else:
        terminal.table(("category", "articles"), [(row.name or "-", row.articles) for row in rows])
    return 0


def sections(call: Namespace) -> int:
    """What a source calls its sections, how they are read, and what the desk says."""
    base.home()
    rows = categories.sections(known_source(call.source))
    if call.json:
        told = [asdict(row) | {"at": row.at.isoformat() if row.at else None} for row in rows]
        terminal.document({"sections": told})
    else:
        said = [(row.name, row.articles, row.read or "-", row.category or "-") for row in rows]
        terminal.table(("section", "articles", "read as", "category"), said)
    return 0


def map_section(call: Namespace) -> int:
    """Let a section of a source be a category; the articles that are there follow."""
    home = base.home()
    changed = categories.map_section(known_source(call.source), call.section, call.category, "", timezone.now())
    drain.drain(home)
    _tell(call, {"changed": changed}, f"{changed} articles are of another category now.")
    return 0


def correct(call: Namespace) -> int:
    """Let an article be of a category, whatever else says otherwise."""
    home = base.home()
    article = base.known_article(call.id)
    categories.correct(article, call.category, "", timezone.now())
    drain.drain(home)
    card = queries.cards([article]).get(article)
    name = card.category if card is not None else call.category or ""
    _tell(call, {"id": article, "category": name}, f"{article} is {name or 'of no category'} now.")
    return 0


def train(call: Namespace) -> int:
    """Learn categories, then sort what nothing else sorts; a worker goes on with it when this is stopped."""
    home = base.home()
    if call.most < 2:
        raise UsageError("--most must be 2 or more.")
    with terminal.Watch("category", quiet=call.json) as watch:
        found = learn(home, call.most, lambda done, total: watch.tell(f"learning, pass {done} of {total}", done, total))
        sorter, looked_at = Sorter(home), 0
        while part := sorter.sort():
            looked_at += part
            watch.tell(f"{looked_at} articles looked at")
        drain.drain(home)
    told = {
        "version": found.classifier.version,
        "categories": list(found.classifier.categories),
        "examples": found.examples,
        "held_back": found.judged,
        "accuracy": round(found.accuracy, 4),
        "given": round(found.given, 4),
        "precision": round(found.precision, 4),
        "least": round(found.classifier.least, 4),
        "looked_at": looked_at,
    }
    _tell(
        call,
        told,
        f"Learnt {len(found.classifier.categories)} categories from {found.examples} articles. Of {found.judged} held "
        f"back, {found.given:.0%} get a category, {found.precision:.1%} of those the right one. {looked_at} looked at.",
    )
    return 0


def _tell(call: Namespace, told: dict[str, object], sentence: str) -> None:
    if call.json:
        terminal.document(told)
    else:
        terminal.out.print(sentence)
