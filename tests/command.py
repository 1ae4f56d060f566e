"""Runs `tuoben` as its users do: a process of its own over a data directory."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from fastwarc.warc import ArchiveIterator, WarcRecordType


@dataclass
class Tuoben:
    """A data directory and the environment that its commands run in."""

    data: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment of a command."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TUOBEN_", "DJANGO_"))}
        return kept | dict(self.env) | {"TUOBEN_DATA": str(self.data), "PYTHONWARNINGS": "default"}

    def popen(self, *call: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command."""
        command = [sys.executable, "-m", "tuoben", *call]
        return subprocess.Popen(command, env=self.environment(), text=True, **options)

    def run(
        self, *call: str, code: int | Sequence[int] = 0, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit code must be as told."""
        command = [sys.executable, "-m", "tuoben", *call]
        done = subprocess.run(command, env=self.environment(), text=True, capture_output=True, input=stdin, timeout=900)
        codes = (code,) if isinstance(code, int) else code
        assert done.returncode in codes, f"{call} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def json(self, *call: str, code: int | Sequence[int] = 0) -> Any:
        """Run a command with --json; what it printed."""
        words = list(call)
        words.insert(words.index("--") if "--" in words else len(words), "--json")
        return json.loads(self.run(*words, code=code).stdout)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the rows; what it gives."""
        if address := self.env.get("TUOBEN_DATABASE"):
            with psycopg.connect(address) as rows:
                done = rows.execute(statement)
                return done.fetchall() if done.description else []
        with closing(sqlite3.connect(self.data / "tuoben.sqlite3", timeout=30)) as rows, rows:
            return rows.execute(statement).fetchall()

    def segments(self) -> list[Path]:
        """The WARC files."""
        return sorted((self.data / "archive").rglob("*.warc.gz"))


def payloads(tuoben: Tuoben) -> dict[str, bytes]:
    """URL → payload of every response record."""
    return payloads_of(*tuoben.segments())


def payloads_of(*files: Path) -> dict[str, bytes]:
    """The same of some WARC files."""
    found = {}
    for path in files:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="none"):
                found[record.headers["WARC-Target-URI"]] = record.reader.read()
    return found


def warcio_check(*paths: Path) -> None:
    """`warcio check` has nothing to say."""
    # Its brotli needs an attribute that brotli's own decoder does not have; without the library it reads such bodies as
    # they are, which is all that digests need.
    call = "import sys; sys.modules['brotli'] = None; from warcio.cli import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", call, "check", *map(str, paths)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
