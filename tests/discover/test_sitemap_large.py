"""Large sitemaps: read in pieces, with flat memory, and the newest chosen as they go by."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tuoben.discover import sitemap
from tuoben.errors import LimitExceeded
from tuoben.model import Page

READ = """
import json, sys, time
from pathlib import Path
from tuoben.discover import sitemap
from tuoben.model import Page
body = Path(sys.argv[1]).read_bytes()
def most():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
before, started = most(), time.process_time()
links = sitemap.links(Page(url="https://www.news.test/s.xml.gz", body=body)).links
print(json.dumps({"links": len(links), "first": links[0].url, "seconds": time.process_time() - started,
                  "mib": most() - before}))
"""


def write(path: Path, count: int) -> str:
    """A gzipped sitemap with so many URLs in no order; the newest of them."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
        for n in range(count):
            number = n * 7919 % count
            when = start + timedelta(minutes=3 * number)
            address = f"https://www.news.test/{when:%Y/%m/%d}/story-{number}.html?a=1&b=2"
            file.write(f"<url><loc>{address}</loc><lastmod>{when:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>\n".encode())
        file.write(b"</urlset>")
    newest = start + timedelta(minutes=3 * (count - 1))
    return f"https://www.news.test/{newest:%Y/%m/%d}/story-{count - 1}.html?a=1&b=2"


def read(path: Path) -> dict[str, object]:
    """What a process of its own makes of a sitemap, and what it cost."""
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc")
def test_a_million_urls_are_read_with_flat_memory(tmp_path: Path) -> None:
    """A million URLs in one file take as much memory as a hundred thousand, and the newest come out."""
    small, large = tmp_path / "small.gz", tmp_path / "large.gz"
    write(small, 100_000)
    newest = write(large, 1_000_000)
    one, other = read(small), read(large)
    print(f"\n100,000 URLs: {one}\n1,000,000 URLs: {other}")
    assert other["first"] == newest and other["links"] == sitemap.MOST_LINKS
    assert float(str(other["mib"])) < float(str(one["mib"])) + 16
    assert float(str(other["seconds"])) < 18, "the children of the runner get 20 seconds"


def test_the_newest_are_chosen_wherever_they_stand(tmp_path: Path) -> None:
    """Of more URLs than are looked at closely, the newest are given, newest first."""
    path = tmp_path / "s.gz"
    newest = write(path, sitemap.MOST_LOOKED_AT + 5_000)
    links = sitemap.links(Page(url="https://www.news.test/s.xml", body=path.read_bytes())).links
    times = [link.modified.value for link in links if link.modified]
    assert links[0].url == newest and len(links) == sitemap.MOST_LINKS and times == sorted(times, reverse=True)


def test_a_long_list_of_urls_keeps_its_order() -> None:
    """Undated URLs of a text sitemap: the first ones are given."""
    text = "\r\n".join(f"https://a.test/2026/11/{n}/a-story-of-ours" for n in range(30_000))
    links = sitemap.links(Page(url="https://a.test/s.txt", body=text.encode())).links
    assert [link.url for link in links[:2]] == [f"https://a.test/2026/11/{n}/a-story-of-ours" for n in range(2)]
    assert len(links) == sitemap.MOST_LINKS


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["s-2026-09.xml", "s-2026-11.xml", "s-2026-10.xml"], ["s-2026-11.xml", "s-2026-10.xml", "s-2026-09.xml"]),
        (["image-sitemap9.xml", "post-sitemap1.xml", "post-sitemap10.xml"], ["post-sitemap10.xml", "post-sitemap1.xml", "image-sitemap9.xml"]),
        (["author-sitemap.xml", "news.xml", "s2.xml"], ["news.xml", "s2.xml", "author-sitemap.xml"]),
        (["sitemap.xml?p=1", "sitemap.xml?p=3"], ["sitemap.xml?p=3", "sitemap.xml?p=1"]),
    ],
)  # fmt: skip
def test_undated_sitemaps_of_an_index_are_ordered_by_their_names(names: list[str], wanted: list[str]) -> None:
    """Later months and higher numbers first; images, authors and the like last."""
    rows = "".join(f"<sitemap><loc>https://a.test/{name}</loc></sitemap>" for name in names)
    found = sitemap.links(Page(url="https://a.test/i.xml", body=f"<sitemapindex>{rows}</sitemapindex>".encode()))
    assert [address.removeprefix("https://a.test/") for address in found.sitemaps] == wanted


def test_entities_and_sections_are_whole_at_any_cut() -> None:
    """Long files are read in pieces: ampersands, CDATA sections, comments and letters stand on both sides of a cut."""
    rows = "".join(
        f"<url><!-- > & --><loc><![CDATA[https://a.test/2026/{n}/图书馆-a-b?x=1&y=2]]></loc></url>"
        f"<url><loc>https://a.test/2027/{n}/a-b-c?x=1&y=2&amp;z=3</loc></url>"
        for n in range(2000)
    )
    body = f"<urlset>{rows}</urlset>".encode()
    links = sitemap.links(Page(url="https://a.test/s.xml", body=gzip.compress(body))).links
    assert len(links) == 4000
    assert {link.url.partition("?")[2] for link in links} == {"x=1&y=2", "x=1&y=2&z=3"}


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_bomb_is_named(coding: str) -> None:
    """The sentence says what was too large."""
    body = gzip.compress(b"<urlset>" + b" " * 50_000_000)
    with pytest.raises(LimitExceeded, match="gzip body inflates to more than 300 times"):
        sitemap.links(Page(url="https://a.test/s.xml.gz", body=body, content_encoding=coding))
