"""By which extractor a text was read: what a revision says of itself, so that older readings are told from newer ones.

The version is the program's and a digest of all that makes a text of a page: the room `extract`, its tables and the
site rules that come with it, and the ground that it reads with. So it changes with every change of the code and cannot
be forgotten; whether the change matters is what `tuoben re-extract` shows (decision 0018).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from tuoben import __version__

ROOMS = ("extract", "markup.py", "charsets.py", "text.py", "url.py", "beside.py")
"""What makes a text of a page, below the package."""
LONGEST = 20
"""Characters of a version."""


@cache
def extractor() -> str:
    """The version of the present extractor: "0.1.0+1f2e3d4c5b"."""
    digest = hashlib.sha256()
    for name, source in _sources():
        digest.update(f"{name}\n{len(source)}\n".encode() + source)
    return f"{__version__[:9]}+{digest.hexdigest()[:10]}"


def _sources() -> Iterator[tuple[str, bytes]]:
    root = files("tuoben")
    for room in ROOMS:
        yield from _below(root / room, room)


def _below(place: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    if not place.is_dir():
        yield name, place.read_bytes()
        return
    for inner in sorted(place.iterdir(), key=lambda one: one.name):
        if inner.is_dir() or inner.name.endswith((".py", ".toml")):
            yield from _below(inner, f"{name}/{inner.name}")
