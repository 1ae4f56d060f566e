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
PROCESS, HEIR = "worker-", "heir-"


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

    @property
    def log(self) -> Path:
        """The Merkle log: tiles and checkpoints."""
        return self.root / "log"

    @property
    def keys(self) -> Path:
        """Secrets, readable by the owner alone."""
        return self.root / "keys"

    @property
    def classifier(self) -> Path:
        """What was learnt of categories."""
        return self.root / "classifier.json"

    @property
    def site_rules(self) -> Path:
        """The operator's own site rules (TOML)."""
        return self.root / "sites"

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
    def lock(self, name: str, wait: float = 0.0, *, shared: bool = False) -> Iterator[bool]:
        """Hold the lock `name` for the block, if nobody has it: yields whether we have it. It ends with the process.

        `wait`: seconds in which another holder may still give it back. `shared`: others that share it do not hinder.
        """
        handle = os.open(self._lock(name), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield _locked(handle, time.monotonic() + wait, shared=shared)
        finally:
            os.close(handle)

    def _lock(self, name: str) -> Path:
        return self.root / "lock" / name

    # --- processes that collect ---------------------------------------------------------------------------------------
    @contextmanager
    def process(self) -> Iterator[str]:
        """A new name for this process, which its leases and segments carry: it is alive while its lock is held.

        The file of the lock stays behind the process, until somebody has tidied up after it (`heir`).
        """
        while True:
            name = f"w{secrets.token_hex(5)}"
            handle = os.open(self._lock(PROCESS + name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            if _locked(handle) and os.fstat(handle).st_nlink:  # nobody took it for a dead one's in between
                break
            os.close(handle)
        os.write(handle, f"{os.getpid()}\n".encode())  # for whoever wants to know which one it is
        try:
            yield name
        finally:
            os.close(handle)

    def processes(self) -> list[str]:
        """Names of the processes that are alive, or that nobody has tidied up after."""
        return sorted(path.name.removeprefix(PROCESS) for path in (self.root / "lock").glob(f"{PROCESS}*"))

    def alive(self, name: str) -> bool:
        """Whether the process of that name lives, at work or stopped."""
        try:
            handle = os.open(self._lock(PROCESS + name), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _locked(handle, shared=True)
        finally:
            os.close(handle)

    @contextmanager
    def heir(self, name: str) -> Iterator[bool]:
        """Yields whether it is ours to tidy up after a process that ended. It is forgotten when the block succeeds."""
        with self.lock(HEIR + name) as ours:
            dead = ours and self._lock(PROCESS + name).exists() and not self.alive(name)
            yield dead
            if dead:
                self._lock(PROCESS + name).unlink(missing_ok=True)
            if ours:
                self._lock(HEIR + name).unlink(missing_ok=True)


def _locked(handle: int, until: float = 0.0, *, shared: bool = False) -> bool:
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK)
        else:
            return True
