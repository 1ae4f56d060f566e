"""Turns at the children: slow pages of one site do not keep those of others waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from tuoben.errors import LimitExceeded
from tuoben.runner import Runner
from tuoben.turns import Turns


def test_a_slow_site_leaves_a_child_for_the_others() -> None:
    """While one site's calls run into the time limit one after another, another site's calls go through at once."""

    async def run(runner: Runner) -> tuple[float, list[object]]:
        turns = Turns(runner)
        await asyncio.gather(turns.of("good.test").run(len, "a"), turns.of("other.test").run(len, "b"))  # both are up
        slow = [asyncio.create_task(turns.of("evil.test").run(time.sleep, 30)) for _ in range(3)]
        await asyncio.sleep(0.1)
        started = time.monotonic()
        for _ in range(10):
            assert await turns.of("good.test").run(len, "abc") == 3
        took = time.monotonic() - started
        return took, await asyncio.gather(*slow, return_exceptions=True)

    with Runner(workers=2, seconds=1.5) as runner:
        took, ends = asyncio.run(run(runner))
    assert took < 1.2
    assert all(isinstance(end, LimitExceeded) for end in ends)


def test_who_cost_least_goes_first() -> None:
    """With one child, a site that used it for long waits behind one that did not."""

    async def run(runner: Runner) -> list[str]:
        turns, order = Turns(runner), []

        async def one(site: str, seconds: float) -> None:
            await turns.of(site).run(time.sleep, seconds)
            order.append(site)

        await one("dear.test", 0.3)
        tasks = [asyncio.create_task(one(site, 0.0)) for site in ("busy.test", "dear.test", "cheap.test")]
        await asyncio.gather(*tasks)
        return order[1:]

    with Runner(workers=1) as runner:
        assert asyncio.run(run(runner)) == ["busy.test", "cheap.test", "dear.test"]


def test_a_cancelled_call_leaves_no_gap() -> None:
    """Calls that are cancelled, while they wait or when it is their turn, give it to the next."""

    async def run(runner: Runner) -> int:
        turns = Turns(runner)
        first = asyncio.create_task(turns.of("a.test").run(time.sleep, 0.2))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(turns.of(f"{n}.test").run(time.sleep, 0.0)) for n in range(4)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        return await turns.of("b.test").run(len, "ab")

    with Runner(workers=1) as runner:
        assert asyncio.run(run(runner)) == 2
