"""The pass over a rewritten page: however hostile the markup, what is read of the result again holds no other tags."""

from __future__ import annotations

import re

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben import markup
from tuoben.archive import replay
from tuoben.archive.replay import rewrite_css, rewrite_html

BASE = "http://news.test/a/b.html"
ACTIVE = re.compile(
    "script|iframe|object|embed|applet|base|template|frame|frameset|math|foreignobject|animate|set|handler|xmp|"
    "plaintext|noembed|noframes|noscript|portal|source|track|param|audio"
)
CONTEXTS = ["{}", "<svg>{}</svg>", "<math>{}</math>", "<style>{}</style>", "<select>{}</select>", "<title>{}</title>",
            "<textarea>{}</textarea>", "<table>{}</table>", "<xmp>{}</xmp>", "<noscript>{}</noscript>",
            "<p title='{}'>", "<svg><style>{}</style></svg>", "<svg><desc>{}</desc></svg>"]  # fmt: skip
"""Where the result is put: a reader that takes it for something else must not find other tags in it either."""


def link(url: str, role: str) -> str:
    """A replay address."""
    return f"/{role}/x"


def harmful(html: str) -> list[str]:
    """What acts or leads out of a text for each of two parsers, and for a scan that knows no state at all."""
    found = []
    for node in markup.parse(html).css("*"):
        found += acting(node.tag or "", dict(node.attributes))
    document = f"<html><body>{html}</body></html>".encode()
    for element in lxml.html.document_fromstring(document, parser=lxml.html.HTMLParser(encoding="utf-8")).iter():
        found += acting(str(element.tag), dict(element.attrib))
    found += [
        name
        for name in re.findall(r"<\s*([a-zA-Z!?][^\s/>]*)", html)
        if ACTIVE.fullmatch(name.lower()) or name[0] in "!?"
    ]
    return found


def acting(tag: str, attributes: dict[str, str | None]) -> list[str]:
    """What is wrong with an element."""
    found = [tag] if ACTIVE.fullmatch(tag.lower()) else []
    for name, said in attributes.items():
        value = re.sub(r"[\x00-\x20]", "", said or "").lower()
        address = name in (
            "href",
            "xlink:href",
            "src",
            "srcset",
            "poster",
            "background",
            "action",
            "formaction",
            "data",
        )
        if (
            name.lower().startswith("on")
            or name in ("srcdoc", "http-equiv", "ping", "manifest", "action", "formaction", "srcset", "xlink:href")
            or (address and not re.match(r"#|/(?:page|image|style)/x|mailto:|tel:|data:image/|data:font/|$", value))
        ):
            found.append(f"{tag} {name}={said}")
    return found


HOSTILE = [
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<template><p title="</template><script>alert(1)</script>"></template><img src=x onerror=alert(1)>',
    '<title><p id="</title><img src=x onerror=alert(1)>"></title>',
    '<textarea><p id="</textarea><img src=x onerror=alert(1)>"></textarea>',
    '<xmp><p id="</xmp><img src=x onerror=alert(1)>"></xmp><plaintext><script>alert(1)</script>',
    "<listing>&lt;img onerror=alert(1)&gt;</listing>",
    "<select><style><img src=x onerror=alert(1)></style><option><script>alert(1)</script></select>",
    '<style>a{content:"</style><img src=x onerror=alert(1)>"}</style>',
    '<style>a{b:url("data:image/svg+xml,<svg onload=alert(1)>")}<img src=x onerror=alert(1)></style>',
    "<svg><![CDATA[<img src=x onerror=alert(1)>]]></svg><![CDATA[<script>alert(1)</script>]]>",
    "<!--><img src=x onerror=alert(1)>--><!-- --!><script>alert(1)</script><!---->",
    '<p onx<y="1" "onclick=alert(1) =onload=alert(1) onclick\u00e9=x on/click=alert(1) ONCLICK=alert(1)>t</p>',
    '<a href=x href=javascript:alert(1) HREF=//evil.test/>t</a><a href="java&#10;script:alert(1)">t</a>',
    "<a\0 hr\0ef=java\0script:alert(1) on\0click=alert(1)>t</a><scr\0ipt>alert(1)</scr\0ipt>",
    '<a href="data:text/html,<script>alert(1)</script>">d</a><img src="data:text/html,x"><img src="vbscript:x">',
    "<b<c onclick=alert(1)><scr<script>ipt>alert(1)</b<c><a<script>alert(1)</a<script>",
    '<svg><a xlink:href="javascript:alert(1)"><use href="http://evil.test/#a"/><image href="http://evil.test/x"/></a>'
    '<animate attributeName=href values="javascript:alert(1)"/><foreignObject><iframe src=x></foreignObject></svg>',
    '<svg><path d="M0" fill="url(http://evil.test/#a)" style="fill:url(http://evil.test/#b)"/>'
    "<title><img src=x onerror=alert(1)></title><font fill='url(//evil.test/)' color=x></svg>",
    '<meta http-equiv=refresh content="0;url=http://evil.test/"><base href="//evil.test/"><link rel=import href=x>',
    '<meta name=viewport http-equiv=refresh content="0;url=http://evil.test/">',
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    "<amp-img src=i.png><noscript><script>alert(1)</script></noscript><svg><math></math></svg></amp-img>",
    "<object><object><embed src=x></object><p>x</p></object><applet><param name=x></applet>",
    '<input type=image src="javascript:alert(1)" formaction=javascript:alert(1)><form action=//evil.test/><button>b',
    "<video src=//evil.test/v poster=javascript:x onerror=alert(1)><source src=//evil.test/v></video><audio src=x>",
    '<p style="background:url(//evil.test/x);x:expression(alert(1))" background="javascript:x">t',
    '<p style="&quot;><script>alert(1)</script>">t</p><p title="&quot;><script>alert(1)</script>">t</p>',
    '<div data-x="&quot; onclick=&quot;alert(1)">t</div><div class="<!--">t<i class="-->">',
]


