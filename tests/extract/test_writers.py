"""Who wrote a story: by-lines of Chinese and of other languages; agencies and outlets only where they sign alone."""

from __future__ import annotations

import pytest

from tuoben.extract import extract
from tuoben.extract.names import chinese_names
from tuoben.model import Article, Page

HANS = "近日，云山市图书馆新馆正式开放，首日接待读者三千余人，馆内新增阅览座位八百个，市民凭身份证即可进入，无需预约。"
HANT = "近日，雲山市圖書館新館正式開放，首日接待讀者三千餘人，館內新增閱覽座位八百個，市民憑身份證即可進入，無需預約。"
EN = "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the council said, and the works cost less than expected."
DE = "Die Hafenbrücke ist am Donnerstag wieder für den Verkehr geöffnet worden, drei Wochen früher als geplant, teilte die Stadt mit."


def read(
    *,
    lang: str = "en",
    head: str = "",
    info: str = "",
    first: str = "",
    last: str = "",
    below: str = "",
    lead: str = "",
) -> Article:
    """An article with by-lines where a case sets them; `lead` opens its first paragraph."""
    text = {"zh": HANS, "zh-TW": HANT, "de": DE}.get(lang, EN)
    title = text[:22]
    head = f'<title>{title}</title><meta property="og:site_name" content="Example Courier">{head}'
    page = (
        f'<!doctype html><html lang="{lang}"><head>{head}</head><body><article><h1>{title}</h1><div>{info}</div>{first}'
        f"<p>{lead}{text}</p><p>{text}{text}</p><p>{text}</p>{last}</article>{below}</body></html>"
    )
    return extract(Page(url="https://courier.example/a/8812", body=page.encode()))


@pytest.mark.parametrize(
    ("more", "authors"),
    [
        ({"lead": "新华社北京5月9日电（记者陈见山、李小禾）"}, ("陈见山", "李小禾")),
        ({"lead": "中新网云山3月13日电 (陈见山 李小禾)"}, ("陈见山", "李小禾")),
        ({"lead": "央广网云山3月13日消息（记者陈见山）"}, ("陈见山",)),
        ({"lead": "本报讯（记者 陈见山 通讯员 李小禾）"}, ("陈见山", "李小禾")),
        ({"lead": "新华社北京5月9日电 "}, ()),
        ({"lead": "（记者从云山市获悉）"}, ()),
        ({"lead": "记者昨日了解到，"}, ()),
        ({"first": "<p>文｜云山日报记者 陈见山</p>"}, ("陈见山",)),
        ({"first": "<p>——本报记者 陈见山</p>"}, ("陈见山",)),
        ({"first": "<p>特约撰稿人 陈见山</p>"}, ("陈见山",)),
        ({"last": "<p>采写：云山日报记者 陈见山</p>"}, ("陈见山",)),
        ({"last": "<p>（作者：某经济交流中心研究部部长、研究员陈见山）</p>"}, ("陈见山",)),
        ({"last": "<p>（总台记者 陈见山 李小禾）</p>"}, ("陈见山", "李小禾")),
        ({"last": "<p>责编：李小禾　审核：周小末</p>"}, ()),
        ({"last": "<p>（完）</p>"}, ()),
        ({"info": "作者：佚名 来源：本站原创"}, ()),
        ({"info": "<span>作者：陈见山</span><span>2025-03-13</span>"}, ("陈见山",)),
    ],
)
def test_reporters_of_chinese_pages(more: dict[str, str], authors: tuple[str, ...]) -> None:
    """Datelines, opening lines and end lines name reporters; editors, agencies and hearsay name none."""
    assert read(lang="zh", **more).authors == authors


@pytest.mark.parametrize(
    ("lead", "authors"),
    [
        ("（記者陳見山／雲山報導）", ("陳見山",)),
        ("〔記者陳見山／雲山報導〕", ("陳見山",)),
        ("［記者陳見山雲山報導］", ("陳見山",)),
        ("（中央社記者陳見山雲山13日電）", ("陳見山",)),
        ("（中央社雲山13日電）", ()),
    ],
)
def test_reporters_of_taiwanese_pages(lead: str, authors: tuple[str, ...]) -> None:
    """The place behind the name is no part of it, with a stroke between or nothing."""
    assert read(lang="zh-TW", lead=lead).authors == authors


