"""Habits of systems and houses that no bench holds, each as a small made-up page: what was read wrongly once, and why."""

from __future__ import annotations

import pytest

from tuoben.extract import dates, extract
from tuoben.model import Article, Page, State

HANS = (
    "云山市图书馆新馆日前正式对外开放，首日接待读者三千余人。馆内新增阅览座位八百个，市民凭身份证即可进入。",
    "“以前周末找个座位要排半小时的队，现在好多了。”家住青禾街道的读者说，新馆离地铁站只有三百米，很方便。",
    "新馆总建筑面积四万二千平方米，设有少儿阅览区、地方文献区和数字体验区，藏书量达到一百二十万册。",
)
EN = (
    "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the city council said.",
    "“We have waited a long time for this,” said a baker beside the southern ramp. “Half of my customers stopped coming.”",
    "Engineers replaced more than 400 metres of steel deck and renewed the bearings on all six piers of the bridge.",
)
THAI = (
    "สะพานท่าเรือเปิดให้รถผ่านอีกครั้งเมื่อวันพฤหัสบดี ก่อนกำหนดสามสัปดาห์ เทศบาลระบุว่าค่าใช้จ่ายน้อยกว่าที่คาดไว้",
    "วิศวกรเปลี่ยนพื้นเหล็กยาวกว่า 400 เมตร และเปลี่ยนแท่นรองทั้งหกเสา งบประมาณ 48 ล้าน คาดว่าใช้จริง 44 ล้าน",
)
TITLE = {
    "zh": "云山市图书馆新馆正式开放 首日接待读者三千余人",
    "en": "Harbour bridge reopens three weeks ahead of schedule",
}


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(
    lang: str = "zh",
    *,
    head: str = "",
    above: str = "",
    info: str = "",
    first: str = "",
    last: str = "",
    below: str = "",
    heading: str = "",
    doc: str = "",
    texts: tuple[str, ...] = (),
) -> Article:
    """An article with one thing set where a case sets it."""
    title = TITLE.get(lang[:2], TITLE["en"])
    story = paragraphs(texts or {"zh": HANS}.get(lang[:2], EN))
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{doc or title}</title>{head}</head><body>{above}'
        f"{heading or f'<h1>{title}</h1>'}{info}<div>{first}{story}{last}</div>{below}</body></html>"
    )
    return extract(Page(url="https://courier.example/a/8812", body=page.encode()))


def told(article: Article) -> str:
    return article.published.iso() if article.published else ""


# --- times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024 03/13 09:26:41", "2024-03-13T09:26"), ("2024-03-13 HKT 09:26", "2024-03-13T09:26"),
        ("2024년 3월 13일 수요일 09:26", "2024-03-13T09:26"), ("วันพุธที่ 13 มีนาคม พ.ศ. 2567, 09.26 น.", "2024-03-13T09:26"),
        ("13 มี.ค. 67 09:26", "2024-03-13T09:26"), ("13 مارس 2024 - 03:26 مساء", "2024-03-13T15:26"),
        ("الأربعاء 13 مارس 2024 09:26 م", "2024-03-13T21:26"), ("13 آذار 2024", "2024-03-13"),
        ("13 تشرين الأول 2024", "2024-10-13"), ("۱۴۰۲/۱۲/۲۳ - ۰۹:۲۶", "2024-03-13T09:26"),
        ("Thứ Tư, ngày 13 tháng 3 năm 2024 09:26", "2024-03-13T09:26"), ("13 Mart 2024 Çarşamba 09:26", "2024-03-13T09:26"),
        ("13.3. 2024 9:26", "2024-03-13T09:26"), ("Published 9:26 AM EDT, Wed March 13, 2024", "2024-03-13T09:26"),
    ],
)  # fmt: skip
def test_more_ways_to_write_a_time(text: str, expected: str) -> None:
    """Zones and weekdays between day and clock, other calendars, halves of the day behind the clock."""
    stamp = next(stamp for stamp, _, _ in dates.find(text))
    assert stamp.value.replace(tzinfo=None).isoformat()[: len(expected)] == expected
    assert (stamp.precision == "day") == ("T" not in expected)


