"""Bytes to text and tree, inside limits."""

import gzip
import time
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tuoben import markup
from tuoben.errors import LimitExceeded
from tuoben.model import Page

CODINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}
CHINESE = "<html><head>{}</head><body><p>昨日，本市的图书馆在新的地方开门，来的人不少，大家都说这里的书很多。</p></body></html>"


@given(body=st.binary(max_size=4000), coding=st.sampled_from(sorted(CODINGS)))
def test_what_was_packed_is_unpacked(body, coding):
    """Inflating undoes each content coding."""
    assert markup.inflate(CODINGS[coding](body), coding) == body


def test_a_list_of_codings_is_undone_from_its_end():
    """Content-Encoding lists the codings in the order they were applied."""
    assert markup.inflate(gzip.compress(brotli.compress(b"hello")), "br, gzip") == b"hello"


def test_a_cut_stream_gives_what_came():
    """A gzip body that breaks off gives its beginning."""
    whole = bytes(range(256)) * 400
    cut = markup.inflate(gzip.compress(whole)[:-40], "gzip")
    assert cut and whole.startswith(cut)


def test_a_wrong_label_leaves_the_bytes():
    """A body that is not packed at all is the document, whatever the header says."""
    assert markup.inflate(b"<p>plain</p>", "gzip") == b"<p>plain</p>"


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_a_bomb_is_refused(coding):
    """A small body that inflates without end raises LimitExceeded."""
    with pytest.raises(LimitExceeded):
        markup.inflate(CODINGS[coding](bytes(30 << 20)), coding)


@pytest.mark.parametrize(
    ("codec", "declared", "expected"),
    [
        ("gb18030", "gb2312", "gb18030"),
        ("gb18030", "utf-8", "gb18030"),
        ("gb18030", "", "gb18030"),
        ("gb18030", "iso-8859-1", "gb18030"),
        ("utf-8", "gb2312", "utf-8"),
        ("utf-8", "", "utf-8"),
    ],
)
def test_the_bytes_decide_the_encoding(codec, declared, expected):
    """A wrong or missing declaration is seen through."""
    text = CHINESE.format(f'<meta charset="{declared}">' if declared else "")
    decoded = markup.decode(text.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.flawed) == (text, expected, False)


def test_a_byte_order_mark_wins():
    """A BOM decides before anything else."""
    decoded = markup.decode(b"\xff\xfe" + "新闻".encode("utf-16-le"), "text/html; charset=gbk")
    assert (decoded.text, decoded.origin) == ("新闻", "bom")


@given(st.binary(max_size=2000))
def test_any_bytes_decode(body):
    """Decoding never raises."""
    assert isinstance(markup.decode(body).text, str)


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 40000,
        "<a " + " ".join(f"a{n}=1" for n in range(40000)) + ">",
        "<b><i>" * 20000,
        "<p><font color=1>x" * 50000,
    ],
    ids=["depth", "attributes", "formatting", "paragraphs"],
)
def test_floods_are_refused_quickly(text):
    """Nesting and attribute floods raise LimitExceeded in well under a second."""
    start = time.process_time()
    with pytest.raises(LimitExceeded):
        markup.parse(text)
    assert time.process_time() - start < 1.0


def test_a_long_script_is_no_tag():
    """Script text that looks like a tag with thousands of attributes does not refuse the page."""
    tree = markup.parse("<script>if (a<b " + "c d e " * 5000 + ")</script><p>ok</p>")
    assert tree.css_first("p") is not None


def test_a_page_is_read_in_one_go():
    """document() inflates, decodes and parses."""
    page = Page(url="https://example.com/", body=gzip.compress(b"<p>hi\0</p>"), content_encoding="gzip")
    decoded, tree = markup.document(page)
    assert decoded.encoding == "utf-8"
    assert tree.css_first("p").text() == "hi"
