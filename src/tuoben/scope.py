"""Address patterns: the one grammar of robots.txt, tdmrep.json and the include and exclude settings of a source.

A pattern is matched against the beginning of path and query, letter by letter; `*` stands for any run of characters and
a closing `$` for the end (RFC 9309, 2.2.3). In the settings a host may stand before the path: "m.example.com/news/",
"*.example.com/*.html$"; without one the pattern means every host.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tuoben import url
from tuoben.errors import UsageError
from tuoben.model import SourceSettings

LONGEST = 500
_HOST = re.compile(r"(?:\*\.)?[^\s/*?#$:]+(?::\d+)?")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")


def matches(pattern: str, target: str) -> bool:
    """Whether a pattern matches the beginning of a target (all of it after a closing `$`).

    The pieces between the stars are looked for from left to right, each at its first place, which is right for such
    patterns and needs no backtracking whatever the pattern says.
    """
    if pattern == "*":
        return True
    anchored = pattern.endswith("$")
    first, *pieces = (pattern[:-1] if anchored else pattern).split("*")
    if not target.startswith(first):
        return False
    if not pieces:
        return not anchored or target == first
    at = len(first)
    last = pieces.pop() if anchored else ""
    for piece in pieces:
        found = target.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not anchored or (len(target) - len(last) >= at and target.endswith(last))


def pattern(text: str) -> str:
    """A pattern as a person wrote it, in the form that is kept. Raises UsageError when it can match nothing."""
    wanted = text.strip()
    host, slash, path = wanted.partition("/")
    if len(wanted) > LONGEST:
        raise UsageError(f"The pattern “{wanted[:60]}…” is longer than {LONGEST} characters.")
    if "://" in wanted or not slash or (host and not _HOST.fullmatch(host)):
        raise UsageError(
            f"“{wanted}” is not an address pattern; write a path like /news/ or /*.html$, or a host and a path like "
            "m.example.com/news/, without http://."
        )
    return f"{host.lower()}/{path}"


def allows(settings: SourceSettings, address: str) -> bool:
    """Whether a source's patterns let an address in: `exclude` wins, and where nothing is included all is."""
    if not settings.include and not settings.exclude:
        return True
    parsed = url.parse(address)
    if parsed is None:
        return False
    target = _escaped(f"{parsed.path}?{parsed.query}" if parsed.query else parsed.path)
    if _any(settings.exclude, parsed.authority, target):
        return False
    return not settings.include or _any(settings.include, parsed.authority, target)


def _any(patterns: Sequence[str], host: str, target: str) -> bool:
    for one in patterns:
        wanted, _, path = one.partition("/")
        named = not wanted or wanted == host or (wanted.startswith("*.") and host.endswith(wanted[1:]))
        if named and matches(_pattern_path(path), target):
            return True
    return False


@lru_cache(maxsize=4096)
def _pattern_path(path: str) -> str:
    return _escaped("/" + path)


def _escaped(path: str) -> str:
    """Characters outside ASCII percent-encoded as on the wire, hex digits in upper case."""
    if not path.isascii():
        path = "".join(
            char if char < "\x80" else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
            for char in path
        )
    return _ESCAPE.sub(lambda match: match[0].upper(), path)
