"""Keys of texts: copies share some, other texts do not."""

from __future__ import annotations

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.model import Article, State
from tuoben.organise import signature

RNG = random.Random(3)
WORDS = [
    "".join(RNG.choice("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳") for _ in range(3))
    for _ in range(4000)
]


def text(seed: int, words: int = 150) -> str:
    """A text of its own for each seed."""
    rng = random.Random(seed)
    return "".join(rng.choice(WORDS) + rng.choice(["", "，", "。", ""]) for _ in range(words))


def keys(value: str) -> set[str]:
    """All keys of a text."""
    found = signature(Article(url="https://a.test/", state=State.ARTICLE, title="题", text=value))
    return {found.exact, *found.bands} - {""}


def test_keys_have_their_form() -> None:
    """Keys are 64 bits in hex; the same text has the same keys."""
    found = keys(text(1))
    assert 17 <= len(found) <= 60
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in found)
    assert keys(text(1)) == found


def test_width_and_script_make_no_difference() -> None:
    """Width, 简繁, spacing, punctuation and quotation marks do not change the exact key."""
    left = signature(Article(url="", state=State.ARTICLE, text="中国经济发展，很快：“一二三四”５Ｇ时代来了。后来呢"))
    right = signature(Article(url="", state=State.ARTICLE, text="中國經濟發展 很快\n一二三四5G時代來了！後來呢？"))
    assert left.exact == right.exact != ""


def test_short_texts_have_few_keys() -> None:
    """Nothing for a caption, the exact key alone for a brief."""
    assert keys("点击看视频") == keys("") == set()
    assert len(keys(text(5, 8))) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_copies_share_keys(seed: int) -> None:
    """An edited copy, an excerpt of half, and a merged article share keys with the origin; another text does not."""
    rng = random.Random(seed)
    origin = text(seed)
    edited = "".join(c if rng.random() > 0.04 else "的" for c in origin)
    half = origin[: len(origin) // 2]
    merged = text(seed + 1, 120) + origin + text(seed + 2, 120)
    for copy in (edited, half, merged):
        assert len(keys(origin) & keys(copy)) >= 2
    assert len(keys(origin) & keys(text(seed + 3))) == 0


def test_keys_stay_what_they_are() -> None:
    """Keys are kept with the stored articles: the same text has the same ones in every version."""
    rng = random.Random(300)
    plain = " ".join("".join(rng.choice("abcdefgh") for _ in range(rng.randint(2, 9))) for _ in range(300))
    rng = random.Random(300)
    han = "".join(rng.choice("天地玄黄宇宙洪荒日月盈昃") for _ in range(300))
    told = []
    for value in (plain, han):
        found = signature(Article(url="https://a.test/", state=State.ARTICLE, text=value))
        told.append(hashlib.sha256(" ".join((found.exact, *found.bands)).encode()).hexdigest()[:16])
    assert told == ["f525ce320db57918", "ae9c74dd7039c359"]