@pytest.mark.parametrize(
    ("lang", "more", "expected"),
    [
        ("en", {"info": "<li><span class='screen-reader-text'>Post date</span><span><a href='#'>March 13, 2024</a></span></li>"}, "2024-03-13"),
        ("zh", {"head": "<script>var ct = '1710293161'; var createTime = '2024-03-13 09:26';</script>"}, "2024-03-13T09:26"),
        ("zh", {"below": "<div>2024-03-13 09:26:41 星期三</div><div>阅读 32万+</div>"}, "2024-03-13T09:26:41"),
        ("en", {"info": "<div>Last updated 14 March 2024 11:00 | First published 13 March 2024 09:26</div>"}, "2024-03-13T09:26"),
    ],
)  # fmt: skip
def test_where_systems_put_the_time(lang: str, more: dict[str, str], expected: str) -> None:
    """Behind a label that only screen readers tell, in a script's creation time, right behind a news flash."""
    assert told(read(lang, **more))[: len(expected)] == expected


@pytest.mark.parametrize(
    ("lang", "more"),
    [
        ("zh", {"info": "<dl><dt>注册时间</dt><dd>2012-5-6</dd></dl>"}), ("zh", {"info": "<div>活动时间：2024-05-09 14:00</div>"}),
        ("zh", {"last": "<p>报名截止：2024年5月1日</p>"}), ("zh", {"below": "<div>云山出版社 [引用日期2013-10-22]</div>"}),
        ("en", {"below": "<dd><strong>Registered:</strong> 18.09.2018, 05:56</dd>"}), ("en", {"info": "<p>When: 3 August 2024, 7:00 pm</p>"}),
        ("en", {"info": "<div class='event-date'>Saturday, 3 August 2024, 7:00 pm</div>"}),
        ("en", {"above": "<div><span class='today'>Monday, May 13, 2024</span></div>"}),
        ("en", {"last": "<p>Tickets for the tour of the bridge are on sale from 1 June 2024.</p>"}),
        ("en", {"last": "<p>Page last updated: 12 May 2024</p>"}),
    ],
)  # fmt: skip
def test_times_of_something_else(lang: str, more: dict[str, str]) -> None:
    """Members, events, deadlines, citations, today and a page's last change tell no time of publication."""
    assert told(read(lang, **more)) == ""


# --- writers and sources


@pytest.mark.parametrize(
    ("more", "authors"),
    [
        ({"info": "<div><span class='a_author'>陈见山</span> <span>2024-03-13 09:26</span></div>"}, ("陈见山",)),
        ({"info": "<div>由<span class='author vcard'><a href='/u'>陈见山</a></span></div>"}, ("陈见山",)),
        ({"info": "<div><span class='author'>云山日报</span></div>"}, ()),
        ({"info": "<div><span>陈见山</span><span>云山发布</span></div>", "head": "<meta name='author' content='陈见山'>"}, ("陈见山",)),
        ({"head": "<meta name='author' content='陈见山'>"}, ()),
        ({"info": "<ul><li><span>Author, </span><span>陈见山</span></li></ul>"}, ("陈见山",)),
        ({"last": "<p>云山日报全媒体记者：陈见山</p>"}, ("陈见山",)),
        ({"info": "<div><span>记者 <em>陈见山</em></span><span>编辑 <em>周小末</em></span><span>2024-03-13 09:26</span></div>"}, ("陈见山",)),
        ({"last": "<p>（封面图片来源：云山记者 李小禾 摄）</p>"}, ()),
        ({"info": "<div>□本报记者 陈见山 本报通讯员 李小禾</div>"}, ("陈见山", "李小禾")),
        ({"info": "<div>文 <a>陈见山</a>　摄影 李小禾　编辑 周小末</div>"}, ("陈见山",)),
    ],
)  # fmt: skip
def test_writers_of_chinese_pages_in_their_own_elements(more: dict[str, str], authors: tuple[str, ...]) -> None:
    """A name in an element named for the writer; a name in data only where the page shows it, too."""
    assert read("zh", **more).authors == authors


