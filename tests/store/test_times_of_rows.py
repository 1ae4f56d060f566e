"""Times that go past Django's converters are the same times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tuoben.store import models
from tuoben.store.database import insert_all, new, rows_of, save_all

pytestmark = pytest.mark.django_db
TIMES = (
    datetime(2026, 11, 22, 12, tzinfo=UTC),
    datetime(2026, 11, 22, 12, 30, 5, 120_000, tzinfo=UTC),
    datetime(1926, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    datetime(2026, 11, 22, 20, 0, 0, 1, tzinfo=timezone(timedelta(hours=8))),
)


@pytest.mark.parametrize("time", TIMES, ids=["whole", "fraction", "long-ago", "zone"])
def test_they_come_back_as_they_went(time: datetime) -> None:
    """Written and read by us, or by Django, in either order: one moment, in UTC; nothing stays nothing."""
    insert_all([new(models.Host, authority="a.test", page_ready_at=time, requisite_ready_at=time)])
    (row,) = rows_of(models.Host, "authority = %s", ["a.test"])
    django = models.Host.objects.get(authority="a.test")
    assert row.page_ready_at == django.page_ready_at == time and row.page_ready_at.tzinfo is UTC
    assert row.wake_at is None and django.wake_at is None
    row.wake_at = row.page_ready_at + timedelta(seconds=1)
    save_all([row], ("wake_at",))
    assert models.Host.objects.get(wake_at=time + timedelta(seconds=1)).authority == "a.test"
    models.Host.objects.update(robots_until=time)
    assert [
        one.robots_until
        for one in rows_of(models.Host, "robots_until <= %s", [time.astimezone(UTC).isoformat(" ")[:-6]])
    ] == [time]
