"""From foreign bytes to text and tree, inside limits (design, law 4).

The one place that undoes content codings, guesses character encodings and parses HTML, so that no other module meets
hostile bytes unguarded. Order of work for one document: `inflate` (RFC 9110 8.4, bounded in size and ratio) → `decode`
(encoding by what the bytes are, then by what is declared: WHATWG Encoding names, widened) → `parse` (Lexbor, after a
linear pre-check of depth and attributes, since the parser is quadratic in both).
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import brotli
import zstandard
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from tuoben.errors import LimitExceeded
from tuoben.model import Page

MiB = 1 << 20


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of a document and how it was read."""

    text: str
    encoding: str
    """Python codec name: "utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "cp1252" …"""
    origin: str
    """"bom", "bytes" (valid UTF-8 or UTF-16 seen), "header", "meta" or "guess"."""
    flawed: bool
    """Some bytes could not be read and stand as U+FFFD."""
    declared: str = ""
    """Codec that header or markup declared (widened), "" when none; differs from `encoding` when mislabelled."""


# --- content coding -------------------------------------------------------------------------------------------------

CHUNK = 64 * 1024


def _zlib_stream(body: bytes, wbits: int) -> Iterator[bytes]:
    """Inflate zlib, gzip (all members) or raw deflate piece by piece; ends quietly where the data ends or breaks."""
    data = body
    while data:
        inflater = zlib.decompressobj(wbits)
        while data and not inflater.eof:
            piece = inflater.decompress(data, CHUNK)
            data = inflater.unconsumed_tail
            if piece:
                yield piece
            elif not data:
                break
        if not inflater.eof:
            yield inflater.flush(CHUNK)
            return
        data = inflater.unused_data.lstrip(b"\0") if wbits > zlib.MAX_WBITS else b""


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


def _zstd_stream(body: bytes) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=8 * MiB).stream_reader(body, read_across_frames=True)
    while piece := reader.read(CHUNK):
        yield piece


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
    pieces: list[bytes] = []
    total = 0
    try:
        for piece in STREAMS[coding](body):
            pieces.append(piece)
            total += len(piece)
            if total > limits.size:
                raise LimitExceeded(f"The {coding} body is larger than {limits.size} bytes when inflated.")
            if total > MiB and total > limits.ratio * len(body):
                raise LimitExceeded(f"The {coding} body inflates to more than {limits.ratio} times its size.")
    except (zlib.error, brotli.error, zstandard.ZstdError):
        # Broken part way: what came before the break is the document. Nothing at all: the label is wrong (a proxy
        # undid the coding and left the header), the bytes are the document.
        return b"".join(pieces) if total else body
    return b"".join(pieces)


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


# --- character encoding ---------------------------------------------------------------------------------------------

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Labels as the WHATWG Encoding Standard reads them: the name means the wider codec that browsers use.
WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cn-big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "korean": "cp949", "windows-949": "cp949",
    "x-euc-jp": "euc_jp", "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "utf8": "utf-8", "unicode": "utf-8",
}  # fmt: skip

