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


# --- stories that open or end with the words of a notice


@pytest.mark.parametrize(
    "text",
    [
        "本报讯 城东一家商场未经消防部门许可擅自开业，被处以罚款五万元，并责令限期整改。",
        "本报记者随后了解到，该项目部分标段未经规划部门许可已经动工，目前已被责令停工，等待进一步处理。",
        "本网站平台未经许可经营保险业务一案昨日开庭，法院没有当庭宣判，下次开庭时间另行通知。",
        "未经规划部门许可，任何单位和个人不得在河道两岸新建房屋，已建的房屋将在年底前拆除。",
        "版权归属成为争议焦点，双方当庭表示愿意调解，法院将择日作出判决。",
        "该文化园的知识产权保护工作站同日揭牌，将为园内三百多家企业提供服务。",
        "警方提醒，不要点击陌生链接，也不要下载来路不明的APP，遇到可疑情况请立即拨打报警电话。",
        "关注此事的网友在微博留言说，希望有关部门尽快公布调查结果，给我们一个交代。",
        "加入世贸组织二十年来，当地出口额增长了八倍，企业负责人说：“我们抓住了机会。”",
        "下载量突破百万次后，这款客户端开始向用户收费，引起不少争议。",
        "双方将在版权合作、人才培养等方面开展长期合作，首批项目将于明年启动。",
        "新闻热线开通以来，已为市民解决各类问题三千多件，受到广泛好评。",
        "微信号被盗后，骗子向他的多名好友借钱，有两人共损失四千元。",
        "阅读原文的学生比例从三成上升到六成，校方认为改革初见成效。",
        "点击量造假的现象由来已久，业内人士呼吁建立统一的统计标准。",
        "来源不明的食品被全部下架，市场监管部门已对经营者立案调查。",
        "责任编辑部门负责人说，今后将每月公布一次水质监测结果。",
        "记者：听说二期工程明年开工，沿线居民最关心的是什么？",
        "编辑：您最初为什么会关注这条河？",
        "编辑：这样的河水能不能养鱼？专家表示，目前还需要观察，请您放心。",
        "作者：我写这本书用了十年，其中三年都住在河边。",
        "Support us, the miners shouted as the ministers walked past the gate.",
        "分享到的快乐比独享更多，赵小满这样总结她的志愿者生活。",
        "By Thursday evening the fire was out, and the families could return to their homes beside the river.",
        "Sign up for the course costs nothing, the council said, and classes begin on Monday in the town hall.",
        "Subscribers to the service will see their bills rise by four per cent in January, the company said.",
        "Download speeds fell by half during the outage, which lasted from noon until four o'clock on Monday.",
        "Donated blood is needed most in winter, when fewer people come to the centre beside the old market.",
        "Published in 1923, the novel sold four copies in its first year and was forgotten until last spring.",
        "Reach the summit at dawn and you see three countries, the guide said before he turned back.",
        "This article was found in the pocket of the dead man, the coroner told the court on Thursday.",
        "Follow the river on xylophone-shaped stones and you come to the mill, which the flood destroyed in May.",
        "Увидели ошибку проектировщиков лишь после начала строительства, сообщил мэр города на встрече с жителями.",
    ],
)
def test_paragraphs_with_the_words_of_a_notice(text: str) -> None:
    """A paragraph is a story's, whether it stands first, last or alone, when it forbids no copying and asks nothing."""
    lang = "ru" if text[0] == "У" else "en" if text.isascii() else "zh"
    for texts in ((text, *TEXTS[lang]), (*TEXTS[lang], text), (text,)):
        article = read(lang, texts)
        assert article.text == "\n\n".join(texts)
        assert (article.authors, article.source) == ((), "")


