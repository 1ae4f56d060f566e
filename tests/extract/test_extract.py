"""extract(page): fictional pages in several languages, and hostile ones."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.errors import LimitExceeded
from tuoben.extract import extract
from tuoben.model import Hints, Link, Page, Precision, State

PARAGRAPHS = (
    "近日，云山市图书馆新馆正式开放，首日接待读者三千余人，馆内新增阅览座位八百个。",
    "馆长表示，新馆将延长开放时间，周末开放到晚上十点，为上班族提供更多便利。",
    "据了解，新馆还设有儿童阅读区和自习区，市民凭身份证即可进入，无需预约。",
)
CHINESE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>走读云山｜图书馆新馆开放首日迎客三千_云山新闻网</title>
<meta property="og:title" content="走读云山｜图书馆新馆开放首日迎客三千"><meta name="robots" content="noarchive">
<link rel="canonical" href="/2024/05/lib.html"><link rel="stylesheet" href="/css/a.css"></head><body>
<div class="nav"><a href="/">首页</a><a href="/guonei/">国内</a></div><div class="breadcrumb"><a href="/">首页</a> &gt; <a href="/c/">文化</a> &gt; 正文</div>
<h1>走读云山｜图书馆新馆开放首日迎客三千</h1>
<div class="info">2024-05-09 18:26:00　来源：云山日报　作者：李小明　责任编辑：王大海</div>
<div class="content"><p>本文转自：山城晚报</p><p>{}</p><img data-src="/img/1.jpg" src="/img/blank.gif" alt="走读云山｜图书馆新馆开放首日迎客三千">
<h2>延长开放</h2><p>{}</p><p>{}</p><p>（责任编辑：王大海）</p>
<p><strong>相关阅读</strong></p><ul><li><a href="/x1">另一条新闻的标题写在这里很长</a></li><li><a href="/x2">第三条新闻的标题写在这里很长</a></li></ul></div>
<div class="footer">版权所有 云山新闻网 未经授权请勿转载，违者必究。</div></body></html>""".format(*PARAGRAPHS)  # fmt: skip
ENGLISH = """<html lang="en-GB"><head><title>Harbour bridge reopens after repairs | Northport Courier</title>
<meta property="og:site_name" content="Northport Courier"><script type="application/ld+json">
{"@context":"https://schema.org","@type":"NewsArticle","headline":"Harbour bridge reopens after repairs","datePublished":"2024-05-09T08:15:00+01:00",
"author":{"@type":"Person","name":"Ada Fern"},"articleSection":"Local"}</script></head><body><header><nav><a href="/">Home</a></nav></header>
<article><h1>Harbour bridge reopens after repairs</h1><p class="byline">By Ada Fern</p>
<p>The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the council said.</p>
<p>Engineers replaced forty beams and two bearings, and <a href="/works">the works</a> cost less than expected.</p>
<h3>Related stories</h3><ul><li><a href="/a">A different story about a different thing</a></li></ul></article>
<section class="comments"><p>I think this is a wonderful bridge, and I cross it every day, honestly.</p></section></body></html>"""


def read(text, url="https://news.example.cn/2024/05/lib.html?utm_source=x", **page):
    return extract(Page(url=url, body=text.encode(), **page))


def test_a_chinese_page_gives_every_field():
    """Column, headline, time, credits, category and policy of a Chinese page are told apart."""
    article = read(CHINESE)
    assert article.state is State.ARTICLE
    assert (article.title, article.column) == ("图书馆新馆开放首日迎客三千", "走读云山")
    assert article.published.iso() == "2024-05-09T18:26:00"
    assert not article.published.zone_known and article.published.value.utcoffset().seconds == 8 * 3600
    assert article.source == "云山日报"
    assert article.authors == ("李小明",)
    assert ("editor", "王大海") in [(role.role, role.name) for role in article.roles]
    assert article.reprinted_from == "山城晚报"
    assert article.category == "文化"
    assert article.lang == "zh-Hans"
    assert article.policy.noarchive
    assert article.origins["published"] == "text"


def test_the_body_holds_the_story_and_nothing_else():
    """Credits, related links and the copyright line stay out; structure and images stay in."""
    article = read(CHINESE)
    assert article.text == "\n\n".join([PARAGRAPHS[0], "延长开放", *PARAGRAPHS[1:]])
    assert "<h2>延长开放</h2>" in article.html
    assert article.images[0].url == "https://news.example.cn/img/1.jpg"
    assert article.images[0].alt_repeats_title
    assert "https://news.example.cn/css/a.css" in article.requisites


