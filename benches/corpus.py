"""The development pages of the extraction bench, and its scorer: `bench/extraction` of ../shared or of TUOBEN_SHARED.

Its README defines every measure; its score.py is used as it is, so that figures here are the bench's own.
"""

from __future__ import annotations

import gzip
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tuoben import url as urls
from tuoben.model import Page

ROOT = Path(__file__).resolve().parents[1]
BENCH = Path(os.environ.get("TUOBEN_SHARED", ROOT.parent / "shared")) / "bench" / "extraction"
GROUPS = ("zh", "en", "other")
Gold = dict[str, Any]
"""One object of gold.jsonl; its keys are told in the bench's README."""


def scorer() -> ModuleType:
    """The bench's own score.py. Ends the program with a sentence when the bench is not there."""
    module_path = BENCH / "score.py"
    if not module_path.exists():
        raise SystemExit(f"The extraction bench is not at {BENCH}: set TUOBEN_SHARED to what holds bench/.")
    spec = importlib.util.spec_from_file_location("extraction_score", module_path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def golds(score: ModuleType, charset: bool = False) -> list[Gold]:
    """What is known of every page; the re-encoded copies of the set "charset" only when asked for."""
    return [gold for gold in score.load_gold(str(BENCH)) if charset or gold["set"] != "charset"]


def path(gold: Gold) -> Path:
    """Where the page's bytes are stored, as a gzip file."""
    return BENCH / gold["set"] / "pages" / f"{gold['id']}.html.gz"


def page(gold: Gold) -> Page:
    """The page's stored bytes."""
    return Page(url=gold["url"], body=gzip.decompress(path(gold).read_bytes()))


def site(gold: Gold) -> str:
    """The registrable domain: what folds and intervals are made of, so that no page helps another of its site."""
    parsed = urls.parse(gold["url"])
    return urls.registrable(parsed.hostname) if parsed else gold["id"]


def folds(found: list[Gold], count: int) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers of the pages to learn from and of those to judge by, `count` times; a site is whole in one of them."""
    sites = sorted({site(gold) for gold in found}, key=lambda name: hash_of(name))
    part = {name: number % count for number, name in enumerate(sites)}
    for number in range(count):
        inside = [at for at, gold in enumerate(found) if part[site(gold)] == number]
        outside = [at for at, gold in enumerate(found) if part[site(gold)] != number]
        yield outside, inside


def hash_of(name: str) -> int:
    """A number that scatters names and is the same in every run."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value
