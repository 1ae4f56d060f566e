"""Fields that the head of a page tells: meta elements, links, policy; and the headline by vote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tuoben import url as urls
from tuoben.extract.element import CJK, HEADINGS, Block, Element, squeezed
from tuoben.extract.jsonld import Said
from tuoben.extract.tree import Tree
from tuoben.extract.trim import key


@dataclass(slots=True)
class Meta:
    """The meta elements of a page by lower-case name, first value wins, further ones kept in `lists`."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        """The first non-empty value among the names, in the order asked."""
        return next((self.values[name] for name in names if self.values.get(name)), "")


def gather(tree: Tree) -> Meta:
    """Read the meta elements (name, property, itemprop, http-equiv)."""
    meta = Meta()
    for attrs in tree.metas:
        name = attrs.get("property") or attrs.get("name") or attrs.get("itemprop") or attrs.get("http-equiv")
        value = attrs.get("content") or attrs.get("value")
        if not name or not value or not value.strip():
            continue
        name = name.strip().lower()
        value = squeezed(value)
        meta.values.setdefault(name, value)
        meta.lists.setdefault(name, []).append(value)
    return meta


# --- headline -------------------------------------------------------------------------------------------------------

_SEPARATORS: Final = re.compile(
    r"\s*(?:[_|｜丨]+|--+|::|<<|>>)\s*|\s+[-–—:~•·/‹»«›]+\s+|\s[-–—](?=\S)|"
    r"(?<=[\u4e00-\u9fff！？”》）])[-–—:](?=[^-–—:\d]{2,20}$)"
)
_SITE_WORDS: Final = re.compile(
    r"(?:网|網|新闻|新聞|资讯|频道|頻道|客户端|日报|晚报|早报|时报|在线|中心|中国|财经|财富|体育|娱乐|科技|滚动|"
    r"要闻|国内|国际|社会|手机|腾讯|新浪|网易|搜狐|凤凰|论坛|博客|专栏|公众号|网站|电视台|news|times|post|daily|"
    r"\.com|\.net|\.cn|\.org)",
    re.I,
)
_COLUMN: Final = re.compile(r"^\s*([^|｜丨]{1,16}?)\s*[|｜丨]\s*(\S.{5,})$", re.S)


_KEYS: Final[dict[str, str]] = {}


def _key(text: str) -> str:
    """`key`, kept: the same few spellings are compared with each other again and again."""
    known = _KEYS.get(text)
    if known is None:
        if len(_KEYS) >= 1024:
            _KEYS.clear()
        known = _KEYS[text] = key(text)
    return known


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline, its column, the block it stands in (-1: none), where it was read, and its other spellings."""

    title: str
    column: str
    at: int
    origin: str
    keys: frozenset[str]


_LETTER: Final = re.compile(r"[^\W\d_]")
_DATED: Final = re.compile(r"^\d{1,2}\.\s?(?:\d{1,2}\.\s?|[^\W\d_]{3,9}\.?\s)\d{4}\s*[-–—:|]?\s+(?=\D{20})")
"""A day in front of the headline."""
LONGEST_TITLE: Final = 600


def _clean(text: str) -> str:
    return squeezed(text[: 4 * LONGEST_TITLE])[:LONGEST_TITLE]


_INFO_BEHIND: Final = re.compile(
    r"\s(?:(?:发布)?(?:时间|日期)\s?[:：]\s?)?20\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?\s+\d{1,2}:\d\d(?::\d\d)?\s.{0,60}(?:来源|來源|作者|点击|點擊)"
)
"""A time line set inside the heading's element."""
_KICKER: Final = re.compile(
    r"kicker|overline|over-?title|pre-?title|topline|dachzeile|spitzmarke|eyebrow|roofline|antetit|sub-?(?:title|headline|head)|"
    r"(?:^|[\s_-])(?:label|prefix|category|cat|date|deck|surtitre|occhiello|badge|flag)(?:$|[\s_-])"
)
"""Names of what stands in the heading's element before or behind the headline."""


