"""Gate: listparser's lists of feeds. None may raise; what the cases expect of feeds, titles, categories and further
lists must hold as often as `opml.json` says.

The data lies in `../shared/conformance/opml-listparser` (or $TUOBEN_SHARED); without it the gate is skipped and says so.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tuoben.discover import opml
from tuoben.discover.opml import Outlines
from tuoben.model import Page

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "conformance" / "opml-listparser"
FLOORS = json.loads(Path(__file__).with_name("opml.json").read_text(encoding="utf-8"))


def told(found: Outlines) -> dict[str, Any]:
    """What was read, in the shape that the cases' expectations ask."""
    feeds = [
        {
            "url": one.url,
            "title": one.title,
            "categories": [list(path) for path in one.categories],
            "tags": [path[0] for path in one.categories if len(path) == 1],
        }
        for one in found.subscriptions
    ]
    lists = [{"url": address, "title": title} for title, address in found.lists]
    return {"feeds": feeds, "lists": lists, "meta": {"title": found.title}}


def asked(line: str) -> bool:
    """Whether an expectation is about what we keep."""
    return not re.search(r"bozo|opportunities|version|\['(?:author|created|modified)'\]", line)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no conformance data in {DATA}")
def test_expectations() -> None:
    """The floor of opml.json is met, no file raises, and each OPML file comes back from an export as it was."""
    met, missed, read = 0, [], 0
    for path in sorted(DATA.rglob("*.xml")):
        found = opml.read(Page(url="list", body=path.read_bytes()))
        if found is None:
            assert "opml" not in path.parts
            continue
        read += 1
        again = opml.read(Page(url="list", body=opml.write(found.title, found.subscriptions).encode()))
        assert again is not None
        assert [one.url for one in again.subscriptions] == [one.url for one in found.subscriptions]
        for line in re.findall(r"Eval:\s*(.*)", path.read_text(encoding="utf-8", errors="replace")):
            if not asked(line):
                continue
            try:
                good = eval(line, {"result": told(found), "len": len})
            except LookupError:
                good = False
            met += bool(good)
            missed += [] if good else [f"{path.name}: {line}"]
    print(f"\n{read} files read, {met} expectations met, missed: {missed}")
    assert read >= FLOORS["files"] and met >= FLOORS["met"]
