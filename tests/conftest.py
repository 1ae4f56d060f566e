"""What all tests share: a data directory that is nobody's, and a web on loopback."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["TUOBEN_DATA"] = tempfile.mkdtemp(prefix="tuoben-tests-")

import postgresql
from command import Tuoben
from loopback import Web


@pytest.fixture
def web() -> Iterator[Web]:
    """A loopback web of any hosts."""
    with Web() as web:
        yield web


@pytest.fixture
def tuoben(web: Web, tmp_path: Path) -> Tuoben:
    """A fresh data directory whose commands reach the loopback web."""
    rows = {"TUOBEN_DATABASE": postgresql.database()} if postgresql.ASKED_FOR else {}
    return Tuoben(tmp_path / "data", web.env() | rows)
