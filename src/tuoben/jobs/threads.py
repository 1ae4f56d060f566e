"""Blocking work of programs that have an event loop, in threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


async def within(pool: Executor, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 what the function takes
    """What a function gives, called in a thread of the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, function, *args)
