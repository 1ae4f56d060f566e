"""The data directory: made at the first start, checked at every start, and its locks.

Raises errors.DataError in one plain sentence when it cannot be used.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tuoben.errors import DataError

FOLDERS = ("archive", "index", "keys", "lock")


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
            secret = self.root / "keys" / "web-secret"
            if not secret.exists():
                handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            return  # another process made the key between our look and our try
        except OSError as error:
            raise DataError(
                f"The data directory {self.root} cannot be used ({error.strerror}); "
                "name another one with --data, or make this one writable."
            ) from error

    def free(self) -> int:
        """Bytes free on the disk that holds the data."""
        return shutil.disk_usage(self.root).free

    @contextmanager
    def lock(self, name: str) -> Iterator[bool]:
        """Hold the lock `name` for the block, if nobody has it: yields whether we have it. It ends with the process."""
        handle = os.open(self.root / "lock" / name, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(handle)
