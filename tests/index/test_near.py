"""NEAR over a real index: what it finds is what a plain count of the places in each text finds."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from tuoben.excerpts import excerpt, nearest
from tuoben.index import Document, Filters, Index, Older
from tuoben.query import parse
from tuoben.text import postings

DAY = datetime(2024, 3, 5, 12, tzinfo=UTC)
PIECES = [
    "吉林",
    "林业",
    "现代化",
    "現代",
    "卫星",
    "衛星",
    "人",
    "3人",
    "5G",
    "moon",
    "the",
    "moon base",
    "，",
    "。\n\n",
    " ",
]
SIDES = ["吉林", "林业", "现代化", "现代", "卫星", "火星", "人3", "moon", "noon", "moon base", "base", "5g", "卫星moon"]


def document(id_: str, title: str, text: str, **more: object) -> Document:
    """An article as the tests index it."""
    return Document(id=id_, title=title, text=text, published=DAY, captured=DAY, **more)  # type: ignore[arg-type]


def standing(stream: list[str], side: str) -> list[tuple[int, int]]:
    """Where a word or phrase stands in a text of single characters and words."""
    wanted = units(side)
    return [(at, at + len(wanted)) for at in range(len(stream)) if stream[at : at + len(wanted)] == wanted]


def units(text: str) -> list[str]:
    """The characters of a text in Han, the words of one in letters, in order."""
    return [term[0] if not term.isascii() else term for term in postings(text)]


def near(parts: list[str], one: str, two: str, most: int) -> bool:
    """The rule itself: the headline and the body, two places apart: the column, here empty, is between."""
    stream: list[str] = []
    for part in parts:
        stream += [*units(part), "\0", "\0"]
    pairs = product(standing(stream, one), standing(stream, two))
    return any(0 <= max(c - b, a - d) <= most for (a, b), (c, d) in pairs)


def test_near_is_exact(tmp_path: Path) -> None:
    """Han, Latin and mixed texts, both scripts of Chinese, across sentences, paragraphs and the end of the headline."""
    rng = random.Random(27)
    texts = {
        f"{n:04}": (
            "".join(rng.choices(PIECES, k=rng.randint(0, 4))),
            "".join(rng.choices(PIECES, k=rng.randint(1, 25))),
        )
        for n in range(300)
    }
    with Index.open(tmp_path, write=True) as index:
        index.add(document(id_, *told) for id_, told in texts.items())
        index.commit()
        for one, two in product(SIDES, SIDES):
            for most in (1, 4, 17):
                hits = index.search(parse(f'"{one}" NEAR/{most} "{two}"'), limit=1000, sort="newest")
                wanted = {id_ for id_, told in texts.items() if near(list(told), one, two, most)}
                assert set(hits.ids) == wanted, (one, two, most)
                for id_ in wanted:
                    body = texts[id_][1]
                    place = nearest(body, (one, two), (most,))
                    assert (place is not None) == near([body], one, two, most), (body, one, two, most)


def test_a_chain_and_its_neighbours(tmp_path: Path) -> None:
    """Each of a chain is near the next; OR, "-", filters and further words work with it as with a phrase."""
    with Index.open(tmp_path, write=True) as index:
        index.add(
            [
                document("a", "", "卫星在酒泉准时发射，用了火箭。"),
                document("b", "", "卫星" + "很" * 20 + "发射，用了火箭。", category="科技"),
                document("c", "", "月亮"),
            ]
        )
        index.commit()

        def found(text: str, filters: Filters | None = None) -> str:
            hits = index.search(parse(text), filters or Filters())
            return "~" * bool(hits.loosened) + "".join(sorted(hits.ids))

        assert found("发射 NEAR/5 卫星") == "a"
        assert found("衛星 邻近/5 發射 near/3 火箭") == "a"
        assert found("卫星 NEAR/5 发射 NEAR/1 火箭") == ""
        assert found("卫星 NEAR/5 发射 OR 月亮") == "ac"
        assert found("月亮 OR 卫星 NEAR/5 发射") == "ac"
        assert found("火箭 -卫星 NEAR/5 发射") == "b"
        assert found("卫星 NEAR/25 发射", Filters(category="科技")) == "b"
        assert found("卫星 NEAR/5 发射 火箭 没有的词语") == "~a"
        assert found("卫星 NEAR/1 发射") == ""


def test_near_as_of_a_day(tmp_path: Path) -> None:
    """An old revision is found by the words that stood close together then."""
    older = (Older(number=1, since=DAY, until=datetime(2024, 3, 7, tzinfo=UTC), title="", text="卫星在酒泉发射"),)
    with Index.open(tmp_path, write=True) as index:
        index.add([document("a", "", "卫星没有上天", older=older)])
        index.commit()
        query = parse("卫星 NEAR/5 发射")
        assert index.search(query, Filters(as_of=datetime(2024, 3, 6, tzinfo=UTC))).ids == ("a",)
        assert index.search(query).total == 0


@pytest.mark.parametrize("between", ["在酒泉", "。\n\n他们在", "（" + "很" * 20 + "）"])
def test_the_excerpt_holds_the_words_close_together(between: str) -> None:
    """Not the sentence with more of them far apart: the place that was asked for, both marked, across paragraphs too."""
    text = "卫星" + "的" * 60 + "发射" + "的" * 60 + "。" + "前文。" * 60 + f"卫星{between}发射。" + "后文。" * 60
    place = nearest(text, ("发射", "卫星"), (25,))
    pieces = excerpt(text, parse("发射 NEAR/25 卫星").wanted, 160, place)
    marked = [piece for piece, hit in pieces if hit]
    assert marked == ["卫星", "发射"]
    assert "".join(between.split()) in "".join("".join(piece for piece, _ in pieces).split())
    assert sum(len(piece) for piece, _ in pieces) < 200


@pytest.mark.parametrize("search", ["中国 NEAR/25 中国", "中国", "国"])
def test_a_text_of_nothing_but_hits_is_gone_through_once(search: str) -> None:
    """The time for an excerpt grows with the text, not with its square."""
    query = parse(search)
    sides, most = query.groups[0][0].sides, query.groups[0][0].near
    text = "中国" * 50_000
    started = time.process_time()
    place = nearest(text, sides, most)
    assert (place is not None) == bool(sides)
    assert sum(len(piece) for piece, _ in excerpt(text, query.wanted, 160, place)) < 300
    assert time.process_time() - started < 4