@pytest.mark.parametrize(
    ("lang", "more", "authors"),
    [
        ("en", {"info": "<div>By ADA FERN afern@courier.example</div>"}, ("ADA FERN",)),
        ("en", {"info": "<div>By Ada Fern<span>afern@courier.example</span></div>"}, ("Ada Fern",)),
        ("fr", {"info": "<p>Par <a>Ada Fern</a> (Harbour, correspondante)</p>"}, ("Ada Fern",)),
        ("en", {"info": "<p>By <a>Ada Fern</a><br>Edited By: <a>Bo Oak</a></p>"}, ("Ada Fern",)),
        ("en", {"info": "<div>By <a rel='author'>Ada Fern</a> and <a rel='author'>Bo Oak</a></div>", "head": "<meta name='author' content='Ada Fern'>"}, ("Ada Fern", "Bo Oak")),
        ("en", {"info": "<div>By Ada Fern</div>", "head": '<script type="application/ld+json">{"@type":"NewsArticle","author":{"@type":"Person","name":"Courier Bureau"}}</script>'}, ("Ada Fern",)),
        ("en", {"info": "<div>By <a>Ada Fern</a>, Political Editor, and <a>Bo Oak</a>, Chief Reporter</div>"}, ("Ada Fern", "Bo Oak")),
        ("ko", {"info": "<div class='writer'>홍길산 기자</div>"}, ("홍길산",)),
        ("he", {"info": "<div class='authors'>עדה פרן</div>"}, ("עדה פרן",)),
        ("ar", {"info": "<div>كتب آدم فارس</div>"}, ("آدم فارس",)),
        ("hu", {"info": "<div class='szerzok'><a>Fern Ada</a></div>"}, ("Fern Ada",)),
        ("de", {"info": "<div>13.03.2024, 09:26 Uhr von Ada Fern</div>"}, ("Ada Fern",)),
    ],
)  # fmt: skip
def test_by_lines_in_other_habits(lang: str, more: dict[str, str], authors: tuple[str, ...]) -> None:
    """Addresses, remarks, editors and desks beside the writer are left out; scripts without capitals have names, too."""
    assert read(lang, **more).authors == authors


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"info": "<div><p data-testid='author-name'>云山日报</p><span>2024-03-13 09:26</span></div>"}, "云山日报"),
        ({"above": "<table><tr><td>发文机关：</td><td>青禾区教育局</td></tr><tr><td>成文日期：</td><td>2024年03月11日</td></tr></table>"}, "青禾区教育局"),
        ({"info": "<div><span>云山晚报</span> <span>2024-03-13 04:03:11</span> <span>云山</span></div>"}, "云山晚报"),
        ({"below": "<ul><li>发布日期：2024-03-13</li><li>发布单位：文化局</li></ul>"}, "文化局"),
    ],
)  # fmt: skip
def test_sources_in_tables_and_named_for_tests(more: dict[str, str], source: str) -> None:
    """The office in the table above a notice; an account named by the attribute that sites keep for their tests."""
    assert read("zh", **more).source == source


# --- headline and text


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ({"heading": f"<table><tr><td>{TITLE['zh']}</td></tr></table>", "doc": f"云山日报数字报-{TITLE['zh']}"}, TITLE["zh"]),
        ({"heading": f"<h1>{TITLE['zh']}<br><span>2024-03-13 09:26:41 &nbsp; 来源：云山晚报 &nbsp; 评论：0 点击：23</span></h1>", "doc": f"{TITLE['zh']} - 社会 - 白石网"}, TITLE["zh"]),
        ({"heading": f"<h1 id='PreTitle'>——文化惠民在身边</h1><h1 id='Title'>{TITLE['zh']}</h1>", "doc": "云山日报电子版"}, TITLE["zh"]),
    ],
)  # fmt: skip
def test_headlines_without_what_stands_beside(more: dict[str, str], title: str) -> None:
    """The paper's name before the document's title, and the time line inside the heading, are no part of it."""
    article = read("zh", **more)
    assert article.title == title
    assert article.text == "\n\n".join(HANS)


