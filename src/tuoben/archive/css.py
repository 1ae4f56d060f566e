"""Style sheets for replay: the addresses in them are rewritten, every other byte stays, hacks and comments too.

A scanner knows strings and comments and finds the few places where CSS can name another file; tinycss2 reads only these
(it is the only parser of CSS in the program, and no other module imports it). What the scanner does not see, such as an
escaped `\\75rl(`, is left as it is: the replay's Content-Security-Policy lets nothing be loaded from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import tinycss2
from tinycss2.ast import AtKeywordToken, FunctionBlock, Node, StringToken, URLToken

from tuoben import markup
from tuoben import url as urls
from tuoben.model import Page

Link = Callable[[str, str], str]
"""(absolute URL, role) → its replay address; "" to leave it out. Roles: "page", "image", "style", "font"."""

# Everything here ends at the end of the text if nothing else ends it, and gives nothing back: linear on any input.
_COMMENT = r"/\*.*?(?:\*/|\Z)"
_STRING = r"""(?:"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?)"""
_URL = rf"(?i:url)\(\s*+(?:{_STRING}\s*+|(?:[^)\\]++|\\.)*+)\)?"
_UP_TO = re.compile(
    rf"""(?:[^"'@(/]++|(?<![lLtT])\(|/(?!\*)|{_STRING}|{_COMMENT}
    |\((?<!(?i:url)\()(?<!(?i:image-set)\()|@(?!(?i:import|font-face|charset)))*""",
    re.DOTALL | re.VERBOSE,
)
"""What lies before a place: it begins with an "@", or with the name before the parenthesis that comes next."""
_CALLS = re.compile(r"(?:url|(?:-webkit-)?image-set)\Z", re.IGNORECASE)
_PLACES = re.compile(
    rf"""(?P<font>@(?i:font-face)\b[^{{}}]*+\{{(?:[^}}"'/uU]++|{_COMMENT}|{_STRING}|{_URL}|[^}}"'])*+\}}?)
    |(?P<charset>@(?i:charset)\s[^;]*+;?)
    |(?P<import>@(?i:import)\b(?:{_COMMENT}|{_STRING}|{_URL}|[^;{{}}"'])*+;?)
    |(?P<set>(?i:(?:-webkit-)?image-set)\((?:{_STRING}|{_URL}|\([^()]*+\)|[^()"'])*+\)?)
    |(?P<url>(?<![\w-]){_URL})""",
    re.DOTALL | re.VERBOSE,
)
_PLAIN_URL = re.compile(r"""url\(\s*(["']?)([\w./:~?&=%#,@!+;-]+)\1\s*\)""", re.ASCII | re.IGNORECASE)
_DATA = re.compile(r"""url\(\s*["']?data:(?:image|font)/""", re.IGNORECASE)
_UNSAFE = re.compile(r"[\"'\\<>\s()\x00-\x1f\x7f]")
_KEPT_DATA = re.compile(r"data:(?:image/|font/|application/(?:x-)?font|application/vnd\.ms-fontobject)", re.I)


def rewrite_css(css_text: str, base_url: str, *, link: Link) -> str:
    """A style sheet, or the value of a style attribute, with the addresses that `link` gives.

    `base_url` is where it was fetched from. Addresses inside are resolved by WHATWG; what is neither http(s), nor a
    fragment, nor data of an image or font, becomes an empty `url("")`; an import without an address goes.
    """
    return _rewrite(css_text, base_url, link, "image")


def requisites_of_css(css_text: str, base_url: str) -> tuple[str, ...]:
    """The absolute URLs that a style sheet needs: imports, images and fonts, each once, in order."""
    found: dict[str, None] = {}

    def note(url: str, role: str) -> str:
        found[url] = None
        return ""

    rewrite_css(css_text, base_url, link=note)
    return tuple(found)


def requisites_of_style(page: Page) -> tuple[str, ...]:
    """The same of a style sheet as it was received. Raises LimitExceeded."""
    body = markup.inflate(page.body, page.content_encoding)
    return requisites_of_css(markup.decode(body, page.content_type).text, page.url)


def replay_address(reference: str, base_url: str, role: str, link: Link) -> str:
    """The address for one reference in a document or style sheet, its fragment kept; "" when it leads nowhere.

    A fragment alone stays itself; so does data of an image or font.
    """
    reference = reference.strip(" \t\r\n\f")
    if reference.startswith("#"):
        return reference
    if reference[:5].lower() == "data:":
        return reference if role in ("image", "font") and _KEPT_DATA.match(reference) else ""
    absolute = urls.resolve(base_url, reference) if reference else None
    address = link(absolute, role) if absolute else ""
    fragment = reference.partition("#")[2]
    return f"{address}#{fragment}" if address and fragment and "#" not in address else address


def _rewrite(text: str, base_url: str, link: Link, role: str) -> str:
    if not ("(" in text or "@" in text):
        return text
    out: list[str] = []
    at = 0
    for match in _places(text, role):
        out += (text[at : match.start()], _place(match.lastgroup or "", match.group(), base_url, link, role))
        at = match.end()
    out.append(text[at:])
    return "".join(out)


def _places(text: str, role: str) -> Iterator[re.Match[str]]:
    """What `_PLACES` matches outside of strings and comments, from the left; in a font's block no further rules."""
    at, passed = 0, 0
    while (sign := _UP_TO.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches nothing, too
        start = -1 if role == "font" and text[sign] == "@" else sign
        if text[sign] == "(":
            name = _CALLS.search(text, max(passed, sign - len("-webkit-image-set")), sign)
            start = name.start() if name else -1
        found = _PLACES.match(text, start) if start >= 0 else None
        if found:
            yield found
            passed = found.end()
        at = found.end() if found else sign + 1


def _place(kind: str, text: str, base_url: str, link: Link, role: str) -> str:
    if kind == "charset":  # what is served is UTF-8
        return ""
    if kind == "font":
        return text[:10] + _rewrite(text[10:], base_url, link, "font")
    if kind == "url" and _DATA.match(text):
        return text
    if kind == "url" and (plain := _PLAIN_URL.fullmatch(text)):
        return _quoted(replay_address(plain[2], base_url, role, link))
    nodes = tinycss2.parse_component_value_list(text)
    if any(node.type == "error" for node in nodes):  # a browser drops it as well
        return text
    if kind == "import":
        return _import(nodes, base_url, link)
    return "".join(_serialise(nodes, base_url, link, role, in_set=False))


def _import(nodes: list[Node], base_url: str, link: Link) -> str:
    for position, node in enumerate(nodes):
        reference = _reference(node)
        if reference is None:
            continue
        address = replay_address(reference, base_url, "style", link)
        if not address or address.startswith(("#", "data:")):
            return ""
        rest = tinycss2.serialize(nodes[position + 1 :])
        return f"@import {_quoted(address)}{rest}"
    return ""


def _serialise(nodes: Iterable[Node], base_url: str, link: Link, role: str, *, in_set: bool) -> Iterable[str]:
    for node in nodes:
        bare = isinstance(node, StringToken)
        reference = _reference(node) if in_set or not bare else None
        if reference is not None:
            yield _quoted(replay_address(reference, base_url, role, link))
        elif isinstance(node, FunctionBlock) and node.lower_name.endswith("image-set"):
            inner = "".join(_serialise(node.arguments, base_url, link, role, in_set=True))
            yield f"{node.name}({inner})"
        elif isinstance(node, AtKeywordToken):
            yield f"@{node.value}"
        else:
            yield node.serialize()


def _reference(node: Node) -> str | None:
    """What a node names as an address: url(x), url("x") or a string; None when it names nothing."""
    if isinstance(node, (URLToken, StringToken)):
        return str(node.value)
    if isinstance(node, FunctionBlock) and node.lower_name == "url":
        return next((str(item.value) for item in node.arguments if isinstance(item, StringToken)), None)
    return None


def _quoted(address: str) -> str:
    """An address as url("…") that ends nowhere else, not even inside a style element."""
    safe = _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), address)
    return f'url("{safe}")'
