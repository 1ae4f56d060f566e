"""OPML read and written: nested outlines, hostile files, and back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.discover import opml
from tuoben.discover.opml import Outlines, Subscription
from tuoben.model import Page


def read(text: str) -> Outlines:
    found = opml.read(Page(url="list.opml", body=text.encode()))
    assert found is not None
    return found


def body(outlines: str) -> str:
    return f'<?xml version="1.0"?><opml version="2.0"><head><title>甲</title></head><body>{outlines}</body></opml>'


def test_nested_outlines_are_categories() -> None:
    """A subscription's category is the nearest outline around it, and its own attribute where none is."""
    found = read(
        body(
            '<outline text="新闻"><outline text="国内"><outline type="rss" text="A" xmlUrl="http://a.test/f"/></outline>'
            '<outline title="B" xmlUrl="http://b.test/f" htmlUrl="http://b.test/"/></outline>'
            '<outline text="C" xmlUrl="http://c.test/f" category="体育,/x/y"/>'
        )
    )
    assert [(one.title, one.category) for one in found.subscriptions] == [("A", "国内"), ("B", "新闻"), ("C", "体育")]
    assert found.subscriptions[0].categories == (("新闻", "国内"),)
    assert found.title == "甲" and found.subscriptions[1].site == "http://b.test/"


def test_what_cannot_be_taken_is_named() -> None:
    """Feeds that are not of the web are refused by name, further lists are told of, the rest is read."""
    found = read(
        body(
            '<outline text="x" xmlUrl="javascript:alert(1)"/><outline text="y" xmlUrl="file:///etc/passwd"/>'
            '<outline type="include" text="more" url="http://l.test/more.opml"/><outline text="z" htmlUrl="http://z.test/"/>'
            '<outline text="ok" xmlUrl="http://ok.test/f"/>'
        )
    )
    assert [one.url for one in found.subscriptions] == ["http://ok.test/f"]
    assert [what for what, _ in found.refused] == ["javascript:alert(1)", "file:///etc/passwd", "http://z.test/"]
    assert found.lists == (("more", "http://l.test/more.opml"),)


def test_entities_are_not_expanded() -> None:
    """Entities of a document type, billions of laughs among them, stay unread; no file is opened."""
    bomb = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    text = bomb + body('<outline text="&b;&f;" xmlUrl="http://a.test/f"/>').partition("?>")[2]
    (one,) = read(text).subscriptions
    assert "haha" not in one.title and one.url == "http://a.test/f"


def test_other_documents_are_none() -> None:
    """A feed, a page and plain text are no OPML."""
    for text in ("<rss/>", "<html></html>", "hello", ""):
        assert opml.read(Page(url="x", body=text.encode())) is None


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(lambda text: " ".join(text.split()))


@given(
    st.lists(
        st.builds(
            Subscription,
            url=st.from_regex(r"http://[a-z]{1,9}\.test/[a-z0-9]{0,9}", fullmatch=True),
            kind=st.sampled_from(("feed", "sitemap", "section")),
            title=WORDS,
            site=st.sampled_from(("", "http://s.test/")),
            categories=WORDS.map(lambda name: ((name,),) if name else ()),
        ),
        unique_by=lambda one: (one.kind, one.url),
        max_size=12,
    )
)
def test_what_is_written_is_read_again(subscriptions: list[Subscription]) -> None:
    """Export and import are inverse: nothing is lost, changed or added."""
    again = read(opml.write("拓本", subscriptions))
    assert set(again.subscriptions) == set(subscriptions) and not again.refused