META = re.compile(
    rb"""<meta[^>]{1,500}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.I,
)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)

# The most frequent characters of the running text of news by script, and their share among the characters above
# ASCII there: by these a decode is judged.
_HAN = (
    "的一是在不了有和人中大上国我以要他时来用们到作地于出就分对成会可主发年动同工也能下过子说面而方后多定行学法所民得经进日月新市"
    "這國來時們對會發動過說後學經個為與報導記者關，。、；：“”「」《》"
)
_KANA = (
    "のにはをたがでてとしれさいるなあうかくけこすせそちつっまみもやよらりろわんー"
    "アイウカキクコサシスタテトナニフマラリルレロン、。「」年日"
)
_HANGUL = "이다의는에가을를한고은로지사기도서하시자인어대정부나리라해일으스전그있수"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгз"
_LATIN = "éèàáâãäåçêëíîïñóôõöøùúûüßžščřěłąęışğœ’‘“”–—…«»°€•"
NATURAL: dict[str, tuple[frozenset[str], float]] = {
    "gb18030": (frozenset(_HAN), 0.30),
    "big5hkscs": (frozenset(_HAN), 0.30),
    "cp932": (frozenset(_KANA), 0.50),
    "euc_jp": (frozenset(_KANA), 0.50),
    "cp949": (frozenset(_HANGUL), 0.35),
    "cp1251": (frozenset(_CYRILLIC), 0.80),
    "koi8-r": (frozenset(_CYRILLIC), 0.80),
    "koi8-u": (frozenset(_CYRILLIC), 0.80),
    "windows-1251": (frozenset(_CYRILLIC), 0.80),
    "iso-8859-5": (frozenset(_CYRILLIC), 0.80),
}
OTHERWISE = (frozenset(_LATIN), 0.80)
GUESSES = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "cp1252")
DECLARED_BONUS = 0.15
SAMPLE = 48 * 1024


def _codec(label: str) -> str:
    """The codec of a declared label, widened; "" when nobody knows it or it is not for text on the wire."""
    name = label.strip().lower()
    name = WIDER.get(name, name)
    if name.startswith(("utf-16", "utf-32", "utf-7", "utf_")):
        return "utf-8"  # a declaration that was readable as ASCII cannot be true (WHATWG: meaning UTF-8)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return name if info._is_text_encoding else ""


def _declared(body: bytes, content_type: str) -> tuple[tuple[str, str], ...]:
    """(codec, origin) pairs as declared: header first, then the markup's own declarations."""
    found: list[tuple[str, str]] = []
    if match := HEADER.search(content_type):
        found.append((_codec(match[1]), "header"))
    for meta in META.finditer(body[: 64 * 1024]):
        found.append((_codec((meta[1] or meta[2]).decode("ascii")), "meta"))
        if len(found) > 3:
            break
    return tuple((codec, origin) for codec, origin in found if codec)


def _sample(body: bytes) -> bytes:
    """Lines that hold bytes above ASCII, up to some tens of kilobytes: enough to judge a codec by."""
    kept: list[bytes] = []
    total = 0
    for line in body.split(b"\n"):
        if not line.isascii():
            kept.append(line[:8192])
            total += len(kept[-1])
            if total > SAMPLE:
                break
    return b"\n".join(kept)


def _naturalness(sample: bytes, codec: str) -> float:
    """About 1 for natural text: frequent characters among those above ASCII, less a fine for unreadable ones."""
    common, expected = NATURAL.get(codec, OTHERWISE)
    foreign = frequent = bad = 0
    for char in sample.decode(codec, "replace"):
        if char < "\x80":
            continue
        foreign += 1
        if char in common:
            frequent += 1
        elif char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char < "\xa0" or "\uff61" <= char <= "\uff9f":
            bad += 1
    return (min(1.0, frequent / foreign / expected) - 3 * bad / foreign) if foreign else 0.0


# Declared codecs of scripts that the table above does not hold are believed when they leave nothing unreadable.
_BELIEVED = _words("windows-1253 iso-8859-7 windows-1255 iso-8859-8 windows-1256 iso-8859-6 cp874 windows-874")


def _judge(body: bytes, declared: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """(codec, origin) of bytes that are not UTF-8."""
    sample = _sample(body)
    candidates = dict.fromkeys(GUESSES, "guess")
    for codec, origin in reversed(declared):
        if codec in _BELIEVED and "\ufffd" not in sample.decode(codec, "replace"):
            return codec, origin
        if codec != "utf-8":
            candidates.pop(codec, None)
            candidates = {codec: origin, **candidates}
    best, best_score = ("cp1252", "guess"), float("-inf")
    for codec, origin in candidates.items():
        score = _naturalness(sample, codec) + (DECLARED_BONUS if origin != "guess" else 0.0)
        if score > best_score:
            best, best_score = (codec, origin), score
    return best


def _utf8_with_flaws(body: bytes) -> str | None:
    """The text when the bytes are UTF-8 but for a few broken ones (cut sequences, a stray legacy include)."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(1 for lead in body if lead >= 0xC2) if broken < 5000 else 0
    return text if broken <= max(3, good // 50) and good > 4 * broken else None


def _utf16_without_bom(body: bytes) -> str:
    head = body[:512]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 16 and max(even, odd) > len(head) // 5 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read the bytes of a document as text. Never raises; what cannot be read stands as U+FFFD and sets `flawed`.

    Byte order mark, then valid UTF-8 (a few bad bytes tolerated) whatever is declared; else the declared codec in its
    wider form is judged against the usual legacy codecs by what natural text comes out.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(codec, "replace")
            return Decoded(text=text, encoding=codec, origin="bom", flawed="\ufffd" in text, declared=codec)
    declared = _declared(body, content_type)
    name = declared[0][0] if declared else ""
    try:
        return Decoded(text=body.decode("utf-8"), encoding="utf-8", origin="bytes", flawed=False, declared=name)
    except UnicodeDecodeError:
        pass
    if codec := _utf16_without_bom(body):
        text = body.decode(codec, "replace")
        return Decoded(text=text, encoding=codec, origin="bytes", flawed="\ufffd" in text, declared=name)
    loose = _utf8_with_flaws(body)
    if loose is not None:
        return Decoded(text=loose, encoding="utf-8", origin="bytes", flawed=True, declared=name)
    codec, origin = _judge(body, declared)
    text = body.decode(codec, "replace")
    return Decoded(text=text, encoding=codec, origin=origin, flawed="\ufffd" in text, declared=name)


# --- tree -----------------------------------------------------------------------------------------------------------

# Start and end tags by the tokenizer of the HTML standard (13.2.5), attributes included, without backtracking.
_ATTRIBUTES = r"((?:[\s/]++|(?:=[^\s/>=]*+|[^\s/>=]++)(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+)*+)"
_TAG = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|[a-zA-Z]\w*+(?:[ \n]++[\w:-]++=\"[^\"]*+\"){0,40}+>|"
    r"(/?[a-zA-Z][^\s/>]*+" + _ATTRIBUTES.replace("(", "(?:", 1) + "))",
    re.S,
)
"""Comments; tags set in the plainest way, which the pattern reads fast; in the group all others."""
_TAG_NOT_IN_SCRIPT = re.compile(
    r"<(?:!--.*?(?:-->|\Z)"
    r"|(?i:(script|style|textarea|title|xmp|iframe|noembed|noframes)\b[^>]*+>.*?(?:</\1|\Z))"
    r"|(/?)([a-zA-Z][^\s/>]*+)" + _ATTRIBUTES + ")",
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
    starts = text.count("<") - text.count("</")
    if starts > limits.tags:
        raise LimitExceeded(f"The document has more than {limits.tags} tags.")
    if starts > limits.depth:
        _scan(text, limits)
        return
    # Few tags cannot nest deeply, but one tag may still carry a flood of attributes. Scripts are not skipped here, so
    # a long one may look like a tag: then the exact scan decides.
    longest = 2 * limits.attributes
    if any(len(tag) > longest and _attribute_count(tag) > limits.attributes for tag in _TAG.findall(text)):
        _scan(text, limits)


def parse(text: str, limits: Limits = DEFAULT) -> LexborHTMLParser:
    """The tree of an HTML text (WHATWG tree construction by Lexbor, scripting off, so that <noscript> is markup).

    Raises LimitExceeded when the pre-check refuses it.
    """
    check(text, limits)
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates, as JSON escapes bring them
        data = text.encode("utf-8", "replace")
    return LexborHTMLParser(data, options=LexborDocumentOptions.WO_EVENTS)


def document(page: Page, limits: Limits = DEFAULT) -> tuple[Decoded, LexborHTMLParser]:
    """Inflate, decode and parse a page in one go. Raises LimitExceeded."""
    decoded = decode(inflate(page.body, page.content_encoding, limits), page.content_type)
    return decoded, parse(decoded.text, limits)
