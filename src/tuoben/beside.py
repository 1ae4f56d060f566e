"""What else a page shows beside its story, as a few bytes: enough to say later whether a sentence stood there.

A reading of the same page may draw the story's edges otherwise from one visit to the next, because an advert came or
went. Then a block is in one text and not in the other, and the page said it both times: nothing was changed.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

_BYTES = 3
"""Of a digest: two different blocks of a hundred are taken for each other once in 160,000 pages."""


def pack(texts: Iterable[str]) -> str:
    """The digests of some blocks of text, each once, in base64."""
    return base64.b64encode(b"".join(sorted({_digest(text) for text in texts}))).decode()


def unpack(packed: str) -> frozenset[bytes]:
    """What `pack` was given, as digests."""
    data = base64.b64decode(packed)
    return frozenset(data[at : at + _BYTES] for at in range(0, len(data), _BYTES))


def stands(text: str, digests: frozenset[bytes]) -> bool:
    """Whether a block is among them; white space makes no difference."""
    return _digest(text) in digests


def _digest(text: str) -> bytes:
    return zlib.crc32("".join(text.split()).encode("utf-8", "replace")).to_bytes(4, "big")[:_BYTES]
