"""Gate: the WACZ files of webrecorder/py-wacz, imported.

What is valid comes in without a fault, what is broken is named; what each gives stands in `import_wacz.json`. The data
lies in `../shared/conformance/wacz-py-wacz` (or $TUOBEN_SHARED); without it the gate is skipped and says so.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command import Tuoben

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "conformance" / "wacz-py-wacz"
EXPECTED = json.loads(Path(__file__).with_name("import_wacz.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_package_is_imported_or_named(tmp_path: Path, name: str) -> None:
    """A valid package is taken in whole, each fault of a broken one is a named error, and the archive verifies."""
    tuoben = Tuoben(tmp_path / "data")
    expected = EXPECTED[name]
    done = tuoben.json("import", str(DATA / name), code=1 if expected["faults"] else 0)
    assert {key: done[key] for key in ("records", "captured", "failed")} == expected["counts"]
    assert len(done["problems"]) == len(expected["faults"])
    for problem, words in zip(done["problems"], expected["faults"], strict=True):
        assert problem["file"].startswith(name) and words in problem["why"]
    assert tuoben.json("verify")["bad"] == []
    print(f"wacz: {name}: {done['records']} records, {done['captured']} kept, {len(done['problems'])} faults named")


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
def test_every_package_is_expected() -> None:
    """No file of the data is left out."""
    assert {path.name for path in DATA.glob("*.wacz")} == set(EXPECTED)
