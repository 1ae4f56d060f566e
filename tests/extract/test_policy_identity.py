"""What a page says of its own address, of its images, and of what may be done with it."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import tdm, url
from tuoben.extract import extract
from tuoben.extract.identity import refresh_of
from tuoben.model import Hints, Link, Page, Policy, TdmRule

TEXT = "<p>县委经济工作会议昨日召开，会议公布了明年的八项重点任务，要求逐项落实到人，并由各乡镇按月报告进度。</p>" * 3
OWN = "http://www.lanxi.test/zw/2026/t88123_4.html"


def read(head: str = "", body: str = "", own: str = OWN, headers=(), **hints):
    """An article page with something in its head or body."""
    html = f"<html><head><title>岚溪公布八项任务</title>{head}</head><body><article><h1>岚溪公布八项任务</h1>{TEXT}{body}{TEXT}</article></body></html>"
    return extract(Page(url=own, body=html.encode(), headers=headers), Hints(**hints))


# --- canonical URLs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("own", "told", "expected"), [
    (OWN, "/zw/t1.html?utm_source=x", "https://www.lanxi.test/zw/t1.html"),
    (OWN, "https://m.lanxi.test/zw/t1.html", "https://m.lanxi.test/zw/t1.html"),
    (OWN, "https://other.test/zw/t1.html", ""),
    (OWN, "/", ""),
    (OWN, "/zw/", ""),
    (OWN, "/zw/2026/", ""),
    (OWN, "javascript:void(0)", ""),
    (OWN, "http://[", ""),
    ("http://a.test/story/123456/a-long-title", "/story/123456/", "https://a.test/story/123456/"),
    ("http://a.test/news/a-long-title/amp/", "/news/a-long-title/", "https://a.test/news/a-long-title/"),
    ("http://a.test/news/title/amp", "/news/title", "https://a.test/news/title"),
    ("http://a.test/news/2", "/news/", "https://a.test/news/"),
])  # fmt: skip
def test_a_canonical_url_is_believed_when_plausible(own: str, told: str, expected: str) -> None:
    """On the same registered name, and neither a front page nor a section that the page lies in."""
    for head in (f'<link rel="canonical" href="{told}">', f'<meta property="og:url" content="{told}">'):
        assert read(head, own=own).canonical == (expected or url.canonical(own))


def test_other_ways_to_name_it() -> None:
    """A Link header names it too; a foreign host is believed when the source's settings name that host."""
    header = (("link", '<https://www.lanxi.test/feed>; rel="alternate", </zw/t9.html>; rel="canonical"'),)
    assert read(headers=header).canonical == "https://www.lanxi.test/zw/t9.html"
    head = '<link rel="canonical" href="https://news.other.test/9.html">'
    assert read(head, twins=("other.test",)).canonical == "https://news.other.test/9.html"
    assert read(head, twins=("er.test",)).canonical == url.canonical(OWN)


@given(st.sampled_from(["http://a.test/x/1.html", OWN]), st.text("/ab.:?#%&=t es", max_size=30))
def test_a_canonical_url_never_leaves_the_site(own: str, told: str) -> None:
    """Whatever is told: an https key of the same registered name, never a front page, and its own key."""
    found = read(f'<link rel="canonical" href="{told}">', own=own).canonical
    parsed = url.parse(found)
    assert parsed is not None and url.canonical(found) == found
    assert url.registrable(parsed.hostname) == url.registrable(url.authority(own))
    assert parsed.path.strip("/") or parsed.query or parsed.fragment


def test_other_forms_are_named_by_links() -> None:
    """AMP, MIP, handheld, narrow screens, print and the mobile agent; no translations, no feeds, no foreign sites."""
    head = """<link rel="amphtml" href="/amp/4.html"><link rel="miphtml" href="http://mip.lanxi.test/4.html">
    <link rel="alternate" media="handheld" href="http://3g.lanxi.test/4"><link rel="alternate" media="print" href="?print=1">
    <link rel="alternate" media="only screen and (max-width: 640px)" href="http://m.lanxi.test/4.html">
    <meta name="mobile-agent" content="format=html5; url=http://wap.lanxi.test/4">
    <link rel="alternate" hreflang="en" href="/en/4.html"><link rel="alternate" type="application/rss+xml" href="/feed">
    <link rel="amphtml" href="http://cache.test/4.html"><link rel="amphtml" href="/"><link rel="amphtml" href="">"""
    assert set(read(head).twins) == {
        "http://www.lanxi.test/amp/4.html", "http://mip.lanxi.test/4.html", "http://3g.lanxi.test/4", OWN + "?print=1",
        "http://m.lanxi.test/4.html", "http://wap.lanxi.test/4",
    }  # fmt: skip


