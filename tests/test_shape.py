"""Records as JSON and back, ids, and the JSON shapes of an article."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from anything import records
from outcomes import NOW, article, capture
from tuoben import ids, model, shape

RECORDS = [
    record
    for record in vars(model).values()
    if dataclasses.is_dataclass(record) and record.__module__.startswith(f"{model.__name__}.")
]
WITH_BYTES = {model.Exchange, model.Page, model.RobotsFinding, model.Outcome, model.Receipt}
"""Records that never become JSON by themselves: their bytes lie in the WARC or in a column of their own."""


@pytest.mark.parametrize("record", [r for r in RECORDS if r not in WITH_BYTES], ids=lambda record: record.__name__)
@few(max_examples=20, deadline=None)
@given(st.data())
def test_a_record_survives_json(record, data) -> None:
    """What `dump` makes of a record is JSON, and `load` gives the same record back."""
    told = data.draw(records(record))
    assert shape.load(record, json.loads(json.dumps(shape.dump(told)))) == told


@pytest.mark.parametrize("record", sorted(WITH_BYTES, key=lambda r: r.__name__), ids=lambda record: record.__name__)
@few(max_examples=10, deadline=None)
@given(st.data())
def test_a_record_with_bytes_survives_dump(record, data) -> None:
    """Records that hold bytes come back from `dump` as they were, bytes and all."""
    told = data.draw(records(record))
    assert shape.load(record, shape.dump(told)) == told


def test_old_and_new_rows_stay_readable() -> None:
    """Fields at their default are not written, and names of a newer program are passed over."""
    told = model.Article(url="http://a.test/", state=model.State.ARTICLE, title="题")
    dumped = shape.dump(told)
    assert dumped == {"url": "http://a.test/", "state": "article", "title": "题"}
    assert shape.load(model.Article, dumped | {"mood": "bright"}) == told


@given(st.lists(st.datetimes(datetime(2020, 1, 2), datetime(2300, 1, 1), timezones=st.just(UTC)), max_size=20))
def test_ids_sort_by_time(times) -> None:
    """Ids are 16 characters of the alphabet, and sort as their times do when these are a tick apart."""
    minted = [(time, ids.mint(time)) for time in sorted(times)]
    assert all(len(made) == 16 and set(made) <= set(ids.ALPHABET) for _, made in minted)
    for (early, first), (late, second) in pairwise(minted):
        assert first < second or late - early < timedelta(milliseconds=20)


def test_ids_of_one_moment_differ() -> None:
    """Ten thousand ids minted at the same moment are ten thousand ids."""
    assert len({ids.mint(NOW) for _ in range(10_000)}) == 10_000


def reading(**more) -> model.Reading:
    """A stored article as a reader gets it."""
    said = article("http://a.test/1.html", html="<p>第一段。</p>", description="摘要", **more)
    card = model.Card(
        id="a1", url=said.url, canonical=said.url, title=said.title, column="", source="甲", site="a", site_name="甲",
        category="", published=None, captured=NOW, lang="zh-Hans", lead="第一段。",
    )  # fmt: skip
    return model.Reading(
        card=card, article=said, capture=capture(said.url), first_captured=NOW, revision=1, revisions=1
    )


def test_an_article_has_one_json_shape() -> None:
    """The shape of a stored article is that of its card and its extraction, with the capture that proves it."""
    told = reading(published=model.Moment(value=NOW, precision=model.Precision.MINUTE, zone_known=True, origin="meta"))
    shown = shape.article_json(told)
    assert json.loads(json.dumps(shown)) == shown
    assert shown.keys() >= shape.card_json(told.card).keys() | shape.extracted_json(told.article).keys()
    assert shown["captured"] == "2026-11-22T12:00:00+00:00" and shown["capture"]["record"] == told.capture.record_id


def test_noarchive_leaves_the_body_out() -> None:
    """Where the publisher asks for no archive, the shape has headline and address, and nothing of the body."""
    image = model.Image(url="http://a.test/x.png", alt="图")
    shown = shape.article_json(reading(policy=model.Policy(noarchive=True), images=(image,)))
    assert shown["title"] == "标题" and shown["url"]
    assert not any(shown[name] for name in ("text", "html", "images", "lead", "description"))


@pytest.mark.parametrize(
    ("precision", "zone_known", "wanted"),
    [
        ("day", True, "2023-12-24"),
        ("minute", True, "2023-12-24T18:26:00+08:00"),
        ("second", False, "2023-12-24T18:26:00"),
    ],
)
def test_a_time_says_what_is_known_of_it(precision, zone_known, wanted) -> None:
    """A day is told without a time, and an inferred zone is not told as if the source had given it."""
    value = datetime(2023, 12, 24, 18, 26, tzinfo=timezone(timedelta(hours=8)))
    told = model.Moment(value=value, precision=model.Precision(precision), zone_known=zone_known, origin="text")
    assert told.iso() == wanted
