"""Citations hold whatever a page says of itself."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tuoben import citation
from tuoben.citation import Citation

HOSTILE = st.text(alphabet='ab{}\\\\~^%&$#_@,= \n\r\t"\u0000渡', max_size=30)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_value_ends_its_field(title: str, author: str, url: str) -> None:
    """Braces stay balanced in BibTeX, and RIS and GB/T 7714 keep to their lines, whatever the values hold."""
    cited = Citation(
        id="a1", title=title, authors=(author,), publisher=title, published="2026-03-05", url=f"https://a.example/{url}",
        snapshot="https://b.example/a/a1/20260305000000/", day=date(2026, 3, 5), archive=title, lang="en",
    )  # fmt: skip
    depth = 0
    for char in citation.bibtex(cited)[:-2]:
        depth += (char == "{") - (char == "}")
        assert depth >= 1 or char not in "{}"
    assert citation.bibtex(cited).endswith("}\n}\n")
    assert all(line[2:6] == "  - " for line in citation.ris(cited).split("\r\n") if line)
    assert citation.gbt7714(cited).count("\n") == 1