@pytest.mark.parametrize(
    "text",
    [
        "本網站之文字、圖片及影音，非經授權，不得轉載、公開播送或公開傳輸及利用。",
        "未经书面授权，任何单位及个人不得转载、摘编或以其他方式使用本网内容。",
        "编辑：赵小满，柏川。", "编辑：我们欢迎您来稿，稿费从优。", "责任编辑：赵小满", "Support us with a donation.",
        "未经许可，禁止转载。", "未经本报授权，不得使用", "未经允许，谢绝转载", "本报所有内容未经授权严禁复制，违者必究。",
        "Subscribe to our newsletter.", "Sign up for the morning briefing", "By Ada Farn, Courier News", "Written by Bo Eiche",
        "Follow Ada Farn on X", "Join the conversation", "Download our app for more.", "Have a tip? Write to us.",
        "This article was first published by The Courier.", "This story has been updated with what the mayor said.",
        "Published in The Courier, 13 March", "Copyright 2024 The Courier", "Donate today to keep us going.",
        "欢迎关注微信公众号“云山发布”", "下载云山新闻客户端，阅读更多内容。", "联系电话：0000-1234567", "新闻热线 0000-1234567",
        "商务合作请联系编辑部", "点击阅读原文", "上一篇：云山市图书馆开馆", "扫描二维码，关注我们。", "微信公众号：云山发布",
        "版权归云山日报所有，转载请注明出处。", "版权所有 云山日报社", "该文观点仅代表作者本人。",
        "Увидели ошибку? Сообщите нам", "Заметили ошибку в тексте? Выделите её и нажмите Ctrl+Enter",
        "Нашли опечатку? Ctrl+Enter", "Нашли ошибку, выделите её и нажмите Ctrl+Enter",
    ],
)  # fmt: skip
def test_notices_below_a_story(text: str) -> None:
    """A notice of rights, and the request to tell of mistakes, are no part of the story."""
    lang = "ru" if text[0] in "УЗН" else "en" if text.isascii() else "zh"
    assert read(lang, (*TEXTS[lang], text)).text == "\n\n".join(TEXTS[lang])


# --- times without their year


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("de", "Sendung: 9.10 - 11.30 Uhr"), ("de", "Sendung: 09.10 - 11.30 Uhr"), ("de", "09.10 | 11.30 Uhr"),
        ("de", "Note 2.3 | 10.50 Euro"), ("de", "v2.3 10.20"), ("de", "v02.03 10:20"), ("de", "Platz 3.2 10.50 Euro"),
        ("de", "Preis 2,50 3.2 10.50"), ("de", "13.05. 09:26 - 11:30 Uhr"), ("de", "13.05. 09:26 Uhr bis 11:30 Uhr"),
        ("de", "13.05. 2:30 Stunden"), ("zh", "03-13 09:26-11:30"), ("zh", "版本 2.3 10:50"), ("fi", "Erä 2.3 10.50"),
        ("zh", "活动时间：03-13 09:26 地点：云山市图书馆"), ("zh", "比分 3-2 10:30"), ("de", "Termin: 13.05. 19:30 Uhr"),
        ("de", "Anpfiff 13.05. 15:30 Uhr"), ("en", "Doors open 7 May, 19:30"), ("ru", "Начало 13 мая, 19:30"),
        ("ja", "5月13日 19:30 開演"), ("en", "13 seats, 09:26"), ("en", "05.03. 09:26"),
        ("zh", "第12期 3/4 10:20"), ("zh", "第12期　03/04 10:20"), ("zh", "第8版 3-4 10:20"), ("zh", "第十二屆 3/4 10:20"),
        ("zh", "得票 3/4 10:20"), ("zh", "房价 3-4 10:20"), ("zh", "直播 3月4日 10:20"), ("zh", "共5页 3/4 10:20"), ("en", "Issue 12, 13/4 10:20"), ("de", "Ausgabe 12 | 03/04 10:20"),
    ],
)  # fmt: skip
def test_numbers_that_are_no_time(lang: str, line: str) -> None:
    """Spans, prices, marks and versions tell no day and no clock."""
    assert told(read(lang, info=f"<div>{line}</div>")) == ""


