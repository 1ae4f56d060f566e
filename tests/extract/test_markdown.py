"""An article as Markdown."""

from __future__ import annotations

from tuoben.extract import extract
from tuoben.extract.markdown import markdown

PAGE = """<html lang=en><head><title>Harbour wall reopens</title></head><body><article><h1>Harbour wall reopens</h1>
<p>The wall at Port Alder was opened to walkers on Monday after <strong>two years</strong> of repairs, *and* nobody fell in.</p>
<h2>What it cost</h2><ul><li>Stone: 4_000 crowns, paid by the town over the next ten years</li><li>Labour: twice as much as the stone</li></ul>
<blockquote><p>“We are glad,” said the harbour master, who had waited long for this day to come.</p></blockquote>
<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2024</td><td>1 | 2</td></tr></table>
<p>1. July was the wettest month, see <a href="/rain">the rain</a> of that summer, the records of the town say.</p>
</article></body></html>"""


def test_structure_becomes_markdown() -> None:
    """Headings, lists, quotes, tables, links and emphasis keep their meaning; marks of Markdown in the text are escaped."""
    text = markdown(extract(PAGE.encode(), url="https://alder.example/a"))
    assert text.startswith("# Harbour wall reopens\n\n")
    assert "**two years**" in text
    assert "\\*and\\*" in text
    assert "## What it cost" in text or "### What it cost" in text
    assert "- Stone: 4\\_000 crowns" in text
    assert "> “We are glad,”" in text
    assert "| Year | Cost |\n| --- | --- |\n| 2024 | 1 \\| 2 |" in text
    assert "[the rain](<https://alder.example/rain>)" in text
    assert text.endswith("say.\n")


def test_bytes_are_enough() -> None:
    """`extract` takes bare bytes, and an address when there is one."""
    assert extract(PAGE.encode()).title == "Harbour wall reopens"
    assert extract(PAGE.encode(), url="https://alder.example/a").url == "https://alder.example/a"
