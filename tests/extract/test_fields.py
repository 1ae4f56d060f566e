"""Fields one by one: where pages tell them, and what only looks as if it told them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tuoben.extract import extract
from tuoben.model import Article, Hints, Link, Page, State

FETCHED = datetime(2025, 3, 14, 12, 0, tzinfo=UTC)
ZH = (
    "近日，云山市图书馆新馆正式开放，首日接待读者三千余人，馆内新增阅览座位八百个。",
    "馆长表示，新馆将延长开放时间，周末开放到晚上十点，为上班族提供更多便利。",
    "据了解，新馆还设有儿童阅读区和自习区，市民凭身份证即可进入，无需预约。",
)
HANT = "近日，雲山市圖書館新館正式開放，首日接待讀者三千餘人，館內新增閱覽座位八百個。館長表示，新館將延長開放時間。"
EN = (
    "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the council said.",
    "Engineers replaced forty beams and two bearings, and the works cost less than expected, they added.",
)


def page(
    *,
    title: str = "云山图书馆新馆开放首日迎客三千",
    head: str = "",
    above: str = "",
    info: str = "2025-03-13 09:26",
    body: tuple[str, ...] = ZH,
    before: str = "",
    after: str = "",
    below: str = "",
    lang: str = "zh-CN",
) -> str:
    """A plain article page with places for what a case adds."""
    paragraphs = "".join(f"<p>{text}</p>" for text in body)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{above}'
        f'<h1>{title}</h1><div class="info">{info}</div><div class="content">{before}{paragraphs}{after}</div>{below}</body></html>'
    )


def read(text: str, url: str = "https://news.example.cn/a/8812.html", **hints: Link) -> Article:
    return extract(Page(url=url, body=text.encode(), fetched_at=FETCHED), Hints(**hints))


def roles(article: Article) -> list[tuple[str, str]]:
    return [(role.role, role.name) for role in article.roles]


# --- column


@pytest.mark.parametrize(
    ("title", "column", "headline"),
    [
        ("厅局长访谈｜为谱写新篇章贡献力量", "厅局长访谈", "为谱写新篇章贡献力量"),
        ("锐评丨别让“一刀切”伤了市场的心", "锐评", "别让“一刀切”伤了市场的心"),
        ("一线｜雪线上的邮路走了三十年", "一线", "雪线上的邮路走了三十年"),
        ("图说 | 一条河的四季都在这里了", "图说", "一条河的四季都在这里了"),
        ("云山图书馆新馆开放首日迎客三千", "", "云山图书馆新馆开放首日迎客三千"),
        ("新馆开放首日迎客三千，市民排队入馆看书|组图", "", "新馆开放首日迎客三千，市民排队入馆看书|组图"),
        ("“A|B测试”让小店多卖出三成面包", "", "“A|B测试”让小店多卖出三成面包"),
        ("【走基层】雪线上的邮路走了三十年", "", "【走基层】雪线上的邮路走了三十年"),
    ],
)
def test_a_column_before_a_bar_is_told_apart(title: str, column: str, headline: str) -> None:
    """The series before a bar is the column; bars elsewhere and brackets belong to the headline."""
    article = read(page(title=title))
    assert (article.column, article.title) == (column, headline)


# --- category


@pytest.mark.parametrize(
    ("above", "category"),
    [
        ("<div>您的位置：<a href='/'>首页</a> &gt; <a href='/s/'>社会</a></div>", "社会"),
        ("<p>当前位置: <a href='/'>首页</a>>><a href='/s/'>社会</a>>>正文</p>", "社会"),
        ("<div class='crumbs'><a href='/'>首页</a><span>&gt;</span><a href='/e/'>教育</a><span>&gt;</span><span>正文</span></div>", "教育"),
        ("<ul class='bread-crumb'><li><a href='/'>云山网</a></li><li><a href='/n/'>新闻</a></li><li><a href='/c/'>文化</a></li></ul>", "文化"),
        ("<div>所在位置：首页 &gt; 云山图书馆新馆开放首日迎客三千</div>", ""),
        ("<div>位置很好的一处房子，首页推荐</div>", ""),
        ("<ul class='nav'><li><a href='/'>首页</a></li><li><a href='/t/'>体育</a></li><li><a href='/y/'>娱乐</a></li></ul>", ""),
        ("<div class='location'>云山市人民路一号</div>", ""),
    ],
)  # fmt: skip
def test_the_category_comes_from_the_breadcrumb(above: str, category: str) -> None:
    """The named step of a breadcrumb is the category; navigation, addresses and the headline itself are none."""
    assert read(page(above=above)).category == category


def test_a_category_may_be_a_word_of_the_headline() -> None:
    """A step stays a category when the headline happens to hold the same word."""
    above = "<div class='crumb'><a href='/'>首页</a> > <a href='/e/'>教育</a></div>"
    assert read(page(above=above, title="云山教育局发布新学期校历安排")).category == "教育"


# --- times


@pytest.mark.parametrize(
    ("head", "info", "modified"),
    [
        ('<meta property="article:modified_time" content="2025-03-13T11:00:00+08:00">', "2025-03-13 09:26", "2025-03-13T11:00"),
        ("", "发布时间：2025-03-13 09:26　更新时间：2025-03-13 11:00", "2025-03-13T11:00"),
        ('<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2025-03-13T09:26:00+08:00","dateModified":"2025-03-13T11:00:00+08:00"}</script>', "", "2025-03-13T11:00"),
        ("", "更新时间：2025-03-13 09:26", ""),
        ('<meta http-equiv="last-modified" content="">', "2025-03-13 09:26", ""),
        ("", "2025-03-13 09:26　2025-03-12 10:00 发稿", ""),
    ],
)  # fmt: skip
def test_the_time_of_change_is_told_apart(head: str, info: str, modified: str) -> None:
    """The time of the last change is told by data or its own label; a lone 更新时间 is when the page was published."""
    article = read(page(head=head, info=info))
    assert article.published is not None
    assert article.published.iso()[:16] == "2025-03-13T09:26"
    assert (article.modified.iso()[:16] if article.modified else "") == modified


@pytest.mark.parametrize(
    ("info", "url", "published"),
    [
        ("03-13 09:26", "https://news.example.cn/a/1.html", "2025-03-13T09:26"),
        ("3月13日 09:26　来源：云山日报", "https://news.example.cn/a/1.html", "2025-03-13T09:26"),
        ("12-30 18:00", "https://news.example.cn/a/1.html", "2024-12-30T18:00"),
        ("03-13 09:26", "https://news.example.cn/2023/0313/1.html", "2023-03-13T09:26"),
        ("03-13", "https://news.example.cn/a/1.html", ""),
        ("04-13 09:26", "https://news.example.cn/a/1.html", ""),
        ("热线 13-14 09:26", "https://news.example.cn/a/1.html", ""),
    ],
)
def test_a_date_without_its_year_is_resolved_only_when_that_is_safe(info: str, url: str, published: str) -> None:
    """Month, day and clock near the headline take the year from the URL or the capture, when it lies not long before."""
    article = read(page(info=info), url)
    assert (article.published.iso()[:16] if article.published else "") == published


# --- makers


@pytest.mark.parametrize(
    ("after", "below", "wanted"),
    [
        ("<p>编辑：小聚</p>", "", ("editor", "小聚")),
        ("", "<div>编辑 牧野</div>", ("editor", "牧野")),
        ("", "<div class='ed'>[责任编辑：简书]</div>", ("editor", "简书")),
        ("<p>摄影 李见山</p>", "", ("photographer", "李见山")),
        ("<p>云山日报 云山号客户端</p>", "", ("outlet", "云山日报 云山号客户端")),
    ],
)
def test_makers_at_the_end_are_roles_and_not_text(after: str, below: str, wanted: tuple[str, str]) -> None:
    """Editors, photographers and outlets at the very end are roles, never authors, and stay out of the body."""
    article = read(page(after=after, below=below))
    assert wanted in roles(article)
    assert article.authors == ()
    assert article.text == "\n\n".join(ZH)


@pytest.mark.parametrize("name", ["陶䶮", "柏川", "欧阳汀", "马𬀩"])
def test_a_reporter_may_write_with_any_han_character(name: str) -> None:
    """By-lines are read also where a name is written outside of the common block."""
    assert read(page(body=(f"本报讯（记者 {name}）{ZH[0]}", *ZH[1:]))).authors == (name,)


@pytest.mark.parametrize(
    "after",
    ["<p>记者手记：新馆的灯光亮到深夜，读者们舍不得离开。</p>", "<p>摄影爱好者纷纷赶来，在新馆前留影纪念。</p>", "<p>编辑部的故事还在继续，读者来信像雪片一样飞来。</p>"],
)  # fmt: skip
def test_a_last_sentence_is_no_credit(after: str) -> None:
    """Sentences that begin with the word of a role stay in the story."""
    article = read(page(after=after))
    assert article.text.endswith(after[3:-4])
    assert article.authors == ()


@pytest.mark.parametrize(
    ("info", "authors"),
    [
        ('<p>By <a href="https://courier.example.com/authors/ada-fern/">Ada Fern</a></p>', ("Ada Fern",)),
        ('<a class="x1" href="/writers/ada-fern">Ada Fern</a>', ("Ada Fern",)),
        ('<div class="byline">By <span>Ada Fern</span> · <span>Courier News</span></div>', ("Ada Fern",)),
        ('<a href="/tag/ada-fern">Ada Fern</a>', ()),
        (
            '<a href="/staff/a-fern">Ada Fern</a> <a href="/staff/b-oak">Bo Oak</a> <a href="/staff/c-elm">Cy Elm</a>',
            (),
        ),
        ('<a href="/authors/">All our authors</a>', ()),
    ],
)
def test_a_writer_is_told_by_the_link_to_a_page_of_their_own(info: str, authors: tuple[str, ...]) -> None:
    """A name that links to a writer's page is an author; tags, lists of writers and outlets beside a name are not."""
    assert read(page(body=EN, lang="en", info=info), "https://courier.example.com/a/1").authors == authors


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        ('<div><a href="/2"><h3>Swans return to the mill pond</h3><p>The swans came back on Sunday, to a crowd of children.</p></a></div>' * 4, False),
        ('<a href="/2"><div><p>The swans came back on Sunday, two weeks later than last year, to a crowd of children.</p></div></a>' * 4, False),
        ("<p>The swans came back on Sunday, two weeks later than last year, to a crowd of children.</p>", True),
    ],
)  # fmt: skip
def test_a_card_that_is_one_link_is_no_part_of_the_story(below: str, kept: bool) -> None:
    """Headline and summary inside of one link are another story's; an anchor that nobody closed makes no card."""
    article = read(page(body=EN * 2, lang="en", info="13 March 2025", after=below))
    assert ("swans" in article.text) == kept
    unclosed = read(page(body=EN * 4, lang="en", info="13 March 2025", before='<a href="/top">'))
    assert unclosed.text == "\n\n".join(EN * 4)


