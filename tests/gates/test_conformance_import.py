"""Gate: the good and broken WARC and ARC files of webrecorder/warcio, imported.

Each gives an import or a named error: what is skipped, kept and wrong in each stands in `import_warcio.json`. The data
lies in `../shared/conformance/warc-warcio` (or $TUOBEN_SHARED); without it the gate is skipped and says so.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command import Tuoben

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "conformance" / "warc-warcio"
EXPECTED = json.loads(Path(__file__).with_name("import_warcio.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
def test_every_file_is_imported_or_named(tmp_path: Path) -> None:
    """No file crashes the import, every record is counted, every fault has its file and offset."""
    tuoben = Tuoben(tmp_path / "data")
    files = sorted(path for path in DATA.iterdir() if {".warc", ".arc"} & set(path.suffixes))
    done = tuoben.json("import", *map(str, files), code=1)
    faults = [[one["file"], one["offset"]] for one in done["problems"]]
    assert {name: done[name] for name in EXPECTED["counts"]} == EXPECTED["counts"]
    assert faults == EXPECTED["faults"]
    assert tuoben.json("verify")["bad"] == []
