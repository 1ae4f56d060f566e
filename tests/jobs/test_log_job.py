"""The log follows the rows: every capture and every hiding is entered once, and whatever is changed later is told."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from loopback import Web
from outcomes import NOW, collect
from stories import publish
from tuoben import planning
from tuoben.archive import leaves, manifest, signing, warc, writing
from tuoben.archive.log import NotProven
from tuoben.archive.members import Member, Stream
from tuoben.archive.reading import Archive
from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.jobs import hiding, sequence, verified
from tuoben.jobs.rebuild import Reading, rebuild_rows
from tuoben.jobs.verify import verify
from tuoben.pipeline import Plan
from tuoben.runner import Runner
from tuoben.store import models, repository


@pytest.fixture
def archive(home: Home, web: Web, runner: Runner) -> Home:
    """Three articles of one source, collected and entered."""
    host = web.host("a.test")
    publish(host, 3)
    repository.add_source("http://a.test/", "甲", "国内", [("http://a.test/feed.xml", "feed")], NOW)
    collect(home, web, runner)
    return home


def entered(home: Home) -> list[dict]:
    """What the log holds."""
    return [json.loads(entry) for entry in sequence.book(home).entries()]


def whys(home: Home) -> str:
    """All that verify says."""
    return "; ".join(f"{one.segment} {one.why}" for one in verify(home).bad)


def segment(home: Home) -> Path:
    (path,) = home.archive.rglob("*.warc.gz")
    return path


def put(fields: list[tuple[str, str]], name: str, value: str) -> None:
    """Give a header field another value, where it stands."""
    fields[:] = [(key, value if key == name else old) for key, old in fields]


def rewrite(home: Home, change) -> None:
    """Write the segment anew, each member with its digests, seal and place as they should be, the rows with it."""
    path, out, lead = segment(home), b"", 0
    with path.open("rb") as file:
        size, at = path.stat().st_size, 0
        while at < size:
            member = Member(file, at)
            record = warc.read_record(stream := Stream(member))
            assert stream.ended()
            at, fields, start = member.end, [pair for pair in record.fields if pair[0] != "Content-Length"], len(out)
            kind = record.get("WARC-Type")
            block = change(kind, fields, record.block) or record.block
            put(fields, "WARC-Block-Digest", warc.digest(block))
            put(fields, warc.LEAD, str(lead))
            out += writing.member(fields, block)
            lead = 0 if kind in ("response", "revisit", "warcinfo") else lead + len(out) - start
            rows = models.Capture.objects.filter(record_id=warc.bare_id(record.get("WARC-Record-ID")))
            rows.update(offset=start, length=len(out) - start, end=len(out))
    path.write_bytes(out)
    models.Segment.objects.update(committed=len(out))


def unsealed(home: Home) -> None:
    for path in home.archive.rglob("*.manifest"):
        path.unlink()


# --- what is entered --------------------------------------------------------------------------------------------------
def test_every_capture_is_entered_once(archive: Home) -> None:
    """After a crawl each capture has its number; the entries tell records, times and digests, never an address."""
    captures = {row.record_id: row for row in models.Capture.objects.all()}
    told = entered(archive)
    assert [entry["record"] for entry in told] == list(
        models.LogLeaf.objects.order_by("number").values_list("record", flat=True)
    )
    assert {entry["record"] for entry in told} == set(captures) and not sequence.sequence(archive)
    for entry in told:
        row = captures[entry["record"]]
        assert (entry["time"], entry["block"]) == (warc.stamp(row.time), row.block_digest)
        assert "a.test" not in json.dumps(entry) and row.segment not in json.dumps(entry)
    assert verify(archive).bad == []


def test_an_entry_can_be_made_again_from_the_warc(archive: Home) -> None:
    """What the writer told the log is what a reader of the WARC finds."""
    for row in models.Capture.objects.all():
        stored = Archive(archive.archive).read(repository.capture_record(row))
        number = models.LogLeaf.objects.get(record=row.record_id).number
        assert stored.capture.leaf.encode() == next(sequence.book(archive).entries(number, number + 1))


def test_hiding_is_entered_and_tells_nothing(archive: Home) -> None:
    """The log is told that something was hidden, and when; which article it was, only the archive can show."""
    article = models.Article.objects.first().pk
    assert hiding.hide(article, "请求", NOW) and not hiding.hide("nothing", "", NOW)
    assert sequence.sequence(archive) == 1
    entry, row = entered(archive)[-1], models.LogLeaf.objects.get(kind="hide")
    assert entry["type"] == "hide" and set(entry) == {"about", "record", "time", "type", "v"}
    assert article not in json.dumps(entry) and leaves.opens(json.dumps(entry), row.secret)
    assert verify(archive).bad == []
    models.LogLeaf.objects.filter(kind="hide").update(secret=row.secret.replace(article, "another"))
    assert "not what the log was told" in whys(archive)


# --- crashes and losses -----------------------------------------------------------------------------------------------
def test_a_crash_between_log_and_rows(archive: Home) -> None:
    """When the log was written and the rows were not told, the next run takes the numbers from the log."""
    before = entered(archive)
    rows = models.LogLeaf.objects.order_by("-number")[:3]
    for row, entry in zip(rows, reversed(before), strict=False):
        models.LogLeaf.objects.filter(pk=row.pk).update(number=None, entry=leaves.canonical(entry).decode())
    assert verify(archive).bad == []  # the log is ahead, and nothing is wrong
    sequence.sequence(archive)
    assert entered(archive) == before and not models.LogLeaf.objects.filter(number=None).exists()
    assert verify(archive).bad == []


def test_rows_made_anew_find_their_numbers(archive: Home, runner: Runner) -> None:
    """After a rebuild, and after all rows were lost, the log is the same, and what was hidden is still known."""
    hiding.hide(models.Article.objects.first().pk, "", NOW)
    sequence.sequence(archive)
    before = entered(archive)
    rebuild_rows(archive, Reading(runner, planning.rules(None), Plan(), lambda name, done: None))
    assert models.LogLeaf.objects.filter(number=None).count() == len(before)
    sequence.sequence(archive)
    assert entered(archive) == before and models.LogLeaf.objects.exclude(secret="").count() == 1
    assert verify(archive).bad == []
    models.LogLeaf.objects.all().delete()
    sequence.recover(sequence.book(archive))
    assert models.LogLeaf.objects.exclude(number=None).count() == len(before)
    assert verify(archive).bad == []


def test_one_process_at_a_time_and_not_too_often(archive: Home) -> None:
    """While another process enters, or the last checkpoint is fresh, nothing is done; what waits is not lost."""
    hiding.hide(models.Article.objects.first().pk, "", NOW)
    with archive.lock("log"):
        assert sequence.sequence(archive) == 0
    assert sequence.sequence(archive, period=60.0) == 0
    os.utime(archive.log / "checkpoint", (1, 1))
    assert sequence.sequence(archive, period=60.0) == 1


def test_a_lost_key_or_log_is_named(archive: Home) -> None:
    """Without the key the log was begun with, or with a log that was cut off, nothing is entered, and it is said why."""
    hiding.hide(models.Article.objects.first().pk, "", NOW)
    shutil.move(archive.keys / signing.FILE, archive.root / "kept")
    with pytest.raises(DataError, match="backup"):
        sequence.sequence(archive)
    assert "backup" in whys(archive)
    shutil.move(archive.root / "kept", archive.keys / signing.FILE)
    shutil.rmtree(archive.log)
    with pytest.raises(DataError, match="rebuild"):
        sequence.sequence(archive)
    assert "cut off" in whys(archive)


def test_old_checkpoints_are_thinned(archive: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the checkpoints of a day long past the last one stays, and those that were time-stamped."""
    monkeypatch.setattr(sequence, "RECENT", 2)
    folder = archive.log / "checkpoints"
    (archive.log / "timestamps").mkdir()
    (archive.log / "timestamps" / f"{2:012}.1.tsr").touch()
    for size, day in ((1, 10), (2, 10), (3, 10), (4, 11), (5, 11)):
        (folder / f"{size:012}").touch()
        os.utime(folder / f"{size:012}", (day * 86400, day * 86400))
    sequence._thin(archive)
    kept = sorted(int(path.name) for path in folder.iterdir())
    assert kept == [2, 3, 5, len(entered(archive))]


