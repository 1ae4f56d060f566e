"""What the fictional publishers are and what they printed, read from `sites/<name>/site.toml`.

A body is plain text in blocks with an empty line between them. A block that begins with

    ##   is a subhead          ?   is an interviewer's question      >   is a quote
    -    is a list (a line an item)     |   is a table (a line a row)
    ![alt](scene) caption      is a picture; the alt "=" is the headline, a scene that ends in ".svg" is drawn as SVG
    ====                       ends a page of the article

and everything else is a paragraph. Days are written {d0}, {n2}, {w-1}: see `newsroom`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

_AGE = re.compile(r"(\d+)([dhm])")
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<scene>[^)]+)\)\s*(?P<caption>.*)", re.DOTALL)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a body. `kind`: text, head, question, quote, list, table, image."""

    kind: str
    text: str = ""
    """The words; of an image its alt ("=" for the headline)."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Rows of a table; the items of a list, one cell each."""
    scene: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an article became: the phase from which on, and what is other than before ("" where it stayed)."""

    phase: int
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as its publisher wrote it."""

    id: int
    title: str
    """The headline, without its column."""
    category: str
    """Key of the publisher's categories."""
    body: str = ""
    age: str = ""
    """How long before the server's start it was published ("2d4h10m"); "" when it comes in a later phase."""
    phase: int = 0
    column: str = ""
    slug: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    photographers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    source: str = ""
    """Whom the page credits; "" for the publisher itself."""
    place: str = ""
    """Dateline."""
    copy_of: str = ""
    """ "publisher/id" of the article that this one reprints; the body is then taken from there."""
    drop: tuple[int, ...] = ()
    """Blocks of the original (counted from 0) that the reprint leaves out."""
    original_title: bool = False
    """The reprint prints the first headline beside its own (原标题)."""
    edit: Edit | None = None
    removed: int = 0
    """Phase from which on the page is gone; 0: never."""
    path: str = ""
    """Its own path, where it is not the publisher's usual one."""
    delay: float = 0.0
    """Seconds that the server lets pass before it answers."""
    noarchive: bool = False

    @property
    def before(self) -> timedelta:
        """How long before the server's start the article was published."""
        return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in _AGE.findall(self.age)), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A place where the publisher announces its articles. `kind`: rss, rdf, atom, json, sitemap, news, index."""

    path: str
    kind: str
    full: bool = False
    """The feed carries the bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """One fictional publisher: how its site is built and what it printed."""

    name: str
    title: str
    lang: str
    article: str
    """Template of an article's path: $year $md $ymd $ym $id $slug $section $page."""
    section: str
    """Template of a section page's path."""
    categories: dict[str, str]
    markup: dict[str, Any]
    entries: tuple[Entry, ...]
    start: str = "/"
    """What one gives to `tuoben source add`."""
    listings: tuple[Listing, ...] = ()
    encoding: str = "utf-8"
    content_type: str = "text/html; charset=utf-8"
    offset: int = 8
    """Hours east of UTC."""
    precision: str = "minute"
    tagline: str = ""
    robots: str = ""
    transfer: str = ""
    """ "gzip" and "chunked", both or neither."""
    pictures: str = ""
    """Label of the host that serves the pictures; "" for the publisher's own."""
    stamps: bool = True
    """Answers carry ETag and Last-Modified."""
    templates: dict[str, str] = field(default_factory=dict)


def blocks(body: str) -> list[list[Block]]:
    """The pages of a body, each a list of blocks."""
    pages: list[list[Block]] = [[]]
    for chunk in re.split(r"\n\s*\n", body.strip()):
        if chunk.strip() == "====":
            pages.append([])
        else:
            pages[-1].append(_block(chunk.strip()))
    return pages


def _block(chunk: str) -> Block:
    image = _IMAGE.fullmatch(chunk)
    if image:
        return Block(kind="image", text=image["alt"], scene=image["scene"], caption=image["caption"].strip())
    for mark, kind in (("## ", "head"), ("? ", "question"), ("> ", "quote")):
        if chunk.startswith(mark):
            return Block(kind=kind, text=chunk[len(mark) :].strip())
    lines = chunk.splitlines()
    if all(line.startswith("- ") for line in lines):
        return Block(kind="list", rows=tuple((line[2:].strip(),) for line in lines))
    if all(line.startswith("|") for line in lines):
        return Block(kind="table", rows=tuple(tuple(c.strip() for c in line.strip("| ").split("|")) for line in lines))
    return Block(kind="text", text=chunk.replace("\n", " "))


def _entry(raw: dict[str, Any]) -> Entry:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    if "edit" in values:
        values["edit"] = Edit(**values["edit"])
    return Entry(**values)


def _publisher(name: str) -> Publisher:
    folder = files("tuoben.demo") / "sites" / name
    raw = tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))
    raw["entries"] = tuple(_entry(entry) for entry in raw.pop("entry"))
    raw["listings"] = tuple(Listing(**listing) for listing in raw.pop("listings", []))
    raw["templates"] = {
        part: (folder / part).read_text(encoding="utf-8") for part in ("article.html", "list.html", "style.css")
    }
    return Publisher(name=name, **raw)


@cache
def publishers() -> tuple[Publisher, ...]:
    """All publishers, in the order of their names."""
    folders = (folder for folder in (files("tuoben.demo") / "sites").iterdir() if folder.is_dir())
    names = sorted(folder.name for folder in folders if (folder / "site.toml").is_file())
    return tuple(_publisher(name) for name in names)
