"""The generations of an index on disk: which one is served, and in what portions a new one is filled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = 6
"""Raised whenever the fields, or the tokens of `text`, change."""

_MERGED = 8
"""The engine merges so many segments of about one size to one (its LogMergePolicy)."""
_LARGEST = 17_600
"""Articles of a portion, at most: an eighth is still as many as the engine tells from what it merged."""


def portion(articles: int) -> int:
    """How many articles to add before each commit of a new index, so that it ends as one segment.

    Equal portions, a power of eight of them, are merged to one. Each segment more makes every search look up its
    words once more, and has a dictionary of its own: eight segments are a tenth larger than one.
    """
    size = max(1, articles)
    while size > _LARGEST:
        size = -(-size // _MERGED)
    return size


def current(path: Path) -> dict[str, Any]:
    """What `current` says; {} when there is none or it cannot be read."""
    try:
        told = json.loads((path / "current").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def usable(path: Path, told: Mapping[str, Any]) -> bool:
    """Whether there is a generation as `current` tells it, of this FORMAT."""
    generation = told.get("generation")
    if told.get("format") != FORMAT or not isinstance(generation, str) or not generation.isalnum():
        return False
    return (path / f"generation-{generation}" / "meta.json").exists()


def point(path: Path, generation: str, *, stale: bool) -> None:
    """Name the generation that is served, in one step."""
    told = {"format": FORMAT, "generation": generation, "stale": stale}
    beside = path / "current.new"
    beside.write_text(json.dumps(told), "utf-8")
    beside.replace(path / "current")


def sweep(path: Path) -> None:
    """Delete the generations that are not named: what was begun and never published, or replaced. Only for who keeps
    others from beginning one."""
    if named := current(path).get("generation"):
        for folder in path.glob("generation-*"):
            if folder.name != f"generation-{named}":
                shutil.rmtree(folder, ignore_errors=True)
