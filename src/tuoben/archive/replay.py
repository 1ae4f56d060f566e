"""The original look, without scripts: stored pages rewritten on the server for the replay origin. Pure functions.

A page is parsed, and whole subtrees that act are taken out; what the parser writes of the rest is well formed, and goes
through one strict pass: every "<" that leaves it begins a tag that its pattern knows to be plain or that it wrote
itself, of a name and with attributes that cannot act, and all addresses are `link`'s. It trusts nothing of the tree: in
whatever state a parser is that reads the result, it finds no other tags. That is the first wall; the second is
`PAGE_HEADERS`, under which nothing runs and nothing is loaded from elsewhere; the third, an origin of replay's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

from tuoben import markup
from tuoben import url as urls
from tuoben.archive.css import Link, replay_address, requisites_of_css, rewrite_css
from tuoben.archive.pictures import candidates
from tuoben.archive.served import ASSET_HEADERS, PAGE_HEADERS, safe_type
from tuoben.patterns import by_letter


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _one_of(text: str) -> str:
    return by_letter(sorted(_words(text)))


__all__ = ["ASSET_HEADERS", "PAGE_HEADERS", "Link", "requisites_of_css", "rewrite_css", "rewrite_html", "safe_type"]

_LEFT_OUT = _words("script template iframe object applet audio noembed noframes frameset portal annotation-xml")
"""Elements that are left out with what is in them."""
_AS_TEXT = {"math": "span", "xmp": "pre", "plaintext": "pre"}
"""Elements of which the text is shown."""
_LOOKED_AT = ",".join([*sorted(_LEFT_OUT), *_AS_TEXT, "svg", "amp-img"])
_NO_TAG = (
    _LEFT_OUT
    | frozenset(_AS_TEXT)
    | _words(
        "source frame embed base param track foreignobject animate animatetransform animatemotion set mpath handler "
        "listener discard style noscript"
    )
)
"""Names of which no tag is written: they act, or stand for nothing, or what is in them was written already."""
_SVG = _words(
    "svg g a path rect circle ellipse line polyline polygon text tspan textpath title desc defs symbol use image "
    "lineargradient radialgradient stop clippath mask pattern marker switch view filter feblend fecolormatrix "
    "fecomponenttransfer fecomposite feconvolvematrix fediffuselighting fedisplacementmap fedistantlight fedropshadow "
    "feflood fefunca fefuncb fefuncg fefuncr fegaussianblur femerge femergenode femorphology feoffset fepointlight "
    "fespecularlighting fespotlight fetile feturbulence"
)
_KEPT_META = frozenset(("viewport", "color-scheme", "theme-color"))
_OF_SHEETS = _words("media id class sizes title")
_SPECIAL = _words(
    # attributes that are written, if at all, only after a look at what they say
    "src srcset href xlink:href poster background style target ping action formaction integrity crossorigin nonce "
    "http-equiv srcdoc manifest download autofocus autoplay code codebase archive classid data dynsrc lowsrc longdesc "
    "cite profile xml:base is imagesrcset formtarget attributionsrc rel charset"
)
_PLAIN = _one_of(
    "div p span li ul ol b br i h1 h2 h3 h4 h5 h6 dl dt dd td tr th table tbody thead tfoot em strong section article "
    "aside header footer figure figcaption form font fieldset nav main button blockquote body small sub sup s u center "
    "label option select legend time title wbr hr caption colgroup col cite code ins del mark picture address abbr"
)
_DRAWN = _one_of("svg path g circle rect line polyline polygon ellipse defs desc symbol text tspan")
_NAMED = r"[^\ \t\n\r\f/>]"
"""A character of a tag's name, as the parser writes it."""
_SAID = rf'(?:[ ]{_NAMED}[^\ \t\n\r\f/>=]*+="[^"]*+")*'
"""The attributes of a tag, as the parser writes them."""


def _attributes(value: str) -> str:
    """The pattern of attributes that are written as they stand, of a value that needs no look."""
    looked_at = by_letter(sorted(_SPECIAL))
    plain = rf'(?:class|id)="{value}*+"|(?![oO][nN]|(?:{looked_at})=)[a-z][a-zA-Z0-9_-]*+="{value}*+"'
    return rf'(?:[ ](?:{plain}|style="[^"<>(@\\]*+"))*'