def _heading(tree: Tree, element: Element, told: frozenset[str]) -> str:
    """The text of a heading; without kicker and subtitle where those have an element of their own, unless the page's
    titles (`told`: their keys) have them, too."""
    whole = _clean(tree.text_of(element))
    if (info := _INFO_BEHIND.search(whole)) and info.start() > 5:
        return whole[: info.start()].strip()
    if len(whole) > LONGEST_TITLE // 2 or _key(whole) in told:
        return whole
    first = tree.blocks[element.start : element.start + 1]  # none, where nothing follows an empty heading
    own = _clean("".join([run[0] for block in first for run in block.runs if run[3] in (None, element)]))
    if len(_key(own)) >= 8 and _key(own) in told:
        return own  # what stands in elements of their own beside it is a badge
    kept: list[str] = []
    for block in tree.blocks[element.start : max(element.end, element.start + 1)]:
        kept.extend(text for text, _, _, node in block.runs if not _set_apart(node or block.node, element))
        kept.append(" ")
    rest = _clean("".join(kept)).strip(" :：|–—-")
    return rest if len(_key(rest)) >= 8 else whole


def _set_apart(node: Element | None, heading: Element) -> bool:
    """Whether a piece of a heading stands in an element named for kickers."""
    while node is not None and node is not heading and node.depth > heading.depth:
        if len(node.hint) > 2 and _KICKER.search(node.hint):
            return True
        node = node.parent
    return False


_SITE_TITLE: Final = re.compile(
    r".{2,14}(?:电子版|数字报|电子报|數位報|日报|晚报|时报|新闻网|新聞網|网|網|门户网站|官方网站|官网|人民政府|客户端)"
)
"""A document's title that is nothing but the name of the house."""


def _h1s(tree: Tree, told: frozenset[str] = frozenset()) -> list[tuple[str, int]]:
    found = []
    for tag in ("h1", "h2"):
        for element in tree.by_tag.get(tag, [])[:12]:
            if element.hidden or element.noise in ("related", "comment", "share", "footer", "aside", "menu"):
                continue
            text = _heading(tree, element, told)
            if text and len(text) < 300:
                found.append((text, element.start))
    plain = [row for row in found if not _KICKER.search(tree.blocks[row[1]].node.hint)]
    return plain or found


def strip_site(text: str, names: list[str]) -> str:
    """A headline without the site's name and channel at its ends, cut only at separators."""
    keys = {_key(name) for name in names if len(_key(name)) > 1}
    for match in _SEPARATORS.finditer(text):
        head, tail = text[: match.start()].strip(), text[match.end() :].strip()
        if not tail and head:
            return head
        if not head and tail and match[0].strip() in ("-", "_", "|", "–", "—"):
            return ""
        if not _LETTER.search(head):
            continue
        if _key(head) in keys and not _is_site(tail, set(), head, "_") and len(_key(tail)) > len(_key(head)) // 2:
            return strip_site(tail, names)
        if len(_key(head)) >= 4 and _is_site(tail, keys, head, match[0].strip()):
            return head
    return text


def _stripped(tree: Tree, text: str, names: list[str]) -> str:
    """A title without the site's name. A separator may stand inside the headline, too: of several places to cut at, the
    last that leaves the very words of a heading on the page is the one."""
    cut = strip_site(text, names)
    behind = list(_SEPARATORS.finditer(text, len(cut)))[1:] if cut != text and text.startswith(cut) else []
    if not behind:
        return cut
    headings = {_key(heading) for heading, _ in _h1s(tree)}
    heads = (text[: match.start()].strip() for match in reversed(behind))
    return next((head for head in heads if _key(head) in headings), cut)


def _is_site(tail: str, keys: set[str], head: str, separator: str) -> bool:
    """Whether what follows a separator is the site's name, with or without channels around it."""
    parts = [_key(part) for part in _SEPARATORS.split(tail) if part and _key(part)]
    if any(part in keys for part in parts):
        return True
    whole = _key(tail)
    if any(len(k) > 3 and k in whole and len(whole) < len(k) + min(45, max(20, len(_key(head)))) for k in keys):
        return True
    if separator.startswith(("_", "--")) and CJK.search(head) and len(parts[0] if parts else "") <= 10:
        return True
    return len(tail) <= 14 and 2 * len(tail) < len(head) + 4 and _SITE_WORDS.search(tail) is not None


