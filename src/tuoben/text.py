"""Text for matching: one folding, one tokenisation, and sentences, for every script and every engine.

Folding is for matching only; what is shown is always cut from the original. It maps each character by itself (NFKC,
case folded, Traditional to Simplified, diacritics of Latin and Greek dropped, invisible characters dropped), so that a
piece of a text always folds to the piece of the folded text. OpenCC's phrase rules would break that (乾隆, 乾杯): only
its single-character mapping is used.

Tokens: overlapping pairs of characters for Han, Kana, Hangul and the scripts of South-East Asia that put no spaces
between words; whole words for all other scripts, English ones stemmed (Snowball). Numbers and mixed words (C919, 5G,
3.14, 1,000) are one token.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import add
from typing import Final, NamedTuple

import opencc
import snowballstemmer

_simplify: Callable[[str], str] = opencc.OpenCC("t2s").convert
_english = snowballstemmer.stemmer("english")
_english.maxCacheSize = 0  # `_word` remembers what it was asked; a second memory in C costs twice as much as stemming
_stem_english: Callable[[str], str] = _english.stemWord

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3100-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\u1100-\u11ff\U00016fe0-\U00016fff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_UNSPACED = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u17dc-\u17dd"
_PAIRED = _HAN + _UNSPACED
_MARKS = "".join(
    chr(c)
    for c in chain(range(0x300, 0x2000), range(0xA800, 0xAC00))
    if unicodedata.category(chr(c)) in ("Mn", "Mc") and not re.match(f"[{_PAIRED}]", chr(c))
)
_LETTER = rf"(?:[^\W_{_PAIRED}]|[{_MARKS}])"
_RUN = re.compile(
    rf"([{_PAIRED}]+)"
    rf"|(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![.,]?\d){_LETTER}*|\d+\.\d+(?!\.?\d){_LETTER}*)"
    rf"|([^\W_{_PAIRED}]{_LETTER}*)(?:'s(?!{_LETTER}))?"
)
_PAIR = re.compile(f"[{_PAIRED}]+")
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
_ASCII: Final = bytes(range(128))
_ASCII_FOLDED: Final = "".join(_FOLDING[code] for code in _ASCII).encode() + bytes(range(128, 256))
"""What each byte of UTF-8 becomes where it is a character of its own; the others stay."""
_FEW: Final = 32
"""Different characters that are replaced one after the other: of more of them all are mapped at once."""


class Token(NamedTuple):
    """A token and where it stands: `text[start:end]` of the original text is what it was made of."""

    text: str
    start: int
    end: int


def _folded(text: str) -> str:
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
        others = set(_beyond_ascii(raw))
        if len(others) <= _FEW:
            mapped = raw.translate(_ASCII_FOLDED).decode("utf-8", "surrogatepass")
            for char in others:
                if (folded := _FOLDING[ord(char)]) != char:
                    mapped = mapped.replace(char, folded)
            return mapped
    return text.translate(_FOLDING)


def _beyond_ascii(raw: bytes) -> str:
    """The characters of a text in UTF-8 that are not ASCII."""
    return raw.translate(None, _ASCII).decode("utf-8", "surrogatepass")


def _others() -> re.Pattern[str]:
    """Characters but those known to fold to themselves: Han in their simplified forms, Kana, the signs between."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = _simplify(" ".join(han)).split(" ")  # apart, as its rules for phrases change nothing then
    changed = [char for char, other in zip(han, simple, strict=True) if char != other or char in _SINGLES]
    rest = map(chr, (*range(0x20, 0x7F), *range(0x3001, 0x3100)))
    known = "".join(char for char in rest if _fold_char(char) == char and not _COMPOSING.match(char))
    return re.compile(f"[^\u4e00-\u9fff，{re.escape(known)}]|[{''.join(changed)}]")


_OTHERS = _others()


