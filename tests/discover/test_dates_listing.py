"""Times as listings write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.discover import dates
from tuoben.model import Precision

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "iso"),
    [
        ("Fri, 20 Nov 2026 18:26:05 +0800", "2026-11-20T18:26:05+08:00"),
        ("Fri, 20 Nov 26 18:26 GMT", "2026-11-20T18:26:00+00:00"),
        ("20 November 2026", "2026-11-20"),
        ("2026-11-20", "2026-11-20"),
        ("2026/11/20 18:26", "2026-11-20T18:26:00"),
        ("20261120", "2026-11-20"),
        ("20261120T182600Z", "2026-11-20T18:26:00+00:00"),
        ("2026-11-20T18:26:05.123Z", "2026-11-20T18:26:05+00:00"),
        ("2026年11月20日 18:26", "2026-11-20T18:26:00"),
        ("2026年11月20日 星期五 下午6时26分", "2026-11-20T18:26:00"),
        ("2026年11月20日", "2026-11-20"),
        ("2026년 11월 20일 오후 6:26", "2026-11-20T18:26:00"),
        ("2026-11-20 下午 6:26", "2026-11-20T18:26:00"),
        ("Nov 20, 2026, 6:26 pm", "2026-11-20T18:26:00"),
        ("mar., 01 déc. 2020 16:11:02 +0000", "2020-12-01T16:11:02+00:00"),
        ("1795170000", "2026-11-20T10:20:00+00:00"),
        ("20.11.2026", "2026-11-20"),
        ("11/20/2026", "2026-11-20"),
        ("20/11/2026", "2026-11-20"),
        ("Fri, 06/11/2026", "2026-11-06"),
        ("2026-11-20T24:00:00Z", "2026-11-21T00:00:00+00:00"),
    ],
)
def test_dates_are_read(told, iso):
    """Each form is read with the precision and zone that it gives."""
    assert dates.moment(told).iso() == iso


@pytest.mark.parametrize(
    "told",
    [
        "",
        "yesterday",
        "刚刚",
        "06/11/2026",
        "2026-13-40",
        "9999-01-01",
        "1970-01-01",
        "0000-00-00",
        "12:30",
        "Nov 2026",
    ],
)
def test_doubtful_dates_are_none(told):
    """What is ambiguous, impossible or no date is None."""
    assert dates.moment(told) is None


def test_cst_is_chinas_in_china():
    """CST means China's time with a Chinese publisher, and America's otherwise."""
    told = "Fri Nov 20 18:26:00 CST 2026"
    assert dates.moment(told).value.utcoffset() == timedelta(hours=-6)
    assert dates.moment("2026-11-20 18:26:00 CST", zone=BEIJING).value.utcoffset() == timedelta(hours=8)
    assert dates.moment(told, zone=BEIJING).value.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("told", "iso", "precision"),
    [
        ("5分钟前", "2026-11-22T11:55:00+08:00", Precision.MINUTE),
        ("3小时前", "2026-11-22", Precision.DAY),
        ("昨天 12:30", "2026-11-21T12:30:00", Precision.MINUTE),
        ("11-20 18:26", "2026-11-20T18:26:00", Precision.MINUTE),
        ("12-31", "2025-12-31", Precision.DAY),
        ("11月20日", "2026-11-20", Precision.DAY),
    ],
)
def test_dates_beside_headlines(told, iso, precision):
    """Relative and yearless dates are read against the time of the fetch."""
    found = dates.beside(told, zone=BEIJING, now=NOW)
    assert found.iso() == iso
    assert found.precision is precision
    assert dates.beside(told, zone=BEIJING) is None


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 12, 31)), st.integers(-12, 14))
def test_iso_and_rfc822_round_trip(value, hours):
    """Every instant written by RFC 822 or ISO 8601 is read back."""
    value = value.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    assert dates.moment(value.isoformat()).value == value
    assert dates.moment(value.strftime("%a, %d %b %Y %H:%M:%S %z")).value == value


@given(st.text(max_size=300))
def test_no_text_raises(text):
    """Any text gives a moment or None."""
    dates.moment(text)
    dates.beside(text, zone=BEIJING, now=NOW)
