"""The processes of a browser: which they are, what memory they hold, and their end. Linux's /proc."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def children() -> dict[int, list[int]]:
    """Process → the processes that it began, of all that can be seen."""
    found: dict[int, list[int]] = {}
    for pid in _all():
        with suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
            parent = int(text.rpartition(")")[2].split()[1])  # the name before may hold anything
            found.setdefault(parent, []).append(pid)
    return found


def family(pid: int) -> list[int]:
    """A process and all that descend from it, the oldest first."""
    below, found = children(), [pid]
    for one in found:
        found += below.get(one, [])
    return found


def below(pid: int) -> list[int]:
    """All that descend from a process, the oldest first. None of 0, which stands for no process: below it are all."""
    return family(pid)[1:] if pid else []


def drivers(word: bytes) -> set[int]:
    """The children of this process whose command line holds a word."""
    found = set()
    for pid in children().get(os.getpid(), []):
        with suppress(OSError):
            if word in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


def argument(pids: Iterable[int], name: str) -> str:
    """The value of an argument `name=value` in the command line of the first of some processes that has it; "" else."""
    begin = f"{name}=".encode()
    for pid in pids:
        with suppress(OSError):
            for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                if word.startswith(begin):
                    return os.fsdecode(word.removeprefix(begin))
    return ""


def memory(pids: Iterable[int]) -> int:
    """Bytes that processes hold for themselves: what they have in memory, without what is shared."""
    total = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            parts = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
            total += max(int(parts[1]) - int(parts[2]), 0) * PAGE
    return total


def kill(pids: Iterable[int]) -> None:
    """End processes at once; those that ended already, and those of another user, are passed over."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _all() -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208 (a Path for each process costs more than reading it)
        if name.isdigit():
            yield int(name)
