"""Site rules: what general rules cannot know of one site, as data (TOML) with dates of validity.

    host = "news.example"             # this host and those below it
    [[rule]]
    path = "/local/"                  # only addresses whose path begins so; may be left out
    valid_from = 2025-03-01           # dates of capture, both included; either may be left out
    valid_until = 2026-12-31
    body = "div.story-text"           # CSS selectors: the containers of the body …
    drop = ["div.promo", "p.hint"]    # … and what is taken out of the page before it is read
    title = "h1.headline"             # fields: the first match; "meta[name=when]@content" is an attribute
    [[example]]                       # what the rule has to give: see `differences`
    url = "https://news.example/local/1"
    title = "…"

A field that a rule finds nothing for is read by the general rules, as is every field that it does not name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from tuoben import markup
from tuoben import url as urls
from tuoben.errors import UsageError
from tuoben.extract import byline, dates, datewords, metadata, names, relative, times, westernnames
from tuoben.extract.element import Element, squeezed
from tuoben.extract.tree import Tree
from tuoben.extract.trim import key
from tuoben.model import Article, Page, SiteRule

FIELDS: Final = ("title", "column", "published", "modified", "source", "authors", "category")
BODY_MARK: Final = "data-tuoben-body"
"""The attribute by which the elements that a rule names for the body are known again in the tree."""
_LONGEST: Final = 600
"""Characters of a field: more is no field but a container."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A page that a rule was written from, and what it has to give: the fields, and how the body begins and ends."""

    url: str
    title: str = ""
    published: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The rules of one site, with the pages that keep them true. `name`: of the file, for messages."""

    name: str
    rules: tuple[SiteRule, ...]
    examples: tuple[Example, ...]


def parse(text: str, name: str) -> RuleFile:
    """The rules in a TOML text. Raises UsageError in one sentence that names the file and what is wrong in it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The site rules in {name} are not TOML: {error}.") from error
    host = told.get("host")
    if not isinstance(host, str) or not host.strip():
        raise UsageError(f'The site rules in {name} name no site: begin the file with host = "news.example".')
    rules = tuple(_rule(host.strip().lower(), row, name) for row in _rows(told, "rule", name))
    if not rules:
        raise UsageError(f"The site rules in {name} hold no [[rule]].")
    return RuleFile(name=name, rules=rules, examples=tuple(_example(row, name) for row in _rows(told, "example", name)))


def _rows(told: Mapping[str, Any], what: str, name: str) -> list[dict[str, Any]]:
    rows = told.get(what, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"In {name}, {what} must be written as [[{what}]] tables.")
    return rows


def _rule(host: str, row: Mapping[str, Any], name: str) -> SiteRule:
    known = {"path", "valid_from", "valid_until", "body", "drop", *FIELDS}
    if unknown := sorted(set(row) - known):
        raise UsageError(f"In {name}, {unknown[0]!r} is nothing a rule can tell; known are {', '.join(sorted(known))}.")
    for bound in ("valid_from", "valid_until"):
        if not isinstance(row.get(bound, date.min), date) or isinstance(row.get(bound), datetime):
            raise UsageError(f"In {name}, {bound} must be a date such as 2026-12-31.")
    drop = row.get("drop", [])
    texts = {field: row.get(field, "") for field in ("path", "body", *FIELDS)}
    if not isinstance(drop, list) or not all(isinstance(value, str) for value in [*texts.values(), *drop]):
        raise UsageError(f"In {name}, a selector must be text, and drop a list of texts.")
    for selector in [texts["body"], *(texts[field] for field in FIELDS), *drop]:
        _check(selector.partition("@")[0], name)
    fields = tuple((field, texts[field]) for field in FIELDS if texts[field])
    return SiteRule(
        name=name,
        host=host,
        path=texts["path"],
        valid_from=row.get("valid_from"),
        valid_until=row.get("valid_until"),
        body=texts["body"],
        drop=tuple(drop),
        fields=fields,
    )


def _check(selector: str, name: str) -> None:
    if selector and not markup.selectable(selector):
        raise UsageError(f"In {name}, {selector!r} is not a CSS selector that this program knows.")


def _example(row: Mapping[str, Any], name: str) -> Example:
    told = {field: row[field] for field in Example.__dataclass_fields__ if field in row}
    if not isinstance(told.get("url"), str):
        raise UsageError(f"In {name}, an [[example]] needs its url.")
    return Example(**{**told, "authors": tuple(told.get("authors", ()))})


