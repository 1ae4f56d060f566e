"""The Merkle log: roots, proofs, tiles, checkpoints."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuoben.archive import log
from tuoben.archive.log import Checkpoint, NotProven, Tile


def slow_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 2.1 writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return log.node_hash(slow_root(leaves[:half]), slow_root(leaves[half:]))


def leaves(count: int) -> list[bytes]:
    return [log.leaf_hash(str(number).encode()) for number in range(count)]


@given(st.integers(0, 600))
@settings(max_examples=60)
def test_the_root_is_that_of_the_standard(size: int) -> None:
    """The root over any number of entries is MTH of RFC 6962."""
    found = leaves(size)
    assert log.root(log.reader(found), size) == slow_root(found)


@given(st.data())
@settings(max_examples=200)
def test_every_entry_is_proven_in_every_later_log(data: st.DataObject) -> None:
    """An inclusion proof verifies, and does not for another entry, place, size or root."""
    size = data.draw(st.integers(1, 700))
    index = data.draw(st.integers(0, size - 1))
    found = leaves(size)
    read = log.reader(found)
    proof, root = log.inclusion(read, index, size), log.root(read, size)
    log.verify_inclusion(found[index], index, size, proof, root)
    wrong = [
        (log.leaf_hash(b"x"), index, size, proof, root),
        (found[index], size, size, proof, root),
        (found[index], index, size, [*proof, root], root),
        (found[index], index, size, proof, log.leaf_hash(b"y")),
        *([(found[index], index, size, proof[:-1], root)] if proof else []),
    ]
    for case in wrong:
        with pytest.raises(NotProven):
            log.verify_inclusion(*case)


@given(st.data())
@settings(max_examples=200)
def test_growth_is_proven_and_forks_are_not(data: st.DataObject) -> None:
    """A consistency proof verifies between any two sizes of one log, and never for a log whose past was changed."""
    new = data.draw(st.integers(1, 700))
    old = data.draw(st.integers(1, new))
    found = leaves(new)
    read = log.reader(found)
    proof = log.consistency(read, old, new)
    old_root, new_root = log.root(read, old), log.root(read, new)
    log.verify_consistency(old, new, old_root, new_root, proof)
    forked = list(found)
    forked[data.draw(st.integers(0, old - 1))] = log.leaf_hash(b"another past")
    other = log.reader(forked)
    with pytest.raises(NotProven):
        log.verify_consistency(old, new, old_root, log.root(other, new), log.consistency(other, old, new))
    with pytest.raises(NotProven):
        log.verify_consistency(0, new, log.EMPTY_ROOT, new_root, proof)


@given(st.integers(1, 3000), st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_tiles_hold_the_tree(size: int, more: int) -> None:
    """A log that grows writes exactly the tiles that changed, and they give the same roots and proofs."""
    held: dict[str, bytes] = {}
    found = leaves(size + more)

    def grow(old: int, new: int) -> None:
        read = log.reader(found[:new])
        for tile in log.new_tiles(old, new):
            assert tile.path not in held or tile.width < log.WIDTH
            if tile.level >= 0:
                places = range(tile.index * log.WIDTH, tile.index * log.WIDTH + tile.width)
                held[tile.path] = b"".join(read(tile.level * log.HEIGHT, place) for place in places)

    grow(0, size)
    grow(size, size + more)
    for now in (size, size + more):
        read = log.tile_reader(lambda tile: held[tile.path], now)
        assert log.root(read, now) == log.root(log.reader(found[:now]), now)
        log.verify_inclusion(found[now // 2], now // 2, now, log.inclusion(read, now // 2, now), log.root(read, now))


def test_tile_paths_are_those_of_the_form() -> None:
    """Indices stand in groups of three digits, partial tiles in a folder of their own, entries beside the levels."""
    assert Tile(0, 0, 256).path == "tile/0/000"
    assert Tile(1, 1234067, 256).path == "tile/1/x001/x234/067"
    assert Tile(0, 1234067, 8).path == "tile/0/x001/x234/067.p/8"
    assert Tile(-1, 999, 3).path == "tile/entries/999.p/3"
    assert Tile(2, 1000, 256).path == "tile/2/x001/000"


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_come_back(entries: list[bytes]) -> None:
    """Entries come out of their bundle as they went in; a bundle that was cut is refused."""
    data = log.bundle(entries)
    assert log.unbundle(data) == entries
    if data:
        with pytest.raises(NotProven):
            assert log.unbundle(data[:-1]) == "cut"


def test_an_entry_that_is_too_long_is_refused() -> None:
    """A bundle's lengths have two bytes."""
    with pytest.raises(ValueError, match="65535"):
        log.bundle([b"x" * 65536])


def signed(text: bytes) -> bytes:
    return hashlib.sha512(b"key" + text).digest()


def good(signature: bytes, text: bytes) -> bool:
    return signature == signed(text)


def test_a_checkpoint_opens_with_its_key_alone() -> None:
    """A note gives its checkpoint back; another name, key, signature or text does not."""
    point = Checkpoint("archive.example/log", 7, log.leaf_hash(b"x"))
    key = b"k" * 32
    note = log.note(point.text(), "archive.example/log", key, signed)
    assert log.open_checkpoint(note, "archive.example/log", key, good) == point
    assert note.split("\n")[1] == "7"
    for name, other, text in (
        ("else.example", key, note),
        ("archive.example/log", b"z" * 32, note),
        ("archive.example/log", key, note.replace("\n7\n", "\n8\n")),
        ("archive.example/log", key, note[:-5] + "AAA=\n"),
        ("archive.example/log", key, "no note"),
        ("archive.example/log", key, note.replace("\u2014", "-")),
    ):
        with pytest.raises(NotProven):
            log.open_checkpoint(text, name, other, good)


@pytest.mark.parametrize("text", ["", "a\n", "a\n07\nAA==\n", "a\n1\nAA==\n", "a\n1\n!!!\n", "a\n²\nAA==\n"])
def test_a_signed_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    """A right signature under something else proves nothing."""
    key = b"k" * 32
    with pytest.raises(NotProven):
        log.open_checkpoint(log.note(text, "n", key, signed), "n", key, good)


@given(st.text(max_size=200))
def test_garbage_is_no_note(text: str) -> None:
    """Any text is opened or refused, never a crash."""
    with suppress(NotProven):
        log.open_note(text)


def test_the_key_has_its_written_form() -> None:
    """name+id+key, the id taken from name, type and key."""
    written = log.verifier_key("a.example", bytes(32))
    assert written.startswith(f"a.example+{log.key_id('a.example', bytes(32)).hex()}+AQ")
