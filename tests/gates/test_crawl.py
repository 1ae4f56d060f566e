"""Gate: real news pages served over HTTPS by many loopback hosts are collected whole, politely, once, and are found.

The pages are those of ../shared/bench/extraction, one host for each of their sites, announced by feeds of every kind,
sitemaps and section pages, plain, gzip-coded and chunked. Floors stand in crawl.json.
"""

from __future__ import annotations

import gzip
import html
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from command import Tuoben, payloads, warcio_check
from loopback import Host, Web, page_bytes

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
FLOORS = json.loads((HERE / "crawl.json").read_text())
SETS = ("zyte", "fundus", "gne", "magic", "cx163", "newspaper4k", "postlight")
KINDS = ("rss", "atom", "json", "section", "sitemap", "news-sitemap")
DELAY = 0.1

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@dataclass
class Site:
    """A host with real pages: path → (payload as it is sent, headline or "")."""

    host: Host
    kind: str
    pages: dict[str, tuple[bytes, str]] = field(default_factory=dict)


def sites(web: Web) -> list[Site]:
    """One host for each site of the bench."""
    root = SHARED / "bench" / "extraction"
    if not root.exists():
        pytest.skip(f"no bench pages: {root} is absent (set TUOBEN_SHARED)")
    found: dict[str, Site] = {}
    for name in SETS:
        for line in (root / name / "gold.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            address = urlsplit(row.get("url") or "")
            path = root / name / "pages" / f"{row['id']}.html.gz"
            if not address.hostname or address.path in ("", "/") or not path.exists():
                continue
            if not address.hostname.isascii():
                continue
            site = found.setdefault(address.hostname, Site(web.host(address.hostname), KINDS[len(found) % len(KINDS)]))
            target = quote(address.path, safe="/%:@!$&'()*+,;=~-._") + (f"?{address.query}" if address.query else "")
            site.pages.setdefault(target, (gzip.decompress(path.read_bytes()), row.get("title", "")))
    for site in found.values():
        serve(site)
    return list(found.values())


def serve(site: Site) -> None:
    """Put pages, listings and robots.txt on a host."""
    host = site.host
    for number, (path, (body, title)) in enumerate(site.pages.items()):
        if number % 3 == 0:
            body = gzip.compress(body, mtime=0)
            site.pages[path] = (body, title)
            answer = page_bytes(body, 200, {"Content-Type": "text/html", "Content-Encoding": "gzip"})
        elif number % 3 == 1:
            chunks = b"".join(
                b"%x\r\n%s\r\n" % (len(body[i : i + 7000]), body[i : i + 7000]) for i in range(0, len(body), 7000)
            )
            answer = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks
                + b"0\r\n\r\n"
            )
        else:
            answer = page_bytes(body, 200, {"Content-Type": "text/html"})
        host.handle(path, lambda hit, answer=answer: answer)
    links = {
        host.url(path, tls=True): title or f"Headline number {n} of this site"
        for n, (path, (_, title)) in enumerate(site.pages.items())
    }
    listing, content_type, path = LISTINGS[site.kind](links)
    robots = "User-agent: *\nDisallow: /forbidden/\n"
    if site.kind == "news-sitemap":
        robots += f"Sitemap: {host.url(path, tls=True)}\n"
    host.robots(robots)
    home = f'<html><head><title>{host.name}</title><link rel="alternate" type="{content_type}" href="{path}"></head>'
    if site.kind == "section":
        host.page("/", listing)
    else:
        host.page("/", home + "<body><a href='/forbidden/x.html'>A headline that must never be asked for</a></body>")
        host.page(path, listing, content_type=content_type)


def rss(links: dict[str, str]) -> tuple[str, str, str]:
    """An RSS feed."""
    items = "".join(
        f"<item><title>{html.escape(t)}</title><link>{html.escape(u)}</link></item>" for u, t in links.items()
    )
    return (
        f'<rss version="2.0"><channel><title>n</title>{items}</channel></rss>',
        "application/rss+xml",
        "/news/rss.xml",
    )


def atom(links: dict[str, str]) -> tuple[str, str, str]:
    """An Atom feed."""
    entries = "".join(
        f'<entry><id>{html.escape(u)}</id><title>{html.escape(t)}</title><link href="{html.escape(u)}"/></entry>'
        for u, t in links.items()
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>n</title>{entries}</feed>'
    return feed, "application/atom+xml", "/atom.xml"


def json_feed(links: dict[str, str]) -> tuple[str, str, str]:
    """A JSON Feed."""
    items = [{"id": u, "url": u, "title": t} for u, t in links.items()]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "n", "items": items}
    return json.dumps(feed), "application/feed+json", "/feed.json"


