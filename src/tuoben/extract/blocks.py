"""Kept blocks to text and clean structured HTML: both from the same blocks, in the same order."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tuoben.extract import words
from tuoben.extract.element import HEADINGS, Block, Element, without_width

Resolve = Callable[[str], str | None]
_ODD: Final = ("  ", "\t", "\r", "\f", "\u00a0", "\u3000", "\u200b", "\u2060", "\ufeff", "\xad")
"""What is in each text that has spaces to take out."""
_WIDTHLESS: Final = ("\u200b", "\u2060", "\ufeff", "\xad", "\u200c")
"""The characters that `without_width` looks for."""
_INNER_SPACE: Final = re.compile(r"[ \t\r\f\u00a0\u3000]+")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that stays in its place: absolute URL, alt, caption."""

    url: str
    alt: str
    caption: str = ""


def plain(blocks: list[Block]) -> str:
    """The text: blocks separated by an empty line, images and captions left out, table cells of a row on one line."""
    return "\n\n".join(text for text, _ in parts(blocks))


def parts(blocks: list[Block]) -> list[tuple[str, Block]]:
    """What `plain` joins, each with the block (of a table's row: the first) that it comes from."""
    found: list[tuple[str, Block]] = []
    row: Element | None = None
    cell: Element | None = None
    gallery = all(block.kind == "figcaption" for block in blocks if block.text)
    for block in blocks:
        if not block.text or (block.kind == "figcaption" and not gallery):
            continue
        mine = block.node.above("tr") if block.kind in ("td", "th") and data_table(block) is not None else None
        if mine is not None and mine is row and found:
            text, first = found[-1]
            found[-1] = text + (" " if block.node is cell else "\t") + block.text.replace("\n", " "), first
        else:
            found.append((block.text, block))
        row, cell = mine, block.node
    return found


def places(found: list[tuple[str, Block]], elements: list[Element]) -> tuple[str, ...]:
    """For each of `parts` the CSS path of the element that holds it; of a row of cells, that of the row. It finds the
    same element again when the same bytes are parsed again."""
    holders = [
        (block.node.above("tr") or block.node) if block.kind in ("td", "th") else block.node for _, block in found
    ]
    above: set[Element | None] = set()
    for holder in holders:
        node = holder.parent
        while node is not None and node not in above:
            above.add(node)
            node = node.parent
    counts: dict[tuple[Element | None, str], int] = {}
    nth: dict[Element, int] = {}
    for element in elements:
        if element.parent in above:
            sign = element.parent, element.tag
            nth[element] = counts[sign] = counts.get(sign, 0) + 1

    def path(element: Element) -> str:
        steps: list[str] = []
        node: Element | None = element
        while node is not None and node.parent is not None:
            steps.append(f"{node.tag}:nth-of-type({nth[node]})")
            node = node.parent
        return ">".join(["html", *reversed(steps)])

    return tuple(path(holder) for holder in holders)


def _spaced(text: str) -> str:
    """A text with each run of spaces within a line as one space."""
    if not words.holds(text, _ODD):
        return text
    return _INNER_SPACE.sub(" ", without_width(text) if words.holds(text, _WIDTHLESS) else text)


def _escaped(text: str) -> str:
    """A text as HTML; most has nothing to escape."""
    return html.escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


def inline(block: Block, resolve: Resolve) -> str:
    """The inline HTML of a block: links made absolute, emphasis kept only where it marks a part of the block."""
    out: list[str] = []
    link: Element | None = None
    strong = False
    pre = block.kind == "pre"

    def turn(to_link: Element | None, to_strong: bool) -> None:
        nonlocal link, strong
        if strong and (not to_strong or to_link is not link):
            out.append("</strong>")
            strong = False
        if link is not None and to_link is not link:
            out.append("</a>")
            link = None
        if to_link is not None and to_link is not link:
            target = resolve(to_link.get("href"))
            if target:
                out.append(f'<a href="{html.escape(target)}">')
                link = to_link
        if to_strong and not strong:
            out.append("<strong>")
            strong = True

    for text, anchor, emphasised, _ in block.runs:
        if text == "\n" and not pre:
            turn(None, False)
            out.append("<br>")
            continue
        if text.strip():
            wanted = anchor if anchor is None or anchor is link or resolve(anchor.get("href")) else None
            turn(wanted, emphasised and not block.strong and block.kind not in HEADINGS)
        out.append(_escaped(text if pre else _spaced(text)))
    turn(None, False)
    return "".join(out).strip() if not pre else "".join(out)


