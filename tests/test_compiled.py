"""The compiled modules are used only while they are made of the sources that lie there."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuoben import compiled

MADE = f"tuoben.a{compiled.SUFFIX}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A package of one source, compiled."""
    (tmp_path / "a.py").write_text("x = 1\n")
    folder = tmp_path / "compiled"
    folder.mkdir()
    (folder / MADE).write_bytes(b"machine code")
    told = {"sources": {"a.py": compiled.digest(tmp_path / "a.py")}, "modules": {"tuoben.a": MADE}}
    compiled.manifest(folder).write_text(json.dumps(told))
    return tmp_path


def test_modules_of_these_sources_are_used(root: Path) -> None:
    """While the sources are what was compiled, each module is found at its file."""
    assert compiled.modules(root) == {"tuoben.a": root / "compiled" / MADE}
    spec = compiled.Finder(compiled.modules(root)).find_spec("tuoben.a", None)
    assert spec is not None and spec.origin == str(root / "compiled" / MADE)
    assert compiled.Finder(compiled.modules(root)).find_spec("tuoben.b", None) is None


def test_an_edit_is_never_answered_by_an_older_program(root: Path) -> None:
    """One changed source, or one that is gone, and none of the compiled modules is used."""
    (root / "a.py").write_text("x = 2\n")
    assert compiled.modules(root) == {}
    (root / "a.py").unlink()
    assert compiled.modules(root) == {}


@pytest.mark.parametrize("told", [b"", b"[]", b'{"sources": {}}', b"\xff"], ids=["empty", "list", "half", "bytes"])
def test_a_torn_manifest_means_none(root: Path, told: bytes) -> None:
    """What was left by a compiler that was killed is passed over."""
    compiled.manifest(root / "compiled").write_bytes(told)
    assert compiled.modules(root) == {}


def test_a_module_that_is_gone_means_none(root: Path) -> None:
    """All of them or none: they are made together."""
    (root / "compiled" / MADE).unlink()
    assert compiled.modules(root) == {}


def test_pure_says_never() -> None:
    """TUOBEN_PURE=1: the sources are run, whatever is compiled."""
    program = "import sys, tuoben; print(any(type(one).__name__ == 'Finder' for one in sys.meta_path))"
    ran = subprocess.run([sys.executable, "-c", program], env=os.environ | {"TUOBEN_PURE": "1"}, capture_output=True)
    assert ran.stdout.strip() == b"False", ran.stderr


def test_what_another_compiler_made_is_made_anew() -> None:
    """The manifest tells the program and the versions that it was made by."""
    tool = Path(__file__).parents[1] / "tools" / "compile.py"
    if not compiled.manifest().exists():
        pytest.skip("nothing is compiled here (make compiled)")
    told = json.loads(compiled.manifest().read_bytes())["maker"]
    assert hashlib.sha256(tool.read_bytes()).hexdigest() in told and "mypy " in told and "setuptools " in told
