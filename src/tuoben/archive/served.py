"""How stored bytes are served: the headers that let nothing act, and the media types that may be told."""

from __future__ import annotations

import re
from collections.abc import Callable

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; form-action 'none'; base-uri 'none'; sandbox allow-top-navigation-by-user-activation",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers of a rewritten page. Links go to the top (`target="_top"`), so a frame around it needs the same token."""

ASSET_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
"""Headers of images, style sheets, fonts and raw bytes. A sandboxed page has no origin: fonts need the CORS header."""


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and any(brand in head[8:40] for brand in brands)


_SVG_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]", re.S | re.I
)
_SIGNATURES: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (_starts(b"\x89PNG\r\n\x1a\n"), "image/png"),
    (_starts(b"\xff\xd8\xff"), "image/jpeg"),
    (_starts(b"GIF87a", b"GIF89a"), "image/gif"),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", "image/webp"),
    (_brand(b"avif", b"avis"), "image/avif"),
    (lambda head: head[:2] == b"BM" and head[6:10] == bytes(4), "image/bmp"),
    (lambda head: head[:4] == b"\0\0\1\0" and head[5:6] == b"\0", "image/x-icon"),
    (_starts(b"wOF2"), "font/woff2"),
    (_starts(b"wOFF"), "font/woff"),
    (_starts(b"OTTO"), "font/otf"),
    (_starts(b"\0\1\0\0\0", b"true\0", b"ttcf"), "font/ttf"),
)


def safe_type(mime: str, body: bytes) -> str:
    """The media type that stored bytes may be served with: images and fonts by what they are, never by what they say.

    `mime` is the type without parameters that the server named; `body` has its content coding undone. Style sheets and
    SVG need their name and, for SVG, its looks (serve it with ASSET_HEADERS: in an image element it cannot act, opened
    by itself the sandbox holds it). Everything else is "application/octet-stream".
    """
    head = body[:512]
    for test, kind in _SIGNATURES:
        if test(head):
            return kind
    mime = mime.strip().lower()
    if mime == "text/css" and b"<" not in head.lstrip()[:1]:
        return mime
    if mime in ("image/svg+xml", "text/xml", "application/xml") and _SVG_ROOT.match(body[:4096]):
        return "image/svg+xml"
    return "application/octet-stream"
