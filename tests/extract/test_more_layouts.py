"""More habits of the world's news systems, each as a small made-up page: what was read wrongly once, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tuoben.extract import extract
from tuoben.model import Article, Page

EN = (
    "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the city council said.",
    "“We have waited a long time for this,” said a baker beside the southern ramp. “Half of my customers stopped coming.”",
    "Engineers replaced more than 400 metres of steel deck and renewed the bearings on all six piers of the bridge.",
)
TEXTS = {
    "ja": (
        "雲山市は13日、青禾川の護岸工事の第一期が完了したと発表した。排水口12カ所をすべて塞ぎ、水質は大きく改善したという。",
        "近くに住む女性は「夏でも窓を開けられるようになった」と話した。川沿いには全長約6キロの遊歩道が整備された。",
        "第二期工事は来年3月に始まる予定で、調整池2カ所を新設する。総事業費は約32億円を見込んでいる。",
    ),
    "ru": (
        "Движение по мосту через Ольховку открыли в четверг на три недели раньше срока, сообщили в администрации города.",
        "«Мы долго этого ждали», — сказал владелец пекарни у южного съезда. По его словам, половина покупателей перестала приходить.",
        "Рабочие заменили более 400 метров стального настила и обновили опорные части на всех шести опорах моста.",
    ),
    "zh": (
        "云山市水务局昨日通报，青禾河综合治理一期工程已经完工，沿线十二个排污口全部封堵，水质由劣五类提升至四类。",
        "“过去夏天不敢开窗，现在晚饭后都愿意到河边走走。”住在河东街道的居民赵小满说，河边新修的步道长约六公里。",
        "据介绍，二期工程计划于明年三月开工，将新建两座雨水调蓄池，总投资约三亿二千万元，预计两年内建成投用。",
    ),
}
TITLE = "Harbour bridge reopens three weeks ahead of schedule"


def read(
    lang: str = "en",
    *,
    head: str = "",
    doc: str = TITLE,
    heading: str = f"<h1>{TITLE}</h1>",
    info: str = "",
    texts: tuple[str, ...] = EN,
    last: str = "",
    behind: str = "",
) -> Article:
    """An article with one thing set where a case sets it."""
    story = "".join(f"<p>{text}</p>" for text in texts)
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{doc}</title>{head}</head><body>'
        f"<article>{heading}{info}<div>{story}{last}</div>{behind}</article></body></html>"
    )
    fetched = datetime(2024, 6, 20, 4, 0, tzinfo=UTC)
    return extract(Page(url="https://courier.example/a/8812", body=page.encode(), fetched_at=fetched))


def told(article: Article) -> str:
    return article.published.iso() if article.published else ""


def test_a_dash_inside_the_headline() -> None:
    """A document's title is cut where a heading of the page ends, not at the first dash in it."""
    heading = "Würde des Lebens – ein Projekt"
    head = "<meta property='og:site_name' content='Große Fragen'>"
    assert read("de", head=head, doc=f"{heading} | Große Fragen", heading=f"<h2>{heading}</h2>").title == heading


def test_the_name_of_the_blog_in_the_main_heading() -> None:
    """Where the document's title names two headings, the longer part is the headline, whichever is the h1."""
    heading = f"<h1>Fern Remaining</h1><h2>{TITLE}</h2>"
    assert read(doc=f"Fern Remaining » Blog Archive » {TITLE}", heading=heading).title == TITLE


def test_an_empty_heading_ends_the_page() -> None:
    """A heading without a word, with nothing behind it, is none."""
    assert extract(Page(url="https://courier.example/", body=b"<title>Bridge</title><p>A bridge.</p><h1></h1>")).title


def test_a_heading_that_the_data_repeat() -> None:
    """The main heading that JSON-LD has word for word outweighs what was written for search engines."""
    other = "Bridge reopens early: what drivers need to know"
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-13"})
    head = (
        f"<meta property='og:title' content='{other}'><meta name='twitter:title' content='{other}'>"
        f"<script type='application/ld+json'>{data}</script>"
    )
    more = "<section><h1><a href='/x'>Rain closes the market</a></h1></section>"
    assert read(head=head, doc=f"{other} | Courier", behind=more).title == TITLE


@pytest.mark.parametrize(
    ("lang", "info", "authors"),
    [
        ("fr", "<p>Par Ada Fougère avec AFP</p>", ("Ada Fougère",)), ("fr", "<p>Par AFP</p>", ("AFP",)),
        ("ja", "<p class='author'><a href='/a'>山田花</a> <a href='/b'>佐藤木</a></p>", ("山田花", "佐藤木")),
        ("pt", "<p>Por Ana Freixo, Jornal do Porto — Porto Velho</p>", ("Ana Freixo",)),
        ("ru", "<div><time>13.05.2024, 09:26</time> <span>Автор: Анна Берёзова</span></div>", ("Анна Берёзова",)),
        ("de", "<div><span>13.05.2024, 09:26 Uhr</span> <span>Von: Ada Farn, Bo Eiche</span></div>", ("Ada Farn", "Bo Eiche")),
    ],
)  # fmt: skip
def test_by_lines_with_an_agency_a_town_or_behind_the_time(lang: str, info: str, authors: tuple[str, ...]) -> None:
    """An agency has a part of its own in a by-line, the town behind the outlet none; a label may follow the time."""
    assert read(lang, info=info).authors == authors


