"""What a story may hold and still be whole, and what a line may hold and still name nobody and no time: each is a
small made-up page on which a paragraph was lost, a word stuck to the next, or a writer or a time was invented."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tuoben.extract import extract
from tuoben.extract.element import squeezed
from tuoben.model import Article, Page

TEXTS = {
    "en": (
        "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the city council said.",
        "“We have waited a long time for this,” said a baker beside the southern ramp. “Half of my customers left.”",
        "Engineers replaced more than 400 metres of steel deck and renewed the bearings on all six piers of the bridge.",
    ),
    "ru": (
        "Движение по мосту через Ольховку открыли в четверг на три недели раньше срока, сообщили в администрации города.",
        "«Мы долго этого ждали», — сказал владелец пекарни у южного съезда. По его словам, многие перестали приходить.",
        "Рабочие заменили более 400 метров стального настила и обновили опорные части на всех шести опорах моста.",
    ),
    "zh": (
        "云山市水务局昨日通报，青禾河综合治理一期工程已经完工，沿线十二个排污口全部封堵，水质由劣五类提升至四类。",
        "“过去夏天不敢开窗，现在晚饭后都愿意到河边走走。”住在河东街道的居民赵小满说，河边新修的步道长约六公里。",
        "据介绍，二期工程计划于明年三月开工，将新建两座雨水调蓄池，总投资约三亿二千万元，预计两年内建成投用。",
    ),
}
TITLES = {
    "en": "Harbour bridge reopens three weeks ahead of schedule",
    "de": "Hafenbrücke öffnet drei Wochen früher als geplant",
    "ru": "Мост через Ольховку открыли на три недели раньше срока",
    "zh": "青禾河治理一期工程完工 沿线排污口全部封堵",
}


def read(lang: str, texts: tuple[str, ...] = (), *, info: str = "", heading: str = "") -> Article:
    """An article whose paragraphs are `texts`, with `info` between its headline and them."""
    title = TITLES.get(lang[:2], TITLES["en"])
    story = "".join(f"<p>{text}</p>" for text in texts or TEXTS.get(lang[:2], TEXTS["en"]))
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head><body><article>'
        f"{heading or f'<h1>{title}</h1>'}{info}<div>{story}</div></article></body></html>"
    )
    fetched = datetime(2024, 6, 20, 4, 0, tzinfo=UTC)
    return extract(Page(url="https://courier.example/a/8812", body=page.encode(), fetched_at=fetched))


def told(article: Article) -> str:
    return article.published.iso()[:16] if article.published else ""


# --- characters without width


def test_many_non_joiners_in_a_word() -> None:
    """A run of non-joiners inside a word is gone through once."""
    started = time.process_time()
    assert squeezed(f"x{chr(0x200C) * 100_000}x") == f"x{chr(0x200C) * 100_000}x"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A bridge\u200b for the\u200btown", "A bridge for the town"),
        ("Мост\u200b\u200bоткрыт", "Мост открыт"),
        ("from 2\u2060\u200b400 metres", "from 2 400 metres"),
        ("news.\u200bexample/\u200ba_\u200bb", "news.example/a_b"),
        ("青禾河\u200b治理", "青禾河治理"),
        ("สะพาน\u200bท่าเรือ", "สะพานท่าเรือ"),
        ("iPhone\u200b发布", "iPhone发布"),
        ("Mül\xadler kam\u2060en wie\ufeffder", "Müller kamen wieder"),
    ],
)
def test_a_break_between_words(text: str, expected: str) -> None:
    """Where a line may break between two words of a script with case stands a space, elsewhere nothing."""
    assert squeezed(text) == expected
    article = read("en", (f"{text}, the mayor of the town said on Thursday.", *TEXTS["en"]))
    assert article.text.split(", the mayor")[0] == expected
    assert f"<p>{expected}, the mayor" in article.html


@pytest.mark.parametrize(
    ("info", "authors"),
    [
        ("<div class='byline'>By Hans Mül\xadler</div>", ("Hans Müller",)),
        ("<div class='byline'>By Ada Farn\ufeff and Bo\u200bEiche</div>", ("Ada Farn", "Bo Eiche")),
    ],
)
def test_names_with_characters_without_width(info: str, authors: tuple[str, ...]) -> None:
    """A soft hyphen parts no name, a break between two words does."""
    assert read("en", info=info).authors == authors