# --- meta refresh -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("value", "target"), [
    ("0;url=/b", "http://www.lanxi.test/b"), ("5; URL='/b'", "http://www.lanxi.test/b"), ("0;/b", "http://www.lanxi.test/b"),
    (" 0 , url = /b ", "http://www.lanxi.test/b"), ("0.5;url=/b", "http://www.lanxi.test/b"),
    ("6;url=/b", ""), ("300", ""), ("0", ""), ("0;url=", ""), ("", ""), ("x;url=/b", ""),
    ("0;url=javascript:alert(1)", ""), ("0;url=t88123_4.html#top", ""),
])  # fmt: skip
def test_a_refresh_within_seconds_is_a_redirect(value: str, target: str) -> None:
    """From 0 to 5 seconds, in the head or in a header; reloading itself, waiting longer and scripts are not."""
    assert read(f'<meta http-equiv="Refresh" content="{value}">').refresh == target
    assert read(headers=(("refresh", value),)).refresh == target
    page = Page(
        url=OWN, body=gzip.compress(f'<meta http-equiv=refresh content="{value}">'.encode()), content_encoding="gzip"
    )
    assert refresh_of(page) == target


def test_readers_without_scripts_are_not_us() -> None:
    """A refresh in <noscript>, in a comment or written by a script is not followed."""
    trap = '<meta http-equiv="refresh" content="0;url=/trap">'
    assert read(f"<noscript>{trap}</noscript>", f"<noscript>{trap}</noscript><!-- {trap} -->").refresh == ""
    assert read(f"<script>document.write('{trap}')</script>").refresh == ""


# --- policy -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("values", "closed"), [
    (["noarchive"], True), (["NoArchive, nofollow"], True), (["none"], True), (["nocache"], True),
    (["noindex, nofollow"], False), (["nosnippet"], False), (["noarchives"], False),
    (["tuoben: noarchive"], True), (["googlebot: noarchive"], False), (["*: noarchive"], True),
    (["googlebot: noindex", "noarchive"], True), (["noindex", "bingbot: noarchive"], False),
    (["googlebot: noarchive, tuoben: noarchive"], True), (["noarchive, googlebot: noindex"], True),
    (["googlebot: noindex, noarchive"], False),
    (["unavailable_after: 25 Jun 2027 15:00:00 PST, noarchive"], True), (["max-snippet:-1, noarchive"], True),
    (["unavailable_after: 25 Jun 2020 15:00:00 PST"], False),
])  # fmt: skip
def test_noarchive_in_headers(values: list[str], closed: bool) -> None:
    """Said to everybody or to us, in any of several headers; an agent's directives are its own until the next agent."""
    assert read(headers=[("x-robots-tag", value) for value in values]).policy.noarchive is closed


@pytest.mark.parametrize(("name", "value", "closed"), [
    ("robots", "noarchive", True), ("ROBOTS", "index,NOARCHIVE", True), ("tuoben", "noarchive", True),
    ("googlebot", "noarchive", False), ("robots", "all", False), ("robots", "noindex; noarchive", True),
])  # fmt: skip
def test_noarchive_in_the_page(name: str, value: str, closed: bool) -> None:
    """A meta for all robots or for us."""
    assert read(f'<meta name="{name}" content="{value}">').policy.noarchive is closed


def test_the_page_goes_before_the_header() -> None:
    """A reservation, or its absence, is told with its terms and where it was said."""
    header = (("tdm-reservation", "1"), ("tdm-policy", "/terms.json"))
    terms = "http://www.lanxi.test/terms.json"
    assert read(headers=header).policy == Policy(tdm_reserved=True, tdm_policy=terms, tdm_origin="header")
    assert read('<meta name="tdm-reservation" content="0">', headers=header).policy == Policy(tdm_origin="meta")
    assert read('<meta name="tdm-reservation" content="perhaps">').policy == Policy()


def test_the_file_of_a_host() -> None:
    """Rules are read leniently; of two readings the one that reserves counts; what the page said goes before them."""
    body = b"""\xef\xbb\xbf[{"location": "/zw/", "tdm-reservation": 1, "tdm-policy": "/terms"},
    {"location": "/zw/open/*.html$", "tdm-reservation": "0"}, {"location": "/free", "tdm-reservation": 0},
    {"location": 7, "tdm-reservation": 1}, {"location": "/x", "tdm-reservation": 9}, "nonsense", {"location": "/y"}]"""
    rules = tdm.rules(Page(url="http://a.test/.well-known/tdmrep.json", body=body))
    assert rules == (
        TdmRule(location="/zw/", reserved=True, policy="http://a.test/terms"),
        TdmRule(location="/zw/open/*.html$", reserved=False),
        TdmRule(location="/free", reserved=False),
    )
    reserved = Policy(tdm_reserved=True, tdm_policy="http://a.test/terms", tdm_origin="well-known")
    assert tdm.policy(Policy(), rules, "http://a.test/zw/1.html") == reserved
    assert tdm.policy(Policy(), rules, "http://a.test/zw/open/1.html") == reserved
    assert tdm.policy(Policy(), rules, "http://a.test/free/1") == Policy(tdm_origin="well-known")
    assert tdm.policy(Policy(), rules, "http://a.test/other") == Policy()
    assert tdm.policy(Policy(tdm_origin="meta"), rules, "http://a.test/zw/1.html") == Policy(tdm_origin="meta")