# --- manifests --------------------------------------------------------------------------------------------------------
def test_a_closed_segment_is_sealed(archive: Home) -> None:
    """Length, records and SHA-256 of a closed segment are signed beside it; every change of either is told."""
    path = segment(archive)
    seal = manifest.path_of(path)
    told = manifest.read(path, sequence.signer(archive).key)
    assert told is not None and told.length == path.stat().st_size
    assert told.records == 3 * models.Capture.objects.count() + 1
    whole = seal.read_bytes()
    seal.write_bytes(whole.replace(b"length ", b"length 1"))
    assert "manifest" in whys(archive)
    seal.write_bytes(whole)
    with path.open("ab") as file:
        file.write(writing.encode_warcinfo(filename="x", time=NOW, software="y", record_id=warc.new_id()))
    assert "manifest says" in whys(archive)


def test_a_segment_of_a_process_that_ended_is_sealed_later(archive: Home) -> None:
    """Who finds a segment without a manifest seals it, once, and not while it is written or damaged."""
    key, stored, name = sequence.signer(archive), Archive(archive.archive), models.Segment.objects.get().name
    before = manifest.path_of(segment(archive)).read_text()
    assert not manifest.seal(stored, name, key)
    unsealed(archive)
    assert manifest.seal(stored, name, key) and manifest.path_of(segment(archive)).read_text() == before
    unsealed(archive)
    segment(archive).write_bytes(segment(archive).read_bytes()[:-1])
    assert not manifest.seal(stored, name, key)


