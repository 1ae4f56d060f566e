"""What tests/test_runner.py lets children do: top-level functions, found by name in the child."""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tuoben.errors import BadUrl, LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    when: datetime


class Evil:
    """Unpickles into a shell command."""

    def __reduce__(self):
        return (os.system, ("touch /nonexistent/never",))


def add(a, b, *, scale=1):
    return (a + b) * scale


def echo(value):
    return value


def length(data):
    return len(data)


def pid():
    return os.getpid()


def record():
    return Record(name="快照", when=datetime(2026, 11, 20, 18, 26, tzinfo=ZoneInfo("Asia/Shanghai")))


def sleep(seconds):
    time.sleep(seconds)
    return os.getpid()


def spin():
    while True:
        pass


def note_and_sleep(path, seconds):
    pathlib.Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)


def fill_memory():
    held = []
    while True:
        held.append(bytearray(16 << 20))


def big(size):
    return b"x" * size


def exit_now(status):
    os._exit(status)


def crash():
    ctypes.string_at(0)


def abort():
    os.abort()


def recurse():
    return recurse()


def refuse(text):
    raise BadUrl(text)


def over():
    raise LimitExceeded("more than it may be")


def divide():
    return 1 // 0


def evil():
    return Evil()


def unpicklable():
    return lambda: None


def shout():
    print("noise on stdout", flush=True)
    os.write(1, b"more noise")
    sys.stderr.write("noise on stderr")
    return "quiet"


def open_descriptors():
    found = []
    for number in range(256):
        try:
            found.append(str(pathlib.Path(f"/proc/self/fd/{number}").readlink()))
        except FileNotFoundError:
            continue
    return found


def environment():
    return dict(os.environ)


def loaded(module):
    return module in sys.modules


def interrupt_self():
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


def core_limit():
    return subprocess.run(["sh", "-c", "ulimit -c"], capture_output=True, text=True, check=True).stdout.strip()
