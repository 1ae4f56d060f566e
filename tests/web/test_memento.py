"""Memento (RFC 7089) and the CDX server on the replay origin."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

import rows

ADDRESS = "https://z.example/a?x=1%2F2"


@pytest.fixture
def three(db, segments):
    """Three captures of one address, a day apart."""
    for day in range(3):
        time = datetime(2026, 3, 1 + day, 12, tzinfo=UTC)
        page, _ = rows.store(segments, ADDRESS, f"<p>{day}".encode(), time=time, article="z")
    return rows.article("z", said=rows.content(ADDRESS), page=page)


@pytest.mark.parametrize(
    ("told", "stamp"),
    [
        ("", "20260303120000"),
        ("Mon, 02 Mar 2026 13:00:00 GMT", "20260302120000"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "20260301120000"),
        ("Tue, 01 Dec 2099 00:00:00 GMT", "20260303120000"),
    ],
)
def test_the_timegate_leads_to_the_nearest(bare, three, told, stamp) -> None:
    """302, Vary, Link; without a time to the newest, before all to the first, behind all to the last."""
    answer = bare.get(f"/timegate/{ADDRESS}", headers={"Accept-Datetime": told} if told else {})
    assert (answer.status_code, answer["Vary"]) == (302, "accept-datetime")
    assert answer["Location"].endswith(f"/web/{stamp}/{ADDRESS}")
    assert f'<{ADDRESS}>; rel="original"' in answer["Link"]
    assert 'rel="timemap"' in answer["Link"]
    shown = bare.get("/web/" + answer["Location"].split("/web/")[1])
    assert shown.status_code == 200
    assert datetime.strptime(shown["Memento-Datetime"], "%a, %d %b %Y %H:%M:%S GMT").strftime("%Y%m%d%H%M%S") == stamp


def test_a_memento_names_its_neighbours(bare, three) -> None:
    """The one in the middle links first, last, prev and next, its TimeGate and its TimeMap."""
    link = bare.get(f"/web/20260302120000/{ADDRESS}")["Link"]
    assert {
        'rel="original"',
        'rel="timegate"',
        'rel="timemap"',
        'rel="first prev memento"',
        'rel="last next memento"',
    } <= set(re.findall(r'rel="[^"]*"', link))


def test_the_timemap_lists_all(bare, three) -> None:
    """link-format with original, timegate, self with its span, and every memento once."""
    for path in ("/timemap/link/", "/timemap/"):
        answer = bare.get(path + ADDRESS)
        assert answer["Content-Type"] == "application/link-format"
        text = answer.content.decode()
        assert re.findall(r'rel="([^"]*memento)"', text) == ["first memento", "memento", "last memento"]
        assert 'from="Sun, 01 Mar 2026 12:00:00 GMT"; until="Tue, 03 Mar 2026 12:00:00 GMT"' in text


@pytest.mark.parametrize("path", ["/timegate/", "/timemap/", "/timemap/link/"])
def test_what_is_not_held_is_not_found(bare, three, path) -> None:
    """Unknown, broken and hidden addresses are 404; a time that is none is 400."""
    assert bare.get(f"{path}https://else.example/").status_code == 404
    assert bare.get(f"{path}nonsense").status_code == 404
    rows.hide(three)
    assert bare.get(path + ADDRESS).status_code == 404


def test_a_time_that_is_none_is_refused(bare, three) -> None:
    """Accept-Datetime has one form."""
    assert bare.get(f"/timegate/{ADDRESS}", headers={"Accept-Datetime": "yesterday"}).status_code == 400


def test_the_cdx_server_answers_in_lines(bare, three, segments) -> None:
    """CDXJ by default, JSON lines on request; by time, by prefix, limited; hidden ones are left out."""
    rows.store(segments, "https://z.example/b", b"<p>b", time=rows.NOON + timedelta(days=900))
    lines = bare.get("/cdx", {"url": ADDRESS}).content.decode().splitlines()
    assert [line.split(" ")[1] for line in lines] == ["20260301120000", "20260302120000", "20260303120000"]
    told = [
        json.loads(line)
        for line in bare.get("/cdx", {"url": ADDRESS, "output": "json", "limit": "2"}).content.splitlines()
    ]
    assert [row["status"] for row in told] == ["200", "200"]
    assert told[0]["url"] == ADDRESS
    some = bare.get("/cdx", {"url": ADDRESS, "from": "20260302", "to": "2026030212"}).content.decode().splitlines()
    assert len(some) == 1
    assert len(bare.get("/cdx", {"url": "https://z.example/", "matchType": "prefix"}).content.splitlines()) == 4
    rows.hide(three)
    assert len(bare.get("/cdx", {"url": "https://z.example/", "matchType": "prefix"}).content.splitlines()) == 1


@pytest.mark.parametrize(
    "query", [{}, {"url": "x"}, {"url": ADDRESS, "matchType": "host"}, {"url": ADDRESS, "from": "x"}]
)
def test_a_wrong_question_gets_one_sentence(bare, three, query) -> None:
    """400 and what to do."""
    answer = bare.get("/cdx", query)
    assert answer.status_code == 400
    assert len(answer.content.decode().splitlines()) == 1
