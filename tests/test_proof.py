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


def test_sound_archive(collected: Tuoben) -> None:
    assert collected.json("verify") ["bad"] == []
    files = sorted(path.relative_to(collected.data).as_posix() for path in (collected.data / "log").rglob("*"))
    assert "log/checkpoint" in files, files
    assert [path.with_name(path.name + ".manifest").is_file() for path in collected.segments()]
    log_size = sum(path.stat().st_size for path in (collected.data / "log").rglob("*") if path.is_file())
    print(log_size, sum(path.stat().st_size for path in collected.segments()), json.dumps(files, indent=0))
