"""Writing segments: durable when acknowledged, rolled, and well behaved when the disk is not."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tuoben.archive.segments import Entry, Segments, payload_digest
from tuoben.archive.verify import verify_segment
from tuoben.errors import ArchiveError, DiskFull, UsageError
from warcs import entry, exchange

WRITER = """
import os, resource, sys
from itertools import pairwise
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from warcs import entry
from tuoben.archive.segments import Segments
from tuoben.errors import DiskFull
root, limit = Path(sys.argv[1]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
segments = Segments(root, writer=f"w{os.getpid()}")
for number in range(100000):
    batch = [entry({"n": number}, url=f"http://news.test/{number}/{i}", body=os.urandom(9000)) for i in range(3)]
    try:
        captures = segments.append(batch)
    except DiskFull as error:
        print("full", segments.current or "-", error, flush=True)
        sys.exit(3)
    for capture in captures:
        print("ok", capture.segment, capture.offset, capture.end, capture.payload_digest, flush=True)
"""


def writer(root: Path, limit: int = 0) -> subprocess.Popen[str]:
    """A process that appends batches and prints what it was told is durable."""
    arguments = [sys.executable, "-c", WRITER, str(root), str(Path(__file__).parents[1]), str(limit)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def problems(segments: Segments) -> list:
    """What `verify_segment` finds in all segments."""
    return [problem for name in segments.segments() for problem in verify_segment(segments.path(name))]


def test_captures_say_where_they_lie(tmp_path: Path) -> None:
    """Each capture's offset, length and end are those of its response member, and the file ends at the last one."""
    with Segments(tmp_path, writer="t") as segments:
        captures = segments.append([entry(url=f"http://news.test/{n}") for n in range(3)])
        captures += segments.append([entry(body=b"x" * 100_000)])
        assert segments.length(captures[0].segment) == captures[-1].end
    for capture, following in pairwise(captures):
        assert capture.offset + capture.length == capture.end < following.offset
    assert captures[-1].payload_digest == payload_digest(b"x" * 100_000)
    assert problems(segments) == []


def test_nothing_to_append_makes_no_file(tmp_path: Path) -> None:
    """An empty batch is no reason for a segment."""
    with Segments(tmp_path, writer="t") as segments:
        assert segments.append([]) == []
    assert list(tmp_path.iterdir()) == []


def test_segments_roll_by_size_and_day(tmp_path: Path) -> None:
    """A segment that is full, or of yesterday in UTC, is left for a new one; its folder is its day."""
    now = [datetime(2026, 11, 22, 23, 59, tzinfo=UTC)]
    with Segments(tmp_path, writer="w1", roll_size=6000, clock=lambda: now[0]) as segments:
        names = [segments.append([entry(body=os.urandom(3000))])[0].segment for _ in range(3)]
        now[0] = datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC)
        names += [segments.append([entry()])[0].segment]
    assert names == [
        "2026/11/22/20261122235900-w1-00000.warc.gz",
        "2026/11/22/20261122235900-w1-00000.warc.gz",
        "2026/11/22/20261122235900-w1-00001.warc.gz",
        "2026/11/23/20261123000001-w1-00002.warc.gz",
    ]
    assert segments.segments() == sorted(set(names))
    assert problems(segments) == []


def test_two_writers_never_share_a_file(tmp_path: Path) -> None:
    """Two processes with one name at one instant still write two segments."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with (
        Segments(tmp_path, writer="t", clock=lambda: noon) as one,
        Segments(tmp_path, writer="t", clock=lambda: noon) as two,
    ):
        assert one.append([entry()])[0].segment != two.append([entry()])[0].segment


def test_writers_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A writer's name is a plain word."""
    with pytest.raises(UsageError):
        Segments(tmp_path, writer="../x")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x.warc.gz", "a/../../x", "a\\b", "a\0b"])
def test_segment_names_stay_below_the_root(tmp_path: Path, name: str) -> None:
    """A place from a database or an import never reads another file."""
    with pytest.raises(ArchiveError):
        Segments(tmp_path, writer="t").read((name, 0))


