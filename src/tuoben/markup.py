"""From foreign bytes to text and tree, inside limits (design, law 4).

The one place that undoes content codings, guesses character encodings and parses HTML, so that no other module meets
hostile bytes unguarded. Order of work for one document: `inflate` (RFC 9110 8.4, bounded in size and ratio) → `decode`
(encoding by what the bytes are, then by what is declared: WHATWG Encoding names, widened) → `parse` (Lexbor, after a
linear pre-check of depth and attributes, since the parser is quadratic in both).
"""

from __future__ import annotations

import codecs
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import brotli
import zstandard
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode, SelectolaxError

from tuoben.charsets import BOMS
from tuoben.charsets import Decoded as Decoded
from tuoben.charsets import decode as decode
from tuoben.errors import LimitExceeded
from tuoben.model import Page

MiB = 1 << 20
Document = LexborHTMLParser
Node = LexborNode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a document may cost. A document over a limit is refused with LimitExceeded, never cut silently."""

    size: int = 20 * MiB
    """Bytes after inflating; also characters of the text that is parsed."""
    ratio: int = 300
    """Inflated bytes per received byte, looked at from one MiB on."""
    depth: int = 3000
    """Elements open at once, as a linear scan counts them."""
    attributes: int = 2000
    """Attributes of one tag."""
    tags: int = 400_000
    """Start tags of a document."""
    work: int = 60_000_000
    """Sum of the depth over all tags: what a tree builder that walks its stack would do."""


DEFAULT = Limits()


# --- content coding -------------------------------------------------------------------------------------------------

CHUNK = 64 * 1024


def _zlib_stream(body: bytes, wbits: int) -> Iterator[bytes]:
    """Inflate zlib, gzip (all members) or raw deflate piece by piece; ends quietly where the data ends or breaks."""
    start, data = CHUNK, body[:CHUNK]  # in bites: what is not consumed is copied each time
    while data:
        inflater = zlib.decompressobj(wbits)
        while data and not inflater.eof:
            piece = inflater.decompress(data, CHUNK)
            data = inflater.unconsumed_tail
            if piece:
                yield piece
            if not data and not inflater.eof:
                data = body[start : start + CHUNK]
                start += CHUNK
        if not inflater.eof:
            yield inflater.flush(CHUNK)
            return
        data = inflater.unused_data.lstrip(b"\0") if wbits > zlib.MAX_WBITS else b""
        while not data and wbits > zlib.MAX_WBITS and start < len(body):
            data = body[start : start + CHUNK].lstrip(b"\0")
            start += CHUNK


def _deflate_stream(body: bytes) -> Iterator[bytes]:
    """ "deflate" means the zlib format (RFC 9110 8.4.1.2); some servers send it raw."""
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _zlib_stream(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


def _brotli_stream(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for start in range(0, len(body), 4096):  # small bites: a break late in the stream loses little
        piece = decoder.process(body[start : start + 4096], output_buffer_limit=CHUNK)
        while piece or not decoder.can_accept_more_data():
            yield piece
            if decoder.is_finished():
                return
            piece = decoder.process(b"", output_buffer_limit=CHUNK)


_ZSTD_WINDOW = 128 * MiB


def _zstd_stream(body: bytes) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=8 * MiB).stream_reader(body, read_across_frames=True)
    while piece := reader.read(CHUNK):
        yield piece


ZstdError = zstandard.ZstdError


def zstd_reader(source: BinaryIO, dictionary: bytes = b"") -> BinaryIO:
    """The first zstd frame of a file, inflated as it is read, with the dictionary that it may need. Reading raises
    ZstdError for damage."""
    held = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    reader = zstandard.ZstdDecompressor(dict_data=held, max_window_size=_ZSTD_WINDOW).stream_reader(source)
    return cast(BinaryIO, reader)


def _gzip_stream(body: bytes) -> Iterator[bytes]:
    return _zlib_stream(body, 16 + zlib.MAX_WBITS)


STREAMS = {
    "gzip": _gzip_stream,
    "x-gzip": _gzip_stream,
    "deflate": _deflate_stream,
    "br": _brotli_stream,
    "zstd": _zstd_stream,
}


def _inflate_one(body: bytes, coding: str, limits: Limits) -> bytes:
    return b"".join(_pieces(body, coding, limits))


def _pieces(body: bytes, coding: str, limits: Limits) -> Iterator[bytes]:
    total = 0
    try:
        for piece in STREAMS[coding](body):
            total += len(piece)
            if total > limits.size:
                raise LimitExceeded(f"The {coding} body is larger than {limits.size} bytes when inflated.")
            if total > MiB and total > limits.ratio * len(body):
                raise LimitExceeded(f"The {coding} body inflates to more than {limits.ratio} times its size.")
            yield piece
    except (zlib.error, brotli.error, zstandard.ZstdError):
        # Broken part way: what came before the break is the document. Nothing at all: the label is wrong (a proxy
        # undid the coding and left the header), the bytes are the document.
        if not total:
            yield body


def inflate(body: bytes, content_encoding: str, limits: Limits = DEFAULT) -> bytes:
    """Undo the content codings of a body (a comma list is undone from its end). A cut end is tolerated.

    Unknown codings and labels that are plainly wrong leave the bytes as they are.
    Raises LimitExceeded over `limits.size` bytes or `limits.ratio`.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    for coding in reversed([coding for coding in codings if coding in STREAMS][:4]):
        body = _inflate_one(body, coding, limits)
    if len(body) > limits.size:
        raise LimitExceeded(f"The body is larger than {limits.size} bytes.")
    return body


