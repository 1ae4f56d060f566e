"""A page's tree drawn into flat lists in document order: what the reading of section pages asks, in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tuoben import url
from tuoben.discover import headline, plain, urlshape

Tree = Any
"""The tree that markup.parse gives: named here so that the HTML driver stays in one module."""

Node = Any
"""A node of it."""

SIGNIFICANT = 0.4
"""Likelihood from which another URL beside a link means that the place holds more than one item."""
_MOST_NODES = 250_000
_MOST_PIECES = 40

_SKIPPED = frozenset(("script", "style", "template", "noscript", "svg", "select", "textarea", "head", "iframe"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HOLDERS = frozenset(("article", "section", "main", "li"))
_AREA_WORDS_TEXT = """
nav navbar navi navigation menu menus submenu topnav subnav mainnav sitenav breadcrumb breadcrumbs crumb crumbs
footer foot copyright friendlink friendlinks toolbar topbar pager pagination share login languages tagcloud
quicklinks
"""
_AREA_WORDS = frozenset(_AREA_WORDS_TEXT.split())
_AREA_NAMES = frozenset(("header", "site-header", "page-header", "top", "head", "links", "bottom", "tags", "dh"))
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@dataclass(slots=True)
class Anchor:
    """One <a href> of the page."""

    node: int
    url: str
    key: str
    """Its canonical URL."""
    site: str
    """Its registrable domain."""
    text: str = ""
    hint: str = ""
    """Its title attribute."""
    image: str = ""
    """Alternative text of an image in it."""
    heading: bool = False
    """It stands in a heading or holds one."""
    heading_text: str = ""
    """Of a link around a whole card: the headline alone."""
    relation: str = ""


@dataclass(slots=True)
class Outline:
    """All lists run over the nodes in document order; a node's descendants are [node + 1, end[node])."""

    base: str
    title: str = ""
    lang: str = ""
    next_link: str = ""
    tag: list[str] = field(default_factory=list)
    """Element names; "" for a text."""
    names: list[str] = field(default_factory=list)
    """class, a blank, id."""
    text: list[str] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    held: list[set[str]] = field(default_factory=list)
    """For each node up to two of the significant URLs in it."""
    aside: list[bool] = field(default_factory=list)

    def path(self, node: int) -> str:
        """The place of a node in the structure: names and first classes of it and four elements above."""
        steps = []
        for _ in range(5):
            if node < 0:
                break
            steps.append(self.tag[node] + "." + self.names[node].split(" ", 1)[0])
            node = self.parent[node]
        return ">".join(steps)

    def item(self, node: int) -> int:
        """The largest element that holds this link and no other significant one."""
        own = self.held[node]
        while (above := self.parent[node]) >= 0 and self.held[above] <= own and self.tag[above] != "body":
            node = above
        return node

    def pieces(self, node: int) -> list[str]:
        """The first texts below a node, each by itself."""
        return [text for text in self.text[node : min(self.end[node], node + 400)] if text][:_MOST_PIECES]

    def joined(self, node: int) -> str:
        return plain.line(" ".join(self.pieces(node)))

    def heading_within(self, node: int, own: set[int]) -> str:
        """The text of the first heading below a node that links to nothing but the anchors `own`."""
        for index in range(node, min(self.end[node], node + 400)):
            if self.tag[index] in _HEADINGS:
                inside = {below for below in range(index, self.end[index]) if self.tag[below] == "a"}
                return self.joined(index) if inside <= own else ""
        return ""

    def gaps(self, parent: int) -> dict[int, tuple[list[str], list[str]]]:
        """For each child of `parent` that holds links: the texts up to its neighbours, before and after."""
        found: dict[int, tuple[list[str], list[str]]] = {}
        gap: list[str] = []
        last: list[str] | None = None
        child = parent + 1
        while child < self.end[parent]:
            if self.held[child]:
                after: list[str] = []
                found[child] = (gap, after)
                if last is not None:
                    last.extend(gap)
                gap, last = [], after
            elif len(gap) < _MOST_PIECES:
                gap.extend(self.pieces(child))
            child = self.end[child]
        if last is not None:
            last.extend(gap)
        return found

    def settle_areas(self, readable: list[bool]) -> None:
        """Fill `aside`. An area with much of the readable links (one flag per anchor) is not beside the matter."""
        before = [0] * (len(self.tag) + 1)
        for anchor, flag in zip(self.anchors, readable, strict=True):
            before[anchor.node + 1] += flag
        for index in range(1, len(before)):
            before[index] += before[index - 1]
        half = max(before[-1] * 0.4, 1)
        self.aside = [False] * len(self.tag)
        for node, tag in enumerate(self.tag):
            above = self.parent[node] >= 0 and self.aside[self.parent[node]]
            held = before[self.end[node]] - before[node]
            self.aside[node] = above or (tag != "" and held < half and self._is_area(node))

    def _is_area(self, node: int) -> bool:
        tag = self.tag[node]
        if tag in ("nav", "footer"):
            return True
        if tag == "header":
            above = self.parent[node]
            while above >= 0 and self.tag[above] not in _HOLDERS:
                above = self.parent[above]
            return above < 0
        names = self.names[node]
        if not names or tag in ("body", "html", "a"):
            return False
        if any(name.lower() in _AREA_NAMES for name in names.split()):
            return True
        return any(part.lower() in _AREA_WORDS for part in _WORDS.findall(names[:300]))


