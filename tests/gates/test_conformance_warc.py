"""Gate: the good and broken WARC files of webrecorder/warcio, judged by our verifier.

The data lies in `../shared/conformance/warc-warcio` (or $TUOBEN_SHARED); without it the gate is skipped and says so.
What each file must give is in `warc.json`: the number of whole records, and what is wrong at which offset.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tuoben.archive.verify import verify_segment

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "conformance" / "warc-warcio"
EXPECTED = json.loads(Path(__file__).with_name("warc.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str) -> None:
    """A good file has no problem; in a bad one every fault is found and what is good is still counted."""
    expected = EXPECTED[name]
    check = verify_segment(DATA / name, ours=False)
    found = [(problem.offset, problem.why) for problem in check]
    assert check.records == expected["records"]
    assert len(found) == len(expected["problems"])
    for (offset, why), (wanted_offset, wanted) in zip(found, expected["problems"], strict=True):
        assert offset == wanted_offset
        assert wanted in why


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
def test_every_file_is_judged() -> None:
    """No WARC or ARC file of the set is left out."""
    files = {path.name for path in DATA.iterdir() if {".warc", ".arc"} & set(path.suffixes)}
    assert files <= set(EXPECTED)