def test_the_manifest_of_another_segment_is_told(archive: Home, web: Web, runner: Runner) -> None:
    """Two segments that change places, with their manifests, are both found out."""
    publish(web.host("b.test"), 2)
    repository.add_source("http://b.test/", "乙", "国内", [("http://b.test/feed.xml", "feed")], NOW)
    collect(archive, web, runner)
    one, two = sorted(archive.archive.rglob("*.warc.gz"))
    for a, b in ((one, two), (manifest.path_of(one), manifest.path_of(two))):
        kept, other = a.read_bytes(), b.read_bytes()
        a.write_bytes(other)
        b.write_bytes(kept)
    assert {problem.segment for problem in verify(archive).bad} == {
        path.relative_to(archive.archive).as_posix() for path in (one, two)
    }
    unsealed(archive)
    assert any("not here" in problem.why for problem in verify(archive).bad)


# --- forgeries that keep every digest in order ------------------------------------------------------------------------
def backdated(kind, fields, block):
    put(fields, "WARC-Date", "2001-01-01T00:00:00.000000Z")


def changed(kind, fields, block):
    if kind == "response" and b"<h1>" in block:
        block = block.replace(b"<h1>", b"<h2>", 1)
        put(fields, "WARC-Payload-Digest", warc.digest(block.partition(b"\r\n\r\n")[2]))
        return block


def asked_otherwise(kind, fields, block):
    return block.replace(b"GET ", b"PUT ", 1) if kind == "request" else None


def noted_otherwise(kind, fields, block):
    return block.replace(b'"elapsed"', b'"ElapseD"', 1) if kind == "metadata" else None


def from_elsewhere(kind, fields, block):
    if kind == "response":
        put(fields, "WARC-IP-Address", "192.0.2.99")


@pytest.mark.parametrize("change", [backdated, changed, asked_otherwise, noted_otherwise, from_elsewhere])
def test_a_record_written_anew_is_told(archive: Home, change) -> None:
    """A record that was changed, with digests, seals and rows made to fit, is not the one that the log was told of."""
    unsealed(archive)
    rewrite(archive, lambda kind, fields, block: None)
    assert verify(archive).bad == []
    rewrite(archive, change)
    bad = verify(archive).bad
    assert bad and all(problem.record and "that the log was told of" in problem.why for problem in bad)


