"""The classifier of categories and its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.errors import DataError
from tuoben.organise import classifier, training
from tuoben.organise.training import Example

EXAMPLES = [
    Example(f"{who}{n}{what}", "", name)
    for n in range(40)
    for name, who, what in (("体育", "山雀队", "胜出"), ("财经", "砚湖银行", "上涨"), ("科技", "青川卫星", "升空"))
]


@pytest.fixture(scope="module")
def trained() -> training.Trained:
    """Learnt from three plain categories."""
    return training.train(EXAMPLES)


def test_it_is_the_same_each_time_and_after_its_file(trained: training.Trained) -> None:
    """The same articles give the same file, and what the file holds guesses as before."""
    data = classifier.dump(trained.classifier)
    again = classifier.dump(training.train(EXAMPLES).classifier)
    assert data == again
    assert classifier.load(data) == trained.classifier
    assert trained.classifier.guess("山雀队41胜出").category == "体育"
    assert trained.classifier.version


def test_scripts_and_width_do_not_matter(trained: training.Trained) -> None:
    """Traditional characters and full width are the same features."""
    assert classifier.features("砚湖银行Ａ") == classifier.features("硯湖銀行a")
    assert trained.classifier.guess("青川衛星８升空").category == "科技"


def test_nothing_known_is_nothing_said(trained: training.Trained) -> None:
    """A text without a known feature has no category."""
    assert trained.classifier.guess("").category == ""
    assert trained.classifier.guess("ζζζ").category == ""


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_guessed(title: str, body: str) -> None:
    """Any text has probabilities between 0 and 1."""
    found = training.train(EXAMPLES[:30]).classifier if not _ONCE else _ONCE[0]
    _ONCE[:] = [found]
    assert 0 <= found.guess(title, body).sure <= 1


_ONCE: list[classifier.Classifier] = []


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"format":1}', b'{"format":1,"categories":["a"],"bias":[0],"buckets":"AA","idf":"","weights":"","sharpness":1,"least":1}'],
                         ids=["empty", "list", "object", "bytes", "bare", "base64"])  # fmt: skip
def test_a_file_of_something_else_is_refused(data: bytes) -> None:
    """Whatever lies there, it is refused in one sentence."""
    with pytest.raises(DataError, match="category train"):
        classifier.load(data)
