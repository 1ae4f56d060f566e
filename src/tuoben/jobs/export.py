"""Snapshots as one WACZ file that replays alone: the records as they lie in our segments, the pages, the proofs.

First the rows are asked what belongs into it; that is kept in a small database on disk, so that memory stays flat
however much it is. Then the records are copied, byte for byte, and the index is made. What is hidden, or not to be
shown, never comes in.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO

import tuoben
from tuoben.archive import cdxj, wacz, writing
from tuoben.archive.reading import Archive
from tuoben.errors import ArchiveError, DataError, LimitExceeded
from tuoben.fetch import politeness
from tuoben.home import Home
from tuoben.jobs.proof import NotYet, proof
from tuoben.model import Capture, Kind
from tuoben.store import exports, queries
from tuoben.store.exports import Snapshot

LOOK = 200
"""Records between two looks at what the desk has hidden meanwhile."""
HOPS = 5
"""Redirects that are followed from what a page names to what is shown."""
RECORD = "record.warc.gz"
ONCE = ("verify.py", "README.md")
"""Files of a proof that are the same in each."""
RECORDS_NAME = wacz.RECORDS.rpartition("/")[2]
LEAD, LINE = 2**16, 2**12
"""Bytes that request and note of a record take, and that a line of the index takes beside its address, at most."""
ABOUT = (
    "Copied by tuoben from its archive: the records as they lie there, unmodified. What is in proofs/ shows, offline, "
    "that each page's record was held unchanged (not that its server sent it): python3 verify.py --wacz FILE"
)
_NAMESPACE = uuid.UUID("9b7c54f6-6f0d-5f0e-8a50-6f3a27a0f2c5")
_TABLES = """
CREATE TABLE record (number INTEGER PRIMARY KEY, id TEXT UNIQUE, page INTEGER);
CREATE TABLE page (id TEXT PRIMARY KEY, record TEXT, url TEXT, time TEXT, title TEXT, text TEXT);
CREATE TABLE line (line TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE made (id TEXT PRIMARY KEY, record TEXT UNIQUE) WITHOUT ROWID;
CREATE TABLE place (id TEXT PRIMARY KEY, start INTEGER, size INTEGER) WITHOUT ROWID;
"""


@dataclass(slots=True)
class Exported:
    """What an export holds, and what it leaves out. `problems`: one plain sentence for each thing that is wrong."""

    articles: int = 0
    snapshots: int = 0
    records: int = 0
    proofs: int = 0
    size: int = 0
    """Bytes of the records, as the rows know them."""
    closed: int = 0
    """Articles whose publisher asks not to show what is archived (noarchive)."""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be exported: articles by id (`revision`: only that state of each), under a title.

    `limit`: bytes of records above which nothing is written. `progress`: told (what, done, of how many).
    """

    articles: Iterable[str]
    title: str = ""
    revision: int | None = None
    limit: int | None = None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None


MADE = {Kind.RENDERED: "dom", Kind.SCREENSHOT: "view"}
"""How the proof of what a browser made of a page is called, behind the name of that page's."""


class TooLarge(LimitExceeded):
    """It would be larger than the limit."""


class Withdrawn(DataError):
    """An article of the package was hidden while it was written: nothing of it is to be used."""


def export(home: Home, file: BinaryIO, wish: Wish) -> Exported:
    """Write a WACZ into a seekable file; what it holds. With no snapshot in it nothing is written.

    Raises TooLarge; Withdrawn; NotYet when a record waits to be entered in the log.
    """
    done = Exported()
    with closing(sqlite3.connect("", isolation_level=None)) as notes:  # SQLite's own file on disk, gone when closed
        notes.executescript(_TABLES)
        plan = _Plan(home, notes, done)
        plan.make(wish)
        if done.snapshots:
            _Writing(home, notes, done, wish).write(file)
            if plan.articles & exports.hidden():
                raise Withdrawn("An article of this package was hidden while it was written; export it again.")
    return done


class _Plan:
    """What belongs into the package."""

    def __init__(self, home: Home, notes: sqlite3.Connection, done: Exported) -> None:
        self._archive = Archive(home.archive)
        self._notes = notes
        self._done = done
        self.articles: set[str] = set()
        """Those that snapshots are taken of."""

    def make(self, wish: Wish) -> None:
        for count, article in enumerate(wish.articles, start=1):
            held = False
            for snapshot in exports.snapshots(article, wish.revision):
                held = True
                self._take_snapshot(snapshot)
                if wish.limit is not None and self._done.size > wish.limit:
                    raise TooLarge(f"The snapshot is larger than {wish.limit >> 20} MiB; use `tuoben export`.")
            self._done.articles += held
            self._done.closed += not held and not queries.hidden(article)
            wish.progress("articles looked at", count, 0)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        reading, capture = snapshot.reading, snapshot.page
        self.articles.add(reading.card.id)
        self._take(capture, page=True)
        for one in (*snapshot.made, *snapshot.parts):
            self._take(one)
        for one in snapshot.requisites:
            for hop in self._hops(one):
                self._take(hop)
        name = f"{capture.time.astimezone(UTC):%Y%m%d%H%M%S}-{reading.card.id}"
        article = reading.article
        page = (name, capture.record_id, capture.url, capture.time.isoformat(), article.title, article.text)
        told = self._notes.execute("INSERT OR IGNORE INTO page VALUES (?, ?, ?, ?, ?, ?)", page)
        for one in snapshot.made:
            own = (f"{name}-{MADE[one.kind]}", one.record_id)
            self._notes.execute("INSERT OR IGNORE INTO made VALUES (?, ?)", own)
        self._done.snapshots += told.rowcount

    def _take(self, capture: Capture, *, page: bool = False) -> None:
        """A record, behind the one that holds its payload when it is a revisit."""
        if capture.revisit_of and (original := queries.archived(capture.revisit_of)) is not None:
            self._take(original)
        told = self._notes.execute(
            "INSERT OR IGNORE INTO record (id, page) VALUES (?, ?)", (capture.record_id, int(page))
        )
        self._done.size += capture.length * told.rowcount

    def _hops(self, capture: Capture) -> Iterator[Capture]:
        """What a page needs, and what its address redirects to."""
        for _ in range(HOPS):
            yield capture
            if capture.status < 300:
                return
            try:
                target = politeness.redirect(self._archive.read(capture).exchange)
            except (ArchiveError, LimitExceeded):
                return  # named when it is copied
            found = exports.requisite_near(target, capture.time) if target else None
            if found is None:
                return
            capture = found


class _Writing:
    """The package, written."""

    def __init__(self, home: Home, notes: sqlite3.Connection, done: Exported, wish: Wish) -> None:
        self._home = home
        self._archive = Archive(home.archive)
        self._notes = notes
        self._done = done
        self._wish = wish
        self._hidden = exports.hidden()

    def write(self, file: BinaryIO) -> None:
        (newest,) = self._notes.execute("SELECT max(time) FROM page").fetchone()
        at = datetime.fromisoformat(newest)
        package = wacz.Package(file, at)
        size, lines, texts = self._sizes()
        with package.member(wacz.RECORDS, size=size) as sink:
            sink.write(self._opening(at))
            self._records(sink)
        package.index((line for (line,) in self._notes.execute("SELECT line FROM line ORDER BY line")), lines)
        title = self._wish.title or self._notes.execute("SELECT title FROM page ORDER BY id LIMIT 1").fetchone()[0]
        main = package.pages(self._pages(), title, texts)
        self._proofs(package)
        package.close(title, ABOUT, main)

    def _sizes(self) -> tuple[int, int, int]:
        """Bytes of the records, of the index and of the texts, at most."""
        (records,) = self._notes.execute("SELECT count(*) FROM record").fetchone()
        addresses, texts = self._notes.execute(
            "SELECT sum(length(CAST(url AS BLOB))),"
            " sum(length(CAST(title AS BLOB)) + length(CAST(url AS BLOB)) + length(CAST(text AS BLOB)) + 200) FROM page"
        ).fetchone()
        return self._done.size + LEAD * (records + 1), LINE * records + 6 * addresses, texts

    def _opening(self, at: datetime) -> bytes:
        """The warcinfo record, which is the same for the same records."""
        content = hashlib.sha256()
        for (record,) in self._notes.execute("SELECT id FROM record ORDER BY number"):
            content.update(record.encode())
        return writing.encode_warcinfo(
            filename=RECORDS_NAME,
            time=at,
            software=f"tuoben/{tuoben.__version__}",
            record_id=uuid.uuid5(_NAMESPACE, content.hexdigest()).urn,
        )

    def _records(self, sink: wacz.Sink) -> None:
        (total,) = self._notes.execute("SELECT count(*) FROM record").fetchone()
        for count, (record,) in enumerate(self._notes.execute("SELECT id FROM record ORDER BY number"), start=1):
            if count % LOOK == 0:
                self._hidden = exports.hidden()
            capture = queries.archived(record)
            if capture is None:  # the rows are being made anew
                self._left_out(record)
                continue
            try:
                data = self._copied(capture)
            except (ArchiveError, LimitExceeded) as error:
                self._done.problems.append(f"{capture.url} of {capture.time:%Y-%m-%d %H:%M:%S} is left out: {error}")
                self._left_out(record)
                continue
            line = cdxj.line(replace(capture, offset=sink.size + len(data) - capture.length), filename=RECORDS_NAME)
            self._notes.execute("INSERT OR IGNORE INTO line VALUES (?)", (line,))
            self._notes.execute("INSERT INTO place VALUES (?, ?, ?)", (record, sink.size, len(data)))
            sink.write(data)
            self._done.records += 1
            self._wish.progress("records", count, total)

    def _left_out(self, record: str) -> None:
        for table in ("page", "made"):
            self._notes.execute(f"DELETE FROM {table} WHERE record = ?", (record,))

    def _copied(self, capture: Capture) -> bytes:
        """The members of a capture as they lie in the segment. Where request and note tell of a page that is hidden now
        (an image can be that of several), the answer alone."""
        data = self._archive.verbatim(capture)
        if self._hidden and not capture.origin:
            claim = self._archive.read(capture, resolve=_place).note.get("claim")
            if isinstance(claim, dict) and claim.get("article") in self._hidden:
                return data[-capture.length :]
        return data

    def _pages(self) -> Iterator[wacz.Page]:
        for name, url, time, title, text in self._notes.execute(
            "SELECT id, url, time, title, text FROM page ORDER BY id"
        ):
            yield wacz.Page(name, url, datetime.fromisoformat(time), title, text)

    def _proofs(self, package: wacz.Package) -> None:
        """For each page, and what a browser made of it, what `tuoben proof` gives, but for the records, which are in
        the package; the program once."""
        rows = self._notes.execute(
            "SELECT id, record FROM page UNION SELECT id, record FROM made ORDER BY 1"
        ).fetchall()
        for count, (name, record) in enumerate(rows, start=1):
            capture = queries.archived(record)
            if capture is None:
                continue
            try:
                found = proof(self._home, capture)
            except NotYet:
                raise
            except ArchiveError as error:
                self._done.problems.append(f"There is no proof of {capture.url}: {error}")
                continue
            files = {path: data for path, data in found.files.items() if not path.endswith((RECORD, *ONCE))}
            files["places.json"] = json.dumps(self._places(capture)).encode()
            package.add(f"proofs/{name}.zip", replace(found, files=files).zipped(name), packed=True)
            if not self._done.proofs:
                for path in ONCE:
                    package.add(f"proofs/{path}", found.files[path], packed=True)
            self._done.proofs += 1
            self._wish.progress("proofs", count, len(rows))

    def _places(self, capture: Capture) -> dict[str, tuple[int, int]]:
        """Where the records of a proof lie in the file of records: (offset, length)."""
        wanted = {RECORD: capture.record_id, f"original/{RECORD}": capture.revisit_of}
        found = {}
        for path, record in wanted.items():
            place = self._notes.execute("SELECT start, size FROM place WHERE id = ?", (record,)).fetchone()
            if place is not None:
                found[path] = place
        return found


def _place(record_id: str) -> tuple[str, int] | None:
    found = queries.archived(record_id)
    return (found.segment, found.offset) if found is not None else None