@pytest.mark.parametrize(
    ("lang", "line", "expected"),
    [
        ("sv", "03-13 09:26", "2024-03-13T09:26"), ("en", "13 March, 09:26", "2024-03-13T09:26"),
        ("en", "13 March, 9:26 pm", "2024-03-13T21:26"), ("en", "13/03 09:26", "2024-03-13T09:26"),
        ("zh", "13/03 09:26", "2024-03-13T09:26"), ("de", "3月5日 09:26", "2024-03-05T09:26"),
        ("de", "05.03. um 9.26 Uhr", "2024-03-05T09:26"), ("de", "05.03. | 09.26 Uhr", "2024-03-05T09:26"),
        ("da", "5. marts kl. 09.26", "2024-03-05T09:26"), ("es", "05/03 09:26", "2024-03-05T09:26"),
        ("zh", "03-05 09:26", "2024-03-05T09:26"), ("zh", "发布于03-05 09:26:41", "2024-03-05T09:26"),
        ("zh", "03.05 09:26", "2024-03-05T09:26"), ("zh", "第12期 03-05 09:26", "2024-03-05T09:26"),
        ("zh", "第12期 3月5日 09:26", "2024-03-05T09:26"), ("zh", "云山日报 3/5 09:26", "2024-03-05T09:26"), ("sv", "03-05 09:26", ""),
    ],
)  # fmt: skip
def test_times_whose_order_is_plain(lang: str, line: str, expected: str) -> None:
    """The order of a page's language decides only where neither a name, a sign nor a number above twelve does."""
    assert told(read(lang, info=f"<div>{line}</div>")) == expected


# --- writers


@pytest.mark.parametrize(
    ("lang", "line", "authors"),
    [
        ("en", "By Jane Doe, John Smith — The Daily Echo", ("Jane Doe", "John Smith")),
        ("pt", "Por Ana Silva, Pedro Costa — Lisboa", ("Ana Silva", "Pedro Costa")),
        ("pt", "Por Ana Silva, Jornal da Manhã — Lisboa", ("Ana Silva",)),
        ("es", "Por Ana Silva, El Correo — Madrid", ("Ana Silva",)),
        ("en", "By Jane Doe, New York — The Daily Echo", ("Jane Doe",)),
        ("ja", "<a href='/w'>山田太郎</a><a href='/w'>フォロー</a>", ("山田太郎",)), ("ja", "<a href='/w'>社会部</a> <a href='/w'>山田太郎</a>", ("山田太郎",)),
        ("ja", "<a href='/w'>山田太郎</a> <a href='/w'>渡部花子</a> <a href='/w'>記事一覧</a>", ("山田太郎", "渡部花子")),
        ("ja", "<a href='/w'>社会部</a> <a href='/w'>フォロー</a>", ()),
        ("en", "By the Sea, a novel", ()), ("en", "By the Sea, A Novel", ()), ("en", "By the River, an unfinished story", ()),
        ("en", "By An Nguyen, A. Farn", ("An Nguyen", "A. Farn")),
        ("zh", "作者：赵小满在书中写道", ()), ("zh", "作者：林美麗於書中寫道", ()), ("zh", "作者 赵小满近日去世", ()),
        ("zh", "作者：赵小满写道", ()), ("zh", "作者：赵满写道", ()), ("zh", "作者：赵小满说", ()), ("zh", "记者：林美丽在现场看到", ()),
        ("zh", "作者：赵小满", ("赵小满",)), ("zh", "作者：林在青", ("林在青",)), ("zh", "记者 柏川报道说", ("柏川",)),
        ("zh", "记者 柏川 赵小满 发自云山市", ("柏川", "赵小满")), ("zh", "记者 柏川发自云山市", ("柏川",)),
    ],
)  # fmt: skip
def test_writers_beside_a_place_or_a_button(lang: str, line: str, authors: tuple[str, ...]) -> None:
    """Two writers stay two before a place; an outlet, a desk and a button are no writers."""
    assert read(lang, info=f"<div class=author>{line}</div>").authors == authors


@pytest.mark.parametrize(
    ("line", "authors", "roles"),
    [
        ("文字記者林美麗 攝影記者陳大文／台北報導", ("林美麗",), {("reporter", "林美麗"), ("photographer", "陳大文")}),
        ("通讯员张三 记者李四/北京报道", ("张三", "李四"), {("correspondent", "张三"), ("reporter", "李四")}),
        ("攝影記者陳大文／台北報導", (), None),
        ("記者林美麗／台北報導", ("林美麗",), {("reporter", "林美麗")}),
        ("記者林美麗、陳大文／台北報導", ("林美麗", "陳大文"), None),
        ("聯聯報／記者林美麗／台北即時報導", ("林美麗",), None),
    ],
)
def test_each_by_the_word_before_the_name(
    line: str, authors: tuple[str, ...], roles: set[tuple[str, str]] | None
) -> None:
    """Where a line names several, each has the part that the word before the name says."""
    article = read("zh", info=f"<div>{line}</div>")
    assert article.authors == authors
    assert roles is None or {(role.role, role.name) for role in article.roles} == roles
