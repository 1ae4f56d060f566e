"""Plain text out of the small pieces of markup that listings carry, and what HTTP headers link to."""

from __future__ import annotations

import html
import re

from tuoben import markup, url
from tuoben.errors import LimitExceeded
from tuoben.model import Page

# What publishers put into a headline for looks. Any other name in angle brackets is part of the headline's text.
_INLINE = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|big|br|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|li|mark|p|q|s|samp|small|span"
    r"|strike|strong|sub|sup|tt|u|ul|var|wbr)(?:\s[^<>]{0,2000})?/?>",
    re.I,
)
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|h[1-6]|img)(?:\s[^<>]{0,2000})?/?>", re.I)
_UNREAD = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_ANY_TAG = re.compile(r"<(?:!--.{0,10000}?-->|/?[a-zA-Z][^<>]{0,4000}>)", re.S)
_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ud800-\udfff]")
_LINK_VALUE = re.compile(r"<([^<>]{1,4000})>\s*((?:;[^,<>]{0,200})*)")
LONGEST_TITLE = 2000


def line(text: str) -> str:
    """`text` in one line: blanks collapsed, unshown characters gone."""
    if text.isprintable() and "  " not in text:  # no control, no blank but U+0020: most texts, and four times as fast
        return text.strip()
    return " ".join(_UNSHOWN.sub("", text).split())


def title(text: str, *, literal: bool = False) -> str:
    """A headline as plain text. literal: the source says that it is plain (Atom type="text"), so tags are text."""
    text = text[: LONGEST_TITLE * 10]
    if not literal:
        if "<" in text:
            text = _INLINE.sub("", text)
        if "&" in text:
            text = html.unescape(text)
    return line(text)[:LONGEST_TITLE]


def summary(text: str) -> str:
    """The running text of a piece of HTML, in one line."""
    if "<" not in text:
        return line(html.unescape(text) if "&" in text else text)
    # Formatting goes first, so that no blank comes into a word that is half bold; what breaks a line becomes a blank.
    if _UNREAD.search(text):
        text = _UNREAD.sub("", text)
    stripped = _INLINE.sub("", _BREAK.sub(" ", text))
    if "<" not in stripped:
        return line(html.unescape(stripped) if "&" in stripped else stripped)
    try:
        body = markup.parse(stripped).body
        shown = body.text(separator=" ") if body else ""
    except LimitExceeded:
        shown = html.unescape(_ANY_TAG.sub(" ", text))
    return line(shown)


def has_markup(text: str) -> bool:
    return bool(_INLINE.search(text))


def escape(text: str) -> str:
    """Plain text as HTML: a paragraph for each run of lines between empty ones."""
    blocks = re.split(r"\n\s*\n", html.escape(text, quote=False))
    return "".join("<p>" + block.strip().replace("\n", "<br>") + "</p>" for block in blocks if block.strip())


def header_links(page: Page, relation: str) -> tuple[str, ...]:
    """Absolute targets of the response's Link headers (RFC 8288) with a relation."""
    found = []
    for name, value in page.headers:
        if name.lower() != "link":
            continue
        for target, parameters in _LINK_VALUE.findall(value[:16_000]):
            words = re.findall(r'\brel\s*=\s*"?([^";]*)', parameters, re.I)
            absolute = url.resolve(page.url, target.strip())
            if absolute and any(relation in value.lower().split() for value in words):
                found.append(absolute)
    return tuple(found)