def test_a_dropped_record_is_told(archive: Home) -> None:
    """A capture that is cut out of segment and rows alike is missed by the log."""
    unsealed(archive)
    row = models.Capture.objects.order_by("-offset").first()
    before = models.Capture.objects.order_by("-offset")[1]
    with segment(archive).open("r+b") as file:
        file.truncate(before.end)
    models.Segment.objects.update(committed=before.end)
    row.delete()
    (problem,) = verify(archive).bad
    assert (problem.segment, problem.record) == ("log", row.record_id) and "no segment holds" in problem.why
    models.LogLeaf.objects.filter(record=row.record_id).delete()
    assert "no segment holds" in whys(archive)


def test_a_record_that_was_slipped_in_is_told(archive: Home) -> None:
    """A record in rows and segment of which the log was never told is named."""
    record = models.LogLeaf.objects.order_by("-number").first().record
    models.LogLeaf.objects.filter(record=record).delete()
    (problem,) = [one for one in verify(archive).bad if one.segment != "log"]
    assert problem.record == record and "not told" in problem.why


def test_a_forked_log_and_a_replaced_key_are_told(archive: Home) -> None:
    """Another history under the same key, and the same under another, are both found."""
    kept = archive.root / "kept"
    shutil.copytree(archive.log, kept)
    shutil.rmtree(archive.log)
    key, entries = sequence.signer(archive), [b"{}"] * len(list((kept / "tile").iterdir()))
    sequence.book(archive).append(entries, key)
    assert "cut off" in whys(archive)
    shutil.rmtree(archive.log)
    shutil.copytree(kept, archive.log)
    assert verify(archive).bad == []
    (archive.keys / signing.FILE).unlink()
    signing.prepare(archive.keys)
    assert "not signed by the key" in whys(archive)


def test_times_that_run_backwards_are_noted(archive: Home) -> None:
    """Snapshot times far behind those entered earlier are told, as something to know."""
    assert verify(archive).notes == []
    entry = entered(archive)[0] | {"time": "2001-01-01T00:00:00.000000Z", "record": warc.new_id()}
    models.LogLeaf.objects.create(record=entry["record"], kind="capture", entry=leaves.canonical(entry).decode())
    sequence.sequence(archive)
    assert any("clock" in note for note in verify(archive).notes)


# --- going on ---------------------------------------------------------------------------------------------------------
def test_a_check_that_was_stopped_goes_on(
    archive: Home, web: Web, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is not read again, what was found is told again, and a changed segment is looked at anew."""
    publish(web.host("b.test"), 2)
    repository.add_source("http://b.test/", "乙", "国内", [("http://b.test/feed.xml", "feed")], NOW)
    collect(archive, web, runner)
    one, two = sorted(archive.archive.rglob("*.warc.gz"))
    data = bytearray(one.read_bytes())
    data[len(data) // 2] ^= 1
    one.write_bytes(data)
    monkeypatch.setattr(verified, "EVERY", 0.0)
    whole = verify(archive)

    def stop(name: str, done: int, total: int) -> None:
        if name.endswith(two.name):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(archive, (), stop)
    told: list[str] = []
    again = verify(archive, (), lambda name, done, total: told.append(name))
    assert {name.rpartition("/")[2] for name in told} == {two.name} and "goes on" in again.notes[0]
    assert (again.checked, again.bad) == (whole.checked, whole.bad)
    assert not (archive.root / "verify.json").exists()


def test_an_unreadable_state_begins_anew(archive: Home) -> None:
    """A state that is broken is no state."""
    (archive.root / "verify.json").write_text("{broken")
    report = verify(archive)
    assert report.bad == [] and report.notes == []


def test_a_foreign_checkpoint_is_no_ground_to_go_on(archive: Home) -> None:
    """A checkpoint that another key signed stops entering: nothing is built on it."""
    (archive.log / "checkpoint").write_text("x\n1\n" + "A" * 43 + "=\n\n\u2014 x AAAAAAAA\n")
    hiding.hide(models.Article.objects.first().pk, "", NOW)
    with pytest.raises(NotProven):
        sequence.sequence(archive)
