"""The archive's Ed25519 key: made once, kept in keys/ (0600), and the name it signs under, which never changes. And the
signatures of others, in the packages that come from them.
"""

from __future__ import annotations

import base64
import os
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tuoben.archive import log
from tuoben.archive.log import Checkpoint, NotProven
from tuoben.archive.reading import sync_directory
from tuoben.errors import ArchiveError

FILE = "log-key.pem"
NAME = "log-name"
ROOTS = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the certificates that they trust; SSL_CERT_FILE comes first, as with OpenSSL."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the name that it signs under."""

    name: str
    public: bytes

    @property
    def written(self) -> str:
        """The form that clients of a log take."""
        return log.verifier_key(self.name, self.public)

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether a signature under a text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint in a note signed by this key. Raises NotProven."""
        found = log.open_checkpoint(note, self.name, self.public, self.verifies)
        if found.origin != self.name:
            raise NotProven(f"The checkpoint is that of another log: {found.origin[:80]!r}.")
        return found

    def text(self, note: str) -> str:
        """The text of a note signed by this key. Raises NotProven."""
        text, signatures = log.open_note(note)
        own = [one for one in signatures if (one.name, one.key_id) == (self.name, log.key_id(self.name, self.public))]
        if not own or not all(self.verifies(one.signature, text.encode()) for one in own):
            raise NotProven(f"The note is not signed by the key of {self.name}.")
        return text

    def pem(self) -> str:
        """The public key as openssl reads it."""
        key = Ed25519PublicKey.from_public_bytes(self.public)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, form).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """The private half."""

    key: Key
    _private: Ed25519PrivateKey

    def note(self, text: str) -> str:
        """A text as a signed note."""
        return log.note(text, self.key.name, self.key.public, self._private.sign)


def prepare(folder: Path) -> Signer:
    """The signer whose key lies in a folder; made when there is none. Raises ArchiveError when it cannot be read.

    Call it under a lock: two processes must not make two keys.
    """
    path, name = folder / FILE, folder / NAME
    if not path.exists():
        # Whoever runs the archive may name it before its first start; else the name says nothing but is nobody's else.
        if not name.exists():
            _write(name, f"tuoben.invalid/{secrets.token_hex(8)}\n".encode())
        form = serialization.PrivateFormat.PKCS8
        made = Ed25519PrivateKey.generate()
        _write(path, made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), None)
        named = name.read_text(encoding="utf-8").strip()
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(
            f"The key of the log in {path} cannot be read ({error}); put it back from a backup."
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ArchiveError(f"The key of the log in {path} is no Ed25519 key; put the right one back from a backup.")
    if not named or any(char.isspace() or char == "+" for char in named):
        raise ArchiveError(f"The name of the log in {name} must be one word without “+”, such as news.example/log.")
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return Signer(Key(named, raw), private)


# --- Signed WACZ 0.1.0 ------------------------------------------------------------------------------------------------
def fault_of_signature(told: Mapping[str, Any], digest: str) -> str:
    """What is wrong with the signature of another program's package over the digest of its list; "" when it holds.

    `told`: "signedData". Either the key alone is told, which vouches for no name, or a name (domain) with certificates,
    which must lead to one that this machine trusts, at the time of the signature.
    """
    try:
        if told.get("hash") != digest:
            return "it signs another list than the one in the package"
        if "publicKey" in told:
            public = serialization.load_der_public_key(base64.b64decode(str(told["publicKey"])))
            return "" if _signed(public, told, digest) else "the signature is not one of the key that it names"
        chain = x509.load_pem_x509_certificates(str(told.get("domainCert", "")).encode())
        if not _signed(chain[0].public_key(), told, digest):
            return "the signature is not one of the certificate that it names"
        at = datetime.fromisoformat(str(told.get("created", ""))).astimezone(UTC).replace(tzinfo=None)
        name = x509.DNSName(str(told.get("domain", "")))
        PolicyBuilder().store(_roots()).time(at).build_server_verifier(name).verify(chain[0], chain[1:])
    except VerificationError:
        return f"nobody whom this machine trusts vouches for the certificate of {str(told.get('domain'))[:80]!r}"
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"it cannot be read ({error})"
    except OSError:
        return "this machine has no certificates to check it with (SSL_CERT_FILE names them)"
    return ""


def _signed(public: object, told: Mapping[str, Any], text: str) -> bool:
    """Whether an ECDSA signature, in DER or as r and s, is a key's."""
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ValueError("its key is no ECDSA key")
    signature = base64.b64decode(str(told.get("signature", "")))
    width = (public.curve.key_size + 7) // 8
    if len(signature) == 2 * width:
        signature = encode_dss_signature(*(int.from_bytes(half) for half in (signature[:width], signature[width:])))
    try:
        public.verify(signature, text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _roots() -> Store:
    paths = [Path(path) for path in (os.environ.get("SSL_CERT_FILE", ""), *ROOTS) if path]
    held = next((path for path in paths if path.is_file()), paths[-1])
    with warnings.catch_warnings():  # some authorities' own certificates are odd, and trusted all the same
        warnings.simplefilter("ignore")
        return Store(x509.load_pem_x509_certificates(held.read_bytes()))


def _write(path: Path, data: bytes) -> None:
    """Whole as soon as it has its name, readable by its owner alone, and durable."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)
