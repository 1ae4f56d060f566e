"""Stored bodies made safe to show on the app's origin (design, law 4). The only module that knows nh3.

nh3 cleans by a strict allow-list; the clean tree is brought into the shape of our page (images from the archive or
none, no empty headings, no dead links); nh3 judges the result again, so nothing depends on the step between.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

import nh3

from tuoben import markup, url
from tuoben.errors import LimitExceeded

Picture = Callable[[str], str]
"""Original URL of an image → where the archive shows it, "" when it does not hold it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = _words(
    "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote q cite figure figcaption img table caption thead tbody tfoot tr "
    "th td a strong b em i u s del ins small mark sub sup code pre kbd samp br hr abbr ruby rt rp bdi bdo"
)
DROPPED_WHOLE = _words(
    "script style template noscript iframe object embed svg math textarea select option title noembed noframes "
    "plaintext xmp button form input audio video canvas"
)
"""Elements whose content is no text of the article either."""

_DIGITS = re.compile(r"[0-9]{1,4}")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_HEADING = re.compile(r"<(/?)h([1-6])>")
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_FIXED = {"loading": "lazy", "decoding": "async", "tabindex": "0"}
"""Attributes that the first step gives, in a fixed order (nh3 would add them in a random one, and ETags would change).

A table may be wider than the column: with tabindex it can be scrolled by keyboard.
"""
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "loading", "decoding"},
    "table": {"tabindex"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is safe to show, and how many of its images the archive does not hold."""

    html: str
    missing: int = 0


def body(
    source: str,
    *,
    base: str,
    picture: Picture,
    pictures_below: str,
    silent: Collection[str] = (),
    title: str = "",
    text: str = "",
) -> Body:
    """The stored body `source` of the page at `base`, for our reading page.

    Images are asked of `picture`; what comes out must begin with `pictures_below` or the image goes. `silent`: URLs of
    images whose alternative text is nothing but the headline; it is emptied, as is any that equals `title`. A body over
    the limits of the parser is shown as its plain `text`.
    """
    try:
        markup.check(source)
        shaped, missing = _shape(_clean(source), base, picture, silent, title)
    except LimitExceeded:
        return Body(paragraphs(text))
    return Body(_renumber(_clean(shaped, pictures_below)).strip(), missing)


def paragraphs(text: str) -> str:
    """Plain text as paragraphs, everything in it escaped."""
    return "".join(f"<p>{html.escape(part.strip())}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def _clean(source: str, pictures_below: str | None = None) -> str:
    """By the allow-list; with `pictures_below` also the last word on where images and links lead."""
    last = pictures_below is not None

    def judge(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return value if not last or (pictures_below and value.startswith(pictures_below)) else None
        if attribute in _FIXED:
            return value if value == _FIXED[attribute] else None
        if attribute in ("colspan", "rowspan", "start"):
            return value if _DIGITS.fullmatch(value) and int(value) <= 1000 else None
        if attribute == "dir":
            return value if value in ("ltr", "rtl", "auto") else None
        if attribute == "lang":
            return value if _LANG.fullmatch(value) else None
        return value

    return nh3.clean(
        source,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        link_rel="nofollow noreferrer" if last else None,
        url_schemes={"http", "https"},
        url_relative="deny" if last else None,
    )


def _shape(source: str, base: str, picture: Picture, silent: Collection[str], title: str) -> tuple[str, int]:
    tree = markup.parse(source)
    root = tree.body
    if root is None:
        return "", 0
    missing = 0
    for image in root.css("img"):
        source_said = (image.attributes.get("src") or "").strip()
        address = url.resolve(base, source_said) if source_said else None
        shown = picture(address) if address else ""
        if not shown:
            missing += bool(address)
            image.decompose()
            continue
        image.attrs["src"] = shown
        image.attrs["loading"], image.attrs["decoding"] = "lazy", "async"
        alt = (image.attributes.get("alt") or "").strip()
        image.attrs["alt"] = "" if address in silent or alt == title.strip() else alt
    for anchor in root.css("a"):
        said = (anchor.attributes.get("href") or "").strip()
        target = url.resolve(base, said) if said and not said.startswith("#") else None
        if target:
            anchor.attrs["href"] = target
        else:
            anchor.unwrap()
    for table in root.css("table"):
        table.attrs["tabindex"] = "0"
    for node in root.css(f"{_HEADINGS}, figure, figcaption, p, li"):
        if not node.text(deep=True).strip() and node.css_first("img") is None:
            node.decompose()
    return (root.inner_html or "").strip(), missing


def _renumber(clean: str) -> str:
    """Headings below the headline: the body's highest becomes h2, and no level is skipped on the way down."""
    used = sorted({int(level) for _, level in _HEADING.findall(clean)})
    rank = {level: place + 2 for place, level in enumerate(used)}
    last = 1

    def place(match: re.Match[str]) -> str:
        nonlocal last
        if not match[1]:
            last = min(rank[int(match[2])], last + 1, 6)
        return f"<{match[1]}h{last}>"

    return _HEADING.sub(place, clean)
