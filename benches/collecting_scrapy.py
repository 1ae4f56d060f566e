"""Scrapy's turn in the bench of collecting: it fetches the pages and does nothing with them.

Its settings are its defaults but for delays, logs and the telnet console: robots.txt is obeyed, answers are
decompressed as they always are there.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import AsyncIterator

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


def cpu() -> float:
    """Seconds of this process and its children."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class Fetching(scrapy.Spider):
    """Asks for each page once."""

    name = "fetching"
    pages: list[str] = []
    seen = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for page in self.pages:
            yield scrapy.Request(page)

    def parse(self, response: Response) -> None:
        type(self).seen += 1


def main() -> None:
    """Fetch what standard input names; print the pages got and the CPU used."""
    Fetching.pages = json.load(sys.stdin)["pages"]
    process = CrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_DELAY": 0,
            "RANDOMIZE_DOWNLOAD_DELAY": False,
            "AUTOTHROTTLE_ENABLED": False,
            "CONCURRENT_REQUESTS": 32,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    process.crawl(Fetching)
    started = cpu()
    process.start()
    print(json.dumps({"pages": Fetching.seen, "cpu": cpu() - started}))


if __name__ == "__main__":
    main()
