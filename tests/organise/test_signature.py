"""Keys of texts: copies share some, other texts do not."""

from __future__ import annotations

import hashlib
import random

import pytest
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


def keys(value: str) -> set[int]:
    """All keys of a text."""
    found = signature(Article(url="https://a.test/", state=State.ARTICLE, title="题", text=value))
    return {key for key in (found.exact, *found.passages) if key is not None}


def test_keys_have_their_form() -> None:
    """Keys are what a row of 64 bits holds; a text has a dozen or two, a long one more; the same text has the same."""
    assert 8 <= len(keys(text(0, 20))) <= 60
    found = keys(text(1))
    assert 8 <= len(found) < len(keys(text(2, 8000))) <= 400
    assert all(-(2**63) <= key < 2**63 for key in found)
    assert keys(text(1)) == found


def test_width_and_script_make_no_difference() -> None:
    """Width, 简繁, spacing, punctuation and quotation marks do not change the exact key."""
    left = signature(Article(url="", state=State.ARTICLE, text="中国经济发展，很快：“一二三四”５Ｇ时代来了。后来呢"))
    right = signature(Article(url="", state=State.ARTICLE, text="中國經濟發展 很快\n一二三四5G時代來了！後來呢？"))
    assert left.exact == right.exact is not None


def test_short_texts_have_few_keys() -> None:
    """Nothing for a caption, the exact key alone for a brief."""
    assert keys("点击看视频") == keys("") == set()
    assert len(keys(text(5, 8))) == 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_copies_share_keys(seed: int) -> None:
    """An edited copy, an excerpt of half, and a merged article share keys with the origin; another text does not.

    Which passages an edit spares is chance: of 1,500 edited copies three have one key in common, none has none. So the
    texts are the same ones each time.
    """
    rng = random.Random(seed)
    origin = text(seed)
    edited = "".join(c if rng.random() > 0.04 else "的" for c in origin)
    half = origin[: len(origin) // 2]
    merged = text(seed + 1, 120) + origin + text(seed + 2, 120)
    assert len(keys(origin) & keys(edited)) >= 1
    for copy in (half, merged):
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
        told.append(hashlib.sha256(repr((found.exact, *found.passages)).encode()).hexdigest()[:16])
    assert told == ["cf6e2ac320b0b9a0", "90f830a904e9a44a"]


@pytest.mark.parametrize(
    "sentence",
    [
        "السلطات تعلن عن إجراءات جديدة لدعم السكان المتضررين من الفيضانات في عدة مناطق من البلاد",
        "Правительство объявило о новых мерах поддержки населения, пострадавшего от наводнения в нескольких регионах",
        "Η κυβέρνηση ανακοίνωσε νέα μέτρα στήριξης για τους κατοίκους που επλήγησαν από τις πλημμύρες στη χώρα",
        "הממשלה הודיעה על צעדים חדשים לסיוע לתושבים שנפגעו מהשיטפונות באזורים רבים ברחבי הארץ",
        "รัฐบาลประกาศมาตรการใหม่เพื่อช่วยเหลือประชาชนที่ได้รับผลกระทบจากน้ำท่วมในหลายจังหวัดทางภาคเหนือ",
        "सरकार ने बाढ़ से प्रभावित लोगों की सहायता के लिए नए उपायों की घोषणा की है, प्रवक्ता ने बताया",
        "வெள்ளத்தால் பாதிக்கப்பட்ட மக்களுக்கு உதவ அரசு புதிய நடவடிக்கைகளை அறிவித்துள்ளது",
        "বন্যায় ক্ষতিগ্রস্ত মানুষের সহায়তার জন্য সরকার নতুন পদক্ষেপ ঘোষণা করেছে বলে মুখপাত্র জানান",
        "მთავრობამ გამოაცხადა ახალი ზომები წყალდიდობით დაზარალებული მოსახლეობის დასახმარებლად",
        "정부는 이번 주 안으로 새로운 대책을 발표할 예정이라고 밝혔다 관계자는 기자들과 만나 말했다",
        "政府は対策本部を開き、今後の方針について話し合いました。これについて専門家はさらなる注意が必要だとしています",
    ],
    ids=["ar", "ru", "el", "he", "th", "hi", "ta", "bn", "ka", "ko", "ja"],
)
def test_every_script_has_places_for_passages(sentence: str) -> None:
    """In no script do passages begin so seldom that a text of usual length has few keys: by how often it has which letter."""
    rng = random.Random(5)
    assert 9 <= len(keys("".join(rng.choice(sentence) for _ in range(1200)))) <= 40
