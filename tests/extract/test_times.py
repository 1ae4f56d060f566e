"""The time of publication: which of the times on a page is believed, and when none is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.extract import dates, extract, months, relative
from tuoben.model import Article, Page, Precision

FETCHED = datetime(2025, 3, 14, 20, 0, tzinfo=UTC)
"""Four in the morning of the fifteenth in Beijing."""
ZH = "近日，云山市图书馆新馆正式开放，首日接待读者三千余人，馆内新增阅览座位八百个，市民凭身份证即可进入，无需预约。"
EN = "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the council said, and the works cost less than expected."
DE = "Die Hafenbrücke ist am Donnerstag wieder für den Verkehr geöffnet worden, drei Wochen früher als geplant, teilte die Stadt mit, und die Arbeiten kosteten weniger."


def read(
    info: str, *, lang: str = "en", head: str = "", above: str = "", first: str = "", below: str = "", url: str = ""
) -> Article:
    """An article whose by-line is `info`, with more above it, in the story and below."""
    text = {"zh": ZH, "de": DE}.get(lang[:2], EN)
    title = "The bridge is open again after the winter" if lang == "en" else text[:24]
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head><body>{above}<article><h1>{title}</h1>'
        f"<div>{info}</div>{first}<p>{text}</p><p>{text[::-1][:5]}{text}</p><p>{text}{text}</p></article>{below}</body></html>"
    )
    return extract(Page(url=url or "https://courier.example/a/8812", body=page.encode(), fetched_at=FETCHED))


def told(article: Article) -> str:
    return article.published.iso() if article.published else ""


# --- dates as text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 พฤษภาคม 2567 เวลา 15:30", "2024-05-09T15:30"), ("9 พ.ค. 2567", "2024-05-09"), ("۲۰ اردیبهشت ۱۴۰۳ - ۱۵:۳۰", "2024-05-09T15:30"),
        ("٩ مايو ٢٠٢٤", "2024-05-09"), ("2024. május 9., 15:30", "2024-05-09T15:30"), ("9. toukokuuta 2024 klo 15.30", "2024-05-09T15:30"),
        ("Četvrtak, 9. svibnja 2024. u 15:30", "2024-05-09T15:30"), ("民國113年5月9日 15:30", "2024-05-09T15:30"), ("113年5月9日", "2024-05-09"),
        ("發布日期：113-05-09", "2024-05-09"), ("令和6年5月9日", "2024-05-09"), ("二〇二四年五月十九日", "2024-05-19"),
        ("二〇二四年十二月三十日", "2024-12-30"), ("9 Mai '24", "2024-05-09"), ("２０２４年５月９日　１５：３０", "2024-05-09T15:30"),
        ("入力 2024.05.09. 오후 3:30", "2024-05-09T15:30"), ("ב-9 במאי 2024, 15:30", "2024-05-09T15:30"), ("9 de maio de 2024 às 15h30", "2024-05-09T15:30"),
        ("Thu May 09 15:30:20 CST 2024", "2024-05-09T15:30"), ("26 | 01 | 2022", "2022-01-26"), ("9 мая 2024, 15:30 мск", "2024-05-09T15:30"),
        ("2024 m. gegužės 9 d.", "2024-05-09"), ("9 मई 2024, 15:30", "2024-05-09T15:30"), ("Kamis, 9 Mei 2024 | 15:30 WIB", "2024-05-09T15:30"),
        ("Czwartek, 9 maja 2024", "2024-05-09"), ("9 Μαΐου 2024", "2024-05-09"), ("01 Dec 2000", "2000-12-01"), ("9. Mai 2024, 15.30 Uhr", "2024-05-09T15:30"),
        ("May 2024", ""), ("第113年5月", ""), ("一九年五月", ""), ("9 Gouda 2024", ""),
    ],
)  # fmt: skip
def test_dates_of_many_languages_and_calendars(text: str, expected: str) -> None:
    """Months in their scripts, other digits, eras and calendars are read; what names no day is none."""
    stamp = dates.read(text)
    assert (stamp.value.isoformat()[: len(expected)] if stamp else "") == expected
    assert stamp is None or (stamp.precision is Precision.DAY) == ("T" not in expected)


@given(st.sampled_from(sorted(months.MONTHS)), st.integers(1, 28), st.integers(1995, 2035))
def test_every_month_name_is_read_in_a_date(name: str, day: int, year: int) -> None:
    """Day, name of the month and year give that day, in every language of the table."""
    stamp = dates.read(f"{day} {name} {year}")
    assert stamp is not None
    assert (stamp.value.year, stamp.value.month, stamp.value.day) == (year, months.MONTHS[name], day)


@pytest.mark.parametrize(
    ("text", "month_first", "year_first", "expected"),
    [
        ("5/9/2024", False, False, "2024-09-05"), ("5/9/2024", True, False, "2024-05-09"), ("5/19/2024", False, False, "2024-05-19"),
        ("24.05.09 15:30", False, True, "2024-05-09"), ("09.05.24", False, False, "2024-05-09"), ("24/05/09", False, True, "2024-05-09"),
    ],
)  # fmt: skip
def test_the_order_of_short_dates_is_the_pages(text: str, month_first: bool, year_first: bool, expected: str) -> None:
    """Bare numbers are read as the page's country writes them."""
    stamp = dates.read(text, month_first=month_first, year_first=year_first)
    assert stamp is not None
    assert stamp.value.date().isoformat() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3分钟前", "2025-03-14T19:57"), ("半小时前", "2025-03-14T19:30"), ("刚刚", "2025-03-14T20:00"), ("3小时前", "2025-03-15"),
        ("5小时前", "2025-03-14"), ("2天前", "2025-03-13"), ("昨天 15:30", "2025-03-14T15:30"), ("今天 03:05", "2025-03-15T03:05"),
        ("前天23:05", "2025-03-13T23:05"), ("昨天", "2025-03-14"), ("昨天的会议很长", ""), ("3周前", ""), ("几天前", ""),
    ],
)  # fmt: skip
def test_times_against_the_capture_are_told_in_the_pages_own_zone(text: str, expected: str) -> None:
    """Minutes give the minute, hours and days the day as it was called there, vaguer words nothing."""
    stamp = relative.relative(text, FETCHED, timedelta(hours=8))
    assert (stamp.value.isoformat()[: len(expected)] if stamp else "") == expected


