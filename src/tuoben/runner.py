"""Work on foreign bytes in child processes with limits (law 4).

`Runner` keeps a few child processes. A call names a top-level function and its arguments; both travel by pickle, the
function by reference. The child runs under limits of address space, processor time and wall clock; one that breaks a
limit, or dies, is killed and replaced, and only its own call fails.

A child is a fresh interpreter (not a fork), so it holds no socket, lock, thread or event loop of ours, and neither our
environment's secrets. It ends by itself when the parent is gone, by kill -9 too: its pipe closes, on Linux
the kernel signals it, and a kernel timer bounds work that it is in the middle of.

The parent trusts nothing that comes back: results are unpickled with `_Unpickler`, which makes plain values and the
records, enumerations and errors of known packages only, so a parser taken over by a hostile page stays in its child.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import dataclasses
import datetime
import enum
import fcntl
import io
import math
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
import zoneinfo
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO, Any, ParamSpec, TypeVar

from tuoben.child import LENGTH, MIB
from tuoben.errors import LimitExceeded, TuobenError

P = ParamSpec("P")
T = TypeVar("T")

_START_SECONDS = 60.0
_BOOT = """
import os, sys
sys.path[:] = sys.argv[1].split(os.pathsep)
from tuoben.child import serve
serve(sys.argv[2:])
"""
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_", "TZ", "TMPDIR", "PYTHON", "LD_LIBRARY_PATH", "DYLD_")


class Runner:
    """A pool of child processes under limits. Safe to use from threads and from an event loop at once.

    workers: children at most; they start when first needed. seconds: wall clock of one call, counted from when a child
    takes it up. memory: address space of one child in bytes, interpreter included. result_size: bytes of one
    result's pickle at most. preload: modules that a new child imports before its first call. tasks_per_child: calls
    after which a child is replaced, so that nothing leaks for long.

    Raises LimitExceeded when a call was too slow, too large or brought its child down; the function's own TuobenErrors
    come back as themselves, any other exception as a TuobenError that names its type (the child's traceback as a note).
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = 20.0,
        memory: int = 1 << 30,
        *,
        result_size: int = 128 * MIB,
        preload: tuple[str, ...] = (),
        tasks_per_child: int = 1000,
    ) -> None:
        self.workers = workers
        self._pool = _Pool(seconds, memory, result_size, preload, tasks_per_child)
        self._executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="tuoben-runner")
        self._finalizer = weakref.finalize(self, _shut, self._pool, self._executor)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a child and await its result; the event loop stays free."""
        return await asyncio.wrap_future(self._submit(function, *args, **kwargs))

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for callers without an event loop: blocks this thread."""
        return self._submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """Kill the children and end the threads; calls under way or waiting raise TuobenError. May be repeated."""
        self._finalizer()

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if self._pool.closed:
            raise TuobenError("The runner is closed.")
        return self._executor.submit(self._pool.work, function, args, kwargs)


def _shut(pool: _Pool, executor: ThreadPoolExecutor) -> None:
    pool.close()
    # The garbage collector may bring us here in one of the executor's own threads, which cannot wait for itself.
    ours = threading.current_thread().name.startswith("tuoben-runner")
    # Waiting calls are not cancelled: they meet a closed pool and say so. A cancellation would look like the caller's.
    executor.shutdown(wait=not ours)


