"""Which encoding a document is in: by what its bytes are, then by what is declared (WHATWG Encoding names, widened).

Byte order mark, ISO-2022-JP by its escapes, valid UTF-8 (a few bad bytes tolerated) whatever is declared; else the
declared codec in its wider form is judged against the usual legacy codecs, and those of the language that the markup
names, by what natural text comes out.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
    utf8: bytes = b""
    """The text in UTF-8, where the document's own bytes are that."""


BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Labels as the WHATWG Encoding Standard reads them: the name means the wider codec that browsers use.
WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cn-big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "korean": "cp949", "windows-949": "cp949",
    "x-euc-jp": "euc_jp", "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1254": "cp1254", "ibm866": "cp866",
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
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžőűöüäôľâîșțşţđĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽ’„”“–—…»«"
_TURKISH = "ğışçöüİŞĞÇÖÜâîû’‘“”–…"
_BALTIC = "āčēģīķļņšūžąęėįųõäöüĀČĒĢĪĶĻŅŠŪŽĖĮŲ’„”“–—…»«"
_GREEK = "αοιετσνηυρπκμλςίόάέδγθωήύώχ"
_HEBREW = "יוהלארתבשמנםדקחפעטגכן"
_ARABIC = "اليمونرتبةعدسفهكقحجشصأطخ"
_THAI = "านรกเงอยทลดมวคสตปะ่้ิีัใไหบแชพจถ"
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
    "cp866": (frozenset(_CYRILLIC), 0.80),
    "cp1250": (frozenset(_CENTRAL), 0.95),
    "iso-8859-2": (frozenset(_CENTRAL), 0.95),
    "cp1254": (frozenset(_TURKISH), 0.95),
    "cp1257": (frozenset(_BALTIC), 0.95),
    "cp1253": (frozenset(_GREEK), 0.85),
    "iso-8859-7": (frozenset(_GREEK), 0.85),
    "cp1255": (frozenset(_HEBREW), 0.85),
    "cp1256": (frozenset(_ARABIC), 0.85),
    "cp874": (frozenset(_THAI), 0.75),
}
OTHERWISE = (frozenset(_LATIN), 0.80)
GUESSES = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "cp1252", "koi8-r")
OF_LANGUAGE = {
    lang: tuple(names.split())
    for langs, names in (
        ("pl cs sk hu sl hr bs ro", "cp1250 iso-8859-2"), ("tr az", "cp1254"), ("lt lv et", "cp1257"),
        ("ru uk bg be sr mk", "cp1251 koi8-r iso-8859-5 cp866"), ("el", "cp1253"), ("he", "cp1255"),
        ("ar fa ur", "cp1256"), ("th", "cp874"),
    )
    for lang in langs.split()
}  # fmt: skip
"""The legacy codecs of the languages that the guesses do not hold: tried where the markup names the language."""
LANG = re.compile(rb"<html[^>]{0,300}?\slang\s*=\s*[\"']?([a-z]{2})", re.I)
_NO_CHARACTER = dict.fromkeys(range(0xF8F0, 0xF8F4), "\ufffd")
"""What Python makes of the bytes A0 and FD to FF in Shift_JIS, which stand for nothing there."""
DECLARED_BONUS = 0.15
LANGUAGE_BONUS = 0.2
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


