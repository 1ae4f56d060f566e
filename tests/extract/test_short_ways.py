"""The short ways that most texts take lead where the long ones do."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tuoben import charsets
from tuoben.extract import blocks, dates, element, trim

ODD = " \t\n\r\f\x1c\x85\xa0\u2003\u2028\u3000\u200b\u200c\u2060\ufeff\xad\ue000\uf8ff"
TEXTS = st.text(st.one_of(st.sampled_from("ab Z9-’“é中文、の한 " + ODD), st.characters(exclude_categories=["Cs"])))
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


@given(TEXTS)
def test_spaces_are_squeezed_alike(text: str) -> None:
    """A text in which nothing has to be squeezed comes out as if it had been taken apart."""
    seen = element._ICONS.sub(" ", element.without_width(text))
    assert element.squeezed(text) == " ".join(seen.split())


@given(TEXTS)
def test_spaces_of_html_are_squeezed_alike(text: str) -> None:
    """The same within a line of HTML, whose ends keep their space."""
    assert blocks._spaced(text) == blocks._INNER_SPACE.sub(" ", element.without_width(text))


@given(TEXTS)
def test_ideographs_are_counted_one_by_one(text: str) -> None:
    """An ideograph or syllable counts two and a half letters."""
    assert element.measure(text) == len(text) + 1.5 * len(CJK.findall(text))


@given(TEXTS)
def test_keys_are_letters_and_digits(text: str) -> None:
    """A key holds the folded letters and digits of a text, in ASCII too."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    assert trim.key(text) == "".join(char for char in folded if char.isalnum())


@given(st.sampled_from(sorted(dates._EASTERN)), st.sampled_from(["２０２４年５月９日", "٢٠٢٤-٠٥-٠٩", "2024-05-09"]))
def test_digits_of_other_scripts_are_seen(code: int, told: str) -> None:
    """Every digit that is read as another is looked for before a text is taken for one without."""
    assert dates._EASTERN_SIGN.search(f"x {chr(code)} y")
    assert [stamp.value.date().isoformat() for stamp, _, _ in dates.find(f"é {told}")] == ["2024-05-09"]


@given(
    st.text(
        st.sampled_from("的一是在不了有和人这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之過家學對可"),
        min_size=8,
    ),
    st.sampled_from(["gb2312", "big5", "windows-1251", "iso-8859-1", "x-unknown", ""]),
    st.sampled_from(["gb18030", "big5hkscs"]),
)
def test_no_codec_is_passed_over_that_would_win(text: str, label: str, codec: str) -> None:
    """Of several codecs the one of the highest score is taken, the first of equal ones."""
    body = f"<html><meta charset={label}><p>".encode() + text.encode(codec, "ignore")
    declared = tuple(charsets._declared(body, ""))
    sample = charsets._sample(body)
    told = {name: origin for name, origin in reversed(declared) if name != "utf-8"}
    options = {**told, **{name: "guess" for name in charsets.GUESSES if name not in told}}
    scores = {
        name: charsets._naturalness(sample, name) + (charsets.DECLARED_BONUS if origin != "guess" else 0.0)
        for name, origin in options.items()
    }
    best = max(scores, key=lambda name: scores[name])
    assert charsets._judge(body, declared) == (best, options[best])
