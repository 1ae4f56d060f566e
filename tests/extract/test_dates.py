"""Times as pages write them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.extract import dates
from tuoben.model import Precision

MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda value: value.replace(microsecond=0))
FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "发布时间：%Y-%m-%d %H:%M:%S 来源：某报", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y, %H:%M:%S Uhr",
    "%B %d, %Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y.%m.%d %H:%M:%S",
)  # fmt: skip


@given(MOMENTS, st.sampled_from(FORMATS))
def test_what_is_written_is_read(value, form):
    """Every format that pages write is read back to the second."""
    stamp = dates.read(value.strftime(form))
    assert stamp is not None
    assert (stamp.value, stamp.precision) == (value, Precision.SECOND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 de mayo de 2024", "2024-05-09T00:00:00"),
        ("9 mai 2024 à 15h20", "2024-05-09T15:20:00"),
        ("2024년 5월 9일", "2024-05-09T00:00:00"),
        ("May 9, 2024 3:20 pm EDT", "2024-05-09T15:20:00-04:00"),
        ("2024年5月9日 下午3:20", "2024-05-09T15:20:00"),
        ("Thu, 09 May 2024 10:00:00 GMT", "2024-05-09T10:00:00+00:00"),
        ("19-09-30 22:46", "2019-09-30T22:46:00"),
    ],
)
def test_prose_of_many_languages(text, expected):
    """Months by name, halves of the day and zones are understood."""
    assert dates.read(text).value.isoformat() == expected


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    """No text makes the date reader fail."""
    dates.read(text)


def test_no_real_day_is_no_date():
    """The thirtieth of February is nothing."""
    assert dates.read("2024-02-30 10:00") is None


def test_the_day_in_a_url():
    """Paths carry days in several shapes."""
    assert dates.in_url("https://a.example/n1/2024/0509/c1.html").value.date().isoformat() == "2024-05-09"
    assert dates.in_url("https://a.example/t20240509_1.htm").value.date().isoformat() == "2024-05-09"
    assert dates.in_url("https://a.example/article/12345678") is None
