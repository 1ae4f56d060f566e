"""Full texts in feeds: measured, left out of what travels, found again; and no text is lost silently."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from tuoben import discover
from tuoben.discover import entries, feed
from tuoben.model import Link, Page

URL = "https://a.test/feed.xml"
TEXT = "西城片区供水管网改造已经完成，居民恢复用水。" * 30


def rss(body: str, title: str = "T", link: str = "/1.html", declared: str = "utf-8") -> str:
    """A feed with one entry, its content escaped."""
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return (
        f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0" {space}><channel><title>C</title><item>'
        f"<title>{title}</title><link>{link}</link><content:encoded>{html.escape(body)}</content:encoded></item></channel></rss>"
    )


def test_links_carry_the_measure_and_not_the_text() -> None:
    """What is announced has no text but its length; the same page gives the text again."""
    page = Page(url=URL, body=rss(f"<p>{TEXT}</p>").encode())
    found, _ = discover.announced("feed", page)
    (link,) = found.links
    assert link.body_html == "" and link.length >= discover.FULL and len(link.summary) <= entries.LONGEST_SUMMARY
    assert discover.bodies("feed", page, (link.url,)) == {link.url: f"<p>{TEXT}</p>"}
    assert discover.bodies("feed", page, ("https://a.test/other.html",)) == {}


def test_excerpts_are_no_full_texts() -> None:
    """A text that breaks off, or says that there is more, counts nothing; a short one too little."""
    for end in ("…", "[...]", "Read more »", "阅读全文"):
        assert entries.length(f"<p>{TEXT}</p><p>{end}</p>") == 0
    assert entries.length("<p>" + "短" * 300 + "</p>") > 0
    assert entries.length("<p>一句话。</p>") == 0


def test_an_entry_is_a_document_of_its_own() -> None:
    """Headline, language and text, under the article's address, with what the feed's headers ask for."""
    listing = Page(url=URL, body=b"", headers=(("x-robots-tag", "noarchive"),))
    page = discover.document(Link(url="https://a.test/1", title="A <b> & c", lang="zh"), "<p>x</p>", listing)
    assert page.url == "https://a.test/1" and page.header("X-Robots-Tag") == "noarchive"
    assert b'<html lang="zh">' in page.body and b"<h1>A &lt;b&gt; &amp; c</h1><p>x</p>" in page.body


PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Z"), exclude_characters="<>&\ufeff"),
    min_size=1,
)


@given(PLAIN, PLAIN, st.sampled_from(["&", " & ", "&nbsp;", "&foo;", "&copy", "&amp;", "&&"]))
def test_bare_ampersands_and_unknown_entities_lose_nothing(before: str, after: str, mark: str) -> None:
    """What stands on both sides of an ampersand in a headline is all there."""
    (link,) = feed.links(Page(url=URL, body=rss("x", title=before + mark + after).encode())).links
    wanted = "".join((before + html.unescape(mark) + after).split())
    assert "".join(link.title.split()) in (wanted, "".join(html.unescape(wanted).split()))


CHINESE = st.text(
    st.sampled_from("朱镕基赵紫阳的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动"),
    min_size=12,
)


@given(
    CHINESE, st.sampled_from([("gb2312", "gb18030"), ("utf-8", "gb18030"), ("gbk", "utf-8"), ("iso-8859-1", "utf-8")])
)
def test_wrong_encodings_lose_nothing(text: str, case: tuple[str, str]) -> None:
    """GBK declared as gb2312 or UTF-8, UTF-8 declared as something else: headline and link are read right."""
    declared, real = case
    body = rss("x", title=text + "的报道", link="/a/1.html?a=1&b=2", declared=declared).encode(real)
    (link,) = feed.links(Page(url=URL, body=body)).links
    assert link.title == text + "的报道" and link.url == "https://a.test/a/1.html?a=1&b=2"


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<br>", "<![CDATA[", "]]>", "&", "&#0;", "\x0c", "<", "</item>", "<!--"]),
        max_size=6,
    )
)
def test_broken_descriptions_do_not_take_the_headline(junk: list[str]) -> None:
    """Whatever stands in one description, entries before it are whole."""
    text = (
        '<rss version="2.0"><channel><item><title>第一条新闻</title><link>https://a.test/1</link></item>'
        f"<item><title>b</title><link>https://a.test/2</link><description>{''.join(junk)}</description></item></channel></rss>"
    )
    links = feed.links(Page(url=URL, body=text.encode())).links
    assert links and (links[0].url, links[0].title) == ("https://a.test/1", "第一条新闻")


def test_a_doctype_in_a_text_is_text() -> None:
    """ "<!DOCTYPE" behind the root element is no document type."""
    text = "<rss><channel><item><link>https://a.test/1</link><title><![CDATA[What <!DOCTYPE html> means]]></title></item></channel></rss>"
    assert "means" in feed.links(Page(url=URL, body=text.encode())).links[0].title
