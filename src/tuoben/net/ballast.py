"""Memory for bodies that grow large: a fixed amount for all, and a part of it for one site.

Bodies are held in memory from the first byte to the commit. Most are small; a few hundred hosts that send without end
at once must not fill the machine. So whoever wants to read on beyond a small size waits here for the memory, and the
server waits with it, because nothing is read meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from weakref import finalize

MIB = 1 << 20
BALLAST = 160 * MIB
OF_SITE = 40 * MIB


class Ballast:
    """What is taken and who waits. `take` belongs to one event loop; memory may be given back from any thread."""

    def __init__(self, limit: int = BALLAST, of_site: int = OF_SITE) -> None:
        self._limit = limit
        self._of_site = of_site
        self._taken: Counter[str] = Counter()
        self._waiting: deque[tuple[str, int, asyncio.Future[None]]] = deque()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Bytes that are taken."""
        return self._taken.total()

    async def take(self, site: str, size: int) -> None:
        """Wait until so many bytes can be had for a body of a site, and take them."""
        turn = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((site, size, turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(site, size)
            raise

    def give(self, site: str, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._taken[site] -= size
            if not self._taken[site]:
                del self._taken[site]
            loop = self._waiting[0][2].get_loop() if self._waiting else None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._serve)

    def _serve(self) -> None:
        """Let in who fits, in the order in which they came; a site that has its part does not hold up the others."""
        with self._lock:
            for entry in list(self._waiting):
                site, size, turn = entry
                if turn.done():
                    self._waiting.remove(entry)
                elif self._fits(self.taken, size, self._limit) and self._fits(self._taken[site], size, self._of_site):
                    self._waiting.remove(entry)
                    self._taken[site] += size
                    turn.set_result(None)

    @staticmethod
    def _fits(taken: int, size: int, limit: int) -> bool:
        return not taken or taken + size <= limit


class Hold:
    """The memory for one body: taken when it grows large, given back when the object that holds the body is gone."""

    def __init__(self, ballast: Ballast, site: str, size: int) -> None:
        self._ballast = ballast
        self._site = site
        self._size = size
        self.taken = False

    async def take(self) -> None:
        """Wait for the memory."""
        await self._ballast.take(self._site, self._size)
        self.taken = True

    def give(self) -> None:
        """Give it back, when it was taken."""
        if self.taken:
            self.taken = False
            self._ballast.give(self._site, self._size)

    def leave_to(self, owner: object) -> None:
        """Give it back when `owner` is gone."""
        if self.taken:
            finalize(owner, self.give).atexit = False
