"""The index on real directories: what is added is found, exactly and first, and damage is told plainly."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.errors import DataError
from tuoben.index import FORMAT, Document, Filters, Index, Older, portion
from tuoben.query import parse

DAY = datetime(2024, 3, 5, 12, tzinfo=UTC)
BODY = (
    "近日，記者從省科技廳獲悉，“吉林一号”將實現138颗卫星组网，一共3人参加发布会。C919 and 5G were shown, 3.14% more "
    "than in Jilin's last report. 서울시장은 한국어로 말했다. ไทยแลนด์ ประชุม。Большой город растёт."
)


def document(id_: str, title: str = "", text: str = "", **more: object) -> Document:
    """An article as the tests index it."""
    known = {"published": DAY, "captured": DAY} | more
    return Document(id=id_, title=title, text=text, **known)  # type: ignore[arg-type]


ARTICLES = [
    document("a", "厅局长访谈｜“百星飞天”向星空逐梦", BODY, source="中国吉林网", site="jilin", category="科技",
             lang="zh-Hans", authors=("某记者",), url="https://a.test/1?x=1", canonical="https://a.test/1",
             column="厅局长访谈"),
    document("b", "Rates - what next? “Nobody knows”: bank", "The bank raised rates.", lang="en", site="wire",
             category="财经", published=DAY - timedelta(days=3), captured=DAY + timedelta(days=1)),
    document("c", "科技创新座谈会", "会上谈到吉林和长春的创新，卫星没有谈到。", category="科技", lang="zh-Hant",
             source="省报", published=DAY + timedelta(days=1)),
]  # fmt: skip


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index that holds the articles above."""
    with Index.open(tmp_path / "index", write=True) as opened:
        opened.add(ARTICLES)
        opened.commit()
        yield opened


def found(index: Index, text: str, **more: object) -> tuple[str, ...]:
    """Ids of what a search finds without being loosened, sorted."""
    hits = index.search(parse(text), **more)  # type: ignore[arg-type]
    return () if hits.loosened else tuple(sorted(hits.ids))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("卫星", ("a", "c")),
        ("衛星", ("a", "c")),
        ("星", ("a", "c")),
        ("138颗", ("a",)),
        ("共3人", ("a",)),
        ("3人", ("a",)),
        ("卫星组网", ("a",)),
        ("星没", ("c",)),
        ("网一共", ()),
        ("c919", ("a",)),
        ("５Ｇ", ("a",)),
        ("3.14", ("a",)),
        ("jilin report", ("a",)),
        ("rate", ("b",)),
        ("서울시장", ("a",)),
        ("город", ("a",)),
        ("แลนด์", ("a",)),
        ("吉林 -卫星组网", ("c",)),
        ("吉林 OR bank", ("a", "b", "c")),
        ('"raised rates"', ("b",)),
        ('"rates raised"', ()),
        ("标题:科技", ("c",)),
        ("来源:吉林 卫星", ("a",)),
        ("来源:省报", ("c",)),
        ("作者:某记者", ("a",)),
        ("某记者", ("a",)),
        ("类别:科技 吉林", ("a", "c")),
        ("lang:zh", ("a", "c")),
        ("lang:zh-Hant", ("c",)),
        ("site:wire", ("b",)),
        ("date:2024-03-06", ("c",)),
        ("date:..2024-03-04", ("b",)),
        ("https://a.test/1", ("a",)),
        ("https://a.test/1?x=1", ("a",)),
        ("厅局长访谈", ("a",)),
        ("！？", ()),
    ],
)
def test_what_is_found(index: Index, text: str, wanted: tuple[str, ...]) -> None:
    """Words, parts of words, phrases, numbers and fields find what holds them and nothing else."""
    assert found(index, text) == wanted


def test_filters_are_exact(index: Index) -> None:
    """Filters compare whole values; times bound from below with, from above without the bound."""
    everything = parse("")
    assert index.search(everything, Filters(category="科技")).ids == ("c", "a")
    assert index.search(everything, Filters(category="科")).total == 0
    assert (
        index.search(everything, Filters(source="中国吉林网")).ids
        == index.search(everything, Filters(source="jilin")).ids
        == ("a",)
    )
    assert index.search(everything, Filters(site="jilin")).ids == ("a",)
    assert index.search(everything, Filters(lang="en")).ids == ("b",)
    assert index.search(everything, Filters(since=DAY)).ids == ("c", "a")
    assert index.search(everything, Filters(until=DAY)).ids == ("b",)
    assert index.search(everything, Filters(as_of=DAY)).ids == ("c", "a")
    assert index.search(parse("吉林"), Filters(category="财经")).total == 0


