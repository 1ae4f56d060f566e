"""The original look: nothing acts, nothing leads out, and what can be shown is shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import markup
from tuoben.archive.pictures import parse_srcset
from tuoben.archive.replay import ASSET_HEADERS, PAGE_HEADERS, rewrite_html, safe_type
from tuoben.errors import LimitExceeded

BASE = "http://news.test/a/b.html"
ACTIVE = (
    "script,iframe,object,embed,applet,base,template,frame,frameset,meta[http-equiv],[srcdoc],[action],[formaction]"
)


def link(url: str, role: str) -> str:
    """A replay address that shows what was asked."""
    return f"/{role}/{url}"


def body(html: str, **options: object) -> str:
    """What becomes of a body's content."""
    out = rewrite_html(html, BASE, link=options.pop("link", link), **options).decode()
    return out.partition("<body>")[2].removesuffix("</body></html>")


def head(html: str) -> str:
    """What becomes of a head's content."""
    out = rewrite_html(f"<head>{html}</head><body>", BASE, link=link).decode()
    return out.partition('<head><meta charset="utf-8">')[2].partition("</head>")[0]


def harmful(html: bytes | str) -> list[str]:
    """What still acts or leads out when a page is parsed again."""
    tree = markup.parse(html if isinstance(html, str) else html.decode())
    found = [node.html or "" for node in tree.css(ACTIVE)]
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            text = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.lower().startswith("on") or (
                name in ("href", "src", "xlink:href") and text.startswith("javascript:")
            ):
                found.append(f"{node.tag} {name}={value}")
            if name in ("src", "href", "poster", "background") and re.match(r"(https?:)?//", text):
                found.append(f"{node.tag} {name}={value}")
    return found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<a href="c.html?x=1&amp;y#t" onclick="x()" target=_blank>c</a>',
            'href="/page/http://news.test/a/c.html?x=1&amp;y#t" target="_top"',
        ),
        ('<a href="#t">t</a>', '<a href="#t">t</a>'),
        ('<a href="mailto:a@b.test">m</a>', '<a href="mailto:a@b.test">m</a>'),
        ('<a href=" java\tscript:x()">j</a>', "<a>j</a>"),
        ('<a href="//other.test/">o</a>', '<a href="/page/http://other.test/" target="_top">o</a>'),
        (
            '<img src="i.png" srcset="i.png 1x, i,2.png 2x" alt="&quot;">',
            '<img alt="&quot;" src="/image/http://news.test/a/i,2.png">',
        ),
        (
            '<img srcset="i.png 1x">',
            '<img src="/image/http://news.test/a/i.png">',
        ),
        ('<img src="data:image/gif;base64,R0" onerror=x()>', '<img src="data:image/gif;base64,R0">'),
        ('<img src="javascript:x">', "<img>"),
        ("<table background=b.png><tr><td>", 'background="/image/http://news.test/a/b.png"'),
        ('<p style="background:url(b.png)">', 'style="background:url(&quot;/image/http://news.test/a/b.png&quot;)"'),
        ("<input type=image src=i.png formaction=x>", '<input type="image" src="/image/http://news.test/a/i.png">'),
        (
            '<form action="/x" method=post><button formaction=y>b</button></form>',
            '<form method="post"><button>b</button></form>',
        ),
        (
            "<video src=v.mp4 poster=p.jpg autoplay><source src=v.mp4></video>",
            '<video poster="/image/http://news.test/a/p.jpg"></video>',
        ),
        (
            '<svg viewBox="0 0 1 1"><use xlink:href="#a"/><path d="M0"/></svg>',
            '<svg viewBox="0 0 1 1"><use href="#a"></use><path d="M0"></path></svg>',
        ),
        ("<svg><a xlink:href='javascript:x'><text>t</text></a></svg>", "<svg><a><text>t</text></a></svg>"),
        (
            "<svg><script>x</script><set attributeName=href /><rect fill='url(http://e.test/#a)' onload=x /></svg>",
            "<svg><rect></rect></svg>",
        ),
        ("<p>1 &lt; 2 &amp; 3</p><!-- c -->", "<p>1 &lt; 2 &amp; 3</p>"),
        ("<xmp><b></xmp>", "<pre>&lt;b&gt;</pre>"),
        ("<pre>\n\nx</pre><textarea>\n</textarea>", "<pre>\n\nx</pre><textarea></textarea>"),
        ("a<iframe src=x>f</iframe><object data=x><embed src=x></object><template><p></template>b", "ab"),
        ("<amp-img src=i.png></amp-img>", '<img src="/image/http://news.test/a/i.png">'),
        ("<math><mi>x</mi></math>", "<span>x</span>"),
        ("<base href='http://cdn.test/d/'><img src=i.png>", '<img src="/image/http://cdn.test/d/i.png">'),
    ],
)
def test_body_is_rewritten(html: str, expected: str) -> None:
    """Addresses lead to the replay in their role, and what acts is not there."""
    assert expected in body(html)
    assert harmful(rewrite_html(html, BASE, link=link).replace(b"//news.test", b"").replace(b'"//', b'"')) == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<link rel="stylesheet" href="s.css" integrity=x crossorigin media=screen>',
            '<link media="screen" rel="stylesheet" href="/style/http://news.test/a/s.css">',
        ),
        ('<link rel="Shortcut Icon" href="/f.ico">', '<link rel="icon" href="/image/http://news.test/f.ico">'),
        (
            "<link rel=preload href=s.css as=style onload=\"this.rel='stylesheet'\">",
            '<link rel="stylesheet" href="/style/http://news.test/a/s.css">',
        ),
        (
            "<link rel=stylesheet href=s.css media=print onload=\"this.media='all'\">",
            '<link media="all" rel="stylesheet" href="/style/http://news.test/a/s.css">',
        ),
        (
            "<link rel=preload href=x as=script><link rel=dns-prefetch href=//x><link rel='alternate stylesheet'>",
            "",
        ),
        ("<meta http-equiv=refresh content='0;url=x'><meta charset=gbk><meta property=og:url content=x>", ""),
        ("<meta name=viewport content=width=device-width>", '<meta name="viewport" content="width=device-width">'),
        (
            "<noscript><link rel=stylesheet href=s.css></noscript>",
            '<link rel="stylesheet" href="/style/http://news.test/a/s.css">',
        ),
        ("<title>a &lt;b></title><script>x</script>", "<title>a &lt;b&gt;</title>"),
        (
            "<style>a{b:url(c.png);d:'<\\/x'}</style>",
            "<style>a{b:url(\"/image/http://news.test/a/c.png\");d:'<\\/x'}</style>",
        ),
    ],
)
def test_head_is_rewritten(html: str, expected: str) -> None:
    """Style sheets and icons stay, also those that a script would switch on; what loads or acts goes."""
    assert head(html) == expected


