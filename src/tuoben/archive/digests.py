"""The digests that a record's header tells, held against its bytes as they pass."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from tuoben.archive import warc

_CHUNKED_LIMIT = 64 * 1024 * 1024
_ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")


class Sums:
    """The digests of a record's block and payload, computed as the block passes. `get` gives its header fields; `keep`:
    the chunked coding may have been kept, as other writers do."""

    def __init__(self, get: Callable[[str], str], *, keep: bool) -> None:
        self._get = get
        kind = get("WARC-Type")
        self._block = _Expected(get("WARC-Block-Digest"))
        self._payload = _Expected("" if kind == "revisit" else get("WARC-Payload-Digest"))
        self._http = get("Content-Type").lower().startswith("application/http")
        self._head: bytearray | None = bytearray() if self._http else None
        self._chunked = False
        self._keep = keep
        self._body = bytearray()

    def add(self, part: bytes) -> None:
        """The next bytes of the block."""
        self._block.add(part)
        if self._head is not None:
            self._head += part
            head, found, part = bytes(self._head).partition(b"\r\n\r\n")
            if not found:
                return
            self._chunked = self._keep and b"chunked" in head.lower()
            self._head = None
        self._payload.add(part)
        if self._chunked and len(self._body) <= _CHUNKED_LIMIT:
            self._body += part

    def faults(self) -> list[str]:
        """What does not fit, when all has passed."""
        out = []
        if not self._block.met():
            out.append("the block does not fit its WARC-Block-Digest")
        if not self._payload.met() and not self._met_unchunked():
            out.append("the payload does not fit its WARC-Payload-Digest")
        return out

    def _met_unchunked(self) -> bool:
        """Other writers keep the chunked coding and take the digest without it."""
        body = warc.dechunk(bytes(self._body)) if self._chunked else None
        if body is None:
            return False
        expected = _Expected(self._get("WARC-Payload-Digest"))
        expected.add(body)
        return expected.met()


class ForeignSum:
    """The digest of an imported record, header and line ends and all: what it says of itself is not held against us."""

    def __init__(self, digest: str, head: bytes) -> None:
        self._expected = _Expected(digest)
        self._expected.add(head)

    def add(self, part: bytes) -> None:
        """The next bytes of the block."""
        self._expected.add(part)

    def faults(self) -> list[str]:
        """What does not fit, when all has passed."""
        self._expected.add(b"\r\n\r\n")
        return [] if self._expected.met() else ["the imported record is not the one that was taken in"]


class _Expected:
    """A digest as a WARC header field has it (base32, hex or base64), to be met. Unknown algorithms are met."""

    def __init__(self, value: str) -> None:
        label, _, text = value.partition(":")
        label = label.strip().lower().replace("-", "")
        self._text = text.strip()
        self._hash = hashlib.new(label, usedforsecurity=False) if label in _ALGORITHMS else None

    def add(self, part: bytes) -> None:
        if self._hash is not None:
            self._hash.update(part)

    def met(self) -> bool:
        if self._hash is None:
            return True
        found, text = self._hash.digest(), self._text.rstrip("=").encode("ascii", "replace")
        if len(text) == 2 * len(found):
            return text.lower() == binascii.hexlify(found)
        if text.upper() == base64.b32encode(found).rstrip(b"="):
            return True
        return text in (base64.b64encode(found).rstrip(b"="), base64.urlsafe_b64encode(found).rstrip(b"="))
