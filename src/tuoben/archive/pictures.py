"""Which address an image element is replayed with: pages keep the real one where a script would have found it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "data-echo",
    "data-url",
    "data-lazyload",
    "data-lazy",
    "data-original-src",
    "data-real-src",
    "data-hi-res-src",
    "data-full-src",
    "data-image",
    "data-ks-lazyload",
    "data-lazyload-src",
    "zoomfile",
    "file",
    "data-srcset",
    "data-lazy-srcset",
    "data-original-set",
)
"""Where pages keep the address of a picture that a script puts in its place; sets by their names, last."""
_NO_ADDRESS = ("data:", "about:", "#")
_STANDS_IN = (
    *("blank", "placeholder", "loading", "spacer", "pixel", "1x1", "transparent", "gray", "grey", "lazy", "default"),
    "holder",
)
_STAND_IN = re.compile(rf"(?:{'|'.join(_STANDS_IN)})[\w.-]*\.(?:gif|png|jpe?g|svg|webp)")
_PICTURE = re.compile(r"[^\s?#]+\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[^\w.])", re.I)
_ADDRESS = re.compile(r"(?:https?:)?//\S|/\S", re.I)
_SIZE = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?[wx]")
_SPACE = " \t\n\f\r"
_CANDIDATE = re.compile(rf"[{_SPACE},]*+([^{_SPACE}]++)(?:(?<=,)|((?:[^,(]|\([^)]*+\)?)*),?)")
"""An address; unless a comma ends it, what is said of it up to the next comma, those between brackets apart."""


def candidates(attributes: Mapping[str, str]) -> list[tuple[str, bool]]:
    """The addresses that an image may have, best first, each with whether a script would have had to put it there.

    The order is the one in which `extract` chooses what to collect.
    """
    source = attributes.get("src", "")
    real = not _placeholder(source)
    found: list[tuple[str, bool]] = []
    for name in _LAZY:
        if name not in attributes:
            continue
        value = attributes[name].strip()[:8192]
        if name.endswith(("srcset", "-set")):
            value = _widest(value)
        if _placeholder(value):
            continue
        if _PICTURE.match(value) or (not real and _ADDRESS.match(value)):
            found.append((value, True))
    if widest := _widest(attributes.get("srcset", "")):
        found.append((widest, False))
    return [*found, (source, False)]


def _placeholder(address: str) -> bool:
    """Whether an address is none, or that of a picture which only holds the place of another."""
    said = address[:2000].strip().lower()
    if not said or said.startswith(_NO_ADDRESS):
        return True
    return any(word in said for word in _STANDS_IN) and bool(_STAND_IN.search(said))


def parse_srcset(text: str) -> list[tuple[str, str]]:
    """The candidates of a srcset attribute, as the HTML Standard splits it: (URL, descriptor), in order."""
    found: list[tuple[str, str]] = []
    for address, size in _CANDIDATE.findall(text[:20000].rstrip(f"{_SPACE},")):
        found.append((address.rstrip(","), size.strip(_SPACE)))
    return found


def _widest(srcset: str) -> str:
    """The largest candidate of a srcset; "" without any."""
    best, width = "", -1.0
    for address, size in parse_srcset(srcset):
        number = float(size[:-1]) if _SIZE.fullmatch(size) else 0.0
        if number > width:
            best, width = address, number
    return best
