"""What people see: tables and bars on a terminal, plain lines in a log, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
LINE_EVERY = 5.0
"""Seconds between two progress lines in a log."""


def document(value: Any) -> None:  # noqa: ANN401 any JSON value
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=1))  # noqa: T201


def line(value: Any) -> None:  # noqa: ANN401
    """Print one JSON object on a line of its own, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(sentence: str) -> None:
    """One plain sentence on stderr."""
    err.print(sentence)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout."""
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    out.print(shown)


class Watch:
    """Progress of long work on stderr: a bar that is redrawn on a terminal, a line now and then in a log."""

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self._title = title
        self._quiet = quiet
        self._said = time.monotonic()
        self._bar: Progress | None = None
        if err.is_terminal and not quiet:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[note]}"),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=err, transient=True)

    def __enter__(self) -> Watch:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=None, note="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, note: str, done: float | None = None, total: float | None = None) -> None:
        """How far it is."""
        if self._bar is not None:
            self._bar.update(self._task, note=note, completed=done, total=total)
        elif not self._quiet and time.monotonic() - self._said >= LINE_EVERY:
            self._said = time.monotonic()
            err.print(f"{self._title}: {note}")
