"""Other extractors, one a process: `.venv-peers/bin/python benches/peers.py NAME`. Run by the interpreter of the peers'
environment (benches/peers.txt, `make peers`), which holds nothing of tuoben: this file imports the standard library and
the one peer that it is asked for.

Reads rows {"url", "path", "lang"} on stdin (path: a gzip file; lang: the page's, for peers that must be told), writes
{"cpu", "title", "authors", "published", "source", "text"} for each; `cpu` is the processor time that the peer took. The
first line it writes is {"version"}, or {"error"}.
Each peer is called as its own documentation shows, with what it gives of text and metadata.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import importlib.metadata
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

Prediction = dict[str, Any]
Row = dict[str, Any]


def _text(body: bytes) -> str:
    """For peers that take text only: decoded by trafilatura's detector, which is here anyhow."""
    return str(importlib.import_module("trafilatura.utils").decode_file(body))


def _plain(html: str) -> str:
    """The text of an HTML fragment that a peer returns, a line for each block."""
    if not html.strip():
        return ""
    root = importlib.import_module("lxml.html").fromstring(html)
    for element in root.iter("p", "div", "br", "li", "h1", "h2", "h3", "h4", "tr", "blockquote"):
        element.tail = "\n" + (element.tail or "")
    return str(root.text_content())


def trafilatura(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Default settings, with metadata."""
    found = peer.bare_extraction(body, url=row["url"], with_metadata=True, include_comments=False)
    if found is None:
        return {}
    return {
        "title": found.title, "authors": (found.author or "").split("; "), "published": found.date,
        "source": found.sitename, "text": found.text,
    }  # fmt: skip


def readability(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Body and title."""
    document = peer.Document(_text(body), url=row["url"])
    return {"title": document.short_title(), "text": _plain(document.summary(html_partial=True))}


def newspaper(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """No fetching; the language is told, as it reads no Chinese otherwise."""
    lang = row["lang"].partition("-")[0]
    known = lang in dict(importlib.import_module("newspaper.languages").valid_languages())
    options = {"language": lang} if known else {}
    article = peer.article(row["url"], input_html=_text(body), fetch_images=False, **options)
    return {
        "title": article.title, "authors": article.authors, "text": article.text,
        "published": article.publish_date.isoformat() if article.publish_date else None,
        "source": (article.meta_data.get("og") or {}).get("site_name"),
    }  # fmt: skip


def goose3(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Without images; the stop words of Chinese are told."""
    options: dict[str, Any] = {"enable_image_fetching": False}
    if row["lang"].startswith("zh"):
        options["stopwords_class"] = importlib.import_module("goose3.text").StopWordsChinese
    found = peer.Goose(options).extract(raw_html=_text(body))
    return {
        "title": found.title, "authors": found.authors, "text": found.cleaned_text,
        "published": found.publish_date, "source": (found.opengraph or {}).get("site_name"),
    }  # fmt: skip


def justext(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Without a stop list, as the language of a page is not known beforehand."""
    found = peer.justext(_text(body), frozenset(), stopwords_low=0, stopwords_high=0)
    return {"text": "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)}


def resiliparse(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Its own detector of encodings, main content."""
    encoding = importlib.import_module("resiliparse.parse.encoding")
    html = importlib.import_module("resiliparse.parse.html")
    tree = html.HTMLTree.parse_from_bytes(body, encoding.detect_encoding(body, from_html_meta=True))
    text = peer.extract_plain_text(tree, main_content=True, alt_texts=False, links=False)
    return {"title": tree.title, "text": text}


def boilerpy3(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """The article extractor."""
    document = importlib.import_module("boilerpy3.extractors").ArticleExtractor().get_doc(_text(body))
    return {"title": document.title, "text": document.content}


def magic_html(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Pages of the kind article."""
    found = peer.GeneralExtractor().extract(_text(body), base_url=row["url"], html_type="article")
    return {"title": found.get("title"), "text": _plain(found.get("html") or "")}


def gne(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """The general extractor; it splits by-lines not at all."""
    found = peer.GeneralNewsExtractor().extract(_text(body))
    return {
        "title": found["title"], "authors": [found["author"]] if found["author"] else [],
        "published": found["publish_time"], "text": found["content"],
    }  # fmt: skip


def htmldate(peer: ModuleType, body: bytes, row: Row) -> Prediction:
    """Dates alone: the original one, with its time where the page has it."""
    found = peer.find_date(_text(body), url=row["url"], original_date=True, outputformat="%Y-%m-%dT%H:%M:%S")
    return {"published": found.removesuffix("T00:00:00") if found else None}


# name of the distribution: (module, adapter)
PEERS: dict[str, tuple[str, Callable[[ModuleType, bytes, Row], Prediction]]] = {
    "trafilatura": ("trafilatura", trafilatura),
    "readability-lxml": ("readability", readability),
    "newspaper4k": ("newspaper", newspaper),
    "goose3": ("goose3", goose3),
    "justext": ("justext", justext),
    "resiliparse": ("resiliparse.extract.html2text", resiliparse),
    "boilerpy3": ("boilerpy3", boilerpy3),
    "magic-html": ("magic_html", magic_html),
    "gne": ("gne", gne),
    "htmldate": ("htmldate", htmldate),
}


def main(name: str) -> None:
    """Answer row by row until stdin ends. A page that a peer cannot read counts as empty."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, io.StringIO()  # what a peer prints must not come between the answers
    module, read = PEERS[name]
    try:
        peer = importlib.import_module(module)
        hello = {"version": importlib.metadata.version(name)}
    except ImportError as error:
        hello = {"error": str(error)}
    print(json.dumps(hello), file=answers, flush=True)
    if "error" in hello:
        return
    for line in sys.stdin:
        row = json.loads(line)
        with gzip.open(row["path"]) as file:
            body = file.read()
        found: Prediction = {}
        started = time.process_time()
        with contextlib.suppress(Exception):  # whatever a peer raises, the page is one that it cannot read
            found = read(peer, body, row)
        spent = time.process_time() - started
        print(json.dumps({"cpu": spent} | found, ensure_ascii=False, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
