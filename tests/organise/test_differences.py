"""What changed between two states of a text: seeded edits are found, and nothing else is told."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import model
from tuoben.organise import differences as diff

WHO = ("渡口管理处", "清河水文站", "县图书馆", "北岭茶农", "老城修缮队", "夜班船工", "林场护林员", "市政抢修班")
DID = ("检修了{n}处闸门", "记录到{n}毫米降雨", "借出{n}册图书", "采摘春茶{n}公斤", "更换了{n}块青砖", "运送旅客{n}人次")
WHEN = ("上周", "入夏以来", "三天之内", "大雨过后", "节日期间", "清晨", "按照计划", "在居民的帮助下")
MORE = ("，比去年同期多出不少", "，没有一人受伤", "，费用由镇上承担", "，下一步还要继续", "，这在当地还是头一回", "")

Edit = Callable[[random.Random, list[list[str]]], Callable[[tuple[diff.Piece, ...]], bool]]


def sentence(chance: random.Random) -> str:
    did = chance.choice(DID).format(n=chance.randint(3, 9999))
    return f"{chance.choice(WHEN)}，{chance.choice(WHO)}{did}{chance.choice(MORE)}。"


def story(chance: random.Random) -> list[list[str]]:
    """Paragraphs of sentences, none twice."""
    seen: dict[str, None] = {}
    while len(seen) < chance.randint(9, 24):
        seen[sentence(chance)] = None
    left, out = list(seen), []
    while left:
        count = chance.randint(1, 4)
        out.append(left[:count])
        left = left[count:]
    return out


def joined(paragraphs: list[list[str]]) -> str:
    return "\n\n".join("".join(paragraph) for paragraph in paragraphs if paragraph)


def told(pieces: tuple[diff.Piece, ...]) -> list[diff.Piece]:
    return [piece for piece in pieces if piece.kind != diff.SAME]


def figure(chance: random.Random, text: list[list[str]]) -> Callable[[tuple[diff.Piece, ...]], bool]:
    paragraph = chance.choice(text)
    at = chance.randrange(len(paragraph))
    old = paragraph[at]
    number = next(word for word in diff._WORD.findall(old) if word.isdigit())
    other = str(int(number) + chance.randint(1, 5000))
    paragraph[at] = old.replace(number, other)

    def found(pieces: tuple[diff.Piece, ...]) -> bool:
        only = told(pieces)
        changes = [part for piece in only for part in piece.parts if part[0] != diff.KEPT]
        return [piece.kind for piece in only] == [diff.EDITED] and changes == [(diff.GONE, number), (diff.NEW, other)]

    return found


def cut(chance: random.Random, text: list[list[str]]) -> Callable[[tuple[diff.Piece, ...]], bool]:
    paragraph = chance.choice(text)
    gone = paragraph.pop(chance.randrange(len(paragraph)))
    return lambda pieces: [(piece.kind, piece.old) for piece in told(pieces)] == [(diff.REMOVED, gone)]


def added(chance: random.Random, text: list[list[str]]) -> Callable[[tuple[diff.Piece, ...]], bool]:
    new = [f"本报后来获悉，{sentence(chance)}", f"此外，{sentence(chance)}"]
    text.insert(chance.randrange(len(text) + 1), new)
    return lambda pieces: [(piece.kind, piece.new) for piece in told(pieces)] == [(diff.ADDED, one) for one in new]


def moved(chance: random.Random, text: list[list[str]]) -> Callable[[tuple[diff.Piece, ...]], bool]:
    paragraph = text.pop(0)
    text.insert(chance.randint(2, len(text)), paragraph)

    def found(pieces: tuple[diff.Piece, ...]) -> bool:
        here = [piece.new for piece in pieces if piece.kind == diff.MOVED]
        there = [piece.old for piece in pieces if piece.kind == diff.LEFT]
        return here == there and bool(here) and {piece.kind for piece in told(pieces)} == {diff.MOVED, diff.LEFT}

    return found


def test_seeded_edits_are_found() -> None:
    """Of changed figures, cut sentences, added and moved paragraphs, at least 98 of 100 are told exactly as they were."""
    chance = random.Random(20261122)
    for edit in (figure, cut, added, moved):
        right = 0
        for _ in range(150):
            text = story(chance)
            before = joined(text)
            found = edit(chance, text)
            right += found(diff.compare(before, joined(text)))
        assert right >= 147, edit.__name__


def test_a_changed_headline_and_by_line_are_told() -> None:
    """Fields beside the text are named with both values; requisites and what was read where are not."""
    old = model.Article(
        url="https://a.example/", state=model.State.ARTICLE, title="渡口恢复夜班", text="一。", lang="zh-Hans"
    )
    new = model.Article(url="https://a.example/", state=model.State.ARTICLE, title="渡口恢复夜班船", text="一。",
                        authors=("林砚秋",), requisites=("https://a.example/x.css",), origins={"title": "meta"})  # fmt: skip
    found = diff.differences(old, new)
    assert [(change.field, change.old, change.new) for change in found.fields] == [
        ("title", "渡口恢复夜班", "渡口恢复夜班船"),
        ("authors", "", "林砚秋"),
    ]
    assert found.kinds == frozenset()


@given(st.text(alphabet="渡口夜班。！\n 12ab.", max_size=80), st.text(alphabet="渡口夜班。！\n 12ab.", max_size=80))
def test_both_texts_come_out_whole(old: str, new: str) -> None:
    """Whatever the texts, the pieces hold every sentence of both, the second one in its order."""
    pieces = diff.compare(old, new)
    assert "".join("".join(piece.new for piece in pieces).split()) == "".join(new.split())
    gone = sorted("".join(piece.old.split()) for piece in pieces if piece.old and piece.kind != diff.MOVED)
    assert gone == sorted("".join(one.text.split()) for one in diff._sentences(old))


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_words_of_an_edit_give_both_sentences(old: str, new: str) -> None:
    """What is kept and gone is the old sentence, what is kept and new the other one."""
    parts = list(diff.words(old, new))
    assert "".join(text for kind, text in parts if kind != diff.NEW) == old
    assert "".join(text for kind, text in parts if kind != diff.GONE) == new


def test_the_same_text_has_no_differences() -> None:
    """Equal texts give pieces that are all the same."""
    text = joined(story(random.Random(3)))
    assert told(diff.compare(text, text)) == []


@pytest.mark.timeout(60)
def test_two_long_texts_are_compared_at_all() -> None:
    """Six hundred sentences against six hundred others do not hang the page that shows them."""
    chance = random.Random(5)
    one, two = ("".join(sentence(chance) for _ in range(600)) for _ in range(2))
    assert diff.compare(one, two)


def test_space_between_sentences_is_kept() -> None:
    """Sentences that stand apart stay apart, those that do not do not."""
    pieces = diff.compare("One came. Two went.\n\n一来了。二走了。", "One came. Two went.\n\n一来了。二走了。")
    assert [piece.space for piece in pieces] == [False, True, False, False]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kinds", [1, 7, 400])
def test_texts_that_repeat_themselves_are_compared_at_all(kinds: int) -> None:
    """Two thousand lines of a table or a ticker do not hang the page, and still come out whole."""
    chance = random.Random(6)
    lines = [f"{chance.choice(WHO)}第{number}号。" for number in range(kinds)]
    one, two = ("\n\n".join(chance.choice(lines) for _ in range(2000)) for _ in range(2))
    pieces = diff.compare(one, two)
    assert "".join("".join(piece.new for piece in pieces).split()) == "".join(two.split())
    long = "这是一个没有句号的长句子" * 2000
    assert diff.compare(long, long[:-3] + "吗")