_TOKENS = re.compile(
    rf"""((?:[^<]++|<(?:{_PLAIN}){_attributes('[^"<>]')}>|<(?:{_DRAWN}){_attributes('[^"<>(]')}>
        |</(?:{_PLAIN}|{_DRAWN}|a|head|textarea|pre|video)>)*)
    (?:<style({_SAID})>((?:[^<]++|<(?!/style>))*)</style>
        |<([a-zA-Z]{_NAMED}*+)({_SAID})>
        |</([a-zA-Z]{_NAMED}*+)>
        |<!(?:--(?:[^-]++|-(?!->))*--|[a-zA-Z][^>]*+)>
        |(<)
        |\Z)""",
    re.VERBOSE,
)
"""What needs no look, as far as it goes; then a style element, a start tag, an end tag, a comment, or a bare sign."""
_ASIDE = r'(?:[ ](?:target|rel)="[^"]*+")*'
_LINKED = re.compile(
    rf"""({_attributes('[^"<>(]')}){_ASIDE}({_attributes('[^"<>(]')})[ ]href="([^"]*+)"
    ({_attributes('[^"<>(]')}){_ASIDE}({_attributes('[^"<>(]')}){_ASIDE}""",
    re.VERBOSE,
)
"""The attributes of most links: what is written as it stands, and the address."""
_ATTRIBUTE = re.compile(rf'[ ]({_NAMED}[^\ \t\n\r\f/>=]*+)="([^"]*+)"')
_NAME = re.compile(r"[A-Za-z_:@][\w:.@-]*\Z", re.ASCII)
_TAG = re.compile(r"[a-z][a-z0-9:._-]*\Z")
_TOLD = re.compile(r"(?:mailto|tel):[^\s\"'<>]*\Z", re.I)
_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")
_ASKED = re.compile(r"@(?:media|container)\b[^{};]*", re.IGNORECASE)
"""What a style sheet asks of the window, such as (400px<width)."""
_DOCTYPE = re.compile(r"\s*(?:<!--.*?-->\s*)*<!doctype\s[^>]{0,300}>", re.IGNORECASE | re.DOTALL)
_BASE = re.compile(r"<[bB][aA][sS][eE]\s")
_SPEAKING = re.compile(r"[(@\\<]|&lt;")
"""What a style attribute holds that names another file."""
_NAMING = re.compile(r"(?:image-set|src|image|cross-fade|element)\(", re.I)
"""Functions of CSS that name files without url()."""
_SHOWN = ";opacity:1!important;visibility:visible!important"
Attributes = dict[str, str]


def rewrite_html(html: str | bytes, base_url: str, *, link: Link, content_type: str = "") -> bytes:
    """A page as UTF-8 HTML without anything that acts; `base_url` is where it was fetched from.

    `html` is text, or bytes with their content coding undone (`content_type` then helps to decode them). `link(url,
    role)` gives the replay address for an absolute URL in the role "page", "image", "style" or "font", "" to leave the
    reference out. Raises LimitExceeded as `markup.parse` does.
    """
    text, data = _decoded(html, content_type) if isinstance(html, bytes) else (str(html), b"")
    if (b"\0" in data) if data else ("\0" in text):  # no HTML text holds one (WHATWG); callers mark places with it
        text, data = text.replace("\0", ""), b""
    tree = markup.parse(text, data=data)
    base = tree.css_first("base[href]") if _BASE.search(text) else None
    if base is not None and (found := urls.resolve(base_url, base.attributes.get("href") or "")):
        base_url = found
    _lessen(tree)
    page = _Pass(base_url, link)
    page.over(tree.html or "")
    return (_doctype(text) + "".join(page.out)).encode("utf-8", "replace")


def _decoded(html: bytes, content_type: str) -> tuple[str, bytes]:
    read = markup.decode(html, content_type)
    return read.text, read.utf8


def _doctype(text: str) -> str:
    """The document's own doctype, which decides between a browser's standards and quirks modes; "" without one."""
    match = _DOCTYPE.match(text[:2000])
    declared = match.group().rpartition("<!")[2].rstrip(">") if match else ""
    if not declared or "<" in declared:
        return ""
    return f"<!{declared}>\n"


