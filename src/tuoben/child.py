"""The child's side of `runner`: a process that calls functions under limits and sends back what they give (law 4).

It imports little, since it starts anew after every so many calls, and after every one that broke a limit.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import math
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tuoben.errors import LimitExceeded, TuobenError

MIB = 1 << 20
LENGTH = struct.Struct(">Q")
"""In front of every frame on the pipes: its size in bytes."""
GRACE = 5.0
"""Seconds that a child's own kernel timer lets pass beyond the parent's limit: it only matters to an orphan."""
_PR_SET_PDEATHSIG = 1


def serve(settings: list[str]) -> None:
    """The life of a child: set limits, import, answer frames until the pipe ends. settings: as `runner` gives them."""
    parent, seconds, memory, result_size, preload = settings
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    # What a library prints must not get between the frames.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    die_with(int(parent))
    _yield_memory()
    _limit(int(memory))
    for module in filter(None, preload.split(",")):
        importlib.import_module(module)
    gc.freeze()  # what was imported stays
    gc.set_threshold(50_000, 20, 20)  # a tree is thousands of small objects that the count of references frees
    _write_frame(sink, b"")
    while frame := _read_frame(source):
        with _timed(float(seconds)):
            answer = _answer(frame, int(result_size))
        _write_frame(sink, answer)


def _read_frame(source: IO[bytes]) -> bytes:
    head = source.read(LENGTH.size)
    return source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def _write_frame(sink: IO[bytes], data: bytes) -> None:
    for part in (LENGTH.pack(len(data)), data):
        rest = memoryview(part)
        while rest:
            rest = rest[sink.write(rest) :]


def die_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends, by kill -9 too (Linux); end now when it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _yield_memory() -> None:
    if sys.platform == "linux":
        # When memory runs out, the kernel shall take a child rather than the program.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500")


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # macOS knows RLIMIT_AS but refuses it; there the wall clock alone bounds a child.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


@contextlib.contextmanager
def _timed(seconds: float) -> Iterator[None]:
    """Bound what follows by the kernel, whatever native code is doing: SIGALRM and SIGXCPU end the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds + GRACE), hard))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(frame: bytes, result_size: int) -> bytes:
    """The pickle of (True, result, worn) or (False, error, worn)."""
    name = "The call"
    try:
        function, args, kwargs = pickle.loads(frame)
        name = function.__qualname__
        answer = pickle.dumps((True, function(*args, **kwargs), False), pickle.HIGHEST_PROTOCOL)
        if len(answer) > result_size:
            return _failure(LimitExceeded(f"The result of {name} is over {result_size // MIB} MiB."))
    except TuobenError as error:
        return _failure(error)
    except MemoryError:
        return _failure(LimitExceeded(f"{name} needed more memory than it may have."), worn=True)
    except RecursionError:
        return _failure(LimitExceeded(f"{name} met something nested too deeply."))
    except Exception as error:  # noqa: BLE001  the guard of the process: nothing may come back but an answer
        text = " ".join(str(error).split())[:500]
        problem = TuobenError(f"{name} failed with {type(error).__name__}: {text}")
        problem.add_note("".join(traceback.format_exception(error, limit=-20))[-8000:])
        return _failure(problem)
    return answer


def _failure(error: TuobenError, *, worn: bool = False) -> bytes:
    try:
        return pickle.dumps((False, error, worn), pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps((False, TuobenError(str(error)), worn), pickle.HIGHEST_PROTOCOL)
