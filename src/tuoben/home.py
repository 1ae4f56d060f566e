"""The data directory: made at the first start, checked at every start, and its locks.

Raises errors.DataError in one plain sentence when it cannot be used.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tuoben.errors import DataError

FOLDERS = ("archive", "index", "keys", "lock")
LOOK = 0.2
"""Seconds between two looks at a lock that another process holds."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything lies."""

    root: Path

    @property
    def database(self) -> Path:
        """The rows."""
        return self.root / "tuoben.sqlite3"

    @property
    def archive(self) -> Path:
        """The WARC segments."""
        return self.root / "archive"

    @property
    def index(self) -> Path:
        """The search index."""
        return self.root / "index"

    def prepare(self) -> None:
        """Make what is not there yet; keys are readable by the owner alone."""
        try:
            for name in FOLDERS:
                (self.root / name).mkdir(parents=True, exist_ok=True)
            (self.root / "keys").chmod(0o700)
            self._make_secret()
        except OSError as error:
            raise DataError(
                f"The data directory {self.root} cannot be used ({error.strerror}); "
                "name another one with --data, or make this one writable."
            ) from error

    def _make_secret(self) -> None:
        """The key of the web's signatures: whole as soon as it has its name, and of one process alone."""
        secret = self.root / "keys" / "web-secret"
        if secret.exists() and secret.stat().st_size:
            return
        with self.lock("keys", wait=10.0):
            if secret.exists() and secret.stat().st_size:
                return
            draft = secret.with_name("web-secret.new")
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(50))
            draft.replace(secret)

    def free(self) -> int:
        """Bytes free on the disk that holds the data."""
        return shutil.disk_usage(self.root).free

    @contextmanager
    def lock(self, name: str, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock `name` for the block, if nobody has it: yields whether we have it. It ends with the process.

        `wait`: seconds in which another holder may still give it back.
        """
        handle = os.open(self.root / "lock" / name, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield _locked(handle, time.monotonic() + wait)
        finally:
            os.close(handle)


def _locked(handle: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK)
        else:
            return True
