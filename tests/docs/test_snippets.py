"""The Python that the documents show runs, and what they say of it is so."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path

from stories import page
from tuoben.model import Article, State

EXTRACT = (Path(__file__).parents[2] / "docs/reference/extract.md").read_text(encoding="utf-8")


def test_the_library_as_shown() -> None:
    """Each Python block of the page on extraction runs on a page's bytes and gives an article."""
    blocks = re.findall(r"^```python\n(.*?)^```", EXTRACT, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        body = page(3, "引水工程通水").encode("gbk")
        names = {"body": body, "captured": datetime(2026, 11, 22, tzinfo=UTC)}
        # Shown with the coding of a response; here the bytes are as they are.
        exec(block.replace('        content_encoding="gzip",\n', ""), names)
        article = names["article"]
        assert isinstance(article, Article)
        assert article.title == "引水工程通水" and article.text and article.origins["published"]


def test_every_state_and_field_told_is_there() -> None:
    """The page on extraction names every state, and only fields that an article has."""
    states = next(line for line in EXTRACT.splitlines() if line.startswith("- `article.state`"))
    following = EXTRACT[EXTRACT.index(states) :].partition("\n- ")[0]
    assert set(re.findall(r"`([a-z-]+)`", following)) == {state.value for state in State}
    told = {name for name in re.findall(r"`?article\.([a-z]+)", EXTRACT)}
    assert told <= {field.name for field in dataclasses.fields(Article)}
