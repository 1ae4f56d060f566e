"""The original look, without scripts: stored pages rewritten on the server for the replay origin. Pure functions.

A page is parsed, and written anew from its tree: only what cannot act is written, all text and every attribute escaped,
all addresses through `link`. That is the first wall; the second is `PAGE_HEADERS`, under which nothing runs and nothing
is loaded from elsewhere whatever the first let through; the third is that replay lives on an origin of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Protocol

from tuoben import markup
from tuoben import url as urls
from tuoben.archive.css import Link, replay_address, requisites_of_css, rewrite_css
from tuoben.archive.served import ASSET_HEADERS, PAGE_HEADERS, safe_type


class _Node(Protocol):
    """What is asked of a node of the tree that `markup` parses."""

    @property
    def tag(self) -> str | None: ...
    @property
    def attributes(self) -> dict[str, str | None]: ...
    @property
    def first_child(self) -> _Node | None: ...
    @property
    def next(self) -> _Node | None: ...
    @property
    def text_content(self) -> str | None: ...
    def text(self) -> str: ...


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


__all__ = ["ASSET_HEADERS", "PAGE_HEADERS", "Link", "requisites_of_css", "rewrite_css", "rewrite_html", "safe_type"]

_VOID = _words("area br col embed hr img input link meta param source track wbr")
_DROPPED = _words(
    "script source iframe frame frameset object embed applet template base param noembed noframes audio track portal "
    "foreignobject animate animatetransform animatemotion set mpath handler listener discard annotation-xml "
    "-comment -doctype"
)
_AS_PRE = frozenset(("xmp", "plaintext", "listing"))
_SVG = _words(
    "svg g a path rect circle ellipse line polyline polygon text tspan textpath title desc defs symbol use image "
    "lineargradient radialgradient stop clippath mask pattern marker switch view filter feblend fecolormatrix "
    "fecomponenttransfer fecomposite feconvolvematrix fediffuselighting fedisplacementmap fedistantlight fedropshadow "
    "feflood fefunca fefuncb fefuncg fefuncr fegaussianblur femerge femergenode femorphology feoffset fepointlight "
    "fespecularlighting fespotlight fetile feturbulence"
)
_KEPT_META = frozenset(("viewport", "color-scheme", "theme-color"))
_SPECIAL = _words(
    # attributes that are written, if at all, only after a look at what they say
    "src srcset href xlink:href poster background style target ping action formaction integrity crossorigin nonce "
    "http-equiv srcdoc manifest download autofocus autoplay code codebase archive classid data dynsrc lowsrc longdesc "
    "cite profile xml:base is imagesrcset formtarget attributionsrc rel charset"
)
_LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "data-echo",
    "data-url",
    "data-lazyload",
    "data-lazy",
    "data-original-src",
    "data-real-src",
    "data-hi-res-src",
    "data-full-src",
    "data-image",
    "data-ks-lazyload",
    "data-lazyload-src",
    "zoomfile",
    "file",
    "data-srcset",
    "data-lazy-srcset",
    "data-original-set",
)
"""Where pages keep the address of a picture that a script puts in its place; sets by their names, last."""
_PLACEHOLDER = re.compile(
    r"^\s*(?:data:|about:|#|$)|(?:blank|placeholder|loading|spacer|pixel|1x1|transparent|gr[ae]y|lazy|default|holder)"
    r"[\w.-]*\.(?:gif|png|jpe?g|svg|webp)",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"[^\s?#]+\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[^\w.])", re.I)
_ADDRESS = re.compile(r"(?:https?:)?//\S|/\S", re.I)
_NAME = re.compile(r"[A-Za-z_:@][\w:.@-]*\Z", re.ASCII)
_TAG = re.compile(r"[a-z][a-z0-9:._-]*\Z")
_DOCTYPE = re.compile(r"\s*(?:<!--.*?-->\s*)*<!doctype\s[^>]{0,300}>", re.IGNORECASE | re.DOTALL)
_SPACE = " \t\n\f\r"
_SHOWN = ";opacity:1!important;visibility:visible!important"
Attributes = dict[str, str | None]


def rewrite_html(html: str | bytes, base_url: str, *, link: Link, content_type: str = "") -> bytes:
    """A page as UTF-8 HTML without anything that acts; `base_url` is where it was fetched from.

    `html` is text, or bytes with their content coding undone (`content_type` then helps to decode them). `link(url,
    role)` gives the replay address for an absolute URL in the role "page", "image", "style" or "font", "" to leave the
    reference out. Raises LimitExceeded as `markup.parse` does.
    """
    text = html if isinstance(html, str) else markup.decode(html, content_type).text
    tree = markup.parse(text)
    base = tree.css_first("base[href]")
    if base is not None and (found := urls.resolve(base_url, base.attributes.get("href") or "")):
        base_url = found
    writer = _Writer(base_url, link)
    if tree.root is not None:
        writer.document(tree.root)
    return (_doctype(text) + "".join(writer.out)).encode("utf-8", "replace")


def _doctype(text: str) -> str:
    """The document's own doctype, which decides between a browser's standards and quirks modes; "" without one."""
    match = _DOCTYPE.match(text[:2000])
    declared = match.group().rpartition("<!")[2].rstrip(">") if match else ""
    if not declared or "<" in declared:
        return ""
    return f"<!{declared}>\n"


class _Writer:
    """Writes one document from its tree into `out`."""

    def __init__(self, base_url: str, link: Link) -> None:
        self.out: list[str] = []
        self._base = base_url
        self._link = link
        self._known: dict[tuple[str, str], str] = {}
        self._shown: set[str] = set()

    def document(self, root: _Node) -> None:
        """Depth first, without recursion: trees may be deep."""
        open_elements: list[tuple[_Node, str, str]] = []
        within = {"svg": 0, "noscript": 0}
        node: _Node | None = root
        while node is not None:
            tag = node.tag or ""
            closing = self._node(node, tag, within)
            if closing is not None and (child := node.first_child) is not None:
                open_elements.append((node, tag, closing))
                if tag in within:
                    within[tag] += 1
                node = child
                continue
            if closing:
                self.out.append(closing)
            while (following := node.next) is None or not open_elements:
                if not open_elements:
                    return
                node, tag, closing = open_elements.pop()
                if tag in within:
                    within[tag] -= 1
                self.out.append(closing)
            node = following

    def _node(self, node: _Node, tag: str, within: dict[str, int]) -> str | None:
        """Writes the beginning of a node; what closes it, or None when its children are not to be written."""
        if tag == "-text":
            self.out.append(escape(node.text_content or "", quote=False))
            return None
        if not tag or tag in _DROPPED:
            return None
        if tag == "noscript":
            return ""
        attributes = node.attributes
        if within["svg"] or tag == "svg":
            return self._svg(node, tag, attributes)
        special = _ELEMENTS.get(tag)
        if special is not None:
            return special(self, node, attributes, within)
        if tag in _AS_PRE:
            tag = "pre"
        return self._open(tag if _TAG.match(tag) else "span", attributes)

    def _open(self, tag: str, attributes: Attributes, *, more: str = "", shown: bool = False) -> str:
        """Writes a start tag with what is harmless of its attributes, and `more`; gives the end tag."""
        parts = [f"<{tag}"]
        parts += [_harmless(name, value or "") for name, value in attributes.items()]
        style = attributes.get("style") or ""
        if style:
            style = rewrite_css(style, self._base, link=self._address)
        if shown:
            style += _SHOWN
        if style:
            parts.append(f' style="{escape(style)}"')
        if background := attributes.get("background"):
            parts.append(_named("background", self.address(background, "image")))
        self.out.append("".join((*parts, more, ">")))
        return "" if tag in _VOID else f"</{tag}>"

    def address(self, reference: str, role: str) -> str:
        """The replay address of a reference of the page; "" when it leads nowhere."""
        return replay_address(reference, self._base, role, self._address)

    def _address(self, url: str, role: str) -> str:
        key = (url, role)
        if key not in self._known:
            self._known[key] = self._link(url, role)
        return self._known[key]

    def _head(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> str:
        self.out.append('<head><meta charset="utf-8">')
        return "</head>"

    def _meta(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> None:
        if (attributes.get("name") or "").lower() in _KEPT_META:
            self._open("meta", attributes)

    def _sheet(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> None:
        """link elements: style sheets and icons. Sheets that a script would switch on are on."""
        rel = (attributes.get("rel") or "").lower().split()
        switched = attributes.get("onload") or ""
        late = "preload" in rel and (attributes.get("as") or "").lower() == "style" and "stylesheet" in switched
        kept = {name: value for name, value in attributes.items() if name in ("media", "id", "class", "sizes", "title")}
        if "media" in switched and "stylesheet" in rel:
            kept["media"] = "all"
        if late or ("stylesheet" in rel and "alternate" not in rel):
            role, name = "style", "stylesheet"
        elif "icon" in rel:
            role, name = "image", "icon"
        else:
            return
        if address := self.address(attributes.get("href") or "", role):
            self._open("link", kept, more=f' rel="{name}"' + _named("href", address))

    def _style(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> None:
        closing = self._open("style", attributes)
        css = rewrite_css(
            first.text_content or "" if (first := node.first_child) else "", self._base, link=self._address
        )
        self.out.append(css.replace("</", "<\\/").replace("<!--", "").replace("-->", "") + closing)

    def _anchor(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> str:
        return self._open(node.tag or "a", attributes, more=self._to(attributes.get("href") or ""))

    def _to(self, reference: str) -> str:
        """Where a link leads: within the page as it is, elsewhere to the top; mail and telephone stay."""
        reference = reference.strip()
        if reference.startswith("#") or re.match(r"(?:mailto|tel):[^\s\"'<>]*\Z", reference, re.I):
            return _named("href", reference)
        address = self.address(reference, "page")
        return _named("href", address) + ' target="_top"' if address else ""

    def _image(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> None:
        """img, amp-img and image buttons, with one address: sets of sizes were collected only as far as it.

        The order is the one in which `extract` chooses what to collect; what a script would have put there is there.
        """
        tag = "input" if node.tag == "input" else "img"
        if tag == "input" and (attributes.get("type") or "").lower() != "image":
            self._open("input", attributes)
            return
        found = [(self.address(item, "image"), lazy) for item, lazy in _candidates(attributes)]
        found = [(address, lazy) for address, lazy in found if address]
        address, lazy = found[0] if found else ("", False)
        if within["noscript"] and address in self._shown:
            return  # the script-free twin of a picture that is shown already
        self._shown.update(candidate for candidate, _ in found)
        self._open(tag, attributes, more=_named("src", address), shown=lazy)

    def _video(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> str:
        poster = self.address(attributes.get("poster") or "", "image")
        return self._open("video", attributes, more=_named("poster", poster))

    def _pre(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> str:
        """pre and textarea: a parser drops one line feed behind the start tag."""
        closing = self._open(node.tag or "pre", attributes)
        first = node.first_child
        if first is not None and first.tag == "-text" and (first.text_content or "").startswith("\n"):
            self.out.append("\n")
        return closing

    def _math(self, node: _Node, attributes: Attributes, within: dict[str, int]) -> None:
        self.out.append(f"<span>{escape(node.text(), quote=False)}</span>")

    def _svg(self, node: _Node, tag: str, attributes: Attributes) -> str | None:
        if tag.lower() not in _SVG:
            return None
        kept = {name: value for name, value in attributes.items() if not _leads_out(value or "")}
        href = attributes.get("href") or attributes.get("xlink:href") or ""
        more = ""
        if tag == "a":
            more = self._to(href)
        elif tag == "image":
            more = _named("href", self.address(href, "image"))
        elif href.startswith("#"):
            more = _named("href", href)
        closing = self._open(tag, kept, more=more)
        if tag in ("title", "desc"):
            self.out.append(escape(node.text(), quote=False) + closing)
            return None
        return closing


def _harmless(name: str, value: str) -> str:
    """An attribute that is written whatever it says; "" for one that is not, or only after a look at what it says."""
    if len(name) + len(value) <= 120:  # pages say the same of their elements over and over
        return _short(name, value)
    return _named(name, value) if _kept(name) else ""


@lru_cache(maxsize=16_384)
def _short(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if _kept(name) else ""


def _kept(name: str) -> bool:
    return name not in _SPECIAL and name[:2].lower() != "on" and bool(_NAME.match(name))


def _named(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


_ELEMENTS: dict[str, Callable[[_Writer, _Node, Attributes, dict[str, int]], str | None]] = {
    "head": _Writer._head,
    "meta": _Writer._meta,
    "link": _Writer._sheet,
    "style": _Writer._style,
    "a": _Writer._anchor,
    "area": _Writer._anchor,
    "img": _Writer._image,
    "amp-img": _Writer._image,
    "input": _Writer._image,
    "video": _Writer._video,
    "pre": _Writer._pre,
    "textarea": _Writer._pre,
    "math": _Writer._math,
}


def parse_srcset(text: str) -> list[tuple[str, str]]:
    """The candidates of a srcset attribute, as the HTML Standard splits it: (URL, descriptor), in order."""
    found: list[tuple[str, str]] = []
    at, text = 0, text[:20000]
    while True:
        while at < len(text) and text[at] in _SPACE + ",":
            at += 1
        if at == len(text):
            return found
        start = at
        while at < len(text) and text[at] not in _SPACE:
            at += 1
        address, start = text[start:at], at
        if address.endswith(","):
            found.append((address.rstrip(","), ""))
            continue
        depth = 0
        while at < len(text) and (depth or text[at] != ","):
            depth += (text[at] == "(") - (text[at] == ")" and depth > 0)
            at += 1
        found.append((address, text[start:at].strip()))


def _candidates(attributes: Attributes) -> list[tuple[str, bool]]:
    """The addresses that an image may have, best first, each with whether a script would have had to put it there."""
    source = attributes.get("src") or ""
    real = bool(source) and not _PLACEHOLDER.search(source[:2000])
    found: list[tuple[str, bool]] = []
    for name in _LAZY:
        value = (attributes.get(name) or "").strip()[:8192]
        if name.endswith(("srcset", "-set")):
            value = _widest(value)
        if not value or _PLACEHOLDER.search(value[:2000]):
            continue
        if _PICTURE.match(value) or (not real and _ADDRESS.match(value)):
            found.append((value, True))
    if widest := _widest(attributes.get("srcset") or ""):
        found.append((widest, False))
    return [*found, (source, False)]


def _widest(srcset: str) -> str:
    """The largest candidate of a srcset; "" without any."""
    best, width = "", -1.0
    for address, size in parse_srcset(srcset):
        number = float(size[:-1]) if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?[wx]", size) else 0.0
        if number > width:
            best, width = address, number
    return best


def _leads_out(value: str) -> bool:
    """Whether an SVG attribute names something outside of the document: url(…) of anything but a fragment."""
    if "(" not in value:
        return False
    return any(not found.startswith("#") for found in re.findall(r"url\(\s*[\"']?\s*([^\s\"')]*)", value, re.I))
