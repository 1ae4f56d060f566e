"""Libraries that are preloaded into the program, so that its disk behaves as no real one can be made to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def built(source: Path, folder: Path) -> Path:
    """The library of a C source; the test is skipped where none can be made."""
    compiler = shutil.which("cc")
    if not compiler or sys.platform != "linux":
        pytest.skip("there is no C compiler (on Debian: apt install gcc libc6-dev), or this is not Linux")
    library = folder / f"{source.stem}.so"
    subprocess.run([compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", source, "-o", library, "-ldl"], check=True)
    return library
