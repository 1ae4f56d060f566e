"""How often something was tried lately, by what is tried and by whom: in the memory of the one web process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping


class Tries:
    """Counts tries in windows of some seconds that begin with the first one. A try is counted before it is made, so
    that as many as come at once are never more than may be made.

    At most `keys` are kept; beyond that the oldest is forgotten, which takes as many counted tries within one window.
    """

    def __init__(self, window: float, keys: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[Hashable, tuple[float, int]] = {}
        """Key → when its window ends, and the tries in it; in the order of the ends."""

    def reserve(self, limits: Mapping[Hashable, int]) -> bool:
        """Count a try for each key, unless one of them has had as many as its limit: then none is counted."""
        now = self._clock()
        with self._lock:
            counts = {key: self._count(key, now) for key in limits}
            if any(counts[key] >= most for key, most in limits.items()):
                return False
            for key, count in counts.items():
                ends = self._counts[key][0] if count else now + self._window
                if not count:
                    self._counts.pop(key, None)  # the new window ends last
                self._counts[key] = ends, count + 1
            while len(self._counts) > self._keys:
                del self._counts[next(iter(self._counts))]
            return True

    def release(self, key: Hashable) -> None:
        """Take back one try: it was a good one."""
        with self._lock:
            if key in self._counts:
                ends, count = self._counts[key]
                self._counts[key] = ends, max(count - 1, 0)

    def forget(self, key: Hashable) -> None:
        """Take back all tries of a key."""
        with self._lock:
            self._counts.pop(key, None)

    def _count(self, key: Hashable, now: float) -> int:
        ends, count = self._counts.get(key, (now, 0))
        return count if ends > now else 0
