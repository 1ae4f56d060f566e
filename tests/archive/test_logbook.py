"""The log on disk: it grows, survives, and tells every change of its past."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tuoben.archive import log, signing
from tuoben.archive.log import NotProven
from tuoben.archive.logbook import Logbook
from tuoben.archive.signing import Signer
from tuoben.errors import ArchiveError


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    (tmp_path / "keys").mkdir()
    return signing.prepare(tmp_path / "keys")


@pytest.fixture
def book(tmp_path: Path, signer: Signer) -> Logbook:
    return Logbook(tmp_path / "log", signer.key)


def entries(start: int, count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(start, start + count)]


def grown(book: Logbook, signer: Signer, *steps: int) -> int:
    size = 0
    for step in steps:
        book.append(entries(size, step), signer)
        size += step
    return size


def test_a_log_grows_by_any_steps(book: Logbook, signer: Signer) -> None:
    """However it was filled, entries, root and every proof are those of the whole."""
    size = grown(book, signer, 1, 2, 252, 1, 1, 300, 0, 9)
    hashes = [log.leaf_hash(entry) for entry in entries(0, size)]
    assert list(book.entries()) == entries(0, size)
    assert list(book.entries(250, 260)) == entries(250, 10)
    assert book.checkpoint().root == log.root(log.reader(hashes), size)
    for index in (0, 254, 255, 256, size - 1):
        proof = log.inclusion(book.reader(), index, size)
        log.verify_inclusion(hashes[index], index, size, proof, book.checkpoint().root)
    assert list(book.verify()) == []


def test_growth_is_consistent(book: Logbook, signer: Signer) -> None:
    """Each later checkpoint is proven to extend each earlier one."""
    points = []
    for step in (3, 200, 60, 600):
        points.append(book.append(entries(points[-1].size if points else 0, step), signer))
    for old in points:
        for new in points:
            if old.size <= new.size:
                proof = log.consistency(book.reader(), old.size, new.size)
                log.verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_a_crash_before_the_checkpoint_changes_nothing(book: Logbook, signer: Signer, tmp_path: Path) -> None:
    """Tiles of entries that no checkpoint speaks of yet are written over by the next ones."""
    grown(book, signer, 5)
    shutil.copytree(book.root, tmp_path / "kept")
    book.append([b"lost in the crash"] * 3, signer)
    for name in ("checkpoint",):
        shutil.copy(tmp_path / "kept" / name, book.root / name)
    (book.root / "checkpoints" / "000000000008").unlink()
    assert list(book.verify()) == []
    book.append(entries(5, 3), signer)
    assert list(book.entries()) == entries(0, 8)
    assert list(book.verify()) == []


@pytest.mark.parametrize(
    "name", ["tile/0/000", "tile/entries/000", "tile/1/000.p/1", "checkpoint", "checkpoints/000000000300"]
)
def test_a_flipped_bit_is_told(book: Logbook, signer: Signer, name: str) -> None:
    """Whichever file of the log is changed by one bit, verify says so."""
    grown(book, signer, 300, 10)
    path = book.root / name
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        data = bytearray(whole)
        data[place] ^= 1
        path.write_bytes(bytes(data))
        assert list(book.verify()), place


def test_a_cut_or_forked_log_is_told(book: Logbook, signer: Signer, tmp_path: Path) -> None:
    """An older checkpoint put back, and another history under the same key, are both seen by the checkpoints kept."""
    grown(book, signer, 10)
    older = (book.root / "checkpoint").read_bytes()
    book.append(entries(10, 5), signer)
    newest = (book.root / "checkpoint").read_bytes()
    (book.root / "checkpoint").write_bytes(older)
    assert any("cut off" in one for one in book.verify())
    (book.root / "checkpoint").write_bytes(newest)
    assert list(book.verify()) == []
    other = Logbook(tmp_path / "other", signer.key)
    other.append([b"another past", *entries(1, 14)], signer)
    shutil.copy(book.root / "checkpoints" / "000000000010", other.root / "checkpoints")
    assert any("past was changed" in one for one in other.verify())


def test_another_key_is_told(book: Logbook, signer: Signer, tmp_path: Path) -> None:
    """A checkpoint signed by a replaced key does not open."""
    grown(book, signer, 3)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / signing.NAME).write_text(f"{signer.key.name}\n")
    forged = signing.prepare(tmp_path / "new")
    (book.root / "checkpoint").write_text(forged.note(log.Checkpoint(signer.key.name, 3, bytes(32)).text()))
    with pytest.raises(NotProven):
        book.checkpoint()


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    """A second start finds the same key; the file is 0600; a broken or foreign one is named."""
    one, two = signing.prepare(tmp_path), signing.prepare(tmp_path)
    assert one.key == two.key
    assert (tmp_path / signing.FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / signing.NAME).write_text("two words\n")
    with pytest.raises(ArchiveError, match="one word"):
        signing.prepare(tmp_path)
    (tmp_path / signing.FILE).write_text("broken")
    with pytest.raises(ArchiveError, match="backup"):
        signing.prepare(tmp_path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(tmp_path: Path, signer: Signer) -> None:
    """What we sign, openssl verifies with the public key alone."""
    text = "a text\n"
    _, (signature,) = log.open_note(signer.note(text))
    for name, data in (("text", text.encode()), ("sig", signature.signature), ("key.pem", signer.key.pem().encode())):
        (tmp_path / name).write_bytes(data)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "sig",
    ]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_text("another\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
