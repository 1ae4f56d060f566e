"""Reading pages: `tuoben.extract` beside trafilatura over the demo, in turns, so that a busy machine hurts both alike.

Prints pages a second (median of the rounds), the ratio, and how much of the true body each gives (F1 over characters
of shared three-grams). The demo's pages are clean: the figures compare speed, not the quality on the real web.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import trafilatura

from benches import freshness, importing
from tuoben.demo import Demo, Expected
from tuoben.extract import extract
from tuoben.model import Page

ROUNDS = 7
Reader = Callable[[Page], str]


def ours(page: Page) -> str:
    """The body as tuoben reads it."""
    return extract(page).text


def theirs(page: Page) -> str:
    """The body as trafilatura reads it, with its metadata, as `ours` reads them too."""
    found = trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False)
    return (found.text or "") if found else ""


def load(demo: Demo) -> list[tuple[Page, Expected]]:
    """Every article of one page with what it really says."""
    pages = []
    for expected in (article for articles in demo.expected.values() for article in articles if len(article.pages) == 1):
        parts = urlsplit(expected.url)
        connection = http.client.HTTPConnection("127.0.0.1", demo.port)
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        answer = connection.getresponse()
        page = Page(url=expected.url, body=answer.read(), content_type=answer.headers["Content-Type"])
        connection.close()
        pages.append((page, expected))
    return pages


def speed(reader: Reader, pages: list[tuple[Page, Expected]]) -> float:
    """Pages a second in one round."""
    started = time.perf_counter()
    for page, _ in pages:
        reader(page)
    return len(pages) / (time.perf_counter() - started)


def f1(found: str, true: str) -> float:
    """Agreement of two texts by their three-grams, blanks left out: 0 to 1."""
    one, two = (
        Counter("".join(text.split())[i : i + 3] for i in range(len("".join(text.split())) - 2))
        for text in (found, true)
    )
    return 2 * (one & two).total() / max(1, one.total() + two.total())


def main() -> None:
    """Run the rounds and print the table."""
    readers: dict[str, Reader] = {"tuoben": ours, "trafilatura": theirs}
    with Demo() as demo:
        pages = load(demo)
    rounds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, reader in readers.items():
            rounds[name].append(speed(reader, pages))
    ratio = statistics.median(a / b for a, b in zip(rounds["tuoben"], rounds["trafilatura"], strict=True))
    print(f"{len(pages)} pages, {ROUNDS} rounds, Python {sys.version.split()[0]}")
    for name, reader in readers.items():
        body = statistics.mean(f1(reader(page), expected.text) for page, expected in pages)
        print(f"{name:12} {statistics.median(rounds[name]):7.1f} pages/s   body F1 {body:.3f}")
    print(f"ratio        {ratio:7.2f}")


main()
freshness.main()
sys.exit(not importing.main())
