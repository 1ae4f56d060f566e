"""What was stored moments ago is referred to before its rows are there."""

from __future__ import annotations

from outcomes import capture
from tuoben.archive import lately
from tuoben.archive.lately import Lately, apart
from tuoben.model import Kind


def test_of_equal_payloads_the_first_is_stored_first() -> None:
    """A batch is stored without what it repeats; what has no digest is nobody's copy."""
    assert apart("abcde", ["1", "", "1", "", "2"]) == (["a", "b", "d", "e"], ["c"])
    assert apart([], []) == ([], [])


def test_only_whole_payloads_are_remembered_and_not_for_ever(monkeypatch) -> None:
    """Errors, cut answers and records that repeat are none; the oldest go when there are too many."""
    monkeypatch.setattr(lately, "MOST", 2)
    held = Lately()
    one, two, three = (capture(f"http://a.test/{n}.png", Kind.REQUISITE, payload_digest=n) for n in "123")
    held.stored(one)
    for more in ({"status": 404}, {"truncated": "length"}, {"revisit_of": "urn:x"}):
        held.stored(capture("http://a.test/x.png", Kind.REQUISITE, payload_digest="x", **more))
    assert held.get("x") is None and held.get("1") == one
    held.stored(capture("http://b.test/1.png", Kind.REQUISITE, payload_digest="1"))
    assert held.get("1") == one
    held.stored(two)
    held.stored(three)
    assert (held.get("1"), held.get("2"), held.get("3")) == (None, two, three)
