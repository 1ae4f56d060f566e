"""The data directory and its locks."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tuoben.errors import DataError
from tuoben.home import FOLDERS, Home

HOLDER = """
import sys, time
from pathlib import Path
from tuoben.home import Home
with Home(Path(sys.argv[1])).lock("crawl") as ours:
    print(ours, flush=True)
    time.sleep(60)
"""


def test_a_directory_is_made_once(tmp_path: Path) -> None:
    """The first start makes folders and a secret that the owner alone can read; later starts keep them."""
    home = Home(tmp_path / "deep" / "data")
    home.prepare()
    secret = home.root / "keys" / "web-secret"
    first = secret.read_text()
    home.prepare()
    assert len(first) >= 50 and secret.read_text() == first
    assert all((home.root / name).is_dir() for name in FOLDERS)
    assert secret.stat().st_mode & 0o777 == 0o600 and secret.parent.stat().st_mode & 0o777 == 0o700


def test_many_processes_make_one_directory(tmp_path: Path) -> None:
    """Starts at the same moment do not disturb each other."""
    home = Home(tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: home.prepare(), range(32)))
    assert (home.root / "keys" / "web-secret").read_text()


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    """When the directory's name is taken by a file, one sentence says so and names --data."""
    (tmp_path / "data").write_text("")
    with pytest.raises(DataError, match="--data"):
        Home(tmp_path / "data").prepare()


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    """When a folder's name is taken by a file, one sentence says so, and not a traceback later."""
    (tmp_path / "index").write_text("")
    with pytest.raises(DataError, match="--data"):
        Home(tmp_path).prepare()


def test_a_secret_that_a_crash_left_empty_is_made_anew(tmp_path: Path) -> None:
    """A start that died between making the secret's file and filling it does not spoil the directory."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "web-secret").touch(mode=0o600)
    Home(tmp_path).prepare()
    assert (tmp_path / "keys" / "web-secret").read_text()


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    """While a lock is held nobody else gets it, other locks are free, and it is free again afterwards."""
    home = Home(tmp_path)
    home.prepare()
    with home.lock("crawl") as first, home.lock("crawl") as second, home.lock("drain") as other:
        assert (first, second, other) == (True, False, True)
    with home.lock("crawl") as again:
        assert again


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A lock of another process is seen here, and is free when that process is killed."""
    home = Home(tmp_path)
    home.prepare()
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "True\n"
        with home.lock("crawl") as ours:
            assert not ours
        holder.kill()
        holder.wait()
    with home.lock("crawl") as ours:
        assert ours


def test_a_lock_ends_with_an_error(tmp_path: Path) -> None:
    """A block that raises gives its lock back."""
    home = Home(tmp_path)
    home.prepare()
    with pytest.raises(RuntimeError), home.lock("crawl"):
        raise RuntimeError
    with home.lock("crawl") as ours:
        assert ours


def test_free_space_is_that_of_the_disk(tmp_path: Path) -> None:
    """The free bytes are what the file system gives an ordinary user."""
    told = os.statvfs(tmp_path)
    assert Home(tmp_path).free() == pytest.approx(told.f_bavail * told.f_frsize, rel=0.05)
