"""The processes that are ended with a browser: those of its driver, and no others."""

from __future__ import annotations

import os
import subprocess
import sys

from tuoben.browse import processes

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'], check=True)"


def test_what_is_below_a_process_is_of_it_alone() -> None:
    """Its descendants without itself; below 0, which is no process but the parent of the first ones, nothing is."""
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"1\n"
        below = processes.below(child.pid)
        assert len(below) == 1 and child.pid not in below and os.getpid() not in below
        assert set(below) < set(processes.below(os.getpid()))
        processes.kill(below)
    assert processes.below(0) == []
