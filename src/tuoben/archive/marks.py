"""How far the rows know a segment, when captures are committed in another order than they were stored in.

A page that takes long to read must not hold back those stored behind it. So they are committed as they come, and the
mark of a segment, behind which a start-up takes the captures in again, rises only over captures that are all committed;
one behind the mark that is known already is passed over then.
"""

from __future__ import annotations

from collections.abc import Iterable

from tuoben.model import Capture


class Marks:
    """The marks of the segments that one process writes."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[int, bool]] = {}
        """Segment → the end of each capture that lies behind the mark, in their order, and whether it is committed."""

    def stored(self, capture: Capture) -> None:
        """Take a capture in; in each segment they come in the order of their places."""
        self._waiting.setdefault(capture.segment, {})[capture.end] = False

    def committed(self, captures: Iterable[Capture]) -> dict[str, int]:
        """Segment → its mark once these captures are committed, for those that rise. May be asked again."""
        segments = set()
        for capture in captures:
            if capture.end in self._waiting.get(capture.segment, {}):
                self._waiting[capture.segment][capture.end] = True
                segments.add(capture.segment)
        marks = {}
        for segment in segments:
            waiting = self._waiting[segment]
            while waiting and waiting[end := next(iter(waiting))]:
                del waiting[end]
                marks[segment] = end
            if not waiting:
                del self._waiting[segment]
        return marks
