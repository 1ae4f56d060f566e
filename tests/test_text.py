"""What matching rests on: folding, tokens with true places, sentences, excerpts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import text
from tuoben.excerpts import excerpt

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=40)
MIXED = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "中国吉林科技後乾隆ガﾀﾞが서울각กรุงเทพमेंé\u0301ñßЖйёABCabc019.,，。！“”「」’' \n\u200b\u00adＣ９ﬁ½ℵ"
        ),
    ),
    max_size=60,
)
PIECES = (
    "吉林 科技 138颗 卫星， 发布。 “好。” C919_ The_ markets_ rose._ \n\n ； 人".replace(" ", "|")
    .replace("_", " ")
    .split("|")
)
NEWS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(MIXED)
def test_normalise_is_idempotent(value: str) -> None:
    """Normalising a normalised text changes nothing."""
    once = text.normalise(value)
    assert text.normalise(once) == once


FOLDED = st.text(st.sampled_from("中文字繁體国國が゙か゛カ，。：“”《》（）ＡａÀé1２·—\u200b\n\u3099\u0301 "), max_size=60)


@given(FOLDED)
def test_folding_looks_at_each_character(value: str) -> None:
    """However a text is folded, what no mark combines with becomes what it becomes alone."""
    alone = [text.normalise(f"|{char}|")[1:-1] for char in value]
    if not set("\u3099\u0301゙゛") & set(value):
        assert text.normalise(value) == " ".join("".join(alone).split())
    many = value + "".join(map(chr, range(0xC0, 0xFF)))  # too many to be replaced one by one
    assert text.normalise(many).startswith(text.normalise(f"{value}|")[:-1])


PLAIN = st.text(st.sampled_from("abcs's'1239.,,.  _-é—’“Ⅳ\u0301"), max_size=40)


@given(PLAIN)
def test_plain_words_are_cut_as_all_others(value: str) -> None:
    """Texts of ASCII letters alone, which are cut with patterns of their own, have the tokens that all scripts give."""
    assert text.tokens(value) == [token.text for token in text.spans(value)]
    assert text.letters(value) == "".join(text.letters(f"{value}字"))[:-1]


def test_each_character_folds_to_what_folds_to_itself() -> None:
    """Folding a folded character changes nothing: so characters may be replaced one after the other."""
    folded = text.normalise("".join(map(chr, range(0x20, 0x300))))
    assert [char for char in folded if text.normalise(f"x{char}x") not in (f"x{char}x", "x x")] == []


@given(st.text(st.characters(exclude_categories=("Mn", "Mc", "Me")), max_size=80))
def test_latin_and_other_texts_are_folded_alike(value: str) -> None:
    """A text folds to the same whether nearly all of it is ASCII, which is mapped byte by byte, or not."""
    padding = "a" * 2000
    assert text.normalise(f"{padding}.{value}") == text.normalise(f"{padding}.") + text.normalise(f".{value}")[1:]


@given(MIXED)
def test_places_are_true(value: str) -> None:
    """The original text at a token's place folds to a text that holds the token."""
    found = text.spans(value)
    assert [token.text for token in found] == text.tokens(value)
    for token in found:
        assert 0 <= token.start < token.end <= len(value)
        assert token.text in text.tokens(value[token.start : token.end]) or len(value[token.start : token.end]) == 1


@given(HAN, st.data())
def test_a_piece_of_a_han_run_is_consecutive_tokens(run: str, data: st.DataObject) -> None:
    """Tokens of any piece of two or more Han characters follow each other in the tokens of the whole."""
    if len(run) < 2:
        return
    start = data.draw(st.integers(0, len(run) - 2))
    end = data.draw(st.integers(start + 2, len(run)))
    piece = text.tokens(run[start:end])
    whole = text.tokens(run)
    assert any(whole[i : i + len(piece)] == piece for i in range(len(whole)))


UNITS = st.sampled_from([*"中国吉林科技人三", "138", "5G", "C919", "，", " ", "。", "rose"])


