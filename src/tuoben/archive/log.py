"""The log's arithmetic: a Merkle tree over entries, its proofs, its tiles and its checkpoints. Pure.

The tree and its proofs follow RFC 6962 (section 2.1) and RFC 9162 (2.1.3.2, 2.1.4.2 for verifying); tiles follow the
C2SP tlog-tiles form (height 8), checkpoints its tlog-checkpoint and signed-note forms with Ed25519.

A `Read` gives the hash of a complete subtree: (level, index) → hash over entries [index·2^level, (index+1)·2^level).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tuoben.errors import ArchiveError

HASH: Final = 32
HEIGHT: Final = 8
"""Levels of the tree in one tile."""
WIDTH: Final = 1 << HEIGHT
"""Hashes, or entries, in a full tile."""
LARGEST_ENTRY: Final = 0xFFFF
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
ED25519: Final = 1
"""The signature type of a note's key (C2SP signed-note)."""

Read = Callable[[int, int], bytes]


class NotProven(ArchiveError):
    """A proof, a checkpoint or a tile does not show what it is said to show; the message says why."""


# --- hashes -----------------------------------------------------------------------------------------------------------
def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def reader(leaves: Sequence[bytes]) -> Read:
    """A `Read` over leaf hashes in memory."""
    levels: list[list[bytes]] = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def root(read: Read, size: int) -> bytes:
    """Root of the tree over the first `size` entries."""
    return _range(read, 0, size) if size else EMPTY_ROOT


def _range(read: Read, start: int, end: int) -> bytes:
    """MTH(D[start:end]); `start` is a multiple of the smallest power of two that is not below the length."""
    length = end - start
    level = length.bit_length() - 1
    if length == 1 << level:
        return read(level, start >> level)
    half = 1 << level
    return node_hash(_range(read, start, start + half), _range(read, start + half, end))


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


# --- proofs -----------------------------------------------------------------------------------------------------------
def inclusion(read: Read, index: int, size: int) -> list[bytes]:
    """The audit path of entry `index` in the tree of `size` entries (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"there is no entry {index} in a log of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _half(end - start)
        if index < middle:
            path.append(_range(read, middle, end))
            end = middle
        else:
            path.append(_range(read, start, middle))
            start = middle
    return path[::-1]


def consistency(read: Read, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` entries is the beginning of that of `new` (RFC 6962 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"a log of {new} entries cannot be shown to extend one of {old}")
    path, start, end, known = [], 0, new, True
    while old != end:
        middle = start + _half(end - start)
        if old <= middle:
            path.append(_range(read, middle, end))
            end = middle
        else:
            path.append(_range(read, start, middle))
            start, known = middle, False
    if not known:
        path.append(_range(read, start, end))
    return path[::-1]


def verify_inclusion(entry_hash: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check an audit path (RFC 9162 2.1.3.2). Raises NotProven."""
    if not 0 <= index < size:
        raise NotProven(f"The proof is for entry {index} of a log that has {size}.")
    _whole(entry_hash, expected, *proof)
    at, last, result = index, size - 1, entry_hash
    for step in proof:
        if last == 0:
            raise NotProven("The inclusion proof is too long.")
        if at & 1 or at == last:
            result = node_hash(step, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, step)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProven("The inclusion proof is too short.")
    if result != expected:
        raise NotProven("The inclusion proof leads to another root.")


def _whole(*hashes: bytes) -> None:
    if any(len(one) != HASH for one in hashes):
        raise NotProven("A hash of the proof is not a SHA-256.")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that one root extends another (RFC 9162 2.1.4.2). Raises NotProven; a log of no entries proves nothing."""
    if not 0 < old <= new:
        raise NotProven(f"A log of {new} entries cannot extend one of {old}.")
    if old == new and (proof or old_root != new_root):
        raise NotProven("The same size has two roots." if old_root != new_root else "The proof should be empty.")
    if old < new:
        _verify_growth(old, new, (old_root, new_root), proof)


def _verify_growth(old: int, new: int, roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> None:
    old_root, new_root = roots
    _whole(old_root, new_root, *proof)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise NotProven("The consistency proof is empty.")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = path[0]
    for step in path[1:]:
        if last == 0:
            raise NotProven("The consistency proof is too long.")
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProven("The consistency proof is too short.")
    if was != old_root or now != new_root:
        raise NotProven("The consistency proof leads to other roots: the log was forked.")


# --- tiles ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes (`level` 0 and up), or of entries (`level` -1): number `index`, `width` hashes or entries."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where it lies: tile/<level>/<index>[.p/<width>], the index in groups of three digits."""
        digits = f"{self.index:03}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{'entries' if self.level < 0 else self.level}/{number}{partial}"