# --- reprints


@pytest.mark.parametrize(
    ("before", "after", "reprinted", "original"),
    [
        ("<p>本文转自：人民公安报</p>", "", "人民公安报", ""),
        ("", "<p>（原标题：图书馆新馆昨日开门迎客）</p>", "", "图书馆新馆昨日开门迎客"),
        ("<p>转载自微信公众号“云山发布”</p>", "", "云山发布", ""),
        ("", "<p>来源：山城晚报</p><p>原标题：图书馆新馆昨日开门迎客</p>", "山城晚报", "图书馆新馆昨日开门迎客"),
        ("", "<p>转自网络的照片让馆长哭笑不得，他说那不是他的图书馆。</p>", "", ""),
        ("", "<p>未经授权不得转载，转载请注明来自云山日报。</p>", "", ""),
        ("", "<p>来源：综合本报、网络</p>", "", ""),
    ],
)
def test_reprint_markers(before: str, after: str, reprinted: str, original: str) -> None:
    """转自 and an outlet credited at the end tell a reprint, a copyright notice or a passing word does not."""
    article = read(page(info="2025-03-13 09:26　来源：云山网", before=before, after=after))
    assert (article.reprinted_from, article.original_title) == (reprinted, original)


# --- state


FORUM = page(
    title="Which ferry is best for cycling?", lang="en", info="",
    body=tuple(f'<a href="/u/{n}">rider{n}</a> wrote: I always take the {n} o\'clock boat, and it is never full at all. <a href="/r/{n}">Reply</a> <a href="/s/{n}">Share</a> <a href="/f/{n}">Report</a>' for n in range(1, 12)),
    below="<ul>" + "".join(f'<li><a href="/t/{n}">Another thread about boats and bicycles number {n}</a></li>' for n in range(40)) + "</ul>",
)  # fmt: skip
SHORT = page(body=(ZH[0],), below="<ul>" + "".join(f'<li><a href="/t/{n}">另一条新闻的标题写在这里很长很长第{n}条</a></li>' for n in range(80)) + "</ul>")  # fmt: skip
SECTION = "<html><head><title>社会_云山网</title></head><body><ul>" + "".join(f'<li><a href="/t/{n}">另一条新闻的标题写在这里很长很长第{n}条</a> 03-13</li>' for n in range(80)) + "</ul></body></html>"  # fmt: skip
CARDS = "<html><head><title>Local news | Courier</title></head><body><h1>Local news</h1>" + "".join(f'<div class="card"><h3><a href="/t/{n}">A headline about a local matter, number {n}</a></h3><p>A short summary of the matter that is told there, number {n}.</p></div>' for n in range(30)) + "</body></html>"  # fmt: skip
VIDEO = '<html><head><title>新馆开放视频</title><meta property="og:type" content="video.other"></head><body><h1>新馆开放视频</h1><video src="/a.mp4"></video><p>现场视频。</p></body></html>'
WITH_VIDEO = page(head='<meta property="og:type" content="video.other">', before='<video src="/a.mp4"></video>', body=(*ZH, *ZH))  # fmt: skip
LOGIN = "<html><head><title>用户登录</title></head><body><form><input name=u><input type=password></form><p>请先登录后继续访问</p></body></html>"
SIGN_IN = '<html><head><title>Sign in - Courier</title></head><body><h1>Sign in</h1><form><input type="password"></form><p>Forgot your password?</p></body></html>'
ABOUT_LOGIN = page(title="云山政务平台实现统一登录，市民少跑三趟")
ABOUT_404 = page(title="404房间里的三十年：一位管理员的坚守")
ABOUT_BOTS = page(title="How captcha puzzles became a business", body=EN * 4, lang="en", info="13 March 2025")
GONE = "<html><head><title>云山网</title></head><body><div>首页 新闻</div><p>抱歉，您访问的页面不存在或已删除</p><a href='/'>返回首页</a></body></html>"
DELETED = "<html><head><title>提示信息</title></head><body><p>该文章已被删除</p></body></html>"
NOT_FOUND = "<html><head><title>Page not found | Courier</title></head><body><nav><a href='/'>Home</a></nav><h1>Page not found</h1><p>Sorry, we could not find the page that you were looking for.</p></body></html>"
WAIT = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before accessing.</p></body></html>"
CHALLENGE = '<html><head></head><body><script>var $_ts=window["$_ts"]||{};$_ts.nsd=1;</script></body></html>'
SLIDE = "<html><head><title>安全验证</title></head><body><div>请拖动滑块完成验证</div></body></html>"
SHELL = '<html><head><title>云山网</title></head><body><div id="app"></div></body></html>'


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (page(), State.ARTICLE), (FORUM, State.ARTICLE), (SHORT, State.ARTICLE), (ABOUT_LOGIN, State.ARTICLE),
        (ABOUT_404, State.ARTICLE), (ABOUT_BOTS, State.ARTICLE), (WITH_VIDEO, State.ARTICLE),
        (SECTION, State.SECTION), (CARDS, State.SECTION), (VIDEO, State.VIDEO), (LOGIN, State.LOGIN), (SIGN_IN, State.LOGIN),
        (GONE, State.ERROR), (DELETED, State.ERROR), (NOT_FOUND, State.ERROR),
        (WAIT, State.BOT_CHECK), (CHALLENGE, State.BOT_CHECK), (SLIDE, State.BOT_CHECK),
        (SHELL, State.EMPTY), ("<html><body></body></html>", State.EMPTY), ("<p> </p>", State.EMPTY),
    ],
    ids=lambda value: value.value if isinstance(value, State) else "",
)  # fmt: skip
def test_the_kind_of_page(text: str, state: State) -> None:
    """Stories about log-ins, bots and 404s are articles; what servers send in an article's place is named."""
    assert read(text).state is state


