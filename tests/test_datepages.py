"""The addresses of date pages: every day of a range once, the newest first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import datepages
from tuoben.errors import UsageError

DAYS = (
    "https://n.test/{yyyy}/{mm}/{dd}/",
    "https://n.test/{yyyy}{mm}{dd}.html",
    "https://n.test/html/{yyyy}-{mm}/{dd}/node_1.htm",
    "https://n.test/list?date={yyyy}-{m}-{d}&more=(1)",
    "https://n.test/{yyyy}/{mm}/{dd}/{yyyy}{mm}{dd}.xml",
)
MODERN = st.dates(date(1000, 1, 1), date(9999, 12, 31))


def walk(template: str, since: date, until: date) -> list[str]:
    """All addresses from the last day to the first."""
    here, found = datepages.address(template, until), list[str]()
    while here:
        found.append(here)
        here = datepages.following(template, here, since, more=False)
    return found


@given(st.sampled_from(DAYS), MODERN, st.integers(0, 800))
def test_each_day_once(template: str, since: date, days: int) -> None:
    """A template with days gives every day of the range once, in order; an address tells its day."""
    until = min(since + timedelta(days=days), date.max)
    found = walk(template, since, until)
    told = [datepages.place_of(template, one) for one in found]
    assert told == [(until - timedelta(days=n), 1) for n in range((until - since).days + 1)]


@given(MODERN, st.integers(0, 4000))
def test_each_month_and_year_once(since: date, days: int) -> None:
    """Without days it gives every month that a day of the range lies in, without months every year."""
    until = min(since + timedelta(days=days), date.max)
    months = [
        (until.year * 12 + until.month - 1) - n
        for n in range((until.year - since.year) * 12 + until.month - since.month + 1)
    ]
    assert walk("https://n.test/{yyyy}{mm}/", since, until) == [
        f"https://n.test/{m // 12:04}{m % 12 + 1:02}/" for m in months
    ]
    years = range(until.year, since.year - 1, -1)
    assert walk("https://n.test/{yyyy}.xml", since, until) == [f"https://n.test/{year:04}.xml" for year in years]


def test_ends_of_months_and_leap_days() -> None:
    """29 February is there in a leap year, and only then."""
    leap = walk("https://n.test/{yyyy}-{mm}-{dd}", date(2024, 2, 28), date(2024, 3, 1))
    assert leap == [f"https://n.test/2024-{day}" for day in ("03-01", "02-29", "02-28")]
    assert len(walk("https://n.test/{yyyy}-{mm}-{dd}", date(2023, 2, 28), date(2023, 3, 1))) == 2


def test_pages_of_a_day() -> None:
    """{n} counts on while a page is good, and begins at 1 with the day before it; it has an end."""
    template = "https://n.test/{yyyy}-{mm}/{dd}/node_{n}.htm"
    first = datepages.address(template, date(2024, 1, 1))
    assert first == "https://n.test/2024-01/01/node_1.htm"
    second = datepages.following(template, first, date(2023, 12, 31), more=True)
    assert second == "https://n.test/2024-01/01/node_2.htm"
    assert (
        datepages.following(template, second, date(2023, 12, 31), more=False) == "https://n.test/2023-12/31/node_1.htm"
    )
    last = datepages.address(template, date(2024, 1, 1), datepages.MOST_OF_A_DAY)
    assert datepages.following(template, last, date(2024, 1, 1), more=True) == ""


@pytest.mark.parametrize(
    "template",
    [
        "https://n.test/{mm}/{dd}/", "https://n.test/{yyyy}/{dd}/", "https://n.test/{yyyy}/{month}/", "/{yyyy}/",
        "https://{yyyy}.n.test/", "https://n.test/{yyyy}{yy}/", "https://n.test/{yyyy}/{mm}{m}", "ftp://n.test/{yyyy}",
    ],
)  # fmt: skip
def test_what_is_no_template(template: str) -> None:
    """Templates without a year, with parts that are none, with one part in two forms or without a host are refused."""
    with pytest.raises(UsageError):
        datepages.check(template)


@given(st.sampled_from(DAYS), st.text(max_size=60))
def test_a_foreign_address_ends_the_walk(template: str, here: str) -> None:
    """What is no address of the template leads nowhere, whatever it is."""
    if datepages.place_of(template, here) is None:
        assert datepages.following(template, here, date(2000, 1, 1), more=True) == ""


@pytest.mark.parametrize("template", DAYS)
def test_templates_that_are_taken(template: str) -> None:
    """The usual forms are templates."""
    datepages.check(template)
