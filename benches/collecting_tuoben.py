"""tuoben's turn in the bench of collecting: its own crawler on a new data directory, with pages read as "no article".

The one thing that is not the product's is the `Runner` it is given: reading a page gives a constant, at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = tempfile.TemporaryDirectory(prefix="tuoben-bench-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tuoben.settings",
    "TUOBEN_DATA": FOLDER.name,
    "TUOBEN_ALLOW_NETWORKS": "127.0.0.0/8",
    "TUOBEN_HOST_DELAY": "0",
}

import django  # noqa: E402 (settings are read when it starts)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from tuoben.archive.segments import Segments  # noqa: E402
from tuoben.commands import engine  # noqa: E402
from tuoben.extract import extract  # noqa: E402
from tuoben.home import Home  # noqa: E402
from tuoben.model import Article, Kind, Page, Receipt, State  # noqa: E402
from tuoben.net import Door  # noqa: E402
from tuoben.pipeline import Plan  # noqa: E402
from tuoben.runner import Runner  # noqa: E402
from tuoben.scheduler import Crawler  # noqa: E402
from tuoben.store import repository  # noqa: E402


class Unread(Runner):
    """Says of each page that it holds no text; listings are read as always."""

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if function is extract:
            page: Page = args[0]
            return Article(url=page.url, state=State.EMPTY)
        return function(*args, **kwargs)


def cpu() -> float:
    """Seconds of this process and its children."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


async def collect(home: Home) -> int:
    """Run the crawler until it is quiet; pages captured."""
    captured = 0

    def acknowledge(receipt: Receipt) -> None:
        nonlocal captured
        captured += receipt.outcome.capture is not None and receipt.outcome.claim.kind is Kind.PAGE

    async with Door.from_env(os.environ) as door:
        with Segments(home.archive, writer="bench") as segments, Unread() as runner:
            crawler = Crawler(
                home=home, door=door, segments=segments, runner=runner, plan=Plan(), host_delay=0.0, disk_floor=0,
                once=True, acknowledge=acknowledge,
            )  # fmt: skip
            await crawler.run()
    return captured


def main() -> None:
    """Collect what standard input names; print the pages captured and the CPU used."""
    sitemaps: list[str] = json.load(sys.stdin)["sitemaps"]
    with FOLDER as folder:
        home = Home(Path(folder))
        home.prepare()
        call_command("migrate", verbosity=0, interactive=False)
        for sitemap in sitemaps:
            host = urlsplit(sitemap).netloc
            repository.add_source(f"http://{host}/", host, "", [(sitemap, "sitemap")], timezone.now())
        engine.settle_memory()  # as `tuoben crawl` and `tuoben worker` do
        started = cpu()
        captured = asyncio.run(collect(home))
        print(json.dumps({"pages": captured, "cpu": cpu() - started}))


if __name__ == "__main__":
    main()