@pytest.mark.parametrize(
    ("info", "source"),
    [
        ("云山晚报　2025-03-13 09:26", "云山晚报"), ("2025-03-13 09:26 云山晚报", "云山晚报"), ("稿源：云山新闻网 2025-03-13", "云山新闻网"),
        ("信息来源：云山市教育局 发布日期：2025-03-13 浏览次数： 23", "云山市教育局"), ("2025-03-13 09:26 来源：《云山晚报》 作者：", "云山晚报"),
        ("2025-03-13 09:26 发布于云山", ""),
    ],
)  # fmt: skip
def test_the_credited_source(info: str, source: str) -> None:
    """The outlet stands behind a label, or bare beside the time."""
    assert read(lang="zh", info=info).source == source


LD = '<script type="application/ld+json">{{"@type":"NewsArticle","author":{}}}</script>'


@pytest.mark.parametrize(
    ("more", "authors"),
    [
        # lines
        ({"info": "By Ada Fern and Bo Oak, Staff Writers"}, ("Ada Fern", "Bo Oak")),
        ({"info": "Written by Ada Fern in Harbour on 1 June 2019 at 08:34 PM"}, ("Ada Fern",)),
        ({"info": "January 20, 2025 by Ada Fern"}, ("Ada Fern",)),
        ({"info": "<span>By </span><a href='/x'>Ada Fern</a><time>Updated: Feb 5, 2025</time>"}, ("Ada Fern",)),
        ({"info": "Posted by Ada 21.10.2019"}, ("Ada",)),
        ({"info": "Von Ada Fern", "lang": "de"}, ("Ada Fern",)),
        ({"first": "<p><b>Ada Fern/Bo Oak</b></p>"}, ("Ada Fern", "Bo Oak")),
        ({"last": "<p>Autor: Ada Fern</p>", "lang": "de"}, ("Ada Fern",)),
        ({"last": "<p>Text: Ada Fern</p><p>Fotos: Bo Oak</p>", "lang": "de"}, ("Ada Fern",)),
        ({"below": "<ul><li><b>Autorin/Autor</b> Ada Fern</li></ul>", "lang": "de"}, ("Ada Fern",)),
        # data
        ({"head": '<meta name="vendor:author" content="Ada Fern">'}, ("Ada Fern",)),
        ({"head": '<meta name="author" value="Ada Fern">'}, ("Ada Fern",)),
        ({"head": '<meta name="byl" content="By Ada Fern, Bo Oak and Cy Elm">', "info": "By Ada Fern"}, ("Ada Fern", "Bo Oak", "Cy Elm")),
        ({"head": '<meta property="article:author" content="https://courier.example/editors/ada-fern">', "info": "<a href='/e'>Ada Fern</a>, @adafern"}, ("Ada Fern",)),
        ({"head": LD.format('{"@type":"Person","name":"Ada"}'), "info": "<p class='full-name'>Ada Fern</p>"}, ("Ada Fern",)),
        ({"head": LD.format('{"@type":"Organization","name":"Example Courier"}'), "info": "By Ada Fern"}, ("Ada Fern",)),
        # the outlet alone
        ({"info": "January 20, 2025 by Example Courier"}, ("Example Courier",)),
        ({"head": LD.format('{"@type":"Organization","name":"Example Agency"}')}, ("Example Agency",)),
        ({"info": "Von Ada Fern, Example Courier Nord", "lang": "de"}, ("Ada Fern",)),
        # nobody
        ({}, ()),
        ({"info": "<a rel='author' href='/a'>siteadmin</a>"}, ()),
        ({"first": "<p><b>What is known</b></p>"}, ()),
        ({"info": "<nav itemscope><span itemprop='name'>Bridge Works</span></nav>"}, ()),
        ({"below": "<div class='comments'><p>Posted by Ada Fern</p></div>"}, ()),
        ({"below": "<div class='related'><p class='author'>By Ada Fern</p></div>"}, ()),
    ],
)  # fmt: skip
def test_writers_of_other_pages(more: dict[str, str], authors: tuple[str, ...]) -> None:
    """By-lines, metas and signatures name writers; log-in names, navigation and other stories' writers are none."""
    assert read(**more).authors == authors


def test_brackets_that_never_close_are_read_in_one_go() -> None:
    """What stands in brackets names nobody; however many are open, none is looked after to the end of the text."""
    assert chinese_names("张三（甲）、李四(乙)、王五") == ["张三", "李四", "王五"]
    assert chinese_names("（" * 200_000) == chinese_names(")" + "(" * 200_000) == []