@pytest.mark.parametrize("html", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("context", CONTEXTS, ids=range(len(CONTEXTS)))
def test_nothing_acts_wherever_the_page_is_put(html: str, context: str) -> None:
    """Known ways to make markup mean something else leave nothing that acts, in whatever a parser takes it for."""
    once = rewrite_html(html, BASE, link=link).decode()
    assert harmful(once) == []
    assert harmful(context.format(once.replace("<!DOCTYPE html>", ""))) == [] or context.partition("{")[0] in (
        "<math>", "<xmp>", "<noscript>"
    )  # fmt: skip
    inside = rewrite_html(context.format(html), BASE, link=link).decode()
    assert harmful(inside) == []
    assert harmful(rewrite_html(inside, BASE, link=link).decode()) == []


PIECES = """
<svg> </svg> <math> <mtext> <mglyph> <style> </style> <noscript> </noscript> <xmp> </xmp> <title> </title> <textarea>
</textarea> <!-- --> --!> <![CDATA[ ]]> <p> </p> <table> <td> <desc> <foreignObject> <select> <option> <template>
</template> <iframe> </iframe> <plaintext> <noembed> </noembed> <annotation-xml> <frameset> <br> </br> <a> </a> <form>
<listing> </listing> <amp-img> </amp-img> <object> </object> <head> <body> <image> <use> " ' > < = / \0 & &lt; &quot;
<img/src=x/onerror=alert(1)> <script>alert(1)</script> <a/href=javascript:alert(1)> <p/id='</style><script>'>
<p/id='--><img/src=x/onerror=alert(1)>' onclick=alert(1) href=//evil.test/ style=x:url(//evil.test/) title="<b>" <b<c
</b<c> url( /* */ @import {}
"""
pieces = st.lists(st.sampled_from(PIECES.split()) | st.text(alphabet="<>\"'=/ &;!-\0ax", max_size=4), max_size=16)


@settings(max_examples=300)
@given(pieces, st.sampled_from(["", " "]))
def test_no_broken_page_acts(parts: list[str], between: str) -> None:
    """However pieces of markup are put together, two parsers and a plain scan find nothing that acts in the result."""
    once = rewrite_html(between.join(parts), BASE, link=link).decode()
    assert harmful(once) == []
    assert harmful(rewrite_html(once, BASE, link=link).decode()) == []


@settings(max_examples=300)
@given(pieces, st.sampled_from(["", " "]))
def test_the_pass_trusts_nothing_of_the_tree(parts: list[str], between: str) -> None:
    """Text that no parser has written is made harmless as well: every sign that could begin a tag begins one of ours."""
    taken = replay._Pass(BASE, link)
    taken.over(between.join(parts).replace("\0", ""))
    assert harmful("".join(taken.out)) == []


@given(pieces)
def test_a_style_sheet_begins_no_tag(parts: list[str]) -> None:
    """What stands in a style element holds nothing that is a tag to a reader who takes it for text or markup."""
    html = rewrite_html("<style>" + " ".join(parts).replace("</style", ""), BASE, link=link).decode()
    sheet = html.partition("<style>")[2].rpartition("</style>")[0]
    assert not re.search(r"<[a-zA-Z/!?]", sheet)
    assert rewrite_css("a{b:c}", BASE, link=link) == "a{b:c}"


def test_a_data_address_in_a_style_sheet_still_shows() -> None:
    """A picture written into a style sheet as SVG is the same for a browser, its signs escaped as CSS escapes."""
    html = rewrite_html('<style>a{b:url("data:image/svg+xml,<svg xmlns=x></svg>")}</style>', BASE, link=link).decode()
    assert 'url("data:image/svg+xml,\\3c svg xmlns=x><\\/svg>")' in html


def test_a_fragment_of_a_link_stays() -> None:
    """Links keep the place within the page that they lead to."""
    html = rewrite_html("<a href='c.html#t'>c</a>", BASE, link=lambda url, role: "/x").decode()
    assert '<a href="/x#t" target="_top">' in html


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("@media (400px<width){p{color:red}}", "(400px< width)"),
        ("@media (400px<=width<max(1px,2px)){p{color:red}}", "width< max(1px,2px)"),
        ('p::before{content:"a<b"}', r'content:"a\3c b"'),
    ],
    ids=["width", "range", "string"],
)
def test_a_smaller_sign_keeps_its_sense(css: str, kept: str) -> None:
    """A media query written tightly still holds, and a string still says the same."""
    assert kept in rewrite_html(f"<style>{css}</style>", BASE, link=link).decode()


@pytest.mark.parametrize(
    "html",
    ["<!doctype html \0><p>a</p>", "<!doctype html \0005\0><a href=/q>x</a>", "\0<html><a href='/q\0'>x</a>"],
    ids=["doctype", "mark", "before"],
)
def test_no_nul_is_left(html: str) -> None:
    """Places in a rewritten page are marked with NUL by who shows it: the page itself brings none."""
    assert b"\0" not in rewrite_html(html, BASE, link=link)


@pytest.mark.parametrize(
    "value",
    [
        "image-set('http://x.test/a' 1x)",
        r"u\72l(http://x.test/a)",
        "cross-fade('http://x.test/a', 2)",
        "url(//x.test/a)",
    ],
    ids=["set", "escape", "fade", "url"],
)
def test_an_svg_attribute_names_no_file(value: str) -> None:
    """Whatever function of CSS it writes it with."""
    html = f'<svg><path d="M0 0" mask="{value}"/></svg>'
    assert b"x.test" not in rewrite_html(html, BASE, link=link)
