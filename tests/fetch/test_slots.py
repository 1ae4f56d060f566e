"""Who may be asked besides those under way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben.fetch.slots import BODIES, HANGING, OF_SITE, SLOW, UNDER_WAY, UNSETTLED, Slots


def filled(count: int, now: float = 0.0) -> Slots:
    """Slots with so many exchanges under way, each of a site of its own."""
    slots = Slots()
    for number in range(count):
        slots.ask(number, f"s{number}.test", now)
    return slots


def test_what_hangs_gives_its_slot_back() -> None:
    """All slots are taken at first; a few seconds later the same exchanges leave room for as many again."""
    slots = filled(UNDER_WAY)
    assert slots.room(1.0) == 0
    assert slots.room(SLOW + 1.0) == UNDER_WAY and slots.hanging(SLOW + 1.0) == UNDER_WAY
    assert filled(UNDER_WAY + HANGING).room(SLOW + 1.0) == 0


def test_bodies_that_wait_fill_the_memory() -> None:
    """Nothing is asked for while unsettled bodies are over their memory, or too many wait."""
    slots = filled(2)
    slots.answered(0, BODIES + 1)
    assert slots.room(0.0) == 0
    slots.settled(0)
    assert slots.room(0.0) == UNDER_WAY - 1
    slots = filled(UNSETTLED)
    for number in range(UNSETTLED):
        slots.answered(number, 10)
    assert slots.room(0.0) == 0


def test_a_site_has_a_few_from_the_claim_to_the_commit() -> None:
    """What a site has left counts those under way and those that wait to be committed."""
    slots = Slots()
    for number in range(3):
        slots.ask(number, "evil.test", 0.0)
    slots.answered(0, 5)
    assert slots.left() == {"evil.test": OF_SITE - 3}
    slots.settled(0)
    slots.settled(1)
    slots.settled(2)
    assert slots.left() == {} and len(slots) == 0


@given(st.lists(st.tuples(st.sampled_from("aas"), st.integers(0, 20)), max_size=80))
def test_the_books_balance(steps: list[tuple[str, int]]) -> None:
    """Whatever happens in whatever order, all is free when all is settled."""
    slots, asked = Slots(), set()
    for what, key in steps:
        if what == "a" and key not in asked:
            slots.ask(key, f"{key % 3}.test", 0.0)
            slots.answered(key, key)
            asked.add(key)
        elif what == "s" and key in asked:
            slots.settled(key)
            asked.discard(key)
        assert len(slots) == len(asked)
    for key in asked:
        slots.settled(key)
    assert (len(slots), slots.left(), slots.room(0.0)) == (0, {}, UNDER_WAY)
