"""What a page says of its own address: its canonical URL, its other forms, and where it sends its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tuoben import markup
from tuoben import url as urls
from tuoben.extract.metadata import Meta
from tuoben.extract.tree import Tree
from tuoben.model import Page

LONGEST_WAIT: Final = 5.0
"""Seconds: a page that moves its readers on later than this is meant to be read."""
MOST_TWINS: Final = 8
_LINK: Final = re.compile(r"<([^>]*)>((?:[^,\"<]|\"[^\"]*\")*)")
_REFRESH: Final = re.compile(r"\s*(\d{0,4}(?:\.\d*)?)\s*(?:[;,\s]\s*(?:url\s*=\s*)?(.*))?", re.I | re.S)
_MOBILE_AGENT: Final = re.compile(r"url\s*=\s*(\S+)", re.I)
_HANDHELD: Final = re.compile(r"handheld|print|max-(?:device-)?width", re.I)
_DIGITS: Final = re.compile(r"\d{5}")


def canonical(page: Page, tree: Tree, meta: Meta, twins: tuple[str, ...] = ()) -> str:
    """The page's own canonical URL, folded, when that is plausible; else the URL itself, folded.

    Plausible: on the same registered name (or on one of `twins`), no front page, no section that the page lies in.
    """
    mine = urls.parse(page.url)
    if mine is None:
        return page.url
    for reference in _told(page, tree, meta):
        target = urls.resolve(page.url, reference) if reference.strip() else None
        other = urls.parse(target) if target else None
        if target is None or other is None:
            continue
        if _related(mine.hostname, other.hostname, twins) and not _is_section_of(other.path, other.query, mine.path):
            return urls.canonical(target)
    return urls.canonical(page.url)


def _told(page: Page, tree: Tree, meta: Meta) -> Iterator[str]:
    """What the page calls its canonical URL: in its head, in a header of its response, in og:url."""
    for attrs in tree.links:
        if "canonical" in (attrs.get("rel") or "").lower().split():
            yield attrs.get("href") or ""
            break
    for target, parameters in _LINK.findall(page.header("link")):
        if re.search(r"rel\s*=\s*\"?[^\";]*\bcanonical\b", parameters, re.I):
            yield target
            break
    yield meta.first("og:url")


def _related(mine: str, other: str, twins: tuple[str, ...]) -> bool:
    if urls.registrable(other) == urls.registrable(mine):
        return True
    return any(other == twin or other.endswith("." + twin) for twin in twins)


def _is_section_of(path: str, query: str, own: str) -> bool:
    """Whether a path is that of the front page, or of a directory above `own` which holds more than this page."""
    directory, whole = path.rstrip("/"), own.rstrip("/")
    if query or directory == whole:
        return False
    if not directory:
        return True
    if not whole.startswith(directory + "/"):
        return False
    name = directory.rsplit("/", 1)[-1]
    rest = whole[len(directory) + 1 :].split("/")
    one_work = _DIGITS.search(name) or name.count("-") > 1  # /story/123456/a-title, /story/a-long-title/amp
    dressing = all(part.lower() in urls.TWIN_SEGMENTS or part.isdigit() or part.startswith("index.") for part in rest)
    return not one_work and not dressing


def twins(page: Page, tree: Tree, meta: Meta, hosts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Absolute URLs of the same page in another dress, as it links them: AMP, MIP, mobile, print."""
    found: dict[str, None] = {}
    mine = urls.parse(page.url)
    for reference in _dresses(tree, meta):
        target = urls.resolve(page.url, reference)
        other = urls.parse(target) if target else None
        if target is None or other is None or mine is None or urls.canonical(target) == urls.canonical(page.url):
            continue
        if _related(mine.hostname, other.hostname, hosts) and (other.path.strip("/") or other.query):
            found[target] = None
    return tuple(found)[:MOST_TWINS]


def _dresses(tree: Tree, meta: Meta) -> Iterator[str]:
    for attrs in tree.links:
        rel = (attrs.get("rel") or "").lower().split()
        other = "alternate" in rel and _HANDHELD.search(attrs.get("media") or "") and not attrs.get("hreflang")
        if other or "amphtml" in rel or "miphtml" in rel:
            yield attrs.get("href") or ""
    for value in meta.lists.get("mobile-agent", []):
        if told := _MOBILE_AGENT.search(value):
            yield told[1]


def refresh(page: Page, tree: Tree, base: str) -> str:
    """Where the page sends every reader within seconds, by <meta http-equiv="refresh"> or a Refresh header; "" when it
    stays. What stands in <noscript> is for readers without scripts alone, and is not among the tree's metas."""
    told = [attrs.get("content") or "" for attrs in tree.metas if (attrs.get("http-equiv") or "").lower() == "refresh"]
    for value in [page.header("refresh"), *told]:
        match = _REFRESH.fullmatch(value) if value.strip() else None
        if match is None or not match[2] or float(match[1].rstrip(".") or 0) > LONGEST_WAIT:
            continue
        target = urls.resolve(base, match[2].strip().strip("\"'").strip())
        if target and urls.resolve(page.url, target) != urls.resolve(page.url, page.url):
            return target
    return ""


def refresh_of(page: Page) -> str:
    """The same for a page that is not read as an article. Raises LimitExceeded."""
    body = markup.inflate(page.body, page.content_encoding)
    if b"refresh" not in body[:65_536].lower() and not page.header("refresh"):
        return ""
    tree = Tree(markup.parse(markup.decode(body, page.content_type).text))
    return refresh(page, tree, urls.resolve(page.url, tree.base) or page.url if tree.base else page.url)