def inflating(body: bytes, content_encoding: str, limits: Limits = DEFAULT) -> Iterator[bytes]:
    """`inflate` piece by piece, so that a long document is never held whole; a gzip file in it is inflated, too.

    Raises LimitExceeded while it is read.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding in STREAMS][:3]
    for coding in reversed(codings[1:]):
        body = _inflate_one(body, coding, limits)
    slices = (body[start : start + CHUNK] for start in range(0, len(body), CHUNK))
    pieces = _pieces(body, codings[0], limits) if codings else slices
    first = next(pieces, b"")
    if first[:2] != b"\x1f\x8b":
        yield first
        yield from pieces
        return
    within = b"".join([first, *pieces]) if codings else body
    inner = next(_pieces(within, "gzip", limits), b"")
    if inner[:2] == b"\x1f\x8b":
        within = _inflate_one(within, "gzip", limits)
    yield from _pieces(within, "gzip", limits)


def decoding(pieces: Iterator[bytes], content_type: str = "") -> Iterator[str]:
    """`decode` piece by piece: the codec is chosen by the first piece, and again where it does not fit."""
    first = next(pieces, b"")
    while 0 < len(first) < CHUNK and (more := next(pieces, b"")):
        first += more
    judged = decode(first[: first.rfind(b">") + 1] or first, content_type)
    mark = next((mark for mark, _ in BOMS if first.startswith(mark)), b"")
    decoder = codecs.getincrementaldecoder(judged.encoding)("strict")
    held = b""
    for piece in itertools.chain([first[len(mark) :]], pieces):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError:
            pending = held + piece
            decoder = codecs.getincrementaldecoder(decode(pending, content_type).encoding)("replace")
            text = decoder.decode(pending)
        held = decoder.getstate()[0]
        yield text
    yield held.decode(judged.encoding, "replace")


# --- tree -----------------------------------------------------------------------------------------------------------

# Start and end tags by the tokenizer of the HTML standard (13.2.5), attributes included, without backtracking. Letters
# and spaces are spelt out: a set of them is one table, where \w and \s are calls.
_SPACE = r" \t\n\r\f\v"
_VALUE = rf"(?:\"[^\"]*+\"|'[^']*+'|[^{_SPACE}>\"'][^{_SPACE}>]*+)"
_ATTRIBUTES = rf"((?:[{_SPACE}/]++|(?:=[^{_SPACE}/>=]*+|[^{_SPACE}/>=]++)(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE}?+)?+)*+)"
_TAG = re.compile(
    r"<(?:/[A-Za-z0-9_]++>|[a-zA-Z][A-Za-z0-9_]*+(?:[ \n]++[A-Za-z0-9_:-]++=\"[^\"]*+\"){0,40}+>|!--.*?(?:-->|\Z)|"
    r"(/?[a-zA-Z][^" + _SPACE + r"/>]*+" + _ATTRIBUTES.replace("(", "(?:", 1) + "))",
    re.S,
)
"""Comments; tags set in the plainest way, which the pattern reads fast; in the group all others."""
_TAG_NOT_IN_SCRIPT = re.compile(
    r"<(?:!--.*?(?:-->|\Z)"
    r"|(?i:(script|style|textarea|title|xmp|iframe|noembed|noframes)\b[^>]*+>.*?(?:</\1|\Z))"
    r"|(/?)([a-zA-Z][^" + _SPACE + r"/>]*+)" + _ATTRIBUTES + ")",
    re.S,
)
_ATTRIBUTE = re.compile(r"[^\s/=\"']+(?:\s*=\s*(?:\"[^\"]*\"?|'[^']*'?|[^\s]+))?")
_CLOSED_BY_THEMSELVES = _words(
    "area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup tr td th thead "
    "tbody tfoot colgroup rp rt html head body path circle rect line polygon use stop g"
)
_FORMATTING = _words("a b big code em font i nobr s small strike strong tt u")


def _attribute_count(attributes: str) -> int:
    return sum(1 for _ in _ATTRIBUTE.finditer(attributes))


def _scan(text: str, limits: Limits) -> None:
    """The exact pre-check: walk all tags outside scripts once, keeping a count of what may be open."""
    opened: dict[str, int] = {}
    depth = formatting = work = 0
    for match in _TAG_NOT_IN_SCRIPT.finditer(text):
        name = match[3]
        if name is None:
            continue
        attributes = match[4]
        if len(attributes) > 2 * limits.attributes and _attribute_count(attributes) > limits.attributes:
            raise LimitExceeded(f"A tag has more than {limits.attributes} attributes.")
        name = name.lower()
        if name not in _CLOSED_BY_THEMSELVES:
            step = -1 if match[2] else 1
            count = opened.get(name, 0) + step
            if count >= 0:
                opened[name] = count
                depth += step
                formatting += step if name in _FORMATTING else 0
        work += depth + 8 * formatting  # open formatting elements are made anew in every paragraph
        if depth > limits.depth:
            raise LimitExceeded(f"The markup is nested more than {limits.depth} levels deep.")
        if work > limits.work:
            raise LimitExceeded("The markup is nested too deeply for its length.")


def check(text: str, limits: Limits = DEFAULT) -> None:
    """Refuse what a tree builder would take too long over. Linear in the length; about a millisecond for a news page.

    Raises LimitExceeded.
    """
    if len(text) > limits.size:
        raise LimitExceeded(f"The document is longer than {limits.size} characters.")
    starts = text.count("<")
    if starts > min(limits.tags, limits.depth):
        starts -= text.count("</")
    if starts > limits.tags:
        raise LimitExceeded(f"The document has more than {limits.tags} tags.")
    if starts > limits.depth:
        _scan(text, limits)
        return
    # Few tags cannot nest deeply, but one tag may still carry a flood of attributes. Scripts are not skipped here, so
    # a long one may look like a tag: then the exact scan decides.
    longest = 2 * limits.attributes
    unusual = filter(None, _TAG.findall(text))
    if any(len(tag) > longest and _attribute_count(tag) > limits.attributes for tag in unusual):
        _scan(text, limits)


def parse(text: str, limits: Limits = DEFAULT, data: bytes = b"") -> LexborHTMLParser:
    """The tree of an HTML text (WHATWG tree construction by Lexbor, scripting off, so that <noscript> is markup).
    `data`: the same text in UTF-8, where that is at hand.

    Raises LimitExceeded when the pre-check refuses it.
    """
    check(text, limits)
    try:
        data = data or text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates, as JSON escapes bring them
        data = text.encode("utf-8", "replace")
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    return LexborHTMLParser(data, options=LexborDocumentOptions.WO_EVENTS)


def document(page: Page, limits: Limits = DEFAULT) -> tuple[Decoded, LexborHTMLParser]:
    """Inflate, decode and parse a page in one go. Raises LimitExceeded."""
    decoded = decode(inflate(page.body, page.content_encoding, limits), page.content_type)
    return decoded, parse(decoded.text, limits, decoded.utf8)


def selectable(selector: str) -> bool:
    """Whether a text is a CSS selector that the parser knows."""
    try:
        parse("").css_first(selector)
    except SelectolaxError:
        return False
    return True
