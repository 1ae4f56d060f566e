"""Style sheets for replay: addresses rewritten, everything else left byte for byte."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.archive.css import requisites_of_css, rewrite_css

BASE = "http://news.test/css/s.css"


def link(url: str, role: str) -> str:
    """A replay address that shows what was asked."""
    return f"/{role}/{url}"


def rewritten(css: str) -> str:
    """A sheet at BASE, rewritten."""
    return rewrite_css(css, BASE, link=link)


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("a{b:url(x.png)}", 'a{b:url("/image/http://news.test/css/x.png")}'),
        ("a{b:URL(  '../x y.png' ) no-repeat}", 'a{b:url("/image/http://news.test/x%20y.png") no-repeat}'),
        ('a{b:url("//cdn.test/x")', 'a{b:url("/image/http://cdn.test/x")'),
        ("@import 'a.css' screen;", '@import url("/style/http://news.test/css/a.css") screen;'),
        ("@IMPORT url(a.css?b;c)layer(x);", '@import url("/style/http://news.test/css/a.css?b;c")layer(x);'),
        (
            "@font-face{src:url(f.eot?#iefix) format('e'),url(f.woff2)}a{b:url(x)}",
            '@font-face{src:url("/font/http://news.test/css/f.eot?#iefix") format("e"),'
            'url("/font/http://news.test/css/f.woff2")}a{b:url("/image/http://news.test/css/x")}',
        ),
        (
            "a{b:image-set('1.png' 1x, url(2.png) 2x)}",
            'a{b:image-set(url("/image/http://news.test/css/1.png") 1x, url("/image/http://news.test/css/2.png") 2x)}',
        ),
        ("a{b:url('\\78.png')}", 'a{b:url("/image/http://news.test/css/x.png")}'),
        ('a{b:url("javascript:x()")}', 'a{b:url("")}'),
        ("a{b:url(data:text/html,x)}", 'a{b:url("")}'),
        ("@import 'javascript:x';a{}", "a{}"),
        ('@charset "gbk";a{}', "a{}"),
        ('a{b:url("\\3c/style><script>")}', 'a{b:url("/image/http://news.test/css/%3C/style%3E%3Cscript%3E")}'),
    ],
)
def test_addresses_are_rewritten(css: str, expected: str) -> None:
    """Every way in which a sheet names another file leads to the replay, in its role."""
    assert rewritten(css).replace("format('e')", 'format("e")') == expected


@pytest.mark.parametrize(
    "css",
    [
        "",
        "a{*zoom:1;_height:1px;filter:progid:X(src='x.png');color:red!ie}",
        "/* url(x.png) @import 'y' */ a{content:'url(x)'}",
        "/* never closed url(x)",
        "a{content:'\\3c /style>'}",
        "a{b:url(#mask);c:url(data:image/png;base64,AA==)}",
        "<!-- a{} --> b{",
        "a{b:url(x y)}",
        "@media (min-width:1px){a{}}}}",
        "a{b:\\75rl(x)}",
        "a{myurl(x)}",
    ],
)
def test_everything_else_is_left_alone(css: str) -> None:
    """Comments, hacks, strings, fragments, data and errors stay as they are."""
    assert rewritten(css).replace('url("#mask")', "url(#mask)") == css


def test_what_is_not_held_is_left_out() -> None:
    """Without an address an import goes and an image is empty."""
    css = "@import 'a.css';b{c:url(d.png)}"
    assert rewrite_css(css, BASE, link=lambda url, role: "") == 'b{c:url("")}'


def test_requisites_are_found_once_in_order() -> None:
    """The files that a sheet needs are its imports, images and fonts."""
    css = "@import 'a.css';b{c:url(d.png)}e{f:url(d.png)}@font-face{src:url(/g.woff)}h{i:url(data:image/png,x)}"
    assert requisites_of_css(css, BASE) == (
        "http://news.test/css/a.css",
        "http://news.test/css/d.png",
        "http://news.test/g.woff",
    )


@given(st.text(alphabet=st.sampled_from("url(@import'\"\\/*;{} \n)x.-setfoca"), max_size=80))
def test_any_text_is_rewritten_once(css: str) -> None:
    """No text raises, and what is rewritten names nothing outside any more."""
    out = rewritten(css)
    assert requisites_of_css(out.replace("/image/http:", "#").replace("/style/http:", "#"), "x:") == ()


@pytest.mark.parametrize(
    "evil", ["@import ", "url(", "image-set(", "'\\", "@import/*", "image-set((", "@font-face{'", '"']
)
def test_hostile_sheets_cost_linear_time(evil: str) -> None:
    """Text made to mislead the scanner costs no more than its length."""
    started = time.process_time()
    rewritten(evil * 30_000)
    assert time.process_time() - started < 5