def _lessen(tree: markup.Document) -> None:
    """Take out of a tree what is not to be shown, and put its text in place of what is shown as text."""
    for node in tree.css(_LOOKED_AT):
        tag = node.tag
        if tag == "svg":
            unfit = [inner for inner in node.css("*") if (inner.tag or "").lower() not in _SVG]
        elif tag == "amp-img":
            unfit = list(node.iter(include_text=True))
        else:
            unfit = [node]
        if tag in _AS_TEXT:
            text = tree.create_node(_AS_TEXT[tag])
            text.insert_child(node.text())
            node.insert_before(text, move=True)
        for one in unfit:
            one.decompose(recursive=False)  # its memory stays: it may be met again


class _Pass:
    """The pass over one document as the parser writes it, into `out`."""

    def __init__(self, base_url: str, link: Link) -> None:
        self.out: list[str] = []
        self._base = base_url
        self._link = link
        self._known: dict[tuple[str, str], str] = {}
        self._led: dict[str, str] = {}
        self._shown: set[str] = set()
        self._without = 0
        """noscript elements that are open."""

    def over(self, text: str) -> None:
        """Write what may be written of a text."""
        write = self.out.append
        for match in _TOKENS.finditer(text):
            run, styled, css, name, told, ended, sign = match.groups()
            if run:
                write(run)
            if name:
                write(self._start(name, told))
                if name in _LINES and text.startswith("\n", match.end()):
                    write("\n")  # a parser drops one line feed behind the start tag
            elif ended:
                write(self._end(ended))
            elif css is not None:
                write(self._style(_read(styled), css))
            elif sign:
                write("&lt;")

    def _start(self, name: str, told: str) -> str:
        if name == "a" and (plain := _LINKED.fullmatch(told)):
            before, then, href, behind, last = plain.groups()
            return f"<a{before}{then}{behind}{last}{self._to(href)}>"
        handler = _ELEMENTS.get(name)
        if handler is not None:
            return handler(self, name, _read(told))
        if (tag := _written(name)) == "":
            self._without += name == "noscript"
            return ""
        return self._open(tag, _read(told))

    def _end(self, name: str) -> str:
        self._without -= name == "noscript"
        return f"</{tag}>" if (tag := _written(name)) and name != "amp-img" else ""

    def _open(self, tag: str, attributes: Attributes, *, more: str = "", shown: bool = False) -> str:
        """A start tag with what is harmless of its attributes, and `more`."""
        out = f"<{tag}"
        for name, value in attributes.items():
            if _kept(name) and not ("(" in value and _leads_out(_text(value))):
                out += f' {name}="{value}"'
        style = attributes.get("style", "")
        if style and _SPEAKING.search(style):
            style = escape(rewrite_css(_text(style), self._base, link=self._address))
        if shown:
            style += _SHOWN
        if style:
            out += f' style="{style}"'
        if "background" in attributes:
            out += _named("background", self.address(_text(attributes["background"]), "image"))
        return f"{out}{more}>"

    def address(self, reference: str, role: str) -> str:
        """The replay address of a reference of the page; "" when it leads nowhere."""
        return replay_address(reference, self._base, role, self._address)

    def _address(self, url: str, role: str) -> str:
        key = (url, role)
        if key not in self._known:
            self._known[key] = self._link(url, role)
        return self._known[key]

    def _head(self, name: str, attributes: Attributes) -> str:
        return '<head><meta charset="utf-8">'

    def _meta(self, name: str, attributes: Attributes) -> str:
        return self._open("meta", attributes) if attributes.get("name", "").lower() in _KEPT_META else ""

    def _sheet(self, name: str, attributes: Attributes) -> str:
        """link elements: style sheets and icons. Sheets that a script would switch on are on."""
        rel = attributes.get("rel", "").lower().split()
        switched = attributes.get("onload", "")
        late = "preload" in rel and attributes.get("as", "").lower() == "style" and "stylesheet" in switched
        kept = {name: value for name, value in attributes.items() if name in _OF_SHEETS}
        if "media" in switched and "stylesheet" in rel:
            kept["media"] = "all"
        if late or ("stylesheet" in rel and "alternate" not in rel):
            role, name = "style", "stylesheet"
        elif "icon" in rel:
            role, name = "image", "icon"
        else:
            return ""
        address = self.address(_text(attributes.get("href", "")), role)
        return self._open("link", kept, more=f' rel="{name}"' + _named("href", address)) if address else ""

    def _style(self, attributes: Attributes, css: str) -> str:
        css = rewrite_css(css, self._base, link=self._address)
        if "<" in css:
            css = css.replace("<!--", "").replace("</", "<\\/")
            css = _ASKED.sub(lambda met: re.sub(r"<(?=[a-zA-Z])", "< ", met[0]), css)
            css = _BEGINS.sub(r"\\3c ", css)  # no tag begins here, were this no style sheet
        return f"{self._open('style', attributes)}{css}</style>"

    def _anchor(self, name: str, attributes: Attributes) -> str:
        return self._open(name, attributes, more=self._to(attributes.get("href") or attributes.get("xlink:href", "")))

    def _to(self, href: str) -> str:
        """Where a link leads: within the page as it is, elsewhere to the top; mail and telephone stay."""
        if href not in self._led:
            self._led[href] = self._leading(_text(href).strip())
        return self._led[href]

    def _leading(self, reference: str) -> str:
        if reference.startswith("#") or _TOLD.match(reference):
            return _named("href", reference)
        address = replay_address(reference, self._base, "page", self._link)
        return _named("href", address) + ' target="_top"' if address else ""

    def _image(self, name: str, attributes: Attributes) -> str:
        """img, amp-img and image buttons, with one address: sets of sizes were collected only as far as it.

        What a script would have put there is there.
        """
        tag = "input" if name == "input" else "img"
        if tag == "input" and attributes.get("type", "").lower() != "image":
            return self._open("input", attributes)
        said = {name: _text(value) for name, value in attributes.items()}
        address, chosen = "", False
        names: set[str] = set()
        for item, lazy in candidates(said):
            if not address and (address := self.address(item, "image")):
                names.add(address)
                chosen = lazy
            if item:
                names.add(item.strip())
        if self._without and not names.isdisjoint(self._shown):
            return ""  # the script-free twin of a picture that is shown already
        self._shown |= names
        return self._open(tag, attributes, more=_named("src", address), shown=chosen)

    def _drawn(self, name: str, attributes: Attributes) -> str:
        """Elements of SVG that take something from elsewhere: pictures from the archive, the rest from this page."""
        href = _text(attributes.get("href") or attributes.get("xlink:href", ""))
        if name == "image":
            href = self.address(href, "image")
        elif not href.startswith("#"):
            href = ""
        return self._open(name, attributes, more=_named("href", href))

    def _video(self, name: str, attributes: Attributes) -> str:
        poster = self.address(_text(attributes.get("poster", "")), "image")
        return self._open("video", attributes, more=_named("poster", poster))


