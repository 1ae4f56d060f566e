"""Everything that is kept against everything that vouches for it: records against digests and manifests, the log
against itself, records against the log, rows against records.

A check of all that is stopped half-way goes on where it was: `verify.json` in the data directory holds what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tuoben.archive import leaves, log, manifest, signing, warc
from tuoben.archive.logbook import Logbook
from tuoben.archive.reading import Archive
from tuoben.archive.signing import Key
from tuoben.archive.verify import Problem, verify_capture, verify_segment
from tuoben.errors import ArchiveError, DataError, LimitExceeded
from tuoben.home import Home
from tuoben.jobs import timestamps
from tuoben.jobs.sequence import signer
from tuoben.jobs.verified import Verified
from tuoben.model import Capture
from tuoben.store import checks, logged, repository

LOG = "log"
"""What stands for the segment in a problem of the log; the offset is then the number of the entry."""
TOLERANCE = 3600.0
"""Seconds by which snapshot times may run backwards in the log: workers enter theirs side by side."""
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Report:
    """What was found. `checked`: records; `notes`: what is to be known, and is not wrong by itself."""

    checked: int
    bad: list[Problem]
    notes: list[str] = field(default_factory=list)


def verify(home: Home, articles: Sequence[str] = (), progress: Progress | None = None) -> Report:
    """Check everything (or the captures of some articles); `progress` is told (segment, bytes done, bytes in all)."""
    archive = Archive(home.archive)
    report = Report(0, [])
    entries = _Log(home, report)
    if articles:
        for capture in checks.captures_of_articles(articles):
            report.checked += 1
            report.bad += verify_capture(archive, capture) or entries.of_capture(archive, capture)
        return report
    done = Verified.begin(home)
    if done.segments:
        report.notes.append(f"The check begun at {done.begun} goes on: {len(done.segments)} segments were done.")
    known = repository.segments()
    for name in sorted(set(archive.segments()) | set(known)):
        if not done.holds(name, archive.path(name)):
            found = _Segment(home, archive, name, known.get(name), entries)
            done.add(name, archive.path(name), found.check(progress), found.records, found.numbers)
    report.checked += done.records
    report.bad += [Problem(**problem) for problem in done.bad]
    report.bad += entries.check(done, progress)
    done.end()
    return report


class _Segment:
    """The check of one segment, its manifest, its rows, and what the log says of its records."""

    def __init__(self, home: Home, archive: Archive, name: str, committed: int | None, entries: _Log) -> None:
        self._archive = archive
        self._name = name
        self._committed = committed
        self._log = entries
        self._seen: dict[str, tuple[int, str]] = {}
        """Record id → where it lies, and what the log should say of it."""
        self.records = 0
        self.numbers: list[int] = []
        """Entries of the log that need not be looked for any more."""

    def check(self, progress: Progress | None) -> list[Problem]:
        """What is wrong."""
        path = self._archive.path(self._name)
        if not path.is_file():
            bad = [self._problem("", 0, "the segment is missing")]
        else:
            told = (lambda done, total: progress(self._name, done, total)) if progress else None
            check = verify_segment(
                path, segment=self._name, expect_end=self._committed, progress=told, captured=self._captured
            )
            bad = list(check)
            self.records = check.records
            if self._log.key is not None and not bad:
                faults = manifest.check(self._archive, self._name, check.records, self._log.key)
                bad += [self._problem("", 0, why) for why in faults]
        return bad + list(self._rows(bad))

    def _captured(self, record: str, offset: int, entry: str) -> None:
        self._seen[record] = offset, entry

    def _problem(self, record: str, offset: int, why: str) -> Problem:
        return Problem(segment=self._name, record=record, offset=offset, why=why)

    def _rows(self, bad: Sequence[Problem]) -> Iterator[Problem]:
        """Rows against the records that were read. Where these are damaged, that was told already."""
        length, start = self._archive.length(self._name), 0
        rows = checks.captures_in(self._name)
        places = logged.places([record for record, _, _ in rows])
        for record, offset, end in rows:
            number, pending = places.get(record, (None, ""))
            if number is not None:
                self.numbers.append(number)
            told = any(start <= problem.offset < end for problem in bad)
            start = end
            if 0 < length < end:
                yield self._problem(record, offset, "the segment ends before this record")
            elif told or not length:
                continue
            elif self._seen.get(record, (-1, ""))[0] != offset:
                yield self._problem(record, offset, "the rows tell of this record, and it is not here")
            elif why := self._log.fault(self._seen[record][1], number, pending):
                yield self._problem(record, offset, why)


class _Log:
    """The log, as far as it can be read."""

    def __init__(self, home: Home, report: Report) -> None:
        self._report = report
        self._home = home
        self.key: Key | None = None
        self.book: Logbook | None = None
        self._tree: log.Read | None = None
        self._size = 0
        try:
            if (home.keys / signing.FILE).exists() or (home.log / "checkpoint").exists():
                self.key = signer(home).key
                self.book = Logbook(home.log, self.key)
                self._size = self.book.checkpoint().size
                self._tree = self.book.reader()
        except (ArchiveError, DataError) as error:
            report.bad.append(_entry(0, str(error)))
        if logged.size() > self._size:
            why = f"the log has {self._size} entries, the rows know of {logged.size()}: its end was cut off"
            report.bad.append(_entry(self._size, why))

    def fault(self, entry: str, number: int | None, pending: str) -> str:
        """What is wrong between a record, of which the log should hold `entry`, and what the log holds."""
        if not entry and number is None and not pending:  # older than the log
            return ""
        if number is None:
            why = "the log was not told of this record; `tuoben rebuild --rows` makes good for it"
            return "" if pending == entry else "the record is not the one that waits for the log" if pending else why
        if self._tree is None or number >= self._size:
            return ""  # that the log is unreadable, or cut, was told
        try:
            held = self._tree(0, number)
        except ArchiveError:
            return ""  # and so will be the missing tile
        if log.leaf_hash(entry.encode()) == held:
            return ""
        return f"the record is not the one that the log was told of (entry {number})"

    def of_capture(self, archive: Archive, capture: Capture) -> list[Problem]:
        """The same for one capture."""
        try:
            entry = archive.read(capture).capture.leaf
        except (ArchiveError, LimitExceeded):
            entry = ""  # a revisit whose original is elsewhere
        number, pending = logged.places([capture.record_id]).get(capture.record_id, (None, ""))
        why = self.fault(entry, number, pending) if entry else ""
        if not why:
            return []
        return [Problem(segment=capture.segment, record=capture.record_id, offset=capture.offset, why=why)]

    def check(self, done: Verified, progress: Progress | None) -> list[Problem]:
        """What is wrong with the log itself, and entries whose record is nowhere."""
        if self.book is None or self._tree is None:
            return []
        bad = [_entry(0, why) for why in self.book.verify()]
        bad += [_entry(0, why) for why in timestamps.check(self._home, self.book)]
        if bad:
            return bad
        hidden = {leaf.record: leaf for leaf in logged.decisions()}
        newest, late = "", []
        unseen: dict[str, tuple[int, str]] = {}
        for number, entry in enumerate(self.book.entries()):
            if progress and number % 4096 == 4095:
                progress(LOG, number, self._size)
            said = leaves.read(entry)
            if not said:
                bad.append(_entry(number, "the entry is none of ours"))
                continue
            leaf = hidden.get(said["record"])
            if said["type"] != leaves.HIDE and not done.seen(number):
                unseen[said["record"]] = number, entry.decode()
            elif leaf is not None and not leaves.opens(entry.decode(), leaf.secret):
                bad.append(_entry(number, "what is kept of this decision is not what the log was told", leaf.record))
            if said["type"] == leaves.CAPTURE and _seconds(newest, said["time"]) > TOLERANCE:
                late.append(number)
            newest = max(newest, said["time"]) if said["type"] == leaves.CAPTURE else newest
        waiting = logged.places(list(unseen))  # a crash may have kept the rows from being told: the record was checked
        for record, (number, entry_text) in unseen.items():
            if waiting.get(record) != (None, entry_text):
                bad.append(_entry(number, "no segment holds the record of this entry", record))
        if late:
            self._report.notes.append(
                f"{len(late)} entries of the log, the first of them {late[0]}, have snapshot times more than an hour "
                "before those that were entered earlier: the clock was set, or captures were taken in late."
            )
        return bad


def _seconds(newest: str, time: str) -> float:
    """By how much a time lies before another one."""
    return (warc.parse_stamp(newest) - warc.parse_stamp(time)).total_seconds() if newest else 0.0


def _entry(number: int, why: str, record: str = "") -> Problem:
    return Problem(segment=LOG, record=record, offset=number, why=why)
