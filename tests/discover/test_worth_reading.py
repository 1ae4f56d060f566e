"""Which of the feeds that a page announces are a source's."""

from __future__ import annotations

from tuoben import discover
from tuoben.discover import Found, feed
from tuoben.model import Link, Page


def found(*numbers: int, **more: object) -> Found:
    """A feed with these articles."""
    links = tuple(Link(url=f"https://a.test/{n}.html", body_html="x" if more.get("full") else "") for n in numbers)
    return Found(links=links, **{name: value for name, value in more.items() if name != "full"})  # type: ignore[arg-type]


def test_comments_and_podcasts_are_no_source() -> None:
    """What is left is the feed of articles."""
    feeds = [("https://a.test/c", found(1, comments=True)), ("https://a.test/p", found(2, podcast=True))]
    assert discover.worth_reading("https://a.test/", [*feeds, ("https://a.test/f", found(3))]) == ("https://a.test/f",)
    assert discover.worth_reading("https://a.test/", feeds) == ()


def test_feeds_of_tags_are_left_out_beside_others() -> None:
    """The feed of a tag or an author counts only when there is nothing else."""
    tag, main = ("https://a.test/tag/x/feed", found(7, 8)), ("https://a.test/feed", found(1, 2))
    assert discover.worth_reading("https://a.test/", [tag, main]) == (main[0],)
    assert discover.worth_reading("https://a.test/", [tag]) == (tag[0],)


def test_a_section_has_its_own_feed() -> None:
    """Added by a section's address, the source is that section."""
    feeds = [("https://a.test/feed", found(1, 2, 3)), ("https://a.test/local/feed", found(3))]
    assert discover.worth_reading("https://a.test/local/", feeds) == ("https://a.test/local/feed",)


def test_of_twins_the_one_with_full_texts_is_kept() -> None:
    """The same articles twice: the feed that holds them whole wins, whichever comes first."""
    feeds = [("https://a.test/rss", found(1, 2, 3)), ("https://a.test/atom", found(1, 2, 3, full=True))]
    assert discover.worth_reading("https://a.test/", feeds) == ("https://a.test/atom",)


def test_a_feed_of_episodes_is_a_podcast() -> None:
    """Enclosures with a duration make a podcast; a spoken version of an article does not."""
    sound = '<enclosure url="https://a.test/1.mp3" type="audio/mpeg" length="1"/>'
    space = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    for more, podcast in (("<itunes:duration>10</itunes:duration>", True), ("", False)):
        items = "".join(f"<item><link>https://a.test/{n}</link>{sound}{more}</item>" for n in range(3))
        text = f'<rss version="2.0" {space}><channel>{items}</channel></rss>'
        assert feed.links(Page(url="https://a.test/f", body=text.encode())).podcast is podcast