@pytest.mark.parametrize(
    "text", ["3 hours ago", "2 days ago", "yesterday 15:30", "gestern, 15:30 Uhr", "vor 3 Stunden"]
)
def test_a_day_counted_back_needs_the_zone(text: str) -> None:
    """Where nobody knows which zone the page speaks from, hours ago name no day."""
    assert relative.relative(text, FETCHED, None) is None


# --- which one is believed


@pytest.mark.parametrize(
    ("info", "more", "expected"),
    [
        # data and by-line
        ("January 31, 2024", {"head": '<script type="application/ld+json">{"@type":"Article","datePublished":"2025-02-05","dateModified":"2025-02-05"}</script>'}, "2024-01-31"),
        ("Published Apr 26, 2023</div><div>Updated Feb 21, 2025", {"head": '<meta property="article:published_time" content="2025-02-21">'}, "2023-04-26"),
        ("Feb 4, 2025", {"head": '<meta property="article:published_time" content="2025-02-05T01:30:00Z">'}, "2025-02-05T01:30:00+00:00"),
        ("Feb 4, 2025 at 8:30 PM", {"head": '<meta property="article:published_time" content="2025-02-05T01:30:00Z">'}, "2025-02-04T20:30:00-05:00"),
        ('<time datetime="2025-02-05T01:30:00Z">February 4, 2025</time>', {}, "2025-02-04"),
        ("", {"head": '<meta name="date" value="2025-02-05">'}, "2025-02-05"),
        ("01.11.2024", {"lang": "de", "head": '<meta name="date" content="2024-01-11T12:43:42">'}, "2024-11-01"),
        # places
        ("", {"above": "<h3 class='teaser-meta'>02.01.2025</h3>", "lang": "de"}, "2025-01-02"),
        ("", {"first": "<p>27.1.2025 - " + DE + "</p>", "lang": "de"}, "2025-01-27"),
        ('<a href="/2025/02/">February 4, 2025</a>', {}, "2025-02-04"),
        ("<p>Date</p><p>4 February 2025</p>", {}, "2025-02-04"),
        ("", {"below": "<aside><p>Published</p><p class='date'>Feb 4, 2025</p></aside>"}, "2025-02-04"),
        ("", {"below": "<div>Erschienen am: 04.02.2025</div>", "lang": "de"}, "2025-02-04"),
        ("", {"head": '<script>window.page={"id":7,"publishedAt":"2025-02-04T09:30:00Z"}</script>'}, "2025-02-04T09:30:00+00:00"),
        ("", {"url": "https://courier.example/2025/02/04/bridge"}, "2025-02-04"),
        # none
        ("", {}, ""),
        ("", {"first": "<p>The next market takes place on 5 February 2025 at the old mill.</p>"}, ""),
        ("", {"first": '<img src="/i/1.jpg"><p>Cranes above the western pier of the bridge, 24 April 2023</p>'}, ""),
        ("", {"below": "<div class='related'><p>Published 4 February 2025</p></div>"}, ""),
        ("", {"below": "<footer>© Courier 2025, last edited 1 March 2019</footer>"}, ""),
        ("", {"head": '<script>var a={"publishedAt":"2025-02-04"},b={"publishedAt":"2025-02-07"}</script>'}, ""),
        ("4 February 2031", {}, ""),
    ],
)  # fmt: skip
def test_the_time_that_is_believed(info: str, more: dict[str, str], expected: str) -> None:
    """Data before the by-line unless that knows better; a label anywhere before none; in doubt none."""
    assert told(read(info, **more)) == expected


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("2025-03-13 09:26", "2025-03-13T09:26:00"), ("2025年3月13日 上午9:26 | 云山日报", "2025-03-13T09:26:00"),
        ("云山日报 03-13 09:26", "2025-03-13T09:26:00"), ("25/03/13 09:26 来源：云山晚报", "2025-03-13T09:26:00"),
        ("更新时间：2025-03-13 09:26", "2025-03-13T09:26:00"), ("民國114年3月13日 09:26", "2025-03-13T09:26:00"),
        ("昨天 15:30", "2025-03-14T15:30:00"), ("发布于：2025-03-13 09:26　IP属地：浙江", "2025-03-13T09:26:00"),
        ("今天是2025年3月14日", "2025-03-14"),
    ],
)  # fmt: skip
def test_chinese_pages_tell_the_visible_time(info: str, expected: str) -> None:
    """The line by the headline comes before a system's own meta, which is minutes or hours off."""
    head = '<meta property="article:published_time" content="2025-03-11T21:30:50+08:00">'
    assert told(read(info, lang="zh-CN", head=head)) == expected


