"""Folding: the form of a text in which it is compared. For matching only; what is shown is cut from the original.

Each character is mapped by itself (NFKC, case folded, Traditional to Simplified, diacritics of Latin and Greek dropped,
invisible characters dropped), so that a piece of a text always folds to the piece of the folded text. OpenCC's phrase
rules would break that (乾隆, 乾杯): only its single-character mapping is used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

import opencc

_simplify: Callable[[str], str] = opencc.OpenCC("t2s").convert
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3100-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\u1100-\u11ff\U00016fe0-\U00016fff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
UNSPACED = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u17dc-\u17dd"
PAIRED = _HAN + UNSPACED
MARKS = "".join(
    chr(c)
    for c in chain(range(0x300, 0x2000), range(0xA800, 0xAC00))
    if unicodedata.category(chr(c)) in ("Mn", "Mc") and not re.match(f"[{PAIRED}]", chr(c))
)
_COMPOSE = re.compile(
    "[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]*[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]*"
    "|[^\u0300-\u036f\u3099\u309a\uff9e\uff9f]?[\u0300-\u036f]*[\u3099\u309a\uff9e\uff9f][\u0300-\u036f\u3099\u309a\uff9e\uff9f]*"
    "|[\u0400-\u04ff][\u0300-\u036f]+"
)
_COMPOSING = re.compile("[\u0300-\u036f\u1100-\u11ff\u3099\u309a\ua960-\ua97f\ud7b0-\ud7ff\uff9e\uff9f]")
"""A character that every match of _COMPOSE holds: looked for first, since that is ten times as fast."""
_SINGLES = {
    # Quotation marks are transparent: 吉林一号将 finds “吉林一号”将.
    **dict.fromkeys("“”「」『』《》〈〉", ""),
    "著": "着", "瞭": "了", "藉": "借", "‘": "'", "’": "'", "ʼ": "'", "ı": "i", "æ": "ae", "ø": "o", "đ": "d", "ð": "d",
    "þ": "th", "ł": "l", "œ": "oe", "ё": "е", "\u0640": "", "ة": "ه", "ى": "ي", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
}  # fmt: skip


def _fold_char(char: str) -> str:
    """The folded form of one character: a fixed point of all the mappings; "" when it is dropped."""
    if char == "，":
        return char  # as an ASCII comma it would join two numbers to one with thousands
    seen = char
    for _ in range(6):
        folded = unicodedata.normalize("NFKC", seen).casefold()
        folded = "".join(_fold_one(c) for c in _simplify(folded))
        if folded == seen:
            break
        seen = folded
    return seen


def _fold_one(char: str) -> str:
    if char in _SINGLES:
        return _SINGLES[char]
    category = unicodedata.category(char)
    if category == "Cf" or "\u0300" <= char <= "\u036f" or "\u0591" <= char <= "\u05c7" or "\u064b" <= char <= "\u065f":
        return ""
    if category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if "\u00c0" <= char <= "\u024f" or "\u0370" <= char <= "\u03ff" or "\u1e00" <= char <= "\u1fff":
        return "".join(c for c in unicodedata.normalize("NFKD", char) if not "\u0300" <= c <= "\u036f")
    return char


class _Folding(dict[int, str]):
    """Code point → folded text, learnt as characters are met; `uneven` holds those that do not fold to one."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _fold_char(char) if not 0xD800 <= code <= 0xDFFF else " "
        if len(folded) != 1:
            self.uneven.add(char)
        self[code] = folded
        return folded


_FOLDING = _Folding()
ASCII: Final = bytes(range(128))
_ASCII_FOLDED: Final = "".join(_FOLDING[code] for code in ASCII).encode() + bytes(range(128, 256))
"""What each byte of UTF-8 becomes where it is a character of its own; the others stay."""
_FEW: Final = 32
"""Different characters that are replaced one after the other: of more of them all are mapped at once."""


