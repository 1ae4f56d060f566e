"""Fictional pages of common builds (content systems, portals, frameworks), each with what a reader should get of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tuoben.extract import extract
from tuoben.model import Article, Page, State

FETCHED = datetime(2025, 3, 14, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Build:
    """A page and what it says: `fields` are compared as they are, `body` paragraphs must be all there is."""

    name: str
    url: str
    html: str
    body: tuple[str, ...]
    published: str
    fields: dict[str, object] = field(default_factory=dict)


EN = (
    "The town council of Ferrybridge voted on Wednesday night to keep the old ferry running for another ten years.",
    "Councillors heard from forty residents before the vote, and only two of them wanted the crossing closed.",
    "“It is the last of its kind on this coast,” said the harbour master. “People plan their weeks around it.”",
)
ZH = (
    "3月12日，青禾市第三人民医院新院区正式启用，首日接诊患者一千二百余人。",
    "记者在现场看到，新院区设有床位八百张，门诊大厅配备了自助挂号机二十台。",
    "院长介绍，新院区将重点建设心血管、骨科等专科，周边三个县的居民可就近就医。",
)
JA = (
    "青葉市は12日、老朽化した中央図書館を建て替え、2027年春に開館すると発表した。",
    "新しい図書館は地上4階建てで、約30万冊を収める。総工費は約48億円を見込む。",
    "市長は会見で「世代を超えて集まれる場所にしたい」と話した。",
)
KO = (
    "새벽시는 12일 낡은 중앙도서관을 헐고 2027년 봄 새 도서관을 연다고 밝혔다.",
    "새 도서관은 지상 4층 규모로 책 30만 권을 소장하며, 총사업비는 480억 원이다.",
    "시장은 기자회견에서 “세대를 넘어 모이는 공간을 만들겠다”고 말했다.",
)
AR = (
    "أعلنت بلدية مدينة النخيل يوم الأربعاء عن افتتاح المكتبة المركزية الجديدة في ربيع العام المقبل.",
    "وقال رئيس البلدية إن المبنى الجديد يتسع لأكثر من ثلاثمائة ألف كتاب، ويضم قاعات للقراءة والدراسة.",
    "وأضاف أن التكلفة الإجمالية للمشروع تبلغ ثمانية وأربعين مليونا، وأن العمل سيبدأ في الصيف.",
)


def paragraphs(texts: tuple[str, ...], before: str = "", tag: str = "p") -> str:
    return "".join(f"<{tag}>{before}{text}</{tag}>\n" for text in texts)


WORDPRESS_CLASSIC = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="UTF-8"><title>Ferry to run for ten more years &#8211; The Ferrybridge Mail</title>
<meta name="generator" content="WordPress 4.9"><link rel="stylesheet" href="/wp-content/themes/x/style.css"></head>
<body class="post-template-default single single-post postid-881 single-format-standard group-blog"><div id="page" class="site"><header id="masthead" class="site-header">
<p class="site-title"><a href="/" rel="home">The Ferrybridge Mail</a></p><nav class="main-navigation"><ul><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<div id="content" class="site-content"><div id="primary" class="content-area"><main id="main" class="site-main"><article id="post-881" class="post-881 post type-post hentry category-council">
<header class="entry-header"><h1 class="entry-title">Ferry to run for ten more years</h1><div class="entry-meta"><span class="posted-on">Posted on <a href="/881" rel="bookmark"><time class="entry-date published" datetime="2025-03-13T07:45:00+00:00">13 March 2025</time><time class="updated" datetime="2025-03-13T11:02:00+00:00">13 March 2025</time></a></span><span class="byline"> by <span class="author vcard"><a class="url fn n" href="/author/mabel">Mabel Quince</a></span></span></div></header>
<div class="entry-content">{paragraphs(EN)}<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a href="#">Click to share on Twitter</a></li></ul></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3><p><a href="/1">Ferry timetable changes for the summer season</a></p></div></div>
<footer class="entry-footer"><span class="cat-links">Posted in <a href="/c/council" rel="category tag">Council</a></span></footer></article>
<nav class="navigation post-navigation"><div class="nav-previous"><a href="/880">Bakery wins prize for the third year</a></div></nav>
<div id="comments" class="comments-area"><h2 class="comments-title">One thought on &ldquo;Ferry to run&rdquo;</h2><ol class="comment-list"><li class="comment"><div class="comment-author vcard"><b class="fn">Tom</b></div><p>Splendid news, I have used the ferry since I was a boy, every single morning.</p></li></ol></div></main></div>
<aside id="secondary" class="widget-area"><section class="widget"><h2>Recent Posts</h2><ul><li><a href="/1">Ferry timetable changes</a></li></ul></section></aside></div></div></body></html>"""