def headline(tree: Tree, meta: Meta, data: Said, listing: str, names: list[str]) -> Headline:
    """The headline by vote: what h1, og:title, <title>, JSON-LD and the listing agree on, with the site's name cut."""
    doc = _clean(tree.title)
    told = [
        (_clean(meta.first("og:title")), "meta", 1.1),
        (_clean(data.headline), "json-ld", 1.0),
        (_clean(listing), "listing", 1.0),
        (
            _clean(meta.first("twitter:title", "dc.title", "articletitle", "title", "sailthru.title", "parsely-title")),
            "meta",
            0.9,
        ),
        (doc, "markup", 0.8),
    ]
    told = [(text, origin, weight) for text, origin, weight in told if text]
    stripped = [(_stripped(tree, text, names), origin, weight) for text, origin, weight in told]
    stripped = [row for row in stripped if row[0]]
    h1s = _h1s(tree, frozenset(_key(row[0]) for row in [*told, *stripped]))
    options: list[tuple[str, str, float, int]] = [(text, origin, weight, -1) for text, origin, weight in stripped]
    options += [(text, "markup", 1.25 if _in_h1(tree, at) else 0.5, at) for text, at in h1s]
    only = len({_key(text) for text, at in h1s if _in_h1(tree, at)}) == 1
    site = {_key(name) for name in names}
    if _SITE_TITLE.fullmatch(doc) and h1s:
        site.add(_key(doc))
    best, best_score = ("", "", 0.0, -1), 0.0
    # A heading that is the only one is the headline as set; the other spellings are for shares and search engines. But
    # where two of them agree that systems fill apart, they tell the better one.
    agreed = _key(data.headline) == _key(strip_site(_clean(meta.first("og:title")), names)) != ""
    alone = 0.5 if agreed else 2.0
    in_doc = _named_in(doc, h1s, site)
    for option in options:
        score = _vote(option, stripped, options, site)
        if option[3] >= 0:
            score += 2.0 if _key(option[0]) == in_doc else 0.0
            overruled = _key(option[0]) != in_doc != "" and _in_parts(option[0], doc)
            if only and not overruled and _in_h1(tree, option[3]) and _akin(option[0], [*stripped, *told]):
                score += alone
            score += TWICE_SET if _in_h1(tree, option[3]) and _key(option[0]) == _key(data.headline) else 0.0
        if score > best_score:
            best, best_score = option, score
    text, origin, _, at = best
    if at < 0 and text:
        at = _place(tree, _key(text), h1s)
        if at < 0 and (longer := _block_in(tree, _key(text))) is not None:
            text, at = longer.text, longer.number
    text = next((t for t, _, _ in stripped if _key(t) == _key(text) and len(t) > len(text)), text)
    title, column = split_column(_DATED.sub("", text) if len(text) > 30 else text)
    keys = frozenset(
        _key(spelling)
        for spelling in [
            text,
            title,
            doc,
            _whole(tree, at, text),
            *(t for t, _, _ in told),
            *(t for t, _, _ in stripped),
        ]
        if spelling
    )
    return Headline(title, column, at, origin, keys)


def _whole(tree: Tree, at: int, text: str) -> str:
    """All that stands in the headline's own block, where more than the headline does."""
    block = tree.blocks[at] if 0 <= at < len(tree.blocks) else None
    return block.text if block is not None and block.kind in HEADINGS and len(block.text) < len(text) + 90 else ""


def _vote(
    option: tuple[str, str, float, int],
    told: list[tuple[str, str, float]],
    options: list[tuple[str, str, float, int]],
    site: set[str],
) -> float:
    """How much the other spellings speak for one: equal ones count whole, ones that hold it count in part."""
    text, _, weight, at = option
    mine = _key(text)
    if len(mine) < 2:
        return 0.0
    if any(_cut_at_quote(text, other[0]) for other in options):
        return 0.1
    votes = _voices([row for row in told if _key(row[0]) == mine])
    votes += 0.6 * _voices([row for row in told if _key(row[0]) != mine and len(mine) > 5 and mine in _key(row[0])])
    placed = 1.0 if at < 0 else 1.3 if votes >= 0.4 else 0.5
    return weight * placed + votes - (3.0 if mine in site else 0.0)


def _voices(rows: list[tuple[str, str, float]]) -> float:
    """The weight of spellings that agree. The metas and the document's title are one voice: systems fill them from one
    field, often one written for search engines."""
    head = sorted((w for _, origin, w in rows if origin in ("meta", "markup")), reverse=True)
    apart = sum((w for _, origin, w in rows if origin not in ("meta", "markup")), 0.0)
    return apart + sum(head[:1]) + 0.4 * sum(head[1:])


