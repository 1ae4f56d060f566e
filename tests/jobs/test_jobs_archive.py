"""Work over the whole archive: verifying it, making rows and index anew from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from loopback import Web
from outcomes import NOW, collect
from stories import publish
from tuoben import planning
from tuoben.errors import DataError
from tuoben.find import search
from tuoben.home import Home
from tuoben.index import Index
from tuoben.jobs import drain
from tuoben.jobs.rebuild import Reading, Rebuilt, rebuild_rows
from tuoben.jobs.verify import verify
from tuoben.pipeline import Plan
from tuoben.runner import Runner
from tuoben.store import checks, models, queries, repository

RULES = planning.rules(None)


@pytest.fixture
def archive(home: Home, web: Web, runner: Runner) -> Home:
    """Three articles of one source, collected."""
    host = web.host("a.test")
    publish(host, 3)
    repository.add_source("http://a.test/", "甲", "国内", [("http://a.test/feed.xml", "feed")], NOW)
    collect(home, web, runner)
    return home


def segment(home: Home) -> Path:
    """The file of the only segment."""
    (path,) = (home.archive).rglob("*.warc.gz")
    return path


def rebuild(home: Home, runner: Runner, progress=lambda name, done: None) -> Rebuilt:
    """Rows made anew."""
    return rebuild_rows(home, Reading(runner, RULES, Plan(), progress))


def articles() -> list[tuple]:
    """All articles as the rows have them."""
    return sorted(
        models.Article.objects.values_list("id", "url", "title", "category", "sort_at", "captured_at", "site")
    )


# --- verify -----------------------------------------------------------------------------------------------------------
def test_a_sound_archive(archive: Home) -> None:
    """Every record is checked, of all or of one article, and progress is told to the end of each segment."""
    told: list[tuple[str, int, int]] = []
    report = verify(archive, (), lambda *step: told.append(step))
    assert report.bad == [] and report.checked == 3 * models.Capture.objects.count() + 1
    assert told and told[-1][1] == told[-1][2] == segment(archive).stat().st_size
    one = verify(archive, [models.Article.objects.first().pk])
    assert (one.checked, one.bad) == (1, [])


def test_a_changed_byte_is_named(archive: Home) -> None:
    """One flipped byte is one bad place, named by segment and offset, for the whole and for its article."""
    row = models.Article.objects.get(url="http://a.test/a/2.html")
    place = models.Capture.objects.get(article=row.pk)
    path = segment(archive)
    data = bytearray(path.read_bytes())
    data[place.offset + place.length // 2] ^= 0xFF
    path.write_bytes(data)
    bad = verify(archive).bad
    assert bad and all(problem.segment == place.segment for problem in bad)
    assert any(problem.offset == place.offset for problem in bad)
    assert verify(archive, [row.pk]).bad
    other = models.Article.objects.exclude(pk=row.pk).first()
    assert verify(archive, [other.pk]).bad == []


def test_a_segment_that_was_cut_off(archive: Home) -> None:
    """Rows behind the end of a shortened segment are named one by one."""
    path = segment(archive)
    last = models.Capture.objects.order_by("-offset").first()
    with path.open("r+b") as file:
        file.truncate(last.offset)
    bad = verify(archive).bad
    assert last.record_id in {problem.record for problem in bad}


def test_a_segment_that_is_missing(archive: Home) -> None:
    """A segment that the rows know and the disk does not is named."""
    segment(archive).unlink()
    assert "the segment is missing" in {problem.why for problem in verify(archive).bad}


def test_a_foreign_file_in_the_archive(archive: Home) -> None:
    """A file that is no WARC is a bad segment, and the others are checked all the same."""
    foreign = archive.archive / "2026" / "01" / "01" / "x.warc.gz"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"nothing of ours")
    report = verify(archive)
    assert {problem.segment for problem in report.bad} == {"2026/01/01/x.warc.gz"} and report.checked > 9


def test_an_empty_archive_is_sound(home: Home) -> None:
    """Before the first capture there is nothing to check and nothing wrong."""
    assert (verify(home).checked, verify(home).bad) == (0, [])


# --- rebuild ----------------------------------------------------------------------------------------------------------
def test_rows_made_anew_are_the_old_ones(archive: Home, runner: Runner) -> None:
    """After a rebuild the same articles stand there, hidden ones hidden, and nothing is left to be taken in."""
    repository.hide(articles()[0][0], "请求", NOW)
    before, committed = articles(), repository.segments()
    captures = set(models.Capture.objects.values_list("record_id", "article", "time"))
    found = rebuild(archive, runner)
    assert (found.captures, found.damage, found.notes) == (len(captures), [], [])
    assert articles() == before and repository.segments() == committed
    assert set(models.Capture.objects.values_list("record_id", "article", "time")) == captures
    assert models.Article.objects.get(pk=before[0][0]).hidden_at == NOW
    assert not (archive.root / "rebuild.sqlite3").exists()
    assert len(repository.outbox()) == 3


def test_rows_without_a_database(archive: Home, runner: Runner) -> None:
    """When the rows are lost, sources, listings and articles come back from the WARCs with their ids."""
    before = articles()
    connection.close()
    for path in archive.root.glob("tuoben.sqlite3*"):
        path.unlink()
    found = rebuild(archive, runner)
    assert articles() == before and found.damage == [] and "hidden" in found.notes[0]
    (site,) = queries.sites()
    assert (site.id, site.name, site.category) == ("a.test", "甲", "国内")
    assert [(one.kind, one.url) for one in site.listings] == [("feed", "http://a.test/feed.xml")]


def test_after_a_rebuild_nothing_is_fetched_again(archive: Home, web: Web, runner: Runner) -> None:
    """A crawl after a rebuild asks for listings alone: what was collected is known."""
    rebuild(archive, runner)
    seen = len(web.log)
    collect(archive, web, runner)
    assert {hit.path for hit in web.log[seen:]} <= {"/feed.xml", "/robots.txt"}


def test_a_rebuild_of_a_damaged_archive(archive: Home, runner: Runner) -> None:
    """What cannot be read is left out, the rest comes back."""
    place = models.Capture.objects.get(url="http://a.test/a/2.html")
    path = segment(archive)
    data = bytearray(path.read_bytes())
    data[place.offset + 2 : place.offset + place.length] = bytes(place.length - 2)
    path.write_bytes(data)
    found = rebuild(archive, runner)
    assert {row[1] for row in articles()} == {"http://a.test/a/1.html", "http://a.test/a/3.html"}
    assert found.damage and all(place.segment in sentence for sentence in found.damage)


def test_no_rebuild_while_a_worker_collects(archive: Home, runner: Runner) -> None:
    """Beside a worker the rows are not touched, and one sentence says why."""
    before = articles()
    with archive.lock("crawl"), pytest.raises(DataError, match="worker"):
        rebuild(archive, runner)
    assert articles() == before


def test_a_rebuild_that_breaks_leaves_the_old_rows(archive: Home, runner: Runner) -> None:
    """When it is stopped half-way, the file with the old rows is as it was."""
    before = articles()

    def stop(name: str, done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(archive, runner, stop)
    checks.use_database(archive.database)
    assert articles() == before
    assert rebuild(archive, runner).captures > 0 and articles() == before


def test_a_paused_source_stays_paused(archive: Home, web: Web, runner: Runner) -> None:
    """A source that the operator paused is not asked for after a rebuild, whatever falls due."""
    repository.set_source_state("a.test", "paused", "Paused by the operator.")
    rebuild(archive, runner)
    assert models.Source.objects.get().state == "paused"
    models.Item.objects.update(due_at=NOW)
    models.Host.objects.update(wake_at=NOW)
    seen = len(web.log)
    collect(archive, web, runner)
    assert {hit.path for hit in web.log[seen:]} <= {"/robots.txt"}


def test_a_removed_source_stays_removed(archive: Home, runner: Runner) -> None:
    """A source that the operator removed is not collected from after a rebuild."""
    repository.add_source("http://b.test/", "乙", "", [("http://b.test/feed.xml", "feed")], NOW)
    repository.remove_source("a.test")
    rebuild(archive, runner)
    assert not models.Source.objects.filter(pk="a.test", state="active").exists()


def test_the_rows_are_those_of_the_data_directory(archive: Home) -> None:
    """These tests work on the data directory's own file, in write-ahead mode with full syncs."""
    with connection.cursor() as cursor:
        told = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert told == ["wal", 2] and connection.settings_dict["NAME"] == str(archive.database)


# --- the index --------------------------------------------------------------------------------------------------------
def found(home: Home, words: str) -> int:
    """How many articles the index gives for words."""
    return search(Index.open(home.index), words).total


def test_an_index_made_anew_answers_as_the_old_one(archive: Home) -> None:
    """After a rebuild of the index the same is found; progress is told; hidden articles are not in it."""
    assert found(archive, "通报") == 3
    repository.hide(articles()[0][0], "", NOW)
    told: list[int] = []
    assert drain.rebuild(archive, told.append) == 3 and told[-1] == 3
    assert found(archive, "通报") == 2 and repository.outbox() == []


def test_no_index_is_made_anew_while_another_process_writes_it(archive: Home) -> None:
    """The lock of the index is respected, and one sentence says so."""
    with archive.lock("drain"), pytest.raises(DataError, match="Another process"):
        drain.rebuild(archive, lambda done: None)
