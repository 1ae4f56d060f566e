"""Reading WACZ files of any origin: what is in the ZIP, whether it is what its own list and digests say, and the WARC
files in it, each to be read at any place.

A ZIP from a stranger is not unpacked: no name in it becomes a path, no member is read beyond limits, and one that plays
tricks (paths that lead out, links, members that overlap, two of one name) is refused as a whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tuoben.archive import signing
from tuoben.archive.resources import resources
from tuoben.archive.wacz import PACKAGE, PACKAGE_DIGEST
from tuoben.errors import DataError

DIRECTORY_LIMIT = 32 << 20
"""Bytes of the ZIP's directory: some hundred thousand members."""
LIST_LIMIT = 256 << 20
"""Bytes of datapackage.json, which is read item by item: some million files."""
DIGEST_LIMIT = 4 << 20
"""Bytes of datapackage-digest.json, which is read whole."""
UNKNOWN = 1000
"""Files that are listed and not there, before the rest of the list is passed over."""
RATIO = 200
"""Times that a deflated member may be larger than it is in the ZIP; small ones may be more."""
SMALL = 1 << 20
WARCS = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
_STEP = 1 << 20
_END, _END64, _LOCATOR, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x03\x04"
_LONG = 0xFFFFFFFF
"""Stands for what is told in ZIP64's record."""
_HASHES = ("sha256", "sha224", "sha384", "sha512", "sha1", "md5")


def is_zip(path: Path) -> bool:
    """Whether a file begins as a ZIP does."""
    with path.open("rb") as file:
        return file.read(4) in (_LOCAL, _END)


