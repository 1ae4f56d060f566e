"""The fictional publishers: small news sites served on loopback, for `tuoben demo` and for the tests.

Places, persons and outlets are invented. One folder in `sites/` is one publisher: what it is and what it printed
(`site.toml`), its pages (`article.html`, `list.html`) and its looks (`style.css`).
"""

from tuoben.demo.newsroom import Expected
from tuoben.demo.server import HOST, PORT, Demo

__all__ = ["HOST", "PORT", "Demo", "Expected"]
