"""Every record of the archive against its digests, and the rows against the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tuoben.archive.reading import Archive
from tuoben.archive.verify import Problem, verify_capture, verify_segment
from tuoben.home import Home
from tuoben.store import checks, repository


@dataclass(slots=True)
class Report:
    """What was found. `checked`: records."""

    checked: int
    bad: list[Problem]


def verify(home: Home, articles: Sequence[str] = (), progress: Callable[[str, int, int], None] | None = None) -> Report:
    """Check all segments (or the captures of some articles); `progress` is told (segment, bytes done, bytes in all)."""
    archive = Archive(home.archive)
    report = Report(0, [])
    if articles:
        for capture in checks.captures_of_articles(articles):
            report.checked += 1
            report.bad += verify_capture(archive, capture)
        return report
    known = repository.segments()
    for name in sorted(set(archive.segments()) | set(known)):
        if not archive.path(name).is_file():
            report.bad.append(Problem(segment=name, record="", offset=0, why="the segment is missing"))
            continue
        told = (lambda done, total, name=name: progress(name, done, total)) if progress else None
        check = verify_segment(archive.path(name), segment=name, expect_end=known.get(name), progress=told)
        report.bad += list(check)
        report.checked += check.records
    report.bad += list(_rows_without_record(archive))
    return report


def _rows_without_record(archive: Archive) -> Iterator[Problem]:
    """Rows that speak of bytes behind the end of their segment."""
    lengths: dict[str, int] = {}
    for segment, record, offset, end in checks.capture_places():
        if segment not in lengths:
            lengths[segment] = archive.length(segment)
        if 0 < lengths[segment] < end:
            yield Problem(segment=segment, record=record, offset=offset, why="the segment ends before this record")