@pytest.mark.parametrize("name", ["data-src", "data-original", "data-lazy-src"])
@pytest.mark.parametrize(
    "placeholder", ["", "src='data:image/gif;base64,R0'", "src=/img/loading.gif", "src='/x/blank.png?v=1'"]
)
def test_lazy_pictures_are_in_place(name: str, placeholder: str) -> None:
    """A picture that a script would have loaded is loaded and visible, once."""
    html = f'<img {placeholder} {name}="i.jpg" class=lazy><noscript><img src="i.jpg"></noscript>'
    out = body(html)
    assert out.count("<img") == 1
    assert 'src="/image/http://news.test/a/i.jpg"' in out
    assert "opacity:1!important" in out


def test_real_pictures_are_replaced_by_pictures_only() -> None:
    """A larger picture wins over a real one, a page's address or a word does not."""
    assert 'src="/image/http://news.test/a/large.jpg?w=9"' in body('<img src="small.jpg" data-src="large.jpg?w=9">')
    assert 'src="/image/http://news.test/a/real.jpg"' in body('<img src="real.jpg" data-url="/share/1.html">')
    assert 'src="/image/http://news.test/1?id=2"' in body('<img src="" data-url="/1?id=2">')
    assert 'src="data:' in body('<img src="data:image/gif;base64,R0" data-src="lazy picture">')


def test_noscript_is_markup() -> None:
    """What a reader without scripts would have seen is seen."""
    assert body("<noscript><p>Without</p><img src=only.png></noscript>") == (
        '<p>Without</p><img src="/image/http://news.test/a/only.png">'
    )


def test_one_picture_is_offered_and_one_that_is_held() -> None:
    """Of all sizes the largest is offered, or the largest that has a replay address."""
    html = '<picture><source srcset="1.webp"><img src="1.jpg" srcset="2.jpg 300w, 3.jpg 1200w, 4.jpg" sizes=50vw></picture>'
    assert 'src="/image/http://news.test/a/3.jpg"' in body(html)
    assert "webp" not in body(html) and "srcset" not in body(html)
    held = {"http://news.test/a/1.jpg": "/held"}
    assert 'src="/held"' in body(html, link=lambda url, role: held.get(url, ""))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<!DOCTYPE html><p>", "<!DOCTYPE html>\n"),
        (
            '<!-- x --> <!doctype HTML PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://x"><p>',
            '<!doctype HTML PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://x">\n',
        ),
        ("<p>", ""),
        ("<!doctype <script>alert(1)</script>>", ""),
    ],
)
def test_doctype_is_kept(html: str, expected: str) -> None:
    """Quirks and standards mode stay what they were."""
    assert rewrite_html(html, BASE, link=link).decode().partition("<html")[0] == expected


