"""What is a copy of what, and what groups become of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tuoben.model import Article, Hints, Neighbour, Placement, State
from tuoben.organise import is_copy, place

T0 = datetime(2024, 3, 5, tzinfo=UTC)
SENTENCES = [
    "云南省地震台网3月5日9时12分测定，甲县发生4.2级地震，震源深度10千米。",
    "当地应急、消防和公安部门已派出120名队员赶往震中附近的乡镇查看情况。",
    "截至中午，震中附近3个乡镇的房屋没有倒塌，道路和通信畅通，没有人员受伤的报告。",
    "专家说，这一带历史上曾多次发生中等强度的地震，居民不必惊慌，但要检查房屋的裂缝。",
    "县里已经打开全部避难场所，并向老人和孩子发放棉被、饮水和方便食品。",
]
BODY = "\n\n".join(SENTENCES)
OTHER = "记者从水利部获悉，今年全国新建高标准农田超过预期，粮食主产区的灌溉条件明显改善，多地农民说浇地比往年省力。" * 2
TEMPLATE = (
    BODY.replace("3月5日9时12分", "7月21日18时40分")
    .replace("4.2", "5.6")
    .replace("10千米", "33千米")
    .replace("120", "450")
)


def neighbour(id_: str, text: str, group: str = "", hours: int = 0) -> Neighbour:
    """A stored article, captured some hours after T0."""
    captured = T0 + timedelta(hours=hours)
    return Neighbour(id=id_, group=group, title=id_, text=text, captured=captured)


def placed(text: str, *neighbours: Neighbour) -> Placement:
    """Where a text goes among neighbours."""
    return place(Article(url="https://a.test/", state=State.ARTICLE, title="题", text=text), "new", neighbours)


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (BODY, True),
        ("本文转自：某报\n" + BODY + "\n责任编辑：某某\n声明：本文仅代表作者本人观点，与本网站无关。", True),
        ("".join(SENTENCES[:3]) + "……查看全文", True),
        (BODY.replace("\n\n", "\n　　").replace("，", ","), True),
        (BODY + OTHER, True),
        (BODY.replace("4.2级", "4.3级"), True),
        (BODY.replace("当地", "当日").replace("赶往", "前往").replace("不必惊慌", "不用慌张"), True),
        (TEMPLATE, False),
        (OTHER, False),
        (SENTENCES[0] + OTHER + SENTENCES[4], False),
        ("", False),
    ],
)
def test_copies(copy: str, wanted: bool) -> None:
    """Reprints, excerpts and merged articles are copies, in either direction; a bulletin with other facts is not."""
    assert is_copy(BODY, copy) is wanted
    assert is_copy(copy, BODY) is wanted


def test_copies_in_english() -> None:
    """The same holds for texts in spaced words."""
    text = (
        "The central bank raised its key rate by a quarter of a point on Tuesday, saying that prices were still rising "
        "too fast. Analysts had expected the step. The governor told reporters that further steps depended on data, and "
        "that the economy would slow before it grew again next spring. Shares of banks fell in early trading."
    )
    assert is_copy(text, text.upper() + " Read more")
    assert is_copy(text, text.replace("Analysts", "Economists"))
    assert not is_copy(text, "Shares of banks fell in early trading. " + "Nothing else here is the same at all. " * 9)


def test_alone_and_first_pair() -> None:
    """Without a copy an article stands alone; with the first one the older forms the group."""
    assert placed(BODY, neighbour("o", OTHER)).group == ""
    both = placed(BODY, neighbour("late", BODY, hours=5), neighbour("early", BODY, hours=1), neighbour("o", OTHER))
    assert (both.group, set(both.joins)) == ("early", {"early", "late"})


def test_an_existing_group_is_joined() -> None:
    """A copy of a member enters its group and brings stored copies along."""
    got = placed(BODY, neighbour("m", BODY, "g", 2), neighbour("n", BODY, "", 1))
    assert (got.group, got.joins) == ("g", ("n",))


def test_two_groups_become_one() -> None:
    """The same text in two groups brings them together: members and the group taken over are named."""
    got = placed(BODY, neighbour("m", BODY, "g", 2), neighbour("n", BODY, "h", 1))
    assert (got.group, set(got.joins)) == ("h", {"m", "g"})


def test_a_digest_does_not_tie_its_items() -> None:
    """A text that holds two others whole joins the nearer one alone."""
    tail = "第二天，乙县的公路恢复通行，养护工人连夜清理了落石，长途客车按时发出，沿线的集市也照常开张。" * 3
    got = placed(BODY + tail, neighbour("m", BODY, "g", 2), neighbour("n", "".join(SENTENCES[3:]), "h", 1))
    assert got.group in ("g", "h")
    assert got.joins == ()


def test_short_texts_need_the_same_headline() -> None:
    """A standing phrase under different headlines is no reprint."""
    brief = "请点击上方观看完整的视频报道"
    assert placed(brief, neighbour("x", brief)).group == ""
    assert placed(brief, replace(neighbour("x", brief), title="题")).group == "x"


def test_category_comes_along() -> None:
    """Placement carries the category."""
    article = Article(url="", state=State.ARTICLE, category="World")
    assert place(article, "new", ()).category == "国际"
    assert place(article, "new", (), hints=Hints(category="要闻")).category == "要闻"
    assert place(replace(article, category="社區"), "new", (), known_category_names=["社区"]).category == "社区"


BULLETIN = (
    "市气象台3月5日发布通报，全市昨夜普降小雨，平均降水12毫米。东城水库蓄水量为840万方，较前一日略有上升。"
    "各区农田墒情良好，早稻育秧进展顺利，预计本月下旬开始插秧。通报提醒渔船注意安全，出海前查看风浪预报。"
    "市防汛办公室安排人员值守，重点巡查河道和低洼路段，居民可拨打服务电话咨询，也可在网站上查询各站点的降水情况。"
)


@pytest.mark.parametrize(
    ("changes", "copies"),
    [
        ({"3月5日": "3月6日"}, True),
        ({"12毫米": "17毫米"}, True),
        ({"3月5日": "3月6日", "12毫米": "17毫米", "840万方": "861万方"}, False),
        ({"3月5日": "4月9日", "小雨": "中雨", "略有上升": "略有下降"}, False),
        ({"小雨": "中雨", "略有上升": "略有下降", "插秧": "播种"}, True),
    ],
    ids=["date", "figure", "date-and-figures", "date-and-words", "words"],
)
def test_a_bulletin_filled_anew_is_no_copy(changes: dict[str, str], copies: bool) -> None:
    """Another date and two facts more make another article of a template; less than that is an altered reprint."""
    filler = "".join(f"第{n}号站点记录正常，数据稳定，设备运行良好。" for n in "一二三四五六七八九十")
    other = BULLETIN + filler
    for was, now in changes.items():
        other = other.replace(was, now)
    assert is_copy(BULLETIN + filler, other) is copies
