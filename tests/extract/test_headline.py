"""The headline among the spellings that a page gives of it."""

from __future__ import annotations

import pytest

from tuoben.extract import extract
from tuoben.model import Article, Page

BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the council said.",
        "Engineers replaced forty beams and two bearings, and the works cost less than expected, they added.",
        "Buses run again from Friday, and the ferry goes back to its summer timetable a week later.",
    )
    * 2
)


def read(*, h1: str = "", doc: str = "", og: str = "", ld: str = "", more: str = "", above: str = "") -> Article:
    """An article whose spellings of the headline are given one by one."""
    head = f"<title>{doc}</title>" + (f'<meta property="og:title" content="{og}">' if og else "")
    head += '<meta property="og:site_name" content="Example Courier">'
    head += f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{ld}"}}</script>' if ld else ""
    body = f"{above}<article>{f'<h1>{h1}</h1>' if h1 else ''}{more}<p>4 February 2025</p>{BODY}</article>"
    page = f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>"
    return extract(Page(url="https://courier.example/a/8812", body=page.encode()))


@pytest.mark.parametrize(
    ("spellings", "title"),
    [
        # one heading, and titles made for search engines
        ({"h1": "Harbour bridge open again: the first to cross", "og": "Harbour bridge open again", "doc": "Harbour bridge open again | Example Courier"}, "Harbour bridge open again: the first to cross"),
        ({"h1": "The bridge that came back early", "og": "Bridge reopening 2025: dates, lanes, bridge early facts", "doc": "Bridge reopening 2025: dates, lanes, bridge early facts", "ld": "The bridge that came back early"}, "The bridge that came back early"),
        # two sources that are filled apart agree
        ({"h1": "Bridge open again after three weeks of works on the pier", "og": "Bridge open again, pier repaired", "ld": "Bridge open again, pier repaired", "doc": "Bridge open again, pier repaired - Example Courier"}, "Bridge open again, pier repaired"),
        # kickers in the heading
        ({"h1": '<span class="article__kicker">Harbour works</span> <span>Bridge is open again after winter</span>', "og": "Bridge is open again after winter", "doc": "Bridge is open again after winter - Example Courier"}, "Bridge is open again after winter"),
        ({"h1": '<span class="article__kicker">Harbour works</span> <span>Bridge is open again after winter</span>', "og": "Harbour works: Bridge is open again after winter", "doc": "Harbour works: Bridge is open again after winter"}, "Harbour works: Bridge is open again after winter"),
        # the site's name
        ({"doc": "Bridge is open again after winter » Example Courier", "h1": "Bridge is open again after winter"}, "Bridge is open again after winter"),
        ({"doc": "Example Courier - Bridge is open again after winter", "h1": "Example Courier", "more": "<h2>Bridge is open again after winter</h2>"}, "Bridge is open again after winter"),
        ({"doc": "Customs online - News - Bridge is open again after winter", "above": "<h1>Customs</h1><h1>News</h1>", "h1": "Bridge is open again after winter"}, "Bridge is open again after winter"),
        ({"doc": "- Example Courier", "h1": "Bridge is open again after winter"}, "Bridge is open again after winter"),
        # what must stay
        ({"doc": "«The bridge will never close again» - News - Example Courier", "og": "«The bridge will never close again»"}, "«The bridge will never close again»"),
        ({"doc": "Bridge - the works in pictures - Example Courier", "h1": "Bridge - the works in pictures"}, "Bridge - the works in pictures"),
        ({"doc": "1-3 win for the harbour side", "h1": "1-3 win for the harbour side"}, "1-3 win for the harbour side"),
        ({"doc": "04.02.2025 - Bridge is open again after winter - Example Courier"}, "Bridge is open again after winter"),
    ],
)  # fmt: skip
def test_the_headline_is_the_one_as_set(spellings: dict[str, str], title: str) -> None:
    """The heading on the page before titles made for sharing, without kicker, site and date; nothing else is cut."""
    assert read(**spellings).title == title
