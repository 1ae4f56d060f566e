"""The log as static files, and the proof of a snapshot as a download."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile

import pytest

import rows
from tuoben.archive import log
from tuoben.home import Home
from tuoben.jobs import export, sequence
from tuoben.jobs.proof import proof
from tuoben.model import Policy
from tuoben.store import logged, models
from tuoben.web.views import proving

PAGE = "https://paper.example/a/1.html"


@pytest.fixture
def proven(db, data, segments):
    """An article whose record is in the log."""
    Home(data).prepare()
    page, stored = rows.store(segments, PAGE, "<h1>供水通报</h1>".encode(), article="main")
    row = rows.article("main", said=rows.content(PAGE, title="供水通报"), page=page)
    logged.add([stored])
    return row


def test_a_proof_is_downloaded(app, proven, data, tmp_path):
    """The button on the reading page gives one .zip, the same each time, that holds by itself."""
    assert app.get("/a/main/proof.zip").status_code == 404  # nothing was ever entered
    sequence.signer(Home(data))
    waiting = app.get("/a/main/proof.zip")
    assert waiting.status_code == 503 and "等待记入日志" in waiting.content.decode() and waiting["Retry-After"]
    sequence.sequence(Home(data))
    assert "/a/main/proof.zip" in app.get("/a/main/").content.decode()
    answer = app.get("/a/main/proof.zip")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert "attachment" in answer["Content-Disposition"] and answer.content == app.get("/a/main/proof.zip").content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    if shutil.which("openssl"):
        done = subprocess.run([sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True)
        assert done.returncode == 0 and PAGE in done.stdout, done.stderr
    assert "不证明" in (folder / "README.md").read_text() or "没有证明" in (folder / "README.md").read_text()


def test_what_is_not_shown_is_not_proven(app, proven, data):
    """A hidden article has no proof to download, nor one that is not to be shown, nor one that is not there."""
    sequence.sequence(Home(data))
    assert app.get("/a/nothing/proof.zip").status_code == 404
    revision = models.Revision.objects.get()
    revision.content["policy"] = revision.content.get("policy", {}) | {"noarchive": True}
    revision.save()
    assert Policy(noarchive=True) and app.get("/a/main/proof.zip").status_code == 302
    assert "proof.zip" not in app.get("/a/main/").content.decode()
    rows.hide(proven)
    assert app.get("/a/main/proof.zip").status_code == 410


def test_the_log_is_served(app, proven, data):
    """Checkpoint, key and tiles are there for any client of a log, tiles for ever; nothing else of the folder is."""
    assert app.get("/log/checkpoint").status_code == 404
    sequence.sequence(Home(data))
    point = app.get("/log/checkpoint")
    assert point["Cache-Control"] == "no-cache" and point["Content-Type"].startswith("text/plain")
    book = sequence.book(Home(data))
    assert book.key.checkpoint(point.content.decode()).size == 1
    assert app.get("/log/key").content.decode().strip() == book.key.written
    entries = app.get("/log/tile/entries/000.p/1")
    (entry,) = log.unbundle(entries.content)
    assert json.loads(entry)["type"] == "capture" and "immutable" in entries["Cache-Control"]
    assert app.get("/log/tile/0/000.p/1").content == log.leaf_hash(entry)
    for path in (
        "/log/",
        "/log/tile/0/001",
        "/log/tile/../checkpoint",
        "/log/checkpoints/000000000001",
        "/log/tile/9/9",
    ):
        assert app.get(path).status_code == 404


def test_a_snapshot_is_downloaded_as_wacz(app, proven, data, monkeypatch):
    """The file beside the proof holds this snapshot alone with its proof; what is not shown has none; a large one is
    left to the command line."""
    assert app.get("/a/main/snapshot.wacz").status_code == 404
    sequence.signer(Home(data))
    assert app.get("/a/main/snapshot.wacz").status_code == 503
    sequence.sequence(Home(data))
    assert "/a/main/snapshot.wacz" in app.get("/a/main/").content.decode()
    answer = app.get("/a/main/snapshot.wacz")
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "application/wacz",
        "no-cache",
    )
    assert answer["Content-Disposition"].endswith('-main.wacz"') and int(answer["Content-Length"]) == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert PAGE in archive.read("pages/pages.jsonl").decode()
    assert sum(name.startswith("proofs/") and name.endswith(".zip") for name in names) == 1
    with monkeypatch.context() as meanwhile:  # the desk hides it while its records are written

        def hiding(*told):
            rows.hide(proven)
            return proof(*told)

        meanwhile.setattr(export, "proof", hiding)
        assert app.get("/a/main/snapshot.wacz").status_code == 410
    models.Article.objects.filter(pk="main").update(hidden_at=None)
    monkeypatch.setattr(proving, "LARGEST", 10)
    assert app.get("/a/main/snapshot.wacz").status_code == 413
    monkeypatch.undo()
    rows.hide(proven)
    assert app.get("/a/main/snapshot.wacz").status_code == 410
