"""An import that cannot go on midway: what was taken in stays, under its own file, and the next run goes on there."""

from __future__ import annotations

import gzip
import json
import random
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from command import Tuoben
from outcomes import prose
from preloading import built

SHIM = Path(__file__).parent.parent / "unreadable.c"
PAGES, OTHERS, IMAGES = 60, 20, 300
IMAGE_SIZE = 40_000
ROOM = 8 << 20
"""Bytes that any one file may grow to: the rows fit, and not the whole segment."""


def record(address: str, content_type: str, body: bytes) -> bytes:
    """A gzip member with a response, as another program writes it."""
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2023-05-01T08:00:00Z\r\n"
        f"WARC-Record-ID: <urn:x:{address}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def pages(host: str, count: int) -> list[bytes]:
    """Articles, one record each."""
    found = []
    for number in range(count):
        body = "".join(f"<p>{line}</p>" for line in prose(number).split("\n\n"))
        headline = f"第{number}号工程今天在青川县正式开工建设"
        text = f"<!doctype html><html lang=zh><title>{headline}</title><article><h1>{headline}</h1>{body}</article>"
        found.append(record(f"http://{host}/a/{number}.html", "text/html; charset=utf-8", text.encode()))
    return found


def images(host: str) -> list[bytes]:
    """Pictures that no coding makes smaller, one record each."""
    chance = random.Random(7)
    names = (f"http://{host}/{number}.jpg" for number in range(IMAGES))
    return [record(name, "image/jpeg", chance.randbytes(IMAGE_SIZE)) for name in names]


def write(path: Path, records: Sequence[bytes]) -> Path:
    """A file of these members."""
    path.write_bytes(b"".join(records))
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Tuoben:
    """A data directory and no web at all."""
    return Tuoben(tmp_path / "data")


def places(tuoben: Tuoben) -> dict[str, tuple[int, bool]]:
    """Name of a file → how far it is, and whether it is done."""
    return {name: (at, bool(done)) for name, at, done in tuoben.sql('SELECT name, "offset", done FROM store_import')}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preloaded library of a disk with a bad place."""
    return built(SHIM, tmp_path_factory.mktemp("shim"))


def test_a_file_that_cannot_be_read_to_its_end(empty: Tuoben, tmp_path: Path, shim: Path) -> None:
    """What came before the bad place is kept under that file's name, the next file has its own, and when the disk is
    mended only the rest is read."""
    articles = pages("bad.test", PAGES)
    bad = write(tmp_path / "bad.warc.gz", [*articles[: PAGES // 2], *images("bad.test"), *articles[PAGES // 2 :]])
    good = write(tmp_path / "good.warc.gz", pages("good.test", OTHERS))
    start = bad.stat().st_size * 2 // 3
    place = {"UNREADABLE_PATH": str(bad), "UNREADABLE_FROM": str(start), "UNREADABLE_TO": str(start + (1 << 20))}
    ran = subprocess.run(
        [sys.executable, "-m", "tuoben", "import", "--json", str(bad), str(good)],
        env=empty.environment() | place | {"LD_PRELOAD": str(shim)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    done = json.loads(ran.stdout)
    (problem,) = done["problems"]
    assert ran.returncode == 1 and problem["file"] == "bad.warc.gz" and "cannot be read" in problem["why"]
    before = done["captured"] - OTHERS
    assert 0 < before < PAGES + IMAGES and done["articles"] == PAGES // 2 + OTHERS
    found = places(empty)
    assert found["good.warc.gz"] == (good.stat().st_size, True)
    assert 0 < found["bad.warc.gz"][0] < bad.stat().st_size and not found["bad.warc.gz"][1]
    again = empty.json("import", str(bad), str(good))
    assert (again["articles"], again["failed"]) == (PAGES // 2, 0)
    assert (again["captured"], again["unchanged"]) == (PAGES + IMAGES - before, before + OTHERS)
    assert empty.json("verify")["bad"] == []


def test_no_room_midway(empty: Tuoben, tmp_path: Path) -> None:
    """A full disk ends the import with a sentence and nothing half-done; the next run brings what is missing, once."""
    file = write(tmp_path / "large.warc.gz", [*pages("a.test", OTHERS), *images("a.test")])
    empty.json("source", "list")  # the tables are there
    ran = subprocess.run(
        [sys.executable, "-m", "tuoben", "import", str(file)],
        env=empty.environment(), capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )  # fmt: skip
    assert ran.returncode == 2 and "room" in ran.stderr and "Traceback" not in ran.stderr
    assert places(empty).get("large.warc.gz", (0, False))[1] is False
    assert empty.json("verify")["bad"] == []
    done = empty.json("import", str(file))
    assert done["failed"] == 0 and done["captured"] + done["unchanged"] == OTHERS + IMAGES
    assert empty.sql("SELECT count(*) FROM store_capture") == [(OTHERS + IMAGES,)]
    assert len(empty.json("search", "--limit", "90", "--", "工程")["hits"]) == OTHERS
    assert empty.json("verify")["bad"] == []