def test_as_of_a_time_old_revisions_are_looked_in(tmp_path: Path) -> None:
    """A replaced revision is found as of the time that it was held, the newest one from its own time on; else only that."""
    first, second, third = DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)
    older = (
        Older(number=1, since=first, until=second, title="桥塌了", text="三人受伤。"),
        Older(number=2, since=second, until=third, title="桥未塌", text="无人受伤。", authors=("某记者",)),
    )
    with Index.open(tmp_path, write=True) as index:
        index.add(
            [document("x", "桥的通报", "没有人受伤。", captured=third, older=older), document("y", "别的", "受伤")]
        )
        index.commit()

        def held(text: str, as_of: datetime | None = None) -> list[tuple[str, int]]:
            hits = index.search(parse(text), Filters(as_of=as_of))
            return [] if hits.loosened else sorted((hit.id, hit.revision) for hit in hits.hits)

        assert index.count == 2
        assert held('"三人受伤"') == held('"无人受伤"') == held("作者:某记者") == []
        assert held("") == held("受伤") == [("x", 0), ("y", 0)]
        assert held('"三人受伤"', first) == held("桥塌了", second - timedelta(seconds=1)) == [("x", 1)]
        assert held('"三人受伤"', second) == [] and held('"三人受伤"', first - timedelta(seconds=1)) == []
        assert held("受伤", second) == [("x", 2), ("y", 0)] == held("", second)
        assert held("作者:某记者", second) == [("x", 2)]
        assert held("受伤", third) == [("x", 0), ("y", 0)]
        assert index.search(parse("受伤"), facets=True).facets.bars[-1].articles == 2
        assert ("x", 0) in [(hit.id, hit.revision) for hit in index.similar({"三人": 1.0, "受伤": 1.0}).hits]
        index.add([document("x", "桥的通报", "没有人受伤。", captured=third, older=older[:1])])
        index.commit()
        assert index.count == 2 and held('"三人受伤"', first) == [("x", 1)] and held("作者:某记者", second) == []
        index.remove(["x"])
        index.commit()
        assert index.count == 1 and held('"三人受伤"', first) == []


def test_days_of_a_query_are_days_of_a_zone(tmp_path: Path) -> None:
    """A date in the query means that day where the reader is."""
    with Index.open(tmp_path, write=True) as index:
        index.add([document("late", "夜", "夜", published=datetime(2024, 3, 4, 20, tzinfo=UTC))])
        index.commit()
        assert found(index, "date:2024-03-04") == ("late",)
        assert found(index, "date:2024-03-05", zone=ZoneInfo("Asia/Shanghai")) == ("late",)


def test_order_and_pages(tmp_path: Path) -> None:
    """Newest first is by time, pages follow each other, the total stays."""
    with Index.open(tmp_path, write=True) as index:
        index.add(document(str(i), "卫星", "卫星", published=DAY + timedelta(hours=i * 7 % 50)) for i in range(50))
        index.commit()
        pages = [index.search(parse("卫星"), sort="newest", limit=20, offset=offset) for offset in (0, 20, 40, 60)]
        ids = [id_ for page in pages for id_ in page.ids]
        assert [page.total for page in pages] == [50, 50, 50, 50]
        assert sorted(ids, key=lambda id_: -(int(id_) * 7 % 50)) == ids
        assert index.search(parse("卫星"), limit=0).hits == ()


@pytest.mark.parametrize("said", ["吉林科技", '"吉林科技大会"'], ids=["word", "phrase"])
def test_headline_weighs_more_than_lead_than_body(tmp_path: Path, said: str) -> None:
    """A word, or a quoted phrase, counts most in the headline, then in the first sentences."""
    filler, told = "其余的话都是别的内容。" * 40, said.strip('"')
    with Index.open(tmp_path, write=True) as index:
        index.add([
            document("body", "别的", filler + told),
            document("lead", "别的", told + filler),
            document("title", told, filler),
        ])  # fmt: skip
        index.commit()
        assert index.search(parse(said)).ids == ("title", "lead", "body")


@pytest.mark.parametrize(
    "headline",
    [
        "Rates - what then? “Nobody knows”: bank",
        "来源：新华社说了什么 -不是这个",
        "“老字号”创新升级以“数字智能”服务亚运",
        "Author: who said OR what – and -why",
        "date:2024 的故事 “未完",
        "（图）138颗！……《流浪地球》——1-10月",
        "한국 경제: “위기”인가?",
        "Où va l'économie – «ça dépend»",
        "！！！",
    ],
)
def test_a_pasted_headline_finds_its_article_first(index: Index, headline: str) -> None:
    """A headline as pasted comes first, whatever in it looks like syntax, as told by the page or by the listing."""
    index.add(document(f"x{i}", headline[:-2] + "，后续", headline * 3) for i in range(5))
    index.add([document("page", headline, "正文"), document("list", "另题", "正文", announced_title=headline + " 附")])
    index.commit()
    if headline.strip("！"):
        assert index.search(parse(headline)).ids[0] == "page"
        assert index.search(parse(headline + " 附")).ids[0] == "list"


