"""What two articles have in common."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.organise.likeness import Scale, Words, likeness, passages, top

LEFT = Words(
    "吉林省科学技术厅厅长李岩谈创新",
    "吉林省科学技术厅厅长李岩说，长光卫星公司的“吉林一号”将实现138颗卫星组网，谱写新篇章。",
)
RIGHT = Words("长光卫星发射成功", "长光卫星公司又发射了三颗卫星，吉林省科学技术厅表示祝贺，奋力谱写新篇章。")
SCALE = Scale({"谱写": 90, "新篇": 90, "篇章": 90, "卫星": 5, "长光": 2}, 100)
PIECES = st.lists(st.sampled_from(["吉林", "卫星", "的", "，", " ", "bank ", "rates ", "。", "138", "谱写新篇章"]), max_size=30).map("".join)  # fmt: skip


def test_likeness_is_high_for_shared_rare_words() -> None:
    """An article is wholly like itself, more like one on its subject than like one that shares a slogan."""
    own = SCALE.weights(LEFT)
    slogan = SCALE.weights(
        Words("某保险公司举行开放日", "奋力谱写新篇章，为高质量发展作出贡献，客户们参观了理赔大厅。")
    )
    assert likeness(own, own) > 0.999
    assert likeness(own, SCALE.weights(RIGHT)) > 4 * likeness(own, slogan)
    assert likeness(own, {}) == 0


def test_passages_are_words_that_both_have() -> None:
    """Shared pairs are joined back into the longest shared phrases, as the article itself writes them."""
    found = passages(LEFT, RIGHT, SCALE.weights(LEFT))
    assert ("吉林省科学技术厅", True) in found
    assert ("长光卫星公司", True) in found


def test_passages_do_not_cut_quotation_marks() -> None:
    """A passage ends where a quotation begins or ends."""
    own = Words("", "针对“北溪”天然气管道泄漏，China’s firms paid 1,000 euros.")
    found = passages(own, own, dict.fromkeys(own.counts, 1.0))
    assert {passage for passage, _ in found} == {"China’s firms paid 1,000 euros", "天然气管道泄漏", "北溪"}


def test_top_are_the_weightiest() -> None:
    """Only what weighs anything, the weightiest first."""
    assert list(top({"a": 1.0, "b": 3.0, "c": 0.0, "d": 2.0}, 3)) == ["b", "d", "a"]


@given(PIECES, PIECES, PIECES)
def test_passages_stand_in_both(title: str, left: str, right: str) -> None:
    """A passage is a piece of one article whose tokens stand in the other one."""
    own, other = Words(title, left), Words("", right)
    for passage, inside in passages(own, other, SCALE.weights(own)):
        assert passage in title or passage in left
        assert inside
        assert Words("", passage).counts.keys() <= other.counts.keys()
