"""export: snapshots as a file that other programs read."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone

from tuoben.archive.reading import sync_directory
from tuoben.commands import base, find, terminal
from tuoben.errors import UsageError
from tuoben.home import Home
from tuoben.index import Filters, Index
from tuoben.jobs import sequence
from tuoben.jobs.export import Exported, Wish
from tuoben.jobs.export import export as write
from tuoben.query import parse
from tuoben.store import checks, queries


def export(call: Namespace) -> int:
    """Write a WACZ of an article, of what a search finds, or of all that the filters leave; 1 when part is missing."""
    home = base.home()
    target = Path(call.wacz)
    if target.exists():
        raise UsageError(f"{target} is there already; name a new file.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}; make it, or name a file elsewhere.")
    articles, title = _asked(home, call)
    sequence.sequence(home)
    with terminal.Watch("export", quiet=call.json) as shown:

        def progress(what: str, done: int, total: int) -> None:
            shown.tell(f"{done} {what}", done if total else None, total or None)

        done = _written(home, target, Wish(articles=articles, title=title, progress=progress))
    _tell(call, done, target)
    return 1 if done.problems else 0


def _asked(home: Home, call: Namespace) -> tuple[Iterator[str], str]:
    """Ids of the articles that are asked for, and what to call them."""
    text = " ".join(call.query)
    filters = find.filters_of(call)
    if len(call.query) == 1 and (article := checks.article_id(text)):
        if queries.hidden(article):
            raise UsageError(f"The article {text!r} is hidden; it is not exported.")
        return iter([article]), ""
    words = (text, call.source, call.category, call.since, call.until)
    return _found(find.open_index(home), text, filters), " · ".join(word for word in words if word) or "tuoben"


def _found(index: Index, text: str, filters: Filters) -> Iterator[str]:
    """All articles that are found, the newest first; nothing that is found only when words are given up.

    In one go: articles of one time have no order that would hold from one search to the next.
    """
    zone = timezone.get_default_timezone()
    found = index.search(parse(text), filters, sort="newest", limit=max(index.count, 1), zone=zone)
    yield from () if found.loosened else found.ids


def _written(home: Home, target: Path, wish: Wish) -> Exported:
    """The file, whole as soon as it has its name, and durable."""
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            done = write(home, file, wish)
            if not done.snapshots:
                why = "their publishers ask that they are not shown (noarchive)" if done.closed else "nothing is found"
                raise UsageError(f"There is nothing to export: {why}; no file was written.")
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.link(draft, target)  # not over a file that came meanwhile
        sync_directory(target.parent)
    except FileExistsError as error:
        raise UsageError(f"{target} is there already; name a new file.") from error
    finally:
        Path(draft).unlink(missing_ok=True)
    return done


def _tell(call: Namespace, done: Exported, target: Path) -> None:
    counts = asdict(done) | {"size": target.stat().st_size}
    problems = counts.pop("problems")
    if call.json:
        terminal.document({"file": str(target)} | counts | {"problems": problems})
    else:
        told = ", ".join(f"{counts[name]} {name}" for name in ("articles", "snapshots", "records", "proofs"))
        terminal.out.print(f"{target}: {told}; {counts['size'] / 1e6:.1f} MB")
        if done.closed:
            terminal.out.print(f"{done.closed} articles are left out: their publishers say noarchive.")
    for problem in problems:
        terminal.say(f"tuoben: {problem}")
