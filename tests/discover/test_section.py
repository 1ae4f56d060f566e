"""Section pages: article links told from everything else, on fictional pages of different build."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tuoben import discover, url
from tuoben.discover import headline, urlshape
from tuoben.errors import LimitExceeded
from tuoben.model import Page

PAGES = Path(__file__).parents[1] / "data" / "sections"
NAMES = sorted(path.stem for path in PAGES.glob("*.json"))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(name):
    expected = json.loads((PAGES / f"{name}.json").read_text())
    page = Page(
        url=expected["url"],
        body=(PAGES / f"{name}.html").read_bytes(),
        content_type=expected["content_type"],
        fetched_at=datetime.fromisoformat(expected["fetched_at"]),
    )
    return expected, discover.links("section", page)


def section(body, address="https://www.example.com/news/"):
    return discover.links("section", Page(url=address, body=body.encode(), fetched_at=NOW))


@pytest.mark.parametrize("name", NAMES)
def test_article_links_are_told_from_the_rest(name):
    """Precision and recall of the links of every page are at least .97 (one slip in a short list)."""
    expected, found = read(name)
    wanted = {url.canonical(link["url"]) for link in expected["links"]}
    got = {url.canonical(link.url) for link in found.links}
    assert len(wanted & got) >= 0.97 * len(wanted), wanted - got
    assert len(got - wanted) <= max(1, 0.03 * len(got)), got - wanted


def test_precision_and_recall_over_all_pages():
    """Over all pages together precision and recall are at least .99."""
    hits = wanted_count = got_count = 0
    for name in NAMES:
        expected, found = read(name)
        wanted = {url.canonical(link["url"]) for link in expected["links"]}
        got = {url.canonical(link.url) for link in found.links}
        hits += len(wanted & got)
        wanted_count += len(wanted)
        got_count += len(got)
    assert hits / wanted_count >= 0.99
    assert hits / got_count >= 0.99


@pytest.mark.parametrize("name", NAMES)
def test_headlines_dates_and_the_next_page_are_read(name):
    """The headline is whole, the date is the one beside the link, the next page is the one linked."""
    expected, found = read(name)
    got = {url.canonical(link.url): link for link in found.links}
    for link in expected["links"]:
        mine = got[url.canonical(link["url"])]
        assert mine.title == link["title"]
        if link["published"]:
            assert mine.published is not None
            assert mine.published.iso().startswith(link["published"])
    if expected["next_page"]:
        assert found.next_page == expected["next_page"]


def test_links_keep_the_order_of_the_page():
    """Links come in the page's order, each URL once, as announced."""
    _, found = read("zh-list")
    numbers = [link.url for link in found.links]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers, reverse=True)


def test_other_sites_are_left_out_and_subdomains_kept():
    """Only links to the registrable domain of the page count."""
    found = section(
        "<ul><li><a href='https://sport.example.com/2026/11/22/a-great-day-for-rowing'>A great day for rowing clubs</a></li>"
        "<li><a href='https://other.example.net/2026/11/22/a-great-day-for-ads'>A great day for buying things</a></li></ul>"
    )
    assert [link.url for link in found.links] == ["https://sport.example.com/2026/11/22/a-great-day-for-rowing"]


def test_an_image_and_its_headline_are_one_link():
    """An image link and a text link to one URL give one link with the text."""
    found = section(
        "<div><a href=/a/123456><img src=x alt='a photo of a boat on the water'></a>"
        "<a href=/a/123456>Ferry makes its last crossing</a><a href=/a/123456>12 comments</a></div>"
    )
    assert [(link.url, link.title) for link in found.links] == [
        ("https://www.example.com/a/123456", "Ferry makes its last crossing")
    ]


