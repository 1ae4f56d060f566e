"""The list of files in a datapackage.json (Frictionless Data Package, as WACZ has it), read one by one: that of a
hundred thousand snapshots is tens of megabytes, and as JSON in memory twenty times that.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError
from typing import Any

from tuoben.errors import DataError

ITEM_LIMIT = 1 << 20
"""Characters of one resource, or of anything else that the package says of itself."""
LIST = "resources"
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _Text:
    """Text that comes in pieces, read value by value; what was read is forgotten."""

    def __init__(self, pieces: Iterable[bytes], limit: int) -> None:
        self._pieces = iter(pieces)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._limit = limit
        self._held = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            self._at = _SPACE.match(self._held, self._at).end()  # type: ignore[union-attr] # it matches nothing, too
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def take(self, wanted: str) -> str:
        """The next character, which is one of these. Raises ValueError when it is another one."""
        found = self.peek()
        if not found or found not in wanted:
            raise ValueError(f"{wanted!r} was to come, not {found!r}")
        self._at += 1
        return found

    def value(self) -> Any:  # noqa: ANN401 any JSON value
        """The next value. Raises ValueError when there is none, or one that is too long."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except JSONDecodeError:
                if not self._more():
                    raise
                continue
            if end < len(self._held) or not self._more():  # a number may go on in the next piece
                self._at = end
                return value

    def _more(self) -> bool:
        if self._ended:
            return False
        self._held, self._at = self._held[self._at :], 0
        if len(self._held) > self._limit:
            raise ValueError("a value is too long")
        data = next(self._pieces, None)
        self._ended = data is None
        self._held += self._decoder.decode(data or b"", self._ended)
        return True


def resources(pieces: Iterable[bytes], limit: int = ITEM_LIMIT) -> Iterator[Any]:
    """Each resource, as JSON has it. Raises DataError when there is no proper JSON object, or an item of it is longer
    than `limit` characters."""
    text = _Text(pieces, limit)
    try:
        for name in _names(text):
            if name == LIST and text.peek() == "[":
                yield from _items(text)
            else:
                text.value()
        if text.peek():
            raise ValueError("something stands behind the end")
    except (ValueError, RecursionError) as error:
        raise DataError(f"datapackage.json is no proper JSON object ({error}).") from error


def _names(text: _Text) -> Iterator[str]:
    """The names in an object; whoever asks for the next one has read the value."""
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        name = text.value()
        text.take(":")
        yield str(name)
        if text.take(",}") == "}":
            return


def _items(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return
