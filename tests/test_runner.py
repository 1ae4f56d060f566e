"""The runner: work in child processes under limits."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

import runner_tasks as tasks
from tuoben import runner as runner_module
from tuoben.errors import BadUrl, LimitExceeded, TuobenError
from tuoben.model import State
from tuoben.runner import Runner

MIB = 1 << 20


@pytest.fixture
def runner():
    with Runner(workers=2, seconds=10.0, memory=512 * MIB) as runner:
        yield runner


def _gone(pid: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # A zombie whose parent is gone waits for init; it has ended all the same.
        status = Path(f"/proc/{pid}/status")
        if status.exists() and "\nState:\tZ" in status.read_text():
            return True
        time.sleep(0.02)
    return False


def _wait_for(path: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} never came")


def test_a_call_returns_the_result(runner):
    """A top-level function runs in another process and its result comes back."""
    assert runner.call(tasks.add, 1, 2, scale=3) == 9
    assert runner.call(tasks.pid) != os.getpid()


def test_records_with_times_and_zones_come_back(runner):
    """Dataclasses, text and zoned times travel unchanged."""
    record = runner.call(tasks.record)
    assert record.name == "快照"
    assert record.when.utcoffset() == timedelta(hours=8)


def test_large_arguments_and_results_travel(runner):
    """Twenty MiB each way is no trouble for the pipes."""
    data = b"x" * (20 * MIB)
    assert runner.call(tasks.echo, data) == data


def test_awaiting_leaves_the_loop_free_and_uses_all_workers(runner):
    """Two slow calls run side by side while the event loop goes on."""

    async def main():
        await asyncio.gather(runner.run(tasks.pid), runner.run(tasks.pid))
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticker = asyncio.create_task(tick())
        pids = await asyncio.gather(runner.run(tasks.sleep, 0.6), runner.run(tasks.sleep, 0.6))
        ticker.cancel()
        return pids, ticks

    pids, ticks = asyncio.run(main())
    assert len(set(pids)) == 2
    assert ticks > 10


def test_children_are_reused(runner):
    """Calls one after the other go to the same warm child."""
    assert len({runner.call(tasks.pid) for _ in range(5)}) == 1


@pytest.mark.parametrize("task", [tasks.spin, lambda: None], ids=["spinning", "sleeping"])
def test_a_slow_call_is_stopped_and_the_next_goes_on(task):
    """A call beyond its time is killed with LimitExceeded, and the child is replaced."""
    with Runner(workers=1, seconds=0.5) as runner:
        before = runner.call(tasks.pid)
        started = time.monotonic()
        with pytest.raises(LimitExceeded, match=r"0\.5 seconds"):
            runner.call(*((tasks.spin,) if task is tasks.spin else (tasks.sleep, 60)))
        assert time.monotonic() - started < 5
        assert _gone(before)
        assert runner.call(tasks.pid) != before


def test_a_stopped_child_cannot_hold_the_caller():
    """A child that does not even read its pipe is killed at the limit."""
    with Runner(workers=1, seconds=0.5) as runner:
        os.kill(runner.call(tasks.pid), signal.SIGSTOP)
        with pytest.raises(LimitExceeded):
            runner.call(tasks.length, b"x" * (8 * MIB))
        assert runner.call(tasks.add, 1, 1) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is limited on Linux only")
def test_a_call_that_fills_memory_is_refused(runner):
    """Memory over the limit is LimitExceeded, and the worn child is replaced."""
    before = runner.call(tasks.pid)
    with pytest.raises(LimitExceeded, match="memory"):
        runner.call(tasks.fill_memory)
    assert _gone(before)
    assert runner.call(tasks.add, 1, 1) == 2


def test_a_result_over_the_size_is_refused():
    """A result whose pickle is over the limit is LimitExceeded, and the child lives on."""
    with Runner(workers=1, result_size=MIB) as runner:
        before = runner.call(tasks.pid)
        with pytest.raises(LimitExceeded, match="1 MiB"):
            runner.call(tasks.big, 2 * MIB)
        assert runner.call(tasks.pid) == before


@pytest.mark.parametrize("task", [tasks.crash, tasks.abort])
def test_a_crash_fails_only_its_own_call(runner, task):
    """A segmentation fault or abort is LimitExceeded; calls under way in other children go on."""

    async def main():
        steady = asyncio.create_task(runner.run(tasks.sleep, 1.0))
        await asyncio.sleep(0.3)
        with pytest.raises(LimitExceeded, match=r"SIGSEGV|SIGABRT"):
            await runner.run(task)
        assert await runner.run(tasks.add, 2, 2) == 4
        return await steady

    assert asyncio.run(main()) > 0


def test_a_child_that_exits_is_named_and_replaced(runner):
    """os._exit in the child is a TuobenError with the status, and the next call works."""
    with pytest.raises(TuobenError, match="status 3"):
        runner.call(tasks.exit_now, 3)
    assert runner.call(tasks.add, 1, 1) == 2


def test_an_idle_child_killed_from_outside_is_not_noticed(runner):
    """A child that died between two calls is replaced without an error."""
    pid = runner.call(tasks.pid)
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert runner.call(tasks.pid) != pid


def test_our_errors_come_back_as_themselves(runner):
    """An error of the house keeps its class and words."""
    with pytest.raises(BadUrl, match="not a URL"):
        runner.call(tasks.refuse, "not a URL")
    with pytest.raises(LimitExceeded, match="more than"):
        runner.call(tasks.over)


def test_other_errors_come_back_named(runner):
    """A foreign exception becomes a TuobenError with its type, and its traceback as a note."""
    with pytest.raises(TuobenError, match="divide failed with ZeroDivisionError") as caught:
        runner.call(tasks.divide)
    assert "in divide" in caught.value.__notes__[0]


def test_endless_recursion_is_a_limit(runner):
    """Recursion without end is LimitExceeded."""
    with pytest.raises(LimitExceeded, match="nested"):
        runner.call(tasks.recurse)


def test_a_result_that_would_run_code_is_refused(runner):
    """A pickle that names anything but records and plain values is not read."""
    with pytest.raises(TuobenError, match=r"system is not allowed"):
        runner.call(tasks.evil)
    with pytest.raises(TuobenError, match="pickle"):
        runner.call(tasks.unpicklable)
    assert runner.call(tasks.add, 1, 1) == 2


def test_noise_on_standard_output_does_not_reach_the_pipe(runner, capfd):
    """What a library prints in the child is dropped."""
    assert runner.call(tasks.shout) == "quiet"
    assert runner.call(tasks.shout) == "quiet"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_inherit_no_socket_and_no_secret(monkeypatch):
    """A child has only its pipes open, and no variable of ours in its environment."""
    monkeypatch.setenv("TUOBEN_SECRET_KEY", "canary")
    with socket.create_server(("127.0.0.1", 0)) as server, Runner(workers=2) as runner:
        server.set_inheritable(True)
        runner.call(tasks.pid)
        held = runner.call(tasks.open_descriptors)
        assert not [name for name in held if name.startswith("socket:")]
        assert len([name for name in held if name.startswith("pipe:")]) == 2
        assert "canary" not in str(runner.call(tasks.environment))


def test_children_leave_no_core_and_ignore_an_interrupt(runner):
    """Core dumps are off, and SIGINT does nothing in a child."""
    assert runner.call(tasks.core_limit) == "0"
    assert runner.call(tasks.interrupt_self) == "still here"


def test_modules_are_imported_before_the_first_call():
    """`preload` names what a child imports while it starts."""
    with Runner(workers=1, preload=("wave",)) as runner:
        assert runner.call(tasks.loaded, "wave")


def test_children_are_replaced_after_some_calls():
    """A child retires after tasks_per_child calls."""
    with Runner(workers=1, tasks_per_child=2) as runner:
        pids = [runner.call(tasks.pid) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_child_that_cannot_start_is_an_error():
    """A module that is not there is told as an error, not waited for."""
    with Runner(workers=1, preload=("no_such_module_here",)) as runner, pytest.raises(TuobenError):
        runner.call(tasks.pid)


def test_close_ends_children_and_waiting_calls():
    """close() kills the children; calls under way and waiting raise TuobenError, and so does a later call."""
    runner = Runner(workers=1, seconds=60)
    pid = runner.call(tasks.pid)
    errors = []

    def call():
        try:
            runner.call(tasks.sleep, 60)
        except TuobenError as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    runner.close()
    for thread in threads:
        thread.join(5)
    assert len(errors) == 3
    assert _gone(pid)
    runner.close()
    with pytest.raises(TuobenError, match="closed"):
        runner.call(tasks.pid)


def test_a_forgotten_runner_leaves_nothing():
    """A runner that nobody closed takes its children along when it is collected."""
    runner = Runner(workers=1)
    pid = runner.call(tasks.pid)
    del runner
    assert _gone(pid)


@pytest.mark.parametrize("task", ["spin", "note_and_sleep"])
def test_children_die_with_a_killed_parent(tmp_path, task):
    """When the parent is killed by kill -9, its idle and busy children are gone soon."""
    busy, idle = tmp_path / "busy", tmp_path / "idle"
    program = f"""