def _read(told: str) -> Attributes:
    """The attributes of a tag as the parser writes them; their values stay escaped."""
    return dict(_ATTRIBUTE.findall(told.replace("<", "&lt;") if "<" in told else told))


def _text(value: str) -> str:
    """What an escaped value says."""
    if "&" not in value:
        return value
    value = value.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
    return value.replace("&nbsp;", "\xa0").replace("&amp;", "&")


@lru_cache(maxsize=4096)
def _written(name: str) -> str:
    """The name that an element is written with; "" when its tags are left out."""
    lower = name.lower()
    if lower in _NO_TAG:
        return ""
    if lower == "listing":
        return "pre"
    return name if _TAG.match(name) or lower in _SVG else "span"


@lru_cache(maxsize=4096)
def _kept(name: str) -> bool:
    """Whether an attribute is written whatever it says."""
    return name not in _SPECIAL and name[:2].lower() != "on" and bool(_NAME.match(name))


def _named(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def _leads_out(value: str) -> bool:
    """Whether an SVG attribute names something outside of the document: url(…) of anything but a fragment."""
    if "\\" in value or _NAMING.search(value):
        return True
    return any(not found.startswith("#") for found in re.findall(r"url\(\s*[\"']?\s*([^\s\"')]*)", value, re.I))


_LINES = frozenset(("pre", "textarea", "listing"))
_ELEMENTS: dict[str, Callable[[_Pass, str, Attributes], str]] = {
    "head": _Pass._head,
    "meta": _Pass._meta,
    "link": _Pass._sheet,
    "a": _Pass._anchor,
    "area": _Pass._anchor,
    "img": _Pass._image,
    "amp-img": _Pass._image,
    "input": _Pass._image,
    "video": _Pass._video,
    **dict.fromkeys(("image", "use", "textPath", "linearGradient", "radialGradient", "pattern"), _Pass._drawn),
}
