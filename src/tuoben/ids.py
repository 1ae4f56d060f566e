"""Ids of articles: minted once, sortable by time, short enough for an address."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no i, l, o, u to mistake."""


def mint(now: datetime, of: str = "") -> str:
    """A new id of 16 characters: 40 bits of centiseconds since 2020, then 40 random bits.

    `of`: what it is minted for; then the bits follow from it, and a rebuild from the same capture mints the same id.
    """
    ticks = int((now.timestamp() - 1577836800) * 100) & ((1 << 40) - 1)
    bits = int.from_bytes(hashlib.sha256(of.encode()).digest()[:5], "big") if of else secrets.randbits(40)
    value = ticks << 40 | bits
    return "".join(ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))
