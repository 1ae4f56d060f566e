"""DOMPurify's payloads through our sanitiser: nothing that acts may be left."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tuoben import markup
from tuoben.web import sanitise

SHARED = Path(os.environ.get("TUOBEN_SHARED") or Path(__file__).parents[2].parent / "shared")
CASES = SHARED / "conformance/xss-dompurify/expect.json"
BELOW = "http://127.0.0.1:8001/web/"
OURS = {"loading", "decoding", "tabindex", "rel"}
ATTRIBUTES = OURS | {"href", "src", "alt", "lang", "dir", "colspan", "rowspan", "start"}


def clean(source, picture=lambda url: BELOW + "1im_/" + url):
    return sanitise.body(source, base="https://paper.example/", picture=picture, pictures_below=BELOW).html


@pytest.mark.skipif(not CASES.is_file(), reason=f"{CASES} is not here (it is kept outside of the repository)")
def test_no_payload_leaves_anything_that_acts():
    """No element outside of the list, no handler, no style, no id, no odd scheme; and cleaning again changes nothing."""
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    assert len(cases) >= 200
    for case in cases:
        found = clean(case["payload"])
        tree = markup.parse(f"<body>{found}")
        for node in tree.body.css("*"):
            said = node.attributes
            assert node.tag == "body" or node.tag in sanitise.TAGS, (case, found)
            assert said.keys() <= ATTRIBUTES, (case, found)
            assert (said.get("href") or "https://").startswith(("http://", "https://")), (case, found)
            assert (said.get("src") or BELOW).startswith(BELOW), (case, found)
        assert clean(found, picture=lambda url: url) == found, case
