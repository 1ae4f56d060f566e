"""verify, rebuild, hide."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from django.utils import timezone

from tuoben.commands import base, engine, terminal
from tuoben.jobs import drain, hiding, sequence
from tuoben.jobs import rebuild as rebuilding
from tuoben.jobs.verify import verify as check
from tuoben.store import checks


def verify(call: Namespace) -> int:
    """Check the archive; 1 when something is wrong."""
    home = base.home()
    ids = [base.known_article(text) for text in call.ids]
    with terminal.Watch("verify", quiet=call.json) as watch:
        report = check(home, ids, lambda name, done, total: watch.tell(name, done, total))
    if call.json:
        bad = [asdict(problem) for problem in report.bad]
        terminal.document({"checked": report.checked, "bad": bad, "notes": report.notes})
    else:
        for note in report.notes:
            terminal.say(note)
        for problem in report.bad:
            terminal.say(f"{problem.segment} at {problem.offset} {problem.record}: {problem.why}")
        terminal.out.print(f"{report.checked} records checked, {len(report.bad)} bad.")
    return 1 if report.bad else 0


def rebuild(call: Namespace) -> int:
    """Rows, then index, from the archive; `--rows` and `--index` do one of them. 1 when the archive is damaged."""
    found = rebuilding.Rebuilt()
    told: dict[str, int] = {}
    with terminal.Watch("rebuild", quiet=call.json) as watch:
        if call.index:
            home = base.home()
        else:
            home = base.directory()
            with engine.runner() as runner:
                reading = rebuilding.Reading(
                    runner, engine.rules(), engine.plan(), lambda name, done: watch.tell(f"{done} captures, {name}")
                )
                found = rebuilding.rebuild_rows(home, reading)
            told |= {"captures": found.captures, "damaged": len(found.damage)}
        if not call.rows_only:
            total = checks.article_count()
            told["articles"] = drain.rebuild(home, lambda done: watch.tell(f"{done} articles indexed", done, total))
    if call.json:
        terminal.document(told)
    else:
        terminal.out.print(", ".join(f"{count} {name}" for name, count in told.items()) + ".")
    for sentence in (*found.notes, *found.damage):
        terminal.say(f"tuoben: {sentence}")
    return 1 if found.damage else 0


def hide(call: Namespace) -> int:
    """Take an article out of every page, feed, search and replay."""
    home = base.home()
    article = base.known_article(call.id)
    hiding.hide(article, call.reason, timezone.now())
    drain.drain(home)
    sequence.sequence(home)
    if call.json:
        terminal.document({"id": article, "hidden": True})
    else:
        terminal.out.print(f"{article} is hidden: it is on no page, in no feed, search or replay; its bytes are kept.")
    return 0