def _placed(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
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


def normalise(text: str) -> str:
    """The form in which texts are compared: folded as described above, runs of white space one space, none at the ends.

    Idempotent. For matching only: never show it.
    """
    folded = _folded(text)
    return " ".join(folded.split())


def letters(text: str) -> str:
    """The folded text without anything but letters, digits and the marks that belong to letters: what copies share."""
    return "".join(_written(_folded(text)))


def written(text: str) -> Sequence[str]:
    """The runs of letters and digits that `letters` joins: words, in scripts that space them."""
    return _written(_folded(text))


@lru_cache(maxsize=8)
def _written(folded: str) -> Sequence[str]:
    """The runs of letters and digits of a folded text."""
    plain = _plain(folded)
    if plain is not None:
        return plain.translate(_SPACED).split()
    return (_LETTERS if _RARE.search(folded) else _USUAL_LETTERS).findall(folded)


@lru_cache(maxsize=8)
def _plain(folded: str) -> str | None:
    """A folded text as ASCII, other signs as question marks; None when letters or marks beyond ASCII are in it.

    What is left can be cut at spaces, ten times as fast as with the pattern for every script.
    """
    if folded.isascii():
        return folded
    if _PAIR.search(folded):
        return None
    others = _beyond_ascii(folded.encode("utf-8", "surrogatepass"))
    return None if _LETTERS.search(others) or _PAIR.search(others) else folded.encode("ascii", "replace").decode()


_USUAL_LETTERS = re.compile("[a-z0-9\u4e00-\u9fff]+")
_RARE = re.compile("[^\x00-\x7f\u4e00-\u9fff\u3001\u3002，]")
"""What may be a letter that the usual ones do not count."""
_ALPHANUMERIC: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_POINT: Final = "\x01"
"""The point in a number: no control character is in a folded text."""
_SPACED: Final = "".join(c if c in _ALPHANUMERIC else "." if c == _POINT else " " for c in map(chr, _ASCII))
"""What each character of ASCII becomes before words are cut at spaces."""
_PLAIN_NUMBER = re.compile(
    r"[0-9](?<![a-z0-9.,][0-9])(?:[0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![.,]?[0-9])|[0-9]*\.[0-9]+(?!\.?[0-9]))"
)
"""A number with a point, or with commas between its thousands, at the beginning of a word."""
_POSSESSIVE = re.compile(r"'s(?![a-z0-9])")


def _without_possessive(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return " " if before.isalpha() else match[0]


def _possesses_number(plain: str) -> bool:
    """Whether a possessive belongs to a number, or to another one: the pattern for all scripts knows that word."""
    for piece in plain.split("'s")[:-1]:
        before = piece[len(piece.rstrip(_ALPHANUMERIC)) :]
        if not piece or (before and not before.isalpha()):
            return True
    return False


_LETTERS = re.compile(rf"(?:[^\W_]+|[{_MARKS}{_UNSPACED}]+)+")


class _Words(dict[str, str]):
    """A word → the word as indexed, learnt as words are met; a full memory begins anew."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = indexed = _indexed(word)
        return indexed


_MOST_WORDS: Final = 1 << 17
_WORDS = _Words()


def _word(word: str) -> str:
    """A word as indexed: thousands separators dropped, English stemmed."""
    return _WORDS[word]


def _indexed(word: str) -> str:
    if word.isascii():
        if word.isalpha():
            return sys.intern(_stem_english(word)) if len(word) > 3 else word
        return word.replace(",", "")
    return word


@lru_cache(maxsize=8)
def _plain_words(folded: str) -> tuple[str, ...] | None:
    """The tokens of a text in ASCII words; None when there is more to it."""
    plain = _plain(folded)
    if plain is None:
        return None
    if "'s" in plain:
        if _possesses_number(plain):
            return None
        plain = _POSSESSIVE.sub(_without_possessive, plain)
    plain = _PLAIN_NUMBER.sub(_in_one_piece, plain)
    return tuple(map(_WORDS.__getitem__, plain.translate(_SPACED).split()))


def _in_one_piece(match: re.Match[str]) -> str:
    return match[0].replace(",", "").replace(".", _POINT)


def _runs(folded: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and word of each run of a folded text; the word is "" for a run that is cut into pairs."""
    for match in _RUN.finditer(folded):
        if match.lastindex == 1:
            yield match.start(), match.end(), ""
        else:
            yield match.start(), match.end(), _word(match[match.lastindex or 0])


def tokens(text: str) -> list[str]:
    """The tokens in order: overlapping pairs for the unspaced scripts (a run of one stays), words for the others."""
    folded = _folded(text)
    plain = _plain_words(folded)
    if plain is not None:
        return list(plain)
    cut, lasts = _cut(folded)
    out: list[str] = []
    start = 0
    for last in lasts:
        out += cut[start:last]
        start = last + 1
    out += cut[start:]
    return out


@lru_cache(maxsize=8)
def _cut(folded: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The postings of a folded text, and where those stand that are no tokens: the last characters of runs of pairs.

    A text is cut for its tokens and its postings, one after the other.
    """
    out: list[str] = []
    lasts: list[int] = []
    for match in _RUN.finditer(folded):
        if match.lastindex == 1:
            run = match[1]
            if len(run) > 1:
                out.extend(map(add, run, run[1:]))
                lasts.append(len(out))
            out.append(run[-1])
        else:
            out.append(_word(match[match.lastindex or 0]))
    return tuple(out), tuple(lasts)


def spans(text: str) -> list[Token]:
    """The same tokens with their places in the original text."""
    folded, starts, ends = _placed(text)
    found: list[Token] = []
    for start, end, word in _runs(folded):
        if word:
            found.append(Token(word, start, end))
        elif end - start == 1:
            found.append(Token(folded[start:end], start, end))
        else:
            found.extend(Token(folded[i : i + 2], i, i + 2) for i in range(start, end - 1))
    if isinstance(starts, range):
        return found
    return [Token(token.text, starts[token.start], ends[token.end - 1]) for token in found]


def postings(text: str) -> list[str]:
    """What an index stores for a text: the tokens, and after each run of pairs its last character alone.

    So each character has a position, and any piece of the text, also one that crosses digits, words or punctuation,
    is a run of consecutive postings (see `pattern`).
    """
    folded = _folded(text)
    plain = _plain_words(folded)
    return list(_cut(folded)[0] if plain is None else plain)


def pattern(text: str) -> tuple[tuple[str, ...], bool]:
    """How a phrase is looked for among `postings`: the terms that must follow each other, and whether the last is open.

    An open last term is a single character that may also begin a pair.
    """
    terms = postings(text)
    if not terms or not _PAIR.fullmatch(terms[-1]):
        return tuple(terms), False
    if len(terms) > 1 and len(terms[-2]) == 2 and _PAIR.fullmatch(terms[-2]) and terms[-2][1] == terms[-1]:
        return tuple(terms[:-1]), False
    return tuple(terms), True


def shingles(text: str, n: int = 5) -> set[str]:
    """All runs of `n` letters and digits of the folded text; of `n - 2` words where the text is in spaced words."""
    return shingled(_written(_folded(text)), n)


def unspaced(joined: str) -> bool:
    """Whether the shingles of a text with these letters are runs of characters, not of words."""
    return not joined.isascii() and sum(map(len, _PAIR.findall(joined))) * 3 >= len(joined)


def shingled(words: Sequence[str], n: int = 5) -> set[str]:
    """The shingles of a text whose runs of letters and digits (`written`) are given."""
    joined = "".join(words)
    if unspaced(joined):
        return {joined[i : i + n] for i in range(len(joined) - n + 1)}
    width = max(2, n - 2)
    return set(map(" ".join, zip(*(words[i:] for i in range(width)), strict=False)))


_QUOTED = re.compile(r"“[^“”\n]{0,160}”|「[^「」\n]{0,160}」|『[^『』\n]{0,160}』|《[^《》\n]{0,160}》")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Col|Lt|Sgt|vs|No|Jr|Sr|etc|Inc|Ltd|Co)|\b[A-Z]|\.[A-Za-z])$"
)
_STOP = re.compile(
    r"(?:[。！？!?…؟।॥።]|(?<!\d)\.(?=\s|[\"'”’)\]]*(?:\s|$))|(?<=\d)\.(?=\s|$))+[”’」』）】》\"')\]]*|\s*\n\s*"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, white space around it left out; a quotation of moderate length is not cut."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found: list[tuple[int, int]] = []
    start = at = 0
    for match in _STOP.finditer(text):
        end = match.end()
        while at < len(quoted) and quoted[at][1] <= match.start():
            at += 1
        inside = at < len(quoted) and quoted[at][0] < match.start() and end < quoted[at][1]
        if "\n" not in match[0] and (inside or _runs_on(text, match)):
            continue
        _append(found, text, start, end)
        start = end
    _append(found, text, start, len(text))
    return found


def _runs_on(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop is none: an abbreviation, or the sentence goes on in lower case."""
    if match[0][0] != ".":
        return False
    following = text[match.end() :].lstrip()[:1] if match.end() < len(text) else ""
    return following.islower() or bool(_ABBREVIATION.search(text[max(0, match.start() - 8) : match.start()]))


def _append(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        found.append((start, end))


def places(text: str, wanted: frozenset[str]) -> list[Token]:
    """Where some tokens stand in a text, in its order: also single characters of scripts that are read in pairs."""
    found = [token for token in spans(text) if token.text in wanted]
    alone = {token for token in wanted if len(token) == 1 and _PAIR.fullmatch(token)}
    if not alone:
        return found
    folded, starts, ends = _placed(text)
    single = (i for i, char in enumerate(folded) if char in alone)
    found += [Token(folded[i], starts[i], ends[i]) for i in single]
    return sorted(found, key=lambda token: token.start)
