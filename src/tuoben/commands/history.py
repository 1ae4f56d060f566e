"""history: the past of a source, collected behind all that is new."""

from __future__ import annotations

from argparse import Namespace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tuoben import shape
from tuoben.commands import base, source_rows, terminal
from tuoben.errors import UsageError
from tuoben.store import past
from tuoben.store.past import PastRow


def history_begin(call: Namespace) -> int:
    """Begin at the newest end; workers do the work, or `crawl --once --history`. 1 when there are no listings."""
    base.home()
    source = source_rows.known_source(call.source)
    if (call.since or call.until) and not call.template:
        raise UsageError("--from and --to go with --template; the listings of a source tell their own times.")
    now = timezone.now()
    until = _day(call.until) if call.until else now.date() - timedelta(days=1) if call.template else None
    begun = past.begin(source, now, call.template, _day(call.since) if call.since else None, until)
    _tell(source, call)
    if not begun:
        terminal.say(f"tuoben: {source} has no listings; look for them with: tuoben source add URL")
    return 0 if begun else 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write it as 2023-12-24.") from error


def history_show(call: Namespace) -> int:
    """How far it is; 1 when a way is blocked."""
    base.home()
    return _tell(source_rows.known_source(call.source), call)


def history_stop(call: Namespace) -> int:
    """Let it rest; what is under way is finished."""
    base.home()
    source = source_rows.known_source(call.source)
    past.stop(source, timezone.now())
    return _tell(source, call)


def history_resume(call: Namespace) -> int:
    """Go on where it was."""
    base.home()
    source = source_rows.known_source(call.source)
    past.resume(source, timezone.now())
    return _tell(source, call)


def as_json(row: PastRow) -> dict[str, Any]:
    """One way into the past."""
    known = row.past
    told = {"kind": row.kind, "url": row.url, "state": row.state}
    told |= {name: getattr(known, name) for name in ("pages", "shown", "found", "captured")}
    times = {name: shape.dump(getattr(known, name)) for name in ("begun", "since", "until", "oldest")}
    return told | {"waiting": row.waiting, **times, "error": row.error}


def _tell(source: str, call: Namespace) -> int:
    rows = past.told(source)
    if call.json:
        terminal.document({"source": source, "history": [as_json(row) for row in rows]})
    elif not rows:
        terminal.out.print(f"The past of {source} is not collected; begin with: tuoben history begin {source}")
    for row in rows if not call.json else ():
        known = row.past
        terminal.out.print(f"{row.kind}  {row.url}  {row.state}")
        back = f", back to {known.oldest:%Y-%m-%d}" if known.oldest else ""
        terminal.out.print(
            f"  {known.pages} pages, {known.found} articles found, {known.captured} captured, "
            f"{row.waiting} waiting{back}"
        )
        if row.error:
            terminal.out.print(f"  {row.error}")
    return 1 if any(row.state == "blocked" for row in rows) else 0
