"""Time-stamp answers of other programs, good and hostile (../shared/conformance/rfc3161): all decided right."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tuoben.archive import timestamps
from tuoben.archive.log import NotProven

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DATA = SHARED / "conformance" / "rfc3161"
pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
HELLO = b"hello"


def pinned(folder: str) -> bytes:
    return (DATA / folder / "ts_chain.pem").read_bytes()


def answer(name: str) -> bytes:
    return (DATA / name).read_bytes()


@pytest.mark.parametrize("name", ["response-sha256", "response-sha384", "response-sha512", "response-no-embedded-cert"])
def test_good_answers(name: str) -> None:
    """Genuine answers hold under the pinned certificate, of any hash, and without a certificate inside."""
    assert timestamps.verify(answer(f"sigstage/{name}.tsr"), pinned("sigstage"), data=HELLO).year >= 2024


def test_an_expired_certificate_takes_nothing_away() -> None:
    """Validity is judged at the time of the stamp."""
    told = timestamps.verify(
        answer("sigstore.mock/response-expired.tsr"), pinned("sigstore.mock"), data=answer("sigstore.mock/payload")
    )
    assert told.year == 2023


@pytest.mark.parametrize("name", ["response", "response-injected-certs"])
def test_the_pinned_certificate_decides(name: str) -> None:
    """Certificates that were slipped in change nothing: the genuine signature is the pinned one's."""
    asked = answer("test_tsa/request.der")
    told = timestamps.verify(answer(f"test_tsa/{name}.tsr"), pinned("test_tsa"), data=HELLO, asked=asked)
    assert told.year == 2024


@pytest.mark.parametrize(
    ("name", "folder", "asked"),
    [
        ("sigstage/response-invalid-signature.tsr", "sigstage", ""),
        ("test_tsa/other_response.tsr", "test_tsa", "test_tsa/request.der"),
        ("test_tsa/response.tsr", "test_tsa", "test_tsa/other_request.der"),
        ("test_tsa/response.tsr", "sigstage", "test_tsa/request.der"),
        ("test_tsa/response-injected-certs.tsr", "sigstore.mock", "test_tsa/request.der"),
    ],
)
def test_bad_answers(name: str, folder: str, asked: str) -> None:
    """A wrong signature, another hash, another nonce, another authority: refused."""
    with pytest.raises(NotProven):
        timestamps.verify(answer(name), pinned(folder), data=HELLO, asked=answer(asked) if asked else b"")


def test_other_bytes() -> None:
    """An answer over other bytes is refused."""
    with pytest.raises(NotProven):
        timestamps.verify(answer("sigstage/response-sha256.tsr"), pinned("sigstage"), data=b"hallo")
