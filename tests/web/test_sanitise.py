"""Bodies made safe."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tuoben.web import sanitise

BELOW = "http://127.0.0.1:8001/web/"


def clean(source, **more):
    values = {
        "base": "https://paper.example/n/1.html",
        "picture": lambda url: BELOW + "1im_/" + url,
        "pictures_below": BELOW,
    }
    return sanitise.body(source, **values | more)


def test_headings_stand_below_the_headline_without_a_gap():
    """Whatever levels the publisher used, ours begin at two and skip none on the way down."""
    for source in ("<h1>a</h1><h4>b</h4><h6>c</h6>", "<h5>a</h5><h2>b</h2><h5>c</h5>", "<h3>a</h3>"):
        levels = [int(level) for level in re.findall(r"<h(\d)>", clean(source).html)]
        assert levels[0] == 2 and all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_images_come_from_the_archive_or_not_at_all():
    """Relative addresses are resolved; what is not held is counted and gone; nothing else may be a source."""
    source = '<img src="/a.png" alt="x"><img src="https://o.example/b.png"><img src="data:image/png;base64,AA"><img>'
    found = clean(source, picture=lambda url: BELOW + url if url.endswith("a.png") else "")
    assert (
        found.html.count("<img") == 1
        and f'src="{BELOW}https://paper.example/a.png"' in found.html
        and found.missing == 1
    )
    assert "evil" not in clean(source, picture=lambda url: "https://evil.example/x").html


def test_alts_that_repeat_the_headline_are_silent():
    """A screen reader does not hear the headline five times."""
    assert 'alt=""' in clean('<img src="/a.png" alt=" 标题 ">', title="标题").html
    assert 'alt=""' in clean('<img src="/a.png" alt="别的">', silent={"https://paper.example/a.png"}).html
    assert 'alt="别的"' in clean('<img src="/a.png" alt="别的">').html


def test_links_are_absolute_or_text():
    """Relative links are resolved, anchors and odd schemes become text, and nobody is told where a reader came from."""
    found = clean(
        '<a href="b.html">甲</a><a href="#x">乙</a><a href="javascript:x">丙</a><a href="mailto:a@b">丁</a>'
    ).html
    assert found == '<a href="https://paper.example/n/b.html" rel="nofollow noreferrer">甲</a>乙丙丁'


def test_a_body_over_the_limits_is_shown_as_its_text():
    """A bomb of a body is not parsed; its plain text is escaped."""
    found = clean("<div>" * 200_000, text="正文 <b>\n\n第二段")
    assert found.html == "<p>正文 &lt;b&gt;</p><p>第二段</p>"


@given(st.text(alphabet=st.sampled_from("<>/\"'=& \n\tabhimgsrcpx:;-!`\\\0")))
def test_cleaning_is_final(source):
    """Cleaning twice changes nothing: what was written is what a parser reads."""
    once = clean(source).html
    assert clean(once, picture=lambda url: url).html == once
