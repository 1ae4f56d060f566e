"""Who published first, who took it from whom, and what each changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tuoben.organise import lineage
from tuoben.organise.lineage import Member

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
OUTLETS = ("青禾晚报", "临江日报", "北岭新闻网", "渡口之声", "南浦早报", "云岭在线", "西港时报", "清河电视台")
NOUNS = ("渡口", "闸门", "茶园", "图书馆", "城墙", "林场", "水库", "码头", "小学", "集市", "桥梁", "车站")
VERBS = ("修缮一新", "重新开放", "迎来客流", "完成验收", "遭遇大雨", "增加班次", "扩大规模", "提前完工")


def story(chance: random.Random) -> list[str]:
    return [
        f"{chance.choice(NOUNS)}在第{chance.randint(2, 30)}周{chance.choice(VERBS)}，{chance.choice(NOUNS)}共接待{chance.randint(100, 9999)}人，"
        f"{chance.choice(NOUNS)}的{chance.choice(NOUNS)}也{chance.choice(VERBS)}。"
        for _ in range(chance.randint(8, 16))
    ]


def group(chance: random.Random) -> tuple[list[Member], str]:
    """An origin and two to six copies, with the markers that portals leave and the clocks that they have."""
    outlets = chance.sample(OUTLETS, chance.randint(3, 7))
    text = story(chance)
    first = outlets[0]
    made = [Member(id="origin", text="".join(text), outlets=frozenset({first}), credited=chance.choice(["", first]),
                   published=START, captured=START + timedelta(minutes=chance.randint(3, 90)))]  # fmt: skip
    for number, outlet in enumerate(outlets[1:]):
        lag = timedelta(minutes=5 + chance.expovariate(1 / 180))
        kept = text[: int(len(text) * chance.uniform(0.5, 0.9))] if chance.random() < 0.3 else text
        made.append(Member(
            id=f"copy{number}", text="".join(kept) + chance.choice(["", f"责任编辑：{number}"]), outlets=frozenset({outlet}),
            credited=first if chance.random() < 0.7 else chance.choice(["", outlet]),
            reprinted_from=first if chance.random() < 0.3 else "",
            published=START + lag, captured=START + lag + timedelta(minutes=chance.randint(3, 90)),
        ))  # fmt: skip
    for at, member in enumerate(made):
        if chance.random() < 0.15:
            wrong = timedelta(hours=chance.choice([-8, -3, 8, 24, -24]))
            made[at] = Member(**{name: getattr(member, name) for name in Member.__dataclass_fields__} | {"published": member.published + wrong})  # fmt: skip
    chance.shuffle(made)
    return made, "origin"


def test_the_origin_is_found_in_spite_of_wrong_clocks() -> None:
    """With one clock in seven wrong by hours, at least 95 of 100 groups have the right origin."""
    chance = random.Random(20261122)
    right = 0
    for _ in range(400):
        members, origin = group(chance)
        right += lineage.lineage(members).origin == origin
    assert right >= 380


def one(id: str, text: str, *, minutes: int = 0, **more: object) -> Member:
    at = START + timedelta(minutes=minutes)
    known = {"outlets": frozenset({id}), "published": at, "captured": at + timedelta(minutes=5)}
    return Member(id=id, text=text, **known | more)  # type: ignore[arg-type]


def test_markers_go_before_times() -> None:
    """A copy whose clock is early, and that says where it took the text from, is no origin; the evidence is told."""
    text = "".join(story(random.Random(1)))
    early = one("copy", text, minutes=-300, reprinted_from="origin")
    found = lineage.lineage([early, one("origin", text)])
    assert (found.origin, found.evidence) == ("origin", ("marker",))
    assert (found.copies[0].taken_from, found.copies[0].lag) == ("origin", -18000.0)


def test_a_chain_of_reprints_is_a_tree() -> None:
    """Who says that it took the text from a copy hangs below that copy."""
    text = "".join(story(random.Random(2)))
    found = lineage.lineage([
        one("甲报", text), one("乙网", text, minutes=30, credited="甲报"), one("丙站", text, minutes=60, reprinted_from="乙网"),
    ])  # fmt: skip
    assert found.origin == "甲报"
    assert {copy.id: copy.taken_from for copy in found.copies} == {"乙网": "甲报", "丙站": "乙网"}


def test_a_published_time_after_the_snapshot_is_not_believed() -> None:
    """Such a clock is wrong: the snapshot stands in."""
    text = "".join(story(random.Random(3)))
    late = one("甲报", text, published=START + timedelta(days=2), captured=START + timedelta(minutes=2))
    assert lineage.lineage([late, one("乙网", text, minutes=30)]).origin == "甲报"


@pytest.mark.parametrize(
    ("change", "relation"),
    [
        (lambda text: "".join(text).replace("，", ","), "same"),
        (lambda text: "".join(text[: len(text) // 2]), "excerpt"),
        (lambda text: "".join(text) + "".join(story(random.Random(99))), "extended"),
        (lambda text: "".join(text[1:]), "edited"),
    ],
)
def test_the_relation_is_told(change: Callable[[list[str]], str], relation: str) -> None:
    """Same, part of it, more than it, or edited."""
    text = story(random.Random(4))
    assert lineage.relation("".join(text), change(text)) == relation


def test_altered_figures_are_told() -> None:
    """Of copies in which one figure was changed, at least 98 of 100 are told with both values; of the others none."""
    chance = random.Random(5)
    told = false = 0
    for _ in range(200):
        text = "".join(story(chance))
        numbers = list(lineage.numbered(text))
        number = chance.choice([n for n, _ in numbers if sum(n == m for m, _ in numbers) == 1])
        other = str(int(number) + chance.randint(1, 500))
        told += (
            (number, other) in lineage.figures(text, text.replace(number, other, 1)) if text.count(number) == 1 else 1
        )
        shorter = "".join(text.split("。")[0::2])
        false += bool(lineage.figures(text, text + "责任编辑：3号")) + bool(lineage.figures(text, shorter))
    assert told >= 196
    assert false <= 4


def test_an_article_alone_is_its_own_origin() -> None:
    """A group of one has no evidence and no copies."""
    found = lineage.lineage([one("甲报", "文")])
    assert (found.origin, found.evidence, found.copies) == ("甲报", (), ())
