"""XML as listings really send it: read strictly when it is well-formed, mended where the mending is certain.

The one module that imports lxml. No document type definition is ever read, so there is no entity to expand and nothing
to fetch; depth and text size are libxml2's own limits (huge_tree off).
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Collection, Iterable, Iterator

from lxml import etree

from tuoben.errors import LimitExceeded

Element = etree._Element

_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]{0,4000}", re.I)
_DOCTYPE_END = re.compile(r"\]\s*>")
_ROOT_NAME = re.compile(r"<(?:[\w.-]{1,60}:)?([A-Za-z][\w-]{0,40})")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LITERAL = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))", re.S)
_AMPERSAND = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)?")
_NUMERIC = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,40}):|\s([A-Za-z_][\w.-]{0,40}):[\w.-]{1,60}\s*=")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][\w.-]{0,40})\s*=")
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_HEAD = 16_384
_LONGEST_HELD = 4_000_000
_LIMITS = ("depth", "huge", "too long", "too big", "amplification", "limit")

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
"""Prefixes that documents use without declaring them, and what they mean by them."""


def bare(text: str) -> str:
    """The document without declaration, document type, leading blanks and characters that XML forbids."""
    text = _undeclared(text)
    return _NOT_XML.sub("", text).lstrip() if _NOT_XML.search(text) else text


def _undeclared(text: str) -> str:
    text = text.lstrip("\ufeff \t\r\n")
    if text[:5].lower() == "<?xml" and (end := text.find(">")) > 0:
        text = text[end + 1 :]
    root = _ROOT.search(text)  # behind it "<!DOCTYPE" is text, in a CDATA section say
    if doctype := _DOCTYPE.search(text, 0, min(10_000, root.start()) if root else 10_000):
        text = text[: doctype.start()] + text[_doctype_end(text, doctype.end()) :]
    return text.lstrip()


def _doctype_end(text: str, position: int) -> int:
    """Where a document type that has been read up to `position` ends: behind its internal subset, if it has one."""
    if text[position : position + 1] != "[":
        return position + (text[position : position + 1] == ">")
    end = _DOCTYPE_END.search(text, position)
    return end.end() if end else len(text)


def root_name(text: str) -> str:
    """The local name, lower case, of the first element that a text opens with; "" when it opens with something else."""
    position = 0
    for _ in range(1000):
        while text[position : position + 1].isspace():
            position += 1
        for opening, closing in (("<?", "?>"), ("<!--", "-->")):
            if text.startswith(opening, position):
                end = text.find(closing, position)
                position = end + len(closing) if end >= 0 else len(text)
                break
        else:
            if not (doctype := _DOCTYPE.match(text, position)):
                break
            position = _doctype_end(text, doctype.end())
    match = _ROOT_NAME.match(text, position)
    return match[1].lower() if match else ""


def _reference(match: re.Match[str]) -> str:
    name = match.group(1)
    value = html.entities.html5.get(name) if name else None
    if value is None:
        return "&amp;" + (name or "")
    return "".join(f"&#{ord(character)};" for character in value)


def _character(match: re.Match[str]) -> str:
    """A character reference; one to a character that XML forbids is dropped, one to windows-1252's C1 is read so."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore")
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match.group(0) if legal else ""


def mended(text: str, also: Collection[str] = ()) -> str:
    """`text` (as `bare` gives it) with HTML entities as characters, bare ampersands escaped, prefixes declared: those
    that it uses and those named in `also`.

    CDATA sections and comments are left alone. Entities that nobody defines stay as text, letter by letter.
    """
    text = _with_characters(text)
    used = {first or second for first, second in _PREFIX.findall(text)}.union(also)
    missing = sorted(used - set(_DECLARED.findall(text)) - {"xml", "xmlns"})[:50]
    if missing and (root := _ROOT.search(text)):
        known = "".join(f' xmlns:{name}="{NAMESPACES.get(name, f"urn:undeclared:{name}")}"' for name in missing)
        text = text[: root.end()] + known + text[root.end() :]
    return text


def _with_characters(text: str) -> str:
    if "&" not in text:
        return text
    parts = _LITERAL.split(text)
    for index in range(0, len(parts), 2):
        if "&" in parts[index]:
            parts[index] = _AMPERSAND.sub(_reference, _NUMERIC.sub(_character, parts[index]))
    return "".join(parts)


def recovered(text: str) -> Element | None:
    """What libxml2 makes of a broken document. Raises LimitExceeded as `parse` does."""
    try:
        return etree.fromstring(mended(bare(text)).encode(), _parser(recover=True))
    except etree.XMLSyntaxError as error:
        _check(error)
        return None


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )


def parse(text: str) -> Element | None:
    """The root element of a document; None when it is not well-formed even after mending.

    Raises LimitExceeded when it is nested or sized beyond what the parser takes.
    """
    text = _undeclared(text)
    try:
        return etree.fromstring(text.encode(), _parser())
    except UnicodeEncodeError:
        pass
    except etree.XMLSyntaxError as error:
        _check(error)
    try:
        return etree.fromstring(mended(bare(text)).encode(), _parser())
    except etree.XMLSyntaxError as error:
        _check(error)
        return None


def _check(error: etree.XMLSyntaxError) -> None:
    message = str(error).lower()
    if any(word in message for word in _LIMITS):
        raise LimitExceeded("The XML is nested too deeply or has a text too long.") from error


def stream(pieces: Iterable[str], names: Collection[str]) -> Iterator[Element]:
    """Elements with one of the local names `names` (lower case), each whole and then forgotten: memory stays flat.

    Lenient: what cannot be read is skipped. Raises LimitExceeded as `parse` does.
    """
    wanted = [f"{{*}}{form}" for name in names for form in (name, name.upper(), name.capitalize())]
    parser = etree.XMLPullParser(
        events=("end",),
        tag=wanted,
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        for piece in _whole_tags(pieces):
            parser.feed(piece.encode("utf-8", "replace"))
            for _, element in parser.read_events():
                if isinstance(element, Element):
                    yield element
                    _forget(element)
    except etree.XMLSyntaxError as error:
        _check(error)


def _forget(element: Element) -> None:
    element.clear()
    element.tail = None
    above = element.getparent()
    while above is not None and (before := element.getprevious()) is not None:
        above.remove(before)


def _whole_tags(pieces: Iterable[str]) -> Iterator[str]:
    """A document in pieces that end behind a tag, each mended: no entity, comment or CDATA section is cut in two."""
    held, first = "", True
    for piece in pieces:
        held += piece
        if first and len(held) < _HEAD and not held.rstrip().endswith(">"):
            continue
        end = held.rfind(">") + 1
        for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->")):
            if (start := held.rfind(opening, 0, end)) >= 0 and held.find(closing, start, end) < 0:
                end = start
        if not end and len(held) < _LONGEST_HELD:
            continue
        whole, held = held[: end or len(held)], held[end or len(held) :]
        yield _opening(whole) if first else _with_characters(_NOT_XML.sub("", whole))
        first = False
    if held:
        yield _opening(held) if first else _with_characters(_NOT_XML.sub("", held))


def _opening(text: str) -> str:
    return mended(bare(text), NAMESPACES)


def local(element: Element) -> str:
    """The element's name without namespace, lower case."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def namespace(element: Element) -> str:
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def text(element: Element) -> str:
    """All text of the element and what is in it, blanks at the ends cut."""
    if len(element):
        return "".join(str(part) for part in element.itertext()).strip()
    return (element.text or "").strip()


def inner(element: Element) -> str:
    """The markup inside the element."""
    parts = [html.escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts).strip()
