"""The compiled modules read each page of the bench as their sources do, field by field."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from benches import corpus

READ = """
import hashlib, json, sys
from benches import corpus
from tuoben.extract import extract, tree
assert tree.__file__.endswith(".py") == (sys.argv[1] == "pure"), tree.__file__
for gold in corpus.golds(corpus.scorer(), charset=True)[:: int(sys.argv[2])]:
    told = repr(extract(corpus.page(gold)))
    print(json.dumps([gold["id"], hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()]))
"""
EVERY = 3
"""Of the pages, each so many-th is read."""


def compiler() -> bool:
    """Whether this machine can compile for this Python."""
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    return headers.exists() and any(shutil.which(name) for name in ("cc", "gcc", "clang"))


def readings(pure: bool) -> list[str]:
    """What is read of each page, as digests."""
    env = os.environ | {"TUOBEN_PURE": "1" if pure else "", "PYTHONPATH": str(corpus.ROOT)}
    command = [sys.executable, "-c", READ, "pure" if pure else "compiled", str(EVERY)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.splitlines()


@pytest.mark.skipif(not corpus.BENCH.exists(), reason="the extraction bench is not beside the repository")
@pytest.mark.skipif(not compiler(), reason="there is no C compiler with Python's headers")
def test_compiled_reads_as_the_sources_do() -> None:
    """Every field of an article is the same, whichever of the two reads it."""
    pure, fast = readings(pure=True), readings(pure=False)
    assert len(pure) == len(fast) > 200
    assert [one for one, other in zip(pure, fast, strict=True) if one != other] == []
