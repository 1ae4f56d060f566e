"""The replay origin: stored bytes, and nothing of the app."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest

import rows

PAGE = "https://jilin.example/a/2023/1224/1.html?id=35"
AT = "/web/20231224124508"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_a_page_is_replayed_without_anything_that_acts(bare, archive):
    """Scripts and handlers are gone; images and styles come from the archive; nothing else may load or run."""
    answer = bare.get(f"{AT}/{PAGE}")
    page = answer.content.decode()
    assert answer.status_code == 200 and "owned" not in page and "onerror" not in page
    assert (
        f'src="{AT}im_/https://img.jilin.example/1.png"' in page
        and f'href="{AT}cs_/https://jilin.example/s.css"' in page
    )
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "sandbox" in policy
    assert "frame-ancestors http://127.0.0.1:8000" in policy and "allow-scripts" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff" and not answer.cookies and "X-Frame-Options" not in answer
    assert answer["Memento-Datetime"] == "Sun, 24 Dec 2023 12:45:08 GMT"


def test_links_stay_in_the_archive_where_it_holds_the_page_and_are_marked_where_it_does_not(bare, archive):
    """A held page is linked by its replay address, any other by its own with a mark."""
    page = bare.get(f"{AT}/{PAGE}").content.decode()
    assert f'<a href="{AT}/https://jilin.example/b.html" target="_top">' in page
    assert (
        '<a href="https://elsewhere.example/x?a=1&amp;b=2" data-outside="" rel="nofollow noreferrer" target="_top">'
        in page
    )


def test_raw_bytes_are_those_that_the_server_sent(bare, db, segments):
    """id_ gives the payload with its content coding, as text or as a file, never as a page."""
    body = gzip.compress("<script>alert(1)</script>快照".encode())
    rows.store(segments, "https://z.example/", body, headers=((b"Content-Encoding", b"gzip"),))
    answer = bare.get(f"{AT}id_/https://z.example/")
    assert answer.content == body and answer["Content-Encoding"] == "gzip"
    assert answer["Content-Type"] == "text/plain; charset=utf-8" and "sandbox" in answer["Content-Security-Policy"]
    assert "快照" in bare.get(f"{AT}/https://z.example/").content.decode()


@pytest.mark.parametrize(
    ("said", "body", "shown"),
    [
        ("image/png", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("text/html", PNG, "image/png"),
        ("application/pdf", b"%PDF-1.4", "application/octet-stream"),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml"),
    ],
)
def test_parts_are_served_by_what_they_are(bare, db, segments, said, body, shown):
    """The name that the server gave does not decide; what is neither image, style nor font is a file to keep."""
    rows.store(segments, "https://z.example/x", body, said, kind="requisite")
    answer = bare.get(f"{AT}im_/https://z.example/x")
    assert answer["Content-Type"] == shown and answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert ("Content-Disposition" in answer) == (shown == "application/octet-stream")


def test_style_sheets_point_into_the_archive(bare, archive):
    """What a style sheet loads comes from the archive too."""
    answer = bare.get(f"{AT}cs_/https://jilin.example/s.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert re.search(rb"url\(.?/web/20231224124508im_/https://jilin.example/bg.png", answer.content)


def test_a_redirect_leads_on_inside_the_archive(bare, db, segments):
    """A stored 301 is answered with one to the replay address of its target."""
    rows.store(segments, "https://z.example/old", b"", status=301, headers=((b"Location", b"/new?a=1"),))
    answer = bare.get(f"{AT}/https://z.example/old")
    assert answer.status_code == 302 and answer["Location"] == f"{AT}/https://z.example/new?a=1"


def test_an_unchanged_answer_shows_what_had_not_changed(bare, db, segments):
    """A 304 is replayed as the capture that it refers to."""
    _, first = rows.store(segments, "https://z.example/p", "<p>原来的".encode())
    later = rows.NOON + timedelta(days=1)
    rows.store(segments, "https://z.example/p", b"", "", time=later, status=304, revisit_of=first)
    answer = bare.get("/web/20231225124508/https://z.example/p")
    assert answer.status_code == 200 and "原来的" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    ("/", "/a/main/", "/index.atom", "/search?q=a", "/static/tuoben/tuoben.css", "/me/", "/healthz", "/web/", f"{AT}/",
     "/web/99999999999999/https://jilin.example/", "/web/2023/https://jilin.example/", f"{AT}/ftp://jilin.example/",
     f"{AT}/javascript:alert(1)", f"{AT}/https://never.example/", f"{AT}im_/https://never.example/", f"{AT}/%00",
     f"{AT}/https://u:p@jilin.example/a/2023/1224/1.html"),
)  # fmt: skip
def test_nothing_else_is_on_the_replay_origin(bare, archive, path):
    """No page of the app, no static file, no odd address: 404 in plain words, without cookies."""
    answer = bare.get(path)
    assert answer.status_code == 404 and not answer.cookies
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_listings_and_robots_are_not_replayed(bare, db, segments):
    """Feeds may hold what is hidden, so they are not shown."""
    rows.store(segments, "https://z.example/rss.xml", b"<rss/>", "text/xml", kind="listing")
    assert bare.get(f"{AT}id_/https://z.example/rss.xml").status_code == 404


def test_a_damaged_record_is_said_to_be_one(bare, archive, data, caplog):
    """The visitor reads a sentence; the log names the record."""
    for path in data.glob("archive/**/*.warc.gz"):
        path.write_bytes(path.read_bytes()[:700] + bytes(500) + path.read_bytes()[1200:])
    answer = bare.get(f"{AT}/{PAGE}")
    assert answer.status_code == 422 and "Traceback" not in answer.content.decode()
    assert "cannot be replayed" in caplog.text


def test_only_get_and_head(bare, archive):
    """Nothing can be sent to the replay origin."""
    assert bare.post(f"{AT}/{PAGE}").status_code in (403, 405)
    assert bare.head(f"{AT}/{PAGE}").status_code == 200