def test_bytes_are_decoded_and_served_as_utf8() -> None:
    """A GB18030 page becomes UTF-8 and says so before any other text."""
    page = (
        "<html><head><meta charset=gb2312><title>吉林新篇章</title></head><body><p>朱镕基：科技力量</p></body></html>"
    )
    out = rewrite_html(page.encode("gb18030"), BASE, link=link, content_type="text/html")
    assert out.startswith(b'<html><head><meta charset="utf-8"><title>')
    assert "朱镕基：科技力量".encode() in out


def test_deep_pages_do_not_exhaust_the_stack() -> None:
    """A page as deep as the parser admits is written; a deeper one is refused."""
    assert rewrite_html("<div>" * 2500 + "x", BASE, link=link).count(b"</div>") == 2500
    with pytest.raises(LimitExceeded):
        rewrite_html("<div>" * 100_000, BASE, link=link)


PIECES = """
<svg> <math> <style> </style> <noscript> </noscript> <xmp> </xmp> <title> </title> <textarea> </textarea> <!-- -->
<p> </p> <table> <tr> <td> <mtext> <mglyph> <foreignObject> <desc> <form> </form> <a> </a> <select> <option>
<template> </template> <iframe> </iframe> <plaintext> <noembed> </noembed> <annotation-xml> <frameset> <br> </br> "
' > ]]> <![CDATA[ &lt;script&gt; <img/src=x/onerror=alert(1)> <script>alert(1)</script>
<a/href=javascript:alert(1)> <body/onload=x> <b/title='</style><script>'> <p/id='--><img/src=x/onerror=alert(1)>'>
"""
pieces = st.sampled_from(PIECES.split())


@given(st.lists(pieces, max_size=14))
def test_nothing_acts_however_pages_are_broken(parts: list[str]) -> None:
    """Markup made to change its meaning when parsed again (mXSS) still holds nothing that acts."""
    once = rewrite_html("".join(parts), BASE, link=lambda url, role: "")
    assert harmful(once) == []
    assert harmful(rewrite_html(once, BASE, link=lambda url, role: "")) == []


def test_headers_let_nothing_run_or_load() -> None:
    """The policy of pages starts from nothing, sandboxes, and lets neither scripts nor an origin of its own in."""
    policy = PAGE_HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "sandbox" in policy and "allow-scripts" not in policy and "allow-same-origin" not in policy
    assert "script-src" not in policy
    assert "sandbox" in ASSET_HEADERS["Content-Security-Policy"]
    for headers in (PAGE_HEADERS, ASSET_HEADERS):
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("mime", "data", "expected"),
    [
        ("text/html", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("image/png", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("", b"GIF89a", "image/gif"),
        ("image/jpeg", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ("image/jpeg", b"RIFF\x10\0\0\0WAVEfmt ", "application/octet-stream"),
        ("", b"\0\0\0\x20ftypavif\0\0\0\0", "image/avif"),
        ("", b"\0\0\0\x20ftypmif1\0\0\0\0avifmiaf", "image/avif"),
        ("video/mp4", b"\0\0\0\x20ftypisom\0\0\0\0", "application/octet-stream"),
        ("", b"BM\x10\0\0\0\0\0\0\0", "image/bmp"),
        ("", b"\0\0\1\0\1\0", "image/x-icon"),
        ("", b"wOF2", "font/woff2"),
        ("", b"\0\1\0\0\0\x0c", "font/ttf"),
        ("image/png", b"<html><script>x</script>", "application/octet-stream"),
        ("text/html", b"<html>", "application/octet-stream"),
        ("text/css", b"a{}", "text/css"),
        ("text/css", b"\n<html>", "application/octet-stream"),
        ("image/svg+xml", b'<?xml version="1.0"?><!-- x --><svg xmlns="x">', "image/svg+xml"),
        ("image/svg+xml", b"<html><svg>", "application/octet-stream"),
        ("text/html", b"<svg>", "application/octet-stream"),
        ("text/javascript", b"x()", "application/octet-stream"),
        ("application/pdf", b"%PDF-1.7", "application/octet-stream"),
        ("image/png", b"", "application/octet-stream"),
    ],
)
def test_types_are_what_bytes_are(mime: str, data: bytes, expected: str) -> None:
    """Images and fonts are told by their bytes; what could act is a plain download."""
    assert safe_type(mime, data) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.png, b.png 2x", [("a.png", ""), ("b.png", "2x")]),
        ("a,b.png 100w,c.png 200w", [("a,b.png", "100w"), ("c.png", "200w")]),
        (" , data:image/png;base64,AA== 1x , ", [("data:image/png;base64,AA==", "1x")]),
        ("a b(c,d) e, f", [("a", "b(c,d) e"), ("f", "")]),
        (",,,", []),
        ("", []),
    ],
)
def test_srcset_is_split_as_browsers_do(text: str, expected: list[tuple[str, str]]) -> None:
    """Commas belong to addresses unless they end them."""
    assert parse_srcset(text) == expected
