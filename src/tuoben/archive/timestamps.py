"""RFC 3161 time stamps, asked for and checked with `openssl ts` as a child: what comes from an authority is foreign.

The authority is pinned: the first certificate of its PEM file must be the one that signed (or, for an authority that
changes its own, the issuer above it); any others only help to get there. Validity is judged at the time of the stamp:
a certificate that has run out since takes nothing from it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tuoben.archive.log import NotProven
from tuoben.errors import ArchiveError

LIMIT = 64 * 1024
"""Bytes of an answer at most."""
SECONDS = 30.0
_FIRST = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.S)
_TIME = re.compile(r"^Time stamp: (\w+ +\d+ \d+:\d+:\d+)(?:\.\d+)? (\d+) GMT$", re.M)


def query(data: bytes) -> bytes:
    """A request for a stamp on the SHA-256 of some bytes, with a nonce, and with the authority's certificates."""
    with tempfile.TemporaryDirectory(prefix="tuoben-ts-") as folder:
        _put(folder, data=data)
        _openssl(folder, "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        return Path(folder, "query").read_bytes()


def verify(answer: bytes, authority: bytes, *, data: bytes, asked: bytes = b"") -> datetime:
    """The time that an authority stamped some bytes at. Raises NotProven when it did not.

    `authority`: its certificates as PEM, the pinned one first. With `asked`, the answer must be the one to that query.
    """
    first = _FIRST.search(authority)
    if first is None:
        raise NotProven("The file of the time-stamp authority holds no certificate (PEM).")
    with tempfile.TemporaryDirectory(prefix="tuoben-ts-") as folder:
        _put(folder, answer=answer, data=data, asked=asked, pinned=first.group(), chain=authority)
        at = _time(folder)
        trust = ("-CAfile", "pinned", "-untrusted", "chain", "-partial_chain", "-attime", str(int(at.timestamp())))
        for told in (("-data", "data"), *([("-queryfile", "asked")] if asked else ())):
            _openssl(folder, "-verify", "-in", "answer", *told, *trust)
    return at


def _time(folder: str) -> datetime:
    """The time in the signed part of an answer: what is around it, anybody may have written."""
    _openssl(folder, "-reply", "-in", "answer", "-token_out", "-out", "token")
    found = _TIME.search(_openssl(folder, "-reply", "-token_in", "-in", "token", "-text"))
    if found is None:
        raise NotProven("The time stamp tells no time.")
    return datetime.strptime(f"{found[1]} {found[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)


def _put(folder: str, **files: bytes) -> None:
    for name, data in files.items():
        Path(folder, name).write_bytes(data)


def _openssl(folder: str, *call: str) -> str:
    """Run `openssl ts`; what it printed. Raises NotProven when it refuses, ArchiveError when it is not there."""
    try:
        done = subprocess.run(
            ["openssl", "ts", *call], cwd=folder, capture_output=True, timeout=SECONDS, check=False, env=_ENV
        )
    except FileNotFoundError as error:
        raise ArchiveError("Time stamps need the program openssl; install it (Debian: apt install openssl).") from error
    except subprocess.TimeoutExpired as error:
        raise NotProven("openssl took too long over a time stamp.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")
        why = next((line.rpartition(":")[2] or line for line in said if ":error:" in line), "openssl refuses it")
        detail = next((line.split("time stamp routines:")[1] for line in said if "time stamp routines:" in line), why)
        raise NotProven(f"The time stamp does not hold: {detail.split(':../')[0]}.")
    return done.stdout.decode("utf-8", "replace")


_ENV = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