WORDPRESS_BLOCKS = f"""<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>Ferry to run for ten more years – Coastline Weekly</title><meta property="og:site_name" content="Coastline Weekly"></head>
<body class="wp-embed-responsive single single-post"><div class="wp-site-blocks"><header class="wp-block-template-part"><div class="wp-block-group"><p class="wp-block-site-title"><a href="/">Coastline Weekly</a></p></div></header>
<main class="wp-block-group is-layout-flow"><div class="wp-block-group"><h1 class="wp-block-post-title">Ferry to run for ten more years</h1>
<div class="wp-block-group is-layout-flex"><div class="wp-block-post-date"><time datetime="2025-03-13T07:45:00-05:00">March 13, 2025</time></div><div class="wp-block-post-author-name"><a href="/author/mq">Mabel Quince</a></div></div>
<div class="entry-content wp-block-post-content is-layout-constrained">{paragraphs(EN[:2])}<figure class="wp-block-image size-large"><img src="/f/ferry.jpg" alt="The ferry at dawn"><figcaption class="wp-element-caption">The ferry at dawn</figcaption></figure>{paragraphs(EN[2:])}</div>
<div class="wp-block-post-terms taxonomy-post_tag"><a href="/t/ferry" rel="tag">ferry</a></div></div>
<div class="wp-block-query"><h2 class="wp-block-heading">More posts</h2><ul class="wp-block-post-template"><li><h3 class="wp-block-post-title"><a href="/2">Swans return to the mill pond</a></h3><div class="wp-block-post-excerpt"><p>The swans came back on Sunday, two weeks later than last year, to a crowd of children.</p></div></li></ul></div></main></div></body></html>"""

TABLE_PORTAL = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>青禾市第三人民医院新院区启用_社会_青禾在线</title><meta name="keywords" content="青禾,医院,新院区"></head>
<body bgcolor="#FFFFFF"><table width="960" align="center"><tr><td><a href="/">首页</a>|<a href="/news/">新闻</a>|<a href="/bbs/">论坛</a>|<a href="/house/">房产</a></td></tr></table>
<table width="960" align="center"><tr><td width="660" valign="top"><table width="100%"><tr><td class="dh">您的位置：<a href="/">青禾在线</a> &gt; <a href="/news/">新闻</a> &gt; <a href="/shehui/">社会</a> &gt; 正文</td></tr>
<tr><td align="center"><font size="5"><b>青禾市第三人民医院新院区启用</b></font></td></tr><tr><td align="center"><font color="#666666">2012年03月13日 09:26　来源：青禾晚报　作者：陈小禾　【字号 <a href="#">大</a> <a href="#">中</a> <a href="#">小</a>】</font></td></tr>
<tr><td class="f14">　　{"<br><br>　　".join(ZH)}<br><br>　　[责任编辑：简书]</td></tr>
<tr><td><b>相关新闻</b><br>·<a href="/1.htm">青禾市启动三年医疗提升行动计划</a> 03-10<br>·<a href="/2.htm">第三人民医院招聘护士五十名公告</a> 03-08</td></tr></table></td>
<td width="290" valign="top"><table><tr><td>热点排行</td></tr><tr><td><a href="/3.htm">青禾河春汛期间水位将上涨一米</a></td></tr><tr><td><a href="/4.htm">地铁二号线六月通车试运行公告</a></td></tr></table></td></tr></table>
<table width="960"><tr><td align="center">关于我们 | 联系方式 | 版权所有 青禾在线 未经授权禁止转载 京ICP备00000000号</td></tr></table></body></html>"""

GOVERNMENT = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>青禾市第三人民医院新院区启用</title><meta name="SiteName" content="青禾市人民政府"><meta name="ColumnName" content="部门动态"><meta name="ArticleTitle" content="青禾市第三人民医院新院区启用"><meta name="PubDate" content="2025-03-13 16:05"><meta name="ContentSource" content="市卫生健康委"></head>
<body><div class="header"><a href="/">青禾市人民政府</a></div><div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/zwdt/">政务动态</a> &gt; <a href="/bmdt/">部门动态</a></div>
<div class="xxgk"><table><tr><td>索 引 号：</td><td>QH0301-2025-00071</td><td>发布机构：</td><td>市卫生健康委办公室</td></tr></table></div>
<div class="con"><div class="title">青禾市第三人民医院新院区启用</div><div class="sx"><span>发布时间：2025-03-13 16:05</span><span>信息来源：市卫生健康委</span><span>浏览次数：<i id="hits"></i>次</span><span>【字体：<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>】</span></div>
<div class="TRS_Editor">{paragraphs(ZH, "　　")}</div><div class="fx"><a href="#">打印本页</a> <a href="#">关闭窗口</a></div><div>上一篇：<a href="/a">全市卫生健康工作会议召开部署重点任务</a></div></div>
<div class="foot">主办：青禾市人民政府办公室　承办：青禾市大数据中心　网站标识码：0000000000</div></body></html>"""

