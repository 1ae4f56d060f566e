"""Gate: all that the data directory holds is at most 1.3 times its WARC files, and an image that comes again is held once.

Real news pages of ../shared/bench/extraction from a loopback web that also has their images and style sheets: invented
ones of usual sizes, one in six of them the same bytes at another address. The bound stands in disk.json.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from command import Tuoben
from loopback import Web, page_bytes
from stories import feed
from tuoben.extract import extract
from tuoben.model import Page

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
BOUNDS = json.loads((HERE / "disk.json").read_text())
SETS = ("zyte", "fundus", "gne", "magic")
EVERY = 2
PUBLISHERS = 12
"""As an archive has them: many articles of each."""
MEDIAN = 28_000
"""Bytes of an image (log-normal around it): what pages of news sites have in 2024 (HTTP Archive: 20 to 40 KB)."""
SHEET = b"".join(b".c%d{margin:%dpx;color:#%06x}\n" % (n, n % 40, n * 7919 % 0xFFFFFF) for n in range(900))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def image(rng: random.Random, logos: list[bytes]) -> bytes:
    """Bytes that no compression makes smaller, as those of a photograph; sometimes a logo that others show, too."""
    if rng.random() < 1 / 6:
        return rng.choice(logos)
    return b"\xff\xd8\xff\xe0" + rng.randbytes(int(min(max(rng.lognormvariate(0, 0.9) * MEDIAN, 500), 900_000)))


def pages() -> Iterator[tuple[str, str, bytes]]:
    """(target, headline, body) of real pages."""
    root = SHARED / "bench" / "extraction"
    if not root.exists():
        pytest.skip(f"no bench pages: {root} is absent (set TUOBEN_SHARED)")
    for name in SETS:
        for number, line in enumerate((root / name / "gold.jsonl").read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            at, path = urlsplit(row.get("url") or ""), root / name / "pages" / f"{row['id']}.html.gz"
            if number % EVERY or at.path in ("", "/") or not path.exists():
                continue
            target = quote(at.path, safe="/%:@!$&'()*+,;=~-._") + (f"?{at.query}" if at.query else "")
            yield (
                target,
                row.get("title") or f"Headline number {number} of this site",
                gzip.decompress(path.read_bytes()),
            )


def publish(web: Web, rng: random.Random) -> list[str]:
    """The pages on the hosts of a few publishers, each with a host for its images; the addresses of the feeds."""
    logos = [b"\x89PNG\r\n\x1a\n" + rng.randbytes(9_000 + 700 * n) for n in range(12)]
    titles: dict[str, dict[str, str]] = {}
    for number, (target, title, body) in enumerate(pages()):
        news, images = f"news{number % PUBLISHERS}.test", f"img{number % PUBLISHERS}.test"
        first = extract(Page(url=web.host(news).url(target), body=body, content_type="text/html"))
        for host in {urlsplit(address).netloc for address in first.requisites} - {news}:
            body = body.replace(f"//{host}/".encode(), f"//{images}/".encode())
        whole = page_bytes(gzip.compress(body, mtime=0), 200, {"Content-Type": "text/html", "Content-Encoding": "gzip"})
        web.host(news).handle(target, lambda hit, answer=whole: answer)
        titles.setdefault(news, {})[target] = title
        said = extract(Page(url=web.host(news).url(target), body=body, content_type="text/html"))
        shown = {image.url for image in said.images}
        for address in said.requisites:
            where = urlsplit(address)
            payload, kind = (image(rng, logos), "image/jpeg") if address in shown else (SHEET, "text/css")
            answer = page_bytes(payload, 200, {"Content-Type": kind})
            place = where.path + (f"?{where.query}" if where.query else "")
            web.host(where.hostname or images).handle(place, lambda hit, answer=answer: answer)
    for name, links in titles.items():
        web.host(name).page("/feed-of-all.xml", feed(web.host(name), links), content_type="application/rss+xml")
    return [web.host(name).url("/feed-of-all.xml") for name in titles]


def test_what_is_kept_beside_the_warc(tmp_path: Path) -> None:
    """The total is within the bound, its parts are printed; the payload of each image is in one record."""
    with Web() as web:
        feeds = publish(web, random.Random(9))
        tuoben = Tuoben(tmp_path / "data", web.env(delay=0.0))
        tuoben.json("source", "add", *feeds, code=(0, 1))
        tally = tuoben.json("crawl", "--once", code=(0, 1))
    sizes = split(tuoben)
    total, warc = sum(sizes.values()), sizes["archive"]
    print(f"\n{tally}\n{sizes}: {total / warc:.3f} of the WARC")
    print(
        f"{(total - warc) / tally['articles']:.0f} bytes beside it for an article, {warc / tally['articles']:.0f} in it"
    )
    for name, size in tuoben.sql("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 30"):
        print(f"  {name}: {size}")
    assert not [digest for digest, count in held(tuoben).items() if count > 1]
    assert tally["requisites"] > 2 * tally["articles"]
    assert total <= BOUNDS["total_to_warc"] * warc


def split(tuoben: Tuoben) -> dict[str, int]:
    """Bytes by what they are, the write-ahead log with the rows."""
    sizes: Counter[str] = Counter()
    for path in tuoben.data.rglob("*"):
        if path.is_file():
            first = path.relative_to(tuoben.data).parts[0]
            sizes["rows" if first.startswith("tuoben.sqlite3") else first] += path.stat().st_size
    return dict(sizes)


def held(tuoben: Tuoben) -> Counter[str]:
    """Payload digest of each image → records that hold it whole."""
    found: Counter[str] = Counter()
    for path in tuoben.segments():
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
                if record.http_content_type == "image/jpeg":
                    found[record.headers["WARC-Payload-Digest"]] += 1
    return found