def data_table(block: Block) -> Element | None:
    """The table that a cell belongs to when it holds data; None for a table that only lays the page out."""
    row = block.node.above("tr")
    table = row.above("table") if row is not None else None
    if row is None or table is None or row.end - row.start < 2 or row.get("data-layout"):
        return None
    if table.end - table.start > 2000 or table.parent is None or not _has_cells(row, block):
        return None
    return table if block.size < 300 and (row.end - row.start) <= 30 else None


def _has_cells(row: Element, block: Block) -> bool:
    """Whether a row has further cells beside the one that the block stands in."""
    cell = block.node.above(block.kind, row)
    return cell is None or row.end - row.start > cell.end - cell.start


def _group(block: Block, top: Element) -> tuple[str, Element | None]:
    """The structure that a block stands in: outermost list, quote or data table below the container."""
    kind: tuple[str, Element | None] = ("", None)
    node: Element | None = block.node
    while node is not None and node is not top:
        if node.tag in ("ul", "ol") and block.kind not in ("img", "video"):
            kind = (node.tag, node)
        elif node.tag == "blockquote" and kind[0] not in ("ul", "ol"):
            kind = ("blockquote", node)
        node = node.parent
    if not kind[0] and block.kind in ("td", "th"):
        table = data_table(block)
        if table is not None:
            return "table", table
    return kind


def _level(tag: str) -> str:
    return {"h1": "h2", "h5": "h4", "h6": "h4"}.get(tag, tag)


def _paragraph(block: Block, resolve: Resolve, pictures: dict[int, Picture]) -> str:
    if block.image is not None:
        picture = pictures.get(block.number)
        if picture is None:
            return ""
        caption = f"<figcaption>{html.escape(picture.caption, quote=False)}</figcaption>" if picture.caption else ""
        return f'<figure><img src="{html.escape(picture.url)}" alt="{html.escape(picture.alt)}">{caption}</figure>'
    if block.kind == "figcaption":
        return ""
    text = inline(block, resolve)
    if block.kind in HEADINGS:
        tag = _level(block.kind)
    elif block.kind == "pre":
        tag = "pre"
    elif block.strong and block.size < 80 and block.text[-1:] not in "。！？.!?；;，,":
        tag = "h3"  # a line of its own, all emphasised: a subhead that the page did not mark as one
    else:
        tag = "p"
    return f"<{tag}>{text}</{tag}>"


def markup(blocks: list[Block], top: Element, resolve: Resolve, pictures: dict[int, Picture]) -> str:
    """Clean HTML: h2-h4, p, ul/ol/li, blockquote, table, figure, a, strong, pre, br and nothing else."""
    out: list[str] = []
    at = 0
    while at < len(blocks):
        tag, element = _group(blocks[at], top)
        end = at + 1
        while element is not None and end < len(blocks) and _group(blocks[end], top)[1] is element:
            end += 1
        part = blocks[at:end]
        if tag in ("ul", "ol"):
            items = "".join(f"<li>{inline(block, resolve)}</li>" for block in part if block.text)
            out.append(f"<{tag}>{items}</{tag}>")
        elif tag == "blockquote":
            out.append(
                "<blockquote>" + "".join(_paragraph(block, resolve, pictures) for block in part) + "</blockquote>"
            )
        elif tag == "table":
            out.append(_table(part, resolve))
        else:
            out.append(_paragraph(blocks[at], resolve, pictures))
        at = end
    return "\n".join(piece for piece in out if piece)


def _table(part: list[Block], resolve: Resolve) -> str:
    rows: list[str] = []
    row: Element | None = None
    for block in part:
        mine = block.node.above("tr")
        cell = f"<{block.kind}>{inline(block, resolve)}</{block.kind}>"
        if mine is row and rows:
            rows[-1] += cell
        else:
            rows.append(cell)
        row = mine
    return "<table>" + "".join(f"<tr>{cells}</tr>" for cells in rows) + "</table>"
