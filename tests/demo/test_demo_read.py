"""The demo's articles, read by the extractor: what a visitor of the demo sees has to be right."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tuoben.demo import Demo, Expected
from tuoben.demo.content import publishers
from tuoben.extract import extract
from tuoben.model import Article, Hints, Link, Page, State

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NAMES = [publisher.name for publisher in publishers()]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo(start=NOON) as running:
        yield running


def read(url: str, title: str = "") -> Article:
    """The page at a URL, as the pipeline would read it after a listing told its headline."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    answer = connection.getresponse()
    page = Page(url=url, body=answer.read(), content_type=answer.headers["Content-Type"])
    connection.close()
    return extract(page, Hints(link=Link(url=url, title=title)))


def squeezed(text: str) -> str:
    """The text without blanks."""
    return re.sub(r"\s", "", text)


def articles(demo: Demo, name: str) -> list[tuple[Expected, Article]]:
    """Every article of a publisher that robots.txt allows, with what is read of it."""
    allowed = [expected for expected in demo.expected[name] if expected.allowed]
    return [(expected, read(expected.url, expected.title)) for expected in allowed]


@pytest.mark.parametrize("name", NAMES)
def test_every_article_is_read_rightly(demo: Demo, name: str) -> None:
    """Headline, column, time, language, reprint marker, pictures and every paragraph are as the publisher wrote them."""
    for expected, found in articles(demo, name):
        assert found.state is State.ARTICLE
        assert (found.title, found.column) == (expected.title, expected.column)
        assert (found.lang, found.reprinted_from) == (expected.lang, expected.reprinted_from)
        assert found.published
        assert found.published.iso()[:16] == expected.published.isoformat()[: 10 if expected.precision == "day" else 16]
        assert found.source in ("", expected.source)
        assert found.policy.noarchive == expected.noarchive
        assert [image.url for image in found.images] == list(expected.images)
        if len(expected.pages) == 1:
            body = squeezed(found.text)
            assert [part for part in expected.text.split("\n\n") if squeezed(part) not in body] == []


def test_authors_are_found_whatever_characters_they_write_with(demo: Demo) -> None:
    """Reporters are read from by-lines, also a name outside of the common block of Han characters."""
    for name in ("yunling-daily", "qingchuan-wanbao", "alder-courier", "farwater-wire", "xigang-times"):
        for expected, found in articles(demo, name):
            assert found.authors == expected.authors


def test_the_further_pages_of_an_article_are_found_in_order(demo: Demo) -> None:
    """The first page of a divided article names all its further pages."""
    expected = next(article for article in demo.expected["lanxi-bulletin"] if len(article.pages) > 1)
    assert read(expected.url).next_pages == expected.pages[1:]


def test_the_headline_in_alts_is_recognised(demo: Demo) -> None:
    """The pictures of the model article have alts that only repeat the headline, and are marked so."""
    model = next(article for article in demo.expected["yunling-daily"] if article.column == "厅局长访谈")
    found = read(model.url)
    assert [image.alt_repeats_title for image in found.images] == [True] * 4
    assert f"{model.column}｜{model.title}" not in found.text
