"""Finding the listings of a site, politely."""

from __future__ import annotations

import asyncio
from contextlib import closing
from itertools import pairwise

import pytest

from loopback import RESET, Host, Web
from stories import feed, publish
from tuoben.jobs.survey import Survey, Surveyor
from tuoben.runner import Runner

pytestmark = pytest.mark.usefixtures("home")
NOTHING = "<html><head><title>甲</title></head><body><p>首页</p></body></html>"
COMMENTS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Comments on: 甲</title>'
    "<item><title>By: 乙</title><link>http://s.test/a/1.html#comment-1</link></item></channel></rss>"
)
SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>http://s.test/a/1.html</loc></url></urlset>"
)
XML = "application/xml"


@pytest.fixture
def site(web: Web) -> Host:
    """A host with a home page that says nothing."""
    host = web.host("s.test")
    host.page("/", NOTHING)
    return host


def survey(web: Web, runner: Runner, *addresses: str, delay: float = 0.0) -> list[Survey]:
    """What the surveyor finds at some addresses, looked at all at once."""

    async def run() -> list[Survey]:
        async with web.door() as door:
            with closing(Surveyor(door, runner, delay)) as surveyor:
                return list(await asyncio.gather(*(surveyor.survey(one) for one in addresses)))

    return asyncio.run(run())


def look(web: Web, runner: Runner) -> Survey:
    """What is found at the site."""
    return survey(web, runner, "http://s.test/")[0]


def paths(web: Web) -> list[str]:
    """What the site was asked for, in order."""
    return [hit.path for hit in web.hits("s.test")]


def home_page(*links: str) -> str:
    """A home page with these in its head."""
    return f"<html><head><title>甲</title>{''.join(links)}</head><body><p>首页</p></body></html>"


def alternate(path: str) -> str:
    """A link to a feed, as pages announce it."""
    return f'<link rel="alternate" type="application/rss+xml" href="{path}">'


def test_an_announced_feed_is_the_listing(web: Web, site: Host, runner: Runner) -> None:
    """A feed of the page's head is found with robots.txt, the page, the feed and the usual sitemaps asked for once."""
    publish(site, 1)
    found = look(web, runner)
    assert found.listings == (("http://s.test/feed.xml", "feed"),) and found.name == "云岭新闻" and not found.why
    assert paths(web)[:3] == ["/robots.txt", "/", "/feed.xml"]
    assert len(paths(web)) == len(set(paths(web))) <= 8


def test_a_feed_is_found_at_its_usual_place(web: Web, site: Host, runner: Runner) -> None:
    """Where the page announces nothing, the usual places are tried, and one feed is enough."""
    publish(site, 1)
    site.page("/", NOTHING)
    site.page("/rss.xml", feed(site, {"/a/1.html": "甲"}), content_type="application/rss+xml")
    assert look(web, runner).listings == (("http://s.test/rss.xml", "feed"),)
    assert "/feed.xml" not in paths(web)


def test_feeds_of_comments_are_left_out(web: Web, site: Host, runner: Runner) -> None:
    """A feed of readers' comments is no listing, by its address or by what it says."""
    publish(site, 1)
    site.page("/", home_page(alternate("/comments/feed"), alternate("/talk.xml"), alternate("/feed.xml")))
    for path in ("/comments/feed", "/talk.xml"):
        site.page(path, COMMENTS, content_type="application/rss+xml")
    assert look(web, runner).listings == (("http://s.test/feed.xml", "feed"),)


def test_of_feeds_with_the_same_articles_one_is_taken(web: Web, site: Host, runner: Runner) -> None:
    """RSS and Atom of the same articles are one listing; a feed with further articles is another."""
    titles = publish(site, 6)
    site.page("/", home_page(*map(alternate, ("/feed.xml", "/again.xml", "/more.xml"))))
    site.page("/again.xml", feed(site, titles), content_type="application/rss+xml")
    site.page("/more.xml", feed(site, {f"/b/{n}.html": "乙" for n in range(6)}), content_type="application/rss+xml")
    assert [url for url, _ in look(web, runner).listings] == ["http://s.test/feed.xml", "http://s.test/more.xml"]


def test_a_dead_announcement_is_left_out(web: Web, site: Host, runner: Runner) -> None:
    """An announced feed that is not there, or no feed, is passed over for the usual places."""
    publish(site, 1)
    site.page("/", home_page(alternate("/gone.xml"), alternate("/page.html")))
    site.page("/page.html", NOTHING)
    assert look(web, runner).listings == (("http://s.test/feed.xml", "feed"),)