# --- language, keywords, images


@pytest.mark.parametrize(
    ("body", "declared", "lang"),
    [
        (ZH, "zh-TW", "zh-Hans"),
        ((HANT,), "zh-CN", "zh-Hant"),
        ((HANT,), "", "zh-Hant"),
        (("本文引述「臺灣」二字。" + "".join(ZH),), "zh-CN", "zh-Hans"),
        (("天天向上，人人有份。山中何所有。",), "zh-HK", "zh-Hant"),
        (("天天向上，人人有份。山中何所有。",), "zh-CN", "zh-Hans"),
        (EN, "zh-CN", "en"),
    ],
)
def test_the_two_scripts_of_chinese(body: tuple[str, ...], declared: str, lang: str) -> None:
    """The characters decide; a declaration counts only where they leave it open."""
    assert read(page(body=body, lang=declared)).lang == lang


@pytest.mark.parametrize(
    ("head", "keywords"),
    [
        ('<meta name="keywords" content="图书馆,新馆，开放">', ("图书馆", "新馆", "开放")),
        ('<meta name="keywords" content="图书馆 新馆 云山市 开放首日 读者服务 夜间阅读 儿童阅读区 自习区">', ("图书馆", "新馆", "云山市", "开放首日", "读者服务", "夜间阅读", "儿童阅读区", "自习区")),
        ('<meta property="article:tag" content="Harbour"><meta property="article:tag" content="Bridge">', ("Harbour", "Bridge")),
        ('<meta name="keywords" content="">', ()),
        ('<meta name="keywords" content="云山图书馆新馆开放首日迎客三千">', ()),
        ('<meta name="keywords" content="图书馆,图书馆,云山图书馆新馆开放首日迎客三千">', ("图书馆",)),
    ],
)  # fmt: skip
def test_keywords_are_the_pages_own(head: str, keywords: tuple[str, ...]) -> None:
    """Keywords are split at commas, each is told once, and the headline is none."""
    assert read(page(head=head)).keywords == keywords