class _Pool:
    """The children, free and busy. Every method may be called from any thread."""

    def __init__(
        self, seconds: float, memory: int, result_size: int, preload: tuple[str, ...], tasks_per_child: int
    ) -> None:
        self._seconds = seconds
        self._memory = memory
        self._result_size = result_size
        self._preload = preload
        self._tasks_per_child = tasks_per_child
        self._lock = threading.Lock()
        self._free: list[_Child] = []
        self._all: set[_Child] = set()
        self.closed = False

    def work(self, function: Callable[..., T], args: tuple[object, ...], kwargs: Mapping[str, object]) -> T:
        name = getattr(function, "__qualname__", repr(function))
        payload = pickle.dumps((function, args, dict(kwargs)), pickle.HIGHEST_PROTOCOL)
        child = self._take()
        answer = None
        try:
            answer = _read_answer(child.ask(payload, self._seconds, self._result_size), function, name)
        except _SlowError as error:
            raise LimitExceeded(f"{name} took more than {self._seconds:g} seconds and was stopped.") from error
        except _LargeError as error:
            raise LimitExceeded(f"The result of {name} is over {self._result_size // MIB} MiB.") from error
        except (_EndedError, OSError) as error:
            if self.closed:
                raise TuobenError("The runner was closed while it worked.") from error
            raise child.obituary(name, self._memory) from error
        finally:
            usable = answer is not None and not answer.worn and child.tasks < self._tasks_per_child
            self._give_back(child, usable=usable)
        if answer.error is not None:
            raise answer.error
        return answer.value  # type: ignore[no-any-return]

    def _take(self) -> _Child:
        with self._lock:
            if self.closed:
                raise TuobenError("The runner is closed.")
            while self._free:
                child = self._free.pop()
                if child.alive:
                    return child
                self._all.discard(child)
                child.kill()
            return self._spawn()

    def _give_back(self, child: _Child, *, usable: bool) -> None:
        if not usable:
            child.kill()
        with self._lock:
            if not usable:
                self._all.discard(child)
                if not self.closed:
                    with contextlib.suppress(OSError):
                        self._free.append(self._spawn())
            elif not self.closed:
                self._free.append(child)
                return
        if usable:
            child.kill()

    def _spawn(self) -> _Child:
        child = _Child(self._seconds, self._memory, self._result_size, self._preload)
        self._all.add(child)
        return child

    def close(self) -> None:
        with self._lock:
            self.closed = True
            free, self._free = self._free, []
            busy, self._all = self._all.difference(free), set()
        for child in free:
            child.kill()
        for child in busy:
            child.stop()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole page: with the usual 64 KiB both sides wake up for every piece (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # the user has many pipes already
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, MIB)


class _SlowError(Exception):
    """No answer within the time."""


class _LargeError(Exception):
    """The answer is over the size."""


class _EndedError(Exception):
    """The child closed its pipe."""


