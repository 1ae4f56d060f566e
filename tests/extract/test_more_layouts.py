"""More habits of the world's news systems, each as a small made-up page: what was read wrongly once, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tuoben.extract import extract
from tuoben.model import Article, Page

EN = (
    "The harbour bridge reopened to traffic on Thursday, three weeks earlier than planned, the city council said.",
    "“We have waited a long time for this,” said a baker beside the southern ramp. “Half of my customers stopped coming.”",
    "Engineers replaced more than 400 metres of steel deck and renewed the bearings on all six piers of the bridge.",
)
TITLE = "Harbour bridge reopens three weeks ahead of schedule"


def read(
    lang: str = "en",
    *,
    head: str = "",
    doc: str = TITLE,
    heading: str = f"<h1>{TITLE}</h1>",
    info: str = "",
    texts: tuple[str, ...] = EN,
    last: str = "",
    behind: str = "",
) -> Article:
    """An article with one thing set where a case sets it."""
    story = "".join(f"<p>{text}</p>" for text in texts)
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{doc}</title>{head}</head><body>'
        f"<article>{heading}{info}<div>{story}{last}</div>{behind}</article></body></html>"
    )
    fetched = datetime(2024, 6, 20, 4, 0, tzinfo=UTC)
    return extract(Page(url="https://courier.example/a/8812", body=page.encode(), fetched_at=fetched))


def told(article: Article) -> str:
    return article.published.iso() if article.published else ""


def test_a_dash_inside_the_headline() -> None:
    """A document's title is cut where a heading of the page ends, not at the first dash in it."""
    heading = "Würde des Lebens – ein Projekt"
    head = "<meta property='og:site_name' content='Große Fragen'>"
    assert read("de", head=head, doc=f"{heading} | Große Fragen", heading=f"<h2>{heading}</h2>").title == heading


def test_the_name_of_the_blog_in_the_main_heading() -> None:
    """Where the document's title names two headings, the longer part is the headline, whichever is the h1."""
    heading = f"<h1>Fern Remaining</h1><h2>{TITLE}</h2>"
    assert read(doc=f"Fern Remaining » Blog Archive » {TITLE}", heading=heading).title == TITLE


def test_a_heading_that_the_data_repeat() -> None:
    """The main heading that JSON-LD has word for word outweighs what was written for search engines."""
    other = "Bridge reopens early: what drivers need to know"
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-13"})
    head = (
        f"<meta property='og:title' content='{other}'><meta name='twitter:title' content='{other}'>"
        f"<script type='application/ld+json'>{data}</script>"
    )
    more = "<section><h1><a href='/x'>Rain closes the market</a></h1></section>"
    assert read(head=head, doc=f"{other} | Courier", behind=more).title == TITLE