WECHAT_LIKE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title></title><meta property="og:title" content="新院区来了！青禾三院今日启用"><meta property="og:type" content="article"><meta name="author" content="陈小禾"></head>
<body id="activity-detail" class="zh_CN"><div id="js_article" class="rich_media"><div class="rich_media_inner"><div id="page-content" class="rich_media_area_primary"><h1 class="rich_media_title" id="activity-name">新院区来了！青禾三院今日启用</h1>
<div id="meta_content" class="rich_media_meta_list"><span class="rich_media_meta rich_media_meta_text">陈小禾</span><span class="rich_media_meta rich_media_meta_nickname" id="profileBt"><a href="javascript:void(0);" id="js_name">青禾发布</a></span><em id="publish_time" class="rich_media_meta rich_media_meta_text">2025年03月13日 18:30</em></div>
<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;"><section>{"".join(f"<section><span>{t}</span></section>" for t in ZH)}</section><p><img class="rich_pages wxw-img" data-src="https://img.example.cn/mm/1/640?wx_fmt=jpeg"></p><p>来源 | 青禾晚报</p><p>编辑 | 小禾</p></div></div></div></div>
<div class="qr_code_pc"><p>微信扫一扫<br>关注该公众号</p></div><script>var ct = "1741861800";</script></body></html>"""

DRUPAL = f"""<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Ferry to run for ten more years | Northshore Public Radio</title><meta name="Generator" content="Drupal 9"></head>
<body class="path-node page-node-type-article"><div class="dialog-off-canvas-main-canvas"><header role="banner"><a href="/">Northshore Public Radio</a><nav role="navigation"><ul class="menu"><li><a href="/news">News</a></li></ul></nav></header>
<div class="region region-breadcrumb"><nav class="breadcrumb"><ol><li><a href="/">Home</a></li><li><a href="/local">Local</a></li></ol></nav></div>
<main role="main"><div class="region region-content"><div class="block block-system-main-block"><article class="node node--type-article node--view-mode-full"><h1 class="page-header"><span class="field field--name-title">Ferry to run for ten more years</span></h1>
<footer class="node__meta"><div class="node__submitted">By <span class="field field--name-uid"><span>Mabel Quince</span></span> on <span class="field field--name-created">Thu, 03/13/2025 - 07:45</span></div></footer>
<div class="node__content"><div class="field field--name-body field--type-text-with-summary field__item">{paragraphs(EN)}</div><div class="field field--name-field-tags"><div class="field__label">Tags</div><div class="field__item"><a href="/t/1">Ferries</a></div></div></div></article></div></div></main>
<aside role="complementary"><h2>Popular content</h2><ul><li><a href="/n/2">The mill pond swans are back</a></li></ul></aside></div></body></html>"""

_NEXT_STATE = {
    "props": {
        "pageProps": {
            "article": {
                "headline": "Ferry to run for ten more years",
                "publishedAt": "2025-03-13T07:45:00Z",
                "body": "".join(f"<p>{text}</p>" for text in EN),
            },
            "related": [{"title": "Swans return", "body": "<p>The swans came back on Sunday.</p>"}],
        }
    }
}
_NEXT_JSON = json.dumps(_NEXT_STATE).replace("</", "<\\/")
NEXT_DATA = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ferry to run for ten more years</title><meta property="article:published_time" content="2025-03-13T07:45:00Z"></head>
<body><div id="__next"><div class="spinner"></div></div><script id="__NEXT_DATA__" type="application/json">{_NEXT_JSON}</script></body></html>"""