def test_data_in_utc_is_told_in_the_zone_of_the_language() -> None:
    """An evening in UTC is the next day in Beijing, and the same instant."""
    head = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2025-03-12T20:15:00Z"}</script>'
    assert told(read("", lang="zh-CN", head=head)) == "2025-03-13T04:15:00+08:00"


WHEN = st.datetimes(datetime(2001, 1, 1), datetime(2025, 3, 14)).map(
    lambda value: value.replace(second=0, microsecond=0)
)
FORMS = (
    "{:%Y-%m-%d %H:%M}",
    "{:%Y年%m月%d日 %H:%M}",
    "{:%Y/%m/%d %H:%M}",
    "{:%Y.%m.%d %H:%M}",
    "{:%Y年%m月%d日%H时%M分}",
)
PARTS = ("{time}", "来源：云山日报", "作者：陈见山", "责任编辑：李小禾", "阅读：1203", "字号：大 中 小")


@settings(max_examples=40, deadline=None)
@given(
    WHEN,
    st.sampled_from(FORMS),
    st.permutations(PARTS),
    st.sampled_from(["　", " | ", "</span><span>", "　　", "</p><p>"]),
)
def test_a_chinese_line_is_read_in_any_order(when: datetime, form: str, parts: list[str], gap: str) -> None:
    """Time, source, author and editor are told apart whatever their order and what stands between them."""
    label = "发布时间：" if gap == " | " else ""
    line = gap.join(parts).replace("{time}", label + form.format(when))
    article = read(f"<p><span>{line}</span></p>", lang="zh-CN")
    assert told(article) == when.isoformat(timespec="seconds")
    assert (article.source, article.authors) == ("云山日报", ("陈见山",))
    assert [(role.role, role.name) for role in article.roles if role.role == "editor"] == [("editor", "李小禾")]
