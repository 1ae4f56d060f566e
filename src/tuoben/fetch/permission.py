"""Whether robots.txt lets us ask, at a cost that is bounded: whoever claims items holds the rows meanwhile.

A robots.txt may have thousands of rules that each take long with long addresses. What would take too long for one claim
is not decided in it, but put down, to be decided elsewhere (`decide`, in a child); nobody asks for it until it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from tuoben.fetch.politeness import AGENT, Robots

EFFORT = 20_000_000
"""Nanoseconds, about and at worst, that the matching of one claim may take."""
PARSING = 200
"""Nanoseconds, about, for each byte of a robots.txt that is read."""
LARGE = 64 << 10
"""Bytes of a robots.txt from which on it is never read while rows are held."""
PARSED = 2 << 20
"""Bytes of the robots.txt that are kept parsed; parsed they take up to twenty times as much."""
TOLD = 20_000
"""Addresses decided elsewhere that are remembered."""
PORTION = 2 << 30
"""Bytes of a robots.txt, times the letters of the addresses, that a child is given at once: a second or two."""


class Permits:
    """The verdicts of robots.txt for one process: `begin` each claim, ask, then have `take` decided elsewhere."""

    def __init__(self) -> None:
        self._left = EFFORT
        self._parsed: OrderedDict[bytes, Robots] = OrderedDict()
        self._size = 0
        self._told: OrderedDict[tuple[int, str], bool] = OrderedDict()
        self._waiting: dict[bytes, dict[str, None]] = {}
        self._elsewhere: set[int] = set()

    def begin(self) -> None:
        """A claim begins: it may take its time."""
        self._left = EFFORT

    def __call__(self, body: bytes, verdict: str, address: str) -> bool | None:
        """Whether we may ask for an address; None when that is not decided yet.

        `verdict`: what the status of the robots.txt meant (politeness.robots_verdict).
        """
        if verdict != "use":
            return verdict == "allow-all"
        key = (hash(body), address)
        if key in self._told:
            self._told.move_to_end(key)
            return self._told[key]
        robots = self._robots(body)
        if robots is not None and self._spend(robots.effort(AGENT, address)):
            return robots.allowed(AGENT, address)
        self._waiting.setdefault(body, {})[address] = None
        return None

    def take(self) -> dict[bytes, list[str]]:
        """What is to be decided elsewhere and is not yet: addresses by the robots.txt that has the say."""
        found = {body: list(those) for body, those in self._waiting.items() if hash(body) not in self._elsewhere}
        self._elsewhere.update(map(hash, found))
        self._waiting.clear()
        return found

    def decided(self, body: bytes, verdicts: Mapping[str, bool]) -> None:
        """What `decide` said of some of the addresses."""
        for address, allowed in verdicts.items():
            self._told[hash(body), address] = allowed
        while len(self._told) > TOLD:
            self._told.popitem(last=False)

    def finished(self, body: bytes) -> None:
        """Nothing more is being decided for this robots.txt, well or not."""
        self._elsewhere.discard(hash(body))

    def _robots(self, body: bytes) -> Robots | None:
        if body in self._parsed:
            self._parsed.move_to_end(body)
            return self._parsed[body]
        if len(body) > LARGE or not self._spend(len(body) * PARSING):
            return None
        robots = self._parsed[body] = Robots.parse(body)
        self._size += len(body) + 1000
        while self._size > PARSED and len(self._parsed) > 1:
            self._size -= len(self._parsed.popitem(last=False)[0]) + 1000
        return robots

    def _spend(self, effort: int) -> bool:
        if effort > self._left:
            return False
        self._left -= effort
        return True


def portions(body: bytes, addresses: Sequence[str]) -> Iterator[list[str]]:
    """Addresses in such numbers as a child can decide in a second or two."""
    some: list[str] = []
    letters = 0
    for address in addresses:
        letters += len(address)
        if some and letters * len(body) > PORTION:
            yield some
            some, letters = [], len(address)
        some.append(address)
    if some:
        yield some


def decide(body: bytes, addresses: Sequence[str]) -> dict[str, bool]:
    """Whether a robots.txt lets us ask for some addresses."""
    robots = _read(body)
    return {address: robots.allowed(AGENT, address) for address in addresses}


def crawl_delay(body: bytes) -> float | None:
    """The delay that a robots.txt asks of us."""
    return _read(body).crawl_delay(AGENT)


def asks(body: bytes) -> tuple[float | None, tuple[str, ...]]:
    """The delay that a robots.txt asks of us, and the sitemaps that it names."""
    robots = _read(body)
    return robots.crawl_delay(AGENT), robots.sitemaps


@lru_cache(maxsize=2)
def _read(body: bytes) -> Robots:
    return Robots.parse(body)