def section(links: dict[str, str]) -> tuple[str, str, str]:
    """A section page with navigation around its articles."""
    nav = "".join(
        f'<li><a href="/{name}/">{name}</a></li>' for name in ("world", "sport", "about", "login", "forbidden")
    )
    rows = "".join(f'<li><h3><a href="{html.escape(u)}">{html.escape(t)}</a></h3></li>' for u, t in links.items())
    return (
        f"<html><title>n</title><body><nav><ul>{nav}</ul></nav><ul class='list'>{rows}</ul></body></html>",
        "text/html",
        "/",
    )


def sitemap(links: dict[str, str]) -> tuple[str, str, str]:
    """A sitemap in its usual place."""
    rows = "".join(f"<url><loc>{html.escape(u)}</loc></url>" for u in links)
    return (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>',
        "application/xml",
        "/sitemap.xml",
    )


def news_sitemap(links: dict[str, str]) -> tuple[str, str, str]:
    """A news sitemap that robots.txt names."""
    rows = "".join(
        f"<url><loc>{html.escape(u)}</loc><news:news><news:title>{html.escape(t)}</news:title></news:news></url>"
        for u, t in links.items()
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {spaces}>{rows}</urlset>", "application/xml", "/maps/news.xml"


LISTINGS = {
    "rss": rss, "atom": atom, "json": json_feed, "section": section, "sitemap": sitemap, "news-sitemap": news_sitemap,
}  # fmt: skip


def test_real_sites_are_collected(tmp_path: Path) -> None:
    """The floors of crawl.json are met, nothing forbidden is asked for, and no host is hurried."""
    with Web() as web:
        all_sites = sites(web)
        tuoben = Tuoben(tmp_path / "data", web.env(delay=DELAY))
        added = tuoben.json("source", "add", *(site.host.url("/", tls=True) for site in all_sites), code=(0, 1))
        missing = [row["url"] for row in added["sources"] if row["state"] == "failed"]
        tally = tuoben.json("crawl", "--once", code=(0, 1))
        announced = {
            site.host.url(path, tls=True): (payload, title)
            for site in all_sites
            for path, (payload, title) in site.pages.items()
        }
        held = payloads(tuoben)
        faithful = [address for address, (payload, _) in announced.items() if held.get(address) == payload]
        assert not [hit for hit in web.log if "/forbidden/" in hit.path]
        hurried = hurried_hosts(web)
        first_run = len(web.log)
        again = tuoben.json("crawl", "--once", code=(0, 1))
        pages = {(urlsplit(address).hostname, urlsplit(address).path) for address in announced}
        repeated = [hit for hit in web.log[first_run:] if (hit.host, hit.path.partition("?")[0]) in pages]
        for segment in tuoben.segments():
            warcio_check(segment)
        headlines = [(address, title) for address, (_, title) in announced.items() if title]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda row: first_hit(tuoben, *row), headlines))
        share = len(faithful) / len(announced)
        hits = sum(found) / len(found)
        print(f"\n{len(all_sites)} sites, {len(announced)} announced; not added {missing}; tally {tally}")
        print(
            f"stored byte for byte {share:.4f}; found first {hits:.4f} of {len(found)}; repeated {len(repeated)}; {again}"
        )
        print("not stored:", [address for address in announced if address not in faithful][:40])
        assert share >= FLOORS["stored"] and hits >= FLOORS["found_first"]
        assert not repeated and not hurried


def hurried_hosts(web: Web) -> list[str]:
    """Hosts that were asked sooner than the delay allows."""
    last: dict[str, float] = {}
    found = []
    for hit in web.log:
        if hit.host in last and hit.at - last[hit.host] < DELAY:
            found.append(f"{hit.host} {hit.path} after {hit.at - last[hit.host]:.3f} s")
        last[hit.host] = hit.at
    return found


def first_hit(tuoben: Tuoben, address: str, title: str) -> bool:
    """Whether a search for the headline gives the article first."""
    hits = tuoben.json("search", "--limit", "1", "--", title)["hits"]
    return bool(hits) and hits[0]["url"] == address
