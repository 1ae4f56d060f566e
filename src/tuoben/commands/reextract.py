"""re-extract: what the present extractor reads of the captures that are held."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from typing import Any

from tuoben.commands import base, engine, terminal
from tuoben.errors import UsageError
from tuoben.extractor import extractor
from tuoben.home import Home
from tuoben.jobs import drain, reextract
from tuoben.organise.differences import LEFT, SAME, differences
from tuoben.store import checks
from tuoben.store.rereading import Reread

LONGEST = 160
"""Characters of one value in an example on the terminal."""


def re_extract(call: Namespace) -> int:
    """Show what would change, or let the rows say it; 1 when an article had to be left as it is."""
    home = base.home()
    if call.sample < 0:
        raise UsageError("--sample must be 1 or more.")
    source = checks.source_id(call.source) if call.source else ""
    if call.source and not source:
        raise UsageError(f"There is no source {call.source!r}; `tuoben source list` shows them.")
    ids = tuple(dict.fromkeys(base.known_article(text) for text in call.ids))
    wish = reextract.Wish(call.apply, ids, source, call.all, call.sample)
    with terminal.Watch("re-extract", quiet=call.json) as watch:

        def tell(done: int, total: int) -> None:
            watch.tell(f"{done} of {total} articles", done, total)

        with engine.runner(beside=_collecting(home)) as runner:
            found = reextract.re_extract(home, wish, reextract.Reading(runner, engine.rules(), engine.plan(), tell))
        if call.apply:
            drain.drain(home)
    if call.json:
        terminal.document(_document(found, call))
    else:
        _show(found, call)
    for article, why in found.left[:20]:
        terminal.say(f"tuoben: {article} is left as it is: {why}")
    return 1 if found.left else 0


def _collecting(home: Home) -> bool:
    return any(home.alive(name) for name in home.processes())


def _document(found: reextract.Found, call: Namespace) -> dict[str, Any]:
    return {
        "extractor": extractor(),
        "applied": call.apply,
        **_tally(found.total),
        "revisions": {"dropped": found.dropped, "added": found.added},
        "sources": {name: _tally(tally) for name, tally in sorted(found.sources.items())},
        "left": [{"id": article, "why": why} for article, why in found.left],
        "examples": [_example(one) for one in found.examples],
    }


def _tally(tally: reextract.Tally) -> dict[str, Any]:
    return {"articles": tally.articles, "changed": tally.changed, "fields": dict(tally.fields.most_common())}


def _example(found: Reread) -> dict[str, Any]:
    """An article: of its newest capture that is read otherwise, what a reader would see, and names of other fields."""
    told: dict[str, Any] = {"id": found.article, "source": found.source, "url": ""}
    told |= {"revisions": [len(found.before), len(found.after)], "fields": [], "text": [], "also": []}
    if both := reextract.pairs(found):
        old, new = both[-1]
        seen = differences(old, new)
        told["url"] = new.url
        told["fields"] = [{"field": one.field, "old": one.old, "new": one.new} for one in seen.fields]
        changed = [piece for piece in seen.pieces if piece.kind not in (SAME, LEFT)]
        told["text"] = [{"kind": piece.kind, "old": piece.old, "new": piece.new} for piece in changed]
        shown = {one.field for one in seen.fields} | {"text"}
        told["also"] = [name for name in reextract.fields_between(old, new) if name not in shown]
    return told


def _show(found: reextract.Found, call: Namespace) -> None:
    total = found.total
    said = "are read otherwise now" if call.apply else "would be read otherwise"
    terminal.out.print(f"{total.changed} of {total.articles} articles {said} by {extractor()}.")
    if found.dropped or found.added:
        terminal.out.print(f"{found.dropped} revisions turn out to be none, {found.added} were not seen before.")
    if total.fields:
        terminal.table(("field", "articles"), total.fields.most_common())
        sources = sorted(found.sources.items(), key=lambda one: -one[1].changed)
        rows = [(name or "-", one.articles, one.changed, _most(one.fields)) for name, one in sources]
        terminal.table(("source", "articles", "changed", "fields"), rows)
    for one in found.examples:
        _show_example(_example(one))
    if total.changed and not call.apply:
        terminal.out.print("\nNothing was changed. With --apply the rows say it; what was read before is kept beside.")


def _most(fields: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in fields.most_common(5))


def _show_example(told: dict[str, Any]) -> None:
    terminal.out.print(f"\n{told['id']}  {told['url']}")
    for change in told["fields"]:
        terminal.out.print(f"  {change['field']}")
        _lines(change)
    for piece in told["text"][:6]:
        _lines(piece)
    if len(told["text"]) > 6:
        terminal.out.print(f"  … and {len(told['text']) - 6} more sentences")
    if told["also"]:
        terminal.out.print(f"  also: {', '.join(told['also'])}")


def _lines(change: dict[str, str]) -> None:
    for mark, text in (("-", change["old"]), ("+", change["new"])):
        if text:
            terminal.out.print(f"  {mark} {text if len(text) <= LONGEST else text[:LONGEST] + '…'}")
