"""What a page in the browser may ask for: decisions, without a browser."""

from __future__ import annotations

import pytest

from tuoben.browse import Asked, Chromium, Limits, budget
from tuoben.browse.budget import Spent

PAGE = "http://a.test/1.html"


def asked(address: str = PAGE, method: str = "GET", kind: str = "XHR", **more) -> Asked:
    """A request."""
    return Asked(url=address, method=method, kind=kind, **more)


@pytest.mark.parametrize(("request_", "why"), [
    (asked(method="POST"), "reads, and changes nothing"),
    (asked(method="PUT"), "changes nothing"),
    (asked(method="HEAD"), "changes nothing"),
    (asked("file:///etc/passwd"), "only http and https"),
    (asked("ws://a.test/"), "only http and https"),
    (asked("chrome://version/", kind="Document"), "only http and https"),
    (asked(kind="Media"), "Media is not asked for"),
    (asked(kind="WebSocket"), "WebSocket is not"),
    (asked(kind="EventSource"), "EventSource is not"),
    (asked(kind="Ping"), "Ping is not"),
    (asked(kind="CSPViolationReport"), "is not asked for"),
    (asked(headers=(("Range", "bytes=0-"),)), "parts of files"),
    (asked(kind="Fetch", headers=(("Sec-Purpose", "prefetch"),)), "may need later"),
    (asked(kind="Other", headers=(("Accept", "image/avif,*/*"),)), "icon"),
])  # fmt: skip
def test_what_is_not_asked_for(request_: Asked, why: str) -> None:
    """Each refusal says why, and costs nothing of the budget."""
    spent = Spent(Limits(requests=1))
    assert why in spent.refusal(request_)
    assert spent.refusal(asked()) == ""


@pytest.mark.parametrize("kind", sorted(budget.KEPT))
def test_what_is_asked_for(kind: str) -> None:
    """Documents, style, pictures, fonts, programs and what those read."""
    assert Spent(Limits()).refusal(asked(kind=kind)) == ""


def test_a_budget_ends() -> None:
    """Requests, documents and bytes are counted; nothing is asked for beyond, and a body is never allowed more."""
    spent = Spent(Limits(requests=3, documents=1, bytes=1000, body=600))
    assert spent.refusal(asked(kind="Document", main=True)) == ""
    assert "went on to 1 documents" in spent.refusal(asked(kind="Document", main=True))
    assert spent.refusal(asked(kind="Document")) == "" and spent.left() == 600
    spent.took(600)
    assert spent.left() == 400 and spent.refusal(asked()) == ""
    assert "3 times already" in spent.refusal(asked())
    spent = Spent(Limits(bytes=1000))
    spent.took(1000)
    assert "already" in spent.refusal(asked()) and spent.left() == 1


def test_bodies_that_come_at_once_share_the_bytes() -> None:
    """Asked for while nothing had come, each was allowed: what goes beyond all of them together is not given."""
    spent = Spent(Limits(bytes=1000, body=600))
    assert [spent.refusal(asked()) for _ in range(3)] == [""] * 3
    assert [spent.took(600) == "", spent.took(600) == "", spent.took(400) == ""] == [True, False, True]


def test_what_goes_along_and_what_is_told() -> None:
    """Of a page's headers those that its server needs; of a response's none that binds, reports or keeps."""
    sent = (
        ("Accept", "*/*"), ("X-Api-Key", "public"), ("Cookie", "a=b"), ("User-Agent", "Mozilla"), ("Host", "evil"),
        ("Referer", PAGE), ("sec-ch-ua", "x"), ("X-Long", "x" * 2000), ("Origin", "http://a.test"),
    )  # fmt: skip
    assert [name for name, _ in budget.forwarded(sent)] == ["Accept", "X-Api-Key", "Referer", "Origin"]
    came = (
        (b"Content-Type", b"text/html"), (b"Set-Cookie", b"a=b"), (b"Content-Encoding", b"gzip"), (b"NEL", b"{}"),
        (b"Content-Security-Policy", b"default-src 'self'"), (b"Link", b"</x>; rel=preload"), (b"Transfer-Encoding", b"chunked"),
        (b"Strict-Transport-Security", b"max-age=1"), (b"Access-Control-Allow-Origin", b"*"), (b"Content-Length", b"9"),
        (b"X Odd", b"1"), (b"", b"1"), (b"X-Line", b"a\rb"), (b"X-Nul", b"a\0b"), ("X-名".encode(), b"1"),
    )  # fmt: skip
    assert [name for name, _ in budget.told(came)] == [
        "Content-Type", "Content-Security-Policy", "Access-Control-Allow-Origin",
    ]  # fmt: skip


def test_preflights_are_answered_here() -> None:
    """A CORS preflight is no request to anybody; other OPTIONS are refused like all that is not GET."""
    told = (("Origin", "http://a.test"), ("Access-Control-Request-Method", "GET"))
    answer = budget.preflight(asked(method="OPTIONS", headers=told))
    assert answer is not None and answer.status == 204
    assert dict(answer.headers)["Access-Control-Allow-Origin"] == "http://a.test"
    assert budget.preflight(asked(method="OPTIONS")) is None
    assert budget.preflight(asked(headers=told)) is None


def test_a_missing_program_is_said_in_one_sentence() -> None:
    """What to install, or to name."""
    why = Chromium(path="/no/such/chromium").missing()
    assert "apt install chromium" in why and "TUOBEN_CHROMIUM" in why and "\n" not in why
