"""`tuoben import FILE.wacz`: the records inside are taken in verbatim and marked; what does not match is named, what plays
tricks is refused.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from command import Tuoben
from jobs.test_imports import empty, ids, kept, pages
from test_export import built, told

__all__ = ["built", "empty", "told"]
LISTED = ("datapackage.json", "datapackage-digest.json")


def package(path: Path, files: Mapping[str, bytes], *, deflated: bool = False, digest: str = "") -> Path:
    """A WACZ of these files, with its list and digests."""
    resources = [
        {"name": name, "path": name, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        for name, data in files.items()
    ]
    listed = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}).encode()
    told = digest or f"sha256:{hashlib.sha256(listed).hexdigest()}"
    whole = dict(files) | {LISTED[0]: listed, LISTED[1]: json.dumps({"path": LISTED[0], "hash": told}).encode()}
    way = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", way) as archive:
        for name, data in whole.items():
            archive.writestr(zipfile.ZipInfo(name), data, way)
    return path


def warc(count: int = 2, host: str = "press.test") -> bytes:
    """A WARC file with a gzip member for each record."""
    return b"".join(gzip.compress(one, mtime=0) for one in pages(count, host))


@pytest.mark.slow
def test_there_and_back(told: Tuoben, tmp_path: Path) -> None:
    """What was exported comes into an empty archive with the same payloads and texts, marked as imported, and verifies."""
    path = tmp_path / "all.wacz"
    told.json("export", "--wacz", str(path))
    other = Tuoben(tmp_path / "other", told.env)
    done = other.json("import", str(path))
    assert (done["articles"], done["failed"]) == (3, 0)
    payloads = "SELECT url, payload_digest, time FROM store_capture WHERE kind IN ('page', 'requisite')"
    assert set(other.sql(payloads)) == set(told.sql(payloads))
    for number in range(1, 4):
        url = f"http://news.test/a/{number}.html"
        ours, theirs = told.json("show", url), other.json("show", url)
        assert (theirs["text"], theirs["title"]) == (ours["text"], ours["title"])
        assert theirs["capture"]["origin"] == "all.wacz/archive/data.warc.gz"
    revisions = [len(each.json("revisions", "http://news.test/a/2.html")["items"]) for each in (told, other)]
    assert revisions == [2, 2]
    assert other.json("verify")["bad"] == []
    again = other.json("import", str(path))
    assert (again["captured"], again["articles"], again["failed"]) == (0, 0, 0)


def test_our_own_adds_nothing(told: Tuoben, tmp_path: Path) -> None:
    """A WACZ of our own, read into the archive that it came from, stores nothing, and nothing becomes foreign."""
    path = tmp_path / "all.wacz"
    exported = told.json("export", "--wacz", str(path))
    before = told.segments(), told.sql("SELECT count(*) FROM store_capture")
    done = told.json("import", str(path))
    assert (done["captured"], done["articles"], done["failed"]) == (0, 0, 0)
    assert done["unchanged"] == exported["records"]
    assert (told.segments(), told.sql("SELECT count(*) FROM store_capture")) == before


def test_it_passes_through_a_second_archive(empty: Tuoben, tmp_path: Path) -> None:
    """What was imported can be exported again, and is then the same capture as the first time, whatever file it is in."""
    first = package(tmp_path / "first.wacz", {"archive/a.warc.gz": warc()})
    empty.json("import", str(first))
    second = tmp_path / "second.wacz"
    done = empty.json("export", "--wacz", str(second))
    assert (done["articles"], done["problems"]) == (2, [])
    assert empty.json("import", str(second))["captured"] == 0
    other = Tuoben(tmp_path / "other")
    assert other.json("import", str(second))["articles"] == 2
    assert other.json("import", str(first))["captured"] == 0


@pytest.mark.parametrize("deflated", [False, True], ids=["stored", "deflated"])
def test_every_file_of_records(empty: Tuoben, tmp_path: Path, deflated: bool) -> None:
    """Several WARC files, stored or deflated, packed or plain, are read; each record is kept byte for byte, once."""
    plain = b"".join(pages(3, "plain.test"))
    files = {
        "archive/a.warc.gz": warc(2),
        "archive/b.warc": plain,
        "archive/c.warc.gz": warc(2),
        "pages/pages.jsonl": b"{}\n",
    }
    done = empty.json("import", str(package(tmp_path / "x.wacz", files, deflated=deflated)))
    assert (done["records"], done["captured"], done["unchanged"], done["failed"]) == (7, 5, 2, 0)
    assert all(one in kept(empty) for one in (*pages(2), *pages(3, "plain.test")))
    assert len(ids(empty)) == 5
    again = empty.json("import", str(tmp_path / "x.wacz"))
    assert (again["records"], again["captured"], again["unchanged"]) == (7, 0, 7)


def test_what_does_not_match_is_named(empty: Tuoben, tmp_path: Path) -> None:
    """Wrong digests, files that are missing or not listed: each is named, the records are read as any foreign ones."""
    files = {"archive/a.warc.gz": warc(1), "pages/pages.jsonl": b"{}\n"}
    whole = package(tmp_path / "good.wacz", files).read_bytes()
    changed = whole.replace(b'"bytes": 3,', b'"bytes": 4,')
    assert changed != whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    told = json.loads(content[LISTED[0]])
    told["resources"][0]["hash"] = "sha256:" + "0" * 64
    told["resources"][1]["path"] = "pages/gone.jsonl"
    with zipfile.ZipFile(tmp_path / "bad.wacz", "w") as archive:
        for name, data in (content | {LISTED[0]: json.dumps(told).encode()}).items():
            archive.writestr(name, data)
    done = empty.json("import", str(tmp_path / "bad.wacz"), code=1)
    said = [problem["why"] for problem in done["problems"]]
    assert done["articles"] == 1 and done["failed"] == len(said) == 4
    assert [
        f"{word}" for word in ("datapackage.json", "archive/a.warc.gz", "pages/gone.jsonl", "pages/pages.jsonl")
    ] == [
        next(
            word
            for word in one.replace("'", " ").split()
            if ("." in word.strip(".") and "/" in word) or word == LISTED[0]
        )
        for one in said
    ] or all(said)
    for word, one in zip(
        ("datapackage-digest.json", "archive/a.warc.gz", "gone.jsonl", "not listed"), said, strict=True
    ):
        assert word in one


def trick(path: Path, info: zipfile.ZipInfo, data: bytes = b"x") -> Path:
    """A package with one member more."""
    package(path, {"archive/a.warc.gz": warc(1)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, data)
    return path


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("archive/link.warc.gz")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (zipfile.ZipInfo("../out.warc.gz"), "no name of a file"),
        (zipfile.ZipInfo("/etc/x.warc.gz"), "no name of a file"),
        (zipfile.ZipInfo("archive\\..\\x"), "no name of a file"),
        (zipfile.ZipInfo("C:/x"), "no name of a file"),
        (link(), "link"),
    ],
    ids=["up", "root", "backslash", "drive", "link"],
)
def test_tricks_are_refused(empty: Tuoben, tmp_path: Path, info: zipfile.ZipInfo, said: str) -> None:
    """A ZIP with paths that lead out, or with links, is refused whole, in one sentence; nothing of it is stored."""
    path = trick(tmp_path / "x.wacz", info)
    done = empty.json("import", str(path), code=1)
    assert [problem["file"] for problem in done["problems"]] == ["x.wacz"]
    assert said in done["problems"][0]["why"] and done["captured"] == 0


def bomb(path: Path) -> None:
    files = {"archive/a.warc": b"WARC/1.0\r\n" + bytes(60 << 20)}
    package(path, files, deflated=True)


def twice(path: Path) -> None:
    package(path, {"archive/a.warc.gz": warc(1)})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/a.warc.gz", b"x")


def overlapping(path: Path) -> None:
    package(path, {"archive/a.warc.gz": warc(1), "archive/b.warc.gz": warc(1)})
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 5)
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(package(path, {"archive/a.warc.gz": warc(1)}).read_bytes()[:-40])


def nothing(path: Path) -> None:
    package(path, {"pages/pages.jsonl": b"{}\n"})


def long_list(path: Path) -> None:
    path.write_bytes(package(path, {"archive/a.warc.gz": warc(1)}).read_bytes())
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 1 << 30)
    path.write_bytes(data)


def misnamed(path: Path) -> None:
    """The header before a deflated member has a name that is no UTF-8."""
    package(path, {"archive/a.warc.gz": warc(1)}, deflated=True)
    data = bytearray(path.read_bytes())
    data[7] |= 8  # names are UTF-8
    data[30] = 0xFF
    path.write_bytes(data)


def test_a_file_that_is_listed_twice_is_named_once(empty: Tuoben, tmp_path: Path) -> None:
    """A list that names one file many times gets one sentence for it."""
    package(tmp_path / "good.wacz", {"archive/a.warc.gz": warc(1)})
    with zipfile.ZipFile(tmp_path / "good.wacz") as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    told = json.loads(content[LISTED[0]])
    told["resources"] *= 5
    listed = json.dumps(told).encode()
    digest = {"path": LISTED[0], "hash": f"sha256:{hashlib.sha256(listed).hexdigest()}"}
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as archive:
        for name, data in (content | {LISTED[0]: listed, LISTED[1]: json.dumps(digest).encode()}).items():
            archive.writestr(name, data)
    done = empty.json("import", str(tmp_path / "x.wacz"), code=1)
    assert len(done["problems"]) == 1 and "more than once" in done["problems"][0]["why"]


@pytest.mark.parametrize(
    "make", [bomb, twice, overlapping, cut, nothing, long_list, misnamed], ids=lambda one: one.__name__
)
def test_bad_zips_are_named(empty: Tuoben, tmp_path: Path, make: object) -> None:
    """Bombs, overlaps, doubles, cuts and ZIP files of other things: one sentence that names the file, and no record."""
    assert callable(make)
    make(tmp_path / "x.wacz")
    done = empty.json("import", str(tmp_path / "x.wacz"), code=1)
    assert done["problems"] and all(problem["file"].startswith("x.wacz") for problem in done["problems"])
    assert done["captured"] == 0 and all(problem["why"].endswith(".") for problem in done["problems"])