def fold(text: str) -> str:
    """The folded text."""
    return _folded_long(text) if len(text) > 256 else _fold(text)


def _fold(text: str) -> str:
    if len(text.encode("utf-8", "replace")) >= 1.3 * len(text):  # not Latin
        others = set(_OTHERS.findall(text))
        if len(others) <= _FEW and not _COMPOSING.search("".join([other + _FOLDING[ord(other)] for other in others])):
            for other in others:  # what they become stays as it is
                text = text.replace(other, _FOLDING[ord(other)])
            return text
    for _ in range(4):
        if not text.isascii() and _COMPOSING.search(text):
            text = _COMPOSE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
        folded = _mapped(text)
        if folded == text or folded.isascii() or not _COMPOSING.search(folded) or not _COMPOSE.search(folded):
            return folded
        text = folded
    return text


_folded_long = lru_cache(maxsize=8)(_fold)
"""A text is folded for its letters, its shingles and its tokens, one after the other."""


def _mapped(text: str) -> str:
    """The folded form of each character by itself."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) < 1.3 * len(text):  # Latin: nearly all is ASCII, and bytes are mapped ten times as fast as characters
        others = set(beyond_ascii(raw))
        if len(others) <= _FEW:
            mapped = raw.translate(_ASCII_FOLDED).decode("utf-8", "surrogatepass")
            for char in others:
                if (folded := _FOLDING[ord(char)]) != char:
                    mapped = mapped.replace(char, folded)
            return mapped
    return text.translate(_FOLDING)


def beyond_ascii(raw: bytes) -> str:
    """The characters of a text in UTF-8 that are not ASCII."""
    return raw.translate(None, ASCII).decode("utf-8", "surrogatepass")


def _others() -> re.Pattern[str]:
    """Characters but those known to fold to themselves: Han in their simplified forms, Kana, the signs between."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = _simplify(" ".join(han)).split(" ")  # apart, as its rules for phrases change nothing then
    changed = [char for char, other in zip(han, simple, strict=True) if char != other or char in _SINGLES]
    rest = map(chr, (*range(0x20, 0x7F), *range(0x3001, 0x3100)))
    known = "".join(char for char in rest if _fold_char(char) == char and not _COMPOSING.match(char))
    return re.compile(f"[^\u4e00-\u9fff，{re.escape(known)}]|[{''.join(changed)}]")


_OTHERS = _others()


def placed(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters start and end of what it was made of in the original."""
    folded, starts, ends = _placed_once(text)
    for _ in range(3):
        if not _COMPOSE.search(folded):
            break
        again, from_, to = _placed_once(folded)
        if again == folded:
            break
        starts, ends = [starts[i] for i in from_], [ends[i - 1] for i in to]
        folded = again
    return folded, starts, ends


def _placed_once(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    if text.isascii() or not _COMPOSE.search(text):
        folded = text.translate(_FOLDING)
        if _FOLDING.uneven.isdisjoint(text):
            return folded, range(len(text)), range(1, len(text) + 1)
        pieces = [_FOLDING[ord(char)] for char in text]
        starts = [i for i, piece in enumerate(pieces) for _ in piece]
        return folded, starts, [i + 1 for i in starts]
    placed = list(_clusters(text))
    starts = [start for piece, start, _ in placed for _ in piece]
    return "".join(piece for piece, _, _ in placed), starts, [end for piece, _, end in placed for _ in piece]


def _clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded text of each character, or of each group of characters that NFKC composes, with its place."""
    at = 0
    for match in _COMPOSE.finditer(text):
        yield from ((_FOLDING[ord(text[i])], i, i + 1) for i in range(at, match.start()))
        yield unicodedata.normalize("NFKC", match[0]).translate(_FOLDING), match.start(), match.end()
        at = match.end()
    yield from ((_FOLDING[ord(text[i])], i, i + 1) for i in range(at, len(text)))
