"""kill -9 at random moments of a crawl: what was acknowledged is kept, nothing is stored twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from command import Tuoben, warcio_check
from loopback import Web
from stories import publish

KILLS = 10
DELAY = 0.1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_at_random_moments(tmp_path: Path) -> None:
    """Ten kills later every acknowledged capture is in the WARCs, and each article is there exactly once."""
    chance = random.Random(20261122)
    with Web() as web:
        hosts = [web.host(f"h{n}.test") for n in range(8)]
        titles = {host.url(path): title for host in hosts for path, title in publish(host, 60).items()}
        tuoben = Tuoben(tmp_path / "data", web.env(delay=DELAY))
        tuoben.run("source", "add", *(host.url("/") for host in hosts))
        acknowledged: list[dict[str, object]] = []
        killed = 0
        for _ in range(KILLS):
            out = tmp_path / "lines"
            with (
                out.open("w") as file,
                tuoben.popen("crawl", "--once", "--jsonl", stdout=file, stderr=subprocess.DEVNULL) as process,
            ):
                time.sleep(1.0 + chance.random() * 1.2)
                killed += process.poll() is None
                process.send_signal(signal.SIGKILL)
            lines = out.read_text().splitlines(keepends=True)
            acknowledged += [json.loads(line) for line in lines if line.endswith("\n")]
        assert killed >= KILLS // 2
        last = [json.loads(line) for line in tuoben.run("crawl", "--once", "--jsonl").stdout.splitlines()]
        acknowledged += last
        for line in acknowledged:
            with (tuoben.data / "archive" / str(line["segment"])).open("rb") as file:
                file.seek(int(str(line["offset"])))
                record = next(iter(ArchiveIterator(file, parse_http=False)))
                assert record.headers["WARC-Target-URI"] == line["url"]
        assert tuoben.json("verify")["bad"] == []
        for segment in tuoben.segments():
            warcio_check(segment)
        pages = [str(line["url"]) for line in acknowledged if line["kind"] == "page"]
        ids = {address: {line["id"] for line in acknowledged if line["url"] == address} for address in titles}
        assert all(len(found) <= 1 for found in ids.values())
        assert len(pages) == len(set(pages))
        everything = tuoben.json("search", "--limit", "1000", "通报")
        assert sorted(hit["url"] for hit in everything["hits"]) == sorted(titles)
        for host in hosts:
            times = [hit.at for hit in web.hits(host.name)]
            assert min(b - a for a, b in pairwise(times)) >= DELAY
