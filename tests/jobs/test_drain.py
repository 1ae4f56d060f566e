"""From the outbox to the index."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import rows
from outcomes import NOW
from tuoben.find import Wish, search
from tuoben.home import Home
from tuoben.index import Index
from tuoben.jobs.drain import drain, rebuild
from tuoben.store import models, repository

DRAIN = """
import sys
import django
django.setup()
from pathlib import Path
from tuoben.home import Home
from tuoben.jobs.drain import drain
print(sum(drain(Home(Path(sys.argv[1]))) for _ in range(20)))
"""


def write(*ids: str) -> None:
    """Articles that wait for the index."""
    for id in ids:
        said = rows.content(f"https://jilin.example/a/{id}.html", title=f"第{id}号供水通报")
        rows.article(id, said=said)
        models.Outbox.objects.create(topic="index", article=id)


def found(home: Home, words: str = "供水通报") -> set[str]:
    """Ids that the index gives."""
    return {hit.card.id for hit in search(Index.open(home.index), words, wish=Wish(limit=1000)).hits}


def test_what_waits_becomes_findable(home: Home) -> None:
    """Articles of the outbox are found after a drain; the outbox is empty then, and a second drain does nothing."""
    write("a1", "a2")
    assert drain(home) == 2
    assert found(home) == {"a1", "a2"} and repository.outbox() == []
    assert drain(home) == 0


def test_a_changed_and_a_hidden_article(home: Home) -> None:
    """A new revision replaces the old document, and a hidden article leaves the index."""
    write("a1", "a2")
    drain(home)
    row = models.Article.objects.get(pk="a1")
    said = rows.content(row.url, title="第一号停水预告")
    rows.revise(row, said, rows.capture(row.url, article="a1"))
    models.Outbox.objects.create(topic="index", article="a1")
    repository.hide("a2", "", NOW)
    assert drain(home) == 2
    assert found(home, "停水预告") == {"a1"} and "a2" not in found(home, "供水")


def test_an_archive_that_began_small_learns_its_words_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there are articles enough, the index is filled anew, once, and nothing is missing from it meanwhile."""
    write("a1", "a2")
    drain(home)
    with Index.open(home.index) as index:
        assert index.learned_of == 2
    monkeypatch.setattr("tuoben.jobs.drain.TOO_FEW", 3)
    monkeypatch.setattr("tuoben.jobs.drain.SAMPLE", 6)
    reader = Index.open(home.index)
    write("a3", "a4")
    assert drain(home) == 2 and Index.open(home.index).learned_of == 2
    write("a5", "a6")
    assert drain(home) == 6 and repository.outbox() == []
    reader.refresh()
    assert reader.learned_of == 6 and found(home) == {"a1", "a2", "a3", "a4", "a5", "a6"}
    write("a7")
    assert drain(home) == 1 and Index.open(home.index).learned_of == 6


def test_a_small_archive_is_learned_from_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sample would be every article, the index learns from all of them, however few are read at once."""
    monkeypatch.setattr("tuoben.jobs.drain.BATCH", 2)
    write("a1", "a2", "a3", "a4", "a5")
    repository.hide("a3", "", NOW)
    assert drain(home) == 5 and repository.outbox() == []
    assert Index.open(home.index).learned_of == 4 and found(home) == {"a1", "a2", "a4", "a5"}


def test_the_sample_is_of_the_whole_outbox(home: Home) -> None:
    """What the index learns from stands evenly among all that waits."""
    write(*(f"a{number:02d}" for number in range(40)))
    assert repository.outbox_sample(4) == ["a00", "a10", "a20", "a30"]
    assert len(repository.outbox_sample(30)) == 20 and len(repository.outbox_sample(100)) == 40
    models.Outbox.objects.all().delete()
    assert repository.outbox_sample(4) == []


def test_an_article_that_is_not_there(home: Home) -> None:
    """An entry for an article that no longer exists is worked off without harm."""
    write("a1")
    drain(home)
    models.Outbox.objects.create(topic="index", article="nothing")
    assert drain(home) == 1 and found(home) == {"a1"} and repository.outbox() == []


def test_a_lost_index_is_filled_again(home: Home) -> None:
    """When the index is gone, the next drain fills it with every article, though the outbox is empty."""
    write("a1", "a2")
    drain(home)
    for path in sorted(home.index.rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    assert drain(home) >= 2 and found(home) == {"a1", "a2"}


def test_beside_another_process_nothing_is_done(home: Home) -> None:
    """While another process has the index, a drain leaves the outbox to it."""
    write("a1")
    with home.lock("drain"):
        assert drain(home) == 0
    assert len(repository.outbox()) == 1 and drain(home) == 1


def test_two_processes_share_the_work(home: Home) -> None:
    """Two processes that drain at once index everything, and leave nothing behind."""
    ids = {f"n{n:03}" for n in range(120)}
    write(*ids)
    environment = os.environ | {"TUOBEN_DATA": str(home.root), "DJANGO_SETTINGS_MODULE": "tuoben.settings"}
    command = [sys.executable, "-c", DRAIN, str(home.root)]
    working = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [int(process.communicate(timeout=60)[0]) for process in working]
    assert [process.returncode for process in working] == [0, 0]
    drain(home)
    assert repository.outbox() == [] and found(home) == ids and sum(counts) >= 120


@pytest.mark.parametrize("count", [1, 501])
def test_a_long_outbox(home: Home, count) -> None:
    """An outbox longer than one batch is worked off to its end; an article that waits twice is indexed once."""
    write("a1")
    models.Outbox.objects.bulk_create(models.Outbox(topic="index", article="a1") for _ in range(count))
    assert drain(home) <= 2 and found(home) == {"a1"} and repository.outbox() == []


def test_a_rebuild_that_is_interrupted_loses_nothing(home: Home) -> None:
    """What a stopped rebuild had read waits on, also what came while it ran; the next drain brings it to the served index."""
    write("a1", "a2")
    drain(home)

    def stop(done: int) -> None:
        write("a3")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(home, stop)
    assert found(home) == {"a1", "a2"}
    assert drain(home) == 3 and found(home) == {"a1", "a2", "a3"} and repository.outbox() == []


def test_what_comes_during_a_rebuild(home: Home) -> None:
    """An article that came while the index was rebuilt is in the new one, and one that was hidden is not."""
    write("a1", "a2")
    drain(home)
    told: list[int] = []

    def meanwhile(done: int) -> None:
        told.append(done)
        if len(told) == 1:
            write("a3")
            repository.hide("a1", "", NOW)

    assert rebuild(home, meanwhile) == 4 and told == [2, 4]
    assert found(home) == {"a2", "a3"} and repository.outbox() == []
