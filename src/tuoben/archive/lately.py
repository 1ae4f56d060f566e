"""Payloads of requisites that were stored moments ago: their rows come with the commit, and the next page that shows
the same image is often quicker. A record that repeats one refers to it all the same: it is in the WARC, and durable.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from tuoben.model import Capture

T = TypeVar("T")
MOST = 4096
"""Payloads that are remembered: those of far more commits than can wait."""


class Lately:
    """What this process stored last, by payload digest."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Capture] = OrderedDict()

    def stored(self, capture: Capture) -> None:
        """A whole payload that lies in a segment now."""
        if not capture.revisit_of and not capture.truncated and capture.status == 200:
            self._held.setdefault(capture.payload_digest, capture)
            if len(self._held) > MOST:
                self._held.popitem(last=False)

    def get(self, digest: str) -> Capture | None:
        """The capture that holds a payload."""
        return self._held.get(digest)


def apart(batch: Sequence[T], digests: Sequence[str]) -> tuple[list[T], list[T]]:
    """(the first with each digest, and all without one; those that repeat one of them, to be stored after these)."""
    seen: set[str] = set()
    first: list[T] = []
    again: list[T] = []
    for one, digest in zip(batch, digests, strict=True):
        (again if digest and digest in seen else first).append(one)
        seen.add(digest)
    return first, again
