"""Gate: the payloads of cure53/DOMPurify through the replay rewriting; nothing may act when parsed again.

The data lies in `../shared/conformance/xss-dompurify` (or $TUOBEN_SHARED); without it the gate is skipped and says so.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tuoben import markup
from tuoben.archive.replay import rewrite_html

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "conformance" / "xss-dompurify" / "expect.json"
ACTIVE = (
    "script,iframe,object,embed,applet,base,template,frame,meta[http-equiv],[srcdoc],[action],[formaction],animate,set"
)


@pytest.mark.skipif(not DATA.is_file(), reason=f"no conformance data in {DATA}")
def test_nothing_acts() -> None:
    """No payload leaves a script, a handler, an active element or a script address, even when written twice."""
    cases = json.loads(DATA.read_text(encoding="utf-8"))
    assert len(cases) > 200
    for case in cases:
        html: str | bytes = case["payload"]
        for _ in range(2):
            html = rewrite_html(html, "http://news.test/", link=lambda url, role: f"/{role}/x")
            tree = markup.parse(html.decode())
            assert not tree.css(ACTIVE), case["payload"]
            for node in tree.css("*"):
                for name, value in node.attributes.items():
                    assert not name.lower().startswith("on"), case["payload"]
                    if name in ("href", "xlink:href", "src", "srcset", "poster", "background"):
                        text = re.sub(r"[\x00-\x20]", "", value or "")
                        assert re.match(r"(?i)#|/(?:page|image|style)/x|mailto:|tel:|data:image/|$", text), case[
                            "payload"
                        ]
