"""What no visitor may break: odd addresses, odd values, foreign hosts, hostile texts in every field."""

from __future__ import annotations

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import rows
from tuoben import markup, model, shape
from tuoben.store import queries

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></script><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% debug %}",
    "\u202egnp.exe<!--",
    "a\x00b\x07c\x1b]]><x>",
)
VALUES = (
    "-1", "1000000000", "9" * 400, "", "1e9", "²", "\x00", '"', "*", "%", "NEAR(", "(" * 200, "a" * 10_000, "' OR 1=1--",
    "../../etc/passwd", "OR " * 1000, "来源:", "2024-13-40", "9999-12-31", "\ud800",
)  # fmt: skip
TAKEN = {
    "/search": ("q", "page", "since", "until", "sort", "category", "source"),
    "/search.json": ("q", "limit"),
    "/latest/": ("before", "limit", "lang"),
    "/index.atom": ("before", "limit"),
    "/me/": ("q",),
    "/a/main/": ("revision",),
    "/takedown/": ("article",),
}
ODD = (
    "/c/%2e%2e/", "/c/../../etc/passwd", "/a/%00/", "/a/..%5c/", "/static/%2e%2e/settings.py", "/c/%0a/", "/c/%ff%fe/",
    "/static/..%2f..%2fsettings.py", "/s/%E2%80%AE/", "/a/" + "x" * 5000 + "/", "/c/" + "国" * 900 + ".atom", "/admin/",
    "/index.rss", "/c/.atom", "/search.atomx", "/web/20231224124508/https://jilin.example/a/2023/1224/1.html?id=35",
)  # fmt: skip


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("path", TAKEN)
def test_no_value_of_any_parameter_breaks_a_page(app, archive, path):
    """Answers are 200, 400 or 404, never an error of ours."""
    for name in TAKEN[path]:
        for value in VALUES:
            said = {"q": "光学城"} | {name: value.encode("utf-8", "replace").decode()}
            assert app.get(path, said).status_code in (200, 400, 404), (path, name, value[:40])


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=200))
def test_no_query_breaks_the_search(app, archive, query):
    """Whatever is typed or pasted is answered."""
    assert app.get("/search", {"q": query.encode("utf-8", "replace").decode()}).status_code == 200


@pytest.mark.parametrize("path", ODD)
def test_an_odd_address_is_not_found_in_plain_words(app, archive, path):
    """404 with a page of ours; no file, no error, and stored bytes never on this origin."""
    answer = app.get(path, follow=True)
    assert answer.status_code == 404
    assert "没有找到这一页" in text(answer) and "Traceback" not in text(answer)


@pytest.mark.parametrize("host", ("evil.example", "127.0.0.1:8000@evil.example", "evil.example:80", "a b"))
def test_a_foreign_host_is_refused(app, archive, host):
    """400 in words for the operator, and no link of ours carries the name."""
    answer = app.get("/", headers={"Host": host})
    assert answer.status_code == 400 and "evil" not in text(answer)
    assert "evil" not in text(app.get("/a/main/", headers={"X-Forwarded-Host": "evil.example"}))


@pytest.mark.parametrize("method", ("post", "put", "delete", "patch"))
def test_pages_are_for_reading(app, archive, method):
    """Nothing but the language form takes anything else than GET and HEAD."""
    for path in ("/", "/a/main/", "/search", "/index.atom", "/me/", "/takedown/"):
        assert getattr(app, method)(path).status_code in (403, 405)


def test_head_has_the_headers_and_no_body(app, archive):
    """HEAD answers like GET without the content."""
    for path in ("/", "/a/main/", "/index.atom"):
        answer = app.head(path)
        assert answer.status_code == 200 and answer.content == b""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_in_any_field_comes_out_as_text(app, db, index, payload):
    """Titles, names, categories, captions, roles and bodies of attackers are text on every page and in every feed."""
    image = "https://evil.example/i.png"
    figure = f"<figure><img src='{image}' alt='{payload}'><figcaption>{payload}</figcaption></figure>"
    said = rows.content(
        "https://evil.example/1", title=payload, column=payload, category=payload, source=payload, lang=payload[:20],
        text=payload, html=f"<p>{payload}</p>{figure}", description=payload, authors=(payload,),
        roles=(model.Role(role=payload, name=payload),), reprinted_from=payload, original_title=payload,
        keywords=(payload,), images=(model.Image(url=image, alt=payload, lead=True),),
    )  # fmt: skip
    site = rows.source("evil", payload, why=payload, category=payload)
    rows.article("evil", site=site, said=said, group="g")
    twin = rows.content("https://evil.example/2", title=payload, category=payload)
    rows.article("twin", site=site, said=twin, group="g")
    rows.capture(image, kind="requisite", mime="image/png")
    index()
    pages = ("/", "/latest/", "/a/evil/", "/a/evil/original/", "/a/evil/revisions/", "/s/", "/s/evil/", "/c/", "/me/",
             "/search", "/takedown/?article=evil")  # fmt: skip
    for path in pages:
        for said in ({}, {"q": payload, "lang": "en"}):
            assert not _active(text(app.get(path, said))), path
    for path in ("/index.atom", "/s/evil.atom", "/index.json", "/a/evil.json"):
        assert app.get(path).status_code == 200
    assert "49" not in text(app.get("/a/evil/")).partition("<h1>")[2].partition("</h1>")[0]


OURS = ({"src": "/static/tuoben/tuoben.js", "defer": None}, {"type": "application/ld+json"})


def _active(page):
    """What a browser's parser would find in a page that does not come from our templates."""
    found = [character for character in ("\x00", "\x07") if character in page]
    for node in markup.parse(page).css("*"):
        said = node.attributes
        acts = node.tag in ("svg", "x", "object", "embed", "base") or any(name.startswith("on") for name in said)
        foreign = node.tag == "script" and not any(said.keys() == ours.keys() for ours in OURS)
        leads = any(
            (said.get(name) or "").strip().lower().startswith("javascript:") for name in ("href", "src", "action")
        )
        if acts or foreign or leads:
            found.append(node.html)
    return found


def test_an_error_of_ours_is_a_page_in_words(app, archive, monkeypatch):
    """A fault inside shows no trace to the visitor, also when the rows cannot be read at all."""

    def fail(*args, **kwargs):
        raise DatabaseError("disk I/O error")

    app.raise_request_exception = False
    for name in ("latest", "categories", "paused"):
        monkeypatch.setattr(queries, name, fail)
    answer = app.get("/latest/")
    assert answer.status_code == 500 and "这里出了错" in text(answer) and "disk" not in text(answer)


def test_the_json_shape_holds_what_was_said(app, archive, said):
    """What extraction said is in the article's JSON as it was said, the body apart."""
    data = app.get("/a/main.json").json()
    assert data["roles"] == shape.extracted_json(said)["roles"]
