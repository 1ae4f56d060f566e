"""Encodings: pages of many languages set in their legacy codecs, with right, missing, wrong and late declarations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import charsets
from tuoben.extract import extract
from tuoben.model import Page

TEXTS = {
    "zh-Hans": "云山市图书馆新馆正式开放，首日接待读者三千余人。馆长表示，新馆将延长开放时间，为上班族提供更多便利，市民凭身份证即可进入。",
    "zh-Hant": "雲山市圖書館新館正式開放，首日接待讀者三千餘人。館長表示，新館將延長開放時間，為上班族提供更多便利，市民無需預約即可進入。",
    "ja": "雲山市の図書館が新しい建物で開館し、初日に三千人を超える人が訪れた。館長は「これからも開館時間を延ばしていきたい」と話している。",
    "ko": "구름산시 도서관이 새 건물에서 문을 열고 첫날 삼천 명이 넘는 시민을 맞았다. 관장은 앞으로 개관 시간을 늘리겠다고 밝혔다.",
    "ru": "Библиотека города открыла новое здание, в первый день её посетили более трёх тысяч человек. Директор сказал, что часы работы продлят.",
    "pl": "Biblioteka miejska otworzyła nową siedzibę, a pierwszego dnia odwiedziło ją ponad trzy tysiące osób. Będzie czynna dłużej, mówią urzędnicy.",
    "tr": "Şehir kütüphanesi yeni binasında açıldı, ilk gün üç binden fazla kişi geldi. Müdür, çalışma saatlerinin uzatılacağını söyledi, dışarıda kuyruk oluştu.",
    "el": "Η βιβλιοθήκη της πόλης άνοιξε το νέο κτίριό της και την πρώτη ημέρα δέχθηκε περισσότερους από τρεις χιλιάδες επισκέπτες.",
    "th": "หอสมุดประจำเมืองเปิดอาคารใหม่ มีผู้เข้าชมมากกว่าสามพันคนในวันแรก ผู้อำนวยการกล่าวว่าจะขยายเวลาเปิดทำการ",
    "de": "Die Stadtbücherei öffnete ihr neues Gebäude, über dreitausend Menschen kamen am ersten Tag. Künftig schließt sie später, erklärte der Bürgermeister.",
}  # fmt: skip
CODECS = (
    ("zh-Hans", "gb18030", "gb2312"), ("zh-Hans", "gbk", "gbk"), ("zh-Hant", "big5hkscs", "big5"), ("zh-Hant", "big5", "big5"),
    ("zh-Hant", "gb18030", "gbk"), ("ja", "cp932", "shift_jis"), ("ja", "euc_jp", "euc-jp"), ("ja", "iso2022_jp", "iso-2022-jp"),
    ("ko", "cp949", "euc-kr"), ("ko", "euc_kr", "euc-kr"), ("ru", "cp1251", "windows-1251"), ("ru", "koi8_r", "koi8-r"),
    ("ru", "iso8859_5", "iso-8859-5"), ("pl", "iso8859_2", "iso-8859-2"), ("pl", "cp1250", "windows-1250"),
    ("tr", "cp1254", "iso-8859-9"), ("el", "cp1253", "windows-1253"), ("th", "cp874", "tis-620"),
    ("de", "cp1252", "iso-8859-1"), ("de", "iso8859_15", "iso-8859-15"),
)  # fmt: skip
DECLARATIONS = ("right", "none", "header", "utf-8", "iso-8859-1", "late", "header lies")


def document(lang: str, label: str, how: str) -> tuple[str, str]:
    """(markup, content type) of a page of a language with its charset declared in one of the ways of DECLARATIONS."""
    label = label if how in ("right", "late", "header lies") else how if how in ("utf-8", "iso-8859-1") else ""
    late = f"<!--{'x' * 20_000}-->" if how == "late" else ""
    meta = f'{late}<meta charset="{label}">' if label else ""
    text = "".join(f"<p>{TEXTS[lang]}</p>\n" for _ in range(4))
    return f'<!doctype html><html lang="{lang}"><head>{meta}<title>{TEXTS[lang][:12]}</title></head><body>{text}', how


@pytest.mark.parametrize("how", DECLARATIONS)
@pytest.mark.parametrize(("lang", "codec", "label"), CODECS)
def test_a_page_is_read_in_its_encoding_whatever_is_declared(lang: str, codec: str, label: str, how: str) -> None:
    """Right, missing, wrong and late declarations, in the markup or in the header, all give the same text."""
    text, _ = document(lang, label, how)
    declared = {"header": f"text/html; charset={label}", "header lies": "text/html; charset=utf-8"}.get(how, "")
    decoded = charsets.decode(text.encode(codec, "xmlcharrefreplace"), declared)
    assert decoded.text == text.encode(codec, "xmlcharrefreplace").decode(codec)
    assert not decoded.flawed


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)


@given(st.lists(HAN, min_size=1, max_size=8), st.sampled_from(["gb18030", "big5hkscs", "utf-8"]))
def test_rare_characters_survive_among_common_ones(names: list[str], codec: str) -> None:
    """Any characters of the codec are read back inside of a page of running text."""
    base = TEXTS["zh-Hant" if codec == "big5hkscs" else "zh-Hans"]
    text = f"<html><body><p>{base}{'，'.join(names)}。{base}</p><p>{base}</p>"
    body = text.encode(codec, "xmlcharrefreplace")
    assert charsets.decode(body).text == body.decode(codec)


@given(st.integers(1, 60), st.sampled_from(["gb18030", "utf-8", "cp932"]))
def test_broken_bytes_are_flagged_and_lose_nothing_else(at: int, codec: str) -> None:
    """A stray byte sets `flawed`, stands as U+FFFD at most, and the text around it stays."""
    lang = "ja" if codec == "cp932" else "zh-Hans"
    text = f"<html><body><p>{TEXTS[lang]}</p>" + f"<p>{TEXTS[lang]}</p>" * 3
    cut = len(text[:at].encode(codec))
    decoded = charsets.decode(text[:at].encode(codec) + b"\xff" + text.encode(codec)[cut:])
    assert decoded.flawed
    assert decoded.text.count("\ufffd") <= 2
    assert decoded.text.endswith(f"<p>{TEXTS[lang]}</p>" * 3)


def test_flaws_and_wrong_labels_are_flags_of_the_article() -> None:
    """The reader of an article is told that bytes were broken, and that the label was wrong."""
    text = f"<html><head><meta charset=utf-8><title>{TEXTS['zh-Hans'][:12]}</title></head><body><h1>{TEXTS['zh-Hans'][:12]}</h1>"
    body = (text + f"<p>{TEXTS['zh-Hans']}</p>" * 4).encode("gbk") + b"\xff\xff<p>"
    article = extract(Page(url="https://news.example.cn/a/1.html", body=body))
    assert {"charset-flawed", "charset-mislabelled"} <= set(article.flags)
    assert TEXTS["zh-Hans"][:20] in article.text