def test_an_english_page_gives_its_fields():
    """JSON-LD tells time with zone, author and section; comments and related links stay out."""
    article = read(ENGLISH, "https://courier.example.com/local/bridge")
    assert article.title == "Harbour bridge reopens after repairs"
    assert article.published.iso() == "2024-05-09T08:15:00+01:00"
    assert article.authors == ("Ada Fern",)
    assert article.category == "Local"
    assert article.lang == "en"
    assert article.text.startswith("The harbour bridge reopened") and article.text.endswith("than expected.")
    assert '<a href="https://courier.example.com/works">the works</a>' in article.html


def test_a_short_story_is_a_story():
    """A flash of a hundred characters has no minimum length to pass."""
    article = read(
        f"<html><head><title>快讯</title></head><body><h1>云山站今日恢复通车</h1><div><p>{PARAGRAPHS[0]}</p></div></body></html>"
    )
    assert article.text == PARAGRAPHS[0]
    assert article.authors == () and article.source == "" and article.published is None


def test_the_body_of_a_script_built_page_is_read_from_its_state():
    """When the markup holds no story, the page's inline state does."""
    state = "".join(f"<p>{text}</p>" for text in PARAGRAPHS).replace("<", "\\u003c")
    article = read(
        f'<title>图书馆开放</title><div id="app"></div><script>window.__INITIAL_STATE__={{"a":{{"content":"{state}"}}}}</script>'
    )
    assert PARAGRAPHS[2] in article.text
    assert "body-from-json" in article.flags


def test_the_listing_is_the_last_resort():
    """A page without text takes the full text that the listing carried."""
    link = Link(url="https://a.example/1", title="图书馆开放", body_html="".join(f"<p>{t}</p>" for t in PARAGRAPHS))
    article = extract(Page(url="https://a.example/1", body=b"<html><body><div></div></body></html>"), Hints(link=link))
    assert article.text.startswith(PARAGRAPHS[0])
    assert article.origins["text"] == "listing"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("<title>404 Not Found</title><h1>404</h1><p>Not found.</p>", State.ERROR),
        ("<title>安全验证</title><p>请完成验证后继续访问</p>", State.BOT_CHECK),
        ("<html><body></body></html>", State.EMPTY),
        ("%PDF-1.4", State.NOT_HTML),
    ],
)
def test_what_is_no_article_is_named(text, state):
    """Errors, bot checks, empty pages and other files served as pages are recognised."""
    assert read(text).state is state


def test_a_relative_time_is_told_against_the_capture():
    """3小时前 is a day when only hours are told; minutes give a time."""
    page = f"<h1>云山站今日恢复通车</h1><div>15分钟前</div><div><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></div>"
    article = read(page, fetched_at=datetime(2024, 5, 9, 4, 0, tzinfo=UTC))
    assert article.published.value == datetime(2024, 5, 9, 3, 45, tzinfo=UTC)
    assert article.published.precision is Precision.MINUTE


HOSTILE = {
    "script": b"<script>" + b"var a={" * 20000,
    "json": b'<script type="application/ld+json">' + b"[" * 100000 + b"</script><p>x</p>",
    "br": b"<p>" + b"x<br>" * 20000,
    "spans": b"<p>" + b"<span>a</span>" * 10000,
    "dates": b"<p>" + b"2024-" * 20000,
    "title": b"<title>" + b"a - " * 20000 + b"</title><h1>a</h1><p>hello",
    "markers": "<p>相关阅读</p>".encode() * 5000,
    "class": b"<div class='" + b"article-" * 20000 + b"'>x</div>",
    "surrogates": rb'<script type="application/ld+json">{"@type":"NewsArticle","headline":"\ud800","articleBody":"' + rb"\udc00 hello. " * 50 + b'"}</script>',
    "nul": b"<p>\0\0hello\0</p>" * 1000,
    "lists": b"<ul><li>" * 1200,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_pages_are_read_or_refused_in_time(name):
    """No hostile page crashes the extractor or takes more than a few seconds."""
    start = time.process_time()
    extract(Page(url="https://a.example/x", body=HOSTILE[name]))
    assert time.process_time() - start < 5.0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 3000), st.binary(max_size=30))
def test_mutated_pages_never_crash(start, length, junk):
    """A page with a piece cut out and bytes put in gives an article or a refusal."""
    body = CHINESE.encode()
    with contextlib.suppress(LimitExceeded):
        extract(Page(url="https://a.example/x", body=body[:start] + junk + body[start + length :]))
