"""Commands called in this process: `tuoben.cli.main` over a data directory of the test's own, in the loopback web."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from loopback import Web
from outcomes import file_rows
from tuoben.cli import main
from tuoben.home import Home


@dataclass
class Said:
    """What a call printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Calls of commands."""

    home: Home
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str, code: int = 0) -> Said:
        """Call a command; its exit code must be as told."""
        self.capture.readouterr()
        told = main(words)
        printed = self.capture.readouterr()
        assert told == code, f"{words} ended with {told}\n{printed.out}\n{printed.err}"
        return Said(told, printed.out, printed.err)

    def json(self, *words: str, code: int = 0) -> Any:
        """Call a command with --json; what it printed."""
        return self(*words, "--json", code=code).json


@pytest.fixture
def tuoben(
    tmp_path: Path,
    web: Web,
    settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Shell]:
    """The command line over a fresh data directory."""
    home = Home(tmp_path / "data")
    for name, value in web.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TUOBEN_DATA", str(home.root))
    settings.DATA = home.root
    settings.DISK_FLOOR = 0
    with django_db_blocker.unblock(), file_rows(home):
        yield Shell(home, capsys)
