"""What the log says of a capture, of an import, of a hidden article: one entry each, as canonical JSON. Pure.

An entry names the record, its time and its digests. All that could be looked up or guessed (URL, server, headers) is
in `about`, a hash under a salt of the capture's own, so that the published log gives nothing away and outlives a
takedown; where the record lies is not in it at all, so that it outlives a segment that is moved. The salt lies in the
WARC, in the metadata record: from there every entry can be made again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

VERSION: Final = 1
CAPTURE, IMPORT, HIDE = "capture", "import", "hide"
SALT: Final = "salt"
"""Its name in the note of the metadata record: 32 hexadecimal digits."""
PLACE: Final = frozenset({"warc-warcinfo-id", "tuoben-lead", "content-length"})
"""Header fields that tell of the place in a segment, or follow from the rest."""

Fields = Sequence[tuple[str, str]]
_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def new_salt() -> str:
    """A fresh salt."""
    return secrets.token_hex(16)


def canonical(value: Any) -> bytes:  # noqa: ANN401 whatever JSON holds
    """JSON with sorted keys, no blanks, and nothing but ASCII: the same bytes from every program."""
    return _json(value).encode("ascii")


def of_capture(records: Sequence[Fields], salt: str) -> str:
    """The entry of a capture of our own. `records`: the header fields of request, metadata and response, in the order
    of the file; their block digests are among them. "" without a salt."""
    return _entry(CAPTURE, records, salt, "warc-block-digest") if salt else ""


def of_import(metadata: Fields, salt: str) -> str:
    """The entry of a record of another program, from the metadata record that we put before it: its time is that of
    the import, its digest that of the whole foreign record. "" without a salt."""
    return _entry(IMPORT, [metadata], salt, "tuoben-record-digest") if salt else ""


def of_hiding(article: str, reason: str, time: str) -> tuple[str, str, str]:
    """(id, entry, what opens it) of the decision to hide an article. Which one it was, the entry does not tell."""
    told = {SALT: new_salt(), "article": article, "reason": reason}
    record = uuid.uuid4().urn
    about = _about(told[SALT], {"article": article, "reason": reason})
    entry = {"about": about, "record": record, "time": time, "type": HIDE, "v": VERSION}
    return record, canonical(entry).decode(), canonical(told).decode()


def opens(entry: str, secret: str) -> bool:
    """Whether what is kept of a hidden article is what the log was told of it."""
    told = json.loads(secret)
    return bool(json.loads(entry)["about"] == _about(told.pop(SALT), told))


def salt_of(note: dict[str, Any]) -> str:
    """The salt in the note of a metadata record; "" when there is none."""
    salt = note.get(SALT)
    return salt if isinstance(salt, str) else ""


def read(entry: bytes) -> dict[str, str]:
    """An entry as it was made: its record, time and type; {} for what is none of ours."""
    try:
        value = json.loads(entry)
    except ValueError:
        return {}
    if not isinstance(value, dict) or value.get("v") != VERSION or not isinstance(value.get("record"), str):
        return {}
    return {str(key): str(told) for key, told in value.items()}


def _entry(kind: str, records: Sequence[Fields], salt: str, block: str) -> str:
    last = {name.lower(): value for name, value in reversed(records[-1])}
    return canonical({
        "about": _about(salt, [_told(fields) for fields in records]),
        "block": last.get(block, ""),
        "payload": last.get("warc-payload-digest", ""),
        "record": last.get("warc-record-id", "").strip("<>"),
        "time": last.get("warc-date", ""),
        "type": kind,
        "v": VERSION,
    }).decode()  # fmt: skip


def _about(salt: str, told: Any) -> str:  # noqa: ANN401
    return hashlib.sha256(salt.encode("utf-8", "replace") + canonical(told)).hexdigest()


def _told(fields: Fields) -> list[list[str]]:
    return [[name, value.strip()] for name, value in fields if not _is_place(name)]


@lru_cache(maxsize=256)
def _is_place(name: str) -> bool:
    return name.lower() in PLACE