def test_no_more_than_six_announced_feeds_are_tried(web: Web, site: Host, runner: Runner) -> None:
    """A portal with forty feeds is not asked for all of them."""
    publish(site, 1)
    told = [f"/{n}.xml" for n in range(40)]
    site.page("/", home_page(*map(alternate, told)))
    for path in told:
        site.page(path, feed(site, {f"/a{path}.html": "甲"}), content_type="application/rss+xml")
    assert [url for url, _ in look(web, runner).listings] == [f"http://s.test/{n}.xml" for n in range(6)]
    assert len([path for path in paths(web) if path in told]) == 6


def test_sitemaps_of_robots_txt_are_listings(web: Web, site: Host, runner: Runner) -> None:
    """The sitemaps that robots.txt names join the feed, and the usual sitemaps are not asked for then."""
    publish(site, 1)
    site.robots("Sitemap: /news.xml\nSitemap: http://s.test/all.xml\nSitemap: /news.xml\nSitemap: mailto:x\n")
    assert look(web, runner).listings == (
        ("http://s.test/feed.xml", "feed"),
        ("http://s.test/news.xml", "sitemap"),
        ("http://s.test/all.xml", "sitemap"),
    )
    assert "/sitemap.xml" not in paths(web)


def test_a_sitemap_at_its_usual_place(web: Web, site: Host, runner: Runner) -> None:
    """A sitemap in the usual place is found without a feed."""
    site.page("/sitemap.xml", SITEMAP, content_type=XML)
    assert look(web, runner).listings == (("http://s.test/sitemap.xml", "sitemap"),)


def test_the_page_itself_when_there_is_nothing_else(web: Web, site: Host, runner: Runner) -> None:
    """A page of headlines is its own listing when the site has neither feed nor sitemap."""
    links = "".join(
        f'<li><a href="/2026/11/{n:02}/t{n}.html">青川市第{n}季度供水管网改造工程进展情况通报</a></li>'
        for n in range(1, 15)
    )
    site.page("/news/", f"<html><head><title>要闻_甲</title></head><body><ul>{links}</ul></body></html>")
    (found,) = survey(web, runner, "http://s.test/news/")
    assert found.listings == (("http://s.test/news/", "section"),)


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_the_address_of_a_listing_is_taken_as_it_is(web: Web, site: Host, runner: Runner, kind) -> None:
    """The address of a feed or sitemap is the listing: two requests, and no others."""
    body = feed(site, {"/a/1.html": "甲"}) if kind == "feed" else SITEMAP
    site.page("/x.xml", body, content_type=XML)
    (found,) = survey(web, runner, "http://s.test/x.xml")
    assert found.listings == (("http://s.test/x.xml", kind),) and found.name
    assert paths(web) == ["/robots.txt", "/x.xml"]


def test_what_robots_txt_forbids_is_not_asked_for(web: Web, site: Host, runner: Runner) -> None:
    """A site that wants no robots is told so in one sentence after one request."""
    publish(site, 1)
    site.robots("User-agent: *\nDisallow: /\n")
    found = look(web, runner)
    assert found.listings == () and "robots.txt" in found.why
    assert paths(web) == ["/robots.txt"]


def test_a_forbidden_feed_is_passed_over(web: Web, site: Host, runner: Runner) -> None:
    """An announced feed that robots.txt forbids is not asked for."""
    publish(site, 1)
    site.robots("User-agent: *\nDisallow: /feed.xml\n")
    site.page("/sitemap.xml", SITEMAP, content_type=XML)
    assert look(web, runner).listings == (("http://s.test/sitemap.xml", "sitemap"),)
    assert "/feed.xml" not in paths(web)


@pytest.mark.parametrize("answer", [503, 429])
def test_an_unreadable_robots_txt_forbids(web: Web, site: Host, runner: Runner, answer) -> None:
    """While robots.txt answers with a server error, nothing else is asked for."""
    publish(site, 1)
    site.answer("/robots.txt", answer)
    assert "robots.txt" in look(web, runner).why and paths(web) == ["/robots.txt"]