def test_loosened_says_so(index: Index) -> None:
    """Words that match nothing together match in part, and the result says what was given up."""
    hits = index.search(parse("吉林科技厅的创新座谈会"))
    assert hits.loosened and hits.ids
    assert index.search(parse("吉林 星空 量子")).loosened == "most"
    assert index.search(parse("吉林 量子计算机")).loosened == "most"
    assert index.search(parse("xyzzy plugh")).total == 0
    assert index.search(parse('"吉林科技厅"')).total == 0
    assert index.search(parse('"吉林科技厅" 星空')).total == 0
    assert index.search(parse('"吉林一号" 星空 量子')).ids == ("a",)
    assert index.search(parse("吉林 量子 category:财经")).total == 0


def test_any_piece_of_a_text_is_found(index: Index) -> None:
    """Every piece of two or more characters, also across digits and punctuation, finds its article."""
    rng = random.Random(7)
    text = BODY.split(" and ")[0].replace("C919", "")
    for _ in range(300):
        start = rng.randrange(len(text) - 2)
        piece = text[start : start + rng.randint(2, 12)].replace("“", "").replace("”", "")
        digits = [c for c in (piece[:1], piece[-1:]) if c.isascii()]
        if not digits and parse(piece):
            assert "a" in found(index, f'"{piece}"'), piece


def test_the_same_id_replaces(index: Index) -> None:
    """An article added again takes the place of its earlier state, also within one batch."""
    index.add([document("a", "新题"), document("a", "再改的题", "换了正文")])
    index.commit()
    assert index.count == 3
    assert found(index, "138颗") == ()
    assert found(index, "换了正文") == ("a",)


def test_removal_reaches_readers(index: Index, tmp_path: Path) -> None:
    """After commit and refresh a removed article is in no result of another reader."""
    reader = Index.open(tmp_path / "index")
    assert found(reader, "卫星") == ("a", "c")
    index.remove(["a", "unknown"])
    index.commit()
    assert found(reader, "卫星") == ("a", "c")
    reader.refresh()
    assert found(reader, "卫星") == ("c",)
    assert reader.count == 2


def test_a_reader_may_come_first(tmp_path: Path) -> None:
    """A reader of an index that is not there yet finds nothing, and all after the index came."""
    reader = Index.open(tmp_path / "index")
    assert reader.search(parse("卫星")).total == reader.count == 0
    assert reader.df(["卫星"]) == {"卫星": 0}
    with Index.open(tmp_path / "index", write=True) as index:
        index.add(ARTICLES)
        index.commit()
    reader.refresh()
    assert found(reader, "卫星") == ("a", "c")


def test_rebuilding_beside_the_served_index(index: Index, tmp_path: Path) -> None:
    """A fresh generation is seen only once published, whole; the old one is deleted."""
    index.publish()
    index.close()
    reader = Index.open(tmp_path / "index")
    with Index.open(tmp_path / "index", write=True, fresh=True) as fresh:
        fresh.add([document("new", "新的卫星")])
        fresh.commit()
        reader.refresh()
        assert found(reader, "卫星") == ("a", "c")
        fresh.publish()
    reader.refresh()
    assert found(reader, "卫星") == ("new",)
    assert len(list((tmp_path / "index").glob("generation-*"))) == 1


def test_another_format_is_begun_anew(tmp_path: Path) -> None:
    """An index of another format is empty and stale until all is added and published."""
    with Index.open(tmp_path, write=True) as index:
        assert index.stale
        index.add(ARTICLES)
        index.publish()
        assert not index.stale
    with Index.open(tmp_path, write=True) as index:
        assert not index.stale
    told = json.loads((tmp_path / "current").read_text())
    (tmp_path / "current").write_text(json.dumps(told | {"format": FORMAT + 1}))
    with Index.open(tmp_path, write=True) as index:
        assert index.stale and index.count == 0
    with Index.open(tmp_path, write=True) as index:
        assert index.stale
        index.publish()
    assert not Index.open(tmp_path).stale


def test_one_writer(index: Index, tmp_path: Path) -> None:
    """A second writer is refused in plain words, and welcome once the first is done."""
    with pytest.raises(DataError, match="Another process"):
        Index.open(tmp_path / "index", write=True)
    index.close()
    Index.open(tmp_path / "index", write=True).close()
    with pytest.raises(DataError, match="not open for writing"):
        Index.open(tmp_path / "index").add(ARTICLES)