def _named_in(doc: str, headings: list[tuple[str, int]], site: set[str]) -> str:
    """The key of the heading that is the longest part of the document's title between separators, "" when none is."""
    parts = {_key(part) for part in _SEPARATORS.split(doc) if part}
    longest = max(parts - site, key=len, default="") if len(parts) > 1 else ""
    return longest if len(longest) >= 8 and any(_key(text) == longest for text, _ in headings) else ""


def _in_parts(text: str, doc: str) -> bool:
    """Whether a heading is a part of the document's title between separators: the site's name or a column's, where a
    longer part is a heading, too."""
    return _key(text) in {_key(part) for part in _SEPARATORS.split(doc) if part}


TWICE_SET: Final = 0.8
"""What speaks for a main heading that JSON-LD has word for word, beside the votes: the two are filled apart."""


def _cut_at_quote(text: str, other: str) -> bool:
    """A value that a raw quotation mark cut short in its attribute: the other spelling goes on with the mark."""
    text = text.rstrip()
    return len(other) > len(text) + 1 and other.startswith(text) and other[len(text) :].lstrip()[:1] in "\"'"


def _akin(text: str, told: list[tuple[str, str, float]]) -> bool:
    """Whether a heading speaks of what the page's own titles speak of: a fair share of its pairs of letters."""
    mine = _key(text)
    pairs = {mine[i : i + 3] for i in range(len(mine) - 2)}
    if len(mine) < 6 or not pairs:
        return False
    for other, _, _ in told:
        theirs = _key(other)
        if sum(1 for pair in pairs if pair in theirs) > 0.3 * len(pairs):
            return True
    return False


def _block_in(tree: Tree, doc: str) -> Block | None:
    """A short block of the page that begins or ends the document's title and makes up most of it."""
    for block in tree.blocks:
        if 8 <= len(block.text) < 200 and not block.node.noise and block.links < 0.5:
            mine = _key(block.text)
            opens = doc.startswith(mine) or (doc.endswith(mine) and CJK.search(block.text) is not None)
            if len(mine) >= 8 and opens and 2 * len(mine) > len(doc):
                return block
    return None


def _in_h1(tree: Tree, at: int) -> bool:
    return at < len(tree.blocks) and tree.blocks[at].node.above("h1") is not None


def _place(tree: Tree, wanted: str, h1s: list[tuple[str, int]]) -> int:
    for text, at in h1s:
        if _key(text) == wanted or (len(wanted) > 8 and wanted in _key(text)):
            return at
    for block in tree.blocks:
        if 4 < len(block.text) < 300 and not block.node.noise and block.links < 0.9 and _key(block.text) == wanted:
            return block.number
    return -1


def split_column(text: str) -> tuple[str, str]:
    """("headline", "column"): the part before a bar is the column when it is short and the rest is the longer."""
    for match in (_COLUMN.match(text),):
        if (
            match
            and re.search(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]", match[1])
            and len(match[1]) < len(match[2])
        ):
            return match[2].strip(), match[1].strip()
    return text, ""


# --- requisites, keywords -----------------------------------------------------------------------------


def style_sheets(tree: Tree, base: str) -> list[str]:
    """Absolute URLs of the page's style sheets, in order."""
    found = []
    for attrs in tree.links:
        if "stylesheet" in (attrs.get("rel") or "").lower().split() and (
            target := urls.resolve(base, attrs.get("href") or "")
        ):
            found.append(target)
    return found


def keywords(meta: Meta, data: Said, titles: frozenset[str]) -> tuple[str, ...]:
    """The page's own keywords, each once, at most thirty; the headline (`titles`: its keys) is none."""
    told = meta.lists.get("article:tag", []) or [
        part for part in re.split(r"[,，;；、|]|\s{2,}", meta.first("keywords", "news_keywords")) if part.strip()
    ]
    if len(told) == 1 and (len(told[0]) > 40 or (CJK.search(told[0]) and told[0].count(" ") > 1)):
        told = told[0].split()
    stripped = [word.strip() for word in [*told, *data.keywords]]
    return tuple(dict.fromkeys(word for word in stripped if 0 < len(word) <= 40 and key(word) not in titles))[:30]