@given(st.lists(UNITS, min_size=1, max_size=30), st.data())
def test_a_piece_across_scripts_is_consecutive_postings(units: list[str], data: st.DataObject) -> None:
    """A piece cut at word or character bounds is found among the postings, its last term possibly open."""
    start = data.draw(st.integers(0, len(units) - 1))
    end = data.draw(st.integers(start + 1, len(units)))
    if any(a.isascii() and b.isascii() and a.strip() and b.strip() for a, b in pairwise(units)):
        return
    terms, opened = text.pattern("".join(units[start:end]))
    whole = text.postings("".join(units))
    if terms:
        last = terms[-1]
        assert any(
            whole[i : i + len(terms) - 1] == list(terms[:-1])
            and (whole[i + len(terms) - 1] == last or (opened and whole[i + len(terms) - 1].startswith(last)))
            for i in range(len(whole) - len(terms) + 1)
        )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("中國經濟後來發展", "中国经济后来发展"),
        ("ＣＮＮ　１２３％", "cnn 123%"),
        ("乾隆", "乾 隆".replace(" ", "")),
        ("Łódź Ångström Ελλάδα", "lodz angstrom ελλαδα"),
        ("ﾀﾞｲﾔﾓﾝﾄﾞ", "ダイヤモンド"),
        ("한국".encode().decode(), "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("zero\u200bwidth", "zerowidth"),
        ("裡面臺灣著名", "里面台湾着名"),
    ],
)
def test_what_is_equal_for_matching(left: str, right: str) -> None:
    """Width, 简繁, case, diacritics, composition and invisible characters make no difference."""
    assert text.normalise(left) == text.normalise(right)


def test_numbers_and_mixed_words_are_whole() -> None:
    """C919, 5G, 3.14 and 1,000 are one token; 138颗 and 1-10月 stay findable in parts."""
    found = text.tokens("C919用5G传3.14，共1,000架、138颗，1-10月，2024.03.05")
    for wanted in ("c919", "5g", "3.14", "1000", "138", "1", "10", "月", "2024", "03", "05"):
        assert wanted in found


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Russia's elections", ["russia", "elect"]),
        ("ไทย", ["ไท", "ทย"]),
        ("वह हिन्दी में", ["वह", "हिन्दी", "में"]),
        ("서울시장", ["서울", "울시", "시장"]),
        ("новости й", ["новости", "й"]),
        ("العَرَبِيَّة", ["العربيه"]),
        ("", []),
        ("——！？", []),
    ],
)
def test_tokens_of_other_scripts(value: str, wanted: list[str]) -> None:
    """Each script is cut in its own way."""
    assert text.tokens(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("他说：“好。我去。”然后走了。天黑了！", ["他说：“好。我去。”", "然后走了。", "天黑了！"]),
        (
            "Mr. Lee left the U.S. on Monday. He paid 3.5 euros. Done",
            ["Mr. Lee left the U.S. on Monday.", "He paid 3.5 euros.", "Done"],
        ),
        ("标题\n\n第一段。第二句……完", ["标题", "第一段。", "第二句……", "完"]),
        ("", []),
    ],
)
def test_sentences(value: str, wanted: list[str]) -> None:
    """Sentences end at Chinese and Latin stops and line breaks, closing quotes stay with them."""
    assert [value[start:end] for start, end in text.sentences(value)] == wanted


@given(MIXED)
def test_sentences_cover_the_text(value: str) -> None:
    """Sentences are in order, do not overlap, and leave out only white space."""
    at = 0
    for start, end in text.sentences(value):
        assert at <= start < end
        assert not value[at:start].strip()
        at = end
    assert not value[at:].strip()


@given(NEWS, st.sampled_from(["科技", "卫星", "market", "c919", "138", "人"]), st.integers(20, 200))
def test_excerpt_holds_the_hit(value: str, wanted: str, length: int) -> None:
    """When the text holds a wanted token, a hit is in the excerpt and marked; all characters are the text's own."""
    pieces = excerpt(value, [wanted], length)
    joined = "".join(piece for piece, _ in pieces).strip("…")
    assert "".join(joined.split()) in "".join(value.split())
    if any(token == wanted or (len(wanted) == 1 and wanted in token) for token in text.tokens(value)):
        assert any(marked for _, marked in pieces)
    assert len(joined) <= length + 40


def test_excerpt_is_cut_at_sentence_bounds() -> None:
    """Whole sentences around the hit are shown, original characters kept."""
    body = "第一句话。" * 30 + "吉林一號將實現１３８顆衛星組網。" + "最后一句。" * 30
    pieces = excerpt(body, text.tokens("卫星组网"), 60)
    joined = "".join(piece for piece, _ in pieces)
    assert "吉林一號將實現１３８顆衛星組網。" in joined
    assert [piece for piece, marked in pieces if marked] == ["衛星組網"]
    assert joined.startswith(("第一句话。", "吉林")) and joined.endswith("。")


def test_shingles_ignore_what_reprints_change() -> None:
    """Width, 简繁, spacing and punctuation leave the shingles alone."""
    assert text.shingles("中國　發展，很快！１２３") == text.shingles("中国发展很快123")
    assert text.shingles("The quick brown fox jumps") == text.shingles("the QUICK, brown fox — jumps")
    assert text.shingles("短") == set()