@pytest.mark.parametrize("harm", ["meta", "cut", "gone"])
def test_damage_is_told_plainly(index: Index, tmp_path: Path, harm: str) -> None:
    """A damaged index says what to do; nothing of the engine's own words comes through."""
    index.close()
    (folder,) = (tmp_path / "index").glob("generation-*")
    for file in folder.iterdir():
        if harm == "meta" and file.name == "meta.json":
            file.write_text("{")
        elif harm != "meta" and file.name[:8].isalnum() and len(file.stem) == 32:
            file.write_bytes(b"") if harm == "cut" else file.unlink()
    with pytest.raises(DataError, match="tuoben rebuild --index"):
        Index.open(tmp_path / "index").search(parse("卫星"))


def test_similar_and_df(index: Index) -> None:
    """Weighted tokens find what holds them, the left-out apart; frequencies count articles."""
    assert index.df(["卫星", "bank", "无此"]) == {"卫星": 2, "bank": 1, "无此": 0}
    assert index.similar({"卫星": 1.0, "组网": 3.0}).ids == ("a", "c")
    assert index.similar({"卫星": 1.0}, exclude=["a"]).ids == ("c",)
    assert index.similar({}).total == 0


@pytest.mark.parametrize("odd", ["\ud800", "\x00", "a" * 70000, "\u202e", "🛰️"])
def test_odd_text_does_no_harm(index: Index, odd: str) -> None:
    """Lone surrogates, control characters and endless words are indexed without an error."""
    index.add([document("odd" + odd[:1], odd + " 奇怪的题", odd + "正文" + odd, source=odd, url=odd, authors=(odd,))])
    index.commit()
    assert len(found(index, "奇怪的题")) == 1
    index.search(parse(odd + '" OR -' + odd), Filters(category=odd))


def segments(path: Path) -> int:
    """In how many pieces the served index lies."""
    (folder,) = path.glob("generation-*")
    return len(json.loads((folder / "meta.json").read_text())["segments"])


def test_writers_in_turn_leave_few_segments(tmp_path: Path) -> None:
    """Each writer finishes the merges it began, so that an index fed in small lots stays in few pieces."""
    for i in range(40):
        with Index.open(tmp_path, write=True) as index:
            index.add([document(str(i), "卫星", BODY)])
            index.commit()
    assert segments(tmp_path) < 10
    assert Index.open(tmp_path).count == 40


def test_what_was_not_committed_is_dropped(tmp_path: Path) -> None:
    """A writer that is let go before its commit leaves the index as it was."""
    for id_, done in (("a", True), ("b", False)):
        with Index.open(tmp_path, write=True) as index:
            index.add([document(id_, "卫星")])
            if done:
                index.commit()
    assert found(Index.open(tmp_path), "卫星") == ("a",)


def test_portions_of_one_size_end_as_one_segment(tmp_path: Path) -> None:
    """A new index that is filled in eight portions is one piece once published, and can be written on."""
    with Index.open(tmp_path, write=True, fresh=True) as index:
        for lot in range(8):
            index.add(document(f"{lot}{i}", "卫星", BODY) for i in range(5))
            index.commit()
        index.publish()
        assert segments(tmp_path) == 1 and index.count == 40
        index.add([document("more", "卫星", BODY)])
        index.commit()
    assert Index.open(tmp_path).count == 41


@given(st.integers(0, 20_000_000))
def test_portions_are_a_power_of_eight(articles: int) -> None:
    """The portions of any number of articles are small, and as many as the engine merges to one."""
    size = portion(articles)
    assert 1 <= size <= 17_600
    assert -(-articles // size) <= 8 ** len(f"{max(0, -(-articles // 17_600) - 1):o}".lstrip("0"))


def test_equal_hits_stand_in_one_order_on_all_pages(tmp_path: Path) -> None:
    """Hits of one score or time are told apart by their ids, whatever was indexed first, and each stands on one page."""
    ids = [f"{i:02}" for i in range(40)]
    random.Random(3).shuffle(ids)
    with Index.open(tmp_path, write=True) as index:
        index.add(document(id_, "别的", BODY) for id_ in ids)
        index.add([document("first", "卫星", BODY, published=DAY + timedelta(days=1))])
        index.commit()
        for sort in ("relevance", "newest"):
            pages = [index.search(parse("卫星"), sort=sort, limit=7, offset=at).ids for at in range(0, 49, 7)]
            assert [id_ for page in pages for id_ in page] == ["first", *sorted(ids, reverse=True)]