def test_full_disk_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """When the file can grow no further, the batch is refused as a whole and the segment stays whole."""
    process = writer(tmp_path, limit=100_000)
    lines = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 3
    assert lines[-1].endswith("there is no room left on the disk.")
    ends = [int(line.split()[3]) for line in lines[:-1]]
    segments = Segments(tmp_path, writer="later")
    [name] = segments.segments()
    assert segments.length(name) == ends[-1]
    assert len(list(segments.captures(name))) == len(ends) == 9
    assert problems(segments) == []
    assert segments.append([entry()])[0].segment != name


def test_full_disk_at_the_first_capture_leaves_no_file(tmp_path: Path) -> None:
    """A segment whose first batch finds no room is taken away again."""
    process = writer(tmp_path, limit=2000)
    lines = process.communicate(timeout=60)[0].splitlines()
    assert [line.split()[0] for line in lines] == ["full"]
    assert Segments(tmp_path, writer="t").segments() == []


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.EIO, ArchiveError), (errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull)]
)
def test_failed_fsync_ends_the_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    """After a failed fsync nothing of the batch stays in the file, it is never synced again, and a new one is begun."""
    synced: list[int] = []
    real = os.fsync

    def fails(handle: int) -> None:
        synced.append(handle)
        raise OSError(number, os.strerror(number))

    with Segments(tmp_path, writer="t") as segments:
        [first] = segments.append([entry()])
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fails)
            with pytest.raises(expected):
                segments.append([entry()])
        assert len(synced) == 1
        assert segments.length(first.segment) == first.end
        assert os.fsync is real
        [second] = segments.append([entry()])
        assert second.segment != first.segment
    assert problems(segments) == []


def test_root_that_cannot_be_written_is_one_plain_error(tmp_path: Path) -> None:
    """A root below a file is refused as an ArchiveError, not as a traceback of the system."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="cannot be made"):
        Segments(tmp_path / "file", writer="t").append([entry()])


@pytest.mark.parametrize("pause", [0.05, 0.2, 0.37])
def test_killed_writer_loses_nothing_acknowledged(tmp_path: Path, pause: float) -> None:
    """After kill -9 in mid-write every printed capture is read back; the tail is taken in or cut, and all is clean."""
    process = writer(tmp_path)
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines()
    process.wait(timeout=30)
    process.stdout.close()
    told = [line.split() for line in lines if len(line.split()) == 5]
    segments = Segments(tmp_path, writer="t")
    [name] = segments.segments()
    for _, segment, offset, end, digest in told:
        stored = segments.read((segment, int(offset)))
        assert payload_digest(stored.exchange.body) == digest
        assert stored.capture.end == int(end)
    durable = int(told[-1][3])
    segments.cut_torn(name, durable)
    behind = list(segments.tail(name, durable))
    assert all(stored.capture.offset > durable for stored in behind)
    assert len(list(segments.captures(name))) == len(told) + len(behind)
    assert problems(segments) == []


def test_segment_being_written_is_not_cut(tmp_path: Path) -> None:
    """A growing segment of a living process is no torn one."""
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([entry()])
        with pytest.raises(ArchiveError, match="still being written"):
            segments.cut_torn(capture.segment, capture.end)
    assert segments.cut_torn(capture.segment, capture.end) is None


def test_digest_known_beforehand_is_used(tmp_path: Path) -> None:
    """A caller that looked for identical payloads hands its digest on."""
    item = exchange(body=b"news")
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([Entry(exchange=item, note={}, payload_digest=payload_digest(item.body))])
    assert capture.payload_digest == payload_digest(b"news")
    assert problems(segments) == []


@pytest.mark.parametrize("meanwhile", ["taken away", "locked"])
def test_new_segment_that_another_process_meets_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """A file that start-up elsewhere takes for an empty one, before it is locked, never gets a capture."""
    real, met = fcntl.flock, []

    def late(handle: int, operation: int) -> None:
        if not met:
            met.extend(tmp_path.rglob("*.warc.gz"))
            if meanwhile == "locked":
                raise BlockingIOError
            met[0].unlink()
        real(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with Segments(tmp_path, writer="t") as segments:
        [capture] = segments.append([entry()])
        assert segments.path(capture.segment) != met[0]
        assert segments.segments() == [capture.segment]
        assert segments.read(capture).exchange == entry().exchange
