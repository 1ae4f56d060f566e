"""Text for matching: one tokenisation, and sentences, for every script and every engine; folded as `folding` says.

Tokens: overlapping pairs of characters for Han, Kana, Hangul and the scripts of South-East Asia that put no spaces
between words; whole words for all other scripts, English ones stemmed (Snowball). Numbers and mixed words (C919, 5G,
3.14, 1,000) are one token.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import add
from typing import Final, NamedTuple

import snowballstemmer

from tuoben.folding import ASCII, MARKS, PAIRED, UNSPACED, beyond_ascii, fold, placed

_english = snowballstemmer.stemmer("english")
_english.maxCacheSize = 0  # `_word` remembers what it was asked; a second memory in C costs twice as much as stemming
_stem_english: Callable[[str], str] = _english.stemWord

_LETTER = rf"(?:[^\W_{PAIRED}]|[{MARKS}])"
_RUN = re.compile(
    rf"([{PAIRED}]+)"
    rf"|(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![.,]?\d){_LETTER}*|\d+\.\d+(?!\.?\d){_LETTER}*)"
    rf"|([^\W_{PAIRED}]{_LETTER}*)(?:'s(?!{_LETTER}))?"
)
_PAIR = re.compile(f"[{PAIRED}]+")


class Token(NamedTuple):
    """A token and where it stands: `text[start:end]` of the original text is what it was made of."""

    text: str
    start: int
    end: int


def normalise(text: str) -> str:
    """The form in which texts are compared: folded as described above, runs of white space one space, none at the ends.

    Idempotent. For matching only: never show it.
    """
    folded = fold(text)
    return " ".join(folded.split())


def letters(text: str) -> str:
    """The folded text without anything but letters, digits and the marks that belong to letters: what copies share."""
    return "".join(_written(fold(text)))


def written(text: str) -> Sequence[str]:
    """The runs of letters and digits that `letters` joins: words, in scripts that space them."""
    return _written(fold(text))


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
    others = beyond_ascii(folded.encode("utf-8", "surrogatepass"))
    return None if _LETTERS.search(others) or _PAIR.search(others) else folded.encode("ascii", "replace").decode()


_USUAL_LETTERS = re.compile("[a-z0-9\u4e00-\u9fff]+")
_RARE = re.compile("[^\x00-\x7f\u4e00-\u9fff\u3001\u3002，]")
"""What may be a letter that the usual ones do not count."""
_ALPHANUMERIC: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_POINT: Final = "\x01"
"""The point in a number: no control character is in a folded text."""
_SPACED: Final = "".join(c if c in _ALPHANUMERIC else "." if c == _POINT else " " for c in map(chr, ASCII))
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


_LETTERS = re.compile(rf"(?:[^\W_]+|[{MARKS}{UNSPACED}]+)+")


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
    folded = fold(text)
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
    folded, starts, ends = placed(text)
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
    folded = fold(text)
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
    return shingled(_written(fold(text)), n)


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
    folded, starts, ends = placed(text)
    single = (i for i, char in enumerate(folded) if char in alone)
    found += [Token(folded[i], starts[i], ends[i]) for i in single]
    return sorted(found, key=lambda token: token.start)