def choose(rules: Sequence[SiteRule], url: str, at: datetime | None) -> SiteRule | None:
    """The rule for a page captured at a time: the longest host, then the longest path, of those valid on that day."""
    parsed = urls.parse(url) if rules else None
    if parsed is None:
        return None
    day = at.date() if at else None
    fitting = [
        rule
        for rule in rules
        if f".{parsed.hostname}".endswith(f".{rule.host}")
        and parsed.path.startswith(rule.path)
        and (day is None or (rule.valid_from or day) <= day <= (rule.valid_until or day))
        and not (day is None and rule.valid_until)
    ]
    return max(fitting, key=lambda rule: (len(rule.host), len(rule.path)), default=None)


def prepare(rule: SiteRule, document: markup.Document) -> dict[str, str]:
    """Read the rule's fields, take out what it drops, and mark the body's containers; the fields by name."""
    told = {}
    for field, selector in rule.fields:
        css, _, attribute = selector.partition("@")
        node = document.css_first(css)
        if node is not None:
            value = (node.attributes.get(attribute) or "") if attribute else node.text(deep=True, separator=" ")
            value = squeezed(value)
            if 0 < len(value) <= _LONGEST:
                told[field] = value
    for selector in rule.drop:
        for node in document.css(selector):
            node.decompose()
    for node in document.css(rule.body) if rule.body else ():
        node.attrs[BODY_MARK] = ""
    return told


def bodies(tree: Tree) -> list[Element]:
    """The outermost elements that a rule marked as the body."""
    found: list[Element] = []
    end = 0
    for element in tree.elements:  # in the order of the page: an element inside another one begins before its end
        if BODY_MARK in element.attrs and (element.start >= end or not _inside(element, found[-1])):
            found.append(element)
            end = max(end, element.end)
    return found


def _inside(element: Element, other: Element) -> bool:
    node = element.parent
    while node is not None and node.depth > other.depth:
        node = node.parent
    return node is other


def overlay(article: Article, told: Mapping[str, str], page: Page) -> Article:
    """The article with what a rule told of its fields; a value that says nothing of its kind is passed over."""
    found: dict[str, Any] = {}
    if told.get("title"):
        found["title"], column = metadata.split_column(told["title"])
        found |= {"column": column} if column else {}
    for field in ("column", "category"):
        if told.get(field):
            found[field] = told[field]
    for field in ("published", "modified"):
        stamp = _stamp(told.get(field, ""), page, article.lang)
        if stamp is not None:
            found[field] = times.moment(stamp, "rule", article.lang)
    labelled = dict(byline.labelled(told.get("source", "")))
    if source := byline.source_value(labelled.get("source", told.get("source", ""))):
        found["source"] = source
    if authors := _authors(told.get("authors", ""), article.lang):
        found["authors"] = authors
    return replace(article, **found, origins=article.origins | dict.fromkeys(found, "rule"))


def _stamp(text: str, page: Page, lang: str) -> dates.Stamp | None:
    """The first time in a field, not after the capture; relative ones count from the capture."""
    for stamp, _, _ in dates.find(text):
        return datewords.plausible(stamp, page)
    hours = datewords.ZONES.get(lang.partition("-")[0])
    offset = timedelta(hours=hours) if hours is not None else None
    return relative.relative(text, page.fetched_at, offset) if text and page.fetched_at else None


def _authors(text: str, lang: str) -> tuple[str, ...]:
    if not text:
        return ()
    if lang.startswith("zh"):
        line = byline.Byline()
        pairs = byline.labelled(text)
        for label, value in pairs:
            line.add("reporter", names.chinese_names(value, pen=True) if label in ("author", "reporter") else [])
        return tuple(line.authors or ([] if pairs else names.chinese_names(text, pen=True)))
    return tuple(westernnames.western_names(text, frozenset()))


def differences(example: Example, article: Article) -> list[str]:
    """In words, how an article as read differs from what the rule's example says; empty when the rule is true."""
    read = {
        "title": article.title,
        "published": article.published.iso() if article.published else "",
        "source": article.source,
        "authors": article.authors,
    }
    wrong = [
        f"{field} is {read[field] or 'not found'!r}, not {wanted!r}"
        for field in ("title", "published", "source", "authors")
        if (wanted := getattr(example, field)) and read[field] != wanted
    ]
    text = key(article.text)
    if example.begins and not text.startswith(key(example.begins)):
        wrong.append(f"the body begins {article.text[:20]!r}, not {example.begins!r}")
    if example.ends and not text.endswith(key(example.ends)):
        wrong.append(f"the body ends {article.text[-20:]!r}, not {example.ends!r}")
    return wrong
