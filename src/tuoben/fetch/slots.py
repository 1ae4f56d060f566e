"""Slots: how many exchanges may be under way, so that no origin takes what all share. Decisions only (see politeness).

A host has one exchange at a time anyway; what is shared beyond hosts is bounded here. An exchange that hangs gives its
slot back after a few seconds and goes on hanging beside the others, where it costs no more than a socket; a site (a
registered name with all its hosts) has a few exchanges at a time from the claim to the commit; and when the bodies that
wait to be stored and read fill the memory that is meant for them, nothing more is asked for until they are settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

UNDER_WAY = 96
"""Exchanges at the same time, each on another host."""
SLOW = 5.0
"""Seconds after which an exchange that is still under way counts as hanging."""
HANGING = 512
"""Exchanges that may hang."""
UNSETTLED = 256
"""Exchanges that may wait to be read and committed."""
BODIES = 128 << 20
"""Bytes of their bodies."""
OF_SITE = 8
"""Exchanges of one site, from the claim to the commit."""


class Slots:
    """The slots of one process. `key` names one exchange; times are seconds of any one clock."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, float] = {}
        """What is under way and since when, oldest first."""
        self._open: dict[Hashable, tuple[str, int]] = {}
        """What is not settled: its site, and the bytes of its body."""
        self._sites: Counter[str] = Counter()
        self._bytes = 0

    def __len__(self) -> int:
        """Exchanges from the claim to the commit."""
        return len(self._open)

    def left(self) -> Mapping[str, int]:
        """How many exchanges each site may still begin, for those that have some."""
        return {site: OF_SITE - count for site, count in self._sites.items()}

    def ask(self, key: Hashable, site: str, now: float) -> None:
        """An exchange begins."""
        self._asked[key] = now
        self._open[key] = (site, 0)
        self._sites[site] += 1

    def answered(self, key: Hashable, size: int) -> None:
        """An exchange ended with so many bytes; they are kept until it is settled."""
        self._asked.pop(key, None)
        if key in self._open:
            self._open[key] = (self._open[key][0], size)
            self._bytes += size

    def settled(self, key: Hashable) -> None:
        """An exchange is committed, or failed and that is committed."""
        self._asked.pop(key, None)
        site, size = self._open.pop(key, ("", 0))
        self._bytes -= size
        if self._sites[site] > 1:
            self._sites[site] -= 1
        else:
            del self._sites[site]

    def hanging(self, now: float) -> int:
        """Exchanges that are under way for long."""
        count = 0
        for since in self._asked.values():
            if now - since < SLOW:
                break
            count += 1
        return count

    def room(self, now: float) -> int:
        """How many exchanges may begin now."""
        if self._bytes > BODIES:
            return 0
        hanging = self.hanging(now)
        awake = len(self._asked) - hanging
        waiting = len(self._open) - len(self._asked)
        return max(0, min(UNDER_WAY - awake, UNSETTLED - waiting - awake, UNDER_WAY + HANGING - len(self._asked)))
