"""The reading page: every element of the model page, and nothing that acts."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

import rows
from tuoben import model
from tuoben.store import models

PAGE = "https://jilin.example/a/2023/1224/1.html?id=35"


def text(response):
    return response.content.decode()


@pytest.fixture
def page(app, archive):
    return text(app.get("/a/main/"))


def flat(page):
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.partition("<body")[2]))


def test_subscriptions_come_first_in_the_navigation_and_the_category_is_the_breadcrumb(page):
    """我的订阅 · 国内, as on the model page."""
    links = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>([^<]+)</a>', page.partition("<nav")[2].partition("</nav>")[0])
    assert links == [("/me/", "我的订阅"), ("/c/%E5%9B%BD%E5%86%85/", "国内")]


def test_the_page_has_column_headline_and_the_line_of_facts(page):
    """厅局长访谈, the headline, 类别 / 发布时间 / 来源 with seconds and the zone."""
    assert re.search(r'<p class="column"><a [^>]+>厅局长访谈</a>', page)
    assert page.count("<h1>") == 1 and "<h1><bdi>为谱写中国式现代化" in page
    seen = flat(page)
    assert "类别： 国内 发布时间： 2023-12-24 18:26:00 +08:00 来源： 中国吉林网" in seen
    assert 'datetime="2023-12-24T18:26+08:00"' in page and "来源给出的时间精确到分钟" in page


def test_the_body_keeps_its_structure(page):
    """Headings below the headline, figures with captions, lists, quotes and tables stand in their place."""
    body = page.partition('class="body prose">')[2]
    for part in ("<h2>将科技创新", "<strong>李岩：</strong>", "<figcaption>光学城</figcaption>", "<ul><li>一是聚焦",
                 "<blockquote><p>金钥匙", "<th>指标</th>", "<td>第8位</td>"):  # fmt: skip
        assert part in body
    assert 'src="http://127.0.0.1:8001/web/20231224124508im_/https://img.jilin.example/1.png" alt=""' in body
    assert "never.example" not in body and "有 1 幅图片没有收录" in page
    assert '<a href="https://jilin.example/b.html" rel="nofollow noreferrer">另一篇</a>' in body


def test_the_roles_of_the_by_line_are_named(page):
    """出品, 记者 and 摄影 each with their names."""
    assert "记者 郭某某" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("  ", " ")
    for name in ("中国吉林网 吉刻APP", "摄影", "李某"):
        assert name in page


def test_the_notice_stands_in_the_words_of_the_field(page):
    """Who collected, unmodified, no opinion of ours; when; a public service with a contact; where it came from."""
    seen = flat(page)
    assert "以上内容为资讯信息快照，由拓本爬虫进行采集并收录，本站未对信息做任何修改，信息内容不代表本站立场。" in seen
    assert "快照生成时间：2023-12-24 20:45:08" in seen
    assert "本站信息快照查询为非营利公共服务，如有侵权请联系我们进行删除。" in seen
    assert f'<a href="{PAGE}" rel="nofollow noreferrer">' in page and f">{PAGE}</code>" in page


def test_the_provenance_names_record_digest_and_revision(page):
    """A reader finds the WARC record, the payload's SHA-256, the revision and the way to the original look."""
    capture = models.Capture.objects.get(article="main")
    assert capture.record_id in page and capture.segment in page
    assert re.search(r"<code>[0-9a-f]{64}</code>", page)
    assert "第 1 版／共 1 版" in page and 'href="/a/main/original/"' in page
    assert "2 小时 19 分" in page


def test_a_reprint_is_marked_and_the_copies_are_listed(page):
    """本文转自 with the original headline, and the other copies with how much earlier they were."""
    assert "本文转自：人民公安报，原标题：齐心迈步" in flat(page)
    assert 'href="/a/copy/"' in page and "首发" in flat(page) and "晚 8 小时 26 分" in flat(page)


def test_more_of_the_category_follows(page):
    """更多关于国内的资讯 closes the page."""
    assert "更多关于国内的资讯" in page and 'href="/c/%E5%9B%BD%E5%86%85.atom"' in page


def test_the_head_tells_machines_what_the_page_is(page):
    """Canonical address, OpenGraph, feeds and JSON-LD that parses."""
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert data["@type"] == "NewsArticle" and data["datePublished"] == "2023-12-24T18:26:00+08:00"
    assert data["isBasedOn"] == PAGE
    assert '<link rel="canonical" href="http://127.0.0.1:8000/a/main/">' in page
    assert '<meta property="og:title" content="为谱写' in page
    assert 'rel="alternate" type="application/atom+xml"' in page


def test_related_articles_are_told_apart_by_time_with_marked_excerpts(app, archive, index):
    """之后 and 此前, each with an excerpt whose hits are marked, its time, and why it is related."""
    texts = {
        "old": ("李岩走访光学城", "去年冬天，李岩在光学城看了三家工厂，工人们说老字号要靠数字智能翻身。"),
        "new": ("长白山实验室挂牌", "李岩在揭牌仪式上说，战略高度决定创新升级的成色，实验室要把人才留在吉林。"),
    }
    for id, (title, body) in texts.items():
        said = rows.content(f"https://jilin.example/{id}", title=title, category="科技", text=body)
        rows.article(id, captured=rows.NOON + timedelta(days=-40 if id == "old" else 40), said=said)
    for number in range(20):
        rows.article(f"x{number}", said=rows.content(f"https://jilin.example/x{number}", title=f"天气预报{number}",
                                                     text=f"明天多云，气温{number}度，有小雨。"))  # fmt: skip
    index()
    page = text(app.get("/a/main/"))
    related = page.partition('id="related"')[2].partition("</section>")[0]
    assert related.index("之后") < related.index("/a/new/") < related.index("此前") < related.index("/a/old/")
    assert "<mark>" in related and 'class="why"' in related


