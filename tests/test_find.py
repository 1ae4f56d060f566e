"""Search and related articles over a real index and a store kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tuoben import find
from tuoben.index import Document, Index
from tuoben.model import Article, Capture, Card, Kind, Reading, State

DAY = datetime(2024, 3, 5, 12, tzinfo=UTC)
SLOGAN = "大家表示，要牢记嘱托、感恩奋进，奋力谱写中国式现代化新篇章，为高质量发展贡献源源不断的力量。"
CAPTURE = Capture(
    record_id="urn:uuid:0", url="", kind=Kind.PAGE, time=DAY, segment="", offset=0, length=0, end=0, status=200,
    mime="", block_digest="", payload_digest="", payload_length=0,
)  # fmt: skip


class Shelf:
    """Articles kept in memory, as the store would tell of them."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Card, str]] = {}

    def put(self, id_: str, title: str, text: str, days: int = 0, category: str = "") -> Document:
        """Keep an article; what the index gets of it."""
        when = DAY + timedelta(days=days)
        card = Card(
            id=id_, url=f"https://a.test/{id_}", canonical="", title=title, column="", source="某报", site="a",
            site_name="某报", category=category, published=None, captured=when, lang="zh",
        )  # fmt: skip
        self.held[id_] = (card, text)
        return Document(id=id_, title=title, text=text, published=when, captured=when, category=category)

    def cards(self, ids: Iterable[str]) -> dict[str, Card]:
        """Cards by id."""
        return {id_: self.held[id_][0] for id_ in ids if id_ in self.held}

    def texts(self, ids: Iterable[str]) -> dict[str, str]:
        """Texts by id."""
        return {id_: self.held[id_][1] for id_ in ids if id_ in self.held}

    def leaving(self) -> tuple[str, ...]:
        """The index knows of everything here."""
        return ()

    def states(self, numbers: Mapping[str, int]) -> dict[str, tuple[Card, str]]:
        """No article has an old revision here."""
        assert not numbers
        return {}

    def reading(self, id: str) -> Reading | None:
        """An article as it is read."""
        if id not in self.held:
            return None
        card, text = self.held[id]
        article = Article(url=card.url, state=State.ARTICLE, title=card.title, text=text)
        return Reading(card=card, article=article, capture=CAPTURE, first_captured=DAY, revision=1, revisions=1)


TECH = (
    "吉林省科学技术厅厅长李岩接受采访。\n\n他说，长光卫星公司的“吉林一号”星座将实现138颗卫星组网，长春光机所的芯片也有突破。\n\n"
    + SLOGAN
)
DOCUMENTS = [
    ("own", "为谱写中国式现代化吉林新篇章贡献科技力量", TECH, 0),
    (
        "older",
        "长光卫星公司完成新一轮发射",
        "长光卫星公司昨天发射六颗卫星。“吉林一号”星座在轨数量又增加。" + SLOGAN,
        -40,
    ),
    ("newer", "吉林省科学技术厅公布芯片攻关名单", "吉林省科学技术厅公布名单，长春光机所的芯片项目在内。李岩到会。", 30),
    ("police", "公安局处长会议召开", "公安机关总结全年工作，分析治安形势。" + SLOGAN, 1),
    ("insurer", "中国人保财险开放日", "保险公司的客户参观理赔大厅，体验线上服务。" + SLOGAN, 1),
    ("medicine", "中医药大会开幕", "中医专家围绕人参产业展开讨论，签下多项合同。" + SLOGAN, -1),
    ("telecom", "联通举办国企开放日", "联通公司展示5G机房，邀请市民走进营业厅。" + SLOGAN, -2),
    ("copy", "（转）为谱写新篇章贡献科技力量", "本文转自：某报\n" + TECH + "\n责任编辑：某某", 2),
]


@pytest.fixture
def shelf() -> Shelf:
    """An empty store."""
    return Shelf()


@pytest.fixture
def index(tmp_path: Path, shelf: Shelf) -> Iterator[Index]:
    """An index of the articles above and of slogans around them."""
    with Index.open(tmp_path, write=True) as opened:
        opened.add([shelf.put(id_, title, text, days) for id_, title, text, days in DOCUMENTS])
        for i in range(30):
            text = f"第{i}分局、分公司召开年会，总结工作，部署安排。" + SLOGAN
            opened.add([shelf.put(f"s{i}", f"某单位{i}奋力谱写新篇章", text, i)])
        opened.commit()
        yield opened


