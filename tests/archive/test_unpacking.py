"""Opening packages of any origin: lists of any length within bounds, and no way around the limits."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

import rows
from tuoben.archive import unpacking, wacz
from tuoben.archive.resources import resources
from tuoben.archive.unpacking import Parcel
from tuoben.errors import DataError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def package(path: Path, proofs: int = 0) -> Path:
    """A package as we export it, with so many members beside its records."""
    with path.open("wb") as file:
        made = wacz.Package(file, rows.NOON)
        made.add(wacz.RECORDS, b"nothing")
        for number in range(proofs):
            made.add(f"proofs/20231224124508-{number:012x}.zip", b"%d" % number)
        made.close("题", "", None)
    return path


def test_our_own_long_list_is_read(tmp_path: Path) -> None:
    """The list of a package with many thousand proofs is longer than four megabytes, and is checked to its end."""
    path = package(tmp_path / "many.wacz", 20_000)
    with Parcel(path) as parcel:
        assert next(info for name, info in parcel._infos.items() if name == wacz.PACKAGE).file_size > 4 << 20
        assert list(parcel.faults()) == []


def test_a_list_of_what_is_not_there_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that goes on and on about files that are not there is not followed to its end."""
    listed = {"resources": [{"path": f"x{n}", "hash": "sha256:0"} for n in range(5000)]}
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as archive:
        archive.writestr(wacz.RECORDS, b"nothing")
        archive.writestr(wacz.PACKAGE, json.dumps(listed))
    monkeypatch.setattr(unpacking, "UNKNOWN", 20)
    with Parcel(tmp_path / "x.wacz") as parcel:
        faults = list(parcel.faults())
    assert len(faults) < 30 and any("passed over" in fault for fault in faults)


@few(max_examples=60, deadline=None)
@given(JSON, st.lists(JSON, max_size=6), JSON, st.integers(1, 40), st.sampled_from([None, 1, "\t"]))
def test_a_list_is_read_as_json_has_it(before: object, listed: list[object], after: object, step: int, indent) -> None:
    """However the bytes are cut: each item of the list, whatever stands around it."""
    data = json.dumps({"a": before, "resources": listed, "z": after}, ensure_ascii=False, indent=indent).encode()
    assert list(resources(data[at : at + step] for at in range(0, len(data), step))) == listed


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"{} {}", b'{"resources": [}', b'{"resources": [1 2]}', b'{"resources": [1,]}', b'{"a" 1}',
        b'{"resources": [' + b"[" * 100_000, b'{"resources": ["' + b"x" * 3000 + b'"]}', b"\xff\xfe{}", b'{"a": "\xff"}',
    ],
    ids=["nothing", "open", "array", "two", "closed early", "no comma", "comma", "no colon", "deep", "long", "utf-16", "latin-1"],
)  # fmt: skip
def test_what_is_no_list_is_named(data: bytes) -> None:
    """Anything but a JSON object, and an item beyond the limit, is one sentence."""
    with pytest.raises(DataError, match="no proper JSON"):
        list(resources((data[at : at + 500] for at in range(0, len(data), 500)), 2000))


def long_end(path: Path, *, short: int | None, told: int, moved: int = 0) -> Path:
    """Give a ZIP a ZIP64 end that tells `told` bytes of directory, beside a short one that tells `short` (as it was for
    None); the locator is `moved` bytes off."""
    data = package(path).read_bytes()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", data[end + 10 : end + 20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, told or size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end + moved, 1)
    tail = bytearray(data[end:])
    if short is not None:
        tail[12:16] = struct.pack("<I", short)
    path.write_bytes(data[:end] + record + locator + bytes(tail))
    return path


def test_a_long_end_is_believed_where_it_agrees(tmp_path: Path) -> None:
    """A ZIP64 end that says what the short one says, or for which the short one makes room, is an honest one."""
    for name, short in (("same", None), ("room", 0xFFFFFFFF)):
        with Parcel(long_end(tmp_path / f"{name}.wacz", short=short, told=0)) as parcel:
            assert [member.name for member in parcel.warcs] == [wacz.RECORDS]


@pytest.mark.parametrize(
    ("short", "told", "moved"),
    [(None, 1 << 40, 0), (0, 1 << 40, 0), (0xFFFFFFFF, 1 << 40, 0), (0xFFFFFFFF, 0, 8), (None, 0, -40)],
    ids=["short is small", "short is zero", "too long", "elsewhere", "before"],
)
def test_no_way_around_the_limit_of_the_directory(tmp_path: Path, short, told: int, moved: int) -> None:
    """A ZIP whose two ends do not agree, or whose long one is too long, is refused before its directory is read."""
    with pytest.raises(DataError, match="refused"):
        Parcel(long_end(tmp_path / "x.wacz", short=short, told=told, moved=moved))


def test_a_list_as_a_whole_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit it is not read, and that is said."""
    monkeypatch.setattr(unpacking, "LIST_LIMIT", 100)
    with Parcel(package(tmp_path / "x.wacz", 3)) as parcel:
        assert "was not read" in " ".join(parcel.faults())