@pytest.mark.parametrize(
    ("head", "before", "lead"),
    [
        ('<meta property="og:image" content="/i/lead.jpg">', '<p><img src="/i/lead.jpg"></p>', "https://news.example.cn/i/lead.jpg"),
        ('<meta property="og:image" content="/i/lead.jpg">', "", "https://news.example.cn/i/lead.jpg"),
        ('<meta name="twitter:image" content="/i/t.jpg">', "", "https://news.example.cn/i/t.jpg"),
        ("", '<p><img src="/i/first.jpg"></p>', ""),
        ('<meta property="og:image" content="/static/logo.png">', "", ""),
        ('<meta property="og:image" content="data:image/gif;base64,R0lGOD">', "", ""),
    ],
)  # fmt: skip
def test_the_lead_image_is_the_one_that_the_page_names(head: str, before: str, lead: str) -> None:
    """The lead image is told by the metas; a logo or an inline pixel is none."""
    images = read(page(head=head, before=before)).images
    assert next((image.url for image in images if image.lead), "") == lead


@pytest.mark.parametrize(
    "picture",
    [
        '<p><img class="lazy" src="data:image/gif;base64,R0" data-src="/i/1.jpg"><noscript><img src="/i/1.jpg"></noscript></p>',
        '<p><img class="lazy" src="/i/blank.gif"><noscript><img src="/i/1.jpg"></noscript></p>',
        '<figure><noscript><img src="/i/1.jpg"></noscript><img src="data:image/svg+xml,x" data-srcset="/i/1.jpg 800w, /i/0.jpg 300w"></figure>',
    ],
)
def test_lazy_images_are_seen_once(picture: str) -> None:
    """An image behind a lazy loader, told again for browsers without scripts, is one image in its place."""
    article = read(page(body=(ZH[0] + "</p>" + picture + "<p>" + ZH[1], ZH[2])))
    assert [image.url for image in article.images] == ["https://news.example.cn/i/1.jpg"]
    assert article.text == "\n\n".join(ZH)


def test_an_inline_noscript_does_not_cut_a_sentence() -> None:
    """A pixel set into a paragraph leaves the paragraph whole."""
    text = (
        f'{ZH[0][:10]}<noscript><img src="https://count.example.cn/1.gif" width="1" height="1"></noscript>{ZH[0][10:]}'
    )
    article = read(page(body=(text, *ZH[1:])))
    assert article.text == "\n\n".join(ZH)
    assert article.images == ()