AMP = f"""<!doctype html><html amp lang="en"><head><meta charset="utf-8"><title>Ferry to run for ten more years</title><link rel="canonical" href="https://www.mail.example.com/2025/ferry"><style amp-boilerplate>body{{visibility:hidden}}</style>
<script type="application/ld+json">{json.dumps({"@context": "http://schema.org", "@type": "NewsArticle", "headline": "Ferry to run for ten more years", "datePublished": "2025-03-13T07:45:00Z", "author": {"@type": "Person", "name": "Mabel Quince"}})}</script></head>
<body><amp-sidebar id="sidebar" layout="nodisplay"><ul><li><a href="/">Home</a></li></ul></amp-sidebar><header class="amp-wp-header"><a href="/">Mail</a></header>
<article class="amp-wp-article"><header class="amp-wp-article-header"><h1 class="amp-wp-title">Ferry to run for ten more years</h1></header><div class="amp-wp-article-content"><amp-img src="/f/ferry.jpg" width="1200" height="800" layout="responsive" alt="Ferry"></amp-img>{paragraphs(EN)}<amp-ad width="300" height="250" type="x"><div>Advertisement</div></amp-ad></div>
<footer class="amp-wp-article-footer"><a href="#comments">Leave a Comment</a></footer></article></body></html>"""

JAPANESE = f"""<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>中央図書館を建て替え、27年春に開館　青葉市：青葉新報デジタル</title><meta property="og:title" content="中央図書館を建て替え、27年春に開館　青葉市：青葉新報デジタル"><meta property="og:site_name" content="青葉新報デジタル"></head>
<body><header><a href="/">青葉新報デジタル</a><nav><ul><li><a href="/local">地域</a></li></ul></nav></header><main><div class="ArticleHead"><h1>中央図書館を建て替え、27年春に開館　青葉市</h1><p class="writer">記者・山本花子</p><p><time datetime="2025-03-12T19:05:00+09:00">2025年3月12日 19時05分</time></p></div>
<div class="ArticleBody">{paragraphs(JA)}</div><div class="related"><h2>関連記事</h2><ul><li><a href="/1">市立美術館、夏に特別展を開催へ</a></li></ul></div></main><footer>Copyright 青葉新報社 無断転載を禁じます</footer></body></html>"""

KOREAN = f"""<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>새벽시, 2027년 봄 새 중앙도서관 연다 - 새벽일보</title><meta property="og:site_name" content="새벽일보"><meta property="article:section" content="사회"></head>
<body><div id="header"><a href="/">새벽일보</a></div><div class="article-view"><h1 class="heading">새벽시, 2027년 봄 새 중앙도서관 연다</h1><ul class="infomation"><li>김하늘 기자</li><li>입력 2025.03.12 19:05</li><li>수정 2025.03.12 20:10</li><li>댓글 3</li></ul>
<div id="article-view-content-div" class="user-content">{paragraphs(KO)}<p>김하늘 기자 sky@paper.example</p></div><div class="copyright">저작권자 © 새벽일보 무단전재 및 재배포 금지</div></div><div class="aside"><h3>많이 본 뉴스</h3><a href="/1">지하철 2호선 연장 구간 6월 개통</a></div></body></html>"""

ARABIC = f"""<!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>افتتاح المكتبة المركزية الجديدة في مدينة النخيل | صحيفة النخيل</title><meta property="og:site_name" content="صحيفة النخيل"><meta property="article:published_time" content="2025-03-12T16:05:00+03:00"><meta name="author" content="سلمى الراوي"></head>
<body><header><nav><a href="/">الرئيسية</a><a href="/local">محليات</a></nav></header><article><h1>افتتاح المكتبة المركزية الجديدة في مدينة النخيل</h1><div class="article-content">{paragraphs(AR)}</div></article><section><h3>مواضيع ذات صلة</h3><ul><li><a href="/1">معرض الكتاب يفتح أبوابه الأسبوع القادم</a></li></ul></section></body></html>"""

