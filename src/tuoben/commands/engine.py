"""What the commands that collect or read pages need: the door, the children, the plan, the rules of a commit."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings

from tuoben import planning
from tuoben.archive.segments import Segments
from tuoben.browse import Limits
from tuoben.commands import base, rulefiles
from tuoben.errors import UsageError
from tuoben.home import Home
from tuoben.jobs import sequence, timestamps
from tuoben.jobs.timestamps import Stamper
from tuoben.net import Door
from tuoben.pipeline import Plan
from tuoben.runner import Runner
from tuoben.scheduler import Crawler
from tuoben.store.commits import Rules

EXTRACT_SECONDS = 20.0


def door() -> Door:
    """The one door, as the operator's environment sets it."""
    return Door.from_env(os.environ | {"TUOBEN_CONTACT": settings.CONTACT})


def operator_door() -> Door:
    """A door for servers that the operator names: whatever their address (law 3)."""
    return Door.from_env(os.environ | {"TUOBEN_CONTACT": settings.CONTACT, "TUOBEN_ALLOW_NETWORKS": "0.0.0.0/0,::/0"})


def stamper(home: Home) -> Stamper:
    """Who has the log's checkpoints time-stamped."""
    return Stamper(home, timestamps.authorities(settings.TIMESTAMP, settings.TIMESTAMP_CA), operator_door())


def host_delay() -> float | None:
    """TUOBEN_HOST_DELAY in seconds, None when it is not set."""
    text = os.environ.get("TUOBEN_HOST_DELAY", "")
    if not text:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError as error:
        raise UsageError(f"TUOBEN_HOST_DELAY must be a number of seconds, not {text!r}.") from error


def runner(*, beside: bool = False) -> Runner:
    """Children for hostile bytes. `beside`: a worker has its own at work, so that this takes one alone."""
    workers = 1 if beside else max((os.cpu_count() or 2) // settings.WORKERS, 2 if settings.WORKERS == 1 else 1)
    return Runner(workers=workers, seconds=EXTRACT_SECONDS, preload=("tuoben.extract", "tuoben.discover"))


def plan() -> Plan:
    """When known addresses are looked at again, and by which site rules they are read."""
    plan = Plan.of(settings.LISTING_PERIOD, settings.RECHECK_AFTER)
    return replace(plan, site_rules=rulefiles.site_rules(Home(settings.DATA)))


def rules() -> Rules:
    """The decisions that a commit asks the stages for."""
    return planning.rules(host_delay(), plan().budget)


@asynccontextmanager
async def crawler(home: Home, **told: Any) -> AsyncIterator[Crawler]:  # noqa: ANN401 fields of a Crawler
    """A crawler of this process, with its segments, its children and its door, as the operator's settings have them.

    `told`: what the command wants of it besides.
    """
    with (
        home.process() as name,
        Segments(home.archive, writer=name, signer=sequence.signer(home)) as segments,
        runner() as children,
    ):
        async with door() as opened:
            settle_memory()
            yield Crawler(
                home=home,
                door=opened,
                segments=segments,
                runner=children,
                plan=plan(),
                host_delay=host_delay(),
                disk_floor=settings.DISK_FLOOR,
                lease=timedelta(seconds=settings.LEASE),
                chromium=base.chromium(),
                browser_limits=Limits(total=settings.BROWSER_SECONDS),
                **told,
            )


def settle_memory() -> None:
    """For work that lasts: what is loaded by now stays for good and is not looked through again, and what comes and
    goes with every page is looked through less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
