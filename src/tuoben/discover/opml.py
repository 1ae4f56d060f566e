"""OPML, the lists of feeds that readers exchange (OPML 2.0; 1.0 and 1.1 are read too): read, and written.

An outline with a feed address is a subscription; the outlines around it are its categories. Names of attributes and
types are read in any case, as programs write them. Lists that an outline refers to are named, not fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tuoben import charsets, markup, url
from tuoben.discover import xml
from tuoben.model import Page

MOST = 50_000
"""Outlines of one file that are looked at."""
LISTING = "tuoben"
"""Type of our outlines for listings that are no feeds: other readers pass over what has no xmlUrl."""
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One listing that a file tells of. `site` is the publisher's page, "" when it is not told."""

    url: str
    kind: str
    title: str = ""
    site: str = ""
    categories: tuple[Path, ...] = ()
    """Each a path from the top."""

    @property
    def category(self) -> str:
        """The one to use: the nearest outline around it, else the first that it names itself."""
        return self.categories[0][-1] if self.categories else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """What a file holds. `lists`: (title, URL) of further lists; `refused`: (title or address, why)."""

    title: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    lists: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def read(page: Page) -> Outlines | None:
    """The outlines of a file; None when it is no OPML. Broken XML is read as far as it goes. Raises LimitExceeded."""
    text = charsets.decode(markup.inflate(page.body, page.content_encoding), page.content_type).text
    if xml.root_name(text) not in ("opml", "outlinedocument", "outline"):
        return None
    root = xml.parse(text)
    if root is None:
        root = xml.recovered(text)
    return _Reading().document(root) if root is not None else None


class _Reading:
    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Subscription] = {}
        self._lists: dict[str, str] = {}
        self._refused: list[tuple[str, str]] = []
        self._seen = 0

    def document(self, root: xml.Element) -> Outlines:
        title = ""
        stack: list[tuple[xml.Element, Path]] = [(root, ())]
        while stack:
            element, path = stack.pop()
            name = xml.local(element)
            if name == "head":
                title = next((xml.text(one) for one in element if xml.local(one) == "title"), title)
            if name == "outline":
                self._seen += 1
                path = self._outline(element, path) if self._seen <= MOST else path
            stack.extend((child, path) for child in reversed(element))
        if self._seen > MOST:
            self._refused.append((f"{self._seen - MOST} outlines", f"one file may hold {MOST}"))
        return Outlines(
            title=title[:200],
            subscriptions=tuple(self._found.values()),
            lists=tuple((name, address) for address, name in self._lists.items()),
            refused=tuple(self._refused),
        )

    def _outline(self, element: xml.Element, path: Path) -> Path:
        """Take one outline in; the path of categories for those in it."""
        told = {str(name).lower(): " ".join(str(value).split()) for name, value in element.attrib.items()}
        title, kind = told.get("text") or told.get("title", ""), told.get("type", "").lower()
        address = told.get("xmlurl", "")
        if kind == LISTING and told.get("url"):
            self._subscribe(told["url"], told.get("kind", "section"), title, told, path)
        elif (kind == "source" and address) or (kind in ("include", "link") and told.get("url") and not address):
            self._lists.setdefault(address or told["url"], title)
        elif address:
            self._subscribe(address, "feed", title, told, path)
        elif told.get("htmlurl"):
            self._refused.append((told["htmlurl"], "it names no feed; add the site with: tuoben source add"))
        else:
            return (*path, title) if title and not kind else path
        return path

    def _subscribe(self, address: str, kind: str, title: str, told: dict[str, str], path: Path) -> None:
        if _address(address) is None or kind not in ("feed", "sitemap", "section"):
            self._refused.append((address or title, "its address is none of the web"))
            return
        categories = dict.fromkeys([*([path] if path else []), *_named(told.get("category", ""))])
        known = self._found.get((kind, address))
        if known is not None:
            categories = dict.fromkeys([*known.categories, *categories])
            title = known.title or title
        site = told.get("htmlurl", "")
        self._found[kind, address] = Subscription(
            url=address,
            kind=kind,
            title=title[:200],
            site=site if _address(site) is not None else "",
            categories=tuple(categories),
        )


def _address(text: str) -> url.Url | None:
    parsed = url.parse(text)
    return parsed if parsed is not None and parsed.scheme in ("http", "https") else None


def _named(text: str) -> list[Path]:
    """The categories of an outline's own: a comma list of names and of paths with slashes (OPML 2.0)."""
    paths = [tuple(part for name in one.split("/") if (part := name.strip())) for one in text.split(",")]
    return [path for path in paths if path]


def write(title: str, subscriptions: Iterable[Subscription]) -> str:
    """A file that other readers take, and `read` gives back as it was: one outline around each category."""
    grouped: dict[str, list[Subscription]] = {}
    for one in subscriptions:
        grouped.setdefault(one.category, []).append(one)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += [f"<head><title>{escape(_clean(title))}</title></head>", "<body>"]
    for category, members in grouped.items():
        if category:
            lines.append(f"<outline text={_quoted(category)}>")
        lines += [_written(one) for one in members]
        if category:
            lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>", ""])


def _written(one: Subscription) -> str:
    site = f" htmlUrl={_quoted(one.site)}" if one.site else ""
    if one.kind == "feed":
        return f'<outline type="rss" text={_quoted(one.title)} xmlUrl={_quoted(one.url)}{site}/>'
    address = f"kind={_quoted(one.kind)} url={_quoted(one.url)}"
    return f'<outline type="{LISTING}" text={_quoted(one.title)} {address}{site}/>'


def _quoted(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;"})


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 forbids."""
    return "".join(char for char in text if char in "\t\n\r" or ((char >= " " and char not in "\ufffe\uffff")
                   and not "\ud800" <= char <= "\udfff"))  # fmt: skip
