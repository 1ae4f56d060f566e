"""A data directory with rows in its own file, and children for hostile bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from outcomes import file_rows
from tuoben.home import Home
from tuoben.runner import Runner


@pytest.fixture
def home(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Home]:
    """A data directory of the test's own."""
    with django_db_blocker.unblock(), file_rows(Home(tmp_path / "data")) as home:
        yield home


@pytest.fixture(scope="package")
def runner() -> Iterator[Runner]:
    """A child for the pages of all tests."""
    with Runner(workers=1, seconds=20.0, preload=("tuoben.extract", "tuoben.discover")) as runner:
        yield runner