class _Child:
    """One child process, seen from the parent. Its pipes carry frames: eight bytes of length, then a pickle."""

    def __init__(self, seconds: float, memory: int, result_size: int, preload: tuple[str, ...]) -> None:
        settings = (str(os.getpid()), repr(seconds), str(memory), str(result_size), ",".join(preload))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, os.pathsep.join(sys.path), *settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            env={key: value for key, value in os.environ.items() if key.startswith(_KEPT_ENVIRONMENT)},
        )
        assert self._process.stdin and self._process.stdout
        self._in: IO[bytes] = self._process.stdin
        self._out: IO[bytes] = self._process.stdout
        for stream in (self._in, self._out):
            os.set_blocking(stream.fileno(), False)
            _widen(stream)
        self._ready = False
        self.tasks = 0

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, payload: bytes, seconds: float, result_size: int) -> bytes:
        """Send one frame and wait for the answering one. Raises _SlowError, _LargeError, _EndedError, OSError."""
        if not self._ready:
            self._receive(time.monotonic() + _START_SECONDS, result_size)
            self._ready = True
        self.tasks += 1
        deadline = time.monotonic() + seconds
        self._send(LENGTH.pack(len(payload)), deadline)
        self._send(payload, deadline)
        return self._receive(deadline, result_size)

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait(self._in, select.POLLOUT, deadline)
            rest = rest[os.write(self._in.fileno(), rest[:MIB]) :]

    def _receive(self, deadline: float, result_size: int) -> bytes:
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        if length > result_size:
            raise _LargeError
        return self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._wait(self._out, select.POLLIN, deadline)
            piece = os.read(self._out.fileno(), min(length - len(data), MIB))
            if not piece:
                raise _EndedError
            data += piece
        return bytes(data)

    def _wait(self, stream: IO[bytes], event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _SlowError
        poll = select.poll()
        poll.register(stream, event)
        if not poll.poll(math.ceil(left * 1000)):
            raise _SlowError

    def stop(self) -> None:
        """Signal the child to end: for another thread than the one in `ask`, which then reads the end of the pipe."""
        self._process.kill()

    def kill(self) -> None:
        """End the child at once, reap it and close its pipes: only for the thread that holds it. May be repeated."""
        self._process.kill()
        self._process.wait()
        for stream in (self._in, self._out):
            with contextlib.suppress(OSError):
                stream.close()

    def obituary(self, name: str, memory: int) -> TuobenError:
        """The error that tells how the child ended."""
        try:
            status = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return TuobenError(f"The worker process closed its pipe while it ran {name}.")
        if status >= 0:
            return TuobenError(f"The worker process ended with status {status} while it ran {name}.")
        if -status in (signal.SIGXCPU, signal.SIGALRM):
            return LimitExceeded(f"{name} used too much processor time and was stopped.")
        how = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        return LimitExceeded(f"{name} brought its worker process down ({how}; memory limit {memory // MIB} MiB).")


@dataclasses.dataclass(frozen=True)
class _Answer:
    """What a child sent back. worn: it should take no further call (its memory was full once)."""

    value: Any = None
    error: TuobenError | None = None
    worn: bool = False


def _read_answer(data: bytes, function: Callable[..., object], name: str) -> _Answer:
    try:
        good, value, worn = _Unpickler(data, getattr(function, "__module__", "")).load()
    except (pickle.UnpicklingError, AttributeError, ImportError, IndexError, TypeError, ValueError, EOFError) as error:
        problem = TuobenError(f"The result of {name} cannot be read: {error}")
        return _Answer(error=problem, worn=True)
    if good:
        return _Answer(value=value, worn=bool(worn))
    if isinstance(value, TuobenError):
        return _Answer(error=value, worn=bool(worn))
    return _Answer(error=TuobenError(f"{name} failed without an error that can be read."), worn=True)


_PLAIN = {
    ("builtins", name)
    for name in ("bytearray", "complex", "frozenset", "set", "slice", "range", "object", "dict", "list", "tuple", "str")
} | {("collections", "OrderedDict"), ("collections", "deque")}


_TIMES = {("datetime", name): getattr(datetime, name) for name in ("date", "datetime", "time", "timedelta", "timezone")}
_TIMES["zoneinfo", "ZoneInfo"] = zoneinfo.ZoneInfo


def _member_only(owner: object, name: str) -> object:
    """`getattr` for the uses that pickles make of it: a ZoneInfo's, and (Python 3.11.0 to 3.11.3) an enumeration's."""
    if isinstance(owner, enum.EnumMeta) and name in owner.__members__:
        return owner.__members__[name]
    if owner is zoneinfo.ZoneInfo and name == "_unpickle":
        return getattr(zoneinfo.ZoneInfo, name)
    raise pickle.UnpicklingError(f"getattr({owner!r}, {name!r}) is not allowed in a result")


class _Unpickler(pickle.Unpickler):
    """Reads a result: plain values, times, and the dataclasses, enumerations and exceptions of our package and of the
    package that the called function lives in. Anything else raises UnpicklingError."""

    def __init__(self, data: bytes, module: str) -> None:
        super().__init__(io.BytesIO(data))
        self._packages = {"tuoben", module.partition(".")[0]}

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if (module, name) == ("builtins", "getattr"):
            return _member_only
        if module in ("datetime", "zoneinfo") and name in (
            "date",
            "datetime",
            "time",
            "timedelta",
            "timezone",
            "ZoneInfo",
        ):
            return getattr(zoneinfo if module == "zoneinfo" else datetime, name)
        if module == "builtins" and isinstance(found := getattr(builtins, name, None), type):
            if issubclass(found, Exception):
                return found
        elif module.partition(".")[0] in self._packages:
            found = super().find_class(module, name)
            if isinstance(found, type) and _is_record(found):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a result")


def _is_record(kind: type) -> bool:
    named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return dataclasses.is_dataclass(kind) or named_tuple or issubclass(kind, (enum.Enum, Exception))