def test_a_redirect_to_another_host(web: Web, site: Host, runner: Runner) -> None:
    """A site that moved is surveyed where it is now, after the robots.txt of that host."""
    other = web.host("www.s.test")
    publish(other, 1)
    other.robots("Sitemap: /map.xml\n")
    site.redirect("/", "http://www.s.test/", status=301)
    found = look(web, runner)
    assert found.url == "http://s.test/"
    assert found.listings == (("http://www.s.test/feed.xml", "feed"), ("http://www.s.test/map.xml", "sitemap"))
    assert [hit.path for hit in web.hits("www.s.test")][:2] == ["/robots.txt", "/"]


def test_a_redirect_to_a_host_that_forbids(web: Web, site: Host, runner: Runner) -> None:
    """The robots.txt of the host that a redirect leads to counts."""
    other = web.host("www.s.test")
    publish(other, 1)
    other.robots("User-agent: *\nDisallow: /\n")
    site.redirect("/", "http://www.s.test/")
    assert "www.s.test" in look(web, runner).why
    assert [hit.path for hit in web.hits("www.s.test")] == ["/robots.txt"]


def test_a_circle_of_redirects_ends(web: Web, site: Host, runner: Runner) -> None:
    """After a handful of redirects the survey says so."""
    site.redirect("/", "/x")
    site.redirect("/x", "/")
    assert "redirects" in look(web, runner).why and len(paths(web)) <= 8


@pytest.mark.parametrize(
    ("path", "word"), [("/gone", "404"), ("/x.pdf", "neither a page"), ("/", "no article links"), ("/reset", "s.test")]
)
def test_what_is_no_source_is_named(web: Web, site: Host, runner: Runner, path, word) -> None:
    """A missing page, a PDF, an empty page and a broken connection get one sentence each."""
    site.page("/x.pdf", b"%PDF-1.7", content_type="application/pdf")
    site.raw("/reset", RESET)
    (found,) = survey(web, runner, f"http://s.test{path}")
    assert found.listings == () and word in found.why


@pytest.mark.parametrize("address", ["ftp://s.test/", "not a url", "http://u:p@s.test/", ""])
def test_what_is_no_address_is_named(web: Web, runner: Runner, address) -> None:
    """What cannot be asked for is said before anything is asked."""
    (found,) = survey(web, runner, address)
    assert found.why and not web.log


def test_requests_to_a_host_keep_their_distance(web: Web, site: Host, runner: Runner) -> None:
    """Surveys that run at once keep the delay to one host and do not wait for each other's hosts."""
    publish(site, 1)
    publish(web.host("t.test"), 1)
    survey(web, runner, "http://s.test/", "http://t.test/", "http://s.test/feed.xml", delay=0.1)
    for name in ("s.test", "t.test"):
        times = [hit.at for hit in web.hits(name)]
        assert len(times) > 4 and min(b - a for a, b in pairwise(times)) >= 0.1


def test_a_crawl_delay_is_kept_by_the_survey(web: Web, site: Host, runner: Runner) -> None:
    """The pause that robots.txt asks for begins with the next request."""
    site.robots("User-agent: *\nCrawl-delay: 0.4\n")
    site.page("/x.xml", SITEMAP, content_type=XML)
    survey(web, runner, "http://s.test/x.xml", "http://s.test/x.xml")
    times = [hit.at for hit in web.hits("s.test", "/x.xml")]
    assert len(times) == 2 and times[1] - times[0] >= 0.4


def test_robots_txt_is_asked_for_once_by_surveys_at_once(web: Web, site: Host, runner: Runner) -> None:
    """Two addresses of one host, surveyed at the same time, share one robots.txt."""
    publish(site, 1)
    survey(web, runner, "http://s.test/", "http://s.test/feed.xml")
    assert paths(web).count("/robots.txt") == 1


def test_a_laborious_robots_txt_is_obeyed(web: Web, site: Host, runner: Runner) -> None:
    """A robots.txt made to take long is read and matched in a child, and what it forbids is not asked."""
    publish(site, 1)
    stars = "".join(f"Disallow: /*a*a*a*{'a' * 24}b{n}\n" for n in range(5000))
    site.robots(f"User-agent: *\nDisallow: /feed.xml\n{stars}")
    (far,) = survey(web, runner, f"http://s.test/{'a' * 1900}")
    assert "404" in far.why
    (found,) = survey(web, runner, "http://s.test/feed.xml")
    assert "does not allow" in found.why and "/feed.xml" not in paths(web)
