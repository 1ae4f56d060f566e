"""The search grammar: what is syntax, what is text, and that nothing raises."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.query import Clause, Query, loosened, parse

SYNTAX = st.lists(
    st.one_of(
        st.sampled_from(
            [
                '"',
                "“",
                "”",
                "「",
                "」",
                "-",
                "–",
                " ",
                "　",
                "OR",
                "NEAR/5",
                "邻近/9",
                ":",
                "：",
                "来源",
                "date",
                "日期:",
                "2024",
                "..",
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=20,
).map("".join)


def told(text: str) -> list[str]:
    """The clauses in short: field=text, quoted in «», "-" before, "|" between alternatives."""
    return ["|".join(_told(clause) for clause in group) for group in parse(text).groups]


def _told(clause: Clause) -> str:
    body = f"«{clause.text}»" if clause.quoted else clause.text
    return ("-" if clause.negated else "") + (f"{clause.field}={body}" if clause.field else body)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("吉林 科技", ["吉林", "科技"]),
        ("吉林　科技", ["吉林", "科技"]),
        ('"新 篇章" 吉林', ["«新 篇章»", "吉林"]),
        ("“新篇章” 「一号」", ["«新篇章»", "«一号»"]),
        ("“甲”“乙”", ["«甲»", "«乙»"]),
        ("吉林 -汽车", ["吉林", "-汽车"]),
        ("-汽车 吉林", ["-汽车", "吉林"]),
        ('吉林 -"红旗 汽车"', ["吉林", "-«红旗 汽车»"]),
        ("吉林 -来源:新华社", ["吉林", "-source=新华社"]),
        ("高铁 OR 动车 吉林", ["高铁|动车", "吉林"]),
        ("a OR b OR c", ["a|b|c"]),
        ("a NEAR/5 b c", ["«a b»", "c"]),
        ("甲地 邻近/10 “乙 丙地” near/3 丁地", ["«甲地 乙 丙地 丁地»"]),
        ("-a NEAR/5 b c", ["-«a b»", "c"]),
        ("c OR a NEAR/25 b", ["c|«a b»"]),
        ("OR a", ["OR", "a"]),
        ("a OR", ["a", "OR"]),
        ("来源：新华社 title:moon 類別:国际", ["source=新华社", "title=moon", "category=国际"]),
        ('标题:"新 篇章"', ["title=«新 篇章»"]),
        ("site:example.com lang:zh-Hans 语言:中文", ["site=example.com", "lang=zh-hans", "lang=zh"]),
    ],
)
def test_the_grammar(text: str, wanted: list[str]) -> None:
    """Words, phrases, exclusions, alternatives and fields are read as documented."""
    assert told(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("厅局长访谈｜为谱写新篇章：李岩", ["厅局长访谈｜为谱写新篇章：李岩"]),
        ("“老字号”创新升级以“数字智能”服务亚运", ["“老字号”创新升级以“数字智能”服务亚运"]),
        ("Rates - what next?", ["Rates", "what", "next?"]),
        ("Rates – what next?", ["Rates", "what", "next?"]),
        ("中国—东盟 1-10月", ["中国—东盟", "1-10月"]),
        ("Author: I was wrong", ["Author:", "I", "was", "wrong"]),
        ("date:tonight", ["date:tonight"]),
        ("so near and yet 5 NEAR 6", ["so", "near", "and", "yet", "5", "NEAR", "6"]),
        ("卫星 NEAR/5 人", ["卫星", "NEAR/5", "人"]),
        ("3人 NEAR/5 卫星", ["3人", "NEAR/5", "卫星"]),
        ("a NEAR/9 b NEAR/9 c NEAR/9 d NEAR/9 e", ["«a b c d»", "NEAR/9", "e"]),
        ("a NEAR/5 " + "长" * 18, ["a", "NEAR/5", "长" * 18]),
        ("a NEAR/0 b", ["a", "NEAR/0", "b"]),
        ("a NEAR/26 b", ["a", "NEAR/26", "b"]),
        ("a NEAR/5", ["a", "NEAR/5"]),
        ("NEAR/5 a", ["NEAR/5", "a"]),
        ("a NEAR/5 -b", ["a", "NEAR/5", "-b"]),
        ("a NEAR/5 ！", ["a", "NEAR/5"]),
        ("a NEAR/5 OR b", ["a", "NEAR/5|b"]),
        ("a NEAR/5 标题:b", ["a", "NEAR/5", "title=b"]),
        ("标题:a NEAR/5 b", ["title=a", "NEAR/5", "b"]),
        ("快讯:地震", ["快讯:地震"]),
        ("resource:x", ["resource:x"]),
        ('5" screens and "open', ['5"', "screens", "and", '"open']),
        ("来源：", ["来源："]),
        ("---", []),
        ("！？……", []),
        ("", []),
        ("-40℃", ["-40℃"]),
    ],
)
def test_pasted_text_is_text(text: str, wanted: list[str]) -> None:
    """Headlines with colons, dashes and quotation marks hold no syntax; punctuation alone is nothing."""
    assert told(text) == wanted


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("日期:2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("date:2024-12", date(2024, 12, 1), date(2025, 1, 1)),
        ("date：2024-03-05", date(2024, 3, 5), date(2024, 3, 6)),
        ("日期:2024年3月5日", date(2024, 3, 5), date(2024, 3, 6)),
        ("日期:2024年3月", date(2024, 3, 1), date(2024, 4, 1)),
        ("date:2024-03..2024-05", date(2024, 3, 1), date(2024, 6, 1)),
        ("date:2024-05..2024-03", date(2024, 3, 1), date(2024, 6, 1)),
        ("date:..2024", None, date(2025, 1, 1)),
        ("date:2024..", date(2024, 1, 1), None),
    ],
)
def test_dates(text: str, since: date | None, until: date | None) -> None:
    """Years, months, days and ranges of them bound the days, the last day included."""
    ((clause,),) = parse(text).groups
    assert (clause.field, clause.since, clause.until) == ("date", since, until)


@given(st.one_of(st.text(max_size=80), SYNTAX))
def test_nothing_raises(text: str) -> None:
    """Any string is a search, and so is each looser form of it."""
    query = parse(text)
    assert all(query.groups)
    for variant in loosened(query):
        assert variant.loosened
        assert variant.groups


def test_loosened_gives_up_step_by_step() -> None:
    """First the order of characters, then some words; filters and exclusions never."""
    variants = loosened(parse("吉林科技 创新 来源:新华社 -汽车"))
    assert [variant.loosened for variant in variants] == ["words", "most", "any"]
    assert all(variant.filters == parse("来源:新华社 -汽车").groups for variant in variants)
    assert [variant.least(5) for variant in variants] == [5, 3, 1]
    assert loosened(parse('"吉林科技"')) == ()
    assert loosened(parse('"吉林科技" 创新驱动'))[0].exact == parse('"吉林科技"').groups
    assert loosened(parse("来源:新华社")) == loosened(parse("吉林")) == loosened(Query()) == ()


def test_wanted_are_the_tokens_to_mark() -> None:
    """What is excluded or a field of its own is not marked."""
    assert parse("吉林科 -汽车 标题:卫星 来源:新华社").wanted == ("吉林", "林科", "卫星")