@pytest.mark.parametrize(
    ("lang", "more"),
    [
        ("zh", {"last": "<p>此内容为云山财经原创，著作权归云山财经所有。</p>"}), ("zh", {"last": "<p>《 云山日报 》（ 2024年03月13日 06 版）</p>"}),
        ("zh", {"last": "<p>该文观点仅代表作者本人，平台仅提供信息存储空间服务。</p>"}), ("zh", {"first": "<p>云山新闻记者 | 陈见山</p>"}),
        ("zh", {"first": "<p>本文来自微信公众号“云山财经”（ID：yscj），作者：陈见山，编辑：周小末，经授权发布。</p>"}),
        ("zh-TW", {"first": "<p>記者陳見山／雲山報導</p>"}), ("zh-TW", {"last": "<p>請繼續往下閱讀...</p>"}),
        ("zh", {"first": f"<p>{HANS[0][:28]}</p>"}), ("zh", {"first": f"<p>【图书馆开放】{HANS[0]}</p>"}),
        ("zh", {"first": "<p>云山记者 陈见山　　云山编辑 周小末</p>"}), ("zh", {"last": "<p>展开剩余80%</p>"}),
        ("zh", {"last": "<div><p>特别声明：以上内容(如有图片或视频亦包括在内)为自媒体平台用户上传并发布，本平台仅提供信息存储服务。</p><p>The platform only stores what its users send, and has no part in what they say.</p></div>"}),
        ("en", {"last": "<p>Ada Fern is a staff writer for the Harbour Courier.</p>"}),
        ("en", {"last": "<p>(This story has not been edited by our staff and is published from a syndicated feed.)</p>"}),
        ("en", {"last": "<div><h2>This article is for subscribers only</h2><p>Full access to all our journalism, from 1 a week. Cancel at any time.</p></div>"}),
        ("en", {"last": "<p>13 March 2024 ( changed on 13 March 2024 | 11:02)</p>"}), ("en", {"last": "<p>Подписывайтесь на наш канал в Телеграме</p>"}),
        ("en", {"last": "<p>Already a subscriber? <a href='/in'>Log in</a></p>"}),
        ("en", {"first": "<p class='byline'>Ada Fern, Transport Correspondent</p>"}),
    ],
)  # fmt: skip
def test_lines_beside_the_story(lang: str, more: dict[str, str]) -> None:
    """Credits, declarations, editions, standfirsts that a program made, prompts and who the writer is are cut."""
    assert read(lang, **more).text == "\n\n".join(HANS if lang[:2] == "zh" else EN)


def test_a_question_opens_the_story() -> None:
    """A question in bold is the first of questions and answers, and no by-line."""
    assert read("en", first="<p><strong>Who paid for it?</strong></p>").text == "\n\n".join(("Who paid for it?", *EN))


def test_a_script_without_punctuation_is_running_text() -> None:
    """Thai is written without full stops and commas, and is a story all the same."""
    assert read("th", texts=THAI).text == "\n\n".join(THAI)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("<h2>社会新闻</h2><ul>" + "".join(f"<li><a href='/n/{n}'>青禾区新建三座人行天桥方便居民出行{n}</a> 2024-03-{n:02}</li>" for n in range(1, 25)) + "</ul><p>关于我们 | 联系我们 | 招聘信息 | 网站地图</p>", State.SECTION),
        ("<h1>Oops!</h1><p>We can't find the page you're looking for. It may have been moved.</p>", State.ERROR),
    ],
)  # fmt: skip
def test_pages_in_an_articles_place(body: str, state: State) -> None:
    """A list with dates tells nothing of its own; an error page says so in many words."""
    assert extract(f"<html><title>Courier</title><body>{body}</body></html>".encode()).state is state
