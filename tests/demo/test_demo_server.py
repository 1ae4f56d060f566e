"""The fictional publishers, asked over HTTP as a crawler would."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest

from tuoben.demo import pictures
from tuoben.demo.content import Block, blocks, publishers
from tuoben.demo.server import Demo
from tuoben.errors import UsageError

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def demo() -> Iterator[Demo]:
    with Demo(start=NOON) as running:
        yield running


def ask(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One GET by the host's name, without asking a name server."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
    try:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request(
            "GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers={"Host": parts.netloc} | named
        )
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_at_least_seven_publishers_with_sixty_articles(demo: Demo) -> None:
    """The sites hold sixty articles or more from the first moment, and every source can be asked."""
    assert len(demo.sources) >= 7
    assert sum(len(articles) for articles in demo.expected.values()) >= 60
    assert [ask(source)[0] for source in demo.sources] == [200] * len(demo.sources)


def test_every_page_and_picture_is_there(demo: Demo) -> None:
    """Each expected page shows its headline in the declared charset, and each of its pictures is an image."""
    for name, articles in demo.expected.items():
        publisher = demo.room.publisher(name)
        assert publisher
        for article in articles:
            status, _, body = ask(article.url)
            assert status == 200
            assert article.title in unescape(body.decode(publisher.encoding))
            assert all(ask(page)[0] == 200 for page in article.pages)
            assert all(ask(image)[1]["content-type"].startswith("image/") for image in article.images)


def test_no_two_articles_share_an_address(demo: Demo) -> None:
    """The addresses of all pages differ, in every phase."""
    while True:
        urls = [page for articles in demo.expected.values() for article in articles for page in article.pages]
        assert len(urls) == len(set(urls))
        if not demo.advance():
            break


def test_listings_announce_every_article(demo: Demo) -> None:
    """Home pages, and feeds and sitemaps where a publisher has them, name every article that is on the site."""
    for publisher in publishers():
        origin = f"http://{publisher.name}.localhost:{demo.port}"
        home = ask(f"{origin}/")[2].decode(publisher.encoding)
        for article in demo.expected[publisher.name]:
            assert f'href="{urlsplit(article.url).path}"' in home
        for listing in publisher.listings:
            text = ask(origin + listing.path)[2].decode()
            if listing.kind not in ("index", "news"):
                assert all(article.url in text for article in demo.expected[publisher.name])


def test_the_evening_paper_says_gb2312_and_sends_gb18030(demo: Demo) -> None:
    """The mislabelled site holds characters that its declared charset lacks."""
    url = next(a.url for a in demo.expected["qingchuan-wanbao"] if "陶䶮" in a.authors)
    _, headers, body = ask(url)
    assert headers["content-type"] == "text/html"
    assert b"charset=gb2312" in body
    assert "陶䶮" in body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode("gb2312")


def test_the_model_article_has_every_element(demo: Demo) -> None:
    """The interview has a column, repeated alts, questions, five points and the tail lines of its by-line."""
    article = next(a for a in demo.expected["yunling-daily"] if a.column)
    html = ask(article.url)[2].decode()
    assert f"厅局长访谈｜{article.title}" in html
    assert html.count(f'alt="厅局长访谈｜{article.title}"') == len(article.images) == 4
    assert article.published == NOON - timedelta(minutes=34)
    for words in ("沈砚青：", "一是", "五是", "云岭日报 云岭号客户端", "记者 郭砚秋", "摄影 李见山"):
        assert words in html


def test_an_article_in_several_pages_links_the_next(demo: Demo) -> None:
    """Each page but the last of a divided article links 下一页, and together they hold the whole body."""
    article = next(a for a in demo.expected["lanxi-bulletin"] if len(a.pages) > 1)
    texts = [ask(page)[2].decode() for page in article.pages]
    assert len(texts) == 3
    assert [
        f'href="{urlsplit(page).path}">下一页' in text for text, page in zip(texts, article.pages[1:], strict=False)
    ] == [True] * 2
    assert all(paragraph in "".join(texts) for paragraph in article.text.split("\n\n"))


def test_reprints_name_their_origin(demo: Demo) -> None:
    """The reprint portal prints the originals' paragraphs under 本文转自 with headlines of its own."""
    reprints = [a for a in demo.expected["juwen"] if a.reprint_of]
    originals = {a.url: a for articles in demo.expected.values() for a in articles}
    assert len(reprints) >= 7
    for reprint in reprints:
        assert f"本文转自：{reprint.reprinted_from}" in ask(reprint.url)[2].decode()
        assert set(reprint.text.split("\n\n")) <= set(originals[reprint.reprint_of].text.split("\n\n"))
        assert reprint.published > originals[reprint.reprint_of].published
    assert any(reprint.title != originals[reprint.reprint_of].title for reprint in reprints)


def test_the_clock_publishes_edits_and_removes(demo: Demo) -> None:
    """Moving the clock brings new articles, changes one's headline and takes one away for good."""
    before = {a.url: a for articles in demo.expected.values() for a in articles}
    while demo.advance():
        pass
    after = {a.url: a for articles in demo.expected.values() for a in articles}
    gone = before.keys() - after.keys()
    assert len(after.keys() - before.keys()) >= 8
    assert len(gone) == 1
    assert ask(gone.pop())[0] == 410
    edited = [after[url] for url in before.keys() & after.keys() if before[url].title != after[url].title]
    assert len(edited) == 2
    assert all(article.modified for article in edited)
    assert all(article.title in ask(article.url)[2].decode() for article in edited)


