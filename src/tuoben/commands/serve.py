"""serve, web, worker: one supervisor, a web process and a worker process over one data directory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from types import FrameType

from django.conf import settings

from tuoben.child import die_with
from tuoben.commands import base, collect, terminal
from tuoben.errors import UsageError
from tuoben.web import server

GRACE = 8.0
"""Seconds that children get to finish what is under way."""
WRONG_CALL = 2
SUPERVISOR = "TUOBEN_SUPERVISOR"
REBUILDING = "The rows of this data directory are being made anew; try again when that is done."
FOREVER = 1e9
"""A worker that `serve` starts waits until the rows are there (`rebuild` makes them anew)."""
AGAIN = 3.0
"""Seconds before a child that died is started again."""


def addresses(call: Namespace) -> tuple[str, str]:
    """(listen, replay listen) of a call, else of the settings."""
    return call.listen or settings.LISTEN, call.replay_listen or settings.REPLAY_LISTEN


def check_free(address: str, option: str) -> None:
    """Raises UsageError when nobody can listen there: before anything is started."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) < 65536:
        raise UsageError(f"{option} takes HOST:PORT, such as 127.0.0.1:8000, not {address!r}.")
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
    except OSError as error:
        raise UsageError(
            f"{address} cannot be listened on ({error.strerror}); name another address with {option}."
        ) from error


def web(call: Namespace) -> int:
    """Show what was collected, until SIGTERM."""
    _obey_supervisor()
    base.home()
    stop = Stop()
    listen, replay = addresses(call)
    server.serve(listen, replay, stop)
    return 0


def worker(call: Namespace) -> int:
    """Collect until SIGTERM, beside any others that collect into the same data directory."""
    alone = not _obey_supervisor()
    home = base.home()
    with home.lock("crawl", wait=2.0 if alone else FOREVER, shared=True) as ours:
        if not ours:
            raise UsageError(REBUILDING)
        if alone:  # else `serve` has said it, once for all
            collect.say_who_asks()
        collect.collect_until_stopped(home)
    return 0


def serve(call: Namespace) -> int:
    """Web and workers until SIGTERM; a child that dies is started again."""
    listen, replay = addresses(call)
    check_free(listen, "--listen")
    check_free(replay, "--replay-listen")
    home, workers = base.home(), call.workers or settings.WORKERS
    with home.lock("serve", wait=2.0) as ours, home.lock("crawl", wait=2.0, shared=True) as free:
        if not ours:
            raise UsageError(
                "Another tuoben serves this data directory; stop it, or add to it with `tuoben web` or `tuoben worker`."
            )
        if not free:
            raise UsageError(REBUILDING)
        terminal.say(f"tuoben: reading at http://{listen}/ , collecting into {settings.DATA}")
        collect.say_who_asks()
        told = {"TUOBEN_WORKERS": str(workers)}
        return run((("web", "--listen", listen, "--replay-listen", replay), *[("worker",)] * workers), told)


def run(commands: Sequence[Sequence[str]], environment: dict[str, str] | None = None) -> int:
    """Keep a child for each command until SIGTERM or SIGINT, then let them finish; the exit code.

    A child that ends is started again, unless it ended because its call is wrong: it said why, and all is over.
    """
    stop = Stop()
    environment = os.environ | {"TUOBEN_DATA": str(settings.DATA), SUPERVISOR: str(os.getpid())} | (environment or {})
    code = 0
    children = [_start(command, environment) for command in commands]
    while not stop.wait(0.3):
        for place, (command, child) in enumerate(zip(commands, children, strict=True)):
            if child.poll() == WRONG_CALL:
                code = WRONG_CALL
                stop.set()
            elif child.returncode is not None and not stop.wait(AGAIN):
                terminal.say(f"tuoben: the {command[0]} process ended with {child.returncode} and is started again.")
                children[place] = _start(command, environment)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return code


def _start(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # a session of its own, so that Ctrl-C reaches the supervisor alone, which then asks the children to finish
    return subprocess.Popen([sys.executable, "-m", "tuoben", *command], env=environment, start_new_session=True)


def _obey_supervisor() -> bool:
    """Whether we are a child of `serve`: then we end with it, so that after a kill -9 nobody holds ports or locks."""
    parent = os.environ.get(SUPERVISOR, "")
    if not parent.isdigit():
        return False
    die_with(int(parent))
    return True


class Stop:
    """Set by SIGTERM and SIGINT; a second signal ends the process at once. No lock is in it: a handler may interrupt
    whoever waits.
    """

    def __init__(self) -> None:
        self._set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._set:
            os._exit(1)
        self._set = True

    def set(self) -> None:
        """Stop."""
        self._set = True

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Sleep so long at most; whether to stop."""
        end = time.monotonic() + seconds
        while not self._set and time.monotonic() < end:
            time.sleep(min(0.1, seconds))
        return self._set
