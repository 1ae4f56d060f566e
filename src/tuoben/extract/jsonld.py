"""What a page says of itself in data: JSON-LD (schema.org) and the inline state of script-built pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from tuoben.extract import words

LARGEST: Final = 4_000_000
"""Characters of one script that are still read."""
DEEPEST: Final = 40
ARTICLE_TYPES: Final = words.table(
    "NewsArticle Article ReportageNewsArticle BlogPosting AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle "
    "ReviewNewsArticle LiveBlogPosting AskPublicNewsArticle AdvertiserContentArticle Report ScholarlyArticle "
    "SocialMediaPosting TechArticle MedicalScholarlyArticle SatiricalArticle Review Recipe"
)
_TRAILING_COMMA: Final = re.compile(r",\s*([}\]])")
_ASSIGNED: Final = re.compile(r"=\s*(?=[{\"'])")
_STATE: Final = re.compile(
    r"(?:__NEXT_DATA__|__NUXT__|__INITIAL_STATE__|__PRELOADED_STATE__|__APOLLO_STATE__|__INITIAL_DATA__|__data|"
    r"initialState|pageData|articleInfo|Fusion\.globalContent|(?<![\w.])[\w.]{0,40}?(?:article|content|detail|news|post|story)[\w.]{0,40})\s*$",
    re.I,
)
"""The name that the state, or an article in it, is assigned to."""
_BODY_KEYS: Final = words.table(
    "content body articlebody html text articlecontent contenthtml bodyhtml article_body newscontent fulltext detail "
    "richtext post_content maintext content_html body_html description_html contentbody cont"
)
_ESCAPES: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"'\\/nrtbf]))")


@dataclass(frozen=True, slots=True)
class Said:
    """The article node of a page's JSON-LD in plain values; empty where it says nothing."""

    headline: str = ""
    authors: tuple[tuple[str, str], ...] = ()
    """(type, name) pairs: ("Person", …) or ("Organization", …)."""
    published: str = ""
    modified: str = ""
    publisher: str = ""
    section: str = ""
    keywords: tuple[str, ...] = ()
    body: str = ""
    description: str = ""
    image: str = ""
    lang: str = ""
    free: bool | None = None
    kind: str = ""
    breadcrumb: tuple[str, ...] = ()


