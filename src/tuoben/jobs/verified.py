"""How far a check of the whole archive came, kept in `verify.json` until it is done."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tuoben.archive.verify import Problem
from tuoben.home import Home

EVERY = 5.0
"""Seconds between two times that it is written down."""
LONGEST = 7 * 24 * 3600.0
"""Seconds after which a check that was stopped is begun anew."""


@dataclass(slots=True)
class Verified:
    """Segments that were done, each known by its length and time of change, and what was found in them."""

    path: Path
    begun: str
    segments: dict[str, list[int]] = field(default_factory=dict)
    records: int = 0
    bad: list[dict[str, Any]] = field(default_factory=list)
    numbers: bytearray = field(default_factory=bytearray)
    """A bit for each entry of the log: its record was looked at."""
    written: float = 0.0

    @classmethod
    def begin(cls, home: Home) -> Verified:
        """A check, or the rest of one that was stopped."""
        path = home.root / "verify.json"
        fresh = cls(path, time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()), written=time.monotonic())
        try:
            if time.time() - path.stat().st_mtime > LONGEST:
                return fresh
            told = json.loads(path.read_text(encoding="utf-8"))
            numbers = bytearray(zlib.decompress(base64.b64decode(told["numbers"])))
            return cls(path, told["begun"], told["segments"], told["records"], told["bad"], numbers, time.monotonic())
        except (OSError, ValueError, KeyError, TypeError, zlib.error):
            return fresh

    def holds(self, name: str, path: Path) -> bool:
        """Whether a segment was done, and is as it was then."""
        return name in self.segments and self.segments[name] == _state(path)

    def add(self, name: str, path: Path, bad: Sequence[Problem], records: int, numbers: Iterable[int]) -> None:
        """A segment is done."""
        self.bad = [problem for problem in self.bad if problem["segment"] != name] + [asdict(one) for one in bad]
        self.segments[name] = _state(path)
        self.records += records
        for number in numbers:
            if number >> 3 >= len(self.numbers):
                self.numbers.extend(bytes(max(number >> 3, 1024)))
            self.numbers[number >> 3] |= 1 << (number & 7)
        if time.monotonic() - self.written > EVERY:
            self._write()

    def seen(self, number: int) -> bool:
        """Whether the record of an entry was looked at."""
        return number >> 3 < len(self.numbers) and bool(self.numbers[number >> 3] >> (number & 7) & 1)

    def end(self) -> None:
        """All is done."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        told = {
            "begun": self.begun,
            "segments": self.segments,
            "records": self.records,
            "bad": self.bad,
            "numbers": base64.b64encode(zlib.compress(bytes(self.numbers), 1)).decode(),
        }
        draft = self.path.with_name(f"{self.path.name}.new")
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(self.path)
        self.written = time.monotonic()


def _state(path: Path) -> list[int]:
    if not path.is_file():
        return []
    told = path.stat()
    return [told.st_size, told.st_mtime_ns]