def test_the_page_runs_no_foreign_script_and_keeps_foreign_images_on_the_replay_origin(app, archive):
    """The policy names our own script, our own style and the replay origin, and nothing else."""
    response = app.get("/a/main/")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert policy["frame-src"] == "http://127.0.0.1:8001" and policy["frame-ancestors"] == "'none'"
    assert response["X-Content-Type-Options"] == "nosniff" and response["Referrer-Policy"] == "no-referrer"
    scripts = re.findall(r"<script[^>]*>", text(response))
    assert scripts == ['<script src="/static/tuoben/tuoben.js" defer>', '<script type="application/ld+json">']


def test_a_date_stays_a_date_and_a_guessed_zone_is_said_to_be_one(app, db, index):
    """Nothing is printed that the source did not tell."""
    index()
    day = rows.moment("2023-12-24T00:00:00+08:00", "day")
    rows.article("day", said=rows.content("https://jilin.example/d", published=day))
    page = text(app.get("/a/day/"))
    assert re.search(r'<time datetime="2023-12-24" title="2023-12-24；来源只给出日期">2023-12-24</time>', page)
    guessed = rows.moment("2023-12-24T18:26:31+08:00", "second", zone_known=False)
    rows.article("guess", said=rows.content("https://jilin.example/g", published=guessed))
    assert "来源未注明时区，按 +08:00 计" in text(app.get("/a/guess/"))
    abroad = rows.moment("2023-12-24T10:26:31+00:00", "second")
    rows.article("abroad", said=rows.content("https://jilin.example/ab", published=abroad))
    page = text(app.get("/a/abroad/"))
    assert "2023-12-24 18:26:31" in page and "来源写作 2023-12-24 10:26 +00:00" in page


def test_noarchive_shows_the_headline_and_neither_body_nor_replay(app, bare, db, segments, index):
    """What the publisher does not want shown is not shown, and the page says so."""
    said = rows.content("https://jilin.example/n", title="不许存档", text="秘密的正文", html="<p>秘密的正文</p>",
                        policy=model.Policy(noarchive=True))  # fmt: skip
    stored, _ = rows.store(segments, said.url, "<p>秘密的正文".encode(), article="n")
    rows.article("n", said=said, page=stored)
    index()
    page = text(app.get("/a/n/"))
    assert "不许存档" in page and "noarchive" in page and "秘密" not in page
    assert "/a/n/original/" not in page and app.get("/a/n/original/").status_code == 302
    assert "秘密" not in text(app.get("/a/n.json")) + text(app.get("/index.atom")) + text(app.get("/latest/"))
    assert bare.get("/web/20231224124508/https://jilin.example/n").status_code == 404


def test_an_earlier_revision_can_be_read_and_says_that_it_is_one(app, archive, said):
    """?revision=1 shows what was said then; the list of revisions links both."""
    later = rows.capture(PAGE, rows.NOON + timedelta(days=1), article="main")
    rows.revise(archive, rows.content(PAGE, title="改过的标题"), later)
    newest, first = text(app.get("/a/main/")), text(app.get("/a/main/?revision=1"))
    assert "<h1><bdi>改过的标题" in newest and "<h1><bdi>为谱写" in first and "较早的一版" in first
    assert app.get("/a/main/?revision=7").status_code == 404
    assert app.get("/a/main/?revision=x").status_code == 200
    listed = text(app.get("/a/main/revisions/"))
    assert "改过的标题" in listed and 'href="/a/main/?revision=1"' in listed


def test_an_article_gone_at_its_source_says_since_when(app, archive):
    """The note names the time when the removal was first seen, and how it was seen."""
    models.Article.objects.filter(pk="main").update(gone_at=rows.NOON + timedelta(days=2))
    assert "最早发现于 2023-12-26 20:45:08" in flat(text(app.get("/a/main/")))
    models.Article.objects.filter(pk="main").update(gone_why="home")
    assert "原网址转到了来源的首页" in flat(text(app.get("/a/main/")))
    assert "redirects to its front page" in flat(text(app.get("/a/main/?lang=en")))
    assert app.get("/a/main.json").json()["gone_why"] == "home"


def test_the_json_of_an_article_has_the_one_shape_with_a_safe_body(app, archive):
    """/a/<id>.json carries id, times and digests, and sanitised HTML."""
    data = app.get("/a/main.json").json()
    assert data["id"] == "main" and data["published"] == "2023-12-24T18:26:00+08:00" and data["column"] == "厅局长访谈"
    assert data["capture"]["payload_digest"].startswith("sha256:")
    assert "never.example" not in data["html"] and "/web/20231224124508im_/" in data["html"]
    assert app.get("/a/none.json").status_code == 404


def test_the_original_look_is_framed_without_any_power(app, archive):
    """Our banner stands outside; the frame is sandboxed and comes from the replay origin."""
    page = text(app.get("/a/main/original/"))
    frame = re.search(r"<iframe[^>]*>", page)[0]
    assert 'sandbox="allow-top-navigation-by-user-activation"' in frame
    assert 'src="http://127.0.0.1:8001/web/20231224124508/https://jilin.example/a/2023/1224/1.html?id=35"' in frame
    assert "快照生成时间：2023-12-24 20:45:08" in flat(page) and 'href="/a/main/"' in page