import asyncio, pathlib, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import runner_tasks as tasks
from tuoben.runner import Runner
async def main():
    runner = Runner(workers=2, seconds=60)
    _, pid = await asyncio.gather(runner.run(tasks.sleep, 0.2), runner.run(tasks.pid))
    job = asyncio.create_task(runner.run(tasks.note_and_sleep, {str(busy)!r}, 60))
    if {task!r} == "spin":
        job.cancel()
        job = asyncio.create_task(runner.run(tasks.spin))
        pathlib.Path({str(busy)!r}).write_text(str(pid))
    pathlib.Path({str(idle)!r}).write_text(str(pid))
    await job
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    try:
        pids = {_wait_for(busy), _wait_for(idle)}
        time.sleep(0.2)
    finally:
        parent.kill()
        parent.wait()
    assert all(_gone(pid) for pid in pids)


def test_many_threads_share_a_runner(runner):
    """Calls from many threads each get their own answer."""
    results = {}

    def call(number):
        results[number] = [runner.call(tasks.add, number, index) for index in range(20)]

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [number + index for index in range(20)] for number in range(8)}


class _AsOlderPythons:
    """Pickles as an enumeration's member does with Python 3.11.0 to 3.11.3: a `getattr` of its class."""

    def __init__(self, owner, name):
        self.told = owner, name

    def __reduce__(self):
        return getattr, self.told


def test_members_of_enumerations_come_back_with_every_python():
    """The one thing that `getattr` may fetch from an enumeration of ours is a member of it."""
    read = runner_module._Unpickler(pickle.dumps(_AsOlderPythons(State, "ARTICLE")), "tuoben.extract").load()
    assert read is State.ARTICLE
    with pytest.raises(pickle.UnpicklingError):
        runner_module._Unpickler(pickle.dumps(_AsOlderPythons(State, "__class__")), "tuoben.extract").load()