LIVE_BLOG = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Storm Edda live: bridges closed as winds reach 90mph | Ferrybridge Mail</title><meta property="og:site_name" content="Ferrybridge Mail">
<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "Storm Edda live: bridges closed as winds reach 90mph", "datePublished": "2025-03-12T06:00:00Z", "dateModified": "2025-03-12T09:30:00Z", "author": {"@type": "Person", "name": "Mabel Quince"}})}</script></head>
<body><main><article><h1>Storm Edda live: bridges closed as winds reach 90mph</h1>
<div class="live-post"><time datetime="2025-03-12T09:30:00Z">09:30</time><h2>Ferry cancelled</h2><p>{EN[0]}</p></div><div class="live-post"><time datetime="2025-03-12T08:10:00Z">08:10</time><h2>School closures</h2><p>{EN[1]}</p></div><div class="live-post"><time datetime="2025-03-12T06:00:00Z">06:00</time><h2>Good morning</h2><p>{EN[2]}</p></div></article></main></body></html>"""

TITLE_EN, TITLE_ZH = "Ferry to run for ten more years", "青禾市第三人民医院新院区启用"
BUILDS = (
    Build("wordpress-classic", "https://mail.example.com/2025/03/ferry", WORDPRESS_CLASSIC, EN, "2025-03-13T07:45:00+00:00", {"title": TITLE_EN, "authors": ("Mabel Quince",), "lang": "en"}),
    Build("wordpress-blocks", "https://coast.example.com/ferry", WORDPRESS_BLOCKS, EN, "2025-03-13T07:45:00-05:00", {"title": TITLE_EN, "authors": ("Mabel Quince",)}),
    Build("table-portal", "http://www.qinghe.example.cn/shehui/2012-03/13/content_5501.htm", TABLE_PORTAL, ZH, "2012-03-13T09:26", {"title": TITLE_ZH, "authors": ("陈小禾",), "source": "青禾晚报", "category": "社会", "lang": "zh-Hans"}),
    Build("government", "http://www.qinghe.example.cn/bmdt/202503/t20250313_3301.html", GOVERNMENT, ZH, "2025-03-13T16:05", {"title": TITLE_ZH, "authors": (), "source": "市卫生健康委", "category": "部门动态"}),
    Build("wechat-like", "https://mp.example.cn/s/abc", WECHAT_LIKE, ZH, "2025-03-13T18:30", {"title": "新院区来了！青禾三院今日启用", "source": "青禾发布", "reprinted_from": "青禾晚报"}),
    Build("drupal", "https://radio.example.org/local/ferry", DRUPAL, EN, "2025-03-13T07:45", {"title": TITLE_EN, "authors": ("Mabel Quince",), "category": "Local"}),
    Build("next-data", "https://next.example.com/a/ferry", NEXT_DATA, EN, "2025-03-13T07:45:00+00:00", {"title": TITLE_EN}),
    Build("amp", "https://amp.mail.example.com/2025/ferry", AMP, EN, "2025-03-13T07:45:00+00:00", {"title": TITLE_EN, "authors": ("Mabel Quince",)}),
    Build("japanese", "https://aoba.example.jp/articles/1", JAPANESE, JA, "2025-03-12T19:05:00+09:00", {"title": "中央図書館を建て替え、27年春に開館 青葉市", "authors": ("山本花子",), "lang": "ja"}),
    Build("korean", "https://dawn.example.kr/news/articleView.html?idxno=1", KOREAN, KO, "2025-03-12T19:05", {"title": "새벽시, 2027년 봄 새 중앙도서관 연다", "authors": ("김하늘",), "category": "사회", "lang": "ko"}),
    Build("arabic", "https://palm.example.com/1", ARABIC, AR, "2025-03-12T16:05:00+03:00", {"title": "افتتاح المكتبة المركزية الجديدة في مدينة النخيل", "authors": ("سلمى الراوي",), "lang": "ar"}),
    Build("live-blog", "https://mail.example.com/live/edda", LIVE_BLOG, ("Ferry cancelled", EN[0], "School closures", EN[1], "Good morning", EN[2]), "2025-03-12T06:00:00+00:00", {"title": "Storm Edda live: bridges closed as winds reach 90mph", "authors": ("Mabel Quince",)}),
)  # fmt: skip


def read(build: Build) -> Article:
    return extract(Page(url=build.url, body=build.html.encode(), fetched_at=FETCHED))


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_the_body_is_the_story_and_nothing_else(build: Build) -> None:
    """Of every build the whole story is taken, and nothing that stands around it."""
    assert read(build).text.split("\n\n") == list(build.body)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_the_fields_are_as_the_page_tells_them(build: Build) -> None:
    """Headline, time, makers and category of every build are read from where that build keeps them."""
    article = read(build)
    assert article.state is State.ARTICLE
    assert {name: getattr(article, name) for name in build.fields} == build.fields
    assert article.published is not None
    assert article.published.iso().startswith(build.published)