def test_a_cut_headline_is_taken_from_the_title_attribute():
    """Text that the page shortened is replaced by the whole text in the title attribute."""
    found = section('<a href="/2026/11/22/abc.html" title="青川县启动冬季森林防火专项巡查">青川县启动冬季森…</a>')
    assert found.links[0].title == "青川县启动冬季森林防火专项巡查"


def test_dates_before_their_links_stay_with_them():
    """A date in front of each link belongs to the link behind it."""
    rows = "".join(
        f"<span>2026-11-{day}</span> <a href=/n/{day}12345>新闻标题之第{day}号要闻内容</a><br>" for day in (22, 21, 20)
    )
    found = section(f"<div>{rows}</div>")
    assert [link.published.iso() for link in found.links] == ["2026-11-22", "2026-11-21", "2026-11-20"]


def test_a_date_in_a_summary_is_not_the_articles():
    """A date in the running text beside a link is not taken."""
    found = section(
        "<div><a href=/story/ferry-makes-its-last-crossing>Ferry makes its last crossing</a>"
        "<p>It was on 3 March 2019 that the council first spoke of closing the terminal by the old harbour.</p></div>"
    )
    assert found.links[0].published is None


def test_just_now_gives_no_date():
    """刚刚 is not a time; minutes ago is one, to the minute."""
    found = section(
        "<ul><li><a href=/a/1234567>青川县启动冬季森林防火专项巡查</a><i>刚刚</i></li>"
        "<li><a href=/a/1234568>云溪新区首条无轨电车线路开通运营</a><i>5分钟前</i></li></ul>"
    )
    assert found.links[0].published is None
    assert found.links[1].published.value == datetime(2026, 11, 22, 11, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "least", "most"),
    [
        ("https://a.example.com/2026/11/22/slug", 0.9, 1),
        ("https://a.example.com/n1/2026/1122/c1001-40000001.html", 0.9, 1),
        ("https://a.example.com/202611/t20261122_12345.shtml", 0.9, 1),
        ("https://a.example.com/a/123456", 0.8, 1),
        ("https://a.example.com/archives/12345", 0.8, 1),
        ("https://a.example.com/view.php?id=123", 0.7, 1),
        ("https://a.example.com/how-we-moved-the-old-bell", 0.8, 1),
        ("https://a.example.com/", 0, 0),
        ("https://a.example.com/about.html", 0, 0),
        ("https://a.example.com/photo.jpg", 0, 0),
        ("https://a.example.com/tag/some-long-tag-of-ours", 0, 0),
        ("https://a.example.com/2026/11/", 0, 0.1),
        ("https://a.example.com/guonei/index_2.html", 0, 0.1),
        ("https://a.example.com/world", 0.1, 0.3),
    ],
)
def test_the_form_of_a_url_tells_its_likelihood(address, least, most):
    """Dates, numbers and slugs speak for an article; homes, tags, indexes and services against."""
    assert least <= urlshape.likelihood(address) <= most


@pytest.mark.parametrize(
    "text", ["首页", "更多>>", "登录", "下一页", "Read more", "12 comments", "Sign in", "关于我们", "[详细]", "12"]
)
def test_services_are_no_headlines(text):
    """Words of navigation are no headlines."""
    assert headline.wording(text) == 0


@pytest.mark.parametrize(
    "text", ["青川县启动冬季森林防火", "Council votes to close terminal", "港口吞吐量增长百分之六"]
)
def test_headlines_read_like_headlines(text):
    """Four words or eight Chinese characters read like a headline."""
    assert headline.wording(text) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"<html>" + b"<div>" * 40_000,
        b"<html><body><a href=/a/123456 " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x</a>",
        b"<html>" + b"<a href=" * 50_000,
    ],
    ids=["empty", "nul", "depth", "attributes", "open tags"],
)
def test_hostile_pages_end(body):
    """Hostile pages give a result or LimitExceeded."""
    with contextlib.suppress(LimitExceeded):
        assert isinstance(discover.links("section", Page(url="https://www.example.com/", body=body)), discover.Found)