def plain(excerpt: find.Excerpt) -> str:
    """An excerpt without its marks."""
    return "".join(piece for piece, _ in excerpt)


def test_search_shows_cards_with_excerpts(index: Index, shelf: Shelf) -> None:
    """Each hit comes with its card and the sentence that holds what was looked for, marked."""
    result = find.search(index, "衛星組網", reads=shelf)
    assert {hit.card.id for hit in result.hits} == {"own", "copy"}
    assert result.total == 2 and not result.loosened
    for hit in result.hits:
        assert ("卫星组网", True) in hit.excerpt
        assert "他说，长光卫星公司的" in plain(hit.excerpt)


def test_what_the_store_hides_is_not_shown(index: Index, shelf: Shelf) -> None:
    """An article that the index still holds but the store does not show is left out, and not counted."""
    del shelf.held["copy"]
    result = find.search(index, "卫星组网", reads=shelf)
    assert [hit.card.id for hit in result.hits] == ["own"]
    assert result.total == 1
    assert "copy" not in {item.card.id for item in find.related(index, "older", reads=shelf)}


def test_search_without_a_hit_in_the_text(index: Index, shelf: Shelf) -> None:
    """When only the headline matches, the excerpt is the beginning of the text."""
    (hit,) = find.search(index, "标题:中医药大会", reads=shelf).hits
    assert plain(hit.excerpt).startswith("中医专家围绕")
    assert find.search(index, "没有这样的东西", reads=shelf).hits == ()


def test_related_is_about_the_subject(index: Index, shelf: Shelf) -> None:
    """Articles on the subject are related, older and newer; those that share slogans are not, nor are copies."""
    found = find.related(index, "own", reads=shelf)
    assert {item.card.id for item in found} == {"older", "newer"}
    assert {item.card.id: item.newer for item in found} == {"older": False, "newer": True}


def test_related_says_why(index: Index, shelf: Shelf) -> None:
    """The shared names are told in words, and the excerpt holds the weightiest of them in a whole sentence."""
    found = {item.card.id: item for item in find.related(index, "own", reads=shelf)}
    assert "吉林省科学技术厅" in found["newer"].why
    assert "长光卫星公司" in found["older"].why
    for item in found.values():
        marked = "".join(piece for piece, is_hit in item.excerpt if is_hit)
        assert marked
        assert any(passage in plain(item.excerpt) for passage in item.shared)
        assert plain(item.excerpt)[-1] in "。…"


def test_a_newer_article_is_related_at_once(index: Index, shelf: Shelf) -> None:
    """What is captured later is among the related ones with the next view."""
    index.add([shelf.put("fresh", "李岩介绍长光卫星公司", "吉林省科学技术厅厅长李岩介绍长光卫星公司的星座。", 60)])
    index.commit()
    assert "fresh" in {item.card.id for item in find.related(index, "own", reads=shelf)}


def test_known_copies_and_twins_are_left_out(index: Index, shelf: Shelf) -> None:
    """Copies that the store knows are not asked for, and of two copies of a related article one is shown."""
    index.add([shelf.put("twin", "卫星公司发射", shelf.held["older"][1], -39)])
    index.commit()
    reading = shelf.reading("own")
    assert reading is not None
    shown = {item.card.id for item in find.related(index, reading, reads=shelf)}
    assert len(shown & {"older", "twin"}) == 1
    knowing = replace(reading, reprints=(shelf.held["newer"][0],))
    assert "newer" not in {item.card.id for item in find.related(index, knowing, reads=shelf)}


def test_related_of_what_is_not_there(index: Index, shelf: Shelf, tmp_path: Path) -> None:
    """An unknown id and an empty index have no related articles; the limit holds."""
    assert find.related(index, "nothing", reads=shelf) == ()
    assert find.related(index, "own", limit=0, reads=shelf) == ()
    assert len(find.related(index, "own", limit=1, reads=shelf)) == 1
    assert find.related(Index.open(tmp_path / "none"), "own", reads=shelf) == ()
