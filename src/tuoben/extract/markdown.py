"""An article as Markdown (CommonMark, tables as GitHub writes them), made from its clean HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from tuoben.model import Article

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>])")
_LINE_START: Final = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]\s))(?=\s)", re.M)
_LEVELS: Final = {"h2": "## ", "h3": "### ", "h4": "#### "}
_BLOCKS: Final = frozenset((*_LEVELS, "p", "li", "td", "th", "figcaption"))


def markdown(article: Article) -> str:
    """Headline, a line of what is known of it, the body; ends with a line feed."""
    told = [
        article.published.iso().replace("T", " ") if article.published else "",
        article.source,
        "、".join(article.authors) if article.lang[:2] in ("zh", "ja") else ", ".join(article.authors),
    ]
    title = f"{article.column}｜{article.title}" if article.column else article.title
    head = [f"# {_escape(title)}" if title else "", _escape(" · ".join(part for part in told if part))]
    writer = _Writer()
    writer.feed(article.html)
    writer.close()
    return "\n\n".join(part for part in [*head, *writer.parts] if part) + "\n"


def _escape(text: str) -> str:
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


class _Writer(HTMLParser):
    """Blocks of Markdown from the tags that `extract` writes, and no others."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._text: list[str] = []
        self._lists: list[tuple[str, list[str]]] = []
        self._quote: int | None = None
        self._rows: list[list[str]] = []
        self._link = ""
        self._pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _BLOCKS or tag in ("figure", "pre"):
            self._text = []
            self._pre = tag == "pre"
        elif tag in ("ul", "ol"):
            self._lists.append((tag, []))
        elif tag == "blockquote":
            self._quote = len(self.parts)
        elif tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag == "a":
            self._link = told.get("href") or ""
            self._text.append("[")
        elif tag == "strong":
            self._text.append("**")
        elif tag == "br":
            self._text.append("\\\n")
        elif tag == "img":
            self.parts.append(f"![{_escape(told.get('alt') or '')}](<{told.get('src') or ''}>)")

    def handle_data(self, data: str) -> None:
        self._text.append(data if self._pre else _escape(data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._text.append(f"](<{self._link}>)")
        elif tag == "strong":
            self._text.append("**")
        elif tag in ("ul", "ol") and self._lists:
            kind, items = self._lists.pop()
            marks = (f"{number}. " if kind == "ol" else "- " for number in range(1, len(items) + 1))
            self._add("\n".join(mark + item.replace("\n", "\n  ") for mark, item in zip(marks, items, strict=True)))
        elif tag == "blockquote" and self._quote is not None:
            inside, self.parts[self._quote :] = self.parts[self._quote :], []
            self._quote = None
            self._add("\n>\n".join(re.sub("^", "> ", part, flags=re.M) for part in inside))
        elif tag == "table":
            self._add(_table(self._rows))
        elif tag in _BLOCKS or tag == "pre":
            self._close(tag)

    def _close(self, tag: str) -> None:
        text = "".join(self._text)
        self._text, self._pre = [], False
        if tag == "pre":
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            self._add(f"{fence}\n{text}\n{fence}")
        elif tag == "li" and self._lists:
            self._lists[-1][1].append(text.strip())
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append(text.strip().replace("|", "\\|").replace("\\\n", " ").replace("\n", " "))
        elif tag == "figcaption":
            self._add(f"*{text.strip()}*" if text.strip() else "")
        else:
            self._add(_LEVELS.get(tag, "") + text.strip())

    def _add(self, part: str) -> None:
        if part:
            self.parts.append(part)


def _table(rows: list[list[str]]) -> str:
    """The first row is the head: a table of Markdown has one."""
    wide = max((len(row) for row in rows), default=0)
    if not wide:
        return ""
    lines = ["| " + " | ".join(row + [""] * (wide - len(row))) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * wide, *lines[1:]])