def base_of(tree: Tree, address: str) -> str:
    """The URL that references of a page are resolved against: <base href> when there is one."""
    node = tree.css_first("base[href]")
    told = (node.attributes.get("href") or "").strip() if node else ""
    return (url.resolve(address, told) or address) if told else address


def draw(tree: Tree, address: str, most_anchors: int) -> Outline:
    """The outline of a page's body."""
    drawn = Outline(base=base_of(tree, address))
    root = tree.root
    drawn.lang = ((root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else "").strip()[:35]
    title = tree.css_first("title")
    drawn.title = plain.title(title.text())[:300] if title else ""
    following = tree.css_first('link[rel~="next"][href]')
    if following:
        drawn.next_link = url.resolve(drawn.base, (following.attributes.get("href") or "").strip()) or ""
    if tree.body:
        _walk(tree.body, drawn, most_anchors)
    for anchor in drawn.anchors:
        _fill(anchor, drawn)
    _hold(drawn, address)
    return drawn


def _walk(body: Node, drawn: Outline, most_anchors: int) -> None:
    """Depth first without recursion: nesting is as deep as markup's limits let it be."""
    stack: list[int] = []
    node: Node = body
    while node is not None and len(drawn.tag) < _MOST_NODES:
        skipped = _take(node, stack[-1] if stack else -1, drawn, most_anchors)
        below = None if skipped else node.child
        if below is not None:
            stack.append(len(drawn.tag) - 1)
            node = below
            continue
        while node is not None and node.next is None and stack:
            drawn.end[stack.pop()] = len(drawn.tag)
            node = node.parent
        node = node.next if stack and node is not None else None
    for open_node in stack:
        drawn.end[open_node] = len(drawn.tag)


def _take(node: Node, parent: int, drawn: Outline, most_anchors: int) -> bool:
    """Add one node to the lists. True when what is below it does not matter."""
    tag = node.tag or ""
    if tag.startswith("-") or tag in _SKIPPED or tag.startswith("!"):
        if tag != "-text":
            return True
        shown = plain.line(node.text_content or "")
        if shown:
            _add(drawn, "", "", shown, parent)
        return True
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:400] if attributes else ""
    told = (attributes.get("datetime") or "").strip() if tag == "time" else ""
    _add(drawn, tag, names, told[:60], parent)
    if tag == "a" and len(drawn.anchors) < most_anchors:
        href = (attributes.get("href") or "").strip()
        absolute = url.resolve(drawn.base, href) if href and not href.startswith("#") else None
        if absolute:
            hint = plain.title(attributes.get("title") or "")
            relation = (attributes.get("rel") or "").lower()
            parsed = url.parse(absolute)
            site = url.registrable(parsed.hostname) if parsed else ""
            anchor = Anchor(len(drawn.tag) - 1, absolute, url.canonical(absolute), site, hint=hint, relation=relation)
            drawn.anchors.append(anchor)
    if tag == "img" and drawn.anchors:
        anchor = drawn.anchors[-1]
        anchor.image = anchor.image or plain.title(attributes.get("alt") or "")
    return bool(told)


def _add(drawn: Outline, tag: str, names: str, text: str, parent: int) -> None:
    drawn.tag.append(tag)
    drawn.names.append(names.strip())
    drawn.text.append(text)
    drawn.parent.append(parent)
    drawn.end.append(len(drawn.tag))
    drawn.held.append(set())


def _fill(anchor: Anchor, drawn: Outline) -> None:
    """The texts of an anchor, once the tree is drawn."""
    node = anchor.node
    pieces = drawn.pieces(node)
    anchor.text = plain.line(" ".join(pieces))[: plain.LONGEST_TITLE]
    inside = drawn.heading_within(node, {node})
    above = drawn.parent[node]
    for _ in range(3):
        if above < 0 or drawn.tag[above] in _HEADINGS:
            break
        above = drawn.parent[above]
    in_heading = above >= 0 and drawn.tag[above] in _HEADINGS
    anchor.heading = in_heading or bool(inside)
    anchor.heading_text = inside or (_titled(node, drawn) if len(pieces) > 1 else "")


def _titled(node: int, drawn: Outline) -> str:
    """Of several texts in one link the one that is called a title, "" when none is."""
    for index in range(node + 1, min(drawn.end[node], node + 200)):
        if re.search(r"title|headline|\btit\b|\bbt\b|标题", drawn.names[index], re.I) and (
            found := drawn.joined(index)
        ):
            return found
    inside = drawn.tag[node + 1 : min(drawn.end[node], node + 60)]
    if not {"p", "div", "br"} & set(inside):
        return ""
    pieces = drawn.pieces(node)[:3]
    return next((text for text in pieces if headline.wording(text) >= 0.65), max(pieces, key=len, default=""))


def _hold(drawn: Outline, address: str) -> None:
    """Fill `held`: each URL climbs until it meets itself or a place that already holds two."""
    home = url.parse(address)
    site = url.registrable(home.hostname) if home else ""
    own = url.canonical(address)
    for anchor in drawn.anchors:
        if anchor.site != site or urlshape.likelihood(anchor.url) < SIGNIFICANT:
            continue
        node = anchor.node if anchor.key != own else -1
        while node >= 0 and anchor.key not in drawn.held[node] and len(drawn.held[node]) < 2:
            drawn.held[node].add(anchor.key)
            node = drawn.parent[node]