@pytest.mark.parametrize(
    ("lang", "info", "expected"),
    [
        ("ar", "<div>نشر في: 13 مايو ,2024: 09:26 ص GST</div>", "2024-05-13T09:26"),
        ("es", "<div><time datetime='2024-05-13T22:26:00.000Z'>14 may 2024 - 00:26 CEST</time></div>", "2024-05-14T00:26:00+02:00"),
    ],
)  # fmt: skip
def test_times_in_their_own_way(lang: str, info: str, expected: str) -> None:
    """A comma before the year; the zone that the page itself writes beside an instant told in UTC."""
    assert told(read(lang, info=info))[: len(expected)] == expected


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("de", "Die Bundes\u00adregierung hat das Vorhaben der Stadt am Donnerstag in Hafen\u00adstadt gebilligt.", "Die Bundesregierung hat das Vorhaben der Stadt am Donnerstag in Hafenstadt gebilligt."),
        ("fa", "پل بندر روز پنج\u200cشنبه سه هفته زودتر از برنامه به روی خودروها باز می\u200cشود، شهرداری اعلام کرد.", None),
        ("en", "Crowds\u200b came\u2060 to the ramps\ufeff on Thursday morning, and a band played until the rain began.\u200c", "Crowds came to the ramps on Thursday morning, and a band played until the rain began."),
    ],
)  # fmt: skip
def test_characters_without_width(lang: str, text: str, expected: str | None) -> None:
    """Where a word may be hyphenated or a line may break no space comes in; the non-joiner of Persian stays."""
    first = read(lang, texts=(text, *EN)).text.split("\n\n")[0]
    assert first == (expected or text)


@pytest.mark.parametrize(
    ("lang", "last"),
    [
        ("ja", "<div><p>この記事は会員限定です。</p><p>登録すると続きをお読みいただけます。</p></div>"),
        ("ru", "<p>Нашли ошибку? Выделите её и нажмите Ctrl+Enter</p><p>Читайте нас в Telegram</p>"),
        ("zh-TW", "<p>本網站之文字、圖片及影音，非經授權，不得轉載、公開播送或公開傳輸及利用。</p>"),
        ("zh", "<p>分享让更多人看到</p>"),
    ],
)  # fmt: skip
def test_lines_under_a_story(lang: str, last: str) -> None:
    """What houses set under each of their stories is none of it."""
    assert read(lang, texts=TEXTS[lang[:2]], last=last).text == "\n\n".join(TEXTS[lang[:2]])


def test_how_long_ago_and_how_long_to_read() -> None:
    """A line of counts above a story is not its first."""
    assert read("de", info="<div><span>vor 3 Stunden</span> <span>Lesezeit: 3 Min.</span></div>").text == "\n\n".join(
        EN
    )


def test_a_badge_inside_the_heading() -> None:
    """What stands in the heading in an element of its own, and in no title of the page, is no part of the headline."""
    heading = f"<h1>{TITLE}<span class='info'><span class='type'>Exclusive</span></span></h1>"
    assert read(heading=heading).title == TITLE


@pytest.mark.parametrize(
    ("lang", "info", "expected"),
    [
        ("ru", "<div><time>13 мая, 09:26</time></div>", "2024-05-13T09:26"),
        ("fi", "<div>13.5. 9:26</div>", "2024-05-13T09:26"),
        ("de", "<div>05.03. 09:26 Uhr</div>", "2024-03-05T09:26"),
        ("en", "<div>Round 13 May 2, 09:26</div>", ""),
    ],
)
def test_times_without_their_year(lang: str, info: str, expected: str) -> None:
    """Day and month stand in the order of the page's language; the year is the capture's."""
    assert told(read(lang, info=info))[: len(expected) or None] == expected


def test_a_taiwanese_by_line() -> None:
    """The outlet before the reporter and the place behind are no part of the name."""
    info = "<div><time>2024-05-13 09:26</time> <span>聯聯報／<a href='/a'>記者趙見山</a>／雲山即時報導</span></div>"
    assert read("zh-TW", info=info, texts=TEXTS["zh"]).authors == ("趙見山",)


def test_a_time_in_the_header_beside_the_source() -> None:
    """A box that is called the header's time holds the story's where the source is credited beside it."""
    body = (
        "<div class='header'><div class='header-time left'><span>2024</span> <span>05/13</span> <span>09:26:41</span></div>"
        f"<div class='source'>来源：云山日报</div></div><h1>青禾河治理一期工程完工</h1>{''.join(f'<p>{x}</p>' for x in TEXTS['zh'])}"
    )
    page = f"<html lang='zh'><meta name='publishdate' content='2024-05-13'><body>{body}</body></html>"
    assert told(extract(page.encode()))[:16] == "2024-05-13T09:26"
