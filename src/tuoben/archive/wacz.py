"""Writing WACZ 1.1.1 (Web Archive Collection Zipped): records, their index, the list of pages and what else belongs to
them in one ZIP, from which a reader takes what it needs by range requests.

WARC and compressed index are stored, not deflated, as range access asks for. All times in the ZIP are that of the
newest capture, so that the same content makes the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO

import tuoben

VERSION = "1.1.1"
RECORDS = "archive/data.warc.gz"
INDEX, BLOCKS = "indexes/index.idx", "indexes/index.cdx.gz"
PAGES = "pages/pages.jsonl"
PACKAGE, PACKAGE_DIGEST = "datapackage.json", "datapackage-digest.json"
IN_BLOCK = 1024
"""Lines of the index that are compressed together."""
SHORT = 2**31 - 1
"""The bytes up to which a member has the short sizes of ZIP. Only what may get longer has ZIP64's: readers such as
ReplayWeb.page take a local header to be as long as the directory's entry, and ZIP64 makes it longer."""
ESCAPED = 6
"""Times its bytes that a text takes in JSON at most."""
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The ZIP format knows no time before."""


def stamp(time: datetime) -> str:
    """A time as WACZ has it: UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that readers of the package are led to. `text` may be empty."""

    id: str
    url: str
    time: datetime
    title: str
    text: str = ""

    def line(self) -> str:
        """Its line in pages.jsonl, without a line end."""
        told = {"id": self.id, "url": self.url, "ts": stamp(self.time), "title": self.title}
        return json.dumps(told | ({"text": self.text} if self.text else {}), ensure_ascii=False)


class Sink:
    """A member of the package that is being written: counts and digests what goes through."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 zipfile's type is private
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)
        self._sha256.update(data)
        self.size += len(data)

    @property
    def digest(self) -> str:
        """Of all that was written."""
        return f"sha256:{self._sha256.hexdigest()}"


class Package:
    """A package on its way into a seekable file, member by member; nothing but one block of it is ever in memory.

    `at`: the time of the newest capture.
    """

    def __init__(self, file: BinaryIO, at: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._at = max(at.astimezone(UTC), _EARLIEST)
        self._resources: list[dict[str, Any]] = []

    @contextmanager
    def member(self, path: str, *, packed: bool = False, size: int = 0) -> Iterator[Sink]:
        """Write a member of at most `size` bytes; it becomes a resource of the package. `packed`: deflated."""
        with self._zip.open(self._info(path, packed), "w", force_zip64=size > SHORT) as file:
            sink = Sink(file)
            yield sink
        told = {"name": path.rpartition("/")[2].lower(), "path": path, "hash": sink.digest, "bytes": sink.size}
        self._resources.append(told)

    def add(self, path: str, data: bytes, *, packed: bool = False) -> None:
        """Write a whole member."""
        with self.member(path, packed=packed) as sink:
            sink.write(data)

    def index(self, lines: Iterable[str], size: int) -> None:
        """Write the index: CDXJ lines in the order of their bytes (at most `size` of them), in compressed blocks with
        the first key of each."""
        lines = iter(lines)
        firsts = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}']
        with self.member(BLOCKS, size=size) as sink:
            while some := list(islice(lines, IN_BLOCK)):
                block = gzip.compress("".join(f"{line}\n" for line in some).encode(), mtime=0)
                place: Mapping[str, Any] = {
                    "offset": sink.size,
                    "length": len(block),
                    "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
                    "filename": "index.cdx.gz",
                }
                firsts.append(f"{' '.join(some[0].split(' ', 2)[:2])} {json.dumps(place)}")
                sink.write(block)
        self.add(INDEX, "".join(f"{line}\n" for line in firsts).encode(), packed=True)

    def pages(self, pages: Iterable[Page], title: str, size: int) -> Page | None:
        """Write the list of pages, whose texts are of `size` bytes; the first one."""
        first: Page | None = None
        with self.member(PAGES, packed=True, size=ESCAPED * size) as sink:
            head = {"format": "json-pages-1.0", "id": "pages", "title": title, "hasText": True}
            sink.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
            for page in pages:
                first = first or page
                sink.write(page.line().encode() + b"\n")
        return first

    def close(self, title: str, description: str, main: Page | None) -> None:
        """Write what tells of all members, its digest, and the end of the ZIP."""
        told: dict[str, Any] = {
            "profile": "data-package",
            "title": title,
            "description": description,
            "created": stamp(self._at),
            "wacz_version": VERSION,
            "software": f"tuoben/{tuoben.__version__}",
        }
        if main is not None:
            told |= {"mainPageUrl": main.url, "mainPageDate": stamp(main.time)}
        data = json.dumps(told | {"resources": self._resources}, ensure_ascii=False, indent=2).encode()
        self._zip.writestr(self._info(PACKAGE, True), data)
        digest = {"path": PACKAGE, "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        self._zip.writestr(self._info(PACKAGE_DIGEST, True), json.dumps(digest, indent=2).encode())
        self._zip.close()

    def _info(self, path: str, packed: bool) -> zipfile.ZipInfo:
        at = self._at
        info = zipfile.ZipInfo(path, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.create_system, info.external_attr = 3, 0o644 << 16
        return info
