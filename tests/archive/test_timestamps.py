"""Time stamps of a real authority hold; those of others, over other bytes, or changed, do not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stamping import Authority
from tuoben.archive import timestamps
from tuoben.archive.log import NotProven
from tuoben.errors import ArchiveError

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority(tmp_path_factory.mktemp("tsa") / "one") as authority:
        yield authority


def test_a_stamp_holds(authority: Authority) -> None:
    """The time in the answer to our query is now, under the authority's certificate or its issuer's."""
    asked = timestamps.query(b"checkpoint")
    answer = authority.answer(asked)
    whole = authority.certificates.read_bytes()
    for pinned in (whole, (authority.folder / "tsa.pem").read_bytes(), (authority.folder / "ca.pem").read_bytes()):
        at = timestamps.verify(answer, pinned, data=b"checkpoint", asked=asked)
        assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)


def test_what_does_not_hold(authority: Authority, tmp_path: Path) -> None:
    """Other bytes, another query, another authority of the same name, no stamp at all, no certificate: each is told."""
    asked = timestamps.query(b"checkpoint")
    answer, own = authority.answer(asked), authority.certificates.read_bytes()
    with Authority(tmp_path / "twin") as twin:
        forged = twin.answer(asked)
    for told, pinned, data, query in (
        (answer, own, b"another", b""),
        (answer, own, b"checkpoint", timestamps.query(b"checkpoint")),
        (forged, own, b"checkpoint", b""),
        (answer, twin.certificates.read_bytes(), b"checkpoint", b""),
        (b"no stamp", own, b"checkpoint", b""),
        (b"", own, b"checkpoint", b""),
        (answer, b"no certificate", b"checkpoint", b""),
    ):
        with pytest.raises(NotProven):
            timestamps.verify(told, pinned, data=data, asked=query)
    timestamps.verify(forged, twin.certificates.read_bytes(), data=b"checkpoint")


def test_every_changed_byte_of_the_signed_part(authority: Authority) -> None:
    """No change in an answer goes unseen, but in what nobody signed (the status around the token)."""
    answer, own = authority.answer(timestamps.query(b"x")), authority.certificates.read_bytes()
    at = timestamps.verify(answer, own, data=b"x")
    for place in range(12, len(answer), 97):
        changed = bytearray(answer)
        changed[place] ^= 0x10
        try:
            assert timestamps.verify(bytes(changed), own, data=b"x") == at, place
        except NotProven:
            continue


def test_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where openssl is missing, one sentence says so."""
    monkeypatch.setattr(timestamps, "_ENV", {"PATH": "/nowhere"})
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ArchiveError, match="install"):
        timestamps.query(b"x")
