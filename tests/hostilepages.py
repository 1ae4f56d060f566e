"""Pages that somebody broke or meant to do harm with: mutations of given pages, and whole pages of one bad kind.

All of it is drawn from a seed, so that a page that fails can be made again: `mutated(pages, seed)`, `floods(scale)`.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import time
from collections.abc import Callable, Iterator

from tuoben.errors import LimitExceeded
from tuoben.extract import extract
from tuoben.model import Page

Draw = random.Random
TAGS = tuple(
    re.findall(
        r"\w+",
        "div p span a b i em font table tr td ul li dl dt form select option svg math template noscript h1 article "
        "section blockquote figure figcaption script style title textarea iframe object ruby rt frameset plaintext "
        "nobr button",
    )
)
SCRAPS = (
    b"<!--", b"-->", b"<![CDATA[", b"<script>", b"</script", b"<style>", b"<title>", b"<textarea>", b"<plaintext>",
    b"<svg><desc>", b"<math><mi>", b"<template>", b"<a href=", b'"', b"'", b"&#0;", b"&#xD800;", b"&#x110000;", b"&amp",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B", b"<table><tr>", b"</p>", b"</body>", b"<body class=ad>",
    "（记者".encode(), "来源：".encode(), b"2026-13-45 99:99", b"<meta charset=utf-16>", b"<base href='//['>",
    b'<script type="application/ld+json">{"@type":"NewsArticle","datePublished":', b"\xed\xa0\x80", b"<time datetime=",
)  # fmt: skip


def _cut(body: bytes, draw: Draw) -> bytes:
    return body[: draw.randrange(len(body) + 1)]


def _flipped(body: bytes, draw: Draw) -> bytes:
    changed = bytearray(body)
    for _ in range(draw.choice((1, 10, 100, 1000))):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _spliced(body: bytes, draw: Draw) -> bytes:
    for _ in range(draw.choice((1, 5, 30))):
        at = draw.randrange(len(body) + 1)
        body = body[:at] + draw.choice(SCRAPS) + body[at:]
    return body


def _dropped(body: bytes, draw: Draw) -> bytes:
    start = draw.randrange(len(body) + 1)
    return body[:start] + body[start + draw.randrange(1, 20_000) :]


def _doubled(body: bytes, draw: Draw) -> bytes:
    start = draw.randrange(len(body) + 1)
    piece = body[start : start + draw.randrange(1, 5_000)]
    at = draw.randrange(len(body) + 1)
    return body[:at] + piece * draw.choice((2, 10, 60)) + body[at:]


def _nested(body: bytes, draw: Draw) -> bytes:
    at = draw.randrange(len(body) + 1)
    tags = [draw.choice(TAGS) for _ in range(draw.choice((1, 3)))]
    opened = "".join(f"<{tag}>" for tag in tags) * draw.choice((10, 200, 900))
    return body[:at] + opened.encode() + body[at:]


def _flooded(body: bytes, draw: Draw) -> bytes:
    at = body.find(b"<", draw.randrange(len(body) + 1))
    end = body.find(b" ", at)
    if at < 0 or end < 0:
        return body
    count = draw.choice((50, 1500, 4000))
    flood = "".join(f" {draw.choice(('a', 'class', 'id', 'data-x', '@', 'style'))}{n}=v{n}" for n in range(count))
    return body[:end] + flood.encode() + body[end:]


def _shuffled(body: bytes, draw: Draw) -> bytes:
    pieces = body.split(b"<")
    draw.shuffle(pieces)
    return b"<".join(pieces)


def _unclosed(body: bytes, draw: Draw) -> bytes:
    return body.replace(draw.choice((b"</div>", b"</p>", b"</a>", b"</script>", b"</li>", b"-->", b'"', b"</b>")), b"")


def _random(body: bytes, draw: Draw) -> bytes:
    return draw.randbytes(draw.randrange(1, min(len(body), 60_000) + 2))


MUTATIONS: tuple[Callable[[bytes, Draw], bytes], ...] = (
    _cut, _flipped, _spliced, _dropped, _doubled, _nested, _flooded, _shuffled, _unclosed, _random,
)  # fmt: skip


def mutated(pages: list[Page], seed: int) -> tuple[str, Page]:
    """The page of that seed: one of `pages`, broken in one to three ways, and the names of the ways."""
    draw = Draw(seed)
    page = draw.choice(pages)
    body, names = page.body, []
    for _ in range(draw.choice((1, 1, 2, 3))):
        mutation = draw.choice(MUTATIONS)
        names.append(mutation.__name__.strip("_"))
        body = mutation(body, draw) or b"<p>"
    return " + ".join(names), Page(url=page.url, body=body, content_type=page.content_type)


_LINES = (
    " ", "\u3000", "-", "(", "（", "[", "【", "1", "12:30 ", "2026-01-02 03:04:05 ", "2026年1月2日3时", "3小时前 ",
    "记者", "本报记者 ", "（记者 李雷）", "来源：", "责任编辑：", "By ", "By Jane Roe and ", "von ", "Mr. ", "A", "a ", "A. ", "中",
    "中文，", "·", "_", "/", "|", "—", ":", "：", "&nbsp;", "&#x41;", "&lt;", "@", "a@", "http://", "www.", "cookie ",
    "we use cookies ", "{", "};", "</", "<", "\\", '"', "'", "“", "。", ".", ", ", "\t", "\r", "20", "1月", "Jan ",
    "January 1, ", "12 Jan 2026 ", "GMT+", "AM ", "下一页", "[1] ", "&", "%", "#", "‮", "\u0301", "\u200b", "é", "한국 ", "기자 ",
    "かな", "א", "ก", "本文来源：", "原标题：", "转载自", "据新华社报道", "新华社北京1月2日电", "电（记者", "(Reuters) - ", "图/", "文/",
    "Photo: ", "© ", "published ", "updated on ", "…", "x-", "-x", "a-b-", "ad ", "  a", "a\n", "(a", "（记", "记者 张", "Jan. ",
)  # fmt: skip
"""What may make a careless pattern go back and forth: each is repeated to fill a line."""
_PLACES = (
    "<html><head><title>{0}</title></head><body><h1>A headline of the day</h1><p>Some words.</p></body>",
    "<body><h1>A headline of the day</h1><p>{0}</p><p>The story, which is short, has two sentences. This is it.</p>",
    "<body><h1>{0}</h1><div class='{0}' id=\"{0}\">The story, which is short.</div>",
    '<head><meta name=author content="{0}"><meta property=\'article:published_time\' content="{0}"></head><p>A story.',
    "<body><h1>A headline</h1><span class='time byline author source'>{0}</span><p>The story, which is short, ends here.",
    '<script type=\'application/ld+json\'>{{"@type":"NewsArticle","datePublished":"{0}","headline":"{0}"}}'
    "</script><p>A story, which is short.",
    "<body><p>A long enough story, of one sentence, stands here for once.</p><div class=source><a href='{0}'>{0}</a></div>",
    "<body><script>window.__INITIAL_STATE__={0}</script><img src='{0}' alt='{0}' style='{0}'><a href='{0}'>x</a>",
)
_WHOLE: dict[str, tuple[str, str, str]] = {
    "deep div": ("<div>", "a", ""),
    "deep span": ("<span>", "a", ""),
    "nested tables": ("<table><tr><td>", "a", ""),
    "nested lists": ("<ul><li>", "a", ""),
    "formatting": ("<b><p>", "a", ""),
    "adoption agency": ("<a><b><i><p>a</a>", "", ""),
    "adoption in fonts": ("<font size=1><font size=2><div>", "", "</font>"),
    "tables in formatting": ("<b><table>a", "", ""),
    "breaks": ("<br>", "a", ""),
    "lines": ("a b c<br>", "", ""),
    "links": ("<a href=/n/1.html>a</a> ", "", ""),
    "open links": ("<a href=/n/1.html>a ", "", ""),
    "paragraphs": ("<p>A sentence, of some length, that is one of very many here.", "", ""),
    "short paragraphs": ("<p>a", "", ""),
    "headings": ("<h2><a href=/x>A headline of another story</a></h2><p>Its summary.", "", ""),
    "images": ("<img src=/a.png>", "", ""),
    "figures": ("<figure><img src=/a.png width=600><figcaption>Photo: a</figcaption></figure>", "", ""),
    "times": ("<time datetime=2026-01-02>2026-01-02 03:04</time> ", "", ""),
    "chinese times": ("<span>2026年1月2日 3:04</span>", "", ""),
    "by-lines": ("<span class=author>By Jane Roe</span>", "", ""),
    "metas": ("<meta name=author content='Jane Roe'>", "", ""),
    "times told": ("<meta property=article:published_time content=2026-01-02T03:04>", "", ""),
    "scripts": ("<script>{}</script>", "", ""),
    "data": ('<script type="application/ld+json">{"@type":"NewsArticle","author":"a"}</script>', "", ""),
    "attributes": ("<i a=1 b=2 c=3 d=4 e=5 f=6 g=7 class='x y z' id=q>a</i>", "", ""),
    "unclosed comment": ("<!-- a", "", ""),
    "unclosed script": ("<script>", "", ""),
    "entities": ("&amp;&#65;&notin;&bogus;", "", ""),
    "less-than signs": ("<", "", ""),
    "end tags": ("</p>", "", ""),
    "strange end tags": ("</x>", "", ""),
    "nuls": ("a\0", "", ""),
    "options": ("<select><option>a", "", ""),
    "svg": ("<svg><path>", "", ""),
    "templates": ("<template>", "", ""),
    "long word": ("a", "", ""),
    "long chinese word": ("中", "", ""),
    "cells": ("<table><td>a", "", ""),
    "frames": ("<noscript><p>", "", ""),
    "one block": ("A sentence, of some length. ", "", ""),
    "one chinese block": ("一句话，不长。", "", ""),
    "boxes": ("<div class=related><p>Another story, of some length, is told here.</div>", "", ""),
    "many names": ("<div class=c{n}-{n}><p id=n{n}>Another story, of some length.</div>", "", ""),
    "labels": ("<p>来源：某报 作者：李雷 责任编辑：韩梅 2026-01-02 03:04</p>", "", ""),
    "cookies": ("<p>We use cookies and partners to process personal data, consent to advertising.</p>", "", ""),
}


def floods(scale: int) -> Iterator[tuple[str, Page]]:
    """Pages of one bad kind, each of about `scale` characters, with a name."""
    for name, (start, middle, end) in _WHOLE.items():
        count = max(1, scale // len(start + end))
        head = "".join(start.replace("{n}", str(n)) for n in range(count)) if "{n}" in start else start * count
        yield name, _page(f"<html><body><h1>A headline</h1>{head}{middle}{end * count}")
    for line in _LINES:
        for number, place in enumerate(_PLACES):
            yield f"{line!r} in place {number}", _page(place.format(line * (scale // len(line) // place.count("{0}"))))
    yield "one huge attribute", _page(f"<p class='{'a ' * (scale // 2)}'>a")
    yield "attributes of one tag", _page(f"<p {' '.join(f'a{n}' for n in range(scale // 6))}>a")
    told = '<script type="application/ld+json">'
    yield "deep arrays in data", _page(f"{told}{'[' * scale}</script><p>a")
    yield "deep objects in data", _page(told + '{"a":' * (scale // 5) + "1" + "}" * (scale // 5) + "</script><p>a")
    told_of = "<h1>A headline</h1><p>A sentence, of some length, that stands here for once.</p>"
    yield "a background that never ends", _page(f"{told_of}<p><i style='{'url(' * (scale // 4)}'>It goes on.</i></p>")
    joined = f"x{chr(0x200C) * (scale // 2)}x"
    yield "non-joiners in a word", _page(f"<h1>{joined}</h1><p>A sentence, of some length,&nbsp;{joined} stands here.")
    yield "lone surrogates", _page(f'{told}{{"@type":"NewsArticle","headline":"\\ud800","articleBody":"{"字。" * 400}'
                                   '\\udfff"}</script><p>a')  # fmt: skip
    graph = json.dumps({"@graph": [{"@type": "NewsArticle", "author": {"name": str(n)}} for n in range(scale // 60)]})
    yield "a wide graph", _page(f"{told}{graph}</script><p>a")
    yield "a number", _page(f"{told}{'9' * scale}</script><p>a")
    yield "nothing", Page(url="http://news.test/a", body=b"")


def _page(text: str) -> Page:
    return Page(url="http://news.test/2026/0102/a.html", body=text.encode(), content_type="text/html; charset=utf-8")


def cost(page: Page) -> float:
    """CPU seconds that reading a page takes; a page over the limits of `tuoben.markup` is a page read, too."""
    started = time.process_time()
    with contextlib.suppress(LimitExceeded):
        extract(page)
    return time.process_time() - started
