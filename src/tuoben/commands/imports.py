"""import: WARC, ARC and WACZ files of any origin, kept and read."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from tuoben.commands import base, engine, terminal
from tuoben.errors import TuobenError, UsageError
from tuoben.jobs import imports

SHOWN = 20
"""Problems that are named one by one."""


def import_files(call: Namespace) -> int:
    """Take files in; 1 when something in them could not be, 2 when one of them is not there."""
    paths = [Path(name) for name in call.files]
    for path in paths:
        if not path.is_file():
            raise UsageError(f"There is no file {path}; give WARC, ARC or WACZ files.")
        if path.suffix.lower() == ".opml":
            raise UsageError(f"{path} is a list of feeds; add its sources with: tuoben source add --opml {path}")
    home = base.home()
    result = imports.Result()
    try:
        with terminal.Watch("import", quiet=call.json) as shown, engine.runner() as runner:

            def progress(name: str, done: int, total: int) -> None:
                counts = result.counts
                shown.tell(f"{name}: {counts.articles} articles, {counts.records} records", done, total)

            work = imports.Work(
                home=home,
                runner=runner,
                rules=engine.rules(),
                plan=engine.plan(),
                disk_floor=settings.DISK_FLOOR,
                progress=progress,
            )
            engine.settle_memory()
            imports.take_in_files(paths, work, result)
    except TuobenError:
        _tell(result)
        raise
    if call.json:
        problems = [asdict(problem) for problem in result.problems]
        terminal.document(asdict(result.counts) | {"problems": problems})
    else:
        terminal.out.print(", ".join(f"{count} {name}" for name, count in asdict(result.counts).items()))
    _tell(result)
    return 1 if result.counts.failed else 0


def _tell(result: imports.Result) -> None:
    for problem in result.problems[:SHOWN]:
        terminal.say(f"tuoben: {problem.file} at {problem.offset}: {problem.why}")
    if len(result.problems) > SHOWN:
        more = len(result.problems) - SHOWN
        terminal.say(f"tuoben: and {more} more places could not be read; --json names them all.")
