"""The bars of a histogram over time: calendar days, months or years, whatever shows a span readably. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

MOST_DAYS, MOST_MONTHS = 62, 60
"""Bars up to which days, and then months, are shown."""


def spans(first: float | None, last: float | None, zone: tzinfo) -> tuple[list[datetime], str]:
    """The edges of bars from the first to the last time (UNIX seconds), in the calendar of a zone; and their unit.

    Each bar begins at an edge and ends before the next; without times there are none.
    """
    if first is None or last is None:
        return [], "day"
    start, end = (_day(seconds, zone) for seconds in (first, last))
    if (end - start).days < MOST_DAYS:
        unit, days = "day", [start + timedelta(days=n) for n in range((end - start).days + 2)]
    elif (end.year - start.year) * 12 + end.month - start.month < MOST_MONTHS:
        unit, months = "month", range(start.year * 12 + start.month - 1, end.year * 12 + end.month + 1)
        days = [date(month // 12, month % 12 + 1, 1) for month in months]
    else:
        unit, days = "year", [date(year, 1, 1) for year in range(start.year, end.year + 2)]
    return [datetime.combine(day, time(), zone) for day in days], unit


def _day(seconds: float, zone: tzinfo) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()