def new_tiles(old: int, new: int) -> Iterator[Tile]:
    """The tiles that have to be written when a log grows, entry bundles first, then hashes from the bottom."""
    for level in range(-1, 1 + max(new.bit_length() - 1, 0) // HEIGHT):
        shift = HEIGHT * max(level, 0)
        had, has = old >> shift, new >> shift
        for index in range(had // WIDTH, -(-has // WIDTH)):
            width = min(WIDTH, has - index * WIDTH)
            if width > had - index * WIDTH:
                yield Tile(level, index, width)


def tile_reader(load: Callable[[Tile], bytes], size: int) -> Read:
    """A `Read` over tiles of hashes of a log with `size` entries. `load` gives a tile's bytes; each is loaded once."""
    held: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        row, inside = divmod(level, HEIGHT)
        first = index << inside
        place = (row, first // WIDTH)
        if place not in held:
            there = (size >> (HEIGHT * row)) - place[1] * WIDTH
            tile = Tile(row, place[1], min(WIDTH, there))
            data = load(tile)
            if len(data) != tile.width * HASH:
                raise NotProven(f"{tile.path} is {len(data)} bytes long, not {tile.width * HASH}.")
            held[place] = data
        data, at = held[place], first % WIDTH
        hashes = [data[i * HASH : (i + 1) * HASH] for i in range(at, at + (1 << inside))]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    return read


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as one bundle: each behind its length in two bytes, the most significant first."""
    if any(len(entry) > LARGEST_ENTRY for entry in entries):
        raise ValueError(f"an entry of the log has at most {LARGEST_ENTRY} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises NotProven when it is cut."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise NotProven("A bundle of log entries is cut.")
        entries.append(data[at + 2 : end])
        at = end
    return entries


# --- checkpoints and notes ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log says of itself at one time: whose it is, how many entries it has, their root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes by which a note names an Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """A public key in the form that log clients take: name+id+key."""
    return f"{name}+{key_id(name, public_key).hex()}+{base64.b64encode(bytes([ED25519]) + public_key).decode()}"


def note(text: str, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """A text as a signed note."""
    blob = base64.b64encode(key_id(name, public_key) + sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {blob}\n"


def open_note(note: str) -> tuple[str, tuple[Signature, ...]]:
    """The text of a note and its signature lines, not verified yet. Raises NotProven when it is none."""
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise NotProven("This is not a signed note: there is no empty line before its signatures.")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, blob = rest.rpartition(" ")
        try:
            data = base64.b64decode(blob, validate=True)
        except binascii.Error:
            data = b""
        if dash != "\u2014" or not name or " " in name or "+" in name or len(data) < 5:
            raise NotProven(f"This is not the signature line of a note: {line[:80]!r}.")
        signatures.append(Signature(name, data[:4], data[4:]))
    return text + "\n", tuple(signatures)


def open_checkpoint(note: str, name: str, public_key: bytes, verify: Callable[[bytes, bytes], bool]) -> Checkpoint:
    """The checkpoint in a note signed by a key. Raises NotProven.

    `verify`: (signature, text) → whether the signature is the key's.
    """
    text, signatures = open_note(note)
    own = [one for one in signatures if one.name == name and one.key_id == key_id(name, public_key)]
    if not own:
        raise NotProven(f"The checkpoint is not signed by the key of {name}.")
    if not all(verify(one.signature, text.encode()) for one in own):
        raise NotProven(f"The signature of {name} under the checkpoint is wrong.")
    lines = text.split("\n")
    if (
        len(lines) < 4
        or not lines[0]
        or not lines[1].isascii()
        or not lines[1].isdigit()
        or str(int(lines[1])) != lines[1]
    ):
        raise NotProven("The signed note is no checkpoint.")
    try:
        digest = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise NotProven("The checkpoint's root is not base64.") from error
    if len(digest) != HASH:
        raise NotProven("The checkpoint's root is not a SHA-256.")
    return Checkpoint(lines[0], int(lines[1]), digest)
