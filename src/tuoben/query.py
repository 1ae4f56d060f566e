"""The one search grammar, for the index, for subscriptions and for people.

    吉林 科技                all words, each as written (a word of several characters is looked for whole)
    "谱写新篇章" “…” 「…」    a phrase; it may hold spaces
    吉林 -汽车               without a word, a phrase or a field: "-" right before it, at the start of a word
    高铁 OR 动车             one of both: OR in upper case between two words; binds closer than the space
    卫星 NEAR/10 发射        both, with at most 10 words (Han: characters) between them, in either order; 1 to 25; binds
                             closer than OR; words or phrases without a field; near/10 and 邻近/10 say the same
    来源:新华社  source:      whom the page credits          类别:国际  category:     标题:卫星  title:
    栏目:两会观察  column:    the column (栏目) that it stands in
    作者:某某    author:      日期:2024  2024-03  2024-03-05  2024-03..2024-05  date:
    站点:example site:        语言:zh lang:                 ASCII or full-width colon, value right behind it

Everything else is text: a pasted headline with quotation marks, colons, dashes and brackets is a search for that
headline. When nothing matches, the words are loosened, and the result says so; phrases in quotation marks, NEAR,
exclusions and fields never are. Nothing raises; what cannot be read as a field or a phrase is words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from tuoben.text import normalise, pattern, tokens

MOST_CHARACTERS = 1000
"""A longer query is cut here: it is a pasted text, and its beginning finds it."""

_FIELDS = {
    "source": "source 来源 出处",
    "category": "category 类别 分类",
    "title": "title 标题",
    "column": "column 栏目 专栏",
    "author": "author 作者 记者",
    "date": "date 日期",
    "site": "site 站点 网站",
    "lang": "lang language 语言",
}
_NAMES = {name: field for field, names in _FIELDS.items() for name in names.split()}
_LANGUAGES = {
    "中文": "zh",
    "英文": "en",
    "英语": "en",
    "日文": "ja",
    "日语": "ja",
    "韩文": "ko",
    "韩语": "ko",
    "俄语": "ru",
}
_FIELD = re.compile(r"([^\W\d_]{2,8})[:：](?=\S)")
_CLOSING = {'"': '"', "“": "”", "”": "”", "„": "“", "「": "」", "『": "』", "＂": "＂"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_OR = re.compile(r"OR\s+\S")
_NEAR = re.compile(r"(?:NEAR|near|邻近|鄰近)/([0-9]{1,2})(?=\s+[^\s\-－])")
FARTHEST = 25
"""Words that may stand between two that are near each other, at most."""
_LONGEST_SIDE, _MOST_NEAR = 16, 3
"""Terms of what is near something, at most; and NEARs of one search."""
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[str, ...]:
    """The tokens of a word or a phrase: each search asks for them when it is read, ranked and marked."""
    return tuple(tokens(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing looked for. `field` is "" for the text at large, else a name of the grammar in English.

    For `field` "date", `since` and `until` bound the days (`until` not included; None is open). With `near`, `text`
    holds several words or phrases (`sides`), and `near` how many words at most stand between each and the next, in
    either order and not one within the other.
    """

    text: str
    field: str = ""
    quoted: bool = False
    negated: bool = False
    since: date | None = None
    until: date | None = None
    sides: tuple[str, ...] = ()
    near: tuple[int, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it is looked for in the text, not in a field of its own."""
        return self.field in ("", "title")


def _worded(group: tuple[Clause, ...]) -> bool:
    """Whether a group is looked for in the text."""
    return all(clause.is_text and not clause.negated for clause in group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search: all `groups` must hold, a group holds when one of its clauses does.

    `loosened` is "" as typed; else what was given up: "words" (the words need not stand as written), "most" (not
    all words), "any" (some words). `need` is the share of the text's tokens that must be there when loosened.
    """

    raw: str = ""
    groups: tuple[tuple[Clause, ...], ...] = ()
    loosened: str = ""
    need: float = 1.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The tokens to mark in excerpts, each once, in order."""
        texts = [clause.text for group in self.groups for clause in group if clause.is_text and not clause.negated]
        return tuple(dict.fromkeys([token for text in texts for token in _tokens(text)]))

    @property
    def filters(self) -> tuple[tuple[Clause, ...], ...]:
        """The groups that are not looked for in the text, or exclude."""
        return tuple([group for group in self.groups if not _worded(group)])

    @property
    def words(self) -> tuple[tuple[Clause, ...], ...]:
        """The groups that are looked for in the text."""
        return tuple([group for group in self.groups if _worded(group)])

    @property
    def exact(self) -> tuple[tuple[Clause, ...], ...]:
        """The groups of `words` with a phrase in quotation marks: never loosened."""
        return tuple(group for group in self.words if any(clause.quoted for clause in group))

    @property
    def loose(self) -> tuple[tuple[Clause, ...], ...]:
        """The other groups of `words`."""
        return tuple(group for group in self.words if not any(clause.quoted for clause in group))

    def least(self, count: int) -> int:
        """How many of `count` tokens must be there."""
        return max(1, min(count, math.floor(count * self.need + 1e-9)))

    def __bool__(self) -> bool:
        return bool(self.groups)


def parse(text: str) -> Query:
    """Read a search as typed or pasted. Never raises; a search without a word, number or field has no groups."""
    raw = text[:MOST_CHARACTERS]
    groups: list[tuple[Clause, ...]] = []
    either = False
    near = at = 0
    while at < len(raw):
        if raw[at].isspace():
            at += 1
            continue
        if groups and _OR.match(raw, at):
            either = True
            at += 2
            continue
        if groups and not either and near < _MOST_NEAR and (nearer := _nearer(raw, at, groups[-1][-1])):
            near += 1
            clause, at = nearer
            groups[-1] = (*groups[-1][:-1], clause)
            continue
        clauses, at = _clauses(raw, at)
        for clause in clauses:
            if either and not clause.negated and not groups[-1][0].negated:
                groups[-1] = (*groups[-1], clause)
            else:
                groups.append((clause,))
            either = False
    if groups and all(clause.negated for group in groups for clause in group) and raw[:1] == "-":
        return _plain(raw)
    return Query(raw=raw.strip(), groups=tuple(groups))


def _nearer(raw: str, at: int, left: Clause) -> tuple[Clause, int] | None:
    """What is left of a NEAR at `at` together with what is right of it, and where the next may begin; None when it is
    none: without a word or phrase on both sides that may be near something, or with a number that it cannot have."""
    told = _NEAR.match(raw, at)
    if told is None or left.field or not 1 <= int(told[1]) <= FARTHEST:
        return None
    at = told.end()
    while raw[at].isspace():
        at += 1
    right, end = _clauses(raw, at)
    if not right or right[0].field or right[0].negated or _OR.match(raw, at) or _NEAR.match(raw, at):
        return None
    sides = (*(left.sides or (left.text,)), right[0].text)
    if not (_may_be_near(sides[-2]) and _may_be_near(sides[-1])):
        return None
    near = (*left.near, int(told[1]))
    return replace(left, text=" ".join(sides), sides=sides, near=near, quoted=True), end


def _may_be_near(side: str) -> bool:
    """Whether each distance from it can be looked for in time: not what ends with a single character of Han (it stands
    in most articles, and begins thousands of pairs), and no long text."""
    terms, opened = pattern(side)
    return not opened and len(terms) <= _LONGEST_SIDE


def _plain(raw: str) -> Query:
    words = (Clause(text=word) for word in raw.split() if _tokens(word))
    return Query(raw=raw.strip(), groups=tuple((word,) for word in words))


def _clauses(raw: str, at: int) -> tuple[list[Clause], int]:
    """The clause that begins a word at `at` (none when it holds nothing to look for), and where the next may begin."""
    start = at
    negated = raw[at] in "-－" and at + 1 < len(raw) and not raw[at + 1].isspace() and raw[at + 1] not in "-－"
    if negated:
        at += 1
    field = ""
    named = _FIELD.match(raw, at)
    if named and normalise(named[1]) in _NAMES:
        field, at = _NAMES[normalise(named[1])], named.end()
    value, end, quoted = _value(raw, at)
    if not field:
        return _text_clause(value, quoted, negated), end
    clause = _field_clause(field, value)
    if clause is not None:
        return [replace(clause, quoted=quoted, negated=negated)], end
    value, end = _word(raw, start + negated)
    return _text_clause(value, quoted=False, negated=negated), end


def _value(raw: str, at: int) -> tuple[str, int, bool]:
    """A phrase in quotation marks that ends where a word ends, else a word."""
    closing = _CLOSING.get(raw[at])
    if closing is not None:
        end = raw.find(closing, at + 1)
        behind = raw[end + 1 : end + 2]
        if end > at + 1 and (not behind or behind.isspace() or behind in _CLOSING) and _tokens(raw[at + 1 : end]):
            return raw[at + 1 : end], end + 1, True
    value, end = _word(raw, at)
    return value, end, False


def _word(raw: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(raw) and not raw[end].isspace():
        end += 1
    return raw[at:end], end


def _text_clause(value: str, quoted: bool, negated: bool) -> list[Clause]:
    return [Clause(text=value, quoted=quoted, negated=negated)] if _tokens(value) else []


def _field_clause(field: str, value: str) -> Clause | None:
    """The clause of a field; None when the value is none that the field can have."""
    if field == "date":
        return _dates(value)
    if field == "lang":
        lang = _LANGUAGES.get(normalise(value), normalise(value))
        return Clause(text=lang, field=field) if _LANGUAGE.fullmatch(lang) else None
    return Clause(text=value, field=field) if _tokens(value) else None


def _dates(value: str) -> Clause | None:
    first, dots, last = normalise(value).partition("..")
    since, until = days(first), days(last if dots else first)
    if (first and since is None) or (last and until is None) or not (first or last):
        return None
    if since and until and since[0] >= until[1]:
        since, until = until, since
    return Clause(text=value, field="date", since=since[0] if since else None, until=until[1] if until else None)


def days(value: str) -> tuple[date, date] | None:
    """First day, and the day behind the last, of a year, month or day."""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        if match[3]:
            return first, first + timedelta(days=1)
        if match[2]:
            return first, date(year + month // 12, month % 12 + 1, 1)
        return first, date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None


def loosened(query: Query) -> tuple[Query, ...]:
    """Ever looser searches for when nothing matches. Filters, exclusions and quoted phrases stay: they are exact."""
    variants: list[Query] = []
    clauses = [clause for group in query.loose for clause in group]
    count = len({token for clause in clauses for token in _tokens(clause.text)})
    if count > len(clauses):
        variants.append(replace(query, loosened="words"))
    if count > 1:
        variants.append(replace(query, loosened="most", need=0.6))
        variants.append(replace(query, loosened="any", need=0.25))
    return tuple(variants)