def loads(text: str) -> Any:  # noqa: ANN401 -- foreign JSON has no type
    """Foreign JSON, read forgivingly (comments around it, raw line breaks, trailing commas). None when unreadable."""
    if len(text) > LARGEST:
        return None
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().removesuffix(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """All objects of a JSON value, outer ones first, not deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level[:20_000]:
            if isinstance(item, dict):
                yield item
                below.extend(v for v in item.values() if isinstance(v, (dict, list)))
            elif isinstance(item, list):
                below.extend(v for v in item if isinstance(v, (dict, list)))
        if not below:
            return
        level = below


def _types(node: dict[str, Any]) -> list[str]:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [str(k).rsplit("/", 1)[-1] for k in kinds if k]


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return unescape(value).strip()
    if isinstance(value, list):
        return next((t for t in (_text(v) for v in value) if t), "")
    if isinstance(value, dict):
        return _text(value.get("name") or value.get("@value") or value.get("url") or "")
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _people(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            yield "", unescape(item).strip()
        elif isinstance(item, dict):
            whole = item if item.get("name") else by_id.get(str(item.get("@id")), item)
            kind = (_types(whole) or _types(item) or [""])[0]
            names = whole.get("name")
            for name in names if isinstance(names, list) else [names]:
                if isinstance(name, str) and name.strip():
                    yield kind, unescape(name).strip()
                elif isinstance(name, dict):
                    yield kind, _text(name)
        elif isinstance(item, list):
            yield from _people(item, by_id)


def _strings(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r"[,，;；、]", unescape(value)) if part.strip())
    if isinstance(value, list):
        return tuple(t for t in (_text(v) for v in value) if t)
    return ()


def _breadcrumb(nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    for node in nodes:
        if "BreadcrumbList" not in _types(node):
            continue
        items = node.get("itemListElement")
        names = []
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict):
                names.append(_text(item.get("name")) or _text(item.get("item")))
        return tuple(name for name in names if name and not name.startswith("http"))
    return ()


def said(scripts: list[tuple[dict[str, str | None], str]], url: str) -> Said:
    """What the JSON-LD of a page says of its article: of several, the one that names this URL, else the fullest."""
    nodes: list[dict[str, Any]] = []
    for attrs, text in scripts:
        if "ld+json" in (attrs.get("type") or "").lower():
            nodes.extend(_nodes(loads(text)))
    if not nodes:
        return Said()
    by_id = {str(node["@id"]): node for node in nodes if node.get("@id") and node.get("name")}
    articles = [node for node in nodes if ARTICLE_TYPES.intersection(_types(node))]
    crumbs = _breadcrumb(nodes)
    if not articles:
        return Said(breadcrumb=crumbs)
    tail = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]

    def rank(node: dict[str, Any]) -> tuple[bool, int]:
        where = _text(node.get("url")) + " " + _text(node.get("mainEntityOfPage")) + str(node.get("@id"))
        return bool(tail and tail in where), sum(
            1 for k in ("headline", "datePublished", "author", "articleBody") if node.get(k)
        )

    node = max(articles, key=rank)
    free = node.get("isAccessibleForFree")
    return Said(
        headline=_text(node.get("headline") or node.get("name")),
        authors=tuple(_people(node.get("author") or node.get("creator"), by_id)),
        published=_text(node.get("datePublished") or node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        publisher=next((name for _, name in _people(node.get("publisher"), by_id)), ""),
        section=_text(node.get("articleSection")),
        keywords=_strings(node.get("keywords")),
        body=_text(node.get("articleBody")),
        description=_text(node.get("description")),
        image=_image(node.get("image")),
        lang=_text(node.get("inLanguage")),
        free=None if free is None else str(free).lower() not in ("false", "no", "0"),
        kind=(_types(node) or [""])[0],
        breadcrumb=crumbs,
    )


def _image(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return next((t for t in (_image(v) for v in value) if t), "")
    if isinstance(value, dict):
        return _text(value.get("url") or value.get("contentUrl") or value.get("@id") or "")
    return value.strip() if isinstance(value, str) else ""


def _unescape_script(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            return chr(int(code, 16))
        return {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}.get(match[3], match[3])

    return _ESCAPES.sub(one, text)


def state_bodies(scripts: list[tuple[dict[str, str | None], str]]) -> Iterator[str]:
    """Long texts (plain or HTML) under body-like keys in the inline state of a page, the longest first."""
    found: list[str] = []
    for attrs, text in scripts:
        kind = (attrs.get("type") or "").lower()
        if len(text) > LARGEST or "ld+json" in kind:
            continue
        if kind == "application/json" or attrs.get("id") in ("__NEXT_DATA__", "__NUXT_DATA__"):
            found.extend(_long_texts(loads(text)))
            continue
        places = [match for match in _ASSIGNED.finditer(text) if _names_state(text, match.start())]
        for match in places[:20]:
            found.extend(_assigned(text, match.end()))
    found.sort(key=len, reverse=True)
    yield from found[:5]


_SIGNS: Final = ("DATA", "NUXT", "STATE", "ARTICLE", "CONTENT", "DETAIL", "NEWS", "POST", "STORY")
"""Words without one of which no name is of _STATE."""
LONGEST: Final = 100
"""Characters of a name and the space behind it that are looked at."""


def _names_state(text: str, end: int) -> bool:
    """Whether what stands before a sign of assignment names a state."""
    before = text[max(0, end - LONGEST) : end]
    return words.holds(before.upper(), _SIGNS) and _STATE.search(before) is not None


def _assigned(text: str, start: int) -> Iterator[str]:
    """The value assigned at `start`: an object as JSON, or a quoted string of some length."""
    if text[start] == "{":
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        yield from _long_texts(value)
        return
    quote = text[start]
    end = start + 1
    while (end := text.find(quote, end)) > 0 and text[end - 1] == "\\":
        end += 1
    value = _unescape_script(text[start + 1 : end]) if end > start + 200 else ""
    if value.lstrip().startswith("{"):
        yield from _long_texts(loads(value))
    elif len(value) > 200:
        yield value


def _long_texts(value: Any) -> Iterator[str]:  # noqa: ANN401
    for node in _nodes(value):
        for key, text in node.items():
            if str(key).lower() in _BODY_KEYS:
                if isinstance(text, str) and len(text) > 80:
                    yield text
                elif isinstance(text, list):
                    parts = [
                        p if isinstance(p, str) else _text(p.get("content") or p.get("text") or p.get("html"))
                        for p in text
                        if isinstance(p, (str, dict))
                    ]
                    joined = "\n".join(f"<p>{part}</p>" for part in parts if part)
                    if len(joined) > 80:
                        yield joined
