"""The ZIP of a WACZ: readers find members by its directory alone."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from tuoben.archive import wacz


def extra_lengths(data: bytes) -> dict[str, tuple[int, int]]:
    """Of each member: the length of the extra field in its local header, and of that in the directory."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for info in package.infolist():
            (local,) = struct.unpack_from("<H", data, info.header_offset + 28)
            found[info.filename] = (local, len(info.extra))
    return found


@pytest.mark.parametrize(
    ("size", "longer"), [(100, 0), (wacz.SHORT, 0), (wacz.SHORT + 1, 20)], ids=["small", "2G", "more"]
)
def test_only_what_may_be_long_has_long_sizes(size: int, longer: int) -> None:
    """A local header is as long as the directory says, as browsers' readers take it, but where a member may pass 2 GiB."""
    file = io.BytesIO()
    package = wacz.Package(file, datetime(2026, 3, 1, tzinfo=UTC))
    with package.member(wacz.RECORDS, size=size) as sink:
        sink.write(b"records")
    package.index(["test,a)/ 20260301000000 {}"], 100)
    page = wacz.Page("1", "http://a.test/", datetime(2026, 3, 1, tzinfo=UTC), "一", "二")
    package.close("t", "d", package.pages([page], "t", 10))
    lengths = extra_lengths(file.getvalue())
    assert lengths.pop(wacz.RECORDS) == (longer, 0)
    assert lengths and set(lengths.values()) == {(0, 0)}
