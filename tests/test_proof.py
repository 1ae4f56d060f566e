"""`tuoben proof`: a stranger checks it with Python and openssl alone, and sees through every forgery."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command import Tuoben
from loopback import Web
from stamping import Authority
from stories import publish

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What the stranger's program says: run with nothing of ours on its path."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"}, check=False)


def holds(folder: Path, *options: str) -> bool:
    done = check(folder, *options)
    assert "Traceback" not in done.stderr, done.stderr
    assert (done.returncode == 0) == ("HOLDS" in done.stdout or "PROVEN:" in done.stdout), done
    return done.returncode == 0


@pytest.fixture
def collected(web: Web, tuoben: Tuoben) -> Tuoben:
    """An archive with three articles."""
    publish(web.host("p.test"), 3)
    tuoben.run("source", "add", "http://p.test/feed.xml")
    tuoben.run("crawl", "--once")
    return tuoben


def test_a_stranger_is_shown_a_record(collected: Tuoben, tmp_path: Path) -> None:
    """The proof of an article holds by itself, in any other folder, and every changed byte of it is seen."""
    told = collected.json("proof", "http://p.test/a/1.html", "-o", str(tmp_path / "proof"))
    folder = tmp_path / "proof"
    assert holds(folder), check(folder).stderr
    assert "http://p.test/a/1.html" in check(folder).stdout
    assert holds(folder, "--key", str(folder / "key.pem"))
    assert told["entry"] < told["size"] and told["since"] == ""
    for name in ("record.warc.gz", "entry.json", "checkpoint", "key.pem"):
        whole = (folder / name).read_bytes()
        for at in range(0, len(whole), max(len(whole) // 12, 1)):
            changed = bytearray(whole)
            changed[at] ^= 1
            (folder / name).write_bytes(changed)
            assert not holds(folder), (name, at)
        (folder / name).write_bytes(whole)
    assert holds(folder)
    assert "verify.py" in collected.run("proof", "http://p.test/a/1.html", "-o", str(tmp_path / "again")).stdout
    assert "not empty" in collected.run("proof", "http://p.test/a/1.html", "-o", str(folder), code=2).stderr
    assert collected.json("verify")["bad"] == []


def proof(tuoben: Tuoben, id: str, folder: Path, *more: str) -> Path:
    tuoben.run("proof", id, "-o", str(folder), *more)
    return folder


def refused(folder: Path, why: str, *options: str) -> None:
    done = check(folder, *options)
    assert done.returncode == 1 and why in done.stderr, done


def test_a_sealed_archive_is_small(collected: Tuoben) -> None:
    """After a crawl the segments are sealed, the archive verifies, and log and manifests are a small part of it."""
    assert collected.json("verify") == {"checked": 22, "bad": [], "notes": []}
    assert all(path.with_name(f"{path.name}.manifest").is_file() for path in collected.segments())
    logged = [path for path in (collected.data / "log").rglob("*") if path.is_file()]
    warc = sum(path.stat().st_size for path in collected.segments())
    assert sum(path.stat().st_size for path in logged) < 0.3 * warc


def test_a_revisit_brings_the_record_with_the_payload(web: Web, collected: Tuoben, tmp_path: Path) -> None:
    """The proof of a record that says "the same as before" holds that other record too, and neither can be changed."""
    collected.sql("UPDATE store_item SET state='queued', due_at='2020-01-01', etag='', last_modified=''")
    collected.sql("UPDATE store_host SET wake_at='2020-01-01'")
    collected.run("crawl", "--once")
    (record, *_), *_ = collected.sql("SELECT record_id FROM store_capture WHERE revisit_of <> '' AND kind = 'page'")
    folder = proof(collected, record, tmp_path / "proof")
    assert holds(folder), check(folder).stderr
    assert (folder / "original" / "record.warc.gz").is_file()
    other = proof(collected, "http://p.test/a/2.html", tmp_path / "other")
    first = proof(collected, "http://p.test/a/1.html", tmp_path / "first")
    for one in (other, first):
        shutil.rmtree(folder / "original")
        (folder / "original").mkdir()
        for name in ("record.warc.gz", "entry.json", "inclusion.json"):
            shutil.copy(one / name, folder / "original" / name)
        if not holds(folder):
            refused(folder, "not the one that the revisit refers to")
            break
    else:
        raise AssertionError("any record passes for the original")


def test_an_imported_record(collected: Tuoben, tmp_path: Path, web: Web) -> None:
    """A record of another archive, taken in, is proven as that: held since the import, byte for byte."""
    source = collected.segments()[0]
    other = Tuoben(tmp_path / "other", collected.env)
    other.run("import", str(source))
    folder = proof(other, "http://p.test/a/1.html", tmp_path / "proof")
    assert json.loads((folder / "entry.json").read_text())["type"] == "import"
    assert holds(folder), check(folder).stderr
    assert other.json("verify")["bad"] == []
    whole = (folder / "record.warc.gz").read_bytes()
    for at in range(0, len(whole), len(whole) // 20):
        (folder / "record.warc.gz").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert not holds(folder), at


def test_forgeries(collected: Tuoben, tmp_path: Path) -> None:
    """Another record, another entry, a cut record, another key, a forked log: the stranger sees each."""
    first = proof(collected, "http://p.test/a/1.html", tmp_path / "first")
    second = proof(collected, "http://p.test/a/2.html", tmp_path / "second")
    kept = tmp_path / "kept"
    shutil.copy(first / "checkpoint", kept)
    whole = (first / "record.warc.gz").read_bytes()
    shutil.copy(second / "record.warc.gz", first)
    refused(first, "does not fit its digest")
    shutil.copy(second / "entry.json", first)
    refused(first, "inclusion proof")
    for cut in (whole[:-1], whole[: len(whole) // 2], b""):
        (first / "record.warc.gz").write_bytes(cut)
        refused(first, "NOT PROVEN")
    # the log goes on: shown to extend what was kept
    collected.run("hide", "http://p.test/a/3.html")
    grown = proof(collected, "http://p.test/a/1.html", tmp_path / "grown", "--known", str(kept))
    assert holds(grown, "--known", str(kept)), check(grown, "--known", str(kept)).stderr
    refused(second, "fewer entries", "--known", str(grown / "checkpoint"))
    # another history under the same key
    shutil.rmtree(collected.data / "log")
    collected.run("rebuild", "--rows")
    collected.sql("UPDATE store_logleaf SET number = NULL")
    collected.sql("UPDATE store_logleaf SET id = 1000 - id")
    forked = proof(collected, "http://p.test/a/1.html", tmp_path / "forked")
    assert holds(forked)
    refused(forked, "forked", "--known", str(kept))
    call = ("proof", "http://p.test/a/1.html", "-o", str(tmp_path / "no"), "--known", str(forked / "key"))
    assert "not one of this log" in collected.run(*call, code=2).stderr
    # another key
    shutil.rmtree(collected.data / "log")
    (collected.data / "keys" / "log-key.pem").unlink()
    collected.run("rebuild", "--rows")
    other = proof(collected, "http://p.test/a/1.html", tmp_path / "other")
    assert holds(other)
    refused(other, "the key is another one", "--key", str(second / "key.pem"))
    shutil.copy(other / "checkpoint", second / "checkpoint")
    refused(second, "not signed by the key")


def named(tuoben: Tuoben, authority: Authority) -> dict[str, str]:
    """The environment that names an authority, reached directly and not through the loopback web."""
    port = authority.url.rpartition(":")[2].partition("/")[0]
    return {
        **tuoben.env,
        "TUOBEN_CONNECT_TO": f"127.0.0.1:{port}:127.0.0.1:{port},{tuoben.env['TUOBEN_CONNECT_TO']}",
        "TUOBEN_TIMESTAMP": authority.url,
        "TUOBEN_TIMESTAMP_CA": str(authority.certificates),
    }


def test_time_stamps(web: Web, tuoben: Tuoben, tmp_path: Path) -> None:
    """With authorities named, the crawl has its checkpoint stamped, the proof tells the time, and a forged one is seen."""
    with Authority(tmp_path / "tsa") as authority, Authority(tmp_path / "twin") as twin:
        stamped = Tuoben(tuoben.data, named(tuoben, authority))
        publish(web.host("p.test"), 3)
        stamped.run("source", "add", "http://p.test/feed.xml")
        said = stamped.run("crawl", "--once").stderr + stamped.run("crawl", "--once").stderr
        assert authority.queries == 1, said  # at most one a day
        folder = tmp_path / "proof"
        told = stamped.json("proof", "http://p.test/a/1.html", "-o", str(folder))
        assert told["since"] and "PROVEN: held unchanged since 20" in check(folder).stdout
        assert holds(folder, "--authority", str(authority.certificates)) and stamped.json("verify")["bad"] == []
        refused(folder, "openssl ts", "--authority", str(twin.certificates))
        forged = twin.answer((folder / "timestamps" / "1.tsq").read_bytes())
        (folder / "timestamps" / "1.tsr").write_bytes(forged)
        refused(folder, "openssl ts")
        (kept,) = (tuoben.data / "log" / "timestamps").glob("*.tsr")
        kept.write_bytes(forged)
        assert any("time stamp" in bad["why"] for bad in stamped.json("verify", code=1)["bad"])


def test_an_authority_that_gives_no_stamp(web: Web, tuoben: Tuoben, tmp_path: Path) -> None:
    """What is no stamp is not kept; the crawl goes on, and says why. An authority without certificates is refused."""
    publish(web.host("p.test"), 1)
    tuoben.run("source", "add", "http://p.test/feed.xml")
    with Authority(tmp_path / "tsa") as authority:
        authority.broken = b"nothing"
        told = Tuoben(tuoben.data, named(tuoben, authority)).run("crawl", "--once")
        assert "no new time stamp" in told.stderr and not (tuoben.data / "log" / "timestamps").exists()
        pinless = Tuoben(tuoben.data, named(tuoben, authority) | {"TUOBEN_TIMESTAMP_CA": ""})
        assert "TUOBEN_TIMESTAMP_CA" in pinless.run("crawl", "--once", code=2).stderr