@dataclass(frozen=True, slots=True)
class Member:
    """A WARC file in the package."""

    name: str
    size: int
    _package: Parcel
    _info: zipfile.ZipInfo

    @property
    def copied(self) -> int:
        """Bytes of the copy that is made to read it."""
        return 0 if self._info.compress_type == zipfile.ZIP_STORED else self.size

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its content, to be read from any place: where it lies, or (deflated) from a nameless copy on disk."""
        if self._info.compress_type == zipfile.ZIP_STORED:
            start = self._package.start(self._info)
            with self._package.path.open("rb") as file, io.BufferedReader(_Window(file, start, self.size)) as window:
                yield window
            return
        with tempfile.TemporaryFile(dir=self._package.spare) as copy:
            for data in self._package.content(self._info):
                copy.write(data)
            copy.seek(0)
            yield copy


class Parcel:
    """A WACZ that was opened for reading. Raises DataError in one plain sentence when it is none, or plays tricks.

    `spare`: the folder for copies of what lies deflated in it.
    """

    def __init__(self, path: Path, spare: Path | None = None) -> None:
        self.path = path
        self.spare = spare
        _check_directory(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise DataError(f"{path} is a damaged ZIP file ({error}); get it anew.") from error
        self._infos = {info.filename: info for info in self._members()}
        if not self.warcs:
            raise DataError(f"{path} is a ZIP file without a WARC file in archive/; that is no WACZ.")

    def __enter__(self) -> Parcel:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def warcs(self) -> list[Member]:
        """The WARC files, by name."""
        found = [name for name in self._infos if name.startswith("archive/") and name.lower().endswith(WARCS)]
        return [Member(name, self._infos[name].file_size, self, self._infos[name]) for name in sorted(found)]

    def faults(self) -> Iterator[str]:
        """What is not as the package says of itself, a sentence each."""
        try:
            info = self._info(PACKAGE, LIST_LIMIT)
            if PACKAGE_DIGEST in self._infos:
                yield from self._digest()
            yield from self._resources(info)
        except DataError as error:
            yield str(error)

    def _digest(self) -> Iterator[str]:
        try:
            told = self._json(PACKAGE_DIGEST)
        except DataError as error:
            yield str(error)
            return
        digest, signed = str(told.get("hash")), told.get("signedData")
        if fault := self._differs(PACKAGE, digest, None):
            yield f"{fault} (told in {PACKAGE_DIGEST})."
        if isinstance(signed, dict) and (fault := signing.fault_of_signature(signed, digest)):
            yield f"The signature of the package does not hold: {fault}."

    def _resources(self, info: zipfile.ZipInfo) -> Iterator[str]:
        listed: set[str] = set()
        repeated: set[str] = set()
        for one in resources(self.content(info)):
            path, digest, size = _resource(one)
            if path in listed:
                if path not in repeated:
                    yield f"{PACKAGE} lists {path[:200]!r} more than once."
                repeated.add(path)
                continue
            listed.add(path)
            if len(listed) > len(self._infos) + UNKNOWN:
                yield f"{PACKAGE} lists many more files than there are; the rest of its list was passed over."
                break
            if path not in self._infos:
                yield f"{PACKAGE} lists {path[:200]!r}, which is not in the file."
            elif fault := self._differs(path, digest, size):
                yield f"{fault}."
        for name in sorted(set(self._infos) - listed - {PACKAGE, PACKAGE_DIGEST}):
            yield f"{name[:200]} is not listed in {PACKAGE}, so nothing vouches for it."

    def _differs(self, name: str, told: str, size: int | None) -> str:
        """What is wrong with the digest or length of a member; "" when nothing is."""
        kind, _, value = told.partition(":")
        if kind not in _HASHES or not value:
            return f"{PACKAGE} tells no digest of {name[:200]}"
        found, length = hashlib.new(kind, usedforsecurity=False), 0
        try:
            for data in self.content(self._infos[name]):
                found.update(data)
                length += len(data)
        except DataError as error:
            return str(error).removesuffix(".")
        if found.hexdigest() != value.lower() or (size is not None and size != length):
            return f"{name[:200]} is not what the package says: it has another digest, or another length"
        return ""

    def _info(self, name: str, limit: int) -> zipfile.ZipInfo:
        """A member that is not larger than a limit."""
        info = self._infos.get(name)
        if info is None:
            raise DataError(f"There is no {name} in the package, so nothing vouches for what it holds.")
        if info.file_size > limit:
            raise DataError(f"{name} is larger than {limit >> 20} MiB; it was not read.")
        return info

    def _json(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(b"".join(self.content(self._info(name, DIGEST_LIMIT))))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{name} is no proper JSON, so nothing vouches for what the package holds.") from error
        if not isinstance(value, dict):
            raise DataError(f"{name} does not hold what it should, so nothing vouches for what the package holds.")
        return value

    def content(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """A member in pieces, proved whole. Raises DataError."""
        if info.file_size > SMALL and info.file_size > RATIO * info.compress_size:
            raise DataError(f"{info.filename[:200]} grows to more than {RATIO} times its size; it was not read.")
        try:
            with self._zip.open(info) as file:
                while data := file.read(_STEP):
                    yield data
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error) as error:
            raise DataError(f"{info.filename[:200]} is damaged in the ZIP file.") from error

    def start(self, info: zipfile.ZipInfo) -> int:
        """Where the bytes of a stored member begin."""
        with self.path.open("rb") as file:
            file.seek(info.header_offset)
            head = file.read(30)
        if len(head) != 30 or head[:4] != _LOCAL:
            raise DataError(f"{info.filename[:200]} is damaged in the ZIP file.")
        name, extra = struct.unpack("<HH", head[26:30])
        return info.header_offset + 30 + int(name) + int(extra)

    def _members(self) -> Iterator[zipfile.ZipInfo]:
        """The members that are files; raises DataError when one of them is not as an honest one would be."""
        seen: set[str] = set()
        end = 0
        for info in sorted(self._zip.infolist(), key=lambda one: one.header_offset):
            if why := _trick(info) or ("it stands there twice" if info.filename in seen else ""):
                raise DataError(f"{self.path} was refused: it holds {info.orig_filename[:80]!r}, and {why}.")
            if info.header_offset < end:
                raise DataError(f"{self.path} was refused: {info.filename[:80]!r} overlaps another file in it.")
            end = info.header_offset + 30 + info.compress_size
            seen.add(info.filename)
            if not info.is_dir():
                yield info


def _trick(info: zipfile.ZipInfo) -> str:
    name, mode = info.orig_filename, info.external_attr >> 16
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in name[:3] or ".." in name.split("/"):
        return "that is no name of a file in a package"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "that is a link or a device"
    if info.flag_bits & 1:
        return "that is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "that is compressed in a way that WACZ does not use"
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        return "it tells two lengths"
    return ""


def _resource(told: Any) -> tuple[str, str, int | None]:  # noqa: ANN401 any JSON value
    """(path, digest, length) of a resource, as WACZ 1.1 and as 1.0 have it."""
    told = told if isinstance(told, dict) else {}
    stats = told.get("stats") if isinstance(told.get("stats"), dict) else {}
    digest = told.get("hash") or f"{told.get('hashing', '')}:{stats.get('hash', '')}"
    size = told.get("bytes", stats.get("bytes"))
    return str(told.get("path", "")), str(digest), size if isinstance(size, int) else None


def _check_directory(path: Path) -> None:
    """Refuse a ZIP whose directory would fill the memory: zipfile reads it whole."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        start = max(size - (1 << 16) - 22 - 76, 0)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise DataError(f"{path} is a ZIP file that was cut short; get it anew.")
        (length,) = struct.unpack("<I", tail[at + 12 : at + 16])
        locator, long = tail[max(at - 20, 0) : at], tail[max(at - 76, 0) : max(at - 20, 0)]
        if locator.startswith(_LOCATOR):
            # zipfile takes the record right before the locator (some versions: where the locator points) and believes
            # it whatever the short one says, so there must be no two answers
            (place,) = struct.unpack("<Q", locator[8:16])
            if len(long) != 56 or not long.startswith(_END64) or place != start + at - 76:
                raise DataError(f"{path} was refused: its ZIP64 end does not stand where it should.")
            short, (length,) = length, struct.unpack("<Q", long[40:48])
            if short not in (length, _LONG):
                raise DataError(f"{path} was refused: it tells two lengths of its list of files.")
    if length > DIRECTORY_LIMIT:
        raise DataError(f"{path} was refused: its list of files is larger than {DIRECTORY_LIMIT >> 20} MiB.")


class _Window(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 any writable buffer
        view = memoryview(buffer).cast("B")
        wanted = max(min(len(view), self._size - self._at), 0)
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
