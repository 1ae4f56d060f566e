"""Pages that somebody broke or meant to do harm with are read like any other, in little time."""

from datetime import UTC, datetime

import pytest

from hostilepages import cost, floods, mutated
from tuoben.demo import pages
from tuoben.demo.newsroom import Newsroom
from tuoben.errors import LimitExceeded
from tuoben.extract import extract
from tuoben.extract.tree import CROWDED
from tuoben.model import Page

SECONDS = 5.0
"""CPU that one page may take."""


def demo() -> list[Page]:
    room = Newsroom(8000, datetime(2026, 3, 1, 8, tzinfo=UTC))
    return [
        Page(url=f"http://{name}.test{story.path()}", body=pages.article(room, story).encode())
        for name in room.expected()
        for story in room.stories(name)[:3]
    ]


def test_mutated_pages():
    """A page cut, spliced, flipped or flooded anywhere raises nothing but LimitExceeded."""
    found = demo()
    assert len(found) > 5
    for seed in range(100):
        name, page = mutated(found, seed)
        assert cost(page) <= SECONDS, (seed, name)


def test_floods():
    """One thing repeated to the length of a short page costs no more than a page does (each fourth; all: slow)."""
    for name, page in list(floods(5_000))[::4]:
        assert cost(page) <= SECONDS / 5, name


@pytest.mark.slow
def test_large_floods():
    """One thing repeated to a million characters takes less than five seconds: nothing is quadratic."""
    spent = sorted(((cost(page), name) for name, page in floods(1_000_000)), reverse=True)
    print(f"the dearest of {len(spent)}: {spent[:5]}")
    assert spent[0][0] <= SECONDS, spent[:5]


def test_too_many_tags():
    """A page of more tags than any page has is refused in one sentence."""
    with pytest.raises(LimitExceeded):
        extract(b"<body>" + b"<p>a" * 250_000)


def test_the_writer_in_a_crowded_line():
    """A writer marked in a line of very many pieces is found as in a short one."""
    line = "".join(f"<i>word {n}</i> " for n in range(2 * CROWDED))
    story = "<p>The bridge at Farwater opened on Monday, a year late, before a small crowd.</p>" * 4
    body = f"<html lang=en><h1>The bridge opens</h1><div><a rel=author href=/x>Jane Roe</a> {line}</div>{story}"
    assert extract(body.encode(), url="http://news.test/a").authors == ("Jane Roe",)