@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"location": "/"'))
def test_any_bytes_are_some_rules(body: bytes) -> None:
    """What is no such file gives no rules, and raises nothing."""
    assert tdm.rules(Page(url="http://a.test/.well-known/tdmrep.json", body=body)) == ()


# --- images -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("markup", [
    '<img src="/i/a.jpg">', '<img data-src="/i/a.jpg" src="data:image/gif;base64,R0lGOD">',
    '<img src="/img/loading.gif" data-original="/i/a.jpg">', '<img src="/x/blank.gif" data-lazy-src="/i/a.jpg">',
    '<img srcset="/i/s.jpg 320w, /i/a.jpg 1280w" src="/i/s.jpg">',
    '<img src="/placeholder.png" data-srcset="/i/s.jpg 1x, /i/a.jpg 2x">',
    '<img src="/img/lazy.gif"><noscript><img src="/i/a.jpg"></noscript>',
    '<img class="lazy"><noscript><img src="/i/a.jpg"></noscript>',
    '<picture><source srcset="/i/a.jpg 1280w, /i/s.jpg 320w"><img alt="管网"></picture>',
    '<picture><source data-srcset="/i/a.jpg" media="(min-width: 1px)"><img src="/1x1.gif"></picture>',
    '<amp-img src="/i/a.jpg" width="640" height="480"></amp-img>',
])  # fmt: skip
def test_lazy_images_are_seen(markup: str) -> None:
    """However a page hides an image until it is looked at: once, in full size, among the images and the requisites."""
    for wrapped in (f"<figure>{markup}</figure>", f"<p>{markup}</p>"):
        found = read(body=wrapped)
        assert [image.url for image in found.images] == ["http://www.lanxi.test/i/a.jpg"], wrapped
        assert "http://www.lanxi.test/i/a.jpg" in found.requisites


def test_backgrounds_within_the_body_are_requisites() -> None:
    """An image behind an element of the body is kept with the snapshot; one of the page's furniture is not asked for."""
    styles = [
        "background-image:url('/i/b.jpg')",
        "background: #fff url(/i/c.png) no-repeat",
        "background:url(data:image/gif;base64,R0)",
    ]
    inside = "".join(f'<div class="photo" style="{style}"></div>' for style in styles)
    found = read(body=inside).requisites
    assert {"http://www.lanxi.test/i/b.jpg", "http://www.lanxi.test/i/c.png"} <= set(found) and len(found) == 2


# --- further pages: the hard cases -------------------------------------------------------------------------------------
def announced(own: str, links: str, head: str = "") -> tuple[str, ...]:
    """The further pages of a page that a listing announced."""
    return read(head, f"<div class='pages'>{links}</div>", own, link=Link(url=own)).next_pages


@pytest.mark.parametrize(("own", "links", "head", "expected"), [
    ("http://l.test/zw/c1_3.html", '<a href="c1.html">1</a> <a href="c1_2.html">2</a> <b>3</b>', "", ()),
    ("http://l.test/blog/?p=12", '<a href="?p=13">下一篇</a>', '<link rel="next" href="/blog/?p=13">', ()),
    ("http://l.test/show.php?p=12", '<a href="show.php?p=13">Next</a>', "", ()),
    ("http://l.test/2026/one-story/", "", '<link rel="next" href="/2026/other-story/">', ()),
    ("http://l.test/zw/c1.html", '<a href="c1_2.html">2</a> <a href="c1_all.html">阅读全文</a>', "",
     ("http://l.test/zw/c1_all.html", "http://l.test/zw/c1_2.html")),
    ("http://l.test/zw/c1.html", '<a href="c1.html?page=2">2</a> <a href="c1.html?view=all">View All</a>', "",
     ("http://l.test/zw/c1.html?view=all", "http://l.test/zw/c1.html?page=2")),
    ("http://l.test/zw/c1.html", '<a href="c1_2.html">2</a> <a href="d9.html">阅读全文</a>', "", ("http://l.test/zw/c1_2.html",)),
    ("http://l.test/zw/c1.html", '<a href="c1_all.html">阅读全文</a>', "", ()),
    ("http://l.test/zw/c1.html", '<a href="c1_2.html">【2】</a> <a href="c1_3.html">【3】</a>', "",
     ("http://l.test/zw/c1_2.html", "http://l.test/zw/c1_3.html")),
])  # fmt: skip
def test_hard_further_pages(own: str, links: str, head: str, expected: tuple[str, ...]) -> None:
    """Earlier pages, the next story, an id that looks like a page number and another story in full are no further
    pages; the whole article on one page stands before its parts."""
    assert announced(own, links, head) == expected