def _declared(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """(codec, origin) pairs as declared: header first, then the markup's own declarations, as far as they are asked
    for: most readers need the first."""
    told = 0
    if match := HEADER.search(content_type):
        told += 1
        if codec := _codec(match[1]):
            yield codec, "header"
    for meta in META.finditer(body[: 64 * 1024]):
        told += 1
        if codec := _codec((meta[1] or meta[2]).decode("ascii")):
            yield codec, "meta"
        if told > 3:
            return


_FOREIGN = re.compile(rb"[\x80-\xff]+[\x00-\x7f]{0,2}")
"""Bytes above ASCII and two behind them: no codec judged here takes more of ASCII into a character."""


def _sample(body: bytes) -> bytes:
    """From lines that hold bytes above ASCII, up to SAMPLE bytes, those bytes with what may belong to their characters:
    enough to judge a codec by."""
    kept: list[bytes] = []
    total = 0
    for line in body.split(b"\n"):
        if not line.isascii():
            kept.append(line[:8192])
            total += len(kept[-1])
            if total > SAMPLE:
                break
    return b"".join(_FOREIGN.findall(b"\n".join(kept)))


def _naturalness(sample: bytes, codec: str) -> float:
    """About 1 for natural text: frequent characters among those above ASCII, less a fine for unreadable ones."""
    common, expected = NATURAL.get(codec, OTHERWISE)
    foreign = frequent = bad = 0
    for char, count in Counter(sample.decode(codec, "replace")).items():
        if char < "\x80":
            continue
        foreign += count
        if char in common:
            frequent += count
        elif char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char < "\xa0" or "\uff61" <= char <= "\uff9f":
            bad += count
    return (min(1.0, frequent / foreign / expected) - 3 * bad / foreign) if foreign else 0.0


# Declared codecs of scripts that the table above does not hold are believed when they leave nothing unreadable.
_BELIEVED = _words(
    "windows-1253 iso-8859-7 windows-1255 iso-8859-8 windows-1256 iso-8859-6 cp874 windows-874 windows-1257 "
    "iso-8859-13 iso-8859-4 iso-8859-10 windows-1258 iso-8859-3 iso-8859-16 cp1253 cp1255 cp1256 cp1257 cp1258"
)


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
    named = LANG.search(body[:8192])
    likely = OF_LANGUAGE.get(named[1].decode("ascii").lower(), ()) if named else ()
    for codec in likely:
        candidates.setdefault(codec, "guess")
    best, best_score = ("cp1252", "guess"), float("-inf")
    for codec, origin in candidates.items():
        of_origin = DECLARED_BONUS if origin != "guess" else 0.0
        of_language = LANGUAGE_BONUS if codec in likely else 0.0
        if best_score >= 1.0 + of_origin + of_language:
            continue  # the most natural text could not do better
        score = _naturalness(sample, codec) + of_origin + of_language
        if score > best_score:
            best, best_score = (codec, origin), score
    return best


_NO_LEADS = bytes(range(0xC2))
"""Bytes that begin no character of several bytes in UTF-8."""


def _utf8_with_flaws(body: bytes) -> str | None:
    """The text when the bytes are UTF-8 but for a few broken ones (cut sequences, a stray legacy include)."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(body.translate(None, _NO_LEADS)) if broken < 5000 else 0
    return text if broken <= max(3, good // 50) and good > 4 * broken else None


def _utf16_without_bom(body: bytes) -> str:
    head = body[:512]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 16 and max(even, odd) > len(head) // 5 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read the bytes of a document as text. Never raises; what cannot be read stands as U+FFFD and sets `flawed`.

    The order is the module's.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(codec, "replace")
            return Decoded(text=text, encoding=codec, origin="bom", flawed="\ufffd" in text, declared=codec)
    more = _declared(body, content_type)
    first = next(more, None)
    name = first[0] if first is not None else ""
    if b"\x1b" in body and b"\x1b$" in body and b"\x1b(" in body and body.isascii():
        text = body.decode("iso2022_jp_ext", "replace")
        return Decoded(text=text, encoding="iso2022_jp_ext", origin="bytes", flawed="\ufffd" in text, declared=name)
    try:
        text = body.decode("utf-8")
        return Decoded(text=text, encoding="utf-8", origin="bytes", flawed=False, declared=name, utf8=body)
    except UnicodeDecodeError:
        pass
    if codec := _utf16_without_bom(body):
        text = body.decode(codec, "replace")
        return Decoded(text=text, encoding=codec, origin="bytes", flawed="\ufffd" in text, declared=name)
    loose = _utf8_with_flaws(body)
    if loose is not None:
        return Decoded(text=loose, encoding="utf-8", origin="bytes", flawed=True, declared=name)
    codec, origin = _judge(body, (first, *more) if first is not None else ())
    text = body.decode(codec, "replace")
    if codec == "cp932":
        text = text.translate(_NO_CHARACTER)
    return Decoded(text=text, encoding=codec, origin=origin, flawed="\ufffd" in text, declared=name)