def test_the_clock_moves_by_itself() -> None:
    """With a pace the phases pass without anybody's asking."""
    with Demo(pace=0.05) as demo:
        deadline = time.monotonic() + 10
        while demo.phase < demo.room.last_phase and time.monotonic() < deadline:
            time.sleep(0.02)
        assert demo.phase == demo.room.last_phase


def test_the_same_start_gives_the_same_sites(demo: Demo) -> None:
    """Served twice from the same start, every article keeps its path and its time."""
    with Demo(start=NOON) as again:
        first = [(urlsplit(a.url).path, a.published) for articles in demo.expected.values() for a in articles]
        second = [(urlsplit(a.url).path, a.published) for articles in again.expected.values() for a in articles]
    assert first == second


def test_conditional_requests_are_answered_304(demo: Demo) -> None:
    """A page asked for again with its ETag is not sent again."""
    url = demo.expected["alder-courier"][0].url
    _, headers, _ = ask(url)
    status, _, body = ask(url, If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")
    assert [entry.status for entry in demo.log] == [200, 304]
    assert demo.log[1].conditional


def test_codings_are_used_when_asked_for(demo: Demo) -> None:
    """The portal answers in chunks, and gzipped for those who accept it."""
    url = demo.expected["yunling-portal"][0].url
    _, plain_headers, plain = ask(url)
    _, headers, body = ask(url, Accept_Encoding="gzip")
    assert "content-encoding" not in plain_headers
    assert (headers["content-encoding"], headers["transfer-encoding"]) == ("gzip", "chunked")
    assert gzip.decompress(body) == plain


def test_robots_forbid_what_is_marked_forbidden(demo: Demo) -> None:
    """The article marked as not allowed lies below a Disallow line of its site, and sites ask for delays."""
    forbidden = [a for articles in demo.expected.values() for a in articles if not a.allowed]
    assert forbidden
    for article in forbidden:
        parts = urlsplit(article.url)
        robots = ask(f"http://{parts.netloc}/robots.txt")[2].decode()
        rules = re.findall(r"^Disallow: (\S+)", robots, re.MULTILINE)
        assert any(parts.path.startswith(rule) for rule in rules)
    assert b"Crawl-delay" in ask(f"http://farwater-wire.localhost:{demo.port}/robots.txt")[2]
    assert ask(f"http://juwen.localhost:{demo.port}/robots.txt")[0] == 404


def test_slow_and_noarchive_articles_exist(demo: Demo) -> None:
    """One page takes over two seconds, and one asks not to be archived."""
    slow = next(story for story in demo.room.stories("alder-courier") if story.entry.delay)
    started = time.monotonic()
    assert ask(f"http://alder-courier.localhost:{demo.port}{slow.path()}")[0] == 200
    assert time.monotonic() - started > 2
    shy = next(a for a in demo.expected["alder-courier"] if a.noarchive)
    assert b'content="noarchive"' in ask(shy.url)[2]


def test_json_feed_is_json_with_bodies(demo: Demo) -> None:
    """The agency's feed is a JSON Feed 1.1 that carries the whole text."""
    feed = json.loads(ask(f"http://farwater-wire.localhost:{demo.port}/feed.json")[2])
    assert feed["version"].endswith("/1.1")
    assert all(item["content_html"].startswith("<p") for item in feed["items"])


def test_unknown_hosts_and_methods_are_refused(demo: Demo) -> None:
    """A host that is no publisher gives 404."""
    assert ask(f"http://nobody.localhost:{demo.port}/")[0] == 404
    assert ask(f"http://juwen.localhost:{demo.port}/nothing.html")[0] == 404


def test_a_taken_port_is_told_in_a_sentence(demo: Demo) -> None:
    """A second server on the same port ends with one plain sentence."""
    with pytest.raises(UsageError, match=f"Port {demo.port} on 127.0.0.1 is taken"):
        Demo(port=demo.port).start()


def test_env_reaches_every_host(demo: Demo) -> None:
    """The crawler's settings map each host of the sites, the pictures' hosts too, to the server."""
    mapped = {part.split(":")[0] for part in demo.env()["TUOBEN_CONNECT_TO"].split(",")}
    urls = [url for articles in demo.expected.values() for a in articles for url in (a.url, *a.images)]
    assert {urlsplit(url).hostname for url in urls} <= mapped


def test_pictures_are_small_and_always_the_same() -> None:
    """A picture is a PNG of a few KB that depends on nothing but its name."""
    for name in ("hills-11", "city-11", "sea-12", "night-11", "field-11"):
        picture = pictures.png(name)
        assert picture.startswith(b"\x89PNG\r\n")
        assert 500 < len(picture) < 20_000
        pictures.png.cache_clear()
        assert pictures.png(name) == picture
    assert pictures.png("hills-1") != pictures.png("hills-2")
    assert pictures.svg("sea-1").startswith(b"<svg ")


def test_bodies_are_read_into_blocks() -> None:
    """Each mark of the body language gives its block, and ==== begins a page."""
    body = "one\ntwo\n\n## sub\n\n? why\n\n> said\n\n- a\n- b\n\n| h | i |\n| 1 | 2 |\n\n====\n\n![=](sea-1) below"
    first, second = blocks(body)
    assert [block.kind for block in first] == ["text", "head", "question", "quote", "list", "table"]
    assert first[0].text == "one two"
    assert first[4].rows == (("a",), ("b",))
    assert first[5].rows == (("h", "i"), ("1", "2"))
    assert second == [Block(kind="image", text="=", scene="sea-1", caption="below")]
