"""The images of a story in their places: lazy sources, captions, and alts that only repeat the headline."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tuoben.extract import words
from tuoben.extract.blocks import Picture
from tuoben.extract.element import Block, Element
from tuoben.extract.tree import Tree
from tuoben.extract.trim import Story, key
from tuoben.model import Image

Resolve = Callable[[str], str | None]
_SOURCES: Final = (
    "data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-echo", "data-url", "data-lazyload",
    "data-lazy", "data-srcset",
    "data-lazy-srcset", "zoomfile", "file", "srcset", "src",
)  # fmt: skip
_PLACEHOLDER: Final = re.compile(
    r"^data:|(?:blank|spacer|placeholder|loading|lazy|transparent|grey|pixel|1x1|empty|default)[\w-]*\.(?:gif|png|"
    r"svg|jpe?g)",
    re.I,
)
_PLACEHOLDERS: Final = (
    "data:", "blank", "spacer", "placeholder", "loading", "lazy", "transparent", "grey", "pixel", "1x1", "empty",
    "default",
)  # fmt: skip
_TINY: Final = re.compile(
    r"(?:^|[/_-])(?:logo|icon|avatar|qrcode|ewm|erweima|share|btn|button|arrow|dot|line|sprite|"
    r"emoji)[\w-]*\.(?:gif|png|svg|jpe?g|webp)",
    re.I,
)
_TINIES: Final = (
    "logo", "icon", "avatar", "qrcode", "ewm", "erweima", "share", "btn", "button", "arrow", "dot", "line", "sprite",
    "emoji",
)  # fmt: skip
_BACKGROUND: Final = re.compile(r"url\(\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^()\"'\s]*+))\s*+\)", re.I)
MOST: Final = 200


def _best_of_set(value: str) -> str:
    """The widest image of a srcset."""
    best, width = "", -1.0
    for part in re.split(r",\s+(?=\S)|,(?=https?:|//)", value):
        told = part.split()
        if not told:
            continue
        size = (
            float(re.sub(r"[^\d.]", "", told[1]) or 0)
            if len(told) > 1 and re.fullmatch(r"\d+(?:\.\d+)?[wx]", told[1])
            else 0.0
        )
        if size > width:
            best, width = told[0], size
    return best


def _is_placeholder(address: str) -> bool:
    """An image that stands for another until that is loaded."""
    if address.isascii() and not words.holds(address.lower(), _PLACEHOLDERS):
        return False
    return _PLACEHOLDER.search(address) is not None


def _is_tiny(address: str) -> bool:
    """A logo, a button, an icon."""
    if address.isascii() and not words.holds(address.lower(), _TINIES):
        return False
    return _TINY.search(address) is not None


def source(element: Element, resolve: Resolve) -> str:
    """The absolute URL of an image, seen through lazy loading and <picture>; "" for placeholders and furniture."""
    holder = element.parent
    offered = [holder.get(name) for name in ("data-srcset", "srcset")] if holder and holder.tag == "picture" else []
    told = [(name, element.get(name)) for name in _SOURCES if name in element.attrs]
    told += [("srcset", value) for value in offered]
    for name, value in told:
        value = _best_of_set(value) if "srcset" in name else value.strip()
        if not value or _is_placeholder(value):
            continue
        target = resolve(value)
        if target:
            return "" if _is_tiny(target) else target
    return ""


def backgrounds(tree: Tree, story: Story, resolve: Resolve) -> list[str]:
    """Absolute URLs of the images that elements within a story have as their background by an inline style."""
    if not story.blocks or story.blocks[0].number >= len(tree.blocks):
        return []
    first, last = story.blocks[0].number, story.blocks[-1].number
    found: dict[str, None] = {}
    for element in tree.elements:
        if element.end < first or element.start > last + 1:
            continue
        style = element.attrs.get("style")
        if not style or "url(" not in style:
            continue
        for match in _BACKGROUND.finditer(style):
            target = resolve((match[1] or match[2] or match[3]).strip())
            if target and not _is_placeholder(match[0]):
                found[target] = None
    return list(found)[:MOST]


def _caption(tree: Tree, block: Block) -> str:
    """The figcaption of the image's figure."""
    figure = block.node.above("figure")
    if figure is None:
        return ""
    parts = [
        b.text
        for b in tree.blocks[figure.start : figure.end]
        if b.text and (b.node.above("figcaption", figure) is not None)
    ]
    return " ".join(parts)[:500]


def gather(
    tree: Tree, story: Story, titles: frozenset[str], resolve: Resolve
) -> tuple[tuple[Image, ...], dict[int, Picture]]:
    """The images among the story's blocks, and each in its place by block number."""
    images: list[Image] = []
    placed: dict[int, Picture] = {}
    seen: set[str] = set()
    for block in story.blocks:
        if block.image is None or block.kind != "img" or len(images) >= MOST:
            continue
        target = source(block.image, resolve)
        if not target or target in seen:
            continue
        seen.add(target)
        alt = " ".join(block.image.get("alt").split())[:500]
        repeats = bool(alt) and key(alt) in titles
        caption = _caption(tree, block)
        images.append(Image(url=target, alt=alt, caption=caption, alt_repeats_title=repeats))
        placed[block.number] = Picture(target, "" if repeats else alt, caption)
    return tuple(images), placed


def with_lead(images: tuple[Image, ...], lead: str | None) -> tuple[Image, ...]:
    """Mark the lead image: the one that the page's metas name when it is in the body, else that one in front."""
    if not lead or _is_tiny(lead) or _is_placeholder(lead):
        return images
    if any(image.url == lead for image in images):
        return tuple(
            Image(url=i.url, alt=i.alt, caption=i.caption, lead=i.url == lead, alt_repeats_title=i.alt_repeats_title)
            for i in images
        )
    return (Image(url=lead, lead=True), *images)
